//! When: bounds of several reports as one.

use super::Merging;
use super::policy::Policy;
use super::told::{Lattice, Teller, Told, apart, choose, claims_of, mark_corrected, told};
use crate::incident::Value;
use annalist::reading::When;
use jiff::civil::Date;

/// Days of a date, first and last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Days {
    first: Option<Date>,
    last: Option<Date>,
    when: When,
}

impl Days {
    fn of(when: &When) -> Option<Days> {
        let read = |day: &Option<String>| day.as_deref().and_then(|d| d.parse::<Date>().ok());
        let last = read(&when.latest);
        // The day of a statement only says that the act came before.
        let first = read(&when.earliest).filter(|_| when.basis.as_deref() != Some("reported_on"));
        let known = first.is_some() || last.is_some();
        let ordered = !matches!((first, last), (Some(first), Some(last)) if first > last);
        (known && ordered).then(|| Days { first, last, when: when.clone() })
    }

    /// Whether both ends are stated.
    fn is_closed(&self) -> bool {
        self.first.is_some() && self.last.is_some()
    }

    fn contains(&self, other: &Days) -> bool {
        let from = self.first.is_none_or(|first| other.first.is_some_and(|other| first <= other));
        from && self.last.is_none_or(|last| other.last.is_some_and(|other| other <= last))
    }

    fn meets(&self, other: &Days) -> bool {
        let before = |a: &Days, b: &Days| matches!((a.last, b.first), (Some(a), Some(b)) if a < b);
        !before(self, other) && !before(other, self)
    }

    fn fineness(&self) -> usize {
        const OPEN: i32 = 100_000;
        let days = match (self.first, self.last) {
            (Some(first), Some(last)) => (last - first).get_days(),
            _ => OPEN,
        };
        usize::try_from(OPEN - days.clamp(0, OPEN)).unwrap_or(0)
    }
}

/// What every report that counts says of the date.
pub(super) fn stated<'t>(tellers: &'t [Teller<'t>]) -> Vec<Told<'t, Days>> {
    mark_corrected(told(tellers, "date", |t| Days::of(&t.mention.incident.date)), Days::meets)
}

/// The date that the policy takes, narrowed by the days on which others already told of the act.
pub(super) fn date(tellers: &[Teller<'_>], with: &Merging<'_>) -> Value<When> {
    let policy = with.policies.of("date");
    let all = stated(tellers);
    let (closed, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|t| t.value.is_closed());
    let covers = |a: &Days, b: &Days| match policy {
        Policy::Representative => (a.first, a.last) == (b.first, b.last),
        _ => a.contains(b),
    };
    let lattice = Lattice { covers: &covers, fineness: &Days::fineness };
    let chosen = choose(&closed, policy, &lattice).and_then(|at| closed.get(at));
    let earliest_known = || open.iter().min_by_key(|t| (t.value.last, t.value.when.earliest.is_none()));
    let Some(chosen) = chosen.or_else(earliest_known) else {
        let when = When { precision: "undated".to_owned(), ..When::default() };
        return Value { value: when, policy: policy.name().to_owned(), claims: Vec::new() };
    };
    let known = open.iter().filter(|t| t.value.meets(&chosen.value));
    let last = known.filter_map(|t| t.value.last).chain(chosen.value.last).min();
    let behind = closed.iter().chain(&open).filter(|t| t.value.meets(&chosen.value)).map(|t| t.by);
    let mut behind: Vec<&Teller<'_>> = behind.collect();
    behind.sort_by_key(|t| (t.day, t.mention.report.entry));
    Value {
        value: narrowed(&chosen.value, last),
        policy: policy.name().to_owned(),
        claims: claims_of(behind, "date"),
    }
}

/// The bounds with another last day, when that is earlier.
fn narrowed(days: &Days, last: Option<Date>) -> When {
    let mut when = days.when.clone();
    if days.first.is_some() && last < days.last {
        when.latest = last.map(|day| day.to_string());
        if days.first == last {
            "day".clone_into(&mut when.precision);
        }
    }
    when
}

/// The reports whose dates cannot all be true.
pub(super) fn rivals<'t>(stated: &[Told<'t, Days>]) -> Vec<&'t Teller<'t>> {
    apart(stated, Days::meets).into_iter().map(|t| t.by).collect()
}
