//! Decisions of people on single fields: they hold against every policy and can be lifted again.

use super::policy::Policies;
use crate::incident::{ClaimRef, Conflict, Figure, Incident, Value};
use annalist::reading::{Damage, Group, Perpetrator, Person, Place, When};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// The policy's name where a person decided.
const OVERRIDE: &str = "override";

/// What a person says a field of an incident is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    /// The entry of the ledger that says so; of several on one field the last holds.
    pub entry: u64,
    /// The field of the incident: `mode`, `killed`, `people`, … or `grade`.
    pub field: String,
    /// The value in the shape of the field (`null` is one: not stated); none at all lifts what was decided before.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// Why.
    pub reason: String,
    /// Who.
    pub who: String,
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
}

/// A value that stands in the JSON is one, `null` too.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(value).map(Some)
}

/// Why a decision cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum OverrideError {
    /// An incident has no such field that people decide on.
    #[error("an incident has no field `{0}` to decide on; see `annalist_ledger::Incident`")]
    Field(String),
    /// The value has not the shape of the field.
    #[error("this is no value of `{field}`: {cause}")]
    Shape {
        /// The field.
        field: String,
        /// What is wrong with the value.
        cause: serde_json::Error,
    },
    /// The value stands in none of the lists of the field.
    #[error("`{value}` is no value of the list `{list}`")]
    Value {
        /// The list.
        list: &'static str,
        /// The value.
        value: String,
    },
    /// Lowest, best and highest figure are not in order.
    #[error("`{0}` needs min ≤ best ≤ max")]
    Figure(String),
}

impl Override {
    /// Whether the decision can be carried out; to be asked before it is entered.
    ///
    /// # Errors
    /// When there is no such field, and when the value is none of it.
    pub fn check(&self, policies: &Policies) -> Result<(), OverrideError> {
        let mut nothing = Decided::default();
        self.put(&mut nothing, policies)
    }

    /// Puts the value where it belongs.
    fn put(&self, to: &mut Decided, policies: &Policies) -> Result<(), OverrideError> {
        match self.field.as_str() {
            "grade" => to.grade = self.listed("grade", policies)?,
            "mode" => to.mode = self.listed("mode", policies)?,
            "stage" => to.stage = self.listed("stage", policies)?,
            "date" => to.date = self.read()?,
            "place" => to.place = self.read()?,
            "weapon" => to.weapon = self.all_listed("weapon", policies)?,
            "targets" => to.targets = self.all_listed("target", policies)?,
            "perpetrator" => to.perpetrator = self.read()?,
            "killed" => to.killed = self.figure()?,
            "injured" => to.injured = self.figure()?,
            "groups" => to.groups = self.read()?,
            "people" => to.people = self.read()?,
            "damage" => to.damage = self.read()?,
            "election_related_by" => to.election_related_by = self.all_listed("election", policies)?,
            other => return Err(OverrideError::Field(other.to_owned())),
        }
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self) -> Result<Option<T>, OverrideError> {
        let read = |value| {
            T::deserialize(value).map_err(|cause| OverrideError::Shape { field: self.field.clone(), cause })
        };
        self.value.as_ref().map(read).transpose()
    }

    fn listed(&self, list: &'static str, policies: &Policies) -> Result<Option<String>, OverrideError> {
        let value = self.read()?;
        must_stand(value.iter(), list, policies)?;
        Ok(value)
    }

    fn all_listed(
        &self,
        list: &'static str,
        policies: &Policies,
    ) -> Result<Option<Vec<String>>, OverrideError> {
        let values: Option<Vec<String>> = self.read()?;
        must_stand(values.iter().flatten(), list, policies)?;
        Ok(values)
    }

    fn figure(&self) -> Result<Option<Option<Figure>>, OverrideError> {
        let figure: Option<Option<Figure>> = self.read()?;
        let ordered = |f: &Figure| f.min <= f.best && f.max.is_none_or(|max| f.best <= max);
        match figure.as_ref().and_then(Option::as_ref).is_none_or(ordered) {
            true => Ok(figure),
            false => Err(OverrideError::Figure(self.field.clone())),
        }
    }
}

