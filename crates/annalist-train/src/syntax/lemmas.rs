//! Learns which endings follow which lemma script.

use super::treebank::Tree;
use annalist::syntax::Upos;
use annalist::syntax::lemma::{keys, script, table};
use annalist::syntax::model::Script;
use std::collections::BTreeMap;

/// Scripts by number, and the table of endings that refers to them.
pub(crate) fn learn(trees: &[Tree]) -> (Vec<Script>, Vec<[u8; 4]>) {
    let words = words(trees);
    let mut scripts: Vec<Script> = words.values().cloned().collect();
    scripts.sort();
    scripts.dedup();
    let number = |script: &Script| scripts.binary_search(script).unwrap_or(0) as u16;
    let words: Vec<(Vec<u64>, u16)> =
        words.iter().map(|((form, upos), script)| (keys(form, *upos).collect(), number(script))).collect();
    let table = table(&endings(&words));
    (scripts, table)
}

/// The usual script of every form and word class.
fn words(trees: &[Tree]) -> BTreeMap<(String, Upos), Script> {
    let mut counts: BTreeMap<(String, Upos), BTreeMap<Script, usize>> = BTreeMap::new();
    for token in trees.iter().flat_map(|tree| &tree.tokens) {
        let Some(upos) = Upos::parse(&token.upos) else { continue };
        let mut form = String::new();
        annalist::syntax::lower(&token.form, &mut form);
        let mut lemma = String::new();
        annalist::syntax::lower(&token.lemma, &mut lemma);
        if let Some(script) = script(&form, &lemma) {
            *counts.entry((form, upos)).or_default().entry(script).or_default() += 1;
        }
    }
    let usual = |scripts: BTreeMap<Script, usize>| {
        scripts.into_iter().max_by_key(|(script, count)| (*count, std::cmp::Reverse(script.clone())))
    };
    counts.into_iter().filter_map(|(word, scripts)| Some((word, usual(scripts)?.0))).collect()
}

/// Endings whose script differs from that of the longest shorter ending kept.
fn endings(words: &[(Vec<u64>, u16)]) -> Vec<(u64, u16)> {
    let deepest = words.iter().map(|(keys, _)| keys.len()).max().unwrap_or(0);
    let mut kept: BTreeMap<u64, u16> = BTreeMap::new();
    let mut inherited: Vec<Option<u16>> = vec![None; words.len()];
    for depth in 0..deepest {
        let mut votes: BTreeMap<u64, BTreeMap<u16, usize>> = BTreeMap::new();
        for (keys, script) in words.iter().filter(|(keys, _)| keys.len() > depth) {
            *votes.entry(keys[depth]).or_default().entry(*script).or_default() += 1;
        }
        for ((keys, _), inherited) in words.iter().zip(&mut inherited).filter(|((k, _), _)| k.len() > depth) {
            let votes = &votes[&keys[depth]];
            let favour =
                |script: u16| (votes[&script], *inherited == Some(script), std::cmp::Reverse(script));
            let best = votes.keys().copied().max_by_key(|&script| favour(script));
            if best != *inherited {
                kept.extend(best.map(|script| (keys[depth], script)));
                *inherited = best;
            }
        }
    }
    kept.into_iter().collect()
}
