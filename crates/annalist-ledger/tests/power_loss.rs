//! A loss of power at any moment loses nothing that was acknowledged, and leaves a ledger that opens.
//!
//! A child is recorded with strace: every write, every request to bring something to the disk, every promise, in their
//! order. What the disk could hold after each of these calls is put together again and opened. A disk keeps what it was
//! made to keep; of all else it may keep nothing, some, or a part of a write.

#![cfg(target_os = "linux")]

mod common;

use annalist_ledger::store::Sqlite;
use annalist_ledger::{Ledger, LedgerError};
use common::strace::{self, Call};
use common::{Dice, acknowledged, begun, broken_promise, knowledge, part, rounds};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn child() {
    common::play();
}

/// What happened to a file and is not surely on the disk.
#[derive(Clone, Debug)]
enum Change {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Bytes(at, bytes) => {
                let (at, end) = (*at as usize, *at as usize + bytes.len());
                file.resize(file.len().max(end), 0);
                file[at..end].copy_from_slice(bytes);
            }
            Change::Length(bytes) => file.resize(*bytes as usize, 0),
        }
    }
}

/// A file, whatever its name.
#[derive(Clone, Default)]
struct Inode {
    kept: Vec<u8>,
    /// With the number of the call.
    waiting: Vec<(usize, Change)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Node {
    File(usize),
    Folder,
}

type Names = BTreeMap<PathBuf, Node>;

/// Names that come and go together.
type Naming = Vec<(PathBuf, Option<Node>)>;

type Promises = BTreeMap<u64, String>;

/// A disk below one folder: what it surely keeps, and what it was only told.
struct Disk {
    root: PathBuf,
    files: Vec<Inode>,
    now: Names,
    kept: Names,
    /// New and gone names, by the folder that holds them.
    waiting: Vec<(PathBuf, Naming)>,
    open: BTreeMap<i32, (PathBuf, Option<usize>, u64)>,
    calls: usize,
}

/// What the disk kept of that which it was not made to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Luck {
    Nothing,
    Some,
    /// All, but of the last write only some of its pieces of so many bytes.
    Torn(usize),
}

const LUCKS: [Luck; 5] = [Luck::Nothing, Luck::Some, Luck::Some, Luck::Torn(512), Luck::Torn(4096)];

/// The files of a folder after a loss of power; a folder in it has no bytes.
type Image = BTreeMap<PathBuf, Option<Vec<u8>>>;

impl Disk {
    /// A disk that surely keeps what is in the folder.
    fn of(root: &Path) -> Self {
        let mut disk = Disk {
            root: root.to_owned(),
            files: Vec::new(),
            now: Names::new(),
            kept: Names::new(),
            waiting: Vec::new(),
            open: BTreeMap::new(),
            calls: 0,
        };
        for file in std::fs::read_dir(root).unwrap() {
            let path = file.unwrap().path();
            disk.now.insert(path.clone(), Node::File(disk.files.len()));
            disk.files.push(Inode { kept: std::fs::read(path).unwrap(), waiting: Vec::new() });
        }
        disk.kept = disk.now.clone();
        disk
    }

    /// The shared memory of the log of writes is made anew after a loss of power, locks hold nothing.
    fn counts(&self, path: &Path) -> bool {
        let name = path.to_string_lossy();
        path.starts_with(&self.root) && !name.ends_with("-shm") && !name.ends_with(".lock")
    }

    fn name(&mut self, folder: &Path, changes: Naming) {
        for (path, node) in &changes {
            set(&mut self.now, path, *node);
        }
        self.waiting.push((folder.to_owned(), changes));
    }

    fn change(&mut self, fd: i32, change: Change) {
        if let Some((_, Some(file), _)) = self.open.get(&fd) {
            self.files[*file].waiting.push((self.calls, change));
        }
    }

