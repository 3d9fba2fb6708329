//! Groups, damage, voices and links: lists of several reports without the same twice.

use super::Merging;
use super::alike::{names_agree, same_words, share_a_word};
use super::policy::Policy;
use super::told::{Teller, claims_of, told};
use crate::IncidentId;
use crate::incident::{Link, Value};
use annalist::reading::{Damage, Group, Incident, Voice};
use std::collections::BTreeSet;

/// Sub-counts: one of the same persons and outcome is replaced by a newer one.
pub(super) fn groups(tellers: &[Teller<'_>], with: &Merging<'_>) -> Value<Vec<Group>> {
    let same = |a: &Group, b: &Group| {
        a.outcome == b.outcome && (same_words(&a.who, &b.who) || share_a_word(&a.who, &b.who))
    };
    let join = |known: &mut Group, new: &Group| {
        (known.min, known.max) = (new.min, new.max);
        if new.who.len() > known.who.len() {
            known.who.clone_from(&new.who);
        }
    };
    united(tellers, "groups", with, |i| &i.groups, &same, &join)
}

/// Things damaged: of one thing the gravest harm and the newest number.
pub(super) fn damage(tellers: &[Teller<'_>], with: &Merging<'_>) -> Value<Vec<Damage>> {
    let same = |a: &Damage, b: &Damage| {
        a.class == b.class && share_a_word(&a.object, &b.object) || same_words(&a.object, &b.object)
    };
    let join = |known: &mut Damage, new: &Damage| {
        let rank = |d: &Damage| with.policies.rank("damage_severity", &d.severity);
        if rank(new) > rank(known) {
            known.severity.clone_from(&new.severity);
        }
        known.count = new.count.or(known.count);
        if new.object.len() > known.object.len() {
            known.object.clone_from(&new.object);
        }
    };
    united(tellers, "damage", with, |i| &i.damage, &same, &join)
}

/// The items of all reports that count; those of one thing become one.
fn united<T: Clone>(
    tellers: &[Teller<'_>],
    field: &str,
    with: &Merging<'_>,
    of: impl Fn(&Incident) -> &Vec<T>,
    same: &dyn Fn(&T, &T) -> bool,
    join: &dyn Fn(&mut T, &T),
) -> Value<Vec<T>> {
    let policy = with.policies.of(field);
    let mut stated = told(tellers, field, |t| {
        let items = of(t.mention.incident);
        (!items.is_empty()).then_some(items)
    });
    if policy == Policy::Latest && stated.len() > 1 {
        stated.drain(..stated.len() - 1);
    }
    let mut items: Vec<(T, BTreeSet<&str>)> = Vec::new();
    for report in &stated {
        // Two things of one report stay two.
        let known = items.len();
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        for item in report.value {
            let at = items
                .iter()
                .take(known)
                .enumerate()
                .position(|(at, (it, _))| !taken.contains(&at) && same(it, item));
            match at.and_then(|at| items.get_mut(at).map(|known| (at, known))) {
                Some((at, (known, keys))) => {
                    join(known, item);
                    keys.insert(&report.by.key);
                    taken.insert(at);
                }
                None => items.push((item.clone(), BTreeSet::from([report.by.key.as_str()]))),
            }
        }
    }
    let sources = stated.iter().map(|t| t.by.key.as_str()).collect::<BTreeSet<&str>>().len();
    let needed = supporters_needed(policy, sources);
    items.retain(|(_, keys)| keys.len() >= needed);
    Value {
        value: items.into_iter().map(|(item, _)| item).collect(),
        policy: policy.name().to_owned(),
        claims: claims_of(stated.iter().map(|t| t.by), field),
    }
}

/// By how many of the sources that list anything an item must be told.
pub(super) fn supporters_needed(policy: Policy, sources: usize) -> usize {
    match policy {
        Policy::Conservative => sources,
        Policy::Representative => sources.div_ceil(2),
        Policy::Informative | Policy::Latest => 1,
    }
}

/// Everybody but the narrators who speaks of the incident in a report that counts, under the name of the first
/// report and its voice (`r7k3m9q2xab4d/v1`).
pub(super) fn voices(tellers: &[Teller<'_>]) -> Vec<Voice> {
    let mut voices: Vec<Voice> = Vec::new();
    for teller in tellers.iter().filter(|t| t.counts()) {
        let report = teller.mention.report;
        let speakers = teller.mention.incident.voices.iter().filter_map(|id| report.voice(id));
        for voice in speakers.filter(|voice| voice.kind != "narrator") {
            match voices.iter_mut().find(|known| may_be_one(known, voice)) {
                Some(known) => complete(known, voice),
                None => voices.push(Voice { id: format!("{}/{}", report.id, voice.id), ..voice.clone() }),
            }
        }
    }
    voices
}

/// The same name, or the same office of the same body where one of them has no name.
fn may_be_one(a: &Voice, b: &Voice) -> bool {
    match (&a.name, &b.name) {
        (Some(a), Some(b)) => names_agree(a, b),
        _ => {
            let known = a.role.is_some() || a.of.is_some();
            let same = |a: &Option<String>, b: &Option<String>| match (a, b) {
                (Some(a), Some(b)) => same_words(a, b),
                (None, None) => true,
                _ => false,
            };
            known && a.kind == b.kind && same(&a.role, &b.role) && same(&a.of, &b.of)
        }
    }
}

fn complete(known: &mut Voice, other: &Voice) {
    let fill = |to: &mut Option<String>, from: &Option<String>| {
        if to.is_none() {
            to.clone_from(from);
        }
    };
    fill(&mut known.name, &other.name);
    fill(&mut known.role, &other.role);
    fill(&mut known.of, &other.of);
    fill(&mut known.channel, &other.channel);
}

/// The relations that the reports that count give to incidents of the ledger.
pub(super) fn links(tellers: &[Teller<'_>], own: &BTreeSet<&IncidentId>, with: &Merging<'_>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for teller in tellers.iter().filter(|t| t.counts()) {
        let report = teller.mention.report;
        for link in &teller.mention.incident.links {
            let target = report.tellings().find(|telling| telling.incident.id == link.incident);
            let Some(target) = target.filter(|target| !own.contains(target.id)) else { continue };
            let link = Link { relation: link.relation.clone(), incident: (with.incident_of)(target.id) };
            if !links.contains(&link) {
                links.push(link);
            }
        }
    }
    links
}
