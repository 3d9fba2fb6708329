//! Puts words of our field into the trees of treebanks, which know gunmen and drones hardly at all.
//!
//! In a copy of a sentence some nouns and verbs give way to others of the same inflection out of the lexicons. The sentence then makes
//! no sense, but its tree stays right, and the network learns that "gunmen" are nouns and "shelled" is what one does to a thing.

use super::Random;
use super::treebank::Tree;
use annalist::lexicon::{Lexicon, rows};
use annalist::{Bundle, DataError};
use std::collections::BTreeMap;

/// Of how many nouns and verbs in a hundred another takes the place.
const REPLACED: u64 = 40;

/// Words of the field by word class and inflection.
pub(crate) struct Vocabulary {
    words: BTreeMap<&'static str, Vec<(String, String)>>,
}

impl Vocabulary {
    /// Collects the single words of the lexicons of a language. Forms are those of `irregular.tsv`, or made by rule.
    pub(crate) fn new(language: &str, bundle: &Bundle) -> Result<Self, DataError> {
        let lexicon = Lexicon::new(bundle, &format!("lang/{language}/"))?;
        let irregular = irregular(language, bundle)?;
        let mut words: BTreeMap<&'static str, Vec<(String, String)>> = BTreeMap::new();
        let single = |phrase: &str| phrase.len() > 2 && phrase.bytes().all(|b| b.is_ascii_lowercase());
        let mut keep = |kind, form: String, lemma: &str| {
            words.entry(kind).or_default().push((form, lemma.to_owned()));
        };
        for entry in ["human", "object", "weapon"].into_iter().flat_map(|class| lexicon.of_class(class)) {
            let noun = entry.phrase.as_str();
            if !single(noun) {
                continue;
            }
            match noun.strip_suffix("men") {
                Some(start) => keep("Number=Plur", noun.to_owned(), &format!("{start}man")),
                None if !noun.ends_with('s') => {
                    keep("Number=Sing", noun.to_owned(), noun);
                    if !noun.ends_with("man") {
                        keep("Number=Plur", with_ending(noun, "s"), noun);
                    }
                }
                None => {}
            }
        }
        for entry in ["trigger", "outcome", "damage"].into_iter().flat_map(|class| lexicon.of_class(class)) {
            let verb = entry.phrase.as_str();
            let is_verb = ["verb", "both", "verb-object"].iter().any(|kind| entry.has(kind));
            if !is_verb || !single(verb) || verb.ends_with("ed") || verb.ends_with("ing") {
                continue;
            }
            keep("VerbForm=Inf", verb.to_owned(), verb);
            keep("Number=Sing|Person=3|Tense=Pres", with_ending(verb, "s"), verb);
            let listed = irregular.get(verb).map_or(&[][..], Vec::as_slice);
            let of_kind = |ing: bool| listed.iter().filter(move |form| form.ends_with("ing") == ing);
            // "Stricken" is a participle alone; "shoot" stands beside "shot", "hit" alone.
            let mut past: Vec<&String> = of_kind(false).filter(|form| !form.ends_with("en")).collect();
            if past.len() > 1 {
                past.retain(|form| *form != verb);
            }
            match past[..] {
                [] => keep("Tense=Past", with_ending(verb, "ed"), verb),
                [past] => keep("Tense=Past", past.clone(), verb),
                // Past and participle differ, and the list does not say which is which.
                _ => {}
            }
            let participle = of_kind(true).next().cloned();
            keep("Tense=Pres|VerbForm=Part", participle.unwrap_or_else(|| with_ending(verb, "ing")), verb);
        }
        Ok(Vocabulary { words })
    }

    /// A copy with other words.
    pub(crate) fn put_into(&self, tree: &Tree, random: &mut Random) -> Tree {
        let mut copy = Tree { tokens: tree.tokens.clone(), source: tree.source, ..Tree::default() };
        for at in 0..tree.tokens.len() {
            let replaced = random.below(100) < REPLACED;
            let Some(words) = self.fitting(tree, at).filter(|_| replaced) else { continue };
            let (form, lemma) = &words[random.below(words.len() as u64) as usize];
            let token = &mut copy.tokens[at];
            let capital = token.form.starts_with(char::is_uppercase);
            token.form = if capital { super::treebank::capitalised(form) } else { form.clone() };
            token.lemma = lemma.clone();
        }
        copy
    }

