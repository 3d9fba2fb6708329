//! `resolve`, `eval resolve`: by what signs two mentions tell of the same incident, learned from reports whose incidents
//! are known, and measured on them.

mod learn;
mod measure;
mod words;

use crate::input;
use annalist::reading::Reading;
use annalist::{Document, Engine, Meta};
use annalist_ledger::report::Report;
use annalist_ledger::resolve::{CUT, Index, Keys, Model, Resolver, Traits};
use annalist_ledger::{IncidentId, ReportId};
use anyhow::{Context, Result};
use learn::Pair;
use measure::Scores;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use words::{Args as WordsArgs, run as words};

/// Parts of the incidents, each of which is judged by what the others teach.
const FOLDS: u64 = 5;
/// What is thought of two mentions of one report before they are compared: the reader has told them apart.
///
/// # Units
/// Log-odds.
const SAME_REPORT: f32 = -6.0;

/// How often the weights are learned, each time from better guesses.
const ROUNDS: usize = 2;
/// How much a pair of incidents of one report counts: they are few, and as hard as can be.
const TWOFOLD: f64 = 3.0;
/// What stands for the likeness of two reports where both mentions are of one: of reports of one incident each, in words of
/// their own and in words that are always the same, as those of officials are; and of reports of several.
const STORIES: [&[&str]; 3] = [
    &[
        "words of the reports alike 0.2",
        "titles alike 0.1",
        "names in common 1",
        "days between the reports 1",
        "words that tell it alike 0.2",
        "names in the words that tell it in common 1",
        "words copied 0",
    ],
    &[
        "words of the reports alike 0.45",
        "titles alike 0.3",
        "names in common 0",
        "days between the reports 1",
        "words that tell it alike 0.45",
        "names in the words that tell it in common 0",
        "words copied 0.1",
    ],
    &[
        "of several: words of the reports alike 0.2",
        "of several: days between the reports 1",
        "of several: words that tell it alike 0.2",
        "of several: names in the words that tell it in common 1",
    ],
];

/// Whether a sign is of the reports as a whole.
fn of_report(sign: &str) -> bool {
    let whole = [
        "words",
        "titles",
        "a title",
        "names",
        "days between",
        "one address",
        "one outlet",
        "as many",
        "nearly as many",
        "other numbers",
    ];
    let sign = sign.rsplit(": ").next().unwrap_or(sign);
    sign == "both in one report" || whole.iter().any(|start| sign.starts_with(start))
}

/// Arguments of `resolve` and `eval resolve`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Reports of known incidents: `{"id", "text", "title", "uri", "dct", "gold": {"incident"}}`, one a line.
    #[arg(long = "reports")]
    reports: Vec<PathBuf>,
    /// Annotated reports: each of their incidents as annotated and as read is one, and none is another.
    #[arg(long = "annotated")]
    annotated: Vec<PathBuf>,
    /// Annotated reports whose incidents carry a `global` name: only measured.
    #[arg(long = "mentions")]
    mentions: Vec<PathBuf>,
    /// Data put over the built-in data.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The incidents of `--mentions`, some of them several that a report takes for one.
    #[arg(long)]
    records: Option<PathBuf>,
    /// Keeps readings there, to be quicker the next time.
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Mean score from which on mentions are joined, log-odds.
    #[arg(long, default_value_t = CUT, allow_hyphen_values = true)]
    cut: f32,
    /// How much large weights are disliked.
    #[arg(long, default_value_t = 1.0)]
    penalty: f64,
    /// Prints what was joined wrongly.
    #[arg(long)]
    errors: bool,
    /// Where the cluster of each report is written, one a line, for other scorers: a folder.
    #[arg(long)]
    clusters: Option<PathBuf>,
    /// Where the weights are written.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// One report of a known incident.
struct Known {
    id: String,
    incident: String,
    mentions: Vec<Traits>,
}

