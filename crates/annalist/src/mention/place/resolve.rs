//! Which of the places that its name may mean each mention means: the whole document decides.

use super::rank::{self, Choice, Stated};
use super::recognise::Named;
use super::{Level, PlaceForm, PlaceMention, PlaceRelation, ResolvedPlace};
use crate::gazetteer::{Gazetteer, PlaceId, name};
use crate::syntax::Parsed;
use std::collections::BTreeMap;

pub(super) fn all(parsed: &Parsed<'_>, gazetteer: &Gazetteer, mut named: Vec<Named>) -> Vec<PlaceMention> {
    let stated = stated(parsed, gazetteer, &named);
    let mut chosen: Vec<Option<Chosen>> = vec![None; named.len()];
    for choice in rank::all(parsed, gazetteer, &named, &stated) {
        let (best, likely) = choice.best();
        for &n in &choice.mentions {
            // "Krasny District" in full has no namesake among villages that no gazetteer knows.
            let unit = || ends_in_class_word(parsed, gazetteer, &named[n]);
            let id = best.or_else(|| unit().then(|| choice.best_place()).flatten());
            // Mentions of one name may differ in what their class words leave.
            chosen[n] = id.filter(|id| named[n].candidates.contains(id)).map(|id| Chosen { id, likely });
        }
    }
    named_after_elsewhere(parsed, &named, &mut chosen);
    quarters_of_cities(parsed, gazetteer, &mut named, &chosen);
    let mut mentions: Vec<PlaceMention> =
        named.iter().zip(&chosen).map(|(named, choice)| mention(parsed, gazetteer, named, *choice)).collect();
    place_inside(parsed, &named, &mut mentions);
    place_unknown(parsed, &mut mentions, &stated, gazetteer);
    mentions
}

/// Whether a name is that of a unit in full, class word included.
fn ends_in_class_word(parsed: &Parsed<'_>, gazetteer: &Gazetteer, named: &Named) -> bool {
    let last = parsed.lower(named.core.end - 1);
    named.core.len() > 1 && gazetteer.words().class(last).is_some_and(|level| level >= Level::Adm2)
}

/// What the names of a document may mean, for the fitting of weights.
pub(super) fn choices(parsed: &Parsed<'_>, gazetteer: &Gazetteer, named: &[Named]) -> Vec<Choice> {
    rank::all(parsed, gazetteer, named, &stated(parsed, gazetteer, named))
}

/// The place chosen for a mention and how likely it is.
#[derive(Clone, Copy)]
struct Chosen {
    id: PlaceId,
    likely: f64,
}

