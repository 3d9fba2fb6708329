//! why: what says that mentions tell of one incident, and what an incident could be besides.

use super::args::MatchesArgs;
use super::{named, stdout_view, time, to_read};
use crate::args::{ColorChoice, TextOrJson};
use crate::output::Output;
use crate::render::{View, show, wrap};
use crate::term::{counted, sanitized};
use crate::{ALL_READ, input};
use annalist::reading::Count;
use annalist_ledger::index::{Match, Pair};
use annalist_ledger::resolve::{Phrases, Reason};
use annalist_ledger::{Act, Incident, IncidentId, Ledger, Mention, Report, Verdict};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::io::Write;

/// `annalist matches`.
pub(crate) fn matches(args: &MatchesArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_read(&args.ledger, color)?;
    let incident = ledger.named(&args.incident)?;
    let mut found = ledger.matches(&incident)?;
    let all = found.len();
    found.truncate(args.limit);
    let why = Why::new(&ledger, &args.ledger, stdout_view(color))?;
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => {
            let matches: Result<Vec<Value>> = found.iter().map(|found| why.json(found)).collect();
            let told = json!({ "incident": incident.id, "matches": matches? });
            writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        }
        TextOrJson::Text => out.write_all(why.matches(&incident, &found, all)?.as_bytes())?,
    }
    out.finish()?;
    Ok(ALL_READ)
}

/// Pairs of mentions with the reasons, in words.
pub(super) struct Why<'a> {
    ledger: &'a Ledger,
    phrases: Phrases,
    people: Vec<(String, Option<String>)>,
    view: View,
}

impl<'a> Why<'a> {
    pub(super) fn new(ledger: &'a Ledger, args: &super::args::LedgerArg, view: View) -> Result<Self> {
        let bundle = input::bundle(&args.data)?;
        let phrases = Phrases::read(&bundle).context("the data cannot be used")?;
        Ok(Why { ledger, phrases, people: ledger.people()?, view })
    }

    fn matches(&self, incident: &Incident, found: &[Match], all: usize) -> Result<String> {
        let paint = self.view.paint;
        let mut text = format!(
            "{} {} {}\n",
            paint.dim("━━"),
            paint.bold(incident.id.as_str()),
            paint.bold(&show::place(&incident.place.value))
        );
        if found.is_empty() {
            text += "   no other incident of the ledger comes near it\n";
            return Ok(text);
        }
        for Match { incident: other, pair } in found {
            text += &format!("\n   {}  {}\n", paint.bold(other.as_str()), self.rating(pair));
            text += &self.side(&pair.one)?;
            text += &self.side(&pair.other)?;
            text += &self.reasons(pair);
        }
        if found.len() < all {
            text += &format!(
                "\n   {}\n",
                paint.dim(&format!("and {} less likely; --limit {all}", all - found.len()))
            );
        }
        let legend = "annalist merge says that two are one, annalist split that they are not";
        text += &format!("\n   {}\n", paint.dim(legend));
        Ok(text)
    }

    /// Why the mentions of an incident are one.
    pub(super) fn joined(&self, incident: &Incident) -> Result<String> {
        let mut text =
            format!("{}  {}\n", self.view.paint.bold("joined"), counted(incident.mentions.len(), "mention"));
        if let Some(oldest) = incident.mentions.first() {
            text += &self.side(oldest)?;
        }
        for pair in self.ledger.joins(incident)? {
            text += &self.side(&pair.other)?;
            text += &format!("      with {}: {}\n", pair.one, self.rating(&pair));
            text += &self.reasons(&pair);
        }
        Ok(text)
    }

    /// The same for programs.
    pub(super) fn joined_json(&self, incident: &Incident) -> Result<Vec<Value>> {
        self.ledger.joins(incident)?.iter().map(|pair| self.pair(pair)).collect()
    }

    /// How likely, and what somebody found.
    fn rating(&self, pair: &Pair) -> String {
        let mut rating = format!("{:.1} % likely one incident", pair.probability() * 100.0);
        if let (Some(verdict), Some(done)) = (pair.verdict(), &pair.judged)
            && let Act::Judgement { reason, .. } = &done.act
        {
            let found = match verdict {
                Verdict::Same => "judged to be one",
                Verdict::NotSame => "judged to be two",
                Verdict::Unsure => "judged not to be told",
                Verdict::Lifted => "judged no longer",
            };
            let who = named(&self.people, &done.by);
            rating += &sanitized(&format!("; {found} by {who} on {}: {reason}", time(done.at)));
        }
        rating
    }

