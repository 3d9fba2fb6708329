//! `eval gate`: does the gate open every sentence that gold cites, and how much of a text does it spare the parser?

use crate::input::{self, document, evidence};
use annalist::gate::Gate;
use annalist::lexicon::Lexicon;
use annalist::text::{Language, Splitter, Text};
use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde_json::Value;
use std::io::Write;
use std::ops::{AddAssign, Range};
use std::path::PathBuf;

/// Arguments of `eval gate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports (JSON lists in the format of `reading/1`).
    #[arg(long, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// JSON lines with `text`, to see how much of any text is parsed.
    #[arg(long, num_args = 1..)]
    text: Vec<PathBuf>,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints the sentences that gold cites and the gate closes.
    #[arg(long)]
    misses: bool,
}

/// Counts over English sentences.
#[derive(Clone, Copy, Default)]
struct Tally {
    documents: usize,
    documents_closed: usize,
    relevant: usize,
    relevant_closed: usize,
    sentences: usize,
    sentences_open: usize,
    evidence: usize,
    evidence_open: usize,
    quotes: usize,
    quotes_open: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.documents += other.documents;
        self.documents_closed += other.documents_closed;
        self.relevant += other.relevant;
        self.relevant_closed += other.relevant_closed;
        self.sentences += other.sentences;
        self.sentences_open += other.sentences_open;
        self.evidence += other.evidence;
        self.evidence_open += other.evidence_open;
        self.quotes += other.quotes;
        self.quotes_open += other.quotes_open;
    }
}

/// Runs the measurement and prints one line for each file and one for all.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let splitter = Splitter::new(&bundle)?;
    let gate = Gate::new(&bundle, &Lexicon::new(&bundle, "lang/en/")?)?;
    let mut out = std::io::stdout().lock();
    let mut tallies = Vec::new();
    for path in &args.gold {
        let mut tally = Tally::default();
        for report in input::reports(path)? {
            let document = document(&report)?;
            let text = splitter.split(&document);
            let sentences = Sentences { document: &document, text: &text, open: gate.open(&document, &text) };
            tally += sentences.tally(&report);
            if args.misses {
                sentences.print_misses(&report, &mut out)?;
            }
        }
        tallies.push((path, tally));
    }
    for path in &args.text {
        let mut tally = Tally::default();
        for line in input::text(path)?.lines().filter(|l| !l.trim().is_empty()) {
            let record: Value = serde_json::from_str(line)?;
            let words = record["text"].as_str().context("a record without text")?.to_owned();
            let document = Document::new(words, Meta::default())?;
            let text = splitter.split(&document);
            let sentences = Sentences { document: &document, text: &text, open: gate.open(&document, &text) };
            tally += sentences.tally(&Value::Null);
        }
        tallies.push((path, tally));
    }
    print(&tallies, &mut out)
}

/// The sentences of one document behind the gate.
struct Sentences<'a> {
    document: &'a Document,
    text: &'a Text,
    open: Vec<bool>,
}

impl Sentences<'_> {
    /// The numbers of the English sentences that gold cites in the evidence of the things in a list.
    fn cited(&self, things: &Value) -> Vec<usize> {
        let things = things.as_array().into_iter().flatten();
        let spans: Vec<Range<usize>> =
            things.flat_map(|thing| evidence(thing, self.document.text())).collect();
        let cites = |n: &usize| {
            let own = self.text.sentences()[*n].span;
            spans.iter().any(|span| span.start < own.end() && own.start() < span.end)
        };
        self.english().filter(cites).collect()
    }

    fn english(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.open.len()).filter(|&n| self.text.sentences()[n].language == Language::En)
    }

    fn open(&self, numbers: &[usize]) -> usize {
        numbers.iter().filter(|&&n| self.open[n]).count()
    }

    fn tally(&self, report: &Value) -> Tally {
        let (evidence, quotes) = (self.cited(&report["incidents"]), self.cited(&report["quotes"]));
        let all: Vec<usize> = self.english().collect();
        let closed = usize::from(!self.open.contains(&true));
        let relevant = usize::from(report["incidents"].as_array().is_some_and(|list| !list.is_empty()));
        Tally {
            documents: 1,
            documents_closed: closed,
            relevant,
            relevant_closed: relevant * closed,
            sentences: all.len(),
            sentences_open: self.open(&all),
            evidence: evidence.len(),
            evidence_open: self.open(&evidence),
            quotes: quotes.len(),
            quotes_open: self.open(&quotes),
        }
    }

    fn print_misses(&self, report: &Value, out: &mut impl Write) -> Result<()> {
        for (name, list) in [("evidence", "incidents"), ("quote", "quotes")] {
            for n in self.cited(&report[list]).into_iter().filter(|&n| !self.open[n]) {
                let words = self.text.sentences()[n].span.of(self.document.text());
                writeln!(out, "{} {name} {n}: {words}", report["id"].as_str().unwrap_or("-"))?;
            }
        }
        Ok(())
    }
}

fn print(tallies: &[(&PathBuf, Tally)], out: &mut impl Write) -> Result<()> {
    let mut all = Tally::default();
    let named = |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut lines: Vec<(String, Tally)> = tallies.iter().map(|(path, tally)| (named(path), *tally)).collect();
    tallies.iter().for_each(|(_, tally)| all += *tally);
    lines.push(("all".to_owned(), all));
    writeln!(
        out,
        "{:<20} {:>15} {:>15} {:>16} {:>16} {:>17}",
        "file", "evidence open", "quotes open", "relevant closed", "documents closed", "sentences open"
    )?;
    for (name, tally) in &lines {
        let cell = |part: usize, of: usize| match of {
            0 => "-".to_owned(),
            _ => format!("{part}/{of} {:.1}%", 100.0 * part as f64 / of as f64),
        };
        writeln!(
            out,
            "{name:<20} {:>15} {:>15} {:>16} {:>16} {:>17}",
            cell(tally.evidence_open, tally.evidence),
            cell(tally.quotes_open, tally.quotes),
            cell(tally.relevant_closed, tally.relevant),
            cell(tally.documents_closed, tally.documents),
            cell(tally.sentences_open, tally.sentences),
        )?;
    }
    Ok(())
}
