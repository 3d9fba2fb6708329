//! Readings that took the place of others: which mentions a report has now, and where the names of those before lead.

use super::shelf::key_bytes;
use super::{Index, Pass, acts, id, number, report_row};
use crate::act::Done;
use crate::log::Entry;
use crate::report::{Report, part};
use crate::resolve::{Shelf as _, Traits};
use crate::store::StoreError;
use crate::{IncidentId, ReportId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What people did about a mention that its report no longer has.
#[derive(Clone, Debug, PartialEq)]
pub struct Stranded {
    /// The mention.
    pub mention: IncidentId,
    /// Its report.
    pub report: ReportId,
    /// The entry of the reading that has it no longer.
    pub since: u64,
    /// The mention that its name leads to, if any.
    pub leads_to: Option<IncidentId>,
    /// What was done, in order.
    pub done: Vec<Done>,
}

impl Pass<'_> {
    /// Takes in a newer reading of a report.
    pub(super) fn reread(
        &mut self,
        entry: &Entry,
        report: Report,
        traits: Vec<Traits>,
    ) -> Result<(), StoreError> {
        // Of a report that was erased no reading tells anything.
        let Some((before, _)) = report_row(self.transaction, &report.id)? else { return Ok(()) };
        self.take_out(&report)?;
        self.transaction
            .prepare_cached("UPDATE report SET seq = ?2, incidents = ?3, traits = NULL WHERE id = ?1")?
            .execute(params![report.id.as_str(), id(entry.seq()), number(report.mentions.len())])?;
        self.put_back(&traits)?;
        self.tellings(traits)?;
        let mut reading =
            self.transaction.prepare_cached("INSERT OR IGNORE INTO reading (report, seq) VALUES (?1, ?2)")?;
        for seq in [before, entry.seq()] {
            reading.execute(params![report.id.as_str(), id(seq)])?;
        }
        let gone: BTreeMap<IncidentId, Option<IncidentId>> = part(entry, "gone").unwrap_or_default();
        for (mention, heir) in gone {
            self.transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO gone (id, report, seq, heir, erased) VALUES (?1, ?2, ?3, ?4, 0)",
                )?
                .execute(params![
                    mention.as_str(),
                    report.id.as_str(),
                    id(entry.seq()),
                    heir.as_ref().map(IncidentId::as_str)
                ])?;
        }
        for mention in &report.mentions {
            self.transaction.prepare_cached("DELETE FROM gone WHERE id = ?1")?.execute([mention.as_str()])?;
        }
        self.reports.insert(entry.seq(), Arc::new(report));
        self.changes.reports += 1;
        Ok(())
    }

    /// Notes where the names of mentions lead whose report was erased.
    pub(super) fn erased(
        &mut self,
        gone: &BTreeMap<IncidentId, Option<IncidentId>>,
        seq: u64,
    ) -> Result<(), StoreError> {
        for (mention, heir) in gone {
            self.transaction
                .prepare_cached("INSERT OR REPLACE INTO gone (id, seq, heir, erased) VALUES (?1, ?2, ?3, 1)")?
                .execute(params![mention.as_str(), id(seq), heir.as_ref().map(IncidentId::as_str)])?;
            self.touched.extend(heir.clone());
        }
        Ok(())
    }

    /// Takes the mentions of a report out of those that are joined, and those that it has no longer out of the tables.
    fn take_out(&mut self, report: &Report) -> Result<(), StoreError> {
        let mut had: Vec<(u32, IncidentId)> = Vec::new();
        let mut statement = self
            .transaction
            .prepare_cached("SELECT n, id, incident FROM mention WHERE report = ?1 ORDER BY n")?;
        let rows = statement.query_map([report.id.as_str()], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })?;
        for row in rows {
            let (n, mention, incident) = row?;
            self.touched.extend(IncidentId::parse(&incident));
            had.extend(IncidentId::parse(&mention).map(|mention| (n, mention)));
        }
        if had.iter().any(|(n, _)| self.new.contains_key(n)) {
            // They came with this very pass, and can only be taken from where they are.
            self.joiner.add(&mut self.tables, std::mem::take(&mut self.new).into_iter().collect())?;
        }
        for (n, mention) in had {
            self.joiner.remove(&mut self.tables, n)?;
            self.tables.held.remove(&n);
            if !report.mentions.contains(&mention) {
                self.transaction.prepare_cached("DELETE FROM mention WHERE n = ?1")?.execute([n])?;
            }
            self.touched.insert(mention);
        }
        Ok(())
    }

    /// Puts the mentions that a report still has back with what they are compared by now.
    fn put_back(&mut self, traits: &[Traits]) -> Result<(), StoreError> {
        for (ordinal, traits) in traits.iter().enumerate() {
            let Some(n) = self.tables.number(&traits.id)? else { continue };
            self.transaction
                .prepare_cached("UPDATE mention SET ordinal = ?2, keys = ?3, set_n = n WHERE n = ?1")?
                .execute(params![n, number(ordinal), key_bytes(traits)])?;
            self.new.insert(n, Arc::new(traits.clone()));
        }
        Ok(())
    }
}

