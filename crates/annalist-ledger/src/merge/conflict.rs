//! Where reports and voices disagree, and what that makes of the incident.

use super::figure::{Toll, Tolls};
use super::people::Joined;
use super::told::Teller;
use super::{Merging, date, perpetrator, place};
use crate::ReportId;
use crate::incident::{ClaimRef, Conflict};
use annalist::reading::{Claim, Contradiction, Count, Evidence, Person};
use std::collections::{BTreeMap, BTreeSet};

/// Not all can be true.
const HARD: &str = "hard";
/// Needs a look.
const SOFT: &str = "soft";

/// All disagreements of the reports that count, one of each kind and field.
pub(super) fn find(
    tellers: &[Teller<'_>],
    joined: &[Joined<'_>],
    tolls: &Tolls<'_>,
    with: &Merging<'_>,
) -> Vec<Conflict> {
    let mut found = Found::default();
    for (field, toll) in [("killed", &tolls.killed), ("injured", &tolls.injured)] {
        counts(&mut found, field, toll);
    }
    let dates = date::stated(tellers);
    let told = |t: &Teller<'_>| {
        let when = &t.mention.incident.date;
        let ends = [&when.earliest, &when.latest].map(|d| d.as_deref().unwrap_or("…"));
        if ends[0] == ends[1] { ends[0].to_owned() } else { ends.join(" to ") }
    };
    found.add("date_mismatch", "date", HARD, &date::rivals(&dates), told);
    let (rivals, sure) = place::rivals(&place::stated(tellers, with.policies), with.policies);
    let told = |t: &Teller<'_>| t.mention.incident.place.name.clone().unwrap_or_default();
    found.add("place_mismatch", "place", if sure { HARD } else { SOFT }, &rivals, told);
    means(&mut found, tellers, with);
    let perpetrators = perpetrator::stated(tellers, with.policies);
    let told = |t: &Teller<'_>| t.mention.incident.perpetrator.name.clone().unwrap_or_default();
    found.add("perpetrator_mismatch", "perpetrator", HARD, &perpetrator::rivals(&perpetrators), told);
    persons(&mut found, joined, with);
    all_injured_dead(&mut found, tellers, with);
    for teller in tellers.iter().filter(|t| t.counts()) {
        denials(&mut found, teller, with);
        carried(&mut found, teller);
    }
    found.into_conflicts()
}

/// Conflicts by kind and field, while they are gathered.
#[derive(Default)]
struct Found {
    of: BTreeMap<(String, String), Conflict>,
}

impl Found {
    /// Notes that reports disagree; nothing when there are none.
    fn add(
        &mut self,
        kind: &str,
        field: &str,
        severity: &str,
        tellers: &[&Teller<'_>],
        told: impl Fn(&Teller<'_>) -> String,
    ) {
        if tellers.is_empty() {
            return;
        }
        let mut values: Vec<String> = Vec::new();
        for value in tellers.iter().map(|t| told(t)).filter(|value| !value.is_empty()) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let claims = tellers.iter().flat_map(|t| t.claims(field)).collect();
        self.put(kind, field, severity, claims, tellers, &values.join(" — "));
    }

    /// Notes a conflict, or adds to the one that is known.
    fn put(
        &mut self,
        kind: &str,
        field: &str,
        severity: &str,
        claims: Vec<ClaimRef>,
        tellers: &[&Teller<'_>],
        note: &str,
    ) {
        let new = || Conflict {
            kind: kind.to_owned(),
            field: field.to_owned(),
            severity: severity.to_owned(),
            claims: Vec::new(),
            reports: Vec::new(),
            note: String::new(),
        };
        let known = self.of.entry((kind.to_owned(), field.to_owned())).or_insert_with(new);
        if severity == HARD {
            HARD.clone_into(&mut known.severity);
        }
        known.claims.extend(claims);
        known.reports.extend(tellers.iter().map(|t| t.mention.report.id.clone()));
        if !note.is_empty() && !known.note.contains(note) {
            let between = if known.note.is_empty() { "" } else { "; " };
            known.note.push_str(between);
            known.note.push_str(note);
        }
    }

    fn into_conflicts(self) -> Vec<Conflict> {
        let mut conflicts: Vec<Conflict> = self.of.into_values().collect();
        for conflict in &mut conflicts {
            let mut seen: BTreeSet<ClaimRef> = BTreeSet::new();
            conflict.claims.retain(|claim| seen.insert(claim.clone()));
            let mut seen: BTreeSet<ReportId> = BTreeSet::new();
            conflict.reports.retain(|report| seen.insert(report.clone()));
        }
        conflicts
    }
}

fn counts(found: &mut Found, field: &str, toll: &Toll<'_>) {
    let Some((tellers, apart)) = toll.rivals() else { return };
    let claims = tellers.iter().flat_map(|t| t.claims(field)).collect();
    let severity = if apart { HARD } else { SOFT };
    found.put("count_mismatch", field, severity, claims, &tellers, &toll.told().join(" — "));
}

/// Weapons and modes that are not kinds of one another.
fn means(found: &mut Found, tellers: &[Teller<'_>], with: &Merging<'_>) {
    let goes =
        |list: &str, a: &str, b: &str| with.policies.covers(list, a, b) || with.policies.covers(list, b, a);
    let apart = |a: &Teller<'_>, b: &Teller<'_>| {
        let (a, b) = (a.mention.incident, b.mention.incident);
        let weapons = !a.weapon.is_empty() && !b.weapon.is_empty();
        let shared = a.weapon.iter().any(|v| b.weapon.iter().any(|w| goes("weapon", v, w)));
        match weapons {
            true => !shared,
            false => !goes("mode", &a.mode, &b.mode),
        }
    };
    let counting = || tellers.iter().filter(|t| t.counts() && t.asserts("mode") && t.asserts("weapon"));
    let rivals: Vec<&Teller<'_>> = counting().filter(|t| counting().any(|other| apart(t, other))).collect();
    let told = |t: &Teller<'_>| {
        let incident = t.mention.incident;
        if incident.weapon.is_empty() { incident.mode.clone() } else { incident.weapon.join(", ") }
    };
    found.add("weapon_mismatch", "weapon", HARD, &rivals, told);
}

/// Persons dead in one report and alive in another, or whose way goes on after its end.
fn persons(found: &mut Found, joined: &[Joined<'_>], with: &Merging<'_>) {
    for person in joined {
        let called = |_: &Teller<'_>| person.called();
        found.add("outcome_mismatch", "people", HARD, &person.contradicts(with.policies), called);
        found.add("status_backwards", "people", SOFT, &person.goes_backwards(with.policies), called);
    }
}

/// As many as were injured are dead in a later report that knows of no injured, and nobody tells that anybody
/// died of wounds: they may have died, or the report mistook them.
fn all_injured_dead(found: &mut Found, tellers: &[Teller<'_>], with: &Merging<'_>) {
    let words = &with.policies.person;
    let of_wounds =
        |p: &Person| p.outcome == words.died_later || p.status.iter().any(|s| s.status == words.end);
    let counting: Vec<&Teller<'_>> =
        tellers.iter().filter(|t| t.counts() && t.asserts("killed") && t.asserts("injured")).collect();
    if counting.iter().any(|t| t.mention.incident.people.iter().any(of_wounds)) {
        return;
    }
    let number = |count: &Option<Count>| count.as_ref().map_or(0, |count| count.min);
    let killed = |t: &Teller<'_>| number(&t.mention.incident.killed);
    let injured = |t: &Teller<'_>| number(&t.mention.incident.injured);
    let is_pair = |hurt: &Teller<'_>, dead: &Teller<'_>| {
        let all_alive = injured(hurt) > 0 && killed(hurt) == 0;
        let all_dead = dead.mention.incident.injured.is_none() && killed(dead) == injured(hurt);
        hurt.day < dead.day && all_alive && all_dead
    };
    let in_a_pair = |t: &&Teller<'_>| counting.iter().any(|other| is_pair(t, other) || is_pair(other, t));
    let rivals: Vec<&Teller<'_>> = counting.iter().copied().filter(in_a_pair).collect();
    let told = |t: &Teller<'_>| match killed(t) {
        0 => format!("{} injured", injured(t)),
        killed => format!("{killed} killed"),
    };
    found.add("outcome_mismatch", "killed", SOFT, &rivals, told);
}

/// Claims about the incident that deny or doubt what others assert.
fn denials(found: &mut Found, teller: &Teller<'_>, with: &Merging<'_>) {
    let denied = teller.claims.iter().filter(|claim| claim.polarity == "denied");
    for claim in denied {
        let note = format!("denied: {}", claim.evidence.quote);
        found.put("denial", field_of(&claim.field), SOFT, vec![teller.reference(claim)], &[teller], &note);
    }
    let perpetrator = &teller.mention.incident.perpetrator;
    if perpetrator.state == with.policies.perpetrator.denied {
        let who = perpetrator.name.as_deref().unwrap_or("the one accused");
        let note = format!("{who} denies it");
        found.put("denial", "perpetrator", SOFT, teller.claims("perpetrator"), &[teller], &note);
    }
}

fn field_of(field: &str) -> &str {
    field.split('.').next().unwrap_or(field)
}

/// What the reading of one report already found to be contradictory in the words that tell of this incident.
fn carried(found: &mut Found, teller: &Teller<'_>) {
    let incident = teller.mention.incident;
    let inside = |e: &Evidence| incident.evidence.iter().any(|own| overlap(own, e));
    let touches = |c: &&Contradiction| c.evidence.iter().any(inside);
    for contradiction in teller.mention.report.reading.contradictions.iter().filter(touches) {
        let told = |claim: &&&Claim| contradiction.evidence.iter().any(|e| overlap(e, &claim.evidence));
        let behind: Vec<&Claim> = teller.claims.iter().filter(told).copied().collect();
        let field = behind.first().map_or("", |claim| field_of(&claim.field)).to_owned();
        let claims = behind.iter().map(|claim| teller.reference(claim)).collect();
        let note = contradiction.note.as_deref().unwrap_or_default();
        found.put(&contradiction.kind, &field, &contradiction.severity, claims, &[teller], note);
    }
}

fn overlap(a: &Evidence, b: &Evidence) -> bool {
    a.start < b.end && b.start < a.end
}
