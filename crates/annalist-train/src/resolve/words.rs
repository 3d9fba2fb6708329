//! `resolve-words`: how common words are, counted in texts of news.

use crate::input;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Arguments of `resolve-words`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Texts: JSON lines or lists of records with `text`, or CoNLL-U whose `newdoc` lines part documents.
    #[arg(required = true)]
    texts: Vec<PathBuf>,
    /// Texts in which a word must stand to be listed: what is rarer weighs most, and names of private persons stay out.
    #[arg(long, default_value_t = 6)]
    seen: usize,
    /// Where the table is written.
    #[arg(long)]
    output: PathBuf,
}

/// Counts the texts in which each word stands; a word's weight is the logarithm of how few they are.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut seen: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut texts = 0;
    for path in &args.texts {
        for text in read(path)? {
            texts += 1;
            let mut here: BTreeMap<String, bool> = BTreeMap::new();
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
                let small = !word.starts_with(char::is_uppercase);
                let word = word.to_lowercase();
                *here.entry(annalist_ledger::resolve::stem(&word).to_owned()).or_default() |= small;
            }
            for (word, small) in here {
                let entry = seen.entry(word).or_default();
                entry.0 += 1;
                entry.1 += usize::from(small);
            }
        }
    }
    let mut table = format!(
        "# meaning: How telling a word is: the natural logarithm of the share of texts without which it would be in all; words not listed weigh most.\n\
         # provenance: counted by `annalist-train resolve-words` in {texts} texts of news and treebanks, words of {} texts or more, 2026\n\
         # licence: MIT OR Apache-2.0\n",
        args.seen
    );
    let mut rows: BTreeSet<(std::cmp::Reverse<usize>, String)> = BTreeSet::new();
    for (word, (count, small)) in seen {
        // Words that are hardly ever written small are names: only those that everybody bears are listed.
        if count >= args.seen && small * 5 >= count || count >= args.seen * 5 {
            rows.insert((std::cmp::Reverse(count), word));
        }
    }
    for (std::cmp::Reverse(count), word) in rows {
        let _ = writeln!(table, "{word}\t{:.1}", (texts as f64 / count as f64).ln());
    }
    let most = (texts as f64 / (args.seen as f64 / 3.0)).ln();
    let _ = writeln!(table, "\u{b7}\t{most:.1}");
    std::fs::write(&args.output, table).with_context(|| args.output.display().to_string())
}

fn read(path: &Path) -> Result<Vec<String>> {
    if path.extension().is_some_and(|e| e == "conllu") {
        let mut texts: Vec<String> = Vec::new();
        for line in input::text(path)?.lines() {
            if line.starts_with("# newdoc") || texts.is_empty() {
                texts.push(String::new());
            } else if let (Some(words), Some(text)) = (line.strip_prefix("# text = "), texts.last_mut()) {
                text.push_str(words);
                text.push(' ');
            }
        }
        return Ok(texts);
    }
    let records: Vec<Value> = input::reports(path)?;
    Ok(records.iter().filter_map(|r| r["text"].as_str()).map(str::to_owned).collect())
}
