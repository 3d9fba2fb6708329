//! Why mentions are joined, and what an incident could be besides.

use super::shelf::{Held, Tables};
use super::{Index, load};
use crate::IncidentId;
use crate::act::{Act, Done};
use crate::incident::Incident;
use crate::resolve::{Joiner, Model, Reason, Shelf, Traits, Verdict, ordered};
use crate::store::StoreError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Two mentions, and what says that they tell of one incident or of two.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The one.
    pub one: IncidentId,
    /// The other.
    pub other: IncidentId,
    /// How likely they tell of one incident.
    ///
    /// # Units
    /// Log-odds.
    pub score: f32,
    /// What speaks for it and against, the weightiest first.
    pub reasons: Vec<Reason>,
    /// What somebody found of them, when that is in force.
    pub judged: Option<Done>,
}

impl Pair {
    /// How likely they tell of one incident by their signs alone, from 0 to 1.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + libm::exp(-f64::from(self.score)))
    }

    /// What somebody found of them.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.judged.as_ref()?.act {
            Act::Judgement { verdict, .. } => Some(verdict),
            _ => None,
        }
    }
}

/// Another incident that one could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The other incident.
    pub incident: IncidentId,
    /// A mention of each, of all pairs the likeliest; judged when somebody judged any pair of the two.
    pub pair: Pair,
}

/// A judgement that mentions are of one incident which cannot be followed, since somebody holds them apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfollowed {
    /// The judgement.
    pub same: Done,
    /// The incident that the others are of.
    pub other: IncidentId,
    /// The judgements that hold the two apart.
    pub apart: Vec<Done>,
}

/// The judgements in force on pairs of mentions, each pair in the order of its names.
type Judged = BTreeMap<(IncidentId, IncidentId), Done>;

