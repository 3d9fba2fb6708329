//! Persons of several reports joined, each with the way since the attack.

use super::alike::{contains, names_agree, same_words, share_a_word};
use super::figure::Tolls;
use super::policy::Policies;
use super::told::{Teller, claims_of};
use super::{Merging, told::told};
use crate::incident::Value;
use annalist::reading::{Person, Status};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The role of those who die by their own attack: they are never among the killed.
const ATTACKER: &str = "perpetrator";

/// One person as the reports that count tell of them.
pub(super) struct Joined<'t> {
    tellings: Vec<Telling<'t>>,
    /// The tellings that differ in what they say of who it is.
    distinct: Vec<Telling<'t>>,
}

/// What one report says of a person.
#[derive(Clone, Copy)]
struct Telling<'t> {
    by: &'t Teller<'t>,
    person: &'t Person,
}

/// The persons of all reports that count, in the order in which they were first told of.
pub(super) fn join<'t>(tellers: &'t [Teller<'t>], policies: &Policies) -> Vec<Joined<'t>> {
    let mut joined: Vec<Joined<'t>> = Vec::new();
    for report in told(tellers, "people", |t| Some(&t.mention.incident.people)) {
        let mut pairs: Vec<(i32, usize, usize)> = Vec::new();
        for (known, person) in joined.iter().enumerate() {
            for (new, telling) in report.value.iter().enumerate() {
                let telling = Telling { by: report.by, person: telling };
                pairs.extend(person.likeness(&telling, policies).map(|score| (score, known, new)));
            }
        }
        // The surest pairs first; each person answers to one.
        pairs.sort_by_key(|&(score, known, new)| (-score, known, new));
        let mut place: BTreeMap<usize, usize> = BTreeMap::new();
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        for (_, known, new) in pairs {
            if !taken.contains(&known) && !place.contains_key(&new) {
                taken.insert(known);
                place.insert(new, known);
            }
        }
        for (new, person) in report.value.iter().enumerate() {
            let telling = Telling { by: report.by, person };
            match place.get(&new).and_then(|&known| joined.get_mut(known)) {
                Some(known) => known.add(telling),
                None => joined.push(Joined { tellings: vec![telling], distinct: vec![telling] }),
            }
        }
    }
    joined
}

/// The joined persons as a value of the incident.
pub(super) fn people(joined: &[Joined<'_>], with: &Merging<'_>) -> Value<Vec<Person>> {
    let tellers = joined.iter().flat_map(|p| p.tellings.iter().map(|t| t.by));
    let mut tellers: Vec<&Teller<'_>> = tellers.collect();
    tellers.sort_by_key(|t| (t.day, t.mention.report.entry));
    Value {
        value: joined.iter().map(|person| person.merged(with.policies)).collect(),
        policy: with.policies.of("people").name().to_owned(),
        claims: claims_of(tellers, "people"),
    }
}

/// Joins those of whom the reports say least with others while more are listed than were killed or injured.
pub(super) fn leave_room<'t>(
    mut joined: Vec<Joined<'t>>,
    tolls: &Tolls<'t>,
    policies: &Policies,
) -> Vec<Joined<'t>> {
    for (kind, most) in [("killed", tolls.killed.most()), ("injured", tolls.injured.most())] {
        while let Some(most) = most {
            let listed =
                (0..joined.len()).filter(|&at| joined.get(at).is_some_and(|p| p.is_of(kind, policies)));
            let mut listed: Vec<usize> = listed.collect();
            if listed.len() as u64 <= most {
                break;
            }
            listed.sort_by_key(|&at| (joined.get(at).map(Joined::known), std::cmp::Reverse(at)));
            let pair = listed.iter().find_map(|&vague| {
                let other =
                    listed.iter().rev().find(|&&other| may_be_one_of(&joined, vague, other, policies));
                other.map(|&other| (vague, other))
            });
            let Some((vague, other)) = pair else { break };
            let tellings = joined.get(vague).map(|p| p.tellings.clone()).unwrap_or_default();
            if let Some(other) = joined.get_mut(other) {
                tellings.into_iter().for_each(|telling| other.add(telling));
            }
            joined.remove(vague);
        }
    }
    joined
}

