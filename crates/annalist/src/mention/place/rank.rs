//! How well each place that a name may mean fits the document: signs times weights, once by itself and again among
//! the places that the other names seem to mean.

use super::recognise::Named;
use super::{Level, PlaceForm};
use crate::gazetteer::sign::{Sign, Signs};
use crate::gazetteer::{Gazetteer, PlaceId, distance_km, name};
use crate::syntax::Parsed;
use std::collections::BTreeMap;

/// Names of a document that are looked at together; the rest of a longer one is ranked by itself.
const NAMES_MAX: usize = 64;
/// Places of a name whose neighbourhood counts for the other names.
const NEIGHBOURS_MAX: usize = 3;

/// One name and what it may mean wherever it stands in the document.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Numbers of its mentions.
    pub mentions: Vec<usize>,
    /// The places, and last none of them; with their signs.
    pub options: Vec<(Option<PlaceId>, Signs)>,
    /// How likely each option is, 0 to 1.
    pub likely: Vec<f64>,
}

impl Choice {
    /// The likeliest option and how likely it is.
    pub fn best(&self) -> (Option<PlaceId>, f64) {
        let best = (0..self.options.len())
            .max_by(|&a, &b| self.likely[a].total_cmp(&self.likely[b]).then(b.cmp(&a)));
        best.map_or((None, 0.0), |n| (self.options[n].0, self.likely[n]))
    }

    /// The likeliest of the places.
    pub(super) fn best_place(&self) -> Option<PlaceId> {
        let places =
            self.options.iter().zip(&self.likely).filter_map(|((id, _), likely)| Some((likely, (*id)?)));
        places.max_by(|a, b| a.0.total_cmp(b.0).then(b.1.cmp(&a.1))).map(|(_, id)| id)
    }
}

/// How often units and countries are named.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) units: BTreeMap<PlaceId, f64>,
    pub(super) countries: BTreeMap<String, f64>,
}

/// Ranks what the names of a document may mean; the same name means the same place throughout.
pub(super) fn all(
    parsed: &Parsed<'_>,
    gazetteer: &Gazetteer,
    named: &[Named],
    stated: &Stated,
) -> Vec<Choice> {
    const ROUNDS: usize = 2;
    let case = Case { parsed, gazetteer, named, stated };
    let mut choices = case.choices();
    weigh(gazetteer, &mut choices);
    for _ in 0..ROUNDS {
        case.look_around(&mut choices);
        weigh(gazetteer, &mut choices);
    }
    choices
}

/// Probabilities from signs and weights.
fn weigh(gazetteer: &Gazetteer, choices: &mut [Choice]) {
    let weights = gazetteer.weights();
    for choice in choices {
        let scores: Vec<f64> = choice
            .options
            .iter()
            .map(|(_, signs)| signs.iter().zip(weights).map(|(s, w)| s * w).sum())
            .collect();
        let most = scores.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = scores.iter().map(|s| libm::exp(s - most)).sum();
        choice.likely = scores.iter().map(|s| libm::exp(s - most) / sum).collect();
    }
}

struct Case<'a> {
    parsed: &'a Parsed<'a>,
    gazetteer: &'a Gazetteer,
    named: &'a [Named],
    stated: &'a Stated,
}

