//! report: what one capture was read as, and the incidents it tells of.

use crate::{IncidentId, ReportId};
use annalist::reading::{self, Reading};
use serde::{Deserialize, Serialize};

/// A report as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its permanent name.
    pub id: ReportId,
    /// When it came into the ledger, milliseconds since 1970 UTC.
    pub added_at: i64,
    /// Where its bytes were found: a path, a line of a file, an address.
    pub found_at: String,
    /// What it was read as: text, incidents, claims, voices.
    pub reading: Reading,
    /// The permanent name of each incident of the reading, in its order.
    pub mentions: Vec<IncidentId>,
    /// Why it no longer counts, once it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
}

impl Report {
    /// The incidents it tells of, each with the report around it.
    pub fn tellings(&self) -> impl Iterator<Item = Mention<'_>> {
        self.mentions.iter().zip(&self.reading.incidents).map(|(id, incident)| Mention {
            id,
            report: self,
            incident,
        })
    }

    /// One of its claims.
    pub fn claim(&self, id: &str) -> Option<&reading::Claim> {
        self.reading.claims.iter().find(|claim| claim.id == id)
    }

    /// One of its voices.
    pub fn voice(&self, id: &str) -> Option<&reading::Voice> {
        self.reading.voices.iter().find(|voice| voice.id == id)
    }
}

/// One incident as one report tells it.
#[derive(Clone, Copy, Debug)]
pub struct Mention<'a> {
    /// Its permanent name.
    pub id: &'a IncidentId,
    /// The report.
    pub report: &'a Report,
    /// What the report tells.
    pub incident: &'a reading::Incident,
}

impl<'a> Mention<'a> {
    /// The claims of the report about this incident.
    pub fn claims(self) -> impl Iterator<Item = &'a reading::Claim> {
        let (report, incident) = (self.report, self.incident);
        report.reading.claims.iter().filter(move |claim| claim.incident == incident.id)
    }
}