/// Whether two of the listed may be one: no report tells of both, and nothing speaks against it.
fn may_be_one_of(joined: &[Joined<'_>], a: usize, b: usize, policies: &Policies) -> bool {
    let (Some(vague), Some(other)) = (joined.get(a), joined.get(b)) else { return false };
    let together = |t: &Telling<'_>| other.tellings.iter().any(|o| o.by.mention.id == t.by.mention.id);
    let goes = |t: &Telling<'_>| other.distinct.iter().all(|o| likeness(t, o, policies).is_some());
    a != b
        && vague.known() < IDENTIFIED
        && !vague.tellings.iter().any(together)
        && vague.distinct.iter().all(goes)
}

/// Who is known by name or age is somebody, however many are listed.
const IDENTIFIED: usize = 4;

impl<'t> Joined<'t> {
    fn add(&mut self, telling: Telling<'t>) {
        let who = |p: &'t Person| (&p.name, p.age, &p.sex, &p.occupation, &p.outcome, &p.role);
        if !self.distinct.iter().any(|known| who(known.person) == who(telling.person)) {
            self.distinct.push(telling);
        }
        self.tellings.push(telling);
        self.tellings.sort_by_key(|t| (t.by.day, t.by.mention.report.entry, &t.by.mention.report.id));
    }

    /// How much is known of who it is.
    fn known(&self) -> usize {
        let any = |has: fn(&Person) -> bool| self.tellings.iter().any(|t| has(t.person));
        let parts = [
            (any(|p| p.name.is_some()), 2 * IDENTIFIED),
            (any(|p| p.age.is_some()), IDENTIFIED),
            (any(|p| p.occupation.is_some()), 2),
            (any(|p| p.sex.is_some()), 1),
        ];
        parts.iter().filter(|(has, _)| *has).map(|(_, weight)| weight).sum()
    }

    /// Whether the person is among the killed or the injured.
    fn is_of(&self, kind: &str, policies: &Policies) -> bool {
        let (outcome, dead) = self.outcome(policies);
        let attacker = self.tellings.iter().any(|t| t.person.role == ATTACKER);
        let hurt = policies.person.hurt.iter().any(|o| o == outcome);
        !attacker && if kind == "killed" { dead } else { !dead && hurt }
    }

    /// How sure it is that a report tells of this person; none when it does not.
    fn likeness(&self, new: &Telling<'t>, policies: &Policies) -> Option<i32> {
        const ENOUGH: i32 = 3;
        let mut best = i32::MIN;
        for telling in &self.distinct {
            best = best.max(likeness(telling, new, policies)?);
        }
        (best >= ENOUGH).then_some(best)
    }

    /// Whether the person was first told dead on that day or after it, having been told hurt before it by one of
    /// the reports.
    pub(super) fn died(&self, day: Date, hurt_in: &dyn Fn(&Teller<'_>) -> bool, policies: &Policies) -> bool {
        let is = |t: &Telling<'_>, list: &[String]| list.contains(&t.person.outcome);
        let first = self.tellings.iter().find(|t| is(t, &policies.person.dead));
        let hurt = |t: &Telling<'_>| t.by.day < day && is(t, &policies.person.hurt) && hurt_in(t.by);
        first.is_some_and(|t| t.by.day == day) && self.tellings.iter().any(hurt) && self.outcome(policies).1
    }

    /// Whether somebody is dead whose name is known.
    pub(super) fn is_named_dead(&self, policies: &Policies) -> bool {
        self.outcome(policies).1 && self.tellings.iter().any(|t| t.person.name.is_some())
    }

    /// The outcome, and whether it is death.
    ///
    /// From the first report of a death on, what more independent sources say holds; before it nobody could know.
    fn outcome<'p>(&'p self, policies: &'p Policies) -> (&'p str, bool) {
        let words = &policies.person;
        let dead = |t: &&Telling<'t>| words.dead.contains(&t.person.outcome);
        let says = |t: &&Telling<'t>| policies.rank("outcome", &t.person.outcome) > 1;
        let first = self.tellings.iter().filter(dead).map(|t| t.by.day).min();
        let since =
            || self.tellings.iter().filter(says).filter(move |t| first.is_none_or(|day| t.by.day >= day));
        let sources = |dying: bool| {
            let with_it = since().filter(|t| dead(t) == dying);
            with_it.map(|t| t.by.key.as_str()).collect::<BTreeSet<&str>>().len()
        };
        let is_dead = first.is_some() && sources(true) >= sources(false);
        let of_this_kind = || self.tellings.iter().filter(says).filter(|t| dead(t) == is_dead);
        let word =
            of_this_kind().next_back().or(self.tellings.last()).map_or("", |t| t.person.outcome.as_str());
        let hurt = |t: &Telling<'_>| words.hurt.contains(&t.person.outcome);
        let hurt_before = self.tellings.iter().any(|t| hurt(t) && first.is_some_and(|day| t.by.day < day));
        let later = hurt_before || of_this_kind().any(|t| t.person.outcome == words.died_later);
        (if is_dead && later { &policies.person.died_later } else { word }, is_dead)
    }

    /// The reports that have the person dead and those that have the person alive afterwards.
    pub(super) fn contradicts(&self, policies: &Policies) -> Vec<&'t Teller<'t>> {
        let dead = |t: &&Telling<'t>| policies.person.dead.contains(&t.person.outcome);
        let says = |t: &&Telling<'t>| policies.rank("outcome", &t.person.outcome) > 1;
        let Some(day) = self.tellings.iter().filter(dead).map(|t| t.by.day).min() else { return Vec::new() };
        let alive = self.tellings.iter().filter(says).filter(|t| !dead(t));
        // Unharmed and dead of the attack cannot both be, whenever told.
        let against = |t: &&Telling<'t>| {
            t.by.day > day || !policies.person.hurt.contains(&t.person.outcome) && is_whole(t.person)
        };
        let mut found: Vec<&'t Teller<'t>> = alive.filter(against).map(|t| t.by).collect();
        if !found.is_empty() {
            found.extend(self.tellings.iter().filter(dead).map(|t| t.by));
            found.sort_by_key(|t| (t.day, t.mention.report.entry));
        }
        found
    }

    /// The reports after which a step of the person's way is told that cannot follow.
    pub(super) fn goes_backwards(&self, policies: &Policies) -> Vec<&'t Teller<'t>> {
        let words = &policies.person;
        let ends = |t: &&Telling<'t>| t.person.status.iter().any(|s| s.status == words.end);
        let Some(end) = self.tellings.iter().find(ends) else { return Vec::new() };
        let goes_on = |t: &&Telling<'t>| {
            let after = |s: &Status| s.status != words.end && !words.after_end.contains(&s.status);
            t.by.day > end.by.day && !ends(t) && t.person.status.iter().any(after)
        };
        let mut found: Vec<&'t Teller<'t>> = self.tellings.iter().filter(goes_on).map(|t| t.by).collect();
        if !found.is_empty() {
            found.insert(0, end.by);
        }
        found
    }

    /// What to call the person in a note.
    pub(super) fn called(&self) -> String {
        let name = self.tellings.iter().find_map(|t| t.person.name.clone());
        let described = || self.tellings.iter().find_map(|t| t.person.occupation.clone());
        name.or_else(described).unwrap_or_else(|| "a person".to_owned())
    }

    fn merged(&self, policies: &Policies) -> Person {
        let newest =
            |of: fn(&Person) -> Option<String>| self.tellings.iter().rev().find_map(|t| of(t.person));
        let mut injuries: Vec<String> = Vec::new();
        for injury in self.tellings.iter().flat_map(|t| &t.person.injuries) {
            if !injuries.iter().any(|known| same_words(known, injury)) {
                injuries.push(injury.clone());
            }
        }
        Person {
            name: self.most_told(|p| p.name.clone()),
            role: self.most_told(|p| Some(p.role.clone())).unwrap_or_default(),
            outcome: self.outcome(policies).0.to_owned(),
            severity: newest(|p| p.severity.clone()),
            occupation: self.most_told(|p| p.occupation.clone()),
            age: self.most_told(|p| p.age),
            sex: self.most_told(|p| p.sex.clone()),
            injuries,
            status: self.way(policies),
        }
    }

    /// What most independent sources tell, the first told when they are as many.
    fn most_told<T: Ord + Clone>(&self, of: impl Fn(&Person) -> Option<T>) -> Option<T> {
        let mut told: BTreeMap<T, (BTreeSet<&str>, usize)> = BTreeMap::new();
        for (at, telling) in self.tellings.iter().enumerate() {
            if let Some(value) = of(telling.person) {
                told.entry(value).or_insert_with(|| (BTreeSet::new(), at)).0.insert(&telling.by.key);
            }
        }
        let most = told.into_iter().min_by_key(|(_, (keys, at))| (std::cmp::Reverse(keys.len()), *at));
        most.map(|(value, _)| value)
    }

    /// The steps of all reports in the order of their days, each once; the end comes last.
    fn way(&self, policies: &Policies) -> Vec<Status> {
        let mut way: Vec<Status> = Vec::new();
        for step in self.tellings.iter().flat_map(|t| &t.person.status) {
            let known = way.iter_mut().find(|known| known.status == step.status && may_be_one(known, step));
            match (known, &step.facility) {
                (Some(known), Some(facility)) => {
                    let longer = known.facility.as_ref().is_none_or(|known| known.len() < facility.len());
                    if longer {
                        known.facility = Some(facility.clone());
                    }
                }
                (Some(_), None) => {}
                (None, _) => way.push(step.clone()),
            }
        }
        let last = |step: &Status| step.status == policies.person.end;
        way.sort_by_key(last);
        way
    }
}

