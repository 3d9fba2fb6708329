//! What a pattern means, and the days it means in one document.

use super::pattern::{Captures, Clock, parse_unit};
use super::{DayPart, TimeBasis, TimeKind, TimePrecision};
use crate::calendar::{self, Bounds, PartialDate, Portion, Unit};
use jiff::civil::Date;

/// Second and third column of `time-pattern.tsv`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// A calendar date or weekday; its year so many years after that of publication when given; `before` for
    /// "last May": never the month of publication itself.
    Date { years_back: Option<i16>, before: bool },
    /// Words around a date that change nothing.
    Is,
    /// A day of the month that publication falls in or follows: "on the 3rd".
    Nth,
    /// A fixed day of every year: month and day.
    Feast(u8, u8),
    /// "The 1920s": too long to date anything.
    Decade,
    /// "The 19th century": too long to date anything.
    Century,
    /// From one date to another.
    Range(RangeKind),
    /// The night that ends on a date, or on the day of publication.
    Night,
    /// "Last night": like [`Meaning::Night`], but an hour of the clock tells which day.
    LastNight,
    /// So many units from publication; in a part of the day ("tonight").
    Offset(Count, Option<DayPart>),
    /// So many units from the last date in the text.
    Sequence(Count),
    /// "It comes two weeks after …": so many units before the last date in the text.
    CameAfter(Count),
    /// "It comes days after …": two to six days, here one to six, before the last date.
    CameDaysAfter,
    /// A weekday before publication: -1 the last one before, 0 on or before, -2 one more week back,
    /// -7 in the calendar week before, 1 after.
    Weekday(i64),
    /// The weekend before publication.
    Weekend,
    /// A calendar week, month or year from that of publication.
    Period(i64),
    /// From the start of the period to publication.
    SoFar,
    /// The last so many units up to publication.
    Past(Count),
    /// The week that holds a date.
    WeekOf,
    /// Part of a month or year.
    Portion(Portion),
    /// A season; with an argument, counted from publication.
    Season(Option<i64>),
    /// A season that dates nothing: "they fear the winter".
    BareSeason,
    /// A time of day.
    Clock(Option<DayPart>),
    /// From a date to publication: no date of an event.
    Since,
    /// A length of time; "several days" have no count.
    Length(Count),
    /// A repetition, at intervals of a length or in parts of the day or week.
    Every(Count),
    /// Words that mean the past, the present or the future.
    Vague(Tense),
    /// Dates nothing.
    Other,
}

/// What a range counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeKind {
    /// Any two dates.
    Any,
    /// Only neighbouring days ("5 and 6 May").
    Adjacent,
    /// A period that dates nothing ("from 2014 to 2022").
    Long,
}

/// Where in time vague words point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tense {
    Past,
    Present,
    Future,
    /// To a time told elsewhere ("at the time").
    Told,
}

/// A count with its unit; what is missing stands in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Count {
    sign: i64,
    count: Option<i64>,
    unit: Option<Unit>,
}

impl Count {
    fn parse(argument: &str) -> Result<Self, String> {
        let mut words = argument.split_whitespace();
        let number = words.next().unwrap_or_default();
        let unit = match words.next() {
            None => None,
            Some(word) => Some(parse_unit(word).ok_or_else(|| format!("`{word}` is no unit of time"))?),
        };
        Ok(match number {
            "-" => Count { sign: -1, count: None, unit },
            "+" | "" => Count { sign: 1, count: None, unit },
            _ => {
                let count: i64 = number.parse().map_err(|_| format!("`{number}` is no number"))?;
                Count { sign: count.signum(), count: Some(count.abs()), unit }
            }
        })
    }

    /// The unit and, unless the words are vague, how many.
    pub(super) fn length(&self, captures: &Captures) -> Option<(Option<i64>, Unit)> {
        let number = self.count.or_else(|| captures.numbers.first().copied());
        let count = number.or((!captures.plural).then_some(1));
        Some((count, self.unit.or(captures.unit)?))
    }

    fn read(&self, captures: &Captures) -> Option<(i64, Unit)> {
        let count = self.count.or_else(|| captures.numbers.first().copied())?;
        Some((self.sign * count, self.unit.or(captures.unit)?))
    }
}

