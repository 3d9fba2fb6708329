//! What was done with what, what was hit and what became of it.

use super::draft::Draft;
use super::{Case, Incident, damage};
use crate::document::ParagraphRole;
use crate::event::{EventKind, EventMention, Standing};
use crate::lexicon::{Entry, Hit};
use crate::score::{Features, Kind};
use crate::syntax::Deprel;
use crate::text::TokenId;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A value of a field with its words and what speaks for it.
#[derive(Default)]
struct Candidate {
    value: String,
    tokens: Vec<Range<TokenId>>,
    features: Features,
    /// Id of the rule that found it, if it was one.
    rule: Option<String>,
}

/// The candidate for a value, a new one if there is none.
fn candidate<'c>(candidates: &'c mut Vec<Candidate>, value: &str) -> &'c mut Candidate {
    let at = candidates.iter().position(|c| c.value == value).unwrap_or_else(|| {
        candidates.push(Candidate { value: value.to_owned(), ..Candidate::default() });
        candidates.len() - 1
    });
    &mut candidates[at]
}

/// Takes the weapons that the words around the attack make likely.
pub(super) fn weapons(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let attacks = draft.attacks(case);
    let parts: HashSet<(&str, TokenId)> =
        attacks.iter().flat_map(|e| &e.arguments).map(|a| (a.role.as_str(), a.token)).collect();
    let phrases: HashSet<TokenId> = attacks.iter().flat_map(|e| e.tokens.clone()).collect();
    let modes: HashSet<&str> = attacks.iter().map(|e| e.value.as_str()).collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (n, segment) in draft.all().enumerate() {
        let shared = n >= draft.segments.len();
        for (hit, entry) in case.marked.hits_in(segment.tokens.clone(), "weapon") {
            // The "mine" of a mine-blast injury is part of the diagnosis.
            let of_injury = case.marked.entry_at(hit.tokens.start, "injury").is_some();
            if entry.value.is_empty() || entry.value == "-" || of_injury {
                continue;
            }
            let own = candidate(&mut candidates, &entry.value);
            own.tokens.push(hit.tokens.clone());
            let features = &mut own.features;
            for role in ["instrument", "agent", "target"] {
                let plays = hit.tokens.clone().any(|t| parts.contains(&(role, t)));
                features.add_if(plays, ["plays ", role]);
            }
            let in_trigger = hit.tokens.clone().any(|t| phrases.contains(&t));
            features.add_if(in_trigger, "in attack phrase");
            features.add_if(entry.has("weak"), "weak");
            features.add_if(!entry.has("weak"), "plain");
            features.add(if shared { "shared" } else { "own" });
            features.add_if(segment.attack, "with attack");
            features.add_if(!segment.attack && n > 0, "after attack");
            features.add_if(segment.role == ParagraphRole::Title, "title");
            let said = case.speech.voice_at(case.span(hit.tokens.clone())).1.is_some();
            features.add(if said { "said" } else { "told" });
            let mode = entry.rest.first().map_or("", String::as_str);
            features.add_if(modes.contains(mode), "weapon of the mode");
            let harmful = segment.events.iter().any(|&n| case.events[n].kind != EventKind::Attack);
            features.add_if(harmful, "with consequences");
            let downed = case.marked.hits_in(segment.tokens.clone(), "non-event");
            features.add_if(downed.into_iter().any(|(_, e)| e.value == "military_only"), "with interception");
        }
    }
    let played = |c: &Candidate| ["plays instrument", "in attack phrase"].iter().any(|f| c.features.has(f));
    let values: Vec<(String, bool)> = candidates.iter().map(|c| (c.value.clone(), played(c))).collect();
    for mut candidate in candidates {
        let others = || values.iter().filter(|(v, _)| *v != candidate.value);
        let rival = others().any(|(_, played)| *played);
        candidate.features.add_if(rival, "another is the instrument");
        candidate.features.add_if(candidate.tokens.len() > 1, "named again");
        candidate.features.add(["is ", &candidate.value]);
        candidate.features.add(if values.len() == 1 { "alone" } else { "beside others" });
        // The general word is the particular one's ("drones … an FPV drone"); an explosive is the charge of what is named.
        let general = match candidate.value.as_str() {
            "drone" => others().any(|(v, _)| v == "fpv_drone"),
            "explosive" => others().next().is_some(),
            _ => false,
        };
        candidate.features.add_if(general, "general beside particular");
        let mut choice = case.scores.weigh(Kind::Weapon, json!(candidate.value), candidate.features);
        choice.taken = choice.score > 0.0;
        if choice.taken {
            incident.weapon.push(candidate.value.clone());
            for tokens in candidate.tokens {
                incident.claim(case, "weapon", json!(candidate.value), tokens, "en.weapon.named");
            }
            incident.trust("weapon", Some(&json!(candidate.value)), &choice);
        }
        incident.choices.push(choice);
    }
}

