//! casing: here is a report in capitals, how would it stand in ordinary writing?
//!
//! Wires and old archives come IN CAPITALS, where nothing tells a name from a word. The parser has read such sentences
//! and says which words are names; over a whole report it is right more often than in each place. What is written
//! small again has the same bytes at the same places, so that every span holds for both.

use crate::gazetteer::Gazetteer;
use crate::lexicon::Lexicon;
use crate::mention::place::{self, PlaceForm};
use crate::syntax::{Parsed, Upos};
use std::collections::HashMap;

/// Fewest letters of a text that can be said to be in capitals.
const LETTERS_MIN: usize = 40;

/// Lexicons whose single words are no names, whatever the parser takes them for.
const COMMON: [&str; 7] = ["human", "weapon", "trigger", "object", "outcome", "damage", "injury"];

/// Whether a text is in capitals nearly throughout.
///
/// # Example
/// ```
/// use annalist::casing::is_shouted;
/// assert!(is_shouted("LIMA, 3 MAY 90 -- A BOMB WENT OFF IN FRONT OF A BANK LAST NIGHT."));
/// assert!(!is_shouted("LIMA, 3 May - A bomb went off in front of a bank last night."));
/// ```
pub fn is_shouted(text: &str) -> bool {
    // Small letters for which there are too few others, whatever the rest of the text holds.
    let too_many = text.len() / 20 + 1;
    let small = text.chars().filter(|c| c.is_lowercase()).take(too_many).count();
    if small == too_many {
        return false;
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters >= LETTERS_MIN && small * 20 <= letters
}

/// How one word is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Small,
    Name,
    Capitals,
}

/// The text of a document in capitals as it would ordinarily be written, byte for byte as long.
///
/// Names of the lexicons and of peoples are capitalised, short ones and those in brackets stay in capitals; other words
/// are names when the parser takes most of their occurrences for one.
pub fn restored(parsed: &Parsed<'_>, lexicon: &Lexicon, gazetteer: &Gazetteer) -> String {
    let mut votes: HashMap<&str, i32> = HashMap::new();
    for token in 0..parsed.syntax.len() {
        *votes.entry(parsed.lower(token)).or_default() += if is_name(parsed, token) { 1 } else { -1 };
    }
    let mut writings: Vec<Writing> = (0..parsed.syntax.len())
        .map(|token| {
            let word = parsed.lower(token);
            let named = votes[word] > 0 || !gazetteer.adjective(word).is_empty();
            match named {
                _ if word.contains(|c: char| c.is_ascii_digit()) => Writing::Capitals,
                false => Writing::Small,
                true if is_abbreviation(parsed, token) => Writing::Capitals,
                true => Writing::Name,
            }
        })
        .collect();
    let mut hits = Vec::new();
    for sentence in parsed.text.sentences() {
        lexicon.find(sentence.tokens.start, &parsed.words(sentence.tokens.clone()), &mut hits);
    }
    for hit in hits.iter().filter(|h| h.tokens.len() == 1) {
        let token = hit.tokens.start;
        if COMMON.contains(&lexicon.entry(hit.entry).class.as_str()) && writings[token] == Writing::Name {
            writings[token] = Writing::Small;
        } else if lexicon.entry(hit.entry).class == "given-name"
            && writings.get(token + 1).is_some_and(|&next| next != Writing::Small)
        {
            writings[token] = Writing::Name;
        }
    }
    for place in place::find(parsed, gazetteer) {
        let known = place.form == PlaceForm::Name && place.place.score > 0.0 && place.tokens.len() > 1;
        for token in place.tokens.filter(|_| known) {
            if matches!(parsed.upos(token), Upos::Propn | Upos::Adj | Upos::Noun | Upos::X) {
                writings[token] = Writing::Name;
            }
        }
    }
    for hit in &hits {
        let entry = lexicon.entry(hit.entry);
        let name = entry.has("named") || entry.has("name");
        if name && hit.tokens.len() == 1 {
            let short = parsed.form(hit.tokens.start).chars().count() <= 5;
            writings[hit.tokens.start] = if short { Writing::Capitals } else { Writing::Name };
        } else if name {
            writings[hit.tokens.clone()].fill(Writing::Name);
        }
    }
    for hit in hits.iter().filter(|h| lexicon.entry(h.entry).value == "particle" && h.tokens.len() == 1) {
        let token = hit.tokens.start;
        // "Luis de la Torre", but "La Paz" and "El Salvador".
        if lexicon.entry(hit.entry).class == "name-part" && token > 0 && writings[token - 1] != Writing::Small
        {
            writings[token] = Writing::Small;
        }
    }
    // "Mayor Tomas Quispe", but "the mayor of Ayacucho".
    for hit in hits.iter().filter(|h| ["office", "title"].contains(&lexicon.entry(h.entry).class.as_str())) {
        let next = hit.tokens.end;
        if writings.get(next) == Some(&Writing::Name) && is_name(parsed, next) {
            writings[hit.tokens.clone()].fill(Writing::Name);
        }
    }
    for sentence in parsed.text.sentences() {
        let first = sentence.tokens.clone().find(|&t| parsed.form(t).starts_with(char::is_alphabetic));
        if let Some(first) = first.filter(|&t| writings[t] == Writing::Small) {
            writings[first] = Writing::Name;
        }
    }
    rewritten(parsed, &writings)
}