impl Meaning {
    pub(super) fn parse(name: &str, argument: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<i64>().map_err(|_| format!("`{text}` is no number"));
        Ok(match name {
            "date" => match argument {
                "" => Meaning::Date { years_back: None, before: false },
                "-" => Meaning::Date { years_back: None, before: true },
                years => {
                    let years = number(years)?.clamp(-100, 100) as i16;
                    Meaning::Date { years_back: Some(years), before: false }
                }
            },
            "is" => Meaning::Is,
            "nth" => Meaning::Nth,
            "feast" => {
                let (month, day) = argument.split_once('-').ok_or("a feast needs month and day: `12-25`")?;
                let small = |text: &str| text.parse::<u8>().map_err(|_| format!("`{text}` is no number"));
                Meaning::Feast(small(month)?, small(day)?)
            }
            "decade" => Meaning::Decade,
            "century" => Meaning::Century,
            "range" => Meaning::Range(match argument {
                "" => RangeKind::Any,
                "adjacent" => RangeKind::Adjacent,
                "long" => RangeKind::Long,
                other => return Err(format!("`{other}` is no kind of range")),
            }),
            "night" => Meaning::Night,
            "last-night" => Meaning::LastNight,
            "offset" => {
                let part = argument.split_whitespace().last().and_then(DayPart::parse);
                Meaning::Offset(Count::parse(argument)?, part)
            }
            "sequence" => Meaning::Sequence(Count::parse(argument)?),
            "came-after" => Meaning::CameAfter(Count::parse(argument)?),
            "came-days-after" => Meaning::CameDaysAfter,
            "weekday" => Meaning::Weekday(number(argument)?),
            "weekend" => Meaning::Weekend,
            "period" => Meaning::Period(number(argument)?),
            "so-far" => Meaning::SoFar,
            "past" => Meaning::Past(Count::parse(argument)?),
            "week-of" => Meaning::WeekOf,
            "portion" => Meaning::Portion(match argument {
                "early" => Portion::Early,
                "middle" => Portion::Middle,
                "late" => Portion::Late,
                "first-half" => Portion::FirstHalf,
                "second-half" => Portion::SecondHalf,
                other => return Err(format!("`{other}` is no portion")),
            }),
            "season" => Meaning::Season(if argument.is_empty() { None } else { Some(number(argument)?) }),
            "bare-season" => Meaning::BareSeason,
            "clock" => Meaning::Clock(match argument {
                "" => None,
                part => Some(DayPart::parse(part).ok_or_else(|| format!("`{part}` is no part of the day"))?),
            }),
            "since" => Meaning::Since,
            "length" => Meaning::Length(Count::parse(argument)?),
            "every" => Meaning::Every(Count::parse(argument)?),
            "vague" => Meaning::Vague(match argument {
                "past" => Tense::Past,
                "present" => Tense::Present,
                "future" => Tense::Future,
                "" => Tense::Told,
                other => return Err(format!("`{other}` is no tense")),
            }),
            "other" => Meaning::Other,
            other => return Err(format!("`{other}` is no meaning of a time pattern")),
        })
    }
}

/// The days that relative words count from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Anchors {
    /// Publication, or the dateline where that is unknown.
    pub(super) published: Option<Date>,
    /// The last date that the text named.
    pub(super) named: Option<Bounds>,
    /// The last day of the last date or longer period that the text named.
    pub(super) told: Option<Date>,
    /// In a history, a date far from the one told before it.
    pub(super) aside: Option<Date>,
    /// Whether the text tells history: then dates are completed by those told before, not by publication.
    pub(super) history: bool,
}

impl Anchors {
    /// The days that a date can mean.
    pub(super) fn resolve(&self, partial: &PartialDate) -> Option<Bounds> {
        let Some(told) = self.told.filter(|_| self.history) else { return partial.resolve(self.published) };
        let mut whole = *partial;
        if partial.is_calendar() && partial.year.is_none() {
            whole.year = Some(told.year());
            whole.month = partial.month.or(u8::try_from(told.month()).ok());
        }
        whole.resolve(Some(told))
    }

    /// The day from which "last week" and "this year" count.
    fn now(&self) -> Option<Date> {
        if self.history { self.told.or(self.published) } else { self.published }
    }

