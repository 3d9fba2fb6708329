//! Any text is data: nothing panics, no span goes astray, and twice the text costs about twice the work.

mod common;

use proptest::prelude::*;
use std::time::Duration;

/// Far beyond what a linear engine needs for a megabyte in a debug build; a quadratic one needs hours.
const PATIENCE: Duration = Duration::from_secs(120);

/// What this thread has used of the processor, so that a busy machine changes nothing; none where the system does not say.
#[allow(clippy::disallowed_methods, reason = "the engine does no I/O; its tests read files")]
fn used() -> Option<Duration> {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    line.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The processor time of some work, where the system tells it.
fn cost<T>(work: impl FnOnce() -> T) -> (T, Option<Duration>) {
    let start = used();
    let done = work();
    (done, used().zip(start).map(|(end, start)| end.saturating_sub(start)))
}

fn assert_sound(name: &str, text: &str) {
    let (reading, cost) = cost(|| common::read(text));
    assert!(cost.is_none_or(|c| c < PATIENCE), "{name}: {} bytes took {cost:?}", text.len());
    if let Some(fault) = common::fault(&reading) {
        panic!("{name}: {fault}");
    }
}

const REPORT: &str = "A drone hit a bus in Kherson on Monday, killing two people and injuring nine, \
                      Governor Oleksandr Prokudin said on Telegram. “It was a peaceful bus,” he wrote. ";

#[test]
fn odd_characters() {
    let cases = [
        ("nothing", ""),
        ("white space", " \t\r\n\u{a0}\u{2003} "),
        ("NUL", "A drone\0 hit a \0bus in Kherson,\0 killing two.\0"),
        ("byte order mark", "\u{feff}A drone hit a bus in Kherson, killing two people."),
        ("bidi", "A \u{202e}drone\u{202c} hit \u{2067}a bus\u{2069} in Kherson\u{200f}, killing two people."),
        (
            "zero width",
            "A dr\u{200b}one h\u{200d}it a b\u{2060}us in Kher\u{ad}son, killing t\u{200c}wo people.",
        ),
        ("combining", "A dróne hit a b\u{301}\u{302}\u{303}\u{304}u\u{301}s in Kherson, killing two people."),
        ("emoji", "❗️🚨👨‍👩‍👧‍👦 A drone 💥 hit a bus 🚌 in Kherson 🇺🇦, killing 2️⃣ people 😢"),
        ("replacement", "A drone \u{fffd}\u{fffd} hit a bus in Kherson, killing two people."),
        ("capitals", "A DRONE HIT A BUS IN KHERSON ON MONDAY, KILLING TWO PEOPLE, THE GOVERNOR SAID."),
        ("scripts", "Дрон hit автобус 在 خيرسون on Montag, killing δύο ανθρώπους — ฆ่า two 人."),
        ("case folding", "İSTANBUL: ẞ, ŉ, ǰ, ΐ, ﬁre; a drone hit a bus in Kherson, killing İki people."),
        ("digits", "A drone hit ٣ buses in Kherson, killing ௧௨ and ²³ and ½ and Ⅷ people on 31/02/9999."),
        ("numbers", "A drone hit a bus in Kherson, killing 99999999999999999999999 people and -1 and 1e308."),
        ("dates", "On 31 February 0000 and on December 99th, 99999, at 25:61, a drone hit a bus in Kherson."),
        ("marks", "”“’‘»«\"'`´)(][}{><…—–-‐‑‒―•▪●*_~^|\\/:;,.!?¿¡§¶†‡%‰&@#"),
        ("private use", "\u{e000}\u{f8ff}\u{10ffff}\u{fffe} a drone hit a bus in Kherson"),
        ("one letter", "a"),
        ("one mark", "“"),
        (
            "markup",
            "<script>alert('drone hit a bus in Kherson, killing two people')</script> %s %n ${jndi:x} {{7*7}}",
        ),
    ];
    for (name, text) in cases {
        assert_sound(name, text);
        assert_sound(name, &format!("{REPORT}\n{text}\n{REPORT}"));
        assert_sound(name, &text.chars().map(|c| format!("{c}{REPORT}")).collect::<String>());
    }
}

#[test]
fn one_word_of_a_megabyte() {
    assert_sound("letters", &"a".repeat(1_000_000));
    assert_sound("digits", &"9".repeat(1_000_000));
    assert_sound("hyphens", &"a-".repeat(500_000));
    assert_sound("apostrophes", &"a'".repeat(500_000));
    assert_sound("stops", &"a.".repeat(500_000));
    assert_sound("commas", &"1,".repeat(500_000));
    assert_sound("combining", &format!("a{}", "\u{301}".repeat(400_000)));
    assert_sound("soft hyphens", &"\u{ad}".repeat(400_000));
}

#[test]
fn marks_by_the_hundred_thousand() {
    for mark in ["\"", "“", "”", "‘", "’", "«", "»", "'", "(", "[", ")", "—", ".", "!", "…", "•"]
    {
        assert_sound(mark, &mark.repeat(100_000));
        assert_sound(mark, &format!("{mark} ").repeat(100_000));
        assert_sound(mark, &format!("{mark}he said ").repeat(30_000));
    }
}

#[test]
fn lines_by_the_hundred_thousand() {
    assert_sound("newlines", &"\n".repeat(200_000));
    assert_sound("lines of one letter", &"a\n".repeat(100_000));
    assert_sound("bullets", &"● Kherson: 2\n".repeat(20_000));
    assert_sound("headings", &"Kherson:\n".repeat(20_000));
    assert_sound("returns", &"drone\r".repeat(50_000));
}

#[test]
fn many_of_everything() {
    let cases = [
        ("numbers", "12 ", 10_000),
        ("number words", "two ", 10_000),
        ("counted", "two people and ", 10_000),
        ("places", "Kherson, ", 10_000),
        ("persons", "Governor Oleksandr Prokudin and ", 5_000),
        ("weapons", "drone ", 10_000),
        ("triggers", "attacked ", 10_000),
        ("outcomes", "killed ", 10_000),
        ("damage", "destroyed house ", 10_000),
        ("days", "on Monday ", 10_000),
        ("said", "he said that ", 10_000),
        ("quotes", "“Two were killed,” he said. ", 5_000),
        ("compounds", "drone attack bus strike ", 5_000),
        ("relative clauses", "who killed the man ", 5_000),
        ("of", "the head of ", 10_000),
        ("and", "and ", 20_000),
        ("negation", "not ", 20_000),
        ("hospital", "was taken to Hospital No. 2 and ", 5_000),
        ("initials", "J. ", 20_000),
    ];
    for (name, piece, times) in cases {
        assert_sound(name, &piece.repeat(times));
    }
}

#[test]
fn a_report_without_end() {
    let sentence = REPORT.replace(['.', '“', '”'], ",");
    assert_sound("one sentence", &sentence.repeat(1_000));
    assert_sound("one paragraph", &REPORT.repeat(1_000));
    assert_sound("many paragraphs", &format!("{}\n\n", REPORT.trim_end()).repeat(1_000));
    assert_sound("brackets", &format!("{}{REPORT}{}", "(".repeat(20_000), ")".repeat(20_000)));
}

/// Eight times the text may cost eight times the work; a quadratic engine would need 64 times. The bound lies between.
#[test]
fn cost_grows_with_length() {
    // Incidents in a row, and one incident told over and over.
    let once =
        "A drone hit a house and a car in Kherson on Monday, killing two people and shattering windows.";
    for (name, piece) in [("many incidents", REPORT.trim_end()), ("one incident", once)] {
        let least = |times: usize| {
            let text = format!("{piece}\n\n").repeat(times);
            (0..3).filter_map(|_| cost(|| std::hint::black_box(common::read(&text))).1).min()
        };
        least(10);
        if let (Some(short), Some(long)) = (least(100), least(800)) {
            assert!(long < short * 24, "{name}: 8 times the text took {short:?} and {long:?}");
        }
    }
}

fn mutated() -> impl Strategy<Value = String> {
    let texts: Vec<String> = common::reports().into_iter().map(|(_, r)| r.text).collect();
    let edit = (any::<prop::sample::Index>(), 0usize..40, "\\PC{0,6}|[\\n\"“”().,:0-9]{0,4}");
    (prop::sample::select(texts), prop::collection::vec(edit, 0..12)).prop_map(|(text, edits)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, cut, put) in edits {
            if chars.is_empty() {
                break;
            }
            let start = at.index(chars.len());
            let end = (start + cut).min(chars.len());
            chars.splice(start..end, put.chars());
        }
        chars.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_sound_reading(text in "(\\PC|\\n){0,400}") {
        prop_assert_eq!(common::fault(&common::read(&text)), None);
    }

    #[test]
    fn damaged_reports_give_sound_readings(text in mutated()) {
        prop_assert_eq!(common::fault(&common::read(&text)), None);
    }

    #[test]
    fn shuffled_words_give_sound_readings(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "drone", "hit", "attack", "on", "the", "a", "bus", "killed", "injured", "two", "12", "people", ",", ".",
                "“", "”", "said", "Kherson", "Governor", "Smith", "Monday", "5", "December", "not", "no", "one", "was",
                "and", "including", "children", "Telegram", "according", "to", "by", "\n", "●", "hospital", "Russian",
                "destroyed", "house", "rose", "another", "of", "in", "election", "who", "shelling", "(", ")", "—", ":",
            ]),
            0..120,
        )
    ) {
        prop_assert_eq!(common::fault(&common::read(&words.join(" "))), None);
    }
}
