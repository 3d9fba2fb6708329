//! gate: here are sentences, which of them can matter and are worth a tree?
//!
//! Parsing is by far the dearest stage, and most of what the world writes tells of no attack. The gate looks for
//! the phrases of the lexicon classes that `lang/en/gate.tsv` names, before there are lemmas: their words are
//! inflected by `lang/en/inflection.tsv` and `lang/en/irregular.tsv`, more widely than is right, because what is
//! told in a closed sentence is lost.
//!
//! A sentence tells of an act when it has one strong phrase or two weak ones; details count only beside an act.
//! A document without such a sentence stays closed; in any other the sentences around all these phrases are open,
//! and so are the head of the document and the quotations near an act.

use crate::bundle::{Bundle, DataError};
use crate::document::Document;
use crate::hash::Filter;
use crate::lexicon::{Entry, Lexicon};
use crate::table::rows;
use crate::text::{Language, Sentence, Text, Token};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const CLASSES: &str = "lang/en/gate.tsv";
const ENDINGS: &str = "lang/en/inflection.tsv";
const IRREGULAR: &str = "lang/en/irregular.tsv";

/// How far a sentence that tells of an act opens those before and after it.
///
/// # Units
/// Sentences.
pub const REACH_STRONG: usize = 3;

/// How far a sentence with a detail opens those before and after it.
///
/// # Units
/// Sentences.
pub const REACH_DETAIL: usize = 1;

/// How far a sentence with one weak phrase opens those before and after it.
///
/// # Units
/// Sentences.
pub const REACH_WEAK: usize = 2;

/// How far from a sentence that tells of an act whatever stands in quotation marks is open.
///
/// # Units
/// Sentences.
pub const REACH_QUOTES: usize = 6;

/// Sentences at the head of an open document that are open whatever they say: they tell day and place.
///
/// # Units
/// Sentences.
pub const HEAD: usize = 2;

const QUOTATION_MARKS: [char; 10] = ['"', '“', '”', '„', '‟', '«', '»', '‘', '‹', '›'];

/// How much a phrase, or a sentence, tells of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Detail,
    Weak,
    Strong,
}

/// Number of a word of the phrases.
type WordId = u32;

/// A phrase behind its first word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Phrase {
    strength: Strength,
    others: Others,
}

/// What stands behind the first word of a phrase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Others {
    /// The second word: most phrases end here, without a look elsewhere into memory.
    second: Option<WordId>,
    further: Vec<WordId>,
}

impl Others {
    fn new(mut words: impl Iterator<Item = WordId>) -> Self {
        Others { second: words.next(), further: words.collect() }
    }

    fn iter(&self) -> impl Iterator<Item = &WordId> {
        self.second.iter().chain(&self.further)
    }

    /// Whether they stand behind a first word: what the second and, in turn, each further word of the text may be.
    fn stand<'w>(&self, second: &[WordId], further: impl Iterator<Item = &'w [WordId]>) -> bool {
        self.second.is_none_or(|word| second.contains(&word)) && {
            let mut further = further;
            self.further.iter().all(|word| further.next().is_some_and(|known| known.contains(word)))
        }
    }
}

/// Says which sentences are parsed. Cheap to share between threads.
///
/// # Example
/// ```
/// use annalist::gate::Gate;
/// use annalist::lexicon::Lexicon;
/// use annalist::text::Splitter;
/// use annalist::{Bundle, Document, Meta};
/// let bundle = Bundle::embedded();
/// let gate = Gate::new(&bundle, &Lexicon::new(&bundle, "lang/en/")?)?;
/// let splitter = Splitter::new(&bundle)?;
/// let open = |words: &str| -> Result<_, annalist::DocumentError> {
///     let document = Document::new(words.into(), Meta::default())?;
///     Ok(gate.open(&document, &splitter.split(&document)))
/// };
/// assert_eq!(open("Gunmen were shelling the town.")?, [true]);
/// assert_eq!(open("The minister opened a new library.")?, [false]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gate {
    /// Forms of the first words of phrases: most words of a text end here.
    openers: Filter<{ 1 << 11 }>,
    /// The words that a form may be of, by the hash of the form.
    words: FxHashMap<u64, Vec<WordId>>,
    /// The phrases that start with a word, the strongest first.
    phrases: FxHashMap<WordId, Vec<Phrase>>,
    scan: Scan,
}