    /// Takes note of a date that the text names.
    pub(super) fn note(&mut self, value: &Value) {
        /// Histories go on from year to year.
        const NEAR_YEARS: i16 = 3;
        let Some(bounds) = value.bounds else { return };
        if value.kind == TimeKind::Date && calendar::length_days(bounds) < 7 {
            self.named = Some(bounds);
        }
        if matches!(value.grain, Grain::Decade | Grain::Century) {
            return;
        }
        let first = value.kind == TimeKind::Other || matches!(value.grain, Grain::Season(_));
        let day = if first { bounds.0 } else { bounds.1 };
        let near =
            |other: Option<Date>| other.is_none_or(|other| (other.year() - day.year()).abs() <= NEAR_YEARS);
        // A year far off is an aside until the next date bears it out.
        if !self.history || near(self.told) || self.aside.is_some() && near(self.aside) {
            (self.told, self.aside) = (Some(day), None);
        } else {
            self.aside = Some(day);
        }
    }
}

/// How finely words tell a time: what they name, of whatever length its bounds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    Day,
    Week,
    Weekend,
    Month,
    /// By its first month.
    Season(u8),
    Half,
    Year,
    Decade,
    Century,
}

impl Grain {
    pub(super) fn of(partial: &PartialDate) -> Self {
        if partial.is_day() {
            Grain::Day
        } else if partial.month.is_some() {
            Grain::Month
        } else {
            Grain::Year
        }
    }
}

/// What some words mean in one document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) bounds: Option<Bounds>,
    pub(super) precision: TimePrecision,
    pub(super) basis: TimeBasis,
    pub(super) kind: TimeKind,
    pub(super) part: Option<DayPart>,
    pub(super) clock: Option<Clock>,
    pub(super) grain: Grain,
    /// "Last night", which an hour of the clock makes one day.
    pub(super) last_night: bool,
}

impl Value {
    fn date(bounds: Option<Bounds>, precision: TimePrecision, basis: TimeBasis) -> Self {
        let grain = match precision {
            TimePrecision::Day | TimePrecision::Days => Grain::Day,
            TimePrecision::Week => Grain::Week,
            TimePrecision::Month => Grain::Month,
            TimePrecision::Year | TimePrecision::Undated => Grain::Year,
        };
        let kind = TimeKind::Date;
        Value { bounds, precision, basis, kind, part: None, clock: None, grain, last_night: false }
    }

    fn of_kind(kind: TimeKind) -> Self {
        Value { kind, ..Value::date(None, TimePrecision::Undated, TimeBasis::Relative) }
    }
}

/// The value of a match; none when the words, though they fit the pattern, mean no time.
pub(super) fn value(meaning: &Meaning, captures: &Captures, anchors: Anchors) -> Option<Value> {
    let mut value = bare_value(meaning, captures, &anchors)?;
    value.part = value.part.or(captures.part).or(captures.clock.and_then(Clock::part));
    value.clock = captures.clock;
    Some(value)
}

