//! What the measurements read: data folders, gold reports, JSON lines.

use annalist::bundle::Bundle;
use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::ops::Range;
use std::path::Path;

/// The embedded data, with the files of a folder laid over it.
pub(crate) fn bundle(data: Option<&Path>) -> Result<Bundle> {
    let mut bundle = Bundle::embedded();
    if let Some(folder) = data {
        overlay(&mut bundle, folder, folder)?;
    }
    Ok(bundle)
}

fn overlay(bundle: &mut Bundle, root: &Path, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            overlay(bundle, root, &path)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            bundle.overlay(&name, std::fs::read(&path)?);
        }
    }
    Ok(())
}

/// A file's text.
pub(crate) fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// The gold reports of a file in the format of `reading/1`: a JSON list, or one on each line.
pub(crate) fn reports(path: &Path) -> Result<Vec<Value>> {
    let text = text(path)?;
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text)
            .with_context(|| format!("{} is no list of reports", path.display()));
    }
    records(path, &text)
}

/// The records of a file of JSON lines.
pub(crate) fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    records(path, &text(path)?)
}

fn records<T: DeserializeOwned>(path: &Path, text: &str) -> Result<Vec<T>> {
    let records = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let record = |(n, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}", path.display(), n + 1))
    };
    records.map(record).collect()
}

/// A gold report as a document.
pub(crate) fn document(report: &Value) -> Result<Document> {
    let words = report["text"].as_str().context("a report without text")?;
    let published_at = report["meta"]["published_at"].as_str().and_then(|d| d.parse().ok());
    let title = report["meta"]["title"].as_str().map(str::to_owned);
    Ok(Document::new(words.to_owned(), Meta { published_at, title, ..Meta::default() })?)
}

/// Where the evidence of a gold incident or quotation stands, in bytes.
pub(crate) fn evidence(incident: &Value, words: &str) -> Vec<Range<usize>> {
    let one = std::slice::from_ref(&incident["evidence"]);
    let quotes = incident["evidence"].as_array().map_or(one, Vec::as_slice);
    quotes
        .iter()
        .filter_map(|e| e.as_str().or_else(|| e["quote"].as_str()))
        .filter_map(|quote| words.find(quote).map(|at| at..at + quote.len()))
        .collect()
}
