//! pass: entries on their way into the tables.

use super::shelf::{Held, Tables};
use super::{Changes, acts, find, id, incident_of, number, overrides, policies, remove, review};
use super::{without_names, words};
use crate::act::{Act, Done};
use crate::incident::Incident;
use crate::knowledge::Knowledge;
use crate::log::{Entry, Kind};
use crate::merge::{self, Merging, Policies};
use crate::report::{Mention, Report};
use crate::resolve::{self, Joiner, Judgement, Shelf as _, Traits};
use crate::store::{Row, Store, StoreError};
use crate::{IncidentId, ReportId};
use rayon::prelude::*;
use rusqlite::{Transaction, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entries taken in at once; few where tests run, so that incidents come together over several portions.
const PORTION: usize = if cfg!(debug_assertions) { 16 } else { 1024 };
/// The same by their bytes as they are kept: long reports come in smaller portions.
const PORTION_BYTES: usize = 16 << 20;
/// Incidents put together at once, whose reports are in memory together.
const TOGETHER: usize = 256;

/// An entry that was read; of a report also that, and what its mentions are compared by.
pub(super) struct Read {
    entry: Entry,
    report: Option<(Report, Vec<Traits>)>,
}

impl Read {
    /// Whether it is one from `since` on that took something out of an entry before `taken`.
    pub(super) fn erases(&self, since: u64, taken: u64) -> bool {
        self.entry.header.kind == Kind::Erasure
            && self.entry.seq() >= since
            && matches!(Act::of(&self.entry), Some(Act::Erasure { entry, .. }) if entry < taken)
    }
}

/// Reads the next entries, on all processors.
pub(super) fn read(store: &dyn Store, from: u64, knowledge: &Knowledge) -> Result<Vec<Read>, StoreError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut bytes = 0;
    store.rows(from, &mut |row| {
        let expected = from + rows.len() as u64;
        if row.seq != expected {
            return Err(StoreError::Damaged { seq: expected, fault: "it is missing".to_owned() });
        }
        bytes += row.header.len() + row.body.len() + row.vault.len();
        rows.push(row);
        Ok(rows.len() < PORTION && bytes < PORTION_BYTES)
    })?;
    if rows.is_empty() {
        return Err(StoreError::Damaged { seq: from, fault: "it is missing".to_owned() });
    }
    let read = |row: Row| {
        let entry = row.entry()?;
        let report = Report::of(&entry).map(|report| {
            let traits =
                if report.mentions.is_empty() { Vec::new() } else { knowledge.model.traits(&report) };
            (report, traits)
        });
        Ok(Read { entry, report })
    };
    rows.into_par_iter().map(read).collect()
}

