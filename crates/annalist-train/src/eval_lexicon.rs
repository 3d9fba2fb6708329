//! `eval lexicon`: do the lexicons know the words that tell the values of gold incidents?

use annalist::bundle::Bundle;
use annalist::lexicon::{Entry, Lexicon};
use annalist::mention::thing::things;
use annalist::mention::{Marked, Mentions};
use annalist::syntax::{Analyser, Parsed};
use annalist::text::{Splitter, TokenId};
use annalist::{Document, Meta, Span};
use anyhow::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

/// Arguments of `eval lexicon`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports (JSON lists in the format of `reading/1`).
    #[arg(long, required = true, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Prints every value that no phrase of the evidence tells, with the evidence.
    #[arg(long)]
    misses: bool,
    /// Prints the phrases found most often in sentences that report no incident.
    #[arg(long, default_value_t = 0)]
    noise: usize,
}

#[derive(Default)]
struct Tally {
    values: BTreeMap<&'static str, (usize, usize)>,
    misses: Vec<String>,
    noise: BTreeMap<String, (usize, usize)>,
}

/// Runs the measurement and prints one line for each field.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = Bundle::embedded();
    let splitter = Splitter::new(&bundle)?;
    let analyser = Analyser::new(&bundle)?;
    let lexicon = Lexicon::new(&bundle, "lang/en/")?;
    let mut tally = Tally::default();
    for path in &args.gold {
        for report in &crate::input::reports(path)? {
            evaluate(report, &splitter, &analyser, &lexicon, &mut tally)?;
        }
    }
    println!("{:<10} {:>6} {:>6} {:>7}", "field", "gold", "found", "share");
    for (field, (gold, found)) in &tally.values {
        println!("{field:<10} {gold:>6} {found:>6} {:>6.1}%", 100.0 * *found as f64 / (*gold).max(1) as f64);
    }
    if args.misses {
        tally.misses.iter().for_each(|line| println!("{line}"));
    }
    print_noise(&tally.noise, args.noise);
    Ok(())
}

fn print_noise(noise: &BTreeMap<String, (usize, usize)>, most: usize) {
    let mut ranked: Vec<_> = noise.iter().collect();
    ranked.sort_by_key(|(phrase, (outside, _))| (std::cmp::Reverse(*outside), phrase.as_str()));
    for (phrase, (outside, inside)) in ranked.into_iter().take(most) {
        println!("{outside:>5} outside {inside:>5} inside  {phrase}");
    }
}

fn evaluate(
    report: &Value,
    splitter: &Splitter,
    analyser: &Analyser,
    lexicon: &Lexicon,
    tally: &mut Tally,
) -> Result<()> {
    let source = report["text"].as_str().unwrap_or_default();
    let document = Document::new(source.to_owned(), Meta::default())?;
    let text = splitter.split(&document);
    let syntax = analyser.parse(&document, &text);
    let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
    let mut mentions = Mentions::default();
    for sentence in text.sentences() {
        lexicon.find(sentence.tokens.start, &parsed.words(sentence.tokens.clone()), &mut mentions.hits);
    }
    mentions.hits.sort_by_key(|h| (h.tokens.start, h.tokens.end, h.entry));
    let marked = Marked::new(parsed, &mentions, lexicon);
    let mut covered: BTreeSet<TokenId> = BTreeSet::new();
    for incident in report["incidents"].as_array().into_iter().flatten() {
        let evidence = evidence(incident, source, &parsed);
        for range in &evidence {
            covered.extend(range.clone());
        }
        let found = Found::new(&marked, &evidence);
        let label =
            format!("{} {}", report["id"].as_str().unwrap_or("?"), incident["id"].as_str().unwrap_or("?"));
        compare(incident, &found, &label, tally);
    }
    for hit in &mentions.hits {
        let entry = lexicon.entry(hit.entry);
        let count =
            tally.noise.entry(format!("{} {} = {}", entry.class, entry.phrase, entry.value)).or_default();
        if covered.contains(&hit.tokens.start) {
            count.1 += 1;
        } else {
            count.0 += 1;
        }
    }
    Ok(())
}

