//! Ages of persons in the text.

use super::number::NumberWords;
use crate::bundle::{Bundle, DataError};
use crate::syntax::{Parsed, Upos};
use crate::table::rows;
use crate::text::{TokenId, TokenKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The age of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Age {
    /// Its tokens ("64-year-old", "aged 38").
    pub tokens: Range<TokenId>,
    /// Full years; 0 for months.
    pub years: u32,
    /// The word for the person; none when only the age stands for it ("the 44-year-old").
    pub head: Option<TokenId>,
}

/// Oldest age that is taken for one.
const YEARS_MAX: u64 = 120;

/// Below this, "a mother of six" tells of children.
const PARENT_YEARS_MIN: u32 = 15;

/// Furthest that a person stands from an age.
const HEAD_REACH: usize = 5;

/// What a word does in an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Year,
    Infant,
    Old,
    Aged,
    About,
    Is,
    He,
    Of,
    And,
    Parent,
}

/// The words of ages and of persons.
pub(super) struct AgeWords {
    roles: BTreeMap<String, Role>,
    persons: BTreeSet<String>,
}

/// One sentence in the eyes of the finder.
struct View<'v> {
    words: &'v AgeWords,
    numbers: &'v NumberWords,
    parsed: &'v Parsed<'v>,
    sentence: Range<TokenId>,
}

impl AgeWords {
    /// Reads `age.tsv`, and the single words of `human.tsv` that name one person each.
    pub(super) fn new(bundle: &Bundle, folder: &str) -> Result<Self, DataError> {
        let mut roles = BTreeMap::new();
        let path = format!("{folder}age.tsv");
        if let Some(file) = bundle.get(&path) {
            for row in rows(&path, file.bytes())? {
                let role = match row.cell(1) {
                    "year" => Role::Year,
                    "infant" => Role::Infant,
                    "old" => Role::Old,
                    "aged" => Role::Aged,
                    "about" => Role::About,
                    "is" => Role::Is,
                    "he" => Role::He,
                    "of" => Role::Of,
                    "and" => Role::And,
                    "parent" => Role::Parent,
                    other => return Err(row.fault(format!("`{other}` is no part of an age"))),
                };
                roles.insert(row.cell(0).to_lowercase(), role);
            }
        }
        let mut persons = BTreeSet::new();
        let path = format!("{folder}human.tsv");
        if let Some(file) = bundle.get(&path) {
            for row in rows(&path, file.bytes())? {
                if row.cell(3) == "one" {
                    persons.insert(row.cell(0).to_lowercase());
                }
            }
        }
        Ok(AgeWords { roles, persons })
    }

    /// The ages of one document, in order.
    pub(super) fn find(&self, numbers: &NumberWords, parsed: &Parsed<'_>) -> Vec<Age> {
        let mut ages = Vec::new();
        for sentence in parsed.text.sentences() {
            let view = View { words: self, numbers, parsed, sentence: sentence.tokens.clone() };
            let mut t = sentence.tokens.start;
            while t < sentence.tokens.end {
                let found = view.ages_at(t);
                t = found.last().map_or(t + 1, |age| age.tokens.end);
                ages.extend(found);
            }
        }
        ages
    }
}

