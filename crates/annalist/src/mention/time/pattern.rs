//! Patterns over tokens, read from `time-pattern.tsv`, and the names they stand on.

use super::meaning::Meaning;
use crate::bundle::{Bundle, DataError};
use crate::calendar::{PartialDate, Unit};
use crate::lexicon::{Row, rows};
use crate::mention::number::NumberWords;
use crate::mention::time::DayPart;
use crate::syntax::{Parsed, Upos};
use crate::text::{TokenId, TokenKind};
use jiff::civil::Weekday;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

/// Patterns, names and numbers of one language.
#[derive(Debug)]
pub(super) struct Grammar {
    patterns: Vec<Pattern>,
    words: Words,
    /// The patterns by what may stand at their first token.
    first: Index,
    /// The patterns by what may stand at their second token.
    second: Index,
    joiners: FxHashSet<WordId>,
    outside: FxHashSet<WordId>,
    names: FxHashMap<String, Vec<Name>>,
    numbers: NumberWords,
}

#[derive(Debug)]
struct Pattern {
    elements: Vec<Element>,
    meaning: Meaning,
}

#[derive(Debug)]
struct Element {
    what: What,
    optional: bool,
}

#[derive(Debug)]
enum What {
    Words(Vec<WordId>),
    Not(Vec<WordId>),
    Class(Class),
}

/// Patterns by what may stand at one of their tokens.
#[derive(Debug, Default)]
struct Index {
    by_word: Vec<Patterns>,
    by_class: [Patterns; Class::ALL.len()],
    /// Those where anything may stand, or nothing.
    any: Patterns,
}

/// A set of patterns: a bit for each.
type Patterns = Vec<u64>;

impl Index {
    fn new(words: usize, patterns: usize) -> Self {
        let nothing: Patterns = vec![0; patterns.div_ceil(64)];
        Index {
            by_word: vec![nothing.clone(); words],
            by_class: std::array::from_fn(|_| nothing.clone()),
            any: nothing,
        }
    }

    fn add(&mut self, pattern: usize, place: &Place) {
        let words = place.words.iter().map(|&word| word as usize);
        words.for_each(|word| insert(&mut self.by_word[word], pattern));
        place.classes.iter().for_each(|&class| insert(&mut self.by_class[class as usize], pattern));
        if place.any {
            insert(&mut self.any, pattern);
        }
    }

    /// Those of the `block`th 64 patterns that a token suits.
    fn suited(&self, (word, classes): (WordId, Classes), block: usize) -> u64 {
        let by_word = self.by_word.get(word as usize).map_or(0, |patterns| patterns[block]);
        classes
            .iter()
            .fold(by_word | self.any[block], |all, class| all | self.by_class[class as usize][block])
    }
}

fn insert(set: &mut Patterns, pattern: usize) {
    set[pattern / 64] |= 1 << (pattern % 64);
}

/// What may stand at a place of a pattern.
#[derive(Debug, Default)]
struct Place {
    words: BTreeSet<WordId>,
    classes: BTreeSet<Class>,
    /// Whether the pattern may have ended before, or have come there in ways that are not followed.
    any: bool,
}

impl Place {
    fn add(&mut self, other: Place) {
        self.words.extend(other.words);
        self.classes.extend(other.classes);
        self.any |= other.any;
    }
}

/// Number of a word of the patterns.
type WordId = u32;

/// The words of the patterns, numbered, so that a token is looked up once and then compared as a number.
#[derive(Debug, Default)]
struct Words {
    ids: FxHashMap<String, WordId>,
}

impl Words {
    /// What a token is that no pattern names.
    const UNKNOWN: WordId = WordId::MAX;

    fn add(&mut self, word: &str) -> WordId {
        let next = self.ids.len() as WordId;
        *self.ids.entry(word.to_owned()).or_insert(next)
    }

    fn id(&self, lower: &str) -> WordId {
        self.ids.get(lower).copied().unwrap_or(Self::UNKNOWN)
    }
}

/// A sentence under search: what its tokens are to the patterns, looked up once.
pub(super) struct Searched<'p> {
    parsed: &'p Parsed<'p>,
    tokens: Range<TokenId>,
    words: Vec<WordId>,
    /// The classes that may start at each token.
    classes: Vec<Classes>,
    /// The date that starts at a token, once it was asked for.
    dates: RefCell<FxHashMap<TokenId, Option<Nested>>>,
}

