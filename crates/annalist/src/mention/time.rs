//! Dates and periods in the text, as bounds.

use crate::text::TokenId;
use jiff::civil::Date;
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
