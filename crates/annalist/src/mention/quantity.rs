//! Counts in the text, as ranges.

use super::age::{Age, AgeWords};
use super::number::NumberWords;
use super::overlap;
use super::time::TimeMention;
use crate::bundle::{Bundle, DataError};
use crate::syntax::{Deprel, Parsed, Upos};
use crate::table::rows;
use crate::text::{TokenId, TokenKind};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::ops::Range;

/// A count with the word it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Its tokens, with "at least", "another", "of the".
    pub tokens: Range<TokenId>,
    /// Head of what is counted ("three **people**"); none for a bare number ("three were hurt").
    pub counted: Option<TokenId>,
    /// At least so many.
    pub min: u64,
    /// At most so many; none when open.
    pub max: Option<u64>,
    /// How the range was come by.
    pub basis: QuantityBasis,
    /// "Another", "more", "further": adds to what was said before.
    pub additional: bool,
}

/// How the range of a count was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityBasis {
    /// A number or a number word.
    Exact,
    /// "At least", "more than", "over".
    AtLeast,
    /// "Up to", "no more than".
    UpTo,
    /// "Several", "dozens".
    VagueWord,
    /// A bare plural: two or more.
    PluralOnly,
    /// "No", "none", "nobody".
    ExplicitNone,
    /// "Three to five", "between three and five".
    Range,
}

/// What a word beside a number, or instead of one, does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    AtLeast,
    UpTo,
    About,
    Additional,
    AdditionalAfter,
    AtLeastAfter,
    Vague(u64),
    Exact(u64),
    None,
    /// "No", "without": none only before a noun.
    NoneOf,
    /// "Rose from" before two numbers with "to": the second is the count.
    From,
    Unit,
    Label,
    /// "Street": its number counts nothing.
    Street,
}

/// Finds counts and ages in English.
pub struct QuantityFinder {
    numbers: NumberWords,
    ages: AgeWords,
    /// The phrases that open with a word: the words after it, the longest first.
    quantifiers: FxHashMap<String, Vec<(Vec<String>, Quantifier)>>,
}

impl QuantityFinder {
    /// Reads `number.tsv`, `quantifier.tsv`, `age.tsv` and `human.tsv` of `lang/en/`.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        const FOLDER: &str = "lang/en/";
        const PATH: &str = "lang/en/quantifier.tsv";
        let mut quantifiers = BTreeMap::new();
        if let Some(file) = bundle.get(PATH) {
            for row in rows(PATH, file.bytes())? {
                let value = || row.cell(2).parse().map_err(|_| row.fault("the third column is no number"));
                let kind = match row.cell(1) {
                    "at_least" => Quantifier::AtLeast,
                    "up_to" => Quantifier::UpTo,
                    "about" => Quantifier::About,
                    "additional" => Quantifier::Additional,
                    "additional-after" => Quantifier::AdditionalAfter,
                    "at_least-after" => Quantifier::AtLeastAfter,
                    "vague" => Quantifier::Vague(value()?),
                    "exact" => Quantifier::Exact(value()?),
                    "none" => Quantifier::None,
                    "none-of" => Quantifier::NoneOf,
                    "from" => Quantifier::From,
                    "street" => Quantifier::Street,
                    "unit" => Quantifier::Unit,
                    "label" => Quantifier::Label,
                    other => return Err(row.fault(format!("`{other}` is no kind of quantifier"))),
                };
                quantifiers.insert(row.cell(0).to_lowercase(), kind);
            }
        }
        let mut by_first: FxHashMap<String, Vec<(Vec<String>, Quantifier)>> = FxHashMap::default();
        for (phrase, kind) in quantifiers {
            let mut words = phrase.split(' ').map(str::to_owned);
            let first = words.next().unwrap_or_default();
            let phrases = by_first.entry(first).or_default();
            phrases.push((words.collect(), kind));
            phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Ok(QuantityFinder {
            numbers: NumberWords::new(bundle, FOLDER)?,
            ages: AgeWords::new(bundle, FOLDER)?,
            quantifiers: by_first,
        })
    }

    /// Ages, in order: "64-year-old", "aged 38, 44 and 59", "Smith, 45,", "a girl of 13 years".
    pub fn find_ages(&self, parsed: &Parsed<'_>) -> Vec<Age> {
        self.ages.find(&self.numbers, parsed)
    }

