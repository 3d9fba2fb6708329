//! resolve: which mentions of all reports tell of the same incident.
//!
//! Mentions are compared by their [`Traits`], those that an [`Index`] lets meet; a [`Model`] scores each pair by named
//! signs, and the [`Resolver`] joins mentions so that a missed join is likelier than a wrong one. What people have said of
//! a pair is never overruled. The same mentions and judgements give the same incidents, in whatever order and portions
//! they come.

mod cluster;
mod independence;
mod index;
mod score;
mod traits;
mod words;

pub use independence::independence;
pub use index::{BLOCK_MAX, CANDIDATES_MAX, Index, Keys, MENTIONS_MAX};
pub use score::{Model, Reason};
pub use traits::Traits;
pub use words::stem;

use crate::IncidentId;
use cluster::Groups;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs of a lower score do not bring mentions together at all.
///
/// # Units
/// Log-odds.
const EDGE: f32 = -3.0;
/// Groups whose pairs score less on average stay apart. Below even odds, because a pair that agrees poorly may belong to a
/// group whose other pairs agree well, and contradictions keep groups apart whatever their mean.
///
/// # Units
/// Log-odds.
pub const CUT: f32 = -1.0;
/// Mentions of which two score less are not joined, whatever speaks for the others: they contradict one another.
///
/// # Units
/// Log-odds.
const CONFLICT: f32 = -5.0;
/// Mentions of a set in which each is compared with each.
const COMPARED_MAX: usize = 128;

/// What somebody says of two mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They tell of one incident.
    Same,
    /// They tell of two.
    NotSame,
    /// It cannot be told: the program does not join them by themselves.
    Unsure,
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

/// How two mentions are scored, log-odds; the same whichever comes first.
type Score = dyn Fn(&Traits, &Traits) -> f32 + Send + Sync;

/// Puts mentions together as they come.
pub struct Resolver {
    score: Box<Score>,
    cut: f32,
    index: Index,
    mentions: Vec<Option<Traits>>,
    numbers: BTreeMap<IncidentId, u32>,
    /// For every mention those it is compared with and the score, when that is above [`EDGE`].
    edges: Vec<BTreeMap<u32, f32>>,
    judgements: BTreeMap<(IncidentId, IncidentId), Judgement>,
    /// For every mention those that somebody spoke of with it.
    judged: BTreeMap<IncidentId, BTreeSet<IncidentId>>,
    touched: BTreeSet<u32>,
    /// For every mention the oldest of its incident.
    oldest: Vec<u32>,
    contested: BTreeMap<(IncidentId, IncidentId), u32>,
}

impl Resolver {
    /// A resolver without mentions.
    pub fn new(model: Arc<Model>) -> Self {
        Resolver::scored_by(move |a, b| model.score(a, b))
    }

    /// A resolver without mentions that scores pairs in another way: log-odds, the same whichever comes first.
    pub fn scored_by(score: impl Fn(&Traits, &Traits) -> f32 + Send + Sync + 'static) -> Self {
        Resolver {
            score: Box::new(score),
            cut: CUT,
            index: Index::default(),
            mentions: Vec::new(),
            numbers: BTreeMap::new(),
            edges: Vec::new(),
            judgements: BTreeMap::new(),
            judged: BTreeMap::new(),
            touched: BTreeSet::new(),
            oldest: Vec::new(),
            contested: BTreeMap::new(),
        }
    }

    /// The same with another mean from which on groups join, log-odds.
    pub fn with_cut(mut self, cut: f32) -> Self {
        self.cut = cut;
        self
    }