/// Learns the weights, prints what they are worth on incidents that they were not learned from, and writes them.
pub(crate) fn train(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let engine = Engine::new(&bundle)?;
    let model = Arc::new(Model::new(&bundle)?);
    let sets = args.reports.iter().map(|path| known(&engine, &model, path, args.cache.as_deref()));
    let sets: Vec<Vec<Known>> = sets.collect::<Result<_>>()?;
    let mut twofolds = Vec::new();
    for path in &args.annotated {
        twofolds.extend(twofold(&engine, &model, path)?);
    }
    let right = twofolds.iter().filter(|p| p.same).count();
    println!("{} pairs of incidents of one report, {right} of one incident", twofolds.len());
    // Which mentions of two reports tell of their incident is itself learned, from a first guess.
    let mut learned = model.clone();
    let mut pairs = Vec::new();
    for _ in 0..ROUNDS {
        pairs = sets.iter().flat_map(|set| met(&learned, set)).collect();
        pairs.extend(twofolds.iter().cloned());
        let weights = fixed(&learn::fit(pairs.iter(), args.penalty));
        learned = Arc::new(Model::new(&bundle)?.with_weights(weights));
    }
    for (path, set) in args.reports.iter().zip(&sets) {
        let found = met(&learned, set);
        let one: usize = counts(set.iter().map(|k| &k.incident)).values().map(|n| n * (n - 1) / 2).sum();
        let right = found.iter().filter(|p| p.same).count();
        println!(
            "{}: {} reports, {} pairs of mentions meet; of {one} pairs of one incident {right} ({:.1} %)",
            path.display(),
            set.len(),
            found.len(),
            100.0 * right as f64 / one.max(1) as f64
        );
    }
    let folds: Vec<Vec<f32>> = (0..FOLDS)
        .into_par_iter()
        .map(|fold| learn::fit(pairs.iter().filter(|p| p.folds.0 != fold && p.folds.1 != fold), args.penalty))
        .collect();
    for (path, set) in args.reports.iter().zip(&sets) {
        let fold_of: BTreeMap<IncidentId, u64> =
            set.iter().flat_map(|k| k.mentions.iter().map(|m| (m.id.clone(), fold(&k.incident)))).collect();
        let models: Vec<Model> =
            folds.iter().map(|w| Ok(Model::new(&bundle)?.with_weights(fixed(w)))).collect::<Result<_>>()?;
        let score = move |a: &Traits, b: &Traits| {
            let fold = fold_of.get(&a.id).copied().unwrap_or(0).min(fold_of.get(&b.id).copied().unwrap_or(0));
            models[fold as usize].score(a, b)
        };
        println!("\n{}, cross-validated", path.display());
        documents(Resolver::scored_by(score).with_cut(args.cut), set, path, args)?.print();
    }
    for path in &args.mentions {
        measure::mentions(&engine, &learned, path, args.records.as_deref(), args.cut, args.errors)?;
    }
    if let Some(path) = &args.output {
        std::fs::write(path, learn::table(learned.weights(), pairs.len()))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Measures the weights that the program has.
pub(crate) fn evaluate(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let engine = Engine::new(&bundle)?;
    let model = Arc::new(Model::new(&bundle)?);
    for path in &args.reports {
        let set = known(&engine, &model, path, args.cache.as_deref())?;
        println!("\n{}", path.display());
        documents(Resolver::new(model.clone()).with_cut(args.cut), &set, path, args)?.print();
    }
    for path in &args.mentions {
        measure::mentions(&engine, &model, path, args.records.as_deref(), args.cut, args.errors)?;
    }
    Ok(())
}

/// Weights with those that are set by hand.
fn fixed(weights: &[f32]) -> Vec<f32> {
    let names = Model::names();
    let of = |(name, &weight): (&String, &f32)| {
        if name.ends_with("both in one report") { SAME_REPORT } else { weight }
    };
    names.iter().zip(weights).map(of).collect()
}

/// Reads the reports of a file.
fn known(engine: &Engine, model: &Model, path: &Path, cache: Option<&Path>) -> Result<Vec<Known>> {
    let gold: Vec<Value> = input::lines(path)?;
    let kept = cache.zip(path.file_name()).map(|(folder, name)| folder.join(name));
    let readings: Vec<Reading> = match &kept {
        Some(kept) if kept.exists() => input::lines(kept)?,
        _ => gold.par_iter().map(|report| read(engine, report)).collect::<Result<_>>()?,
    };
    if let Some(kept) = kept.filter(|kept| !kept.exists()) {
        let lines = readings.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        std::fs::write(&kept, lines.join("\n")).with_context(|| kept.display().to_string())?;
    }
    let report = |(report, reading): (&Value, Reading)| {
        let id = report["id"].as_str().context("a report has `id`")?.to_owned();
        let gold = &report["gold"];
        let incident = gold["incidents"][0]["id"].as_str().or(gold["incident"]["id"].as_str());
        let incident = incident.or(gold["incident"].as_str()).context("a report has an incident")?;
        Ok(Known { incident: incident.to_owned(), mentions: model.traits(&reported(&id, reading)), id })
    };
    gold.iter().zip(readings).map(report).collect()
}

fn read(engine: &Engine, report: &Value) -> Result<Reading> {
    let text = report["text"].as_str().context("a report has `text`")?;
    let word = |key: &str| report[key].as_str().filter(|s| !s.is_empty()).map(str::to_owned);
    let published_at = word("dct").and_then(|d| d.parse().ok());
    let meta = Meta { published_at, title: word("title"), url: word("uri"), ..Meta::default() };
    Ok(engine.read(&Document::new(text.to_owned(), meta)?))
}

/// A reading as a report of the ledger that was added on the day of its publication.
fn reported(id: &str, reading: Reading) -> Report {
    let id = ReportId::of(&[id.as_bytes()]);
    let mention = |incident: &annalist::reading::Incident| {
        IncidentId::of(&[id.as_str().as_bytes(), incident.id.as_bytes()])
    };
    let published = reading.document.published_at.as_deref().unwrap_or_default();
    let entry =
        published.bytes().filter(u8::is_ascii_digit).fold(0, |n, digit| 10 * n + u64::from(digit - b'0'));
    let mentions = reading.incidents.iter().map(mention).collect();
    Report { id, entry, added_at: 0, found_at: String::new(), reading, mentions, withdrawn: None }
}

fn fold(incident: &str) -> u64 {
    incident.bytes().fold(7u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b))) % FOLDS
}

