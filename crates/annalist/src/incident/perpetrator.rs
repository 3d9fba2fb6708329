//! By whom, and how far that is more than somebody's word.

use super::draft::Draft;
use super::segment::Segment;
use super::{Case, Incident};
use crate::event::EventMention;
use crate::mention::place::{Level, PlaceForm};
use crate::reading::Perpetrator;
use crate::speech::NARRATOR;
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

struct Candidate {
    name: String,
    tokens: Range<TokenId>,
    rule: &'static str,
    score: f64,
}

/// Takes the best attribution of its segments and reads its state off the words around it.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let attacks = draft.attacks(case);
    let mut candidates = Vec::new();
    for (n, segment) in draft.all().enumerate() {
        let distance = n as f64 * 0.2;
        let enemy = enemies(case, segment, incident.place.country.as_deref());
        for mut candidate in
            adjectives(case, segment).into_iter().chain(groups(case, &attacks, segment)).chain(enemy)
        {
            candidate.score -= distance;
            candidates.push(candidate);
        }
    }
    let best = candidates
        .iter()
        .max_by(|a, b| a.score.total_cmp(&b.score).then(b.tokens.start.cmp(&a.tokens.start)));
    let said = said_of_responsibility(case, draft);
    let Some(best) = best else {
        let investigated = said.iter().any(|(state, _)| state == "investigation");
        let state = if investigated { "under_investigation" } else { "unattributed" };
        incident.perpetrator = Some(Perpetrator { name: None, state: state.into() });
        return;
    };
    let voice = case.speech.voice_at(case.span(best.tokens.clone())).0;
    let word = |state: &str| said.iter().any(|(s, _)| s == state);
    let state = if word("claimed") {
        "claimed"
    } else if word("denied") {
        "denied"
    } else if voice != NARRATOR || word("blamed") || word("suspected") {
        "attributed_by_voice"
    } else {
        "attributed_by_reporter"
    };
    let value = json!({"name": best.name, "state": state});
    incident.claim(case, "perpetrator", value, best.tokens.clone(), best.rule);
    incident.perpetrator = Some(Perpetrator { name: Some(best.name.clone()), state: state.into() });
}

/// "A Russian drone", "Ukrainian forces", "Israeli shelling": the country of an armed force.
fn adjectives(case: &Case<'_>, segment: &Segment) -> Vec<Candidate> {
    let marked = case.marked;
    let armed = ["weapon", "perpetrator", "trigger"];
    marked
        .mentions
        .places
        .iter()
        .filter(|p| segment.tokens.contains(&p.tokens.start) && p.place.level == Level::Country)
        .filter_map(|p| {
            let head = marked.head_of(p.tokens.clone());
            let qualified = marked.parsed.head(head);
            let near = (p.tokens.end..(p.tokens.end + 4).min(segment.tokens.end))
                .take_while(|&t| !matches!(marked.parsed.form(t), "," | "." | ";"));
            let qualifies = p.form == PlaceForm::Adjective
                && qualified
                    .into_iter()
                    .chain(near)
                    .any(|t| armed.iter().any(|c| marked.entry_at(t, c).is_some()));
            let agent = p.form == PlaceForm::Name
                && segment.events.iter().any(|&n| case.events[n].role("agent").any(|a| a.token == head));
            let name = p.place.country.as_deref().and_then(|c| case.gazetteer.country_name(c))?;
            (qualifies || agent).then(|| Candidate {
                name: name.to_owned(),
                tokens: p.tokens.clone(),
                rule: if qualifies { "en.perpetrator.force-of-country" } else { "en.perpetrator.agent" },
                score: if segment.attack { 3.0 } else { 1.0 },
            })
        })
        .collect()
}

/// "The enemy": the country that the side on which it happened is at war with.
fn enemies(case: &Case<'_>, segment: &Segment, country: Option<&str>) -> Option<Candidate> {
    let (hit, _) =
        case.marked.hits_in(segment.tokens.clone(), "perpetrator").find(|(_, e)| e.value == "enemy")?;
    let enemy = case.gazetteer.enemy_of(country?)?;
    Some(Candidate {
        name: case.gazetteer.country_name(enemy)?.to_owned(),
        tokens: hit.tokens.clone(),
        rule: "en.perpetrator.enemy-country",
        score: if segment.attack { 2.5 } else { 0.8 },
    })
}

/// Named groups, unless they are what was hit.
fn groups(case: &Case<'_>, attacks: &[&EventMention], segment: &Segment) -> Vec<Candidate> {
    let marked = case.marked;
    marked
        .hits_in(segment.tokens.clone(), "perpetrator")
        .filter(|(_, entry)| entry.has("named"))
        .filter_map(|(hit, entry)| {
            let plays =
                |role: &str| attacks.iter().any(|e| e.role(role).any(|a| hit.tokens.contains(&a.token)));
            let said =
                marked.hits_in(segment.tokens.clone(), "responsibility").any(|(_, e)| e.value != "none");
            if plays("target") {
                return None;
            }
            let score = if plays("agent") {
                3.0
            } else if said {
                2.0
            } else {
                0.5
            };
            Some(Candidate {
                name: entry.value.clone(),
                tokens: hit.tokens.clone(),
                rule: "en.perpetrator.group",
                score,
            })
        })
        .collect()
}

fn said_of_responsibility(case: &Case<'_>, draft: &Draft) -> Vec<(String, Range<TokenId>)> {
    draft
        .segments
        .iter()
        .flat_map(|s| case.marked.hits_in(s.tokens.clone(), "responsibility"))
        .map(|(hit, entry)| (entry.value.clone(), hit.tokens.clone()))
        .collect()
}
