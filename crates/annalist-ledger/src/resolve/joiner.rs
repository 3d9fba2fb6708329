//! joiner: mentions put together as they come, with what they have to do with looked up on a [`Shelf`].
//!
//! In memory are the [`Index`] and what people have said; the mentions themselves are read when something bears on them. A
//! **set** is joined as a whole and anew each time one of its members is touched: sets do not bear on one another, so that
//! what is untouched stays as it was.

use super::cluster::Groups;
use super::index::{self, Index, Keys};
use super::shelf::Shelf;
use super::traits::Traits;
use super::{CUT, Cluster, Contested, Judgement, MENTIONS_MAX, Model, Verdict, score};
use crate::IncidentId;
use crate::store::StoreError;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pairs of a lower score do not bring mentions into one set.
///
/// # Units
/// Log-odds.
pub(super) const EDGE: f32 = -3.0;
/// Mentions of which two score less are not joined, whatever speaks for the others: they contradict one another.
///
/// # Units
/// Log-odds.
const CONFLICT: f32 = -5.0;
/// Mentions of a set in which each is compared with each.
const COMPARED_MAX: usize = 128;

/// How two mentions are scored, log-odds, the same whichever comes first; it may say nothing when that is not above the
/// least that is asked for.
type Score = dyn Fn(&Traits, &Traits, f32) -> Option<f32> + Send + Sync;

/// Puts mentions together as they come.
pub struct Joiner {
    score: Box<Score>,
    cut: f32,
    index: Index,
    judgements: BTreeMap<(IncidentId, IncidentId), Judgement>,
    /// For every mention those that somebody spoke of with it.
    judged: BTreeMap<IncidentId, BTreeSet<IncidentId>>,
    /// Mentions whose sets are to be joined anew.
    touched: BTreeSet<u32>,
    /// Of these, those that came since.
    fresh: BTreeSet<u32>,
    /// Scores above [`EDGE`] of pairs of which one is fresh.
    near: BTreeMap<(u32, u32), f32>,
    /// Mentions that were in blocks which have closed since: they may not meet any more.
    loosened: BTreeSet<u32>,
}

/// What joining anew came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// The clusters in the sets that were touched, in order of their names.
    pub clusters: Vec<Cluster>,
    /// The judgements in these that cannot stand beside others.
    pub contested: Vec<Contested>,
}

impl Joiner {
    /// One for mentions of which these are already on the shelf: pairs of a key under which one is put, and its number.
    pub fn new(model: Arc<Model>, postings: Vec<(u32, u32)>) -> Self {
        let score = move |a: &Traits, b: &Traits, least: f32| model.score_above(a, b, least);
        Joiner { index: Index::build(postings), ..Joiner::scored_by(score) }
    }

    /// One that scores pairs in another way.
    pub(super) fn scored_by(
        score: impl Fn(&Traits, &Traits, f32) -> Option<f32> + Send + Sync + 'static,
    ) -> Self {
        Joiner {
            score: Box::new(score),
            cut: CUT,
            index: Index::default(),
            judgements: BTreeMap::new(),
            judged: BTreeMap::new(),
            touched: BTreeSet::new(),
            fresh: BTreeSet::new(),
            near: BTreeMap::new(),
            loosened: BTreeSet::new(),
        }
    }

    /// The same with another mean from which on groups join, log-odds.
    pub(super) fn with_cut(mut self, cut: f32) -> Self {
        self.cut = cut;
        self
    }

