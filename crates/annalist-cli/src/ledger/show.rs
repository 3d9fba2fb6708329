//! show: one incident with all that is known of it, who says it and what people did.

use super::args::{HistoryArgs, LedgerArg, LogFormat, ResolveArgs};
use super::incidents::figure;
use super::reports::{self, ReportPage};
use super::why::Why;
use super::{catch_up, named, stdout_view, time, to_read, to_write};
use crate::args::{ColorChoice, Format, TextOrJson};
use crate::output::Output;
use crate::render::{self, View, show, wrap};
use crate::term::{self, counted, sanitized};
use crate::{ALL_READ, SOME_UNREAD};
use annalist::reading::{Claim, Reading};
use annalist_ledger::Done;
use annalist_ledger::incident::Figure;
use annalist_ledger::index::Unfollowed;
use annalist_ledger::log::{Entry, Kind};
use annalist_ledger::{Act, Incident, IncidentId, Ledger, Report, ReportId, Verdict};
use anyhow::Result;
use serde_json::{Value, json};
use std::io::Write;

/// `annalist show ID …`: incidents and reports of the ledger.
pub(crate) fn show(names: &[String], format: Format, args: &LedgerArg, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(args, color)?;
    let view = stdout_view(color);
    let as_json = matches!(format, Format::Json | Format::Jsonl);
    // All that was asked for, or nothing.
    let (mut values, mut pages) = (Vec::new(), Vec::new());
    for name in names {
        if reports::is_report(name) {
            let page = ReportPage::new(&ledger, name, view)?;
            if as_json {
                values.push(page.json()?)
            } else {
                pages.push(page.text()?)
            }
            continue;
        }
        let incident = ledger.named(name)?;
        if as_json {
            values.push(linked(&ledger, &incident)?);
        } else {
            let reports = reports_of(&ledger, &incident)?;
            pages.push(Page::new(&ledger, &incident, &reports, view)?.text()?);
        }
    }
    let mut out = Output::open(None)?;
    match (format, values.as_slice()) {
        (Format::Jsonl, values) => {
            for value in values {
                writeln!(out, "{value}")?;
            }
        }
        (Format::Json, [value]) => writeln!(out, "{}", serde_json::to_string_pretty(value)?)?,
        (Format::Json, values) => writeln!(out, "{}", serde_json::to_string_pretty(values)?)?,
        _ => out.write_all(pages.join("\n").as_bytes())?,
    }
    out.finish()?;
    Ok(ALL_READ)
}

/// An incident as JSON, each report with its mentions in it.
fn linked(ledger: &Ledger, incident: &Incident) -> Result<Value> {
    let mut value = serde_json::to_value(incident)?;
    let listed = value.get_mut("reports").and_then(Value::as_array_mut);
    for (source, listed) in incident.reports.iter().zip(listed.into_iter().flatten()) {
        let mentions = mentions_in(ledger, incident, &source.report)?;
        if let Some(fields) = listed.as_object_mut() {
            fields.insert("mentions".to_owned(), json!(mentions));
        }
    }
    Ok(value)
}

