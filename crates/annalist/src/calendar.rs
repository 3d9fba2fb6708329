//! calendar: here is an anchor day and what the words mean, tell me the first and last possible day.
//!
//! Pure arithmetic on civil dates. Every result is a pair of days, first and last, both included. Nothing here
//! panics: beyond the years that dates can have, results stop at the first or last day there is.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// First and last possible day, both included.
pub type Bounds = (Date, Date);

/// A date in which parts may be missing: "Tuesday", "5 December", "May 2024".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartialDate {
    /// Day of the week.
    pub weekday: Option<Weekday>,
    /// Day of the month, from 1.
    pub day: Option<u8>,
    /// Month, from 1.
    pub month: Option<u8>,
    /// Year.
    pub year: Option<i16>,
}

/// A part of a month or year that words name without days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portion {
    /// "Early March": the 1st to the 10th; "early 2024": January to April.
    Early,
    /// "Mid-March": the 11th to the 20th.
    Middle,
    /// "Late March": from the 21st.
    Late,
    /// "The first half of March": the 1st to the 15th.
    FirstHalf,
    /// "The second half of March": from the 16th.
    SecondHalf,
}

/// A unit in which spans of time are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, minutes: never leaves the day.
    Minute,
    /// Hours.
    Hour,
    /// Days and nights.
    Day,
    /// Weeks.
    Week,
    /// Two weeks.
    Fortnight,
    /// Months.
    Month,
    /// Years.
    Year,
    /// Ten years.
    Decade,
    /// A hundred years.
    Century,
}

/// A day moved by a number of units; months keep the day of the month as far as it exists.
///
/// Hours count in full days of 24, rounded towards the day itself.
pub fn shift(day: Date, count: i64, unit: Unit) -> Date {
    // Spans beyond what a date can be moved by would panic in the constructors.
    const MOST: i64 = 10_000;
    let n = count.clamp(-MOST, MOST);
    day.saturating_add(match unit {
        Unit::Minute => 0.days(),
        Unit::Hour => (n / 24).days(),
        Unit::Day => n.days(),
        Unit::Week => (n * 7).days(),
        Unit::Fortnight => (n * 14).days(),
        Unit::Month => n.months(),
        Unit::Year => n.years(),
        Unit::Decade => (n.clamp(-1000, 1000) * 10).years(),
        Unit::Century => (n.clamp(-100, 100) * 100).years(),
    })
}

/// Number of days from the first to the last, both included.
pub fn length_days(bounds: Bounds) -> i64 {
    bounds.0.until(bounds.1).map_or(1, |span| i64::from(span.get_days())) + 1
}

/// The last such weekday on or before `day`.
pub fn weekday_on_or_before(weekday: Weekday, day: Date) -> Date {
    shift(day, -i64::from(weekday.until(day.weekday())), Unit::Day)
}

/// The last such weekday before `day`, never `day` itself.
pub fn weekday_before(weekday: Weekday, day: Date) -> Date {
    weekday_on_or_before(weekday, shift(day, -1, Unit::Day))
}

/// The first such weekday after `day`, never `day` itself.
pub fn weekday_after(weekday: Weekday, day: Date) -> Date {
    let next = shift(day, 1, Unit::Day);
    shift(next, i64::from(weekday.since(next.weekday())), Unit::Day)
}

/// Monday to Sunday of the week that holds `day`.
pub fn week_of(day: Date) -> Bounds {
    let monday = weekday_on_or_before(Weekday::Monday, day);
    (monday, shift(monday, 6, Unit::Day))
}

/// The last Saturday that is on or before `day`, with its Sunday; cut at `day`, for nothing is reported before it
/// has happened.
pub fn weekend_before(day: Date) -> Bounds {
    let saturday = weekday_on_or_before(Weekday::Saturday, day);
    (saturday, shift(saturday, 1, Unit::Day).min(day))
}

/// First to last day of the month that holds `day`.
pub fn month_of(day: Date) -> Bounds {
    (day.first_of_month(), day.last_of_month())
}

/// First to last day of the year that holds `day`.
pub fn year_of(day: Date) -> Bounds {
    (day.first_of_year(), day.last_of_year())
}

/// The period of one unit that holds `day`: its week, month, year, decade or century; for shorter units the day itself.
pub fn period_of(day: Date, unit: Unit) -> Bounds {
    match unit {
        Unit::Minute | Unit::Hour | Unit::Day => (day, day),
        Unit::Week => week_of(day),
        Unit::Fortnight => (week_of(shift(day, -7, Unit::Day)).0, week_of(day).1),
        Unit::Month => month_of(day),
        Unit::Year => year_of(day),
        Unit::Decade => years_of(day, 10),
        Unit::Century => years_of(day, 100),
    }
}