impl Searched<'_> {
    fn word(&self, at: TokenId) -> WordId {
        self.words[at - self.tokens.start]
    }

    fn classes(&self, at: TokenId) -> Classes {
        self.classes[at - self.tokens.start]
    }

    fn seen(&self, at: TokenId) -> (WordId, Classes) {
        (self.word(at), self.classes(at))
    }
}

/// A date inside a pattern.
#[derive(Clone, Copy)]
struct Nested {
    end: TokenId,
    date: PartialDate,
    part: Option<DayPart>,
    either: Option<[PartialDate; 2]>,
    clock: Option<Clock>,
}

/// A set of classes.
#[derive(Clone, Copy, Default)]
struct Classes(u32);

impl Classes {
    fn add(&mut self, class: Class) {
        self.0 |= 1 << class as u32;
    }

    /// Whether a class may be there; of dates only the search can tell.
    fn may_be(self, class: Class) -> bool {
        class == Class::Date || self.0 >> class as u32 & 1 == 1
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn iter(self) -> impl Iterator<Item = Class> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(Class::ALL[bit])
        })
    }
}

/// What a `{name}` in a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Class {
    Date,
    Day,
    Nth,
    Month,
    Middle,
    Year,
    Weekday,
    Part,
    Unit,
    Number,
    Season,
    Clock,
    Hour,
    Numeric,
    Decade,
    Era,
}

impl Class {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Class::Date,
            "day" => Class::Day,
            "nth" => Class::Nth,
            "month" => Class::Month,
            "middle" => Class::Middle,
            "year" => Class::Year,
            "weekday" => Class::Weekday,
            "part" => Class::Part,
            "unit" => Class::Unit,
            "number" => Class::Number,
            "season" => Class::Season,
            "clock" => Class::Clock,
            "hour" => Class::Hour,
            "numeric" => Class::Numeric,
            "decade" => Class::Decade,
            "era" => Class::Era,
            _ => return None,
        })
    }

    const ALL: [Class; 16] = [
        Class::Date,
        Class::Day,
        Class::Nth,
        Class::Month,
        Class::Middle,
        Class::Year,
        Class::Weekday,
        Class::Part,
        Class::Unit,
        Class::Number,
        Class::Season,
        Class::Clock,
        Class::Hour,
        Class::Numeric,
        Class::Decade,
        Class::Era,
    ];

    /// Classes that start with figures or number words.
    const NUMERIC: [Class; 8] = [
        Class::Day,
        Class::Nth,
        Class::Year,
        Class::Number,
        Class::Clock,
        Class::Hour,
        Class::Numeric,
        Class::Decade,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Name {
    what: NameValue,
    /// In small letters it is another word ("may", "march", "sat").
    capital: bool,
    /// It stands for several ("days").
    plural: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum NameValue {
    Month(u8),
    Middle,
    Weekday(Weekday),
    Part(DayPart),
    Unit(Unit),
    Season(u8),
    /// Years count backwards: before Christ.
    Era,
    Meridiem {
        afternoon: bool,
    },
}

impl NameValue {
    fn class(self) -> Option<Class> {
        match self {
            NameValue::Month(_) => Some(Class::Month),
            NameValue::Middle => Some(Class::Middle),
            NameValue::Weekday(_) => Some(Class::Weekday),
            NameValue::Part(_) => Some(Class::Part),
            NameValue::Unit(_) => Some(Class::Unit),
            NameValue::Season(_) => Some(Class::Season),
            NameValue::Era => Some(Class::Era),
            NameValue::Meridiem { .. } => None,
        }
    }

    fn parse(row: &Row<'_>) -> Result<Self, DataError> {
        let number =
            || row.cell(2).parse::<u8>().map_err(|_| row.fault(format!("`{}` is no number", row.cell(2))));
        Ok(match row.cell(1) {
            "month" => NameValue::Month(number()?),
            "middle" => NameValue::Middle,
            "era" => NameValue::Era,
            "season" => NameValue::Season(number()?),
            "weekday" => NameValue::Weekday(
                i8::try_from(number()?)
                    .ok()
                    .and_then(|n| Weekday::from_monday_one_offset(n).ok())
                    .ok_or_else(|| row.fault("a weekday is a number from 1 to 7"))?,
            ),
            "part" => NameValue::Part(
                DayPart::parse(row.cell(2)).ok_or_else(|| row.fault("no such part of the day"))?,
            ),
            "unit" => {
                NameValue::Unit(parse_unit(row.cell(2)).ok_or_else(|| row.fault("no such unit of time"))?)
            }
            "meridiem" => NameValue::Meridiem { afternoon: row.cell(2) == "pm" },
            other => return Err(row.fault(format!("`{other}` is no class of time names"))),
        })
    }
}

pub(super) fn parse_unit(name: &str) -> Option<Unit> {
    Some(match name {
        "minute" => Unit::Minute,
        "hour" => Unit::Hour,
        "day" => Unit::Day,
        "week" => Unit::Week,
        "fortnight" => Unit::Fortnight,
        "month" => Unit::Month,
        "year" => Unit::Year,
        "decade" => Unit::Decade,
        "century" => Unit::Century,
        _ => return None,
    })
}

/// What "mid-" is the middle of.
enum Middle {
    Month(u8),
    Year(i16),
}

/// What the classes of a pattern stood for, in order within each class.
#[derive(Clone, Debug, Default)]
pub(super) struct Captures {
    pub(super) dates: Vec<PartialDate>,
    pub(super) days: Vec<u8>,
    pub(super) months: Vec<u8>,
    pub(super) years: Vec<i16>,
    pub(super) weekdays: Vec<Weekday>,
    pub(super) numbers: Vec<i64>,
    pub(super) unit: Option<Unit>,
    /// Whether the unit stands for several of it.
    pub(super) plural: bool,
    pub(super) season: Option<u8>,
    pub(super) part: Option<DayPart>,
    pub(super) clock: Option<Clock>,
    /// The two readings of a date in figures whose day and month cannot be told apart.
    pub(super) either: Option<[PartialDate; 2]>,
    /// The first year of a decade.
    pub(super) decade: Option<i16>,
    /// Whether years are told to lie before Christ.
    pub(super) before_christ: bool,
    /// The tokens of every class, with what they add to a date.
    pub(super) pieces: Vec<Piece>,
}

/// What one class of a pattern stood for.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) tokens: Range<TokenId>,
    pub(super) date: PartialDate,
}

/// An hour of the day, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: u8,
    /// Minutes, where they are told.
    pub(super) minute: Option<u8>,
    /// Whether 9 can only mean the morning.
    pub(super) certain: bool,
}

