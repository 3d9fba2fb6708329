//! shelf: where mentions are kept that are not in memory.

use super::traits::Traits;
use crate::IncidentId;
use crate::store::StoreError;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where mentions lie, each under a number of its own that no other ever gets, below [`super::MENTIONS_MAX`].
///
/// Each belongs to a **set**: mentions that could be one incident, directly or by way of others. A set bears the number of
/// one of them.
pub trait Shelf {
    /// The number of a mention; none when there is no such mention.
    ///
    /// # Errors
    /// When the shelf cannot be read.
    fn number(&self, id: &IncidentId) -> Result<Option<u32>, StoreError>;

    /// What a mention is compared by.
    ///
    /// # Errors
    /// When the shelf cannot be read, or holds no mention of this number.
    fn traits(&mut self, number: u32) -> Result<Arc<Traits>, StoreError>;

    /// The set that a mention belongs to.
    ///
    /// # Errors
    /// When the shelf cannot be read, or holds no mention of this number.
    fn set_of(&self, number: u32) -> Result<u32, StoreError>;

    /// The mentions of a set.
    ///
    /// # Errors
    /// When the shelf cannot be read.
    fn members(&self, set: u32) -> Result<Vec<u32>, StoreError>;

    /// Puts a mention into a set.
    ///
    /// # Errors
    /// When the shelf cannot be written.
    fn put_into(&mut self, number: u32, set: u32) -> Result<(), StoreError>;
}

/// A shelf in memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    mentions: Vec<Option<Arc<Traits>>>,
    numbers: FxHashMap<IncidentId, u32>,
    sets: Vec<u32>,
    members: FxHashMap<u32, BTreeSet<u32>>,
}

impl Memory {
    /// Puts a mention on the shelf; its number, none when it is there already or there are too many.
    pub(super) fn add(&mut self, traits: &Arc<Traits>) -> Option<u32> {
        let number = u32::try_from(self.mentions.len()).ok().filter(|&n| n < super::MENTIONS_MAX)?;
        if self.numbers.contains_key(&traits.id) {
            return None;
        }
        self.numbers.insert(traits.id.clone(), number);
        self.mentions.push(Some(Arc::clone(traits)));
        self.sets.push(number);
        self.members.insert(number, BTreeSet::from([number]));
        Some(number)
    }

    /// Takes a mention from the shelf.
    pub(super) fn remove(&mut self, number: u32) {
        let Some(traits) = self.mentions.get_mut(number as usize).and_then(Option::take) else { return };
        self.numbers.remove(&traits.id);
        self.leave(number);
    }

    /// All mentions, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = &Traits> {
        self.mentions.iter().flatten().map(|traits| &**traits)
    }

    fn leave(&mut self, number: u32) {
        let set = self.sets.get(number as usize).copied().unwrap_or(number);
        if let Some(members) = self.members.get_mut(&set) {
            members.remove(&number);
        }
    }
}

impl Shelf for Memory {
    fn number(&self, id: &IncidentId) -> Result<Option<u32>, StoreError> {
        Ok(self.numbers.get(id).copied())
    }

    fn traits(&mut self, number: u32) -> Result<Arc<Traits>, StoreError> {
        let found = self.mentions.get(number as usize).and_then(Option::as_ref);
        found.cloned().ok_or_else(|| missing(number))
    }

    fn set_of(&self, number: u32) -> Result<u32, StoreError> {
        self.sets.get(number as usize).copied().ok_or_else(|| missing(number))
    }

    fn members(&self, set: u32) -> Result<Vec<u32>, StoreError> {
        Ok(self.members.get(&set).into_iter().flatten().copied().collect())
    }

    fn put_into(&mut self, number: u32, set: u32) -> Result<(), StoreError> {
        self.leave(number);
        if let Some(of) = self.sets.get_mut(number as usize) {
            *of = set;
        }
        self.members.entry(set).or_default().insert(number);
        Ok(())
    }
}

/// The fault of a shelf that was asked for what it does not hold.
pub(crate) fn missing(number: u32) -> StoreError {
    StoreError::Index(format!("there is no mention {number}"))
}
