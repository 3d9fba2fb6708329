//! store: entries that must not be lost, and nothing else.
//!
//! Whatever keeps entries implements [`Store`] and passes the same contract tests. Here are [`Sqlite`], a file on
//! this machine, and [`Memory`], for tests and for trying things out.

mod memory;
mod sqlite;

pub use memory::Memory;
pub use sqlite::{Durability, Sqlite};
pub(crate) use sqlite::{examine, private, sync_folder, unwritable};

use crate::filter::BadQuery;
use crate::log::merkle::Frontier;
use crate::log::{Digest, Draft, Entry, MalformedEntry};
use std::path::PathBuf;
use thiserror::Error;

/// Keeps entries in their order for ever.
///
/// One writer at a time: a store that another writer has open refuses to be opened for writing.
pub trait Store {
    /// The tree over all entries.
    fn tree(&self) -> &Frontier;

    /// Adds entries, all or none; when this returns they outlive the loss of power.
    ///
    /// A draft whose `once` key is there already adds nothing.
    ///
    /// # Errors
    /// When they could not be kept. After a fault of the disk the store takes no more: what the disk holds then
    /// is known only after it is opened anew.
    fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Appended>, StoreError>;

    /// Takes fields out of an entry and adds the entry that says so, both or neither.
    ///
    /// # Errors
    /// When there is no such entry, or the change could not be kept.
    fn erase(&mut self, seq: u64, names: &[String], erasure: Draft) -> Result<Appended, StoreError>;

    /// The rows from this number on, as they are kept; stops when `visit` says so.
    ///
    /// # Errors
    /// When the store cannot be read, or `visit` fails.
    fn rows(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// The number of the entry with this `once` key.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn once(&self, key: &Digest) -> Result<Option<u64>, StoreError>;

    /// One entry.
    ///
    /// # Errors
    /// When the store cannot be read or the entry is damaged.
    fn entry(&self, seq: u64) -> Result<Option<Entry>, StoreError> {
        let mut found = None;
        self.rows(seq, &mut |row| {
            if row.seq == seq {
                found = Some(row.entry()?);
            }
            Ok(false)
        })?;
        Ok(found)
    }

    /// Every entry from this number on.
    ///
    /// # Errors
    /// When the store cannot be read, an entry is damaged or one is missing.
    fn entries(
        &self,
        from: u64,
        visit: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut expected = from;
        self.rows(from, &mut |row| {
            if row.seq != expected {
                return Err(StoreError::Damaged { seq: expected, fault: "it is missing".to_owned() });
            }
            expected += 1;
            visit(row.entry()?)?;
            Ok(true)
        })?;
        if expected < self.tree().size() {
            return Err(StoreError::Damaged { seq: expected, fault: "it is missing".to_owned() });
        }
        Ok(())
    }
}

/// What is done with each row; false stops.
pub type Visit<'a> = dyn FnMut(Row) -> Result<bool, StoreError> + 'a;

/// What became of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is the entry with this number.
    New(u64),
    /// The entry with this number has the same `once` key.
    Already(u64),
}

impl Appended {
    /// The number of the entry.
    pub fn seq(self) -> u64 {
        match self {
            Appended::New(seq) | Appended::Already(seq) => seq,
        }
    }
}

/// An entry as it is kept, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub seq: u64,
    /// The header's bytes.
    pub header: Vec<u8>,
    /// The open fields.
    pub body: Vec<u8>,
    /// The fields kept apart.
    pub vault: Vec<u8>,
}

