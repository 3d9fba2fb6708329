//! Where an incident happened.

use super::draft::Draft;
use super::segment::Segment;
use super::{Case, Incident, counts};
use crate::document::ParagraphRole;
use crate::event::{EventKind, Standing};
use crate::mention::place::{Level, PlaceForm, PlaceMention, PlaceRelation};
use crate::reading::Place;
use crate::score::{Choice, Features, Kind, likeliest, take};
use crate::syntax::Deprel;
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

/// A place that may be the incident's.
struct Candidate {
    place: Place,
    tokens: Option<Range<TokenId>>,
    rule: &'static str,
    features: Features,
}

/// Takes the likeliest of the places in its segments, in the opening of the report, of the incident told before, and of the
/// dateline.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, before: &[Incident], incident: &mut Incident) {
    let mut mentions: Vec<&PlaceMention> = Vec::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (n, segment) in draft.all().enumerate() {
        let shared = n >= draft.segments.len();
        let places = case.places_of(segment);
        let settled = |p: &&&PlaceMention| p.place.level <= Level::Settlement;
        let first = places.iter().find(settled).map(|p| p.tokens.start);
        let nearest = nearest_to_attack(case, segment, &places);
        for place in places {
            let mut candidate = told(case, draft, segment, n, shared, place);
            candidate.features.add_if(first == Some(place.tokens.start), "first here");
            if nearest == Some(place.tokens.start) {
                candidate.features.add("nearest to attack");
                candidate.features.add(["nearest to attack, ", relation(place)]);
            }
            candidates.push(candidate);
            mentions.push(place);
        }
    }
    let own_settlement = mentions.iter().any(|p| p.place.level <= Level::Settlement);
    candidates.extend(opening(case, draft).map(|p| elsewhere(case, "opening", p, draft)));
    candidates.extend(told_before(case, draft).map(|p| elsewhere(case, "told before", p, draft)));
    candidates.extend(inherited(case, draft, before));
    candidates.extend(dateline_place(case).map(|p| elsewhere(case, "dateline", p, draft)));
    incident.place = Place { precision: "unknown".into(), ..Place::default() };
    let names: Vec<Option<String>> =
        candidates.iter().map(|c| c.place.settlement.clone().or(c.place.name.clone())).collect();
    let named = counts(names.iter().flatten());
    let mut choices: Vec<Choice> = Vec::new();
    for (n, candidate) in candidates.iter_mut().enumerate() {
        let again = names[n].as_ref().is_some_and(|own| named[own] > 1);
        candidate.features.add_if(again, "named again");
        candidate.features.add_if(own_settlement, "settlement told");
        let place = &candidate.place;
        let value = json!({
            "name": place.name, "settlement": place.settlement, "country": place.country,
            "precision": place.precision,
        });
        choices.push(case.scores.weigh(Kind::Place, value, std::mem::take(&mut candidate.features)));
    }
    let values: Vec<_> =
        candidates.iter().zip(&names).map(|(c, name)| (name, c.place.precision.clone())).collect();
    if let Some(n) = likeliest(&choices, &values) {
        take(&mut choices, n);
        let taken = candidates.swap_remove(n);
        incident.place = taken.place;
        mentions.retain(|p| !in_dateline(case, p));
        complete(&mut incident.place, &mentions);
        if let Some(tokens) = taken.tokens {
            let value = json!({"name": incident.place.name, "precision": incident.place.precision});
            incident.claim(case, "place", value, tokens, taken.rule);
            incident.trust("place", None, &choices[n]);
        }
    }
    incident.choices.extend(choices);
}

