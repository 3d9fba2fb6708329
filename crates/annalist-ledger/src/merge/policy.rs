//! Policies of the fields and the order of their values, `data/schema/policies.toml`.

use crate::values::Values;
use annalist::bundle::{Bundle, DataError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const PATH: &str = "schema/policies.toml";

/// The fields of an incident that a policy makes.
const FIELDS: [&str; 13] = [
    "mode",
    "stage",
    "date",
    "place",
    "weapon",
    "targets",
    "perpetrator",
    "killed",
    "injured",
    "groups",
    "people",
    "damage",
    "election_related_by",
];

/// How the tellings of several reports become one value.
///
/// # Source
/// The first three after the R package eventreport (van Baalen, 2024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The least precise or lowest that all support.
    Conservative,
    /// The most precise, the highest, all that anybody tells.
    Informative,
    /// What most independent sources say.
    Representative,
    /// What the newest report says.
    Latest,
}

impl Policy {
    /// The policy of this name.
    pub fn parse(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }

    /// The name that stands in [`crate::incident::Value`].
    pub fn name(self) -> &'static str {
        match self {
            Policy::Conservative => "conservative",
            Policy::Informative => "informative",
            Policy::Representative => "representative",
            Policy::Latest => "latest",
        }
    }
}

/// The policy of every field, and what the values of a field are to one another.
///
/// # Example
/// ```
/// use annalist_ledger::merge::{Policies, Policy};
/// let policies = Policies::read(&annalist::Bundle::embedded())?;
/// assert_eq!(policies.of("killed"), Policy::Representative);
/// # Ok::<(), annalist::DataError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policies {
    default: Policy,
    #[serde(default)]
    field: BTreeMap<String, Policy>,
    order: BTreeMap<String, Vec<String>>,
    covers: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    pub(super) place: PlaceWords,
    pub(super) figure: FigureWords,
    pub(super) person: PersonWords,
    pub(super) perpetrator: PerpetratorWords,
    pub(super) grade: GradeWords,
    #[serde(skip)]
    values: Values,
}

/// Words of places that name none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceWords {
    pub(super) kinds: Vec<String>,
}

/// Kinds of figures that only bound a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FigureWords {
    pub(super) bounds: Vec<String>,
}

/// Outcomes and steps of persons that the arithmetic of casualties turns on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonWords {
    pub(super) dead: Vec<String>,
    pub(super) died_later: String,
    pub(super) hurt: Vec<String>,
    pub(super) end: String,
    pub(super) after_end: Vec<String>,
}

/// States and words of perpetrators.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PerpetratorWords {
    pub(super) rivals: String,
    pub(super) nobody: String,
    pub(super) denied: String,
    pub(super) nameless: Vec<String>,
}

/// The grades by how many tell and whether anybody denies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GradeWords {
    pub(super) several: String,
    pub(super) one: String,
    pub(super) disputed: String,
    pub(super) none: String,
}

impl Policies {
    /// The policies of a data bundle.
    ///
    /// # Errors
    /// When the file is missing or no such table, and when it names a value that no list of the schema knows.
    pub fn read(bundle: &Bundle) -> Result<Self, DataError> {
        let mut policies: Policies = toml_file(bundle, PATH)?;
        policies.values = Values::read(bundle)?;
        policies.check()?;
        for table in policies.covers.values_mut() {
            close(table);
        }
        Ok(policies)
    }

