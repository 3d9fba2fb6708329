//! Which of the places that its name may mean each mention means: the whole document decides.

use super::recognise::Named;
use super::{Level, PlaceForm, PlaceMention, PlaceRelation, ResolvedPlace};
use crate::gazetteer::{Gazetteer, PlaceId, distance_km, name};
use crate::syntax::Parsed;
use std::collections::BTreeMap;

/// Weights of the signs, set by hand on the training reports.
mod weight {
    /// Per natural logarithm of the inhabitants.
    pub(super) const POPULATION: f64 = 0.3;
    pub(super) const COUNTRY_LEVEL: f64 = 3.0;
    pub(super) const SETTLEMENT_LEVEL: f64 = 1.0;
    pub(super) const ADM2_LEVEL: f64 = -1.0;
    /// "Borisovka, Belgorod Oblast".
    pub(super) const UNIT_BESIDE: f64 = 6.0;
    pub(super) const UNIT_STATED: f64 = 3.0;
    pub(super) const COUNTRY_STATED: f64 = 2.5;
    pub(super) const NEAR_OTHERS: f64 = 2.0;
    pub(super) const NEAR_KM: f64 = 150.0;
    /// Below this the name means some place that the gazetteer does not hold.
    pub(super) const FOREIGN: f64 = -6.0;
    /// A name in another romanisation.
    pub(super) const SIMILAR: f64 = -1.0;
    /// The unit named last before, or else next, in the same sentence or paragraph.
    pub(super) const UNIT_NEAREST: f64 = 3.0;
    /// Inhabitants from which a place is known to readers without its country.
    pub(super) const KNOWN_MIN: u64 = 100_000;
    /// Inhabitants below which a place is a village to readers.
    pub(super) const HEARD_MIN: u64 = 20_000;
}

/// The place chosen for a mention and by how much it leads the next one.
#[derive(Clone, Copy)]
struct Choice {
    id: PlaceId,
    lead: f64,
}

impl Choice {
    /// From a half for a tie up to nearly one.
    fn certainty(self, similar: bool) -> f32 {
        let sure = 1.0 - 0.5 * (-self.lead.max(0.0)).exp();
        (sure * if similar { 0.7 } else { 0.95 }) as f32
    }
}

/// How often units and countries are named.
#[derive(Default)]
struct Stated {
    units: BTreeMap<PlaceId, f64>,
    countries: BTreeMap<String, f64>,
}

pub(super) fn all(parsed: &Parsed<'_>, gazetteer: &Gazetteer, named: Vec<Named>) -> Vec<PlaceMention> {
    let stated = stated(parsed, gazetteer, &named);
    let chosen = choose(parsed, gazetteer, &named, &stated);
    let mut mentions: Vec<PlaceMention> =
        named.iter().zip(&chosen).map(|(named, choice)| mention(parsed, gazetteer, named, *choice)).collect();
    place_inside(parsed, &named, &mut mentions);
    place_unknown(parsed, &mut mentions, &stated, gazetteer);
    mentions
}

fn stated(parsed: &Parsed<'_>, gazetteer: &Gazetteer, named: &[Named]) -> Stated {
    let mut stated = Stated::default();
    for name in named {
        let units: Vec<PlaceId> =
            name.candidates.iter().copied().filter(|&id| gazetteer.level(id) >= Level::Adm2).collect();
        let share = 1.0 / name.candidates.len().max(1) as f64;
        for id in units {
            let weight = if name.class.is_some() { 1.0 } else { share };
            *stated.units.entry(id).or_default() += weight;
            if let Some(code) = gazetteer.country_code(id) {
                let direct = gazetteer.level(id) == Level::Country;
                *stated.countries.entry(code.to_owned()).or_default() +=
                    weight * if direct { 1.0 } else { 0.7 };
            }
        }
        speak_for_home(gazetteer, name, &mut stated);
    }
    let meta = parsed.document.meta();
    for hint in [&meta.outlet, &meta.title].into_iter().flatten() {
        hint_words(gazetteer, hint, &mut stated);
    }
    stated
}