impl Gate {
    /// Takes the phrases of the classes in `lang/en/gate.tsv` from the lexicon.
    ///
    /// A bundle without that file has no gate: every English sentence is open.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn new(bundle: &Bundle, lexicon: &Lexicon) -> Result<Self, DataError> {
        let mut ids: BTreeMap<&str, WordId> = BTreeMap::new();
        let mut phrases: BTreeMap<WordId, BTreeSet<Phrase>> = BTreeMap::new();
        for (entry, strength) in entries(bundle, lexicon)? {
            let mut id = |word| {
                let next = ids.len() as WordId;
                *ids.entry(word).or_insert(next)
            };
            let mut words = entry.words().iter().map(|word| id(word.as_str()));
            let Some(first) = words.next() else { continue };
            phrases.entry(first).or_default().insert(Phrase { strength, others: Others::new(words) });
        }
        let strongest_first = |(word, phrases): (WordId, BTreeSet<Phrase>)| {
            (word, phrases.into_iter().rev().collect::<Vec<_>>())
        };
        let forms = forms(bundle, &ids)?;
        let mut openers = Filter::default();
        let mut words: FxHashMap<u64, Vec<WordId>> = FxHashMap::default();
        for (form, id) in &forms {
            if phrases.contains_key(id) {
                openers.add(key(form));
            }
            let words = words.entry(key(form)).or_default();
            if !words.contains(id) {
                words.push(*id);
            }
        }
        let scan = Scan::new(bundle, &forms, &phrases)?;
        Ok(Gate { openers, words, phrases: phrases.into_iter().map(strongest_first).collect(), scan })
    }

    /// Whether any sentence of a text may tell of an act: a look at the bare words, before there are tokens. Where it
    /// says no, [`Gate::open`] opens nothing; where it says yes, that has to look.
    ///
    /// # Example
    /// ```
    /// use annalist::Bundle;
    /// use annalist::gate::Gate;
    /// use annalist::lexicon::Lexicon;
    /// let bundle = Bundle::embedded();
    /// let gate = Gate::new(&bundle, &Lexicon::new(&bundle, "lang/en/")?)?;
    /// assert!(gate.may_tell("Gunmen were shelling the town."));
    /// assert!(!gate.may_tell("The minister opened a new library."));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn may_tell(&self, text: &str) -> bool {
        self.phrases.is_empty() || self.scan.blind || self.scan.finds(text.as_bytes())
    }

    /// Whether each sentence is to be parsed. Sentences of other languages than English never are.
    pub fn open(&self, document: &Document, text: &Text) -> Vec<bool> {
        let sentences = text.sentences();
        if self.phrases.is_empty() {
            return sentences.iter().map(is_english).collect();
        }
        let strengths: Vec<Option<Strength>> =
            sentences.iter().map(|sentence| self.strength(sentence, document, text)).collect();
        let mut open = vec![false; sentences.len()];
        if !strengths.contains(&Some(Strength::Strong)) {
            return open;
        }
        let around = |at: usize, reach: usize| at.saturating_sub(reach)..sentences.len().min(at + reach + 1);
        open[around(0, HEAD - 1)].fill(true);
        for (at, strength) in strengths.iter().enumerate() {
            match strength {
                Some(Strength::Strong) => {
                    open[around(at, REACH_STRONG)].fill(true);
                    for near in around(at, REACH_QUOTES) {
                        open[near] |= sentences[near].span.of(document.text()).contains(QUOTATION_MARKS);
                    }
                }
                Some(Strength::Weak) => open[around(at, REACH_WEAK)].fill(true),
                Some(Strength::Detail) => open[around(at, REACH_DETAIL)].fill(true),
                None => {}
            }
        }
        open.iter().zip(sentences).map(|(open, sentence)| *open && is_english(sentence)).collect()
    }

    /// How much an English sentence tells of an act.
    fn strength(&self, sentence: &Sentence, document: &Document, text: &Text) -> Option<Strength> {
        if !is_english(sentence) {
            return None;
        }
        let key = |token: &Token| key(token.span.of(document.text()));
        let words = |form: u64| self.words.get(&form).map_or(&[][..], Vec::as_slice);
        let mut found = None;
        let mut weak: Option<&[WordId]> = None;
        let tokens = &text.tokens()[sentence.tokens.clone()];
        for (at, token) in tokens.iter().enumerate() {
            let form = key(token);
            if !self.openers.may_hold(form) {
                continue;
            }
            let own = words(form);
            let strength = self.phrase(own, tokens[at + 1..].iter().map(|token| words(key(token))));
            // The same word twice is still one weak phrase; phrases that overlap are two ("fatally shot").
            let again = |before: &[WordId]| before.iter().any(|word| own.contains(word));
            match (strength, weak) {
                (Some(Strength::Strong), _) => return strength,
                (Some(Strength::Weak), Some(before)) if !again(before) => return Some(Strength::Strong),
                (Some(Strength::Weak), None) => weak = Some(own),
                _ => {}
            }
            found = found.max(strength);
        }
        found
    }

    /// The strength of the strongest phrase that starts with one of these words, before the words after them.
    fn phrase<'a>(
        &self,
        first: &[WordId],
        mut after: impl Iterator<Item = &'a [WordId]> + Clone,
    ) -> Option<Strength> {
        let second = after.next().unwrap_or_default();
        let stands = |phrase: &&Phrase| phrase.others.stand(second, after.clone());
        let of = |word| self.phrases.get(word).and_then(|phrases| phrases.iter().find(stands));
        first.iter().filter_map(of).map(|phrase| phrase.strength).max()
    }
}

