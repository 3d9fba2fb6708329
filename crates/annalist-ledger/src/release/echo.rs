//! What was withheld in one field may stand in the words of another: a headline, a note, an address.
//!
//! Protected words of the incident that its view no longer tells are looked for in every other text of the view,
//! in any case, cut out of addresses, and with the endings that names take in inflected languages. A text with one
//! of them is withheld as a whole: better a headline too few.

use super::Withheld;
use super::policy::Policy;
use crate::Incident;
use serde_json::Value;

/// What stands for a text that was withheld.
pub(super) const PLACEHOLDER: &str = "[withheld]";

/// Keys whose values are ids, days, codes of lists or figures, never words.
const CODED: [&str; 22] = [
    "schema",
    "id",
    "mentions",
    "report",
    "incident",
    "published_at",
    "grade",
    "earliest",
    "latest",
    "precision",
    "basis",
    "state",
    "policy",
    "claims",
    "outcome",
    "class",
    "severity",
    "kind",
    "field",
    "relation",
    "sex",
    "country",
];
/// Fields of the incident that hold codes alone.
const CODED_FIELDS: [&str; 5] = ["mode", "stage", "weapon", "targets", "election_related_by"];
/// Letters of a part of a name that is looked for by itself.
const PART_LETTERS: usize = 4;

/// Words that must not come back.
struct Secret {
    tokens: Vec<String>,
    /// Each part tells the whole: a surname.
    parts: bool,
    joined: String,
}

/// Withholds every text of a view that tells what the view withholds of the incident it was made of.
///
/// # Errors
/// When the view cannot be written as JSON and read back.
pub(super) fn hush(
    incident: &Incident,
    view: Incident,
    policy: &Policy,
    withheld: &mut Vec<Withheld>,
) -> Result<Incident, serde_json::Error> {
    let secrets = secrets(incident, &view);
    let why = |path: &str, text: &str| {
        if secrets.iter().any(|secret| secret.told_by(text)) {
            Some("tells what is withheld elsewhere")
        } else if !policy.own.contacts && !path.ends_with(".url") && contact(text) {
            Some("holds what looks like a telephone number, a number plate or an address")
        } else {
            None
        }
    };
    let mut tree = serde_json::to_value(view)?;
    walk(&mut tree, "", &why, withheld);
    serde_json::from_value(tree)
}

fn secrets(incident: &Incident, view: &Incident) -> Vec<Secret> {
    let mut secrets = Vec::new();
    let mut gone = |before: Option<&String>, after: Option<&String>, parts: bool| {
        let told = |words: &&String| after.is_some_and(|after| after.contains(words.as_str()));
        secrets.extend(before.filter(|words| !told(words)).and_then(|words| Secret::new(words, parts)));
    };
    let (people, shown) = (&incident.people.value, &view.people.value);
    for (n, person) in people.iter().enumerate() {
        let after = shown.get(n);
        gone(person.name.as_ref(), after.and_then(|p| p.name.as_ref()), true);
        for (m, status) in person.status.iter().enumerate() {
            let after = after.and_then(|p| p.status.get(m)).and_then(|s| s.facility.as_ref());
            gone(status.facility.as_ref(), after, false);
        }
    }
    for (n, voice) in incident.voices.iter().enumerate() {
        gone(voice.name.as_ref(), view.voices.get(n).and_then(|v| v.name.as_ref()), true);
    }
    let perpetrator = |i: &Incident| i.perpetrator.value.name.clone();
    gone(perpetrator(incident).as_ref(), perpetrator(view).as_ref(), true);
    let (place, after) = (&incident.place.value, &view.place.value);
    gone(place.site.as_ref(), after.site.as_ref(), false);
    gone(place.settlement.as_ref(), after.settlement.as_ref(), false);
    gone(place.adm2.as_ref(), after.adm2.as_ref(), false);
    if place.name != place.settlement || after.settlement.is_none() {
        gone(place.name.as_ref(), after.name.as_ref(), false);
    }
    secrets
}

/// Why a text at a path of the view is not told.
type Why<'w> = &'w dyn Fn(&str, &str) -> Option<&'static str>;

