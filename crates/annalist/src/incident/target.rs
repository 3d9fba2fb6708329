//! What was done with what, what was hit and what became of it.

use super::draft::Draft;
use super::{Case, Incident};
use crate::event::{EventKind, EventMention, Standing};
use crate::lexicon::{Entry, Hit};
use crate::reading::Damage;
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

/// Mode and stage from the triggers, weapons from the phrases around them.
pub(super) fn mode_and_weapon(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    weapons(case, draft, incident);
    let attacks = draft.attacks(case);
    let best = attacks.iter().max_by(|a, b| {
        let rank = |e: &EventMention| (telling(&e.value), e.strong, std::cmp::Reverse(e.tokens.start));
        rank(a).cmp(&rank(b))
    });
    let implied = weapon_hits(case, draft).into_iter().find_map(|(hit, entry)| {
        entry.rest.first().filter(|m| !m.is_empty() && *m != "-").map(|m| (hit.tokens.clone(), m.clone()))
    });
    let (mode, tokens, rule) = match (best, implied) {
        (Some(event), Some((tokens, mode))) if telling(&event.value) < 2 => (mode, tokens, "en.mode.weapon"),
        (Some(event), _) => (event.value.clone(), event.tokens.clone(), case.rule_id(event.rule)),
        (None, Some((tokens, mode))) => (mode, tokens, "en.mode.weapon"),
        (None, None) => ("attack".to_owned(), draft_tokens(draft), "en.mode.harm"),
    };
    incident.claim(case, "mode", json!(mode), tokens, rule);
    incident.mode = mode;
    incident.stage = stage(&attacks, &incident.mode).to_owned();
}

fn draft_tokens(draft: &Draft) -> Range<TokenId> {
    draft.segments.first().map_or(0..1, |s| s.tokens.clone())
}

/// How much a mode tells of the means: nothing, what came of it, or the means themselves.
fn telling(mode: &str) -> u8 {
    match mode {
        "attack" | "explosion" => 0,
        "arson" | "destruction" | "execution" | "debris" => 1,
        _ => 2,
    }
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

fn weapon_hits<'a>(case: &Case<'a>, draft: &Draft) -> Vec<(&'a Hit, &'a Entry)> {
    let mut hits: Vec<(&Hit, &Entry)> = Vec::new();
    for segment in &draft.segments {
        hits.extend(case.marked.hits_in(segment.tokens.clone(), "weapon"));
    }
    if hits.is_empty() {
        for segment in &draft.shared {
            hits.extend(case.marked.hits_in(segment.tokens.clone(), "weapon"));
        }
    }
    hits
}

fn weapons(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let attacks = draft.attacks(case);
    for (hit, entry) in weapon_hits(case, draft) {
        let plays = |role| attacks.iter().any(|e| e.role(role).any(|a| hit.tokens.contains(&a.token)));
        // The "mine" of a mine-blast injury is part of the diagnosis.
        if case.marked.entry_at(hit.tokens.start, "injury").is_some() {
            continue;
        }
        if entry.value.is_empty() || entry.value == "-" || (entry.has("weak") && !plays("instrument")) {
            continue;
        }
        if !incident.weapon.contains(&entry.value) {
            incident.weapon.push(entry.value.clone());
        }
        incident.claim(case, "weapon", json!(entry.value), hit.tokens.clone(), "en.weapon.named");
    }
    // The general word is the particular one's ("drones … an FPV drone").
    if incident.weapon.iter().any(|w| w == "fpv_drone") {
        incident.weapon.retain(|w| w != "drone");
    }
    // An explosive is the charge of the weapon named beside it.
    if incident.weapon.len() > 1 {
        incident.weapon.retain(|w| w != "explosive");
    }
    let implied = attacks.iter().any(|e| e.value == "shelling");
    if incident.weapon.is_empty() && implied {
        incident.weapon.push("artillery".to_owned());
        let tokens = attacks[0].tokens.clone();
        incident.claim(case, "weapon", json!("artillery"), tokens, "en.weapon.shelling");
    }
}

