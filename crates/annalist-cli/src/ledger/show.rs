//! show: one incident with all that is known of it, who says it and what people did.

use super::args::{HistoryArgs, LedgerArg, ResolveArgs};
use super::incidents::figure;
use super::why::Why;
use super::{catch_up, named, stdout_view, time, to_read, to_write};
use crate::args::{ColorChoice, TextOrJson};
use crate::output::Output;
use crate::read::counted;
use crate::render::{self, View, show, wrap};
use crate::term::{self, sanitized};
use crate::{ALL_READ, SOME_UNREAD};
use annalist::reading::{Claim, Reading};
use annalist_ledger::index::Done;
use annalist_ledger::{Act, Incident, IncidentId, Ledger, Report, Verdict};
use anyhow::Result;
use serde_json::{Value, json};
use std::io::Write;

/// `annalist show ID`.
pub(crate) fn show(name: &str, format: TextOrJson, args: &LedgerArg, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(args, color)?;
    let incident = ledger.named(name)?;
    let reports = reports(&ledger, &incident)?;
    let mut out = Output::open(None)?;
    match format {
        TextOrJson::Json => writeln!(out, "{}", serde_json::to_string_pretty(&incident)?)?,
        TextOrJson::Text => {
            let page =
                Page { ledger: &ledger, incident: &incident, reports: &reports, view: stdout_view(color) };
            out.write_all(page.text()?.as_bytes())?;
        }
    }
    out.finish()?;
    Ok(ALL_READ)
}

/// `annalist explain ID`: the claims behind each field, with their words and their voices, and why mentions were joined.
pub(crate) fn explain(
    name: &str,
    field: Option<&str>,
    joins_only: bool,
    format: TextOrJson,
    args: &LedgerArg,
    color: ColorChoice,
) -> Result<u8> {
    let ledger = to_read(args, color)?;
    let incident = ledger.named(name)?;
    let reports = reports(&ledger, &incident)?;
    let page = Page { ledger: &ledger, incident: &incident, reports: &reports, view: stdout_view(color) };
    let fields = if joins_only { Vec::new() } else { page.fields(field)? };
    let why = if field.is_none() { Some(Why::new(&ledger, args, page.view)?) } else { None };
    let mut out = Output::open(None)?;
    match format {
        TextOrJson::Json => {
            let mut told = json!({ "incident": incident.id });
            if !joins_only {
                told["fields"] = page.explained(&fields).into();
            }
            if let Some(why) = &why {
                told["joins"] = why.joined_json(&incident)?.into();
            }
            writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        }
        TextOrJson::Text => {
            out.write_all(page.explanation(&fields).as_bytes())?;
            if let Some(why) = why.filter(|_| joins_only || incident.mentions.len() > 1) {
                out.write_all(why.joined(&incident)?.as_bytes())?;
            }
        }
    }
    out.finish()?;
    Ok(ALL_READ)
}

/// `annalist history`.
pub(crate) fn history(args: &HistoryArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let incident = ledger.named(&args.incident)?;
    let reports = reports(&ledger, &incident)?;
    let page = Page { ledger: &ledger, incident: &incident, reports: &reports, view: stdout_view(color) };
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => {
            let lines: Vec<Value> = page
                .lines()?
                .iter()
                .map(|line| {
                    json!({
                        "entry": line.entry, "at": line.at, "by": line.by, "what": line.what, "act": line.act,
                    })
                })
                .collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&lines)?)?;
        }
        TextOrJson::Text => out.write_all(page.history()?.as_bytes())?,
    }
    out.finish()?;
    Ok(ALL_READ)
}

/// `annalist resolve`.
pub(crate) fn resolve(args: &ResolveArgs, color: ColorChoice) -> Result<u8> {
    let mut ledger = to_write(&args.ledger, None, color)?;
    let before = if args.from_scratch { Some(partition(&ledger)?) } else { None };
    if args.from_scratch {
        ledger.rebuild(&|_| {})?;
    } else {
        catch_up(&mut ledger, color)?;
    }
    let same = match &before {
        Some(before) => Some(*before == partition(&ledger)?),
        None => None,
    };
    let size = ledger.size()?;
    let mut out = Output::open(None)?;
    match args.format {
        TextOrJson::Json => {
            let found = json!({ "reports": size.reports, "mentions": size.mentions, "incidents": size.incidents, "same_as_before": same });
            writeln!(out, "{}", serde_json::to_string_pretty(&found)?)?;
        }
        TextOrJson::Text => {
            writeln!(
                out,
                "{} mentions in {} reports are {} incidents",
                size.mentions, size.reports, size.incidents
            )?;
            match same {
                Some(true) => writeln!(out, "joined from scratch: the same as before")?,
                Some(false) => {
                    writeln!(out, "joined from scratch: NOT the same as before; the new result holds")?
                }
                None => {}
            }
        }
    }
    out.finish()?;
    Ok(if same == Some(false) { SOME_UNREAD } else { ALL_READ })
}