/// The mentions of a report that are of an incident.
fn mentions_in(ledger: &Ledger, incident: &Incident, report: &ReportId) -> Result<Vec<IncidentId>> {
    let all = ledger.mentions_of(report)?.into_iter();
    Ok(all.filter(|(_, of)| *of == incident.id).map(|(mention, _)| mention).collect())
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
    let reports = reports_of(&ledger, &incident)?;
    let page = Page::new(&ledger, &incident, &reports, stdout_view(color))?;
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

/// `annalist history`: what happened to an incident or a report, or in the whole ledger.
pub(crate) fn history(args: &HistoryArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let log = Log { ledger: &ledger, people: ledger.people()?, view: stdout_view(color) };
    let mut out = Output::open(None)?;
    let mut first = true;
    let mut write = |line: &Line| -> Result<()> {
        match args.format {
            LogFormat::Text => out.write_all(log.text(line).as_bytes())?,
            LogFormat::Jsonl => writeln!(out, "{}", line.json())?,
            LogFormat::Json => {
                let json = serde_json::to_string_pretty(&line.json())?;
                write!(out, "{}{json}", if first { "[\n" } else { ",\n" })?;
            }
        }
        first = false;
        Ok(())
    };
    if let Some(name) = &args.id {
        let lines = if reports::is_report(name) {
            ReportPage::new(&ledger, name, log.view)?.lines()?
        } else {
            let incident = ledger.named(name)?;
            let reports = reports_of(&ledger, &incident)?;
            Page::new(&ledger, &incident, &reports, log.view)?.lines()?
        };
        let from = args.from.unwrap_or(0);
        let lines: Vec<Line> = lines.into_iter().filter(|line| line.entry >= from).collect();
        let (skip, take) = window(lines.len(), args);
        for line in lines.iter().skip(skip).take(take) {
            write(line)?;
        }
    } else {
        let limit = args.limit.unwrap_or(u64::MAX);
        let from = args.from.unwrap_or_else(|| ledger.entries().saturating_sub(limit));
        let mut written = Ok(());
        let mut left = limit;
        ledger.store().rows(from, &mut |row| {
            if left == 0 {
                return Ok(false);
            }
            left -= 1;
            written = log.line(&row.entry()?).and_then(|line| write(&line));
            Ok(written.is_ok())
        })?;
        written?;
    }
    if args.format == LogFormat::Json {
        out.write_all(if first { b"[]\n" } else { b"\n]\n" })?;
    }
    out.finish()?;
    Ok(ALL_READ)
}

/// How many lines to leave out, and how many to write: the last ones, or the first ones from a number on.
fn window(lines: usize, args: &HistoryArgs) -> (usize, usize) {
    let limit = args.limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    if args.from.is_some() { (0, limit) } else { (lines.saturating_sub(limit), limit) }
}

/// Entries in words.
struct Log<'a> {
    ledger: &'a Ledger,
    people: Vec<(String, Option<String>)>,
    view: View,
}

impl Log<'_> {
    fn line(&self, entry: &Entry) -> Result<Line> {
        let (kind, act) = (entry.header.kind, Act::of(entry));
        let report = entry.value("report").and_then(|id| serde_json::from_slice::<ReportId>(id).ok());
        let erased: Vec<&str> = entry.erased().collect();
        let what = match (kind, &act, report) {
            (_, Some(act), _) => told(act),
            (Kind::Report | Kind::Reading, None, Some(report)) => {
                let listed = self.ledger.listed(&report)?;
                let whose = listed.map(|listed| listed.outlet.unwrap_or(listed.found_at));
                let whose = whose.map(|whose| format!(" ({whose})")).unwrap_or_default();
                match kind {
                    Kind::Report => format!("added report {report}{whose}"),
                    _ => format!("read report {report} anew{whose}"),
                }
            }
            _ => kind.name().to_owned(),
        };
        let what = if erased.is_empty() { what } else { format!("{what} ({} erased)", erased.join(", ")) };
        let Entry { header, .. } = entry;
        let fields = entry.held.keys().cloned().collect();
        Ok(Line { entry: header.seq, at: header.at, by: header.by.clone(), kind, what, act, fields })
    }

    fn text(&self, line: &Line) -> String {
        let mut text = String::new();
        let head = format!("{}  {:>6}  ", time(line.at), line.entry);
        let who = if line.by == "annalist" { String::new() } else { named(&self.people, &line.by) + " " };
        let what = sanitized(&format!("{who}{}", line.what));
        for (n, part) in wrap(&what, self.view.text_width().saturating_sub(30)).iter().enumerate() {
            let head = if n == 0 { self.view.paint.dim(&head) } else { " ".repeat(head.len()) };
            text += &format!("   {head}{part}\n");
        }
        text
    }
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

