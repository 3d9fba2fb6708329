//! Forms of names for matching. The text itself is never changed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest name that is folded; the rest of a longer one is left out.
///
/// # Units
/// Characters.
pub const NAME_CHARS_MAX: usize = 80;

/// A name in lower case, without diacritics, apostrophes and soft-sign marks, with hyphens as spaces.
///
/// # Example
/// ```
/// use annalist::gazetteer::name::fold;
/// assert_eq!(fold("Kup’yans’k-Vuzlovyi"), "kupyansk vuzlovyi");
/// assert_eq!(fold("Tillabéri"), "tillaberi");
/// ```
pub fn fold(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars().take(NAME_CHARS_MAX) {
        if c.is_ascii_alphanumeric() {
            push(&mut out, &mut gap, c.to_ascii_lowercase());
            continue;
        }
        if c.is_ascii() {
            // "St." and "D.C." lose their stops, words part at anything else but apostrophes.
            gap |= !matches!(c, '\'' | '`' | '.');
            continue;
        }
        for d in std::iter::once(c).nfkd() {
            if is_combining_mark(d) || is_apostrophe(d) {
                continue;
            }
            match special(d) {
                Some(letters) => letters.chars().for_each(|l| push(&mut out, &mut gap, l)),
                None if d.is_alphanumeric() => {
                    d.to_lowercase()
                        .filter(|l| !is_combining_mark(*l))
                        .for_each(|l| push(&mut out, &mut gap, l));
                }
                None => gap = true,
            }
        }
    }
    out
}

fn push(out: &mut String, gap: &mut bool, c: char) {
    if *gap && !out.is_empty() {
        out.push(' ');
    }
    *gap = false;
    out.push(c);
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '’' | '‘' | 'ʼ' | 'ʻ' | 'ʽ' | 'ʾ' | 'ʿ' | '′' | '″' | '´' | 'ʹ' | 'ʺ' | 'ˈ' | '\u{ad}')
}

/// Letters that decomposition leaves whole.
fn special(c: char) -> Option<&'static str> {
    Some(match c {
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ı' => "i",
        'þ' | 'Þ' => "th",
        'ə' | 'Ə' => "e",
        'ħ' | 'Ħ' => "h",
        _ => return None,
    })
}

/// A folded name in Latin letters; Cyrillic ones are romanised, the rest is kept.
pub fn latin(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    for c in folded.chars() {
        match cyrillic(c) {
            Some(letters) => out.push_str(letters),
            None => out.push(c),
        }
    }
    out
}

/// Romanisation of one folded Cyrillic letter: only good enough for comparing.
fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'є' | 'э' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ї' | 'й' | 'ы' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

/// A key under which the romanisations of one name meet: consonants in classes, vowels left out.
///
/// None when less than three consonants remain: such a key fits anything.
///
/// # Example
/// ```
/// use annalist::gazetteer::name::skeleton;
/// assert_eq!(skeleton("hraivoron"), skeleton("grayvoron"));
/// assert_eq!(skeleton("грайворон"), skeleton("grayvoron"));
/// assert_eq!(skeleton("zaporozhye"), skeleton("zaporizhzhia"));
/// ```
pub fn skeleton(folded: &str) -> Option<String> {
    const CONSONANTS_MIN: usize = 3;
    let latin = latin(folded);
    let words: Vec<&str> = latin.split(' ').filter(|w| !w.is_empty()).collect();
    let named = words.iter().any(|w| !is_article(w));
    let mut out = String::with_capacity(latin.len());
    let mut consonants = 0;
    for word in words {
        if named && is_article(word) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        let at = out.len();
        word_skeleton(word.as_bytes(), &mut out);
        consonants += out[at..].bytes().filter(|b| *b != b'a').count();
    }
    (consonants >= CONSONANTS_MIN).then_some(out)
}

/// The Arabic article in its assimilated forms.
fn is_article(word: &str) -> bool {
    matches!(
        word,
        "al" | "el" | "ar" | "as" | "ad" | "ash" | "an" | "at" | "az" | "ez" | "es" | "ed" | "er" | "et"
    )
}

/// Longest first, so that "shch" is seen before "sh".
const CLASSES: &[(&str, &str)] = &[
    ("shch", "s"),
    ("tsch", "c"),
    ("sch", "s"),
    ("dzh", "z"),
    ("tch", "c"),
    ("ch", "c"),
    ("sh", "s"),
    ("zh", "z"),
    ("dj", "z"),
    ("kh", "h"),
    ("gh", "h"),
    ("ts", "s"),
    ("tz", "s"),
    ("ck", "k"),
    ("ph", "f"),
    ("th", "t"),
    ("dh", "d"),
    ("ce", "s"),
    ("ci", "s"),
    ("cy", "s"),
    ("g", "h"),
    ("c", "k"),
    ("q", "k"),
    ("w", "v"),
    ("x", "ks"),
    ("j", "z"),
];