/// A name that means places of one country only speaks for that country, whichever of them it means.
fn speak_for_home(gazetteer: &Gazetteer, named: &Named, stated: &mut Stated) {
    const HEARD_MIN: u64 = 20_000;
    let heard = named.candidates.iter().any(|&id| gazetteer.population(id) >= HEARD_MIN);
    let direct = named.candidates.iter().any(|&id| gazetteer.level(id) == Level::Country);
    let Some(&first) = named.candidates.first().filter(|_| heard && !direct && !named.similar) else {
        return;
    };
    let one = |of: &dyn Fn(PlaceId) -> Option<PlaceId>| {
        of(first).filter(|&own| named.candidates.iter().all(|&id| of(id) == Some(own)))
    };
    if let Some(code) = one(&|id| gazetteer.country(id)).and_then(|id| gazetteer.country_code(id)) {
        *stated.countries.entry(code.to_owned()).or_default() += 0.5;
    }
    if let Some(unit) = one(&|id| gazetteer.adm1(id)) {
        *stated.units.entry(unit).or_default() += 0.3;
    }
}

/// Units and countries named by the outlet or a title that is not in the text.
fn hint_words(gazetteer: &Gazetteer, hint: &str, stated: &mut Stated) {
    let words: Vec<&str> =
        hint.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).take(30).collect();
    for length in [2, 1] {
        for window in words.windows(length) {
            if !window[0].starts_with(char::is_uppercase) {
                continue;
            }
            let phrase = window.join(" ");
            let mut ids = gazetteer.ids(&name::fold(&phrase));
            if length == 1 {
                ids.extend(gazetteer.adjective(&phrase));
            }
            for id in ids.into_iter().filter(|&id| gazetteer.level(id) >= Level::Adm1) {
                *stated.units.entry(id).or_default() += 0.5;
                if let Some(code) = gazetteer.country_code(id) {
                    *stated.countries.entry(code.to_owned()).or_default() += 0.5;
                }
            }
        }
    }
}

/// The best candidate of every name: first by itself and the stated units, then again with the places chosen
/// around it; the same name means the same place throughout.
fn choose(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &[Named],
    stated: &Stated,
) -> Vec<Option<Choice>> {
    let mut chosen: Vec<Option<Choice>> = vec![None; named.len()];
    for round in 0..2 {
        let settled: Vec<(f64, f64)> =
            chosen.iter().flatten().filter_map(|c| gazetteer.position(c.id)).take(40).collect();
        let mut by_name: BTreeMap<(String, bool), BTreeMap<PlaceId, f64>> = BTreeMap::new();
        let mut own: Vec<Vec<(PlaceId, f64)>> = Vec::with_capacity(named.len());
        for (n, name) in named.iter().enumerate() {
            let scores: Vec<(PlaceId, f64)> = name
                .candidates
                .iter()
                .map(|&id| {
                    let mut score = score(parsed, gazetteer, named, n, id, stated);
                    if round > 0 {
                        score += nearness(gazetteer, id, &settled);
                    }
                    (id, score)
                })
                .collect();
            let totals = by_name.entry(key(parsed, name)).or_default();
            for &(id, score) in &scores {
                let total = totals.entry(id).or_insert(f64::MIN);
                *total = total.max(score);
            }
            own.push(scores);
        }
        for (n, name) in named.iter().enumerate() {
            let totals = &by_name[&key(parsed, name)];
            let mut ranked: Vec<(PlaceId, f64)> = own[n].iter().map(|&(id, _)| (id, totals[&id])).collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let second = ranked.get(1).map_or(f64::NEG_INFINITY, |r| r.1);
            chosen[n] = ranked
                .first()
                .filter(|&&(id, score)| {
                    score > weight::FOREIGN && !is_stranger(parsed, gazetteer, named, n, id, stated)
                })
                .map(|&(id, score)| Choice { id, lead: score - second });
        }
    }
    chosen
}