fn reports_of(ledger: &Ledger, incident: &Incident) -> Result<Vec<Report>> {
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
    history: Vec<Done>,
    people: Vec<(String, Option<String>)>,
    view: View,
}

/// A line of the history.
pub(super) struct Line {
    pub(super) entry: u64,
    pub(super) at: i64,
    pub(super) by: String,
    pub(super) kind: Kind,
    pub(super) what: String,
    act: Option<Act>,
    /// The fields that the entry holds.
    fields: Vec<String>,
}

impl Line {
    /// What somebody did.
    pub(super) fn of(ledger: &Ledger, Done { seq, at, by, act }: Done) -> Result<Self> {
        let entry = ledger.entry(seq)?;
        let fields = entry.iter().flat_map(|entry| entry.held.keys().cloned()).collect();
        let kind = entry.map_or(Kind::Comment, |entry| entry.header.kind);
        Ok(Line { entry: seq, at, by, kind, what: told(&act), act: Some(act), fields })
    }

    /// That a report came in, or was read anew.
    pub(super) fn reading(ledger: &Ledger, report: &ReportId, whose: &str, seq: u64) -> Result<Option<Self>> {
        let Some(entry) = ledger.entry(seq)? else { return Ok(None) };
        let what = match entry.header.kind {
            Kind::Reading => format!("read report {report} anew ({whose})"),
            _ => format!("added report {report} ({whose})"),
        };
        Ok(Some(Line {
            entry: seq,
            at: entry.header.at,
            by: entry.header.by.clone(),
            kind: entry.header.kind,
            what,
            act: None,
            fields: entry.held.keys().cloned().collect(),
        }))
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "entry": self.entry, "at": self.at, "by": self.by, "kind": self.kind.name(), "what": self.what,
            "fields": self.fields, "act": self.act,
        })
    }
}

/// Lines of a history for a person.
pub(super) fn lines_of(ledger: &Ledger, lines: &[Line], view: View) -> Result<String> {
    let log = Log { ledger, people: ledger.people()?, view };
    Ok(lines.iter().map(|line| log.text(line)).collect())
}

/// A field with its value in words.
struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    policy: String,
    claims: Vec<String>,
}

impl Field {
    /// Whether a person said what it is.
    fn is_set(&self) -> bool {
        self.policy == "override"
    }

    /// The entry of a person's decision behind a claim's name.
    fn decision(claim: &str) -> Option<u64> {
        claim.strip_prefix("override/")?.parse().ok()
    }
}

impl<'a> Page<'a> {
    fn new(ledger: &'a Ledger, incident: &'a Incident, reports: &'a [Report], view: View) -> Result<Self> {
        let (history, people) = (ledger.history(incident)?, ledger.people()?);
        Ok(Page { ledger, incident, reports, history, people, view })
    }

    /// Who set a field in an entry, and why.
    fn set_by(&self, entry: u64) -> Option<(&Done, &str)> {
        let done = self.history.iter().find(|done| done.seq == entry)?;
        match &done.act {
            Act::Override { reason, .. } => Some((done, reason)),
            _ => None,
        }
    }

    /// The mark of a value that a person set.
    fn mark(&self, entry: u64) -> String {
        match self.set_by(entry) {
            Some((done, reason)) => {
                sanitized(&format!("(set by {}: {reason})", named(&self.people, &done.by)))
            }
            None => format!("(set in entry {entry})"),
        }
    }

    /// The value with the mark of the person who set it.
    fn marked(&self, field: &Field) -> String {
        let marks = field.claims.iter().filter_map(|claim| Field::decision(claim));
        marks.fold(field.value.clone(), |value, entry| format!("{value} {}", self.mark(entry)))
    }

