//! Where an incident happened.

use super::draft::Draft;
use super::{Case, Incident};
use crate::mention::place::{Level, PlaceMention, PlaceRelation};
use crate::reading::Place;
use crate::text::TokenId;
use serde_json::json;

/// Takes the best place of its segments, if they name one.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    incident.place = Place { precision: "unknown".into(), ..Place::default() };
    let mut candidates: Vec<(f64, &PlaceMention)> = Vec::new();
    for (n, segment) in draft.all().enumerate() {
        for place in case.places_of(segment) {
            let shared = n >= draft.segments.len();
            let score = worth(case, draft, place) + if segment.attack { 2.0 } else { 0.0 }
                - n as f64 * 0.15
                - if shared { 1.5 } else { 0.0 };
            candidates.push((score, place));
        }
    }
    let Some(&(_, best)) =
        candidates.iter().max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.tokens.start.cmp(&a.1.tokens.start)))
    else {
        return;
    };
    incident.place = wire(case, best);
    complete(&mut incident.place, &candidates);
    let value = json!({"name": incident.place.name, "precision": incident.place.precision});
    let dateline = case.marked.parsed.document.dateline();
    let in_dateline = dateline.is_some_and(|d| d.contains(case.span(best.tokens.clone())));
    let rule = if in_dateline { "en.place.dateline" } else { "en.place.stated" };
    incident.claim(case, "place", value, best.tokens.clone(), rule);
}

fn worth(case: &Case<'_>, draft: &Draft, place: &PlaceMention) -> f64 {
    let level = match place.place.level {
        Level::Site => 2.2,
        Level::Settlement => 2.0,
        Level::Adm2 => 1.0,
        Level::Adm1 => 0.5,
        Level::Region => 0.0,
        Level::Country => -0.5,
    };
    let relation = match place.relation {
        PlaceRelation::At | PlaceRelation::Near => 1.0,
        _ => 0.0,
    };
    let care =
        if depends_on(case, place, &["facility"]) || near_status(case, draft, place) { -3.0 } else { 0.0 };
    let speech = if depends_on(case, place, &["say-verb", "organisation", "office"]) { -2.0 } else { 0.0 };
    level + relation + care + speech
}

/// Whether the place depends on a word of one of these classes ("a hospital in Belgorod").
fn depends_on(case: &Case<'_>, place: &PlaceMention, classes: &[&str]) -> bool {
    let head: TokenId = case.marked.head_of(place.tokens.clone());
    case.marked.parsed.head(head).is_some_and(|h| {
        classes.iter().any(|c| case.marked.entry_at(h, c).is_some())
            && case.marked.entry_at(h, "trigger").is_none()
    })
}

/// Whether the place is where somebody was taken, not where it happened.
fn near_status(case: &Case<'_>, draft: &Draft, place: &PlaceMention) -> bool {
    draft.events(case, crate::event::EventKind::Status).any(|e| {
        e.sentence == case.marked.parsed.text.sentence_of(place.tokens.start)
            && e.tokens.end <= place.tokens.start
    })
}

fn wire(case: &Case<'_>, mention: &PlaceMention) -> Place {
    let place = &mention.place;
    let precision = match (place.level, mention.relation) {
        (Level::Settlement, PlaceRelation::Near) => "near_settlement",
        (Level::Site, _) => "site",
        (Level::Settlement, _) => "settlement",
        (Level::Adm2, _) => "adm2",
        (Level::Adm1, _) => "adm1",
        (Level::Region, _) => "region",
        (Level::Country, _) => "country",
    };
    Place {
        name: Some(case.words(mention.tokens.clone()).to_owned()),
        site: (place.level == Level::Site).then(|| place.name.clone()),
        settlement: place.settlement.clone(),
        adm2: place.adm2.clone(),
        adm1: place.adm1.clone(),
        country: place.country.clone(),
        lat: place.position.map(|p| p.0),
        lon: place.position.map(|p| p.1),
        gazetteer_id: place.gazetteer_id,
        precision: precision.to_owned(),
    }
}

/// Fills units that the best place leaves open from the other places that may contain it.
fn complete(place: &mut Place, candidates: &[(f64, &PlaceMention)]) {
    for (_, other) in candidates {
        let other = &other.place;
        if place.country.is_none() || place.country == other.country {
            if place.country.is_none() {
                place.country.clone_from(&other.country);
            }
            if place.adm1.is_none() && other.level >= Level::Settlement {
                place.adm1.clone_from(&other.adm1);
            }
        }
    }
}

/// An incident without a place has that of the one told before it, else the next one's, else the dateline's.
pub(super) fn inherit(case: &Case<'_>, incidents: &mut [Incident]) {
    let placed: Vec<usize> = (0..incidents.len()).filter(|&m| incidents[m].place.name.is_some()).collect();
    for n in 0..incidents.len() {
        if incidents[n].place.name.is_some() {
            continue;
        }
        let after = placed.partition_point(|&m| m < n);
        let source = after.checked_sub(1).map(|at| placed[at]).or_else(|| placed.get(after).copied());
        if let Some(m) = source {
            incidents[n].place = incidents[m].place.clone();
            let claim = incidents[m].claims.iter().find(|c| c.field == "place").cloned();
            if let Some(mut claim) = claim {
                claim.rule = "en.place.inherited".into();
                incidents[n].claims.push(claim);
            }
        } else if let Some(place) = dateline_place(case) {
            incidents[n].place = wire(case, place);
            let value = json!({"name": incidents[n].place.name, "precision": incidents[n].place.precision});
            incidents[n].claim(case, "place", value, place.tokens.clone(), "en.place.dateline");
        }
    }
}

fn dateline_place<'a>(case: &Case<'a>) -> Option<&'a PlaceMention> {
    let dateline = case.marked.parsed.document.dateline()?;
    let places: &'a [PlaceMention] = &case.marked.mentions.places;
    places.iter().find(|p| dateline.contains(case.span(p.tokens.clone())))
}