impl Chosen {
    fn certainty(self, similar: bool) -> f32 {
        (self.likely * if similar { 0.7 } else { 0.95 }) as f32
    }
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

fn mention(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &Named,
    choice: Option<Chosen>,
) -> PlaceMention {
    let span = parsed.text.span_of(named.core.clone());
    let core = span.of(parsed.document.text()).to_owned();
    let place = match choice {
        Some(choice) => {
            let known = gazetteer.candidate(choice.id);
            // "Nikopol district", where the gazetteer has only the town: a unit around the town.
            let unit = named
                .class
                .filter(|&c| c >= Level::Adm2 && known.level <= Level::Settlement && !named.inside);
            let settlement = known.level <= Level::Settlement && unit.is_none();
            let full = || full_name(parsed, named);
            ResolvedPlace {
                level: if named.inside { Level::Site } else { unit.unwrap_or(known.level) },
                name: if unit.is_some() {
                    full()
                } else if settlement {
                    core.clone()
                } else {
                    known.name.clone()
                },
                settlement: settlement.then(|| known.name.clone()),
                adm2: if unit == Some(Level::Adm2) { Some(full()) } else { known.adm2 },
                adm1: if unit == Some(Level::Adm1) { Some(full()) } else { known.adm1 },
                country: known.country,
                position: known.position,
                gazetteer_id: known.gazetteer_id.filter(|_| unit.is_none()),
                score: choice.certainty(named.similar),
            }
        }
        None => {
            let level = named.class.unwrap_or(Level::Settlement);
            let full = full_name(parsed, named);
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

/// A name with its class words, without an article.
fn full_name(parsed: &Parsed<'_>, named: &Named) -> String {
    let span = parsed.text.span_of(named.tokens.clone());
    span.of(parsed.document.text()).trim_start_matches("the ").to_owned()
}

/// "In Kharkiv … the Saltivskyi district": a district that no gazetteer knows is a quarter of the city named last
/// before, unless a unit is named behind it.
fn quarters_of_cities(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &mut [Named],
    chosen: &[Option<Chosen>],
) {
    const CITY_MIN: u64 = 200_000;
    for n in 1..named.len() {
        let district =
            named[n].class == Some(Level::Adm2) && named[n].candidates.is_empty() && !named[n].inside;
        if !district {
            continue;
        }
        let follows = named.get(n + 1).is_some_and(|next| {
            next.tokens.start <= named[n].tokens.end + 2
                && parsed.text.sentence_of(next.core.start) == parsed.text.sentence_of(named[n].core.start)
        });
        let before = (0..n).rev().find(|&m| named[m].form == PlaceForm::Name && !named[m].inside);
        let city = before.and_then(|m| chosen[m]).is_some_and(|c| {
            gazetteer.level(c.id) == Level::Settlement && gazetteer.population(c.id) >= CITY_MIN
        });
        if city && !follows {
            named[n].inside = true;
            named[n].class = Some(Level::Settlement);
        }
    }
}

/// "The Dnipro market in **Kherson**": a site that is named after a place lies in the settlement named right behind it, not
/// in the one that gave it its name.
fn named_after_elsewhere(parsed: &Parsed<'_>, named: &[Named], chosen: &mut [Option<Chosen>]) {
    for n in 0..named.len().saturating_sub(1) {
        let (site, next) = (&named[n], &named[n + 1]);
        let joined = next.tokens.start == site.tokens.end + 1
            && matches!(parsed.lower(site.tokens.end), "in" | "of" | ",")
            && next.form == PlaceForm::Name;
        let town =
            next.class.is_none_or(|c| c == Level::Settlement) && !next.inside && chosen[n + 1].is_some();
        if site.inside && site.class == Some(Level::Site) && joined && town {
            chosen[n] = None;
        }
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
        // "Krong Pinang, Yala": also a town named right behind.
        let town_behind = |m: &PlaceMention| {
            let gap = mentions[n].tokens.end..m.tokens.start;
            mentions[n].place.level == Level::Settlement
                && m.place.level == Level::Settlement
                && m.place.gazetteer_id.is_some()
                && gap.len() == 1
                && parsed.form(gap.start) == ","
                && m.relation == PlaceRelation::Bare
        };
        let after = mentions[n + 1..]
            .iter()
            .take_while(|m| parsed.text.sentence_of(m.tokens.start) == sentence)
            .find(|m| encloses(m) && m.relation != PlaceRelation::To || town_behind(m));
        let place_before = |m: &PlaceMention| {
            let told = m.form == PlaceForm::Name && m.place.gazetteer_id.is_some() && !in_dateline(parsed, m);
            let town =
                told && m.place.level == Level::Settlement && mentions[n].place.level <= Level::Settlement;
            m.relation != PlaceRelation::From
                && (encloses(m) && m.place.level < Level::Country || town)
                && m.relation != PlaceRelation::To
        };
        let before = mentions[..n].iter().rev().find(|m| place_before(m));
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

fn in_dateline(parsed: &Parsed<'_>, mention: &PlaceMention) -> bool {
    let span = parsed.text.span_of(mention.tokens.clone());
    parsed.document.dateline().is_some_and(|d| d.overlaps(span))
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
