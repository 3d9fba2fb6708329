//! Whoever keeps a checkpoint elsewhere finds every change of the log, however small.

mod common;

use annalist_ledger::bundle;
use annalist_ledger::log::checkpoint::Checkpoint;
use annalist_ledger::log::{Draft, Entry, Kind};
use annalist_ledger::store::{Memory, Row, Store};
use annalist_ledger::verify::verify;
use common::{Dice, rounds};

fn log(entries: usize) -> Memory {
    let mut store = Memory::default();
    for n in 0..entries {
        let draft = Draft::new(Kind::Comment, ["p1", "p2"][n % 2]).at(n as i64 * 1_000);
        let draft = draft.with("text", format!("\"words {n}\"")).with("incident", "\"i0123456789ab\"");
        store.append(vec![draft.with_vault("name", format!("\"Person {n}\""))]).unwrap();
    }
    store
}

fn checkpoint(store: &dyn Store) -> Checkpoint {
    Checkpoint { origin: "example.org/test".to_owned(), size: store.tree().size(), root: store.tree().root() }
}

fn rows(store: &dyn Store) -> Vec<Row> {
    let mut rows = Vec::new();
    store
        .rows(0, &mut |row| {
            rows.push(row);
            Ok(true)
        })
        .unwrap();
    rows
}

/// Whether the check against a checkpoint kept elsewhere finds something.
fn is_found(rows: Vec<Row>, kept: &Checkpoint) -> bool {
    // Whoever changes rows can make the head of the tree fit them: nothing but the checkpoint gives them away.
    let store = Memory::of_rows(rows);
    !verify(&store, std::slice::from_ref(kept), &mut |_| {}).unwrap().is_sound()
}

#[test]
fn an_untouched_log_is_sound() {
    let store = log(5);
    let mut bytes = Vec::new();
    bundle::write(&store, &mut bytes).unwrap();
    let read = bundle::read(&mut bytes.as_slice()).unwrap();
    assert_eq!(read, rows(&store));
    assert!(!is_found(read, &checkpoint(&store)));
}

#[test]
fn every_changed_bit_of_the_canonical_bundle_is_found() {
    let store = log(12);
    let kept = checkpoint(&store);
    let mut bytes = Vec::new();
    bundle::write(&store, &mut bytes).unwrap();
    let mut looked_at = 0;
    for at in 0..bytes.len() {
        for bit in [1u8, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= bit;
            let found = match bundle::read(&mut changed.as_slice()) {
                Err(_) => true,
                Ok(rows) => is_found(rows, &kept),
            };
            assert!(found, "bit {bit:#x} of byte {at} was changed and nobody noticed");
            looked_at += 1;
        }
    }
    assert!(looked_at > 9_000, "{looked_at}");
}

#[test]
fn every_change_of_the_structure_is_found() {
    let store = log(24);
    let kept = checkpoint(&store);
    let whole = rows(&store);
    let mut dice = Dice::new(3);
    let mut looked_at = 0;
    for _ in 0..rounds(10_000, 100_000) {
        let changed = mutated(&whole, &mut dice);
        if changed == whole {
            continue;
        }
        assert!(is_found(changed.clone(), &kept), "{changed:?}");
        looked_at += 1;
    }
    assert!(looked_at >= rounds(9_000, 90_000), "{looked_at}");
}

/// The rows as somebody would change them who can write into the file.
fn mutated(whole: &[Row], dice: &mut Dice) -> Vec<Row> {
    let mut rows = whole.to_vec();
    let (a, b) = (dice.roll(rows.len()), dice.roll(rows.len()));
    match dice.roll(9) {
        // Take one out.
        0 => {
            rows.remove(a);
        }
        // Put one in twice.
        1 => rows.insert(b, whole[a].clone()),
        // Let two change places.
        2 => rows.swap(a, b),
        // Cut the end off: an older state, in itself sound.
        3 => rows.truncate(a),
        // Give one the fields of another, all or some.
        4 => rows[a].body = whole[b].body.clone(),
        5 => rows[a].vault = whole[b].vault.clone(),
        // Take fields away without a word.
        6 => rows[a].body = Vec::new(),
        // Make one anew with other words, or another time, all commitments true.
        7 => rows[a] = remade(&whole[a], |draft| draft.with("text", "\"other words\"")),
        _ => rows[a] = remade(&whole[a], |draft| draft.at(1)),
    }
    for (seq, row) in rows.iter_mut().enumerate() {
        row.seq = seq as u64;
    }
    rows
}

fn remade(row: &Row, change: impl Fn(Draft) -> Draft) -> Row {
    let entry = row.clone().entry().unwrap();
    let draft = change(Draft::new(entry.header.kind, &entry.header.by).at(entry.header.at));
    let sealed: Entry = draft.seal(entry.seq(), || [7; 16]).unwrap();
    Row {
        seq: sealed.seq(),
        header: sealed.header_bytes.clone(),
        body: sealed.body(false),
        vault: sealed.body(true),
    }
}

#[test]
fn a_log_that_grew_still_bears_out_its_old_checkpoints_and_another_log_does_not() {
    let mut store = log(9);
    let old = checkpoint(&store);
    store.append(vec![Draft::new(Kind::Comment, "p1").with("text", "\"more\"")]).unwrap();
    let found = verify(&store, &[old.clone(), checkpoint(&store)], &mut |_| {}).unwrap();
    assert!(found.is_sound());
    assert_eq!(found.checkpoints, 2);
    // Another log of the same length, sound in itself.
    let fork = log(12);
    assert!(verify(&fork, &[], &mut |_| {}).unwrap().is_sound());
    assert!(!verify(&fork, &[old], &mut |_| {}).unwrap().is_sound());
}
