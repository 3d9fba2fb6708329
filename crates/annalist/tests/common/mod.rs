//! What the integration tests share: the engine, the reports of `specs/`, and what must hold for any reading.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of this")]
#![allow(clippy::disallowed_methods, reason = "the engine does no I/O; its tests read files")]

use annalist::reading::{Evidence, Reading};
use annalist::{Bundle, Document, Engine, Meta};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(&Bundle::embedded()).expect("the embedded data are sound"));

static RULES: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| ENGINE.rules().into_iter().map(|rule| rule.id).collect());

/// One engine for all tests of a program.
pub fn engine() -> &'static Engine {
    &ENGINE
}

/// Reads a text of which nothing else is known.
pub fn read(text: &str) -> Reading {
    read_with(text, Meta::default())
}

/// Reads a text.
pub fn read_with(text: &str, meta: Meta) -> Reading {
    engine().read(&Document::new(text.to_owned(), meta).expect("short enough"))
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

/// The files under `folder` (relative to the root) with this extension, sorted; no folder gives none.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![root().join(folder)];
    while let Some(folder) = left.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The path of a file as people write it: from the root of the repository.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// One report of a spec.
pub struct Report {
    /// Its words.
    pub text: String,
    /// What is known besides.
    pub meta: Meta,
}

/// Every report in `specs/`, with the file it stands in.
pub fn reports() -> Vec<(String, Report)> {
    let mut all = Vec::new();
    for path in files("specs", "md") {
        let text = std::fs::read_to_string(&path).expect("a readable spec");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(info) = line.strip_prefix("```report") {
                let body: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
                all.push((shown(&path), report(info, &body)));
            }
        }
    }
    all
}

/// A report from the words after the fence (`published=2025-12-18 outlet="…" title="…"`) and its lines.
///
/// # Panics
/// When the words after the fence cannot be understood.
pub fn report(info: &str, lines: &[&str]) -> Report {
    let mut meta = Meta::default();
    let mut rest = info.trim();
    while !rest.is_empty() {
        let (key, tail) = rest.split_once('=').unwrap_or_else(|| panic!("`{rest}`: expected key=value"));
        let (value, tail) = match tail.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').expect("the quotation mark is closed"),
            None => tail.split_once(' ').unwrap_or((tail, "")),
        };
        match key {
            "published" => meta.published_at = Some(value.parse().expect("published=YYYY-MM-DD")),
            "outlet" => meta.outlet = Some(value.to_owned()),
            "title" => meta.title = Some(value.to_owned()),
            "url" => meta.url = Some(value.to_owned()),
            _ => panic!("`{key}`: a report may say published, outlet, title, url"),
        }
        rest = tail.trim_start();
    }
    Report { text: lines.join("\n"), meta }
}

/// What holds for the reading of any text whatever; the first thing that does not.
pub fn fault(reading: &Reading) -> Option<String> {
    let starts: Vec<usize> =
        reading.document.text.char_indices().map(|(at, _)| at).chain([reading.document.text.len()]).collect();
    let evidence = all_evidence(reading);
    if let Some((what, wrong)) = evidence.iter().find(|(_, e)| !is_exact(&reading.document.text, &starts, e))
    {
        return Some(format!("{what}: {}..{} is not {:?}", wrong.start, wrong.end, wrong.quote));
    }
    references(reading).or_else(|| counts(reading))
}

fn is_exact(text: &str, starts: &[usize], evidence: &Evidence) -> bool {
    evidence.start < evidence.end
        && evidence.end < starts.len()
        && text[starts[evidence.start]..starts[evidence.end]] == evidence.quote
}