    /// A mention with what it tells, in a line.
    fn side(&self, mention: &IncidentId) -> Result<String> {
        let told = match self.report(mention)? {
            Some(report) => report.tellings().find(|telling| telling.id == mention).map(told),
            None => None,
        };
        let told = told.unwrap_or_default();
        let lines = wrap(&sanitized(&told), self.view.text_width().saturating_sub(20));
        let mut text = String::new();
        for (n, line) in lines.iter().enumerate() {
            let head = if n == 0 { mention.to_string() } else { " ".repeat(mention.as_str().len()) };
            text += &format!("   {} {line}\n", self.view.paint.dim(&head));
        }
        Ok(text)
    }

    /// The report that a mention stands in.
    fn report(&self, mention: &IncidentId) -> Result<Option<Report>> {
        let incident = self.ledger.named(mention.as_str())?;
        for source in &incident.reports {
            let report = self.ledger.report(&source.report)?;
            if report.as_ref().is_some_and(|report| report.mentions.contains(mention)) {
                return Ok(report);
            }
        }
        Ok(None)
    }

    fn reasons(&self, pair: &Pair) -> String {
        const SHOWN: usize = 5;
        /// What weighs less says nothing.
        const LEAST: f32 = 0.1;
        let list = |of: &dyn Fn(&&Reason) -> bool| {
            let reasons = pair.reasons.iter().filter(|reason| reason.weight.abs() >= LEAST).filter(of);
            let told = reasons
                .filter_map(|reason| Some(format!("{} ({:+.1})", self.phrases.tell(reason)?, reason.weight)));
            told.take(SHOWN).collect::<Vec<_>>().join(" · ")
        };
        let mut text = String::new();
        for (head, told) in [("for    ", list(&|r| r.weight > 0.0)), ("against", list(&|r| r.weight < 0.0))] {
            if told.is_empty() {
                continue;
            }
            for (n, line) in wrap(&told, self.view.text_width().saturating_sub(16)).iter().enumerate() {
                let head = if n == 0 { head } else { "       " };
                text += &format!("      {} {line}\n", self.view.paint.dim(head));
            }
        }
        text
    }

    fn json(&self, found: &Match) -> Result<Value> {
        let mut pair = self.pair(&found.pair)?;
        if let Some(fields) = pair.as_object_mut() {
            fields.insert("incident".to_owned(), json!(found.incident));
        }
        Ok(pair)
    }

    fn pair(&self, pair: &Pair) -> Result<Value> {
        let side = |mention: &IncidentId| -> Result<Value> {
            let report = self.report(mention)?;
            let telling = report.as_ref().and_then(|r| r.tellings().find(|t| t.id == mention));
            Ok(match telling {
                Some(Mention { report, incident, .. }) => json!({
                    "mention": mention, "report": report.id, "outlet": report.reading.document.outlet,
                    "published_at": report.reading.document.published_at, "mode": incident.mode,
                    "date": incident.date, "place": incident.place, "killed": incident.killed,
                    "injured": incident.injured,
                }),
                None => json!({ "mention": mention }),
            })
        };
        let reasons: Vec<Value> = pair
            .reasons
            .iter()
            .map(|reason| {
                json!({
                    "sign": reason.sign, "words": self.phrases.tell(reason), "value": reason.value.map(rounded),
                    "weight": rounded(reason.weight),
                })
            })
            .collect();
        let judged = pair.judged.as_ref().map(|done| {
            let (verdict, reason) = match &done.act {
                Act::Judgement { verdict, reason, .. } => (Some(verdict), Some(reason)),
                _ => (None, None),
            };
            json!({
                "verdict": verdict, "by": done.by, "at": done.at, "entry": done.seq, "reason": reason,
            })
        });
        Ok(json!({
            "probability": (pair.probability() * 1e3).round() / 1e3, "score": rounded(pair.score), "one": side(&pair.one)?,
            "other": side(&pair.other)?, "reasons": reasons, "judged": judged,
        }))
    }
}

/// To three decimals: what lies behind them says nothing.
fn rounded(n: f32) -> f64 {
    (f64::from(n) * 1e3).round() / 1e3
}

/// What a mention tells, in a line, with the outlet.
fn told(mention: Mention<'_>) -> String {
    let document = &mention.report.reading.document;
    let outlet = document.outlet.as_deref().unwrap_or(&mention.report.found_at);
    let published = document.published_at.as_deref().unwrap_or("no day");
    format!("{} ({outlet}, {published})", tells(mention))
}

/// What a mention tells, in a line.
pub(super) fn tells(mention: Mention<'_>) -> String {
    let incident = mention.incident;
    let mut parts =
        vec![show::date(&incident.date), show::place(&incident.place), show::words(&incident.mode)];
    let mut count = |count: &Option<Count>, outcome: &str| {
        if let Some(Count { min, max, .. }) = count {
            parts.push(match max {
                Some(max) if max == min => format!("{min} {outcome}"),
                Some(max) => format!("{min}–{max} {outcome}"),
                None => format!("{min}+ {outcome}"),
            });
        }
    };
    count(&incident.killed, "killed");
    count(&incident.injured, "injured");
    parts.join(", ")
}