    /// Counts, in order. Dates, times, ages, measures, names with numbers and money are none.
    pub fn find(&self, parsed: &Parsed<'_>, times: &[TimeMention], ages: &[Age]) -> Vec<Quantity> {
        let mut found: Vec<Quantity> = Vec::new();
        let mut taken: Vec<Range<TokenId>> =
            times.iter().map(|t| t.tokens.clone()).chain(ages.iter().map(|a| a.tokens.clone())).collect();
        taken.sort_by_key(|r| r.start);
        for sentence in parsed.text.sentences() {
            let sentence = sentence.tokens.clone();
            let mut t = sentence.start;
            while t < sentence.end {
                match self.quantity_at(parsed, t, &sentence) {
                    Some(quantity) if !is_taken(&taken, &quantity.tokens) => {
                        t = quantity.tokens.end.max(t + 1);
                        found.push(quantity);
                    }
                    Some(quantity) => t = quantity.tokens.end.max(t + 1),
                    None => t += 1,
                }
            }
        }
        found
    }

    fn quantity_at(&self, parsed: &Parsed<'_>, at: TokenId, sentence: &Range<TokenId>) -> Option<Quantity> {
        let mut t = at;
        let mut basis = None;
        let mut additional = false;
        // Modifiers pile up: "at least another two".
        for _ in 0..3 {
            match self.phrase(parsed, t, sentence) {
                Some((Quantifier::AtLeast, end)) => (basis, t) = (Some(QuantityBasis::AtLeast), end),
                Some((Quantifier::UpTo, end)) => (basis, t) = (Some(QuantityBasis::UpTo), end),
                Some((Quantifier::About, end)) => t = end,
                Some((Quantifier::Additional, end)) => (additional, t) = (true, end),
                _ => break,
            }
        }
        if t >= sentence.end || (at > sentence.start && self.is_label(parsed, at - 1)) {
            return None;
        }
        let (min, max, own_basis, mut end) = self.number(parsed, t, sentence)?;
        let mut basis = basis.unwrap_or(own_basis);
        loop {
            match self.phrase(parsed, end, sentence) {
                Some((Quantifier::Unit, _)) => return None,
                Some((Quantifier::AdditionalAfter, after)) if !additional => {
                    (additional, end) = (true, after);
                }
                Some((Quantifier::AtLeastAfter, after)) => (basis, end) = (QuantityBasis::AtLeast, after),
                _ => break,
            }
        }
        if end < sentence.end && parsed.form(end) == "-" && end + 1 < sentence.end {
            // "152-mm", "five-storey", "12-year".
            let glued = parsed.text.tokens()[end].span.end() == parsed.text.tokens()[end + 1].span.start();
            if glued {
                return None;
            }
        }
        let (min, max) = match basis {
            QuantityBasis::AtLeast => (min, None),
            QuantityBasis::UpTo => (0, max.or(Some(min))),
            _ => (min, max),
        };
        let counted = counted(parsed, t, end, sentence);
        if self.counts_nothing(parsed, t, end, counted, sentence) {
            return None;
        }
        Some(Quantity { tokens: at..end, counted, min, max, basis, additional })
    }

    /// Whether the number in `at..end` is a name, a heading, a year or a pronoun rather than a count.
    fn counts_nothing(
        &self,
        parsed: &Parsed<'_>,
        at: TokenId,
        end: TokenId,
        counted: Option<TokenId>,
        sentence: &Range<TokenId>,
    ) -> bool {
        let form = parsed.form(at);
        let figures = parsed.text.tokens()[at].kind == TokenKind::Number;
        let before = (at > sentence.start).then(|| at - 1);
        if matches!(self.phrase(parsed, at, sentence), Some((Quantifier::NoneOf, _))) {
            return counted.is_none();
        }
        // "6." and "3)" number the items of a list.
        let numbers_item =
            figures && before.is_none() && end < sentence.end && matches!(parsed.form(end), "." | ")")
                || end - at == 1 && sentence.len() == 1;
        // "12 Gogol Street", "Gogol Street, 12".
        let street = |t: TokenId| {
            matches!(self.phrase(parsed, t, sentence), Some((Quantifier::Street, _)))
                && parsed.form(t).starts_with(char::is_uppercase)
        };
        let addresses = figures
            && (before
                .is_some_and(|b| street(b) || parsed.form(b) == "," && b > sentence.start && street(b - 1))
                || (end..(end + 3).min(sentence.end))
                    .take_while(|&t| parsed.form(t).starts_with(char::is_uppercase))
                    .any(street));
        // "The 2005 law", "in Delmas 33".
        let year = figures
            && form.len() == 4
            && matches!(form.parse::<u32>(), Ok(1900..=2099))
            && counted.is_none_or(|c| parsed.upos(c) != Upos::Noun || c != end);
        let named = figures
            && counted.is_none()
            && before.is_some_and(|b| parsed.upos(b) == Upos::Propn && parsed.form(b).len() > 1);
        // "The other one", "the only one": a pronoun.
        let pronoun = !figures
            && counted.is_none()
            && self.numbers.read(parsed, at, end).is_some_and(|n| n.value == 1)
            && before.is_some_and(|b| matches!(parsed.upos(b), Upos::Det | Upos::Adj | Upos::Num));
        numbers_item || addresses || year || named || pronoun
    }

