//! act: what people and the program do, as entries of the log.

use crate::log::{Draft, Entry};
use crate::resolve::Verdict;
use crate::{IncidentId, ReportId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that was done, other than adding a report.
///
/// Each part is a field of the entry, committed to and erasable alone; an act that lost a part it cannot do without is
/// [`Act::of`] none, and its entry stands all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Act {
    /// The ledger was begun.
    Ledger {
        /// Its name in checkpoints.
        origin: String,
        /// The key that signs them.
        key: String,
        /// The program that began it.
        program: String,
    },
    /// Somebody works with it.
    Person {
        /// Name in the ledger: `p1`, `p2`, …
        person: String,
        /// Name in the world; kept in the vault.
        #[serde(default)]
        name: Option<String>,
    },
    /// A report counts no more, or counts again.
    Withdrawal {
        /// The report.
        report: ReportId,
        /// Whether it is withdrawn now.
        withdrawn: bool,
        /// Why.
        reason: String,
    },
    /// Mentions tell of the same incident as others, or not: each of the one side and each of the other.
    Judgement {
        /// The one side.
        one: Vec<IncidentId>,
        /// The other.
        other: Vec<IncidentId>,
        /// What the person found.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// A reviewer's own claim about a field.
    Override {
        /// The incident.
        incident: IncidentId,
        /// The field.
        field: String,
        /// Its value, `null` for one that is not stated; none at all lifts the override.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
        /// Why.
        reason: String,
    },
    /// An incident went on to another state of review.
    Review {
        /// The incident.
        incident: IncidentId,
        /// The state.
        state: String,
        /// Hash of the values that the person saw.
        content: String,
        /// Why, where a reason is asked for.
        #[serde(default)]
        reason: String,
    },
    /// Words about an incident.
    Comment {
        /// The incident.
        incident: IncidentId,
        /// The words.
        #[serde(default)]
        text: Option<String>,
    },
    /// Somebody shall look at an incident.
    Assignment {
        /// The incident.
        incident: IncidentId,
        /// Who; none lifts the assignment.
        person: Option<String>,
    },
    /// Something was given out to an audience.
    Release {
        /// To whom.
        audience: String,
        /// Hash of the policy it was made by.
        policy: String,
        /// What was given out: for each incident the hash of what the audience got.
        manifest: Value,
    },
    /// A field is made by another policy from now on.
    Policy {
        /// The field.
        field: String,
        /// The policy.
        policy: String,
    },
    /// Fields of an earlier entry were erased.
    Erasure {
        /// The entry.
        entry: u64,
        /// The fields.
        names: Vec<String>,
        /// Why.
        reason: String,
        /// The mentions that nothing tells of any more, and for each another one of its incident: what people did about
        /// the incident under its name goes on there.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        gone: BTreeMap<IncidentId, Option<IncidentId>>,
    },
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// Number of its entry.
    pub seq: u64,
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// Who.
    pub by: String,
    /// What.
    pub act: Act,
}

/// A value that stands in the JSON is one, `null` too.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Parts of acts that are kept in the vault, as `KIND.FIELD`.
const VAULT: [&str; 1] = ["person.name"];

impl Act {
    /// The entry to be made of it.
    pub fn draft(&self, by: &str) -> Draft {
        let mut fields = match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            // Plain data with text keys.
            _ => serde_json::Map::new(),
        };
        let kind = fields.remove("kind").unwrap_or_default();
        let prefix = kind.as_str().unwrap_or_default().to_owned();
        // An act without a kind cannot be: every variant has one.
        let kind = serde_json::from_value(kind).unwrap_or(crate::log::Kind::Comment);
        fields.into_iter().fold(Draft::new(kind, by), |draft, (name, value)| {
            let bytes = value.to_string();
            let vault = VAULT.contains(&format!("{prefix}.{name}").as_str());
            if vault { draft.with_vault(&name, bytes) } else { draft.with(&name, bytes) }
        })
    }

    /// The act of an entry; none when it is another kind of entry, or lost what it cannot do without.
    pub fn of(entry: &Entry) -> Option<Self> {
        let mut fields = serde_json::Map::new();
        fields.insert("kind".to_owned(), entry.header.kind.name().into());
        for (name, held) in &entry.held {
            fields.insert(name.clone(), serde_json::from_slice(&held.value).ok()?);
        }
        serde_json::from_value(Value::Object(fields)).ok()
    }

    /// The pairs of mentions that a judgement is about; none of other acts.
    pub fn pairs(&self) -> Vec<(&IncidentId, &IncidentId)> {
        match self {
            Act::Judgement { one, other, .. } => {
                one.iter().flat_map(|a| other.iter().map(move |b| (a, b))).filter(|(a, b)| a != b).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The incidents it is about, by the names it was given.
    pub fn incidents(&self) -> Vec<&IncidentId> {
        match self {
            Act::Judgement { one, other, .. } => one.iter().chain(other).collect(),
            Act::Override { incident, .. }
            | Act::Review { incident, .. }
            | Act::Comment { incident, .. }
            | Act::Assignment { incident, .. } => vec![incident],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_comes_back_out_of_its_entry_and_names_are_in_the_vault() {
        let a = IncidentId::of(&[b"a"]);
        let b = IncidentId::of(&[b"b"]);
        let acts = [
            Act::Judgement {
                one: vec![a],
                other: vec![b.clone()],
                verdict: Verdict::NotSame,
                reason: "other day".to_owned(),
            },
            Act::Override {
                incident: b,
                field: "killed".to_owned(),
                value: Some(serde_json::json!({"min": 1})),
                reason: "hospital".to_owned(),
            },
            Act::Person { person: "p1".to_owned(), name: Some("A. Person".to_owned()) },
        ];
        for act in acts {
            let mut entry = act.draft("p1").seal(4, || [1; 16]).unwrap();
            assert_eq!(Act::of(&entry), Some(act.clone()));
            let in_vault: Vec<&str> =
                entry.held.iter().filter(|(_, held)| held.vault).map(|(name, _)| name.as_str()).collect();
            assert_eq!(in_vault, if matches!(act, Act::Person { .. }) { vec!["name"] } else { vec![] });
            entry.held.remove("reason");
            entry.held.remove("name");
            assert_eq!(Act::of(&entry).is_some(), matches!(act, Act::Person { .. }));
        }
    }
}
