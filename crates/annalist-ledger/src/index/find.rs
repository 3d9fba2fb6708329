//! find: a filter to the incidents that pass it.

use super::Index;
use crate::filter::Filter;
use crate::incident::Incident;
use crate::store::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use thiserror::Error;

/// A search that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the search {query:?} cannot be understood: {fault}; put words with signs into double quotes")]
pub struct BadQuery {
    /// What was searched.
    pub query: String,
    /// Why not.
    pub fault: String,
}

impl Index {
    /// The incidents that pass the filter, the latest first; those without a date come last.
    ///
    /// # Errors
    /// When the search cannot be understood, or the file cannot be read.
    pub fn find(
        &self,
        filter: &Filter,
        visit: &mut dyn FnMut(Incident) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (conditions, values) = conditions(filter);
        let limit = filter.limit.map(|n| format!(" LIMIT {n}")).unwrap_or_default();
        let sql = format!("SELECT json FROM incident{conditions} ORDER BY latest DESC, id{limit}");
        self.query(filter, &sql, values, &mut |row| visit(self.read(&row.get::<_, String>(0)?)?))
    }

    /// How many incidents pass the filter, its limit aside.
    ///
    /// # Errors
    /// As [`Index::find`].
    pub fn count(&self, filter: &Filter) -> Result<u64, StoreError> {
        let (conditions, values) = conditions(filter);
        let mut count = 0;
        self.query(filter, &format!("SELECT count(*) FROM incident{conditions}"), values, &mut |row| {
            count = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
            Ok(())
        })?;
        Ok(count)
    }

    fn query(
        &self,
        filter: &Filter,
        sql: &str,
        values: Vec<Value>,
        visit: &mut dyn FnMut(&rusqlite::Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let understood = |error: rusqlite::Error| match (&filter.text, error) {
            (Some(query), rusqlite::Error::SqliteFailure(_, Some(fault))) if is_of_the_search(&fault) => {
                StoreError::Query(BadQuery { query: query.clone(), fault })
            }
            (_, error) => error.into(),
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next().map_err(understood)? {
            visit(row)?;
        }
        Ok(())
    }
}

fn is_of_the_search(fault: &str) -> bool {
    ["fts5", "no such column", "unterminated string", "unknown special query"]
        .iter()
        .any(|part| fault.contains(part))
}

/// ` WHERE …` with its values.
fn conditions(filter: &Filter) -> (String, Vec<Value>) {
    let mut query = Conditions::default();
    query.one("latest >= ?", filter.from.map(|day| day.to_string().into()));
    query.one("earliest <= ?", filter.to.map(|day| day.to_string().into()));
    query.any("country", &filter.country);
    query.any("mode", &filter.mode);
    query.any("perpetrator_state", &filter.perpetrator_state);
    query.any("review", &filter.review);
    query.any("grade", &filter.grade);
    query.one("assigned = ?", filter.assigned.clone().map(Value::Text));
    query.one("instr(place, ?) > 0", filter.place.as_deref().map(|name| folded(name).into()));
    query.one("instr(perpetrator, ?) > 0", filter.perpetrator.as_deref().map(|name| folded(name).into()));
    query.one("killed >= ?", filter.killed_min.map(number));
    query.one("injured >= ?", filter.injured_min.map(number));
    query.one("election = ?", filter.election.map(|is| i64::from(is).into()));
    match filter.conflict {
        Some(true) => query.plain("conflicts > 0"),
        Some(false) => query.plain("conflicts = 0"),
        None => {}
    }
    query.tagged("target", &filter.target);
    query.tagged("weapon", &filter.weapon);
    if let Some(bounds) = filter.bbox {
        query.within(bounds);
    }
    query.one(
        "n IN (SELECT rowid FROM incident_words WHERE incident_words MATCH ?)",
        filter.text.clone().map(Value::Text),
    );
    query.finish()
}

#[derive(Default)]
struct Conditions {
    parts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn plain(&mut self, condition: &str) {
        self.parts.push(condition.to_owned());
    }

    fn one(&mut self, condition: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.plain(condition);
            self.values.push(value);
        }
    }

    fn any(&mut self, column: &str, values: &[String]) {
        if !values.is_empty() {
            self.parts.push(format!("{column} IN ({})", places(values.len())));
            self.values.extend(values.iter().cloned().map(Value::Text));
        }
    }

    fn tagged(&mut self, what: &str, values: &[String]) {
        if !values.is_empty() {
            self.parts
                .push(format!("n IN (SELECT n FROM incident_tag WHERE tag IN ({}))", places(values.len())));
            self.values.extend(values.iter().map(|value| Value::Text(format!("{what}:{value}"))));
        }
    }

    /// A box that crosses the date line is two boxes.
    fn within(&mut self, [west, south, east, north]: [f64; 4]) {
        const BOX: &str =
            "SELECT n FROM incident_spot WHERE west >= ? AND east <= ? AND south >= ? AND north <= ?";
        let boxes = if west <= east { vec![(west, east)] } else { vec![(west, 180.0), (-180.0, east)] };
        let all = boxes.iter().map(|_| BOX).collect::<Vec<_>>().join(" UNION ALL ");
        self.parts.push(format!("n IN ({all})"));
        for (west, east) in boxes {
            self.values.extend([west, east, south, north].map(Value::Real));
        }
    }

    fn finish(self) -> (String, Vec<Value>) {
        let conditions = if self.parts.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", self.parts.join(" AND "))
        };
        (conditions, self.values)
    }
}

