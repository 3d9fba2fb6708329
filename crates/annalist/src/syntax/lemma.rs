//! Lemmas: irregular forms from `lang/en/irregular.tsv`, all others by suffix scripts from the model.
//!
//! The model holds, per word class and ending, the script that most words with that ending follow
//! (`-ies` of a noun: take off 3, append `y`); a longer ending that says otherwise overrules a shorter one,
//! and a whole word overrules them all. Endings are kept as hashes.

use super::label::Upos;
use super::model::{Model, Script};
use crate::bundle::{Bundle, DataError};
use crate::table::rows;
use rustc_hash::FxHashMap;

/// Longest ending that has a script.
///
/// # Units
/// Characters.
pub const ENDING_MAX: usize = 8;

/// Words longer than this have no script of their own.
const WORD_BYTES_MAX: usize = 40;

/// Slots that are looked at before a key counts as absent.
const PROBES: usize = 32;

/// Forms that people have listed with their lemma.
#[derive(Clone, Debug, Default)]
pub(super) struct Irregular {
    forms: FxHashMap<String, Vec<(Upos, String)>>,
}

impl Irregular {
    /// Reads `lang/<language>/irregular.tsv`; a bundle without it has no irregular forms.
    pub(super) fn new(bundle: &Bundle, language: &str) -> Result<Self, DataError> {
        let path = format!("lang/{language}/irregular.tsv");
        let mut forms: FxHashMap<String, Vec<(Upos, String)>> = FxHashMap::default();
        for row in bundle.get(&path).map_or(Ok(Vec::new()), |file| rows(&path, file.bytes()))? {
            let upos = Upos::parse(row.cell(1))
                .ok_or_else(|| row.fault(format!("`{}` is no word class such as VERB", row.cell(1))))?;
            if row.cell(0).is_empty() || row.cell(2).is_empty() {
                return Err(row.fault("a line needs a form, a word class and a lemma, with tabs between"));
            }
            forms.entry(row.cell(0).to_lowercase()).or_default().push((upos, row.cell(2).to_lowercase()));
        }
        Ok(Irregular { forms })
    }

    fn get(&self, lower: &str, upos: Upos) -> Option<&str> {
        let lemmas = self.forms.get(lower)?;
        lemmas.iter().find(|(class, _)| *class == upos).map(|(_, lemma)| lemma.as_str())
    }
}

/// Writes the lemma of a lower-cased form into `out`.
pub(super) fn lemma(model: &Model, irregular: &Irregular, lower: &str, upos: Upos, out: &mut String) {
    out.clear();
    if let Some(lemma) = irregular.get(lower, upos) {
        out.push_str(lemma);
        return;
    }
    let script = keys(lower, upos).filter_map(|key| find(model.lemma_table(), key)).last();
    match script.and_then(|number| model.scripts.get(usize::from(number))) {
        Some(script) => apply(script, lower, out),
        None => out.push_str(lower),
    }
}

/// Applies a script; a form that is too short for it is its own lemma.
pub fn apply(script: &Script, lower: &str, out: &mut String) {
    out.clear();
    let kept = lower.char_indices().rev().nth(usize::from(script.cut).wrapping_sub(1)).map(|(at, _)| at);
    let kept = if script.cut == 0 { Some(lower.len()) } else { kept };
    match kept {
        Some(end) if end + script.append.len() > 0 => {
            out.push_str(&lower[..end]);
            out.push_str(&script.append);
        }
        _ => out.push_str(lower),
    }
}

/// The script that makes `lemma` of `form`; none when too much would change.
pub fn script(form: &str, lemma: &str) -> Option<Script> {
    let same = form.chars().zip(lemma.chars()).take_while(|(a, b)| a == b).count();
    let cut = u8::try_from(form.chars().count() - same).ok()?;
    Some(Script { cut, append: lemma.chars().skip(same).collect() })
}

/// The keys of a form from the most general to the most special: its word class, its endings, itself.
pub fn keys(lower: &str, upos: Upos) -> impl Iterator<Item = u64> {
    let class = step(0x6c65_6d6d_6173, upos as u64 + 1);
    let whole = (lower.len() <= WORD_BYTES_MAX).then(|| {
        let word = lower.chars().rev().fold(class, |state, c| step(state, u64::from(c)));
        mixed(step(word, u64::MAX))
    });
    let endings = lower.chars().rev().take(ENDING_MAX).scan(class, |state, c| {
        *state = step(*state, u64::from(c));
        Some(mixed(*state))
    });
    std::iter::once(mixed(class)).chain(endings).chain(whole)
}

fn step(state: u64, value: u64) -> u64 {
    (state ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

/// Builds the table that the lemmatiser reads: a slot is two bytes of the key and the script's number
/// plus one, both little-endian; an empty slot ends the search.
///
/// # Panics
/// When keys crowd so much that one could not be found again.
pub fn table(entries: &[(u64, u16)]) -> Vec<[u8; 4]> {
    let len = (entries.len() * 2).next_power_of_two();
    let mut slots = vec![[0; 4]; len];
    for &(key, script) in entries {
        let slot = (0..PROBES)
            .map(|n| (key as usize + n) & (len - 1))
            .find(|&slot| slots[slot] == [0; 4])
            .expect("a table half empty has room near every key");
        let ([a, b], [c, d]) = (check(key).to_le_bytes(), (script + 1).to_le_bytes());
        slots[slot] = [a, b, c, d];
    }
    slots
}

fn find(slots: &[[u8; 4]], key: u64) -> Option<u16> {
    let mask = slots.len() - 1;
    for n in 0..PROBES {
        let [a, b, c, d] = slots[key.wrapping_add(n as u64) as usize & mask];
        let script = u16::from_le_bytes([c, d]).checked_sub(1)?;
        if u16::from_le_bytes([a, b]) == check(key) {
            return Some(script);
        }
    }
    None
}

fn check(key: u64) -> u16 {
    (key >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(form: &str, lemma: &str) -> String {
        let mut out = String::new();
        apply(&script(form, lemma).unwrap(), form, &mut out);
        out
    }

    #[test]
    fn scripts_make_lemmas() {
        assert_eq!(script("injuries", "injury"), Some(Script { cut: 3, append: "y".into() }));
        for (form, lemma) in
            [("injuries", "injury"), ("went", "go"), ("hit", "hit"), ("café", "cafe"), ("a", "b")]
        {
            assert_eq!(applied(form, lemma), lemma);
        }
        let mut out = String::new();
        apply(&Script { cut: 3, append: "y".into() }, "és", &mut out);
        assert_eq!(out, "és");
        apply(&Script { cut: 2, append: String::new() }, "és", &mut out);
        assert_eq!(out, "és");
    }

    #[test]
    fn tables_find_what_they_hold() {
        let entries: Vec<(u64, u16)> = (0..1000u64).map(|n| (mixed(n), n as u16)).collect();
        let slots = table(&entries);
        assert!(entries.iter().all(|&(key, script)| find(&slots, key) == Some(script)));
        assert!((2000..3000u64).all(|n| find(&slots, mixed(n)).is_none()));
        assert_eq!(find(&table(&[]), 7), None);
    }

    #[test]
    fn keys_run_from_class_to_word() {
        let of = |word| keys(word, Upos::Noun).collect::<Vec<_>>();
        assert_eq!(of("buses")[..3], of("shes")[..3]);
        assert_eq!(of("buses").len(), 7);
        assert_ne!(of("s").last(), of("s").get(1));
    }
}
