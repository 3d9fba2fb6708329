//! Where: a coarser place that contains the finer one does not gainsay it.

use super::Merging;
use super::alike::{names_agree, same_words, words};
use super::policy::Policies;
use super::told::{Lattice, Teller, Told, apart, choose, claims_of, mark_corrected, told};
use crate::incident::Value;
use annalist::reading::Place;

/// How far a place told as near a town may lie from it.
///
/// # Units
/// Kilometres.
const NEAR_KM: f64 = 30.0;

/// Two points of one town.
///
/// # Units
/// Kilometres.
const SAME_KM: f64 = 3.0;

/// What every report that counts says of the place.
pub(super) fn stated<'t>(tellers: &'t [Teller<'t>], policies: &Policies) -> Vec<Told<'t, &'t Place>> {
    let stated = told(tellers, "place", |t| {
        let place = &t.mention.incident.place;
        let known = place.name.is_some() || place.country.is_some() || place.settlement.is_some();
        known.then_some(place)
    });
    mark_corrected(stated, |a, b| goes(a, b, policies))
}

/// The place that the policy takes, with what the others know of the same place.
pub(super) fn place(tellers: &[Teller<'_>], with: &Merging<'_>) -> Value<Place> {
    let stated = stated(tellers, with.policies);
    let policy = with.policies.of("place");
    let covers = |a: &&Place, b: &&Place| covers(a, b, with.policies);
    let fineness = |a: &&Place| rank(a, with.policies);
    let lattice = Lattice { covers: &covers, fineness: &fineness };
    let Some(chosen) = choose(&stated, policy, &lattice).and_then(|at| stated.get(at)) else {
        let place = Place { precision: "unknown".to_owned(), ..Place::default() };
        return Value { value: place, policy: policy.name().to_owned(), claims: Vec::new() };
    };
    let agreeing = |t: &&Told<'_, &Place>| covers(&t.value, &chosen.value) || covers(&chosen.value, &t.value);
    let mut place = chosen.value.clone();
    for other in stated.iter().filter(agreeing) {
        complete(&mut place, other.value);
    }
    let claims = claims_of(stated.iter().filter(agreeing).map(|t| t.by), "place");
    Value { value: place, policy: policy.name().to_owned(), claims }
}

/// The reports whose places cannot all be true, and whether the gazetteer knows them all.
pub(super) fn rivals<'t>(stated: &[Told<'t, &'t Place>], policies: &Policies) -> (Vec<&'t Teller<'t>>, bool) {
    let rivals = apart(stated, |a, b| goes(a, b, policies));
    let anybody = rivals.iter().any(|t| t.value.lat.is_some());
    // A name that the gazetteer lacks may be a quarter of the town that it has.
    let sure = !anybody || rivals.iter().all(|t| t.value.lat.is_some());
    (rivals.iter().map(|t| t.by).collect(), sure)
}

/// Whether both can be true.
fn goes(a: &Place, b: &Place, policies: &Policies) -> bool {
    covers(a, b, policies) || covers(b, a, policies)
}

fn rank(place: &Place, policies: &Policies) -> usize {
    policies.rank("place_precision", &place.precision)
}

/// Whether the first place is the second or contains it, as far as both say.
fn covers(coarse: &Place, fine: &Place, policies: &Policies) -> bool {
    if rank(coarse, policies) > rank(fine, policies) {
        return same_point(coarse, fine) && coarse.precision != "site";
    }
    let differ = |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if !regions_agree(a, b, policies));
    if differ(&coarse.country, &fine.country) || differ(&coarse.adm1, &fine.adm1) {
        return false;
    }
    match (&coarse.settlement, &fine.settlement) {
        (Some(a), Some(b)) if !names_agree(a, b) && !same_point(coarse, fine) => {
            coarse.precision == "near_settlement" && distance_km(coarse, fine).is_none_or(|km| km <= NEAR_KM)
                || fine.precision == "near_settlement"
                    && distance_km(coarse, fine).is_some_and(|km| km <= NEAR_KM)
                || coarse.precision == "adm2"
        }
        (Some(_), None) => false,
        (Some(_), Some(_)) => true,
        // A district contains a town of a district of that name, or of one that nobody names.
        (None, _) => !differ(&coarse.adm2, &fine.adm2),
    }
}

/// "Belgorod Oblast", "Belgorod Region", "the Belgorod region".
fn regions_agree(a: &str, b: &str, policies: &Policies) -> bool {
    let proper = |name: &str| {
        let kinds = &policies.place.kinds;
        words(name).into_iter().filter(|word| !kinds.contains(word)).collect::<Vec<String>>().join(" ")
    };
    same_words(a, b) || names_agree(&proper(a), &proper(b))
}

fn same_point(a: &Place, b: &Place) -> bool {
    let same_id = a.gazetteer_id.is_some() && a.gazetteer_id == b.gazetteer_id;
    same_id || distance_km(a, b).is_some_and(|km| km <= SAME_KM)
}

/// Distance between two places with coordinates, on a globe.
fn distance_km(a: &Place, b: &Place) -> Option<f64> {
    const RADIUS_KM: f64 = 6371.0;
    let (lat_a, lon_a, lat_b, lon_b) = (a.lat?, a.lon?, b.lat?, b.lon?);
    let (phi_a, phi_b) = (lat_a.to_radians(), lat_b.to_radians());
    let (x, y) = ((lon_b - lon_a).to_radians() * libm::cos((phi_a + phi_b) / 2.0), phi_b - phi_a);
    Some(RADIUS_KM * libm::sqrt(x * x + y * y))
}

/// Adds what is missing from another telling of the same place.
fn complete(place: &mut Place, other: &Place) {
    let fill = |to: &mut Option<String>, from: &Option<String>| {
        if to.is_none() {
            to.clone_from(from);
        }
    };
    fill(&mut place.country, &other.country);
    fill(&mut place.adm1, &other.adm1);
    let (Some(a), Some(b)) = (&place.settlement, &other.settlement) else { return };
    if names_agree(a, b) {
        fill(&mut place.adm2, &other.adm2);
        if place.lat.is_none() {
            (place.lat, place.lon, place.gazetteer_id) = (other.lat, other.lon, other.gazetteer_id);
        }
    }
}
