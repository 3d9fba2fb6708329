use super::*;
use crate::mention::testing::Plain;
use proptest::prelude::*;

thread_local! {
    static FINDER: TimeFinder = TimeFinder::new(&Bundle::embedded()).unwrap();
}

/// One line a mention: words, bounds, precision, basis or kind.
fn times(text: &str, published: &str) -> Vec<String> {
    let plain = Plain::new(text, published.parse().ok());
    let parsed = plain.parsed();
    let found = FINDER.with(|finder| finder.find(&parsed));
    found
        .iter()
        .map(|t| {
            let words = parsed.text.span_of(t.tokens.clone()).of(parsed.document.text());
            let bounds = match t.bounds {
                Some((a, b)) if a == b => a.to_string(),
                Some((a, b)) => format!("{a}..{b}"),
                None => "?".into(),
            };
            match t.kind {
                TimeKind::Date => {
                    format!("{words} = {bounds} {:?} {:?}", t.precision, t.basis).to_lowercase()
                }
                kind => format!("{words} = {kind:?}").to_lowercase(),
            }
        })
        .collect()
}

/// Text, day of publication, and every mention in it.
type Case = (&'static str, &'static [&'static str]);

fn check(published: &str, cases: &[Case]) {
    for (text, expected) in cases {
        assert_eq!(times(text, published), *expected, "in: {text}");
    }
}

// 18 December 2025 is a Thursday.
const THURSDAY: &str = "2025-12-18";

#[test]
fn calendar_dates() {
    check(
        THURSDAY,
        &[
            ("It fell on 5 December.", &["on 5 december = 2025-12-05 day stated"]),
            ("It fell on December 5th, 2025.", &["on december 5th, 2025 = 2025-12-05 day stated"]),
            (
                "It fell on the 5th of December 2024.",
                &["on the 5th of december 2024 = 2024-12-05 day stated"],
            ),
            ("It fell on Dec. 19.", &["on dec. 19 = 2025-12-19 day stated"]),
            ("It fell on Nov. 9 there.", &["on nov. 9 = 2025-11-09 day stated"]),
            ("It fell on 20 December.", &["on 20 december = 2024-12-20 day stated"]),
            ("It fell on 5.12.2025.", &["on 5.12.2025 = 2025-12-05 day stated"]),
            (
                "It fell on 16.02.2025, at 00:42 hrs, there.",
                &["on 16.02.2025, at 00:42 hrs = 2025-02-16 day stated"],
            ),
            ("It fell on 25/12/2024.", &["on 25/12/2024 = 2024-12-25 day stated"]),
            ("It fell on 05/12/2025.", &["on 05/12/2025 = ? day stated"]),
            ("It fell on 12/11/2024.", &["on 12/11/2024 = ? day stated"]),
            ("It fell on 07/01/2026.", &["on 07/01/2026 = ? day stated"]),
            ("It fell on 01/12/2026.", &["on 01/12/2026 = ? day stated"]),
            ("It fell on 18/12/2025.", &["on 18/12/2025 = 2025-12-18 day stated"]),
            ("It fell on 12/12/2025.", &["on 12/12/2025 = 2025-12-12 day stated"]),
            ("It fell on 2025-12-05.", &["on 2025-12-05 = 2025-12-05 day stated"]),
            ("It fell on Saturday, May 17.", &["on saturday, may 17 = 2025-05-17 day stated"]),
            (
                "It fell at dawn on Sunday, 10 November 2024.",
                &["at dawn on sunday, 10 november 2024 = 2024-11-10 day stated"],
            ),
            ("It fell on Tuesday (Nov 4).", &["on tuesday (nov 4) = 2025-11-04 day stated"]),
            ("It fell on the third of this month.", &["on the third of this month = 2025-12-03 day stated"]),
            ("The shots on the 3rd, they say.", &["on the 3rd = 2025-12-03 day stated"]),
            ("He lives on the 3rd floor.", &[]),
            ("It may fall.", &[]),
            ("They march on.", &[]),
            ("It fell on 31 April.", &["april = other"]),
        ],
    );
    check(
        "",
        &[
            ("It fell on 5 December.", &["on 5 december = ? day stated"]),
            ("It fell on 5 December 2024.", &["on 5 december 2024 = 2024-12-05 day stated"]),
            ("It fell on Tuesday.", &["on tuesday = ? day relative"]),
        ],
    );
}

#[test]
fn ranges_and_nights() {
    check(
        THURSDAY,
        &[
            ("On 18–19 May it burned.", &["18–19 may = 2025-05-18..2025-05-19 days stated"]),
            ("From 3 to 5 May it burned.", &["from 3 to 5 may = 2025-05-03..2025-05-05 days stated"]),
            (
                "Between Monday and Wednesday June 11 it burned.",
                &["between monday and wednesday june 11 = 2025-06-09..2025-06-11 days stated"],
            ),
            ("Killed from 3 to 5 people.", &[]),
            (
                "Between December 30 and January 2 it burned.",
                &["between december 30 and january 2 = 2024-12-30..2025-01-02 days stated"],
            ),
            (
                "on the night of 18–19 May it burned.",
                &["on the night of 18–19 may = 2025-05-18..2025-05-19 days stated"],
            ),
            (
                "It took place on the night of June 28-29.",
                &["on the night of june 28-29 = 2025-06-28..2025-06-29 days stated"],
            ),
            ("Bijeljina – night 6/7 May.", &["night 6/7 may = 2025-05-06..2025-05-07 days stated"]),
            (
                "On the night of 6 November it burned.",
                &["on the night of 6 november = 2025-11-05..2025-11-06 days stated"],
            ),
            (
                "In the night of Monday to Tuesday it burned.",
                &["in the night of monday to tuesday = 2025-12-15..2025-12-16 days relative"],
            ),
            ("It burned overnight.", &["overnight = 2025-12-17..2025-12-18 days relative"]),
            (
                "It burned overnight into Tuesday.",
                &["overnight into tuesday = 2025-12-15..2025-12-16 days relative"],
            ),
            ("It burned last night.", &["last night = 2025-12-17..2025-12-18 days relative"]),
            ("At 9:47 last night it burned.", &["at 9:47 last night = 2025-12-17 day relative"]),
            ("At 3 a.m. last night it burned.", &["at 3 a.m. last night = 2025-12-18 day relative"]),
            (
                "(from 06:00 on 10 February to 06:00 on 11 February)",
                &["from 06:00 on 10 february to 06:00 on 11 february = 2025-02-10..2025-02-11 days stated"],
            ),
        ],
    );
}

#[test]
fn counted_from_publication() {
    check(
        THURSDAY,
        &[
            ("It fell today.", &["today = 2025-12-18 day relative"]),
            ("It fell early today.", &["early today = 2025-12-18 day relative"]),
            ("It fell this morning.", &["this morning = 2025-12-18 day relative"]),
            ("It fell tonight.", &["tonight = 2025-12-18 day relative"]),
            ("It fell yesterday.", &["yesterday = 2025-12-17 day relative"]),
            ("It fell the day before yesterday.", &["the day before yesterday = 2025-12-16 day relative"]),
            ("It fell on Tuesday.", &["on tuesday = 2025-12-16 day relative"]),
            ("It fell on Thursday.", &["on thursday = 2025-12-18 day relative"]),
            ("It fell on Tuesday morning.", &["on tuesday morning = 2025-12-16 day relative"]),
            (
                "It fell on Tuesday around 7 p.m. there.",
                &["on tuesday around 7 p.m. = 2025-12-16 day relative"],
            ),
            ("It fell late on Sunday.", &["late on sunday = 2025-12-14 day relative"]),
            (
                "It fell in the early hours of Thursday.",
                &["in the early hours of thursday = 2025-12-18 day relative"],
            ),
            ("Monday's shelling.", &["monday = 2025-12-15 day relative"]),
            ("It fell last Friday.", &["last friday = 2025-12-12 day relative"]),
            ("It fell the Friday before last.", &["the friday before last = 2025-12-05 day relative"]),
            ("It fell last week.", &["last week = 2025-12-08..2025-12-14 week relative"]),
            ("It fell last month.", &["last month = 2025-11-01..2025-11-30 month relative"]),
            ("It fell earlier this week.", &["earlier this week = 2025-12-15..2025-12-18 week relative"]),
            ("It fell earlier this month.", &["earlier this month = 2025-12-01..2025-12-18 month relative"]),
            ("It fell earlier this year.", &["earlier this year = 2025-01-01..2025-12-18 year relative"]),
            ("It fell two days ago.", &["two days ago = 2025-12-16 day relative"]),
            ("It fell a week ago.", &["a week ago = 2025-12-11 day relative"]),
            ("A fortnight ago it fell.", &["a fortnight ago = 2025-12-04 day relative"]),
            ("It fell eighteen days ago.", &["eighteen days ago = 2025-11-30 day relative"]),
            ("It fell over the past day.", &["over the past day = 2025-12-17..2025-12-18 days relative"]),
            (
                "It fell over the past 24 hours.",
                &["over the past 24 hours = 2025-12-17..2025-12-18 days relative"],
            ),
            ("It fell in the past week.", &["in the past week = 2025-12-11..2025-12-18 week relative"]),
            ("It fell in recent days.", &["in recent days = 2025-12-12..2025-12-18 week relative"]),
            ("It fell over the weekend.", &["over the weekend = 2025-12-13..2025-12-14 days relative"]),
        ],
    );
}

#[test]
fn counted_from_another_date() {
    check(
        THURSDAY,
        &[
            (
                "It fell on 3 May. The next day it burned.",
                &["on 3 may = 2025-05-03 day stated", "the next day = 2025-05-04 day sequence"],
            ),
            (
                "It fell on 3 May. Two days earlier it burned.",
                &["on 3 may = 2025-05-03 day stated", "two days earlier = 2025-05-01 day sequence"],
            ),
            (
                "It fell on 3 May. The previous day it burned.",
                &["on 3 may = 2025-05-03 day stated", "the previous day = 2025-05-02 day sequence"],
            ),
            (
                "It fell on 3 May. It burned the same day.",
                &["on 3 may = 2025-05-03 day stated", "the same day = 2025-05-03 day sequence"],
            ),
            (
                "It fell on 3 May. A week later it burned.",
                &["on 3 may = 2025-05-03 day stated", "a week later = 2025-05-10 day sequence"],
            ),
            ("It burned the day before the vote.", &["the day = other"]),
        ],
    );
}

#[test]
fn months_and_years() {
    check(
        THURSDAY,
        &[
            ("In early March it fell.", &["in early march = 2025-03-01..2025-03-10 week stated"]),
            ("It fell in mid-December.", &["in mid-december = 2025-12-11..2025-12-20 week stated"]),
            ("It fell in May.", &["in may = 2025-05-01..2025-05-31 month stated"]),
            ("It fell in May 2024.", &["in may 2024 = 2024-05-01..2024-05-31 month stated"]),
            ("It fell in 2014.", &["in 2014 = 2014-01-01..2014-12-31 year stated"]),
            (
                "In the first half of September 2022 it fell.",
                &["in the first half of september 2022 = 2022-09-01..2022-09-15 month stated"],
            ),
        ],
    );
}

#[test]
fn no_dates() {
    check(
        THURSDAY,
        &[
            ("At war since 2014.", &["since 2014 = other"]),
            ("It falls every night.", &["every night = other"]),
            ("It burned for three days.", &["three days = other"]),
            ("At 07:40 it fell.", &["at 07:40 = timeofday"]),
            ("Around 3 a.m. it fell.", &["around 3 a.m. = timeofday"]),
            ("It fell in the morning.", &["in the morning = timeofday"]),
            ("It fell at dawn.", &["at dawn = timeofday"]),
            ("Two people died.", &[]),
        ],
    );
}

/// One line a TIMEX3: words, type, value.
fn timexes(text: &str, published: &str) -> Vec<String> {
    let plain = Plain::new(text, published.parse().ok());
    let parsed = plain.parsed();
    FINDER
        .with(|finder| finder.timexes(&parsed))
        .iter()
        .map(|t| {
            let words = parsed.text.span_of(t.tokens.clone()).of(parsed.document.text());
            format!("{words} = {} {}", t.kind.name(), t.value)
        })
        .collect()
}

#[test]
fn times_as_timex3() {
    let cases: &[Case] = &[
        ("It fell on 5 December.", &["5 December = DATE 2025-12-05"]),
        ("It lasted from 3 to 5 May 2024.", &["3 = DATE 2024-05-03", "5 May 2024 = DATE 2024-05-05"]),
        ("It was so from 1936 to 1939.", &["1936 = DATE 1936", "1939 = DATE 1939"]),
        ("It fell in early March.", &["early March = DATE 2025-03"]),
        ("In mid-1943 it fell.", &["mid-1943 = DATE 1943"]),
        ("It fell in the second half of 2008.", &["the second half of 2008 = DATE 2008-H2"]),
        ("It fell in the spring of 1918.", &["the spring of 1918 = DATE 1918-SP"]),
        ("It fell last week.", &["last week = DATE 2025-W50"]),
        ("It fell over the weekend.", &["the weekend = DATE 2025-W50-WE"]),
        ("In the late 1980s it fell.", &["the late 1980s = DATE 198"]),
        ("In the 19th century it fell.", &["the 19th century = DATE 18"]),
        ("In the 4th century BC it fell.", &["the 4th century BC = DATE BC03"]),
        ("In 490 BC it fell.", &["490 BC = DATE BC0490"]),
        ("It fell on Tuesday at 5:30 p.m. there.", &["Tuesday at 5:30 p.m. = TIME 2025-12-16T17:30"]),
        ("It fell tonight.", &["tonight = TIME 2025-12-18TNI"]),
        ("It burned for three weeks.", &["three weeks = DURATION P3W"]),
        ("It burned for several days.", &["several days = DURATION PXD"]),
        ("A two-year siege.", &["two-year = DURATION P2Y"]),
        ("It burns every Monday.", &["every Monday = SET XXXX-WXX-1"]),
        ("It is shelled daily.", &["daily = SET P1D"]),
        ("It burns now.", &["now = DATE PRESENT_REF"]),
        ("On Christmas Day 2007 it fell.", &["Christmas Day 2007 = DATE 2007-12-25"]),
    ];
    for (text, expected) in cases {
        assert_eq!(timexes(text, THURSDAY), *expected, "in: {text}");
    }
}

#[test]
fn a_history_completes_dates_by_those_before() {
    let text = "The siege began on 3 May 1942. On 9 May the bridge fell, and later that month the port. \
                The next year the town was lost, in 1944 it was retaken, and by 1945 it was empty. \
                In March the mines were cleared. It had been founded in 1803. In April people came back. \
                In 1946 a school opened, in 1948 a mill.";
    assert_eq!(
        timexes(text, THURSDAY),
        [
            "3 May 1942 = DATE 1942-05-03",
            "9 May = DATE 1942-05-09",
            "later that month = DATE 1942-05",
            "The next year = DATE 1943",
            "1944 = DATE 1944",
            "1945 = DATE 1945",
            "March = DATE 1945-03",
            "1803 = DATE 1803",
            "April = DATE 1945-04",
            "1946 = DATE 1946",
            "1948 = DATE 1948",
        ]
    );
    // A report that names one year as background is none.
    assert_eq!(
        timexes("It was founded in 1803. On 5 December it burned.", THURSDAY),
        ["1803 = DATE 1803", "5 December = DATE 2025-12-05"]
    );
}

proptest! {
    #[test]
    fn any_text_gives_ordered_mentions(
        words in proptest::collection::vec(
            prop_oneof!["\\PC{1,6}", "[0-9]{1,8}", Just("May".to_owned()), Just("on".to_owned()), Just("the".to_owned()),
                Just("-".to_owned()), Just("Monday".to_owned()), Just("night".to_owned()), Just("of".to_owned()),
                Just("last".to_owned()), Just("days".to_owned()), Just("ago".to_owned()), Just("p.m.".to_owned()), Just("BC".to_owned()), Just("century".to_owned()),
                Just("every".to_owned()), Just("1940s".to_owned())],
            0..40),
        dated in any::<bool>(),
    ) {
        let text = words.join(" ");
        let plain = Plain::new(&text, dated.then(|| jiff::civil::date(2025, 12, 18)));
        let parsed = plain.parsed();
        let mut at = 0;
        for timex in FINDER.with(|finder| finder.timexes(&parsed)) {
            prop_assert!(timex.tokens.start < timex.tokens.end && !timex.value.is_empty());
        }
        for time in FINDER.with(|finder| finder.find(&parsed)) {
            prop_assert!(at <= time.tokens.start && time.tokens.start < time.tokens.end);
            at = time.tokens.end;
            prop_assert!(time.bounds.is_none_or(|(a, b)| a <= b));
        }
        prop_assert!(at <= parsed.text.tokens().len());
    }
}
