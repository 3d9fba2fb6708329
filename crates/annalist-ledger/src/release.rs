//! release: here is an incident and an audience, what may they see of it?
//!
//! A view is an incident again, so that every format of [`crate::export`] writes it. What a policy of
//! `data/schema/release.toml` does not allow is emptied, and all of that is told in [`Released::withheld`], with
//! the field and why, never with the words. A pure function of the incident, the policy and the day: who asks
//! twice gets the same, and nothing is random.
//!
//! # Example
//! ```
//! use annalist_ledger::release::Policies;
//! let policies = Policies::read(&annalist::Bundle::embedded())?;
//! let public = policies.audience("public").expect("a policy that is shipped");
//! assert_eq!(public.audience, "public");
//! assert!(policies.audience("everybody").is_none());
//! # Ok::<(), annalist::DataError>(())
//! ```

mod echo;
mod field;
mod manifest;
mod place;
mod policy;
#[cfg(test)]
mod tests;

pub use manifest::{Given, Manifest, SCHEMA, Tombstone, manifest, tombstones};
pub use policy::{Policies, Policy};

use crate::{Incident, IncidentId};
use annalist::reading::{Person, Voice};
use jiff::civil::Date;
use policy::told;
use serde::{Deserialize, Serialize};

/// What an audience gets of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Released {
    /// The incident.
    pub id: IncidentId,
    /// What may be seen; none when nothing may.
    pub incident: Option<Incident>,
    /// What may not.
    pub withheld: Vec<Withheld>,
}

/// Something that is not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// The field: `people[2].name`, `place.point`; `incident` for all of it.
    pub field: String,
    /// Why, in words that do not tell it.
    pub why: String,
}

impl Withheld {
    fn new(field: &str, why: impl Into<String>) -> Self {
        Withheld { field: field.to_owned(), why: why.into() }
    }
}

/// What an audience may see of an incident on a day.
///
/// # Errors
/// When the view cannot be written as JSON, which no incident of the ledger does.
pub fn release(incident: &Incident, policy: &Policy, now: Date) -> Result<Released, serde_json::Error> {
    let id = incident.id.clone();
    if let Some(why) = refused(incident, policy, now) {
        return Ok(Released { id, incident: None, withheld: vec![Withheld::new("incident", why)] });
    }
    let mut view = incident.clone();
    let mut withheld = Vec::new();
    place::coarsen(&mut view, policy, &mut withheld);
    protect_people(&mut view, policy, &mut withheld);
    protect_voices(&mut view, policy, &mut withheld);
    empty_fields(&mut view, incident, policy, now, &mut withheld);
    merge_small_cells(&mut view, policy, &mut withheld);
    word_allegation(&mut view, policy);
    let view = echo::hush(incident, view, policy, &mut withheld)?;
    Ok(Released { id, incident: Some(view), withheld })
}

/// Why an audience gets nothing of an incident.
fn refused(incident: &Incident, policy: &Policy, now: Date) -> Option<String> {
    let review = &incident.review;
    if !policy.own.states.contains(&review.state) {
        return Some(format!("its state of review is `{}`", review.state));
    }
    if review.changed_since && !policy.own.changed_since {
        return Some("it changed since it was approved".to_owned());
    }
    if policy.own.grades_refused.contains(&incident.grade) {
        return Some(format!("its grade is `{}`", incident.grade));
    }
    held_back(incident, policy.own.embargo_days, now)
}

/// Until when something is held back that is given so many days after the attack, or after the last report of it
/// where its day is not known; none when it is given.
fn held_back(incident: &Incident, days: u32, now: Date) -> Option<String> {
    if days == 0 {
        return None;
    }
    let date = &incident.date.value;
    let attack =
        [&date.latest, &date.earliest].into_iter().find_map(|day| day.as_deref()?.parse::<Date>().ok());
    let reported =
        || incident.reports.iter().filter_map(|r| r.published_at.as_deref()?.parse::<Date>().ok()).max();
    let Some(day) = attack.or_else(reported) else {
        return Some(format!("held back for {days} days from a day that is not known"));
    };
    let until = day.checked_add(jiff::Span::new().days(i64::from(days))).unwrap_or(Date::MAX);
    (now < until).then(|| format!("held back until {until}"))
}

