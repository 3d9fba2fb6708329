//! export: here are incidents, which tables and files do others read?
//!
//! One writer takes incidents one by one and writes a [`Format`]. What each column is called, what fills it and
//! which code stands for which value are tables in `data/schema/export`; a codebook's conditions of inclusion are
//! there too, and what it does not take is told with the reason in the [`Outcome`]. A column that the ledger has
//! nothing for stays empty. Cells that a spreadsheet would run are guarded ([`guard()`]).
//!
//! # Example
//! ```
//! use annalist_ledger::export::{Exporter, Format, Codebooks};
//! let codebooks = Codebooks::read(&annalist::Bundle::embedded())?;
//! let mut out = Vec::new();
//! let exporter = Exporter::new(Format::Hxl, &mut out, &codebooks)?;
//! let outcome = exporter.finish()?;
//! assert_eq!(outcome.written, 0);
//! assert!(String::from_utf8(out)?.starts_with("Incident,Type,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod codebook;
mod guard;
mod parquet;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub(crate) mod value;

pub use codebook::{Codebooks, Column, Inclusion, Kind};
pub use guard::{dangerous, guard, unguard, without_orders};
#[cfg(test)]
pub(crate) use parquet::unpacked as unpacked_parquet;

use crate::{Incident, IncidentId};
use std::io::{self, Write};
use value::Cell;

/// A kind of file that incidents are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `annalist.incident/1`, one incident a line, nothing left out.
    Jsonl,
    /// The own flat table, one incident a row.
    Csv,
    /// Columns after ACLED.
    Acled,
    /// Columns after the UCDP Georeferenced Event Dataset.
    Ged,
    /// A table with a row of HXL hashtags.
    Hxl,
    /// A collection of points (RFC 7946), only of incidents with coordinates.
    GeoJson,
    /// The own flat table as Apache Parquet.
    Parquet,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 7] = [
        Format::Jsonl,
        Format::Csv,
        Format::Acled,
        Format::Ged,
        Format::Hxl,
        Format::GeoJson,
        Format::Parquet,
    ];

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its name, that of its layout and of its conditions of inclusion.
    pub fn name(self) -> &'static str {
        match self {
            Format::Jsonl => "jsonl",
            Format::Csv => "csv",
            Format::Acled => "acled",
            Format::Ged => "ged",
            Format::Hxl => "hxl",
            Format::GeoJson => "geojson",
            Format::Parquet => "parquet",
        }
    }

    /// How the names of its files end, by which other programs know them.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Acled => "acled.csv",
            Format::Ged => "ged.csv",
            Format::Hxl => "hxl.csv",
            Format::Jsonl | Format::Csv | Format::GeoJson | Format::Parquet => self.name(),
        }
    }

    /// Whether it is one's own record, in which every incident stands whatever became of it.
    fn takes_all(self) -> bool {
        matches!(self, Format::Jsonl | Format::Csv | Format::Parquet)
    }

    /// The layout of its columns.
    fn layout(self) -> &'static str {
        if self == Format::Parquet { Format::Csv.name() } else { self.name() }
    }
}

/// What became of the incidents given to an [`Exporter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The format.
    pub format: Format,
    /// Incidents written.
    pub written: u64,
    /// Incidents that the format does not take, in their order.
    pub left_out: Vec<(IncidentId, Inclusion)>,
}

impl Outcome {
    /// Writes what was left out as CSV: `id`, `format`, `verdict`, `missing`, `reason`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_reasons(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = table(out);
        table.write_record(["id", "format", "verdict", "missing", "reason"])?;
        for (id, verdict) in &self.left_out {
            let missing = match verdict {
                Inclusion::Pending { missing, .. } => missing.as_str(),
                _ => "",
            };
            let row = [id.as_str(), self.format.name(), verdict.word(), missing, verdict.reason()];
            table.write_record(row.map(|cell| guard(cell).into_owned()))?;
        }
        table.flush()
    }
}