fn bare_value(meaning: &Meaning, captures: &Captures, anchors: &Anchors) -> Option<Value> {
    let now = anchors.now();
    Some(match meaning {
        Meaning::Date { years_back, before } => {
            let mut partial = captures.partial();
            if let Some(back) = years_back {
                partial.year = now.map(|day| day.year().saturating_add(*back));
            }
            let published = anchors.published.map(|day| match before {
                true => calendar::shift(day.first_of_month(), -1, Unit::Day),
                false => day,
            });
            dated(partial, captures, &Anchors { published, ..*anchors })?
        }
        Meaning::Is => {
            let partial = match captures.dates.last() {
                Some(partial) => *partial,
                None => captures.partial(),
            };
            dated(partial, captures, anchors)?
        }
        Meaning::Nth => dated(captures.partial(), captures, anchors)?,
        Meaning::Feast(month, day) => {
            let feast = PartialDate { month: Some(*month), day: Some(*day), ..captures.partial() };
            dated(feast, captures, anchors)?
        }
        Meaning::Decade => era(captures.decade?, 9, captures.before_christ, Grain::Decade),
        Meaning::Century => {
            let first = 100 * i16::from(*captures.days.last()?) - 99;
            era(first, 99, captures.before_christ, Grain::Century)
        }
        Meaning::Range(kind) => range(captures, *kind, anchors)?,
        Meaning::Night => {
            let (end, basis) = match captures.dates.last() {
                Some(partial) => {
                    if !partial.is_day() {
                        return None;
                    }
                    (anchors.resolve(partial).map(|b| b.1), basis_of(partial))
                }
                None => (now, TimeBasis::Relative),
            };
            let night = Value::date(end.map(calendar::night_into), TimePrecision::Days, basis);
            Value { part: Some(DayPart::Night), ..night }
        }
        Meaning::LastNight => {
            let night = Value::date(now.map(calendar::night_into), TimePrecision::Days, TimeBasis::Relative);
            Value { part: Some(DayPart::Night), last_night: true, ..night }
        }
        Meaning::Offset(count, part) => {
            let (count, unit) = count.read(captures)?;
            Value { part: *part, ..counted(now, count, unit, TimeBasis::Relative) }
        }
        Meaning::Sequence(count) => {
            let (count, unit) = count.read(captures)?;
            if count == 0 && unit == Unit::Week {
                let named = anchors.named.map(|b| b.1).or(now).map(calendar::week_of);
                return Some(Value::date(named, TimePrecision::Week, TimeBasis::Sequence));
            }
            let long = matches!(unit, Unit::Month | Unit::Year | Unit::Decade | Unit::Century);
            let told = anchors.told.filter(|_| long);
            let from = told.or(anchors.named.map(|b| if count > 0 { b.1 } else { b.0 })).or(now);
            let mut value = counted(from, count, unit, TimeBasis::Sequence);
            // "The same night" as an overnight attack is both its days.
            if let (0, false, Some(named)) = (count, long, anchors.named) {
                value.bounds = Some(named);
                value.precision = precision_of(named);
            }
            value
        }
        Meaning::CameAfter(count) => {
            let (count, unit) = count.read(captures)?;
            // What it comes after is the last day of an overnight attack.
            counted(anchors.named.map(|b| b.1).or(now), -count, unit, TimeBasis::Sequence)
        }
        Meaning::CameDaysAfter => {
            let bounds = anchors
                .named
                .map(|b| b.1)
                .or(now)
                .map(|day| (calendar::shift(day, -6, Unit::Day), calendar::shift(day, -1, Unit::Day)));
            Value::date(bounds, TimePrecision::Days, TimeBasis::Sequence)
        }
        Meaning::Weekday(which) => {
            let weekday = *captures.weekdays.last()?;
            let day = now.map(|day| match which {
                0 => calendar::weekday_on_or_before(weekday, day),
                1 => calendar::weekday_after(weekday, day),
                -1 => calendar::weekday_before(weekday, day),
                -7 => {
                    let sunday = calendar::shift(calendar::week_of(day).0, -1, Unit::Day);
                    calendar::weekday_on_or_before(weekday, sunday)
                }
                more => calendar::shift(calendar::weekday_before(weekday, day), more + 1, Unit::Week),
            });
            Value::date(day.map(|d| (d, d)), TimePrecision::Day, TimeBasis::Relative)
        }
        Meaning::Weekend => {
            let bounds = now.map(calendar::weekend_before);
            let weekend = Value::date(bounds, TimePrecision::Days, TimeBasis::Relative);
            Value { grain: Grain::Weekend, ..weekend }
        }
        Meaning::Period(offset) => period(now, *offset, captures.unit?)?,
        Meaning::SoFar => {
            let unit = captures.unit.unwrap_or(Unit::Week);
            let bounds = now.map(|day| calendar::so_far(day, unit));
            Value::date(bounds, precision_of_unit(unit), TimeBasis::Relative)
        }
        Meaning::Past(count) => {
            let (count, unit) = count.read(captures)?;
            let bounds = now.map(|day| calendar::past(day, count, unit));
            let precision = bounds.map_or(TimePrecision::Days, precision_of);
            Value::date(bounds, precision, TimeBasis::Relative)
        }
        Meaning::WeekOf => {
            let partial = captures.dates.last().filter(|p| p.is_day())?;
            let bounds = anchors.resolve(partial).map(|b| calendar::week_of(b.0));
            Value::date(bounds, TimePrecision::Week, basis_of(partial))
        }
        Meaning::Portion(portion) => {
            let partial = PartialDate { day: None, weekday: None, ..captures.partial() };
            let bounds = anchors.resolve(&partial).map(|b| calendar::portion(b, *portion));
            let precision = match (portion, partial.month) {
                (_, None) => TimePrecision::Year,
                (Portion::FirstHalf | Portion::SecondHalf, _) => TimePrecision::Month,
                _ => TimePrecision::Week,
            };
            let grain = match (portion, partial.month) {
                (Portion::FirstHalf | Portion::SecondHalf, None) => Grain::Half,
                _ => Grain::of(&partial),
            };
            Value { grain, ..Value::date(bounds, precision, TimeBasis::Stated) }
        }
        Meaning::Season(offset) => season(captures, *offset, anchors)?,
        Meaning::BareSeason => Value { kind: TimeKind::Other, ..season(captures, Some(0), anchors)? },
        Meaning::Clock(part) => {
            let clock = Value::of_kind(TimeKind::TimeOfDay);
            Value { part: *part, ..clock }
        }
        Meaning::Since => {
            let partial = match captures.dates.last() {
                Some(partial) => *partial,
                None => captures.partial(),
            };
            let first = anchors.resolve(&partial).map(|b| b.0);
            let bounds = first.zip(anchors.published).filter(|(a, b)| a <= b);
            let (basis, grain) = (basis_of(&partial), Grain::of(&partial));
            Value { bounds, basis, grain, ..Value::of_kind(TimeKind::Other) }
        }
        Meaning::Other => {
            let partial = captures.dates.last().copied().unwrap_or(captures.partial());
            let (bounds, grain) = (anchors.resolve(&partial), Grain::of(&partial));
            Value { bounds, grain, ..Value::of_kind(TimeKind::Other) }
        }
        Meaning::Length(_) | Meaning::Every(_) | Meaning::Vague(_) => Value::of_kind(TimeKind::Other),
    })
}

