//! index: which mentions could tell of the same incident as this one. Two mentions meet when they share a key: a place
//! and time, a name, a rare word and time, or the words themselves.

use super::traits::{Act, Traits};
use super::words::mix;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Mentions of one block; a block that is larger tells nothing and is not looked at. In tests blocks close early, so that it
/// is tried what follows.
pub const BLOCK_MAX: usize = if cfg!(test) { 12 } else { 512 };
/// The same of a block of all times: a name that is told so often is an official's.
const TIMELESS_MAX: usize = if cfg!(test) { 6 } else { 64 };
/// Enough mentions to compare one with.
pub const CANDIDATES_MAX: usize = 64;
/// Mentions that are counted for each that is wanted.
const MET: usize = 4;
/// Width of a cell, degrees: cells about a place reach at least 14 km in Ukraine.
const CELL: f32 = 0.2;
/// Days of a period.
const PERIOD: i32 = 8;
/// Days that a report may be wrong about.
const SLACK: i32 = 2;
/// Periods of a mention: one that could be of any time is found by its words.
const PERIODS_MAX: i32 = 4;
/// Bands of a signature, and the places of each.
const BANDS: usize = 2;
const BAND: usize = 2;

/// What a key is made of.
#[derive(Clone, Copy)]
enum Kind {
    Place = 1,
    Name,
    Word,
    Band,
    Said,
}

/// The upper bit of a key tells whether its block is of one time or of all.
const TIMELESS: u32 = 1 << 31;
/// Bits of a key that say which of a row of blocks it is: neighbours are kept side by side.
const ROW: u32 = 11;

/// The key of a block of all times.
fn key(kind: Kind, parts: [i64; 2]) -> u32 {
    hashed(kind, parts) | TIMELESS
}

/// The key of a block of one time, the `at`-th of its row.
fn key_at(kind: Kind, row: [i64; 2], at: i64) -> u32 {
    (hashed(kind, row) << ROW | at as u32 & ((1 << ROW) - 1)) & !TIMELESS
}

fn hashed(kind: Kind, parts: [i64; 2]) -> u32 {
    parts.iter().fold(kind as u64, |h, &part| mix(h ^ part as u64)) as u32
}

/// Mentions of a block that is still open.
pub(super) fn block_max(key: u32) -> usize {
    if key >> 31 == 0 { BLOCK_MAX } else { TIMELESS_MAX }
}

/// The keys under which a mention is put, and those at which it looks for others.
///
/// Two mentions meet when one looks where the other is put; the other then looks where the one is put.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    put: Vec<u32>,
    /// A key that it is put under, and one at which it therefore looks.
    look: Vec<(u32, u32)>,
}

impl Keys {
    /// The keys of a mention.
    pub fn of(traits: &Traits) -> Self {
        let mut keys = Keys::default();
        if let Some(act) = &traits.act {
            keys.places(act, traits.text.published);
            keys.names(act);
        }
        keys.words(traits);
        keys.put.sort_unstable();
        keys.put.dedup();
        keys.look.sort_unstable();
        keys.look.dedup();
        keys
    }

    /// The keys under which it is put.
    pub fn put(&self) -> &[u32] {
        &self.put
    }

    fn add(&mut self, put: u32, beside: impl IntoIterator<Item = u32>) {
        self.put.push(put);
        self.look.push((put, put));
        self.look.extend(beside.into_iter().map(|key| (put, key)));
    }

