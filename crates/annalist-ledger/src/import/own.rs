//! Our own lines and tables become incidents again.

use super::ImportError;
use super::rows::{LINE_BYTES_MAX, Row, Rows};
use crate::export::value::JOIN;
use crate::export::{Codebooks, Column, Kind};
use crate::incident::{Figure, Review, SCHEMA, Value};
use crate::{Incident, IncidentId};
use annalist::reading::{Perpetrator, Place, When};
use serde::de::DeserializeOwned;
use std::io::{BufRead, Read};
use std::str::FromStr;

/// The incidents of a file of lines ([`crate::export::Format::Jsonl`]), exactly as they were written.
///
/// Blank lines are passed over; the lines after a faulty one can still be read.
pub fn incidents_of_lines(input: impl BufRead) -> impl Iterator<Item = Result<Incident, ImportError>> {
    lines(input).map(|read| read.map(|(_, incident)| incident))
}

/// The same, each with its line.
pub(super) fn lines(mut input: impl BufRead) -> impl Iterator<Item = Result<(u64, Incident), ImportError>> {
    let mut number = 0;
    let mut over = false;
    std::iter::from_fn(move || {
        loop {
            if over {
                return None;
            }
            let mut line = Vec::new();
            number += 1;
            match input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                Err(error) => {
                    over = true;
                    return Some(Err(error.into()));
                }
                Ok(0) => return None,
                Ok(length) if length as u64 == LINE_BYTES_MAX && !line.ends_with(b"\n") => {
                    over = true;
                    let message = format!("more than {LINE_BYTES_MAX} bytes");
                    return Some(Err(ImportError::Line { line: number, message }));
                }
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Some(of_line(&line, number).map(|incident| (number, incident))),
            }
        }
    })
}

fn of_line(bytes: &[u8], line: u64) -> Result<Incident, ImportError> {
    let fault = |message: String| ImportError::Line { line, message };
    let incident: Incident = serde_json::from_slice(bytes).map_err(|e| fault(e.to_string()))?;
    match incident.schema == SCHEMA {
        true => Ok(incident),
        false => Err(fault(format!("its schema is `{}`, not `{SCHEMA}`", incident.schema))),
    }
}

/// The incidents of our own flat table ([`crate::export::Format::Csv`]), as far as it tells of them: values
/// without the claims behind them. Columns may be missing and in any order.
///
/// # Errors
/// When the head names a column that the table has not, or no `id`.
pub fn incidents_of_table<R: Read>(
    input: R,
    codebooks: &Codebooks,
) -> Result<impl Iterator<Item = Result<Incident, ImportError>>, ImportError> {
    let rows = Rows::new(input)?;
    let layout = codebooks.layout("csv");
    let column = |name: &String| {
        let column = layout.iter().find(|column| column.name == *name);
        column.ok_or_else(|| ImportError::Head(format!("there is no column `{name}` in our own table")))
    };
    let columns: Vec<&Column> = rows.head.iter().map(column).collect::<Result<_, _>>()?;
    if !columns.iter().any(|column| column.from == "id") {
        return Err(ImportError::Head("there is no column `id`".into()));
    }
    Ok(rows.map(move |row| of_row(&row?, &columns)))
}

fn of_row(row: &Row, columns: &[&Column]) -> Result<Incident, ImportError> {
    let mut incident = blank();
    let fault = |column: &Column, message: String| {
        Err(ImportError::Cell { line: row.line, column: column.name.clone(), message })
    };
    let mut named = false;
    for (column, cell) in columns.iter().zip(&row.cells).filter(|(_, cell)| !cell.is_empty()) {
        if let Some(Err(message)) = put(&mut incident, &column.from, cell) {
            return fault(column, message);
        }
        named |= column.from == "id";
    }
    match columns.iter().find(|column| column.from == "id" && column.kind == Kind::Text && !named) {
        Some(column) => fault(column, "an incident has an id".into()),
        None => Ok(incident),
    }
}

/// Puts a cell where the layout took it from; none when the table has it from something else.
pub(super) fn put(incident: &mut Incident, from: &str, cell: &str) -> Option<Result<(), String>> {
    let (_, put) = PUTS.iter().find(|(own, _)| *own == from)?;
    Some(put(incident, cell))
}

/// Puts a cell where the layout took it from.
type Put = fn(&mut Incident, &str) -> Result<(), String>;

