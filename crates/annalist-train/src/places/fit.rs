//! `weights`: fits `places/weight.tsv` to names whose place is known, as a conditional logit held at weights
//! set by hand.

use super::{Kit, NEAR_KM, Toponym, same_name, tokens};
use crate::input;
use annalist::gazetteer::sign::{COUNT, Sign, Signs};
use annalist::gazetteer::{Gazetteer, Level, PlaceId, distance_km};
use annalist::mention::place::{self, Choice};
use annalist::syntax::Parsed;
use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;

/// Arguments of `weights`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports (JSON lists in the format of `reading/1`): names of the places of incidents.
    #[arg(long, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Geoparsing corpora: JSON lines with `text` and `toponyms`.
    #[arg(long, num_args = 1..)]
    toponyms: Vec<PathBuf>,
    /// How often a name of a gold report counts; one of a corpus counts once.
    #[arg(long, default_value_t = 8.0)]
    gold_weight: f64,
    /// How strongly the weights are held at those set by hand.
    #[arg(long, default_value_t = 5e-4)]
    ridge: f64,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The table whose weights are replaced.
    #[arg(long, default_value = "data/places/weight.tsv")]
    out: PathBuf,
}

/// One name, which of its options are right, and how much it counts.
struct Case {
    options: Vec<Signs>,
    right: Vec<bool>,
    weight: f64,
    /// Number of its document, for folds.
    document: usize,
    source: usize,
}

const FOLDS: usize = 5;

/// Fits the weights, prints how well they do on held-out documents, and writes them.
pub(crate) fn fit(args: &Args) -> Result<()> {
    let kit = Kit::new(args.data.as_deref())?;
    let mut cases = Vec::new();
    let mut sources = Vec::new();
    let mut document = 0;
    for path in &args.gold {
        let reports = input::reports(path)?;
        for report in &reports {
            document += 1;
            kit.gold_cases(report, args.gold_weight, (document, sources.len()), &mut cases)?;
        }
        sources.push(super::label(path));
    }
    for path in &args.toponyms {
        for line in input::text(path)?.lines() {
            document += 1;
            kit.corpus_cases(&serde_json::from_str(line)?, (document, sources.len()), &mut cases)?;
        }
        sources.push(super::label(path));
    }
    let start = *kit.gazetteer.weights();
    println!("{} names, right before {:.1} %", cases.len(), share_right(&cases, &start, |_| true));
    let prior = prior(&args.out)?;
    let mut held_out = vec![(0.0, 0.0f64); sources.len()];
    for fold in 0..FOLDS {
        let (test, train): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|c| c.document % FOLDS == fold);
        let weights = descend(&train, &prior, args.ridge);
        for case in test {
            held_out[case.source].1 += 1.0;
            held_out[case.source].0 += f64::from(u8::from(is_right(case, &weights)));
        }
    }
    for (n, source) in sources.iter().enumerate() {
        let before = share_right(&cases, &start, |c| c.source == n);
        println!(
            "{source:<16} before {before:.1} %, held out {:.1} % of {}",
            100.0 * held_out[n].0 / held_out[n].1.max(1.0),
            held_out[n].1
        );
    }
    let weights = descend(&cases.iter().collect::<Vec<_>>(), &prior, args.ridge);
    write(&args.out, &weights)
}

impl Kit {
    /// Names that mean the place of a gold incident.
    fn gold_cases(
        &self,
        report: &Value,
        weight: f64,
        at: (usize, usize),
        cases: &mut Vec<Case>,
    ) -> Result<()> {
        let words = report["text"].as_str().context("a report without text")?;
        let own = |key: &str| report["meta"][key].as_str().map(str::to_owned);
        let meta = Meta { title: own("title"), outlet: own("outlet"), ..Meta::default() };
        let document = Document::new(words.to_owned(), meta)?;
        let text = self.splitter.split(&document);
        let syntax = self.analyser.parse(&document, &text);
        let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
        let (names, choices) = place::choices(&parsed, &self.gazetteer, None);
        for choice in &choices {
            let name = text.span_of(names[choice.mentions[0]].clone()).of(words);
            let meant =
                report["incidents"].as_array().into_iter().flatten().map(|i| &i["place"]).find(|place| {
                    ["settlement", "name", "adm2", "adm1"]
                        .iter()
                        .filter_map(|k| place[*k].as_str())
                        .any(|n| same_name(n, name))
                });
            let Some(gold) = meant else { continue };
            let is = |key: &str| gold[key].as_str().is_some_and(|n| same_name(n, name));
            // A bare name that is the unit's may as well be its chief town's.
            let town = is("settlement");
            if !town && !is("adm2") && !is("adm1") {
                continue;
            }
            let right = |id: PlaceId| {
                let gazetteer = &self.gazetteer;
                let fits = !town || gazetteer.level(id) <= Level::Adm2;
                let unit = gold["adm1"].as_str();
                let unit = unit
                    .is_none_or(|u| gazetteer.adm1(id).is_some_and(|own| same_name(gazetteer.name(own), u)));
                fits && unit && gazetteer.country_code(id) == gold["country"].as_str()
            };
            cases.extend(case(choice, right, weight, at));
        }
        Ok(())
    }

