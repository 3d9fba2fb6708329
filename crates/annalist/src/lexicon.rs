//! lexicon: here are tokens with lemmas, tell me which phrases of which class stand where.
//!
//! One file per class under `lang/<language>/`: tab-separated, `#` lines at the head say what it is.
//! First column the phrase, second its value in the class, the others as the class wants them.

mod check;

pub use crate::table::{Row, header, rows};
pub use check::check;

use crate::bundle::{Bundle, DataError};
use crate::hash::{self, Filter};
use crate::text::{Splitter, TokenId};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::ops::Range;

/// Number of an entry in its [`Lexicon`].
pub type EntryId = usize;

/// The name of a class, kept in place: two are compared as numbers.
///
/// # Example
/// ```
/// use annalist::lexicon::Class;
/// let class = Class::new("weapon").unwrap();
/// assert!(class == "weapon" && class.as_str() == "weapon");
/// assert_eq!(Class::new("a-name-longer-than-classes-have"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class([u8; Class::BYTES_MAX]);

impl Class {
    /// Longest name.
    ///
    /// # Units
    /// Bytes.
    pub const BYTES_MAX: usize = 16;

    /// The class of a name; none for one that is too long.
    pub fn new(name: &str) -> Option<Self> {
        let mut bytes = [0; Class::BYTES_MAX];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        Some(Class(bytes))
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(Class::BYTES_MAX);
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl PartialEq<&str> for Class {
    #[inline]
    fn eq(&self, name: &&str) -> bool {
        Class::new(name) == Some(*self)
    }
}

impl std::fmt::Debug for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One phrase with its class and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The class: name of its file (`weapon`, `object`).
    pub class: Class,
    /// The phrase as written in the file.
    pub phrase: String,
    /// Second column: its value in the class.
    pub value: String,
    /// Further columns.
    pub rest: Vec<String>,
    /// What the further columns hold, alone or joined to others by `|` (`verb|noun`).
    marks: Vec<String>,
    words: Vec<String>,
}

impl Entry {
    /// The words of the phrase, in lower case with plain apostrophes, as texts are split.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether a further column holds this word, alone or joined to others by `|` (`verb|noun`).
    pub fn has(&self, word: &str) -> bool {
        self.marks.iter().any(|mark| mark == word)
    }
}

/// A phrase found in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its tokens.
    pub tokens: Range<TokenId>,
    /// The entry.
    pub entry: EntryId,
}

/// All phrases of one language.
#[derive(Default)]
pub struct Lexicon {
    entries: Vec<Entry>,
    by_class: BTreeMap<Class, Vec<EntryId>>,
    /// The words of all phrases, numbered: the words of a text are looked up once and then compared as numbers.
    words: FxHashMap<String, WordId>,
    /// A bit for some of the hash of every one of these words: most words of a text are in no phrase, and told by it.
    known: Filter<{ 1 << 11 }>,
    /// All phrases: those that start with one word beside each other, the longest first.
    phrases: Vec<Phrase>,
    /// The words of all phrases from the third on.
    further: Vec<WordId>,
    /// Where the phrases start that a word starts.
    starts: Vec<u32>,
    /// The number of every entry's class.
    classes: Vec<u16>,
}

/// Number of a word of the phrases.
type WordId = u32;

/// What a word is that no phrase holds.
const UNKNOWN: WordId = WordId::MAX;

/// An entry behind its first word, in little memory: every word of a text looks at many.
#[derive(Clone, Copy, Debug)]
struct Phrase {
    entry: u32,
    class: u16,
    /// Number of words behind the first.
    others: u16,
    /// The second word, if there is one.
    second: WordId,
    /// Where the further words start among those of all phrases.
    further: u32,
}

/// A word of a text: the numbers of its form and its lemma.
#[derive(Clone, Copy)]
struct Known {
    form: WordId,
    lemma: WordId,
}

/// How a token is seen by the lexicon: its lower-cased form and its lemma.
pub struct Word<'a> {
    /// Lower-cased form.
    pub lower: &'a str,
    /// Lemma, or the lower-cased form where there is none.
    pub lemma: &'a str,
}

