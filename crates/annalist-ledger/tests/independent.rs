//! Checkpoints and proofs hold for a program that shares nothing with this one: `verify_proof.py`, Python alone.

mod common;

use annalist_ledger::log::checkpoint::{Checkpoint, Proof};
use annalist_ledger::log::note::SecretKey;
use annalist_ledger::log::{Digest, merkle};
use common::{Dice, rounds};
use serde_json::{Value, json};
use std::io::{BufWriter, Write as _};
use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verify_proof.py");
const ORIGIN: &str = "example.org/test";

/// Signatures of RFC 8032, section 7.1: seed, public key, message, signature.
const RFC_8032: [[&str; 4]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];

/// Gives the cases to the script, and says how many held and how many were refused; the script ends at the first that
/// did not turn out as its case says.
fn judged(cases: impl FnOnce(&mut dyn FnMut(Value))) -> Option<(usize, usize)> {
    let started = Command::new("python3").arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = started else {
        let remedy = "python3 is missing: install it (apt-get install python3)";
        assert!(std::env::var_os("CI").is_none(), "{remedy}");
        common::tell(&format!("NOT TESTED: {remedy}"));
        return None;
    };
    let mut out = BufWriter::new(python.stdin.take().unwrap());
    // Once the script has ended nobody reads on; its answer says why.
    cases(&mut |case| _ = writeln!(out, "{case}"));
    drop(out);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the script judges otherwise, see above");
    let answer = String::from_utf8(output.stdout).unwrap();
    common::tell(&answer);
    let mut counts = answer.split(' ').filter_map(|word| word.parse().ok());
    Some((counts.next()?, counts.next()?))
}

fn record(n: usize) -> String {
    format!("{{\"words\":\"entry {n}\"}}")
}

fn tree() -> Vec<Digest> {
    (0..rounds(130, 1_030)).map(|n| merkle::leaf(record(n).as_bytes())).collect()
}

/// The sizes of trees that are looked at: each of the smaller ones, some of the larger.
fn sizes(all: usize) -> impl Iterator<Item = usize> {
    const EACH: usize = 260;
    (1..=all).filter(move |size| *size <= EACH || size % 41 == 0 || *size == all)
}

fn key() -> SecretKey {
    SecretKey::new(ORIGIN, &[5; 32]).unwrap()
}

fn checkpoint(leaves: &[Digest]) -> Checkpoint {
    Checkpoint { origin: ORIGIN.to_owned(), size: leaves.len() as u64, root: merkle::root(leaves) }
}

fn flipped(digest: Digest, dice: &mut Dice) -> Digest {
    let mut digest = digest;
    digest.0[dice.roll(32)] ^= 1 << dice.roll(8);
    digest
}

#[test]
fn signatures_are_those_of_the_standard() {
    let counts = judged(|give| {
        for [_, public, message, signature] in RFC_8032 {
            let case = |public: &str, message: &str, signature: &str, holds: bool| json!({"case": "signature", "public": public, "message": message, "signature": signature, "holds": holds});
            give(case(public, message, signature, true));
            give(case(public, &format!("{message}00"), signature, false));
            for digit in 0..signature.len() {
                let mut changed = signature.as_bytes().to_vec();
                changed[digit] = if changed[digit] == b'0' { b'1' } else { b'0' };
                give(case(public, message, std::str::from_utf8(&changed).unwrap(), false));
            }
        }
    });
    assert!(counts.is_none_or(|counts| counts == (3, 3 * 129)), "{counts:?}");
    // And ours are the same. The third message is no text.
    for [seed, _, message, signature] in &RFC_8032[..2] {
        let text = if message.is_empty() { "" } else { "r" };
        let note = SecretKey::new(ORIGIN, &Digest::from_hex(seed).unwrap().0).unwrap().sign(text);
        let written = note.trim_end().rsplit(' ').next().unwrap();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, written).unwrap();
        let hex: String = bytes[4..].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, *signature);
    }
}

#[test]
fn every_proof_of_every_tree_holds_elsewhere_and_a_changed_one_does_not() {
    let (all, key, mut dice) = (tree(), key(), Dice::new(5));
    let public = key.public().to_string();
    let mut expected = (0, 0);
    let counts = judged(|give| {
        for size in sizes(all.len()) {
            let leaves = &all[..size];
            let head = checkpoint(leaves);
            let signed = head.sign(&key);
            let mut head_case = |note: &str, holds: bool| {
                give(
                    json!({"case": "checkpoint", "key": public, "note": note, "size": size, "root": head.root.hex(), "holds": holds}),
                );
            };
            head_case(&signed, true);
            head_case(&signed.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1)), false);
            expected.0 += 1;
            expected.1 += 1;
            for index in 0..size {
                let hashes = merkle::inclusion(leaves, index).unwrap();
                let proof = Proof {
                    extra: record(index).into_bytes(),
                    index: index as u64,
                    hashes,
                    checkpoint: signed.clone(),
                };
                let mut case = |proof: &Proof, of: usize, holds: bool| {
                    give(
                        json!({"case": "proof", "key": public, "proof": proof.to_text(), "record": record(of), "holds": holds}),
                    );
                    if holds { expected.0 += 1 } else { expected.1 += 1 }
                };
                case(&proof, index, true);
                let mut changed = proof.clone();
                let of = match dice.roll(5) {
                    0 if size > 1 => {
                        let at = dice.roll(changed.hashes.len());
                        changed.hashes[at] = flipped(changed.hashes[at], &mut dice);
                        index
                    }
                    1 if size > 1 => {
                        changed.hashes.pop();
                        index
                    }
                    2 => {
                        changed.hashes.push(all[0]);
                        index
                    }
                    3 => {
                        changed.index += 1;
                        index
                    }
                    _ => index + 1,
                };
                case(&changed, of, false);
            }
        }
    });
    assert!(counts.is_none_or(|counts| counts == expected), "{counts:?} {expected:?}");
    assert!(expected.0 > 8_000 && expected.1 > 8_000, "{expected:?}");
}

#[test]
fn every_tree_is_seen_elsewhere_to_be_the_beginning_of_a_later_one() {
    let (all, mut dice) = (tree(), Dice::new(6));
    let roots: Vec<Digest> = (1..=all.len()).map(|size| merkle::root(&all[..size])).collect();
    let mut expected = 0;
    let counts = judged(|give| {
        for new in sizes(all.len()) {
            for old in 1..=new {
                let hashes = merkle::consistency(&all[..new], old).unwrap();
                let mut case = |old_root: Digest, hashes: &[Digest], holds: bool| {
                    let hashes: Vec<String> = hashes.iter().map(Digest::hex).collect();
                    give(
                        json!({"case": "consistency", "old": old, "old_root": old_root.hex(), "new": new, "new_root": roots[new - 1].hex(), "hashes": hashes, "holds": holds}),
                    );
                };
                case(roots[old - 1], &hashes, true);
                if hashes.is_empty() || dice.roll(2) == 0 {
                    case(flipped(roots[old - 1], &mut dice), &hashes, false);
                } else {
                    let mut changed = hashes.clone();
                    let at = dice.roll(changed.len());
                    changed[at] = flipped(changed[at], &mut dice);
                    case(roots[old - 1], &changed, false);
                }
                expected += 1;
            }
        }
    });
    assert!(counts.is_none_or(|counts| counts == (expected, expected)), "{counts:?} {expected}");
    assert!(expected > 8_000, "{expected}");
}
