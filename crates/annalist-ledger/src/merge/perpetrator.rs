//! By whom: names and states of attribution of several reports.

use super::Merging;
use super::alike::{contains, words};
use super::policy::{Policies, Policy};
use super::told::{Teller, Told, apart, claims_of, mark_corrected, told};
use crate::incident::Value;
use annalist::reading::Perpetrator;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What every report that counts says of the perpetrator.
pub(super) fn stated<'t>(tellers: &'t [Teller<'t>], policies: &Policies) -> Vec<Told<'t, Perpetrator>> {
    let stated = told(tellers, "perpetrator", |t| {
        let told = &t.mention.incident.perpetrator;
        let name = told.name.clone().filter(|name| is_name(name, policies));
        let says = name.is_some() || told.state != policies.perpetrator.nobody;
        says.then(|| Perpetrator { name, state: told.state.clone() })
    });
    mark_corrected(stated, go_together)
}

/// Whether both can be true: only names rival one another.
fn go_together(a: &Perpetrator, b: &Perpetrator) -> bool {
    match (&a.name, &b.name) {
        (Some(a), Some(b)) => agree(a, b),
        _ => true,
    }
}

/// The perpetrator whom the policy takes. The state is the one that says most about that name; it is `contested`
/// where others name another one, and where that one denies it in one report and has claimed it in another.
pub(super) fn perpetrator(tellers: &[Teller<'_>], with: &Merging<'_>) -> Value<Perpetrator> {
    let policy = with.policies.of("perpetrator");
    let stated = stated(tellers, with.policies);
    let chosen = chosen(&stated, policy, with.policies);
    let name = chosen.and_then(|t| t.value.name.as_deref());
    let with_it = |t: &&Told<'_, Perpetrator>| match (&t.value.name, name) {
        (Some(told), Some(name)) => agree(told, name),
        (None, _) => true,
        (Some(_), None) => false,
    };
    let rank = |state: &&String| with.policies.rank("perpetrator_state", state);
    let states = || stated.iter().filter(with_it).map(|t| &t.value.state);
    let words = &with.policies.perpetrator;
    let strongest = states().max_by_key(rank).unwrap_or(&words.nobody);
    let both = states().any(|state| *state == words.denied) && *strongest != words.denied;
    let state = match rivals(&stated).is_empty() {
        true if both => std::cmp::max_by_key(strongest, &words.rivals, rank),
        true => strongest,
        false => &words.rivals,
    };
    Value {
        value: Perpetrator { name: name.map(str::to_owned), state: state.clone() },
        policy: policy.name().to_owned(),
        claims: claims_of(stated.iter().filter(with_it).map(|t| t.by), "perpetrator"),
    }
}

/// The reports that name perpetrators who are not the same.
pub(super) fn rivals<'t>(stated: &[Told<'t, Perpetrator>]) -> Vec<&'t Teller<'t>> {
    apart(stated, go_together).into_iter().map(|t| t.by).collect()
}

/// The telling whose name the policy takes.
fn chosen<'s, 't>(
    stated: &'s [Told<'t, Perpetrator>],
    policy: Policy,
    policies: &Policies,
) -> Option<&'s Told<'t, Perpetrator>> {
    let named = || stated.iter().enumerate().filter(|(_, t)| t.value.name.is_some());
    let strength = |t: &Told<'_, Perpetrator>| policies.rank("perpetrator_state", &t.value.state);
    let best = match policy {
        Policy::Latest => named().next_back(),
        Policy::Informative => named().min_by_key(|(at, t)| (Reverse(strength(t)), *at)),
        Policy::Representative | Policy::Conservative => {
            // Who is named by most, in the words that most of them use, the shortest first.
            named().min_by_key(|(at, t)| {
                let name = t.value.name.as_deref().unwrap_or_default();
                let length = name.len();
                (
                    !is_proper(name),
                    Reverse(support(stated, t, contains)),
                    t.corrected,
                    Reverse(support(stated, t, same)),
                    length,
                    *at,
                )
            })
        }
    };
    best.map(|(_, t)| t).filter(|_| policy != Policy::Conservative || rivals(stated).is_empty())
}

fn same(a: &str, b: &str) -> bool {
    words(a) == words(b)
}

fn support(
    stated: &[Told<'_, Perpetrator>],
    of: &Told<'_, Perpetrator>,
    agree: fn(&str, &str) -> bool,
) -> usize {
    let name = of.value.name.as_deref().unwrap_or_default();
    let with_it = stated.iter().filter(|t| t.value.name.as_deref().is_some_and(|told| agree(told, name)));
    with_it.map(|t| t.by.key.as_str()).collect::<BTreeSet<&str>>().len()
}

/// Whether two names may stand for one. A description without a proper name ("a banned group") gainsays no other.
fn agree(a: &str, b: &str) -> bool {
    contains(a, b) || !is_proper(a) || !is_proper(b)
}

fn is_proper(name: &str) -> bool {
    name.split_whitespace().any(|word| word.chars().next().is_some_and(char::is_uppercase))
}

/// "The enemy" and "gunmen" are no names.
fn is_name(name: &str, policies: &Policies) -> bool {
    words(name).iter().any(|word| !policies.perpetrator.nameless.contains(word))
}
