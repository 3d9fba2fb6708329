//! reread: a report was read anew, which of its incidents are the ones that it told of before?
//!
//! A mention keeps its name as long as its words are read as an incident: names go with evidence. An incident in words
//! that none was read in before gets a new name, and one that a reading before the last had in these words gets its name
//! back. A name whose words are no longer read as an incident leads to what is read there now.

use crate::log::{Digest, Draft, Kind};
use crate::report::{Report, json};
use crate::{IncidentId, ReportId};
use annalist::reading::{Evidence, Incident, Reading};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Parts of an incident that are names within its reading, or where its words stand.
const WITHIN: [&str; 5] = ["id", "claims", "evidence", "links", "voices"];

/// A report read anew, when the reading is another one than before.
#[derive(Clone, Debug, PartialEq)]
pub struct Reread {
    /// The report as it is read now.
    pub report: Report,
    /// Mentions that it did not have before.
    pub gained: Vec<IncidentId>,
    /// Mentions that it has no longer, and where their names lead.
    pub lost: BTreeMap<IncidentId, Option<IncidentId>>,
    /// Mentions that tell something else now, and the fields.
    pub changed: Vec<(IncidentId, Vec<String>)>,
}

impl Reread {
    /// What another reading of the same clean text makes of a report; none when all it says is what was said before, by
    /// whatever version of the program.
    ///
    /// `earlier` are the readings of the report before the present one, in any order.
    pub fn of(present: &Report, earlier: &[Report], mut reading: Reading) -> Option<Self> {
        let engine = std::mem::replace(&mut reading.engine, present.reading.engine.clone());
        if reading == present.reading {
            return None;
        }
        reading.engine = engine;
        let mut names: Vec<Option<IncidentId>> = vec![None; reading.incidents.len()];
        keep_names(&told(present), &reading.incidents, &mut names);
        let mut before: BTreeMap<&IncidentId, &Incident> = BTreeMap::new();
        for report in earlier {
            before.extend(told(report));
        }
        before.retain(|id, _| !present.mentions.contains(id));
        keep_names(&before.into_iter().collect::<Vec<_>>(), &reading.incidents, &mut names);
        let mentions = name_rest(&present.id, &reading, names);
        let report = Report { reading, mentions, ..present.clone() };
        let now = told(&report);
        let lost = told(present).into_iter().filter(|(id, _)| !report.mentions.contains(id));
        let lost = lost.map(|(id, incident)| (id.clone(), nearest(incident, &now))).collect();
        let mut changed = Vec::new();
        for (id, incident) in told(present) {
            let fields =
                now.iter().find(|(other, _)| *other == id).map(|(_, now)| other_fields(incident, now));
            changed.extend(fields.filter(|fields| !fields.is_empty()).map(|fields| (id.clone(), fields)));
        }
        let gained = report.mentions.iter().filter(|id| !present.mentions.contains(id)).cloned().collect();
        Some(Reread { gained, lost, changed, report })
    }

    /// The entry of the reading, which takes the place of the one that entry `present` holds. The same reading in the
    /// same place twice is one entry.
    pub fn draft(&self, present: u64, by: &str) -> Draft {
        let (report, reading) = (&self.report, json(&self.report.reading));
        let place = format!("reading\n{} {present}\n", report.id);
        Draft::new(Kind::Reading, by)
            .once(Digest::of_all(&[place.as_bytes(), &reading]))
            .with("report", json(&report.id))
            .with("entry", json(&report.entry))
            .with("added_at", json(&report.added_at))
            .with("found_at", json(&report.found_at))
            .with("reading", reading)
            .with("mentions", json(&report.mentions))
            .with("gone", json(&self.lost))
    }
}

fn told(report: &Report) -> Vec<(&IncidentId, &Incident)> {
    report.mentions.iter().zip(&report.reading.incidents).collect()
}

/// Gives names to the incidents that share most words with them, one to each: of pairs that share as many that which has
/// fewest others, then that which is most alike, then the first.
fn keep_names(named: &[(&IncidentId, &Incident)], incidents: &[Incident], names: &mut [Option<IncidentId>]) {
    let old: Vec<Words> = named.iter().map(|(_, incident)| Words::of(incident)).collect();
    let new: Vec<Words> = incidents.iter().map(Words::of).collect();
    let mut pairs = Vec::new();
    for (a, (one, (_, was))) in old.iter().zip(named).enumerate() {
        for (b, (other, is)) in new.iter().zip(incidents).enumerate() {
            let shared = one.shared(other);
            if shared > 0 {
                let others = one.length() + other.length() - shared;
                pairs.push((Reverse(shared), others, other_fields(was, is).len(), a, b));
            }
        }
    }
    pairs.sort_unstable();
    let mut taken = BTreeSet::new();
    for (_, _, _, a, b) in pairs {
        if let (Some((id, _)), Some(name)) = (named.get(a), names.get_mut(b))
            && name.is_none()
            && taken.insert(a)
        {
            *name = Some((*id).clone());
        }
    }
}

/// New names for those that have none.
fn name_rest(report: &ReportId, reading: &Reading, names: Vec<Option<IncidentId>>) -> Vec<IncidentId> {
    let digest = Digest::of(&json(reading));
    let new = |incident: &Incident| {
        IncidentId::of(&[report.as_str().as_bytes(), b"reading", &digest.0, incident.id.as_bytes()])
    };
    names
        .into_iter()
        .zip(&reading.incidents)
        .map(|(name, incident)| name.unwrap_or_else(|| new(incident)))
        .collect()
}

/// The incident that is read in most of the words of another.
fn nearest(of: &Incident, among: &[(&IncidentId, &Incident)]) -> Option<IncidentId> {
    let words = Words::of(of);
    let shared =
        among.iter().enumerate().map(|(n, (id, other))| (words.shared(&Words::of(other)), Reverse(n), *id));
    let (shared, _, id) = shared.max_by_key(|(shared, n, _)| (*shared, *n))?;
    (shared > 0).then(|| id.clone())
}

/// The fields in which two tellings differ.
fn other_fields(a: &Incident, b: &Incident) -> Vec<String> {
    let fields = |incident: &Incident| match serde_json::to_value(incident) {
        Ok(Value::Object(fields)) => fields,
        // Plain data with text keys.
        _ => serde_json::Map::new(),
    };
    let (a, b) = (fields(a), fields(b));
    let differ =
        a.into_iter().filter(|(name, value)| !WITHIN.contains(&name.as_str()) && b.get(name) != Some(value));
    differ.map(|(name, _)| name).collect()
}

/// The words in which an incident is read: stretches in order that do not meet.
struct Words(Vec<(usize, usize)>);

impl Words {
    fn of(incident: &Incident) -> Self {
        let mut spans: Vec<(usize, usize)> =
            incident.evidence.iter().map(|Evidence { start, end, .. }| (*start, *end)).collect();
        spans.sort_unstable();
        let mut apart: Vec<(usize, usize)> = Vec::new();
        for (start, end) in spans {
            match apart.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                _ => apart.push((start, end)),
            }
        }
        Words(apart)
    }

    fn length(&self) -> usize {
        self.0.iter().map(|(start, end)| end.saturating_sub(*start)).sum()
    }

    fn shared(&self, other: &Words) -> usize {
        let both = |(a, b): &(usize, usize), (c, d): &(usize, usize)| (*b.min(d)).saturating_sub(*a.max(c));
        self.0.iter().map(|one| other.0.iter().map(|two| both(one, two)).sum::<usize>()).sum()
    }
}