/// Whether a little-known place lies where the document is not: the name then means one that no gazetteer has.
fn is_stranger(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &[Named],
    n: usize,
    id: PlaceId,
    stated: &Stated,
) -> bool {
    if gazetteer.level(id) > Level::Settlement {
        return false;
    }
    // "Kobylki in Kursk Oblast": a unit that is said outright settles it.
    if let Some(unit) = unit_said(parsed, gazetteer, named, n) {
        return !unit.iter().any(|&u| gazetteer.contains(u, id) || gazetteer.contains(id, u));
    }
    if gazetteer.population(id) >= weight::KNOWN_MIN {
        return false;
    }
    let country = gazetteer.country_code(id).unwrap_or_default();
    let weight = stated.countries.get(country).copied().unwrap_or(0.0);
    let most = stated.countries.values().copied().fold(0.0, f64::max);
    let unit = gazetteer.adm1(id).and_then(|u| stated.units.get(&u)).copied().unwrap_or(0.0);
    if weight < 0.5 && (most >= 1.0 || named[n].similar) && unit < 0.5 {
        return true;
    }
    // A village by its name only, in a unit that nobody mentions, while the words around tell of another.
    let told =
        nearest_unit(parsed, gazetteer, named, n).filter(|u| stated.units.get(u).is_some_and(|w| *w >= 1.0));
    gazetteer.population(id) < weight::HEARD_MIN
        && unit < 0.5
        && gazetteer.adm1(id).is_some()
        && told.is_some_and(|u| !gazetteer.contains(u, id))
}

/// The units that the very next mention may mean, when only a comma or "in" stands between.
fn unit_said<'a>(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &'a [Named],
    n: usize,
) -> Option<Vec<PlaceId>> {
    let next: &'a Named = named.get(n + 1)?;
    let gap = named[n].tokens.end..next.tokens.start;
    let joined = !gap.is_empty()
        && gap.len() <= 3
        && gap.clone().all(|t| matches!(parsed.lower(t), "," | "in" | "the" | "of" | "(" | "’s" | "'s"))
        && next.form == PlaceForm::Name
        && parsed.text.sentence_of(next.core.start) == parsed.text.sentence_of(named[n].core.start);
    let units: Vec<PlaceId> =
        next.candidates.iter().copied().filter(|&u| gazetteer.level(u) >= Level::Adm1).collect();
    let sure = next.class.is_some_and(|c| c >= Level::Adm1) || units.len() == next.candidates.len();
    (joined && sure && !units.is_empty()).then_some(units)
}

fn key(parsed: &Parsed<'_>, named: &Named) -> (String, bool) {
    let span = parsed.text.span_of(named.core.clone());
    (name::fold(span.of(parsed.document.text())), named.class.is_some_and(|c| c >= Level::Adm2))
}

fn score(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &[Named],
    n: usize,
    id: PlaceId,
    stated: &Stated,
) -> f64 {
    let mut score = weight::POPULATION * ((gazetteer.population(id) + 1) as f64).ln();
    score += match gazetteer.level(id) {
        Level::Country => weight::COUNTRY_LEVEL,
        Level::Settlement => weight::SETTLEMENT_LEVEL,
        Level::Adm2 => weight::ADM2_LEVEL,
        _ => 0.0,
    };
    if named[n].similar {
        score += weight::SIMILAR;
    }
    if nearest_unit(parsed, gazetteer, named, n).is_some_and(|u| u != id && gazetteer.contains(u, id)) {
        score += weight::UNIT_NEAREST;
    }
    if unit_beside(parsed, gazetteer, named, n, id) {
        score += weight::UNIT_BESIDE;
    }
    let above = |level| gazetteer.at_level(id, level).filter(|&u| u != id);
    for unit in [above(Level::Adm1), above(Level::Adm2)].into_iter().flatten() {
        score += weight::UNIT_STATED * stated.units.get(&unit).copied().unwrap_or(0.0).min(1.5);
    }
    if let Some(code) = gazetteer.country_code(id) {
        score += weight::COUNTRY_STATED * stated.countries.get(code).copied().unwrap_or(0.0).min(2.0);
    }
    score
}

