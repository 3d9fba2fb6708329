//! index: the incidents as the entries make them, to be found quickly.
//!
//! Everything here can be built from the log again; a file that is missing, of another format or made with other
//! knowledge is thrown away and built anew.

mod find;
mod pass;
mod reports;
mod reread;
mod shelf;
mod why;

pub use reports::Listed;
pub use reread::Stranded;
pub use why::{Match, Pair, Unfollowed};

use crate::act::{Act, Done};
use crate::incident::{Incident, Review};
use crate::knowledge::Knowledge;
use crate::log::{Digest, Kind};
use crate::merge::{Override, Policies, Policy};
use crate::report::Mention;
use crate::resolve::{Joiner, Judgement};
use crate::store::{self, Store, StoreError};
use crate::{IncidentId, ReportId};
use pass::Pass;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use shelf::{Held, Tables};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const SCHEMA: &str = include_str!("index.sql");

/// The incidents of a ledger, to be found by what they are.
pub struct Index {
    connection: Connection,
    knowledge: Arc<Knowledge>,
    /// What joins mentions, as it was when so many entries were in the tables.
    joiner: Option<(u64, Joiner)>,
    held: Held,
}

/// What entries changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Reports that came in.
    pub reports: u64,
    /// Mentions in them.
    pub mentions: u64,
    /// Incidents that are new, or other than before.
    pub incidents: BTreeSet<IncidentId>,
}

impl Changes {
    /// With those of later entries.
    pub fn extend(&mut self, other: Changes) {
        self.reports += other.reports;
        self.mentions += other.mentions;
        self.incidents.extend(other.incidents);
    }
}

impl Index {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it can be neither opened nor made.
    pub fn open(path: &Path, knowledge: Arc<Knowledge>) -> Result<Self, StoreError> {
        let made_by = format!("{}\n{}", Digest::of(SCHEMA.as_bytes()).hex(), knowledge.hash());
        let connection = match usable(path, &made_by) {
            Some(connection) => connection,
            None => fresh(path, &made_by).or_else(|error| in_memory(path, &made_by).ok_or(error))?,
        };
        Ok(Index { connection, knowledge, joiner: None, held: Held::default() })
    }

    /// Whether it is in memory, since its file could not be written, and gone with the program.
    pub fn is_in_memory(&self) -> bool {
        self.connection.path().is_none_or(str::is_empty)
    }

    /// Puts incidents with the words they are found by into it, which no entries made: for benchmarks.
    ///
    /// # Errors
    /// When the file cannot be written.
    #[doc(hidden)]
    pub fn put(&mut self, incidents: &mut dyn Iterator<Item = (Incident, String)>) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (incident, words) in incidents {
            find::insert(&transaction, &incident, &words)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// What SQLite itself finds wrong with the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn examine(&self) -> Result<Vec<String>, StoreError> {
        store::examine(&self.connection, "index.db")
    }