    fn places(&mut self, act: &Act, published: Option<i32>) {
        let days = act.days.or_else(|| published.map(|day| (day - PERIOD, day)));
        let (Some((from, to)), Some(spot)) = (days, act.spot) else { return };
        let (from, to) = ((from - SLACK).div_euclid(PERIOD), (to + SLACK).div_euclid(PERIOD));
        if to - from >= PERIODS_MAX {
            return;
        }
        let cell = |degrees: f32| (degrees / CELL).floor() as i64;
        let (lat, lon) = (cell(spot.lat), cell(spot.lon));
        for period in from..=to {
            let at = |lat, lon| key_at(Kind::Place, [i64::from(period), lat], lon);
            let around = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)];
            self.add(at(lat, lon), around.map(|(north, east)| at(lat + north, lon + east)));
        }
    }

    fn names(&mut self, act: &Act) {
        for who in &act.people {
            let mut names = who.name.split(' ');
            if let (Some(first), Some(last)) = (names.next(), names.next_back()) {
                let hash = |name: &str| i64::from(super::words::hash(name));
                self.add(key(Kind::Name, [hash(first), hash(last)]), []);
            }
        }
    }

    fn words(&mut self, traits: &Traits) {
        let text = &traits.text;
        for &word in &text.rarest {
            let at = |period: i64| key_at(Kind::Word, [i64::from(word), 0], period);
            match text.published.map(|day| i64::from(day.div_euclid(PERIOD))) {
                None => self.add(at(i64::MAX), []),
                Some(period) => self.add(at(period), [at(period - 1), at(period + 1)]),
            }
        }
        for &name in text.names.iter().take(super::traits::NAMES) {
            self.add(key(Kind::Said, [i64::from(name), 0]), []);
        }
        if let Some(places) = text.signature.0.as_deref() {
            for (band, places) in places.chunks_exact(BAND).take(BANDS).enumerate() {
                let both = places.iter().fold(0, |h, &p| h << 16 | i64::from(p));
                self.add(key(Kind::Band, [band as i64, both]), []);
            }
        }
    }
}

/// Mentions by their keys, five bytes for each: keys are sorted and their upper bits are where they stand.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// For the upper bits of a key the first of its postings.
    starts: Box<[u32]>,
    /// Lower bits, sorted under each upper ones.
    lowers: Vec<u16>,
    /// Numbers of mentions, the lower three bytes.
    mentions: Vec<[u8; 3]>,
    /// What came since, to be merged when it has grown.
    recent: FxHashMap<u32, Vec<u32>>,
    /// Postings of `recent`.
    fresh: usize,
}

/// Bits of a key that stand with its postings; the others say where these are. A row of blocks stays together.
const LOWER: u32 = 14;
const UPPERS: usize = 1 << (u32::BITS - LOWER);

fn upper(key: u32) -> usize {
    (key >> LOWER) as usize
}

fn lower(key: u32) -> u16 {
    (key & ((1 << LOWER) - 1)) as u16
}

/// Postings of one key beyond which their end is not sought one by one.
const LONG: usize = 32;

/// Mentions that an index holds at most: their numbers are below this.
pub const MENTIONS_MAX: u32 = number(GONE);
/// What stands, last under its key, where a mention was taken out.
const GONE: [u8; 3] = [u8::MAX; 3];

const fn number([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}

/// The mentions under one key: older ones and recent ones.
#[derive(Clone, Copy)]
struct Block<'a> {
    old: &'a [[u8; 3]],
    recent: &'a [u32],
}

impl<'a> Block<'a> {
    fn len(&self) -> usize {
        self.old.len() + self.recent.len()
    }

    fn mentions(self) -> impl Iterator<Item = u32> + 'a {
        self.old.iter().map(|&mention| number(mention)).chain(self.recent.iter().copied())
    }
}

/// How often mentions were met: a table of few places, since what is counted fills at most three quarters of it.
struct Counts {
    /// A mention and its count, where its hash points or behind.
    places: Box<[(u32, u32); Counts::PLACES]>,
    found: Vec<u16>,
    met: usize,
}

impl Default for Counts {
    fn default() -> Self {
        Counts { places: Box::new([(0, 0); Counts::PLACES]), found: Vec::new(), met: 0 }
    }
}

impl Counts {
    const PLACES: usize = (CANDIDATES_MAX * MET + BLOCK_MAX) * 4 / 3;

    fn add(&mut self, mention: u32) {
        let first = ((u64::from(mention.wrapping_mul(0x9e37_79b9)) * Self::PLACES as u64) >> 32) as usize;
        for at in (first..Self::PLACES).chain(0..first) {
            let Some((other, count)) = self.places.get_mut(at) else { break };
            if *count == 0 {
                (*other, *count) = (mention, 1);
                self.found.push(at as u16);
                break;
            }
            if *other == mention {
                *count += 1;
                break;
            }
        }
        self.met += 1;
    }

    /// Those met most often, at most so many, in order.
    fn most(mut self, limit: usize) -> Vec<u32> {
        let place = |at: &u16| self.places.get(usize::from(*at)).copied().unwrap_or_default();
        if self.found.len() > limit {
            self.found.select_nth_unstable_by_key(limit, |at| {
                let (mention, count) = place(at);
                (std::cmp::Reverse(count), mention)
            });
            self.found.truncate(limit);
        }
        let mut most: Vec<u32> = self.found.iter().map(|at| place(at).0).collect();
        most.sort_unstable();
        most
    }
}