fn word_skeleton(word: &[u8], out: &mut String) {
    let start = out.len();
    let mut i = 0;
    while i < word.len() {
        let rest = &word[i..];
        let class = CLASSES.iter().find(|(letters, _)| rest.starts_with(letters.as_bytes()));
        let (step, letters) = match class {
            Some((letters, class)) => (letters.len(), *class),
            None => (1, ""),
        };
        if class.is_some() {
            letters.chars().for_each(|c| push_once(out, start, c));
        } else if matches!(rest[0], b'a' | b'e' | b'i' | b'o' | b'u' | b'y') {
            if i == 0 {
                out.push('a');
            }
        } else if rest[0].is_ascii() && !(rest[0] == b'h' && i + 1 == word.len() && i > 1) {
            // A last h is the Arabic feminine ending, written or not.
            push_once(out, start, rest[0] as char);
        }
        i += step;
    }
}

fn push_once(out: &mut String, start: usize, c: char) {
    if !out[start..].ends_with(c) {
        out.push(c);
    }
}

/// Case endings of folded Ukrainian and Russian names, longest first, and what the nominative may end in.
const ENDINGS: &[(&str, &[&str])] = &[
    ("ового", &["овии", "овое", "ове"]),
    ("ському", &["ськии", "ське"]),
    ("ського", &["ськии", "ське"]),
    ("ські", &["ська", "ськии"]),
    ("ові", &["ів", "", "ове"]),
    ("еві", &["ів", "ев", ""]),
    ("єві", &["ів"]),
    ("ова", &["ів", "ов", "ово"]),
    ("ову", &["ів", "ов", "ова", "ово"]),
    ("єва", &["ів"]),
    ("ому", &["ии", "ое", "е"]),
    ("ого", &["ии", "ое", "е"]),
    ("ему", &["ии", "ее"]),
    ("оі", &["а"]),
    ("ои", &["ая", "а", "ои"]),
    ("іи", &["а", "я", "ия"]),
    ("еи", &["ая", "яя", "еи"]),
    ("ии", &["ия", "ии"]),
    ("ую", &["ая"]),
    ("ою", &["а"]),
    ("ею", &["я", "а"]),
    ("ом", &["", "о", "ое", "ии"]),
    ("ем", &["ь", "е"]),
    ("им", &["ии", "ое", "е"]),
    ("ім", &["ии", "е"]),
    ("ах", &["ы", "и", "а"]),
    ("ях", &["и", "я", "і"]),
    ("ам", &["ы", "и"]),
    ("ям", &["и", "я"]),
    ("ек", &["ики", "ьки"]),
    ("ок", &["ки"]),
    ("у", &["", "а", "о", "е"]),
    ("ю", &["я", "ь", "и"]),
    ("е", &["", "а", "о", "я", "ь", "и"]),
    ("і", &["", "а", "о", "я", "ь", "е"]),
    ("и", &["а", "ь", "я", "ия"]),
    ("ы", &["а"]),
    ("а", &["", "о", "е"]),
    ("я", &["ь", "е", "и"]),
];

/// The nominatives that a folded Cyrillic name in an oblique case may have; the caller looks them up.
///
/// # Example
/// ```
/// use annalist::gazetteer::name::nominatives;
/// assert!(nominatives("никополе").contains(&"никополь".to_owned()));
/// assert!(nominatives("leeds").is_empty());
/// ```
pub fn nominatives(folded: &str) -> Vec<String> {
    const LETTERS_MIN: usize = 4;
    const FORMS_MAX: usize = 64;
    let cyrillic_only = folded.chars().all(|c| c == ' ' || cyrillic(c).is_some());
    if folded.chars().count() < LETTERS_MIN || !cyrillic_only {
        return Vec::new();
    }
    let mut forms = vec![String::new()];
    for word in folded.split(' ') {
        let mut bases = vec![word.to_owned()];
        for (ending, nominatives) in ENDINGS {
            if let Some(stem) = word.strip_suffix(ending).filter(|s| s.chars().count() >= 2) {
                bases.extend(nominatives.iter().map(|n| format!("{stem}{n}")));
            }
        }
        forms = forms
            .iter()
            .flat_map(|form| {
                bases.iter().map(move |base| match form.as_str() {
                    "" => base.clone(),
                    form => format!("{form} {base}"),
                })
            })
            .take(FORMS_MAX)
            .collect();
    }
    forms.retain(|form| form != folded);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn romanisations_meet() {
        let same = [
            ["Kharkiv", "Kharkov"],
            ["Chernihiv", "Chernigov"],
            ["Sloviansk", "Slavyansk"],
            ["Tyotkino", "Tetkino"],
            ["Horlivka", "Gorlovka"],
            ["Energodar", "Enerhodar"],
            ["Shebekino", "Шебекино"],
            ["Yunakivka", "Iunakivka"],
            ["Deir ez-Zor", "Dayr al Zour"],
            ["Zaporizhzhia", "Запоріжжя"],
            ["Krasnyi Lyman", "Krasny Liman"],
        ];
        for [a, b] in same {
            assert_eq!(skeleton(&fold(a)), skeleton(&fold(b)), "{a} and {b}");
        }
        assert_ne!(skeleton("sumy"), skeleton("svatove"));
        assert_eq!(skeleton("kyiv"), None);
    }

    #[test]
    fn folding_is_idempotent() {
        for name in ["Bogotá D.C.", "Куп'янськ", "Ménaka", "al-Ḩasakah", "Ærø", "Грайворон", "Şanlıurfa"]
        {
            assert_eq!(fold(&fold(name)), fold(name));
        }
    }
}