    /// The fields that a policy makes.
    pub fn fields() -> &'static [&'static str] {
        &FIELDS
    }

    /// The policy of a field of the incident.
    pub fn of(&self, field: &str) -> Policy {
        self.field.get(field).copied().unwrap_or(self.default)
    }

    /// The same policies with another one for a field.
    pub fn with(mut self, field: &str, policy: Policy) -> Self {
        self.field.insert(field.to_owned(), policy);
        self
    }

    /// Where a value stands in its order, from the least; a value that the order lacks stands lowest.
    pub(super) fn rank(&self, list: &str, value: &str) -> usize {
        let at = self.order.get(list).and_then(|order| order.iter().position(|v| v == value));
        at.map_or(0, |at| at + 1)
    }

    /// Whether the second value is the first or a kind of it.
    pub(super) fn covers(&self, list: &str, coarse: &str, fine: &str) -> bool {
        coarse == fine
            || self
                .covers
                .get(list)
                .and_then(|table| table.get(coarse))
                .is_some_and(|finer| finer.contains("*") || finer.contains(fine))
    }

    /// How many values of its list contain a value: the more, the finer it is.
    pub(super) fn depth(&self, list: &str, value: &str) -> usize {
        let table = self.covers.get(list).into_iter().flatten();
        table.filter(|(coarse, _)| *coarse != value && self.covers(list, coarse, value)).count()
    }

    /// The values that fields take.
    pub fn values(&self) -> &Values {
        &self.values
    }

    fn check(&self) -> Result<(), DataError> {
        if let Some(field) = self.field.keys().find(|field| !FIELDS.contains(&field.as_str())) {
            return Err(DataError::new(PATH, 0, format!("an incident has no field `{field}`")));
        }
        let list_of = |name: &str| if name == "targets" { "target".to_owned() } else { name.to_owned() };
        let mut used: Vec<(String, &String)> = Vec::new();
        for (name, order) in &self.order {
            used.extend(order.iter().map(|value| (list_of(name), value)));
        }
        for (name, table) in &self.covers {
            let finer = table.values().flatten().filter(|value| *value != "*");
            used.extend(table.keys().chain(finer).map(|value| (list_of(name), value)));
        }
        let person = [&self.person.dead, &self.person.hurt].into_iter().flatten();
        used.extend(person.chain([&self.person.died_later]).map(|v| ("outcome".to_owned(), v)));
        used.extend(self.person.after_end.iter().chain([&self.person.end]).map(|v| ("status".to_owned(), v)));
        used.extend(self.figure.bounds.iter().map(|v| ("count_basis".to_owned(), v)));
        let states = [&self.perpetrator.rivals, &self.perpetrator.nobody, &self.perpetrator.denied];
        used.extend(states.map(|v| ("perpetrator_state".to_owned(), v)));
        let grades = [&self.grade.several, &self.grade.one, &self.grade.disputed, &self.grade.none];
        used.extend(grades.map(|v| ("grade".to_owned(), v)));
        for (list, value) in used {
            if !self.values.has(&list, value) {
                let message = format!("`{value}` stands in no list `{list}` of schema/values.toml");
                return Err(DataError::new(PATH, 0, message));
            }
        }
        Ok(())
    }
}

/// What is covered by what is covered is covered.
fn close(table: &mut BTreeMap<String, BTreeSet<String>>) {
    loop {
        let mut more: Vec<(String, String)> = Vec::new();
        for (coarse, finer) in table.iter() {
            let next = finer.iter().filter_map(|value| table.get(value)).flatten();
            more.extend(next.filter(|v| !finer.contains(*v)).map(|v| (coarse.clone(), v.clone())));
        }
        if more.is_empty() {
            return;
        }
        for (coarse, value) in more {
            table.entry(coarse).or_default().insert(value);
        }
    }
}

/// A TOML file of the data.
pub(crate) fn toml_file<T: serde::de::DeserializeOwned>(bundle: &Bundle, path: &str) -> Result<T, DataError> {
    let Some(file) = bundle.get(path) else {
        return Err(DataError::new(path, 0, "the file is missing; an overlay must not remove it"));
    };
    let text = std::str::from_utf8(file.bytes()).map_err(|e| DataError::new(path, 0, e.to_string()))?;
    toml::from_str(text).map_err(|e| {
        let before = e.span().and_then(|span| text.get(..span.start));
        DataError::new(path, before.map_or(0, |text| text.lines().count().max(1)), e.message().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_covered_by_the_covered_is_covered() {
        let policies = Policies::read(&Bundle::embedded()).unwrap();
        assert!(policies.covers("weapon", "explosive", "fpv_drone"));
        assert!(policies.covers("mode", "attack", "debris"));
        assert!(!policies.covers("weapon", "fpv_drone", "drone"));
        assert!(policies.rank("place_precision", "site") > policies.rank("place_precision", "adm1"));
    }

    #[test]
    fn a_value_of_no_list_and_a_field_of_no_incident_are_faults_that_name_them() {
        let text = String::from_utf8(Bundle::embedded().get(PATH).unwrap().bytes().to_vec()).unwrap();
        for (right, wrong) in [("\"killed\"", "\"kiled\""), ("\nkilled =", "\nkiled =")] {
            let mut bundle = Bundle::embedded();
            bundle.overlay(PATH, text.replace(right, wrong).into_bytes());
            assert!(Policies::read(&bundle).unwrap_err().message.contains("`kiled`"), "{wrong}");
        }
    }
}
