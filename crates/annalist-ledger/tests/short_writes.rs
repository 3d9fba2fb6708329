//! Writes of which the disk takes a half: at any moment, and with no room for the other half.

#![cfg(target_os = "linux")]

mod common;

use annalist_ledger::store::Sqlite;
use common::{acknowledged, begun, broken_promise, part, rounds};
use std::path::Path;
use std::process::Command;

#[test]
fn child() {
    common::play();
}

/// Makes what stands between a program and the C library; none where no compiler is.
fn shim(place: &Path) -> Option<std::path::PathBuf> {
    let (source, made) =
        (concat!(env!("CARGO_MANIFEST_DIR"), "/tests/short_writes.c"), place.join("short_writes.so"));
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&made).arg(source).status();
    match compiled {
        Ok(status) => {
            assert!(status.success(), "short_writes.c is compiled");
            Some(made)
        }
        Err(_) => {
            assert!(std::env::var_os("CI").is_none(), "cc is missing: install it (apt-get install gcc)");
            common::tell("NOT TESTED: cc is missing: install it (apt-get install gcc)");
            None
        }
    }
}

#[test]
fn a_write_that_is_cut_short_breaks_no_promise() {
    const SEED: u64 = 9;
    let place = tempfile::tempdir().unwrap();
    let Some(shim) = shim(place.path()) else { return };
    let (mut felt, mut stopped, mut whole, mut promises) = (0, 0, 0, 0);
    for at in 1..=rounds(40, 400) {
        for then in ["room", "full"] {
            let folder = place.path().join(format!("{at}-{then}"));
            std::fs::create_dir(&folder).unwrap();
            drop(Sqlite::create(&folder.join("ledger.db"), vec![begun()]).unwrap());
            let output = part("log", &folder, SEED)
                .env("LD_PRELOAD", &shim)
                .env("SHORT_AT", at.to_string())
                .env("SHORT_THEN", then)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            felt += usize::from(String::from_utf8_lossy(&output.stderr).contains("cut short"));
            assert!(!said.contains("took more"), "write {at}, then {then}: it took more after a fault");
            stopped += usize::from(said.contains("takes no more"));
            whole += usize::from(said.contains("whole"));
            let promised = acknowledged(&output.stdout);
            promises += promised.len();
            let store = Sqlite::open(&folder.join("ledger.db")).unwrap();
            assert_eq!(broken_promise(&store, &promised), None, "write {at}, then {then}");
            drop(store);
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }
    common::tell(&format!("{felt} cut short: {stopped} stopped, {whole} whole, {promises} promises kept"));
    assert!(felt > 50 && stopped > 10 && whole > 10 && promises > 500, "{felt} {stopped} {whole} {promises}");
}
