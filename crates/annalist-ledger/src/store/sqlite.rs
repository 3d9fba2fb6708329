use super::{Appended, Row, Sealed, Store, StoreError, Visit, seal};
use crate::log::merkle::Frontier;
use crate::log::{Digest, Draft};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Stands in the file's header and tells it from other databases: "Anna".
const APPLICATION_ID: i32 = 0x416e_6e61;
/// Format of the tables. A newer program brings an older format forward, never back.
pub(crate) const FORMAT: u32 = 1;
/// The first SQLite without a race between a checkpoint of the log and a writer that could corrupt the file.
const SQLITE_MIN: i32 = 3_051_003;
/// Pages of the write-ahead log after which they are put into the file.
const CHECKPOINT_PAGES: u32 = 4_000;
/// How long a reader waits for a writer that is about to finish.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
    CREATE TABLE entry (seq INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE vault (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE once (key BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
";

/// Entries in a file on this machine.
///
/// The write-ahead log is synchronised at each commit, so that what was acknowledged outlives a loss of power. One
/// process writes at a time: it holds a lock beside the file.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    tree: Frontier,
    /// Held while this store may write; none when it only reads.
    _lock: Option<File>,
    poisoned: Option<String>,
}

/// What a commit outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The loss of power. The only one for records.
    Full,
    /// The end of the process only. It is here so that the tests of durability can be seen to fail.
    Process,
}

impl Sqlite {
    /// Makes a new file with its first entries, whole or not at all.
    ///
    /// # Errors
    /// When one is there already, or it cannot be made.
    pub fn create(path: &Path, first: Vec<Draft>) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        if path.exists() {
            return Err(StoreError::Exists(path.to_owned()));
        }
        no_remains(path)?;
        let io = |error| StoreError::Io { path: path.to_owned(), error };
        let unfinished = path.with_extension("unfinished");
        remove_unfinished(&unfinished);
        private(&unfinished)?;
        let mut connection = Connection::open(&unfinished)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let sealed = seal(first, &Frontier::default(), |_| Ok(None))?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
        transaction.execute("INSERT INTO meta (name, value) VALUES ('tree', x'')", [])?;
        insert(&transaction, &sealed)?;
        transaction.commit()?;
        connection.close().map_err(|(_, error)| error)?;
        std::fs::rename(&unfinished, path).map_err(io)?;
        sync_folder(path)?;
        Self::locked(path, lock, Durability::Full)
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// When it is missing, no ledger, of a newer format, or another process writes to it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Durability::Full)
    }

    /// Opens a file whose commits outlive less.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open_with(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        known(path)?;
        Self::locked(path, lock(path)?, durability)
    }

    fn locked(path: &Path, lock: File, durability: Durability) -> Result<Self, StoreError> {
        write_log_again(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        let format = format(&connection, path)?;
        let tree = settings(&connection, durability).and_then(|()| tree(&connection));
        let tree = tree.map_err(|error| broken(path, error))?;
        let mut store = Sqlite { tree, connection, _lock: Some(lock), poisoned: None };
        // SQLite does not say when the name of the log of writes did not reach the disk.
        sync_folder(path)?;
        store.bring_forward(format, path)?;
        Ok(store)
    }

    /// Opens a file for reading, also while another process writes.
    ///
    /// # Errors
    /// When it is missing, no ledger or of a newer format.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        known(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        let connection = if is_shut(&connection) { unwritable(path)? } else { connection };
        // What a writer would refuse is no sound file for a reader either.
        connection.pragma_update(None, "cell_size_check", true)?;
        format(&connection, path)?;
        let tree = tree(&connection).map_err(|error| broken(path, error))?;
        Ok(Sqlite { tree, connection, _lock: None, poisoned: None })
    }

    /// Sees what others have written since it was opened.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn refresh(&mut self) -> Result<(), StoreError> {
        self.tree = tree(&self.connection)?;
        Ok(())
    }

    /// A copy of the file as it is now, made while others may write; it takes the place of `to` when it is whole.
    ///
    /// # Errors
    /// When the copy cannot be made.
    pub fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        let io = |error| StoreError::Io { path: to.to_owned(), error };
        no_remains(to)?;
        let unfinished = to.with_extension("unfinished");
        remove_unfinished(&unfinished);
        private(&unfinished)?;
        let mut copy = Connection::open(&unfinished)?;
        {
            let backup = rusqlite::backup::Backup::new(&self.connection, &mut copy)?;
            backup.run_to_completion(4_096, Duration::from_millis(1), None)?;
        }
        // A copy is one file: without the log beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        copy.close().map_err(|(_, error)| error)?;
        File::open(&unfinished).and_then(|file| file.sync_all()).map_err(io)?;
        std::fs::rename(&unfinished, to).map_err(io)?;
        sync_folder(to)
    }

    /// Takes away what is left of a file that never got its name.
    pub(crate) fn clear(path: &Path) {
        remove_unfinished(path);
        let _ = std::fs::remove_file(path.with_extension("lock"));
    }

    /// Closes the file, everything in it, and gives it another name, which outlives a loss of power.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
    pub(crate) fn rename(self, to: &Path) -> Result<(), StoreError> {
        no_remains(to)?;
        let from = self.connection.path().map(PathBuf::from).unwrap_or_default();
        self.connection.pragma_update(None, "journal_mode", "DELETE")?;
        self.connection.close().map_err(|(_, error)| error)?;
        std::fs::rename(&from, to).map_err(|error| StoreError::Io { path: from, error })?;
        sync_folder(to)
    }

    /// What SQLite itself finds wrong with the file; that says nothing about who changed what.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn examine(&self) -> Result<Vec<String>, StoreError> {
        examine(&self.connection, "ledger.db")
    }

    /// Migrations go here: each one transaction, after a copy of the file was put beside it.
    fn bring_forward(&mut self, format: u32, path: &Path) -> Result<(), StoreError> {
        if format == FORMAT {
            return Ok(());
        }
        self.copy_to(&path.with_extension(format!("format-{format}.db")))?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (to, statements) in MIGRATIONS.iter().filter(|(to, _)| *to > format) {
            transaction.execute_batch(statements)?;
            transaction.pragma_update(None, "user_version", to)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn keep(
        &mut self,
        change: impl FnOnce(&Transaction<'_>, &Sealed) -> Result<(), StoreError>,
        sealed: Sealed,
    ) -> Result<Vec<Appended>, StoreError> {
        let poisoned = |error: rusqlite::Error| StoreError::Poisoned(error.to_string());
        let kept = (|| {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change(&transaction, &sealed)?;
            insert(&transaction, &sealed)?;
            transaction.commit().map_err(poisoned)
        })();
        match kept {
            Ok(()) => {
                self.tree = sealed.tree;
                Ok(sealed.appended)
            }
            Err(error) => {
                self.poisoned = Some(error.to_string());
                Err(match error {
                    StoreError::Database(error) => poisoned(error),
                    other => other,
                })
            }
        }
    }

    /// Puts the log of writes into the file, and empties it.
    fn empty_log(&self) -> Result<(), StoreError> {
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(StoreError::Held) }
    }

    fn broken(&self, error: rusqlite::Error) -> StoreError {
        broken(Path::new(self.connection.path().unwrap_or_default()), error.into())
    }

    fn may_write(&self) -> Result<(), StoreError> {
        match &self.poisoned {
            Some(fault) => Err(StoreError::Poisoned(fault.clone())),
            None => Ok(()),
        }
    }
}

/// Statements that bring the tables to a format, by format. The first has none before it.
const MIGRATIONS: [(u32, &str); 0] = [];

impl Store for Sqlite {
    fn tree(&self) -> &Frontier {
        &self.tree
    }

    fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Appended>, StoreError> {
        self.may_write()?;
        let sealed = seal(drafts, &self.tree, |key| self.once(key))?;
        if sealed.entries.is_empty() {
            return Ok(sealed.appended);
        }
        self.keep(|_, _| Ok(()), sealed)
    }

    fn erase(&mut self, seq: u64, names: &[String], erasure: Draft) -> Result<Appended, StoreError> {
        self.may_write()?;
        let mut entry = self.entry(seq)?.ok_or(StoreError::NoEntry(seq))?;
        entry.held.retain(|name, _| !names.contains(name));
        let row = Row::of(&entry);
        let sealed = seal(vec![erasure], &self.tree, |_| Ok(None))?;
        let appended = self.keep(
            |transaction, _| {
                transaction
                    .execute("UPDATE entry SET body = ?2 WHERE seq = ?1", params![id(seq), row.body])?;
                transaction.execute("DELETE FROM vault WHERE seq = ?1", [id(seq)])?;
                if !row.vault.is_empty() {
                    transaction.execute(
                        "INSERT INTO vault (seq, body) VALUES (?1, ?2)",
                        params![id(seq), row.vault],
                    )?;
                }
                Ok(())
            },
            sealed,
        )?;
        // What was erased shall not stand in the log of writes either.
        if let Err(error) = self.empty_log() {
            if !matches!(error, StoreError::Held) {
                self.poisoned = Some(error.to_string());
            }
            return Err(error);
        }
        appended.first().copied().ok_or(StoreError::NoEntry(seq))
    }

    fn rows(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let broken = |error: rusqlite::Error| self.broken(error);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT entry.seq, header, entry.body, coalesce(vault.body, x'')
                 FROM entry LEFT JOIN vault ON vault.seq = entry.seq WHERE entry.seq >= ?1 ORDER BY entry.seq",
            )
            .map_err(broken)?;
        let mut rows = statement.query([id(from)]).map_err(broken)?;
        while let Some(row) = rows.next().map_err(broken)? {
            let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
            if !visit(Row { seq, header: row.get(1)?, body: row.get(2)?, vault: row.get(3)? })? {
                break;
            }
        }
        Ok(())
    }

    fn once(&self, key: &Digest) -> Result<Option<u64>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT seq FROM once WHERE key = ?1")?;
        let found = statement.query_row([key.0.as_slice()], |row| row.get::<_, i64>(0)).optional();
        let found = found.map_err(|error| self.broken(error))?;
        Ok(found.and_then(|seq| u64::try_from(seq).ok()))
    }
}

