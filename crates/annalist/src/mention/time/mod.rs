//! Dates and periods in the text, as bounds.

mod meaning;
mod pattern;
mod timex;

use crate::bundle::{Bundle, DataError};
use crate::calendar;
use crate::syntax::{Parsed, Upos};
use crate::text::{Language, TokenId};
use jiff::civil::Date;
use meaning::{Anchors, Meaning, Value};
use pattern::{Captures, Grammar};
use std::ops::Range;
pub use timex::{Timex, TimexKind};

/// A date or period that the text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeMention {
    /// Its tokens ("on the night of 18–19 May": with "on").
    pub tokens: Range<TokenId>,
    /// First and last possible day; none where the year or the anchor is missing.
    pub bounds: Option<(Date, Date)>,
    /// How long a period the words mean.
    pub precision: TimePrecision,
    /// How the bounds were come by.
    pub basis: TimeBasis,
    /// What the words are.
    pub kind: TimeKind,
    /// Part of the day, where the words tell it.
    pub part: Option<DayPart>,
}

/// How long a period is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePrecision {
    /// One day.
    Day,
    /// Two to six days.
    Days,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
    /// Longer, or not to be told.
    Undated,
}

/// How bounds were come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeBasis {
    /// A calendar date in the text (a missing year is taken from publication).
    Stated,
    /// Counted from the day of publication or the dateline ("on Tuesday", "overnight").
    Relative,
    /// Counted from another date in the text ("the next day", "two days earlier").
    Sequence,
}

/// What words of time are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeKind {
    /// A date or period that can date an event.
    Date,
    /// Only a time of day ("at 07:40", "in the morning"): no day of its own.
    TimeOfDay,
    /// A length or a repetition ("for three days", "every night", "since 2014"): dates nothing.
    Other,
}

/// A part of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayPart {
    /// From first light to noon.
    Morning,
    /// From noon.
    Afternoon,
    /// Until it is dark.
    Evening,
    /// From the late evening to first light.
    Night,
}

impl DayPart {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "morning" => DayPart::Morning,
            "afternoon" => DayPart::Afternoon,
            "evening" => DayPart::Evening,
            "night" => DayPart::Night,
            _ => return None,
        })
    }
}

/// Finds dates, periods and times of day by the patterns of `lang/<language>/time-pattern.tsv`.
///
/// What a pattern means stands in the file's second column:
///
/// | meaning | days |
/// |---|---|
/// | `date`, `is` | a date; missing parts from publication; `-1` the year before, `-` never the current month |
/// | `nth` | a day of the month |
/// | `feast` | the same day of every year, `12-25` |
/// | `range` | from the first date to the last; `adjacent` only for neighbouring days, `long` dates nothing |
/// | `night`, `last-night` | the day before a date (or publication) to that day |
/// | `offset` | `-1 day` and the like from publication; a part of the day may follow |
/// | `sequence` | the same from the last date in the text |
/// | `came-after`, `came-days-after` | so many units, or one to six days, before the last date in the text |
/// | `weekday` | -1 before publication, 0 on or before it, -2 a week further, -7 in the week before, 1 after |
/// | `weekend`, `period`, `so-far`, `past`, `week-of`, `portion`, `season` | periods |
/// | `clock` | a time of day without a day |
/// | `bare-season` | a season that dates nothing |
/// | `decade`, `century` | too long to date anything |
/// | `length` | a length; without a number some units or, of a word for one, one |
/// | `every` | a repetition, at intervals of a length |
/// | `vague` | `past`, `present`, `future`, or a time told elsewhere: no mention, only a [`Timex`] |
/// | `since`, `other` | dates nothing |
/// | `join` | words that may stand between a date and a time of day |
/// | `outside` | words that may stand before a time and are no part of it |
///
/// In a text that tells history (it names many years long past and hardly a day that counts from publication),
/// dates without a year are completed by the date told before them, not by publication.
pub struct TimeFinder {
    grammars: Vec<(Language, Grammar)>,
}