    /// Whether the call bears on this disk.
    fn call(&mut self, call: &Call) -> bool {
        self.calls += 1;
        match call {
            Call::Open { fd, path, create, empty } if self.counts(path) => {
                let folder = path.parent().unwrap().to_owned();
                if *create && !self.now.contains_key(path) {
                    self.files.push(Inode::default());
                    self.name(&folder, vec![(path.clone(), Some(Node::File(self.files.len() - 1)))]);
                }
                let file = match self.now.get(path) {
                    Some(Node::File(file)) => Some(*file),
                    _ => None,
                };
                self.open.insert(*fd, (path.clone(), file, 0));
                if *empty {
                    self.change(*fd, Change::Length(0));
                }
            }
            Call::Write { fd, at, bytes } => {
                let Some((_, _, place)) = self.open.get_mut(fd) else { return false };
                let begin = at.unwrap_or(*place);
                if at.is_none() {
                    *place += bytes.len() as u64;
                }
                self.change(*fd, Change::Bytes(begin, bytes.clone()));
            }
            Call::Length { fd, bytes } => self.change(*fd, Change::Length(*bytes)),
            Call::Sync { fd, done } => match self.open.get(fd) {
                Some((_, Some(file), _)) => {
                    let inode = &mut self.files[*file];
                    // What a failed request was about is given up by the system: no later request brings it to the disk.
                    for (_, change) in inode.waiting.drain(..) {
                        if *done {
                            change.apply(&mut inode.kept);
                        }
                    }
                }
                Some((folder, None, _)) if *done => {
                    for (_, changes) in self.waiting.extract_if(.., |(of, _)| of == folder) {
                        changes.iter().for_each(|(path, node)| set(&mut self.kept, path, *node));
                    }
                }
                _ => return false,
            },
            Call::Rename { from, to } if self.counts(to) => {
                let node = self.now.get(from).copied();
                assert_eq!(from.parent(), to.parent(), "files are renamed where they are");
                self.name(to.parent().unwrap(), vec![(from.clone(), None), (to.clone(), node)]);
            }
            Call::Link { from, to } if self.counts(to) => {
                let node = self.now.get(from).copied();
                self.name(to.parent().unwrap(), vec![(to.clone(), node)]);
            }
            Call::Unlink { path } if self.counts(path) => {
                self.name(path.parent().unwrap(), vec![(path.clone(), None)]);
            }
            Call::MakeFolder { path } if self.counts(path) => {
                self.name(path.parent().unwrap(), vec![(path.clone(), Some(Node::Folder))]);
            }
            Call::Close { fd } => {
                self.open.remove(fd);
                return false;
            }
            _ => return false,
        }
        true
    }

    fn image(&self, luck: Luck, dice: &mut Dice) -> Image {
        let mut names = self.kept.clone();
        // Names reach the disk in their order, since it keeps a journal of them.
        let reached = match luck {
            Luck::Nothing => 0,
            Luck::Some => dice.roll(self.waiting.len() + 1),
            Luck::Torn(_) => self.waiting.len(),
        };
        for (path, node) in self.waiting.iter().take(reached).flat_map(|(_, changes)| changes) {
            set(&mut names, path, *node);
        }
        let last = self.files.iter().flat_map(|file| file.waiting.last()).map(|(call, _)| *call).max();
        let mut bytes = |file: &Inode| {
            let mut kept = file.kept.clone();
            for (call, change) in &file.waiting {
                match (luck, change) {
                    (Luck::Nothing, _) => {}
                    (Luck::Some, _) => {
                        if dice.roll(2) == 0 {
                            change.apply(&mut kept);
                        }
                    }
                    (Luck::Torn(piece), Change::Bytes(at, bytes)) if Some(*call) == last => {
                        for (n, bytes) in bytes.chunks(piece).enumerate() {
                            if dice.roll(2) == 0 {
                                Change::Bytes(at + (n * piece) as u64, bytes.to_vec()).apply(&mut kept);
                            }
                        }
                    }
                    _ => change.apply(&mut kept),
                }
            }
            kept
        };
        let mut image = Image::new();
        for (path, node) in &names {
            let inside = path.strip_prefix(&self.root).unwrap().to_owned();
            // What is in a folder that is not there is not there.
            let above = path.parent().unwrap();
            if above != self.root && !names.contains_key(above) {
                continue;
            }
            image.insert(
                inside,
                match node {
                    Node::File(file) => Some(bytes(&self.files[*file])),
                    Node::Folder => None,
                },
            );
        }
        image
    }
}

fn set(names: &mut Names, path: &Path, node: Option<Node>) {
    match node {
        Some(node) => names.insert(path.to_owned(), node),
        None => names.remove(path),
    };
}

fn put(image: &Image, folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    for (path, bytes) in image {
        match bytes {
            Some(bytes) => std::fs::write(folder.join(path), bytes).unwrap(),
            None => std::fs::create_dir_all(folder.join(path)).unwrap(),
        }
    }
}

/// What is wrong with an image in a folder, when so much was promised.
type Look<'a> = dyn FnMut(&Path, &Promises) -> Option<String> + 'a;