fn all_evidence(reading: &Reading) -> Vec<(String, &Evidence)> {
    let incidents = reading
        .incidents
        .iter()
        .flat_map(|i| i.evidence.iter().map(move |e| (format!("incident {}", i.id), e)));
    let claims = reading.claims.iter().map(|c| (format!("claim {}", c.id), &c.evidence));
    let quotes = reading.quotes.iter().map(|q| ("a quote".to_owned(), &q.evidence));
    let contradictions = reading
        .contradictions
        .iter()
        .flat_map(|c| c.evidence.iter().map(move |e| (format!("contradiction {}", c.kind), e)));
    let diagnostics =
        reading.diagnostics.iter().filter_map(|d| d.evidence.as_ref().map(|e| (d.code.clone(), e)));
    incidents.chain(claims).chain(quotes).chain(contradictions).chain(diagnostics).collect()
}

/// Ids are unique and whatever is referred to exists.
fn references(reading: &Reading) -> Option<String> {
    let incidents: BTreeSet<&str> = reading.incidents.iter().map(|i| i.id.as_str()).collect();
    let claims: BTreeSet<&str> = reading.claims.iter().map(|c| c.id.as_str()).collect();
    let voices: BTreeSet<&str> = reading.voices.iter().map(|v| v.id.as_str()).collect();
    if incidents.len() != reading.incidents.len() {
        return Some("two incidents share an id".into());
    }
    if claims.len() != reading.claims.len() {
        return Some("two claims share an id".into());
    }
    if voices.len() != reading.voices.len() {
        return Some("two voices share an id".into());
    }
    for incident in &reading.incidents {
        let name = &incident.id;
        if incident.evidence.is_empty() {
            return Some(format!("{name} has no evidence"));
        }
        if let Some(claim) = incident.claims.iter().find(|c| !claims.contains(c.as_str())) {
            return Some(format!("{name} refers to the claim {claim}, which is not there"));
        }
        if let Some(voice) = incident.voices.iter().find(|v| !voices.contains(v.as_str())) {
            return Some(format!("{name} refers to the voice {voice}, which is not there"));
        }
        let strange =
            |l: &&annalist::reading::Link| l.incident == *name || !incidents.contains(l.incident.as_str());
        if let Some(link) = incident.links.iter().find(strange) {
            return Some(format!("{name} is linked to {}", link.incident));
        }
    }
    for claim in &reading.claims {
        let owner = reading.incidents.iter().find(|i| i.id == claim.incident);
        if !owner.is_some_and(|i| i.claims.contains(&claim.id)) {
            return Some(format!("claim {} is not among those of incident {}", claim.id, claim.incident));
        }
        if !voices.contains(claim.voice.as_str()) {
            return Some(format!("claim {} has the voice {}, which is not there", claim.id, claim.voice));
        }
        if !RULES.contains(&claim.rule) {
            return Some(format!(
                "claim {} cites the rule {}, which nothing describes",
                claim.id, claim.rule
            ));
        }
        if !(0.0..=1.0).contains(&claim.score) {
            return Some(format!("claim {} has the score {}", claim.id, claim.score));
        }
    }
    reading
        .quotes
        .iter()
        .find(|q| !voices.contains(q.voice.as_str()))
        .map(|q| format!("a quote has the voice {}, which is not there", q.voice))
}

/// Ranges are the right way round, and every value of the counts has its claim.
fn counts(reading: &Reading) -> Option<String> {
    for incident in &reading.incidents {
        for (field, count) in [("killed", &incident.killed), ("injured", &incident.injured)] {
            let Some(count) = count else { continue };
            if count.max.is_some_and(|max| max < count.min) {
                return Some(format!("{} {field}: {} to {:?}", incident.id, count.min, count.max));
            }
        }
        if let Some(group) = incident.groups.iter().find(|g| g.max.is_some_and(|max| max < g.min)) {
            return Some(format!("{} group {}: {} to {:?}", incident.id, group.who, group.min, group.max));
        }
        let date = &incident.date;
        if let (Some(earliest), Some(latest)) = (&date.earliest, &date.latest)
            && earliest > latest
        {
            return Some(format!("{} date: {earliest} to {latest}", incident.id));
        }
    }
    None
}
