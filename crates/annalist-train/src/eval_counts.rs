//! `eval counts`: do the casualty figures and ages of gold incidents stand among the counts and ages that are found?

use crate::eval_times::Reader;
use crate::input;
use annalist::mention::quantity::{Quantity, QuantityBasis, QuantityFinder};
use anyhow::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `eval counts`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports (JSON lists in the format of `reading/1`).
    #[arg(long, required = true, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints what was not found, and ages that nobody has, with the counts of the evidence.
    #[arg(long)]
    misses: bool,
}

/// Runs the measurement: figures told by a count word found in the evidence, by basis; ages found, ages right.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let reader = Reader::new(&bundle)?;
    let finder = QuantityFinder::new(&bundle)?;
    let mut out = std::io::stdout().lock();
    let mut tallies: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for path in &args.gold {
        for report in &input::reports(path)? {
            evaluate(report, &reader, &finder, args.misses, &mut tallies, &mut out)?;
        }
    }
    for (name, (found, all)) in &tallies {
        writeln!(out, "{name:<24} {found:>5} of {all:>5} {:>6.1}%", 100.0 * *found as f64 / *all as f64)?;
    }
    Ok(())
}

fn evaluate(
    report: &Value,
    reader: &Reader,
    finder: &QuantityFinder,
    misses: bool,
    tallies: &mut BTreeMap<String, (usize, usize)>,
    out: &mut impl Write,
) -> Result<()> {
    let document = input::document(report)?;
    reader.read(&document, |parsed, times| -> Result<()> {
        let words = document.text();
        let ages = finder.find_ages(parsed);
        let counts = finder.find(parsed, times, &ages);
        let mut gold_ages: BTreeSet<u64> = BTreeSet::new();
        let said = |quantity: &Quantity| parsed.text.span_of(quantity.tokens.clone());
        for incident in report["incidents"].as_array().into_iter().flatten() {
            let evidence = input::evidence(incident, words);
            let inside = |start: usize| evidence.iter().any(|e| e.contains(&start));
            for field in ["killed", "injured"] {
                let gold = &incident[field];
                let (Some(min), max) = (gold["min"].as_u64(), gold["max"].as_u64()) else { continue };
                let basis = gold["basis"].as_str().unwrap_or_default();
                // One person is told by "a" or a name, a bare plural by itself, and a range by several counts.
                if matches!(basis, "plural_only" | "named_person") || max == Some(1) || basis == "range" {
                    continue;
                }
                let found = counts.iter().any(|q| q.min == min && q.max == max && inside(said(q).start()));
                let tally = tallies.entry(basis.to_owned()).or_default();
                tally.0 += usize::from(found);
                tally.1 += 1;
                if misses && !found {
                    writeln!(out, "{} {field} {gold}", report["id"])?;
                    for span in &evidence {
                        writeln!(out, "    | {}", words[span.clone()].replace('\n', " "))?;
                    }
                    for q in counts.iter().filter(|q| inside(said(q).start())) {
                        let counted = q.counted.map(|t| parsed.form(t)).unwrap_or("-");
                        writeln!(out, "    {} → {counted}: {}..{:?}", said(q).of(words), q.min, q.max)?;
                    }
                }
            }
            for age in incident["people"].as_array().into_iter().flatten().filter_map(|p| p["age"].as_u64()) {
                gold_ages.insert(age);
                let found = ages.iter().any(|a| {
                    u64::from(a.years) == age && inside(parsed.text.span_of(a.tokens.clone()).start())
                });
                let tally = tallies.entry("age: found".to_owned()).or_default();
                tally.0 += usize::from(found);
                tally.1 += 1;
                if misses && !found {
                    writeln!(out, "{} age {age} not found", report["id"])?;
                    for span in evidence.iter().filter(|e| words[(*e).clone()].contains(&age.to_string())) {
                        writeln!(out, "    | {}", words[span.clone()].replace('\n', " "))?;
                    }
                }
            }
        }
        for age in &ages {
            let right = gold_ages.contains(&u64::from(age.years));
            let tally = tallies.entry("age: of a gold person".to_owned()).or_default();
            tally.0 += usize::from(right);
            tally.1 += 1;
            if misses && !right {
                let span = parsed.text.span_of(age.tokens.clone());
                let sentence = parsed.text.sentences()[parsed.text.sentence_of(age.tokens.start)].span;
                writeln!(
                    out,
                    "{} age of nobody: {} in: {}",
                    report["id"],
                    span.of(words),
                    sentence.of(words)
                )?;
            }
        }
        for quantity in &counts {
            let open = quantity.basis != QuantityBasis::ExplicitNone && quantity.counted.is_none();
            let tally = tallies.entry("count: with a word".to_owned()).or_default();
            tally.0 += usize::from(!open);
            tally.1 += 1;
            if misses {
                let sentence = parsed.text.sentences()[parsed.text.sentence_of(quantity.tokens.start)].span;
                let counted = quantity.counted.map(|t| parsed.form(t)).unwrap_or("-");
                writeln!(out, "COUNT {} → {counted} :: {}", said(quantity).of(words), sentence.of(words))?;
            }
        }
        Ok(())
    })
}
