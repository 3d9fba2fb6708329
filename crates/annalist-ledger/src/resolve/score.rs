//! score: how likely two mentions tell of the same incident, and what says so. A sum of weights in log-odds, each of a
//! named sign, learned by `annalist-train resolve`.

use super::host::Hosts;
use super::traits::{self, Act, Traits, Who};
use super::words::Words;
use crate::Report;
use annalist::table::rows;
use annalist::{Bundle, DataError};
use serde::Serialize;
use std::collections::BTreeMap;

/// A sign of a pair: one that is there or not, or a measure, whose weight lies between those of the two nearest knots.
struct Sign {
    name: &'static str,
    knots: &'static [f32],
}

macro_rules! signs {
    ($($variant:ident = $name:literal $([$($knot:literal),*])?;)*) => {
        /// The signs in their order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Of { $($variant),* }
        const SIGNS: &[Sign] = &[$(Sign { name: $name, knots: &[$($($knot),*)?] }),*];
    };
}

signs! {
    Bias = "bias";
    SameReport = "both in one report";
    Distance = "km apart" [0.0, 3.0, 10.0, 30.0, 100.0, 1000.0];
    SameSettlement = "one settlement";
    OtherSettlement = "two settlements";
    SameRegion = "one region";
    OtherRegion = "two regions";
    OtherCountry = "two countries";
    SpotUnknown = "a place not known or wide";
    Days = "days apart" [0.0, 1.0, 2.0, 4.0, 8.0, 30.0, 365.0];
    DaysStated = "days apart, both stated" [0.0, 1.0, 2.0, 4.0, 8.0, 30.0, 365.0];
    DayUnknown = "a day not known";
    HereAndThen = "one place and day";
    Published = "days between the reports" [1.0, 8.0, 30.0, 120.0, 1000.0];
    Mode = "one mode";
    ModeKind = "modes of one kind";
    ModeOther = "modes of two kinds";
    Stage = "one carried out, one not";
    Weapon = "a weapon in common";
    WeaponOther = "no weapon in common";
    Targets = "a target in common";
    TargetsOther = "no target in common";
    Name = "a person in common";
    Surname = "a surname in common";
    NameOther = "no person in common";
    Age = "an age in common";
    AgeOther = "no age in common";
    KilledSame = "as many killed";
    KilledNear = "nearly as many killed";
    KilledOther = "other numbers killed";
    KilledNone = "killed in one only";
    InjuredSame = "as many injured";
    InjuredNear = "nearly as many injured";
    InjuredOther = "other numbers injured";
    InjuredNone = "injured in one only";
    Perpetrator = "one perpetrator";
    PerpetratorOther = "two perpetrators";
    Official = "an official in common";
    Told = "words that tell it alike" [0.0, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0];
    Text = "words of the reports alike" [0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0];
    TextBare = "words of a report without incident alike" [0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0];
    Title = "titles alike" [0.0, 0.1, 0.3, 0.6, 1.0];
    TitleNone = "a title not known";
    Names = "names in common" [0.0, 1.0, 2.0, 3.0, 5.0, 10.0];
    NamesTold = "names in the words that tell it in common" [0.0, 1.0, 2.0, 4.0];
    Copied = "words copied" [0.0, 0.1, 0.3, 0.7, 1.0];
    Url = "one address";
    Outlet = "one outlet";
}

/// Before the names of signs of pairs of which a report tells of several incidents, so that its words say less of each.
const SEVERAL: &str = "of several: ";

/// A sign of a pair with what it says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The sign: `km apart`, `a person in common`, …
    pub sign: &'static str,
    /// The measure, of signs that are one: kilometres, days, a share from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f32>,
    /// What it adds to the score.
    ///
    /// # Units
    /// Log-odds.
    pub weight: f32,
}

/// How mentions are compared.
pub struct Model {
    words: Words,
    hosts: Hosts,
    kinds: BTreeMap<String, u32>,
    /// For every sign the number of its first weight; those of reports of several incidents follow all others.
    starts: Vec<usize>,
    weights: Vec<f32>,
    /// The most that names, and words, can add: of pairs of single incidents, and of others.
    most: ([f32; 2], [f32; 2]),
}