impl Clock {
    pub(super) fn part(self) -> Option<DayPart> {
        if !self.certain && (1..=12).contains(&self.hour) {
            return None;
        }
        Some(match self.hour {
            4..=11 => DayPart::Morning,
            12..=17 => DayPart::Afternoon,
            18..=21 => DayPart::Evening,
            _ => DayPart::Night,
        })
    }
}

/// A match of one pattern.
#[derive(Clone, Debug)]
pub(super) struct Match<'g> {
    pub(super) end: TokenId,
    pub(super) meaning: &'g Meaning,
    pub(super) captures: Captures,
    order: usize,
}

impl Grammar {
    /// Reads `time-name.tsv`, `time-pattern.tsv` and `number.tsv` of a language folder; none when it has no patterns.
    pub(super) fn new(bundle: &Bundle, folder: &str) -> Result<Option<Self>, DataError> {
        let path = format!("{folder}time-pattern.tsv");
        let Some(file) = bundle.get(&path) else { return Ok(None) };
        let mut grammar = Grammar {
            patterns: Vec::new(),
            words: Words::default(),
            first: Index::default(),
            second: Index::default(),
            joiners: FxHashSet::default(),
            outside: FxHashSet::default(),
            names: names(bundle, &format!("{folder}time-name.tsv"))?,
            numbers: NumberWords::new(bundle, folder)?,
        };
        for row in rows(&path, file.bytes())? {
            let elements = row
                .cell(0)
                .split_whitespace()
                .map(|word| {
                    element(word, &mut grammar.words)
                        .ok_or_else(|| row.fault(format!("`{word}` is no element")))
                })
                .collect::<Result<Vec<_>, _>>()?;
            if let "join" | "outside" = row.cell(1) {
                let words = elements.into_iter().filter_map(|element| match element.what {
                    What::Words(words) => Some(words),
                    _ => None,
                });
                let set = if row.cell(1) == "join" { &mut grammar.joiners } else { &mut grammar.outside };
                set.extend(words.flatten());
                continue;
            }
            let meaning = Meaning::parse(row.cell(1), row.cell(2)).map_err(|m| row.fault(m))?;
            let nests = elements.iter().any(|e| matches!(e.what, What::Class(Class::Date)));
            if nests && matches!(meaning, Meaning::Date { .. }) {
                return Err(row.fault("a pattern that means `date` cannot contain {date}"));
            }
            grammar.patterns.push(Pattern { elements, meaning });
        }
        grammar.index();
        Ok(Some(grammar))
    }