    fn text(&self) -> Result<String> {
        let (incident, paint) = (self.incident, self.view.paint);
        let mut text = String::new();
        let mut line = |line: &str| {
            text.push_str(line.trim_end());
            text.push('\n');
        };
        let place = show::place(&incident.place.value);
        line(&format!("{} {} {}", paint.dim("━━"), paint.bold(incident.id.as_str()), paint.bold(&place)));
        let grade = self.history.iter().rev().find_map(|done| match &done.act {
            Act::Override { field, value, .. } if field == "grade" => Some((done.seq, value.is_some())),
            _ => None,
        });
        let grade = match grade {
            Some((entry, true)) => format!("{} {}", show::words(&incident.grade), self.mark(entry)),
            _ => show::words(&incident.grade),
        };
        let mut state = vec![grade, show::words(&incident.review.state)];
        if incident.review.changed_since {
            state.push("changed since it was looked at".to_owned());
        }
        if let Some(person) = &incident.review.assigned {
            state.push(format!("assigned to {}", named(&self.people, person)));
        }
        line(&format!("   {}", paint.dim(&state.join(" · "))));
        line("");
        for field in self.all_fields().iter().filter(|field| field.value != "not stated" || field.is_set()) {
            let lines = wrap(&self.marked(field), self.view.text_width().saturating_sub(16));
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
            let mentions = mentions_in(self.ledger, incident, &source.report)?;
            let mentions: Vec<String> = mentions.iter().map(IncidentId::to_string).collect();
            let word = if mentions.len() == 1 { "mention" } else { "mentions" };
            line(&format!("      {}", paint.dim(&format!("{word} {}", mentions.join(", ")))));
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
        for unfollowed in self.ledger.unfollowed(incident)? {
            line("");
            let told = unfollowed_words(&unfollowed, &self.people);
            for (n, part) in wrap(&sanitized(&told), self.view.text_width() - 6).iter().enumerate() {
                line(&format!("   {}{part}", if n == 0 { "⚡ " } else { "  " }));
            }
        }
        for link in &incident.links {
            line(&format!("   {} {}", show::words(&link.relation), link.incident));
        }
        line("");
        text.push_str(&lines_of(self.ledger, &self.lines()?, self.view)?);
        Ok(text)
    }

    /// What happened to it, in order.
    fn lines(&self) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for report in self.reports {
            let outlet = report.reading.document.outlet.as_deref().unwrap_or(&report.found_at);
            for seq in self.ledger.readings_of(&report.id)? {
                lines.extend(Line::reading(self.ledger, &report.id, outlet, seq)?);
            }
        }
        for done in self.history.iter().cloned() {
            lines.push(Line::of(self.ledger, done)?);
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
                    text += &self.decision_text(name);
                    continue;
                };
                text += &self.claim_text(name, report, claim);
            }
            if field.is_set() {
                let said = self.said(field.name);
                let head = if said.is_empty() { "the reports do not say" } else { "the reports say" };
                text += &format!("   {}\n", paint.dim(head));
                for (report, claim) in said {
                    text += &self.claim_text(&format!("{}/{}", report.id, claim.id), report, claim);
                }
            }
        }
        text
    }

    /// What a person decided, for a person.
    fn decision_text(&self, name: &str) -> String {
        let told = Field::decision(name).and_then(|entry| self.set_by(entry));
        let told = match told {
            Some((done, reason)) => {
                let who = named(&self.people, &done.by);
                format!("set by {who} on {} in entry {}: {reason}", time(done.at), done.seq)
            }
            None => name.to_owned(),
        };
        format!("   {}\n", sanitized(&told))
    }

    fn claim_text(&self, name: &str, report: &Report, claim: &Claim) -> String {
        let said = show::claim_value(&claim.value);
        let denied = match claim.polarity.as_str() {
            "asserted" => String::new(),
            other => format!(" ({other})"),
        };
        let outlet = report.reading.document.outlet.as_deref().unwrap_or("outlet not known");
        let withdrawn = if report.withdrawn.is_some() { ", withdrawn" } else { "" };
        format!(
            "{}\n      {}\n",
            sanitized(&format!(
                "   {said}{denied} — {}: “{}”",
                who(&report.reading, &claim.voice),
                claim.evidence.quote
            )),
            self.view.paint.dim(&sanitized(&format!("{outlet}{withdrawn}, {name}, rule {}", claim.rule)))
        )
    }

    /// The claims of the reports about a field of this incident.
    fn said(&self, field: &str) -> Vec<(&Report, &Claim)> {
        let mut said = Vec::new();
        for report in self.reports {
            let told = report.tellings().filter(|telling| self.incident.mentions.contains(telling.id));
            let of_field = |claim: &&Claim| {
                let root = claim.field.split('.').next().unwrap_or_default();
                root == field || format!("{root}s") == field
            };
            said.extend(
                told.flat_map(|telling| telling.claims()).filter(of_field).map(|claim| (report, claim)),
            );
        }
        said
    }

    fn explained(&self, fields: &[Field]) -> Vec<Value> {
        fields
            .iter()
            .map(|field| {
                let claims: Vec<Value> = field
                    .claims
                    .iter()
                    .map(|name| match self.claim(name) {
                        Some((report, claim)) => claimed(name, report, claim),
                        None => self.decided(name),
                    })
                    .collect();
                let mut told = json!({
                    "field": field.name, "value": field.value, "policy": field.policy, "claims": claims,
                });
                if field.is_set() {
                    let said = self.said(field.name);
                    told["reports_say"] = said
                        .iter()
                        .map(|(report, claim)| claimed(&format!("{}/{}", report.id, claim.id), report, claim))
                        .collect();
                }
                told
            })
            .collect()
    }

    /// What a person decided, for programs.
    fn decided(&self, name: &str) -> Value {
        match Field::decision(name).and_then(|entry| self.set_by(entry)) {
            Some((done, reason)) => json!({
                "claim": name, "by": done.by, "at": done.at, "entry": done.seq, "reason": reason,
            }),
            None => json!({ "claim": name }),
        }
    }
}