impl Model {
    /// Reads `resolve/word.tsv`, `resolve/host.tsv`, `resolve/kind.tsv` and `resolve/weight.tsv`.
    ///
    /// # Errors
    /// The first line that cannot be read, or whose sign is none of the program's.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        const KINDS: &str = "resolve/kind.tsv";
        const WEIGHTS: &str = "resolve/weight.tsv";
        let mut kinds = BTreeMap::new();
        if let Some(file) = bundle.get(KINDS) {
            for row in rows(KINDS, file.bytes())? {
                kinds.insert(row.cell(0).to_owned(), super::words::hash(row.cell(1)));
            }
        }
        let names = Model::names();
        let mut weights = vec![0.0; names.len()];
        if let Some(file) = bundle.get(WEIGHTS) {
            for row in rows(WEIGHTS, file.bytes())? {
                let at = names.iter().position(|name| name == row.cell(0));
                let weight =
                    at.and_then(|at| weights.get_mut(at)).ok_or_else(|| row.fault("no sign of this name"))?;
                *weight = row.cell(1).parse().map_err(|_| row.fault("a sign and its weight, a number"))?;
            }
        }
        let starts = SIGNS.iter().chain(SIGNS).scan(0, |sum, sign| {
            let start = *sum;
            *sum += sign.knots.len().max(1);
            Some(start)
        });
        let none = ([0.0; 2], [0.0; 2]);
        let model = Model {
            words: Words::new(bundle)?,
            hosts: Hosts::new(bundle)?,
            kinds,
            starts: starts.collect(),
            weights: Vec::new(),
            most: none,
        };
        Ok(model.with_weights(weights))
    }

    /// The names of the signs, in their order.
    pub fn signs() -> impl Iterator<Item = &'static str> {
        SIGNS.iter().map(|sign| sign.name)
    }

    /// The names of all weights: signs, and knots of those that are measures; then the same for pairs of which a report
    /// tells of several incidents.
    pub fn names() -> Vec<String> {
        let names = |sign: &'static Sign| match sign.knots {
            [] => vec![sign.name.to_owned()],
            knots => knots.iter().map(|knot| format!("{} {knot}", sign.name)).collect(),
        };
        let names: Vec<String> = SIGNS.iter().flat_map(names).collect();
        let several = names.iter().map(|name| format!("{SEVERAL}{name}"));
        names.iter().cloned().chain(several).collect()
    }

    /// The same with other weights, in the order of [`Model::names`].
    pub fn with_weights(mut self, weights: Vec<f32>) -> Self {
        self.weights = weights;
        self.weights.resize(Model::names().len(), 0.0);
        let most = |several, signs: &[&[Of]]| {
            let most = |sign: Of| {
                let knots = SIGNS.get(sign as usize).map_or(&[][..], |sign| sign.knots);
                let weights = knots.iter().chain(knots.is_empty().then_some(&1.0));
                weights.map(|&knot| self.weight(several, sign, knot)).fold(0.0, f32::max)
            };
            signs.iter().map(|of_one| of_one.iter().map(|&sign| most(sign)).fold(0.0, f32::max)).sum()
        };
        self.most = ([most(false, NAMES), most(false, WORDS)], [most(true, NAMES), most(true, WORDS)]);
        self
    }

    /// Its weights, in the order of [`Model::names`].
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The mentions of a report as they are compared; of a report that tells of no incident its bare text.
    pub fn traits(&self, report: &Report) -> Vec<Traits> {
        traits::of_report(report, &self.words, &self.hosts, |mode| self.kinds.get(mode).copied())
    }

    /// How likely two mentions tell of the same incident.
    ///
    /// # Units
    /// Log-odds: above 0 is likelier than not.
    pub fn score(&self, a: &Traits, b: &Traits) -> f32 {
        self.score_above(a, b, f32::NEG_INFINITY).unwrap_or(f32::NEG_INFINITY)
    }

    /// The same where it is above a score; else none, or what it is: of most pairs that are not, a look at the facts says so.
    pub fn score_above(&self, a: &Traits, b: &Traits, least: f32) -> Option<f32> {
        /// More than sums of such numbers are wrong by.
        const ROUNDING: f32 = 1e-3;
        let mut sum = 0.0;
        let several = are_several(a, b);
        let add = |sum: &mut f32, sign, value| *sum += self.weight(several, sign, value);
        let [names, words] = if several { self.most.1 } else { self.most.0 };
        measure_facts(a, b, &mut |sign, value| add(&mut sum, sign, value));
        if sum + names + words + ROUNDING <= least {
            return None;
        }
        measure_names(a, b, &mut |sign, value| add(&mut sum, sign, value));
        if sum + words + ROUNDING <= least {
            return None;
        }
        measure_words(a, b, &mut |sign, value| add(&mut sum, sign, value));
        Some(sum)
    }

    /// What says that two mentions tell of the same incident, and what speaks against it, the weightiest first.
    pub fn reasons(&self, a: &Traits, b: &Traits) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let several = are_several(a, b);
        measure(a, b, &mut |sign, value| {
            let Some(Sign { name, knots }) = SIGNS.get(sign as usize) else { return };
            let weight = self.weight(several, sign, value);
            reasons.push(Reason { sign: name, value: (!knots.is_empty()).then_some(value), weight });
        });
        reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        reasons
    }

    /// The weights that bear on a pair, by number, with the share of each.
    pub fn shares(&self, a: &Traits, b: &Traits) -> Vec<(usize, f32)> {
        let mut shares = Vec::new();
        let several = are_several(a, b);
        measure(a, b, &mut |sign, value| {
            self.each(several, sign, value, |at, share| shares.push((at, share)))
        });
        shares
    }

    fn weight(&self, several: bool, sign: Of, value: f32) -> f32 {
        let mut sum = 0.0;
        self.each(several, sign, value, |at, share| {
            sum += share * self.weights.get(at).copied().unwrap_or_default()
        });
        sum
    }

    fn each(&self, several: bool, sign: Of, value: f32, mut each: impl FnMut(usize, f32)) {
        let row = sign as usize + if several { SIGNS.len() } else { 0 };
        let start = self.starts.get(row).copied().unwrap_or_default();
        let knots = SIGNS.get(sign as usize).map_or(&[][..], |sign| sign.knots);
        let above = knots.iter().position(|&knot| knot >= value).unwrap_or(knots.len().saturating_sub(1));
        let Some((&low, &high)) =
            above.checked_sub(1).and_then(|below| knots.get(below).zip(knots.get(above)))
        else {
            return each(start, 1.0);
        };
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        each(start + above - 1, 1.0 - share);
        each(start + above, share);
    }
}