/// Every incident as it is written.
fn partition(ledger: &Ledger) -> Result<Vec<String>> {
    let mut all = Vec::new();
    ledger.find(&annalist_ledger::Filter::default(), &mut |incident| {
        all.push(serde_json::to_string(&incident).unwrap_or_default());
        Ok(())
    })?;
    Ok(all)
}

fn reports(ledger: &Ledger, incident: &Incident) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    for source in &incident.reports {
        reports.extend(ledger.report(&source.report)?);
    }
    Ok(reports)
}

struct Page<'a> {
    ledger: &'a Ledger,
    incident: &'a Incident,
    reports: &'a [Report],
    view: View,
}

/// A line of the history.
struct Line {
    entry: u64,
    at: i64,
    by: String,
    what: String,
    act: Option<Act>,
}

/// A field with its value in words.
struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    policy: String,
    claims: Vec<String>,
}

impl Page<'_> {
    fn text(&self) -> Result<String> {
        let (incident, paint) = (self.incident, self.view.paint);
        let mut text = String::new();
        let mut line = |line: &str| {
            text.push_str(line.trim_end());
            text.push('\n');
        };
        let place = show::place(&incident.place.value);
        line(&format!("{} {} {}", paint.dim("━━"), paint.bold(incident.id.as_str()), paint.bold(&place)));
        let mut state = vec![show::words(&incident.grade), show::words(&incident.review.state)];
        if incident.review.changed_since {
            state.push("changed since it was looked at".to_owned());
        }
        if let Some(person) = &incident.review.assigned {
            state.push(format!("assigned to {}", named(&self.ledger.people()?, person)));
        }
        line(&format!("   {}", paint.dim(&state.join(" · "))));
        line("");
        for field in self.all_fields().iter().filter(|field| field.value != "not stated") {
            let lines = wrap(&field.value, self.view.text_width().saturating_sub(16));
            for (n, part) in lines.iter().enumerate() {
                let label = if n == 0 { field.label } else { "" };
                line(&format!("   {label:<12} {part}"));
            }
        }
        line("");
        line(&format!(
            "   {}",
            paint.bold(&format!(
                "{}, {} independent",
                counted(incident.reports.len(), "report"),
                incident.independent
            ))
        ));
        for source in &incident.reports {
            let outlet = source.outlet.as_deref().or(source.url.as_deref()).unwrap_or("outlet not known");
            let day = source.published_at.as_deref().unwrap_or("          ");
            let title = source.title.as_deref().unwrap_or_default();
            let withdrawn = if source.withdrawn { " (withdrawn)" } else { "" };
            line(&sanitized(&format!("   {} {day} {outlet}{withdrawn}  {title}", source.report)));
        }
        if !incident.conflicts.is_empty() {
            line("");
            line(&format!("   {}", paint.on(term::red(), &counted(incident.conflicts.len(), "conflict"))));
            for conflict in &incident.conflicts {
                let head = format!("{} ({})", show::words(&conflict.kind), conflict.severity);
                for (n, part) in
                    wrap(&sanitized(&format!("{head}: {}", conflict.note)), self.view.text_width() - 6)
                        .iter()
                        .enumerate()
                {
                    line(&format!("   {}{part}", if n == 0 { "⚡ " } else { "  " }));
                }
            }
        }
        for link in &incident.links {
            line(&format!("   {} {}", show::words(&link.relation), link.incident));
        }
        line("");
        text.push_str(&self.history()?);
        Ok(text)
    }

    fn history(&self) -> Result<String> {
        let people = self.ledger.people()?;
        let mut text = String::new();
        for line in self.lines()? {
            let head = format!("{}  {:>6}  ", time(line.at), line.entry);
            let who = if line.by == "annalist" { String::new() } else { named(&people, &line.by) + " " };
            let what = sanitized(&format!("{who}{}", line.what));
            for (n, part) in wrap(&what, self.view.text_width().saturating_sub(30)).iter().enumerate() {
                let head = if n == 0 { self.view.paint.dim(&head) } else { " ".repeat(head.len()) };
                text += &format!("   {head}{part}\n");
            }
        }
        Ok(text)
    }

    /// What happened to it, in order.
    fn lines(&self) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for report in self.reports {
            for (n, seq) in self.ledger.readings_of(&report.id)?.into_iter().enumerate() {
                let outlet = report.reading.document.outlet.as_deref().unwrap_or(&report.found_at);
                let Some(entry) = self.ledger.entry(seq)? else { continue };
                let (did, how) = if n == 0 { ("added", "") } else { ("read", " anew") };
                lines.push(Line {
                    entry: seq,
                    at: entry.header.at,
                    by: entry.header.by,
                    what: format!("{did} report {}{how} ({outlet})", report.id),
                    act: None,
                });
            }
        }
        for Done { seq, at, by, act } in self.ledger.history(self.incident)? {
            lines.push(Line { entry: seq, at, by, what: told(&act), act: Some(act) });
        }
        lines.sort_by_key(|line| line.entry);
        Ok(lines)
    }

    fn all_fields(&self) -> Vec<Field> {
        let i = self.incident;
        let many = |values: &[String]| {
            if values.is_empty() {
                "not stated".to_owned()
            } else {
                values.iter().map(|v| show::words(v)).collect::<Vec<_>>().join(", ")
            }
        };
        let stated = |text: String| if text == show::NOT_STATED { "not stated".to_owned() } else { text };
        let (_, meaning) = show::perpetrator_sign(&i.perpetrator.value.state);
        let by = match &i.perpetrator.value.name {
            Some(name) if meaning.is_empty() => sanitized(name),
            Some(name) => sanitized(&format!("{name} ({meaning})")),
            None if meaning.is_empty() => "not stated".to_owned(),
            None => meaning.to_owned(),
        };
        let people: Vec<String> = i
            .people
            .value
            .iter()
            .map(|p| {
                let status: Vec<String> = p.status.iter().map(|s| show::words(&s.status)).collect();
                let way =
                    if status.is_empty() { String::new() } else { format!(" → {}", status.join(" → ")) };
                format!("{}: {}{way}", render::person(p), show::person_outcome(p))
            })
            .collect();
        let groups: Vec<String> = i
            .groups
            .value
            .iter()
            .map(|g| {
                let n = match g.max {
                    Some(max) if max == g.min => g.min.to_string(),
                    Some(max) => format!("{}–{max}", g.min),
                    None => format!("{}+", g.min),
                };
                format!("{n} {} {}", sanitized(&g.who), show::words(&g.outcome))
            })
            .collect();
        let damage: Vec<String> = i
            .damage
            .value
            .iter()
            .map(|d| {
                let severity = if d.severity == "not_stated" {
                    String::new()
                } else {
                    format!(" ({})", show::words(&d.severity))
                };
                sanitized(&format!("{}{severity}", d.object))
            })
            .collect();
        let list =
            |parts: Vec<String>| if parts.is_empty() { "not stated".to_owned() } else { parts.join("; ") };
        macro_rules! field {
            ($name:ident, $label:literal, $value:expr) => {
                Field {
                    name: stringify!($name),
                    label: $label,
                    value: $value,
                    policy: i.$name.policy.clone(),
                    claims: i.$name.claims.iter().map(|claim| claim.0.clone()).collect(),
                }
            };
        }
        let mode = if i.stage.value == "carried_out" {
            show::words(&i.mode.value)
        } else {
            format!("{} ({})", show::words(&i.mode.value), show::words(&i.stage.value))
        };
        vec![
            field!(mode, "mode", mode),
            field!(stage, "stage", show::words(&i.stage.value)),
            field!(date, "date", show::date(&i.date.value)),
            field!(place, "place", render::place_full(&i.place.value)),
            field!(weapon, "weapon", many(&i.weapon.value)),
            field!(targets, "targets", many(&i.targets.value)),
            field!(perpetrator, "perpetrator", by),
            field!(killed, "killed", stated(figure(i.killed.value.as_ref()))),
            field!(injured, "injured", stated(figure(i.injured.value.as_ref()))),
            field!(groups, "among them", list(groups)),
            field!(people, "people", list(people)),
            field!(damage, "damage", list(damage)),
            field!(election_related_by, "election", many(&i.election_related_by.value)),
        ]
    }

    fn fields(&self, wanted: Option<&str>) -> Result<Vec<Field>> {
        let mut fields = self.all_fields();
        if let Some(wanted) = wanted {
            if !fields.iter().any(|field| field.name == wanted) {
                let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
                anyhow::bail!(
                    "--field {wanted}: there is no such field; the fields are {}",
                    known.join(", ")
                );
            }
            fields.retain(|field| field.name == wanted);
        }
        Ok(fields)
    }

    /// A claim by its name in the ledger.
    fn claim(&self, name: &str) -> Option<(&Report, &Claim)> {
        let (report, claim) = name.split_once('/')?;
        let report = self.reports.iter().find(|known| known.id.as_str() == report)?;
        Some((report, report.claim(claim)?))
    }

    fn explanation(&self, fields: &[Field]) -> String {
        let paint = self.view.paint;
        let mut text = String::new();
        for field in fields {
            text += &format!(
                "{}  {}  {}\n",
                paint.bold(field.label),
                field.value,
                paint.dim(&format!("({})", field.policy))
            );
            for name in &field.claims {
                let Some((report, claim)) = self.claim(name) else {
                    text += &format!("   {}\n", paint.dim(name));
                    continue;
                };
                let said = show::claim_value(&claim.value);
                let denied = if claim.polarity == "asserted" {
                    String::new()
                } else {
                    format!(" ({})", claim.polarity)
                };
                text += &sanitized(&format!(
                    "   {said}{denied} — {}: “{}”",
                    who(&report.reading, &claim.voice),
                    claim.evidence.quote
                ));
                let outlet = report.reading.document.outlet.as_deref().unwrap_or("outlet not known");
                text += &format!(
                    "\n      {}\n",
                    paint.dim(&sanitized(&format!("{outlet}, {name}, rule {}", claim.rule)))
                );
            }
        }
        text
    }

    fn explained(&self, fields: &[Field]) -> Vec<Value> {
        fields
            .iter()
            .map(|field| {
                let claims: Vec<Value> = field.claims.iter().map(|name| match self.claim(name) {
                Some((report, claim)) => json!({
                    "claim": name, "value": claim.value, "polarity": claim.polarity, "form": claim.form,
                    "voice": report.voice(&claim.voice), "outlet": report.reading.document.outlet,
                    "evidence": claim.evidence, "rule": claim.rule, "score": claim.score,
                }),
                None => json!({ "claim": name }),
            }).collect();
                json!({ "field": field.name, "value": field.value, "policy": field.policy, "claims": claims })
            })
            .collect()
    }
}

