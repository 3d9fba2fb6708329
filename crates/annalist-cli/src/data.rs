//! data: what does the program know, from where, and is it sound?

use crate::args::{ColorChoice, DataArgs, DataCommand, DataOptions, TextOrJson};
use crate::output::Output;
use crate::term::{self, Paint};
use crate::{ALL_READ, UNUSABLE, fields, input};
use annalist::{Bundle, DataError, Engine, lexicon, table};
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// `annalist data check|list`.
pub(crate) fn run(args: &DataArgs, color: ColorChoice) -> Result<u8> {
    let paint = Paint::new(color, std::io::stdout().is_terminal());
    match &args.command {
        DataCommand::Check(options) => check(options, paint),
        DataCommand::List(options) => list(options, paint),
    }
}

#[derive(Serialize)]
struct Checked {
    files: usize,
    rules: usize,
    examples: usize,
    data: String,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct Fault {
    path: String,
    line: usize,
    message: String,
}

fn check(options: &DataOptions, paint: Paint) -> Result<u8> {
    let bundle = input::bundle(&options.data)?;
    let (mut faults, rules) = faults(&bundle);
    faults.sort_by(|a, b| (&a.path, a.line, &a.message).cmp(&(&b.path, b.line, &b.message)));
    faults.dedup();
    let checked = Checked {
        files: bundle.files().count(),
        rules: rules.len(),
        examples: rules.iter().map(|r| r.matches.len() + r.rejects.len()).sum(),
        data: bundle.hash(),
        faults: faults
            .into_iter()
            .map(|f| Fault { path: f.path, line: f.line, message: f.message })
            .collect(),
    };
    let mut out = Output::open(None)?;
    match options.format {
        TextOrJson::Json => {
            serde_json::to_writer_pretty(&mut out, &checked)?;
            writeln!(out)?;
        }
        TextOrJson::Text => {
            for fault in &checked.faults {
                let place = if fault.line > 0 {
                    format!("{}:{}", fault.path, fault.line)
                } else {
                    fault.path.clone()
                };
                let head = paint.on(term::red(), "error");
                writeln!(out, "{head}: {}\n  {} data/{place}", fault.message, paint.dim("-->"))?;
            }
            use crate::term::counted;
            let summary = format!(
                "{}, {}, {} checked: {}",
                counted(checked.files, "file"),
                counted(checked.rules, "rule"),
                counted(checked.examples, "example"),
                if checked.faults.is_empty() {
                    "sound".to_owned()
                } else {
                    counted(checked.faults.len(), "fault")
                },
            );
            writeln!(out, "{}", paint.bold(&summary))?;
        }
    }
    out.finish()?;
    Ok(if checked.faults.is_empty() { ALL_READ } else { UNUSABLE })
}

/// Every fault that any part of the program finds in its data.
///
/// A file that the engine cannot load ends its own checks, since rules cannot be tried without the rest.
fn faults(bundle: &Bundle) -> (Vec<DataError>, Vec<annalist::RuleInfo>) {
    let mut faults: Vec<DataError> = fields::load(bundle).err().into_iter().collect();
    faults.extend(lexicon::check(bundle));
    match Engine::new(bundle) {
        Ok(engine) => {
            faults.extend(engine.check_rules());
            (faults, engine.rules())
        }
        Err(fault) => {
            faults.push(fault);
            (faults, Vec::new())
        }
    }
}

#[derive(Serialize)]
struct Listed {
    data: String,
    files: Vec<ListedFile>,
    rules: Vec<ListedRule>,
}

#[derive(Serialize)]
struct ListedFile {
    path: String,
    kind: String,
    entries: Option<usize>,
    bytes: usize,
    meaning: Option<String>,
    provenance: Option<String>,
    licence: Option<String>,
    overlaid: bool,
}

#[derive(Serialize)]
struct ListedRule {
    id: String,
    path: String,
    line: usize,
    meaning: String,
    matches: usize,
    rejects: usize,
}

fn list(options: &DataOptions, paint: Paint) -> Result<u8> {
    let bundle = input::bundle(&options.data)?;
    let engine = Engine::new(&bundle).context("the data cannot be used; see annalist data check")?;
    let listed = listed(&bundle, &engine);
    let mut out = Output::open(None)?;
    match options.format {
        TextOrJson::Json => {
            serde_json::to_writer_pretty(&mut out, &listed)?;
            writeln!(out)?;
        }
        TextOrJson::Text => list_text(&listed, paint, &mut out)?,
    }
    out.finish()?;
    Ok(ALL_READ)
}

fn listed(bundle: &Bundle, engine: &Engine) -> Listed {
    let files = bundle.files().map(|(path, file)| {
        let mut head = table::header(file.bytes());
        let tsv = path.ends_with(".tsv");
        let entries = tsv.then(|| table::rows(path, file.bytes()).map(|rows| rows.len()).ok()).flatten();
        let rules = engine.rules().iter().filter(|rule| rule.path == path).count();
        ListedFile {
            path: path.to_owned(),
            kind: kind(path, &head).to_owned(),
            entries: if rules > 0 { Some(rules) } else { entries },
            bytes: file.bytes().len(),
            meaning: head.remove("meaning"),
            provenance: head.remove("provenance"),
            licence: head.remove("licence"),
            overlaid: file.overlaid(),
        }
    });
    let rules = engine.rules().into_iter().map(|rule| ListedRule {
        id: rule.id,
        path: rule.path,
        line: rule.line,
        meaning: rule.meaning,
        matches: rule.matches.len(),
        rejects: rule.rejects.len(),
    });
    Listed { data: bundle.hash(), files: files.collect(), rules: rules.collect() }
}

fn kind(path: &str, head: &std::collections::BTreeMap<String, String>) -> &'static str {
    match path.split('/').next().unwrap_or_default() {
        "rules" => "rules",
        "models" => "model",
        "schema" => "schema",
        "places" => "places",
        _ if head.contains_key("lexicon") => "lexicon",
        _ => "table",
    }
}

