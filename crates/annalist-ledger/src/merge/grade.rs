//! What is known of an incident as a whole.

use super::policy::Policies;
use super::told::Teller;
use crate::incident::Conflict;
use std::collections::BTreeSet;

/// How many sources that count tell of it independently of one another.
pub(super) fn independent(tellers: &[Teller<'_>]) -> usize {
    keys(tellers.iter().filter(|t| t.counts() && !retracts(t))).len()
}

/// The grade: nothing left when every report was withdrawn or when more sources take the act back than tell of it
/// afterwards; disputed when somebody denies it or other perpetrators are named; else by the number of sources.
pub(super) fn grade(tellers: &[Teller<'_>], conflicts: &[Conflict], policies: &Policies) -> String {
    let words = &policies.grade;
    let taken_back = || tellers.iter().filter(|t| t.counts() && retracts(t));
    let back = keys(taken_back());
    let since = taken_back().map(|t| t.day).min();
    let still = keys(tellers.iter().filter(|t| {
        t.counts() && !retracts(t) && since.is_some_and(|day| t.day > day) && !back.contains(t.key.as_str())
    }));
    let told = independent(tellers);
    let denied = conflicts.iter().any(|c| matches!(c.kind.as_str(), "denial" | "perpetrator_mismatch"));
    let grade = match told {
        0 => &words.none,
        _ if back.len() > still.len() => &words.none,
        _ if denied || !back.is_empty() => &words.disputed,
        1 => &words.one,
        _ => &words.several,
    };
    grade.clone()
}

/// Whether a report says that the act did not happen: it denies every mode that it names, and the act as such.
fn retracts(teller: &Teller<'_>) -> bool {
    !teller.asserts("mode")
}

fn keys<'t>(tellers: impl Iterator<Item = &'t Teller<'t>>) -> BTreeSet<&'t str> {
    tellers.map(|t| t.key.as_str()).collect()
}