impl Row {
    /// The entry.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn entry(self) -> Result<Entry, StoreError> {
        let Row { seq, header, body, vault } = self;
        let damaged = |MalformedEntry(fault)| StoreError::Damaged { seq, fault };
        let entry = Entry::from_parts(header, &body, &vault).map_err(damaged)?;
        if entry.seq() != seq {
            return Err(StoreError::Damaged { seq, fault: format!("it says it is entry {}", entry.seq()) });
        }
        Ok(entry)
    }

    fn of(entry: &Entry) -> Self {
        Row {
            seq: entry.seq(),
            header: entry.header_bytes.clone(),
            body: entry.body(false),
            vault: entry.body(true),
        }
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No ledger is there.
    #[error("{0} holds no ledger; annalist init makes one")]
    Missing(PathBuf),
    /// A ledger was there, as what is left of it says.
    #[error(
        "{folder} held a ledger: {left} is there and ledger.db is not; put ledger.db back, or make it of a backup with annalist restore"
    )]
    Gone {
        /// The folder.
        folder: PathBuf,
        /// What is left.
        left: &'static str,
    },
    /// The file of the entries cannot be read any more.
    #[error("{path} is damaged ({fault}); annalist restore makes a ledger of a backup")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// A ledger is there already.
    #[error("{0} holds a ledger already")]
    Exists(PathBuf),
    /// What belongs to another ledger stands where it would be read into a new one.
    #[error("{0} is left of another ledger and would be read into the new one; move it away first")]
    Remains(PathBuf),
    /// The file is something else.
    #[error("{0} is no ledger of annalist")]
    Foreign(PathBuf),
    /// Its folder cannot be written, and part of what was written stands in a file beside it.
    #[error(
        "{0} was not closed in order and its folder cannot be written; open it once where it can be, or copy the folder"
    )]
    Unfinished(PathBuf),
    /// The ledger was written by a newer program.
    #[error("the ledger has format {found}, this program knows formats up to {known}; use a newer annalist")]
    Newer {
        /// Format of the ledger.
        found: u32,
        /// Newest format known.
        known: u32,
    },
    /// Fields were erased, and a program that still reads the ledger as it was keeps them in the log of writes.
    #[error(
        "it is erased, but another program that reads the ledger holds the words in ledger.db-wal: they go from the \
         disk when it ends"
    )]
    Held,
    /// Another program writes to it.
    #[error("another program is writing to this ledger; try again when it is done")]
    Locked,
    /// An entry is not what it was.
    #[error(
        "entry {seq} is damaged: {fault}; annalist verify lists all faults, annalist restore takes a backup"
    )]
    Damaged {
        /// Its number.
        seq: u64,
        /// What is wrong with it.
        fault: String,
    },
    /// An entry that cannot be made.
    #[error(transparent)]
    Malformed(#[from] MalformedEntry),
    /// There is no such entry.
    #[error("there is no entry {0}")]
    NoEntry(u64),
    /// A write failed, now or before.
    #[error(
        "the ledger takes no more entries, since a write failed ({0}); free the disk and start anew: \
             everything acknowledged is kept"
    )]
    Poisoned(String),
    /// A file or folder could not be used.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The database refused.
    #[error("the database of the ledger: {0}")]
    Database(#[from] rusqlite::Error),
    /// The index is damaged.
    #[error("the index of the ledger: {0}; annalist doctor --rebuild makes it anew")]
    Index(String),
    /// A search cannot be understood.
    #[error(transparent)]
    Query(#[from] BadQuery),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
}

/// Entries of these drafts, numbered from the tree's size, with the tree that they make; those whose key
/// is there already, in the store or among them, add nothing.
fn seal(
    drafts: Vec<Draft>,
    tree: &Frontier,
    mut known: impl FnMut(&Digest) -> Result<Option<u64>, StoreError>,
) -> Result<Sealed, StoreError> {
    let mut sealed = Sealed { entries: Vec::new(), appended: Vec::new(), tree: tree.clone() };
    let mut fresh = std::collections::BTreeMap::new();
    let mut salts = Salts::default();
    for draft in drafts {
        let once = draft.once;
        if let Some(key) = &once
            && let Some(seq) = fresh.get(key).copied().map_or_else(|| known(key), |seq| Ok(Some(seq)))?
        {
            sealed.appended.push(Appended::Already(seq));
            continue;
        }
        let seq = sealed.tree.size();
        let mut random = Ok(());
        let entry = draft.seal(seq, || match salts.next() {
            Ok(salt) => salt,
            Err(error) => {
                random = Err(error);
                [0; 16]
            }
        })?;
        random?;
        sealed.tree.push(entry.leaf());
        if let Some(key) = once {
            fresh.insert(key, seq);
        }
        sealed.appended.push(Appended::New(seq));
        sealed.entries.push((Row::of(&entry), once));
    }
    Ok(sealed)
}

struct Sealed {
    entries: Vec<(Row, Option<Digest>)>,
    appended: Vec<Appended>,
    tree: Frontier,
}

/// Random salts, fetched many at a time.
#[derive(Default)]
struct Salts {
    ready: Vec<[u8; 16]>,
}

impl Salts {
    fn next(&mut self) -> Result<[u8; 16], StoreError> {
        if self.ready.is_empty() {
            let mut bytes = [0u8; 16 * 64];
            getrandom::fill(&mut bytes).map_err(|error| StoreError::Random(error.to_string()))?;
            self.ready.extend(bytes.as_chunks::<16>().0);
        }
        self.ready.pop().ok_or_else(|| StoreError::Random("none".to_owned()))
    }
}

#[cfg(test)]
mod contract {
    //! What every store promises.

    use super::*;
    use crate::log::{Kind, merkle};

    fn comment(text: &str) -> Draft {
        Draft::new(Kind::Comment, "p1").at(1).with("text", text).with_vault("name", "A. Person")
    }

    fn leaves(store: &dyn Store) -> Vec<Digest> {
        let mut leaves = Vec::new();
        store
            .entries(0, &mut |entry| {
                leaves.push(entry.leaf());
                Ok(())
            })
            .unwrap();
        leaves
    }

    /// Runs all of it on an empty store.
    pub(super) fn holds(store: &mut dyn Store) {
        entries_come_back_in_order_and_the_tree_is_theirs(store);
        the_same_thing_twice_is_one_entry(store);
        an_erased_field_is_gone_and_the_tree_is_not_changed(store);
        a_draft_that_cannot_be_kept_keeps_none_of_its_batch(store);
    }

    fn entries_come_back_in_order_and_the_tree_is_theirs(store: &mut dyn Store) {
        assert_eq!(store.tree().size(), 0);
        assert_eq!(store.entry(0).unwrap(), None);
        let appended = store.append(vec![comment("one"), comment("two")]).unwrap();
        assert_eq!(appended, [Appended::New(0), Appended::New(1)]);
        store.append(vec![comment(&"three ".repeat(1000))]).unwrap();
        assert_eq!(store.entry(1).unwrap().unwrap().text("text"), Some("two"));
        assert_eq!(store.entry(1).unwrap().unwrap().text("name"), Some("A. Person"));
        assert_eq!(store.entry(2).unwrap().unwrap().value("text").map(<[u8]>::len), Some(6000));
        assert_eq!(store.tree().root(), merkle::root(&leaves(store)));
    }

    fn the_same_thing_twice_is_one_entry(store: &mut dyn Store) {
        let size = store.tree().size();
        let key = Digest::of(b"once");
        let once = || comment("once").once(key);
        let appended = store.append(vec![once(), once()]).unwrap();
        assert_eq!(appended, [Appended::New(size), Appended::Already(size)]);
        assert_eq!(store.append(vec![once()]).unwrap(), [Appended::Already(size)]);
        assert_eq!(store.once(&key).unwrap(), Some(size));
        assert_eq!(store.once(&Digest::of(b"never")).unwrap(), None);
        assert_eq!(store.tree().size(), size + 1);
    }

    fn an_erased_field_is_gone_and_the_tree_is_not_changed(store: &mut dyn Store) {
        let before = leaves(store);
        let erasure = Draft::new(Kind::Erasure, "p1").with("reason", "asked by the family");
        let appended = store.erase(1, &["name".to_owned()], erasure).unwrap();
        assert_eq!(appended, Appended::New(before.len() as u64));
        let entry = store.entry(1).unwrap().unwrap();
        assert_eq!(entry.text("name"), None);
        assert_eq!(entry.text("text"), Some("two"));
        assert_eq!(entry.erased().collect::<Vec<_>>(), ["name"]);
        assert_eq!(leaves(store)[..before.len()], before);
        let erasure = Draft::new(Kind::Erasure, "p1");
        assert!(matches!(store.erase(999, &[], erasure), Err(StoreError::NoEntry(999))));
    }

    fn a_draft_that_cannot_be_kept_keeps_none_of_its_batch(store: &mut dyn Store) {
        const NAMES: [&str; 2] = ["a", "b"];
        let size = store.tree().size();
        let mut huge = comment("huge");
        huge.by = "p".repeat(70_000);
        assert!(matches!(store.append(vec![comment(NAMES[0]), huge]), Err(StoreError::Malformed(_))));
        assert_eq!(store.tree().size(), size);
        assert_eq!(store.append(vec![comment(NAMES[1])]).unwrap(), [Appended::New(size)]);
        assert_eq!(store.tree().root(), merkle::root(&leaves(store)));
    }
}