/// What the own table holds that is not made of something else.
const PUTS: &[(&str, Put)] = &[
    ("id", |i, cell| set(&mut i.id, id(cell)?)),
    ("grade", |i, cell| set(&mut i.grade, cell.into())),
    ("independent", |i, cell| set(&mut i.independent, number(cell)?)),
    ("review.state", |i, cell| set(&mut i.review.state, cell.into())),
    ("mode", |i, cell| set(&mut i.mode.value, cell.into())),
    ("stage", |i, cell| set(&mut i.stage.value, cell.into())),
    ("date.earliest", |i, cell| set(&mut i.date.value.earliest, Some(day(cell)?))),
    ("date.latest", |i, cell| set(&mut i.date.value.latest, Some(day(cell)?))),
    ("date.precision", |i, cell| set(&mut i.date.value.precision, cell.into())),
    ("date.basis", |i, cell| set(&mut i.date.value.basis, Some(cell.into()))),
    ("place.name", |i, cell| set(&mut i.place.value.name, Some(cell.into()))),
    ("place.site", |i, cell| set(&mut i.place.value.site, Some(cell.into()))),
    ("place.settlement", |i, cell| set(&mut i.place.value.settlement, Some(cell.into()))),
    ("place.adm2", |i, cell| set(&mut i.place.value.adm2, Some(cell.into()))),
    ("place.adm1", |i, cell| set(&mut i.place.value.adm1, Some(cell.into()))),
    ("place.country", |i, cell| set(&mut i.place.value.country, Some(cell.into()))),
    ("place.lat", |i, cell| set(&mut i.place.value.lat, Some(degrees(cell, 90.0)?))),
    ("place.lon", |i, cell| set(&mut i.place.value.lon, Some(degrees(cell, 180.0)?))),
    ("place.precision", |i, cell| set(&mut i.place.value.precision, cell.into())),
    ("place.gazetteer_id", |i, cell| set(&mut i.place.value.gazetteer_id, Some(number(cell)?))),
    ("weapon", |i, cell| set(&mut i.weapon.value, list(cell))),
    ("targets", |i, cell| set(&mut i.targets.value, list(cell))),
    ("perpetrator.name", |i, cell| set(&mut i.perpetrator.value.name, Some(cell.into()))),
    ("perpetrator.state", |i, cell| set(&mut i.perpetrator.value.state, cell.into())),
    ("killed.min", |i, cell| set(&mut figure(&mut i.killed).min, number(cell)?)),
    ("killed.best", |i, cell| set(&mut figure(&mut i.killed).best, number(cell)?)),
    ("killed.max", |i, cell| set(&mut figure(&mut i.killed).max, Some(number(cell)?))),
    ("killed.basis", |i, cell| set(&mut figure(&mut i.killed).basis, cell.into())),
    ("injured.min", |i, cell| set(&mut figure(&mut i.injured).min, number(cell)?)),
    ("injured.best", |i, cell| set(&mut figure(&mut i.injured).best, number(cell)?)),
    ("injured.max", |i, cell| set(&mut figure(&mut i.injured).max, Some(number(cell)?))),
    ("injured.basis", |i, cell| set(&mut figure(&mut i.injured).basis, cell.into())),
    ("election", |i, cell| set(&mut i.election_related_by.value, list(cell))),
    ("json.groups", |i, cell| set(&mut i.groups.value, json(cell)?)),
    ("json.people", |i, cell| set(&mut i.people.value, json(cell)?)),
    ("json.damage", |i, cell| set(&mut i.damage.value, json(cell)?)),
    ("json.links", |i, cell| set(&mut i.links, json(cell)?)),
    ("json.reports", |i, cell| set(&mut i.reports, json(cell)?)),
    ("json.voices", |i, cell| set(&mut i.voices, json(cell)?)),
    ("json.conflicts", |i, cell| set(&mut i.conflicts, json(cell)?)),
    ("mentions", |i, cell| set(&mut i.mentions, list(cell).iter().map(|m| id(m)).collect::<Result<_, _>>()?)),
];

#[allow(clippy::unnecessary_wraps, reason = "the shape of a put")]
fn set<T>(field: &mut T, value: T) -> Result<(), String> {
    *field = value;
    Ok(())
}

fn id(cell: &str) -> Result<IncidentId, String> {
    IncidentId::parse(cell).ok_or_else(|| format!("`{cell}` is no id of an incident"))
}

pub(super) fn number<T: FromStr>(cell: &str) -> Result<T, String> {
    cell.trim().parse().map_err(|_| format!("`{cell}` is no whole number"))
}

pub(super) fn degrees(cell: &str, most: f64) -> Result<f64, String> {
    let degrees = cell.trim().parse().ok().filter(|d: &f64| d.abs() <= most);
    degrees.ok_or_else(|| format!("`{cell}` is no number of degrees from -{most} to {most}"))
}

fn day(cell: &str) -> Result<String, String> {
    let day: Result<jiff::civil::Date, _> = cell.trim().parse();
    day.map(|day| day.to_string()).map_err(|_| format!("`{cell}` is no day (YYYY-MM-DD)"))
}

fn list(cell: &str) -> Vec<String> {
    cell.split(JOIN).map(str::to_owned).collect()
}

fn json<T: DeserializeOwned>(cell: &str) -> Result<T, String> {
    serde_json::from_str(cell).map_err(|e| e.to_string())
}

fn figure(value: &mut Value<Option<Figure>>) -> &mut Figure {
    value.value.get_or_insert_with(|| Figure { min: 0, best: 0, max: None, basis: String::new() })
}

/// An incident of which nothing is known.
pub(super) fn blank() -> Incident {
    Incident {
        schema: SCHEMA.into(),
        id: IncidentId::of(&[]),
        mentions: Vec::new(),
        reports: Vec::new(),
        independent: 0,
        grade: String::new(),
        mode: value(String::new()),
        stage: value(String::new()),
        date: value(When::default()),
        place: value(Place::default()),
        weapon: value(Vec::new()),
        targets: value(Vec::new()),
        perpetrator: value(Perpetrator { name: None, state: String::new() }),
        killed: value(None),
        injured: value(None),
        groups: value(Vec::new()),
        people: value(Vec::new()),
        damage: value(Vec::new()),
        election_related_by: value(Vec::new()),
        links: Vec::new(),
        voices: Vec::new(),
        conflicts: Vec::new(),
        review: Review::default(),
    }
}

fn value<T>(value: T) -> Value<T> {
    Value { value, policy: "table".into(), claims: Vec::new() }
}
