//! Rows of event tables, other people's and our own, as what an outlet says.

mod exported;

use super::ImportError;
use super::own::{degrees, lines, number};
use super::rows::{Row, Rows};
use crate::export::Codebooks;
use crate::export::value::bare;
use crate::report::BEST;
use annalist::Meta;
use annalist::reading::{
    Claim, Count, Diagnostic, Document, Engine, Evidence, Incident, Perpetrator, Place, Reading, SCHEMA,
    Voice, When,
};
use exported::Exported;
use jiff::civil::Date;
use serde_json::json;
use std::io::BufRead;

/// A kind of table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// What another ledger of this program exported: lines of JSON or the flat table.
    Annalist,
    /// Columns after ACLED.
    Acled,
    /// Columns after the UCDP Georeferenced Event Dataset.
    Ged,
}

impl Table {
    const ALL: [Table; 3] = [Table::Annalist, Table::Acled, Table::Ged];

    /// The table of this name: `annalist`, `acled` or `ged`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Table::Annalist => "annalist",
            Table::Acled => "acled",
            Table::Ged => "ged",
        }
    }

    /// The first column that a head lacks and without which it is another table.
    fn missing(self, head: &[String], codebooks: &Codebooks) -> Option<String> {
        const NEEDED: &str = "yes";
        let needed = columns_of(self, codebooks).filter(|row| cell(row, 4) == NEEDED);
        needed.map(|row| cell(row, 1)).find(|column| place(head, column).is_none()).map(str::to_owned)
    }
}

/// What `schema/export/read.tsv` says of the columns of a table.
fn columns_of(table: Table, codebooks: &Codebooks) -> impl Iterator<Item = &Vec<String>> {
    let rows = codebooks.table("read").map_or(&[][..], |t| t.rows()).iter();
    rows.filter(move |row| cell(row, 0) == table.name())
}

fn cell(row: &[String], n: usize) -> &str {
    row.get(n).map(String::as_str).unwrap_or_default()
}

fn place(head: &[String], column: &str) -> Option<usize> {
    head.iter().position(|own| own.eq_ignore_ascii_case(column))
}

/// Reads a table row by row, a reading for each.
pub struct Claims<'a> {
    table: Table,
    /// Written as lines of JSON.
    lines: bool,
    head: Vec<String>,
    rows: Box<dyn Iterator<Item = Result<Row, ImportError>> + 'a>,
    outlet: String,
    codebooks: &'a Codebooks,
    /// For each part that the table tells: the part, its column's place in the row, the table and column of codes.
    parts: Vec<(String, usize, String)>,
}

impl<'a> Claims<'a> {
    /// Reads the head of a table that an outlet publishes; of which kind it is says the head when nobody does.
    ///
    /// # Errors
    /// When the head cannot be read, is none that is known, or lacks a column without which it is another table.
    ///
    /// # Example
    /// ```
    /// use annalist_ledger::export::Codebooks;
    /// use annalist_ledger::import::{Claims, Table};
    /// let codebooks = Codebooks::read(&annalist::Bundle::embedded())?;
    /// let rows = "event_date,sub_event_type,country,fatalities\n2025-03-04,Grenade,Mali,2\n";
    /// let mut claims = Claims::new(None, rows.as_bytes(), "A data project", &codebooks)?;
    /// assert_eq!(claims.table(), Table::Acled);
    /// let reading = claims.next().expect("a row")?;
    /// assert_eq!(reading.incidents[0].mode, "grenade");
    /// assert_eq!(reading.claims[0].evidence.quote, "2025-03-04");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        table: impl Into<Option<Table>>,
        mut input: impl BufRead + 'a,
        outlet: &str,
        codebooks: &'a Codebooks,
    ) -> Result<Self, ImportError> {
        let named = table.into();
        let beginning = input.fill_buf()?;
        let lines = matches!(named, None | Some(Table::Annalist)) && is_json(beginning);
        if lines && named.is_none() && !names_schema(beginning) {
            return Err(ImportError::Head(format!(
                "it is JSON, and no export of incidents (`{}`); annalist add takes reports in",
                crate::incident::SCHEMA
            )));
        }
        let (head, rows): (Vec<String>, Box<dyn Iterator<Item = _> + 'a>) = if lines {
            let layout = codebooks.layout("csv");
            let head = layout.iter().map(|column| column.name.clone()).collect();
            (head, Box::new(as_rows(input, codebooks)))
        } else {
            let rows = Rows::new(input)?;
            (rows.head.clone(), Box::new(rows))
        };
        let detected = || Table::ALL.into_iter().find(|table| table.missing(&head, codebooks).is_none());
        let Some(table) = named.or_else(detected) else {
            let lacks = Table::ALL.map(|table| {
                let missing = table.missing(&head, codebooks).unwrap_or_default();
                format!("{} has a column `{missing}`", table.name())
            });
            let lacks = lacks.join(", ");
            return Err(ImportError::Head(format!("no table of this kind is known: {lacks}")));
        };
        if let Some(missing) = table.missing(&head, codebooks) {
            return Err(ImportError::Head(format!(
                "there is no column `{missing}`, so this is no {} table",
                table.name()
            )));
        }
        let parts = columns_of(table, codebooks)
            .filter_map(|row| {
                Some((cell(row, 2).to_owned(), place(&head, cell(row, 1))?, cell(row, 3).to_owned()))
            })
            .collect();
        Ok(Claims { table, lines, head, rows, outlet: outlet.to_owned(), codebooks, parts })
    }

    /// The kind of table it is.
    pub fn table(&self) -> Table {
        self.table
    }

    /// Whether it is written as lines of JSON, not as a table.
    pub fn is_lines(&self) -> bool {
        self.lines
    }
}

