//! Joins segments to drafts along the discourse.

use super::Case;
use super::draft::Draft;
use super::segment::Segment;
use crate::document::ParagraphRole;
use crate::event::{EventKind, Standing};
use crate::mention::place::{Level, ResolvedPlace};
use crate::mention::time::TimePrecision;
use jiff::civil::Date;

/// What a segment or a draft says of itself that tells incidents apart.
#[derive(Clone, Debug, Default)]
struct Profile {
    modes: Vec<String>,
    places: Vec<ResolvedPlace>,
    dates: Vec<(Date, Date)>,
    names: Vec<String>,
    killed: Option<u64>,
    injured: Option<u64>,
}

/// Weights of the signs by which a segment is joined to a draft. Set by hand on the training reports.
mod weight {
    pub(super) const SAME_SETTLEMENT: f64 = 3.0;
    pub(super) const COMPATIBLE_PLACE: f64 = 0.8;
    pub(super) const OTHER_SETTLEMENT: f64 = -5.0;
    pub(super) const SAME_DATE: f64 = 1.0;
    pub(super) const OTHER_DATE: f64 = -3.5;
    pub(super) const SAME_MODE: f64 = 1.0;
    pub(super) const OTHER_MODE: f64 = -2.0;
    pub(super) const REFERENCE: f64 = 2.5;
    pub(super) const NO_ATTACK: f64 = 1.5;
    /// Without place and date of its own it goes on about what was told last.
    pub(super) const NO_ANCHOR: f64 = 0.7;
    pub(super) const SAME_PARAGRAPH: f64 = 1.0;
    pub(super) const NEXT_PARAGRAPH: f64 = 0.5;
    pub(super) const FAR: f64 = -0.5;
    pub(super) const FRESH: f64 = -3.0;
    pub(super) const EARLIER: f64 = -2.0;
    /// "It follows another strike": what is told next is that strike.
    pub(super) const ANNOUNCED: f64 = 4.5;
    pub(super) const SAME_PERSON: f64 = 3.0;
    pub(super) const SAME_COUNT: f64 = 1.5;
    pub(super) const OTHER_COUNT: f64 = -0.7;
    pub(super) const AFTER_TITLE: f64 = 1.0;
    pub(super) const JOIN_AT: f64 = 1.0;
}

/// Drafts of incidents, in order of their first own segment.
pub(super) fn join(case: &Case<'_>, segments: &[Segment]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut profiles: Vec<Profile> = Vec::new();
    let mut last: Option<usize> = None;
    for segment in segments {
        let own = profile(case, segment);
        if segment.role == ParagraphRole::Heading && !segment.attack {
            continue;
        }
        let best = best_draft(segment, &own, &drafts, &profiles, last);
        match best {
            Some(number) if worth_joining(case, segment) => {
                profiles[number].take(&own);
                drafts[number].segments.push(segment.clone());
                last = Some(number);
            }
            Some(_) => {}
            None if founds(case, segment, &own, !drafts.is_empty()) => {
                drafts.push(Draft { segments: vec![segment.clone()], ..Draft::default() });
                profiles.push(own);
                last = Some(drafts.len() - 1);
            }
            None => {}
        }
    }
    let (drafts, profiles) = spread_summaries(drafts, profiles);
    absorb_title(drafts, profiles)
}

fn best_draft(
    segment: &Segment,
    own: &Profile,
    drafts: &[Draft],
    profiles: &[Profile],
    last: Option<usize>,
) -> Option<usize> {
    // A report does not come back to what it told so many incidents before.
    const DRAFTS_BACK: usize = 48;
    (drafts.len().saturating_sub(DRAFTS_BACK)..drafts.len())
        .map(|n| (score(segment, own, &drafts[n], &profiles[n], last == Some(n)), n))
        .filter(|&(score, _)| score >= weight::JOIN_AT)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        .map(|(_, n)| n)
}

fn score(segment: &Segment, own: &Profile, draft: &Draft, profile: &Profile, is_last: bool) -> f64 {
    let mut score = place_score(own, profile) + date_score(own, profile) + mode_score(segment, own, profile);
    if !segment.attack {
        score += weight::NO_ATTACK;
    }
    if is_last && own.places.is_empty() && own.dates.is_empty() {
        score += weight::NO_ANCHOR;
    }
    if segment.reference && is_last {
        score += weight::REFERENCE;
    }
    let before = draft.segments.last();
    let gap = before.map_or(9, |b| segment.paragraph.saturating_sub(b.paragraph));
    score += match gap {
        0 => weight::SAME_PARAGRAPH,
        1 => weight::NEXT_PARAGRAPH,
        _ if is_last => 0.0,
        _ => weight::FAR,
    };
    if before.is_some_and(|b| b.role == ParagraphRole::Title) && draft.segments.len() == 1 && gap <= 2 {
        score += weight::AFTER_TITLE;
    }
    if !is_last && !segment.attack {
        score += weight::FAR;
    }
    if segment.fresh && segment.attack {
        score += weight::FRESH;
    }
    if segment.earlier && segment.attack && before.is_some_and(|b| !b.earlier) {
        score += weight::EARLIER;
    }
    let announced = draft.segments.iter().all(|s| s.fresh && s.attack)
        && profile.places.is_empty()
        && profile.dates.is_empty();
    if is_last && announced && segment.attack && !segment.fresh {
        score += weight::ANNOUNCED;
    }
    if own.names.iter().any(|n| profile.names.contains(n)) {
        score += weight::SAME_PERSON;
    }
    for (a, b) in [(own.killed, profile.killed), (own.injured, profile.injured)] {
        if let (Some(a), Some(b)) = (a, b) {
            score += if a == b { weight::SAME_COUNT } else { weight::OTHER_COUNT };
        }
    }
    score
}

