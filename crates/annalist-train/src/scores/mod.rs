//! `scores`: learns from annotated reports by what signs candidates are chosen.
//!
//! The engine reads every report and shows what it weighed (`Engine::weigh`); gold says which candidates were right. A linear
//! model for each kind of choice is fitted to that, and measured on reports that it has not seen. Whether a draft is an incident
//! is learned from the examples of the rules as well.

mod gold;
mod linear;

use crate::input::{self, document};
use annalist::incident::Shown;
use annalist::score::{Choice, Kind};
use annalist::{Bundle, Document, Engine, Meta};
use anyhow::{Context, Result, bail};
use gold::{Matches, Told, exact, right};
use linear::{Group, Model, Tally};
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
    /// Only these kinds (join, incident, weapon, mode, place, date, perpetrator, damage, severity, target).
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
    /// Rounds of learning to join pieces of text: each sees where the weights of those before lead.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// File for the readings (JSON lines) of the gold reports, each by weights that have not seen it.
    #[arg(long)]
    readings: Option<PathBuf>,
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
    let mut course = Course::new(args, &kinds)?;
    let mut out = std::io::stdout().lock();
    for pass in 1..=args.passes {
        writeln!(out, "pass {pass}, {} reports\n", course.reports.len())?;
        writeln!(
            out,
            "{:<12} {:>8} {:>9} {:>9} {:>9}",
            "kind", "choices", "features", "learned", "left out"
        )?;
        // Joining comes before all else and sees nothing of it: once is enough.
        for &kind in kinds.iter().filter(|&&kind| pass == 1 || kind != Kind::Join) {
            let learned = course.learn(kind)?;
            writeln!(
                out,
                "{:<12} {:>8} {:>9} {:>9.1} {:>9.1}",
                kind.name(),
                learned.choices,
                learned.features,
                100.0 * learned.seen,
                100.0 * learned.unseen
            )?;
        }
        writeln!(out)?;
    }
    for kind in kinds {
        let file = course.whole.get(&file_of(kind)).context("weights that were just learned")?;
        write(&args.out, kind, file.bytes())?;
    }
    if let Some(path) = &args.readings {
        course.write_readings(path)?;
    }
    writeln!(
        out,
        "learned, left out: where one candidate is taken, how often it is the right one (of those that have one);\n\
         else the F1 of what is taken. In percent."
    )?;
    Ok(())
}

/// The weights learned so far, from all reports and from all but each part of them. What is learned later must see what a
/// report looks like to weights that have not seen it, or it would trust them too much: every report is read by the engine
/// whose weights were learned without it.
struct Course<'a> {
    args: &'a Args,
    reports: Vec<Report>,
    whole: Bundle,
    parts: Vec<Bundle>,
}

/// What was learned of a kind.
struct Learned {
    choices: usize,
    features: usize,
    seen: f64,
    unseen: f64,
}

impl<'a> Course<'a> {
    fn new(args: &'a Args, kinds: &[Kind]) -> Result<Self> {
        let mut whole = Bundle::embedded();
        // What was learned before must not decide what is learned now.
        kinds.iter().for_each(|&kind| whole.overlay(&file_of(kind), Vec::new()));
        let parts = vec![whole.clone(); args.folds];
        Ok(Course { args, reports: reports(&args.gold)?, whole, parts })
    }

    /// Engines by the part that they have not seen.
    fn engines(&self) -> Result<Vec<Engine>> {
        self.parts.iter().map(|bundle| Ok(Engine::new(bundle)?)).collect()
    }

    /// Learns one kind from what the engines weigh. A step of joining changes what the next ones are weighed against, so that
    /// weights must be right in the states to which they lead: it is learned in rounds that add those (Ross et al. 2011,
    /// DAgger).
    fn learn(&mut self, kind: Kind) -> Result<Learned> {
        let rounds = if kind == Kind::Join { self.args.rounds } else { 1 };
        let mut groups = Vec::new();
        let mut tally = Tally::default();
        let mut penalty = self.args.penalty;
        for round in 1..=rounds {
            let engines = self.engines()?;
            groups.extend(seen(&engines, &self.reports, kind));
            groups.extend(examples(&engines, self.reports.len(), kind)?);
            penalty = self.args.penalty * f64::from(round);
            tally = Tally::default();
            for part in 0..self.args.folds {
                let (left_out, learned): (Vec<&Group>, Vec<&Group>) =
                    groups.iter().partition(|g| g.report() % self.args.folds == part);
                let model = Model::fit(&learned, kind, penalty, self.args.folds);
                tally.add(&model, &left_out, kind);
                self.parts[part].overlay(&file_of(kind), model.table(kind, self.reports.len()).into_bytes());
            }
        }
        let all: Vec<&Group> = groups.iter().collect();
        let model = Model::fit(&all, kind, penalty, self.args.folds);
        self.whole.overlay(&file_of(kind), model.table(kind, self.reports.len()).into_bytes());
        let mut own = Tally::default();
        own.add(&model, &all, kind);
        Ok(Learned {
            choices: groups.len(),
            features: model.len(),
            seen: own.result(kind),
            unseen: tally.result(kind),
        })
    }