fn is_english(sentence: &Sentence) -> bool {
    sentence.language == Language::En
}

/// The entries of the classes that the gate looks for.
fn entries<'a>(bundle: &Bundle, lexicon: &'a Lexicon) -> Result<Vec<(&'a Entry, Strength)>, DataError> {
    let mut entries = Vec::new();
    for row in bundle.get(CLASSES).map_or(Ok(Vec::new()), |file| rows(CLASSES, file.bytes()))? {
        let (class, value) = (row.cell(0), row.cell(2));
        let strength = match row.cell(1) {
            "detail" => Strength::Detail,
            "weak" => Strength::Weak,
            "strong" => Strength::Strong,
            other => return Err(row.fault(format!("`{other}` is not detail, weak or strong"))),
        };
        if lexicon.of_class(class).next().is_none() {
            return Err(row.fault(format!("there is no lexicon `{class}`")));
        }
        let wanted =
            lexicon.of_class(class).filter(|entry| ["", &entry.value].contains(&value) || entry.has(value));
        entries.extend(wanted.map(|entry| (entry, strength)));
    }
    Ok(entries)
}

/// Every form of the words, and the word that it may be of.
fn forms(bundle: &Bundle, ids: &BTreeMap<&str, WordId>) -> Result<BTreeSet<(String, WordId)>, DataError> {
    let mut forms = BTreeSet::new();
    let endings = endings(bundle)?;
    for (word, &id) in ids {
        forms.insert(((*word).to_owned(), id));
        forms.extend(endings.iter().filter_map(|ending| ending.of(word)).map(|form| (form, id)));
    }
    for row in bundle.get(IRREGULAR).map_or(Ok(Vec::new()), |file| rows(IRREGULAR, file.bytes()))? {
        if let Some(&id) = ids.get(row.cell(2).to_lowercase().as_str()) {
            forms.insert((row.cell(0).to_owned(), id));
        }
    }
    Ok(forms)
}

