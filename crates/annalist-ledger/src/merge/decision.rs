//! Decisions of people on single fields: they hold against every policy and can be lifted again.

use super::policy::Policies;
use super::written;
use crate::incident::{ClaimRef, Conflict, Figure, Incident, Value};
use crate::values::{NoValue, Values};
use annalist::reading::{Damage, Group, Perpetrator, Person, Place, When};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// The policy's name where a person decided.
const OVERRIDE: &str = "override";
/// The precision of a date of which no day is known.
pub(super) const UNDATED: &str = "undated";
/// No incident has more persons killed, or things damaged.
const NUMBER_MAX: u64 = 10_000_000;
/// Years.
const AGE_MAX: u32 = 130;

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
    #[error("an incident has no field `{0}` to decide on; the fields are {fields}", fields = written::fields())]
    Field(String),
    /// The value has not the shape of the field.
    #[error("this is no value of `{field}`: {cause}; write {}", written::example(.field))]
    Shape {
        /// The field.
        field: String,
        /// What is wrong with the value.
        cause: serde_json::Error,
    },
    /// A part of the value stands in none of the lists of the field.
    #[error(transparent)]
    Value(#[from] NoValue),
    /// The value has the shape of the field and cannot be true.
    #[error("this cannot be the `{field}`: {fault}; write {}", written::example(.field))]
    Impossible {
        /// The field.
        field: String,
        /// What cannot be.
        fault: String,
    },
}

impl Override {
    /// Whether the decision can be carried out; to be asked before it is entered.
    ///
    /// # Errors
    /// When there is no such field, and when the value is none of it.
    pub fn check(&self, policies: &Policies) -> Result<(), OverrideError> {
        let mut decided = Decided::default();
        self.put(&mut decided, policies.values())?;
        self.check_sense(&decided, policies.values())
    }

    /// Whether the value can be true. What was entered before this was asked holds as it is.
    fn check_sense(&self, decided: &Decided, values: &Values) -> Result<(), OverrideError> {
        decided.date.iter().try_for_each(|when| self.check_date(when, values))?;
        decided.place.iter().try_for_each(|place| self.check_place(place, values))?;
        decided.perpetrator.iter().try_for_each(|told| self.check_perpetrator(told, values))?;
        let mut figures = decided.killed.iter().chain(&decided.injured).flatten();
        figures.try_for_each(|figure| self.check_figure(figure, values))?;
        decided.groups.iter().try_for_each(|groups| self.check_groups(groups, values))?;
        decided.people.iter().try_for_each(|people| self.check_people(people, values))?;
        decided.damage.iter().try_for_each(|damage| self.check_damage(damage, values))
    }

    /// Puts the value where it belongs.
    fn put(&self, to: &mut Decided, values: &Values) -> Result<(), OverrideError> {
        let one = |list| self.read(|value: &String| listed(values, list, [value]));
        let several = |list| self.read(|them: &Vec<String>| listed(values, list, them));
        match self.field.as_str() {
            "grade" => to.grade = one("grade")?,
            "mode" => to.mode = one("mode")?,
            "stage" => to.stage = one("stage")?,
            "date" => to.date = self.read(any)?,
            "place" => to.place = self.read(any)?,
            "weapon" => to.weapon = several("weapon")?,
            "targets" => to.targets = several("target")?,
            "perpetrator" => to.perpetrator = self.read(any)?,
            "killed" => to.killed = self.read(|figure| self.check_order(figure))?,
            "injured" => to.injured = self.read(|figure| self.check_order(figure))?,
            "groups" => to.groups = self.read(any)?,
            "people" => to.people = self.read(any)?,
            "damage" => to.damage = self.read(any)?,
            "election_related_by" => to.election_related_by = several("election")?,
            other => return Err(OverrideError::Field(other.to_owned())),
        }
        Ok(())
    }

    /// The value, in the shape of the field and as the check lets it pass.
    fn read<T: DeserializeOwned>(
        &self,
        check: impl Fn(&T) -> Result<(), OverrideError>,
    ) -> Result<Option<T>, OverrideError> {
        let shape = |cause| OverrideError::Shape { field: self.field.clone(), cause };
        let value = self.value.as_ref().map(|value| T::deserialize(value).map_err(shape)).transpose()?;
        value.as_ref().map(check).transpose()?;
        Ok(value)
    }

    fn must(&self, is_so: bool, fault: impl FnOnce() -> String) -> Result<(), OverrideError> {
        let impossible = || OverrideError::Impossible { field: self.field.clone(), fault: fault() };
        if is_so { Ok(()) } else { Err(impossible()) }
    }

