//! What the tests of durability share: a program that writes to a ledger and says what it was promised, and the check
//! that the promises were kept.

#![allow(dead_code, reason = "each test uses a part of it")]

#[cfg(target_os = "linux")]
pub(crate) mod strace;

use annalist::reading::Reading;
use annalist::{Bundle, Document, Engine};
use annalist_ledger::log::{Draft, Kind};
use annalist_ledger::store::{Appended, Durability, Sqlite, Store};
use annalist_ledger::verify::verify;
use annalist_ledger::{Act, Filter, Knowledge, Ledger, Report, Verdict, release};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Names the part that a child process plays; it is this very test program, started again.
pub(crate) const PART: &str = "ANNALIST_TEST_PART";
/// The folder it works in.
pub(crate) const FOLDER: &str = "ANNALIST_TEST_FOLDER";
/// Where its random choices begin.
pub(crate) const SEED: &str = "ANNALIST_TEST_SEED";

/// Small numbers that look random, the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, below: usize) -> usize {
        // Xorshift64*: enough to choose where to pull the plug.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }
}

/// Says what a test measured, or that it measured nothing: it stands in the test's output.
#[allow(clippy::print_stderr, reason = "the tests' output is the place for it")]
pub(crate) fn tell(words: &str) {
    eprintln!("{words}");
}

/// How often a test is repeated: many times in the long run.
pub(crate) fn rounds(short: usize, long: usize) -> usize {
    if std::env::var_os("ANNALIST_SOAK").is_some() { long } else { short }
}

pub(crate) fn knowledge() -> Arc<Knowledge> {
    Arc::new(Knowledge::read(&Bundle::embedded()).expect("the built-in data are sound"))
}

/// This test program again, as a child that plays a part.
pub(crate) fn part(part: &str, folder: &Path, seed: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test knows itself"));
    command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PART, part)
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// An acknowledgement: the entry and the hash of its header. Written in one call, so that it is whole or not there.
pub(crate) fn acknowledge(store: &dyn Store, seq: u64) {
    let leaf = store.entry(seq).expect("a new entry can be read").expect("and is there").leaf();
    say(&format!("ack {seq} {}\n", leaf.hex()));
}

/// Writes in one call, so that the words are whole or not there.
fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(words.as_bytes()).and_then(|()| out.flush()).expect("the parent listens");
}

/// The acknowledgements in what a child wrote: hash by entry.
pub(crate) fn acknowledged(out: &[u8]) -> BTreeMap<u64, String> {
    let text = String::from_utf8_lossy(out);
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let line = |line: &str| {
        let mut parts = line[line.find("ack ")?..].split(' ').skip(1);
        let (seq, leaf) = (parts.next()?.parse().ok()?, parts.next()?);
        (leaf.len() == 64).then(|| (seq, leaf.to_owned()))
    };
    whole.lines().filter_map(line).collect()
}

/// What is wrong with a store after a fault, if anything: every promise is to be found in it, and all of it is sound.
pub(crate) fn broken_promise(store: &dyn Store, promised: &BTreeMap<u64, String>) -> Option<String> {
    let found = match verify(store, &[], &mut |_| {}) {
        Ok(found) => found,
        Err(error) => return Some(error.to_string()),
    };
    if !found.is_sound() {
        return Some(format!("{:?}", found.faults));
    }
    let mut captures = std::collections::BTreeSet::new();
    let mut leaves = BTreeMap::new();
    let read = store.entries(0, &mut |entry| {
        if entry.header.kind == Kind::Report
            && let Some(capture) = entry.value("capture")
        {
            assert!(captures.insert(capture.to_vec()), "a capture is there twice");
        }
        leaves.insert(entry.seq(), entry.leaf().hex());
        Ok(())
    });
    if let Err(error) = read {
        return Some(error.to_string());
    }
    let lost = promised.iter().find(|(seq, leaf)| leaves.get(seq) != Some(leaf));
    lost.map(|(seq, _)| format!("entry {seq} was acknowledged and is not there as it was"))
}

/// Makes a ledger of a backup in a folder that is not there yet, and says so.
fn restore(folder: &Path) {
    let knowledge = knowledge();
    say("ready\n");
    let restored = Ledger::restore(&folder.join("copy.db"), &folder.join("new"), &[], knowledge);
    let (ledger, _) = restored.expect("the copy is sound");
    (0..ledger.entries()).for_each(|seq| acknowledge(ledger.store(), seq));
}

/// A ledger with a few entries in this folder, and the copy `copy.db` that was made of it.
pub(crate) fn ledger_with_copy(folder: &Path, knowledge: Arc<Knowledge>) -> Ledger {
    let mut ledger =
        Ledger::init(&folder.join("old"), "example.org/test", knowledge).expect("a ledger is made");
    ledger.act_as("A. Recorder").expect("a name is kept");
    let incident = annalist_ledger::IncidentId::of(&[b"made up"]);
    for n in 0..9 {
        ledger
            .comment(&incident, &format!("words {n} {}", "more ".repeat(n * 9)))
            .expect("a comment is kept");
    }
    ledger.backup(&folder.join("copy.db")).expect("a copy is made and sound");
    ledger
}