/// A place in the words of the incident itself, or of a lead that it shares.
fn told(
    case: &Case<'_>,
    draft: &Draft,
    segment: &Segment,
    n: usize,
    shared: bool,
    place: &PlaceMention,
) -> Candidate {
    let parsed = &case.marked.parsed;
    let mut features = segment.features(n, shared);
    let headed = !segment.tokens.contains(&place.tokens.start);
    features.add_if(headed, "heading");
    let head: TokenId = case.marked.head_of(place.tokens.clone());
    let governor = if headed { None } else { case.governor(head) };
    features.add(["of ", governor.map_or("nothing told", |e| e.kind.name())]);
    let deprel = parsed.deprel(head);
    for (is, name) in [
        (Deprel::Obl, "obl"),
        (Deprel::Nmod, "nmod"),
        (Deprel::Nsubj, "nsubj"),
        (Deprel::Obj, "obj"),
        (Deprel::Appos, "appos"),
        (Deprel::Conj, "conj"),
        (Deprel::Compound, "compound"),
        (Deprel::NmodPoss, "possessor"),
    ] {
        features.add_if(deprel.is_a(is), name);
    }
    features.add_if(governor.is_some_and(|e| e.standing != Standing::Fact), "of no fact");
    let harm = segment.events.iter().any(|&n| case.events[n].kind == EventKind::Harm);
    features.add_if(harm, "with harm");
    features.add_if(depends_on(case, place, &["facility"]), "of facility");
    features.add_if(near_status(case, draft, place), "after status");
    features.add_if(depends_on(case, place, &["say-verb"]), "of saying");
    features.add_if(depends_on(case, place, &["organisation", "office"]), "of office");
    features.add_if(depends_on(case, place, &["human"]), "of persons");
    if depends_on(case, place, &["object"]) {
        features.add("of thing");
        features.add(["of thing of ", governor.map_or("nothing told", |e| e.kind.name())]);
    }
    let quoted = case.speech.voice_at(case.span(place.tokens.clone())).1.is_some();
    features.add_if(quoted, "said");
    about(case, place, &mut features);
    Candidate {
        place: wire(case, place),
        tokens: Some(place.tokens.clone()),
        rule: if in_dateline(case, place) { "en.place.dateline" } else { "en.place.stated" },
        features,
    }
}

/// What a place is like, wherever it stands.
fn about(case: &Case<'_>, place: &PlaceMention, features: &mut Features) {
    features.add(match place.place.level {
        Level::Site => "level=site",
        Level::Settlement => "level=settlement",
        Level::Adm2 => "level=adm2",
        Level::Adm1 => "level=adm1",
        Level::Region => "level=region",
        Level::Country => "level=country",
    });
    features.add(relation(place));
    features.add_if(in_dateline(case, place), "in dateline");
    features.add_if(place.place.gazetteer_id.is_none(), "unknown to gazetteer");
    let classed = place.proper != place.tokens;
    features.add_if(classed, "with class word");
    let unknown = place.place.level == Level::Settlement && place.place.score == 0.0;
    let text = case.marked.parsed.text;
    let title = text.sentences()[text.sentence_of(place.tokens.start)].role == ParagraphRole::Title;
    features.add_if(unknown && classed, "unknown with class word");
    features.add_if(unknown && !classed && place.relation == PlaceRelation::Bare, "unknown and bare");
    features.add_if(unknown && title, "unknown in title");
    let (before, behind) = neighbours(case, place);
    features.add_if(before, "behind a place");
    features.add_if(behind, "before a place");
}

/// Whether another place stands right before this one ("Hays in **Hudaydah**") and right behind it.
fn neighbours(case: &Case<'_>, place: &PlaceMention) -> (bool, bool) {
    const GAP_TOKENS: usize = 4;
    let places = &case.marked.mentions.places;
    let parsed = &case.marked.parsed;
    let joins = |gap: Range<TokenId>| {
        gap.len() <= GAP_TOKENS
            && gap.clone().all(|t| !matches!(parsed.lower(t), "and" | "or" | ";" | "." | ":" | "to" | "from"))
            && gap.clone().any(|t| matches!(parsed.lower(t), "," | "in" | "of" | "("))
    };
    let n = places.partition_point(|p| p.tokens.start < place.tokens.start);
    let named = |p: &&PlaceMention| p.form == PlaceForm::Name;
    let before = n.checked_sub(1).map(|m| &places[m]).filter(named);
    let behind = places.get(n + 1).filter(named);
    (
        before.is_some_and(|p| p.tokens.end <= place.tokens.start && joins(p.tokens.end..place.tokens.start)),
        behind.is_some_and(|p| place.tokens.end <= p.tokens.start && joins(place.tokens.end..p.tokens.start)),
    )
}

/// Where the settlement or site starts that stands nearest to the segment's first attack.
fn nearest_to_attack(case: &Case<'_>, segment: &Segment, places: &[&PlaceMention]) -> Option<TokenId> {
    let attack = segment.events.iter().map(|&n| &case.events[n]).find(|e| case.is_attack(e))?.head;
    let settled = places.iter().filter(|p| p.place.level <= Level::Settlement);
    settled.map(|p| p.tokens.start).min_by_key(|&t| t.abs_diff(attack))
}