/// Targets from what was hit and from who was hurt; damage from the words of damage.
pub(super) fn targets_and_damage(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let taken_up = TakenUp::new(case, draft);
    damage::fill(case, draft, &taken_up, incident);
    let mut candidates = target_candidates(case, draft, &taken_up);
    office_holders(case, incident, &mut candidates);
    civilians(case, draft, incident, &mut candidates);
    let values: Vec<String> = candidates.iter().map(|c| c.value.clone()).collect();
    for mut own in candidates {
        own.features.add(["is ", &own.value]);
        own.features.add_if(own.tokens.len() > 1, "named again");
        own.features.add(match values.len() {
            1 => "alone",
            2 | 3 => "of 2-3",
            _ => "of 4+",
        });
        own.features.add_if(incident.damage.iter().any(|d| d.class == own.value), "damaged");
        let unplayed = own.features.has("named only");
        own.features.add_if(unplayed, [&own.value, ": named only"]);
        let mut choice = case.scores.weigh(Kind::Target, json!(own.value), own.features);
        choice.taken = choice.score > 0.0;
        if choice.taken {
            incident.targets.push(own.value.clone());
            let has = |name: &str| choice.features.has(name);
            let rule = if has("office of somebody hurt") {
                "en.target.office"
            } else if has("plays victim") || has("hurt") {
                "en.target.victim"
            } else {
                own.rule.as_deref().unwrap_or("en.target.named")
            };
            for tokens in own.tokens {
                incident.claim(case, "targets", json!(own.value), tokens, rule);
            }
            incident.trust("targets", Some(&json!(own.value)), &choice);
        }
        incident.choices.push(choice);
    }
}

/// Classes of everything and everybody that the draft names, with the parts that they play.
fn target_candidates(case: &Case<'_>, draft: &Draft, taken_up: &TakenUp<'_>) -> Vec<Candidate> {
    /// So many tokens from an attack are close to it.
    const CLOSE: usize = 6;
    let marked = case.marked;
    let mut attack_heads: Vec<TokenId> = draft.attacks(case).iter().map(|e| e.head).collect();
    attack_heads.sort_unstable();
    let mut candidates: Vec<Candidate> = Vec::new();
    // For each token of a phrase the roles that it plays, with the rules that found them, as they come.
    let mut parts: HashMap<TokenId, Vec<(usize, &str, &str)>> = HashMap::new();
    let mut number = 0;
    let roles = [
        (EventKind::Attack, "target"),
        (EventKind::Attack, "agent"),
        (EventKind::Harm, "victim"),
        (EventKind::Harm, "cause"),
        (EventKind::Damage, "object"),
    ];
    let events = draft.all().flat_map(|s| &s.events).map(|&n| &case.events[n]);
    for event in events.filter(|e| e.standing == Standing::Fact || e.kind == EventKind::Attack) {
        for (_, role) in roles.iter().filter(|(kind, _)| *kind == event.kind) {
            for argument in event.role(role) {
                for (hit, _) in case.things_at(argument.token) {
                    for token in hit.tokens.clone() {
                        parts.entry(token).or_default().push((number, role, case.rule_id(argument.rule)));
                    }
                    number += 1;
                }
            }
        }
    }
    for (n, segment) in draft.all().enumerate() {
        let shared = n >= draft.segments.len();
        for class in ["object", "human"] {
            for (hit, entry) in marked.hits_in(segment.tokens.clone(), class) {
                if !case.is_classed(hit, entry) || entry.has("perpetrator") {
                    continue;
                }
                let own = candidate(&mut candidates, &case.class_of(taken_up, hit, entry));
                own.tokens.push(hit.tokens.clone());
                let features = &mut own.features;
                let mut played = false;
                for (_, role) in roles {
                    let here = hit.tokens.clone().filter_map(|t| parts.get(&t)).flatten();
                    let plays = here.filter(|(_, own, _)| *own == role).min();
                    features.add_if(plays.is_some(), ["plays ", role]);
                    played |= plays.is_some();
                    if let Some((_, "target", id)) = plays {
                        own.rule = Some((*id).to_owned());
                    }
                }
                features.add_if(!played, "named only");
                features.add(if class == "object" { "a thing" } else { "a person" });
                features.add(if shared { "shared" } else { "own" });
                features.add_if(n == 0, "first segment");
                features.add_if(segment.attack, "with attack");
                features.add_if(segment.role == ParagraphRole::Title, "title");
                features.add_if(entry.rest.first().is_some_and(|r| r == "part"), "part");
                let with = |kind| segment.events.iter().any(|&n| case.events[n].kind == kind);
                features.add_if(with(EventKind::Harm), "with harm");
                features.add_if(with(EventKind::Damage), "with damage");
                features.add_if(with(EventKind::Status), "with status");
                let head = marked.head_of(hit.tokens.clone());
                features.add_if(case.is_beside(head), "near or from it");
                features.add_if(marked.entry_at(head, "facility").is_some(), "facility");
                features.add_if(marked.entry_at(head, "office").is_some(), "office");
                let speaker = marked
                    .person_at(head)
                    .is_some_and(|p| p.name.as_deref().is_some_and(|name| case.speakers.contains(name)));
                features.add_if(speaker, "speaker");
                features.add_if(marked.quantity_of(head).is_some(), "counted");
                let said = case.speech.voice_at(case.span(hit.tokens.clone())).1.is_some();
                features.add(if said { "said" } else { "told" });
                let next = attack_heads.partition_point(|&h| h + CLOSE < head);
                let nearby = attack_heads.get(next).is_some_and(|h| h.abs_diff(head) <= CLOSE);
                features.add_if(nearby, "close to attack");
                if let Some(event) = case.governor(head) {
                    features.add(["under ", event.kind.name()]);
                }
            }
        }
    }
    candidates
}

