//! What was done, and how far it came.

use super::draft::Draft;
use super::segment::Segment;
use super::{Case, Incident};
use crate::document::ParagraphRole;
use crate::event::{EventKind, EventMention, Standing};
use crate::mention::overlap;
use crate::score::{Choice, Features, Kind, best, take};
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

/// The mode when no word tells of another.
const GENERAL: &str = "attack";

/// A mode with the words that tell of it.
struct Candidate {
    mode: String,
    tokens: Range<TokenId>,
    rule: String,
    features: Features,
    told: usize,
}

/// Takes the likeliest of the modes that triggers and weapons tell of.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let mut candidates: Vec<Candidate> = Vec::new();
    for (n, segment) in draft.all().enumerate() {
        let shared = n >= draft.segments.len();
        triggers(case, segment, n, shared, &mut candidates);
        weapons(case, segment, n, shared, incident, &mut candidates);
    }
    let whole = draft.segments.first().map_or(0..1, |s| s.tokens.clone());
    let general = candidate(&mut candidates, GENERAL, whole, "en.mode.harm");
    general.features.add("general");
    let modes: Vec<String> = candidates.iter().map(|c| c.mode.clone()).collect();
    let harms: Vec<&EventMention> =
        draft.events(case, EventKind::Harm).filter(|e| e.standing == Standing::Fact).collect();
    let mut choices: Vec<Choice> = Vec::new();
    for own in &mut candidates {
        own.features.add(["is ", &own.mode]);
        own.features.add_if(own.told > 1, "told again");
        for other in modes.iter().filter(|other| **other != own.mode) {
            own.features.add(["is ", &own.mode, ", not ", other]);
        }
        for harm in &harms {
            own.features.add(["is ", &own.mode, ", harm=", &harm.value]);
        }
        choices.push(case.scores.weigh(Kind::Mode, json!(own.mode), std::mem::take(&mut own.features)));
    }
    let taken = best(&choices).unwrap_or_default();
    take(&mut choices, taken);
    let choice = choices[taken].clone();
    incident.choices.extend(choices);
    let own = &candidates[taken];
    incident.claim(case, "mode", json!(own.mode), own.tokens.clone(), &own.rule);
    incident.trust("mode", None, &choice);
    incident.mode = own.mode.clone();
    incident.stage = stage(&draft.attacks(case), &incident.mode).to_owned();
}

/// The candidate for a mode; a new one stands at these words.
fn candidate<'c>(
    candidates: &'c mut Vec<Candidate>,
    mode: &str,
    tokens: Range<TokenId>,
    rule: &str,
) -> &'c mut Candidate {
    let at = candidates.iter().position(|c| c.mode == mode).unwrap_or_else(|| {
        let (mode, rule) = (mode.to_owned(), rule.to_owned());
        candidates.push(Candidate { mode, tokens, rule, features: Features::default(), told: 0 });
        candidates.len() - 1
    });
    candidates[at].told += 1;
    &mut candidates[at]
}

/// Modes that verbs and nouns of attack tell of.
fn triggers(case: &Case<'_>, segment: &Segment, n: usize, shared: bool, candidates: &mut Vec<Candidate>) {
    for event in segment.events.iter().map(|&e| &case.events[e]).filter(|e| case.is_attack(e)) {
        let rule = case.rule_id(event.rule);
        let own = candidate(candidates, &event.value, event.tokens.clone(), rule);
        let features = &mut own.features;
        let strength = if event.strong { "strong" } else { "weak" };
        features.add([strength, " trigger"]);
        features.add([strength, " trigger, ", &event.value]);
        features.add(["rule=", rule]);
        stands(segment, n, shared, features);
        for role in ["agent", "instrument", "target"] {
            features.add_if(event.role(role).next().is_some(), ["has ", role]);
        }
        features.add_if(event.standing != Standing::Fact, "no fact");
        let weapon = case.marked.hits_in(segment.tokens.clone(), "weapon").any(|(hit, entry)| {
            entry.rest.first().is_some_and(|m| *m == event.value)
                && (overlap(&hit.tokens, &event.tokens)
                    || event.arguments.iter().any(|a| hit.tokens.contains(&a.token)))
        });
        features.add_if(weapon, "by its weapon");
    }
}

/// Modes that weapons tell of.
fn weapons(
    case: &Case<'_>,
    segment: &Segment,
    n: usize,
    shared: bool,
    incident: &Incident,
    candidates: &mut Vec<Candidate>,
) {
    for (hit, entry) in case.marked.hits_in(segment.tokens.clone(), "weapon") {
        let Some(mode) = entry.rest.first().filter(|m| !m.is_empty() && *m != "-") else { continue };
        let head = case.marked.parsed.head(case.marked.head_of(hit.tokens.clone()));
        if let Some((pieces, entry)) = head.and_then(|t| case.marked.hit_at(t, "debris")) {
            let own = candidate(candidates, &entry.value, pieces.tokens.clone(), "en.mode.debris");
            own.features.add(["pieces of weapon of ", mode]);
            stands(segment, n, shared, &mut own.features);
        }
        let own = candidate(candidates, mode, hit.tokens.clone(), "en.mode.weapon");
        let features = &mut own.features;
        let taken = if incident.weapon.contains(&entry.value) { "taken" } else { "left" };
        features.add(["weapon ", taken]);
        features.add(["weapon ", taken, ", ", &entry.value]);
        features.add_if(entry.has("weak"), "weak weapon");
        stands(segment, n, shared, features);
        for event in segment.events.iter().map(|&e| &case.events[e]).filter(|e| case.is_attack(e)) {
            let part = |role| event.role(role).any(|a| hit.tokens.contains(&a.token));
            features.add_if(part("instrument"), "weapon is instrument");
            features.add_if(part("agent"), "weapon is agent");
            features.add_if(overlap(&hit.tokens, &event.tokens), "weapon in trigger");
        }
    }
}

/// Where in its draft a candidate stands.
fn stands(segment: &Segment, n: usize, shared: bool, features: &mut Features) {
    features.add(if shared { "shared" } else { "own" });
    features.add(if n == 0 { "first segment" } else { "later segment" });
    features.add_if(segment.role == ParagraphRole::Title, "title");
    features.add_if(segment.attack, "with attack");
    features.add_if(segment.reference, "with known attack");
}

fn stage(attacks: &[&EventMention], mode: &str) -> &'static str {
    if mode == "threat" || (!attacks.is_empty() && attacks.iter().all(|e| e.standing == Standing::Threatened))
    {
        "threatened"
    } else if !attacks.is_empty() && attacks.iter().all(|e| e.standing == Standing::Foiled) {
        "foiled"
    } else if !attacks.is_empty() && attacks.iter().all(|e| e.standing == Standing::Attempted) {
        "attempted"
    } else {
        "carried_out"
    }
}