fn protect_people(view: &mut Incident, policy: &Policy, withheld: &mut Vec<Withheld>) {
    for (n, person) in view.people.value.iter_mut().enumerate() {
        if let Some(why) = nameless(person, policy) {
            let mut gone = |field: &str, something: bool| {
                if something {
                    withheld.push(Withheld::new(&format!("people[{n}].{field}"), why));
                }
            };
            gone("name", person.name.take().is_some());
            let with_name = |field: &str| policy.own.with_name.iter().any(|own| own == field);
            gone("occupation", with_name("people.occupation") && person.occupation.take().is_some());
            gone("age", with_name("people.age") && person.age.take().is_some());
            gone(
                "injuries",
                with_name("people.injuries") && !std::mem::take(&mut person.injuries).is_empty(),
            );
        }
        if policy.lives(&person.outcome) && !policy.own.facilities_of_living {
            for (m, status) in person.status.iter_mut().enumerate() {
                if status.facility.take().is_some() {
                    let field = format!("people[{n}].status[{m}].facility");
                    withheld.push(Withheld::new(&field, "where somebody who lives is treated"));
                }
            }
        }
    }
}

/// Why a person's name is not told.
fn nameless(person: &Person, policy: &Policy) -> Option<&'static str> {
    let own = &policy.own;
    if !own.named_minors && minor(person, policy) {
        Some("of a minor")
    } else if !told(&own.named_roles, &person.role) {
        Some("of somebody in this role")
    } else if !told(&own.named_outcomes, &person.outcome) {
        Some("of somebody who may live")
    } else {
        None
    }
}

fn minor(person: &Person, policy: &Policy) -> bool {
    let words = person
        .occupation
        .iter()
        .chain(&person.name)
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let young = |word: &str| policy.common.minor_words.iter().any(|own| *own == word.to_lowercase());
    person.age.is_some_and(|age| age < policy.common.minor_age) || words.into_iter().any(young)
}

fn protect_voices(view: &mut Incident, policy: &Policy, withheld: &mut Vec<Withheld>) {
    for (n, voice) in view.voices.iter_mut().enumerate() {
        if told(&policy.own.named_voices, &voice.kind) {
            continue;
        }
        let Voice { name, role, of, channel, .. } = voice;
        for (field, value) in [("name", name), ("role", role), ("of", of), ("channel", channel)] {
            if value.take().is_some() {
                let why = format!("a clue to a speaker of this kind (`{}`)", voice.kind);
                withheld.push(Withheld::new(&format!("voices[{n}].{field}"), why));
            }
        }
    }
}

/// Empties what the audience does not get, or not yet.
fn empty_fields(
    view: &mut Incident,
    incident: &Incident,
    policy: &Policy,
    now: Date,
    withheld: &mut Vec<Withheld>,
) {
    for (name, empty) in field::FIELDS {
        let allowed = policy.own.fields.iter().any(|own| own == name);
        let days = policy.own.embargo.get(*name).copied().unwrap_or(0);
        let why = match allowed {
            true => held_back(incident, days, now),
            false => Some(format!("not for `{}`", policy.audience)),
        };
        if let Some(why) = why
            && empty(view)
        {
            withheld.push(Withheld::new(name, why));
        }
    }
}

/// So few persons of one sex and age at a place are not told apart.
fn merge_small_cells(view: &mut Incident, policy: &Policy, withheld: &mut Vec<Withheld>) {
    let few = policy.own.small_cell;
    if policy.rank(&view.place.value.precision) >= policy.rank(&policy.own.small_cell_below) {
        return;
    }
    let why = || format!("fewer than {few} persons");
    let mut n = 0;
    view.groups.value.retain(|group| {
        let keep = group.max.unwrap_or(group.min) >= few;
        if !keep {
            withheld.push(Withheld::new(&format!("groups[{n}]"), why()));
        }
        n += 1;
        keep
    });
    let cell = |person: &Person| (person.sex.clone(), person.age.map(|age| age / 10));
    let nameless = |person: &&Person| person.name.is_none();
    let cells: Vec<_> = view.people.value.iter().filter(nameless).map(cell).collect();
    for (n, person) in view.people.value.iter_mut().enumerate() {
        let own = cell(person);
        let alike = cells.iter().filter(|c| **c == own).count() as u64;
        if person.name.is_some() || own == (None, None) || alike >= few {
            continue;
        }
        for (field, something) in [("sex", person.sex.take().is_some()), ("age", person.age.take().is_some())]
        {
            if something {
                withheld.push(Withheld::new(&format!("people[{n}].{field}"), why()));
            }
        }
    }
}

/// A perpetrator that does not own the act is worded as alleged.
fn word_allegation(view: &mut Incident, policy: &Policy) {
    let perpetrator = &mut view.perpetrator.value;
    let owned = policy.common.owned.contains(&perpetrator.state);
    if let Some(name) = perpetrator.name.as_mut().filter(|_| policy.own.alleged && !owned) {
        *name = policy.common.alleged.replacen("{}", name, 1);
    }
}