/// Finds phrases in bare text: in its runs of ASCII letters and digits, whatever stands between them.
///
/// Of a word that holds other characters only the first run counts, and no phrase is followed beyond it. So every phrase
/// that stands in the tokens is found here, and some that do not stand there.
#[derive(Clone, Debug)]
struct Scan {
    /// The runs that open a phrase: most words of a text end here.
    openers: Filter<{ 1 << 11 }>,
    /// The phrases that a run opens, the strongest first.
    phrases: FxHashMap<u64, Vec<Opened>>,
    /// The words that a run may be of.
    words: FxHashMap<u64, Vec<WordId>>,
    /// Words behind which a full stop ends no sentence.
    abbreviations: FxHashSet<u64>,
    /// Whether there are phrases that no run opens, so that every text may tell of an act.
    blind: bool,
}

/// A phrase behind the run that opens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Opened {
    strength: Strength,
    others: Others,
    /// Whether the run is only a part of the first word.
    part: bool,
}

impl Scan {
    fn new(
        bundle: &Bundle,
        forms: &BTreeSet<(String, WordId)>,
        phrases: &BTreeMap<WordId, BTreeSet<Phrase>>,
    ) -> Result<Self, DataError> {
        let mut scan = Scan {
            openers: Filter::default(),
            phrases: FxHashMap::default(),
            words: FxHashMap::default(),
            abbreviations: FxHashSet::default(),
            blind: false,
        };
        for (path, file) in bundle.under("lang/").filter(|(path, _)| path.ends_with("/abbreviation.tsv")) {
            let rows = rows(path, file.bytes())?;
            scan.abbreviations
                .extend(rows.iter().filter_map(|row| run(row.cell(0).as_bytes(), 0)).map(|r| r.0));
        }
        // Words of which a run is only a part, and words without letters or digits ("-").
        let (mut parts, mut bare) = (BTreeSet::new(), BTreeSet::new());
        for (form, id) in forms {
            match run(form.as_bytes(), 0) {
                None => {
                    bare.insert(*id);
                }
                Some((hash, word)) => {
                    scan.words.entry(hash).or_default().push(*id);
                    if word.end < form.len() {
                        parts.insert(*id);
                    }
                }
            }
        }
        // What stands behind the first word with a run, as far as it can be followed.
        let mut opened: BTreeMap<WordId, Vec<Opened>> = BTreeMap::new();
        for (first, phrase) in
            phrases.iter().flat_map(|(first, phrases)| phrases.iter().map(move |p| (first, p)))
        {
            let mut words =
                std::iter::once(first).chain(phrase.others.iter()).filter(|word| !bare.contains(word));
            if phrase.strength == Strength::Detail {
                continue;
            }
            let Some(opener) = words.next() else {
                scan.blind = true;
                continue;
            };
            let part = parts.contains(opener);
            let mut others: Vec<WordId> = Vec::new();
            for &word in words.take_while(|_| !part) {
                others.push(word);
                if parts.contains(&word) {
                    break;
                }
            }
            opened.entry(*opener).or_default().push(Opened {
                strength: phrase.strength,
                others: Others::new(others.into_iter()),
                part,
            });
        }
        for (form, id) in forms {
            if let (Some((hash, _)), Some(phrases)) = (run(form.as_bytes(), 0), opened.get(id)) {
                scan.phrases.entry(hash).or_default().extend_from_slice(phrases);
                scan.openers.add(hash);
            }
        }
        #[expect(
            clippy::iter_over_hash_type,
            clippy::disallowed_methods,
            reason = "each list is sorted by itself, in whatever order they come"
        )]
        for phrases in scan.phrases.values_mut() {
            phrases.sort_by(|a, b| b.strength.cmp(&a.strength).then(a.others.cmp(&b.others)));
            phrases.dedup();
        }
        Ok(scan)
    }

    /// Whether there is a strong phrase, or two weak ones that may stand in one sentence.
    fn finds(&self, text: &[u8]) -> bool {
        let mut weak: Option<u64> = None;
        let mut at = 0;
        while let Some((run, word)) = run(text, at) {
            at = word.end;
            if self.openers.may_hold(run)
                && let Some(phrase) = self.opened(run, &text[at..])
            {
                match weak {
                    _ if phrase.strength == Strength::Strong => return true,
                    // The same word twice is still one weak phrase.
                    Some(before) if before != run || phrase.part => return true,
                    _ => weak = Some(run),
                }
            }
            if weak.is_some() && (ends_line(&text[at..]) || self.ends_sentence(text, word, run)) {
                weak = None;
            }
        }
        false
    }

    /// The strongest phrase that a run opens, before what stands after it.
    fn opened(&self, run: u64, after: &[u8]) -> Option<&Opened> {
        let phrases = self.phrases.get(&run)?;
        let mut at = 0;
        let mut ahead = std::iter::from_fn(move || {
            let (hash, run) = self::run(after, at)?;
            at = run.end;
            Some(self.words.get(&hash).map_or(&[][..], Vec::as_slice))
        });
        let second = ahead.next().unwrap_or_default();
        phrases.iter().find(|phrase| phrase.others.stand(second, ahead.clone()))
    }

    /// Whether a sentence surely ends behind a run: a whole word that is no abbreviation, a stop, a space and a capital.
    fn ends_sentence(&self, text: &[u8], word: Range<usize>, run: u64) -> bool {
        let space = |at: usize| text.get(at) == Some(&b' ');
        matches!(text.get(word.end), Some(b'.' | b'!' | b'?'))
            && space(word.end + 1)
            && text.get(word.end + 2).is_some_and(u8::is_ascii_uppercase)
            && word.len() > 1
            && word.start.checked_sub(1).is_some_and(space)
            && text[word].iter().all(u8::is_ascii_alphabetic)
            && !self.abbreviations.contains(&run)
    }
}