/// Whether the first incident says what it is before it says anything else, as exports do.
fn names_schema(beginning: &[u8]) -> bool {
    let first = beginning.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let family = crate::incident::SCHEMA.split('/').next().unwrap_or_default().as_bytes();
    first.is_some_and(|line| line.windows(family.len()).any(|window| window == family))
}

fn is_json(beginning: &[u8]) -> bool {
    beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning).trim_ascii_start().starts_with(b"{")
}

/// Our own lines as the rows of our own table.
fn as_rows<'a>(
    input: impl BufRead + 'a,
    codebooks: &'a Codebooks,
) -> impl Iterator<Item = Result<Row, ImportError>> + 'a {
    lines(input).map(|read| {
        let (line, incident) = read?;
        let layout = codebooks.layout("csv").iter();
        let cells = layout.map(|column| codebooks.cell(column, &incident).to_string()).collect();
        Ok(Row { line, cells })
    })
}

impl Iterator for Claims<'_> {
    type Item = Result<Reading, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let mut draft = Draft::new(self.table, &self.head, &row);
        for (part, column, codes) in &self.parts {
            let Some(cell) = row.cells.get(*column).filter(|cell| !cell.trim().is_empty()) else { continue };
            if let Err(message) = draft.put(part, *column, cell.trim(), codes, self.codebooks) {
                let column = self.head.get(*column).cloned().unwrap_or_default();
                return Some(Err(ImportError::Cell { line: row.line, column, message }));
            }
        }
        Some(
            draft
                .finish(&self.outlet, self.codebooks)
                .map_err(|message| ImportError::Line { line: row.line, message }),
        )
    }
}

/// A reading in the making.
struct Draft {
    table: Table,
    text: String,
    /// The code points of each cell in the text; none of empty cells.
    spans: Vec<Option<Evidence>>,
    id: Option<String>,
    mode: Option<String>,
    date: When,
    /// The columns of the date and the place.
    date_from: Option<usize>,
    place_from: Option<usize>,
    killed_from: Option<usize>,
    place: Place,
    targets: Vec<String>,
    perpetrator: Perpetrator,
    killed: (Option<u64>, Option<u64>),
    /// What cells of our own table tell.
    exported: Exported,
    /// The figure that the table itself takes, and its column.
    best: Option<(u64, usize)>,
    claims: Vec<Claim>,
    diagnostics: Vec<Diagnostic>,
}