impl TimeFinder {
    /// Reads `time-pattern.tsv`, `time-name.tsv` and `number.tsv` of every language that has them.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let mut grammars = Vec::new();
        for language in [Language::En, Language::Ru, Language::Uk] {
            if let Some(grammar) = Grammar::new(bundle, &format!("lang/{}/", language.tag()))? {
                grammars.push((language, grammar));
            }
        }
        Ok(TimeFinder { grammars })
    }

    /// Every time that the text names, in order; none overlaps another.
    pub fn find(&self, parsed: &Parsed<'_>) -> Vec<TimeMention> {
        let mut out = Vec::new();
        self.each(parsed, |_, found| {
            if matches!(found.meaning, Meaning::Vague(_)) {
                return;
            }
            out.push(TimeMention {
                tokens: found.tokens,
                bounds: found.value.bounds,
                precision: found.value.precision,
                basis: found.value.basis,
                kind: found.value.kind,
                part: found.value.part,
            });
        });
        out
    }

    /// The same times in the terms of TIMEX3, with the ends of ranges apart and vague words ("now") besides.
    ///
    /// # Source
    /// TimeML 1.2.1, TIMEX3: `type` and `value`.
    pub fn timexes(&self, parsed: &Parsed<'_>) -> Vec<Timex> {
        let mut out = Vec::new();
        self.each(parsed, |grammar, found| out.extend(timex::timexes(grammar, parsed, &found)));
        out
    }

    /// Hands on every match, sentence by sentence.
    fn each<'f>(&'f self, parsed: &Parsed<'_>, mut then: impl FnMut(&'f Grammar, Found<'f>)) {
        let mut anchors = Anchors { published: parsed.document.meta().published_at, ..Anchors::default() };
        if anchors.published.is_none() {
            anchors.published = self.dateline_day(parsed);
        }
        let main = parsed.text.language();
        // A headline without small words is told as no language: it is in that of the others.
        let grammar_of = |language| self.grammar(language).or_else(|| self.grammar(main));
        if let Some(told) = self.history(parsed, anchors.published) {
            anchors = Anchors { history: true, told: Some(told), ..anchors };
        }
        for sentence in parsed.text.sentences() {
            let Some(grammar) = grammar_of(sentence.language) else { continue };
            let found = find_in(grammar, parsed, sentence.tokens.clone(), &mut anchors);
            merge(grammar, parsed, found).into_iter().for_each(|found| then(grammar, found));
        }
    }

    /// Where a document tells history, the first year that it names: it names many years, nearly all of them
    /// long past, and hardly a day that counts from publication.
    fn history(&self, parsed: &Parsed<'_>, published: Option<Date>) -> Option<Date> {
        /// Reports name a few years as background.
        const YEARS: usize = 6;
        let grammar = self.grammar(parsed.text.language())?;
        let end = parsed.text.tokens().len();
        let years: Vec<i16> =
            (0..end).filter_map(|t| grammar.year(parsed, t, end)).map(|(year, _)| year).collect();
        let past = |year: i16| published.is_none_or(|day| year < day.year());
        let old = years.iter().filter(|year| past(**year)).count();
        if old < YEARS || old * 3 < years.len() * 2 {
            return None;
        }
        let mut recent = 0;
        for sentence in parsed.text.sentences() {
            let found = find_in(grammar, parsed, sentence.tokens.clone(), &mut Anchors::default());
            recent += found
                .iter()
                .filter(|f| f.value.kind == TimeKind::Date && f.value.basis == TimeBasis::Relative)
                .count();
        }
        (recent * 3 < old).then(|| Date::new(years[0], 1, 1).ok()).flatten()
    }

    fn grammar(&self, language: Language) -> Option<&Grammar> {
        self.grammars.iter().find(|(l, _)| *l == language).map(|(_, grammar)| grammar)
    }

    /// The day that the dateline gives with its year.
    fn dateline_day(&self, parsed: &Parsed<'_>) -> Option<Date> {
        let tokens = parsed.text.tokens_in(parsed.document.dateline()?);
        let sentence = parsed.text.sentences().get(parsed.text.sentence_of(tokens.start))?;
        let grammar = self.grammar(sentence.language)?;
        find_in(grammar, parsed, tokens, &mut Anchors::default())
            .into_iter()
            .find_map(|found| found.value.bounds.filter(|b| b.0 == b.1).map(|b| b.0))
    }
}

