//! `scores`: learns from annotated reports by what signs candidates are chosen.
//!
//! The engine reads every report and shows what it weighed (`Engine::weigh`); gold says which candidates were right. A linear
//! model for each kind of choice is fitted to that, and measured on reports that it has not seen. Whether a draft is an incident
//! is learned from the examples of the rules as well.

mod gold;
mod linear;

use crate::input::{self, document};
use annalist::score::{Choice, Kind};
use annalist::{Bundle, Document, Engine, Meta};
use anyhow::{Context, Result, bail};
use gold::{Matches, exact, right};
use linear::{Group, Model};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `scores`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  annalist-train scores --gold train-*.json --out data/scores

Prints for each kind of choice how often it is right on the reports that it learned from, and on those left out in turn
(cross-validation). The files are data of the engine: `annalist read --data` takes them from a folder.")]
pub(crate) struct Args {
    /// Gold reports (JSON lists in the format of `reading/1`).
    #[arg(long, num_args = 1.., required = true)]
    gold: Vec<PathBuf>,
    /// Folder for the files of weights.
    #[arg(long)]
    out: PathBuf,
    /// Only these kinds (incident, place, date, weapon, perpetrator, target).
    #[arg(long, num_args = 1..)]
    only: Vec<String>,
    /// How much large weights cost.
    #[arg(long, default_value_t = 3.0)]
    penalty: f64,
    /// Parts into which the reports are split for cross-validation.
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Passes over all reports; later ones see what earlier ones chose.
    #[arg(long, default_value_t = 2)]
    passes: usize,
}

/// One report with its gold.
struct Report {
    document: Document,
    gold: Value,
}

/// Learns the weights of every kind and writes them.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.folds < 2 {
        bail!("--folds must be 2 or more: weights are measured on reports that they have not seen");
    }
    let kinds = kinds(&args.only)?;
    let reports = reports(&args.gold)?;
    let mut bundle = Bundle::embedded();
    // What was learned before must not decide what is learned now.
    kinds.iter().for_each(|kind| bundle.overlay(&format!("scores/{}.tsv", kind.name()), Vec::new()));
    let mut out = std::io::stdout().lock();
    for pass in 1..=args.passes {
        writeln!(out, "pass {pass}, {} reports\n", reports.len())?;
        writeln!(
            out,
            "{:<12} {:>8} {:>9} {:>9} {:>9}",
            "kind", "choices", "features", "learned", "left out"
        )?;
        for &kind in &kinds {
            let engine = Engine::new(&bundle)?;
            let mut groups = groups(&engine, &reports, kind);
            groups.extend(examples(&engine, reports.len(), kind)?);
            let model = Model::fit(&groups, kind, args.penalty, args.folds);
            let seen = linear::measure(&model, &groups, kind);
            let unseen = linear::cross_validate(&groups, kind, args.penalty, args.folds);
            writeln!(
                out,
                "{:<12} {:>8} {:>9} {:>9.1} {:>9.1}",
                kind.name(),
                groups.len(),
                model.len(),
                100.0 * seen,
                100.0 * unseen
            )?;
            bundle.overlay(
                &format!("scores/{}.tsv", kind.name()),
                model.table(kind, reports.len()).into_bytes(),
            );
        }
        writeln!(out)?;
    }
    for kind in kinds {
        let path = format!("scores/{}.tsv", kind.name());
        let file = bundle.get(&path).context("weights that were just learned")?;
        write(&args.out, kind, file.bytes())?;
    }
    writeln!(
        out,
        "learned, left out: where one candidate is taken, how often it is the right one (of those that have one);\n\
         else the F1 of what is taken. In percent."
    )?;
    Ok(())
}

fn kinds(only: &[String]) -> Result<Vec<Kind>> {
    if only.is_empty() {
        return Ok(Kind::ALL.to_vec());
    }
    let named = |name: &String| {
        let known: Vec<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
        let kind = Kind::ALL.into_iter().find(|k| k.name() == name);
        kind.with_context(|| format!("`{name}` is not one of {}", known.join(", ")))
    };
    only.iter().map(named).collect()
}

fn reports(paths: &[PathBuf]) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    for path in paths {
        for gold in input::reports(path)? {
            reports.push(Report { document: document(&gold)?, gold });
        }
    }
    Ok(reports)
}

/// What was weighed for one kind, with gold's word on it: one group for each incident where one candidate is taken, else one
/// for each candidate.
fn groups(engine: &Engine, reports: &[Report], kind: Kind) -> Vec<Group> {
    let mut groups = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        // Rejected drafts are only looked at where rejecting is what is learned.
        let (reading, choices) = engine.weigh(&report.document, kind == Kind::Incident);
        let matches = Matches::new(&report.gold, &reading);
        for (n, choices) in choices.iter().enumerate() {
            let own: Vec<&Choice> = choices.iter().filter(|c| c.kind == kind).collect();
            let gold = matches.gold_of(n);
            if kind == Kind::Incident {
                groups.extend(own.iter().map(|c| Group::one(number, c, gold.is_some())));
            } else if let Some(gold) = gold {
                if kind.takes_one() {
                    // Where a candidate is right to the last, those that are nearly right are wrong.
                    let is_exact = own.iter().any(|c| exact(kind, &c.value, gold));
                    let judge = if is_exact { exact } else { right };
                    groups.push(Group::new(number, &own, |c| judge(kind, &c.value, gold)));
                } else {
                    groups.extend(own.iter().map(|c| Group::one(number, c, right(kind, &c.value, gold))));
                }
            }
        }
    }
    groups
}

/// Candidates in the examples of the rules: plain statements, of which it is known whether they tell of an incident, and that
/// what is struck and who holds an office and was hurt are targets. Reports alone would teach that a short text without consequences is none.
fn examples(engine: &Engine, reports: usize, kind: Kind) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for (n, rule) in engine.rules().iter().enumerate() {
        for (texts, is_match) in [(&rule.matches, true), (&rule.rejects, false)] {
            let Some(told) = tells(&rule.id, is_match) else { continue };
            for text in texts {
                let meta = Meta { published_at: "2025-06-10".parse().ok(), ..Meta::default() };
                let document = Document::new(text.clone(), meta)?;
                let (_, choices) = engine.weigh(&document, kind == Kind::Incident);
                let own = choices.iter().flatten().filter(|c| c.kind == kind);
                let struck = |c: &Choice| {
                    c.features.names().any(|f| matches!(f, "plays target" | "office of somebody hurt"))
                };
                match kind {
                    Kind::Incident => groups.extend(own.map(|c| Group::one(reports + n, c, told))),
                    Kind::Target if told => {
                        groups.extend(own.filter(|c| struck(c)).map(|c| Group::one(reports + n, c, true)));
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(groups)
}

/// Whether the examples of a rule that it matches, or that it rejects, tell of an incident; `None` where they may or may not.
fn tells(rule: &str, is_match: bool) -> Option<bool> {
    let family = rule.split('.').nth(1)?;
    match (family, is_match) {
        ("attack", _) => Some(is_match),
        ("harm" | "damage" | "status", true) => Some(true),
        (
            "mode" | "weapon" | "target" | "people" | "date" | "place" | "count" | "perpetrator" | "election",
            _,
        ) => Some(true),
        ("filter", true) => Some(matches!(rule, "en.filter.attempted" | "en.filter.foiled")),
        ("filter", false) => Some(true),
        _ => None,
    }
}

fn write(folder: &Path, kind: Kind, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let path = folder.join(format!("{}.tsv", kind.name()));
    std::fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))
}
