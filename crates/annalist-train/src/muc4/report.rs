//! Reports of MUC-4 with the templates that people filled for them.

use annalist::{Document, Meta};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// The five roles whose fillers are words of the report.
pub(crate) const ROLES: [&str; 5] = ["perp_ind", "perp_org", "target", "victim", "weapon"];

/// One report.
pub(crate) struct Report {
    /// Its number.
    pub(crate) id: String,
    /// The part of the collection that it belongs to.
    pub(crate) part: String,
    /// The report as the engine takes it.
    pub(crate) document: Document,
    /// What is told in it, by people.
    pub(crate) templates: Vec<Template>,
}

/// One incident as people filled it in.
pub(crate) struct Template {
    /// Incident types that are right.
    pub(crate) types: Vec<String>,
    /// Fillers of each of [`ROLES`]: each a list of wordings, folded.
    pub(crate) fillers: [Vec<Vec<String>>; 5],
}

impl Template {
    /// Whether this incident type is right for it.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.types.iter().any(|t| t == kind)
    }
}

/// Reads the reports of some parts, or all where none is named.
///
/// # Errors
/// A file that cannot be read; a line that is no report.
pub(crate) fn load(path: &Path, parts: &[String]) -> Result<Vec<Report>> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("{}: a file with one report of MUC-4 as JSON on each line is wanted", path.display())
    })?;
    let mut reports = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let at = || format!("{}, line {}", path.display(), number + 1);
        let value: Value = serde_json::from_str(line).with_context(at)?;
        let report = report(&value).with_context(at)?;
        if parts.is_empty() || parts.contains(&report.part) {
            reports.push(report);
        }
    }
    anyhow::ensure!(!reports.is_empty(), "{}: no report of the parts {parts:?}", path.display());
    Ok(reports)
}

fn report(value: &Value) -> Result<Report> {
    let text = value["text"].as_str().context("a report has `text`")?;
    let published_at = value["dateline"]["date"].as_str().and_then(|d| d.parse().ok());
    let templates = value["gold"]["templates"].as_array().into_iter().flatten().map(template).collect();
    Ok(Report {
        id: value["id"].as_str().context("a report has an `id`")?.to_owned(),
        part: value["part"].as_str().unwrap_or_default().to_owned(),
        document: Document::new(unwrapped(text), Meta { published_at, ..Meta::default() })?,
        templates,
    })
}

fn template(value: &Value) -> Template {
    let strings = |v: &Value| -> Vec<String> {
        v.as_array().into_iter().flatten().filter_map(|s| s.as_str().map(str::to_owned)).collect()
    };
    let fillers = ROLES.map(|role| {
        let entities = value[role].as_array().into_iter().flatten();
        entities
            .map(|entity| {
                let wordings = entity["alts"].as_array().into_iter().flatten();
                wordings.filter_map(|a| a["s"].as_str()).map(folded).collect()
            })
            .collect()
    });
    Template { types: strings(&value["incident_type"]), fillers }
}

/// The text with its lines joined to paragraphs, which empty lines part; every character stays where it was.
pub(crate) fn unwrapped(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(line) = lines.next() {
        out.push_str(line);
        if let Some(next) = lines.peek() {
            out.push(if line.trim().is_empty() || next.trim().is_empty() { '\n' } else { ' ' });
        }
    }
    out
}

/// Words as the scorer compares them: small letters without punctuation and articles.
pub(crate) fn folded(words: &str) -> String {
    let plain: String = words.to_lowercase().chars().filter(|c| !c.is_ascii_punctuation()).collect();
    let kept: Vec<&str> = plain.split_whitespace().filter(|w| !matches!(*w, "a" | "an" | "the")).collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_paragraphs_and_no_character_moves() {
        let text = "   LIMA, 3 MAY 90 --\nA BOMB WENT\nOFF.\n\n   NOBODY WAS HURT.";
        let joined = unwrapped(text);
        assert_eq!(joined, "   LIMA, 3 MAY 90 -- A BOMB WENT OFF.\n\n   NOBODY WAS HURT.");
        assert_eq!(joined.len(), text.len());
    }

    #[test]
    fn words_are_folded_as_the_scorer_does() {
        assert_eq!(folded("THE \"9 MAY\"  FRONT"), "9 may front");
        assert_eq!(folded("CAR-BOMB"), "carbomb");
    }
}