    fn check_date(&self, when: &When, values: &Values) -> Result<(), OverrideError> {
        listed(values, "date_precision", [&when.precision])?;
        listed(values, "date_basis", &when.basis)?;
        let mut days = Vec::new();
        for written in when.earliest.iter().chain(&when.latest) {
            let day = written.parse::<Date>().ok().filter(|day| day.to_string() == *written);
            self.must(day.is_some(), || format!("there is no day `{written}`"))?;
            days.extend(day);
        }
        self.must(days.is_sorted(), || "its last day lies before its first".to_owned())?;
        self.must(days.is_empty() == (when.precision == UNDATED), || {
            format!("a date has days, or its precision is `{UNDATED}`")
        })
    }

    fn check_place(&self, place: &Place, values: &Values) -> Result<(), OverrideError> {
        listed(values, "place_precision", [&place.precision])?;
        if let Some(code) = place.country.as_ref().filter(|code| !values.is_country(code)) {
            values.country(code)?;
            return self.must(false, || format!("`{code}` is no code of a country as ISO 3166-1 writes it"));
        }
        let within = |degrees: Option<f64>, most: f64| degrees.is_none_or(|d| d.abs() <= most);
        self.must(within(place.lat, 90.0) && within(place.lon, 180.0), || {
            "latitudes lie within ±90 degrees and longitudes within ±180".to_owned()
        })?;
        self.must(place.lat.is_some() == place.lon.is_some(), || {
            "a point has a latitude and a longitude".to_owned()
        })
    }

    fn check_perpetrator(&self, told: &Perpetrator, values: &Values) -> Result<(), OverrideError> {
        listed(values, "perpetrator_state", [&told.state])?;
        self.must(told.name.as_ref().is_none_or(|name| !name.trim().is_empty()), || {
            "its name is empty".to_owned()
        })
    }

    fn check_order(&self, figure: &Option<Figure>) -> Result<(), OverrideError> {
        let ordered = |f: &Figure| f.min <= f.best && f.max.is_none_or(|max| f.best <= max);
        self.must(figure.as_ref().is_none_or(ordered), || "it needs min ≤ best ≤ max".to_owned())
    }

    fn check_figure(&self, figure: &Figure, values: &Values) -> Result<(), OverrideError> {
        listed(values, "count_basis", [&figure.basis])?;
        self.check_number(figure.max.unwrap_or(figure.best))
    }

    fn check_number(&self, number: u64) -> Result<(), OverrideError> {
        self.must(number <= NUMBER_MAX, || format!("{number} is more than {NUMBER_MAX}"))
    }

    fn check_groups(&self, groups: &[Group], values: &Values) -> Result<(), OverrideError> {
        listed(values, "outcome", groups.iter().map(|group| &group.outcome))?;
        for group in groups {
            let ordered = group.max.is_none_or(|max| group.min <= max);
            self.must(ordered, || "a group needs min ≤ max".to_owned())?;
            self.check_number(group.max.unwrap_or(group.min))?;
        }
        Ok(())
    }

    fn check_people(&self, people: &[Person], values: &Values) -> Result<(), OverrideError> {
        for person in people {
            listed(values, "person_role", [&person.role])?;
            listed(values, "outcome", [&person.outcome])?;
            listed(values, "severity", &person.severity)?;
            listed(values, "status", person.status.iter().map(|step| &step.status))?;
            self.must(person.age.is_none_or(|age| age <= AGE_MAX), || {
                format!("nobody is more than {AGE_MAX} years old")
            })?;
            let sex = person.sex.as_deref();
            self.must(sex.is_none_or(|sex| matches!(sex, "m" | "f")), || {
                "the sex is `m`, `f` or null".to_owned()
            })?;
        }
        Ok(())
    }

    fn check_damage(&self, damage: &[Damage], values: &Values) -> Result<(), OverrideError> {
        for thing in damage {
            listed(values, "target", [&thing.class])?;
            listed(values, "damage_severity", [&thing.severity])?;
            self.check_number(thing.count.unwrap_or(0))?;
        }
        Ok(())
    }
}

fn any<T>(_: &T) -> Result<(), OverrideError> {
    Ok(())
}

fn listed<'v>(
    values: &Values,
    list: &str,
    them: impl IntoIterator<Item = &'v String>,
) -> Result<(), OverrideError> {
    match them.into_iter().find(|value| !values.has(list, value)) {
        Some(value) => Err(values.unknown(list, value).into()),
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
        match decision.put(&mut decided, policies.values()) {
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