fn relation(place: &PlaceMention) -> &'static str {
    match place.relation {
        PlaceRelation::At => "at",
        PlaceRelation::Near => "near",
        PlaceRelation::From => "from",
        PlaceRelation::To => "to",
        PlaceRelation::Bare => "bare",
    }
}

fn in_dateline(case: &Case<'_>, place: &PlaceMention) -> bool {
    let dateline = case.marked.parsed.document.dateline();
    dateline.is_some_and(|d| d.contains(case.span(place.tokens.clone())))
}

fn elsewhere(case: &Case<'_>, source: &str, place: &PlaceMention, draft: &Draft) -> Candidate {
    let mut features = Features::default();
    features.add(source);
    let head: TokenId = case.marked.head_of(place.tokens.clone());
    let governor = case.governor(head);
    features.add([source, " of ", governor.map_or("nothing told", |e| e.kind.name())]);
    let start = draft.segments.first().map_or(0, |s| s.tokens.start);
    let superseded = place.tokens.end < start
        && last_settlement(case, place.tokens.end..start)
            .is_some_and(|other| other.place.settlement != place.place.settlement);
    features.add_if(superseded, [source, " superseded"]);
    about(case, place, &mut features);
    Candidate {
        place: wire(case, place),
        tokens: Some(place.tokens.clone()),
        rule: if source == "dateline" { "en.place.dateline" } else { "en.place.inherited" },
        features,
    }
}

/// Places in the first sentences of the report that are not the draft's own.
fn opening<'a>(case: &'a Case<'_>, draft: &Draft) -> impl Iterator<Item = &'a PlaceMention> {
    let own = draft.sentences();
    case.event_places(case.opening())
        .filter(move |p| !own.contains(&case.marked.parsed.text.sentence_of(p.tokens.start)))
}

/// The last settlement told before.
fn told_before<'a>(case: &Case<'a>, draft: &Draft) -> Option<&'a PlaceMention> {
    let start = draft.segments.first()?.tokens.start;
    last_settlement(case, 0..start)
}

/// The last settlement that some tokens name, looked back over a bounded number of places.
fn last_settlement<'a>(case: &Case<'a>, tokens: Range<TokenId>) -> Option<&'a PlaceMention> {
    const LOOK_BACK: usize = 12;
    let places: &'a [PlaceMention] = &case.marked.mentions.places;
    let end = places.partition_point(|p| p.tokens.start < tokens.end);
    let near = places[end.saturating_sub(LOOK_BACK)..end].iter().rev();
    near.take_while(|p| p.tokens.start >= tokens.start).find(|p| {
        p.form == PlaceForm::Name
            && p.place.level <= Level::Settlement
            && !matches!(p.relation, PlaceRelation::From | PlaceRelation::To)
    })
}

fn inherited(case: &Case<'_>, draft: &Draft, before: &[Incident]) -> Option<Candidate> {
    let source = before.iter().rev().find(|i| i.place.name.is_some())?;
    let mut features = Features::default();
    features.add("incident before");
    features.add(["precision=", &source.place.precision]);
    features.add_if(source.earlier, "before is earlier");
    features.add_if(super::date::follows(case, source, draft), "before in the paragraph");
    let tokens = source.claims.iter().find(|c| c.field == "place").map(|c| c.tokens.clone());
    Some(Candidate { place: source.place.clone(), tokens, rule: "en.place.inherited", features })
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
    draft.events(case, EventKind::Status).any(|e| {
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
fn complete(place: &mut Place, mentions: &[&PlaceMention]) {
    for other in mentions {
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

/// The first incidents of a report take a place that only a later one names.
pub(super) fn inherit_back(case: &Case<'_>, incidents: &mut [Incident]) {
    let Some(first) = incidents.iter().position(|i| i.place.name.is_some()) else { return };
    let (before, after) = incidents.split_at_mut(first);
    for incident in before {
        incident.place = after[0].place.clone();
        let claim = after[0].claims.iter().find(|c| c.field == "place").cloned();
        if let Some(claim) = claim {
            incident.claim(case, "place", claim.value, claim.tokens, "en.place.inherited");
        }
    }
}

fn dateline_place<'a>(case: &Case<'a>) -> Option<&'a PlaceMention> {
    let dateline = case.marked.parsed.document.dateline()?;
    let places: &'a [PlaceMention] = &case.marked.mentions.places;
    places.iter().find(|p| p.form == PlaceForm::Name && dateline.contains(case.span(p.tokens.clone())))
}
