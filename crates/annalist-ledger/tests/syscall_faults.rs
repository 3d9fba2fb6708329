//! A disk that refuses anything at any moment: nothing is acknowledged that is not there, and a log whose write failed
//! takes no more.

#![cfg(target_os = "linux")]

mod common;

use annalist_ledger::store::Sqlite;
use common::strace;
use common::{acknowledged, begun, broken_promise, part, rounds};
use std::path::{Path, PathBuf};

#[test]
fn child() {
    common::play();
}

/// What is refused, and how. A write that is cut short is one that returns fewer bytes than it was given.
const FAULTS: [(&str, &str, usize); 11] = [
    ("pwrite64", "error=EIO", 30),
    ("pwrite64", "error=ENOSPC", 30),
    ("write", "error=EIO", 6),
    ("fsync", "error=EIO", 25),
    ("fsync", "error=ENOSPC", 10),
    ("ftruncate", "error=EIO", 10),
    ("openat", "error=EIO", 20),
    ("openat", "error=ENOSPC", 10),
    ("unlink", "error=EIO", 10),
    ("pwrite64", "signal=KILL", 20),
    ("fsync", "signal=KILL", 15),
];

/// The files that a ledger has while it is open.
const FILES: [&str; 5] = ["", "ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.lock"];

/// A new log in a folder of its own.
fn new_log(place: &Path) -> PathBuf {
    let root = place.canonicalize().unwrap().join("ledger");
    std::fs::create_dir(&root).unwrap();
    drop(Sqlite::create(&root.join("ledger.db"), vec![begun()]).unwrap());
    root
}

/// The options by which strace looks at the ledger's files alone.
fn paths(root: &Path) -> Vec<String> {
    FILES
        .iter()
        .flat_map(|file| {
            ["-P".to_owned(), root.join(file).to_str().unwrap().trim_end_matches('/').to_owned()]
        })
        .collect()
}

/// How often a worker that nothing hinders makes this call on the ledger's files.
fn occurrences(call: &str, seed: u64) -> usize {
    let place = tempfile::tempdir().unwrap();
    let root = new_log(place.path());
    let log = place.path().join("strace");
    let trace = format!("trace={call}");
    let paths = paths(&root);
    let mut options = vec!["-e", trace.as_str(), "-qq"];
    options.extend(paths.iter().map(String::as_str));
    let output = strace::under(&options, &log, &part("log", &root, seed)).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("whole"));
    let text = std::fs::read_to_string(&log).unwrap();
    text.lines().filter(|line| line.contains(&format!(" {call}("))).count()
}

/// How the runs ended.
#[derive(Debug, Default)]
struct Ends {
    runs: usize,
    promises: usize,
    /// It was refused something and took no more.
    stopped: usize,
    /// It came to its end all the same.
    whole: usize,
    /// It did not open, or died.
    silent: usize,
    wrong: Vec<String>,
}

fn run(call: &str, how: &str, when: usize, seed: u64, ends: &mut Ends) {
    let place = tempfile::tempdir().unwrap();
    let root = new_log(place.path());
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{how}:when={when}"));
    let paths = paths(&root);
    let mut options = vec!["-e", trace.as_str(), "-e", inject.as_str()];
    options.extend(paths.iter().map(String::as_str));
    let output =
        strace::under(&options, &place.path().join("strace"), &part("log", &root, seed)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let promised = acknowledged(&output.stdout);
    ends.runs += 1;
    ends.promises += promised.len();
    if said.contains("takes no more") {
        ends.stopped += 1;
    } else if said.contains("whole") {
        ends.whole += 1;
    } else {
        ends.silent += 1;
    }
    let wrong = if said.contains("took more") {
        Some("it took more after a write had failed".to_owned())
    } else {
        match Sqlite::open(&root.join("ledger.db")) {
            Ok(store) => broken_promise(&store, &promised),
            Err(error) => Some(format!("it does not open: {error}")),
        }
    };
    if let Some(wrong) = wrong {
        ends.wrong.push(format!("{call} {how} the {when}th time: {wrong}"));
    }
}

#[test]
fn a_disk_that_refuses_anything_breaks_no_promise() {
    if !strace::is_there() {
        return;
    }
    const SEED: u64 = 4;
    let mut ends = Ends::default();
    let mut none = Vec::new();
    for (call, how, few) in FAULTS {
        let there = occurrences(call, SEED);
        if there == 0 {
            none.push(call);
        }
        let runs = rounds(few.min(there), there);
        for n in 0..runs {
            run(call, how, 1 + n * there / runs, SEED, &mut ends);
        }
    }
    common::tell(&format!("{ends:?}, never made: {none:?}"));
    assert_eq!(ends.wrong, [] as [String; 0]);
    assert!(ends.runs > 80 && ends.promises > 500, "{ends:?}");
    assert!(ends.stopped > 20 && ends.silent > 5, "the faults were not felt: {ends:?}");
}