fn are_several(a: &Traits, b: &Traits) -> bool {
    a.beside > 1 || b.beside > 1
}

/// Whether two mentions of one series of incidents, alike in all else, cannot be one: both state their day, and these are
/// some days apart and the people are others; or the reports are as far apart as the days, and no person is in common; or
/// both are a month apart or more.
pub(super) fn contradict(a: &Traits, b: &Traits) -> bool {
    const MONTH: i32 = 30;
    const SLACK: i32 = 2;
    let (Some(one), Some(two)) = (&a.act, &b.act) else { return false };
    let stated = one.day_stated && two.day_stated;
    let Some((x, y)) = one.days.zip(two.days).filter(|_| stated) else { return false };
    let gap = (x.0 - y.1).max(y.0 - x.1);
    if gap <= 1 {
        return false;
    }
    let reports = reports_apart(a, b).unwrap_or_default();
    let (mut others, mut named) = (false, false);
    measure_people(one, two, &mut |sign, _| {
        others |= matches!(sign, Of::NameOther | Of::AgeOther);
        named |= sign == Of::Name;
    });
    let follow = reports >= gap - 1;
    gap > MONTH && reports > MONTH || !named && (follow || gap > SLACK && others)
}

/// How many days lie between two reports.
fn reports_apart(a: &Traits, b: &Traits) -> Option<i32> {
    a.text.published.zip(b.text.published).map(|(x, y)| (x - y).abs())
}

/// The signs of a pair, the same whichever comes first.
fn measure(a: &Traits, b: &Traits, sign: &mut impl FnMut(Of, f32)) {
    measure_facts(a, b, sign);
    measure_names(a, b, sign);
    measure_words(a, b, sign);
}

/// The signs that are found at once.
fn measure_facts(a: &Traits, b: &Traits, sign: &mut impl FnMut(Of, f32)) {
    sign(Of::Bias, 1.0);
    if a.is_told_beside(b) {
        sign(Of::SameReport, 1.0);
    } else {
        if let Some(apart) = reports_apart(a, b) {
            sign(Of::Published, apart as f32);
        }
        let same = |x: Option<u32>, y: Option<u32>| x.is_some() && x == y;
        if same(a.text.url, b.text.url) {
            sign(Of::Url, 1.0);
        }
        if same(a.text.outlet, b.text.outlet) {
            sign(Of::Outlet, 1.0);
        }
    }
    let (Some(one), Some(two)) = (&a.act, &b.act) else { return };
    let here = measure_places(one, two, sign);
    let then = measure_days(one, two, sign);
    if here && then {
        sign(Of::HereAndThen, 1.0);
    }
    let mode = match (one.kind, two.kind) {
        _ if one.mode == two.mode => Some(Of::Mode),
        (Some(x), Some(y)) => Some(if x == y { Of::ModeKind } else { Of::ModeOther }),
        _ => None,
    };
    mode.into_iter().for_each(|mode| sign(mode, 1.0));
    if one.carried_out != two.carried_out {
        sign(Of::Stage, 1.0);
    }
    if one.weapon & two.weapon != 0 {
        sign(Of::Weapon, 1.0);
    } else if one.weapon != 0 && two.weapon != 0 && one.weapon_kinds & two.weapon_kinds == 0 {
        sign(Of::WeaponOther, 1.0);
    }
    if one.targets != 0 && two.targets != 0 {
        sign(if one.targets & two.targets != 0 { Of::Targets } else { Of::TargetsOther }, 1.0);
    }
    let killed = [Of::KilledSame, Of::KilledNear, Of::KilledOther, Of::KilledNone];
    let injured = [Of::InjuredSame, Of::InjuredNear, Of::InjuredOther, Of::InjuredNone];
    for (signs, a, b) in [(killed, one.killed, two.killed), (injured, one.injured, two.injured)] {
        if let Some(&of) = apart(a, b).and_then(|apart| signs.get(apart)) {
            sign(of, 1.0);
        }
    }
    if let Some((x, y)) = one.perpetrator.zip(two.perpetrator) {
        sign(if x == y { Of::Perpetrator } else { Of::PerpetratorOther }, 1.0);
    }
    if one.officials.iter().any(|official| two.officials.contains(official)) {
        sign(Of::Official, 1.0);
    }
}