fn is_name(parsed: &Parsed<'_>, token: usize) -> bool {
    parsed.upos(token) == Upos::Propn || parsed.lower(token) == "i"
}

/// Initials, words without a vowel, and short names in brackets are written in capitals.
fn is_abbreviation(parsed: &Parsed<'_>, token: usize) -> bool {
    let form = parsed.form(token);
    let vowels = form.chars().any(|c| "AEIOUY".contains(c));
    let around = |t: Option<usize>, marks: [&str; 2]| {
        t.filter(|&t| t < parsed.syntax.len()).is_some_and(|t| marks.contains(&parsed.form(t)))
    };
    let bracketed = around(token.checked_sub(1), ["[", "("]) && around(Some(token + 1), ["]", ")"]);
    let dotted =
        form.trim_end_matches('.').contains('.') || form.chars().filter(|c| c.is_alphabetic()).count() == 1;
    !vowels || dotted || bracketed && form.chars().count() <= 6
}

fn rewritten(parsed: &Parsed<'_>, writings: &[Writing]) -> String {
    let text = parsed.document.text();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (token, writing) in parsed.text.tokens().iter().zip(writings) {
        out.push_str(&text[at..token.span.start()]);
        let mut opens = true;
        for c in token.span.of(text).chars() {
            let keep = *writing == Writing::Capitals || (opens && *writing == Writing::Name);
            out.push(if keep { c } else { small(c) });
            opens = c == '-' || c == '/' || opens && !c.is_alphabetic();
        }
        at = token.span.end();
    }
    out.push_str(&text[at..]);
    out
}

/// The small letter, where it has as many bytes.
fn small(c: char) -> char {
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(s), None) if s.len_utf8() == c.len_utf8() => s,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Bundle, Document, Engine, Meta};

    const SHOUTED: &str = "LIMA, 3 MAY 90 -- GUERRILLAS OF THE SHINING PATH KILLED MAYOR TOMAS QUISPE IN AYACUCHO. \
                           THE POLICE SAID THAT A PERUVIAN SOLDIER WAS ALSO WOUNDED.";

    #[test]
    fn names_are_told_from_words_and_nothing_moves() {
        let engine = Engine::new(&Bundle::embedded()).unwrap();
        let document = Document::new(SHOUTED.into(), Meta::default()).unwrap();
        let plain = engine.examine(&document, |case, _| case.marked.parsed.document.text().to_owned());
        assert_eq!(plain.len(), SHOUTED.len());
        assert_eq!(plain.to_uppercase(), SHOUTED);
        for name in ["Tomas Quispe", "Ayacucho", "Shining Path", "Peruvian soldier was also wounded"] {
            assert!(plain.contains(name), "{name:?} in {plain:?}");
        }
    }

    #[test]
    fn quotes_are_as_the_report_writes_them() {
        let engine = Engine::new(&Bundle::embedded()).unwrap();
        let document = Document::new(SHOUTED.into(), Meta::default()).unwrap();
        let reading = engine.read(&document);
        assert_eq!(reading.document.text, SHOUTED);
        assert!(!reading.claims.is_empty());
        for claim in &reading.claims {
            assert!(SHOUTED.contains(&claim.evidence.quote), "{:?}", claim.evidence);
        }
        let mut people = reading.incidents.iter().flat_map(|i| &i.people);
        assert!(people.any(|p| p.name.as_deref() == Some("Tomas Quispe")), "{:?}", reading.incidents);
    }
}