/// The pairs of reports whose mentions meet: of those that are of one incident the two mentions likeliest to tell it, of
/// others each two.
fn met(model: &Model, set: &[Known]) -> Vec<Pair> {
    let guessed = model.weights().iter().any(|weight| *weight != 0.0);
    let mut index = Index::default();
    let mentions: Vec<(usize, &Traits)> =
        set.iter().enumerate().flat_map(|(n, known)| known.mentions.iter().map(move |m| (n, m))).collect();
    let mut likeliest: BTreeMap<(usize, usize), (f32, Pair)> = BTreeMap::new();
    let mut pairs = Vec::new();
    for (number, (n, traits)) in mentions.iter().enumerate() {
        let keys = Keys::of(traits);
        for other in index.all_candidates(&keys) {
            let (m, other) = mentions[other as usize];
            if m == *n {
                continue;
            }
            let (one, two) = (&set[*n].incident, &set[m].incident);
            let folds = (fold(one), fold(two));
            let pair = Pair { shares: model.shares(traits, other), same: one == two, folds, count: 1.0 };
            if !pair.same {
                pairs.push(pair);
                continue;
            }
            let told = |known: &Known, t: &Traits| known.mentions[0].id == t.id;
            let first = f32::from(u8::from(told(&set[*n], traits)) + u8::from(told(&set[m], other)));
            let score = if guessed { model.score(traits, other) } else { first };
            let best = likeliest.entry((*n, m));
            match best {
                Entry::Vacant(entry) => _ = entry.insert((score, pair)),
                Entry::Occupied(mut entry) if entry.get().0 < score => _ = entry.insert((score, pair)),
                Entry::Occupied(_) => {}
            }
        }
        index.insert_all(keys.put().iter().map(|&key| (key, number as u32)).collect());
    }
    pairs.extend(likeliest.into_values().map(|(_, pair)| pair));
    pairs
}