    /// A number, a range of numbers or a word instead of one.
    fn number(
        &self,
        parsed: &Parsed<'_>,
        t: TokenId,
        sentence: &Range<TokenId>,
    ) -> Option<(u64, Option<u64>, QuantityBasis, TokenId)> {
        match self.phrase(parsed, t, sentence) {
            Some((Quantifier::Vague(least), end)) => {
                return Some((least, None, QuantityBasis::VagueWord, end));
            }
            Some((Quantifier::Exact(value), end)) => {
                return Some((value, Some(value), QuantityBasis::Exact, end));
            }
            Some((Quantifier::None | Quantifier::NoneOf, end)) => {
                return Some((0, Some(0), QuantityBasis::ExplicitNone, end));
            }
            _ => {}
        }
        let between = parsed.lower(t) == "between";
        let start = if between { t + 1 } else { t };
        if start >= sentence.end || !self.numbers.starts(parsed.lower(start)) || !is_plain(parsed, start) {
            return None;
        }
        let first = self.numbers.read(parsed, start, sentence.end)?;
        let joint = first.end;
        let joins = joint + 1 < sentence.end
            && match parsed.lower(joint) {
                "to" | "–" | "-" | "or" => true,
                "and" => between,
                _ => false,
            };
        if joins
            && is_plain(parsed, joint + 1)
            && let Some(second) = self.numbers.read(parsed, joint + 1, sentence.end)
            && second.value > first.value
        {
            // "Went up from four to seven": what it was is no count.
            let risen = start >= sentence.start + 2
                && self.phrase(parsed, start - 2, sentence) == Some((Quantifier::From, start));
            if risen {
                return Some((second.value, Some(second.value), QuantityBasis::Exact, second.end));
            }
            return Some((first.value, Some(second.value), QuantityBasis::Range, second.end));
        }
        if between {
            return None;
        }
        Some((first.value, Some(first.value), QuantityBasis::Exact, first.end))
    }

    fn phrase(
        &self,
        parsed: &Parsed<'_>,
        t: TokenId,
        sentence: &Range<TokenId>,
    ) -> Option<(Quantifier, TokenId)> {
        if t >= sentence.end {
            return None;
        }
        let stands = |words: &[String]| {
            t + words.len() < sentence.end && words.iter().zip(t + 1..).all(|(w, i)| w == parsed.lower(i))
        };
        let phrases = self.quantifiers.get(parsed.lower(t))?;
        let (words, kind) = phrases.iter().find(|(words, _)| stands(words))?;
        Some((*kind, t + 1 + words.len()))
    }

    fn is_label(&self, parsed: &Parsed<'_>, t: TokenId) -> bool {
        let phrases = self.quantifiers.get(parsed.lower(t)).map_or(&[][..], Vec::as_slice);
        phrases.iter().any(|(words, kind)| words.is_empty() && *kind == Quantifier::Label)
    }
}

fn is_taken(taken: &[Range<TokenId>], tokens: &Range<TokenId>) -> bool {
    const LOOK_BACK: usize = 6;
    let end = taken.partition_point(|r| r.start < tokens.end);
    taken[..end].iter().rev().take(LOOK_BACK).any(|r| overlap(r, tokens))
}