/// Signs of which at most one is there, of those that [`measure_names`] finds.
const NAMES: &[&[Of]] = &[
    &[Of::Name, Of::Surname, Of::NameOther],
    &[Of::Age, Of::AgeOther],
    &[Of::NamesTold],
    &[Of::Names],
    &[Of::Title, Of::TitleNone],
];

/// The signs for which names are compared.
fn measure_names(a: &Traits, b: &Traits, sign: &mut impl FnMut(Of, f32)) {
    if let (Some(one), Some(two)) = (&a.act, &b.act) {
        measure_people(one, two, sign);
        sign(Of::NamesTold, common(&one.names, &two.names));
    }
    if !a.is_told_beside(b) && !are_several(a, b) {
        sign(Of::Names, common(&a.text.names, &b.text.names));
        match (&*a.text.title.0, &*b.text.title.0) {
            ([], _) | (_, []) => sign(Of::TitleNone, 1.0),
            _ => sign(Of::Title, a.text.title.likeness(&b.text.title)),
        }
    }
}

/// Signs of which at most one is there, of those that [`measure_words`] finds.
const WORDS: &[&[Of]] = &[&[Of::Told], &[Of::Text, Of::TextBare], &[Of::Copied]];

/// The signs for which all words are compared.
fn measure_words(a: &Traits, b: &Traits, sign: &mut impl FnMut(Of, f32)) {
    /// Words of a report of several incidents tell no more than what story it is of.
    const STORY: f32 = 0.2;
    if a.text.row.or(b.text.row).is_some() {
        return;
    }
    let both = a.act.is_some() && b.act.is_some();
    if both {
        sign(Of::Told, a.told.likeness(&b.told));
    }
    if a.is_told_beside(b) {
        return;
    }
    let several = are_several(a, b);
    let words = a.text.words.likeness(&b.text.words);
    sign(if both { Of::Text } else { Of::TextBare }, if several { words.min(STORY) } else { words });
    if !several && let Some(copied) = a.text.signature.likeness(&b.text.signature) {
        sign(Of::Copied, copied);
    }
}

fn common(a: &[u32], b: &[u32]) -> f32 {
    a.iter().filter(|name| b.contains(name)).count() as f32
}

/// How far from a place is near it.
///
/// # Units
/// Kilometres.
const NEAR: f32 = 15.0;

/// Whether both are at one place.
fn measure_places(a: &Act, b: &Act, sign: &mut impl FnMut(Of, f32)) -> bool {
    let mut here = false;
    if let Some((x, y)) = a.spot.zip(b.spot) {
        let near = f32::from(u8::from(a.near) + u8::from(b.near)) * NEAR;
        let km = (distance(x.lat, x.lon, y.lat, y.lon) - near).max(0.0);
        here = km < 3.0;
        sign(Of::Distance, km);
    } else if let Some((x, y)) = a.settlement.as_deref().zip(b.settlement.as_deref()) {
        here = alike(x, y);
        match here {
            true => sign(Of::SameSettlement, 1.0),
            false if a.near || b.near => sign(Of::SpotUnknown, 1.0),
            false => sign(Of::OtherSettlement, 1.0),
        }
    } else {
        sign(Of::SpotUnknown, 1.0);
    }
    if a.country.zip(b.country).is_some_and(|(x, y)| x != y) {
        sign(Of::OtherCountry, 1.0);
    } else if let Some((x, y)) = a.adm1.zip(b.adm1) {
        sign(if x == y { Of::SameRegion } else { Of::OtherRegion }, 1.0);
    }
    here
}