/// Entries on their way into the tables.
pub(super) struct Pass<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) tables: Tables<'a>,
    knowledge: &'a Knowledge,
    store: &'a dyn Store,
    pub(super) joiner: &'a mut Joiner,
    /// The reports that came in, by their entries.
    pub(super) reports: BTreeMap<u64, Arc<Report>>,
    /// Mentions that came in, by number.
    pub(super) new: BTreeMap<u32, Arc<Traits>>,
    /// Mentions whose incident is to be put together again.
    pub(super) touched: BTreeSet<IncidentId>,
    pub(super) changes: Changes,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        transaction: &'a Transaction<'a>,
        knowledge: &'a Knowledge,
        store: &'a dyn Store,
        joiner: &'a mut Joiner,
        held: &'a mut Held,
    ) -> Self {
        Pass {
            transaction,
            tables: Tables { connection: transaction, held },
            knowledge,
            store,
            joiner,
            reports: BTreeMap::new(),
            new: BTreeMap::new(),
            touched: BTreeSet::new(),
            changes: Changes::default(),
        }
    }

    /// Takes entries into the tables, joins what they bear on and puts its incidents together.
    pub(super) fn take(mut self, read: Vec<Read>) -> Result<Changes, StoreError> {
        for Read { entry, report } in read {
            match (entry.header.kind, report) {
                (Kind::Report, Some((report, traits))) => self.report(report, traits, entry.seq())?,
                (Kind::Reading, Some((report, traits))) => self.reread(&entry, report, traits)?,
                // A report whose reading was erased tells nothing any more.
                (Kind::Report | Kind::Reading, None) => {}
                _ => self.act(&entry)?,
            }
        }
        self.join()?;
        self.assemble()?;
        Ok(self.changes)
    }

    /// Takes in what somebody did.
    fn act(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let Some(act) = Act::of(entry) else { return Ok(()) };
        self.note(entry, &act)?;
        match &act {
            Act::Person { person, .. } => {
                self.transaction
                    .prepare_cached("INSERT OR REPLACE INTO person (person, seq) VALUES (?1, ?2)")?
                    .execute(params![person, id(entry.seq())])?;
            }
            Act::Withdrawal { report, withdrawn, reason } => self.withdraw(report, *withdrawn, reason)?,
            Act::Erasure { gone, .. } => self.erased(gone, entry.seq())?,
            // Every incident may have other values now.
            Act::Policy { .. } => self.touch_all()?,
            Act::Judgement { verdict, .. } => {
                let judgement = Judgement { at: id(entry.seq()), verdict: *verdict };
                for pair in act.pairs() {
                    self.joiner.judge(&self.tables, pair, judgement.clone())?;
                }
            }
            _ => {}
        }
        self.touched.extend(act.incidents().into_iter().cloned());
        Ok(())
    }

    fn report(&mut self, report: Report, traits: Vec<Traits>, seq: u64) -> Result<(), StoreError> {
        let document = &report.reading.document;
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO report (id, seq, entry, added_at, found_at, outlet, title, url, published_at, incidents)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                report.id.as_str(),
                id(seq),
                id(report.entry),
                report.added_at,
                report.found_at,
                document.outlet,
                document.title,
                document.url,
                document.published_at,
                number(report.mentions.len())
            ])?;
        self.changes.reports += 1;
        self.reports.insert(seq, Arc::new(report));
        self.tellings(traits)
    }

    /// Takes in the mentions of a report.
    pub(super) fn tellings(&mut self, traits: Vec<Traits>) -> Result<(), StoreError> {
        let new = self.tables.add(traits)?;
        self.changes.mentions += new.len() as u64;
        self.touched.extend(new.iter().map(|(_, traits)| traits.id.clone()));
        self.new.extend(new);
        Ok(())
    }

    fn note(&self, entry: &Entry, act: &Act) -> Result<(), StoreError> {
        let body = serde_json::to_string(&without_names(act)).unwrap_or_default();
        self.transaction
            .prepare_cached("INSERT INTO act (seq, at, person, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                id(entry.seq()),
                entry.header.at,
                entry.header.by,
                entry.header.kind.name(),
                body
            ])?;
        let mut about = self
            .transaction
            .prepare_cached("INSERT OR IGNORE INTO act_mention (mention, seq) VALUES (?1, ?2)")?;
        for incident in act.incidents() {
            about.execute(params![incident.as_str(), id(entry.seq())])?;
        }
        Ok(())
    }

    /// Its mentions stay with their incidents, where they no longer count.
    fn withdraw(&mut self, report: &ReportId, withdrawn: bool, reason: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE report SET withdrawn = ?2 WHERE id = ?1")?
            .execute(params![report.as_str(), withdrawn.then_some(reason)])?;
        let mut statement = self.transaction.prepare_cached("SELECT id FROM mention WHERE report = ?1")?;
        let mentions = statement.query_map([report.as_str()], |row| row.get::<_, String>(0))?;
        for mention in mentions {
            self.touched.extend(IncidentId::parse(&mention?));
        }
        Ok(())
    }

    fn touch_all(&mut self) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached("SELECT id FROM mention")?;
        let mentions = statement.query_map([], |row| row.get::<_, String>(0))?;
        for mention in mentions {
            self.touched.extend(IncidentId::parse(&mention?));
        }
        Ok(())
    }

    /// Joins what was touched.
    fn join(&mut self) -> Result<(), StoreError> {
        self.joiner.add(&mut self.tables, std::mem::take(&mut self.new).into_iter().collect())?;
        let joined = self.joiner.join(&mut self.tables)?;
        for cluster in joined.clusters {
            let mut place = self
                .transaction
                .prepare_cached("UPDATE mention SET incident = ?2 WHERE id = ?1 AND incident <> ?2")?;
            for mention in &cluster.mentions {
                let before = incident_of(self.transaction, mention)?;
                if place.execute(params![mention.as_str(), cluster.id.as_str()])? > 0 {
                    // Both the incident it left and the one it came to are other ones now.
                    self.touched.extend(before);
                    self.touched.insert(mention.clone());
                }
            }
        }
        for mention in std::mem::take(&mut self.touched) {
            match incident_of(self.transaction, &mention)? {
                Some(now) if now == mention => {}
                // It is no incident of its own any more.
                _ => remove(self.transaction, &mention)?,
            }
            self.changes.incidents.extend(incident_of(self.transaction, &mention)?);
        }
        Ok(())
    }

    /// Puts the incidents together that are other than before.
    fn assemble(&mut self) -> Result<(), StoreError> {
        let policies = policies(self.transaction, self.knowledge)?;
        let incidents: Vec<IncidentId> = self.changes.incidents.iter().cloned().collect();
        for some in incidents.chunks(TOGETHER) {
            let mut parts = Vec::new();
            for incident in some {
                parts.push(self.parts(incident)?);
            }
            let reports = self.reports_of(&parts)?;
            let made: Vec<_> = parts.par_iter().map(|parts| parts.assemble(&policies, &reports)).collect();
            for (incident, made) in some.iter().zip(made) {
                remove(self.transaction, incident)?;
                if let Some((made, words)) = made {
                    find::insert(self.transaction, &made, &words)?;
                }
            }
        }
        Ok(())
    }

    /// What an incident is made of.
    fn parts(&mut self, incident: &IncidentId) -> Result<Parts, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT mention.id, n, ordinal, seq, withdrawn FROM mention JOIN report ON report.id = mention.report
             WHERE incident = ?1 ORDER BY entry, mention.id",
        )?;
        let mut rows = statement.query([incident.as_str()])?;
        let mut parts = Parts::default();
        while let Some(row) = rows.next()? {
            let Some(mention) = IncidentId::parse(&row.get::<_, String>(0)?) else { continue };
            parts.traits.push(self.tables.traits(row.get(1)?)?);
            parts.told.push(Telling {
                mention,
                ordinal: row.get::<_, u32>(2)? as usize,
                seq: u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
                withdrawn: row.get(4)?,
            });
        }
        let names: Vec<IncidentId> = parts.told.iter().map(|told| told.mention.clone()).collect();
        parts.done = acts(self.transaction, &names)?;
        Ok(parts)
    }

    /// The reports that incidents are made of, by the entries of their newest readings, each as it stands or withdrawn.
    fn reports_of(&mut self, parts: &[Parts]) -> Result<BTreeMap<u64, Arc<Report>>, StoreError> {
        let told = || parts.iter().flat_map(|parts| &parts.told);
        let mut rows = Vec::new();
        for seq in told().map(|told| told.seq).collect::<BTreeSet<_>>() {
            if !self.reports.contains_key(&seq) {
                self.store.rows(seq, &mut |row| {
                    rows.extend((row.seq == seq).then_some(row));
                    Ok(false)
                })?;
            }
        }
        let read: Vec<(u64, Option<Report>)> = rows
            .into_par_iter()
            .map(|row| Ok((row.seq, Report::of(&row.entry()?))))
            .collect::<Result<_, StoreError>>()?;
        let mut reports = self.reports.clone();
        reports.extend(read.into_iter().filter_map(|(seq, report)| Some((seq, Arc::new(report?)))));
        for told in told().filter(|told| told.withdrawn.is_some()) {
            if let Some(report) = reports.get_mut(&told.seq) {
                Arc::make_mut(report).withdrawn.clone_from(&told.withdrawn);
            }
        }
        Ok(reports)
    }
}