/// Whether a line ends before the next letter or digit.
fn ends_line(text: &[u8]) -> bool {
    text.iter().take_while(|byte| !byte.is_ascii_alphanumeric()).any(|&byte| byte == b'\n')
}

/// The hash of the first run of ASCII letters and digits from `at` on, in lower case, and where it stands.
#[inline(always)]
fn run(text: &[u8], at: usize) -> Option<(u64, Range<usize>)> {
    let start = run_start(text, at)?;
    let (mut hash, mut end) = (START, start);
    loop {
        let bytes = eight(text, end);
        let letters = (!alphanumeric(bytes)).trailing_zeros() / 8;
        if letters > 0 {
            let lower = (bytes | (EACH * 0x20)) & u64::MAX >> (64 - 8 * letters);
            hash = (hash ^ lower).wrapping_mul(MIXER).rotate_left(29);
        }
        end += letters as usize;
        if letters < 8 {
            return Some((hash, start..end));
        }
    }
}

/// Where the first run of ASCII letters and digits from `at` on starts.
#[inline(always)]
fn run_start(text: &[u8], mut at: usize) -> Option<usize> {
    while at < text.len() {
        let letters = alphanumeric(eight(text, at)) & (EACH * 0x80);
        if letters != 0 {
            return Some(at + letters.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    None
}

/// Mixes the bits of a hash: odd, so that no two runs of eight letters have one hash.
const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;

/// A one in each of eight bytes.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Eight bytes from `at` on, the first the lowest; zeros behind the end.
#[inline(always)]
fn eight(text: &[u8], at: usize) -> u64 {
    let left = &text[at..];
    let bytes = left.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; 8];
        bytes[..left.len()].copy_from_slice(left);
        bytes
    });
    u64::from_le_bytes(bytes)
}

/// All bits of a byte but its highest are set; that one tells whether the byte is an ASCII letter or digit.
#[inline(always)]
fn alphanumeric(bytes: u64) -> u64 {
    let low = bytes & (EACH * 0x7f);
    // The highest bit of every byte that is at least this one; none runs over into the next.
    let from = |bytes: u64, least: u8| bytes + EACH * u64::from(0x80 - least);
    let lower = low | (EACH * 0x20);
    let letter = from(lower, b'a') & !from(lower, b'z' + 1);
    let digit = from(low, b'0') & !from(low, b'9' + 1);
    (letter | digit) & !bytes | (EACH * 0x7f)
}