fn insert(transaction: &Transaction<'_>, sealed: &Sealed) -> Result<(), StoreError> {
    let mut entry =
        transaction.prepare_cached("INSERT INTO entry (seq, header, body) VALUES (?1, ?2, ?3)")?;
    let mut vault = transaction.prepare_cached("INSERT INTO vault (seq, body) VALUES (?1, ?2)")?;
    let mut once = transaction.prepare_cached("INSERT INTO once (key, seq) VALUES (?1, ?2)")?;
    for (row, key) in &sealed.entries {
        entry.execute(params![id(row.seq), row.header, row.body])?;
        if !row.vault.is_empty() {
            vault.execute(params![id(row.seq), row.vault])?;
        }
        if let Some(key) = key {
            once.execute(params![key.0.as_slice(), id(row.seq)])?;
        }
    }
    transaction
        .prepare_cached("UPDATE meta SET value = ?1 WHERE name = 'tree'")?
        .execute([sealed.tree.to_bytes()])?;
    Ok(())
}

/// SQLite's numbers are signed; a ledger of 2^63 entries is none of ours.
fn id(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn settings(connection: &Connection, durability: Durability) -> Result<(), StoreError> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Process => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

fn format(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(StoreError::Malformed(crate::log::MalformedEntry(format!(
            "this program was built with SQLite {}, which can corrupt it; 3.51.3 is the oldest without that fault",
            rusqlite::version()
        ))));
    }
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let foreign = |error: rusqlite::Error| match begins_as_database(path) {
        true => broken(path, error.into()),
        false => StoreError::Foreign(path.to_owned()),
    };
    let (application, format) =
        (pragma("application_id").map_err(foreign)?, pragma("user_version").map_err(foreign)?);
    if application != APPLICATION_ID && is_cut(path) {
        return Err(StoreError::Broken { path: path.to_owned(), fault: "its end is missing".to_owned() });
    }
    if application != APPLICATION_ID {
        return Err(StoreError::Foreign(path.to_owned()));
    }
    let format = u32::try_from(format).unwrap_or(0);
    if format > FORMAT {
        return Err(StoreError::Newer { found: format, known: FORMAT });
    }
    Ok(format)
}

