//! What a segment or a draft says of itself that tells incidents apart, and how two of them stand to each other.

use super::Case;
use super::segment::Segment;
use crate::event::{EventKind, Standing};
use crate::mention::place::{Level, ResolvedPlace};
use crate::mention::time::TimePrecision;
use crate::syntax::{Deprel, Upos};
use jiff::civil::Date;

/// Where, when, how, to whom and to what, as far as it is said.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// Modes of attack, by verb, noun or weapon.
    pub modes: Vec<String>,
    /// Weapons.
    pub weapons: Vec<String>,
    /// Where it may have happened.
    pub places: Vec<ResolvedPlace>,
    /// First and last day.
    pub dates: Vec<(Date, Date)>,
    /// Persons who do not speak.
    pub names: Vec<String>,
    /// Ages of persons.
    pub ages: Vec<u32>,
    /// Greatest number of persons killed.
    pub killed: Option<u64>,
    /// Greatest number of persons injured.
    pub injured: Option<u64>,
    /// Lemmas of the persons and things named.
    pub things: Vec<String>,
    /// Those of them that are taken up as known ("the school", "his car").
    pub known: Vec<String>,
}

impl Told {
    /// What a segment says.
    pub(super) fn of(case: &Case<'_>, segment: &Segment) -> Self {
        let marked = case.marked;
        let tokens = || segment.tokens.clone();
        let events = || segment.events.iter().map(|&n| &case.events[n]);
        let weapons = || marked.hits_in(tokens(), "weapon").map(|(_, entry)| entry);
        let mut modes: Vec<String> =
            events().filter(|e| case.is_attack(e)).map(|e| e.value.clone()).collect();
        modes.extend(
            weapons().filter_map(|entry| entry.rest.first().cloned()).filter(|m| !m.is_empty() && m != "-"),
        );
        let dates = case
            .event_times(tokens())
            .filter(|t| matches!(t.precision, TimePrecision::Day | TimePrecision::Days))
            .filter_map(|t| t.bounds)
            .collect();
        let persons = &marked.mentions.persons;
        let first = persons.partition_point(|p| p.tokens.end <= segment.tokens.start);
        let persons = || {
            persons[first..]
                .iter()
                .take_while(|p| p.tokens.start < segment.tokens.end)
                .filter(|p| segment.tokens.contains(&p.head))
        };
        let names = persons()
            .filter_map(|p| p.name.clone())
            .filter(|name| !case.speakers.contains(name.as_str()))
            .collect();
        let count = |outcome: &str| {
            events()
                .filter(|e| e.kind == EventKind::Harm && e.standing == Standing::Fact && e.value == outcome)
                .flat_map(|e| e.role("victim"))
                .filter_map(|a| marked.quantity_of(a.token))
                .map(|q| q.min)
                .max()
        };
        let mut told = Told {
            modes,
            weapons: weapons().map(|entry| entry.value.clone()).collect(),
            places: if segment.attack || !is_care(case, segment) {
                case.places_of(segment).iter().map(|p| p.place.clone()).collect()
            } else {
                Vec::new()
            },
            dates,
            names,
            ages: persons().filter_map(|p| p.age).collect(),
            killed: count("killed"),
            injured: count("injured"),
            ..Told::default()
        };
        let parsed = &marked.parsed;
        for class in ["object", "human"] {
            for (hit, _) in marked.hits_in(tokens(), class) {
                let head = marked.head_of(hit.tokens.clone());
                if parsed.upos(head) != Upos::Noun {
                    continue;
                }
                let lemma = parsed.lemma(head).to_owned();
                let known = parsed.children(head).any(|d| {
                    let word = parsed.lower(d);
                    parsed.deprel(d) == Deprel::Det
                        && matches!(word, "the" | "this" | "that" | "these" | "those")
                        || matches!(word, "his" | "her" | "their" | "its")
                });
                if known {
                    add_new(&mut told.known, std::slice::from_ref(&lemma));
                }
                add_new(&mut told.things, &[lemma]);
            }
        }
        told
    }

    /// Adds what a joined segment says.
    pub(super) fn take(&mut self, other: &Told) {
        add_new(&mut self.modes, &other.modes);
        add_new(&mut self.weapons, &other.weapons);
        add_new(&mut self.places, &other.places);
        add_new(&mut self.dates, &other.dates);
        add_new(&mut self.names, &other.names);
        add_new(&mut self.ages, &other.ages);
        add_new(&mut self.things, &other.things);
        self.killed = self.killed.or(other.killed);
        self.injured = self.injured.or(other.injured);
    }