impl Index {
    /// The entries of a report's readings, the one that brought it in first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn readings(&self, report: &ReportId) -> Result<Vec<u64>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT seq FROM reading WHERE report = ?1 ORDER BY seq")?;
        let rows = statement.query_map([report.as_str()], |row| row.get::<_, i64>(0))?;
        let mut readings = Vec::new();
        for row in rows {
            readings.extend(u64::try_from(row?));
        }
        if readings.is_empty() {
            readings.extend(self.report(report)?.map(|(seq, _)| seq));
        }
        Ok(readings)
    }

    /// All reports, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reports(&self) -> Result<Vec<ReportId>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM report ORDER BY entry, id")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut reports = Vec::new();
        for row in rows {
            reports.extend(ReportId::parse(&row?));
        }
        Ok(reports)
    }

    /// The report that a mention stood in and the entry of the reading that no longer has it; none when it is still read, or
    /// never was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn gone(&self, mention: &IncidentId) -> Result<Option<(ReportId, u64)>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT report, seq FROM gone WHERE id = ?1 AND NOT erased")?;
        let found = statement
            .query_row([mention.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        Ok(found.and_then(|(report, seq)| Some((ReportId::parse(&report)?, u64::try_from(seq).ok()?))))
    }

    /// The mention that a name leads to now; none when there is no such mention, or nothing is read in its words any more.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn mention(&self, name: &IncidentId) -> Result<Option<IncidentId>, StoreError> {
        mention(&self.connection, name)
    }

    /// What people did about mentions that are no longer read.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stranded(&self) -> Result<Vec<Stranded>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT gone.id, report, gone.seq FROM gone JOIN act_mention ON mention = gone.id
             WHERE NOT erased ORDER BY gone.seq, gone.id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
        })?;
        let mut stranded = Vec::new();
        for row in rows {
            let (mention, report, since) = row?;
            let (Some(mention), Some(report)) = (IncidentId::parse(&mention), ReportId::parse(&report))
            else {
                continue;
            };
            stranded.push(Stranded {
                leads_to: self.mention(&mention)?,
                done: acts(&self.connection, std::slice::from_ref(&mention))?,
                since: u64::try_from(since).unwrap_or(0),
                mention,
                report,
            });
        }
        Ok(stranded)
    }
}

/// The mention that a name leads to now.
fn mention(connection: &Connection, name: &IncidentId) -> Result<Option<IncidentId>, StoreError> {
    let mut read = connection.prepare_cached("SELECT 1 FROM mention WHERE id = ?1")?;
    if read.exists([name.as_str()])? { Ok(Some(name.clone())) } else { heir(connection, name) }
}

/// The mention that the name of one that is no longer read leads to.
pub(super) fn heir(connection: &Connection, name: &IncidentId) -> Result<Option<IncidentId>, StoreError> {
    /// Names that a name can have led to: more often no report is read anew.
    const STEPS_MAX: usize = 1000;
    let mut name = name.clone();
    for _ in 0..STEPS_MAX {
        let mut gone = connection.prepare_cached("SELECT heir FROM gone WHERE id = ?1")?;
        let heir: Option<Option<String>> = gone.query_row([name.as_str()], |row| row.get(0)).optional()?;
        let Some(heir) = heir.flatten().as_deref().and_then(IncidentId::parse) else { return Ok(None) };
        let mut read = connection.prepare_cached("SELECT 1 FROM mention WHERE id = ?1")?;
        if read.exists([heir.as_str()])? {
            return Ok(Some(heir));
        }
        name = heir;
    }
    Ok(None)
}