impl Index {
    /// For each mention but the oldest the pair that ties it to those before: of what people said to be the same, else
    /// the likeliest.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn joins(&self, incident: &Incident) -> Result<Vec<Pair>, StoreError> {
        let mut judged = self.judged(&incident.mentions)?;
        let mut tables = Tables { connection: &self.connection, held: &mut Held::default() };
        let mut traits = Vec::new();
        for mention in &incident.mentions {
            traits.extend(traits_of(&mut tables, mention)?);
        }
        let mut tied = Vec::new();
        let mut open: Vec<&Traits> = traits.iter().map(|traits| &**traits).collect();
        let mut inside: Vec<&Traits> = open.drain(..open.len().min(1)).collect();
        // The best tie of each one outside with those inside so far.
        let rate = |one: &Traits, other: &Traits| {
            let verdict = judged.get(&ordered(one.id.clone(), other.id.clone())).and_then(verdict_of);
            let rank = match verdict {
                Some(Verdict::Same) => 2,
                Some(Verdict::NotSame) => 0,
                _ => 1,
            };
            (rank, self.knowledge.model.score(one, other))
        };
        let better = |a: (i32, f32), b: (i32, f32)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).is_gt();
        let first = inside.first().copied();
        let mut best: Vec<Option<(&Traits, (i32, f32))>> =
            open.iter().map(|other| first.map(|one| (one, rate(one, other)))).collect();
        while !open.is_empty() {
            let next = best.iter().enumerate().fold(None, |top: Option<(usize, (i32, f32))>, (at, tie)| {
                let Some((_, rating)) = tie else { return top };
                if top.is_none_or(|(_, leading)| better(*rating, leading)) {
                    Some((at, *rating))
                } else {
                    top
                }
            });
            let Some((at, _)) = next else { break };
            let other = open.remove(at);
            let Some((one, _)) = best.remove(at) else { break };
            tied.push((one, other));
            inside.push(other);
            for (waiting, tie) in open.iter().zip(&mut best) {
                let rating = rate(other, waiting);
                if tie.is_none_or(|(_, known)| better(rating, known)) {
                    *tie = Some((other, rating));
                }
            }
        }
        let model = &self.knowledge.model;
        let pair = |(one, other): (&Traits, &Traits)| Pair {
            one: one.id.clone(),
            other: other.id.clone(),
            score: model.score(one, other),
            reasons: model.reasons(one, other),
            judged: judged.remove(&ordered(one.id.clone(), other.id.clone())),
        };
        Ok(tied.into_iter().map(pair).collect())
    }

    /// The other incidents that an incident could be, the likeliest first; also those that somebody judged to be others.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn matches(&mut self, incident: &Incident) -> Result<Vec<Match>, StoreError> {
        let judged = self.judged(&incident.mentions)?;
        let size = self.entries()?;
        let joiner = match self.joiner.take() {
            Some((at, joiner)) if at == size => joiner,
            _ => {
                self.held.clear();
                load(&self.connection, &self.knowledge)?
            }
        };
        let model = Arc::clone(&self.knowledge.model);
        let mut held = std::mem::take(&mut self.held);
        let mut tables = Tables { connection: &self.connection, held: &mut held };
        let mut found: BTreeMap<IncidentId, Pair> = BTreeMap::new();
        for mention in &incident.mentions {
            for (other, score) in could_be(&mut tables, &joiner, &model, mention, &judged)? {
                let Some(theirs) = self.incident_of(&other)? else { continue };
                if theirs == incident.id || found.get(&theirs).is_some_and(|pair| pair.score >= score) {
                    continue;
                }
                let pair = Pair { one: mention.clone(), other, score, reasons: Vec::new(), judged: None };
                found.insert(theirs, pair);
            }
        }
        for ((a, b), done) in judged {
            for other in [a, b] {
                if let Some(pair) = self.incident_of(&other)?.and_then(|theirs| found.get_mut(&theirs))
                    && pair.judged.as_ref().is_none_or(|known| known.seq < done.seq)
                {
                    pair.judged = Some(done.clone());
                }
            }
        }
        for pair in found.values_mut() {
            let (one, other) = (traits_of(&mut tables, &pair.one)?, traits_of(&mut tables, &pair.other)?);
            pair.reasons = one.zip(other).map(|(one, other)| model.reasons(&one, &other)).unwrap_or_default();
        }
        (self.joiner, self.held) = (Some((size, joiner)), held);
        let mut matches: Vec<Match> =
            found.into_iter().map(|(incident, pair)| Match { incident, pair }).collect();
        matches.sort_by(|a, b| b.pair.score.total_cmp(&a.pair.score));
        Ok(matches)
    }

    /// Judgements that its mentions are of one incident with those of another, which are not followed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unfollowed(&self, incident: &Incident) -> Result<Vec<Unfollowed>, StoreError> {
        let mut same: BTreeMap<(u64, IncidentId), Done> = BTreeMap::new();
        let mut apart: BTreeMap<IncidentId, BTreeMap<u64, Done>> = BTreeMap::new();
        for ((a, b), done) in self.judged(&incident.mentions)? {
            let other = if incident.mentions.contains(&a) { b } else { a };
            let Some(theirs) = self.incident_of(&other)?.filter(|theirs| *theirs != incident.id) else {
                continue;
            };
            match verdict_of(&done) {
                Some(Verdict::Same) => {
                    same.insert((done.seq, theirs), done);
                }
                Some(Verdict::NotSame) => {
                    apart.entry(theirs).or_default().insert(done.seq, done);
                }
                _ => {}
            }
        }
        let unfollowed = same.into_iter().map(|((_, other), same)| {
            let apart = apart.get(&other).map(|of| of.values().cloned().collect()).unwrap_or_default();
            Unfollowed { same, other, apart }
        });
        Ok(unfollowed.collect())
    }

    fn judged(&self, mentions: &[IncidentId]) -> Result<Judged, StoreError> {
        let mut judged = Judged::new();
        for done in super::acts(&self.connection, mentions)? {
            for (a, b) in done.act.pairs() {
                let pair = ordered(a.clone(), b.clone());
                match verdict_of(&done) {
                    Some(Verdict::Lifted) | None => judged.remove(&pair),
                    Some(_) => judged.insert(pair, done.clone()),
                };
            }
        }
        Ok(judged)
    }
}

/// The mentions that a mention meets, and those that somebody spoke of with it.
fn could_be(
    tables: &mut Tables<'_>,
    joiner: &Joiner,
    model: &Model,
    mention: &IncidentId,
    judged: &Judged,
) -> Result<Vec<(IncidentId, f32)>, StoreError> {
    let Some(own) = traits_of(tables, mention)? else { return Ok(Vec::new()) };
    let mut could_be = joiner.matches(tables, &own)?;
    for (a, b) in judged.keys().filter(|(a, b)| a == mention || b == mention) {
        let other = if a == mention { b } else { a };
        if could_be.iter().any(|(known, _)| known == other) {
            continue;
        }
        let other = traits_of(tables, other)?;
        could_be.extend(other.map(|other| (other.id.clone(), model.score(&own, &other))));
    }
    Ok(could_be)
}

fn traits_of(tables: &mut Tables<'_>, mention: &IncidentId) -> Result<Option<Arc<Traits>>, StoreError> {
    tables.number(mention)?.map(|number| tables.traits(number)).transpose()
}

fn verdict_of(done: &Done) -> Option<Verdict> {
    match done.act {
        Act::Judgement { verdict, .. } => Some(verdict),
        _ => None,
    }
}