/// The decade or century that holds `day`, as calendars write it: 1990 to 1999, 1900 to 1999.
fn years_of(day: Date, years: i16) -> Bounds {
    let first = Date::new(day.year() - day.year().rem_euclid(years), 1, 1).unwrap_or(Date::MIN);
    (first, shift(first, i64::from(years) - 1, Unit::Year).last_of_year())
}

/// "Earlier this month": from the first day of the period that holds `anchor` to `anchor`.
pub fn so_far(anchor: Date, unit: Unit) -> Bounds {
    (period_of(anchor, unit).0, anchor)
}

/// "Over the past two weeks": from so many units before `anchor` to `anchor`.
pub fn past(anchor: Date, count: i64, unit: Unit) -> Bounds {
    /// Up to six hours leave the rest of the day.
    const HOURS_OF_A_DAY: i64 = 24 - 7;
    let first = match unit {
        // A few hours are of the day itself; more reach back over the midnight before.
        Unit::Hour => shift(anchor, -(count + HOURS_OF_A_DAY) / 24, Unit::Day),
        _ => shift(anchor, -count, unit),
    };
    (first.min(anchor), anchor)
}

/// "On the night of the 6th" in Ukrainian and Russian usage, and "overnight" into a day: the 5th to the 6th.
pub fn night_into(day: Date) -> Bounds {
    (shift(day, -1, Unit::Day), day)
}

/// A part of a month, or of a year when `bounds` are longer than a month.
pub fn portion(bounds: Bounds, portion: Portion) -> Bounds {
    let (first, last) = bounds;
    if length_days(bounds) > 31 {
        let month = |n: i64| shift(first, n, Unit::Month);
        let until = |n: i64| shift(month(n), -1, Unit::Day);
        return match portion {
            Portion::Early => (first, until(4)),
            Portion::Middle => (month(4), until(8)),
            Portion::Late => (month(8), last),
            Portion::FirstHalf => (first, until(6)),
            Portion::SecondHalf => (month(6), last),
        };
    }
    let day = |n: i64| shift(first, n - 1, Unit::Day).min(last);
    match portion {
        Portion::Early => (first, day(10)),
        Portion::Middle => (day(11), day(20)),
        Portion::Late => (day(21), last),
        Portion::FirstHalf => (first, day(15)),
        Portion::SecondHalf => (day(16), last),
    }
}

/// Three months from the first of `month`: a season.
pub fn season(first_month: u8, year: i16) -> Option<Bounds> {
    let first = Date::new(year, i8::try_from(first_month).ok()?, 1).ok()?;
    Some((first, shift(first, 2, Unit::Month).last_of_month()))
}

impl PartialDate {
    /// Whether it names a day (and not only a month or year).
    pub fn is_day(&self) -> bool {
        self.day.is_some() || (self.weekday.is_some() && self.month.is_none() && self.year.is_none())
    }

    /// Whether it comes from the calendar and not only from the week.
    pub fn is_calendar(&self) -> bool {
        self.day.is_some() || self.month.is_some() || self.year.is_some()
    }

    /// The days it can mean, missing parts completed to the latest date that starts on or before `anchor`.
    ///
    /// A date without a year may lie one day after the anchor: feeds give publication in UTC, and in the east of it
    /// the next day has begun. None when a part is missing and there is no anchor, or when there is no such day.
    pub fn resolve(&self, anchor: Option<Date>) -> Option<Bounds> {
        let slack = anchor.map(|day| shift(day, 1, Unit::Day));
        match (self.day, self.month, self.year) {
            (Some(day), Some(month), Some(year)) => one(Date::new(year, small(month)?, small(day)?).ok()?),
            (Some(day), Some(month), None) => {
                let slack = slack?;
                // 29 February may lie up to eight years back.
                (0..=8)
                    .filter_map(|back| Date::new(slack.year() - back, small(month)?, small(day)?).ok())
                    .find(|date| *date <= slack)
                    .and_then(one)
            }
            (Some(day), None, _) => {
                let anchor = anchor?;
                (0..=2)
                    .filter_map(|back| {
                        let month = shift(anchor.first_of_month(), -back, Unit::Month);
                        Date::new(month.year(), month.month(), small(day)?).ok()
                    })
                    .find(|date| *date <= anchor)
                    .and_then(one)
            }
            (None, Some(month), Some(year)) => Some(month_of(Date::new(year, small(month)?, 1).ok()?)),
            (None, Some(month), None) => {
                let anchor = anchor?;
                (0..=1)
                    .filter_map(|back| Date::new(anchor.year() - back, small(month)?, 1).ok())
                    .find(|first| *first <= anchor)
                    .map(month_of)
            }
            (None, None, Some(year)) => Some(year_of(Date::new(year, 1, 1).ok()?)),
            (None, None, None) => one(weekday_on_or_before(self.weekday?, anchor?)),
        }
    }
}

