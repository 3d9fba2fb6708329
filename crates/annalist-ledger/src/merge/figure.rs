//! How many: tolls that rise, voices that differ, bounds that only bound.

use super::alike::contains;
use super::people::Joined;
use super::policy::{Policies, Policy};
use super::told::{Teller, claims_of};
use super::{Merging, perpetrator};
use crate::incident::{Figure, Value};
use crate::report::BEST;
use annalist::reading::{Count, Incident};
use std::collections::BTreeSet;

/// The basis of a figure that counts those who are named.
const NAMED: &str = "named_person";

/// Killed and injured as they stand after the last report.
pub(super) struct Tolls<'t> {
    pub(super) killed: Toll<'t>,
    pub(super) injured: Toll<'t>,
}

/// The figures of one outcome that no later one has replaced.
#[derive(Default)]
pub(super) struct Toll<'t> {
    stated: Vec<Stated<'t>>,
}

/// A figure of one report.
#[derive(Clone)]
struct Stated<'t> {
    by: &'t Teller<'t>,
    low: u64,
    high: Option<u64>,
    /// The figure that the report itself takes between them.
    best: Option<u64>,
    basis: &'t str,
    /// A nought in the mouth of the side that is accused.
    disowned: bool,
    /// It only bounds the number.
    bound: bool,
    /// The killed that were known when it was told.
    killed_then: u64,
    /// A bound within which another figure lies: it supports that one and says no more itself.
    silent: bool,
}

impl<'t> Stated<'t> {
    /// The highest number that it names.
    fn top(&self) -> u64 {
        self.high.unwrap_or(self.low).max(self.low)
    }

    /// The figure that a policy takes of it: its own best one; the upper end where it spans several voices.
    fn taken(&self) -> u64 {
        self.best.unwrap_or_else(|| self.top())
    }

    /// The figures that it names.
    fn named(&self) -> [u64; 2] {
        self.best.map_or([self.low, self.top()], |best| [best, best])
    }

    fn meets(&self, other: &Self) -> bool {
        let under = |a: &Self, b: &Self| a.high.is_some_and(|high| high < b.low);
        !under(self, other) && !under(other, self)
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.low, self.high) == (other.low, other.high)
    }

    /// Those who died since an earlier toll are not among its dead: a later figure that only tells of them is no
    /// whole toll.
    fn add_to(&mut self, earlier: &Toll<'t>, died: u64) {
        let whole = earlier.low().map(|low| low.saturating_add(died));
        if let Some(whole) = whole.filter(|whole| died > 0 && self.top() < *whole) {
            self.low = whole;
            self.high = self.high.map(|_| whole);
            self.best = self.best.map(|_| whole);
        }
    }
}

impl<'t> Tolls<'t> {
    /// Follows the reports day by day. A later figure replaces the earlier ones when it is no lower than they (the
    /// toll rose), or when those who are missing from it have died meanwhile. Any other figure stands beside them.
    pub(super) fn follow(tellers: &'t [Teller<'t>], joined: &[Joined<'_>], policies: &Policies) -> Self {
        let (mut killed, mut injured) = (Toll::default(), Toll::default());
        let accused = perpetrator::stated(tellers, policies);
        let accused: Vec<&str> = accused.iter().filter_map(|told| told.value.name.as_deref()).collect();
        for day in tellers.chunk_by(|a, b| a.day == b.day) {
            let Some(first) = day.first() else { continue };
            let of = |field: &str, count: fn(&Incident) -> &Option<Count>| {
                let counting = day.iter().filter(|t| t.counts() && t.asserts(field));
                let stated = counting.filter_map(|t| {
                    let mut stated = stated(t, count(t.mention.incident), policies)?;
                    let within =
                        |best: &u64| stated.low <= *best && stated.high.is_none_or(|high| *best <= high);
                    stated.best = best(t, field).filter(within);
                    stated.disowned = stated.high == Some(0) && is_of_accused(t, field, &accused, policies);
                    Some(stated)
                });
                stated.collect::<Vec<Stated<'t>>>()
            };
            let died_among = |toll: &Toll<'_>| {
                let told_by =
                    |teller: &Teller<'_>| toll.stated.iter().any(|s| s.by.mention.id == teller.mention.id);
                joined.iter().filter(|p| p.died(first.day, &told_by, policies)).count() as u64
            };
            let (died, mut new) = (died_among(&killed), of("killed", |i| &i.killed));
            for figure in &mut new {
                figure.add_to(&killed, died);
            }
            let died = died_among(&injured);
            killed.update(new, None);
            let new = of("injured", |i| &i.injured);
            if new.is_empty() {
                injured.lose(died, killed.top());
            }
            injured.update(new, Some(killed.top()));
        }
        killed.name(joined.iter().filter(|p| p.is_named_dead(policies)).count() as u64);
        Tolls { killed, injured }
    }
}

