//! shelf: the mentions in the tables, as the joiner asks for them.

use super::{id, number};
use crate::IncidentId;
use crate::resolve::{Keys, MENTIONS_MAX, Shelf, Traits, missing};
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Mentions that are held in memory, about 1.5 KB each.
const HELD_MAX: usize = 32_768;

/// Mentions that were read or came in lately, by number.
pub(super) type Held = FxHashMap<u32, Arc<Traits>>;

/// The mentions of the tables.
pub(super) struct Tables<'a> {
    pub(super) connection: &'a Connection,
    pub(super) held: &'a mut Held,
}

impl Tables<'_> {
    /// Puts the mentions of a report into the tables, each in a set of its own and an incident of its own; their numbers.
    /// Those that are there already are left as they are.
    pub(super) fn add(&mut self, mentions: Vec<Traits>) -> Result<Vec<(u32, Arc<Traits>)>, StoreError> {
        let Some(first) = mentions.first() else { return Ok(Vec::new()) };
        self.connection
            .prepare_cached("UPDATE report SET traits = ?2 WHERE id = ?1")?
            .execute(params![first.report.as_str(), Traits::to_bytes(&mentions)])?;
        let mut insert = self.connection.prepare_cached(
            "INSERT OR IGNORE INTO mention (id, report, ordinal, incident, keys) VALUES (?1, ?2, ?3, ?1, ?4)",
        )?;
        let mut own = self.connection.prepare_cached("UPDATE mention SET set_n = n WHERE n = ?1")?;
        let mut added = Vec::new();
        for (ordinal, traits) in mentions.into_iter().enumerate() {
            let row =
                params![traits.id.as_str(), traits.report.as_str(), number(ordinal), key_bytes(&traits)];
            if insert.execute(row)? == 0 {
                continue;
            }
            let n = self.connection.last_insert_rowid();
            own.execute([n])?;
            if let Ok(n) = u32::try_from(n) {
                added.push((n, self.hold(n, Arc::new(traits))));
            }
        }
        Ok(added)
    }

    /// All keys with the mentions that are put under them.
    pub(super) fn postings(connection: &Connection) -> Result<Vec<(u32, u32)>, StoreError> {
        let mut statement = connection.prepare("SELECT n, keys FROM mention WHERE n < ?1 ORDER BY n")?;
        let mut rows = statement.query([MENTIONS_MAX])?;
        let mut postings = Vec::new();
        while let Some(row) = rows.next()? {
            let n: u32 = row.get(0)?;
            let (keys, _) = row.get_ref(1)?.as_blob().unwrap_or_default().as_chunks();
            postings.extend(keys.iter().map(|&key| (u32::from_le_bytes(key), n)));
        }
        Ok(postings)
    }

    fn hold(&mut self, n: u32, traits: Arc<Traits>) -> Arc<Traits> {
        if self.held.len() >= HELD_MAX {
            self.held.clear();
        }
        self.held.insert(n, Arc::clone(&traits));
        traits
    }
}

/// The keys of a mention as they are kept.
pub(super) fn key_bytes(traits: &Traits) -> Vec<u8> {
    Keys::of(traits).put().iter().flat_map(|key| key.to_le_bytes()).collect()
}

impl Shelf for Tables<'_> {
    fn number(&self, id: &IncidentId) -> Result<Option<u32>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT n FROM mention WHERE id = ?1")?;
        Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?)
    }

    fn traits(&mut self, number: u32) -> Result<Arc<Traits>, StoreError> {
        if let Some(traits) = self.held.get(&number) {
            return Ok(Arc::clone(traits));
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT traits, ordinal FROM mention JOIN report ON report.id = mention.report WHERE n = ?1",
        )?;
        let found = statement.query_row([number], |row| {
            let of_report = Traits::from_bytes(row.get_ref(0)?.as_blob().unwrap_or_default());
            Ok((of_report, row.get::<_, u32>(1)?))
        });
        let (of_report, ordinal) = found.optional()?.ok_or_else(|| missing(number))?;
        let damaged = || StoreError::Index("a mention is damaged".to_owned());
        let traits = of_report
            .and_then(|of_report| of_report.into_iter().nth(ordinal as usize))
            .ok_or_else(damaged)?;
        Ok(self.hold(number, Arc::new(traits)))
    }

    fn set_of(&self, number: u32) -> Result<u32, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT set_n FROM mention WHERE n = ?1")?;
        statement.query_row([number], |row| row.get(0)).optional()?.ok_or_else(|| missing(number))
    }

    fn members(&self, set: u32) -> Result<Vec<u32>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT n FROM mention WHERE set_n = ?1")?;
        let members = statement.query_map([set], |row| row.get(0))?;
        Ok(members.collect::<Result<_, _>>()?)
    }

    fn put_into(&mut self, number: u32, set: u32) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE mention SET set_n = ?2 WHERE n = ?1")?
            .execute(params![number, id(u64::from(set))])?;
        Ok(())
    }
}
