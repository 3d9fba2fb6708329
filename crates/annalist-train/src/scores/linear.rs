//! Linear models of named features: logistic for candidates that stand alone, softmax over those of which one is taken.

use annalist::score::{Choice, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Candidates that are weighed together.
pub(super) struct Group {
    /// Number of the report.
    report: usize,
    candidates: Vec<(Vec<String>, bool)>,
}

impl Group {
    /// Candidates of which one is taken.
    pub(super) fn new(report: usize, choices: &[&Choice], right: impl Fn(&Choice) -> bool) -> Self {
        let candidates = choices.iter().map(|c| (names(c), right(c))).collect();
        Group { report, candidates }
    }

    /// Number of the report that it is of.
    pub(super) fn report(&self) -> usize {
        self.report
    }

    /// A candidate that is taken or left for itself.
    pub(super) fn one(report: usize, choice: &Choice, right: bool) -> Self {
        Group { report, candidates: vec![(names(choice), right)] }
    }
}

fn names(choice: &Choice) -> Vec<String> {
    choice.features.names().map(str::to_owned).collect()
}

/// Weights by name.
#[derive(Default)]
pub(super) struct Model {
    weights: BTreeMap<String, f64>,
}

/// Features seen in fewer reports say nothing general.
const SEEN_MIN: usize = 6;

impl Model {
    /// Fits weights to groups by gradient ascent of the log-likelihood, less `penalty` times half the squares. Where
    /// candidates stand alone, the bias is then moved so that what is taken of reports left out has the best F1: likelihood
    /// counts a missed candidate and a wrong one alike, F1 does not.
    pub(super) fn fit(groups: &[&Group], kind: Kind, penalty: f64, folds: usize) -> Self {
        let mut model = Model::fit_to(groups, kind, penalty);
        if !kind.takes_one() {
            let mut scored: Vec<(f64, bool)> = Vec::new();
            for_each_fold(groups, folds, |learned, left_out| {
                let model = Model::fit_to(learned, kind, penalty);
                let rows = left_out.iter().flat_map(|g| &g.candidates);
                scored.extend(rows.map(|(names, right)| (model.score(names), *right)));
            });
            *model.weights.entry("bias".to_owned()).or_default() -= best_threshold(scored);
        }
        model
    }

    fn fit_to(groups: &[&Group], kind: Kind, penalty: f64) -> Self {
        const STEPS: i32 = 400;
        const RATE: f64 = 0.1;
        let mut seen: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for group in groups {
            for (names, _) in &group.candidates {
                names.iter().for_each(|name| _ = seen.entry(name).or_default().insert(group.report));
            }
        }
        let index: BTreeMap<&str, usize> = seen
            .into_iter()
            .filter(|(_, reports)| reports.len() >= SEEN_MIN)
            .enumerate()
            .map(|(at, (name, _))| (name, at))
            .collect();
        let rows: Vec<Vec<(Vec<usize>, bool)>> = groups
            .iter()
            .map(|g| {
                let row = |names: &Vec<String>| {
                    names.iter().filter_map(|n| index.get(n.as_str()).copied()).collect()
                };
                g.candidates.iter().map(|(names, right)| (row(names), *right)).collect()
            })
            .collect();
        let mut weights = vec![0.0f64; index.len()];
        let (mut mean, mut square) = (vec![0.0f64; index.len()], vec![0.0f64; index.len()]);
        for step in 1..=STEPS {
            let mut gradient: Vec<f64> = weights.iter().map(|w| -penalty * w).collect();
            for row in &rows {
                ascend(row, kind, &weights, &mut gradient);
            }
            // Adam, with a rate that dies out (Kingma & Ba 2015).
            let rate = RATE * (1.0 - f64::from(step - 1) / f64::from(STEPS));
            for n in 0..weights.len() {
                mean[n] = 0.9 * mean[n] + 0.1 * gradient[n];
                square[n] = 0.999 * square[n] + 0.001 * gradient[n] * gradient[n];
                let m = mean[n] / (1.0 - 0.9f64.powi(step));
                let v = square[n] / (1.0 - 0.999f64.powi(step));
                weights[n] += rate * m / (v.sqrt() + 1e-8);
            }
        }
        let round = |w: f64| (w * 1000.0).round() / 1000.0;
        let weights = index.into_iter().map(|(name, at)| (name.to_owned(), round(weights[at]))).collect();
        Model { weights }
    }

    /// Number of features.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    fn score(&self, names: &[String]) -> f64 {
        names.iter().filter_map(|name| self.weights.get(name)).sum()
    }

    /// The file of weights.
    pub(super) fn table(&self, kind: Kind, reports: usize) -> String {
        let mut table = format!(
            "# meaning: By what signs a candidate ({}) is taken: feature and weight in log-odds; only features seen in {SEEN_MIN} reports.\n\
             # provenance: learned by `annalist-train scores` from {reports} reports written and annotated for Annalist, 2026\n\
             # licence: MIT OR Apache-2.0\n",
            kind.name()
        );
        for (name, weight) in self.weights.iter().filter(|(_, w)| w.abs() >= 0.01) {
            let _ = writeln!(table, "{name}\t{weight}");
        }
        table
    }
}

