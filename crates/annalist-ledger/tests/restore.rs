//! A restore that is interrupted leaves no ledger or a whole one, and a damaged copy is refused.

mod common;

use annalist_ledger::store::{Sqlite, StoreError};
use annalist_ledger::{Ledger, LedgerError};
use common::{
    Dice, acknowledged, broken_promise, canonical, knowledge, ledger_with_copy, part, rounds, workplace,
};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::time::Duration;

#[test]
fn child() {
    common::play();
}

#[test]
fn a_restore_that_is_killed_leaves_no_ledger_or_a_whole_one() {
    let place = tempfile::tempdir().unwrap();
    let old = canonical(ledger_with_copy(place.path(), knowledge()).store());
    let (copy, new) = (place.path().join("copy.db"), place.path().join("new"));
    let bytes = std::fs::read(&copy).unwrap();
    let mut dice = Dice::new(11);
    let (mut whole, mut none) = (0, 0);
    for seed in 0..rounds(40, 400) {
        let _ = std::fs::remove_dir_all(&new);
        let mut worker = part("restore", place.path(), seed as u64).spawn().unwrap();
        let mut out = BufReader::new(worker.stdout.take().unwrap());
        let mut line = String::new();
        while !line.ends_with("ready\n") {
            assert!(out.read_line(&mut line).unwrap() > 0, "the worker failed by itself: {line}");
        }
        std::thread::sleep(Duration::from_micros(dice.roll(70_000) as u64));
        worker.kill().unwrap();
        let mut said = Vec::new();
        out.read_to_end(&mut said).unwrap();
        worker.wait().unwrap();
        let promised = acknowledged(&said);
        assert_eq!(std::fs::read(&copy).unwrap(), bytes, "the copy is what it was");
        if new.join("ledger.db").exists() {
            whole += 1;
            let store = Sqlite::open(&new.join("ledger.db")).unwrap();
            assert_eq!(broken_promise(&store, &promised), None);
            assert_eq!(canonical(&store), old);
        } else {
            none += 1;
            assert!(promised.is_empty());
            // What is left of the try hinders no other.
            let (ledger, _) = Ledger::restore(&copy, &new, &[], knowledge()).unwrap();
            assert_eq!(canonical(ledger.store()), old);
        }
    }
    common::tell(&format!("{whole} whole, {none} none"));
    assert!(whole + none >= 40);
}

/// Restores the bytes; what was restored, unless they were refused.
fn restored(
    bytes: &[u8],
    place: &Path,
    knowledge: &std::sync::Arc<annalist_ledger::Knowledge>,
) -> Option<Vec<u8>> {
    let (copy, new) = (place.join("damaged.db"), place.join("new"));
    let _ = std::fs::remove_dir_all(&new);
    std::fs::write(&copy, bytes).unwrap();
    let restored = Ledger::restore(&copy, &new, &[], knowledge.clone());
    assert_eq!(std::fs::read(&copy).unwrap(), bytes, "the copy is what it was");
    match restored {
        Ok((ledger, _)) => Some(canonical(ledger.store())),
        Err(_) => {
            assert!(!new.join("ledger.db").exists(), "what was refused is not there");
            None
        }
    }
}

#[test]
fn a_damaged_copy_is_refused_or_is_the_same_log() {
    let place = workplace();
    let knowledge = knowledge();
    let old = canonical(ledger_with_copy(place.path(), knowledge.clone()).store());
    let whole = std::fs::read(place.path().join("copy.db")).unwrap();
    let step = rounds(97, 1);
    let (mut refused, mut same) = (0, 0);
    // The header of the file says how it is to be read and written: every byte of it.
    for at in (0..100).chain((100..whole.len()).step_by(step)) {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        match restored(&changed, place.path(), &knowledge) {
            None => refused += 1,
            Some(log) => {
                assert_eq!(log, old, "byte {at} was changed and nobody noticed");
                same += 1;
            }
        }
    }
    let mut cut = 0;
    for length in (0..whole.len()).step_by(step * 11) {
        assert_eq!(restored(&whole[..length], place.path(), &knowledge), None, "cut at {length}");
        cut += 1;
    }
    common::tell(&format!("{refused} refused, {same} the same, {cut} cut ones refused"));
    assert!(refused > 20 && same > 20 && cut > 20, "{refused} {same} {cut}");
    assert_eq!(restored(&whole, place.path(), &knowledge), Some(old));
}

/// The log of writes of another database would be read into the new one: that happens to whoever deletes a damaged
/// ledger.db alone.
#[test]
fn what_is_left_of_another_ledger_is_not_read_into_a_new_one() {
    let place = tempfile::tempdir().unwrap();
    let ledger = ledger_with_copy(place.path(), knowledge());
    let (old, new) = (place.path().join("old"), place.path().join("new"));
    std::fs::create_dir(&new).unwrap();
    // While the old ledger is open its log of writes is not in its file yet.
    let log = std::fs::read(old.join("ledger.db-wal")).unwrap();
    assert!(!log.is_empty());
    std::fs::write(new.join("ledger.db-wal"), &log).unwrap();
    drop(ledger);
    let restored = Ledger::restore(&place.path().join("copy.db"), &new, &[], knowledge());
    assert!(matches!(restored.err(), Some(LedgerError::Store(StoreError::Remains(_)))));
    let made = Ledger::init(&new, "example.org/test", knowledge());
    assert!(matches!(made.err(), Some(LedgerError::Store(StoreError::Remains(_)))));
    assert_eq!(std::fs::read(new.join("ledger.db-wal")).unwrap(), log, "nobody's last words are thrown away");
}
