//! reports: those of the ledger, and one with all that became of it.

use super::args::{ReportsArgs, RowsFormat};
use super::show::{Line, lines_of};
use super::why::tells;
use super::{named, stdout_view, time, to_read};
use crate::ALL_READ;
use crate::args::ColorChoice;
use crate::output::Output;
use crate::render::{Cell, Column, Grid, View, wrap};
use crate::term::{counted, sanitized};
use annalist_ledger::Done;
use annalist_ledger::index::Listed;
use annalist_ledger::store::StoreError;
use annalist_ledger::{Act, IncidentId, Ledger, LedgerError, Report, ReportId};
use anstyle::Style;
use anyhow::Result;
use serde_json::{Value, json};
use std::io::{self, Write};

const COLUMNS: [Column; 6] = [
    Column::left("id"),
    Column::left("published").gives_way(),
    Column::left("outlet").shrinks_to(10),
    Column::right("incidents").gives_way(),
    Column::left("state").gives_way(),
    Column::left("title or place found").shrinks_to(12),
];

/// `annalist reports`.
pub(crate) fn reports(args: &ReportsArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let view = if args.output.is_none() { stdout_view(color) } else { View::plain() };
    let mut out = Output::open(args.output.as_deref())?;
    let mut list = List { format: args.format, grid: Grid::new(&COLUMNS, view), shown: 0, all: 0 };
    let limit = args.limit.unwrap_or(u64::MAX);
    if !args.erased {
        ledger.list_reports(&mut |listed| {
            let passes = passes(&ledger, args, &listed).map_err(|error| match error {
                LedgerError::Store(error) => error,
                other => StoreError::Index(other.to_string()),
            })?;
            if passes {
                let written = list.add(&Row::of(listed), limit, &mut out);
                written.map_err(|error| StoreError::Io { path: "the output".into(), error })?;
            }
            Ok(())
        })?;
    }
    let filtered = args.without_incidents || args.withdrawn || args.outlet.is_some() || args.text.is_some();
    if !filtered {
        for (report, entry) in ledger.erased_reports()? {
            let found_at = found_at(&ledger, entry)?;
            list.add(&Row::erased(report, entry, found_at), limit, &mut out)?;
        }
    }
    list.finish(&mut out)?;
    if args.format == RowsFormat::Table {
        let of = if list.shown == list.all { String::new() } else { format!(" of {}", list.all) };
        let shown = counted(usize::try_from(list.shown).unwrap_or(usize::MAX), "report");
        writeln!(out, "{}", view.paint.bold(&format!("{shown}{of}")))?;
    }
    out.finish()?;
    Ok(ALL_READ)
}

fn passes(ledger: &Ledger, args: &ReportsArgs, listed: &Listed) -> Result<bool, LedgerError> {
    let has = |text: Option<&str>, part: &str| text.is_some_and(|text| text.to_lowercase().contains(part));
    if args.without_incidents && listed.incidents > 0 || args.withdrawn && listed.withdrawn.is_none() {
        return Ok(false);
    }
    if args.outlet.as_ref().is_some_and(|outlet| !has(listed.outlet.as_deref(), &outlet.to_lowercase())) {
        return Ok(false);
    }
    let Some(words) = args.text.as_ref().map(|words| words.to_lowercase()) else { return Ok(true) };
    let about = [listed.title.as_deref(), listed.url.as_deref(), Some(listed.found_at.as_str())];
    if about.into_iter().any(|text| has(text, &words)) {
        return Ok(true);
    }
    let report = ledger.report(&listed.report)?;
    Ok(report.is_some_and(|report| has(Some(&report.reading.document.text), &words)))
}

fn found_at(ledger: &Ledger, entry: u64) -> Result<String> {
    let entry = ledger.entry(entry)?;
    let found_at = entry.as_ref().and_then(|entry| entry.value("found_at"));
    Ok(found_at.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default())
}

/// A report in a list.
struct Row {
    listed: Listed,
    erased: bool,
}

impl Row {
    fn of(listed: Listed) -> Self {
        Row { listed, erased: false }
    }

    fn erased(report: ReportId, entry: u64, found_at: String) -> Self {
        let nothing = Listed {
            report,
            entry,
            added_at: 0,
            found_at,
            outlet: None,
            title: None,
            url: None,
            published_at: None,
            incidents: 0,
            withdrawn: None,
            reread: false,
        };
        Row { listed: nothing, erased: true }
    }

