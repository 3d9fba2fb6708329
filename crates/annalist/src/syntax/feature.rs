//! What the model sees of a word, as hashes. `annalist-train` calls the same functions, so that a model can
//! never be read with other features than it was trained on; a change here needs a new
//! [`FORMAT`](super::model::FORMAT) and a new model.

/// Number of features of a word.
pub const FEATURES: usize = 8;

/// The number of the feature that stands for the whole word.
pub const WORD: usize = 0;

/// The number of the feature that stands for what a word is made of.
pub const SHAPE: usize = 7;

/// How a sentence uses capitals. A capital says much in a sentence, little in a Title, nothing in a SHOUT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Casing {
    /// As in running text.
    Sentence,
    /// Nearly every long word starts with a capital.
    Title,
    /// Nearly every letter is a capital.
    Shout,
    /// No letter is a capital.
    Flat,
}

/// The features of a word: `form` as written, `lower` in lower case, `first` if a sentence starts with it.
///
/// They are, in this order: the normalised word; its last four, three, two and one characters; its first three and two;
/// what it is made of, with the casing of its sentence. Each is a hash that differs from feature to feature.
pub fn features(form: &str, lower: &str, casing: Casing, first: bool) -> [u32; FEATURES] {
    let mut buffer = [0u8; 64];
    let word = normalise(lower, &mut buffer);
    let mut ends = [word.len(); 5];
    let mut starts = word.char_indices().map(|(at, _)| at).rev();
    ends[1..].iter_mut().for_each(|end| *end = starts.next().unwrap_or(0));
    let head = |n: usize| word.char_indices().nth(n).map_or(word, |(at, _)| &word[..at]);
    [
        hash(WORD as u32, word),
        hash(1, &word[ends[4]..]),
        hash(2, &word[ends[3]..]),
        hash(3, &word[ends[2]..]),
        hash(4, &word[ends[1]..]),
        hash(5, head(3)),
        hash(6, head(2)),
        mixed(SHAPE as u32, u64::from(shape(form, casing, first))),
    ]
}

/// Tells how a sentence uses capitals.
pub fn casing<'a>(forms: impl Iterator<Item = &'a str>) -> Casing {
    let (mut upper, mut lower, mut long, mut capitalised) = (0, 0, 0, 0);
    for (n, form) in forms.enumerate() {
        let first = form.chars().next().unwrap_or(' ');
        if !first.is_alphabetic() {
            continue;
        }
        let capitals = form.chars().filter(|c| c.is_uppercase()).count();
        let letters = form.chars().filter(|c| c.is_alphabetic()).count();
        upper += capitals;
        lower += letters - capitals;
        // The first word is a capital anyway, and short words stay small in titles.
        if n > 0 && letters >= 4 {
            long += 1;
            capitalised += usize::from(first.is_uppercase());
        }
    }
    if upper + lower >= 4 && upper >= 9 * lower {
        Casing::Shout
    } else if long >= 3 && capitalised * 5 >= long * 4 {
        Casing::Title
    } else if upper == 0 && lower > 0 {
        Casing::Flat
    } else {
        Casing::Sentence
    }
}

/// Lower case, digits alike, one kind of quotation mark and of dash; long words lose their middle.
fn normalise<'b>(lower: &'b str, buffer: &'b mut [u8; 64]) -> &'b str {
    let plain = match lower {
        "“" | "”" | "„" | "«" | "»" | "''" | "``" => "\"",
        "‘" | "’" | "`" => "'",
        "–" | "—" | "--" | "---" | "―" => "--",
        "…" => "...",
        _ => lower,
    };
    if plain.len() <= buffer.len() && !plain.bytes().any(|b| b.is_ascii_digit()) {
        return plain;
    }
    let half = buffer.len() / 2;
    let (head, tail) = match plain.len() <= buffer.len() {
        true => (plain, ""),
        false => (
            &plain[..plain.floor_char_boundary(half)],
            &plain[plain.ceil_char_boundary(plain.len() - half)..],
        ),
    };
    let len = head.len() + tail.len();
    buffer[..head.len()].copy_from_slice(head.as_bytes());
    buffer[head.len()..len].copy_from_slice(tail.as_bytes());
    for byte in buffer[..len].iter_mut().filter(|b| b.is_ascii_digit()) {
        *byte = b'0';
    }
    std::str::from_utf8(&buffer[..len]).unwrap_or(plain)
}

fn shape(form: &str, casing: Casing, start: bool) -> u32 {
    let first = form.chars().next().unwrap_or(' ');
    let capital = first.is_uppercase();
    let shouted = form.chars().nth(1).is_some() && !form.chars().any(char::is_lowercase);
    let flags = [
        start,
        capital,
        form.bytes().any(|b| b.is_ascii_digit()),
        form.contains('-'),
        // In a SHOUT that is no news.
        capital && shouted && casing != Casing::Shout,
        !first.is_alphanumeric(),
        form.contains('.'),
    ];
    flags.iter().fold(casing as u32, |bits, &flag| bits << 1 | u32::from(flag))
}

fn hash(feature: u32, text: &str) -> u32 {
    let state = text
        .bytes()
        .fold(0x811c_9dc5_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(GOLDEN).rotate_left(29));
    mixed(feature, state)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn mixed(feature: u32, value: u64) -> u32 {
    let product = (value ^ u64::from(feature) << 56).wrapping_mul(GOLDEN);
    ((product ^ product >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_of_sentences() {
        let casing_of = |text: &str| casing(text.split(' '));
        assert_eq!(casing_of("A drone hit a bus in Sumy ."), Casing::Sentence);
        assert_eq!(casing_of("Drone Hits Bus in Sumy , Killing Two"), Casing::Title);
        assert_eq!(casing_of("DRONE HITS BUS IN SUMY , 2 KILLED"), Casing::Shout);
        assert_eq!(casing_of("drone hits bus"), Casing::Flat);
        assert_eq!(casing_of("3 ."), Casing::Sentence);
    }

    fn of(form: &str) -> [u32; FEATURES] {
        features(form, &form.to_lowercase(), Casing::Sentence, false)
    }

    #[test]
    fn digits_quotes_and_dashes_are_alike() {
        assert_eq!(of("2024"), of("1999"));
        assert_eq!(of("—")[WORD], of("--")[WORD]);
        assert_eq!(of("“")[WORD], of("\"")[WORD]);
        assert_ne!(of("drone")[WORD], of("drones")[WORD]);
        assert_ne!(of(&"a".repeat(65))[WORD], of(&"b".repeat(65))[WORD]);
    }

    #[test]
    fn affixes_are_counted_in_characters() {
        let (word, other) = (of("автобус"), of("тролейбус"));
        assert_eq!((word[2], word[3], word[4]), (other[2], other[3], other[4]));
        assert_ne!(word[1], other[1]);
        assert_eq!(of("автобус")[5..7], of("автомобіль")[5..7]);
    }
}