fn tree(connection: &Connection) -> Result<Frontier, StoreError> {
    // One statement, since another program may write between two.
    let (bytes, last): (Vec<u8>, Option<i64>) = connection.query_row(
        "SELECT value, (SELECT max(seq) FROM entry) FROM meta WHERE name = 'tree'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let damaged = |seq, fault: &str| StoreError::Damaged { seq, fault: fault.to_owned() };
    let tree = Frontier::from_bytes(&bytes).ok_or_else(|| damaged(0, "the head of the tree is damaged"))?;
    let size = last.map_or(0, |last| u64::try_from(last).map_or(0, |last| last + 1));
    if size != tree.size() {
        return Err(damaged(size.min(tree.size()), "the tree has another number of entries"));
    }
    Ok(tree)
}

fn known(path: &Path) -> Result<(), StoreError> {
    if path.is_file() {
        return Ok(());
    }
    let folder = folder(path).to_owned();
    let left = ["ledger.key", "index.db"].into_iter().find(|left| folder.join(left).is_file());
    Err(match left {
        Some(left) => StoreError::Gone { folder, left },
        None => StoreError::Missing(folder),
    })
}

/// An error of SQLite's that says that the file is not whole, as one.
fn broken(path: &Path, error: StoreError) -> StoreError {
    use rusqlite::ffi::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error {
        StoreError::Database(error)
            if matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)) =>
        {
            StoreError::Broken { path: path.to_owned(), fault: error.to_string() }
        }
        other => other,
    }
}