fn may_be_one(a: &Status, b: &Status) -> bool {
    match (&a.facility, &b.facility) {
        (Some(a), Some(b)) => contains(a, b),
        _ => true,
    }
}

fn is_whole(person: &Person) -> bool {
    person.outcome == "unharmed"
}

/// How much speaks for two tellings being of one person; none when something speaks against it.
fn likeness(a: &Telling<'_>, b: &Telling<'_>, policies: &Policies) -> Option<i32> {
    let (p, q) = (a.person, b.person);
    let mut score = 0;
    let mut named = false;
    if let (Some(a), Some(b)) = (&p.name, &q.name) {
        if !names_agree(a, b) {
            return None;
        }
        named = same_words(a, b);
        score += if named { 6 } else { 4 };
    }
    if let (Some(a), Some(b)) = (p.age, q.age) {
        match a.abs_diff(b) {
            0 => score += 3,
            1 => score += 1,
            _ if named => {}
            _ => return None,
        }
    }
    if let (Some(a), Some(b)) = (&p.sex, &q.sex) {
        match a == b {
            true => score += 1,
            false if named => {}
            false => return None,
        }
    }
    let attacker = |p: &Person| p.role == ATTACKER;
    if attacker(p) != attacker(q) {
        return None;
    }
    if let (Some(a), Some(b)) = (&p.occupation, &q.occupation) {
        score += if share_a_word(a, b) { 2 } else { 0 };
    }
    if shares_a_facility(p, q) {
        score += 2;
    }
    if only_one(a, policies) && only_one(b, policies) && kind(p, policies) == kind(q, policies) {
        score += 3;
    }
    score += way_goes(a, b, policies)?;
    Some(score)
}