fn stated<'t>(by: &'t Teller<'t>, count: &'t Option<Count>, policies: &Policies) -> Option<Stated<'t>> {
    let count = count.as_ref()?;
    let high = count.max.map(|max| max.max(count.min));
    let bound = policies.figure.bounds.contains(&count.basis);
    Some(Stated {
        by,
        low: count.min,
        high,
        best: None,
        basis: &count.basis,
        disowned: false,
        bound,
        killed_then: 0,
        silent: false,
    })
}

/// The figure that a report takes between the bounds that it gives.
fn best(teller: &Teller<'_>, field: &str) -> Option<u64> {
    let mut claims = teller.claims_of(field);
    claims.find(|claim| claim.field.ends_with(&format!(".{BEST}")))?.value.as_u64()
}

/// Whether all who tell a report's figure are on the accused side: they deny it themselves, or stand for somebody who is
/// named as the perpetrator. Where a report brings the denial of the accused, a figure of nobody in particular is theirs.
fn is_of_accused(teller: &Teller<'_>, field: &str, accused: &[&str], policies: &Policies) -> bool {
    let report_denies = teller.mention.incident.perpetrator.state == policies.perpetrator.denied;
    let denies = |voice: &str| teller.claims.iter().any(|c| c.voice == voice && c.polarity == "denied");
    let is_theirs = |id: &str| {
        let voice = teller.mention.report.voice(id);
        let parts: Vec<&str> =
            voice.into_iter().flat_map(|v| [&v.of, &v.name]).filter_map(|part| part.as_deref()).collect();
        let stands_for = |part: &&str| accused.iter().any(|name| contains(part, name));
        denies(id) || parts.iter().any(stands_for) || report_denies && parts.is_empty()
    };
    let mut voices = teller.claims_of(field).filter(|c| c.polarity == "asserted").map(|c| c.voice.as_str());
    match voices.next() {
        Some(first) => is_theirs(first) && voices.all(is_theirs),
        None => report_denies,
    }
}

