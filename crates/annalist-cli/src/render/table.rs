//! table: one line an incident.

use crate::render::{View, show};
use crate::term::{self, Paint, sanitized};
use annalist::reading::{Count, Reading};
use anstyle::Style;
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One incident as the cells of its line.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    cells: [String; COLUMNS],
    state: String,
    place_precision: String,
}

const COLUMNS: usize = 9;
const HEADS: [&str; COLUMNS] = ["report", "date", "place", "mode", "killed", "injured", "by", "voices", "⚡"];
const RIGHT: [bool; COLUMNS] = [false, false, false, false, true, true, false, true, true];
const REPORT: usize = 0;
const PLACE: usize = 2;
const MODE: usize = 3;
const KILLED: usize = 4;
const INJURED: usize = 5;
const BY: usize = 6;
const CONTRADICTIONS: usize = 8;
/// What gives way on a narrow terminal, with the width each keeps at least.
const SHRINK: [(usize, usize); 5] = [(BY, 14), (PLACE, 26), (BY, 9), (PLACE, 14), (MODE, 8)];
const GAP: usize = 2;

/// The lines of one reading.
pub(crate) fn rows(reading: &Reading) -> Vec<Row> {
    let report = reading.source_id.clone().unwrap_or_else(|| reading.document.id.clone());
    let rows = reading.incidents.iter().map(|incident| {
        let (sign, _) = show::perpetrator_sign(&incident.perpetrator.state);
        let by = match (&incident.perpetrator.name, sign) {
            (Some(name), sign) => sanitized(&format!("{name}{sign}")),
            (None, "") => show::NOT_STATED.to_owned(),
            (None, sign) => sign.to_owned(),
        };
        let contradictions = contradictions(reading, &incident.id);
        // Every drone strike comes through the air; the column is dear.
        let mode = incident.mode.strip_prefix("air_").filter(|rest| rest.starts_with("drone"));
        let mut mode = show::words(mode.unwrap_or(&incident.mode));
        if incident.stage != "carried_out" {
            mode += &format!(" ({})", show::words(&incident.stage));
        }
        Row {
            cells: [
                sanitized(&report),
                show::date(&incident.date),
                show::place(&incident.place),
                mode,
                show::count(incident.killed.as_ref()),
                show::count(incident.injured.as_ref()),
                by,
                incident.voices.len().to_string(),
                if contradictions == 0 { String::new() } else { contradictions.to_string() },
            ],
            state: incident.perpetrator.state.clone(),
            place_precision: incident.place.precision.clone(),
        }
    });
    rows.collect()
}

/// The contradictions that touch the words of an incident.
fn contradictions(reading: &Reading, incident: &str) -> usize {
    let Some(incident) = reading.incidents.iter().find(|i| i.id == incident) else { return 0 };
    let touches = |start: usize, end: usize| incident.evidence.iter().any(|e| e.start < end && start < e.end);
    let concerned =
        |c: &&annalist::reading::Contradiction| c.evidence.iter().any(|e| touches(e.start, e.end));
    reading.contradictions.iter().filter(concerned).count()
}

/// Sums over readings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) reports: usize,
    pub(crate) incidents: usize,
    without_incident: usize,
    contradictions: usize,
    killed: Sum,
    injured: Sum,
}

/// A sum of ranges; open as soon as one of them is.
#[derive(Clone, Debug, Default)]
struct Sum {
    min: u64,
    max: u64,
    open: bool,
}

impl Sum {
    fn add(&mut self, count: Option<&Count>) {
        let Some(count) = count else { return };
        self.min += count.min;
        self.max += count.max.unwrap_or(count.min);
        self.open |= count.max.is_none();
    }

    fn join(&mut self, other: &Sum) {
        self.min += other.min;
        self.max += other.max;
        self.open |= other.open;
    }

    fn show(&self) -> String {
        let plus = if self.open { "+" } else { "" };
        if self.min == self.max {
            format!("{}{plus}", self.min)
        } else {
            format!("{}–{}{plus}", self.min, self.max)
        }
    }
}