/// A decade or century: the year with the least number and how many follow it.
fn era(least: i16, more: i16, before_christ: bool, grain: Grain) -> Value {
    // There is no year 0: 1 BC is the year before AD 1.
    let (first, last) = if before_christ { (1 - least - more, 1 - least) } else { (least, least + more) };
    let day = |year: i16, month, day| Date::new(year, month, day).ok();
    let bounds = day(first, 1, 1).zip(day(last, 12, 31));
    Value { bounds, grain, ..Value::of_kind(TimeKind::Other) }
}

fn dated(partial: PartialDate, captures: &Captures, anchors: &Anchors) -> Option<Value> {
    if let Some(readings) = captures.either {
        let days = readings.map(|r| r.resolve(None).map(|b| b.0));
        // "12/11" published on 12 November cannot be 11 December.
        let bounds = match (days, anchors.published) {
            ([Some(a), Some(b)], Some(anchor)) if (a <= anchor) != (b <= anchor) => {
                let day = a.min(b);
                Some((day, day))
            }
            _ => None,
        };
        return Some(Value::date(bounds, TimePrecision::Day, TimeBasis::Stated));
    }
    let precision = if partial.is_day() {
        TimePrecision::Day
    } else if partial.month.is_some() {
        TimePrecision::Month
    } else {
        TimePrecision::Year
    };
    let impossible = partial.day.is_some_and(|d| d > 28)
        && partial.month.is_some()
        && PartialDate { year: Some(2024), ..partial }.resolve(None).is_none();
    (!impossible).then(|| Value::date(anchors.resolve(&partial), precision, basis_of(&partial)))
}

fn range(captures: &Captures, kind: RangeKind, anchors: &Anchors) -> Option<Value> {
    let (first, last) = ends(captures)?;
    if kind == RangeKind::Adjacent && first.day.zip(last.day).is_none_or(|(a, b)| b != a + 1) {
        return None;
    }
    let end = anchors.resolve(&last).map(|b| b.1);
    let bounds = end.and_then(|end| {
        let start = first.resolve(Some(end))?.0;
        (start <= end).then_some((start, end))
    });
    let basis = if basis_of(&last) == TimeBasis::Stated { TimeBasis::Stated } else { basis_of(&first) };
    let range = Value::date(bounds, bounds.map_or(TimePrecision::Days, precision_of), basis);
    let kind = if kind == RangeKind::Long { TimeKind::Other } else { TimeKind::Date };
    Some(Value { kind, grain: Grain::of(&last), ..range })
}