/// The whole log as one sequence of bytes.
pub(crate) fn canonical(store: &dyn Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    annalist_ledger::bundle::write(store, &mut bytes).expect("the log can be read");
    bytes
}

/// Files are looked at in memory where that can be: thousands of them are made.
pub(crate) fn workplace() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir()
        && let Ok(folder) = tempfile::tempdir_in(memory)
    {
        return folder;
    }
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// Puts a reading into the folder for the children: to start the engine takes longer than they may live.
pub(crate) fn leave_reading(folder: &Path) {
    let engine = Engine::new(&Bundle::embedded()).expect("the built-in data are sound");
    let text =
        "A drone hit a bus in Kharkiv on 3 March 2025 and killed two people, the regional prosecutor said.";
    let document = Document::new(text.to_owned(), annalist::Meta::default()).expect("a short text");
    let reading = engine.read(&document);
    assert!(!reading.incidents.is_empty());
    let json = serde_json::to_vec(&reading).expect("a reading is plain data");
    std::fs::write(folder.join("reading.json"), json).expect("the folder can be written");
}

/// A made-up report with its reading: a few differ in where the incident was, all in their numbers.
fn report(pattern: &Reading, n: usize) -> (Vec<u8>, Reading) {
    let mut reading = pattern.clone();
    for incident in &mut reading.incidents {
        incident.place.lat = Some(n as f64 % 7.0 * 5.0);
        incident.place.settlement = Some(format!("Town {}", n % 7));
    }
    (format!("report {n}").into_bytes(), reading)
}

/// The first entry of a ledger that is a log alone.
pub(crate) fn begun() -> Draft {
    let program = "annalist test".to_owned();
    Act::Ledger { origin: "example.org/test".to_owned(), key: String::new(), program }.draft("annalist")
}

/// What follows once a write was refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The store is asked again, and closed.
    AskAgain,
    /// The process ends without closing anything.
    Die,
}

/// Works with the log alone, one commit after another: as little as there can be between two promises. Now and then a
/// value is erased, the file is opened anew, or another connection puts the log of writes into the file.
pub(crate) fn write_log(folder: &Path, durability: Durability, seed: u64, steps: usize, refused: Refused) {
    let path = folder.join("ledger.db");
    let mut dice = Dice::new(seed);
    let mut erasable = Vec::new();
    let Ok(mut store) = Sqlite::open_with(&path, durability) else { return };
    for n in 0..steps {
        let before = store.tree().size();
        let done = match dice.roll(12) {
            0 => {
                drop(store);
                let Ok(opened) = Sqlite::open_with(&path, durability) else { return };
                store = opened;
                continue;
            }
            1 => {
                if let Ok(other) = rusqlite::Connection::open(&path) {
                    let _ = other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                }
                continue;
            }
            2 if !erasable.is_empty() => {
                let entry = erasable.swap_remove(dice.roll(erasable.len()));
                let names = vec!["text".to_owned()];
                let act = Act::Erasure {
                    entry,
                    names: names.clone(),
                    reason: "asked for".to_owned(),
                    gone: Default::default(),
                };
                store.erase(entry, &names, act.draft("p1")).map(|_| ())
            }
            _ => {
                let words = |n: usize| format!("\"words {n} {}\"", "x".repeat(n * 37 % 900));
                let draft =
                    |n| Draft::new(Kind::Comment, "p1").with("text", words(n)).with_vault("name", "\"A\"");
                let drafts: Vec<Draft> = (0..dice.roll(3) + 1).map(|more| draft(n + more)).collect();
                erasable.extend(before..before + drafts.len() as u64);
                store.append(drafts).map(|_| ())
            }
        };
        match done {
            Ok(()) => (before..store.tree().size()).for_each(|seq| acknowledge(&store, seq)),
            // A refused write is no promise; what follows shall be refused too.
            Err(_) if refused == Refused::Die => std::process::abort(),
            Err(_) => {
                let again = store.append(vec![Draft::new(Kind::Comment, "p1").with("text", "\"again\"")]);
                say(if again.is_ok() { "took more\n" } else { "takes no more\n" });
                return;
            }
        }
    }
    say("whole\n");
}

/// Makes a log, and says so.
fn create(folder: &Path) {
    let store = Sqlite::create(&folder.join("ledger.db"), vec![begun()]).expect("a log is made");
    acknowledge(&store, 0);
}

/// Makes a ledger in a folder that is not there yet, and says so.
fn init(folder: &Path) {
    let ledger =
        Ledger::init(&folder.join("new"), "example.org/test", knowledge()).expect("a ledger is made");
    acknowledge(ledger.store(), 0);
}

