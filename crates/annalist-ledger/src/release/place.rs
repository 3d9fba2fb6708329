//! A place made as coarse as the targets ask for.
//!
//! A point is moved to the middle of its square of a grid that is the same for all incidents and at all times.
//! It depends on the point alone, so that asking again, or looking at many incidents of one place together, tells
//! no more than the square.

use super::Withheld;
use super::field;
use super::policy::{Level, Policy};
use crate::Incident;

/// Kilometres of a degree of latitude.
const DEGREE_KM: f64 = 111.2;

/// Makes the place no finer than the policy has it for any of the targets.
pub(super) fn coarsen(incident: &mut Incident, policy: &Policy, withheld: &mut Vec<Withheld>) {
    let given = policy.rank(&incident.place.value.precision);
    let asked = finest(incident, policy);
    let Some(level) = policy.common.levels.get(given.max(asked)) else { return };
    if level.km == Some(0.0) {
        return;
    }
    let why = || format!("no finer than {} for these targets", level.precision);
    let emptied =
        |name: &&String, incident: &mut Incident| field::find(name).is_some_and(|empty| empty(incident));
    for name in &level.drop {
        if emptied(&name, incident) {
            withheld.push(Withheld::new(name, why()));
        }
    }
    if given < asked && incident.place.value.gazetteer_id.take().is_some() {
        withheld.push(Withheld::new("place.gazetteer_id", why()));
    }
    let place = &mut incident.place.value;
    let kept = [&place.settlement, &place.adm2, &place.adm1];
    if place.name.is_some() && !kept.contains(&&place.name) {
        place.name = None;
        withheld.push(Withheld::new("place.name", why()));
    }
    move_point(incident, level, withheld);
    incident.place.value.precision.clone_from(&level.precision);
}

/// The coarsest level that one of the targets asks for.
fn finest(incident: &Incident, policy: &Policy) -> usize {
    let classes = incident.targets.value.iter().map(String::as_str).chain(["default"]);
    let levels = classes.filter_map(|class| policy.own.level.get(class));
    levels.map(|precision| policy.rank(precision)).max().unwrap_or(0)
}

fn move_point(incident: &mut Incident, level: &Level, withheld: &mut Vec<Withheld>) {
    let place = &mut incident.place.value;
    let (Some(lat), Some(lon)) = (place.lat.take(), place.lon.take()) else { return };
    let why = match level.km {
        Some(km) => {
            let (lat, lon) = middle(lat, lon, km);
            (place.lat, place.lon) = (Some(lat), Some(lon));
            format!("moved to the middle of its square of {km} km")
        }
        None => format!("no point for {}", level.precision),
    };
    withheld.push(Withheld::new("place.point", why));
}

/// The middle of the square of the grid in which a point lies.
///
/// # Units
/// Degrees WGS 84, kilometres; the result has four decimals.
fn middle(lat: f64, lon: f64, km: f64) -> (f64, f64) {
    let step = km / DEGREE_KM;
    let lat = ((lat / step).floor() + 0.5) * step;
    let step = step / lat.to_radians().cos().max(0.01);
    let lon = ((lon / step).floor() + 0.5) * step;
    let round = |degrees: f64| (degrees * 1e4).round() / 1e4;
    (round(lat.clamp(-90.0, 90.0)), round(lon.clamp(-180.0, 180.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_point_moves_within_its_square_and_only_once(
            lat in -80.0..80.0f64, lon in -179.0..179.0f64, km in 1.0..100.0f64,
        ) {
            let (a, b) = middle(lat, lon, km);
            let (north, east) = ((a - lat) * DEGREE_KM, (b - lon) * DEGREE_KM * a.to_radians().cos());
            prop_assert!(north.abs() <= km * 0.5 + 0.1 && east.abs() <= km * 0.5 + 0.1, "{north} {east}");
            prop_assert_eq!(middle(a, b, km), (a, b));
        }
    }
}