    fn state(&self) -> Vec<&'static str> {
        let states = [
            ("withdrawn", self.listed.withdrawn.is_some()),
            ("read anew", self.listed.reread),
            ("erased", self.erased),
        ];
        states.into_iter().filter(|(_, is)| *is).map(|(state, _)| state).collect()
    }

    fn json(&self) -> Value {
        let mut value = serde_json::to_value(&self.listed).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("erased".to_owned(), self.erased.into());
            if self.erased {
                fields.insert("added_at".to_owned(), Value::Null);
            }
        }
        value
    }

    fn cells(&self) -> Vec<Cell> {
        let Listed { report, outlet, title, published_at, incidents, found_at, .. } = &self.listed;
        let words = |text: &Option<String>| sanitized(text.as_deref().unwrap_or_default());
        let about = title.as_deref().unwrap_or(found_at);
        vec![
            Cell::styled(report.to_string(), Style::new().dimmed()),
            Cell::plain(words(published_at)),
            Cell::plain(words(outlet)),
            Cell::plain(incidents.to_string()),
            Cell::plain(self.state().join(", ")),
            Cell::plain(sanitized(about)),
        ]
    }
}

struct List {
    format: RowsFormat,
    grid: Grid,
    shown: u64,
    all: u64,
}

impl List {
    fn add(&mut self, row: &Row, limit: u64, out: &mut Output) -> io::Result<()> {
        self.all += 1;
        if self.shown >= limit {
            return Ok(());
        }
        self.shown += 1;
        match self.format {
            RowsFormat::Table => self.grid.add(row.cells(), out),
            RowsFormat::Jsonl => writeln!(out, "{}", row.json()),
            RowsFormat::Json => {
                out.write_all(if self.shown == 1 { b"[\n" } else { b",\n" })?;
                serde_json::to_writer_pretty(out, &row.json())?;
                Ok(())
            }
        }
    }

    fn finish(&mut self, out: &mut Output) -> io::Result<()> {
        match self.format {
            RowsFormat::Table if self.shown > 0 => {
                self.grid.finish(out)?;
                writeln!(out)
            }
            RowsFormat::Json if self.shown == 0 => out.write_all(b"[]\n"),
            RowsFormat::Json => out.write_all(b"\n]\n"),
            _ => Ok(()),
        }
    }
}

/// Whether a word can only be the name of a report.
pub(super) fn is_report(name: &str) -> bool {
    name.trim_start().starts_with(['r', 'R'])
}

/// The report that a person named, also one whose words were erased.
pub(super) fn report_id(ledger: &Ledger, name: &str) -> Result<ReportId> {
    let unknown = match ledger.report_named(name) {
        Ok(report) => return Ok(report.id),
        Err(unknown @ LedgerError::Unknown(_)) => unknown,
        Err(other) => return Err(other.into()),
    };
    let prefix = name.trim().to_ascii_lowercase();
    let erased = ledger.erased_reports()?;
    let mut found =
        erased.into_iter().map(|(report, _)| report).filter(|id| id.as_str().starts_with(&prefix));
    match (found.next(), found.next()) {
        (Some(report), None) => Ok(report),
        _ => Err(unknown.into()),
    }
}

/// One report with all that became of it.
pub(super) struct ReportPage<'a> {
    ledger: &'a Ledger,
    id: ReportId,
    /// None when its reading was erased.
    report: Option<Report>,
    /// The entries that hold it, or held it.
    entries: Vec<u64>,
    found_at: String,
    mentions: Vec<(IncidentId, IncidentId)>,
    history: Vec<Done>,
    people: Vec<(String, Option<String>)>,
    view: View,
}

impl<'a> ReportPage<'a> {
    pub(super) fn new(ledger: &'a Ledger, name: &str, view: View) -> Result<Self> {
        let id = report_id(ledger, name)?;
        let mut entries = ledger.readings_of(&id)?;
        if entries.is_empty() {
            let erased = ledger.erased_reports()?;
            entries.extend(erased.into_iter().filter(|(report, _)| *report == id).map(|(_, entry)| entry));
        }
        let first = entries.first().copied();
        Ok(ReportPage {
            report: ledger.report(&id)?,
            found_at: first.map(|entry| found_at(ledger, entry)).transpose()?.unwrap_or_default(),
            mentions: ledger.mentions_of(&id)?,
            history: ledger.history_of(&id)?,
            people: ledger.people()?,
            entries,
            id,
            ledger,
            view,
        })
    }

    /// The fields of its entries that were erased.
    fn erased(&self) -> Result<Vec<(u64, Vec<String>)>> {
        let mut erased = Vec::new();
        for &seq in &self.entries {
            let fields: Vec<String> =
                self.ledger.entry(seq)?.iter().flat_map(|entry| entry.erased().map(str::to_owned)).collect();
            if !fields.is_empty() {
                erased.push((seq, fields));
            }
        }
        Ok(erased)
    }