/// One way to inflect a word.
struct Ending<'a> {
    cut: &'a str,
    append: &'a str,
    double: bool,
}

impl Ending<'_> {
    /// The inflected form; none for a word that does not end so.
    fn of(&self, word: &str) -> Option<String> {
        let stem = word.strip_suffix(self.cut)?;
        let last = stem.chars().next_back()?;
        let doubled = self.double.then_some(last);
        Some(stem.chars().chain(doubled).chain(self.append.chars()).collect())
    }
}

fn endings(bundle: &Bundle) -> Result<Vec<Ending<'_>>, DataError> {
    let rows = bundle.get(ENDINGS).map_or(Ok(Vec::new()), |file| rows(ENDINGS, file.bytes()))?;
    rows.iter()
        .map(|row| match (row.cell(0), row.cell(1), row.cell(2)) {
            (_, "", _) => Err(row.fault("a line needs what is cut off (`-` for nothing) and what is put on")),
            (cut, append, double @ ("" | "double")) => {
                let cut = if cut == "-" { "" } else { cut };
                Ok(Ending { cut, append, double: double == "double" })
            }
            (_, _, other) => Err(row.fault(format!("`{other}` is not double"))),
        })
        .collect()
}

const START: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of a form in lower case with plain apostrophes.
///
/// Two forms with one hash may open a sentence too many, never one too few.
fn key(form: &str) -> u64 {
    if form.is_ascii() {
        return form.bytes().fold(START, |state, b| step(state, u32::from(b.to_ascii_lowercase())));
    }
    let plain = form.chars().map(|c| if matches!(c, '’' | 'ʼ') { '\'' } else { c });
    plain.flat_map(char::to_lowercase).fold(START, |state, c| step(state, u32::from(c)))
}