    /// Writes the reading of every report by the engine that has not seen it.
    fn write_readings(&self, path: &Path) -> Result<()> {
        let engines = self.engines()?;
        let mut lines = String::new();
        for (number, report) in self.reports.iter().enumerate() {
            let reading = engines[number % engines.len()].read(&report.document);
            let mut line = serde_json::to_value(reading)?;
            line["source_id"] = report.gold["id"].clone();
            lines += &format!("{line}\n");
        }
        std::fs::write(path, lines).with_context(|| format!("writing {}", path.display()))
    }
}

fn file_of(kind: Kind) -> String {
    format!("scores/{}.tsv", kind.name())
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
fn seen(engines: &[Engine], reports: &[Report], kind: Kind) -> Vec<Group> {
    let mut groups = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let weighed = engines[number % engines.len()].weigh(&report.document, shown(kind));
        if kind == Kind::Join {
            let told = Told::new(&report.gold, &weighed.reading.document.text);
            let of_segment = |own: &Vec<Choice>| {
                let own: Vec<&Choice> = own.iter().collect();
                Group::new(number, &own, |c| told.is_right(&c.value))
            };
            groups.extend(weighed.joins.iter().map(of_segment));
            continue;
        }
        let matches = Matches::new(&report.gold, &weighed.reading);
        for (n, choices) in weighed.incidents.iter().enumerate() {
            let own: Vec<&Choice> = choices.iter().filter(|c| c.kind == kind).collect();
            let gold = matches.gold_of(n);
            if kind == Kind::Incident {
                groups.extend(own.iter().map(|c| Group::one(number, c, gold.is_some())));
            } else if let Some(gold) = gold {
                if kind.takes_one() {
                    for own in rivals(&own) {
                        // Where a candidate is right to the last, those that are nearly right are wrong.
                        let is_exact = own.iter().any(|c| exact(kind, &c.value, gold));
                        let judge = if is_exact { exact } else { right };
                        groups.push(Group::new(number, &own, |c| judge(kind, &c.value, gold)));
                    }
                } else {
                    groups.extend(own.iter().map(|c| Group::one(number, c, right(kind, &c.value, gold))));
                }
            }
        }
    }
    groups
}

/// What must be shown for a kind to be learned: rejected drafts only where rejecting is.
fn shown(kind: Kind) -> Shown {
    match kind {
        Kind::Join => Shown::Joins,
        Kind::Incident => Shown::Rejected,
        _ => Shown::Taken,
    }
}

/// Candidates of which one is taken: all, or where they are about several classes of things, those of each.
fn rivals<'c>(choices: &[&'c Choice]) -> Vec<Vec<&'c Choice>> {
    let mut rivals: Vec<Vec<&Choice>> = Vec::new();
    for choice in choices {
        let class = &choice.value["class"];
        match rivals.iter_mut().find(|own| own[0].value["class"] == *class) {
            Some(own) => own.push(choice),
            None => rivals.push(vec![choice]),
        }
    }
    rivals
}

/// Candidates in the examples of the rules: plain statements, of which it is known whether they tell of an incident, and that
/// what is struck and who holds an office and was hurt are targets. Reports alone would teach that a short text without consequences is none.
fn examples(engines: &[Engine], reports: usize, kind: Kind) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for (n, rule) in engines[0].rules().iter().enumerate() {
        let engine = &engines[(reports + n) % engines.len()];
        for (texts, is_match) in [(&rule.matches, true), (&rule.rejects, false)] {
            let Some(told) = tells(&rule.id, is_match) else { continue };
            for text in texts {
                let meta = Meta { published_at: "2025-06-10".parse().ok(), ..Meta::default() };
                let document = Document::new(text.clone(), meta)?;
                let weighed = engine.weigh(&document, shown(kind));
                if kind == Kind::Join && weighed.joins.len() == 1 {
                    let own: Vec<&Choice> = weighed.joins[0].iter().collect();
                    let step = if told { "start" } else { "leave" };
                    groups.push(Group::new(reports + n, &own, |c| c.value["step"] == step));
                    continue;
                }
                let own = weighed.incidents.iter().flatten().filter(|c| c.kind == kind);
                let struck = |c: &Choice| {
                    c.features.names().any(|f| matches!(f, "plays target" | "office of somebody hurt"))
                };
                match kind {
                    // The mode is the one that the rule's own trigger tells.
                    Kind::Mode if is_match => {
                        let own: Vec<&Choice> = own.collect();
                        let trigger = format!("rule={}", rule.id);
                        groups.push(Group::new(reports + n, &own, |c| c.features.has(&trigger)));
                    }
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
