//! testing: fixed readings of the project's own invented reports, to draw.

use super::View;
use crate::term::Paint;
use annalist::reading::Reading;

/// Without colour, at the width of running text.
pub(crate) const PLAIN: View = View { paint: Paint::PLAIN, width: Some(90) };

const READINGS: &str = include_str!("../../tests/fixtures/readings.jsonl");

/// All fixtures.
pub(crate) fn fixtures() -> Vec<Reading> {
    READINGS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The fixture of one report.
pub(crate) fn fixture(id: &str) -> Reading {
    fixtures().into_iter().find(|reading| reading.source_id.as_deref() == Some(id)).unwrap()
}