    /// What happened to it, in order.
    pub(super) fn lines(&self) -> Result<Vec<Line>> {
        let outlet = self.report.as_ref().and_then(|report| report.reading.document.outlet.as_deref());
        let whose = outlet.unwrap_or(&self.found_at);
        let mut lines = Vec::new();
        for &seq in &self.entries {
            lines.extend(Line::reading(self.ledger, &self.id, whose, seq)?);
        }
        for done in self.history.iter().cloned() {
            lines.push(Line::of(self.ledger, done)?);
        }
        lines.sort_by_key(|line| line.entry);
        Ok(lines)
    }

    /// Who withdrew it, and why, when that is in force.
    fn withdrawn(&self) -> Option<(&Done, &str)> {
        let done = self.history.iter().rev().find(|done| matches!(done.act, Act::Withdrawal { .. }))?;
        match &done.act {
            Act::Withdrawal { withdrawn: true, reason, .. } => Some((done, reason)),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Result<String> {
        let paint = self.view.paint;
        let mut text = String::new();
        let mut line = |label: &str, words: &str| {
            if words.is_empty() {
                return;
            }
            for (n, part) in
                wrap(&sanitized(words), self.view.text_width().saturating_sub(16)).iter().enumerate()
            {
                let label = if n == 0 { label } else { "" };
                text.push_str(format!("   {label:<12} {part}").trim_end());
                text.push('\n');
            }
        };
        let document = self.report.as_ref().map(|report| &report.reading.document);
        let said = |of: Option<&Option<String>>| of.and_then(Option::as_deref).unwrap_or_default().to_owned();
        line("outlet", &said(document.map(|d| &d.outlet)));
        line("title", &said(document.map(|d| &d.title)));
        line("published", &said(document.map(|d| &d.published_at)));
        line("address", &said(document.map(|d| &d.url)));
        line("found at", &self.found_at);
        let entries: Vec<String> = self.entries.iter().map(u64::to_string).collect();
        line(if entries.len() == 1 { "entry" } else { "entries" }, &entries.join(", "));
        if let Some((done, reason)) = self.withdrawn() {
            let who = named(&self.people, &done.by);
            line("withdrawn", &format!("by {who} on {}: {reason}", time(done.at)));
        }
        if self.entries.len() > 1 {
            line("read anew", &counted(self.entries.len() - 1, "time"));
        }
        for (entry, fields) in self.erased()? {
            line("erased", &format!("{} of entry {entry}", fields.join(", ")));
        }
        if self.mentions.is_empty() {
            line("mentions", "none: it tells of no incident");
        }
        for (n, (mention, incident)) in self.mentions.iter().enumerate() {
            let told = self.report.as_ref().and_then(|r| r.tellings().find(|telling| telling.id == mention));
            let told = told.map(tells).unwrap_or_default();
            let of = if mention == incident { String::new() } else { format!(" of incident {incident}") };
            line(if n == 0 { "mentions" } else { "" }, &format!("{mention}{of}: {told}"));
        }
        for note in self.report.iter().flat_map(|report| &report.reading.diagnostics) {
            line("noted", &format!("{}: {}", note.code, note.note));
        }
        let head = format!("{} {}\n", paint.dim("━━"), paint.bold(self.id.as_str()));
        Ok(head + &text + "\n" + &lines_of(self.ledger, &self.lines()?, self.view)?)
    }

    pub(super) fn json(&self) -> Result<Value> {
        let document = self.report.as_ref().map(|report| &report.reading.document);
        let mentions: Vec<Value> = self
            .mentions
            .iter()
            .map(|(mention, incident)| {
                let telling =
                    self.report.as_ref().and_then(|r| r.tellings().find(|telling| telling.id == mention));
                let told = telling.map(|telling| telling.incident);
                json!({
                    "mention": mention, "incident": incident, "mode": told.map(|t| &t.mode),
                    "date": told.map(|t| &t.date), "place": told.map(|t| &t.place),
                    "killed": told.map(|t| &t.killed), "injured": told.map(|t| &t.injured),
                })
            })
            .collect();
        let withdrawn = self.withdrawn().map(
            |(done, reason)| json!({ "by": done.by, "at": done.at, "entry": done.seq, "reason": reason }),
        );
        let erased: Vec<Value> = self
            .erased()?
            .iter()
            .map(|(entry, fields)| json!({ "entry": entry, "fields": fields }))
            .collect();
        Ok(json!({
            "report": self.id, "outlet": document.map(|d| &d.outlet), "title": document.map(|d| &d.title),
            "url": document.map(|d| &d.url), "published_at": document.map(|d| &d.published_at),
            "found_at": self.found_at, "added_at": self.report.as_ref().map(|report| report.added_at),
            "entries": self.entries, "reread": self.entries.len() > 1, "withdrawn": withdrawn, "erased": erased,
            "mentions": mentions,
            "diagnostics": self.report.as_ref().map(|report| &report.reading.diagnostics),
            "history": self.lines()?.iter().map(Line::json).collect::<Vec<_>>(),
        }))
    }
}
