//! words: what a text is about, by its rare words and its runs of words. The weight of a word is fixed, so that what two
//! texts have in common depends on them alone.

use annalist::table::rows;
use annalist::{Bundle, DataError};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Words kept of one text, the heaviest.
const WORDS_MAX: usize = 96;
/// Names kept of one text.
const NAMES_MAX: usize = 32;
/// A word alone says less than a pair.
const ALONE: f32 = 0.6;
/// Weight of a pair of words that says something.
const NAME_MIN: f32 = 9.0;
/// Words of one text that are looked at.
const READ_MAX: usize = 20_000;
/// Places of a signature.
pub(super) const PLACES: usize = 64;

/// The weights of words, of `resolve/word.tsv`.
pub(super) struct Words {
    weights: FxHashMap<u32, f32>,
    unknown: f32,
}

/// The rare words of a text with their share, in order of their hash; the squares of the shares add up to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sketch(pub(super) Box<[(u32, f32)]>);

/// Least hashes of the runs of three words of a text: the share of equal places estimates the share of equal runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Option<Vec<u16>>", from = "Option<Vec<u16>>")]
pub(super) struct Signature(pub(super) Option<Box<[u16; PLACES]>>);

impl From<Signature> for Option<Vec<u16>> {
    fn from(signature: Signature) -> Self {
        signature.0.map(|places| places.to_vec())
    }
}

impl From<Option<Vec<u16>>> for Signature {
    fn from(places: Option<Vec<u16>>) -> Self {
        Signature(places.and_then(|places| places.into_boxed_slice().try_into().ok()))
    }
}

impl Words {
    pub(super) fn new(bundle: &Bundle) -> Result<Self, DataError> {
        const PATH: &str = "resolve/word.tsv";
        let mut weights = FxHashMap::default();
        let mut unknown: f32 = 1.0;
        if let Some(file) = bundle.get(PATH) {
            for row in rows(PATH, file.bytes())? {
                let weight = row.cell(1).parse().map_err(|_| row.fault("a word and its weight, a number"))?;
                weights.insert(hash(row.cell(0)), weight);
                unknown = unknown.max(weight);
            }
        }
        Ok(Words { weights, unknown })
    }

    /// How telling a word is, from its hash.
    fn weight(&self, word: u32) -> f32 {
        self.weights.get(&word).copied().unwrap_or(self.unknown)
    }

    /// The rare words of some words.
    pub(super) fn sketch(&self, words: &[u32]) -> Sketch {
        let mut all = words.to_vec();
        all.sort_unstable();
        let mut counted: Vec<(u32, f32)> = all
            .chunk_by(|a, b| a == b)
            .filter_map(|same| {
                let word = *same.first()?;
                let weight = self.weight(word) * (1.0 + libm::logf(same.len() as f32));
                (weight > 0.0).then_some((word, weight))
            })
            .collect();
        counted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        counted.truncate(WORDS_MAX);
        let length = counted.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        counted.iter_mut().for_each(|(_, w)| *w /= length);
        counted.sort_unstable_by_key(|(word, _)| *word);
        Sketch(counted.into())
    }

    /// The rarest words of a text, those of least hash where several are as rare: texts that share words tend to agree.
    pub(super) fn rarest(&self, words: &[u32], count: usize) -> Box<[u32]> {
        let mut all: Vec<(u32, u32)> = words.iter().map(|&w| (self.weight(w).to_bits(), mixed(w))).collect();
        all.sort_unstable_by_key(|&(weight, mixed)| (std::cmp::Reverse(weight), mixed));
        all.dedup();
        all.truncate(count);
        all.into_iter().map(|(_, mixed)| mixed).collect()
    }

    /// The names of a text, the most telling first: rare ones, and those that come again.
    pub(super) fn names(&self, pairs: &[(u32, u32)]) -> Box<[u32]> {
        let mut all = pairs.to_vec();
        all.sort_unstable();
        let mut counted: Vec<(f32, u32)> = all
            .chunk_by(|a, b| a == b)
            .filter_map(|same| {
                let &(first, second) = same.first()?;
                let alone = if first == second { ALONE } else { 1.0 };
                let weight = alone * (self.weight(first) + self.weight(second));
                let telling = weight * (1.0 + libm::logf(same.len() as f32) / 2.0);
                let name = mix(u64::from(first) << 32 | u64::from(second)) as u32;
                (weight >= NAME_MIN).then_some((telling, name))
            })
            .collect();
        counted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        counted.truncate(NAMES_MAX);
        counted.into_iter().map(|(_, name)| name).collect()
    }
}

