//! hash: a number for a word, and may it be among many known ones?

use rustc_hash::FxHasher;
use std::hash::Hasher;

/// A number for a word, the same on every run.
pub(crate) fn of(word: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    hasher.finish()
}

/// A bit for some of every hash of a set: most hashes that are not in it are told by one look into little memory.
///
/// `BLOCKS` blocks of 64 bits; a power of two.
#[derive(Clone, Debug)]
pub(crate) struct Filter<const BLOCKS: usize>(Box<[u64; BLOCKS]>);

impl<const BLOCKS: usize> Default for Filter<BLOCKS> {
    fn default() -> Self {
        Filter(Box::new([0; BLOCKS]))
    }
}

impl<const BLOCKS: usize> Filter<BLOCKS> {
    /// Adds a hash.
    pub(crate) fn add(&mut self, hash: u64) {
        let (block, bit) = place::<BLOCKS>(hash);
        self.0[block] |= bit;
    }

    /// Whether a hash may be in the set; surely not if it says no.
    #[inline(always)]
    pub(crate) fn may_hold(&self, hash: u64) -> bool {
        let (block, bit) = place::<BLOCKS>(hash);
        self.0[block] & bit != 0
    }
}

#[inline(always)]
fn place<const BLOCKS: usize>(hash: u64) -> (usize, u64) {
    let hash = hash ^ hash >> 32;
    ((hash >> 6) as usize % BLOCKS, 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_holds_what_it_was_given_and_little_else() {
        let mut filter = Filter::<1024>::default();
        let word = |n: usize| of(&format!("word {n}"));
        (0..2000).for_each(|n| filter.add(word(n)));
        assert!((0..2000).all(|n| filter.may_hold(word(n))));
        assert!((2000..4000).filter(|&n| filter.may_hold(word(n))).count() < 200);
    }
}