    /// Adds a mention; one that is there already is left as it is, and one beyond [`MENTIONS_MAX`] is not taken in.
    pub fn add(&mut self, traits: Traits) {
        let Ok(number) = u32::try_from(self.mentions.len()) else { return };
        if number >= MENTIONS_MAX || self.numbers.contains_key(&traits.id) {
            return;
        }
        let keys = Keys::of(&traits);
        self.numbers.insert(traits.id.clone(), number);
        self.mentions.push(Some(traits));
        self.edges.push(BTreeMap::new());
        self.oldest.push(number);
        let closing = self.closing(&keys, false);
        self.index.insert(number, &keys);
        self.connect(number, &keys);
        let mut kept = BTreeMap::new();
        for member in closing {
            self.disconnect(member, &mut kept);
        }
        self.touched.insert(number);
    }

    /// Takes a mention out, of a report that was withdrawn.
    pub fn remove(&mut self, id: &IncidentId) {
        let Some(number) = self.numbers.remove(id) else { return };
        let Some(traits) = self.mentions.get_mut(number as usize).and_then(Option::take) else { return };
        let keys = Keys::of(&traits);
        let opening = self.closing(&keys, true);
        self.index.remove(number, &keys);
        self.touched.remove(&number);
        let around = self.judged.get(id).into_iter().flatten().filter_map(|other| self.numbers.get(other));
        self.touched.extend(around);
        let edges = self.edges.get_mut(number as usize).map(std::mem::take).unwrap_or_default();
        for &other in edges.keys() {
            self.touched.insert(other);
            if let Some(back) = self.edges.get_mut(other as usize) {
                back.remove(&number);
            }
        }
        for member in opening {
            if let Some(keys) = self.traits(member).map(Keys::of) {
                self.connect(member, &keys);
            }
        }
    }

    /// Notes what somebody said of two mentions, added or yet to come; of two judgements on one pair the later counts.
    pub fn judge(&mut self, a: &IncidentId, b: &IncidentId, judgement: Judgement) {
        let pair = ordered(a, b);
        let before = self.judgements.get(&pair);
        if a != b && before.is_none_or(|before| *before < judgement) {
            self.judgements.insert(pair, judgement);
            self.judged.entry(a.clone()).or_default().insert(b.clone());
            self.judged.entry(b.clone()).or_default().insert(a.clone());
            self.touch(a, b);
        }
    }

    /// Forgets what was said of two mentions.
    pub fn unjudge(&mut self, a: &IncidentId, b: &IncidentId) {
        if self.judgements.remove(&ordered(a, b)).is_some() {
            for (a, b) in [(a, b), (b, a)] {
                if let Some(others) = self.judged.get_mut(a) {
                    others.remove(b);
                }
            }
            self.touch(a, b);
        }
    }

    /// Joins anew what mentions and judgements since the last time bear on: the clusters in the sets that were touched.
    pub fn update(&mut self) -> Vec<Cluster> {
        let mut clusters = Vec::new();
        let mut seen = BTreeSet::new();
        for number in std::mem::take(&mut self.touched) {
            if !seen.contains(&number) && self.traits(number).is_some() {
                let set = self.reach(number);
                seen.extend(set.iter().copied());
                clusters.extend(self.join(set));
            }
        }
        clusters.sort_unstable();
        clusters
    }

    /// All clusters, in order of their names.
    pub fn clusters(&mut self) -> Vec<Cluster> {
        self.update();
        let mut clusters: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &number in self.numbers.values() {
            clusters.entry(self.oldest(number)).or_default().push(number);
        }
        let mut clusters: Vec<Cluster> =
            clusters.into_values().filter_map(|members| self.cluster(members)).collect();
        clusters.sort_unstable();
        clusters
    }

    /// Judgements that cannot stand beside others, as of the last update.
    pub fn contested(&self) -> Vec<Contested> {
        self.contested.keys().map(|same| Contested { same: same.clone() }).collect()
    }

    /// The mentions that meet one and the score of each, the likeliest first: for a person who looks for what it could be.
    pub fn matches(&self, traits: &Traits) -> Vec<(IncidentId, f32)> {
        let candidates = self.index.candidates(&Keys::of(traits), CANDIDATES_MAX);
        let others = candidates
            .into_iter()
            .filter_map(|number| self.traits(number))
            .filter(|other| other.id != traits.id);
        let mut scored: Vec<(IncidentId, f32)> =
            others.map(|other| (other.id.clone(), (self.score)(traits, other))).collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        scored
    }