/// Whether a token is a count, not a decimal, a time of day or part of a name.
fn is_plain(parsed: &Parsed<'_>, t: TokenId) -> bool {
    let form = parsed.form(t);
    if !form.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let decimal = form.contains(['.', ':']) || form.split(',').skip(1).any(|part| part.len() != 3);
    let tokens = parsed.text.tokens();
    let touches = |t: TokenId| t > 0 && tokens[t].span.start() == tokens[t - 1].span.end();
    // "Mi-8", "Shahed–136", ".223", "m/51", "+380".
    let glued_before = touches(t)
        && match parsed.form(t - 1) {
            "-" | "‑" | "–" | "/" => touches(t - 1) && tokens[t - 2].kind == TokenKind::Word,
            "." | "+" | "№" | "#" => true,
            _ => false,
        };
    !decimal && !glued_before
}

/// The noun that a number counts: the head it modifies, the noun after "of", or the next noun near by.
fn counted(parsed: &Parsed<'_>, number: TokenId, end: TokenId, sentence: &Range<TokenId>) -> Option<TokenId> {
    const REACH: usize = 6;
    if end < sentence.end && parsed.lower(end) == "of" {
        let phrase = end + 1..(end + REACH).min(sentence.end);
        let noun = phrase
            .clone()
            .take_while(|&t| !matches!(parsed.upos(t), Upos::Punct | Upos::Adp | Upos::Aux))
            .find(|&t| matches!(parsed.upos(t), Upos::Noun | Upos::Propn | Upos::Pron));
        // "Three of the dead": no noun, but what an article stands before.
        let nominal = || phrase.clone().find(|&t| matches!(parsed.upos(t), Upos::Adj | Upos::Verb));
        return noun.map(|t| last_of_compound(parsed, t, sentence)).or_else(nominal);
    }
    for t in number..end {
        if matches!(parsed.deprel(t), Deprel::Nummod | Deprel::Det | Deprel::Amod)
            && let Some(head) =
                parsed.head(t).filter(|&h| h >= end && h < end + REACH + 2 && parsed.upos(h) != Upos::Punct)
        {
            return Some(head);
        }
    }
    // Without word classes: the next word.
    if end < sentence.end && parsed.upos(end) == Upos::X && parsed.text.tokens()[end].kind == TokenKind::Word
    {
        return Some(end);
    }
    (end..(end + REACH).min(sentence.end))
        .take_while(|&t| {
            matches!(parsed.upos(t), Upos::Noun | Upos::Propn | Upos::Adj | Upos::Punct | Upos::Num | Upos::X)
                && parsed.form(t) != ","
                && parsed.form(t) != "."
        })
        .filter(|&t| parsed.upos(t) == Upos::Noun)
        .last()
}