fn list_text(listed: &Listed, paint: Paint, out: &mut impl Write) -> Result<()> {
    let width = listed.files.iter().map(|f| f.path.len()).max().unwrap_or(0);
    writeln!(
        out,
        "{}",
        paint.bold(&format!("{:<width$}  {:<8} {:>9}  what it is", "file", "kind", "entries"))
    )?;
    for file in &listed.files {
        let entries = file.entries.map_or_else(|| size(file.bytes), |n| n.to_string());
        let overlaid = if file.overlaid { paint.on(term::yellow(), "yours ") } else { String::new() };
        let meaning = file.meaning.as_deref().unwrap_or("");
        writeln!(out, "{:<width$}  {:<8} {entries:>9}  {overlaid}{meaning}", file.path, file.kind)?;
        let from: Vec<&str> = file.provenance.iter().chain(&file.licence).map(String::as_str).collect();
        if !from.is_empty() {
            writeln!(out, "{:<width$}  {}", "", paint.dim(&from.join(" · ")))?;
        }
    }
    if !listed.rules.is_empty() {
        let width = listed.rules.iter().map(|r| r.id.len()).max().unwrap_or(0);
        writeln!(out, "\n{}", paint.bold(&format!("{:<width$}  examples  meaning", "rule")))?;
        for rule in &listed.rules {
            let examples = format!("{} / {}", rule.matches, rule.rejects);
            writeln!(out, "{:<width$}  {examples:<8}  {}", rule.id, rule.meaning)?;
        }
    }
    use crate::term::counted;
    let sum = format!(
        "{}, {} · {}",
        counted(listed.files.len(), "file"),
        counted(listed.rules.len(), "rule"),
        listed.data
    );
    writeln!(out, "\n{}", paint.bold(&sum))?;
    Ok(())
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