    /// Takes in mentions that have come onto the shelf, each in a set of its own.
    ///
    /// # Errors
    /// When the shelf cannot be read.
    pub fn add(&mut self, shelf: &mut dyn Shelf, new: Vec<(u32, Arc<Traits>)>) -> Result<(), StoreError> {
        let new = new.into_par_iter().filter(|&(number, _)| number < MENTIONS_MAX);
        let new: Vec<Member> = new.map(Member::of).collect();
        let mut postings: Vec<(u32, u32)> =
            new.iter().flat_map(|member| member.keys.put().iter().map(|&key| (key, member.number))).collect();
        postings.sort_unstable();
        for block in postings.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(key, _)) = block.first() else { continue };
            let (before, most) = (self.index.count(key), index::block_max(key));
            if before <= most && before + block.len() > most {
                self.loosened.extend(self.index.block(key));
            }
        }
        self.touched.extend(&self.loosened);
        self.index.insert_all(postings);
        for member in &new {
            self.touched.insert(member.number);
            self.fresh.insert(member.number);
            for other in self.judged.get(&member.traits.id).into_iter().flatten() {
                self.touched.extend(shelf.number(other)?);
            }
        }
        let index = &self.index;
        let first = new.iter().map(|member| (member.number, &member.traits)).collect::<FxHashMap<_, _>>();
        // Of two that are new the later is compared with the earlier.
        let met = |member: &Member| {
            let mut met = index.all_candidates(&member.keys);
            met.retain(|other| {
                *other < member.number || *other != member.number && !first.contains_key(other)
            });
            met
        };
        let met: Vec<Vec<u32>> = new.par_iter().map(met).collect();
        let mut at_hand: FxHashMap<u32, Arc<Traits>> = FxHashMap::default();
        for &other in met.iter().flatten() {
            if let Entry::Vacant(place) = at_hand.entry(other) {
                place.insert(match first.get(&other) {
                    Some(traits) => Arc::clone(traits),
                    None => shelf.traits(other)?,
                });
            }
        }
        let score = &self.score;
        let near: Vec<((u32, u32), f32)> = new
            .par_iter()
            .zip(met)
            .flat_map_iter(|(member, met)| {
                let at_hand = &at_hand;
                met.into_iter().filter_map(move |other| {
                    let score = score(&member.traits, at_hand.get(&other)?, EDGE)?;
                    (score > EDGE).then_some((ordered(member.number, other), score))
                })
            })
            .collect();
        self.touched.extend(near.iter().flat_map(|&((a, b), _)| [a, b]));
        self.near.extend(near);
        Ok(())
    }

    /// Takes a mention out that is still on the shelf, and is to be taken from it before the next [`Joiner::join`].
    ///
    /// # Errors
    /// When the shelf cannot be read.
    pub fn remove(&mut self, shelf: &mut dyn Shelf, number: u32) -> Result<(), StoreError> {
        if number >= MENTIONS_MAX {
            return Ok(());
        }
        let keys = Keys::of(shelf.traits(number)?.as_ref());
        let mut meet_again = BTreeSet::new();
        for &key in keys.put() {
            if self.index.count(key) == index::block_max(key) + 1 {
                meet_again.extend(self.index.block(key));
            }
        }
        self.index.remove(number, &keys);
        meet_again.remove(&number);
        // To look for its scores among all would take longer, of many that are taken out, than to reckon them again.
        self.fresh.clear();
        self.near.clear();
        // Blocks open: those in them meet again, and those that look there.
        for member in meet_again {
            let keys = Keys::of(shelf.traits(member)?.as_ref());
            self.touched.extend(self.index.all_candidates(&keys));
            self.touched.insert(member);
        }
        self.touched.extend(shelf.members(shelf.set_of(number)?)?);
        self.touched.remove(&number);
        self.loosened.remove(&number);
        Ok(())
    }

    /// Notes what somebody said of two mentions, on the shelf or yet to come; of two judgements on one pair the later counts.
    ///
    /// # Errors
    /// When the shelf cannot be read.
    pub fn judge(
        &mut self,
        shelf: &dyn Shelf,
        (a, b): (&IncidentId, &IncidentId),
        judgement: Judgement,
    ) -> Result<(), StoreError> {
        if self.note(a, b, judgement) {
            self.touched.extend(shelf.number(a)?);
            self.touched.extend(shelf.number(b)?);
        }
        Ok(())
    }

    /// Takes what was judged before as known: the mentions on the shelf are joined by it already.
    pub fn recall<'a>(
        &mut self,
        judgements: impl IntoIterator<Item = ((&'a IncidentId, &'a IncidentId), Judgement)>,
    ) {
        for ((a, b), judgement) in judgements {
            self.note(a, b, judgement);
        }
    }

    /// Whether it is another judgement than before.
    fn note(&mut self, a: &IncidentId, b: &IncidentId, judgement: Judgement) -> bool {
        let pair = ordered(a.clone(), b.clone());
        let before = self.judgements.get(&pair);
        if a == b || before.is_some_and(|before| *before >= judgement) {
            return false;
        }
        self.judgements.insert(pair, judgement);
        self.judged.entry(a.clone()).or_default().insert(b.clone());
        self.judged.entry(b.clone()).or_default().insert(a.clone());
        true
    }

    /// Joins anew what mentions and judgements since the last time bear on.
    ///
    /// # Errors
    /// When the shelf cannot be read or written.
    pub fn join(&mut self, shelf: &mut dyn Shelf) -> Result<Joined, StoreError> {
        let (members, was) = self.members(shelf)?;
        let at: FxHashMap<u32, usize> =
            members.iter().enumerate().map(|(at, member)| (member.number, at)).collect();
        let edges = self.edges(&members, &at);
        let ties = self.ties(shelf, &members, &at)?;
        let pairs = edges.iter().enumerate().flat_map(|(a, of)| of.iter().map(move |&(b, _)| (a, b)));
        let mut sets = connected(members.len(), pairs.chain(ties.iter().map(|tie| (tie.a, tie.b))));
        let mut of_set: FxHashMap<usize, Vec<&Tie<'_>>> = FxHashMap::default();
        let set_of: FxHashMap<usize, usize> = sets
            .iter()
            .enumerate()
            .flat_map(|(set, members)| members.iter().map(move |&at| (at, set)))
            .collect();
        for tie in &ties {
            if let Some(&set) = set_of.get(&tie.a) {
                of_set.entry(set).or_default().push(tie);
            }
        }
        let age = |at: &usize| members.get(*at).map(|m| (m.traits.entry, &m.traits.id));
        let joined: Vec<Joined> = sets
            .par_iter_mut()
            .enumerate()
            .map(|(n, set)| {
                set.sort_by_key(age);
                let ties = of_set.get(&n).map_or(&[][..], Vec::as_slice);
                let set: Vec<usize> = set.clone();
                self.join_set(&members, &edges, &set, ties)
            })
            .collect();
        for set in &sets {
            let numbers = || set.iter().filter_map(|&at| Some((members.get(at)?.number, *was.get(at)?)));
            let Some(name) = numbers().map(|(number, _)| number).min() else { continue };
            for (number, was) in numbers() {
                if was != name {
                    shelf.put_into(number, name)?;
                }
            }
        }
        self.touched.clear();
        self.fresh.clear();
        self.near.clear();
        self.loosened.clear();
        let mut all = Joined::default();
        for joined in joined {
            all.clusters.extend(joined.clusters);
            all.contested.extend(joined.contested);
        }
        all.clusters.sort_unstable();
        all.contested.sort_unstable();
        Ok(all)
    }

    /// The mentions that meet one and the score of each, the likeliest first: what it could be.
    ///
    /// # Errors
    /// When the shelf cannot be read.
    pub fn matches(
        &self,
        shelf: &mut dyn Shelf,
        traits: &Traits,
    ) -> Result<Vec<(IncidentId, f32)>, StoreError> {
        let mut scored = Vec::new();
        for number in self.index.candidates(&Keys::of(traits)) {
            let other = shelf.traits(number)?;
            if other.id != traits.id {
                let score = (self.score)(traits, &other, f32::NEG_INFINITY).unwrap_or(f32::NEG_INFINITY);
                scored.push((other.id.clone(), score));
            }
        }
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(scored)
    }

    /// The mentions of the sets that were touched, and the set that each is in.
    fn members(&self, shelf: &mut dyn Shelf) -> Result<(Vec<Member>, Vec<u32>), StoreError> {
        let mut sets = BTreeSet::new();
        for &number in &self.touched {
            sets.insert(shelf.set_of(number)?);
        }
        let mut members: Vec<(u32, u32)> = Vec::new();
        for set in sets {
            members.extend(shelf.members(set)?.into_iter().map(|number| (number, set)));
        }
        members.sort_unstable();
        let of_one = |&(number, _): &(u32, u32)| Ok((number, shelf.traits(number)?));
        let at_hand: Vec<(u32, Arc<Traits>)> =
            members.iter().map(of_one).collect::<Result<_, StoreError>>()?;
        let members_at_hand = at_hand.into_par_iter().map(Member::of).collect();
        Ok((members_at_hand, members.into_iter().map(|(_, set)| set).collect()))
    }

    /// For every member those after and before it that score above [`EDGE`], in order.
    fn edges(&self, members: &[Member], at: &FxHashMap<u32, usize>) -> Vec<Vec<(usize, f32)>> {
        let keys = |number: &u32| Some(&members.get(*at.get(number)?)?.keys);
        let parted = |a: &u32, b: &u32| {
            (self.loosened.contains(a) || self.loosened.contains(b))
                && keys(a).zip(keys(b)).is_some_and(|(a, b)| !self.index.meet(a, b))
        };
        let known = self.near.iter().filter(|((a, b), _)| !parted(a, b));
        let known = known.filter_map(|((a, b), score)| Some((*at.get(a)?, *at.get(b)?, *score)));
        let is_old = |number: &u32| !self.fresh.contains(number);
        let of_old = |(a, member): (usize, &Member)| {
            let met = self.index.all_candidates(&member.keys).into_iter();
            let met = met.filter(|other| *other < member.number && is_old(other));
            let scored = met.filter_map(|other| {
                let b = *at.get(&other)?;
                let score = (self.score)(&member.traits, &members.get(b)?.traits, EDGE)?;
                (score > EDGE).then_some((a, b, score))
            });
            scored.collect::<Vec<_>>()
        };
        let old = members.par_iter().enumerate().filter(|(_, member)| is_old(&member.number));
        let found: Vec<(usize, usize, f32)> = old.flat_map_iter(of_old).collect();
        let mut edges = vec![Vec::new(); members.len()];
        for (a, b, score) in known.chain(found) {
            for (a, b) in [(a, b), (b, a)] {
                if let Some(edges) = edges.get_mut(a) {
                    edges.push((b, score));
                }
            }
        }
        edges
            .par_iter_mut()
            .for_each(|edges: &mut Vec<(usize, f32)>| edges.sort_unstable_by_key(|edge| edge.0));
        edges
    }

    /// What people said of two members.
    fn ties(
        &self,
        shelf: &dyn Shelf,
        members: &[Member],
        at: &FxHashMap<u32, usize>,
    ) -> Result<Vec<Tie<'_>>, StoreError> {
        let mut ties = Vec::new();
        for (a, member) in members.iter().enumerate().filter(|_| !self.judged.is_empty()) {
            let id = &member.traits.id;
            for other in self.judged.get(id).into_iter().flatten().filter(|other| *other > id) {
                let pair = (id.clone(), other.clone());
                let judgement = self.judgements.get(&pair).filter(|said| said.verdict != Verdict::Lifted);
                let b = shelf.number(other)?.and_then(|number| at.get(&number));
                if let Some((judgement, &b)) = judgement.zip(b) {
                    ties.push(Tie { a, b, pair, judgement });
                }
            }
        }
        Ok(ties)
    }

    /// Joins the mentions of one set, the oldest first.
    fn join_set(
        &self,
        members: &[Member],
        edges: &[Vec<(usize, f32)>],
        set: &[usize],
        ties: &[&Tie<'_>],
    ) -> Joined {
        let place: FxHashMap<usize, usize> = set.iter().enumerate().map(|(place, &at)| (at, place)).collect();
        let mut groups = Groups::new(set.len());
        for (a, &at) in set.iter().enumerate() {
            if let Some((table, row)) = members.get(at).and_then(|member| member.traits.text.row) {
                groups.label(a, table, row);
            }
        }
        let within = |tie: &&Tie<'_>| Some((*place.get(&tie.a)?, *place.get(&tie.b)?));
        let unsure = ties.iter().filter(|tie| tie.judgement.verdict == Verdict::Unsure);
        let unsure: BTreeSet<(usize, usize)> =
            unsure.filter_map(within).map(|(a, b)| ordered(a, b)).collect();
        for (a, &one) in set.iter().enumerate() {
            let (Some(x), Some(edges)) = (members.get(one), edges.get(one)) else { continue };
            let known = |other: usize| {
                let at = edges.binary_search_by_key(&other, |edge| edge.0).ok()?;
                edges.get(at).map(|edge| edge.1)
            };
            let mut link = |b: usize, other: usize| {
                let Some(y) = members.get(other) else { return };
                let (x, y) = (&*x.traits, &*y.traits);
                let score = known(other).or_else(|| (self.score)(x, y, f32::NEG_INFINITY));
                let score = score.unwrap_or(f32::NEG_INFINITY);
                let doubtful = unsure.contains(&(a, b)) || score::contradict(x, y);
                groups.link(a, b, if doubtful { score.min(EDGE) } else { score });
                if score < CONFLICT || x.report == y.report && score < 0.0 {
                    groups.contradict(a, b);
                }
            };
            if set.len() <= COMPARED_MAX {
                set.iter().enumerate().skip(a + 1).for_each(|(b, &other)| link(b, other));
            } else {
                let met = edges.iter().filter_map(|&(other, _)| Some((*place.get(&other)?, other)));
                met.filter(|&(b, _)| b > a).for_each(|(b, other)| link(b, other));
            }
        }
        let contested = obey(ties, &within, &mut groups);
        let mut clusters: BTreeMap<usize, Vec<IncidentId>> = BTreeMap::new();
        for (group, &at) in groups.agglomerate(self.cut).into_iter().zip(set) {
            clusters.entry(group).or_default().extend(members.get(at).map(|member| member.traits.id.clone()));
        }
        let cluster = |mentions: Vec<IncidentId>| Some(Cluster { id: mentions.first()?.clone(), mentions });
        Joined { clusters: clusters.into_values().filter_map(cluster).collect(), contested }
    }
}