    /// The words that can stand for a token: nouns for common nouns, verbs that take an object for verbs that have one.
    fn fitting(&self, tree: &Tree, at: usize) -> Option<&Vec<(String, String)>> {
        let token = &tree.tokens[at];
        let with_object = || {
            let mut below = tree.tokens.iter().filter(|t| t.head == at + 1);
            below.any(|t| matches!(t.label.as_str(), "obj" | "nsubj:pass" | "aux:pass"))
        };
        let particle = || tree.tokens.iter().any(|t| t.head == at + 1 && t.label == "compound:prt");
        match token.upos.as_str() {
            "NOUN" => self.words.iter().find(|(morph, _)| token.morph == **morph).map(|(_, words)| words),
            "VERB" if with_object() && !particle() => {
                let of_verb = |morph: &str| morph.contains("Tense=") || morph.contains("VerbForm=");
                let mut kinds = self.words.iter().filter(|(morph, _)| of_verb(morph));
                kinds
                    .find(|(morph, _)| morph.split('|').all(|value| token.has(value)))
                    .map(|(_, words)| words)
            }
            _ => None,
        }
    }
}

/// Irregular forms of verbs by lemma, those of the third person left out.
fn irregular(language: &str, bundle: &Bundle) -> Result<BTreeMap<String, Vec<String>>, DataError> {
    let path = format!("lang/{language}/irregular.tsv");
    let mut forms: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in bundle.get(&path).map_or(Ok(Vec::new()), |file| rows(&path, file.bytes()))? {
        let (form, lemma) = (row.cell(0), row.cell(2));
        if row.cell(1) == "VERB" && !(form.ends_with('s') && form.starts_with(lemma)) {
            forms.entry(lemma.to_owned()).or_default().push(form.to_owned());
        }
    }
    Ok(forms)
}

/// A form made by the rules of English spelling.
fn with_ending(word: &str, ending: &str) -> String {
    let vowel = |c: Option<char>| c.is_some_and(|c| "aeiou".contains(c));
    let mut back = word.chars().rev();
    let (last, second) = (back.next(), back.next());
    let start = match (last, ending) {
        (Some('y'), "s") if !vowel(second) => return format!("{}ies", &word[..word.len() - 1]),
        (Some('y'), "ed") if !vowel(second) => return format!("{}ied", &word[..word.len() - 1]),
        (Some('s' | 'x' | 'z'), "s") => return format!("{word}es"),
        (Some('h'), "s") if matches!(second, Some('s' | 'c')) => return format!("{word}es"),
        (Some('e'), "ed" | "ing") => &word[..word.len() - 1],
        _ => word,
    };
    format!("{start}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_follow_the_rules_of_spelling() {
        let forms = [
            ("body", "s"),
            ("bus", "s"),
            ("church", "s"),
            ("injure", "ed"),
            ("destroy", "ed"),
            ("bury", "ed"),
        ];
        let made = forms.map(|(word, ending)| with_ending(word, ending));
        assert_eq!(made, ["bodies", "buses", "churches", "injured", "destroyed", "buried"]);
    }

    #[test]
    fn words_keep_their_inflection() {
        let vocabulary = Vocabulary::new("en", &Bundle::embedded()).unwrap();
        let has = |kind: &str, form: &str| vocabulary.words[kind].iter().any(|(f, _)| f == form);
        assert!(has("Number=Plur", "gunmen") && has("Number=Sing", "drone") && has("Tense=Past", "shelled"));
        assert!(has("Tense=Past", "shot") && has("Tense=Past", "hit") && !has("Tense=Past", "shooted"));
        assert!(has("Tense=Pres|VerbForm=Part", "hitting") && !has("Number=Sing", "gunmen"));
    }
}
