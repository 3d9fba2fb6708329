//! incident: the mentions that tell of the same act, and what they make of it together, `annalist.incident/1`.

use crate::log::Digest;
use crate::{IncidentId, ReportId};
use annalist::reading::{Damage, Group, Perpetrator, Person, Place, Voice, When};
use serde::{Deserialize, Serialize};

/// The name of this format, in every incident.
pub const SCHEMA: &str = "annalist.incident/1";

/// One act of violence, as all the reports of the ledger tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The name of its oldest mention.
    pub id: IncidentId,
    /// Its mentions, oldest first.
    pub mentions: Vec<IncidentId>,
    /// The reports that tell of it, oldest first.
    pub reports: Vec<Source>,
    /// How many of them know it independently of one another.
    pub independent: usize,
    /// What is known of it together: a value of the `grade` list.
    pub grade: String,
    /// What was done.
    pub mode: Value<String>,
    /// Carried out, attempted, foiled or threatened.
    pub stage: Value<String>,
    /// When.
    pub date: Value<When>,
    /// Where.
    pub place: Value<Place>,
    /// With what.
    pub weapon: Value<Vec<String>>,
    /// What was aimed at or hit.
    pub targets: Value<Vec<String>>,
    /// By whom, and how far that is more than somebody's word.
    pub perpetrator: Value<Perpetrator>,
    /// Persons killed; none when no report says.
    pub killed: Value<Option<Figure>>,
    /// Persons injured; none when no report says.
    pub injured: Value<Option<Figure>>,
    /// Sub-counts, never added to the totals.
    pub groups: Value<Vec<Group>>,
    /// Persons named or described one by one, those of several reports joined, each with its way since.
    pub people: Value<Vec<Person>>,
    /// Things damaged.
    pub damage: Value<Vec<Damage>>,
    /// Why it concerns an election.
    pub election_related_by: Value<Vec<String>>,
    /// Relations to other incidents of the ledger.
    pub links: Vec<Link>,
    /// Everybody who speaks of it, each once.
    pub voices: Vec<Voice>,
    /// Where reports or voices disagree.
    pub conflicts: Vec<Conflict>,
    /// Where people stand with it.
    pub review: Review,
}

impl Incident {
    /// Hash of all but the review: an approval of other values than these has another one.
    ///
    /// # Units
    /// `sha256:` and 64 hexadecimal digits, of the JSON without spaces, its keys in the order of their bytes.
    pub fn content_hash(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("review");
        }
        value.sort_all_objects();
        format!("sha256:{}", Digest::of(value.to_string().as_bytes()).hex())
    }
}

/// A field's value with what chose it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Value<T> {
    /// The value.
    pub value: T,
    /// The policy that made it of the claims, or `override` when a person decided.
    pub policy: String,
    /// The claims behind it.
    pub claims: Vec<ClaimRef>,
}

/// A claim of a report: `r7k3m9q2xab4d/c12`, or `override/17` for the decision of a person in entry 17.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimRef(pub String);

/// A number of persons: lowest, best and highest figure of the claims that count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// At least so many.
    pub min: u64,
    /// The figure that the policy takes.
    pub best: u64,
    /// At most so many; none when open.
    pub max: Option<u64>,
    /// A value of the `count basis` list.
    pub basis: String,
}

/// A report behind an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The report.
    pub report: ReportId,
    /// Who published it.
    pub outlet: Option<String>,
    /// Where.
    pub url: Option<String>,
    /// Headline.
    pub title: Option<String>,
    /// When, `YYYY-MM-DD`.
    pub published_at: Option<String>,
    /// Origin of its knowledge: reports with one key count as one source.
    pub key: String,
    /// It was withdrawn and counts no more.
    #[serde(default)]
    pub withdrawn: bool,
}

/// A relation to another incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `follows`, `precedes`, `same_series` or `retaliation_for`.
    pub relation: String,
    /// The other incident.
    pub incident: IncidentId,
}

/// Claims that cannot all be true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// A value of the `contradiction.kind` list.
    pub kind: String,
    /// The field they are about.
    pub field: String,
    /// `hard` (not all can be true) or `soft` (needs a look).
    pub severity: String,
    /// The claims.
    pub claims: Vec<ClaimRef>,
    /// The reports they stand in.
    pub reports: Vec<ReportId>,
    /// What disagrees, for a person.
    pub note: String,
}

/// Where people stand with an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// `machine_draft`, `triaged`, `in_review`, `needs_second`, `approved`, `published`, `withdrawn`, `rejected`.
    pub state: String,
    /// Who shall look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<String>,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// Its mentions or values are other ones than those that were approved.
    #[serde(default)]
    pub changed_since: bool,
}
