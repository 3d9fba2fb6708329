//! `eval attribution`: ascriptions against annotated sources, cues and contents, by exact spans.

use crate::input;
use annalist::span::CodePoints;
use annalist::speech::AscriptionFinder;
use annalist::syntax::{Analyser, Parsed};
use annalist::text::Splitter;
use annalist::{Document, Meta};
use anyhow::Result;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `eval attribution`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// JSON lines with `text` and `attributions`: each has lists of `source`, `cue` and `content` spans in code points.
    #[arg(long, required = true, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints every span that is missed or spurious.
    #[arg(long)]
    misses: bool,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    text: String,
    attributions: Vec<Attribution>,
}

#[derive(Default, Deserialize)]
struct Attribution {
    source: Vec<[usize; 2]>,
    cue: Vec<[usize; 2]>,
    content: Vec<[usize; 2]>,
}

const ROLES: [&str; 3] = ["source", "cue", "content"];

impl Attribution {
    fn roles(&self) -> [&[[usize; 2]]; 3] {
        [&self.source, &self.cue, &self.content]
    }
}

#[derive(Default)]
struct Tally {
    gold: usize,
    found: usize,
    hits: usize,
}

/// Runs the measurement and prints precision, recall and F1 of each role.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let splitter = Splitter::new(&bundle)?;
    let analyser = Analyser::new(&bundle)?;
    let finder = AscriptionFinder::new(&bundle)?;
    let mut out = std::io::stdout().lock();
    let mut tallies: [Tally; 3] = Default::default();
    for path in &args.gold {
        for record in input::lines::<Record>(path)? {
            let document = Document::new(record.text.clone(), Meta::default())?;
            let text = splitter.split(&document);
            let syntax = analyser.parse(&document, &text);
            let parsed = Parsed { document: &document, text: &text, syntax: &syntax };
            let points = CodePoints::new(document.text());
            let span = |tokens: &std::ops::Range<usize>| {
                let bytes = text.span_of(tokens.clone());
                [points.at(bytes.start()), points.at(bytes.end())]
            };
            let found: Vec<Attribution> = finder
                .find(&parsed)
                .iter()
                .map(|a| Attribution {
                    source: a.source.iter().map(span).collect(),
                    cue: vec![span(&a.cue)],
                    content: a.content.iter().map(span).collect(),
                })
                .collect();
            compare(&record, &found, args.misses, &mut tallies, &mut out)?;
        }
    }
    for (role, tally) in ROLES.iter().zip(&tallies) {
        let percent = |of: usize| 100.0 * tally.hits as f64 / of.max(1) as f64;
        let f1 = 200.0 * tally.hits as f64 / (tally.gold + tally.found).max(1) as f64;
        writeln!(
            out,
            "{role:<8} P {:>5.1}  R {:>5.1}  F1 {f1:>5.1}   ({} gold, {} found)",
            percent(tally.found),
            percent(tally.gold),
            tally.gold,
            tally.found
        )?;
    }
    Ok(())
}

/// Counts the spans of one document that are the same in gold and in what was found, each span once.
fn compare(
    record: &Record,
    found: &[Attribution],
    misses: bool,
    tallies: &mut [Tally; 3],
    out: &mut impl Write,
) -> Result<()> {
    let words = |span: [usize; 2]| -> String {
        let inside = record.text.chars().skip(span[0]).take(span[1].saturating_sub(span[0]));
        inside.collect::<String>().replace('\n', " ")
    };
    for (n, role) in ROLES.iter().enumerate() {
        let spans = |all: &[Attribution]| -> BTreeSet<[usize; 2]> {
            all.iter().flat_map(|a| a.roles()[n]).copied().collect()
        };
        let (gold, found) = (spans(&record.attributions), spans(found));
        tallies[n].gold += gold.len();
        tallies[n].found += found.len();
        tallies[n].hits += gold.intersection(&found).count();
        if misses {
            for (name, span) in gold
                .difference(&found)
                .map(|span| ("missed", span))
                .chain(found.difference(&gold).map(|span| ("spurious", span)))
            {
                let around = words([span[0].saturating_sub(50), span[1] + 50]);
                writeln!(out, "{role}\t{name}\t{}\t{}\t{}\t{around}", record.id, span[0], words(*span))?;
            }
        }
    }
    Ok(())
}