fn places(n: usize) -> String {
    vec!["?"; n].join(", ")
}

fn number(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

/// Without case: names are found however they are written.
fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Puts an incident into the tables that are searched.
pub(super) fn insert(connection: &Connection, incident: &Incident, words: &str) -> Result<(), StoreError> {
    let place = &incident.place.value;
    let names = [&place.site, &place.name, &place.settlement, &place.adm2, &place.adm1];
    let names: Vec<String> = names.into_iter().filter_map(|name| name.as_deref().map(folded)).collect();
    let best = |figure: &Option<crate::incident::Figure>| {
        figure.as_ref().map(|f| i64::try_from(f.best).unwrap_or(i64::MAX))
    };
    let json = serde_json::to_string(incident).unwrap_or_default();
    connection
        .prepare_cached(
            "INSERT INTO incident (id, mode, country, place, earliest, latest, killed, injured, perpetrator,
             perpetrator_state, election, grade, review, assigned, conflicts, json)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            incident.id.as_str(),
            incident.mode.value,
            place.country,
            names.join("\n"),
            incident.date.value.earliest,
            incident.date.value.latest,
            best(&incident.killed.value),
            best(&incident.injured.value),
            incident.perpetrator.value.name.as_deref().map(folded),
            incident.perpetrator.value.state,
            !incident.election_related_by.value.is_empty(),
            incident.grade,
            incident.review.state,
            incident.review.assigned,
            super::number(incident.conflicts.len()),
            json
        ])?;
    let n = connection.last_insert_rowid();
    let mut tag = connection.prepare_cached("INSERT OR IGNORE INTO incident_tag (tag, n) VALUES (?1, ?2)")?;
    for (what, values) in [("target", &incident.targets.value), ("weapon", &incident.weapon.value)] {
        for value in values {
            tag.execute(params![format!("{what}:{value}"), n])?;
        }
    }
    if let (Some(lat), Some(lon)) = (place.lat, place.lon) {
        connection
            .prepare_cached(
                "INSERT INTO incident_spot (n, west, east, south, north) VALUES (?1, ?2, ?2, ?3, ?3)",
            )?
            .execute(params![n, lon, lat])?;
    }
    connection
        .prepare_cached("INSERT INTO incident_words (rowid, words) VALUES (?1, ?2)")?
        .execute(params![n, words])?;
    Ok(())
}