    /// Empties it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn clear(&mut self) -> Result<(), StoreError> {
        self.joiner = None;
        self.held.clear();
        let tables = [
            "incident_words",
            "incident_spot",
            "incident_tag",
            "incident",
            "act_mention",
            "act",
            "mention",
            "gone",
            "reading",
            "report",
            "person",
        ];
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for table in tables {
            transaction.execute_batch(&format!("DELETE FROM {table}"))?;
        }
        set(&transaction, "entries", 0)?;
        transaction.commit()?;
        // What was deleted shall not stand in the log of writes either.
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// How many entries are in it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entries(&self) -> Result<u64, StoreError> {
        entries(&self.connection)
    }

    /// Takes in the entries that it does not have yet, joins mentions anew where they bear on it, and puts the incidents
    /// together that are other than before; a portion at a time, each of them all or nothing.
    ///
    /// # Errors
    /// When the log or the file cannot be read or written.
    pub fn catch_up(&mut self, store: &dyn Store, progress: &dyn Fn(u64)) -> Result<Changes, StoreError> {
        let mut changes = Changes::default();
        while self.entries()? < store.tree().size() {
            changes.extend(self.portion(store)?);
            progress(self.entries()?);
        }
        Ok(changes)
    }

    fn portion(&mut self, store: &dyn Store) -> Result<Changes, StoreError> {
        let knowledge = Arc::clone(&self.knowledge);
        let kept = self.joiner.take();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been here in the meantime.
        let from = entries(&transaction)?;
        let mut joiner = match kept {
            Some((size, joiner)) if size == from => joiner,
            _ => {
                self.held.clear();
                load(&transaction, &knowledge)?
            }
        };
        let read = pass::read(store, from, &knowledge)?;
        if from == 0 {
            set(&transaction, "begun", id(store.tree().size()))?;
        }
        // Entries were read without what was erased before the index was begun; what was made of words that were erased
        // since goes with them.
        let begun = state(&transaction, "begun")?;
        if read.iter().any(|read| read.erases(begun, from)) {
            drop(transaction);
            self.clear()?;
            return Ok(Changes::default());
        }
        let to = from + read.len() as u64;
        let changes = Pass::new(&transaction, &knowledge, store, &mut joiner, &mut self.held).take(read)?;
        set(&transaction, "entries", id(to))?;
        transaction.commit()?;
        self.joiner = Some((to, joiner));
        Ok(changes)
    }

    /// The incident that a mention belongs to, by any name it ever had; none when there is no such mention.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn incident_of(&self, mention: &IncidentId) -> Result<Option<IncidentId>, StoreError> {
        incident_of(&self.connection, mention)
    }

    /// An incident by any name it ever had.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn incident(&self, name: &IncidentId) -> Result<Option<Incident>, StoreError> {
        let Some(id) = self.incident_of(name)? else { return Ok(None) };
        let json: Option<String> = self
            .connection
            .prepare_cached("SELECT json FROM incident WHERE id = ?1")?
            .query_row([id.as_str()], |row| row.get(0))
            .optional()?;
        json.map(|json| self.read(&json)).transpose()
    }

    /// Ids of incidents, mentions and reports that begin so.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn begin_with(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        const FOUND_MAX: u32 = 10;
        let end = format!("{prefix}\u{7f}");
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM mention WHERE id >= ?1 AND id < ?2 UNION ALL SELECT id FROM report WHERE id >= ?1 AND id < ?2
             UNION ALL SELECT id FROM gone WHERE id >= ?1 AND id < ?2 LIMIT ?3",
        )?;
        let found = statement.query_map(params![prefix, end, FOUND_MAX], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The entry of a report's newest reading, and why the report was withdrawn, if it was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn report(&self, report: &ReportId) -> Result<Option<(u64, Option<String>)>, StoreError> {
        report_row(&self.connection, report)
    }

    /// The report that a mention stands in; none when there is no such mention.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn report_of(&self, mention: &IncidentId) -> Result<Option<ReportId>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT report FROM mention WHERE id = ?1")?;
        let found: Option<String> = statement.query_row([mention.as_str()], |row| row.get(0)).optional()?;
        Ok(found.as_deref().and_then(ReportId::parse))
    }

    /// The names of all mentions that a report has or had.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn names_in(&self, report: &ReportId) -> Result<Vec<IncidentId>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM mention WHERE report = ?1 UNION SELECT id FROM gone WHERE report = ?1",
        )?;
        let names = statement.query_map([report.as_str()], |row| row.get::<_, String>(0))?;
        let mut found = Vec::new();
        for name in names {
            found.extend(IncidentId::parse(&name?));
        }
        Ok(found)
    }

    /// What was done about an incident under any of its names, in order: number, time, person, act.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn acts(&self, incident: &Incident) -> Result<Vec<Done>, StoreError> {
        acts(&self.connection, &incident.mentions)
    }

    /// What was done about one mention, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn acts_on(&self, mention: &IncidentId) -> Result<Vec<Done>, StoreError> {
        acts(&self.connection, std::slice::from_ref(mention))
    }

    /// Everything of one kind that was done, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn acts_of(&self, kind: &str) -> Result<Vec<Done>, StoreError> {
        acts_of(&self.connection, kind)
    }

    /// Everybody who works with the ledger, and the entries that brought them in.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn people(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT person, seq FROM person ORDER BY seq")?;
        let people = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        let people: Vec<(String, i64)> = people.collect::<Result<_, _>>()?;
        Ok(people.into_iter().map(|(person, seq)| (person, u64::try_from(seq).unwrap_or(0))).collect())
    }

    /// How many reports, mentions and incidents there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn size(&self) -> Result<Size, StoreError> {
        let count = |table: &str| -> Result<u64, StoreError> {
            let n: i64 =
                self.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
            Ok(u64::try_from(n).unwrap_or(0))
        };
        Ok(Size { reports: count("report")?, mentions: count("mention")?, incidents: count("incident")? })
    }

    /// An incident as it was written down, its links under the names that incidents have now.
    fn read(&self, json: &str) -> Result<Incident, StoreError> {
        let mut incident: Incident = serde_json::from_str(json)
            .map_err(|error| StoreError::Index(format!("an incident is damaged: {error}")))?;
        for link in &mut incident.links {
            if let Some(now) = self.incident_of(&link.incident)? {
                link.incident = now;
            }
        }
        incident.links.retain(|link| link.incident != incident.id);
        incident.links.dedup();
        Ok(incident)
    }
}