/// Whether civilians and children were hurt or at risk as such.
fn civilians(case: &Case<'_>, draft: &Draft, incident: &Incident, candidates: &mut Vec<Candidate>) {
    let harms: Vec<&EventMention> =
        draft.events(case, EventKind::Harm).filter(|e| e.standing == Standing::Fact).collect();
    let armed = candidates
        .iter()
        .any(|c| matches!(c.value.as_str(), "police" | "military") && c.features.has("plays victim"));
    let minor = incident.people.iter().any(|p| p.role == "victim" && p.age.is_some_and(|age| age < 18));
    let children = minor || candidates.iter().any(|c| c.value == "child" && c.features.has("plays victim"));
    let counts = || [&incident.killed, &incident.injured].into_iter().flatten();
    let own = candidate(candidates, "civilian");
    own.features.add_if(counts().any(|c| c.max != Some(0)), "hurt");
    own.features.add_if(counts().any(|c| c.max == Some(0)), "nobody hurt");
    own.features.add_if(counts().next().is_none(), "no count");
    own.features.add_if(!incident.people.is_empty(), "persons told");
    own.features.add_if(incident.people.iter().any(|p| p.outcome == "unharmed"), "persons unharmed");
    own.features.add_if(armed, "armed victims");
    own.features.add_if(children, "children hurt");
    if own.tokens.is_empty()
        && let Some(event) = harms.first()
    {
        own.tokens.push(event.tokens.clone());
    }
    if minor {
        candidate(candidates, "child").features.add("minor by age");
    }
}