impl Lexicon {
    /// Reads every file in `folder` (`lang/en/`) whose head says `# lexicon:` and `# match: phrase`.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn new(bundle: &Bundle, folder: &str) -> Result<Self, DataError> {
        let mut lexicon = Lexicon::default();
        let mut by_first: BTreeMap<WordId, Vec<Phrase>> = BTreeMap::new();
        // Phrases are split like texts, so that hyphens, clitics and stops fall on the same tokens.
        let splitter = Splitter::new(bundle)?;
        for (path, file) in bundle.under(folder) {
            let head = header(file.bytes());
            let Some(class) = head.get("lexicon") else { continue };
            if head.get("match").map(String::as_str) != Some("phrase") {
                continue;
            }
            let class = Class::new(class).ok_or_else(|| {
                let message =
                    format!("`{class}` is too long for a class; {} bytes are the most", Class::BYTES_MAX);
                DataError::new(path, 0, message)
            })?;
            for row in rows(path, file.bytes())? {
                let words: Vec<String> = splitter.words(row.cell(0));
                if words.is_empty() {
                    return Err(row.fault("the first column holds no phrase"));
                }
                let id = lexicon.entries.len();
                let next = lexicon.by_class.len() as u16;
                let of_class = lexicon.by_class.entry(class).or_default();
                let number = of_class.first().map_or(next, |&entry| lexicon.classes[entry]);
                of_class.push(id);
                lexicon.classes.push(number);
                let numbers: Vec<WordId> = words.iter().map(|word| lexicon.number(word)).collect();
                by_first.entry(numbers[0]).or_default().push(Phrase {
                    entry: id as u32,
                    class: number,
                    others: words.len() as u16 - 1,
                    second: numbers.get(1).copied().unwrap_or(UNKNOWN),
                    further: lexicon.further.len() as u32,
                });
                lexicon.further.extend(numbers.iter().skip(2));
                lexicon.entries.push(Entry {
                    class,
                    phrase: row.cell(0).to_owned(),
                    value: row.cell(1).to_owned(),
                    rest: row.cells().iter().skip(2).map(|c| (*c).to_owned()).collect(),
                    marks: row.cells().iter().skip(2).flat_map(|c| c.split('|')).map(str::to_owned).collect(),
                    words,
                });
            }
        }
        for word in 0..lexicon.words.len() as WordId {
            lexicon.starts.push(lexicon.phrases.len() as u32);
            let mut phrases = by_first.remove(&word).unwrap_or_default();
            // Longest first, so that the first match of a class is its longest.
            phrases.sort_by_key(|phrase| (std::cmp::Reverse(phrase.others), phrase.entry));
            lexicon.phrases.append(&mut phrases);
        }
        lexicon.starts.push(lexicon.phrases.len() as u32);
        Ok(lexicon)
    }

    fn number(&mut self, word: &str) -> WordId {
        let next = self.words.len() as WordId;
        self.known.add(hash::of(word));
        *self.words.entry(word.to_owned()).or_insert(next)
    }

    fn word(&self, word: &str) -> WordId {
        let known = self.known.may_hold(hash::of(word));
        known.then(|| self.words.get(word).copied()).flatten().unwrap_or(UNKNOWN)
    }

    fn starting(&self, word: WordId) -> &[Phrase] {
        let Some(&[start, end]) = self.starts.get(word as usize..).and_then(|of| of.first_chunk()) else {
            return &[];
        };
        &self.phrases[start as usize..end as usize]
    }

    /// The entry behind a hit.
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id]
    }

    /// The entry of a class that is this one word.
    pub fn single(&self, class: Class, word: &str) -> Option<EntryId> {
        let of_class =
            |phrase: &&Phrase| phrase.others == 0 && self.entry(phrase.entry as EntryId).class == class;
        self.starting(self.word(word)).iter().find(of_class).map(|phrase| phrase.entry as EntryId)
    }

    /// All entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of one class, in order of their file.
    pub fn of_class(&self, class: &str) -> impl Iterator<Item = &Entry> {
        let ids = Class::new(class).and_then(|class| self.by_class.get(&class));
        ids.into_iter().flatten().map(|&id| &self.entries[id])
    }

    /// Every phrase in one sentence, the longest of each class at each place and none inside a longer one
    /// of its own class. `first` is the number of the first token.
    ///
    /// A phrase word matches a token by lower-cased form or by lemma.
    pub fn find(&self, first: TokenId, words: &[Word<'_>], out: &mut Vec<Hit>) {
        let base = out.len();
        let known = |word: &Word<'_>| {
            let form = self.word(word.lower);
            Known { form, lemma: if word.lemma == word.lower { form } else { self.word(word.lemma) } }
        };
        let words: Vec<Known> = words.iter().map(known).collect();
        for (at, &word) in words.iter().enumerate() {
            let by_lemma = if word.lemma == word.form { &[][..] } else { self.starting(word.lemma) };
            for phrase in longest_first(self.starting(word.form), by_lemma) {
                if !self.stands(phrase, &words[at + 1..]) {
                    continue;
                }
                // None that was found before starts behind it.
                let tokens = first + at..first + at + 1 + usize::from(phrase.others);
                let covered = out[base..]
                    .iter()
                    .any(|hit| tokens.end <= hit.tokens.end && self.classes[hit.entry] == phrase.class);
                if !covered {
                    out.push(Hit { tokens, entry: phrase.entry as EntryId });
                }
            }
        }
    }

    /// Whether a phrase goes on in the words after its first.
    fn stands(&self, phrase: &Phrase, after: &[Known]) -> bool {
        let is = |want: WordId, word: &Known| want == word.form || want == word.lemma;
        let Some(further) = usize::from(phrase.others).checked_sub(1) else { return true };
        let Some((second, after)) = after.split_first() else { return false };
        is(phrase.second, second) && further <= after.len() && {
            let words = &self.further[phrase.further as usize..][..further];
            words.iter().zip(after).all(|(&want, word)| is(want, word))
        }
    }
}