/// What was found in the images of one recording.
#[derive(Debug, Default)]
struct Found {
    images: usize,
    promises: usize,
    /// What is wrong, by image.
    broken: Vec<String>,
}

/// Goes through the calls, and looks at what the disk could hold after each of them.
fn replay(
    disk: &mut Disk,
    calls: &[Call],
    dice: &mut Dice,
    promised: &mut Promises,
    look: &mut Look<'_>,
    found: &mut Found,
) {
    let place = common::workplace();
    let folder = place.path().join("image");
    let mut seen = BTreeSet::new();
    for (number, call) in calls.iter().enumerate() {
        let promise = match call {
            Call::Write { fd: 1, bytes, .. } => acknowledged(bytes),
            _ => BTreeMap::new(),
        };
        found.promises += promise.len();
        let news = !promise.is_empty();
        promised.extend(promise);
        if !disk.call(call) && !news {
            continue;
        }
        for luck in LUCKS {
            let image = disk.image(luck, dice);
            // One that was looked at with the same promises says nothing new.
            if !seen
                .insert(annalist_ledger::log::Digest::of(format!("{} {image:?}", promised.len()).as_bytes()))
            {
                continue;
            }
            put(&image, &folder);
            found.images += 1;
            if let Some(fault) = look(&folder, promised) {
                found.broken.push(format!("after call {number} ({luck:?}): {fault}"));
            }
        }
    }
}

/// What is wrong with a log alone.
fn look_at_log(folder: &Path, promised: &Promises) -> Option<String> {
    match Sqlite::open(&folder.join("ledger.db")) {
        Ok(store) => broken_promise(&store, promised),
        Err(error) => Some(format!("it does not open: {error}")),
    }
}

