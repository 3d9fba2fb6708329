//! Times in the terms of TIMEX3.

use super::meaning::{Count, Grain, Meaning, Tense};
use super::pattern::{Clock, Grammar, Piece};
use super::{DayPart, Found, TimeKind};
use crate::calendar::{PartialDate, Unit};
use crate::syntax::Parsed;
use crate::text::TokenId;
use jiff::civil::Date;
use std::ops::Range;

/// A time as TIMEX3 has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timex {
    /// Its tokens, without the preposition before it.
    pub tokens: Range<TokenId>,
    /// TIMEX3's `type`.
    pub kind: TimexKind,
    /// TIMEX3's `value`: `1942-05-05`, `1942-SP`, `P3W`, `PRESENT_REF`; `XXXX` for a year that is not known, `BC0490`
    /// for one before Christ.
    pub value: String,
}

/// The types of TIMEX3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimexKind {
    /// A day or a longer period of the calendar.
    Date,
    /// A time of day.
    Time,
    /// A length of time.
    Duration,
    /// A repetition.
    Set,
}

impl TimexKind {
    /// As TIMEX3 writes it.
    pub fn name(self) -> &'static str {
        match self {
            TimexKind::Date => "DATE",
            TimexKind::Time => "TIME",
            TimexKind::Duration => "DURATION",
            TimexKind::Set => "SET",
        }
    }
}

/// What one match names: one time, or two where it is a range.
pub(super) fn timexes(grammar: &Grammar, parsed: &Parsed<'_>, found: &Found<'_>) -> Vec<Timex> {
    let mut tokens = found.tokens.clone();
    while tokens.len() > 1 && grammar.is_outside(parsed.lower(tokens.start)) {
        tokens.start += 1;
    }
    let dates = dates(grammar, parsed, &found.captures.pieces);
    if dates.len() > 1 {
        return ends(found, tokens, &dates);
    }
    let value = &found.value;
    let (kind, value) = match found.meaning {
        Meaning::Length(count) | Meaning::Past(count) => match length(count, found) {
            Some(length) => (TimexKind::Duration, length),
            None => return Vec::new(),
        },
        Meaning::Every(count) => (TimexKind::Set, every(count, found)),
        Meaning::Vague(tense) => (TimexKind::Date, tense_value(*tense).into()),
        Meaning::Other => match dates.first() {
            Some(date) => {
                tokens = date.tokens.clone();
                (TimexKind::Date, date_value(&date.partial, found))
            }
            None => return Vec::new(),
        },
        Meaning::Night => {
            // "At night" is any night in a history.
            let any = dates.is_empty() && found.anchors.history;
            let day = value.bounds.map(|b| b.1).filter(|_| !any);
            (TimexKind::Time, with_time(name(day, Grain::Day), found))
        }
        _ if value.kind == TimeKind::TimeOfDay => {
            let anchors = &found.anchors;
            let told = anchors.named.filter(|_| value.clock.is_some()).map(|b| b.1);
            let day = if anchors.history { told } else { anchors.published };
            (TimexKind::Time, with_time(name(day, Grain::Day), found))
        }
        _ => match dates.first().filter(|_| value.bounds.is_none()) {
            Some(date) => (TimexKind::Date, date_value(&date.partial, found)),
            None => (TimexKind::Date, name(value.bounds.map(|b| b.0), value.grain)),
        },
    };
    if kind == TimexKind::Date && (found.value.part.is_some() || found.value.clock.is_some()) {
        let value = with_time(value, found);
        return vec![Timex { tokens, kind: TimexKind::Time, value }];
    }
    vec![Timex { tokens, kind, value }]
}

/// Words of a match that make up one date.
struct Named {
    tokens: Range<TokenId>,
    partial: PartialDate,
}

/// The dates of a match: its pieces, parted where something other than a comma or an article stands between them.
fn dates(grammar: &Grammar, parsed: &Parsed<'_>, pieces: &[Piece]) -> Vec<Named> {
    let mut dates: Vec<Named> = Vec::new();
    for piece in pieces {
        let more = piece.date;
        match dates.last_mut() {
            Some(last) if (last.tokens.end..piece.tokens.start).all(|t| grammar.joins(parsed.lower(t))) => {
                last.tokens.end = piece.tokens.end;
                last.partial = PartialDate {
                    weekday: last.partial.weekday.or(more.weekday),
                    day: last.partial.day.or(more.day),
                    month: last.partial.month.or(more.month),
                    year: last.partial.year.or(more.year),
                };
            }
            _ => dates.push(Named { tokens: piece.tokens.clone(), partial: more }),
        }
    }
    dates.retain(|date| date.partial != PartialDate::default());
    dates
}

/// The first and the last date of a range, each completed by the other.
fn ends(found: &Found<'_>, tokens: Range<TokenId>, dates: &[Named]) -> Vec<Timex> {
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Vec::new() };
    let mut partials = [first.partial, last.partial];
    let [a, b] = &mut partials;
    if a.is_calendar() && b.is_calendar() {
        a.month = a.month.or(b.month.filter(|_| a.day.is_some()));
        a.year = a.year.or(b.year);
        b.month = b.month.or(a.month.filter(|_| b.day.is_some()));
        b.year = b.year.or(a.year);
    }
    let spans = [tokens.start..first.tokens.end, last.tokens.clone()];
    let timex = |(partial, tokens): (PartialDate, Range<TokenId>)| {
        let value = date_value(&partial, found);
        Timex { tokens, kind: TimexKind::Date, value }
    };
    partials.into_iter().zip(spans).map(timex).collect()
}

