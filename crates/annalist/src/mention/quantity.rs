//! Counts and ages in the text, counts as ranges.

use super::number::NumberWords;
use super::overlap;
use super::time::TimeMention;
use crate::bundle::{Bundle, DataError};
use crate::syntax::{Deprel, Parsed, Upos};
use crate::table::rows;
use crate::text::{TokenId, TokenKind};
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

/// The age of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Age {
    /// Its tokens ("64-year-old", "aged 38").
    pub tokens: Range<TokenId>,
    /// Full years; 0 for months.
    pub years: u32,
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
    Unit,
    Label,
}

/// Longest phrase of `quantifier.tsv`.
const PHRASE_TOKENS_MAX: usize = 4;

/// Oldest age that is taken for one.
const YEARS_MAX: u64 = 120;

/// Finds counts and ages in English.
pub struct QuantityFinder {
    numbers: NumberWords,
    quantifiers: BTreeMap<String, Quantifier>,
}

impl QuantityFinder {
    /// Reads `lang/en/number.tsv` and `lang/en/quantifier.tsv`.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
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
                    "unit" => Quantifier::Unit,
                    "label" => Quantifier::Label,
                    other => return Err(row.fault(format!("`{other}` is no kind of quantifier"))),
                };
                quantifiers.insert(row.cell(0).to_lowercase(), kind);
            }
        }
        Ok(QuantityFinder { numbers: NumberWords::new(bundle, "lang/en/")?, quantifiers })
    }

    /// Ages, in order: "64-year-old", "aged 38, 44 and 59", "Smith, 45,", "a girl of 13 years".
    pub fn find_ages(&self, parsed: &Parsed<'_>) -> Vec<Age> {
        let mut ages = Vec::new();
        for sentence in parsed.text.sentences() {
            let sentence = sentence.tokens.clone();
            let mut t = sentence.start;
            while t < sentence.end {
                match self.age_at(parsed, t, &sentence, &ages) {
                    Some(age) => {
                        t = age.tokens.end;
                        ages.push(age);
                    }
                    None => t += 1,
                }
            }
        }
        ages
    }

    fn age_at(
        &self,
        parsed: &Parsed<'_>,
        t: TokenId,
        sentence: &Range<TokenId>,
        ages: &[Age],
    ) -> Option<Age> {
        let lower = |t: TokenId| if t < sentence.end { parsed.lower(t) } else { "" };
        if !self.numbers.starts(lower(t)) {
            return None;
        }
        let number = self.numbers.read(parsed, t, sentence.end)?;
        let years = u32::try_from(number.value).ok().filter(|&y| u64::from(y) <= YEARS_MAX)?;
        let mut after = number.end;
        if lower(after) == "-" {
            after += 1;
        }
        let unit = lower(after);
        let old = |t: TokenId| lower(t) == "old" || (lower(t) == "-" && lower(t + 1) == "old");
        if matches!(unit, "year" | "years") && (old(after + 1) || lower(t.wrapping_sub(1)) == "of") {
            let end = if lower(after + 1) == "-" {
                after + 3
            } else if old(after + 1) {
                after + 2
            } else {
                after + 1
            };
            return Some(Age { tokens: t..end.min(sentence.end), years });
        }
        if matches!(unit, "month" | "months" | "week" | "weeks" | "day" | "days") && old(after + 1) {
            return Some(Age { tokens: t..(after + 2).min(sentence.end), years: 0 });
        }
        let before = if t > sentence.start { lower(t - 1) } else { "" };
        if matches!(before, "aged" | "age") {
            return Some(Age { tokens: t..number.end, years });
        }
        // "aged 38, 44 and 59": the list goes on.
        if matches!(before, "," | "and")
            && ages
                .last()
                .is_some_and(|a| a.tokens.end + 1 >= t && a.tokens.end >= sentence.start && a.tokens.end < t)
        {
            return Some(Age { tokens: t..number.end, years });
        }
        let closes = matches!(lower(number.end), "," | ")" | ";" | ".");
        let opens = matches!(before, "," | "(");
        let named = t >= sentence.start + 2
            && matches!(parsed.upos(t - 2), Upos::Propn | Upos::Noun)
            && !parsed.form(t - 2).starts_with(|c: char| c.is_ascii_digit());
        let digits = parsed.text.tokens()[t].kind == TokenKind::Number;
        (closes && opens && named && digits && years >= 1 && parsed.form(t).len() <= 2)
            .then_some(Age { tokens: t..number.end, years })
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
        Some(Quantity { tokens: at..end, counted, min, max, basis, additional })
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
            Some((Quantifier::None, end)) => return Some((0, Some(0), QuantityBasis::ExplicitNone, end)),
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
        let longest = (t + PHRASE_TOKENS_MAX).min(sentence.end);
        (t + 1..=longest).rev().find_map(|end| {
            let words: Vec<&str> = (t..end).map(|i| parsed.lower(i)).collect();
            self.quantifiers.get(&words.join(" ")).map(|&q| (q, end))
        })
    }

    fn is_label(&self, parsed: &Parsed<'_>, t: TokenId) -> bool {
        self.quantifiers.get(parsed.lower(t)) == Some(&Quantifier::Label)
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
    let glued_before = t > 0 && parsed.form(t - 1) == "-" && {
        let tokens = parsed.text.tokens();
        t > 1
            && tokens[t - 1].span.start() == tokens[t - 2].span.end()
            && tokens[t].span.start() == tokens[t - 1].span.end()
            && tokens[t - 2].kind == TokenKind::Word
    };
    !decimal && !glued_before
}

/// The noun that a number counts: the head it modifies, the noun after "of", or the next noun near by.
fn counted(parsed: &Parsed<'_>, number: TokenId, end: TokenId, sentence: &Range<TokenId>) -> Option<TokenId> {
    const REACH: usize = 6;
    if end < sentence.end && parsed.lower(end) == "of" {
        return (end + 1..(end + REACH).min(sentence.end))
            .find(|&t| matches!(parsed.upos(t), Upos::Noun | Upos::Propn | Upos::Pron));
    }
    for t in number..end {
        if matches!(parsed.deprel(t), Deprel::Nummod | Deprel::Det | Deprel::Amod)
            && let Some(head) = parsed.head(t).filter(|&h| h >= end && h < end + REACH + 2)
        {
            return Some(head);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mention::testing::Plain;

    fn finder() -> QuantityFinder {
        QuantityFinder::new(&Bundle::embedded()).unwrap()
    }

    fn found(text: &str) -> Vec<(u64, Option<u64>, bool)> {
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
        type Range = (u64, Option<u64>, bool);
        let table: [(&str, &[Range]); 12] = [
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
        ];
        for (text, expected) in table {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_that_count_nothing() {
        for text in
            ["School No. 12", "152-mm shells", "a five-storey house", "12 km away", "at 07:40", "$300", "3.5"]
        {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn ages_of_people() {
        assert_eq!(ages("A 64-year-old woman"), [64]);
        assert_eq!(ages("women aged 38, 44 and 59 were hurt"), [38, 44, 59]);
        assert_eq!(ages("a girl of 13 years"), [13]);
        assert_eq!(ages("a 10-month-old boy"), [0]);
        assert_eq!(ages("born in 2009"), [0_u32; 0]);
    }
}