    /// The traits of a mention that was added.
    pub fn get(&self, id: &IncidentId) -> Option<&Traits> {
        self.traits(*self.numbers.get(id)?)
    }

    fn traits(&self, number: u32) -> Option<&Traits> {
        self.mentions.get(number as usize)?.as_ref()
    }

    fn oldest(&self, number: u32) -> u32 {
        self.oldest.get(number as usize).copied().unwrap_or(number)
    }

    fn touch(&mut self, a: &IncidentId, b: &IncidentId) {
        self.touched.extend([a, b].into_iter().filter_map(|id| self.numbers.get(id)));
    }

    /// Members of the blocks that one mention more closes, or one less opens.
    fn closing(&self, keys: &Keys, opens: bool) -> BTreeSet<u32> {
        let crosses = |&&key: &&u32| self.index.count(key) == index::block_max(key) + usize::from(opens);
        let crossing = keys.put().iter().filter(crosses);
        crossing.flat_map(|&key| self.index.block(key)).collect()
    }

    /// Compares a mention with those that it meets.
    fn connect(&mut self, number: u32, keys: &Keys) {
        let candidates = self.index.candidates(keys, usize::MAX);
        for other in candidates {
            let (Some(a), Some(b)) = (self.traits(number), self.traits(other)) else { continue };
            if other == number {
                continue;
            }
            let score = (self.score)(a, b);
            if score > EDGE {
                for (a, b) in [(number, other), (other, number)] {
                    if let Some(edges) = self.edges.get_mut(a as usize) {
                        edges.insert(b, score);
                    }
                }
                self.touched.extend([number, other]);
            }
        }
    }

    /// Forgets the pairs of a mention that no longer meet; keys are kept for the next.
    fn disconnect(&mut self, number: u32, kept: &mut BTreeMap<u32, Keys>) {
        let others: Vec<u32> =
            self.edges.get(number as usize).into_iter().flat_map(|edges| edges.keys().copied()).collect();
        for &of in others.iter().chain([&number]) {
            if let Some(traits) = self.traits(of) {
                kept.entry(of).or_insert_with(|| Keys::of(traits));
            }
        }
        let Some(keys) = kept.get(&number) else { return };
        for other in others {
            if kept.get(&other).is_some_and(|theirs| !self.index.meet(keys, theirs)) {
                for (a, b) in [(number, other), (other, number)] {
                    if let Some(edges) = self.edges.get_mut(a as usize) {
                        edges.remove(&b);
                    }
                }
                self.touched.extend([number, other]);
            }
        }
    }

    /// What scores and judgements connect with a mention, the oldest first.
    fn reach(&self, number: u32) -> Vec<u32> {
        let mut set = BTreeSet::from([number]);
        let mut open = vec![number];
        while let Some(number) = open.pop() {
            let edges = self.edges.get(number as usize).into_iter().flat_map(|edges| edges.keys().copied());
            let judged = self.traits(number).and_then(|t| self.judged.get(&t.id)).into_iter().flatten();
            let judged = judged.filter_map(|other| self.numbers.get(other).copied());
            open.extend(edges.chain(judged).filter(|&other| set.insert(other)));
        }
        let mut set: Vec<u32> = set.into_iter().collect();
        set.sort_by_key(|&number| self.age(number));
        set
    }

    /// What orders mentions: when they were added, then their names.
    fn age(&self, number: u32) -> Option<(i64, &IncidentId)> {
        self.traits(number).map(|traits| (traits.added_at, &traits.id))
    }