/// Whether both may be of one day.
fn measure_days(a: &Act, b: &Act, sign: &mut impl FnMut(Of, f32)) -> bool {
    let Some((x, y)) = a.days.zip(b.days) else {
        sign(Of::DayUnknown, 1.0);
        return false;
    };
    let gap = (x.0 - y.1).max(y.0 - x.1).max(0);
    sign(if a.day_stated && b.day_stated { Of::DaysStated } else { Of::Days }, gap as f32);
    gap == 0
}

fn measure_people(a: &Act, b: &Act, sign: &mut impl FnMut(Of, f32)) {
    let named = |act: &Act| act.people.iter().any(|who| !who.name.is_empty() && who.hurt);
    let pairs = || a.people.iter().flat_map(|x| b.people.iter().map(move |y| (x, y)));
    let surname = |x: &Who, y: &Who| x.surname().zip(y.surname()).is_some_and(|(x, y)| alike(x, y));
    let full = |x: &Who, y: &Who| x.name.contains(' ') && y.name.contains(' ') && alike(&x.name, &y.name);
    let like = pairs().filter(|(x, y)| surname(x, y)).map(|(x, y)| full(x, y)).max();
    match like {
        Some(true) => sign(Of::Name, 1.0),
        Some(false) => sign(Of::Surname, 1.0),
        None if named(a) && named(b) => sign(Of::NameOther, 1.0),
        None => {}
    }
    let aged = |act: &Act| act.people.iter().any(|who| who.age.is_some() && who.hurt);
    if aged(a) && aged(b) {
        let common = pairs().any(|(x, y)| x.hurt && y.hurt && x.age.is_some() && x.age == y.age);
        sign(if common { Of::Age } else { Of::AgeOther }, 1.0);
    }
}

/// Whether two names are one, perhaps romanised in two ways.
fn alike(x: &str, y: &str) -> bool {
    const ALIKE: f64 = 0.9;
    x == y || x.len().min(y.len()) > 4 && may_be_alike(x, y) && strsim::jaro_winkler(x, y) >= ALIKE
}

/// Whether two names could be so alike: most of their letters must be the same, wherever these stand. Says no to nearly
/// all that are not alike, in a fraction of the time.
fn may_be_alike(x: &str, y: &str) -> bool {
    /// Jaro's measure of names whose first four letters are the same and that Winkler's puts at the bound.
    const LEAST: f32 = 0.833;
    let letters = |name: &str| name.bytes().fold(0u64, |set, byte| set | 1 << (byte % 64));
    let (of_x, of_y) = (letters(x), letters(y));
    // The share of letters that could be matched, were all of these in order; a letter has up to four bytes.
    let bytes = if x.is_ascii() && y.is_ascii() { 1.0 } else { 4.0 };
    let share =
        |name: &str, missing: u64| 1.0 - missing.count_ones() as f32 / bytes / name.chars().count() as f32;
    (share(x, of_x & !of_y) + share(y, of_y & !of_x) + 1.0) / 3.0 >= LEAST
}

/// 0 when numbers may be the same, 1 when they nearly are, 2 when they are not, 3 when one is of nobody.
fn apart(a: Option<(u32, u32)>, b: Option<(u32, u32)>) -> Option<usize> {
    let (a, b) = a.zip(b)?;
    let (low, high) = (a.1.min(b.1), a.0.max(b.0));
    Some(match high.saturating_sub(low) {
        0 => 0,
        _ if low == 0 => 3,
        gap if gap <= 1 || gap <= high / 3 => 1,
        _ => 2,
    })
}

/// Kilometres between two points, on a plane that touches the sphere between them: true enough for neighbours.
fn distance(lat: f32, lon: f32, lat2: f32, lon2: f32) -> f32 {
    const KM: f32 = 111.2;
    let middle = ((lat + lat2) / 2.0).to_radians();
    let turn = (lon - lon2).abs();
    let east = turn.min(360.0 - turn) * libm::cosf(middle);
    libm::hypotf(lat - lat2, east) * KM
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_names_that_are_alike_are_thought_not_to_be(x in "[a-dв-д ]{5,9}", y in "[a-dв-д ]{5,9}", end in "[a-d]{0,2}") {
            for y in [y, format!("{x}{end}"), format!("{end}{x}")] {
                prop_assert!(strsim::jaro_winkler(&x, &y) < 0.9 || may_be_alike(&x, &y), "{} {}", x, y);
            }
        }
    }
}