    /// Files every pattern under the words and classes that may stand at its first two tokens.
    fn index(&mut self) {
        let mut dates = Place::default();
        for pattern in self.patterns.iter().filter(|p| matches!(p.meaning, Meaning::Date { .. })) {
            dates.add(start(&pattern.elements, &Place::default()));
        }
        let new = || Index::new(self.words.ids.len(), self.patterns.len());
        let (mut first, mut second) = (new(), new());
        for (n, pattern) in self.patterns.iter().enumerate() {
            first.add(n, &start(&pattern.elements, &dates));
            second.add(n, &after_first(&pattern.elements, &dates));
        }
        (self.first, self.second) = (first, second);
    }

    /// Whether a token may stand between a date and a time of day that belong together.
    pub(super) fn joins(&self, lower: &str) -> bool {
        self.joiners.contains(&self.words.id(lower))
    }

    /// Whether a token may open a pattern without being part of the time that it names ("since", "during").
    pub(super) fn is_outside(&self, lower: &str) -> bool {
        self.outside.contains(&self.words.id(lower))
    }

    /// Looks up every token of a sentence.
    pub(super) fn searched<'p>(&self, parsed: &'p Parsed<'p>, tokens: Range<TokenId>) -> Searched<'p> {
        let words = tokens.clone().map(|at| self.words.id(parsed.lower(at))).collect();
        let classes = tokens.clone().map(|at| self.classes_at(parsed, at)).collect();
        Searched { parsed, tokens, words, classes, dates: RefCell::default() }
    }

    fn classes_at(&self, parsed: &Parsed<'_>, at: TokenId) -> Classes {
        let mut classes = Classes::default();
        self.names_at(parsed, at).filter_map(NameValue::class).for_each(|class| classes.add(class));
        if self.numbers.starts(parsed.lower(at)) {
            Class::NUMERIC.into_iter().for_each(|class| classes.add(class));
        }
        classes
    }