/// A mention that is at hand.
struct Member {
    number: u32,
    traits: Arc<Traits>,
    keys: Keys,
}

impl Member {
    fn of((number, traits): (u32, Arc<Traits>)) -> Self {
        let keys = Keys::of(&traits);
        Member { number, traits, keys }
    }
}

/// What somebody said of two members.
struct Tie<'a> {
    a: usize,
    b: usize,
    pair: (IncidentId, IncidentId),
    judgement: &'a Judgement,
}

/// Holds apart and puts together what people said, `not_same` before `same`, of those the earliest first. Returns what
/// could not be obeyed.
fn obey(
    ties: &[&Tie<'_>],
    within: &impl Fn(&&Tie<'_>) -> Option<(usize, usize)>,
    groups: &mut Groups,
) -> Vec<Contested> {
    let of = |verdict| ties.iter().filter(move |tie| tie.judgement.verdict == verdict);
    for (a, b) in of(Verdict::NotSame).filter_map(within) {
        groups.hold_apart(a, b);
    }
    let mut same: Vec<&&Tie<'_>> = of(Verdict::Same).collect();
    same.sort_unstable_by_key(|tie| (tie.judgement.at, &tie.pair));
    let refused = same.into_iter().filter(|tie| within(tie).is_some_and(|(a, b)| !groups.put_together(a, b)));
    refused.map(|tie| Contested { same: tie.pair.clone() }).collect()
}

/// The sets that pairs connect so many members to, each in order.
fn connected(count: usize, pairs: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut root: Vec<usize> = (0..count).collect();
    let find = |root: &mut Vec<usize>, mut at: usize| {
        while let Some(&up) = root.get(at).filter(|&&up| up != at) {
            let over = root.get(up).copied().unwrap_or(up);
            if let Some(of) = root.get_mut(at) {
                *of = over;
            }
            at = over;
        }
        at
    };
    for (a, b) in pairs {
        let (a, b) = (find(&mut root, a), find(&mut root, b));
        if let Some(of) = root.get_mut(a.max(b)) {
            *of = a.min(b);
        }
    }
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..count {
        sets.entry(find(&mut root, at)).or_default().push(at);
    }
    sets.into_values().collect()
}

/// Two in their order, whichever was given first.
pub(crate) fn ordered<T: Ord>(a: T, b: T) -> (T, T) {
    if a <= b { (a, b) } else { (b, a) }
}