/// Works with a whole ledger as people do, in a random order, for ever: adds, joins, decides, reviews, withdraws, erases,
/// gives out, copies.
pub(crate) fn work(folder: &Path, seed: u64) {
    let knowledge = knowledge();
    let pattern = std::fs::read(folder.join("reading.json")).expect("a reading was left");
    let pattern: Reading = serde_json::from_slice(&pattern).expect("and can be read");
    let mut dice = Dice::new(seed);
    let is_there = folder.join("ledger.db").exists();
    let opened = if is_there {
        Ledger::open(folder, knowledge)
    } else {
        Ledger::init(folder, "example.org/test", knowledge)
    };
    let mut ledger = opened.expect("the ledger opens");
    say("ready\n");
    ledger.act_as("A. Recorder").expect("a name is kept");
    loop {
        let before = ledger.entries();
        match dice.roll(12) {
            0..4 => {
                let reports = (0..dice.roll(3) + 1).map(|_| {
                    // Now and then the same report again.
                    let (capture, reading) = report(&pattern, dice.roll(400));
                    Report::draft(&capture, "made up", &reading, ledger.person())
                });
                let appended = ledger.add(reports.collect()).expect("reports are kept");
                appended
                    .iter()
                    .filter(|done| matches!(done, Appended::New(_)))
                    .for_each(|done| acknowledge(ledger.store(), done.seq()));
                ledger.catch_up(&|_| {}).expect("the index follows");
                continue;
            }
            4 => {
                let mentions =
                    some_incident(&ledger, &mut dice).map(|incident| incident.mentions).unwrap_or_default();
                if let [a, b, ..] = mentions.as_slice() {
                    let verdict =
                        [Verdict::Same, Verdict::NotSame, Verdict::Unsure, Verdict::Lifted][dice.roll(4)];
                    ledger
                        .judge(std::slice::from_ref(a), std::slice::from_ref(b), verdict, "a test")
                        .expect("a judgement is kept");
                }
            }
            5 => {
                if let Some(incident) = some_incident(&ledger, &mut dice) {
                    let state = ["triaged", "in_review", "needs_second", "machine_draft"][dice.roll(4)];
                    // Refused when the state does not follow: that is no promise.
                    let _ = ledger.review(&incident, state, "");
                }
            }
            6 => {
                if let Some(incident) = some_incident(&ledger, &mut dice) {
                    ledger.comment(&incident.id, "looked at").expect("a comment is kept");
                }
            }
            7 => {
                if let Some(incident) = some_incident(&ledger, &mut dice) {
                    let report = &incident.reports[0].report;
                    // Refused when there is nothing to lift: that is no promise.
                    let _ = ledger.withdraw(report, dice.roll(2) == 0, "a test");
                }
            }
            8 => {
                let policy = ["conservative", "informative", "latest"][dice.roll(3)];
                ledger.set_policy("killed", policy).expect("a policy is kept");
            }
            9 => {
                if let Some(incident) = some_incident(&ledger, &mut dice) {
                    let entry = ledger.entry_of(&incident.reports[0].report).expect("the index is read");
                    let names = ["capture".to_owned(), "reading".to_owned()];
                    // Refused when it was erased before: that is no promise.
                    let _ = ledger.erase(entry.expect("it has an entry"), &names, "a test");
                }
            }
            10 => {
                let policies = release::Policies::read(&Bundle::embedded()).expect("policies are read");
                let policy = policies.audience("public").expect("there is one for the public");
                let day = jiff::civil::date(2025, 6, 1);
                let given = some_incident(&ledger, &mut dice).map(|incident| {
                    release::release(&incident, policy, day).expect("it is made fit to be given out")
                });
                let given: Vec<_> = given.into_iter().collect();
                let manifest = release::manifest(&given, policy, day).expect("a list of it");
                ledger.release(&manifest).expect("a release is kept");
            }
            _ => {
                let copy = folder.join("copy.db");
                let _ = std::fs::remove_file(&copy);
                ledger.backup(&copy).expect("a copy is made and sound");
            }
        }
        (before..ledger.entries()).for_each(|seq| acknowledge(ledger.store(), seq));
    }
}

fn some_incident(ledger: &Ledger, dice: &mut Dice) -> Option<annalist_ledger::Incident> {
    let mut all = Vec::new();
    ledger
        .find(&Filter { limit: Some(20), ..Filter::default() }, &mut |incident| {
            all.push(incident);
            Ok(())
        })
        .expect("incidents are found");
    if all.is_empty() { None } else { Some(all.swap_remove(dice.roll(all.len()))) }
}

/// Plays the part that the environment names; without one this is no child.
pub(crate) fn play() {
    let Ok(part) = std::env::var(PART) else { return };
    let folder = std::env::var_os(FOLDER).expect("a child has a folder");
    let folder = Path::new(&folder);
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    match part.as_str() {
        "work" => work(folder, seed),
        "log" => write_log(folder, Durability::Full, seed, 40, Refused::AskAgain),
        "log-process" => write_log(folder, Durability::Process, seed, 15, Refused::AskAgain),
        "log-die" => write_log(folder, Durability::Full, seed, 40, Refused::Die),
        "log-few" => write_log(folder, Durability::Full, seed, 4, Refused::AskAgain),
        "create" => create(folder),
        "init" => init(folder),
        "restore" => restore(folder),
        other => panic!("there is no part {other}"),
    }
}
