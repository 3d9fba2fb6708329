//! Dates and periods in the text, as bounds.

mod meaning;
mod pattern;

use crate::bundle::{Bundle, DataError};
use crate::calendar;
use crate::syntax::{Parsed, Upos};
use crate::text::{Language, TokenId};
use jiff::civil::Date;
use meaning::{Anchors, Meaning, Value};
use pattern::Grammar;
use std::ops::Range;

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
/// | `range` | from the first date to the last; `adjacent` only for neighbouring days |
/// | `night`, `last-night` | the day before a date (or publication) to that day |
/// | `offset` | `-1 day` and the like from publication |
/// | `sequence` | the same from the last date in the text |
/// | `came-after`, `came-days-after` | so many units, or one to six days, before the last date in the text |
/// | `weekday` | -1 before publication, 0 on or before it, -2 a week further, -7 in the week before, 1 after |
/// | `weekend`, `period`, `so-far`, `past`, `week-of`, `portion`, `season` | periods |
/// | `clock` | a time of day without a day |
/// | `since`, `other` | dates nothing |
/// | `join` | words that may stand between a date and a time of day |
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
        let mut anchors = Anchors { published: parsed.document.meta().published_at, named: None };
        if anchors.published.is_none() {
            anchors.published = self.dateline_day(parsed);
        }
        let mut out = Vec::new();
        let main = parsed.text.language();
        for sentence in parsed.text.sentences() {
            // A headline without small words is told as no language: it is in that of the others.
            let grammar = self.grammar(sentence.language).or_else(|| self.grammar(main));
            let Some(grammar) = grammar else { continue };
            let found = find_in(grammar, parsed, sentence.tokens.clone(), &mut anchors);
            merge(grammar, parsed, found, anchors, &mut out);
        }
        out
    }

    fn grammar(&self, language: Language) -> Option<&Grammar> {
        self.grammars.iter().find(|(l, _)| *l == language).map(|(_, grammar)| grammar)
    }

    /// The day that the dateline gives with its year.
    fn dateline_day(&self, parsed: &Parsed<'_>) -> Option<Date> {
        let tokens = parsed.text.tokens_in(parsed.document.dateline()?);
        let grammar =
            self.grammar(parsed.text.sentences()[parsed.text.sentence_of(tokens.start)].language)?;
        find_in(grammar, parsed, tokens, &mut Anchors::default())
            .into_iter()
            .find_map(|(_, value)| value.bounds.filter(|b| b.0 == b.1).map(|b| b.0))
    }
}

type Found = (Range<TokenId>, Value);

fn find_in(
    grammar: &Grammar,
    parsed: &Parsed<'_>,
    tokens: Range<TokenId>,
    anchors: &mut Anchors,
) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = tokens.start;
    while at < tokens.end {
        let hit = grammar.matches(parsed, at, tokens.end).into_iter().find_map(|m| {
            if matches!(m.meaning, Meaning::Nth) && counts_things(parsed, m.end, tokens.end) {
                return None;
            }
            meaning::value(m.meaning, &m.captures, *anchors).map(|value| (m.end, value))
        });
        let Some((end, value)) = hit else {
            at += 1;
            continue;
        };
        if value.kind == TimeKind::Date && value.bounds.is_some_and(|b| calendar::length_days(b) < 7) {
            anchors.named = value.bounds;
        }
        found.push((at..end, value));
        at = end;
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
fn merge(
    grammar: &Grammar,
    parsed: &Parsed<'_>,
    found: Vec<Found>,
    anchors: Anchors,
    out: &mut Vec<TimeMention>,
) {
    /// "On Tuesday, at about": no more than this stands between.
    const GAP_TOKENS: usize = 2;
    let mut merged: Vec<Found> = Vec::new();
    for (tokens, value) in found {
        if let Some((before, earlier)) = merged.last_mut() {
            let near = tokens.start - before.end <= GAP_TOKENS
                && (before.end..tokens.start).all(|t| grammar.joins(parsed.lower(t)));
            if let Some(joined) = near.then(|| join(earlier, &value, anchors)).flatten() {
                before.end = tokens.end;
                *earlier = joined;
                continue;
            }
        }
        merged.push((tokens, value));
    }
    out.extend(merged.into_iter().map(|(tokens, value)| TimeMention {
        tokens,
        bounds: value.bounds,
        precision: value.precision,
        basis: value.basis,
        kind: value.kind,
        part: value.part,
    }));
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