    /// Whether it names a settlement or a site.
    pub(super) fn settled(&self) -> bool {
        self.places.iter().any(|p| p.level <= Level::Settlement)
    }

    /// Names of the settlements and sites.
    pub(super) fn settlements(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter(|p| p.level <= Level::Settlement).map(|p| p.name.as_str())
    }

    /// How its places stand to those of another.
    pub(super) fn place_beside(&self, other: &Told) -> Relation {
        if self.places.is_empty() || other.places.is_empty() {
            return Relation::Unsaid;
        }
        let any = |fits: &dyn Fn(&ResolvedPlace, &ResolvedPlace) -> bool| {
            self.places.iter().any(|a| other.places.iter().any(|b| fits(a, b)))
        };
        if any(&|a, b| a.level <= Level::Settlement && a.level == b.level && same_place(a, b)) {
            Relation::Same
        } else if self.settled() && other.settled() || any(&unrelated_district) {
            Relation::Other
        } else if any(&compatible) {
            Relation::Compatible
        } else {
            Relation::Other
        }
    }

    /// How its dates stand to those of another.
    pub(super) fn date_beside(&self, other: &Told) -> Relation {
        beside(&self.dates, &other.dates, |a, b| a.0 <= b.1 && b.0 <= a.1)
    }

    /// How its modes of attack stand to those of another.
    pub(super) fn mode_beside(&self, other: &Told) -> Relation {
        beside(&self.modes, &other.modes, |a, b| is_generic(a) || is_generic(b))
    }
}

/// How what one says stands to what another says: the same if they share a value, compatible if two of their values are.
fn beside<T: PartialEq>(own: &[T], other: &[T], compatible: impl Fn(&T, &T) -> bool) -> Relation {
    if own.is_empty() || other.is_empty() {
        Relation::Unsaid
    } else if own.iter().any(|value| other.contains(value)) {
        Relation::Same
    } else if own.iter().any(|a| other.iter().any(|b| compatible(a, b))) {
        Relation::Compatible
    } else {
        Relation::Other
    }
}

/// How two sayings stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// One of them says nothing.
    Unsaid,
    /// They say the same.
    Same,
    /// One may be part of the other.
    Compatible,
    /// They differ.
    Other,
}

impl Relation {
    /// Its name in features.
    pub(super) fn name(self) -> &'static str {
        match self {
            Relation::Unsaid => "unsaid",
            Relation::Same => "same",
            Relation::Compatible => "compatible",
            Relation::Other => "other",
        }
    }
}

fn same_place(a: &ResolvedPlace, b: &ResolvedPlace) -> bool {
    // Two quarters of one city are two places: they bear the city's name, but not its number.
    let quarter = |p: &ResolvedPlace| p.level == Level::Settlement && p.gazetteer_id.is_none();
    match (&a.settlement, &b.settlement) {
        (Some(x), Some(y)) => x == y && !(quarter(a) && quarter(b) && a.name != b.name),
        _ => a.name == b.name,
    }
}

/// Whether one is a settlement and the other a district of which nothing says that it holds the settlement.
fn unrelated_district(a: &ResolvedPlace, b: &ResolvedPlace) -> bool {
    let apart = |town: &ResolvedPlace, district: &ResolvedPlace| {
        town.level <= Level::Settlement && district.level == Level::Adm2 && town.adm2 != district.adm2
    };
    apart(a, b) || apart(b, a)
}

/// Whether one may lie inside the other.
fn compatible(a: &ResolvedPlace, b: &ResolvedPlace) -> bool {
    let agree = |x: &Option<String>, y: &Option<String>| x.is_none() || y.is_none() || x == y;
    agree(&a.country, &b.country)
        && agree(&a.adm1, &b.adm1)
        && (agree(&a.adm2, &b.adm2) || a.level != Level::Adm2 && b.level != Level::Adm2)
}

/// Modes under which the same act may be told.
fn is_generic(mode: &str) -> bool {
    matches!(mode, "attack" | "explosion" | "destruction" | "execution" | "arson" | "assault")
}

/// Whether a segment tells where somebody was treated: its places are no places of the incident.
fn is_care(case: &Case<'_>, segment: &Segment) -> bool {
    segment.events.iter().any(|&n| case.events[n].kind == EventKind::Status)
        || case.marked.hits_in(segment.tokens.clone(), "facility").next().is_some()
}

/// Adds what is not yet there, up to a bound: no incident is told apart by more.
fn add_new<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    const KEPT_MAX: usize = 48;
    for item in more {
        if list.len() < KEPT_MAX && !list.contains(item) {
            list.push(item.clone());
        }
    }
}
