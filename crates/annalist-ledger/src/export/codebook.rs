//! What codebooks ask for, read from `data/schema/export`.

use super::value::{self, Cell, Extract};
use crate::Incident;
use crate::merge::toml_file;
use annalist::table::{self, Row};
use annalist::{Bundle, DataError};
use serde::Deserialize;
use std::collections::BTreeMap;

const FOLDER: &str = "schema/export/";
/// Layouts that formats write.
const LAYOUTS: [&str; 5] = ["csv", "acled", "ged", "hxl", "geojson"];
/// Tables that the code looks into by name.
const TABLES: [&str; 4] = ["targets", "read", "date-precision", "actor-words"];

/// Tables of correspondence, layouts and conditions of inclusion.
pub struct Codebooks {
    tables: BTreeMap<String, Table>,
    layouts: BTreeMap<String, Vec<Column>>,
    inclusion: BTreeMap<String, Vec<Condition>>,
    countries: Vec<Country>,
    /// The value lists of the schema.
    lists: BTreeMap<String, Vec<String>>,
    /// Hash of the data folder, for readings made of rows.
    pub(crate) data: String,
}

/// A column of a layout.
pub struct Column {
    /// Its name in the head of the file.
    pub name: String,
    /// What its cells hold.
    pub kind: Kind,
    /// The hashtag of HXL, or what it means.
    pub note: String,
    /// What fills it, as it stands in the data file.
    pub from: String,
    source: Source,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers with a fraction.
    Number,
    /// Days.
    Date,
}

/// The kinds as the data files write them.
const KINDS: [(&str, Kind); 4] =
    [("text", Kind::Text), ("integer", Kind::Integer), ("number", Kind::Number), ("date", Kind::Date)];

/// A country with its names.
struct Country {
    code: String,
    name: String,
    /// All its names in small letters.
    known_as: Vec<String>,
}

/// Rows of a table by their first cell.
#[derive(Default)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &str, bytes: &[u8]) -> Result<Self, DataError> {
        let mut rows = table::rows(path, bytes)?.into_iter();
        let head =
            rows.next().ok_or_else(|| DataError::new(path, 0, "no line with the names of its columns"))?;
        let columns: Vec<String> = head.cells().iter().map(|&c| c.to_owned()).collect();
        let cells = |row: Row<'_>| (0..columns.len()).map(|n| row.cell(n).to_owned()).collect();
        Ok(Table { rows: rows.map(cells).collect(), columns })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// The cell of a row; of the row with `*` behind the last slash when there is none with the whole key.
    fn get(&self, key: &str, column: usize) -> Option<&str> {
        let wild = key.rsplit_once('/').map(|(head, _)| format!("{head}/*"));
        let row = |key: &str| self.rows.iter().find(|row| row.first().is_some_and(|k| k == key));
        let row = row(key).or_else(|| row(&wild?))?;
        row.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// The key of the first row with a word in one column, and, when `marked` is given, a word in that one.
    pub(crate) fn key_of(&self, column: &str, word: &str, marked: Option<&str>) -> Option<&str> {
        let column = self.column(column)?;
        let marked = marked.and_then(|m| self.column(m));
        let fits = |row: &&Vec<String>| {
            row.get(column).is_some_and(|cell| cell.eq_ignore_ascii_case(word))
                && marked.is_none_or(|m| row.get(m).is_some_and(|cell| !cell.is_empty()))
        };
        self.rows.iter().find(fits)?.first().map(String::as_str)
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }
}

/// How a value is come by: the first of these that is not empty.
struct Source(Vec<Part>);

enum Part {
    Words(String),
    Value(Extract),
    Looked { value: Extract, table: String, column: usize },
}

/// A condition that keeps an incident out.
struct Condition {
    value: Source,
    is: Vec<String>,
    verdict: Inclusion,
}

/// Whether a codebook takes an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inclusion {
    /// It does.
    Yes,
    /// It never will.
    No {
        /// Why.
        reason: String,
    },
    /// It would if a field were known.
    Pending {
        /// The field.
        missing: String,
        /// What is not known of it.
        reason: String,
    },
}