/// Plays a part in a folder, and looks at the images of it.
fn images_of(role: &str, seed: u64, found: &mut Found) {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("ledger");
    std::fs::create_dir(&root).unwrap();
    drop(Sqlite::create(&root.join("ledger.db"), vec![begun()]).unwrap());
    let mut disk = Disk::of(&root);
    let (calls, output) = strace::record(&part(role, &root, seed), &[], &place.path().join("strace"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("whole"),
        "the child did not come to its end: {said} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut promised = BTreeMap::new();
    replay(&mut disk, &calls, &mut Dice::new(seed), &mut promised, &mut look_at_log, found);
    assert_eq!(promised, acknowledged(&output.stdout), "the trace holds every promise");
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_is() {
    if !strace::is_there() {
        return;
    }
    let mut found = Found::default();
    let mut seed = 1;
    while found.images < rounds(2_000, 20_000) {
        images_of("log", seed, &mut found);
        seed += 1;
    }
    common::tell(&format!("{} images of {} recordings, {} promises", found.images, seed - 1, found.promises));
    assert!(found.promises > 30, "{}", found.promises);
    assert_eq!(found.broken, [] as [String; 0]);
}

/// After a request to the disk failed the system may have given up the writes, and says of no later request that it
/// failed. A program that begins anew after that reads from memory what the disk never got, and must not build upon it.
#[test]
fn what_a_failed_request_gave_up_takes_nothing_later_with_it() {
    if !strace::is_there() {
        return;
    }
    let mut found = Found::default();
    let mut died = 0;
    for fails in 1..=rounds(8, 40) {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap().join("ledger");
        std::fs::create_dir(&root).unwrap();
        drop(Sqlite::create(&root.join("ledger.db"), vec![begun()]).unwrap());
        let mut disk = Disk::of(&root);
        let mut promised = BTreeMap::new();
        let fault = format!("inject=fsync,fdatasync:error=EIO:when={fails}");
        let seed = fails as u64;
        for (role, options) in [("log-die", ["-e", &fault].as_slice()), ("log-few", &[])] {
            let (calls, output) =
                strace::record(&part(role, &root, seed), options, &place.path().join("strace"));
            died += usize::from(!output.status.success());
            disk.open.clear();
            let before = found.broken.len();
            replay(&mut disk, &calls, &mut Dice::new(seed), &mut promised, &mut look_at_log, &mut found);
            let which = format!("{role} after failure {fails}: ");
            found.broken.iter_mut().skip(before).for_each(|fault| fault.insert_str(0, &which));
        }
    }
    common::tell(&format!("{} images, {} promises, {died} died", found.images, found.promises));
    assert!(died > 4 && found.promises > 30, "{died} died, {} promises", found.promises);
    assert_eq!(found.broken, [] as [String; 0]);
}

/// Without synchronising at each commit promises are broken: these tests can fail.
#[test]
fn without_synchronising_it_is_lost() {
    if !strace::is_there() {
        return;
    }
    let mut found = Found::default();
    images_of("log-process", 1, &mut found);
    common::tell(&format!("{} images, {} with lost entries", found.images, found.broken.len()));
    let lost =
        found.broken.iter().filter(|fault| fault.contains("was acknowledged and is not there")).count();
    assert!(lost > 100, "only {lost} of {} images lost something", found.images);
    // It loses entries, but is no ruin.
    assert_eq!(lost, found.broken.len(), "{:?}", found.broken);
}

#[test]
fn a_new_log_is_there_as_a_whole_or_not_at_all() {
    if !strace::is_there() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("ledger");
    std::fs::create_dir(&root).unwrap();
    let mut disk = Disk::of(&root);
    let (calls, output) = strace::record(&part("create", &root, 0), &[], &place.path().join("strace"));
    assert_eq!(acknowledged(&output.stdout).len(), 1);
    let (mut found, mut whole, mut none) = (Found::default(), 0, 0);
    let mut look = |folder: &Path, promised: &Promises| {
        let path = folder.join("ledger.db");
        if path.exists() {
            whole += 1;
            return look_at_log(folder, promised);
        }
        none += 1;
        if !promised.is_empty() {
            return Some("a whole ledger was promised".to_owned());
        }
        // What is left of the try hinders no other.
        Sqlite::create(&path, vec![begun()]).err().map(|error| error.to_string())
    };
    replay(&mut disk, &calls, &mut Dice::new(1), &mut BTreeMap::new(), &mut look, &mut found);
    common::tell(&format!("{} images: {whole} whole, {none} none", found.images));
    assert_eq!(found.broken, [] as [String; 0]);
    assert!(whole > 10 && none > 10, "{whole} {none}");
}

/// Records a role that makes a ledger in the folder `new`, and looks whether each image has a whole one or none, and
/// then hinders no other try.
fn whole_or_none(role: &str, root: &Path, again: &dyn Fn(&Path) -> Result<Ledger, LedgerError>) {
    let mut disk = Disk::of(root);
    let (calls, output) = strace::record(&part(role, root, 0), &[], &root.with_extension("strace"));
    assert!(!acknowledged(&output.stdout).is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let knowledge = knowledge();
    let (mut found, mut whole, mut none) = (Found::default(), 0, 0);
    let mut look = |folder: &Path, promised: &Promises| {
        let new = folder.join("new");
        let ledger = if new.join("ledger.db").exists() {
            whole += 1;
            Ledger::open(&new, knowledge.clone())
        } else if promised.is_empty() {
            none += 1;
            again(folder)
        } else {
            return Some("a whole ledger was promised".to_owned());
        };
        // A new ledger comes with its key.
        match ledger
            .and_then(|ledger| if role == "init" { ledger.checkpoint().map(|_| ledger) } else { Ok(ledger) })
        {
            Ok(ledger) => broken_promise(ledger.store(), promised),
            Err(error) => Some(error.to_string()),
        }
    };
    replay(&mut disk, &calls, &mut Dice::new(1), &mut BTreeMap::new(), &mut look, &mut found);
    common::tell(&format!("{} images: {whole} whole, {none} none", found.images));
    assert_eq!(found.broken, [] as [String; 0]);
    assert!(whole > 10 && none > 10, "{whole} {none}");
}

#[test]
fn a_new_ledger_with_its_key_is_there_or_can_be_made() {
    if !strace::is_there() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("ledger");
    std::fs::create_dir(&root).unwrap();
    let knowledge = knowledge();
    whole_or_none("init", &root, &|folder| {
        Ledger::init(&folder.join("new"), "example.org/test", knowledge.clone())
    });
}

#[test]
fn a_restored_ledger_is_there_as_a_whole_or_not_at_all() {
    if !strace::is_there() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().join("ledger");
    std::fs::create_dir(&root).unwrap();
    let knowledge = knowledge();
    drop(common::ledger_with_copy(&root, knowledge.clone()));
    std::fs::remove_dir_all(root.join("old")).unwrap();
    let copy = std::fs::read(root.join("copy.db")).unwrap();
    whole_or_none("restore", &root, &|folder| {
        assert_eq!(std::fs::read(folder.join("copy.db")).unwrap(), copy, "the copy is what it was");
        Ledger::restore(&folder.join("copy.db"), &folder.join("new"), &[], knowledge.clone())
            .map(|done| done.0)
    });
}