impl View<'_> {
    fn lower(&self, t: TokenId) -> &str {
        if self.sentence.contains(&t) { self.parsed.lower(t) } else { "" }
    }

    fn role(&self, t: TokenId) -> Option<Role> {
        // "Of age" is the only word of two tokens.
        let pair = || format!("{} {}", self.lower(t), self.lower(t + 1));
        match self.words.roles.get(self.lower(t)).copied() {
            Some(Role::Of) if self.words.roles.get(&pair()) == Some(&Role::Old) => Some(Role::Old),
            role => role,
        }
    }

    fn before(&self, t: TokenId) -> Option<TokenId> {
        (t > self.sentence.start).then(|| t - 1)
    }

    fn is_person(&self, t: TokenId) -> bool {
        self.words.persons.contains(self.lower(t))
            || self.words.persons.contains(self.parsed.lemma(t)) && self.parsed.upos(t) == Upos::Noun
    }

    fn is_noun(&self, t: TokenId) -> bool {
        matches!(self.parsed.upos(t), Upos::Noun | Upos::Propn)
    }

    fn number(&self, t: TokenId) -> Option<(u32, TokenId)> {
        if !self.sentence.contains(&t) || !self.numbers.starts(self.parsed.lower(t)) {
            return None;
        }
        let number = self.numbers.read(self.parsed, t, self.sentence.end)?;
        let years = u32::try_from(number.value).ok().filter(|&y| u64::from(y) <= YEARS_MAX)?;
        Some((years, number.end))
    }

    /// The ages that start at a token: one, or all of a list.
    fn ages_at(&self, t: TokenId) -> Vec<Age> {
        let Some((years, end)) = self.number(t) else { return Vec::new() };
        let told = self.old_after(t, end, years).or_else(|| self.list_before_old(t, end, years));
        if let Some(ages) = told {
            return ages;
        }
        let Some(head) = self.introduced(t, end) else { return Vec::new() };
        let mut ages = vec![Age { tokens: t..end, years, head }];
        // "Aged 38, 44 and 59": the list goes on as long as numbers without nouns follow.
        let mut at = end;
        while let Some((years, next)) = self.listed(at) {
            ages.push(Age { tokens: at + 1..next, years, head });
            at = next;
        }
        ages
    }

    /// "64-year-old", "10 months old", "34 years of age", "of 13 years".
    fn old_after(&self, t: TokenId, end: TokenId, years: u32) -> Option<Vec<Age>> {
        let hyphen = |t: TokenId| usize::from(matches!(self.lower(t), "-" | "‑" | "–"));
        let unit = end + hyphen(end);
        let infant = match self.role(unit)? {
            Role::Year => false,
            Role::Infant => true,
            _ => return None,
        };
        let years = if infant { 0 } else { years };
        let old = unit + 1 + hyphen(unit + 1);
        if self.role(old) == Some(Role::Old) {
            let two_words = self.words.roles.get(self.lower(old)) == Some(&Role::Of);
            let stop = (old + 1 + usize::from(two_words)).min(self.sentence.end);
            let head = if hyphen(unit + 1) == 1 { self.person_after(stop) } else { None };
            let head = head.or_else(|| self.person_before(t));
            return Some(vec![Age { tokens: t..stop, years, head }]);
        }
        let of = self.before(t).filter(|&b| self.role(b) == Some(Role::Of))?;
        let person = self.before(of).filter(|&p| self.is_person(p))?;
        Some(vec![Age { tokens: t..unit + 1, years, head: Some(person) }])
    }

    /// "33 and 40 years old", "women of 58 and 70 years".
    fn list_before_old(&self, t: TokenId, end: TokenId, years: u32) -> Option<Vec<Age>> {
        let (second, second_end) = self.listed_number(end)?;
        // "And one, 17-year-old Liron" is no list.
        let kind = |t: TokenId| self.parsed.text.tokens()[t].kind;
        if kind(t) != kind(end + 1) {
            return None;
        }
        let mut rest = match self.old_after(end + 1, second_end, second) {
            Some(ages) => ages,
            None => {
                let of = self.before(t).filter(|&b| self.role(b) == Some(Role::Of))?;
                let person = self.before(of).filter(|&p| self.is_person(p))?;
                let unit = Some(second_end).filter(|&u| self.role(u) == Some(Role::Year))?;
                vec![Age { tokens: end + 1..unit + 1, years: second, head: Some(person) }]
            }
        };
        let head = rest.last().and_then(|age| age.head);
        rest.insert(0, Age { tokens: t..end, years, head });
        Some(rest)
    }

    fn listed_number(&self, at: TokenId) -> Option<(u32, TokenId)> {
        (self.role(at) == Some(Role::And)).then(|| self.number(at + 1)).flatten()
    }

    /// The next number of a list of ages; a number that counts a noun is none.
    fn listed(&self, at: TokenId) -> Option<(u32, TokenId)> {
        let (years, end) = self.listed_number(at)?;
        (!self.counts(end)).then_some((years, end))
    }

    /// Whether what stands behind a number is counted by it.
    fn counts(&self, end: TokenId) -> bool {
        self.sentence.contains(&end)
            && (matches!(self.parsed.upos(end), Upos::Noun | Upos::Propn | Upos::Adj | Upos::Num | Upos::Sym)
                || matches!(self.lower(end), "-" | "%"))
    }

    /// Whether something before a bare number makes it an age; inside, the person it is of.
    fn introduced(&self, t: TokenId, end: TokenId) -> Option<Option<TokenId>> {
        let mut before = self.before(t)?;
        if self.role(before) == Some(Role::About) {
            // "A man about 70".
            match self.before(before) {
                Some(person) if self.is_person(person) && !self.counts(end) => return Some(Some(person)),
                Some(earlier) => before = earlier,
                None => return None,
            }
        }
        let closes = self.closes(end);
        match self.role(before) {
            Some(Role::Aged) => return Some(self.person_before(before)),
            Some(Role::Of) => {
                let person = self.before(before).filter(|&p| self.is_person(p))?;
                // "A mother of six", "a driver of one of the lorries".
                let years = self.number(t).map_or(0, |(years, _)| years);
                let children = self.role(person) == Some(Role::Parent) && years < PARENT_YEARS_MIN;
                let counts = self.counts(end) || self.role(end) == Some(Role::Of) || children;
                return (!counts).then_some(Some(person));
            }
            Some(Role::Is) => {
                let he = self.before(before).filter(|&p| self.role(p) == Some(Role::He))?;
                return closes.then_some(Some(he));
            }
            _ => {}
        }
        let bracket = matches!(self.lower(before), "(" | "[");
        if !closes || !(bracket || self.lower(before) == ",") || before + 1 != t {
            return None;
        }
        let person = self.before(before)?;
        let figures = self.parsed.text.tokens()[t].kind == TokenKind::Number;
        let named = self.parsed.upos(person) == Upos::Propn
            && self.parsed.text.tokens()[person].kind == TokenKind::Word;
        let singular = self.parsed.lemma(person) == self.lower(person);
        // Words ("Ibrahim, nine,") are ages only behind names; in figures, two digits behind a noun.
        let fits = if figures {
            self.parsed.form(t).len() <= 2
                && (named || self.is_person(person) || self.is_noun(person) && (bracket || singular))
        } else {
            named
        };
        fits.then_some(Some(person))
    }

    /// Whether a mark ends what a bare number says; a dash that touches the next word joins ("1–2 April").
    fn closes(&self, end: TokenId) -> bool {
        let tokens = self.parsed.text.tokens();
        let touches =
            |t: TokenId| t < self.sentence.end && tokens[t - 1].span.end() == tokens[t].span.start();
        match self.lower(end) {
            "" | "," | ")" | ";" | "." | ":" | "]" => true,
            "–" | "—" => !touches(end + 1),
            _ => false,
        }
    }

    /// The person in the noun phrase that starts at `t`: "64-year-old local woman".
    fn person_after(&self, t: TokenId) -> Option<TokenId> {
        let reach = t..(t + HEAD_REACH).min(self.sentence.end);
        let phrase = reach.take_while(|&t| {
            matches!(self.parsed.upos(t), Upos::Adj | Upos::Noun | Upos::Propn | Upos::Num | Upos::X)
                || self.lower(t) == "-"
        });
        phrase.filter(|&t| self.is_noun(t) || self.is_person(t)).last()
    }

    /// The person right before `t`: "a woman, aged", "Ryzhova, 34 years".
    fn person_before(&self, t: TokenId) -> Option<TokenId> {
        let mut before = self.before(t)?;
        if matches!(self.lower(before), "," | "(") || self.role(before) == Some(Role::Of) {
            before = self.before(before)?;
        }
        (self.is_person(before) || self.is_noun(before)).then_some(before)
    }
}
