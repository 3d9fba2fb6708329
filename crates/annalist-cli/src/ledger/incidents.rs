//! incidents: those of the ledger that pass a filter.

use super::args::{IncidentsArgs, ListFormat};
use super::{stdout_view, to_read};
use crate::args::ColorChoice;
use crate::output::Output;
use crate::render::{Cell, Column, Grid, View, show};
use crate::term::{self, Stderr, counted};
use crate::{ALL_READ, input};
use annalist_ledger::export::{Codebooks, Exporter, Format};
use annalist_ledger::incident::Figure;
use annalist_ledger::store::StoreError;
use annalist_ledger::{Filter, Incident, Ledger};
use anstyle::Style;
use anyhow::{Context, Result};
use std::io::{self, Write};

const COLUMNS: [Column; 10] = [
    Column::left("id"),
    Column::left("date").shrinks_to(10),
    Column::left("place").shrinks_to(12),
    Column::left("mode").shrinks_to(8),
    Column::right("killed").shrinks_to(6),
    Column::right("injured").shrinks_to(7),
    Column::left("by").shrinks_to(9).gives_way(),
    Column::right("sources").gives_way(),
    Column::left("review").shrinks_to(8).gives_way(),
    Column::right("⚡").gives_way(),
];

/// `annalist incidents`.
pub(crate) fn incidents(args: &IncidentsArgs, color: ColorChoice) -> Result<u8> {
    let ledger = to_read(&args.ledger, color)?;
    let filter = args.filter.filter(args.limit);
    let mut out = Output::open(args.output.as_deref())?;
    if args.format == ListFormat::Csv {
        let codebooks =
            Codebooks::read(&input::bundle(&args.ledger.data)?).context("the data cannot be used")?;
        let mut exporter = Exporter::new(Format::Csv, &mut out, &codebooks)?;
        ledger.find(&filter, &mut |incident| exporter.add(&incident).map(drop).map_err(written))?;
        exporter.finish()?;
        out.finish()?;
        tell_undated(&ledger, &filter, color)?;
        return Ok(ALL_READ);
    }
    let view = if args.output.is_none() { stdout_view(color) } else { View::plain() };
    let mut list = List::new(args.format, view, &mut out)?;
    ledger.find(&filter, &mut |incident| list.add(&incident).map_err(written))?;
    let shown = list.shown;
    list.finish()?;
    if args.format == ListFormat::Table {
        let all = ledger.count(&filter)?;
        let reports = usize::try_from(ledger.size()?.reports).unwrap_or(usize::MAX);
        let of = if shown as u64 == all { String::new() } else { format!(" of {all}, the latest") };
        let line = format!("{}{of} · ledger of {}", counted(shown, "incident"), counted(reports, "report"));
        writeln!(out, "{}", view.paint.bold(&line))?;
        if shown > 0 {
            let legend = "– not stated, 0 said to be none · sources: independent / reports · ⚡ conflicts";
            writeln!(out, "{}", view.paint.dim(legend))?;
        }
    }
    out.finish()?;
    tell_undated(&ledger, &filter, color)?;
    Ok(ALL_READ)
}

/// Says how many incidents a filter that asks for days keeps out because they have no date.
pub(super) fn tell_undated(ledger: &Ledger, filter: &Filter, color: ColorChoice) -> Result<()> {
    let kept_out = usize::try_from(ledger.count_undated(filter)?).unwrap_or(usize::MAX);
    if kept_out > 0 {
        let of = counted(kept_out, "incident");
        let are = if kept_out == 1 { "is" } else { "are" };
        Stderr::new(color).note(&format!("{of} without a date {are} not shown; --undated shows them"));
    }
    Ok(())
}

fn written(error: io::Error) -> StoreError {
    StoreError::Io { path: "the output".into(), error }
}

struct List<'a> {
    format: ListFormat,
    out: &'a mut Output,
    grid: Grid,
    shown: usize,
}

impl<'a> List<'a> {
    fn new(format: ListFormat, view: View, out: &'a mut Output) -> Result<Self> {
        Ok(List { format, out, grid: Grid::new(&COLUMNS, view), shown: 0 })
    }

    fn add(&mut self, incident: &Incident) -> io::Result<()> {
        self.shown += 1;
        match self.format {
            ListFormat::Table => self.grid.add(cells(incident), self.out),
            ListFormat::Jsonl | ListFormat::Csv => {
                serde_json::to_writer(&mut *self.out, incident)?;
                self.out.write_all(b"\n")
            }
            ListFormat::Json => {
                self.out.write_all(if self.shown == 1 { b"[\n" } else { b",\n" })?;
                serde_json::to_writer_pretty(&mut *self.out, incident)?;
                Ok(())
            }
        }
    }

    fn finish(mut self) -> io::Result<()> {
        match self.format {
            ListFormat::Table if self.shown > 0 => {
                self.grid.finish(self.out)?;
                writeln!(self.out)
            }
            ListFormat::Json if self.shown == 0 => self.out.write_all(b"[]\n"),
            ListFormat::Json => self.out.write_all(b"\n]\n"),
            _ => Ok(()),
        }
    }
}

fn cells(incident: &Incident) -> Vec<Cell> {
    let (sign, _) = show::perpetrator_sign(&incident.perpetrator.value.state);
    let by = match &incident.perpetrator.value.name {
        Some(name) => term::sanitized(&format!("{name}{sign}")),
        None if sign.is_empty() => show::NOT_STATED.to_owned(),
        None => sign.to_owned(),
    };
    let mut mode = show::words(&incident.mode.value);
    if incident.stage.value != "carried_out" {
        mode += &format!(" ({})", show::words(&incident.stage.value));
    }
    let counting = |style: Style, figure: &Option<Figure>| {
        let text = self::figure(figure.as_ref());
        let quiet = text == show::NOT_STATED || text == "0";
        Cell::styled(text, if quiet { Style::new().dimmed() } else { style })
    };
    let retracted = incident.grade == "retracted";
    let place = if retracted { Style::new().dimmed().strikethrough() } else { Style::new().bold() };
    let conflicts = incident.conflicts.len();
    vec![
        Cell::styled(incident.id.to_string(), Style::new().dimmed()),
        Cell::plain(show::date(&incident.date.value)),
        Cell::styled(show::place(&incident.place.value), place),
        Cell::plain(mode),
        counting(term::red(), &incident.killed.value),
        counting(term::yellow(), &incident.injured.value),
        Cell::plain(by),
        Cell::plain(format!("{}/{}", incident.independent, incident.reports.len())),
        Cell::styled(show::words(&incident.review.state), Style::new().dimmed()),
        Cell::styled(if conflicts == 0 { String::new() } else { conflicts.to_string() }, term::red()),
    ]
}

/// A figure with its bounds where they differ: `3`, `3 (1–5)`, `12+`, `–`.
pub(super) fn figure(figure: Option<&Figure>) -> String {
    match figure {
        None => show::NOT_STATED.to_owned(),
        Some(Figure { min, best, max: Some(max), .. }) if min == max => best.to_string(),
        Some(Figure { min, best, max: Some(max), .. }) => format!("{best} ({min}–{max})"),
        Some(Figure { min, best, max: None, .. }) if min == best => format!("{best}+"),
        Some(Figure { min, best, max: None, .. }) => format!("{best} ({min}+)"),
    }
}
