//! What each report tells of a field, and which telling a policy takes.

use super::Merging;
use super::policy::{Policies, Policy};
use crate::incident::{ClaimRef, Value};
use crate::report::Mention;
use annalist::reading::Claim;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// One mention as a source.
pub(super) struct Teller<'a> {
    pub(super) mention: Mention<'a>,
    /// Its claims, sought once among those of a long report.
    pub(super) claims: Vec<&'a Claim>,
    /// Origin of its knowledge.
    pub(super) key: String,
    /// Day of publication; that on which it came into the ledger when it names none.
    pub(super) day: Date,
}

impl<'a> Teller<'a> {
    /// The mentions in the order of their days. Those of one day stand in an order of their own, whatever the
    /// order in which they were given.
    pub(super) fn all(mentions: &[Mention<'a>], with: &Merging<'_>) -> Vec<Teller<'a>> {
        let mut tellers: Vec<Teller<'a>> = mentions
            .iter()
            .map(|&mention| {
                let claims = mention.claims().collect();
                Teller { mention, claims, key: (with.key)(mention.report), day: day(mention) }
            })
            .collect();
        let place = |t: &Teller<'a>| (t.day, t.mention.report.entry);
        tellers.sort_by(|a, b| {
            let ids = |t: &Teller<'a>| (t.mention.report.id.clone(), t.mention.id.clone());
            place(a).cmp(&place(b)).then_with(|| ids(a).cmp(&ids(b)))
        });
        tellers
    }

    /// Whether its report still stands.
    pub(super) fn counts(&self) -> bool {
        self.mention.report.withdrawn.is_none()
    }

    /// Whether it is an earlier report of the same outlet.
    pub(super) fn is_corrected_by(&self, later: &Teller<'_>) -> bool {
        let outlet =
            |t: &Teller<'_>| t.mention.report.reading.document.outlet.as_deref().map(str::to_lowercase);
        let age = |t: &Teller<'_>| (t.day, t.mention.report.entry);
        outlet(self).is_some_and(|own| !own.is_empty() && Some(own) == outlet(later))
            && age(self) < age(later)
    }

    /// Whether it says something of the field rather than deny it or doubt it.
    pub(super) fn asserts(&self, field: &str) -> bool {
        let mut claims = self.claims_of(field).peekable();
        claims.peek().is_none() || claims.any(is_asserted)
    }

    /// Its claims on the field that assert something.
    pub(super) fn claims(&self, field: &str) -> Vec<ClaimRef> {
        self.claims_of(field).filter(|claim| is_asserted(claim)).map(|claim| self.reference(claim)).collect()
    }

    /// All its claims on the field and on the parts of it (`people.outcome`).
    pub(super) fn claims_of(&self, field: &str) -> impl Iterator<Item = &'a Claim> {
        self.claims.iter().copied().filter(move |claim| {
            claim.field.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    pub(super) fn reference(&self, claim: &Claim) -> ClaimRef {
        ClaimRef(format!("{}/{}", self.mention.report.id, claim.id))
    }
}

fn is_asserted(claim: &Claim) -> bool {
    claim.polarity == "asserted"
}

fn day(mention: Mention<'_>) -> Date {
    let published = mention.report.reading.document.published_at.as_deref();
    published.and_then(|day| day.parse().ok()).unwrap_or_else(|| {
        let added = Timestamp::from_millisecond(mention.report.added_at).unwrap_or_default();
        added.to_zoned(TimeZone::UTC).date()
    })
}

/// What one report says of one field.
pub(super) struct Told<'t, T> {
    pub(super) by: &'t Teller<'t>,
    pub(super) value: T,
    /// Its outlet told otherwise later.
    pub(super) corrected: bool,
}

/// What the reports that count say of a field, in the order of their days.
pub(super) fn told<'t, T>(
    tellers: &'t [Teller<'t>],
    field: &str,
    value: impl Fn(&'t Teller<'t>) -> Option<T>,
) -> Vec<Told<'t, T>> {
    let stating = tellers.iter().filter(|teller| teller.counts() && teller.asserts(field));
    stating.filter_map(|by| value(by).map(|value| Told { by, value, corrected: false })).collect()
}

/// Marks the tellings that their own outlet corrected: it tells later what cannot be true beside them.
pub(super) fn mark_corrected<'t, T>(
    mut told: Vec<Told<'t, T>>,
    goes: impl Fn(&T, &T) -> bool,
) -> Vec<Told<'t, T>> {
    let corrected = |t: &Told<'t, T>| {
        told.iter().any(|later| t.by.is_corrected_by(later.by) && !goes(&t.value, &later.value))
    };
    let corrected: Vec<bool> = told.iter().map(corrected).collect();
    for (telling, corrected) in told.iter_mut().zip(corrected) {
        telling.corrected = corrected;
    }
    told
}