impl Index {
    /// Puts all mentions at once: pairs of a key and the number of a mention.
    pub fn build(mut postings: Vec<(u32, u32)>) -> Self {
        postings.sort_unstable();
        Index::of_sorted(postings.len(), postings.into_iter())
    }

    fn of_sorted(length: usize, postings: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut starts = vec![0u32; UPPERS + 1].into_boxed_slice();
        let mut lowers = Vec::with_capacity(length);
        let mut mentions = Vec::with_capacity(length);
        for (key, mention) in postings {
            if let Some(start) = starts.get_mut(upper(key) + 1) {
                *start += 1;
            }
            lowers.push(lower(key));
            let [a, b, c, _] = mention.to_le_bytes();
            mentions.push([a, b, c]);
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Index { starts, lowers, mentions, recent: FxHashMap::default(), fresh: 0 }
    }

    /// Puts mentions under keys: pairs of a key and a number below [`MENTIONS_MAX`].
    pub fn insert_all(&mut self, postings: Vec<(u32, u32)>) {
        if self.fresh + postings.len() > 4096 + self.mentions.len() / 16 {
            return self.merge(postings);
        }
        self.fresh += postings.len();
        for (key, mention) in postings {
            self.recent.entry(key).or_default().push(mention);
        }
    }

    /// Takes a mention out again.
    pub fn remove(&mut self, mention: u32, keys: &Keys) {
        let [a, b, c, _] = mention.to_le_bytes();
        for &key in &keys.put {
            if let Some(recent) = self.recent.get_mut(&key) {
                let before = recent.len();
                recent.retain(|&other| other != mention);
                self.fresh -= before - recent.len();
            }
            let run = self.run(key);
            let run = self.mentions.get_mut(run).unwrap_or_default();
            if let Some(at) = run.iter().position(|&other| other == [a, b, c]) {
                run.get_mut(at..).unwrap_or_default().rotate_left(1);
                if let Some(last) = run.last_mut() {
                    *last = GONE;
                }
            }
        }
    }

    /// Sorts in what is recent, with what comes in.
    fn merge(&mut self, mut recent: Vec<(u32, u32)>) {
        let before = std::mem::take(&mut self.recent).into_iter();
        recent.extend(
            before.flat_map(|(key, mentions)| mentions.into_iter().map(move |mention| (key, mention))),
        );
        recent.sort_unstable();
        let length = self.mentions.len() + recent.len();
        let mut recent = recent.into_iter().peekable();
        let before = std::mem::take(self);
        let mut old = before.postings().filter(|&(_, mention)| mention != number(GONE)).peekable();
        let merged = std::iter::from_fn(|| match (old.peek(), recent.peek()) {
            (Some(a), Some(b)) if b < a => recent.next(),
            (Some(_), _) => old.next(),
            (None, _) => recent.next(),
        });
        *self = Index::of_sorted(length, merged);
    }

    fn postings(&self) -> impl Iterator<Item = (u32, u32)> {
        let upper = self.starts.windows(2).enumerate();
        let uppers = upper.flat_map(|(upper, ends)| match *ends {
            [from, to] => std::iter::repeat_n((upper as u32) << LOWER, (to - from) as usize),
            _ => std::iter::repeat_n(0, 0),
        });
        let lowers = self.lowers.iter().zip(&self.mentions);
        uppers.zip(lowers).map(|(upper, (&low, &mention))| (upper | u32::from(low), number(mention)))
    }

    /// Where the postings of each key are that are no longer recent. All keys are sought in step, so that their reads from
    /// memory overlap: one after the other would wait for each.
    fn runs(&self, keys: &[u32]) -> Vec<Range<usize>> {
        let start = |at: usize| self.starts.get(at).map_or(0, |&start| start as usize);
        let low = |at: usize| self.lowers.get(at).copied().unwrap_or(u16::MAX);
        let mut runs: Vec<Range<usize>> =
            keys.iter().map(|&key| start(upper(key))..start(upper(key) + 1)).collect();
        let ends: Vec<usize> = runs.iter().map(|run| run.end).collect();
        let mut longest = runs.iter().map(Range::len).max().unwrap_or_default();
        while longest > 0 {
            longest /= 2;
            for (run, &key) in runs.iter_mut().zip(keys) {
                // Without branches, which nothing could foresee.
                let (length, middle) = (run.len(), run.start + run.len() / 2);
                let below = usize::from(low(middle) < lower(key)) * usize::from(length > 0);
                run.start += (length / 2 + 1) * below;
                run.end = run.start + (length - below) / 2;
            }
        }
        for ((run, &key), &end) in runs.iter_mut().zip(keys).zip(&ends) {
            let rest = self.lowers.get(run.start..end).unwrap_or_default();
            let count = match rest.get(LONG).is_some_and(|&low| low == lower(key)) {
                true => rest.partition_point(|&low| low == lower(key)),
                false => rest.iter().take_while(|&&low| low == lower(key)).count(),
            };
            run.end = run.start + count;
        }
        runs
    }

    /// Where the postings of a key are that are no longer recent.
    fn run(&self, key: u32) -> Range<usize> {
        self.runs(&[key]).pop().unwrap_or_default()
    }

    /// The mentions under a key, whose older ones stand in a run.
    fn parts(&self, key: u32, run: Range<usize>) -> Block<'_> {
        let run = self.mentions.get(run).unwrap_or_default();
        let gone = run.iter().rev().take_while(|&&mention| mention == GONE).count();
        let old = run.get(..run.len() - gone).unwrap_or_default();
        let recent = if self.recent.is_empty() { None } else { self.recent.get(&key) };
        Block { old, recent: recent.map_or(&[], Vec::as_slice) }
    }