/// Whether a unit that contains the place is named right after it ("Jos, Plateau State", "Pokrovsk in
/// Donetsk Oblast").
fn unit_beside(parsed: &Parsed<'_>, gazetteer: &Gazetteer, named: &[Named], n: usize, id: PlaceId) -> bool {
    const BESIDE_TOKENS: usize = 7;
    let end = named[n].tokens.end;
    let sentence = parsed.text.sentence_of(named[n].core.start);
    named[n + 1..]
        .iter()
        .take(2)
        .take_while(|next| {
            next.tokens.start < end + BESIDE_TOKENS && parsed.text.sentence_of(next.core.start) == sentence
        })
        .any(|next| {
            next.candidates.iter().any(|&unit| {
                unit != id
                    && gazetteer.level(unit) > gazetteer.level(id)
                    && gazetteer.level(unit) >= Level::Adm2
                    && gazetteer.contains(unit, id)
            })
        })
}

/// The first-level unit named last before in the paragraph or the heading above, else next in the sentence.
fn nearest_unit(parsed: &Parsed<'_>, gazetteer: &Gazetteer, named: &[Named], n: usize) -> Option<PlaceId> {
    const REACH_MENTIONS: usize = 12;
    let unit = |m: &Named| {
        let sure = m.class.is_some_and(|c| c >= Level::Adm1);
        m.candidates
            .iter()
            .copied()
            .find(|&u| gazetteer.level(u) == Level::Adm1)
            .filter(|_| sure || m.candidates.len() == 1)
    };
    let sentence = parsed.text.sentence_of(named[n].core.start);
    let after = named[n + 1..]
        .iter()
        .take(REACH_MENTIONS)
        .take_while(|m| parsed.text.sentence_of(m.core.start) == sentence)
        .find_map(unit);
    after.or_else(|| named[..n].iter().rev().take(REACH_MENTIONS).find_map(unit))
}

fn nearness(gazetteer: &Gazetteer, id: PlaceId, others: &[(f64, f64)]) -> f64 {
    let Some(own) = gazetteer.position(id) else { return 0.0 };
    if others.is_empty() {
        return 0.0;
    }
    let near = others
        .iter()
        .map(|&other| distance_km(own, other))
        .filter(|&km| km > 0.1 && km < weight::NEAR_KM)
        .count();
    weight::NEAR_OTHERS * (near as f64 / others.len() as f64).sqrt()
}

fn mention(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &Named,
    choice: Option<Choice>,
) -> PlaceMention {
    let span = parsed.text.span_of(named.core.clone());
    let core = span.of(parsed.document.text()).to_owned();
    let place = match choice {
        Some(choice) => {
            let known = gazetteer.candidate(choice.id);
            let settlement = known.level <= Level::Settlement;
            ResolvedPlace {
                level: if named.inside { Level::Site } else { known.level },
                name: if settlement { core.clone() } else { known.name.clone() },
                settlement: settlement.then(|| known.name.clone()),
                adm2: known.adm2,
                adm1: known.adm1,
                country: known.country,
                position: known.position,
                gazetteer_id: known.gazetteer_id,
                score: choice.certainty(named.similar),
            }
        }
        None => {
            let level = named.class.unwrap_or(Level::Settlement);
            let span = parsed.text.span_of(named.tokens.clone());
            let full = span.of(parsed.document.text()).trim_start_matches("the ").to_owned();
            ResolvedPlace {
                level,
                name: core.clone(),
                settlement: (level == Level::Settlement && !named.inside).then(|| core.clone()),
                adm2: (level == Level::Adm2).then(|| full.clone()),
                adm1: (level == Level::Adm1).then_some(full),
                country: None,
                position: None,
                gazetteer_id: None,
                score: 0.0,
            }
        }
    };
    PlaceMention {
        tokens: named.tokens.clone(),
        proper: named.proper.clone(),
        form: named.form,
        relation: named.relation,
        place,
    }
}