/// The reports whose values cannot all be true, without what their own outlets corrected.
pub(super) fn apart<'s, 't, T: PartialEq>(
    told: &'s [Told<'t, T>],
    goes: impl Fn(&T, &T) -> bool,
) -> Vec<&'s Told<'t, T>> {
    let standing: Vec<&Told<'t, T>> = told.iter().filter(|t| !t.corrected).collect();
    let distinct = distinct(standing.iter().map(|t| &t.value));
    let rivalled = |value: &T| distinct.iter().any(|other| !goes(value, other));
    let rivals: Vec<&T> = distinct.iter().copied().filter(|value| rivalled(value)).collect();
    standing.into_iter().filter(|t| rivals.contains(&&t.value)).collect()
}

/// Each value once: many reports say the same, and comparing values is dear.
fn distinct<'v, T: PartialEq>(values: impl Iterator<Item = &'v T>) -> Vec<&'v T> {
    let mut distinct: Vec<&T> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

/// How the values of a field stand to one another.
pub(super) struct Lattice<'l, T> {
    /// Whether the first is the second or contains it.
    pub(super) covers: &'l dyn Fn(&T, &T) -> bool,
    /// How much a value says; equal for values that only differ.
    pub(super) fineness: &'l dyn Fn(&T) -> usize,
}

/// The telling that the policy takes.
pub(super) fn choose<T: PartialEq>(
    told: &[Told<'_, T>],
    policy: Policy,
    lattice: &Lattice<'_, T>,
) -> Option<usize> {
    let candidates: Vec<Candidate<'_, T>> = distinct(told.iter().map(|t| &t.value))
        .into_iter()
        .filter_map(|value| Candidate::of(value, told, lattice))
        .collect();
    let by_support = |c: &&Candidate<'_, T>| (Reverse(c.support), c.corrected, Reverse(c.fineness), c.first);
    let chosen = match policy {
        Policy::Latest => return told.len().checked_sub(1),
        Policy::Representative => candidates.iter().min_by_key(by_support),
        Policy::Informative => {
            candidates.iter().min_by_key(|c| (c.corrected, Reverse(c.fineness), Reverse(c.support), c.first))
        }
        Policy::Conservative => {
            // The coarsest among those that go with what most say.
            let best = candidates.iter().min_by_key(by_support)?;
            let with_it = candidates.iter().filter(|c| (lattice.covers)(c.value, best.value));
            with_it.min_by_key(|c| (c.fineness, c.first))
        }
    };
    chosen.map(|c| c.first)
}

/// One of the values told.
struct Candidate<'v, T> {
    value: &'v T,
    /// The first telling of it.
    first: usize,
    /// The independent sources that tell it or a coarser one that contains it.
    support: usize,
    fineness: usize,
    /// Whoever told it told otherwise later.
    corrected: bool,
}

impl<'v, T: PartialEq> Candidate<'v, T> {
    fn of(value: &'v T, told: &'v [Told<'_, T>], lattice: &Lattice<'_, T>) -> Option<Self> {
        let all = distinct(told.iter().map(|t| &t.value));
        let covering: Vec<&T> = all.into_iter().filter(|other| (lattice.covers)(other, value)).collect();
        let with_it = told.iter().filter(|t| covering.contains(&&t.value));
        Some(Candidate {
            value,
            first: told.iter().position(|t| t.value == *value)?,
            support: with_it.map(|t| t.by.key.as_str()).collect::<BTreeSet<&str>>().len(),
            fineness: (lattice.fineness)(value),
            corrected: told.iter().filter(|t| t.value == *value).all(|t| t.corrected),
        })
    }
}

/// The value that the field's policy takes, with the claims of all who tell it or a coarser one.
pub(super) fn value<T: Clone + Default + PartialEq>(
    told: &[Told<'_, T>],
    field: &str,
    policies: &Policies,
    lattice: &Lattice<'_, T>,
) -> Value<T> {
    let policy = policies.of(field);
    let chosen = choose(told, policy, lattice).and_then(|at| told.get(at));
    let Some(chosen) = chosen else {
        return Value { policy: policy.name().to_owned(), ..Value::default() };
    };
    let with_it = told
        .iter()
        .filter(|t| (lattice.covers)(&t.value, &chosen.value) || (lattice.covers)(&chosen.value, &t.value));
    let claims = with_it.flat_map(|t| t.by.claims(field)).collect();
    Value { value: chosen.value.clone(), policy: policy.name().to_owned(), claims }
}

/// The claims of several tellers on one field, in their order, each once.
pub(super) fn claims_of<'t>(tellers: impl IntoIterator<Item = &'t Teller<'t>>, field: &str) -> Vec<ClaimRef> {
    let mut claims: Vec<ClaimRef> = tellers.into_iter().flat_map(|t| t.claims(field)).collect();
    let mut seen = BTreeSet::new();
    claims.retain(|claim| seen.insert(claim.clone()));
    claims
}