fn must_stand<'v>(
    mut values: impl Iterator<Item = &'v String>,
    list: &'static str,
    policies: &Policies,
) -> Result<(), OverrideError> {
    match values.find(|value| !policies.knows(list, value)) {
        Some(value) => Err(OverrideError::Value { list, value: value.clone() }),
        None => Ok(()),
    }
}

/// The fields on which people decided.
#[derive(Default)]
struct Decided {
    grade: Option<String>,
    mode: Option<String>,
    stage: Option<String>,
    date: Option<When>,
    place: Option<Place>,
    weapon: Option<Vec<String>>,
    targets: Option<Vec<String>>,
    perpetrator: Option<Perpetrator>,
    killed: Option<Option<Figure>>,
    injured: Option<Option<Figure>>,
    groups: Option<Vec<Group>>,
    people: Option<Vec<Person>>,
    damage: Option<Vec<Damage>>,
    election_related_by: Option<Vec<String>>,
}

/// Carries out the last decision on each field. One that cannot be carried out becomes a conflict for people.
pub(super) fn apply(incident: &mut Incident, overrides: &[Override], policies: &Policies) {
    let mut last: BTreeMap<&str, &Override> = BTreeMap::new();
    for decision in overrides {
        let known = last.entry(&decision.field).or_insert(decision);
        if decision.entry >= known.entry {
            *known = decision;
        }
    }
    let mut decided = Decided::default();
    for decision in last.values().filter(|decision| decision.value.is_some()) {
        match decision.put(&mut decided, policies) {
            Ok(()) => settle(&mut incident.conflicts, decision),
            Err(error) => incident.conflicts.push(unreadable(decision, &error)),
        }
    }
    let entry = |field: &str| last.get(field).map_or(0, |decision| decision.entry);
    if let Some(grade) = decided.grade {
        incident.grade = grade;
    }
    put(&mut incident.mode, decided.mode, entry("mode"));
    put(&mut incident.stage, decided.stage, entry("stage"));
    put(&mut incident.date, decided.date, entry("date"));
    put(&mut incident.place, decided.place, entry("place"));
    put(&mut incident.weapon, decided.weapon, entry("weapon"));
    put(&mut incident.targets, decided.targets, entry("targets"));
    put(&mut incident.perpetrator, decided.perpetrator, entry("perpetrator"));
    put(&mut incident.killed, decided.killed, entry("killed"));
    put(&mut incident.injured, decided.injured, entry("injured"));
    put(&mut incident.groups, decided.groups, entry("groups"));
    put(&mut incident.people, decided.people, entry("people"));
    put(&mut incident.damage, decided.damage, entry("damage"));
    put(&mut incident.election_related_by, decided.election_related_by, entry("election_related_by"));
}

fn put<T>(field: &mut Value<T>, decided: Option<T>, entry: u64) {
    if let Some(value) = decided {
        let claims = vec![ClaimRef(format!("{OVERRIDE}/{entry}"))];
        *field = Value { value, policy: OVERRIDE.to_owned(), claims };
    }
}

/// The reports still disagree, but a person has looked.
fn settle(conflicts: &mut [Conflict], decision: &Override) {
    for conflict in conflicts.iter_mut().filter(|c| c.field == decision.field) {
        "soft".clone_into(&mut conflict.severity);
        let between = if conflict.note.is_empty() { "" } else { "; " };
        conflict.note.push_str(&format!("{between}decided in entry {}", decision.entry));
    }
}

fn unreadable(decision: &Override, error: &OverrideError) -> Conflict {
    Conflict {
        kind: "unreadable_override".to_owned(),
        field: decision.field.clone(),
        severity: "hard".to_owned(),
        claims: vec![ClaimRef(format!("{OVERRIDE}/{}", decision.entry))],
        reports: Vec::new(),
        note: error.to_string(),
    }
}
