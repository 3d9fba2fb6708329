//! find: a filter to the incidents that pass it.

use super::Index;
use crate::filter::{BadQuery, Filter};
use crate::incident::Incident;
use crate::store::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

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
        let (conditions, values) = self.conditions(filter)?;
        let limit = filter.limit.map(|n| format!(" LIMIT {n}")).unwrap_or_default();
        let sql = format!("SELECT json FROM incident{conditions} ORDER BY latest DESC, id{limit}");
        self.query(filter, &sql, values, &mut |row| visit(self.read(&row.get::<_, String>(0)?)?))
    }

    /// How many incidents pass the filter, its limit aside.
    ///
    /// # Errors
    /// As [`Index::find`].
    pub fn count(&self, filter: &Filter) -> Result<u64, StoreError> {
        if let Some(tags) = only_tags(filter) {
            // The list of a tag is counted without a look at its incidents.
            let sql =
                format!("SELECT count(DISTINCT n) FROM incident_tag WHERE tag IN ({})", places(tags.len()));
            return self.counted(filter, &sql, tags.into_iter().map(Value::Text).collect());
        }
        let (conditions, values) = self.conditions(filter)?;
        self.counted(filter, &format!("SELECT count(*) FROM incident{conditions}"), values)
    }

    fn counted(&self, filter: &Filter, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let mut count = 0;
        self.query(filter, sql, values, &mut |row| {
            count = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
            Ok(())
        })?;
        Ok(count)
    }

    /// How many incidents without a date pass the filter but for the days that it asks for.
    ///
    /// # Errors
    /// As [`Index::find`].
    pub fn count_undated(&self, filter: &Filter) -> Result<u64, StoreError> {
        let all = Filter { from: None, to: None, ..filter.clone() };
        let (conditions, values) = self.conditions(&all)?;
        let and = if conditions.is_empty() { " WHERE" } else { " AND" };
        let sql =
            format!("SELECT count(*) FROM incident{conditions}{and} latest IS NULL AND earliest IS NULL");
        self.counted(filter, &sql, values)
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

    /// ` WHERE …` with its values.
    fn conditions(&self, filter: &Filter) -> Result<(String, Vec<Value>), StoreError> {
        let mut query = Conditions::default();
        let (from, to) = match filter.undated {
            true => ("(latest >= ? OR latest IS NULL)", "(earliest <= ? OR earliest IS NULL)"),
            false => ("latest >= ?", "earliest <= ?"),
        };
        query.one(from, filter.from.map(|day| day.to_string().into()));
        query.one(to, filter.to.map(|day| day.to_string().into()));
        query.any("country", &filter.country);
        query.any("mode", &filter.mode);
        query.any("perpetrator_state", &filter.perpetrator_state);
        query.any("review", &filter.review);
        query.any("grade", &filter.grade);
        query.one("assigned = ?", filter.assigned.clone().map(Value::Text));
        query.one("killed >= ?", filter.killed_min.map(number));
        query.one("injured >= ?", filter.injured_min.map(number));
        query.one("election = ?", filter.election.map(|is| i64::from(is).into()));
        match filter.conflict {
            Some(true) => query.plain("conflicts > 0"),
            Some(false) => query.plain("conflicts = 0"),
            None => {}
        }
        for (what, values) in [("target", &filter.target), ("weapon", &filter.weapon)] {
            if !values.is_empty() {
                let tags = tags(what, values);
                let rare = self.is_rare(&tags)?;
                query.tagged(tags, rare);
            }
        }
        if let Some(bounds) = filter.bbox {
            query.within(bounds);
        }
        let words = words(filter)?;
        query.one(
            "n IN (SELECT rowid FROM incident_words WHERE incident_words MATCH ?)",
            words.map(Value::Text),
        );
        Ok(query.finish())
    }

    /// Whether so few incidents have one of these tags that it is quicker to begin with them.
    fn is_rare(&self, tags: &[String]) -> Result<bool, StoreError> {
        const FEW: i64 = 5_000;
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM incident_tag WHERE tag IN ({}) LIMIT {FEW})",
            places(tags.len())
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found: i64 = statement.query_row(params_from_iter(tags), |row| row.get(0))?;
        Ok(found < FEW)
    }
}

fn tags(what: &str, values: &[String]) -> Vec<String> {
    values.iter().map(|value| format!("{what}:{value}")).collect()
}

/// The tags of one kind that a filter asks for when it asks for nothing else.
fn only_tags(filter: &Filter) -> Option<Vec<String>> {
    let (what, values) = match (filter.target.is_empty(), filter.weapon.is_empty()) {
        (false, true) => ("target", &filter.target),
        (true, false) => ("weapon", &filter.weapon),
        _ => return None,
    };
    let rest = Filter { target: Vec::new(), weapon: Vec::new(), limit: None, ..filter.clone() };
    (rest == Filter::default()).then(|| tags(what, values))
}

/// The query of the full-text index: the words as they were meant, names as whole words of which the last may go on.
fn words(filter: &Filter) -> Result<Option<String>, BadQuery> {
    let mut parts = Vec::new();
    if let Some(text) = &filter.text {
        let bad = |fault: &str| BadQuery { query: text.clone(), fault: fault.to_owned() };
        parts.push(format!("words : ({})", search(text).map_err(bad)?));
    }
    for (column, names) in
        [("place", filter.place.as_slice()), ("perpetrator", filter.perpetrator.as_slice())]
    {
        if let Some(name) = names.iter().find(|name| !name.contains(char::is_alphanumeric)) {
            return Err(BadQuery { query: name.clone(), fault: NO_WORDS.to_owned() });
        }
        let named: Vec<String> =
            names.iter().map(|name| format!("{column} : \"{}\" *", name.replace('"', " "))).collect();
        if !named.is_empty() {
            parts.push(format!("({})", named.join(" OR ")));
        }
    }
    Ok(if parts.is_empty() { None } else { Some(parts.join(" AND ")) })
}