impl Draft {
    /// The row in plain words: a line `column: cell` for each cell that is not empty.
    fn new(table: Table, head: &[String], row: &Row) -> Self {
        let (mut text, mut at, mut spans) = (String::new(), 0, Vec::with_capacity(head.len()));
        for (name, cell) in head.iter().zip(&row.cells) {
            let cell = cell.trim();
            if cell.is_empty() {
                spans.push(None);
                continue;
            }
            let start = at + name.chars().count() + 2;
            let end = start + cell.chars().count();
            spans.push(Some(Evidence { start, end, quote: cell.to_owned() }));
            for piece in [name, ": ", cell, "\n"] {
                text.push_str(piece);
            }
            at = end + 1;
        }
        Draft {
            table,
            text,
            spans,
            id: None,
            mode: None,
            date: When { precision: "day".into(), ..When::default() },
            date_from: None,
            place_from: None,
            killed_from: None,
            place: Place { precision: "unknown".into(), ..Place::default() },
            targets: Vec::new(),
            perpetrator: Perpetrator { name: None, state: "unattributed".into() },
            killed: (None, None),
            exported: Exported::default(),
            best: None,
            claims: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Takes what a cell says of a part of the incident.
    fn put(
        &mut self,
        part: &str,
        column: usize,
        cell: &str,
        codes: &str,
        codebooks: &Codebooks,
    ) -> Result<(), String> {
        /// Instead of a column of codes: the cell is as our own table writes it, its words are of this list.
        const OWN: char = '=';
        if let Some(list) = codes.strip_prefix(OWN) {
            return self.exported.put(part, column, cell, (list, codebooks.list(list)));
        }
        match part {
            "id" => self.id = Some(cell.to_owned()),
            "date" => {
                let day = day(cell)?;
                (self.date.earliest, self.date.latest) = (Some(day.to_string()), Some(day.to_string()));
                self.date_from = Some(column);
            }
            "date.earliest" => {
                self.date.earliest = Some(day(cell)?.to_string());
                self.date_from = Some(column);
            }
            "date.latest" => self.date.latest = Some(day(cell)?.to_string()),
            "date.precision" => {
                self.date.precision = self.code(cell, codes, codebooks)?;
                self.widen(codebooks);
            }
            "mode" => self.put_mode(column, cell, codes, codebooks),
            "attack" => {
                self.mode = Some("attack".into());
                self.claim("mode", json!("attack"), column);
            }
            "perpetrator" => self.put_perpetrator(column, cell, codebooks),
            "civilian" => self.put_target("civilian", column),
            "actor" => self.put_actor(column, cell, codebooks),
            "country" => {
                self.place_from.get_or_insert(column);
                self.put_country(column, cell, codebooks);
            }
            "adm1" => self.place.adm1 = Some(cell.to_owned()),
            "adm2" => self.place.adm2 = Some(cell.to_owned()),
            "settlement" => {
                self.place.name = Some(cell.to_owned());
                self.place_from = Some(column);
            }
            "lat" => self.place.lat = Some(degrees(cell, 90.0)?),
            "lon" => self.place.lon = Some(degrees(cell, 180.0)?),
            "place.precision" => self.place.precision = self.code(cell, codes, codebooks)?,
            "killed.min" => {
                self.killed.0 = Some(number(cell)?);
                self.killed_from = Some(column);
            }
            "killed.best" => self.best = Some((number(cell)?, column)),
            "killed.max" => self.killed.1 = Some(number(cell)?),
            other => return Err(format!("schema/export/read.tsv names a part `{other}` that there is not")),
        }
        Ok(())
    }

    /// Our word for a code of the table.
    fn code(&self, cell: &str, codes: &str, codebooks: &Codebooks) -> Result<String, String> {
        let (table, column) = codes.split_once('.').unwrap_or((codes, ""));
        let marked = format!("{}_read", self.table.name());
        let word = codebooks.table(table).and_then(|t| t.key_of(column, cell, Some(&marked)));
        word.map(str::to_owned).ok_or_else(|| format!("`{cell}` is no code of {column} in this column"))
    }

    /// Where the table gives one day for a week, month or year, the bounds are as wide as that.
    fn widen(&mut self, codebooks: &Codebooks) {
        if self.date.earliest != self.date.latest {
            return;
        }
        let Some(day) = self.date.earliest.as_deref().and_then(|day| day.parse::<Date>().ok()) else {
            return;
        };
        let (first, last) = match self.date.precision.as_str() {
            "month" => (day.first_of_month(), day.last_of_month()),
            "year" => (day.first_of_year(), day.last_of_year()),
            precision => {
                let around = codebooks
                    .table("date-precision")
                    .and_then(|t| {
                        t.rows().iter().find(|row| row.first().is_some_and(|p| p == precision))?.get(3)
                    })
                    .and_then(|days| days.parse::<i64>().ok())
                    .unwrap_or(0);
                let span = jiff::Span::new().days(around);
                (day.saturating_sub(span), day.saturating_add(span))
            }
        };
        (self.date.earliest, self.date.latest) = (Some(first.to_string()), Some(last.to_string()));
    }

    fn put_country(&mut self, column: usize, cell: &str, codebooks: &Codebooks) {
        match codebooks.country_code(bare(cell)) {
            Some(code) => self.place.country = Some(code.to_owned()),
            None => self.note("import.country-unknown", column, "no country of this name is known"),
        }
    }

    fn put_mode(&mut self, column: usize, cell: &str, codes: &str, codebooks: &Codebooks) {
        let (table, name) = codes.split_once('.').unwrap_or((codes, ""));
        let key = codebooks.table(table).and_then(|t| t.key_of(name, cell, None));
        match key.and_then(|key| key.split('/').next()) {
            Some(mode) => {
                self.mode = Some(mode.to_owned());
                self.claim("mode", json!(mode), column);
            }
            None => self.note("import.no-attack", column, "an event of this kind is no attack"),
        }
    }

    fn put_perpetrator(&mut self, column: usize, cell: &str, codebooks: &Codebooks) {
        let (what, name) = actor(cell, codebooks);
        if matches!(what, "unidentified" | "civilian") {
            return;
        }
        let name = match codebooks.country_code(name) {
            Some(code) => codebooks.country_name(code).unwrap_or(name),
            None => name,
        };
        self.perpetrator =
            Perpetrator { name: Some(name.to_owned()), state: "attributed_by_reporter".into() };
        self.claim("perpetrator", json!(self.perpetrator), column);
    }

    fn put_actor(&mut self, column: usize, cell: &str, codebooks: &Codebooks) {
        let rows = codebooks.table("targets").map_or(&[][..], |t| t.rows());
        let begins = |row: &&Vec<String>| {
            row.get(2).is_some_and(|actor| {
                !actor.is_empty() && cell.to_lowercase().starts_with(&actor.to_lowercase())
            })
        };
        let classes: Vec<String> =
            rows.iter().find(begins).and_then(|row| row.first().cloned()).into_iter().collect();
        for class in classes {
            self.put_target(&class, column);
        }
    }

    fn put_target(&mut self, class: &str, column: usize) {
        if !self.targets.iter().any(|own| own == class) {
            self.targets.push(class.to_owned());
            self.claim("targets", json!(class), column);
        }
    }

    fn evidence(&self, column: usize) -> Option<Evidence> {
        self.spans.get(column).cloned().flatten()
    }

    fn claim(&mut self, field: &str, value: serde_json::Value, column: usize) {
        if let Some(evidence) = self.evidence(column) {
            self.claim_words(field, value, evidence);
        }
    }

    fn claim_words(&mut self, field: &str, value: serde_json::Value, evidence: Evidence) {
        self.claims.push(Claim {
            id: String::new(),
            incident: "i1".into(),
            field: field.to_owned(),
            value,
            voice: "v0".into(),
            form: "narrator".into(),
            polarity: "asserted".into(),
            evidence,
            rule: format!("import.{}", self.table.name()),
            score: 1.0,
        });
    }

    fn note(&mut self, code: &str, column: usize, note: &str) {
        let evidence = self.evidence(column);
        self.diagnostics.push(Diagnostic { code: code.to_owned(), evidence, note: note.to_owned() });
    }

    /// The number of persons killed. A nought of ACLED may mean that nobody said anything.
    fn count(&mut self) -> Option<Count> {
        let (Some(min), column) = (self.killed.0, self.killed_from?) else { return None };
        let max = self.killed.1;
        let basis = match (self.table, max) {
            (Table::Acled, _) if min == 0 => {
                self.note(
                    "import.zero-or-not-stated",
                    column,
                    "0 also stands where nothing is said of deaths",
                );
                return None;
            }
            (_, Some(0)) => "explicit_none",
            (_, Some(max)) if max == min => "exact",
            (_, Some(_)) => "range",
            (_, None) => "at_least",
        };
        let count = Count { min, max: max.filter(|max| *max >= min), basis: basis.into() };
        self.claim("killed", json!(count), column);
        if let Some((best, column)) = self.best {
            if count.min <= best && count.max.is_none_or(|max| best <= max) {
                self.claim(&format!("killed.{BEST}"), json!(best), column);
            } else {
                self.note(
                    "import.best-outside",
                    column,
                    "the best figure lies outside the bounds of the row",
                );
            }
        }
        Some(count)
    }

    fn place(&mut self) {
        if matches!(self.place.precision.as_str(), "settlement" | "near_settlement") {
            self.place.settlement.clone_from(&self.place.name);
        }
        if self.place.lat.is_none() || self.place.lon.is_none() {
            (self.place.lat, self.place.lon) = (None, None);
        }
        if let Some(column) = self.place_from
            && let Some(words) = self.evidence(column)
        {
            self.place.name.get_or_insert_with(|| words.quote.clone());
            self.claim("place", json!(words.quote), column);
        }
    }

    fn finish(mut self, outlet: &str, codebooks: &Codebooks) -> Result<Reading, String> {
        let incidents: Vec<Incident> = match self.table {
            Table::Annalist => vec![self.exported_incident()?],
            Table::Acled | Table::Ged => self.coded_incident()?.into_iter().collect(),
        };
        let claims = if incidents.is_empty() { Vec::new() } else { self.claims };
        let text_document = annalist::Document::new(self.text, Meta::default()).map_err(|e| e.to_string())?;
        Ok(Reading {
            schema: SCHEMA.into(),
            source_id: self.id,
            engine: Engine { version: env!("CARGO_PKG_VERSION").into(), data: codebooks.data.clone() },
            document: Document {
                id: text_document.id(),
                language: "en".into(),
                title: None,
                outlet: Some(outlet.to_owned()),
                url: None,
                published_at: None,
                text: text_document.text().to_owned(),
            },
            incidents,
            claims,
            voices: vec![Voice {
                id: "v0".into(),
                kind: "narrator".into(),
                name: None,
                role: None,
                of: None,
                channel: None,
            }],
            quotes: Vec::new(),
            contradictions: Vec::new(),
            diagnostics: self.diagnostics,
        })
    }

    /// The incident of a row with codes; none when the event is no attack.
    fn coded_incident(&mut self) -> Result<Option<Incident>, String> {
        if let (Some(earliest), Some(latest)) = (&self.date.earliest, &self.date.latest)
            && earliest > latest
        {
            return Err(format!("it begins on {earliest} and ends on {latest}"));
        }
        if self.date.earliest.is_some() {
            self.date.basis = Some("stated".into());
        } else {
            self.date = When { precision: "undated".into(), ..When::default() };
        }
        if let Some(column) = self.date_from {
            self.claim("date", json!(self.date), column);
        }
        self.place();
        let killed = self.count();
        let mode = self.mode.take();
        if mode.is_none() && self.diagnostics.is_empty() {
            self.diagnostics.push(Diagnostic {
                code: "import.no-attack".to_owned(),
                evidence: None,
                note: "what kind of event it is is not stated".to_owned(),
            });
        }
        Ok(mode.map(|mode| self.incident(mode, killed)))
    }

    /// The incident.
    fn incident(&mut self, mode: String, killed: Option<Count>) -> Incident {
        Incident {
            id: "i1".into(),
            mode,
            stage: "carried_out".into(),
            date: std::mem::take(&mut self.date),
            place: std::mem::take(&mut self.place),
            weapon: Vec::new(),
            targets: std::mem::take(&mut self.targets),
            perpetrator: self.perpetrator.clone(),
            killed,
            injured: None,
            groups: Vec::new(),
            people: Vec::new(),
            damage: Vec::new(),
            election_related_by: Vec::new(),
            links: Vec::new(),
            voices: vec!["v0".into()],
            evidence: vec![self.whole()],
            claims: self.number_claims(),
        }
    }

    /// The whole row.
    fn whole(&self) -> Evidence {
        let whole = self.text.trim_end();
        Evidence { start: 0, end: whole.chars().count(), quote: whole.to_owned() }
    }

    /// Numbers the claims in the order of their words.
    fn number_claims(&mut self) -> Vec<String> {
        self.claims.sort_by_key(|claim| (claim.evidence.start, claim.field.clone()));
        for (n, claim) in self.claims.iter_mut().enumerate() {
            claim.id = format!("c{}", n + 1);
        }
        self.claims.iter().map(|claim| claim.id.clone()).collect()
    }
}

/// What kind of actor a table names, and the name without the words around it.
fn actor<'c>(cell: &'c str, codebooks: &'c Codebooks) -> (&'c str, &'c str) {
    let name = bare(cell);
    let rows = codebooks.table("actor-words").map_or(&[][..], |t| t.rows());
    let begins = |words: &str| name.get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words));
    for row in rows {
        if let [words, what, ..] = row.as_slice()
            && begins(words)
        {
            return (what, name.get(words.len()..).unwrap_or_default().trim());
        }
    }
    ("", name)
}

/// `2025-12-05`, with or without a time behind it, or `5 December 2025`.
fn day(cell: &str) -> Result<Date, String> {
    let head = cell.split([' ', 'T']).next().unwrap_or_default();
    let day = head.parse::<Date>().ok().or_else(|| Date::strptime("%d %B %Y", cell).ok());
    day.ok_or_else(|| format!("`{cell}` is no day; write 2025-12-05 or 5 December 2025"))
}
