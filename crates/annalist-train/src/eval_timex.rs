//! `eval timex`: times against TIMEX3 annotations, scored as TempEval-3 did.

use crate::eval_times::Reader;
use crate::input;
use annalist::mention::time::Timex;
use annalist::span::CodePoints;
use annalist::{Document, Meta};
use anyhow::Result;
use serde::Deserialize;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;

/// Arguments of `eval timex`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// JSON lines with `text`, `dct` (day of publication) and `timexes`: `start` and `end` in code points, `type`, `value`.
    #[arg(long, required = true, num_args = 1..)]
    gold: Vec<PathBuf>,
    /// Data folder laid over the embedded one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Prints every time that is missed, spurious or has another value.
    #[arg(long)]
    misses: bool,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    text: String,
    dct: Option<String>,
    timexes: Vec<Gold>,
}

#[derive(Deserialize)]
struct Gold {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: String,
    value: Option<String>,
}

#[derive(Default)]
struct Tally {
    gold: usize,
    found: usize,
    strict: usize,
    relaxed: usize,
    value: usize,
    kind: usize,
}

/// Runs the measurement and prints precision, recall and F1 of each file.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bundle = input::bundle(args.data.as_deref())?;
    let reader = Reader::new(&bundle)?;
    let mut out = std::io::stdout().lock();
    for path in &args.gold {
        let mut tally = Tally::default();
        for record in input::lines::<Record>(path)? {
            compare(record, &reader, args.misses, &mut tally, &mut out)?;
        }
        tally.print(&path.display().to_string(), &mut out)?;
    }
    Ok(())
}

fn compare(
    record: Record,
    reader: &Reader,
    misses: bool,
    tally: &mut Tally,
    out: &mut impl Write,
) -> Result<()> {
    let published_at = record.dct.as_deref().and_then(|day| day.parse().ok());
    let document = Document::new(record.text, Meta { published_at, ..Meta::default() })?;
    let points = CodePoints::new(document.text());
    let found: Vec<(Range<usize>, Timex)> = reader
        .timexes(&document)
        .into_iter()
        .map(|(bytes, timex)| (points.at(bytes.start)..points.at(bytes.end), timex))
        .collect();
    let words = |span: Range<usize>| -> String {
        let inside = document.text().chars().skip(span.start).take(span.len());
        inside.collect::<String>().replace('\n', " ")
    };
    tally.gold += record.timexes.len();
    tally.found += found.len();
    let mut used = vec![false; found.len()];
    for gold in &record.timexes {
        let span = gold.start..gold.end;
        let overlaps = |n: &usize| {
            let other = &found[*n].0;
            !used[*n] && other.start < span.end && span.start < other.end
        };
        let exact = (0..found.len()).filter(overlaps).find(|n| found[*n].0 == span);
        let hit = exact.or_else(|| (0..found.len()).find(overlaps));
        let wanted = gold.value.as_deref().unwrap_or_default();
        let Some(hit) = hit else {
            if misses {
                writeln!(out, "missed\t{}\t{}\t{wanted}\t{}", record.id, words(span), around(words, gold))?;
            }
            continue;
        };
        used[hit] = true;
        let timex = &found[hit].1;
        tally.relaxed += 1;
        tally.strict += usize::from(exact.is_some());
        tally.value += usize::from(timex.value == wanted);
        tally.kind += usize::from(timex.kind.name() == gold.kind);
        if misses && timex.value != wanted {
            let (said, read) = (words(span), words(found[hit].0.clone()));
            writeln!(
                out,
                "value\t{}\t{said}\t{wanted}\t{read} = {}\t{}",
                record.id,
                timex.value,
                around(words, gold)
            )?;
        }
    }
    for ((span, timex), _) in found.iter().zip(&used).filter(|(_, used)| misses && !**used) {
        let gold = Gold { start: span.start, end: span.end, kind: String::new(), value: None };
        let said = words(span.clone());
        writeln!(out, "spurious\t{}\t{said}\t{}\t{}", record.id, timex.value, around(words, &gold))?;
    }
    Ok(())
}

/// The words around an annotation.
fn around(words: impl Fn(Range<usize>) -> String, gold: &Gold) -> String {
    const POINTS: usize = 40;
    words(gold.start.saturating_sub(POINTS)..gold.end + POINTS)
}

impl Tally {
    fn print(&self, name: &str, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{name}: {} times, {} found", self.gold, self.found)?;
        let rows =
            [("strict", self.strict), ("relaxed", self.relaxed), ("value", self.value), ("type", self.kind)];
        for (row, hits) in rows {
            let percent = |of: usize| 100.0 * hits as f64 / of.max(1) as f64;
            let f1 = 200.0 * hits as f64 / (self.gold + self.found).max(1) as f64;
            writeln!(
                out,
                "  {row:<8} P {:>5.1}  R {:>5.1}  F1 {f1:>5.1}",
                percent(self.found),
                percent(self.gold)
            )?;
        }
        Ok(())
    }
}