/// Targets from what was hit and from who was hurt; damage from the words of damage.
pub(super) fn targets_and_damage(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    damage(case, draft, incident);
    for event in draft.attacks(case) {
        for argument in event.role("target") {
            for (hit, entry) in case.things_at(argument.token) {
                add_target(case, incident, &entry.value, hit.tokens.clone(), case.rule_id(argument.rule));
            }
        }
    }
    for damage in incident.damage.clone() {
        if !incident.targets.contains(&damage.class) {
            incident.targets.push(damage.class);
        }
    }
    let harms: Vec<&EventMention> =
        draft.events(case, EventKind::Harm).filter(|e| e.standing == Standing::Fact).collect();
    for event in &harms {
        for argument in event.role("victim") {
            for (hit, entry) in case.marked.hits_at(argument.token).filter(|(_, e)| e.class == "human") {
                if !entry.has("perpetrator") {
                    add_target(case, incident, &entry.value, hit.tokens.clone(), "en.target.victim");
                }
            }
        }
    }
    offices(case, incident);
    let hurt = [&incident.killed, &incident.injured].into_iter().flatten().any(|c| c.max != Some(0));
    let civilian =
        hurt && !incident.targets.iter().any(|t| matches!(t.as_str(), "police" | "military" | "civilian"));
    if let (true, Some(event)) = (civilian, harms.first()) {
        add_target(case, incident, "civilian", event.tokens.clone(), "en.target.victim");
    }
    let minor = incident.people.iter().any(|p| p.role == "victim" && p.age.is_some_and(|age| age < 18));
    if minor && !incident.targets.iter().any(|t| t == "child") {
        incident.targets.push("child".to_owned());
    }
    let hurt_segments: Vec<Range<TokenId>> = draft
        .segments
        .iter()
        .filter(|s| s.events.iter().any(|&n| harms.iter().any(|h| std::ptr::eq(*h, &case.events[n]))))
        .map(|s| s.tokens.clone())
        .collect();
    for tokens in hurt_segments {
        if let Some((hit, _)) = case.marked.hits_in(tokens, "human").find(|(_, e)| e.value == "child") {
            add_target(case, incident, "child", hit.tokens.clone(), "en.target.victim");
        }
    }
    if incident.targets.iter().any(|t| t == "child") && !incident.targets.iter().any(|t| t == "civilian") {
        incident.targets.push("civilian".to_owned());
    }
    if incident.targets.is_empty() {
        for segment in &draft.segments {
            let things: Vec<_> = case.marked.hits_in(segment.tokens.clone(), "object").collect();
            for (hit, entry) in things {
                if entry.rest.first().is_none_or(|r| r != "part") {
                    add_target(case, incident, &entry.value, hit.tokens.clone(), "en.target.nearby");
                }
            }
        }
    }
}

/// Who holds an office is a target as its holder.
fn offices(case: &Case<'_>, incident: &mut Incident) {
    let concerned: Vec<String> = incident
        .people
        .iter()
        .filter(|p| matches!(p.role.as_str(), "victim" | "target"))
        .filter_map(|p| p.name.clone())
        .collect();
    for person in &case.marked.mentions.persons {
        let (Some(name), Some(office)) = (&person.name, &person.office) else { continue };
        if !concerned.contains(name) {
            continue;
        }
        let human = case
            .marked
            .hits_in(office.clone(), "human")
            .map(|(_, e)| e.value.clone())
            .find(|v| !matches!(v.as_str(), "civilian" | "-" | ""));
        let electoral = case.marked.hits_in(office.clone(), "election").next().is_some();
        let local = case.marked.hits_in(office.clone(), "office").any(|(_, e)| e.value == "official");
        let class = match human {
            _ if electoral => "electoral_official".to_owned(),
            Some(class) => class,
            None if local => "local_official".to_owned(),
            None => continue,
        };
        add_target(case, incident, &class, office.clone(), "en.target.office");
    }
}