/// Whether a file begins as a database does, or is empty.
fn begins_as_database(path: &Path) -> bool {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    read.is_ok() && MAGIC.starts_with(&head)
}

/// Whether of a database less is left than the smallest page.
fn is_cut(path: &Path) -> bool {
    const PAGE_MIN: u64 = 512;
    begins_as_database(path) && std::fs::metadata(path).is_ok_and(|file| file.len() < PAGE_MIN)
}

/// Makes an empty file that only its owner may read, unless one is there: SQLite gives the files beside it the same rights.
pub(crate) fn private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop).map_err(|error| StoreError::Io { path: path.to_owned(), error })
}

/// Whether SQLite cannot read the file, as it is where its folder cannot be written: readers make files beside it too.
fn is_shut(connection: &Connection) -> bool {
    use rusqlite::ffi::ErrorCode::{CannotOpen, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
    let tried = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    let code = tried.err().and_then(|error| error.sqlite_error_code());
    code.is_some_and(|code| {
        matches!(code, CannotOpen | DiskFull | PermissionDenied | ReadOnly | SystemIoFailure)
    })
}

/// The file where nothing can be written beside it, as long as all of it is in it; it must not be written to meanwhile.
pub(crate) fn unwritable(path: &Path) -> Result<Connection, StoreError> {
    let log = beside(path, "-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(StoreError::Unfinished(path.to_owned()));
    }
    let io = |error| StoreError::Io { path: path.to_owned(), error };
    let whole = std::path::absolute(path).map_err(io)?;
    let named = whole.to_str().ok_or_else(|| StoreError::Missing(folder(path).to_owned()))?;
    // What would end the path in an address; SQLite takes all else as it is.
    let named = named.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(format!("file:{named}?immutable=1"), flags)?)
}

/// A file beside the database, by what SQLite adds to its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// What SQLite itself finds wrong with a file, behind the file's name.
pub(crate) fn examine(connection: &Connection, name: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?;
    let found: Vec<String> = found.collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").map(|line| format!("{name}: {line}")).collect())
}

/// The log of another database of the same name would be replayed into a new one.
fn no_remains(path: &Path) -> Result<(), StoreError> {
    let found =
        ["-wal", "-journal"].map(|suffix| beside(path, suffix)).into_iter().find(|path| path.exists());
    found.map_or(Ok(()), |path| Err(StoreError::Remains(path)))
}