/// How large a ledger is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Size {
    /// Reports.
    pub reports: u64,
    /// Incidents as single reports tell them.
    pub mentions: u64,
    /// Incidents over all reports.
    pub incidents: u64,
}

/// The policies of the data with those that people chose for this ledger.
fn policies(connection: &Connection, knowledge: &Knowledge) -> Result<Policies, StoreError> {
    let mut policies = knowledge.policies.clone();
    for done in acts_of(connection, Kind::Policy.name())? {
        if let Act::Policy { field, policy } = done.act
            && let Some(policy) = Policy::parse(&policy)
        {
            policies = policies.with(&field, policy);
        }
    }
    Ok(policies)
}

/// What reviewers say of the fields, in order.
fn overrides(done: &[Done]) -> Vec<Override> {
    let said = done.iter().filter_map(|done| match &done.act {
        Act::Override { field, value, reason, .. } => Some(Override {
            entry: done.seq,
            at: done.at,
            who: done.by.clone(),
            field: field.clone(),
            value: value.clone(),
            reason: reason.clone(),
        }),
        _ => None,
    });
    said.collect()
}

/// Where people stand with an incident whose values have this hash now.
fn review(done: &[Done], content: &str) -> Review {
    let mut review = Review { state: crate::review::FIRST.to_owned(), ..Review::default() };
    for done in done {
        match &done.act {
            Act::Review { state, content: seen, .. } => {
                review.state.clone_from(state);
                review.changed_since = seen != content;
                if state == crate::review::APPROVED {
                    review.approved_by = Some(done.by.clone());
                }
            }
            Act::Assignment { person, .. } => review.assigned.clone_from(person),
            _ => {}
        }
    }
    review
}

/// The words an incident is found by: the sentences that tell it, titles, names.
fn words(mentions: &[Mention<'_>], made: &Incident) -> String {
    let mut words = Vec::new();
    for mention in mentions {
        words.extend(mention.report.reading.document.title.as_deref());
        words.extend(mention.incident.evidence.iter().map(|evidence| evidence.quote.as_str()));
    }
    let place = &made.place.value;
    words.extend(
        [&place.name, &place.settlement, &place.adm2, &place.adm1, &place.site]
            .into_iter()
            .filter_map(|name| name.as_deref()),
    );
    words.join("\n")
}

/// A name in the vault does not come into the index.
fn without_names(act: &Act) -> Act {
    match act {
        Act::Person { person, .. } => Act::Person { person: person.clone(), name: None },
        other => other.clone(),
    }
}

fn acts(connection: &Connection, mentions: &[IncidentId]) -> Result<Vec<Done>, StoreError> {
    let mut done: BTreeMap<u64, Done> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE name (id) AS (
             VALUES (?1) UNION SELECT gone.id FROM gone JOIN name ON heir = name.id WHERE erased
         )
         SELECT act.seq, at, person, body FROM name JOIN act_mention ON mention = name.id
         JOIN act ON act.seq = act_mention.seq",
    )?;
    for mention in mentions {
        let rows = statement.query_map([mention.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
        })?;
        for row in rows {
            let (seq, at, by, body) = row?;
            let seq = u64::try_from(seq).unwrap_or(0);
            if let Ok(act) = serde_json::from_str(&body) {
                done.insert(seq, Done { seq, at, by, act });
            }
        }
    }
    Ok(done.into_values().collect())
}

fn acts_of(connection: &Connection, kind: &str) -> Result<Vec<Done>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT seq, at, person, body FROM act WHERE kind = ?1 ORDER BY seq")?;
    let rows = statement.query_map([kind], |row| {
        Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
    })?;
    let mut done = Vec::new();
    for row in rows {
        let (seq, at, by, body) = row?;
        if let Ok(act) = serde_json::from_str(&body) {
            done.push(Done { seq: u64::try_from(seq).unwrap_or(0), at, by, act });
        }
    }
    Ok(done)
}