impl<'t> Toll<'t> {
    fn speaking(&self) -> impl Iterator<Item = &Stated<'t>> {
        self.stated.iter().filter(|s| !s.silent)
    }

    fn low(&self) -> Option<u64> {
        self.speaking().map(|s| s.low).min()
    }

    fn top(&self) -> u64 {
        self.speaking().map(Stated::top).max().unwrap_or(0)
    }

    /// The highest number of persons that the figures leave room for; none when they are open or there are none.
    pub(super) fn most(&self) -> Option<u64> {
        let closed = self.low().is_some() && self.speaking().all(|s| s.high.is_some());
        closed.then(|| self.top())
    }

    fn is_one_figure(&self) -> bool {
        let mut speaking = self.speaking();
        speaking.next().is_none_or(|first| speaking.all(|other| other.is_same(first)))
    }

    /// So many of the injured are among the dead now, and no report says how many are left.
    fn lose(&mut self, died: u64, killed: u64) {
        for stated in self.stated.iter_mut().filter(|_| died > 0) {
            stated.killed_then = killed;
            stated.low = stated.low.saturating_sub(died);
            stated.high = stated.high.map(|high| high.saturating_sub(died));
            stated.best = stated.best.map(|best| best.saturating_sub(died));
        }
    }

    /// Reports that only count the dead whom they name say no less together than all who are named.
    fn name(&mut self, named: u64) {
        if self.top() < named && self.speaking().all(|s| s.basis == NAMED) {
            for stated in self.stated.iter_mut().filter(|s| !s.silent) {
                (stated.low, stated.high) = (named, Some(named));
            }
        }
    }

    /// Takes up the figures of a later day.
    ///
    /// For the injured `killed` is the number of the dead by then: who has died is missing from a lower figure.
    fn update(&mut self, mut new: Vec<Stated<'t>>, killed: Option<u64>) {
        if new.is_empty() {
            return;
        }
        new.iter_mut().for_each(|stated| stated.killed_then = killed.unwrap_or(0));
        let mut new = Toll { stated: new };
        new.silence();
        // An outlet's newer figure stands for its older one; the number of those whom it names is no figure.
        self.stated.retain(|old| {
            let replaces = |s: &Stated<'_>| s.basis != NAMED && !s.disowned;
            !new.stated.iter().any(|s| replaces(s) && old.by.is_corrected_by(s.by) && !old.meets(s))
        });
        let (top, low, new_top) = (self.top(), new.low().unwrap_or(0), new.top());
        let within = self.covers_bounds_of(&new) || new.covers_bounds_of(self);
        let rises = low > top || low == top && self.is_one_figure();
        let missing = |old: &Stated<'_>| old.top().saturating_sub(new_top);
        let died = |old: &Stated<'_>| killed.unwrap_or(0).saturating_sub(old.killed_then);
        let explained = new_top < top && self.speaking().all(|old| missing(old) <= died(old));
        let repeats = self.is_one_figure() && new.is_one_figure() && low == top && new_top == top;
        if (rises || explained) && !repeats && !within {
            self.stated.clear();
        }
        self.stated.extend(new.stated);
        self.silence();
    }

    /// Whether the other one has nothing but bounds and they go with a figure of this one.
    fn covers_bounds_of(&self, other: &Toll<'t>) -> bool {
        let figures = || self.speaking().filter(|s| !s.bound);
        let goes = |bound: &Stated<'t>| bound.bound && figures().any(|figure| figure.meets(bound));
        other.speaking().next().is_some() && other.speaking().all(goes)
    }

    /// Bounds within which a figure lies say no more than it.
    fn silence(&mut self) {
        let figures: Vec<Stated<'t>> = self.stated.iter().filter(|s| !s.bound).cloned().collect();
        for bound in self.stated.iter_mut().filter(|s| s.bound) {
            bound.silent = figures.iter().any(|figure| figure.meets(bound));
        }
    }

    /// The toll as a value of the incident.
    pub(super) fn value(&self, field: &str, with: &Merging<'_>) -> Value<Option<Figure>> {
        let policy = with.policies.of(field);
        let figure = self.figure(policy);
        let claims = claims_of(self.stated.iter().map(|s| s.by), field);
        Value { value: figure, policy: policy.name().to_owned(), claims }
    }

    fn figure(&self, policy: Policy) -> Option<Figure> {
        let (min, best) = (self.low()?, self.best(policy)?);
        let max = self.most();
        let one = self.is_one_figure().then(|| self.speaking().next()).flatten();
        let basis = one.map_or("range", |s| s.basis).to_owned();
        Some(Figure { min, best: best.clamp(min, max.unwrap_or(u64::MAX)), max, basis })
    }

    /// The figure that the policy takes. A report that spans several voices is taken at its own best figure, and at its
    /// upper end where it gives none, except by the conservative policy. A nought of the accused side bounds the toll and
    /// is never the figure taken while somebody else tells of any.
    fn best(&self, policy: Policy) -> Option<u64> {
        let others = self.speaking().any(|s| !s.disowned && s.top() > 0);
        let heard = || self.speaking().filter(|s| !(others && s.disowned));
        match policy {
            Policy::Conservative => heard().map(|s| s.low).min(),
            Policy::Informative => heard().map(Stated::taken).max(),
            Policy::Latest => heard().last().map(Stated::taken),
            Policy::Representative => {
                let ends = heard().enumerate().flat_map(|(at, s)| s.named().map(|number| (number, at)));
                ends.max_by_key(|&(number, at)| (self.support(number), at, number)).map(|(number, _)| number)
            }
        }
    }

    /// The independent sources that name a number or bound it.
    fn support(&self, number: u64) -> usize {
        let names = |s: &&Stated<'t>| match s.silent {
            true => s.low <= number && s.high.is_none_or(|high| number <= high),
            false => s.named().contains(&number),
        };
        self.stated.iter().filter(names).map(|s| s.by.key.as_str()).collect::<BTreeSet<&str>>().len()
    }

    /// The reports whose figures differ, and whether reports of different days leave no number that all allow.
    pub(super) fn rivals(&self) -> Option<(Vec<&'t Teller<'t>>, bool)> {
        let spans = |s: &Stated<'t>| !s.bound && s.high.is_some_and(|high| high > s.low);
        if self.is_one_figure() && !self.speaking().any(spans) {
            return None;
        }
        // On one day the toll may just have risen.
        let apart = self.speaking().any(|a| self.speaking().any(|b| !a.meets(b) && a.by.day != b.by.day));
        let differs = |s: &&Stated<'t>| spans(s) || self.speaking().any(|other| !s.is_same(other));
        Some((self.speaking().filter(differs).map(|s| s.by).collect(), apart))
    }

    /// The figures that stand, for a note.
    pub(super) fn told(&self) -> Vec<String> {
        let write = |s: &Stated<'_>| match s.high {
            Some(high) if high == s.low => high.to_string(),
            Some(high) => format!("{} to {high}", s.low),
            None => format!("at least {}", s.low),
        };
        self.speaking().map(write).collect()
    }
}
