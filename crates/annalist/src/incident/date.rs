//! When an incident happened.

use super::draft::Draft;
use super::{Case, Incident};
use crate::mention::time::{TimeBasis, TimeMention, TimePrecision};
use crate::reading::When;
use crate::text::TokenId;
use serde_json::json;

/// Takes the best date of its segments, if they name one.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let mut candidates: Vec<(f64, &TimeMention)> = Vec::new();
    for (n, segment) in draft.all().enumerate() {
        for time in case.event_times(segment.tokens.clone()) {
            let mut score = -(n as f64) * 0.2;
            score += if segment.attack { 2.0 } else { 0.0 };
            score += if at_saying(case, time) { -3.0 } else { 0.0 };
            score += match time.precision {
                TimePrecision::Day | TimePrecision::Days => 1.0,
                TimePrecision::Undated => -2.0,
                _ => 0.0,
            };
            score += if n >= draft.segments.len() { -1.0 } else { 0.0 };
            candidates.push((score, time));
        }
    }
    let best =
        candidates.iter().max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.tokens.start.cmp(&a.1.tokens.start)));
    incident.date = When { precision: "undated".into(), ..When::default() };
    let Some(&(_, time)) = best else { return };
    incident.date = when(time, at_saying(case, time));
    let value = json!({
        "earliest": incident.date.earliest, "latest": incident.date.latest,
        "precision": incident.date.precision, "basis": incident.date.basis,
    });
    let rule = if at_saying(case, time) { "en.date.reported-on" } else { "en.date.stated" };
    incident.claim(case, "date", value, time.tokens.clone(), rule);
}

fn when(time: &TimeMention, reported: bool) -> When {
    let basis = match time.basis {
        _ if reported => "reported_on",
        TimeBasis::Stated => "stated",
        TimeBasis::Relative => "relative",
        TimeBasis::Sequence => "sequence",
    };
    When {
        earliest: time.bounds.map(|b| b.0.to_string()),
        latest: time.bounds.map(|b| b.1.to_string()),
        precision: precision(time.precision).into(),
        basis: Some(basis.into()),
    }
}

fn precision(precision: TimePrecision) -> &'static str {
    match precision {
        TimePrecision::Day => "day",
        TimePrecision::Days => "days",
        TimePrecision::Week => "week",
        TimePrecision::Month => "month",
        TimePrecision::Year => "year",
        TimePrecision::Undated => "undated",
    }
}

/// Whether the date depends on a verb of saying: it dates the statement.
fn at_saying(case: &Case<'_>, time: &TimeMention) -> bool {
    let parsed = &case.marked.parsed;
    let head: TokenId = case.marked.head_of(time.tokens.clone());
    parsed.head(head).is_some_and(|h| {
        case.marked.entry_at(h, "say-verb").is_some() && case.marked.entry_at(h, "trigger").is_none()
    })
}

/// An incident without a date of its own takes it from the one told before it; failing that, it is dated by
/// the publication.
pub(super) fn inherit(case: &Case<'_>, drafts: &[Draft], incidents: &mut [Incident]) {
    let dated: Vec<usize> = (0..incidents.len()).filter(|&m| incidents[m].date.earliest.is_some()).collect();
    for n in 0..incidents.len() {
        if incidents[n].date.basis.is_some() {
            continue;
        }
        let earlier = drafts[n].segments.iter().any(|s| s.earlier);
        let after = dated.partition_point(|&m| m < n);
        let nearest = after.checked_sub(1).map(|at| dated[at]).or_else(|| dated.get(after).copied());
        let before = nearest.filter(|_| !earlier);
        if let Some(m) = before {
            incidents[n].date = When { basis: Some("inherited".into()), ..incidents[m].date.clone() };
            let claim = incidents[m].claims.iter().find(|c| c.field == "date").cloned();
            if let Some(mut claim) = claim {
                claim.rule = "en.date.inherited".into();
                claim.value["basis"] = json!("inherited");
                incidents[n].claims.push(claim);
            }
        } else if let (Some(day), false) = (case.marked.parsed.document.meta().published_at, earlier) {
            incidents[n].date = When {
                earliest: Some(day.to_string()),
                latest: Some(day.to_string()),
                precision: "day".into(),
                basis: Some("reported_on".into()),
            };
        }
    }
}