/// What joins mentions, with those and the judgements that are in the tables.
fn load(connection: &Connection, knowledge: &Knowledge) -> Result<Joiner, StoreError> {
    let mut joiner = Joiner::new(Arc::clone(&knowledge.model), Tables::postings(connection)?);
    for done in acts_of(connection, Kind::Judgement.name())? {
        if let Act::Judgement { verdict, .. } = &done.act {
            let judgement = Judgement { at: id(done.seq), verdict: *verdict };
            joiner.recall(done.act.pairs().into_iter().map(|pair| (pair, judgement.clone())));
        }
    }
    Ok(joiner)
}

fn incident_of(connection: &Connection, name: &IncidentId) -> Result<Option<IncidentId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT incident FROM mention WHERE id = ?1")?;
    let found: Option<String> = statement.query_row([name.as_str()], |row| row.get(0)).optional()?;
    match found {
        Some(incident) => Ok(IncidentId::parse(&incident)),
        None => match reread::heir(connection, name)? {
            Some(heir) => incident_of(connection, &heir),
            None => Ok(None),
        },
    }
}

fn report_row(
    connection: &Connection,
    report: &ReportId,
) -> Result<Option<(u64, Option<String>)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT seq, withdrawn FROM report WHERE id = ?1")?;
    let found =
        statement.query_row([report.as_str()], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
    Ok(found.map(|(seq, withdrawn)| (u64::try_from(seq).unwrap_or(0), withdrawn)))
}

fn remove(connection: &Connection, incident: &IncidentId) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT n FROM incident WHERE id = ?1")?;
    let Some(n) = statement.query_row([incident.as_str()], |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(());
    };
    for table in ["incident", "incident_tag", "incident_spot"] {
        connection.prepare_cached(&format!("DELETE FROM {table} WHERE n = ?1"))?.execute([n])?;
    }
    connection.prepare_cached("DELETE FROM incident_words WHERE rowid = ?1")?.execute([n])?;
    Ok(())
}

fn entries(connection: &Connection) -> Result<u64, StoreError> {
    state(connection, "entries")
}

fn state(connection: &Connection, name: &str) -> Result<u64, StoreError> {
    let found =
        connection.query_row("SELECT value FROM state WHERE name = ?1", [name], |row| row.get::<_, i64>(0));
    Ok(u64::try_from(found.optional()?.unwrap_or(0)).unwrap_or(0))
}

fn set(connection: &Connection, name: &str, value: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO state (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(())
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // It can be built again: the end of the process must not harm it, the loss of power may.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(())
}

/// The file, when it is an index made by this program with this knowledge; none when it is anything else.
fn usable(path: &Path, made_by: &str) -> Option<Connection> {
    let connection = Connection::open(path).ok()?;
    prepare(&connection).ok()?;
    is_made_by(&connection, made_by).then_some(connection)
}

fn is_made_by(connection: &Connection, made_by: &str) -> bool {
    let found = connection
        .query_row("SELECT value FROM state WHERE name = 'made_by'", [], |row| row.get::<_, String>(0));
    found.is_ok_and(|found| found == made_by)
}

/// An index in memory, where none can be written: a copy of the file if that is one, else made anew by the entries.
fn in_memory(path: &Path, made_by: &str) -> Option<Connection> {
    let mut connection = Connection::open_in_memory().ok()?;
    if let Ok(file) = store::unwritable(path)
        && is_made_by(&file, made_by)
    {
        let copy = rusqlite::backup::Backup::new(&file, &mut connection).ok()?;
        copy.run_to_completion(4_096, std::time::Duration::ZERO, None).ok()?;
        drop(copy);
        return Some(connection);
    }
    begin(&connection, made_by).ok()?;
    Some(connection)
}

/// An empty file in the place of whatever is there.
fn fresh(path: &Path, made_by: &str) -> Result<Connection, StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let file = Path::new(&name);
        if file.exists() {
            std::fs::remove_file(file).map_err(|error| StoreError::Io { path: file.to_owned(), error })?;
        }
    }
    store::private(path)?;
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    begin(&connection, made_by)?;
    Ok(connection)
}

fn begin(connection: &Connection, made_by: &str) -> Result<(), StoreError> {
    connection.execute_batch(SCHEMA)?;
    connection.execute("INSERT INTO state (name, value) VALUES ('made_by', ?1)", [made_by])?;
    Ok(())
}

fn id(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
