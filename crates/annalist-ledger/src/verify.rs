//! verify: whether the log is what it was.
//!
//! Every header, every link of the tree and every value is looked at again; what a signed checkpoint kept elsewhere says
//! is compared with the log, since only that shows a log that was replaced as a whole.

use crate::act::Act;
use crate::log::checkpoint::Checkpoint;
use crate::log::merkle::{self, Frontier};
use crate::log::{Digest, Entry, Kind};
use crate::report::Report;
use crate::store::{Row, Store, StoreError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Faults listed one by one.
const FAULTS_MAX: usize = 100;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Entries looked at.
    pub entries: u64,
    /// Values hashed again.
    pub values: u64,
    /// Values that were erased, each by an entry that says so.
    pub erased: u64,
    /// Head of the tree over what is there, hexadecimal.
    pub root: String,
    /// Checkpoints that hold.
    pub checkpoints: u64,
    /// What is wrong; empty when nothing is. The first hundred faults.
    pub faults: Vec<Fault>,
    /// How many faults there are.
    pub faults_found: u64,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The entry, where it is one entry's fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// What is wrong, for a person.
    pub fault: String,
    /// The checkpoint that it is about, by its place among those given.
    #[serde(skip)]
    pub checkpoint: Option<usize>,
}

impl Verified {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults_found == 0
    }

    fn fault_of(&mut self, checkpoint: usize, fault: String) {
        self.faults_found += 1;
        self.faults.push(Fault { entry: None, fault, checkpoint: Some(checkpoint) });
    }

    fn fault(&mut self, entry: Option<u64>, fault: impl Into<String>) {
        self.faults_found += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { entry, fault: fault.into(), checkpoint: None });
        }
    }
}

/// Looks at the whole log, and at what checkpoints kept elsewhere say of it.
///
/// # Errors
/// When the store cannot be read at all; what is wrong with the log is in the answer.
pub fn verify(
    store: &dyn Store,
    checkpoints: &[Checkpoint],
    progress: &mut dyn FnMut(u64),
) -> Result<Verified, StoreError> {
    let mut pass = Pass::new(checkpoints);
    let mut keys: Vec<(u64, Digest)> = Vec::new();
    store.rows(0, &mut |row| {
        progress(row.seq);
        keys.extend(pass.row(row));
        Ok(true)
    })?;
    for (seq, key) in keys {
        if store.once(&key)? != Some(seq) {
            pass.found
                .fault(Some(seq), "its capture is not known by its hash, so that it could be added twice");
        }
    }
    Ok(pass.finish(store.tree()))
}

struct Pass {
    found: Verified,
    tree: Frontier,
    /// What checkpoints say, by size.
    expected: BTreeMap<u64, Vec<(usize, Checkpoint)>>,
    origin: Option<String>,
    /// Fields that are missing, and those that an entry says were erased.
    missing: BTreeSet<(u64, String)>,
    erased: BTreeSet<(u64, String)>,
}

impl Pass {
    fn new(checkpoints: &[Checkpoint]) -> Self {
        let mut expected: BTreeMap<u64, Vec<(usize, Checkpoint)>> = BTreeMap::new();
        for (n, checkpoint) in checkpoints.iter().enumerate() {
            expected.entry(checkpoint.size).or_default().push((n, checkpoint.clone()));
        }
        let mut pass = Pass {
            found: Verified::default(),
            tree: Frontier::default(),
            expected,
            origin: None,
            missing: BTreeSet::new(),
            erased: BTreeSet::new(),
        };
        pass.compare();
        pass
    }

    /// The hash of its capture, when the row is a report's.
    fn row(&mut self, row: Row) -> Option<(u64, Digest)> {
        let expected = self.tree.size();
        if row.seq != expected {
            self.found.fault(Some(expected), format!("the next entry is {}", row.seq));
        }
        // The tree is made of what is there, whatever else is wrong with it.
        self.tree.push(merkle::leaf(&row.header));
        self.found.entries += 1;
        let key = match row.clone().entry() {
            Ok(entry) => self.entry(&entry),
            Err(error) => {
                let fault = match error {
                    StoreError::Damaged { fault, .. } => fault,
                    other => other.to_string(),
                };
                self.found.fault(Some(row.seq), fault);
                None
            }
        };
        self.compare();
        key.map(|key| (row.seq, key))
    }

    fn entry(&mut self, entry: &Entry) -> Option<Digest> {
        let seq = entry.seq();
        self.found.values += entry.held.len() as u64;
        for name in entry.false_fields() {
            self.found.fault(Some(seq), format!("{name} is not the value that was committed to"));
        }
        self.missing.extend(entry.erased().map(|name| (seq, name.to_owned())));
        match Act::of(entry) {
            Some(Act::Erasure { entry, names, .. }) => {
                self.erased.extend(names.into_iter().map(|name| (entry, name)))
            }
            Some(Act::Ledger { origin, .. }) => self.origin = Some(origin),
            _ => {}
        }
        (entry.header.kind == Kind::Report).then(|| entry.value("capture").map(Report::key)).flatten()
    }

    /// Whether the tree is the one that checkpoints of this size saw.
    fn compare(&mut self) {
        let size = self.tree.size();
        let Some(checkpoints) = self.expected.remove(&size) else { return };
        let root = self.tree.root();
        for (n, checkpoint) in checkpoints {
            if checkpoint.root == root {
                self.found.checkpoints += 1;
            } else {
                let fault = format!(
                    "the first {size} entries are not those of the checkpoint: something in them was changed"
                );
                self.found.fault_of(n, fault);
            }
            if let Some(origin) = &self.origin
                && *origin != checkpoint.origin
            {
                let fault =
                    format!("the checkpoint is one of {}, this ledger is {origin}", checkpoint.origin);
                self.found.fault_of(n, fault);
            }
        }
    }

    fn finish(mut self, kept: &Frontier) -> Verified {
        let size = self.tree.size();
        for (n, Checkpoint { size: saw, .. }) in self.expected.values().flatten() {
            let fault =
                format!("a checkpoint saw {saw} entries, there are {size}: entries are missing at the end");
            self.found.fault_of(*n, fault);
        }
        if *kept != self.tree {
            self.found.fault(None, "the head of the tree that is kept is not that of the entries");
        }
        for (seq, name) in &self.missing {
            if self.erased.contains(&(*seq, name.clone())) {
                self.found.erased += 1;
            } else {
                self.found
                    .fault(Some(*seq), format!("{name} is missing, and no entry says that it was erased"));
            }
        }
        self.found.root = self.tree.root().hex();
        self.found
    }
}