/// What an incident is made of: its mentions, oldest first, and what people did about it.
#[derive(Default)]
struct Parts {
    told: Vec<Telling>,
    traits: Vec<Arc<Traits>>,
    done: Vec<Done>,
}

/// A mention and where it is told: an incident of the reading of an entry.
struct Telling {
    mention: IncidentId,
    ordinal: usize,
    seq: u64,
    withdrawn: Option<String>,
}

impl Parts {
    /// The incident with the words it is found by; none when no report of it is left.
    fn assemble(
        &self,
        policies: &Policies,
        reports: &BTreeMap<u64, Arc<Report>>,
    ) -> Option<(Incident, String)> {
        let mut mentions: Vec<Mention<'_>> = Vec::new();
        for Telling { mention: id, ordinal, seq, .. } in &self.told {
            let told =
                reports.get(seq).and_then(|report| Some((report, report.reading.incidents.get(*ordinal)?)));
            mentions.extend(told.map(|(report, incident)| Mention { id, report, incident }));
        }
        let traits: Vec<&Traits> = self.traits.iter().map(|traits| &**traits).collect();
        let keys: BTreeMap<&ReportId, String> =
            traits.iter().map(|traits| &traits.report).zip(resolve::independence(&traits)).collect();
        let with = Merging {
            policies,
            key: &|report| keys.get(&report.id).cloned().unwrap_or_else(|| report.id.to_string()),
            // Links stay with mentions: they are shown under the names that incidents have then.
            incident_of: &IncidentId::clone,
        };
        let mut made = merge::incident(&mentions, &overrides(&self.done), &with)?;
        made.review = review(&self.done, &made.content_hash());
        let words = words(&mentions, &made);
        Some((made, words))
    }
}