impl Inclusion {
    /// `yes`, `no` or `pending`.
    pub fn word(&self) -> &'static str {
        match self {
            Inclusion::Yes => "yes",
            Inclusion::No { .. } => "no",
            Inclusion::Pending { .. } => "pending",
        }
    }

    /// Why not; empty when it is taken.
    pub fn reason(&self) -> &str {
        match self {
            Inclusion::Yes => "",
            Inclusion::No { reason } | Inclusion::Pending { reason, .. } => reason,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionFile {
    value: String,
    is: Vec<String>,
    no: Option<String>,
    pending: Option<String>,
    because: Option<String>,
}

impl Codebooks {
    /// Reads the tables, layouts and conditions.
    ///
    /// # Errors
    /// When a file is missing or names a value, table or column that there is not.
    pub fn read(bundle: &Bundle) -> Result<Self, DataError> {
        let mut codebooks = Codebooks {
            tables: BTreeMap::new(),
            layouts: BTreeMap::new(),
            inclusion: BTreeMap::new(),
            countries: countries(bundle)?,
            lists: toml_file(bundle, "schema/values.toml")?,
            data: bundle.hash(),
        };
        let files =
            || bundle.under(FOLDER).filter_map(|(path, f)| Some((path, path.strip_prefix(FOLDER)?, f)));
        for (path, name, file) in files() {
            if let Some(name) = name.strip_suffix(".tsv") {
                codebooks.tables.insert(name.to_owned(), Table::read(path, file.bytes())?);
            }
        }
        for (path, name, file) in files() {
            let layout = name.strip_suffix(".tsv").filter(|name| {
                codebooks.tables.get(*name).is_some_and(|t| t.columns.first().is_some_and(|c| c == "column"))
            });
            if let Some(layout) = layout {
                let columns = codebooks.layout_of(path, file.bytes())?;
                codebooks.layouts.insert(layout.to_owned(), columns);
            }
            if name == "inclusion.toml" {
                codebooks.inclusion = codebooks.conditions(path, file.bytes())?;
            }
        }
        codebooks.check()?;
        Ok(codebooks)
    }

    /// Nothing that the code asks for by name is missing: without conditions everything would be taken.
    fn check(&self) -> Result<(), DataError> {
        let missing =
            |what: &str| Err(DataError::new(&format!("{FOLDER}{what}"), 0, "there is no such file"));
        if let Some(layout) = LAYOUTS.iter().find(|name| !self.layouts.contains_key(**name)) {
            return missing(&format!("{layout}.tsv"));
        }
        if let Some(table) = TABLES.iter().find(|name| !self.tables.contains_key(**name)) {
            return missing(&format!("{table}.tsv"));
        }
        if self.inclusion.is_empty() { missing("inclusion.toml") } else { Ok(()) }
    }

    fn layout_of(&self, path: &str, bytes: &[u8]) -> Result<Vec<Column>, DataError> {
        let rows = table::rows(path, bytes)?;
        rows.iter()
            .skip(1)
            .map(|row| {
                let kind = KINDS.iter().find(|(word, _)| *word == row.cell(1)).map(|(_, kind)| *kind);
                Ok(Column {
                    name: row.cell(0).to_owned(),
                    kind: kind.ok_or_else(|| row.fault(format!("no kind `{}` of columns", row.cell(1))))?,
                    note: row.cell(3).to_owned(),
                    from: row.cell(2).to_owned(),
                    source: self.source(row.cell(2)).map_err(|e| row.fault(e))?,
                })
            })
            .collect()
    }

    fn conditions(&self, path: &str, bytes: &[u8]) -> Result<BTreeMap<String, Vec<Condition>>, DataError> {
        let fault = |message: String| DataError::new(path, 0, message);
        let text = std::str::from_utf8(bytes).map_err(|e| fault(e.to_string()))?;
        let file: BTreeMap<String, Vec<ConditionFile>> =
            toml::from_str(text).map_err(|e| fault(e.to_string()))?;
        let condition = |c: ConditionFile| {
            let verdict = match (c.no, c.pending) {
                (Some(reason), None) => Inclusion::No { reason },
                (None, Some(missing)) => {
                    Inclusion::Pending { missing, reason: c.because.unwrap_or_default() }
                }
                _ => return Err(fault(format!("`{}`: either `no` or `pending`", c.value))),
            };
            Ok(Condition { value: self.source(&c.value).map_err(fault)?, is: c.is, verdict })
        };
        file.into_iter()
            .map(|(format, list)| Ok((format, list.into_iter().map(condition).collect::<Result<_, _>>()?)))
            .collect()
    }

    fn source(&self, written: &str) -> Result<Source, String> {
        let part = |part: &str| {
            let part = part.trim();
            if let Some(words) = part.strip_prefix('=') {
                return Ok(Part::Words(words.to_owned()));
            }
            let (name, lookup) = part.split_once('>').map_or((part, None), |(name, l)| (name, Some(l)));
            let value = value::extract(name).ok_or_else(|| format!("there is no value `{name}`"))?;
            let Some(lookup) = lookup else { return Ok(Part::Value(value)) };
            let (table, column) = lookup.split_once('.').unwrap_or((lookup, ""));
            let column = self.tables.get(table).and_then(|t| t.column(column));
            let column = column.ok_or_else(|| format!("there is no table with column `{lookup}`"))?;
            Ok(Part::Looked { value, table: table.to_owned(), column })
        };
        match written {
            "-" => Ok(Source(Vec::new())),
            written => written.split('|').map(part).collect::<Result<_, _>>().map(Source),
        }
    }

    /// The columns of a table's layout; none when there is no such layout.
    pub fn layout(&self, name: &str) -> &[Column] {
        self.layouts.get(name).map_or(&[], Vec::as_slice)
    }

    /// A table by the name of its file.
    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// What stands in a column for an incident.
    pub(crate) fn cell(&self, column: &Column, incident: &Incident) -> Cell {
        self.draw(&column.source, incident).into_kind(column.kind)
    }

    /// Whether the codebook of a format takes an incident.
    pub fn verdict(&self, format: &str, incident: &Incident) -> Inclusion {
        let conditions = ["every", format].into_iter().filter_map(|f| self.inclusion.get(f)).flatten();
        conditions
            .into_iter()
            .find(|c| {
                let value = self.draw(&c.value, incident).to_string();
                c.is.contains(&value)
            })
            .map_or(Inclusion::Yes, |c| c.verdict.clone())
    }

    fn draw(&self, source: &Source, incident: &Incident) -> Cell {
        let part = |part: &Part| match part {
            Part::Words(words) => Cell::Text(words.clone()),
            Part::Value(value) => value(incident, self).cell(),
            Part::Looked { value, table, column } => {
                let table = self.tables.get(table);
                let look = |key: &String| table.and_then(|t| t.get(key, *column)).map(str::to_owned);
                let mut found: Vec<String> = Vec::new();
                for word in value(incident, self).words().iter().filter_map(look) {
                    if !found.contains(&word) {
                        found.push(word);
                    }
                }
                value::Drawn::List(found).cell()
            }
        };
        source.0.iter().map(part).find(|cell| *cell != Cell::Empty).unwrap_or(Cell::Empty)
    }

    /// The values of a list of the schema; none when there is no such list.
    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// The usual English name of a country by its code.
    pub(crate) fn country_name(&self, code: &str) -> Option<&str> {
        self.countries.iter().find(|c| c.code.eq_ignore_ascii_case(code)).map(|c| c.name.as_str())
    }

    /// The code of a country by its code or one of its names.
    pub(crate) fn country_code(&self, name: &str) -> Option<&str> {
        let name = name.trim();
        let lower = name.to_lowercase();
        let fits = |c: &&Country| c.code.eq_ignore_ascii_case(name) || c.known_as.contains(&lower);
        self.countries.iter().find(fits).map(|c| c.code.as_str())
    }
}

fn countries(bundle: &Bundle) -> Result<Vec<Country>, DataError> {
    const PATH: &str = "places/country.tsv";
    let file = bundle.get(PATH).ok_or_else(|| DataError::new(PATH, 0, "there is no such file"))?;
    let country = |row: Row<'_>| Country {
        code: row.cell(0).to_owned(),
        name: row.cell(1).to_owned(),
        known_as: std::iter::once(row.cell(1))
            .chain(row.cell(2).split(';').map(str::trim))
            .filter(|name| !name.is_empty())
            .map(str::to_lowercase)
            .collect(),
    };
    Ok(table::rows(PATH, file.bytes())?.into_iter().map(country).collect())
}