fn place_score(own: &Profile, other: &Profile) -> f64 {
    let settled = |p: &Profile| p.places.iter().any(|x| x.level <= Level::Settlement);
    if own.places.is_empty() || other.places.is_empty() {
        return 0.0;
    }
    let any = |fits: &dyn Fn(&ResolvedPlace, &ResolvedPlace) -> bool| {
        own.places.iter().any(|a| other.places.iter().any(|b| fits(a, b)))
    };
    if any(&|a, b| a.level <= Level::Settlement && a.level == b.level && same_place(a, b)) {
        weight::SAME_SETTLEMENT
    } else if settled(own) && settled(other) || any(&unrelated_district) {
        weight::OTHER_SETTLEMENT
    } else if any(&compatible) {
        weight::COMPATIBLE_PLACE
    } else {
        weight::OTHER_SETTLEMENT
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
pub(super) fn compatible(a: &ResolvedPlace, b: &ResolvedPlace) -> bool {
    let agree = |x: &Option<String>, y: &Option<String>| x.is_none() || y.is_none() || x == y;
    agree(&a.country, &b.country)
        && agree(&a.adm1, &b.adm1)
        && (agree(&a.adm2, &b.adm2) || a.level != Level::Adm2 && b.level != Level::Adm2)
}

fn date_score(own: &Profile, other: &Profile) -> f64 {
    if own.dates.is_empty() || other.dates.is_empty() {
        return 0.0;
    }
    let same = own.dates.iter().any(|d| other.dates.contains(d));
    let touch = own.dates.iter().any(|a| other.dates.iter().any(|b| a.0 <= b.1 && b.0 <= a.1));
    if same {
        weight::SAME_DATE
    } else if touch {
        0.0
    } else {
        weight::OTHER_DATE
    }
}

fn mode_score(segment: &Segment, own: &Profile, other: &Profile) -> f64 {
    if own.modes.is_empty() || other.modes.is_empty() {
        return 0.0;
    }
    if own.modes.iter().any(|m| other.modes.contains(m)) {
        weight::SAME_MODE
    } else if segment.reference || own.modes.iter().chain(&other.modes).any(|m| is_generic(m)) {
        0.0
    } else {
        weight::OTHER_MODE
    }
}

fn is_generic(mode: &str) -> bool {
    matches!(mode, "attack" | "explosion" | "destruction" | "execution" | "arson" | "assault")
}

/// Whether a segment that fits a draft tells anything of it.
fn worth_joining(case: &Case<'_>, segment: &Segment) -> bool {
    segment.attack
        || segment.reference
        || !segment.events.is_empty()
        || case.event_places(segment.tokens.clone()).next().is_some()
        || case.marked.hits_in(segment.tokens.clone(), "perpetrator").next().is_some()
        || case.marked.hits_in(segment.tokens.clone(), "weapon").next().is_some()
}

/// Whether a segment may start an incident: an attack; harm or damage by a weapon; or, once an attack has been
/// told, harm or damage at a settlement of its own.
fn founds(case: &Case<'_>, segment: &Segment, own: &Profile, after_attack: bool) -> bool {
    if segment.attack {
        return true;
    }
    let harm = segment.events.iter().map(|&n| &case.events[n]).any(|e| {
        e.standing == Standing::Fact
            && (e.kind == EventKind::Harm && matches!(e.value.as_str(), "killed" | "injured" | "abducted")
                || e.kind == EventKind::Damage)
    });
    let weapon = case.marked.hits_in(segment.tokens.clone(), "weapon").next().is_some();
    let cared_for = case.marked.hits_in(segment.tokens.clone(), "facility").next().is_some();
    let led_by_place = case
        .event_places(segment.tokens.clone())
        .any(|p| p.place.level <= Level::Settlement && p.tokens.start <= segment.tokens.start + 2)
        || !segment.headed.is_empty();
    harm && !cared_for && (weapon || (after_attack && own.settled() && led_by_place))
}

fn profile(case: &Case<'_>, segment: &Segment) -> Profile {
    let events = || segment.events.iter().map(|&n| &case.events[n]);
    let mut modes: Vec<String> = events().filter(|e| case.is_attack(e)).map(|e| e.value.clone()).collect();
    modes.extend(
        case.marked
            .hits_in(segment.tokens.clone(), "weapon")
            .filter_map(|(_, entry)| entry.rest.first().cloned())
            .filter(|m| !m.is_empty() && m != "-"),
    );
    let dates = case
        .event_times(segment.tokens.clone())
        .filter(|t| matches!(t.precision, TimePrecision::Day | TimePrecision::Days))
        .filter_map(|t| t.bounds)
        .collect();
    let persons = &case.marked.mentions.persons;
    let first = persons.partition_point(|p| p.tokens.end <= segment.tokens.start);
    let names = persons[first..]
        .iter()
        .take_while(|p| p.tokens.start < segment.tokens.end)
        .filter(|p| segment.tokens.contains(&p.head))
        .filter_map(|p| p.name.clone())
        .filter(|name| !case.speakers.contains(name.as_str()))
        .collect();
    let count = |outcome: &str| {
        events()
            .filter(|e| e.kind == EventKind::Harm && e.standing == Standing::Fact && e.value == outcome)
            .flat_map(|e| e.role("victim"))
            .filter_map(|a| case.marked.quantity_of(a.token))
            .map(|q| q.min)
            .max()
    };
    Profile {
        modes,
        places: if segment.attack || !is_care(case, segment) {
            case.places_of(segment).iter().map(|p| p.place.clone()).collect()
        } else {
            Vec::new()
        },
        dates,
        names,
        killed: count("killed"),
        injured: count("injured"),
    }
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

impl Profile {
    /// Adds what a joined segment says.
    fn take(&mut self, other: &Profile) {
        add_new(&mut self.modes, &other.modes);
        add_new(&mut self.places, &other.places);
        add_new(&mut self.dates, &other.dates);
        add_new(&mut self.names, &other.names);
        self.killed = self.killed.or(other.killed);
        self.injured = self.injured.or(other.injured);
    }

    fn settled(&self) -> bool {
        self.places.iter().any(|p| p.level <= Level::Settlement)
    }
}

/// A headline or lead that names no settlement, or several, sums up the incidents told after it: its
/// segments are given to each of them. With a single one inside it is the same incident.
fn spread_summaries(mut drafts: Vec<Draft>, mut profiles: Vec<Profile>) -> (Vec<Draft>, Vec<Profile>) {
    let mut number = 0;
    while number < drafts.len() {
        let opens = drafts[number].segments.iter().all(|s| s.paragraph <= 2);
        if !opens || profiles[number].settled() {
            number += 1;
            continue;
        }
        let inside: Vec<usize> = (0..drafts.len())
            .filter(|&n| n != number && profiles[n].settled())
            .filter(|&n| !drafts[n].segments.iter().all(|s| s.earlier))
            .filter(|&n| place_score(&profiles[number], &profiles[n]) >= 0.0)
            .filter(|&n| date_score(&profiles[number], &profiles[n]) >= 0.0)
            .filter(|&n| {
                profiles[number].modes.is_empty()
                    || profiles[n].modes.is_empty()
                    || profiles[number].modes.iter().any(|m| is_generic(m) || profiles[n].modes.contains(m))
            })
            .collect();
        if inside.is_empty() {
            number += 1;
            continue;
        }
        let summary = drafts.remove(number);
        let summary_profile = profiles.remove(number);
        let single = inside.len() == 1;
        for n in inside {
            let n = if n > number { n - 1 } else { n };
            if single {
                let mut segments = summary.segments.clone();
                segments.append(&mut drafts[n].segments);
                drafts[n].segments = segments;
                profiles[n].take(&summary_profile);
            } else {
                drafts[n].shared.extend(summary.segments.iter().cloned());
            }
        }
    }
    (drafts, profiles)
}

/// A headline tells of what the report tells: on its own it is the draft below that it fits best.
fn absorb_title(mut drafts: Vec<Draft>, mut profiles: Vec<Profile>) -> Vec<Draft> {
    let title = drafts.iter().position(|d| d.segments.iter().all(|s| s.role == ParagraphRole::Title));
    if let (Some(title), true) = (title, drafts.len() > 1) {
        let summary = drafts.remove(title);
        let profile = profiles.remove(title);
        let segment = &summary.segments[0];
        let fit =
            |n: usize| place_score(&profile, &profiles[n]) + mode_score(segment, &profile, &profiles[n]);
        let best = (0..drafts.len()).max_by(|&a, &b| fit(a).total_cmp(&fit(b)).then(b.cmp(&a)));
        if let Some(best) = best {
            drafts[best].shared.extend(summary.segments);
        }
    }
    drafts
}