fn walk(value: &mut Value, path: &str, why: Why<'_>, withheld: &mut Vec<Withheld>) {
    match value {
        Value::String(text) => {
            if let Some(why) = why(path, text) {
                PLACEHOLDER.clone_into(text);
                withheld.push(Withheld::new(path, why));
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter_mut().enumerate() {
                walk(item, &format!("{path}[{n}]"), why, withheld);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                let inside = match key.as_str() {
                    "value" => path.to_owned(),
                    key if path.is_empty() => key.to_owned(),
                    key => format!("{path}.{key}"),
                };
                // A place that is told is told on purpose, even when somebody bears its name.
                let told = matches!(inside.as_str(), "place.settlement" | "place.adm2" | "place.adm1")
                    || path.is_empty() && CODED_FIELDS.contains(&key.as_str());
                if !told && !CODED.contains(&key.as_str()) {
                    walk(field, &inside, why, withheld);
                }
            }
        }
        _ => {}
    }
}

/// Whether a text holds an address of e-mail, a telephone number (nine digits or more with nothing but blanks and
/// marks between them) or a number plate.
fn contact(text: &str) -> bool {
    let mail = text.split_whitespace().any(|word| {
        word.split_once('@').is_some_and(|(name, host)| {
            name.ends_with(char::is_alphanumeric)
                && host.starts_with(char::is_alphanumeric)
                && host.contains('.')
        })
    });
    let digits = |run: &str| run.chars().filter(char::is_ascii_digit).count();
    let telephone = text
        .split(|c: char| {
            !c.is_ascii_digit() && !c.is_whitespace() && !matches!(c, '+' | '-' | '(' | ')' | '.' | '/')
        })
        .any(|run| digits(run) >= 9);
    mail || telephone || plate(text)
}

/// A piece of a number plate: letters or digits.
#[derive(Clone, Copy)]
struct Piece {
    letters: usize,
    /// Of the letters those of scripts with capitals.
    capitals: usize,
    digits: usize,
    /// The digits as a year would be written.
    year: bool,
    /// It stands behind a hyphen, or in one word with the piece before it.
    hyphen: bool,
    joined: bool,
}

/// Whether a text holds a number plate: capitals and at least three digits in one word; letters and digits that take turns
/// with single blanks, hyphens or dots between them ("AX 1234 BC", "AB-123-CD", "AB12 CDE"); a few letters and a long
/// number ("WA 12345"); digits alone as 12-345-67. Names of weapons ("FAB-500", "S-300") and years are none.
fn plate(text: &str) -> bool {
    let mut run: Vec<Piece> = Vec::new();
    let mut found = false;
    let (mut hyphen, mut gap) = (false, 0);
    let mut words = text.split_inclusive(|c: char| !c.is_alphanumeric());
    let mut end = |run: &mut Vec<Piece>| {
        found |= is_plate(run);
        run.clear();
    };
    for word in &mut words {
        let mark = word.chars().next_back().filter(|c| !c.is_alphanumeric());
        let word = mark.map_or(word, |mark| word.strip_suffix(mark).unwrap_or(word));
        if !word.is_empty() {
            match pieces(word, hyphen) {
                Some(pieces) => run.extend(pieces),
                None => end(&mut run),
            }
            gap = 0;
        }
        gap += 1;
        hyphen = mark == Some('-');
        let joins =
            mark.is_some_and(|c| matches!(c, '-' | '.' | '·' | '|') || c.is_whitespace() && c != '\n');
        if gap > 1 || !joins {
            end(&mut run);
        }
    }
    end(&mut run);
    found
}

/// The letters and digits of a word in turn; none when it holds small letters or more of a kind than plates do.
fn pieces(word: &str, hyphen: bool) -> Option<Vec<Piece>> {
    const LETTERS_MAX: usize = 3;
    const DIGITS_MAX: usize = 7;
    let mut pieces: Vec<Piece> = Vec::new();
    let kind = |c: char| c.is_numeric();
    let chars: Vec<char> = word.chars().collect();
    for part in chars.chunk_by(|a, b| kind(*a) == kind(*b)) {
        let digits = part.iter().filter(|c| c.is_numeric()).count();
        let letters = part.len() - digits;
        let capitals = part.iter().filter(|c| c.is_uppercase()).count();
        let small = part.iter().any(|c| c.is_lowercase());
        // A word of a script without capitals is a letter of a plate when it stands alone.
        if small || letters > LETTERS_MAX || digits > DIGITS_MAX || letters - capitals > 1 {
            return None;
        }
        let year = digits == 4 && matches!(part, ['1', '9', ..] | ['2', '0', ..]);
        let joined = !pieces.is_empty();
        pieces.push(Piece { letters, capitals, digits, year, hyphen: hyphen && !joined, joined });
    }
    Some(pieces)
}

/// Whether pieces that follow one another hold a number plate. Words before and behind it may be part of the run.
fn is_plate(run: &[Piece]) -> bool {
    const PIECES_MAX: usize = 5;
    (0..run.len()).any(|from| {
        let most = run.len().min(from + PIECES_MAX);
        (from + 2..=most).any(|to| run.get(from..to).is_some_and(has_form_of_plate))
    })
}

fn has_form_of_plate(run: &[Piece]) -> bool {
    let letters: usize = run.iter().map(|p| p.letters).sum();
    let digits: usize = run.iter().map(|p| p.digits).sum();
    let turns = run.windows(2).filter(|w| matches!(w, [a, b] if (a.letters > 0) != (b.letters > 0))).count();
    match run {
        [first, rest @ ..] if rest.iter().all(|p| p.joined) && !first.joined => {
            letters >= 2 && digits >= 3 && run.iter().all(|p| p.letters == p.capitals)
        }
        [one, two] if one.capitals > 0 && two.digits > 0 => {
            !two.year && two.digits >= if two.hyphen || two.joined { 5 } else { 4 }
        }
        [a, b, c] if a.letters > 0 && b.letters > 0 => b.hyphen && c.digits >= 3 && !c.year,
        [a, b, c] if letters == 0 => {
            b.hyphen && c.hyphen && matches!([a.digits, b.digits, c.digits], [2, 3, 2] | [3, 2, 3])
        }
        _ => turns >= 2 && letters + digits >= 6 && (digits >= 3 || run.iter().any(|p| p.joined)),
    }
}

impl Secret {
    fn new(words: &str, parts: bool) -> Option<Self> {
        let tokens = tokens(words);
        let joined = tokens.concat();
        (!joined.is_empty()).then_some(Secret { tokens, parts, joined })
    }

    fn told_by(&self, text: &str) -> bool {
        let said = tokens(text);
        let whole =
            said.windows(self.tokens.len()).any(|w| w.iter().zip(&self.tokens).all(|(a, b)| same(a, b)));
        let long = |token: &&String| token.chars().count() >= PART_LETTERS;
        let part =
            || self.parts && self.tokens.iter().filter(long).any(|own| said.iter().any(|s| same(s, own)));
        let letters = self.joined.chars().count();
        let glued = || {
            (letters > PART_LETTERS || !self.joined.is_ascii() && letters > 1)
                && said.concat().contains(&self.joined)
        };
        whole || part() || glued()
    }
}

/// Two forms of one word: alike, or but for an ending of up to two letters.
fn same(said: &str, own: &str) -> bool {
    if said == own {
        return true;
    }
    let letters = own.chars().count();
    if letters <= PART_LETTERS || said.chars().count() > letters + 2 {
        return false;
    }
    let stem = own.char_indices().next_back().map_or(own, |(at, _)| own.get(..at).unwrap_or(own));
    said.starts_with(stem)
}

/// Runs of letters and digits, in small letters, escapes of addresses undone.
fn tokens(text: &str) -> Vec<String> {
    let text = unescape(text).to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair =
            bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|p| std::str::from_utf8(p).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(meant) => {
                out.push(meant);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_known_by_their_shape() {
        for text in ["call +380 44 123-45-67", "write to a.b@mail.example", "a car (AX1234BK)", "АХ1234ВК"]
        {
            assert!(contact(text), "{text}");
        }
        for text in [
            "School No. 1234",
            "@channel",
            "BMP-2",
            "from 2024-03-05 to 7 May",
            "Su-25 and Mi-24",
            "T-72",
            "FAB-500",
            "an S-300 missile",
            "a Kh-101 and a KAB-1500",
            "BM-21 Grad",
            "RPG-7",
            "Shahed-136",
            "UN report 2025",
            "HRW 2025",
            "at 12:30 on 05-03-2024",
            "12 of 345 flats",
            "No. 12 A",
            "1,200 m2",
            "10 000 people",
            "SIX 152 mm SHELLS",
            "house 12-14",
            "Mi-8 No 221",
            "سقط 1234 قذيفة",
        ] {
            assert!(!contact(text), "{text}");
        }
    }

    #[test]
    fn number_plates_are_known_with_and_without_blanks() {
        for text in [
            "a white van (AX 1234 BC)",
            "АХ 1234 ВС",
            "the car А 123 ВС 77 burned",
            "А123ВС 77",
            "а BMW with plates B AB 1234",
            "HH-AB 123",
            "AB12 CDE",
            "WA 12345",
            "KR-12345",
            "AB-123-CD",
            "MH 12 AB 1234",
            "ABC-123 DE",
            "12-345-67",
            "123-45-678",
            "12 ب 345 67",
            "the car's plate, KA-01-AB-1234, was seen",
            "AX\u{a0}1234\u{a0}BC",
        ] {
            assert!(contact(text), "{text}");
        }
    }

    #[test]
    fn a_name_is_found_in_other_shapes() {
        let secret = Secret::new("Maria Kvitka", true).unwrap();
        for text in [
            "MARIA KVITKA dies",
            "Kvitka's sister",
            "https://news.example/maria-kvitka-wounded",
            "https://news.example/mariakvitka",
            "m%61ria%20kvitka",
            "Kvitkas",
        ] {
            assert!(secret.told_by(text), "{text}");
        }
        for text in ["Mariupol", "a nurse was wounded", "kvass"] {
            assert!(!secret.told_by(text), "{text}");
        }
        let secret = Secret::new("Петрова", true).unwrap();
        assert!(secret.told_by("дом Петровой") && secret.told_by("Петров"));
        let clinic = Secret::new("Clinic No. 4", false).unwrap();
        assert!(clinic.told_by("fire in clinic no 4") && !clinic.told_by("fire in a clinic"));
    }
}