/// Who holds an office is a target as its holder.
fn office_holders(case: &Case<'_>, incident: &Incident, candidates: &mut Vec<Candidate>) {
    let concerned: Vec<&str> = incident
        .people
        .iter()
        .filter(|p| matches!(p.role.as_str(), "victim" | "target"))
        .filter_map(|p| p.name.as_deref())
        .collect();
    for person in &case.marked.mentions.persons {
        let (Some(name), Some(office)) = (&person.name, &person.office) else { continue };
        if !concerned.contains(&name.as_str()) {
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
        let own = candidate(candidates, &class);
        own.tokens.push(office.clone());
        own.features.add("office of somebody hurt");
    }
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

/// A part of a thing, or a word that takes up a thing named before.
fn is_vague(entry: &Entry) -> bool {
    entry.rest.first().is_some_and(|r| r == "part" || r == "general")
}

/// A thing that a vague word may belong to or take up.
fn is_whole(entry: &Entry) -> bool {
    entry.class == "object" && !is_vague(entry) && !matches!(entry.value.as_str(), "-" | "")
}

fn is_vehicle(class: &str) -> bool {
    class.ends_with("_vehicle") || class == "public_transport"
}

/// The things of a draft that vague words may take up, by kind: all, vehicles, others.
pub(super) struct TakenUp<'a> {
    aimed_at: [FirstBelow<&'a str>; 3],
    named: [FirstBelow<&'a str>; 3],
}

impl<'a> TakenUp<'a> {
    fn new(case: &Case<'a>, draft: &Draft) -> Self {
        let aimed_at: Vec<(TokenId, &'a Entry)> = draft
            .attacks(case)
            .into_iter()
            .flat_map(|e| e.role("target").map(|a| a.token))
            .flat_map(|token| case.things_at(token).into_iter().map(move |(_, e)| (token, e)))
            .collect();
        let segments = draft.segments.iter();
        let mut named: Vec<(TokenId, &'a Entry)> = segments
            .flat_map(|s| case.marked.hits_in(s.tokens.clone(), "object"))
            // What ends where the word starts still stands before it.
            .map(|(hit, e)| (hit.tokens.end - 1, e))
            .collect();
        named.reverse();
        let of = |things: &[(TokenId, &'a Entry)], kind: usize| {
            let fits = |e: &Entry| is_whole(e) && (kind == 0 || is_vehicle(&e.value) == (kind == 1));
            FirstBelow::new(things.iter().filter(|(_, e)| fits(e)).map(|&(t, e)| (t, e.value.as_str())))
        };
        TakenUp {
            aimed_at: [0, 1, 2].map(|kind| of(&aimed_at, kind)),
            named: [0, 1, 2].map(|kind| of(&named, kind)),
        }
    }

    /// The class of what a vague word at a token takes up.
    fn by(&self, entry: &Entry, token: TokenId) -> Option<&'a str> {
        let general = entry.rest.first().is_some_and(|r| r == "general");
        let kind = match (general, is_vehicle(&entry.value)) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        };
        self.aimed_at[kind].get(token).or_else(|| self.named[kind].get(token)).copied()
    }
}

/// Finds the first of a list of values whose key is below a limit, without walking the list for each limit: only values whose
/// keys are below all before them can be the answer.
struct FirstBelow<T> {
    falling: Vec<(usize, T)>,
}

impl<T> FirstBelow<T> {
    fn new(values: impl Iterator<Item = (usize, T)>) -> Self {
        let mut falling: Vec<(usize, T)> = Vec::new();
        for (key, value) in values {
            if falling.last().is_none_or(|&(last, _)| key < last) {
                falling.push((key, value));
            }
        }
        FirstBelow { falling }
    }

    fn get(&self, limit: usize) -> Option<&T> {
        let at = self.falling.partition_point(|&(key, _)| key >= limit);
        self.falling.get(at).map(|(_, value)| value)
    }
}

impl<'a> Case<'a> {
    /// The class of a thing. A part ("the roof") has that of the whole, a general word ("the vehicle") that of the thing that
    /// it takes up: what the attack was aimed at, else what was named last before it.
    pub(super) fn class_of(&self, taken_up: &TakenUp<'_>, hit: &Hit, entry: &Entry) -> String {
        if entry.class != "object" || !is_vague(entry) {
            return entry.value.clone();
        }
        let token = self.marked.head_of(hit.tokens.clone());
        let of = self.things_at(token).into_iter().find(|(h, e)| h.tokens != hit.tokens && is_whole(e));
        let found = of.map(|(_, e)| e.value.as_str()).or_else(|| taken_up.by(entry, token));
        found.unwrap_or(&entry.value).to_owned()
    }

    /// Whether a phrase names a thing or person of a class of its own: the car of a "car bomb" is part of the weapon.
    pub(super) fn is_classed(&self, hit: &Hit, entry: &Entry) -> bool {
        let weapon = self.marked.hit_at(hit.tokens.start, "weapon");
        let of_weapon = weapon.is_some_and(|(weapon, _)| weapon.tokens.len() > hit.tokens.len());
        !entry.value.is_empty() && entry.value != "-" && !of_weapon
    }

    /// Whether something is said to be beside a thing, or to come from or go to it, and not the thing itself.
    pub(super) fn is_beside(&self, head: TokenId) -> bool {
        let parsed = &self.marked.parsed;
        parsed
            .children_by(head, Deprel::Case)
            .any(|c| matches!(parsed.lower(c), "near" | "outside" | "opposite" | "beside" | "to" | "from"))
    }

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

#[cfg(test)]
mod tests {
    use super::FirstBelow;

    #[test]
    fn the_first_below_a_limit_is_found() {
        let list = [(7, 'a'), (9, 'b'), (4, 'c'), (4, 'd'), (1, 'e'), (6, 'f')];
        let first = FirstBelow::new(list.into_iter());
        for limit in 0..12 {
            let walked = list.iter().find(|(key, _)| *key < limit).map(|(_, value)| value);
            assert_eq!(first.get(limit), walked, "below {limit}");
        }
    }
}
