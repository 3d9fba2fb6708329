//! What was given out, and what of it must be called back.

use super::{Policy, Released};
use crate::log::Digest;
use crate::{Incident, IncidentId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The name of this format, in every manifest.
pub const SCHEMA: &str = "annalist.release/1";

/// What was given to an audience on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// To whom.
    pub audience: String,
    /// SHA-256 of the policies in force, hexadecimal.
    pub policy: String,
    /// When, `YYYY-MM-DD`.
    pub date: String,
    /// What, in the order of the ids.
    pub items: Vec<Given>,
}

/// An incident as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The incident.
    pub incident: IncidentId,
    /// Its mentions, by which it is found again when it is joined to another.
    pub mentions: Vec<IncidentId>,
    /// SHA-256 of the view's JSON, hexadecimal.
    pub sha256: String,
}

/// Something given out before that must be replaced or deleted by those who have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The incident as it was called.
    pub incident: IncidentId,
    /// SHA-256 of what was given, hexadecimal.
    pub sha256: String,
    /// `withdrawn` (it, or every report that told of it), `rejected`, `erased`, `joined`, `held_back` (no longer for this
    /// audience) or `changed`.
    pub why: String,
    /// The incident that it is now part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<IncidentId>,
    /// When it was called back, `YYYY-MM-DD`.
    pub date: String,
}

/// What is given to an audience, to be kept in the ledger; what is wholly withheld is not in it.
///
/// # Errors
/// When a view cannot be written as JSON.
pub fn manifest(items: &[Released], policy: &Policy, now: Date) -> Result<Manifest, serde_json::Error> {
    let mut given: Vec<Given> = items
        .iter()
        .filter_map(|item| item.incident.as_ref())
        .map(|view| {
            let sha256 = Digest::of(&serde_json::to_vec(view)?).hex();
            Ok(Given { incident: view.id.clone(), mentions: view.mentions.clone(), sha256 })
        })
        .collect::<Result<_, serde_json::Error>>()?;
    given.sort_by(|a, b| a.incident.cmp(&b.incident));
    Ok(Manifest {
        schema: SCHEMA.to_owned(),
        audience: policy.audience.clone(),
        policy: policy.hash.clone(),
        date: now.to_string(),
        items: given,
    })
}

/// What of an earlier manifest must be called back or replaced.
///
/// `current` is what is given to the same audience now, `incident` the incident that a mention now belongs to,
/// none when it was erased.
pub fn tombstones<'i>(
    previous: &Manifest,
    current: &Manifest,
    incident: impl Fn(&IncidentId) -> Option<&'i Incident>,
    now: Date,
) -> Vec<Tombstone> {
    let tombstone = |given: &Given| {
        let place = current.items.binary_search_by(|item| item.incident.cmp(&given.incident));
        let same = place.ok().and_then(|n| current.items.get(n));
        let (why, joined) = match (same, incident(&given.incident)) {
            (Some(item), _) if item.sha256 == given.sha256 => return None,
            (Some(_), _) => ("changed", None),
            (None, None) => ("erased", None),
            (None, Some(other)) if other.id != given.incident => ("joined", Some(other.id.clone())),
            (None, Some(own)) => match own.review.state.as_str() {
                state @ ("withdrawn" | "rejected") => (state, None),
                _ if own.reports.iter().all(|report| report.withdrawn) => ("withdrawn", None),
                _ => ("held_back", None),
            },
        };
        Some(Tombstone {
            incident: given.incident.clone(),
            sha256: given.sha256.clone(),
            why: why.to_owned(),
            now: joined,
            date: now.to_string(),
        })
    };
    previous.items.iter().filter_map(tombstone).collect()
}