    /// Every pattern that matches at `at` within the sentence: the longest first, then in the order of the file.
    pub(super) fn matches(&self, sentence: &Searched<'_>, at: TokenId) -> Vec<Match<'_>> {
        let mut found: Vec<Match<'_>> = Vec::new();
        let nothing = Captures::default();
        for n in self.candidates(sentence, at) {
            let pattern = &self.patterns[n];
            if let Some((stop, captures)) = self.longest(sentence, pattern, at, &nothing) {
                found.push(Match { end: stop, meaning: &pattern.meaning, captures, order: n });
            }
        }
        found.sort_by_key(|m| (std::cmp::Reverse(m.end), m.order));
        found
    }

    /// The patterns that may start at a token, in order.
    fn candidates(&self, sentence: &Searched<'_>, at: TokenId) -> impl Iterator<Item = usize> {
        let here = sentence.seen(at);
        let next = (at + 1 < sentence.tokens.end).then(|| sentence.seen(at + 1));
        let blocks = if here.0 == Words::UNKNOWN && here.1.is_empty() { 0 } else { self.first.any.len() };
        (0..blocks).flat_map(move |block| {
            let second = next.map_or(self.second.any[block], |next| self.second.suited(next, block));
            let mut left = self.first.suited(here, block) & second;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(block * 64 + bit)
            })
        })
    }

    fn longest(
        &self,
        sentence: &Searched<'_>,
        pattern: &Pattern,
        at: TokenId,
        nothing: &Captures,
    ) -> Option<(TokenId, Captures)> {
        let mut best = None;
        self.step(sentence, &pattern.elements, at, at, nothing, &mut best);
        best
    }

    /// Tries every way through the elements; patterns are short and each element takes its longest reading.
    fn step(
        &self,
        sentence: &Searched<'_>,
        elements: &[Element],
        start: TokenId,
        at: TokenId,
        captures: &Captures,
        best: &mut Option<(TokenId, Captures)>,
    ) {
        let Some((element, rest)) = elements.split_first() else {
            // A comma that only led to something optional is not part of the match.
            let comma = at > start && sentence.parsed.lower(at - 1) == ",";
            if at > start && !comma && best.as_ref().is_none_or(|(stop, _)| *stop < at) {
                *best = Some((at, captures.clone()));
            }
            return;
        };
        let inside = at < sentence.tokens.end;
        match &element.what {
            What::Not(words) => {
                if !inside || !is_among(sentence.word(at), words) {
                    self.step(sentence, rest, start, at, captures, best);
                }
                return;
            }
            What::Words(words) => {
                if inside && is_among(sentence.word(at), words) {
                    self.step(sentence, rest, start, at + 1, captures, best);
                }
            }
            What::Class(class) => {
                if inside && sentence.classes(at).may_be(*class) {
                    let mut more = captures.clone();
                    if let Some(next) = self.class(sentence, *class, at, &mut more) {
                        more.pieces.push(Piece { tokens: at..next, date: more.added(captures) });
                        self.step(sentence, rest, start, next, &more, best);
                    }
                }
            }
        }
        if element.optional {
            self.step(sentence, rest, start, at, captures, best);
        }
    }

    /// Reads one class at `at`: the token after it, its value in `captures`.
    fn class(
        &self,
        sentence: &Searched<'_>,
        class: Class,
        at: TokenId,
        captures: &mut Captures,
    ) -> Option<TokenId> {
        let (parsed, end) = (sentence.parsed, sentence.tokens.end);
        match class {
            Class::Date => {
                let nested = self.nested_date(sentence, at)?;
                captures.dates.push(nested.date);
                captures.part = nested.part.or(captures.part);
                captures.either = nested.either.or(captures.either);
                captures.clock = nested.clock.or(captures.clock);
                Some(nested.end)
            }
            Class::Day => {
                let (day, next) = self.day(parsed, at, end)?;
                captures.days.push(day);
                Some(next)
            }
            Class::Nth => {
                let (rank, next) = self.numbers.rank(parsed, at, end)?;
                captures.days.push(u8::try_from(rank).ok().filter(|d| (1..=31).contains(d))?);
                Some(next)
            }
            Class::Year => {
                let (year, next) = self.year(parsed, at, end)?;
                captures.years.push(year);
                Some(next)
            }
            Class::Number => {
                let number = self.numbers.read(parsed, at, end)?;
                captures.numbers.push(i64::try_from(number.value).ok()?);
                Some(number.end)
            }
            Class::Clock => {
                let (clock, next) = self.clock(parsed, at, end)?;
                captures.clock = Some(clock);
                Some(next)
            }
            Class::Hour => {
                let (clock, next) = self.hour(parsed, at, end)?;
                captures.clock = Some(clock);
                Some(next)
            }
            Class::Numeric => {
                let (date, next) = numeric(parsed, at, end)?;
                match date {
                    Figures::One((year, month, day)) => {
                        captures.years.push(year);
                        captures.months.push(month);
                        captures.days.push(day);
                    }
                    Figures::Either(a, b) => captures.either = Some([a, b].map(partial)),
                }
                Some(next)
            }
            Class::Decade => {
                captures.decade = Some(decade(parsed.lower(at))?);
                Some(at + 1)
            }
            Class::Era => {
                captures.before_christ = true;
                self.is_era(parsed, at).then_some(at + 1)
            }
            Class::Month | Class::Weekday | Class::Part | Class::Unit | Class::Season | Class::Middle => {
                let name = self.names_at(parsed, at).find(|n| n.class() == Some(class))?;
                match name {
                    NameValue::Month(month) => captures.months.push(month),
                    NameValue::Weekday(weekday) => captures.weekdays.push(weekday),
                    NameValue::Part(part) => captures.part = Some(part),
                    NameValue::Unit(unit) => {
                        captures.unit = Some(unit);
                        captures.plural = self.is_plural(parsed.lower(at));
                    }
                    NameValue::Season(month) => captures.season = Some(month),
                    NameValue::Middle => match self.middle_of(parsed.lower(at))? {
                        Middle::Month(month) => captures.months.push(month),
                        Middle::Year(year) => captures.years.push(year),
                    },
                    NameValue::Era | NameValue::Meridiem { .. } => {}
                }
                Some(at + 1 + usize::from(owns_stop(parsed, at, end)))
            }
        }
    }

    /// The longest pattern that means `date`.
    fn nested_date(&self, sentence: &Searched<'_>, at: TokenId) -> Option<Nested> {
        if let Some(known) = sentence.dates.borrow().get(&at) {
            return *known;
        }
        let mut best: Option<(TokenId, Captures)> = None;
        let nothing = Captures::default();
        for n in self.candidates(sentence, at) {
            let pattern = &self.patterns[n];
            if !matches!(pattern.meaning, Meaning::Date { years_back: None, .. }) {
                continue;
            }
            if let Some((stop, inner)) = self.longest(sentence, pattern, at, &nothing)
                && best.as_ref().is_none_or(|(longest, _)| *longest < stop)
            {
                best = Some((stop, inner));
            }
        }
        let nested = best.map(|(end, inner)| Nested {
            end,
            date: inner.partial(),
            part: inner.part,
            either: inner.either,
            clock: inner.clock,
        });
        sentence.dates.borrow_mut().insert(at, nested);
        nested
    }

    fn names_at<'p>(&'p self, parsed: &Parsed<'p>, at: TokenId) -> impl Iterator<Item = NameValue> + 'p {
        let form = parsed.form(at);
        let lower = parsed.lower(at);
        let key = lower.strip_suffix('.').filter(|k| !k.contains('.')).unwrap_or(lower);
        let capital = form.starts_with(char::is_uppercase);
        let named = self.names.get(key).into_iter().flatten();
        let middle = self.middle_of(lower).map(|_| NameValue::Middle);
        // "May God help them": a capital proves nothing where a sentence starts.
        let verb = matches!(parsed.upos(at), Upos::Aux | Upos::Verb);
        named.filter(move |n| (capital && !verb) || !n.capital).map(|n| n.what).chain(middle)
    }

    /// "mid-December" and "mid-1943" are one token.
    fn middle_of(&self, lower: &str) -> Option<Middle> {
        let hyphen = lower.find('-')?;
        let head = self.names.get(&lower[..=hyphen])?;
        head.iter().any(|n| n.what == NameValue::Middle).then_some(())?;
        let whole = &lower[hyphen + 1..];
        if let Some(year) = modern_year(whole) {
            return Some(Middle::Year(year));
        }
        self.names.get(whole)?.iter().find_map(|n| match n.what {
            NameValue::Month(month) => Some(Middle::Month(month)),
            _ => None,
        })
    }

    fn day(&self, parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<(u8, TokenId)> {
        let form = parsed.form(at);
        if let Ok(day) = form.parse::<u8>() {
            return ((1..=31).contains(&day) && form.len() <= 2).then_some((day, at + 1));
        }
        let (rank, next) = self.numbers.rank(parsed, at, end)?;
        Some((u8::try_from(rank).ok().filter(|d| (1..=31).contains(d))?, next))
    }

    /// A year of modern times, or any year before Christ.
    pub(super) fn year(&self, parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<(i16, TokenId)> {
        let form = parsed.form(at);
        let year: i16 = form.parse().ok().filter(|_| form.len() <= 4)?;
        if year > 0 && at + 1 < end && self.is_era(parsed, at + 1) {
            // There is no year 0: 1 BC is the year before AD 1.
            return Some((1 - year, at + 2));
        }
        Some((modern_year(form)?, at + 1))
    }

    fn is_plural(&self, lower: &str) -> bool {
        self.names.get(lower).is_some_and(|names| names.iter().any(|name| name.plural))
    }

    fn is_era(&self, parsed: &Parsed<'_>, at: TokenId) -> bool {
        self.names_at(parsed, at).any(|name| name == NameValue::Era)
    }

    /// "07:40", "7 p.m.", "7.30pm": what can only be a time of day.
    fn clock(&self, parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<(Clock, TokenId)> {
        let lower = parsed.lower(at);
        let digits = lower.trim_end_matches(|c: char| !c.is_ascii_digit());
        let (hour, minute) = hour_and_minutes(digits, &[':', '.'])?;
        let glued = &lower[digits.len()..];
        let marked = digits.contains(':');
        let meridiem = |word: &str| {
            self.names.get(word).into_iter().flatten().find_map(|n| match n.what {
                NameValue::Meridiem { afternoon } => Some(afternoon),
                _ => None,
            })
        };
        let (afternoon, next) = if glued.is_empty() && at + 1 < end {
            let word = parsed.lower(at + 1);
            (meridiem(word), at + 2)
        } else {
            (meridiem(glued).or_else(|| meridiem(glued.trim_end_matches('.'))), at + 1)
        };
        match afternoon {
            Some(afternoon) if (1..=12).contains(&hour) => {
                let hour = hour % 12 + if afternoon { 12 } else { 0 };
                Some((Clock { hour, minute, certain: true }, next))
            }
            None if marked && minute.is_some() && glued.is_empty() => {
                let certain = hour > 12 || digits.starts_with('0');
                Some((Clock { hour, minute, certain }, at + 1))
            }
            _ => None,
        }
    }

    /// A number that may be an hour when the words around say so.
    fn hour(&self, parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<(Clock, TokenId)> {
        if let Some((hour, minute)) = hour_and_minutes(parsed.lower(at), &[':', '.']) {
            return Some((Clock { hour, minute, certain: false }, at + 1));
        }
        let number = self.numbers.read(parsed, at, end)?;
        let hour = u8::try_from(number.value).ok().filter(|h| *h <= 24)?;
        Some((Clock { hour, minute: None, certain: false }, number.end))
    }
}

impl Captures {
    /// The date that day, month, year and weekday make up.
    pub(super) fn partial(&self) -> PartialDate {
        PartialDate {
            weekday: self.weekdays.last().copied(),
            day: self.days.last().copied(),
            month: self.months.last().copied(),
            year: self.years.last().copied(),
        }
    }

    /// What one class has added to a date since `before`.
    fn added(&self, before: &Captures) -> PartialDate {
        if self.dates.len() > before.dates.len() {
            return self.dates.last().copied().unwrap_or_default();
        }
        PartialDate {
            weekday: self.weekdays.get(before.weekdays.len()).copied(),
            day: self.days.get(before.days.len()).copied(),
            month: self.months.get(before.months.len()).copied(),
            year: self.years.get(before.years.len()).copied(),
        }
    }
}

/// Whether a word is one of an element; most words of a text are in no pattern.
fn is_among(word: WordId, words: &[WordId]) -> bool {
    word != Words::UNKNOWN && words.contains(&word)
}

/// What may stand where some elements start; `dates` is what dates start with.
fn start(elements: &[Element], dates: &Place) -> Place {
    let mut place = Place::default();
    for element in elements {
        match &element.what {
            What::Words(words) => place.words.extend(words),
            What::Not(_) => continue,
            What::Class(Class::Date) => {
                place.words.extend(&dates.words);
                place.classes.extend(&dates.classes);
            }
            What::Class(class) => {
                place.classes.insert(*class);
            }
        }
        if !element.optional {
            return place;
        }
    }
    Place { any: true, ..place }
}

/// What may stand behind the first token of a pattern. How many tokens a class takes is not followed.
fn after_first(elements: &[Element], dates: &Place) -> Place {
    let mut place = Place::default();
    for (n, element) in elements.iter().enumerate() {
        match &element.what {
            What::Words(_) => place.add(start(&elements[n + 1..], dates)),
            What::Not(_) => continue,
            What::Class(_) => place.any = true,
        }
        if !element.optional {
            break;
        }
    }
    place
}

fn names(bundle: &Bundle, path: &str) -> Result<FxHashMap<String, Vec<Name>>, DataError> {
    let mut names: FxHashMap<String, Vec<Name>> = FxHashMap::default();
    let Some(file) = bundle.get(path) else { return Ok(names) };
    for row in rows(path, file.bytes())? {
        let name = Name {
            what: NameValue::parse(&row)?,
            capital: row.cell(3) == "capital",
            plural: row.cell(3) == "plural",
        };
        names.entry(row.cell(0).to_lowercase()).or_default().push(name);
    }
    Ok(names)
}

fn element(word: &str, known: &mut Words) -> Option<Element> {
    let (word, optional) = match word.strip_suffix('?') {
        Some(head) if !head.is_empty() => (head, true),
        _ => (word, false),
    };
    let mut ids = |words: &str| words.split('|').map(|word| known.add(word)).collect();
    let what = if let Some(name) = word.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
        What::Class(Class::parse(name)?)
    } else if let Some(words) = word.strip_prefix('!').filter(|w| !w.is_empty()) {
        What::Not(ids(words))
    } else if word.contains(['{', '}']) {
        return None;
    } else {
        What::Words(ids(word))
    };
    Some(Element { what, optional })
}

/// An abbreviated name may be followed by a full stop that the tokeniser left alone ("Nov . 9").
fn owns_stop(parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> bool {
    let tokens = parsed.text.tokens();
    at + 2 < end
        && parsed.form(at).len() <= 5
        && parsed.form(at + 1) == "."
        && tokens[at].span.end() == tokens[at + 1].span.start()
}

/// Four digits that can be a year of modern times.
pub(super) fn modern_year(form: &str) -> Option<i16> {
    (form.len() == 4).then_some(())?;
    form.parse().ok().filter(|year| (1700..=2199).contains(year))
}

/// "1920s", "1920's": the first year of a decade.
fn decade(lower: &str) -> Option<i16> {
    let year = lower.strip_suffix('s')?;
    let year: i16 = year.strip_suffix(['\'', '’']).unwrap_or(year).parse().ok()?;
    (year % 10 == 0 && (100..=2190).contains(&year)).then_some(year)
}

/// Hour and minutes: "7", "07:40", "5.40".
fn hour_and_minutes(digits: &str, marks: &[char]) -> Option<(u8, Option<u8>)> {
    let mut parts = digits.split(marks);
    let hour = parts.next()?;
    if hour.is_empty() || hour.len() > 2 {
        return None;
    }
    let hour: u8 = hour.parse().ok().filter(|h| *h <= 24)?;
    match parts.next() {
        None => Some((hour, None)),
        Some(minutes) => {
            let minute = minutes.parse::<u8>().ok().filter(|m| minutes.len() == 2 && *m < 60)?;
            let seconds = parts.next().is_none_or(|s| s.len() == 2 && s.parse::<u8>().is_ok_and(|s| s < 60));
            (seconds && parts.next().is_none()).then_some((hour, Some(minute)))
        }
    }
}

/// Year, month and day.
type Ymd = (i16, u8, u8);

/// A date in figures: one reading, or two when day and month cannot be told apart.
enum Figures {
    One(Ymd),
    Either(Ymd, Ymd),
}

fn partial((year, month, day): Ymd) -> PartialDate {
    PartialDate { weekday: None, day: Some(day), month: Some(month), year: Some(year) }
}

/// "5.12.2025", "2025-12-05", "25/12/2025"; "05/12/2025" is a date that cannot be told.
fn numeric(parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<(Figures, TokenId)> {
    if parsed.text.tokens()[at].kind != TokenKind::Number {
        return None;
    }
    let form = parsed.form(at);
    if form.len() <= 10 && form.bytes().filter(|&b| b == b'.').count() == 2 {
        let parts: Vec<&str> = form.split('.').collect();
        // Stops are written by those who put the day first.
        return valid(number(parts[2])?, number(parts[1])?, number(parts[0])?)
            .map(|d| (Figures::One(d), at + 1));
    }
    // "25/12/2024" is one token, "2024-12-25" are five.
    let (parts, next) = if form.contains('/') {
        (form.split('/').collect::<Vec<_>>(), at + 1)
    } else {
        let mark = if at + 5 <= end { parsed.form(at + 1) } else { "" };
        if !matches!(mark, "-" | "/" | "‑" | "–") || parsed.form(at + 3) != mark {
            return None;
        }
        (vec![form, parsed.form(at + 2), parsed.form(at + 4)], at + 5)
    };
    let [a, b, c] = parts[..] else { return None };
    let is_year_first = a.len() == 4;
    let (a, b, c) = (number(a)?, number(b)?, number(c)?);
    if is_year_first {
        return valid(a, b, c).map(|d| (Figures::One(d), next));
    }
    let (day_first, month_first) = (valid(c, b, a), valid(c, a, b));
    match (day_first, month_first) {
        (Some(x), Some(y)) if x != y => Some((Figures::Either(x, y), next)),
        (Some(date), _) | (None, Some(date)) => Some((Figures::One(date), next)),
        (None, None) => None,
    }
}

fn number(digits: &str) -> Option<i16> {
    (!digits.is_empty() && digits.len() <= 4).then(|| digits.parse().ok()).flatten()
}

fn valid(year: i16, month: i16, day: i16) -> Option<Ymd> {
    let year = if (0..100).contains(&year) { 2000 + year } else { year };
    ((1700..=2199).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some((
        year,
        month as u8,
        day as u8,
    ))
}