    /// Joins the mentions of one set.
    fn join(&mut self, set: Vec<u32>) -> Vec<Cluster> {
        let mut groups = Groups::new(set.len());
        let at: BTreeMap<u32, usize> = set.iter().enumerate().map(|(at, &number)| (number, at)).collect();
        self.contested.retain(|_, number| !at.contains_key(number));
        self.link(&set, &at, &mut groups);
        self.obey(&set, &at, &mut groups);
        let mut members: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (group, &number) in groups.agglomerate(self.cut).into_iter().zip(&set) {
            members.entry(group).or_default().push(number);
        }
        for members in members.values() {
            for &number in members {
                if let (Some(oldest), Some(&first)) = (self.oldest.get_mut(number as usize), members.first())
                {
                    *oldest = first;
                }
            }
        }
        members.into_values().filter_map(|members| self.cluster(members)).collect()
    }

    /// The scores of the pairs of a set: of all where it is small, else of those that met.
    fn link(&self, set: &[u32], at: &BTreeMap<u32, usize>, groups: &mut Groups) {
        for (a, &number) in set.iter().enumerate() {
            let Some(one) = self.traits(number) else { continue };
            let edges = self.edges.get(number as usize);
            let known = |other: &u32| edges.and_then(|edges| edges.get(other)).copied();
            let others: Vec<(usize, u32)> = if set.len() <= COMPARED_MAX {
                set.iter().copied().enumerate().skip(a + 1).collect()
            } else {
                let met = edges.into_iter().flat_map(|edges| edges.keys());
                met.filter_map(|other| Some((*at.get(other)?, *other))).filter(|(b, _)| *b > a).collect()
            };
            for (b, other) in others {
                let Some(two) = self.traits(other) else { continue };
                let score = known(&other).unwrap_or_else(|| (self.score)(one, two));
                let unsure = self.judgement(one, two).is_some_and(|j| j.verdict == Verdict::Unsure);
                let doubtful = unsure || score::contradict(one, two);
                groups.link(a, b, if doubtful { score.min(EDGE) } else { score });
                if score < CONFLICT || one.report == two.report && score < 0.0 {
                    groups.contradict(a, b);
                }
            }
        }
    }

    fn judgement(&self, a: &Traits, b: &Traits) -> Option<&Judgement> {
        if self.judgements.is_empty() {
            return None;
        }
        self.judgements.get(&ordered(&a.id, &b.id))
    }

    /// Puts together and holds apart what people said, `not_same` before `same`, of those the earliest first.
    fn obey(&mut self, set: &[u32], at: &BTreeMap<u32, usize>, groups: &mut Groups) {
        let mut same = Vec::new();
        for (a, &number) in set.iter().enumerate() {
            let Some(one) = self.traits(number) else { continue };
            for other in self.judged.get(&one.id).into_iter().flatten().filter(|other| **other > one.id) {
                let pair = (one.id.clone(), other.clone());
                let b = self.numbers.get(other).and_then(|number| at.get(number));
                let (Some(&b), Some(judgement)) = (b, self.judgements.get(&pair)) else { continue };
                match judgement.verdict {
                    Verdict::NotSame => groups.hold_apart(a, b),
                    Verdict::Same => same.push((judgement.at, pair, a, b, number)),
                    Verdict::Unsure => {}
                }
            }
        }
        same.sort_unstable();
        for (_, pair, a, b, number) in same {
            if !groups.put_together(a, b) {
                self.contested.insert(pair, number);
            }
        }
    }

    /// Members, oldest first, as a cluster.
    fn cluster(&self, mut members: Vec<u32>) -> Option<Cluster> {
        members.sort_by_key(|&number| self.age(number));
        let mentions: Vec<IncidentId> =
            members.iter().filter_map(|&n| self.traits(n)).map(|t| t.id.clone()).collect();
        Some(Cluster { id: mentions.first()?.clone(), mentions })
    }
}

fn ordered(a: &IncidentId, b: &IncidentId) -> (IncidentId, IncidentId) {
    if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) }
}

#[cfg(test)]
mod tests;