fn shares_a_facility(p: &Person, q: &Person) -> bool {
    let at = |p: &Person| p.status.iter().filter_map(|s| s.facility.clone()).collect::<Vec<String>>();
    let others = at(q);
    at(p).iter().any(|a| others.iter().any(|b| contains(a, b) && super::alike::words(a).len() > 1))
}

/// Dead, hurt or neither.
fn kind(person: &Person, policies: &Policies) -> Option<&'static str> {
    let is = |list: &[String]| list.contains(&person.outcome);
    match (is(&policies.person.dead), is(&policies.person.hurt)) {
        (true, _) => Some("killed"),
        (_, true) => Some("injured"),
        _ => None,
    }
}

/// Whether the report knows of one only whom that befell.
fn only_one(telling: &Telling<'_>, policies: &Policies) -> bool {
    let incident = telling.by.mention.incident;
    let count = match kind(telling.person, policies) {
        Some("killed") => &incident.killed,
        Some(_) => &incident.injured,
        None => return false,
    };
    let same =
        |p: &&Person| kind(p, policies) == kind(telling.person, policies) && p.role == telling.person.role;
    count.as_ref().is_some_and(|count| count.min == 1 && count.max == Some(1))
        && incident.people.iter().filter(same).count() == 1
}

/// Whether one report's outcome can follow on the other's: the hurt may die, the dead and the whole stay so.
fn way_goes(a: &Telling<'_>, b: &Telling<'_>, policies: &Policies) -> Option<i32> {
    let (before, after) = if a.by.day <= b.by.day { (a, b) } else { (b, a) };
    let (p, q) = (before.person, after.person);
    let later = q.outcome == policies.person.died_later;
    let named = p.name.is_some() && q.name.is_some();
    match (kind(p, policies), kind(q, policies)) {
        (Some(a), Some(b)) if a == b => Some(1),
        (Some("injured"), Some("killed")) if later => Some(2),
        (Some("injured"), Some("killed")) => Some(0),
        _ if p.outcome == q.outcome => Some(1),
        // A name makes it the same person whatever the reports say of the outcome.
        _ if named => Some(0),
        (None, Some(_)) if !is_whole(p) => Some(0),
        (Some(_), None) if !is_whole(q) => Some(0),
        _ => (p.age.is_some() && p.age == q.age).then_some(0),
    }
}
