//! Fields with one value or several of a value list: mode, stage, weapon, targets.

use super::Merging;
use super::policy::Policy;
use super::told::{Lattice, Teller, Told, claims_of, told, value};
use crate::incident::Value;
use annalist::reading::Incident;
use std::collections::BTreeSet;

/// What was done: a report that only tells of an attack supports every kind of attack.
pub(super) fn mode(tellers: &[Teller<'_>], with: &Merging<'_>) -> Value<String> {
    let told = told(tellers, "mode", |t| Some(t.mention.incident.mode.clone()));
    let covers = |a: &String, b: &String| with.policies.covers("mode", a, b);
    let fineness = |a: &String| with.policies.depth("mode", a);
    let value = value(&told, "mode", with.policies, &Lattice { covers: &covers, fineness: &fineness });
    or_once_told(value, tellers, |i| &i.mode)
}

/// How far it came.
pub(super) fn stage(tellers: &[Teller<'_>], with: &Merging<'_>) -> Value<String> {
    let told = told(tellers, "stage", |t| Some(t.mention.incident.stage.clone()));
    let covers = |a: &String, b: &String| a == b;
    let fineness = |a: &String| with.policies.rank("stage", a);
    let value = value(&told, "stage", with.policies, &Lattice { covers: &covers, fineness: &fineness });
    or_once_told(value, tellers, |i| &i.stage)
}

/// Every incident has a mode and a stage: what was told first stands there when no report asserts it any more, and
/// no claim behind it.
fn or_once_told(
    value: Value<String>,
    tellers: &[Teller<'_>],
    of: impl Fn(&Incident) -> &String,
) -> Value<String> {
    if !value.value.is_empty() {
        return value;
    }
    let first = tellers.iter().find(|t| t.counts()).or(tellers.first());
    let value = Value { value: first.map(|t| of(t.mention.incident).clone()).unwrap_or_default(), ..value };
    Value { claims: Vec::new(), ..value }
}

/// A field that holds several values of a list; what a finer value says need not be said again by a coarser one.
pub(super) fn several(
    tellers: &[Teller<'_>],
    field: &str,
    with: &Merging<'_>,
    of: impl Fn(&Incident) -> &Vec<String>,
) -> Value<Vec<String>> {
    let stated = told(tellers, field, |t| {
        let values = of(t.mention.incident);
        (!values.is_empty()).then(|| values.clone())
    });
    let policy = with.policies.of(field);
    let covers = |coarse: &str, fine: &str| with.policies.covers(field, coarse, fine);
    let taken = taken(&stated, policy, &covers);
    let finest = taken.iter().filter(|v| !taken.iter().any(|w| w != *v && covers(v, w)));
    let values: Vec<String> = finest.cloned().collect();
    let behind = stated
        .iter()
        .filter(|t| t.value.iter().any(|told| values.iter().any(|v| covers(told, v) || covers(v, told))));
    let claims = claims_of(behind.map(|t| t.by), field);
    Value { value: values, policy: policy.name().to_owned(), claims }
}

/// The values that the policy takes, in the order in which they were first told.
fn taken(
    stated: &[Told<'_, Vec<String>>],
    policy: Policy,
    covers: &dyn Fn(&str, &str) -> bool,
) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for value in stated.iter().flat_map(|t| &t.value) {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    match policy {
        Policy::Informative => all,
        Policy::Latest => stated.last().map(|t| t.value.clone()).unwrap_or_default(),
        Policy::Conservative => {
            let by_all = |v: &String| stated.iter().all(|t| t.value.iter().any(|told| covers(v, told)));
            all.into_iter().filter(by_all).collect()
        }
        Policy::Representative => {
            let sources: BTreeSet<&str> = stated.iter().map(|t| t.by.key.as_str()).collect();
            let support = |v: &String| {
                let with_it = stated.iter().filter(|t| t.value.iter().any(|told| covers(told, v)));
                with_it.map(|t| t.by.key.as_str()).collect::<BTreeSet<&str>>().len()
            };
            let most = all.iter().map(support).max().unwrap_or(0);
            let enough = most.min(sources.len().div_ceil(2));
            all.iter().filter(|v| support(v) >= enough).cloned().collect()
        }
    }
}