/// Two lists that have the longest phrase first, as one; at the same length the form before the lemma.
fn longest_first<'a>(
    mut by_form: &'a [Phrase],
    mut by_lemma: &'a [Phrase],
) -> impl Iterator<Item = &'a Phrase> {
    let length = |phrases: &[Phrase]| phrases.first().map_or(0, |phrase| phrase.others + 1);
    std::iter::from_fn(move || {
        let list = if length(by_lemma) > length(by_form) { &mut by_lemma } else { &mut by_form };
        let (phrase, others) = list.split_first()?;
        *list = others;
        Some(phrase)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_phrase_of_a_class_wins() {
        let mut bundle = Bundle::embedded();
        bundle.overlay(
            "lang/xx/weapon.tsv",
            b"# lexicon: weapon\n# match: phrase\n# provenance: test\nbomb\tbomb\ncar bomb\tcar_bomb\nmine-blast\tmine\n".to_vec(),
        );
        let lexicon = Lexicon::new(&bundle, "lang/xx/").unwrap();
        let words = ["car", "bombs", "mine", "-", "blast"]
            .map(|lower| Word { lower, lemma: if lower == "bombs" { "bomb" } else { lower } });
        let mut hits = Vec::new();
        lexicon.find(10, &words, &mut hits);
        let found: Vec<_> =
            hits.iter().map(|h| (h.tokens.clone(), lexicon.entry(h.entry).value.as_str())).collect();
        assert_eq!(found, [(10..12, "car_bomb"), (12..15, "mine")]);
    }

    #[test]
    fn a_longer_phrase_by_lemma_beats_a_shorter_one_by_form() {
        let mut bundle = Bundle::embedded();
        let text = b"# lexicon: trigger\n# match: phrase\nshot\tweak\nshoot dead\tstrong\n";
        bundle.overlay("lang/xx/trigger.tsv", text.to_vec());
        let lexicon = Lexicon::new(&bundle, "lang/xx/").unwrap();
        let words = [Word { lower: "shot", lemma: "shoot" }, Word { lower: "dead", lemma: "dead" }];
        let mut hits = Vec::new();
        lexicon.find(0, &words, &mut hits);
        assert_eq!(hits.iter().map(|h| (h.tokens.start, h.tokens.end)).collect::<Vec<_>>(), [(0, 2)]);
    }

    #[test]
    fn a_column_may_join_words() {
        let lexicon = Lexicon::new(&Bundle::embedded(), "lang/en/").unwrap();
        let strike = lexicon.entries().iter().find(|e| e.class == "trigger" && e.phrase == "strike").unwrap();
        assert!(strike.has("verb") && strike.has("noun") && !strike.has("phrase"));
    }
}