/// Brings the log of writes to the disk that an earlier process left when it ended in the middle of its work.
///
/// After a failed write the system may hold in memory what never reached the disk, and not say so a second time. To
/// build upon that would be to lose, with the power, what was acknowledged later.
fn write_log_again(path: &Path) -> Result<(), StoreError> {
    const PIECE: u64 = 1 << 20;
    let path = beside(path, "-wal");
    let again = || {
        let mut log = match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            log => log?,
        };
        let (mut at, mut piece) = (0, Vec::new());
        while (&log).take(PIECE).read_to_end(&mut piece)? > 0 {
            log.seek(SeekFrom::Start(at))?;
            log.write_all(&piece)?;
            at += piece.len() as u64;
            piece.clear();
        }
        if at > 0 { log.sync_all() } else { Ok(()) }
    };
    again().map_err(|error| StoreError::Io { path: path.clone(), error })
}

/// What an earlier try left behind is nobody's.
fn remove_unfinished(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(beside(path, suffix));
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let path = path.with_extension("lock");
    let io = |error| StoreError::Io { path: path.clone(), error };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

/// A new name in a folder outlives a loss of power only when the folder was synchronised.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = folder(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::Io { path: PathBuf::from(folder), error })
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Kind;

    fn comment(text: &str) -> Draft {
        Draft::new(Kind::Comment, "p1").with("text", text).with_vault("name", "Canary Person")
    }

    #[test]
    fn it_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        super::super::contract::holds(
            &mut Sqlite::create(&folder.path().join("ledger.db"), Vec::new()).unwrap(),
        );
    }

    #[test]
    fn entries_are_there_when_it_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut store = Sqlite::create(&path, Vec::new()).unwrap();
        store.append(vec![comment("one")]).unwrap();
        let root = store.tree().root();
        assert!(matches!(Sqlite::open(&path), Err(StoreError::Locked)));
        assert_eq!(Sqlite::open_to_read(&path).unwrap().tree().root(), root);
        drop(store);
        let mut store = Sqlite::open(&path).unwrap();
        assert_eq!(store.tree().root(), root);
        assert_eq!(store.append(vec![comment("two")]).unwrap(), [Appended::New(1)]);
    }

    #[test]
    fn what_is_no_ledger_or_a_newer_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        assert!(matches!(Sqlite::open(&path), Err(StoreError::Missing(_))));
        std::fs::write(&path, "no database at all").unwrap();
        assert!(matches!(Sqlite::open(&path), Err(StoreError::Foreign(_))));
        std::fs::remove_file(&path).unwrap();
        drop(Sqlite::create(&path, Vec::new()).unwrap());
        assert!(matches!(Sqlite::create(&path, Vec::new()), Err(StoreError::Exists(_))));
        Connection::open(&path).unwrap().pragma_update(None, "user_version", FORMAT + 1).unwrap();
        assert!(matches!(Sqlite::open(&path), Err(StoreError::Newer { .. })));
    }

    #[test]
    fn an_erased_value_is_in_no_file_of_the_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut store = Sqlite::create(&path, Vec::new()).unwrap();
        store.append(vec![comment("one"), comment("two")]).unwrap();
        let holds = |needle: &[u8]| {
            std::fs::read_dir(folder.path()).unwrap().any(|file| {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                bytes.windows(needle.len()).any(|window| window == needle)
            })
        };
        assert!(holds(b"Canary Person"));
        for seq in [0, 1] {
            store.erase(seq, &["name".to_owned()], Draft::new(Kind::Erasure, "p1")).unwrap();
        }
        assert!(!holds(b"Canary Person"));
        assert!(holds(b"two"));
    }

    #[test]
    fn a_copy_made_while_it_is_open_is_a_ledger_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Sqlite::create(&folder.path().join("ledger.db"), Vec::new()).unwrap();
        store.append(vec![comment("one"), comment("two")]).unwrap();
        let copy = folder.path().join("copy.db");
        store.copy_to(&copy).unwrap();
        assert_eq!(Sqlite::open(&copy).unwrap().tree().root(), store.tree().root());
    }
}
