//! filter: which incidents, in what order.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What incidents must be like; what is empty asks for nothing. The command line, the server and every export use the
/// same filter, so that what is exported is what was on the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// May have happened on this day or later.
    pub from: Option<Date>,
    /// May have happened on this day or earlier.
    pub to: Option<Date>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Vec<String>,
    /// A name of the place or of a unit around it, or its beginning, without regard to case and accents.
    pub place: Option<String>,
    /// West, south, east, north, degrees WGS 84; a west beyond the east crosses the date line.
    pub bbox: Option<[f64; 4]>,
    /// One of these modes.
    pub mode: Vec<String>,
    /// One of these target classes.
    pub target: Vec<String>,
    /// One of these weapons.
    pub weapon: Vec<String>,
    /// The perpetrator's name or the beginning of a word in it, without regard to case and accents.
    pub perpetrator: Option<String>,
    /// One of these states of the attribution.
    pub perpetrator_state: Vec<String>,
    /// At least so many killed, by the best figure.
    pub killed_min: Option<u64>,
    /// At least so many injured, by the best figure.
    pub injured_min: Option<u64>,
    /// Concerns an election, or not.
    pub election: Option<bool>,
    /// One of these states of review.
    pub review: Vec<String>,
    /// Assigned to this person.
    pub assigned: Option<String>,
    /// One of these grades.
    pub grade: Vec<String>,
    /// With conflicts, or without.
    pub conflict: Option<bool>,
    /// Words in the reports that tell of it: `drone bus`, `"city hospital"`, `drone NOT car`, `shell*`.
    pub text: Option<String>,
    /// At most so many; none is all.
    pub limit: Option<u64>,
}