/// A date by itself, as far as it can be told.
fn date_value(partial: &PartialDate, found: &Found<'_>) -> String {
    if let Some(bounds) = found.anchors.resolve(partial) {
        return name(Some(bounds.0), Grain::of(partial));
    }
    let two = |n: Option<u8>| n.map_or("XX".into(), |n| format!("{n:02}"));
    match (partial.weekday, partial.day, partial.month) {
        (_, Some(_), _) => format!("XXXX-{}-{}", two(partial.month), two(partial.day)),
        (_, None, Some(_)) => format!("XXXX-{}", two(partial.month)),
        (Some(weekday), None, None) => format!("XXXX-WXX-{}", weekday.to_monday_one_offset()),
        (None, None, None) => "XXXX".into(),
    }
}

/// The calendar's name of the period of one grain that holds a day.
fn name(day: Option<Date>, grain: Grain) -> String {
    let Some(day) = day else {
        return match grain {
            Grain::Day => "XXXX-XX-XX".into(),
            Grain::Week => "XXXX-WXX".into(),
            Grain::Weekend => "XXXX-WXX-WE".into(),
            Grain::Month => "XXXX-XX".into(),
            Grain::Season(month) => format!("XXXX-{}", season(month)),
            Grain::Half | Grain::Year | Grain::Decade | Grain::Century => "XXXX".into(),
        };
    };
    // Year 0 is 1 BC.
    let (era, year) = if day.year() > 0 { ("", day.year()) } else { ("BC", 1 - day.year()) };
    let week = day.iso_week_date();
    match grain {
        Grain::Day => format!("{era}{year:04}-{:02}-{:02}", day.month(), day.day()),
        Grain::Week => format!("{}-W{:02}", week.year(), week.week()),
        Grain::Weekend => format!("{}-W{:02}-WE", week.year(), week.week()),
        Grain::Month => format!("{era}{year:04}-{:02}", day.month()),
        Grain::Season(month) => format!("{era}{year:04}-{}", season(month)),
        Grain::Half => format!("{era}{year:04}-H{}", if day.month() <= 6 { 1 } else { 2 }),
        Grain::Year => format!("{era}{year:04}"),
        Grain::Decade => format!("{era}{:03}", year / 10),
        Grain::Century => format!("{era}{:02}", (year - 1) / 100),
    }
}

/// TIMEX3's name of the season that starts in a month.
fn season(month: u8) -> &'static str {
    match month {
        3..=5 => "SP",
        6..=8 => "SU",
        9..=11 => "FA",
        _ => "WI",
    }
}

/// A day with the hour or the part of the day.
fn with_time(day: String, found: &Found<'_>) -> String {
    match (found.value.clock, found.value.part) {
        (Some(Clock { hour, minute, .. }), _) => format!("{day}T{hour:02}:{:02}", minute.unwrap_or(0)),
        (None, Some(part)) => format!("{day}T{}", part_name(part)),
        (None, None) => day,
    }
}

fn part_name(part: DayPart) -> &'static str {
    match part {
        DayPart::Morning => "MO",
        DayPart::Afternoon => "AF",
        DayPart::Evening => "EV",
        DayPart::Night => "NI",
    }
}

/// `P3W`, `PT8H`; `PXD` for some days.
fn length(count: &Count, found: &Found<'_>) -> Option<String> {
    let (count, unit) = count.length(&found.captures)?;
    let (mark, letter, times) = match unit {
        Unit::Minute => ("PT", "M", 1),
        Unit::Hour => ("PT", "H", 1),
        Unit::Day => ("P", "D", 1),
        Unit::Week => ("P", "W", 1),
        Unit::Fortnight => ("P", "W", 2),
        Unit::Month => ("P", "M", 1),
        Unit::Year => ("P", "Y", 1),
        Unit::Decade => ("P", "DE", 1),
        Unit::Century => ("P", "CE", 1),
    };
    Some(match count {
        Some(count) => format!("{mark}{}{letter}", count * times),
        None => format!("{mark}X{letter}"),
    })
}

/// `P1D` for every day, `XXXX-WXX-1` for every Monday, `TNI` for every night.
fn every(count: &Count, found: &Found<'_>) -> String {
    let captures = &found.captures;
    let weekday = captures.weekdays.last().map(|day| format!("XXXX-WXX-{}", day.to_monday_one_offset()));
    match (weekday, found.value.part) {
        (Some(weekday), None) => weekday,
        (weekday, Some(part)) => format!("{}T{}", weekday.unwrap_or_default(), part_name(part)),
        (None, None) => length(count, found).unwrap_or_default(),
    }
}

fn tense_value(tense: Tense) -> &'static str {
    match tense {
        Tense::Past => "PAST_REF",
        Tense::Present => "PRESENT_REF",
        Tense::Future => "FUTURE_REF",
        Tense::Told => "null",
    }
}
