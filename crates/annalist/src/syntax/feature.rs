//! What the models see of words, as hashes. `annalist-train` calls the same functions, so that a model can
//! never be read with other features than it was trained on; a change here needs a new
//! [`FORMAT`](super::model::FORMAT) and a new model.

/// What stands around the words of a sentence: two pads before, two behind.
pub const PADS: usize = 2;

/// Number of features that the tagger adds up per token.
pub const TAG_FEATURES: usize = 31;

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

/// Hashes of one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordFeatures {
    /// The normalised word.
    pub word: u32,
    /// Its last four, three and two bytes.
    pub suffixes: [u32; 3],
    /// Its first two and three bytes.
    pub prefixes: [u32; 2],
    /// What it is made of, and the casing of its sentence.
    pub shape: u32,
}

impl WordFeatures {
    /// What the models see of a word: `form` as written, `lower` in lower case.
    pub fn new(form: &str, lower: &str, casing: Casing) -> Self {
        let mut buffer = [0u8; 64];
        let word = normalise(lower, &mut buffer);
        let len = word.len();
        WordFeatures {
            word: hash(word),
            suffixes: [4, 3, 2].map(|n| hash(&word[len.saturating_sub(n)..])),
            prefixes: [2, 3].map(|n| hash(&word[..len.min(n)])),
            shape: shape(form, casing),
        }
    }
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

/// The features of the token at `at`; `words` has [`PADS`] pads at either end, `left` are the tags of the
/// two tokens before it, the nearer first.
#[inline]
pub fn tag_features(words: &[WordFeatures], at: usize, left: [u8; 2]) -> [u64; TAG_FEATURES] {
    let [before2, before, this, after, after2] = [0, 1, 2, 3, 4].map(|n| &words[at + n]);
    let [suffix4, suffix3, suffix2] = this.suffixes;
    let [tag, tag2] = left.map(u32::from);
    [
        one(1, this.word),
        one(2, suffix3),
        one(3, suffix2),
        one(4, this.prefixes[0]),
        one(5, this.shape),
        one(6, tag),
        two(7, tag, tag2),
        two(8, tag, this.word),
        one(9, before.word),
        one(10, before.suffixes[1]),
        one(11, before2.word),
        one(12, after.word),
        one(13, after.suffixes[1]),
        one(14, after2.word),
        two(15, this.shape, tag),
        two(16, suffix3, this.shape),
        two(17, this.word, after.word),
        two(18, this.word, before.word),
        two(19, suffix3, tag),
        two(20, this.shape, after.shape),
        two(21, this.shape, before.shape),
        two(22, this.word, this.shape),
        one(23, suffix4),
        one(24, this.prefixes[1]),
        two(25, tag, after.word),
        two(26, before.word, after.word),
        three(27, tag, tag2, this.word),
        two(28, suffix2, after.suffixes[2]),
        two(29, tag, after.suffixes[2]),
        three(30, tag, suffix2, after.suffixes[2]),
        two(31, after.word, after2.word),
    ]
}

/// Lower case, digits alike, one kind of quotation mark and of dash; long words lose their middle.
fn normalise<'b>(lower: &str, buffer: &'b mut [u8; 64]) -> &'b [u8] {
    let plain = match lower {
        "“" | "”" | "„" | "«" | "»" | "''" | "``" => "\"",
        "‘" | "’" | "`" => "'",
        "–" | "—" | "--" | "---" | "―" => "--",
        "…" => "...",
        _ => lower,
    }
    .as_bytes();
    let len = plain.len().min(buffer.len());
    let tail = len / 2;
    buffer[..len - tail].copy_from_slice(&plain[..len - tail]);
    buffer[len - tail..len].copy_from_slice(&plain[plain.len() - tail..]);
    for byte in &mut buffer[..len] {
        if byte.is_ascii_digit() {
            *byte = b'0';
        }
    }
    &buffer[..len]
}

fn shape(form: &str, casing: Casing) -> u32 {
    let first = form.chars().next().unwrap_or(' ');
    let capital = first.is_uppercase();
    let shouted = form.chars().nth(1).is_some() && !form.chars().any(char::is_lowercase);
    let flags = [
        capital,
        form.bytes().any(|b| b.is_ascii_digit()),
        form.contains('-'),
        // In a SHOUT that is no news.
        capital && shouted && casing != Casing::Shout,
        !first.is_alphanumeric(),
        form.contains('.'),
    ];
    let bits = flags.iter().fold(0, |bits, &flag| bits << 1 | u32::from(flag));
    1 + (bits << 2 | casing as u32)
}

fn hash(bytes: &[u8]) -> u32 {
    let mut state = 0x811c_9dc5_u64;
    for &byte in bytes {
        state = (state ^ u64::from(byte)).wrapping_mul(GOLDEN).rotate_left(29);
    }
    (state >> 16) as u32
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A feature of template `template` with one value. Low bits choose the row, high bits check it.
#[inline(always)]
pub(super) fn one(template: u32, a: u32) -> u64 {
    let product = (u64::from(a) ^ u64::from(template) << 32).wrapping_mul(GOLDEN);
    product ^ product >> 32
}

/// A feature of two values.
#[inline(always)]
pub(super) fn two(template: u32, a: u32, b: u32) -> u64 {
    one(template, a.rotate_left(11) ^ b.wrapping_mul(0x85eb_ca6b))
}

/// A feature of three values.
#[inline(always)]
pub(super) fn three(template: u32, a: u32, b: u32, c: u32) -> u64 {
    two(template, a, b.rotate_left(7) ^ c.wrapping_mul(0xc2b2_ae35))
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

    #[test]
    fn digits_quotes_and_dashes_are_alike() {
        let word = |form: &str| WordFeatures::new(form, &form.to_lowercase(), Casing::Sentence).word;
        assert_eq!(word("2024"), word("1999"));
        assert_eq!(word("—"), word("--"));
        assert_eq!(word("“"), word("\""));
        assert_ne!(word("drone"), word("drones"));
        assert_ne!(word(&"a".repeat(65)), word(&"b".repeat(65)));
    }
}