fn claimed(name: &str, report: &Report, claim: &Claim) -> Value {
    json!({
        "claim": name, "value": claim.value, "polarity": claim.polarity, "form": claim.form,
        "voice": report.voice(&claim.voice), "outlet": report.reading.document.outlet,
        "evidence": claim.evidence, "rule": claim.rule, "score": claim.score,
    })
}

/// A judgement that is not followed, with those against it.
pub(super) fn unfollowed_words(unfollowed: &Unfollowed, people: &[(String, Option<String>)]) -> String {
    let because = |done: &Done| match &done.act {
        Act::Judgement { reason, .. } => {
            format!("{} on {}: {reason}", named(people, &done.by), time(done.at))
        }
        _ => named(people, &done.by),
    };
    let mut told = format!(
        "judged to be one with {} (entry {}, {}), and not joined",
        unfollowed.other,
        unfollowed.same.seq,
        because(&unfollowed.same)
    );
    let apart: Vec<String> =
        unfollowed.apart.iter().map(|done| format!("entry {}, {}", done.seq, because(done))).collect();
    if !apart.is_empty() {
        told += &format!(", since they are held apart by {}", apart.join("; "));
    }
    told
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
            let value = match serde_json::from_value::<Figure>(value.clone()) {
                Ok(value) => figure(Some(&value)),
                Err(_) => show::claim_value(value),
            };
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
        Act::Ledger { origin, .. } => format!("the ledger {origin} was begun"),
        Act::Person { .. } => "came into the ledger".to_owned(),
        Act::Release { audience, manifest, .. } => {
            let items = manifest.get("items").and_then(Value::as_array).map_or(0, Vec::len);
            format!("gave {} to the audience {audience}", counted(items, "incident"))
        }
        Act::Policy { field, policy } => format!("made {field} by the policy {policy} in all incidents"),
        Act::Erasure { entry, names, reason, .. } => {
            format!("erased {} of entry {entry}{}", names.join(", "), because(reason))
        }
    }
}
