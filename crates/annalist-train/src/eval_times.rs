//! `eval times`: for each gold incident, is there a time with exactly its bounds in its evidence or its document?

use annalist::bundle::Bundle;
use annalist::mention::time::{TimeFinder, TimeKind, TimeMention};
use annalist::syntax::{Analysis, Deprel, Parsed, Syntax, Upos};
use annalist::text::{Splitter, Text};
use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

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
    let mut bundle = Bundle::embedded();
    if let Some(folder) = &args.data {
        overlay(&mut bundle, folder, folder)?;
    }
    let splitter = Splitter::new(&bundle)?;
    let finder = TimeFinder::new(&bundle)?;
    let mut out = std::io::stdout().lock();
    if args.spans {
        return spans(args, &splitter, &finder, &mut out);
    }
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for path in &args.gold {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let reports: Vec<Value> = serde_json::from_str(&text)?;
        for report in &reports {
            evaluate(report, &splitter, &finder, args.misses, &mut tallies, &mut out)?;
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

fn evaluate(
    report: &Value,
    splitter: &Splitter,
    finder: &TimeFinder,
    misses: bool,
    tallies: &mut BTreeMap<String, Tally>,
    out: &mut impl Write,
) -> Result<()> {
    let words = report["text"].as_str().context("a report without text")?;
    let published_at = report["meta"]["published_at"].as_str().and_then(|d| d.parse().ok());
    let title = report["meta"]["title"].as_str().map(str::to_owned);
    let document = Document::new(words.to_owned(), Meta { published_at, title, ..Meta::default() })?;
    let text = splitter.split(&document);
    let syntax = plain_syntax(&document, &text);
    let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
    let times = finder.find(&parsed);
    for incident in report["incidents"].as_array().into_iter().flatten() {
        let date = &incident["date"];
        let (earliest, latest) = (date["earliest"].as_str(), date["latest"].as_str());
        let Some((earliest, latest)) = earliest.zip(latest) else { continue };
        let evidence: Vec<_> = incident["evidence"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| e.as_str().or_else(|| e["quote"].as_str()))
            .filter_map(|quote| words.find(quote).map(|at| at..at + quote.len()))
            .collect();
        let exact = |time: &&TimeMention| {
            time.kind == TimeKind::Date
                && time.bounds.is_some_and(|(a, b)| a.to_string() == earliest && b.to_string() == latest)
        };
        let in_evidence = times.iter().filter(exact).any(|time| {
            let span = text.span_of(time.tokens.clone());
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
            for time in &times {
                let words = text.span_of(time.tokens.clone()).of(words);
                writeln!(out, "    {words}: {:?} {:?}", time.bounds, time.kind)?;
            }
        }
    }
    Ok(())
}

fn spans(args: &Args, splitter: &Splitter, finder: &TimeFinder, out: &mut impl Write) -> Result<()> {
    for path in &args.gold {
        for line in std::fs::read_to_string(path)?.lines().filter(|l| !l.trim().is_empty()) {
            let record: Value = serde_json::from_str(line)?;
            let published_at = record["dct"].as_str().and_then(|d| d.parse().ok());
            let words = record["text"].as_str().context("a record without text")?.to_owned();
            let document = Document::new(words, Meta { published_at, ..Meta::default() })?;
            let text = splitter.split(&document);
            let syntax = plain_syntax(&document, &text);
            let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
            let points = annalist::span::CodePoints::new(document.text());
            let found: Vec<Value> = finder
                .find(&parsed)
                .iter()
                .map(|time| {
                    let span = text.span_of(time.tokens.clone());
                    let bounds = time.bounds.map(|(a, b)| [a.to_string(), b.to_string()]);
                    serde_json::json!({
                        "start": points.at(span.start()), "end": points.at(span.end()),
                        "kind": format!("{:?}", time.kind), "bounds": bounds,
                    })
                })
                .collect();
            writeln!(out, "{}", Value::from(found))?;
        }
    }
    Ok(())
}

/// Tokens without word classes: the finder needs none.
fn plain_syntax(document: &Document, text: &Text) -> Syntax {
    let mut syntax = Syntax::with_capacity(text.tokens().len());
    let analysis = Analysis { upos: Upos::X, head: None, deprel: Deprel::Dep };
    for sentence in text.sentences() {
        for token in &text.tokens()[sentence.tokens.clone()] {
            let lower = token.span.of(document.text()).to_lowercase().replace(['’', 'ʼ'], "'");
            syntax.push(sentence.tokens.start, &lower, &lower, analysis);
        }
    }
    syntax
}

fn overlay(bundle: &mut Bundle, root: &Path, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            overlay(bundle, root, &path)?;
        } else if path.extension().is_some_and(|e| e == "tsv") {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            bundle.overlay(&name, std::fs::read(&path)?);
        }
    }
    Ok(())
}