impl Case<'_> {
    fn choices(&self) -> Vec<Choice> {
        let mut groups: BTreeMap<(String, bool), Vec<usize>> = BTreeMap::new();
        for (n, named) in self.named.iter().enumerate().filter(|(_, named)| !named.candidates.is_empty()) {
            groups.entry(self.key(named)).or_default().push(n);
        }
        let mut choices: Vec<Choice> = groups.into_values().map(|mentions| self.choice(mentions)).collect();
        choices.sort_by_key(|c| c.mentions[0]);
        choices
    }

    fn key(&self, named: &Named) -> (String, bool) {
        let span = self.parsed.text.span_of(named.core.clone());
        let folded = name::fold(span.of(self.parsed.document.text()));
        (folded, named.class.is_some_and(|c| c >= Level::Adm2))
    }

    fn choice(&self, mentions: Vec<usize>) -> Choice {
        let mut ids: Vec<PlaceId> =
            mentions.iter().flat_map(|&n| &self.named[n].candidates).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let around: Vec<Around> = mentions.iter().map(|&n| self.around(n)).collect();
        let first = &self.named[mentions[0]];
        let words = self.parsed.text.span_of(first.core.clone()).of(self.parsed.document.text());
        let town = ids.iter().any(|&id| self.gazetteer.level(id) <= Level::Settlement);
        let mut options: Vec<(Option<PlaceId>, Signs)> = ids
            .iter()
            .map(|&id| {
                let mut signs = self.own(id, words);
                let level = self.gazetteer.level(id);
                let unit = level == Level::Adm1 || level == Level::Adm2;
                signs[Sign::NamesakeTown as usize] =
                    f64::from(u8::from(unit && town && first.class.is_none()));
                self.beside(id, &around, &mut signs);
                (Some(id), signs)
            })
            .collect();
        let mut none = [0.0; crate::gazetteer::sign::COUNT];
        let yes = |fact: bool| f64::from(u8::from(fact));
        none[Sign::Unknown as usize] = 1.0;
        none[Sign::UnknownUnitBeside as usize] = yes(around.iter().any(|a| !a.said.is_empty()));
        none[Sign::UnknownUnitNear as usize] = yes(around.iter().any(|a| a.near.is_some()));
        none[Sign::UnknownSimilar as usize] = yes(first.similar);
        options.push((None, none));
        Choice { mentions, likely: vec![0.0; options.len()], options }
    }

    /// Signs of the place itself and of what the document names outright.
    fn own(&self, id: PlaceId, words: &str) -> Signs {
        let gazetteer = self.gazetteer;
        let mut signs = [0.0; crate::gazetteer::sign::COUNT];
        let mut set = |sign: Sign, value: f64| signs[sign as usize] = value;
        let yes = |fact: bool| f64::from(u8::from(fact));
        let level = gazetteer.level(id);
        set(Sign::Population, libm::log((gazetteer.population(id) + 1) as f64) / 10.0);
        set(Sign::Country, yes(level == Level::Country));
        set(Sign::Region, yes(level == Level::Region));
        set(Sign::Adm1, yes(level == Level::Adm1));
        set(Sign::Adm2, yes(level == Level::Adm2));
        // The gazetteer's own spelling is a Latin one: in another script it is no sign.
        let other_script = !words.contains(|c: char| c.is_ascii_alphabetic());
        set(Sign::SameSpelling, yes(other_script || gazetteer.name(id).eq_ignore_ascii_case(words)));
        let stated = |unit: Option<PlaceId>| {
            unit.filter(|&u| u != id).and_then(|u| self.stated.units.get(&u)).copied().unwrap_or(0.0).min(1.5)
        };
        set(Sign::UnitStated, stated(gazetteer.adm1(id)));
        set(Sign::DistrictStated, stated(gazetteer.adm2(id)));
        let own =
            gazetteer.country_code(id).and_then(|c| self.stated.countries.get(c)).copied().unwrap_or(0.0);
        let most = self.stated.countries.values().copied().fold(0.0, f64::max);
        set(Sign::CountryStated, own.min(2.0));
        set(Sign::CountryOther, yes(own < 0.5 && most >= 1.0) * self.obscurity(id));
        signs
    }

    /// How little a place is known without its unit: 0 for a city, 1 for a village.
    fn obscurity(&self, id: PlaceId) -> f64 {
        const CITY: f64 = 300_000.0;
        const VILLAGE: f64 = 3_000.0;
        let inhabitants = (self.gazetteer.population(id) as f64).max(1.0);
        (libm::log(CITY / inhabitants) / libm::log(CITY / VILLAGE)).clamp(0.0, 1.0)
    }

    /// Signs of the units named beside the mentions: one that fits anywhere fits everywhere.
    fn beside(&self, id: PlaceId, around: &[Around], signs: &mut Signs) {
        let within = |unit: PlaceId| unit != id && self.gazetteer.contains(unit, id);
        let related = |unit: PlaceId| self.gazetteer.contains(unit, id) || self.gazetteer.contains(id, unit);
        let said = |a: &Around| a.said.iter().any(|&u| within(u)) || a.soon.iter().any(|&u| within(u));
        let near = |a: &Around| a.near.is_some_and(within);
        let yes = |fact: bool| f64::from(u8::from(fact));
        let large = self.gazetteer.level(id) > Level::Settlement;
        signs[Sign::UnitBeside as usize] = yes(around.iter().any(said));
        signs[Sign::UnitBesideOther as usize] = yes(!large
            && around.iter().any(|a| !a.said.is_empty())
            && !around.iter().any(|a| a.said.iter().any(|&u| related(u))));
        signs[Sign::UnitNear as usize] = yes(around.iter().any(near));
        signs[Sign::UnitNearOther as usize] =
            yes(!large && around.iter().all(|a| a.near.is_some_and(|u| !related(u)))) * self.obscurity(id);
    }

    fn around(&self, n: usize) -> Around {
        Around {
            said: self.unit_said(n).unwrap_or_default(),
            soon: self.units_soon(n),
            near: self.nearest_unit(n),
        }
    }

    /// The units that the very next mention may mean, when only a comma or "in" stands between
    /// ("Kobylki in Kursk Oblast").
    fn unit_said(&self, n: usize) -> Option<Vec<PlaceId>> {
        let (parsed, named) = (self.parsed, self.named);
        let next = named.get(n + 1)?;
        let gap = named[n].tokens.end..next.tokens.start;
        let joined = !gap.is_empty()
            && gap.len() <= 3
            && gap.clone().all(|t| matches!(parsed.lower(t), "," | "in" | "the" | "of" | "(" | "’s" | "'s"))
            && next.form == PlaceForm::Name
            && parsed.text.sentence_of(next.core.start) == parsed.text.sentence_of(named[n].core.start);
        let units: Vec<PlaceId> =
            next.candidates.iter().copied().filter(|&u| self.gazetteer.level(u) >= Level::Adm1).collect();
        let sure = next.class.is_some_and(|c| c >= Level::Adm1) || units.len() == next.candidates.len();
        (joined && sure && !units.is_empty()).then_some(units)
    }

    /// What the next two mentions may mean, if they follow within a few words ("Jos, Plateau State").
    fn units_soon(&self, n: usize) -> Vec<PlaceId> {
        const BESIDE_TOKENS: usize = 7;
        let end = self.named[n].tokens.end;
        let sentence = self.parsed.text.sentence_of(self.named[n].core.start);
        self.named[n + 1..]
            .iter()
            .take(2)
            .take_while(|next| {
                next.tokens.start < end + BESIDE_TOKENS
                    && self.parsed.text.sentence_of(next.core.start) == sentence
            })
            .flat_map(|next| next.candidates.iter().copied())
            .filter(|&unit| self.gazetteer.level(unit) >= Level::Adm2)
            .collect()
    }

    /// The first-level unit named next in the sentence, else last before.
    fn nearest_unit(&self, n: usize) -> Option<PlaceId> {
        const REACH_MENTIONS: usize = 12;
        let unit = |m: &Named| {
            let sure = m.class.is_some_and(|c| c >= Level::Adm1);
            m.candidates
                .iter()
                .copied()
                .find(|&u| self.gazetteer.level(u) == Level::Adm1)
                .filter(|_| sure || m.candidates.len() == 1)
        };
        let sentence = self.parsed.text.sentence_of(self.named[n].core.start);
        let after = self.named[n + 1..]
            .iter()
            .take(REACH_MENTIONS)
            .take_while(|m| self.parsed.text.sentence_of(m.core.start) == sentence)
            .find_map(unit);
        after.or_else(|| self.named[..n].iter().rev().take(REACH_MENTIONS).find_map(unit))
    }

    /// Signs of the places that the other names seem to mean.
    fn look_around(&self, choices: &mut [Choice]) {
        const KERNEL_KM: f64 = 100.0;
        let seen = &choices[..choices.len().min(NAMES_MAX)];
        let shares: Vec<Share> = seen.iter().map(|c| self.share(c)).collect();
        let mut total = Share::default();
        for share in &shares {
            total.add(share);
        }
        let none = Share::default();
        for (n, choice) in choices.iter_mut().enumerate() {
            let own = shares.get(n).unwrap_or(&none);
            let others = (shares.len() as f64 - f64::from(u8::from(n < shares.len()))).max(1.0);
            for (id, signs) in &mut choice.options {
                let Some(id) = *id else { continue };
                let rest = |all: Option<&f64>, own: Option<&f64>| {
                    ((all.copied().unwrap_or(0.0) - own.copied().unwrap_or(0.0)) / others).max(0.0)
                };
                let country = self.gazetteer.country(id);
                let unit = self.gazetteer.adm1(id);
                let of = |key: Option<PlaceId>| {
                    key.map_or(0.0, |k| rest(total.within.get(&k), own.within.get(&k)))
                };
                signs[Sign::SameCountry as usize] = of(country);
                signs[Sign::SameUnit as usize] = of(unit);
                let Some(position) =
                    self.gazetteer.position(id).filter(|_| self.gazetteer.level(id) < Level::Region)
                else {
                    continue;
                };
                let near: f64 = shares
                    .iter()
                    .enumerate()
                    .filter(|(m, _)| *m != n)
                    .flat_map(|(_, share)| &share.places)
                    .filter(|(_, other, _)| (position.0 - other.0).abs() < 5.0)
                    .map(|&(_, other, likely)| {
                        let far = distance_km(position, other) / KERNEL_KM;
                        likely / (1.0 + far * far)
                    })
                    .sum();
                signs[Sign::NearNames as usize] = libm::log1p(near);
            }
        }
    }

    /// Where a name seems to lie.
    fn share(&self, choice: &Choice) -> Share {
        let mut share = Share::default();
        for ((id, _), &likely) in choice.options.iter().zip(&choice.likely) {
            let Some(id) = *id else { continue };
            for unit in [self.gazetteer.country(id), self.gazetteer.adm1(id)].into_iter().flatten() {
                *share.within.entry(unit).or_default() += likely;
            }
            if self.gazetteer.level(id) <= Level::Adm2
                && let Some(position) = self.gazetteer.position(id)
            {
                share.places.push((id, position, likely));
            }
        }
        share.places.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        share.places.truncate(NEIGHBOURS_MAX);
        share
    }
}

/// The units named beside one mention.
struct Around {
    said: Vec<PlaceId>,
    soon: Vec<PlaceId>,
    near: Option<PlaceId>,
}

/// How likely a name lies in each country and unit, and at which places.
#[derive(Default)]
struct Share {
    within: BTreeMap<PlaceId, f64>,
    places: Vec<(PlaceId, (f64, f64), f64)>,
}

impl Share {
    fn add(&mut self, other: &Share) {
        for (&unit, likely) in &other.within {
            *self.within.entry(unit).or_default() += likely;
        }
    }
}