/// A site or a quarter lies in the settlement named right behind it ("Al-Waer neighbourhood of Homs"), else in
/// the sentence, else in the one named last before.
fn place_inside(parsed: &Parsed<'_>, named: &[Named], mentions: &mut [PlaceMention]) {
    const REACH_MENTIONS: usize = 12;
    for n in 0..mentions.len() {
        if !named[n].inside || mentions[n].place.settlement.is_some() {
            continue;
        }
        let sentence = parsed.text.sentence_of(named[n].core.start);
        let here = |m: &PlaceMention| parsed.text.sentence_of(m.tokens.start) == sentence;
        let hosts = |m: &PlaceMention| {
            m.place.level == Level::Settlement
                && m.place.settlement.is_some()
                && !matches!(m.relation, PlaceRelation::From | PlaceRelation::To)
        };
        let after = mentions[n + 1..].iter().take(REACH_MENTIONS).take_while(|m| here(m)).find(|m| hosts(m));
        let before = mentions[..n].iter().rev().take(REACH_MENTIONS).find(|m| hosts(m));
        let Some(host) = after.or(before).map(|m| m.place.clone()) else { continue };
        let place = &mut mentions[n].place;
        place.settlement = host.settlement;
        place.adm2 = host.adm2;
        place.adm1 = host.adm1;
        place.country = host.country;
        place.position = host.position;
    }
}

/// A place that no gazetteer knows lies in the unit named right after it, else in the one named last before,
/// else in the one that the document names most.
fn place_unknown(parsed: &Parsed<'_>, mentions: &mut [PlaceMention], stated: &Stated, gazetteer: &Gazetteer) {
    const SURE: f64 = 1.0;
    let said = stated.countries.values().any(|&weight| weight >= SURE);
    let said = if said { most_stated(stated, gazetteer) } else { None };
    let common = said.or_else(|| most_common(mentions)).or_else(|| most_stated(stated, gazetteer));
    for n in 0..mentions.len() {
        if mentions[n].place.country.is_some() || mentions[n].place.level >= Level::Region {
            continue;
        }
        let sentence = parsed.text.sentence_of(mentions[n].tokens.start);
        let encloses = |m: &PlaceMention| {
            m.place.country.is_some()
                && m.place.level > mentions[n].place.level
                && m.place.level >= Level::Adm2
                && (m.form == PlaceForm::Name || m.place.level < Level::Country)
        };
        let after = mentions[n + 1..]
            .iter()
            .take_while(|m| parsed.text.sentence_of(m.tokens.start) == sentence)
            .find(|m| encloses(m) && m.relation != PlaceRelation::To);
        let before = mentions[..n].iter().rev().find(|m| encloses(m) && m.place.level < Level::Country);
        let source =
            after.or(before).map(|m| (m.place.adm1.clone(), m.place.adm2.clone(), m.place.country.clone()));
        let (adm1, adm2, country) = source
            .filter(|s| s.2.is_some())
            .or_else(|| common.clone().map(|(adm1, country)| (adm1, None, country)))
            .unwrap_or((None, None, None));
        let place = &mut mentions[n].place;
        place.country = country;
        if place.level < Level::Adm1 {
            place.adm1 = adm1;
        }
        if place.level < Level::Adm2 {
            place.adm2 = adm2;
        }
    }
}

/// The unit and country of most settled mentions.
fn most_common(mentions: &[PlaceMention]) -> Option<(Option<String>, Option<String>)> {
    let mut counts: BTreeMap<(Option<String>, Option<String>), usize> = BTreeMap::new();
    for place in mentions.iter().map(|m| &m.place).filter(|p| p.country.is_some() && p.level < Level::Country)
    {
        *counts.entry((place.adm1.clone(), place.country.clone())).or_default() += 1;
    }
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))).map(|(place, _)| place)
}

fn most_stated(stated: &Stated, gazetteer: &Gazetteer) -> Option<(Option<String>, Option<String>)> {
    let unit = stated
        .units
        .iter()
        .filter(|(id, _)| gazetteer.level(**id) == Level::Adm1)
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0)))
        .map(|(id, _)| *id);
    let country =
        stated.countries.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0))).map(|(c, _)| c.clone());
    match unit {
        Some(id) if gazetteer.country_code(id).map(str::to_owned) == country => {
            Some((Some(gazetteer.name(id).to_owned()), country))
        }
        _ => country.map(|c| (None, Some(c))),
    }
}