/// Writes incidents in a format, one by one.
pub struct Exporter<'a> {
    format: Format,
    codebooks: &'a Codebooks,
    sink: Sink<'a>,
    outcome: Outcome,
}

enum Sink<'a> {
    Lines(&'a mut dyn Write),
    Table(Box<csv::Writer<&'a mut dyn Write>>),
    Points(&'a mut dyn Write),
    Columns(Box<parquet::Writer<'a>>),
}

impl<'a> Exporter<'a> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(format: Format, out: &'a mut dyn Write, codebooks: &'a Codebooks) -> io::Result<Self> {
        let columns = codebooks.layout(format.layout());
        let sink = match format {
            Format::Jsonl => Sink::Lines(out),
            Format::Csv | Format::Acled | Format::Ged | Format::Hxl => {
                let mut table = table(out);
                table.write_record(columns.iter().map(|c| &c.name))?;
                if format == Format::Hxl {
                    table.write_record(columns.iter().map(|c| &c.note))?;
                }
                Sink::Table(Box::new(table))
            }
            Format::GeoJson => {
                out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
                Sink::Points(out)
            }
            Format::Parquet => Sink::Columns(Box::new(parquet::Writer::new(out, columns)?)),
        };
        let outcome = Outcome { format, written: 0, left_out: Vec::new() };
        Ok(Exporter { format, codebooks, sink, outcome })
    }

    /// Writes an incident, or notes why the format does not take it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, incident: &Incident) -> io::Result<Inclusion> {
        let verdict = match self.format.takes_all() {
            true => Inclusion::Yes,
            false => self.codebooks.verdict(self.format.name(), incident),
        };
        if verdict != Inclusion::Yes {
            self.outcome.left_out.push((incident.id.clone(), verdict.clone()));
            return Ok(verdict);
        }
        let columns = self.codebooks.layout(self.format.layout());
        let cells = columns.iter().map(|column| self.codebooks.cell(column, incident));
        match &mut self.sink {
            Sink::Lines(out) => {
                serde_json::to_writer(&mut **out, incident)?;
                out.write_all(b"\n")?;
            }
            Sink::Table(table) => table.write_record(cells.map(|cell| written(&cell)))?,
            Sink::Points(out) => {
                out.write_all(if self.outcome.written == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut **out, &feature(incident, columns, cells))?;
            }
            Sink::Columns(file) => file.add(cells)?,
        }
        self.outcome.written += 1;
        Ok(verdict)
    }

    /// Ends the file and tells what became of all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> io::Result<Outcome> {
        match self.sink {
            Sink::Lines(out) => out.flush()?,
            Sink::Table(mut table) => table.flush()?,
            Sink::Points(out) => {
                out.write_all(b"\n]}\n")?;
                out.flush()?;
            }
            Sink::Columns(file) => file.finish()?,
        }
        Ok(self.outcome)
    }
}

/// A table after RFC 4180.
fn table(out: &mut dyn Write) -> csv::Writer<&mut dyn Write> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// A cell as a table holds it: words guarded and without signs that a terminal would obey, numbers as they are.
fn written(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => guard(&without_orders(text)).into_owned(),
        other => other.to_string(),
    }
}

fn feature(incident: &Incident, columns: &[Column], cells: impl Iterator<Item = Cell>) -> serde_json::Value {
    use serde_json::{Map, Value, json};
    let properties: Map<String, Value> = columns
        .iter()
        .zip(cells)
        .map(|(column, cell)| {
            let value = match cell {
                Cell::Empty => Value::Null,
                Cell::Integer(n) => n.into(),
                Cell::Number(n) => n.into(),
                text => Value::String(text.to_string()),
            };
            (column.name.clone(), value)
        })
        .collect();
    let point = value::point(incident).map(|(lat, lon)| json!({"type": "Point", "coordinates": [lon, lat]}));
    json!({"type": "Feature", "id": incident.id, "geometry": point, "properties": properties})
}
