//! merge: here are the mentions of one act, what do they make of it together?
//!
//! Pure functions: the same mentions, decisions and policies give the same incident, whatever the order in which
//! mentions of one day are given. Nothing is deleted by merging: what a report says and another gainsays stays a
//! claim of its report, and a withdrawn report stays listed.
//!
//! What counts: the reports that were not withdrawn, and of them the fields that some claim asserts; a field whose
//! claims are all denied or doubted does not. Reports with one key are one source. Which value a field takes is
//! for its [`Policy`] to say; what contains what and how values rank stands in `data/schema/policies.toml`.
//!
//! * **Figures** are followed day by day. A later one that is no lower replaces the earlier (the toll rose), and so
//!   does a lower number of injured when those who are missing have died meanwhile. Any other stays beside it, and
//!   that is a conflict. Bounds ("at least", "up to") say no more than a figure within them. Somebody injured who
//!   died later is among the killed.
//! * **Dates** that overlap go together; what was known on a day did not happen after it.
//! * **Places** go together when one contains the other, or lies near it when it is only told as near.
//! * **Persons** of several reports are one when names (in any romanisation), ages, sexes and occupations allow it and
//!   enough speaks for it; their ways become one.
//! * An outlet that tells otherwise later has corrected itself, which is no conflict.
//! * The **grade** is that of the reports: confirmed by several independent ones, known from one, contested, or
//!   retracted when nothing stands any more.

mod alike;
mod conflict;
mod date;
mod decision;
mod figure;
mod grade;
mod list;
mod listing;
mod people;
mod perpetrator;
mod place;
mod policy;
mod told;
mod written;

pub use decision::{Override, OverrideError};
pub(crate) use policy::toml_file;
pub use policy::{Policies, Policy};
pub use written::written;

use crate::incident::{Review, SCHEMA, Source};
use crate::{Incident, IncidentId, Mention, Report};
use figure::Tolls;
use std::collections::BTreeSet;
use told::Teller;

/// With what mentions are merged.
pub struct Merging<'a> {
    /// Policies of the fields.
    pub policies: &'a Policies,
    /// Origin of a report's knowledge: reports with one key count as one source.
    pub key: &'a dyn Fn(&Report) -> String,
    /// The incident to which a mention belongs, for relations to others.
    pub incident_of: &'a dyn Fn(&IncidentId) -> IncidentId,
}

impl<'a> Merging<'a> {
    /// Every outlet is a source of its own, and a report without one; every mention is an incident.
    pub fn new(policies: &'a Policies) -> Self {
        Merging { policies, key: &outlet_key, incident_of: &|mention| mention.clone() }
    }
}

/// The outlet of a report, its id when it has none.
pub fn outlet_key(report: &Report) -> String {
    let outlet = report.reading.document.outlet.as_deref().map(str::trim).filter(|outlet| !outlet.is_empty());
    outlet.map_or_else(|| report.id.to_string(), str::to_lowercase)
}

/// What the mentions of one act make of it together; none when there are none.
///
/// `mentions` may come in any order. `overrides` are decisions of people on single fields, all that were ever made:
/// the last entry on a field holds, and one without a value lifts it.
///
/// # Example
/// ```
/// use annalist_ledger::merge::{self, Merging, Policies};
/// let policies = Policies::read(&annalist::Bundle::embedded())?;
/// assert!(merge::incident(&[], &[], &Merging::new(&policies)).is_none());
/// # Ok::<(), annalist::DataError>(())
/// ```
pub fn incident(mentions: &[Mention<'_>], overrides: &[Override], with: &Merging<'_>) -> Option<Incident> {
    let by_age = oldest_first(mentions);
    let oldest = by_age.first()?;
    let tellers = Teller::all(mentions, with);
    let joined = people::join(&tellers, with.policies);
    let tolls = Tolls::follow(&tellers, &joined, with.policies);
    let joined = people::leave_room(joined, &tolls, with.policies);
    let conflicts = conflict::find(&tellers, &joined, &tolls, with);
    let own: BTreeSet<&IncidentId> = mentions.iter().map(|m| m.id).collect();
    let mut incident = Incident {
        schema: SCHEMA.to_owned(),
        id: oldest.id.clone(),
        mentions: by_age.iter().map(|m| m.id.clone()).collect(),
        reports: sources(&by_age, with),
        independent: grade::independent(&tellers),
        grade: grade::grade(&tellers, &conflicts, with.policies),
        mode: list::mode(&tellers, with),
        stage: list::stage(&tellers, with),
        date: date::date(&tellers, with),
        place: place::place(&tellers, with),
        weapon: list::several(&tellers, "weapon", with, |i| &i.weapon),
        targets: list::several(&tellers, "targets", with, |i| &i.targets),
        perpetrator: perpetrator::perpetrator(&tellers, with),
        killed: tolls.killed.value("killed", with),
        injured: tolls.injured.value("injured", with),
        groups: listing::groups(&tellers, with),
        people: people::people(&joined, with),
        damage: listing::damage(&tellers, with),
        election_related_by: list::several(&tellers, "election_related_by", with, |i| &i.election_related_by),
        links: listing::links(&tellers, &own, with),
        voices: listing::voices(&tellers),
        conflicts,
        review: Review { state: "machine_draft".to_owned(), ..Review::default() },
    };
    decision::apply(&mut incident, overrides, with.policies);
    Some(incident)
}

/// Whether a report tells of no act but of one that did not happen: somebody should see which incident it takes
/// back. Reports that tell of the act and deny it have a mention of their own.
pub fn may_take_back(report: &Report) -> bool {
    const NEGATED: [&str; 2] = ["event.negated", "event.cancelled"];
    let negated = |d: &annalist::reading::Diagnostic| NEGATED.contains(&d.code.as_str());
    report.mentions.is_empty() && report.reading.diagnostics.iter().any(negated)
}

/// The mentions in the order in which their reports came into the ledger.
fn oldest_first<'a>(mentions: &[Mention<'a>]) -> Vec<Mention<'a>> {
    let mut by_age = mentions.to_vec();
    by_age.sort_by_key(|m| (m.report.entry, m.id));
    by_age.dedup_by_key(|m| m.id);
    by_age
}

/// The reports behind the mentions, each once.
fn sources(by_age: &[Mention<'_>], with: &Merging<'_>) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for report in by_age.iter().map(|m| m.report) {
        if sources.iter().any(|source| source.report == report.id) {
            continue;
        }
        let document = &report.reading.document;
        sources.push(Source {
            report: report.id.clone(),
            outlet: document.outlet.clone(),
            url: document.url.clone(),
            title: document.title.clone(),
            published_at: document.published_at.clone(),
            key: (with.key)(report),
            withdrawn: report.withdrawn.is_some(),
        });
    }
    sources
}

#[cfg(test)]
mod tests;