fn add_target(case: &Case<'_>, incident: &mut Incident, class: &str, tokens: Range<TokenId>, rule: &str) {
    if class.is_empty() || class == "-" {
        return;
    }
    incident.claim(case, "targets", json!(class), tokens, rule);
    if !incident.targets.iter().any(|t| t == class) {
        incident.targets.push(class.to_owned());
    }
}

fn damage(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let events: Vec<&EventMention> =
        draft.events(case, EventKind::Damage).filter(|e| e.standing == Standing::Fact).collect();
    for event in events {
        for argument in event.role("object") {
            let Some((hit, entry)) =
                case.things_at(argument.token).into_iter().find(|(_, e)| e.class == "object")
            else {
                continue;
            };
            let class = entry.value.clone();
            let tokens = case.marked.parsed.subtree_of_noun(argument.token);
            let object = case.words(tokens.clone()).to_owned();
            let count = case.marked.quantity_of(argument.token).map(|q| q.min).filter(|&n| n > 0);
            let severity = event.value.clone();
            let claim = json!({"object": object, "class": class, "severity": severity, "count": count});
            incident.claim(
                case,
                "damage",
                claim,
                case_range(&event.tokens, &hit.tokens),
                case.rule_id(event.rule),
            );
            match incident.damage.iter_mut().find(|d| d.class == class) {
                Some(known) => {
                    if rank(&severity) > rank(&known.severity) {
                        known.severity = severity;
                    }
                    known.count = known.count.max(count);
                }
                None => incident.damage.push(Damage { object, class, severity, count }),
            }
        }
    }
}

fn case_range(a: &Range<TokenId>, b: &Range<TokenId>) -> Range<TokenId> {
    a.start.min(b.start)..a.end.max(b.end)
}

fn rank(severity: &str) -> u8 {
    ["none", "not_stated", "minor", "significant", "destroyed"]
        .iter()
        .position(|s| *s == severity)
        .unwrap_or(0) as u8
}

/// Why the incident concerns an election.
pub(super) fn election(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let electoral =
        ["electoral_official", "electoral_infrastructure", "candidate_or_politician", "voter", "observer"];
    let targeted = incident.targets.iter().any(|t| electoral.contains(&t.as_str()));
    let hits: Vec<(&Hit, &Entry)> =
        draft.segments.iter().flat_map(|s| case.marked.hits_in(s.tokens.clone(), "election")).collect();
    if targeted && (!hits.is_empty() || incident.targets.iter().any(|t| t.starts_with("electoral"))) {
        incident.election_related_by.push("target".to_owned());
    }
    for (hit, entry) in hits {
        if entry.value != "target" && !incident.election_related_by.contains(&entry.value) {
            incident.election_related_by.push(entry.value.clone());
            incident.claim(
                case,
                "election_related_by",
                json!(entry.value),
                hit.tokens.clone(),
                "en.election.word",
            );
        }
    }
}

impl<'a> Case<'a> {
    /// Objects and persons of the lexicon that a word stands for: its own, or those of its modifiers when it
    /// has none ("the car **of an official**", "a **polling station** official").
    pub(super) fn things_at(&self, token: TokenId) -> Vec<(&'a Hit, &'a Entry)> {
        let is_thing = |e: &Entry| matches!(e.class.as_str(), "object" | "human");
        let own: Vec<_> = self.marked.hits_at(token).filter(|(_, e)| is_thing(e)).collect();
        let whole = |e: &Entry| e.rest.first().is_none_or(|r| r != "part");
        let parts_only = own.iter().all(|(_, e)| !whole(e));
        if !own.is_empty() && !parts_only {
            return own;
        }
        let parsed = &self.marked.parsed;
        let below: Vec<_> = parsed
            .subtree(token)
            .filter(|&t| t != token)
            .flat_map(|t| self.marked.hits_at(t).filter(|(_, e)| is_thing(e) && whole(e)).take(1))
            .take(2)
            .collect();
        if below.is_empty() { own } else { below }
    }
}
