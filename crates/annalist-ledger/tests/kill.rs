//! A process that is killed at any moment loses nothing that it acknowledged, and leaves nothing twice.

mod common;

use annalist_ledger::Ledger;
use annalist_ledger::store::Sqlite;
use common::{Dice, acknowledged, broken_promise, knowledge, part, rounds};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

#[test]
fn child() {
    common::play();
}

/// Everything a worker says, and a sign for each line of it.
fn listen(out: ChildStdout) -> (JoinHandle<Vec<u8>>, Receiver<()>) {
    let (sign, waits) = channel();
    let heard = std::thread::spawn(move || {
        let mut out = BufReader::new(out);
        let mut heard = Vec::new();
        while let Ok(1..) = out.read_until(b'\n', &mut heard) {
            let _ = sign.send(());
        }
        heard
    });
    (heard, waits)
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    for ledger in 0..rounds(1, 10) {
        killed(200, 7 + ledger);
    }
}

/// Kills those who work with one ledger so many times, and looks at the whole of it each time.
fn killed(kills: usize, seed: usize) {
    let folder = tempfile::tempdir().unwrap();
    common::leave_reading(folder.path());
    let mut dice = Dice::new(seed as u64);
    let mut promised: BTreeMap<u64, String> = BTreeMap::new();
    for seed in (0..kills).map(|kill| seed * 10_000 + kill) {
        let mut worker = part("work", folder.path(), seed as u64).spawn().unwrap();
        let (heard, waits) = listen(worker.stdout.take().unwrap());
        // Most are killed at work, after some promises or in the middle of the next one; some while they start.
        if dice.roll(8) > 0 {
            for _ in 0..dice.roll(3) + 4 {
                // Whoever says nothing for so long has failed, which is found out below.
                let _ = waits.recv_timeout(Duration::from_secs(20));
            }
        }
        std::thread::sleep(Duration::from_micros(dice.roll(15_000) as u64));
        let ended = worker.try_wait().unwrap();
        if let Some(ended) = ended {
            let mut fault = String::new();
            let _ = worker.stderr.take().map(|mut stderr| stderr.read_to_string(&mut fault));
            panic!("the worker failed by itself: {ended}: {fault}");
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        promised.extend(acknowledged(&heard.join().unwrap()));
        if !folder.path().join("ledger.db").exists() {
            assert!(promised.is_empty());
            continue;
        }
        let store = Sqlite::open(&folder.path().join("ledger.db")).unwrap();
        assert_eq!(broken_promise(&store, &promised), None, "after kill {seed}");
    }
    assert!(
        promised.len() > kills,
        "{} promises in {kills} kills are too few to prove anything",
        promised.len()
    );
    // The index that was killed as often says the same as one made anew.
    let mut ledger = Ledger::open(folder.path(), knowledge()).unwrap();
    ledger.catch_up(&|_| {}).unwrap();
    let all = |ledger: &Ledger| {
        let mut all = Vec::new();
        ledger
            .find(&annalist_ledger::Filter::default(), &mut |incident| {
                all.push(incident);
                Ok(())
            })
            .unwrap();
        all
    };
    let before = all(&ledger);
    ledger.rebuild(&|_| {}).unwrap();
    assert_eq!(before, all(&ledger));
    assert!(!before.is_empty());
    assert!(ledger.store().tree().size() >= promised.len() as u64);
}