/// A match that means a time.
struct Found<'g> {
    tokens: Range<TokenId>,
    meaning: &'g Meaning,
    captures: Captures,
    value: Value,
    /// What it was counted from.
    anchors: Anchors,
}

fn find_in<'g>(
    grammar: &'g Grammar,
    parsed: &Parsed<'_>,
    tokens: Range<TokenId>,
    anchors: &mut Anchors,
) -> Vec<Found<'g>> {
    let mut found = Vec::new();
    let mut at = tokens.start;
    let searched = grammar.searched(parsed, tokens.clone());
    while at < tokens.end {
        let hit = grammar.matches(&searched, at).into_iter().find_map(|m| {
            if matches!(m.meaning, Meaning::Nth) && counts_things(parsed, m.end, tokens.end) {
                return None;
            }
            let value = meaning::value(m.meaning, &m.captures, *anchors)?;
            let tokens = at..m.end;
            Some(Found { tokens, meaning: m.meaning, captures: m.captures, value, anchors: *anchors })
        });
        let Some(hit) = hit else {
            at += 1;
            continue;
        };
        anchors.note(&hit.value);
        at = hit.tokens.end;
        found.push(hit);
    }
    found
}

/// Whether a rank belongs to a thing ("on the 3rd floor") rather than being a day of the month.
fn counts_things(parsed: &Parsed<'_>, next: TokenId, end: TokenId) -> bool {
    if next >= end {
        return false;
    }
    let word = parsed.form(next).starts_with(char::is_alphanumeric);
    match parsed.upos(next) {
        // Without an analysis any word may be the thing.
        Upos::X => word,
        Upos::Noun | Upos::Propn | Upos::Adj | Upos::Num => true,
        _ => parsed.lower(next) == "-",
    }
}

/// Joins times of day with the dates they adjoin.
fn merge<'g>(grammar: &Grammar, parsed: &Parsed<'_>, found: Vec<Found<'g>>) -> Vec<Found<'g>> {
    /// "On Tuesday, at about": no more than this stands between.
    const GAP_TOKENS: usize = 2;
    let mut merged: Vec<Found<'g>> = Vec::new();
    for next in found {
        if let Some(last) = merged.last_mut() {
            let gap = last.tokens.end..next.tokens.start;
            let near = gap.len() <= GAP_TOKENS && gap.clone().all(|t| grammar.joins(parsed.lower(t)));
            if let Some(joined) = near.then(|| join(&last.value, &next.value, last.anchors)).flatten() {
                let tokens = last.tokens.start..next.tokens.end;
                if last.value.kind == TimeKind::TimeOfDay {
                    *last = next;
                }
                (last.tokens, last.value) = (tokens, joined);
                continue;
            }
        }
        merged.push(next);
    }
    merged
}

/// A date with a time of day beside it, or two times of day; none when they do not belong together.
fn join(a: &Value, b: &Value, anchors: Anchors) -> Option<Value> {
    let (date, time) = match (a.kind, b.kind) {
        (TimeKind::Date | TimeKind::TimeOfDay, TimeKind::TimeOfDay) => (a, b),
        (TimeKind::TimeOfDay, TimeKind::Date) => (b, a),
        _ => return None,
    };
    // A month has no half past seven.
    if date.kind == TimeKind::Date && !matches!(date.precision, TimePrecision::Day | TimePrecision::Days) {
        return None;
    }
    let mut joined = date.clone();
    joined.part = date.part.or(time.part);
    joined.clock = date.clock.or(time.clock);
    if let (true, Some(clock)) = (date.last_night, time.clock) {
        // "At 9:47 last night" is the evening before, "at 3 last night" the day itself.
        let evening = if clock.certain { clock.hour >= 12 } else { (6..12).contains(&clock.hour) };
        joined.precision = TimePrecision::Day;
        joined.bounds = anchors.published.map(|day| {
            let (first, last) = calendar::night_into(day);
            if evening { (first, first) } else { (last, last) }
        });
    }
    Some(joined)
}

#[cfg(test)]
mod tests;
