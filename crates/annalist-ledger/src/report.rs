//! report: what one capture was read as, and the incidents it tells of.

use crate::log::{Digest, Draft, Entry, Kind};
use crate::{IncidentId, ReportId};
use annalist::reading::{self, Reading};
use serde::{Deserialize, Serialize};

/// The part of a field that a claim is about which says what figure its report takes between the bounds that it gives, a
/// number of persons: `killed.best`, `injured.best`. Tables of events state it.
pub const BEST: &str = "best";

/// A report as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its permanent name.
    pub id: ReportId,
    /// The entry that brought it in: what came earlier has a lower number, whatever the clock said.
    pub entry: u64,
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

    /// Whether it is a row of a table ([`crate::import::Claims`]), in which there are no sentences to be read.
    pub fn is_row(&self) -> bool {
        const IMPORT: &str = "import.";
        self.reading.claims.iter().any(|claim| claim.rule.starts_with(IMPORT))
            || self.reading.diagnostics.iter().any(|note| note.code.starts_with(IMPORT))
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

impl Report {
    /// The entry that brings a report in: what was captured, where it was found and what it was read as. The same bytes
    /// twice are one entry.
    pub fn draft(capture: &[u8], found_at: &str, reading: &Reading, by: &str) -> Draft {
        let key = Self::key(capture);
        let id = ReportId::of(&[&key.0]);
        let mentions = names(&id, reading);
        Draft::new(Kind::Report, by)
            .once(key)
            .with("report", json(&id))
            .with("found_at", json(&found_at))
            .with("capture", capture)
            .with("reading", json(reading))
            .with("mentions", json(&mentions))
    }

    /// The name of the report of these bytes.
    pub fn id_of(capture: &[u8]) -> ReportId {
        ReportId::of(&[&Self::key(capture).0])
    }

    /// The names of the mentions in the first reading of these bytes.
    pub fn names_of(capture: &[u8], reading: &Reading) -> Vec<IncidentId> {
        names(&Self::id_of(capture), reading)
    }

    /// What two entries of the same bytes share.
    pub fn key(capture: &[u8]) -> Digest {
        Digest::of_all(&[b"capture\n", capture])
    }

    /// The report of such an entry, or of one that read it anew; none when it is another kind of entry, or its reading was
    /// erased.
    pub fn of(entry: &Entry) -> Option<Self> {
        let (number, added_at) = match entry.header.kind {
            Kind::Report => (entry.seq(), entry.header.at),
            Kind::Reading => (part(entry, "entry")?, part(entry, "added_at")?),
            _ => return None,
        };
        Some(Report {
            id: part(entry, "report")?,
            entry: number,
            added_at,
            found_at: part(entry, "found_at").unwrap_or_default(),
            reading: part(entry, "reading")?,
            mentions: part(entry, "mentions")?,
            withdrawn: None,
        })
    }
}

/// A name for each incident of a report's first reading.
fn names(report: &ReportId, reading: &Reading) -> Vec<IncidentId> {
    let parts =
        |incident: &reading::Incident| IncidentId::of(&[report.as_str().as_bytes(), incident.id.as_bytes()]);
    reading.incidents.iter().map(parts).collect()
}

pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    // Plain data with text keys.
    serde_json::to_vec(value).unwrap_or_default()
}

pub(crate) fn part<T: for<'a> Deserialize<'a>>(entry: &Entry, name: &str) -> Option<T> {
    serde_json::from_slice(entry.value(name)?).ok()
}