    /// Names of a corpus by their position or number.
    fn corpus_cases(&self, report: &Value, at: (usize, usize), cases: &mut Vec<Case>) -> Result<()> {
        let words = report["text"].as_str().context("a report without text")?;
        let offsets: Vec<usize> = words.char_indices().map(|(at, _)| at).chain([words.len()]).collect();
        let document = Document::new(words.to_owned(), Meta::default())?;
        let text = self.splitter.split(&document);
        let syntax = self.analyser.parse(&document, &text);
        let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
        let mut gold: Vec<(Toponym, std::ops::Range<usize>)> = report["toponyms"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|t| Toponym::read(t, &offsets))
            .filter_map(|t| tokens(&text, t.start, t.end).map(|range| (t, range)))
            .collect();
        gold.sort_by_key(|(t, _)| (t.start, t.end));
        gold.dedup_by(|b, a| b.1.start < a.1.end);
        let names: Vec<_> = gold.iter().map(|(_, range)| range.clone()).collect();
        let (_, choices) = place::choices(&parsed, &self.gazetteer, Some(&names));
        for choice in &choices {
            let toponym = &gold[choice.mentions[0]].0;
            // What the gazetteer lacks are rivers and roads there, which no report of ours is about.
            let known = |case: &Case| !case.right.ends_with(&[true]);
            if toponym.position.is_some() {
                cases
                    .extend(case(choice, |id| is_meant(&self.gazetteer, toponym, id), 1.0, at).filter(known));
            }
        }
        Ok(())
    }
}

/// Whether a place is the one that a corpus means.
fn is_meant(gazetteer: &Gazetteer, toponym: &Toponym, id: PlaceId) -> bool {
    const SAME_KM: f64 = 60.0;
    let far = match gazetteer.level(id) {
        Level::Country | Level::Region => f64::INFINITY,
        Level::Adm1 => NEAR_KM,
        _ => SAME_KM,
    };
    if toponym.geonames_id.is_some() && toponym.geonames_id == gazetteer.gazetteer_id(id) {
        return true;
    }
    let near = gazetteer.position(id).zip(toponym.position).is_some_and(|(a, b)| distance_km(a, b) <= far);
    if far.is_finite() {
        return near;
    }
    toponym.names(gazetteer, gazetteer.name(id))
}

fn case(
    choice: &Choice,
    right: impl Fn(PlaceId) -> bool,
    weight: f64,
    (document, source): (usize, usize),
) -> Option<Case> {
    let mut marks: Vec<bool> = choice.options.iter().map(|(id, _)| id.is_some_and(&right)).collect();
    if !marks.contains(&true) {
        let last = marks.len() - 1;
        marks[last] = true;
    }
    (marks.len() > 1).then(|| Case {
        options: choice.options.iter().map(|(_, signs)| *signs).collect(),
        right: marks,
        weight,
        document,
        source,
    })
}

fn scores(case: &Case, weights: &Signs) -> Vec<f64> {
    case.options.iter().map(|signs| signs.iter().zip(weights).map(|(s, w)| s * w).sum()).collect()
}

fn is_right(case: &Case, weights: &Signs) -> bool {
    let scores = scores(case, weights);
    let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)));
    best.is_some_and(|n| case.right[n])
}

fn share_right(cases: &[Case], weights: &Signs, counts: impl Fn(&Case) -> bool) -> f64 {
    let all = cases.iter().filter(|c| counts(c)).count();
    let right = cases.iter().filter(|c| counts(c) && is_right(c, weights)).count();
    super::percent(right, all)
}

/// Full-batch descent with steps scaled by the gradients seen (Adam).
fn descend(cases: &[&Case], prior: &Signs, ridge: f64) -> Signs {
    const STEPS: usize = 600;
    const STEP: f64 = 0.05;

    let total: f64 = cases.iter().map(|c| c.weight).sum();
    let (mut weights, mut mean, mut square) = (*prior, [0.0; COUNT], [0.0; COUNT]);
    for step in 1..=STEPS {
        let mut gradient: Signs = [0.0; COUNT];
        for case in cases {
            let scores = scores(case, &weights);
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let likely: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
            let all: f64 = likely.iter().sum();
            let good: f64 = likely.iter().zip(&case.right).filter(|(_, r)| **r).map(|(l, _)| l).sum();
            for ((signs, likely), right) in case.options.iter().zip(&likely).zip(&case.right) {
                let pull = likely / all - if *right { likely / good.max(1e-300) } else { 0.0 };
                for (g, s) in gradient.iter_mut().zip(signs) {
                    *g += case.weight * pull * s;
                }
            }
        }
        for n in 0..COUNT {
            let g = gradient[n] / total + ridge * (weights[n] - prior[n]);
            mean[n] = 0.9 * mean[n] + 0.1 * g;
            square[n] = 0.999 * square[n] + 0.001 * g * g;
            let (m, s) =
                (mean[n] / (1.0 - 0.9f64.powi(step as i32)), square[n] / (1.0 - 0.999f64.powi(step as i32)));
            weights[n] -= STEP * m / (s.sqrt() + 1e-8);
        }
    }
    weights
}

/// The weights set by hand, which the fit departs from only where the names ask for it.
fn prior(path: &std::path::Path) -> Result<Signs> {
    let table = input::text(path)?;
    let mut prior = [0.0; COUNT];
    for row in annalist::lexicon::rows("weight.tsv", table.as_bytes())? {
        if let Some(n) = Sign::NAMES.iter().position(|name| *name == row.cell(0)) {
            prior[n] = row.cell(2).parse().with_context(|| format!("`{}` has no prior", row.cell(0)))?;
        }
    }
    Ok(prior)
}

/// Puts the weights into the table, whose other lines and columns stay.
fn write(path: &std::path::Path, weights: &Signs) -> Result<()> {
    let table = input::text(path)?;
    let lines: Vec<String> = table
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            if let Some(n) = Sign::NAMES.iter().position(|name| *name == cells[0]) {
                cells[1] = format!("{:.2}", weights[n]);
                println!("{:<22} {}", cells[0], cells[1]);
            }
            cells.join("\t")
        })
        .collect();
    std::fs::write(path, lines.join("\n") + "\n").with_context(|| format!("writing {}", path.display()))
}
