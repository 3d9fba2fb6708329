//! resolve: which mentions of all reports tell of the same incident.
//!
//! Mentions are compared by their [`Traits`], those that an [`Index`] lets meet; a [`Model`] scores each pair by named
//! signs, and the [`Joiner`] joins mentions so that a missed join is likelier than a wrong one. What people have said of a
//! pair is never overruled. The same mentions and judgements give the same incidents, in whatever order and portions they
//! come, and wherever the mentions lie: on a [`Shelf`] of a ledger, or in the memory of a [`Resolver`].

mod cluster;
mod host;
mod independence;
mod index;
mod joiner;
mod phrase;
mod score;
mod shelf;
mod traits;
mod words;

pub use independence::independence;
pub use index::{BLOCK_MAX, CANDIDATES_MAX, Index, Keys, MENTIONS_MAX};
pub(crate) use joiner::ordered;
pub use joiner::{Joined, Joiner};
pub use phrase::Phrases;
pub use score::{Model, Reason};
pub use shelf::Shelf;
pub(crate) use shelf::missing;
pub use traits::Traits;
pub use words::stem;

use crate::IncidentId;
use crate::store::StoreError;
use serde::{Deserialize, Serialize};
use shelf::Memory;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Groups whose pairs score less on average stay apart. Below even odds, because a pair that agrees poorly may belong to a
/// group whose other pairs agree well, and contradictions keep groups apart whatever their mean.
///
/// # Units
/// Log-odds.
pub const CUT: f32 = -1.3;

/// What a person finds of two mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They tell of the same incident.
    Same,
    /// They tell of different ones.
    NotSame,
    /// It cannot be told; the program shall not join them by itself.
    Unsure,
    /// An earlier verdict on the two was a mistake: as if nobody had judged.
    Lifted,
}

/// What somebody said of two mentions, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judgement {
    /// Orders judgements: the later one on a pair counts. The number of its entry, or a time.
    pub at: i64,
    /// What was said.
    pub verdict: Verdict,
}

/// A judgement that cannot stand beside others: `same` of mentions that others hold apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contested {
    /// The mentions said to be the same.
    pub same: (IncidentId, IncidentId),
}

/// Mentions that tell of one incident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cluster {
    /// The name of the oldest mention.
    pub id: IncidentId,
    /// The mentions, oldest first.
    pub mentions: Vec<IncidentId>,
}

/// Puts mentions together in memory.
pub struct Resolver {
    joiner: Joiner,
    shelf: Memory,
    /// For every mention the name of its cluster.
    cluster: BTreeMap<IncidentId, IncidentId>,
    contested: BTreeSet<Contested>,
}

impl Resolver {
    /// A resolver without mentions.
    pub fn new(model: Arc<Model>) -> Self {
        Resolver::of(Joiner::new(model, Vec::new()))
    }

    /// A resolver without mentions that scores pairs in another way: log-odds, the same whichever comes first.
    pub fn scored_by(score: impl Fn(&Traits, &Traits) -> f32 + Send + Sync + 'static) -> Self {
        Resolver::of(Joiner::scored_by(move |a, b, _| Some(score(a, b))))
    }

    fn of(joiner: Joiner) -> Self {
        Resolver { joiner, shelf: Memory::default(), cluster: BTreeMap::new(), contested: BTreeSet::new() }
    }

    /// The same with another mean from which on groups join, log-odds.
    pub fn with_cut(mut self, cut: f32) -> Self {
        self.joiner = self.joiner.with_cut(cut);
        self
    }

    /// Adds mentions; one that is there already is left as it is, and one beyond [`MENTIONS_MAX`] is not taken in.
    pub fn add(&mut self, mentions: impl IntoIterator<Item = Traits>) {
        let mentions = mentions.into_iter().map(Arc::new);
        let new = mentions.filter_map(|traits| Some((self.shelf.add(&traits)?, traits))).collect();
        in_memory(self.joiner.add(&mut self.shelf, new));
    }

    /// Takes a mention out.
    pub fn remove(&mut self, id: &IncidentId) {
        self.cluster.remove(id);
        self.contested.retain(|contested| contested.same.0 != *id && contested.same.1 != *id);
        if let Some(number) = in_memory(self.shelf.number(id)) {
            in_memory(self.joiner.remove(&mut self.shelf, number));
            self.shelf.remove(number);
        }
    }

    /// Notes what somebody said of two mentions, added or yet to come; of two judgements on one pair the later counts.
    pub fn judge(&mut self, a: &IncidentId, b: &IncidentId, judgement: Judgement) {
        in_memory(self.joiner.judge(&self.shelf, (a, b), judgement));
    }

    /// Joins anew what mentions and judgements since the last time bear on.
    pub fn join(&mut self) -> Joined {
        let joined = in_memory(self.joiner.join(&mut self.shelf));
        for Cluster { id, mentions } in &joined.clusters {
            self.contested.retain(|contested| !mentions.contains(&contested.same.0));
            self.cluster.extend(mentions.iter().map(|mention| (mention.clone(), id.clone())));
        }
        self.contested.extend(joined.contested.iter().cloned());
        joined
    }

    /// All clusters, in order of their names.
    pub fn clusters(&mut self) -> Vec<Cluster> {
        self.join();
        let mut mentions: Vec<&Traits> = self.shelf.all().collect();
        mentions.sort_unstable_by(|a, b| (a.entry, &a.id).cmp(&(b.entry, &b.id)));
        let mut clusters: BTreeMap<&IncidentId, Vec<IncidentId>> = BTreeMap::new();
        for mention in &mentions {
            let id = self.cluster.get(&mention.id).unwrap_or(&mention.id);
            clusters.entry(id).or_default().push(mention.id.clone());
        }
        clusters.into_iter().map(|(id, mentions)| Cluster { id: id.clone(), mentions }).collect()
    }

    /// Judgements that cannot stand beside others, as of the last time that mentions were joined.
    pub fn contested(&self) -> Vec<Contested> {
        self.contested.iter().cloned().collect()
    }
}

/// What a shelf in memory answers: it never fails.
fn in_memory<T: Default>(answer: Result<T, StoreError>) -> T {
    debug_assert!(answer.is_ok());
    answer.unwrap_or_default()
}

#[cfg(test)]
mod tests;