impl Sketch {
    /// Cosine, 0 to 1.
    pub(super) fn likeness(&self, other: &Sketch) -> f32 {
        // Without branches that cannot be foreseen: this is most of what comparing two mentions takes.
        let (mut a, mut b, mut sum) = (0, 0, 0.0);
        while let (Some(x), Some(y)) = (self.0.get(a), other.0.get(b)) {
            sum += if x.0 == y.0 { x.1 * y.1 } else { 0.0 };
            a += usize::from(x.0 <= y.0);
            b += usize::from(y.0 <= x.0);
        }
        sum
    }
}

impl Signature {
    /// One permutation in [`PLACES`] bins; an empty bin takes the next full one's (Shrivastava & Li 2014).
    pub(super) fn of(words: &[u32]) -> Self {
        let mut least = [u32::MAX; PLACES];
        for run in words.windows(3) {
            let mixed = run.iter().fold(0u64, |h, &w| mix(h ^ u64::from(w)));
            let (bin, rest) = ((mixed >> 58) as usize, mixed as u32 >> 1);
            if let Some(place) = least.get_mut(bin) {
                *place = rest.min(*place);
            }
        }
        if least.iter().all(|&h| h == u32::MAX) {
            return Signature(None);
        }
        let mut places = Box::new([0u16; PLACES]);
        for (at, place) in places.iter_mut().enumerate() {
            let full = least.iter().cycle().skip(at).take(PLACES).enumerate().find(|(_, h)| **h != u32::MAX);
            if let Some((steps, &h)) = full {
                *place = mix(u64::from(h) + ((steps as u64) << 32)) as u16;
            }
        }
        Signature(Some(places))
    }

    /// Share of equal runs of words, 0 to 1; none when a text is too short for runs.
    pub(super) fn likeness(&self, other: &Signature) -> Option<f32> {
        let (a, b) = (self.0.as_deref()?, other.0.as_deref()?);
        let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
        Some(equal as f32 / PLACES as f32)
    }
}

/// The words of a text as hashes, folded, without the commonest endings; and the capitalised ones, alone (as a pair of
/// itself) and in pairs side by side: names, mostly.
#[derive(Default)]
pub(super) struct Read {
    pub(super) words: Vec<u32>,
    pub(super) pairs: Vec<(u32, u32)>,
}

impl Read {
    /// Adds the words of a text.
    pub(super) fn add(&mut self, text: &str) {
        let mut folded = String::new();
        let mut before: Option<(u32, usize)> = None;
        let left = READ_MAX.saturating_sub(self.words.len());
        for written in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).take(left) {
            let at = written.as_ptr() as usize - text.as_ptr() as usize;
            let apostrophe = before
                .is_some_and(|(_, end)| at == end + '’'.len_utf8() && text.get(end..at) == Some("’"))
                || at > 0 && text.get(at - 1..at) == Some("'");
            if apostrophe && written.len() == 1 {
                continue;
            }
            folded.clear();
            folded.extend(written.chars().flat_map(char::to_lowercase));
            let word = hash(stem(&folded));
            self.words.push(word);
            if !written.starts_with(char::is_uppercase) || written.len() < 2 {
                before = None;
                continue;
            }
            self.pairs.push((word, word));
            if let Some((first, _)) = before.filter(|&(_, end)| matches!(text.get(end..at), Some(" " | "-")))
            {
                self.pairs.push((first, word));
            }
            before = Some((word, at + written.len()));
        }
    }

    /// The words of a text.
    pub(super) fn of(text: &str) -> Self {
        let mut read = Read::default();
        read.add(text);
        read
    }
}

/// A word without an ending that its other forms lack: enough to compare texts of one language.
pub fn stem(word: &str) -> &str {
    if word.is_ascii() {
        return match word.strip_suffix('s') {
            Some(stem) if stem.len() > 3 && !stem.ends_with(['s', 'u', 'i']) => stem,
            _ => word,
        };
    }
    let letters = word.chars().count();
    let kept = if letters > 5 { letters - 2 } else { letters };
    word.char_indices().nth(kept).and_then(|(end, _)| word.get(..end)).unwrap_or(word)
}

/// A word's hash, the same on every machine (FNV-1a, then mixed).
pub(super) fn hash(word: &str) -> u32 {
    let fnv =
        word.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    mix(fnv) as u32
}

fn mixed(word: u32) -> u32 {
    mix(u64::from(word) ^ 0x9e37_79b9_7f4a_7c15) as u32
}

/// Every bit of the result hangs on every bit given (the finaliser of MurmurHash3).
pub(super) fn mix(bits: u64) -> u64 {
    let bits = (bits ^ bits >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let bits = (bits ^ bits >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ bits >> 33
}