impl Tally {
    /// Of one reading.
    pub(crate) fn of(reading: &Reading) -> Self {
        let mut tally = Tally {
            reports: 1,
            incidents: reading.incidents.len(),
            without_incident: usize::from(reading.incidents.is_empty()),
            contradictions: reading.contradictions.len(),
            ..Tally::default()
        };
        for incident in &reading.incidents {
            tally.killed.add(incident.killed.as_ref());
            tally.injured.add(incident.injured.as_ref());
        }
        tally
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        self.reports += other.reports;
        self.incidents += other.incidents;
        self.without_incident += other.without_incident;
        self.contradictions += other.contradictions;
        self.killed.join(&other.killed);
        self.injured.join(&other.injured);
    }

    fn line(&self) -> String {
        use crate::term::counted;
        let mut line =
            format!("{}, {}", counted(self.reports, "report"), counted(self.incidents, "incident"));
        if self.incidents > 0 {
            line += &format!(" · killed {} · injured {}", self.killed.show(), self.injured.show());
        }
        if self.contradictions > 0 {
            line += &format!(" · {}", counted(self.contradictions, "contradiction"));
        }
        if self.without_incident > 0 && self.reports > 1 {
            line += &format!(" · {} without incident", counted(self.without_incident, "report"));
        }
        line
    }
}

/// Writes rows as they come, in one alignment.
///
/// The first rows decide the widths; they are bounded in number so that a table may be endless.
pub(crate) struct Table {
    view: View,
    waiting: Vec<Row>,
    widths: Option<[usize; COLUMNS]>,
    /// On a narrow terminal reports stand on lines of their own, over their incidents; the last one written.
    grouped_under: Option<String>,
    states: Vec<String>,
    signs: Vec<&'static str>,
    has_contradictions: bool,
}

const ROWS_MEASURED: usize = 2000;

impl Table {
    pub(crate) fn new(view: View) -> Self {
        Table {
            view,
            waiting: Vec::new(),
            widths: None,
            grouped_under: None,
            states: Vec::new(),
            signs: Vec::new(),
            has_contradictions: false,
        }
    }

    pub(crate) fn add(&mut self, rows: Vec<Row>, out: &mut impl Write) -> io::Result<()> {
        for row in rows {
            if !self.states.contains(&row.state) {
                self.states.push(row.state.clone());
            }
            self.has_contradictions |= !row.cells[CONTRADICTIONS].is_empty();
            let sign = show::place_sign(&row.place_precision);
            if !sign.is_empty() && !self.signs.contains(&sign) {
                self.signs.push(sign);
            }
            match self.widths {
                Some(widths) => self.write_row(&row, &widths, out)?,
                None => self.waiting.push(row),
            }
        }
        if self.waiting.len() >= ROWS_MEASURED {
            self.measure(out)?;
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, tally: &Tally, out: &mut impl Write) -> io::Result<()> {
        if self.widths.is_none() && !self.waiting.is_empty() {
            self.measure(out)?;
        }
        let paint = self.view.paint;
        if self.widths.is_some() {
            writeln!(out)?;
        }
        writeln!(out, "{}", paint.bold(&tally.line()))?;
        for line in self.legend() {
            writeln!(out, "{}", paint.dim(&line))?;
        }
        Ok(())
    }

    fn measure(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut widths = HEADS.map(UnicodeWidthStr::width);
        for row in &self.waiting {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = (*width).max(cell.width());
            }
        }
        if let Some(columns) = self.view.width {
            if whole(&widths) > columns {
                widths[REPORT] = 0;
                self.grouped_under = Some(String::new());
            }
            shrink(&mut widths, columns);
        }
        self.widths = Some(widths);
        let heads = HEADS.iter().enumerate().map(|(n, head)| {
            let head = if widths[n] == 0 { "" } else { *head };
            let cell = fit(head, widths[n], RIGHT[n], n + 1 == COLUMNS);
            self.view.paint.on(Style::new().bold().underline(), cell.trim_end())
                + &" ".repeat(cell.len() - cell.trim_end().len())
        });
        let heads = heads.collect::<Vec<_>>().join("  ");
        writeln!(out, "{}", heads.trim_end())?;
        for row in std::mem::take(&mut self.waiting) {
            self.write_row(&row, &widths, out)?;
        }
        Ok(())
    }

    fn write_row(&mut self, row: &Row, widths: &[usize; COLUMNS], out: &mut impl Write) -> io::Result<()> {
        if let Some(last) = &mut self.grouped_under
            && *last != row.cells[REPORT]
        {
            last.clone_from(&row.cells[REPORT]);
            writeln!(out, "{}", self.view.paint.dim(&row.cells[REPORT]))?;
        }
        writeln!(out, "{}", self.line(row, widths))
    }