/// Pairs of incidents of one annotated report: each as annotated and as read, told apart or the same, as if two reports
/// of one story told them.
fn twofold(engine: &Engine, model: &Model, path: &Path) -> Result<Vec<Pair>> {
    let gold = input::reports(path)?;
    let spots = measure::spots(engine, &gold)?;
    let names = Model::names();
    let skipped: BTreeSet<usize> =
        names.iter().enumerate().filter(|(_, n)| of_report(n)).map(|(at, _)| at).collect();
    let number = |name: &&str| names.iter().position(|n| n == name);
    let stories = STORIES.map(|story| story.iter().filter_map(number).collect::<Vec<usize>>());
    let half = names.len() / 2;
    let of_one = |report: &Value| -> Result<Vec<Pair>> {
        let (annotated, read) = measure::both(engine, model, &spots, report)?;
        let all: Vec<(Traits, String)> = annotated.into_iter().chain(read).collect();
        let fold = fold(report["id"].as_str().unwrap_or_default());
        let mut pairs = Vec::new();
        for (n, (a, one)) in all.iter().enumerate() {
            for (b, two) in &all[..n] {
                let mut shares = model.shares(a, b);
                shares.retain(|(at, _)| !skipped.contains(at));
                for story in &stories {
                    let start = if story.iter().any(|at| *at >= half) { half } else { 0 };
                    let mut shares: Vec<(usize, f32)> =
                        shares.iter().map(|(at, share)| (start + at % half, *share)).collect();
                    shares.extend(story.iter().map(|at| (*at, 1.0)));
                    pairs.push(Pair { shares, same: one == two, folds: (fold, fold), count: TWOFOLD });
                }
            }
        }
        Ok(pairs)
    };
    let pairs: Vec<Vec<Pair>> = gold.par_iter().map(of_one).collect::<Result<_>>()?;
    Ok(pairs.into_iter().flatten().collect())
}

/// How well the main mentions of reports are joined.
fn documents(mut resolver: Resolver, set: &[Known], path: &Path, args: &Args) -> Result<Scores> {
    let mentions: Vec<Traits> = set.iter().flat_map(|known| known.mentions.iter().cloned()).collect();
    let added = mentions.len();
    let start = std::time::Instant::now();
    resolver.add(mentions);
    let clusters = resolver.clusters();
    let taken = start.elapsed().as_secs_f64();
    println!("{added} mentions in {taken:.2} s, {:.0} a second", added as f64 / taken);
    let of: BTreeMap<&IncidentId, usize> =
        clusters.iter().enumerate().flat_map(|(n, c)| c.mentions.iter().map(move |m| (m, n))).collect();
    let by_id: BTreeMap<&IncidentId, &ReportId> =
        set.iter().flat_map(|k| k.mentions.iter().map(|m| (&m.id, &m.report))).collect();
    let gold: Vec<String> = set.iter().map(|k| k.incident.clone()).collect();
    // A report stands for the incident of its mentions that most reports tell of, else for its first.
    let reports: Vec<usize> = clusters
        .iter()
        .map(|c| c.mentions.iter().filter_map(|m| by_id.get(m)).collect::<BTreeSet<_>>().len())
        .collect();
    let main = |known: &Known| known.mentions.iter().map(|m| of[&m.id]).rev().max_by_key(|&n| reports[n]);
    let found: Vec<String> = set.iter().map(|k| main(k).unwrap_or_default().to_string()).collect();
    if args.errors {
        let names: Vec<&str> = set.iter().map(|k| k.id.as_str()).collect();
        measure::print_errors(&names, &gold, &found);
    }
    if let Some(folder) = &args.clusters {
        let line = |(known, cluster): (&Known, &String)| {
            format!("{}\n", json!({"id": known.id, "cluster": cluster}))
        };
        let lines: String = set.iter().zip(&found).map(line).collect();
        std::fs::write(folder.join(path.file_name().unwrap_or_default()), lines)?;
    }
    Ok(Scores::of(&gold, &found))
}

fn counts<T: Ord>(of: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    of.for_each(|one| *counts.entry(one).or_default() += 1);
    counts
}