/// First and last date of a range; none when the words are no dates.
fn ends(captures: &Captures) -> Option<(PartialDate, PartialDate)> {
    let two_dates = captures.dates.len() > 1;
    let last = match captures.dates.last() {
        Some(partial) => *partial,
        None => captures.partial(),
    };
    let mut first = match captures.dates.first() {
        Some(partial) if two_dates => *partial,
        _ => PartialDate {
            day: captures.days.first().copied(),
            weekday: captures.weekdays.first().copied().filter(|_| captures.days.is_empty()),
            month: if captures.months.len() > 1 { captures.months.first().copied() } else { last.month },
            year: if captures.years.len() > 1 { captures.years.first().copied() } else { last.year },
        },
    };
    // "Three to five" are people, not days, unless a month or weekday says so.
    if last.day.is_some() && last.month.is_none() || !first.is_calendar() && first.weekday.is_none() {
        return None;
    }
    if first.day.is_some() && first.month.is_none() {
        first.month = last.month;
    }
    if first.month.is_some() && first.month <= last.month && first.year.is_none() {
        first.year = last.year;
    }
    Some((first, last))
}

fn counted(anchor: Option<Date>, count: i64, unit: Unit, basis: TimeBasis) -> Value {
    let bounds = anchor.map(|day| {
        let day = calendar::shift(day, count, unit);
        match unit {
            Unit::Month | Unit::Year | Unit::Decade | Unit::Century => calendar::period_of(day, unit),
            _ => (day, day),
        }
    });
    let precision = match unit {
        Unit::Month | Unit::Year | Unit::Decade | Unit::Century => precision_of_unit(unit),
        _ => TimePrecision::Day,
    };
    Value::date(bounds, precision, basis)
}

fn period(published: Option<Date>, offset: i64, unit: Unit) -> Option<Value> {
    // "Last day" and "this hour" are no calendar periods.
    if matches!(unit, Unit::Minute | Unit::Hour | Unit::Day) {
        return None;
    }
    let bounds = published.map(|day| match offset {
        0 => calendar::so_far(day, unit),
        _ => calendar::period_of(calendar::shift(day, offset, unit), unit),
    });
    Some(Value::date(bounds, precision_of_unit(unit), TimeBasis::Relative))
}

fn season(captures: &Captures, offset: Option<i64>, anchors: &Anchors) -> Option<Value> {
    let first_month = captures.season?;
    let bounds = match captures.years.last() {
        Some(&year) => calendar::season(first_month, year),
        None if anchors.history => anchors
            .told
            .and_then(|told| calendar::season(first_month, told.year() + offset.unwrap_or(0) as i16)),
        None => anchors.published.and_then(|day| {
            // The season that started last, or before the one that publication falls in.
            let season = |back: i16| calendar::season(first_month, day.year() - back);
            let current = (0..=1).find_map(|back| season(back).filter(|b| b.0 <= day))?;
            match offset {
                Some(-1) if current.1 >= day => (1..=2).find_map(|n| season(n).filter(|b| b.1 < day)),
                _ => Some((current.0, current.1.min(day))),
            }
        }),
    };
    let basis = if captures.years.is_empty() { TimeBasis::Relative } else { TimeBasis::Stated };
    let grain = Grain::Season(first_month);
    Some(Value { grain, ..Value::date(bounds, TimePrecision::Undated, basis) })
}

fn basis_of(partial: &PartialDate) -> TimeBasis {
    if partial.is_calendar() { TimeBasis::Stated } else { TimeBasis::Relative }
}

pub(super) fn precision_of(bounds: Bounds) -> TimePrecision {
    match calendar::length_days(bounds) {
        ..=1 => TimePrecision::Day,
        2..=6 => TimePrecision::Days,
        7..=13 => TimePrecision::Week,
        14..=62 => TimePrecision::Month,
        63..=366 => TimePrecision::Year,
        _ => TimePrecision::Undated,
    }
}

fn precision_of_unit(unit: Unit) -> TimePrecision {
    match unit {
        Unit::Minute | Unit::Hour | Unit::Day => TimePrecision::Day,
        Unit::Week | Unit::Fortnight => TimePrecision::Week,
        Unit::Month => TimePrecision::Month,
        Unit::Year => TimePrecision::Year,
        Unit::Decade | Unit::Century => TimePrecision::Undated,
    }
}
