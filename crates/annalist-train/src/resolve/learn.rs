//! Weights of signs from pairs of mentions: logistic regression.

use annalist_ledger::resolve::Model;
use std::fmt::Write as _;

/// Two mentions of which it is known whether they are one incident.
#[derive(Clone)]
pub(super) struct Pair {
    /// Numbers of the signs that bear on them with the share of each.
    pub(super) shares: Vec<(usize, f32)>,
    /// They are.
    pub(super) same: bool,
    /// The parts that their incidents belong to.
    pub(super) folds: (u64, u64),
    /// How much the pair counts.
    pub(super) count: f64,
}

/// The weights of each measure, whose knots follow one another, and whether they can only rise: the more alike or the
/// nearer two mentions are, the likelier they are one, whatever some examples say.
fn measures() -> Vec<(std::ops::Range<usize>, bool)> {
    let names = Model::names();
    let stem = |name: &str| match name.rsplit_once(' ') {
        Some((stem, knot)) if knot.parse::<f32>().is_ok() => Some(stem.to_owned()),
        _ => None,
    };
    let stems: Vec<Option<String>> = names.iter().map(|name| stem(name)).collect();
    let mut measures = Vec::new();
    let mut start = 0;
    for same in stems.chunk_by(|a, b| a.is_some() && a == b) {
        if let Some(stem) = &same[0] {
            measures.push((start..start + same.len(), !stem.contains("apart") && !stem.contains("between")));
        }
        start += same.len();
    }
    measures
}

/// How a weight may only be: `Some(true)` not below zero, for a sign that the mentions agree; `Some(false)` not above.
fn leaning(name: &str) -> Option<bool> {
    let name = name.rsplit(": ").next().unwrap_or(name);
    let starts = |with: &[&str]| with.iter().any(|start| name.starts_with(start));
    if name.ends_with("not known") || name.ends_with("one report") {
        None
    } else if starts(&[
        "two ",
        "no ",
        "modes of two",
        "one carried out",
        "other numbers",
        "killed in",
        "injured in",
    ]) {
        Some(false)
    } else {
        starts(&["one ", "a ", "an ", "modes of one", "as many"]).then_some(true)
    }
}

/// Weights that make the pairs likeliest, less `penalty` times half their squares.
pub(super) fn fit<'a>(pairs: impl Iterator<Item = &'a Pair>, penalty: f64) -> Vec<f32> {
    const STEPS: i32 = 500;
    const RATE: f64 = 0.1;
    let pairs: Vec<&Pair> = pairs.collect();
    let length = Model::names().len();
    let measures = measures();
    let leanings: Vec<Option<bool>> = Model::names().iter().map(|name| leaning(name)).collect();
    // Of a measure not the weights are learned but the first and the steps to each next, none of them backward.
    let mut steps = vec![0.0f64; length];
    let (mut mean, mut square) = (vec![0.0f64; length], vec![0.0f64; length]);
    let mut weights = vec![0.0f64; length];
    for step in 1..=STEPS {
        let mut gradient = vec![0.0f64; length];
        for pair in &pairs {
            let score: f64 = pair.shares.iter().map(|&(at, share)| weights[at] * f64::from(share)).sum();
            let error = f64::from(u8::from(pair.same)) - 1.0 / (1.0 + libm::exp(-score));
            pair.shares.iter().for_each(|&(at, share)| gradient[at] += pair.count * error * f64::from(share));
        }
        for (range, _) in &measures {
            let mut sum = 0.0;
            for at in range.clone().rev() {
                sum += gradient[at];
                gradient[at] = sum;
            }
        }
        // Adam, with a rate that dies out (Kingma & Ba 2015).
        let rate = RATE * (1.0 - f64::from(step - 1) / f64::from(STEPS));
        for n in 0..length {
            let slope = gradient[n] - penalty * steps[n];
            mean[n] = 0.9 * mean[n] + 0.1 * slope;
            square[n] = 0.999 * square[n] + 0.001 * slope * slope;
            let m = mean[n] / (1.0 - 0.9f64.powi(step));
            let v = square[n] / (1.0 - 0.999f64.powi(step));
            steps[n] += rate * m / (v.sqrt() + 1e-8);
        }
        for (step, leaning) in steps.iter_mut().zip(&leanings) {
            match leaning {
                Some(true) => *step = step.max(0.0),
                Some(false) => *step = step.min(0.0),
                None => {}
            }
        }
        weights.copy_from_slice(&steps);
        for (range, rises) in &measures {
            for at in range.clone().skip(1) {
                steps[at] = if *rises { steps[at].max(0.0) } else { steps[at].min(0.0) };
                weights[at] = weights[at - 1] + steps[at];
            }
        }
    }
    weights.into_iter().map(|w| ((w * 1000.0).round() / 1000.0) as f32).collect()
}

/// The file of weights.
pub(super) fn table(weights: &[f32], pairs: usize) -> String {
    let mut table = format!(
        "# meaning: By what signs two mentions tell of the same incident: sign (of a measure: a value) and weight in log-odds.\n\
         # provenance: learned by `annalist-train resolve` from {pairs} pairs of reports of gun violence, of other news and of incidents told apart in one report, 2026\n\
         # licence: MIT OR Apache-2.0\n"
    );
    for (name, weight) in Model::names().iter().zip(weights).filter(|(_, w)| w.abs() >= 0.001) {
        let _ = writeln!(table, "{name}\t{weight}");
    }
    table
}