fn who(reading: &Reading, voice: &str) -> String {
    let voice = reading.voices.iter().find(|known| known.id == voice);
    voice.map_or_else(|| "narrator".to_owned(), render::voice_full)
}

/// An act in words.
pub(super) fn told(act: &Act) -> String {
    let because = |reason: &str| if reason.is_empty() { String::new() } else { format!(": {reason}") };
    match act {
        Act::Judgement { one, other, verdict, reason } => {
            let found = match verdict {
                Verdict::Same => "joined",
                Verdict::NotSame => "parted",
                Verdict::Unsure => "could not tell whether to join",
                Verdict::Lifted => "took back the judgement on",
            };
            let list =
                |ids: &[IncidentId]| ids.iter().map(IncidentId::to_string).collect::<Vec<_>>().join(", ");
            format!("{found} {} and {}{}", list(one), list(other), because(reason))
        }
        Act::Override { field, value: Some(value), reason, .. } => {
            format!("set {field} to {value}{}", because(reason))
        }
        Act::Override { field, value: None, reason, .. } => {
            format!("took back what was set for {field}{}", because(reason))
        }
        Act::Review { state, reason, .. } => format!("took it to {}{}", show::words(state), because(reason)),
        Act::Comment { text, .. } => format!("wrote: {}", text.as_deref().unwrap_or("(erased)")),
        Act::Assignment { person: Some(person), .. } => format!("assigned it to {person}"),
        Act::Assignment { person: None, .. } => "assigned it to nobody".to_owned(),
        Act::Withdrawal { report, withdrawn: true, reason } => {
            format!("withdrew report {report}{}", because(reason))
        }
        Act::Withdrawal { report, withdrawn: false, reason } => {
            format!("let report {report} count again{}", because(reason))
        }
        other => format!("{other:?}"),
    }
}