const NO_WORDS: &str = "there are no words in it";

/// A search as SQLite is asked it: words and "several words" with AND, OR, NOT and brackets between, `*` behind a
/// beginning. Each word is quoted, so that signs in it ask for nothing else.
fn search(text: &str) -> Result<String, &'static str> {
    const OPERATORS: [&str; 3] = ["AND", "OR", "NOT"];
    const BETWEEN: &str = "AND, OR and NOT stand between words";
    const BRACKETS: &str = "its brackets do not go together";
    let (mut query, mut depth, mut wants_word) = (String::new(), 0_usize, true);
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let inner = rest.strip_prefix(['"', '(', ')']);
        let (word, after) = match (first, inner) {
            ('(', Some(inner)) => {
                query.push_str(if wants_word { "(" } else { " AND (" });
                (depth, wants_word, rest) = (depth + 1, true, inner.trim_start());
                continue;
            }
            (')', Some(inner)) => {
                depth = depth.checked_sub(1).filter(|_| !wants_word).ok_or(BRACKETS)?;
                query.push(')');
                rest = inner.trim_start();
                continue;
            }
            ('"', Some(inner)) => inner.split_once('"').ok_or("a double quote is left open")?,
            _ => rest.split_at(rest.find([' ', '\t', '\n', '"', '(', ')']).unwrap_or(rest.len())),
        };
        let quoted = first == '"';
        let begins = if quoted { after.starts_with('*') } else { word.ends_with('*') };
        rest = after.trim_start_matches('*').trim_start();
        if !quoted && OPERATORS.contains(&word) {
            if wants_word {
                return Err(BETWEEN);
            }
            query.push_str(&format!(" {word} "));
            wants_word = true;
        } else if word.contains(char::is_alphanumeric) {
            let and = if wants_word { "" } else { " AND " };
            query.push_str(&format!("{and}\"{}\"{}", word.replace('"', " "), if begins { "*" } else { "" }));
            wants_word = false;
        }
    }
    match (query.is_empty(), wants_word, depth) {
        (true, ..) => Err(NO_WORDS),
        (false, true, 0) => Err(BETWEEN),
        (false, false, 0) => Ok(query),
        _ => Err(BRACKETS),
    }
}

fn is_of_the_search(fault: &str) -> bool {
    ["fts5", "no such column", "unterminated string", "unknown special query"]
        .iter()
        .any(|part| fault.contains(part))
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

    /// Rare tags are begun with; of frequent ones each candidate is asked.
    fn tagged(&mut self, tags: Vec<String>, rare: bool) {
        let tag = format!("tag IN ({})", places(tags.len()));
        self.parts.push(if rare {
            format!("n IN (SELECT n FROM incident_tag WHERE {tag})")
        } else {
            format!("EXISTS (SELECT 1 FROM incident_tag WHERE {tag} AND incident_tag.n = incident.n)")
        });
        self.values.extend(tags.into_iter().map(Value::Text));
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

/// Puts an incident into the tables that are searched.
pub(super) fn insert(connection: &Connection, incident: &Incident, words: &str) -> Result<(), StoreError> {
    let place = &incident.place.value;
    let names = [&place.site, &place.name, &place.settlement, &place.adm2, &place.adm1];
    let names: Vec<&str> = names.into_iter().filter_map(Option::as_deref).collect();
    let best = |figure: &Option<crate::incident::Figure>| {
        figure.as_ref().map(|f| i64::try_from(f.best).unwrap_or(i64::MAX))
    };
    let json = serde_json::to_string(incident).unwrap_or_default();
    connection
        .prepare_cached(
            "INSERT INTO incident (id, mode, country, earliest, latest, killed, injured, perpetrator_state, election,
             grade, review, assigned, conflicts, json)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            incident.id.as_str(),
            incident.mode.value,
            place.country,
            incident.date.value.earliest,
            incident.date.value.latest,
            best(&incident.killed.value),
            best(&incident.injured.value),
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
        .prepare_cached(
            "INSERT INTO incident_words (rowid, words, place, perpetrator) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![n, words, names.join("\n"), incident.perpetrator.value.name])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_in_words_ask_for_nothing_else() {
        for (text, query) in [
            ("it's", "\"it's\""),
            ("a-b Kherson:", "\"a-b\" AND \"Kherson:\""),
            ("\"city hospital\" OR shell*", "\"city hospital\" OR \"shell*\"*"),
            ("drone NOT (car OR \"red bus\")", "\"drone\" NOT (\"car\" OR \"red bus\")"),
            ("not and or", "\"not\" AND \"and\" AND \"or\""),
        ] {
            assert_eq!(search(text).as_deref(), Ok(query));
        }
        for text in [
            "",
            " ",
            "-",
            "\"\"",
            "OR car",
            "drone AND",
            "(drone",
            "drone)",
            "()",
            "drone OR -",
            "\"left open",
        ] {
            assert!(search(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_search_is_understood_or_refused_in_our_own_words(text in "([a-z'*:^+{}()\"ßя-]{0,4}| |AND|OR|NOT|NEAR){0,12}") {
            let Ok(query) = search(&text) else { return Ok(()) };
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE VIRTUAL TABLE t USING fts5(words, place)").unwrap();
            let found = connection.query_row("SELECT count(*) FROM t WHERE t MATCH ?1", [format!("words : ({query})")], |row| row.get::<_, i64>(0));
            prop_assert_eq!(found.map_err(|error| error.to_string()), Ok(0));
        }
    }
}