/// The evidence as tokens: quotes of the text, each with its number of occurrence, or spans in code points.
fn evidence(incident: &Value, source: &str, parsed: &Parsed<'_>) -> Vec<Range<TokenId>> {
    let mut ranges = Vec::new();
    for item in incident["evidence"].as_array().into_iter().flatten() {
        let quote = item.as_str().or_else(|| item["quote"].as_str()).unwrap_or_default();
        let nth = item["nth"].as_u64().unwrap_or(1).max(1) as usize;
        if let Some((at, _)) = source.match_indices(quote).nth(nth - 1) {
            ranges.push(parsed.text.tokens_in(Span::new(at, at + quote.len())));
        }
    }
    ranges
}

/// Values that lexicon phrases of the evidence tell.
#[derive(Default)]
struct Found {
    weapons: BTreeSet<String>,
    classes: BTreeSet<String>,
    modes: BTreeSet<String>,
    outcomes: BTreeSet<String>,
    severities: BTreeSet<String>,
    words: String,
}

impl Found {
    fn new(marked: &Marked<'_>, evidence: &[Range<TokenId>]) -> Self {
        let mut found = Found::default();
        for range in evidence {
            for (_, entry) in marked.hits_in(range.clone(), "weapon") {
                found.weapons.insert(entry.value.clone());
                found.modes.extend(entry.rest.first().cloned());
            }
            for (_, entry) in marked.hits_in(range.clone(), "trigger") {
                found.trigger(entry);
            }
            found.classes.extend(marked.hits_in(range.clone(), "human").map(|(_, e)| e.value.clone()));
            for thing in things(marked, range.clone(), "object") {
                // Any damage to a window or a fence is minor by convention.
                if marked.lexicon.entry(thing.entry).has("minor") {
                    found.severities.insert("minor".to_owned());
                }
                found.classes.insert(thing.value);
            }
            for (_, entry) in marked.hits_in(range.clone(), "outcome") {
                found.outcome(&entry.value);
            }
            found.severities.extend(marked.hits_in(range.clone(), "damage").map(|(_, e)| e.value.clone()));
            if !range.is_empty() {
                found
                    .words
                    .push_str(marked.parsed.text.span_of(range.clone()).of(marked.parsed.document.text()));
                found.words.push_str(" / ");
            }
        }
        found
    }

    fn trigger(&mut self, entry: &Entry) {
        self.modes.insert(entry.value.clone());
        self.modes.insert("attack".to_owned());
        // By convention bare shelling is artillery's.
        if entry.value == "shelling" {
            self.weapons.insert("artillery".to_owned());
        }
    }

    fn outcome(&mut self, value: &str) {
        match value.strip_prefix("none:") {
            Some(fields) => self.outcomes.extend(fields.split('+').map(|f| format!("no {f}"))),
            None => {
                self.outcomes.insert(value.to_owned());
                // Harm alone tells of an attack whose means is not stated.
                self.modes.insert("attack".to_owned());
                if value == "died_of_wounds" {
                    self.outcomes.insert("killed".to_owned());
                }
            }
        }
    }
}

fn compare(incident: &Value, found: &Found, label: &str, tally: &mut Tally) {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let mut check = |field: &'static str, value: &str, known: &BTreeSet<String>| {
        if value == "unknown" {
            return;
        }
        let count = tally.values.entry(field).or_default();
        count.0 += 1;
        if known.contains(value) {
            count.1 += 1;
        } else {
            tally.misses.push(format!("{label} {field} {value}: {}", found.words));
        }
    };
    for weapon in texts(&incident["weapon"]) {
        check("weapon", &weapon, &found.weapons);
    }
    for target in texts(&incident["targets"]) {
        check("target", &target, &found.classes);
    }
    check("mode", incident["mode"].as_str().unwrap_or("unknown"), &found.modes);
    for damage in incident["damage"].as_array().into_iter().flatten() {
        check("damage", damage["class"].as_str().unwrap_or("unknown"), &found.classes);
        check("severity", damage["severity"].as_str().unwrap_or("unknown"), &found.severities);
    }
    for field in ["killed", "injured"] {
        let count = &incident[field];
        if count.is_null() {
            continue;
        }
        let none = count["max"].as_u64() == Some(0);
        let value = if none { format!("no {field}") } else { field.to_owned() };
        check("outcome", &value, &found.outcomes);
    }
    for person in incident["people"].as_array().into_iter().flatten() {
        check("person", person["outcome"].as_str().unwrap_or("unknown"), &found.outcomes);
    }
}