/// One step of FNV-1a, over characters instead of bytes.
fn step(state: u64, value: u32) -> u64 {
    (state ^ u64::from(value)).wrapping_mul(0x0000_0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Meta;
    use crate::text::Splitter;
    use proptest::prelude::*;

    const DULL: &str = "The minister opened a new library.";

    thread_local! {
        static TOOLS: (Splitter, Gate) = tools(&Bundle::embedded());
    }

    fn tools(bundle: &Bundle) -> (Splitter, Gate) {
        let lexicon = Lexicon::new(bundle, "lang/en/").unwrap();
        (Splitter::new(bundle).unwrap(), Gate::new(bundle, &lexicon).unwrap())
    }

    /// `+` for an open sentence, `.` for a closed one.
    fn shown(words: &str, (splitter, gate): &(Splitter, Gate)) -> String {
        let document = Document::new(words.to_owned(), Meta::default()).unwrap();
        let text = splitter.split(&document);
        let open = gate.open(&document, &text);
        assert_eq!(open.len(), text.sentences().len());
        assert!(gate.may_tell(words) || !open.contains(&true), "{words}");
        open.iter().map(|open| if *open { '+' } else { '.' }).collect()
    }

    fn open(words: &str) -> String {
        TOOLS.with(|tools| shown(words, tools))
    }

    /// Some dull sentences, one that matters, and dull ones again.
    fn amid(before: usize, sentence: &str, after: usize) -> String {
        [vec![DULL; before], vec![sentence], vec![DULL; after]].concat().join(" ")
    }

    #[test]
    fn inflected_forms_open() {
        for words in [
            "Gunmen shot two men.",
            "Two men were stabbed.",
            "They were shelling the town.",
            "THE SHELLINGS WENT ON.",
            "The bodies lay beside knives.",
            "Troops struck a school with drones.",
            "A man’s throat was slit by attackers with machetes.",
        ] {
            assert_eq!(open(words), "+", "{words}");
        }
    }

    #[test]
    fn a_text_without_an_act_is_closed() {
        assert_eq!(open(""), "");
        assert_eq!(open(&amid(5, DULL, 5)), ".".repeat(11));
        // One weak word, or the same twice, is not enough: too many texts have it.
        assert_eq!(open("The cut was small. Each cut in the price was a small cut."), "..");
        TOOLS.with(|(_, gate)| assert!(!gate.may_tell("The cut was small.\nThe fire was big.")));
        TOOLS.with(|(_, gate)| assert!(!gate.may_tell("It was a small cut. The fire was big.")));
    }

    #[test]
    fn an_act_opens_the_head_and_what_is_near() {
        let act = "Gunmen opened fire on a bus.";
        assert_eq!(open(&amid(8, act, 6)), "++...+++++++...");
        let quotation = "“We are sad,” he added.";
        let text = [amid(8, act, REACH_QUOTES - 1), quotation.into(), quotation.into()].join(" ");
        assert_eq!(open(&text), "++...+++++++..+.");
    }

    #[test]
    fn a_weak_word_opens_less() {
        let act = "Gunmen opened fire on a bus.";
        let text = amid(0, act, 8) + " " + &amid(0, "The fire was big.", 4);
        assert_eq!(open(&text), "++++...+++++..");
    }

    #[test]
    fn other_languages_are_never_parsed() {
        assert_eq!(open("Дрон ударил по автобусу. Two people were killed by a drone."), ".+");
    }

    #[test]
    fn without_its_list_there_is_no_gate() {
        let mut bundle = Bundle::embedded();
        bundle.overlay(CLASSES, Vec::new());
        assert_eq!(shown(&amid(1, DULL, 1), &tools(&bundle)), "+++");
    }

    #[test]
    fn faults_name_their_line() {
        let fault = |path: &str, line: &str| {
            let mut bundle = Bundle::embedded();
            bundle.overlay(path, line.into());
            let lexicon = Lexicon::new(&bundle, "lang/en/").unwrap();
            Gate::new(&bundle, &lexicon).unwrap_err().to_string()
        };
        assert_eq!(
            fault(CLASSES, "trigger\tmild"),
            "lang/en/gate.tsv:1: `mild` is not detail, weak or strong"
        );
        assert_eq!(fault(CLASSES, "tiger\tweak"), "lang/en/gate.tsv:1: there is no lexicon `tiger`");
        assert_eq!(fault(ENDINGS, "e\ting\ttwice"), "lang/en/inflection.tsv:1: `twice` is not double");
    }

    #[test]
    fn endings_inflect() {
        let bundle = Bundle::embedded();
        let endings = endings(&bundle).unwrap();
        for (word, form) in [
            ("injury", "injuries"),
            ("stab", "stabbing"),
            ("rape", "raped"),
            ("knife", "knives"),
            ("die", "dying"),
        ] {
            let all: Vec<String> = endings.iter().filter_map(|ending| ending.of(word)).collect();
            assert!(all.iter().any(|f| f == form), "{form}: {all:?}");
        }
    }

    #[test]
    fn runs_are_told_eight_letters_at_a_time() {
        for byte in 0..=u8::MAX {
            let told = alphanumeric(u64::from(byte) * EACH);
            let right = if byte.is_ascii_alphanumeric() { u64::MAX } else { EACH * 0x7f };
            assert_eq!(told, right, "{byte}");
        }
        let runs = |text: &str| {
            let next = |at: &usize| run(text.as_bytes(), *at).map(|(_, word)| word.end);
            let ends = std::iter::successors(next(&0), next);
            ends.map(|end| {
                text[..end].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap().to_owned()
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(
            runs("– Shells hit 12 \"multistorey\" houses, counterattack"),
            ["Shells", "hit", "12", "multistorey", "houses", "counterattack"]
        );
        let hash = |text: &str| run(text.as_bytes(), 0).map(|(hash, _)| hash);
        assert_eq!(hash("EXPLODED "), hash("…exploded"));
        assert_ne!(hash("exploded"), hash("explodes"));
        assert_eq!(hash("…!"), None);
    }

    proptest! {
        #[test]
        fn any_text_has_a_gate(words in "(\\PC|[a-zA-Z]| |\\n|\\.|“|дрон |Shot dead |killed ){0,200}") {
            open(&words);
        }
    }
}
