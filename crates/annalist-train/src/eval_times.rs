//! `eval times`: for each gold incident, is there a time with exactly its bounds in its evidence or its document?

use crate::input::{self, document, evidence};
use annalist::bundle::Bundle;
use annalist::mention::time::{TimeFinder, TimeKind, TimeMention, Timex};
use annalist::syntax::{Analyser, Parsed};
use annalist::text::Splitter;
use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;

/// Arguments of `eval times`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Gold reports (JSON lists in the format of `reading/1`).
    #[arg(long, required = true, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints every incident whose date was not found, with all times of its document.
    #[arg(long)]
    misses: bool,
    /// Reads JSON lines with `text` and `dct` instead of gold, and writes one JSON list of spans a line.
    #[arg(long)]
    spans: bool,
}

#[derive(Default)]
struct Tally {
    incidents: usize,
    in_evidence: usize,
    in_document: usize,
}

/// Runs the measurement and prints one line for each date basis.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let reader = Reader::new(&bundle)?;
    let mut out = std::io::stdout().lock();
    if args.spans {
        return spans(args, &reader, &mut out);
    }
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for path in &args.gold {
        for report in &input::reports(path)? {
            evaluate(report, &reader, args.misses, &mut tallies, &mut out)?;
        }
    }
    writeln!(
        out,
        "{:<24} {:>9} {:>11} {:>11}",
        "basis precision", "incidents", "in evidence", "in document"
    )?;
    for (basis, tally) in &tallies {
        let percent = |n: usize| 100.0 * n as f64 / tally.incidents.max(1) as f64;
        writeln!(
            out,
            "{basis:<24} {:>9} {:>10.1}% {:>10.1}%",
            tally.incidents,
            percent(tally.in_evidence),
            percent(tally.in_document)
        )?;
    }
    Ok(())
}

/// The resources that turn a document into times.
pub(crate) struct Reader {
    splitter: Splitter,
    analyser: Analyser,
    finder: TimeFinder,
}

impl Reader {
    /// Loads them.
    pub(crate) fn new(bundle: &Bundle) -> Result<Self> {
        Ok(Reader {
            splitter: Splitter::new(bundle)?,
            analyser: Analyser::new(bundle)?,
            finder: TimeFinder::new(bundle)?,
        })
    }

    /// Parses a document, finds its times, and hands both on.
    pub(crate) fn read<T>(
        &self,
        document: &Document,
        then: impl FnOnce(&Parsed<'_>, &[TimeMention]) -> T,
    ) -> T {
        let text = self.splitter.split(document);
        let syntax = self.analyser.parse(document, &text);
        let parsed = Parsed { document, text: &text, syntax: &syntax };
        then(&parsed, &self.finder.find(&parsed))
    }

    /// Parses a document and finds its times as TIMEX3 has them, with their bytes.
    pub(crate) fn timexes(&self, document: &Document) -> Vec<(Range<usize>, Timex)> {
        let text = self.splitter.split(document);
        let syntax = self.analyser.parse(document, &text);
        let parsed = Parsed { document, text: &text, syntax: &syntax };
        let timexes = self.finder.timexes(&parsed);
        let span = |timex: &Timex| text.span_of(timex.tokens.clone());
        timexes.into_iter().map(|timex| (span(&timex).start()..span(&timex).end(), timex)).collect()
    }
}

fn evaluate(
    report: &Value,
    reader: &Reader,
    misses: bool,
    tallies: &mut BTreeMap<String, Tally>,
    out: &mut impl Write,
) -> Result<()> {
    let document = document(report)?;
    reader.read(&document, |parsed, times| compare(report, parsed, times, misses, tallies, out))
}

fn compare(
    report: &Value,
    parsed: &Parsed<'_>,
    times: &[TimeMention],
    misses: bool,
    tallies: &mut BTreeMap<String, Tally>,
    out: &mut impl Write,
) -> Result<()> {
    let words = parsed.document.text();
    let published_at = parsed.document.meta().published_at;
    for incident in report["incidents"].as_array().into_iter().flatten() {
        let date = &incident["date"];
        let (earliest, latest) = (date["earliest"].as_str(), date["latest"].as_str());
        let Some((earliest, latest)) = earliest.zip(latest) else { continue };
        let evidence = evidence(incident, words);
        let exact = |time: &&TimeMention| {
            time.kind == TimeKind::Date
                && time.bounds.is_some_and(|(a, b)| a.to_string() == earliest && b.to_string() == latest)
        };
        let in_evidence = times.iter().filter(exact).any(|time| {
            let span = parsed.text.span_of(time.tokens.clone());
            evidence.iter().any(|e| e.start <= span.start() && span.end() <= e.end)
        });
        let in_document = times.iter().any(|time| exact(&time));
        let basis = date["basis"].as_str().unwrap_or("none").to_owned();
        for key in [basis.clone(), format!("{basis} {}", date["precision"].as_str().unwrap_or("none"))] {
            let tally = tallies.entry(key).or_default();
            tally.incidents += 1;
            tally.in_evidence += usize::from(in_evidence);
            tally.in_document += usize::from(in_document);
        }
        if misses && !in_document {
            let published = published_at.map(|d| d.to_string()).unwrap_or_default();
            writeln!(out, "{} {published}: {earliest}..{latest} {date}", report["id"])?;
            for span in &evidence {
                writeln!(out, "    | {}", words[span.clone()].replace('\n', " "))?;
            }
            for time in times {
                let words = parsed.text.span_of(time.tokens.clone()).of(words);
                writeln!(out, "    {words}: {:?} {:?}", time.bounds, time.kind)?;
            }
        }
    }
    Ok(())
}

fn spans(args: &Args, reader: &Reader, out: &mut impl Write) -> Result<()> {
    for path in &args.gold {
        for line in std::fs::read_to_string(path)?.lines().filter(|l| !l.trim().is_empty()) {
            let record: Value = serde_json::from_str(line)?;
            let published_at = record["dct"].as_str().and_then(|d| d.parse().ok());
            let words = record["text"].as_str().context("a record without text")?.to_owned();
            let document = Document::new(words, Meta { published_at, ..Meta::default() })?;
            let points = annalist::span::CodePoints::new(document.text());
            let found: Vec<Value> = reader.read(&document, |parsed, times| {
                times
                    .iter()
                    .map(|time| {
                        let span = parsed.text.span_of(time.tokens.clone());
                        let bounds = time.bounds.map(|(a, b)| [a.to_string(), b.to_string()]);
                        serde_json::json!({
                            "start": points.at(span.start()), "end": points.at(span.end()),
                            "kind": format!("{:?}", time.kind), "bounds": bounds,
                        })
                    })
                    .collect()
            });
            writeln!(out, "{}", Value::from(found))?;
        }
    }
    Ok(())
}