fn one(day: Date) -> Option<Bounds> {
    Some((day, day))
}

fn small(number: u8) -> Option<i8> {
    i8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn weekdays_around_a_day() {
        let thursday = date(2025, 12, 18);
        assert_eq!(weekday_on_or_before(Weekday::Thursday, thursday), thursday);
        assert_eq!(weekday_on_or_before(Weekday::Friday, thursday), date(2025, 12, 12));
        assert_eq!(weekday_before(Weekday::Thursday, thursday), date(2025, 12, 11));
        assert_eq!(weekday_after(Weekday::Thursday, thursday), date(2025, 12, 25));
        assert_eq!(weekday_after(Weekday::Friday, thursday), date(2025, 12, 19));
        assert_eq!(week_of(thursday), (date(2025, 12, 15), date(2025, 12, 21)));
        assert_eq!(weekend_before(thursday), (date(2025, 12, 13), date(2025, 12, 14)));
        assert_eq!(weekend_before(date(2025, 12, 13)), (date(2025, 12, 13), date(2025, 12, 13)));
    }

    #[test]
    fn missing_parts_are_taken_from_the_anchor() {
        let anchor = Some(date(2025, 3, 10));
        let day = |day, month| PartialDate { day: Some(day), month, ..PartialDate::default() };
        let resolved = |partial: PartialDate| partial.resolve(anchor).unwrap().0;
        assert_eq!(resolved(day(10, Some(3))), date(2025, 3, 10));
        assert_eq!(resolved(day(11, Some(3))), date(2025, 3, 11), "publication in UTC");
        assert_eq!(resolved(day(12, Some(3))), date(2024, 3, 12));
        assert_eq!(resolved(day(29, Some(2))), date(2024, 2, 29));
        assert_eq!(resolved(day(9, None)), date(2025, 3, 9));
        assert_eq!(resolved(day(30, None)), date(2025, 1, 30), "February has no 30th");
        let april = PartialDate { month: Some(4), ..PartialDate::default() };
        assert_eq!(april.resolve(anchor), Some((date(2024, 4, 1), date(2024, 4, 30))));
        assert_eq!(april.resolve(None), None);
        assert_eq!(day(31, Some(4)).resolve(anchor), None, "there is no 31 April");
    }

    #[test]
    fn periods_and_portions() {
        let day = date(2024, 2, 20);
        assert_eq!(past(day, 24, Unit::Hour), (date(2024, 2, 19), day));
        assert_eq!(past(day, 2, Unit::Week), (date(2024, 2, 6), day));
        assert_eq!(so_far(day, Unit::Month), (date(2024, 2, 1), day));
        assert_eq!(portion(month_of(day), Portion::Late), (date(2024, 2, 21), date(2024, 2, 29)));
        assert_eq!(portion(year_of(day), Portion::Early), (date(2024, 1, 1), date(2024, 4, 30)));
        assert_eq!(season(12, 2024), Some((date(2024, 12, 1), date(2025, 2, 28))));
        assert_eq!(night_into(day), (date(2024, 2, 19), day));
    }

    proptest! {
        #[test]
        fn arithmetic_never_panics_and_keeps_order(
            year in -9999_i16..=9999, month in 1_i8..=12, day in 1_i8..=28,
            count in any::<i32>(), unit in 0_usize..9,
        ) {
            let day = date(year, month, day);
            let count = i64::from(count);
            let unit = [Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Fortnight, Unit::Month,
                Unit::Year, Unit::Decade, Unit::Century][unit];
            shift(day, count, unit);
            let (first, last) = period_of(day, unit);
            prop_assert!(first <= day && day <= last);
            let (first, last) = past(day, count.abs(), unit);
            prop_assert!(first <= last);
            let (first, last) = so_far(day, unit);
            prop_assert!(first <= last);
        }
    }
}