    /// The mentions under a key.
    pub fn block(&self, key: u32) -> impl Iterator<Item = u32> {
        self.parts(key, self.run(key)).mentions()
    }

    /// How many mentions are under a key.
    pub(super) fn count(&self, key: u32) -> usize {
        self.parts(key, self.run(key)).len()
    }

    /// All mentions that meet one, in order; the blocks of more than [`BLOCK_MAX`] mentions are closed.
    pub fn all_candidates(&self, keys: &Keys) -> Vec<u32> {
        let mut met: Vec<u32> = self.meeting(keys).into_iter().flat_map(Block::mentions).collect();
        met.sort_unstable();
        met.dedup();
        met
    }

    /// The mentions that meet one, at most [`CANDIDATES_MAX`], those that share most keys: beside smaller blocks that hold
    /// enough the largest are not looked at.
    pub fn candidates(&self, keys: &Keys) -> Vec<u32> {
        let mut blocks = self.meeting(keys);
        blocks.sort_unstable_by_key(|block| (block.len(), block.old.first().copied()));
        let mut counts = Counts::default();
        for block in blocks {
            if counts.met >= CANDIDATES_MAX * MET {
                break;
            }
            block.mentions().for_each(|mention| counts.add(mention));
        }
        counts.most(CANDIDATES_MAX)
    }

    /// The open blocks in which a mention meets others.
    fn meeting(&self, keys: &Keys) -> Vec<Block<'_>> {
        let sought: Vec<u32> = keys.look.iter().map(|&(_, key)| key).collect();
        let runs = self.runs(&sought);
        let blocks = keys.look.iter().zip(runs).filter_map(|(&(put, key), run)| {
            let block = self.parts(key, run);
            (block.len() <= block_max(key)).then_some((put, key, block))
        });
        let blocks: Vec<(u32, u32, Block<'_>)> = blocks.collect();
        // Where its own block is closed it does not look beside it either.
        let of_one = blocks.chunk_by(|a, b| a.0 == b.0);
        let looked = of_one.filter(|of_one| of_one.iter().any(|(put, key, _)| put == key));
        looked.flatten().map(|&(_, _, block)| block).collect()
    }

    /// Whether two mentions meet in blocks that are open.
    pub(super) fn meet(&self, a: &Keys, b: &Keys) -> bool {
        let is_open = |key: u32| self.count(key) <= block_max(key);
        let open =
            |&&(put, key): &&(u32, u32)| b.put.binary_search(&key).is_ok() && is_open(put) && is_open(key);
        a.look.iter().any(|look| open(&look))
    }

    /// What it occupies.
    ///
    /// # Units
    /// Bytes.
    pub fn size(&self) -> usize {
        let recent =
            self.recent.capacity() * size_of::<(u32, Vec<u32>)>() + self.fresh * 4 * size_of::<u32>();
        self.starts.len() * 4 + self.lowers.capacity() * 2 + self.mentions.capacity() * 3 + recent
    }
}