/// The score from which on what is taken has the best F1. The curve is flat about its top and the top a matter of chance: of
/// the scores that are nearly as good, the middle one.
fn best_threshold(mut scored: Vec<(f64, bool)>) -> f64 {
    const NEARLY: f64 = 0.005;
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let gold = scored.iter().filter(|(_, right)| *right).count();
    let mut right = 0;
    let mut curve: Vec<(f64, f64)> = Vec::new();
    for (n, &(score, is_right)) in scored.iter().enumerate() {
        right += usize::from(is_right);
        let next = scored.get(n + 1).map_or(score, |&(next, _)| next);
        curve.push(((score + next) / 2.0, 2.0 * right as f64 / (gold + n + 1) as f64));
    }
    let best = curve.iter().map(|c| c.1).fold(0.0, f64::max);
    let good: Vec<f64> = curve.iter().filter(|c| c.1 >= best - NEARLY).map(|c| c.0).collect();
    let middle = (good.first().unwrap_or(&0.0) + good.last().unwrap_or(&0.0)) / 2.0;
    (middle * 1000.0).round() / 1000.0
}

/// Leaves out each part of the reports in turn.
fn for_each_fold(groups: &[&Group], folds: usize, mut use_fold: impl FnMut(&[&Group], &[&Group])) {
    for fold in 0..folds {
        let (left_out, learned): (Vec<&Group>, Vec<&Group>) =
            groups.iter().copied().partition(|g| g.report % folds == fold);
        use_fold(&learned, &left_out);
    }
}

/// Adds the gradient of one group's log-likelihood.
fn ascend(row: &[(Vec<usize>, bool)], kind: Kind, weights: &[f64], gradient: &mut [f64]) {
    let score = |features: &[usize]| features.iter().map(|&f| weights[f]).sum::<f64>();
    if !kind.takes_one() {
        for (features, right) in row {
            let error = f64::from(*right) - 1.0 / (1.0 + (-score(features)).exp());
            features.iter().for_each(|&f| gradient[f] += error);
        }
        return;
    }
    if !row.iter().any(|(_, right)| *right) {
        return;
    }
    let scores: Vec<f64> = row.iter().map(|(features, _)| score(features)).collect();
    let top = scores.iter().copied().fold(f64::MIN, f64::max);
    let odds: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
    let all: f64 = odds.iter().sum();
    let good: f64 = odds.iter().zip(row).filter(|(_, (_, right))| *right).map(|(o, _)| o).sum();
    for (odds, (features, right)) in odds.iter().zip(row) {
        let error = if *right { odds / good } else { 0.0 } - odds / all;
        features.iter().for_each(|&f| gradient[f] += error);
    }
}

/// How often what is taken is right.
#[derive(Default)]
pub(super) struct Tally {
    right: usize,
    taken: usize,
    gold: usize,
}

impl Tally {
    /// Counts what a model takes of some groups.
    pub(super) fn add(&mut self, model: &Model, groups: &[&Group], kind: Kind) {
        for group in groups {
            let scored = group.candidates.iter().map(|(names, right)| (model.score(names), *right));
            if kind.takes_one() {
                self.gold += usize::from(group.candidates.iter().any(|(_, right)| *right));
                let best = scored.reduce(|a, b| if b.0 > a.0 { b } else { a });
                self.right += usize::from(best.is_some_and(|(_, right)| right));
            } else {
                for (score, right) in scored {
                    self.gold += usize::from(right);
                    self.taken += usize::from(score > 0.0);
                    self.right += usize::from(right && score > 0.0);
                }
            }
        }
    }

    /// The share of groups whose taken candidate is right (where one is), or the F1 of what is taken.
    pub(super) fn result(&self, kind: Kind) -> f64 {
        let all = if kind.takes_one() { self.gold } else { self.gold + self.taken };
        let right = if kind.takes_one() { self.right } else { 2 * self.right };
        right as f64 / all.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(names: &[&str], right: bool) -> (Vec<String>, bool) {
        (names.iter().map(|&n| n.to_owned()).collect(), right)
    }

    fn measured(model: &Model, groups: &[&Group], kind: Kind) -> f64 {
        let mut tally = Tally::default();
        tally.add(model, groups, kind);
        tally.result(kind)
    }

    #[test]
    fn what_tells_right_from_wrong_gets_weight() {
        let groups: Vec<Group> = (0..40)
            .map(|n| Group {
                report: n,
                candidates: vec![candidate(&["bias", if n % 2 == 0 { "good" } else { "bad" }], n % 2 == 0)],
            })
            .collect();
        let groups: Vec<&Group> = groups.iter().collect();
        let model = Model::fit(&groups, Kind::Target, 0.1, 4);
        assert!(model.weights["good"] > 1.0 && model.weights["bad"] < -1.0, "{:?}", model.weights);
        assert_eq!(measured(&model, &groups, Kind::Target), 1.0);
    }

    #[test]
    fn of_several_the_right_one_is_taken() {
        let groups: Vec<Group> = (0..20)
            .map(|n| Group {
                report: n,
                candidates: vec![candidate(&["near", "old"], false), candidate(&["near", "own"], true)],
            })
            .collect();
        let groups: Vec<&Group> = groups.iter().collect();
        let model = Model::fit(&groups, Kind::Date, 0.1, 4);
        assert!(model.weights["own"] > model.weights["old"]);
        assert_eq!(measured(&model, &groups, Kind::Date), 1.0);
    }
}