/// "Gas **cylinders**": the last noun of those that follow one another.
fn last_of_compound(parsed: &Parsed<'_>, noun: TokenId, sentence: &Range<TokenId>) -> TokenId {
    (noun..sentence.end).take_while(|&t| parsed.upos(t) == Upos::Noun).last().unwrap_or(noun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mention::testing::Plain;
    use proptest::prelude::*;

    fn finder() -> QuantityFinder {
        QuantityFinder::new(&Bundle::embedded()).unwrap()
    }

    /// Least, most, additional.
    type Found = (u64, Option<u64>, bool);

    fn found(text: &str) -> Vec<Found> {
        let plain = Plain::new(text, None);
        let parsed = plain.parsed();
        let finder = finder();
        let ages = finder.find_ages(&parsed);
        finder.find(&parsed, &[], &ages).into_iter().map(|q| (q.min, q.max, q.additional)).collect()
    }

    fn ages(text: &str) -> Vec<u32> {
        let plain = Plain::new(text, None);
        finder().find_ages(&plain.parsed()).into_iter().map(|a| a.years).collect()
    }

    #[test]
    fn counts_as_ranges() {
        let table: [(&str, &[Found]); 15] = [
            ("Three people died", &[(3, Some(3), false)]),
            ("at least 12 people", &[(12, None, false)]),
            ("up to five fighters", &[(0, Some(5), false)]),
            ("another two were hurt", &[(2, Some(2), true)]),
            ("two more women", &[(2, Some(2), true)]),
            ("three to five people", &[(3, Some(5), false)]),
            ("between 3 and 5 people", &[(3, Some(5), false)]),
            ("dozens of villagers", &[(12, None, false)]),
            ("no casualties", &[(0, Some(0), false)]),
            ("twenty-five pupils", &[(25, Some(25), false)]),
            ("1,200 people", &[(1200, Some(1200), false)]),
            ("a couple of men", &[(2, Some(2), false)]),
            ("it went up from four to seven", &[(7, Some(7), false)]),
            ("two dozen villagers", &[(24, Some(24), false)]),
            ("over 80 houses", &[(80, None, false)]),
        ];
        for (text, expected) in table {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_that_count_nothing() {
        for text in [
            "School No. 12",
            "152-mm shells",
            "152mm shells",
            "a five-storey house",
            "12 km away",
            "at 07:40",
            "$300",
            "3.5",
            "a Mi-8 and a Shahed-136",
            "of caliber .223",
            "12 Gogol Street",
            "Gogol Street, 12",
            "How many",
            "three of them were under 15",
        ] {
            let counts = found(text);
            let three = (3, Some(3), false);
            assert!(counts.iter().all(|c| *c == three), "{text}: {counts:?}");
        }
    }

    #[test]
    fn ages_of_people() {
        assert_eq!(ages("A 64-year-old woman"), [64]);
        assert_eq!(ages("women aged 38, 44 and 59 were hurt"), [38, 44, 59]);
        assert_eq!(ages("a girl of 13 years"), [13]);
        assert_eq!(ages("Two men, 33 and 40 years old, got off"), [33, 40]);
        assert_eq!(ages("Women of 58 and 70 years sought help"), [58, 70]);
        assert_eq!(ages("brothers of 7 and 12 years old"), [7, 12]);
        assert_eq!(ages("Ryzhova, 34 years of age, suffered"), [34]);
        assert_eq!(ages("a man of 52 was hurt"), [52]);
        assert_eq!(ages("a boy of fourteen, they say"), [14]);
        assert_eq!(ages("He was 29."), [29]);
        assert_eq!(ages("a woman (66) and a man (70)"), [66, 70]);
        assert_eq!(ages("a man about 70 in serious condition"), [70]);
        assert_eq!(ages("It was 29."), [0_u32; 0]);
        assert_eq!(ages("a brave mother of six was there"), [0_u32; 0]);
        assert_eq!(ages("a driver of one of the lorries"), [0_u32; 0]);
        assert_eq!(ages("the Administration, 1–2 April"), [0_u32; 0]);
        assert_eq!(ages("a list of 12 items"), [0_u32; 0]);
        assert_eq!(ages("a 10-month-old boy"), [0]);
        assert_eq!(ages("born in 2009"), [0_u32; 0]);
    }

    proptest! {
        #[test]
        fn any_text_gives_ordered_counts_and_ages(
            words in proptest::collection::vec(
                prop_oneof!["\\PC{1,6}", "[0-9]{1,8}", Just("a".to_owned()), Just("dozen".to_owned()),
                    Just("at least".to_owned()), Just("of".to_owned()), Just("-".to_owned()), Just("aged".to_owned()),
                    Just("years".to_owned()), Just("old".to_owned()), Just("and".to_owned()), Just(",".to_owned()),
                    Just("people".to_owned()), Just("no".to_owned()), Just("from".to_owned()), Just("to".to_owned())],
                0..30),
        ) {
            thread_local! {
                static FINDER: QuantityFinder = finder();
            }
            let plain = Plain::new(&words.join(" "), None);
            let parsed = plain.parsed();
            let (ages, counts) = FINDER.with(|finder| {
                let ages = finder.find_ages(&parsed);
                let counts = finder.find(&parsed, &[], &ages);
                (ages, counts)
            });
            let tokens = parsed.text.tokens().len();
            let ordered = |ranges: Vec<Range<TokenId>>| {
                ranges.windows(2).all(|w| w[0].end <= w[1].start)
                    && ranges.iter().all(|r| r.start < r.end && r.end <= tokens)
            };
            prop_assert!(ordered(ages.iter().map(|a| a.tokens.clone()).collect()));
            prop_assert!(ordered(counts.iter().map(|q| q.tokens.clone()).collect()));
            prop_assert!(counts.iter().all(|q| q.max.is_none_or(|max| q.min <= max)));
        }
    }
}