    fn line(&self, row: &Row, widths: &[usize; COLUMNS]) -> String {
        let cells = row.cells.iter().enumerate().map(|(n, cell)| {
            let cell = if widths[n] == 0 { "" } else { cell.as_str() };
            let fitted = fit(cell, widths[n], RIGHT[n], n + 1 == COLUMNS);
            paint_cell(self.view.paint, n, cell, &fitted)
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }

    fn legend(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if self.widths.is_some() {
            parts.push("– not stated, 0 said to be none".to_owned());
        }
        for sign in &self.signs {
            let meaning = match *sign {
                "@ " => "named site",
                "~ " => "near",
                _ => "somewhere in",
            };
            parts.push(format!("{}{meaning}", sign));
        }
        let mut by = Vec::new();
        for state in &self.states {
            let (sign, meaning) = show::perpetrator_sign(state);
            if !sign.is_empty() {
                by.push(format!("{sign} {meaning}"));
            }
        }
        by.sort();
        if !by.is_empty() {
            parts.push(format!("by: {}", by.join(", ")));
        }
        if self.has_contradictions {
            parts.push("⚡ contradictions".to_owned());
        }
        if parts.is_empty() {
            return Vec::new();
        }
        let line = parts.join(" · ");
        match self.view.width {
            Some(columns) => super::text::wrap(&line, columns.max(20)),
            None => vec![line],
        }
    }
}

fn whole(widths: &[usize; COLUMNS]) -> usize {
    widths.iter().sum::<usize>() + GAP * (COLUMNS - 1)
}

/// Takes columns from what can spare them, in the order of [`SHRINK`].
fn shrink(widths: &mut [usize; COLUMNS], columns: usize) {
    for (column, least) in SHRINK {
        let over = whole(widths).saturating_sub(columns);
        let spare = widths[column].saturating_sub(least);
        widths[column] -= over.min(spare);
    }
}

/// The cell in exactly `width` columns; the last one of a line needs no padding.
pub(super) fn fit(cell: &str, width: usize, right: bool, last: bool) -> String {
    let have = cell.width();
    if have > width {
        return cut(cell, width);
    }
    let pad = " ".repeat(width - have);
    match (right, last) {
        (true, _) => pad + cell,
        (false, true) => cell.to_owned(),
        (false, false) => cell.to_owned() + &pad,
    }
}

/// The head of `text` with `…`, in at most `width` columns and padded to it.
fn cut(text: &str, width: usize) -> String {
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w > width {
            break;
        }
        kept.push(c);
        used += w;
    }
    kept.push('…');
    kept + &" ".repeat(width.saturating_sub(used))
}

fn paint_cell(paint: Paint, column: usize, cell: &str, fitted: &str) -> String {
    let quiet = cell == show::NOT_STATED || cell == "undated";
    let style = match column {
        _ if quiet => Style::new().dimmed(),
        REPORT => Style::new().dimmed(),
        KILLED if cell != "0" => term::red(),
        INJURED if cell != "0" => term::yellow(),
        PLACE => Style::new().bold(),
        CONTRADICTIONS => term::red(),
        _ => Style::new(),
    };
    if style == Style::new() { fitted.to_owned() } else { paint.on(style, fitted) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{PLAIN, fixtures};

    fn drawn(width: Option<usize>) -> String {
        let mut table = Table::new(View { width, ..PLAIN });
        let mut tally = Tally::default();
        let mut out = Vec::new();
        for reading in fixtures() {
            tally.add(&Tally::of(&reading));
            table.add(rows(&reading), &mut out).unwrap();
        }
        table.finish(&tally, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn piped_nothing_is_cut() {
        let table = drawn(None);
        insta::assert_snapshot!(table);
        assert!(!table.lines().take_while(|l| !l.is_empty()).any(|l| l.contains('\t')));
    }

    #[test]
    fn a_narrow_terminal_cuts_places_first() {
        let table = drawn(Some(100));
        insta::assert_snapshot!(table);
        assert!(table.lines().all(|line| line.width() <= 100));
    }

    #[test]
    fn no_incident_is_one_line() {
        let mut table = Table::new(PLAIN);
        let mut out = Vec::new();
        let tally = Tally { reports: 1, without_incident: 1, ..Tally::default() };
        table.finish(&tally, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "1 report, 0 incidents\n");
    }
}
