//! Persons named or described one by one, and what became of each.

use super::draft::Draft;
use super::{Case, Incident};
use crate::document::ParagraphRole;
use crate::event::{EventKind, EventMention, Standing};
use crate::mention::thing;
use crate::reading::{Person, Status};
use crate::syntax::{Deprel, Upos};
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

/// Who a person is, so that later mentions find the same one.
#[derive(Clone, Debug, PartialEq)]
enum Identity {
    Mention(usize),
    Noun(String),
}

/// Most persons told apart in one incident.
const PEOPLE_MAX: usize = 128;

struct Known {
    identity: Identity,
    person: Person,
    tokens: Range<TokenId>,
    /// Whether only the headline has told of it: the lead tells of the same person.
    in_title: bool,
}

/// Collects victims and targets from words of harm, then their injuries and their way to hospital.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, incident: &mut Incident) {
    let mut known: Vec<Known> = Vec::new();
    let events: Vec<&EventMention> = draft.events(case, EventKind::Harm).collect();
    for event in events {
        let outcome = match (event.standing, event.value.as_str()) {
            (_, value) if value.starts_with("none:") => continue,
            (Standing::Fact, value) => value.to_owned(),
            (Standing::Negated, "injured" | "killed") => "unharmed".to_owned(),
            _ => continue,
        };
        for argument in event.role("victim") {
            if super::casualty::belongs_to_another(case, event, argument.token) {
                continue;
            }
            let Some(at) = find_or_add(case, draft, argument.token, &mut known) else { continue };
            settle_outcome(&mut known[at].person, &outcome);
            severity(case, event, &mut known[at].person);
            let value = json!({"name": known[at].person.name, "outcome": outcome});
            let tokens = event.tokens.start.min(argument.token)..event.tokens.end.max(argument.token + 1);
            incident.claim(case, "people.outcome", value, tokens, case.rule_id(event.rule));
        }
    }
    attackers(case, draft, &mut known, incident);
    targets(case, draft, &mut known);
    injuries(case, draft, &mut known, incident);
    statuses(case, draft, &mut known, incident);
    incident.people = known.into_iter().map(|k| k.person).collect();
}

/// The person a word stands for, if it is one person.
fn find_or_add(case: &Case<'_>, draft: &Draft, token: TokenId, known: &mut Vec<Known>) -> Option<usize> {
    let marked = case.marked;
    let parsed = &marked.parsed;
    if super::casualty::is_thing(case, token) || case.speaks(token) {
        return None;
    }
    if let Some(mention) = marked.person_at(token) {
        let identity = Identity::Mention(mention.person);
        if let Some(at) = known.iter().position(|k| k.identity == identity) {
            return Some(at);
        }
        if known.len() >= PEOPLE_MAX {
            return None;
        }
        if mention.name.is_none() && parsed.upos(token) == Upos::Pron {
            return recent(known, mention.sex);
        }
        let occupation = mention.office.clone().map(|o| case.words(o).to_owned());
        known.push(Known {
            identity,
            person: blank(mention.name.clone(), occupation, mention.age, mention.sex),
            tokens: mention.tokens.clone(),
            in_title: in_title(case, token),
        });
        return Some(known.len() - 1);
    }
    if parsed.upos(token) == Upos::Pron {
        let sex = match parsed.lower(token) {
            "he" | "him" | "his" => Some('m'),
            "she" | "her" => Some('f'),
            _ => return None,
        };
        return recent(known, sex);
    }
    if known.len() >= PEOPLE_MAX {
        return None;
    }
    let entry = marked.entry_at(token, "human")?;
    let plural = parsed.lower(token) != parsed.lemma(token) || entry.has("group");
    let many = marked.quantity_of(token).is_some_and(|q| q.min != 1 || q.max != Some(1));
    if plural || many || entry.has("perpetrator") {
        return None;
    }
    let lemma = parsed.lemma(token).to_owned();
    let age = case.age_of(token);
    let sex = match entry.rest.first().map(String::as_str) {
        Some("m") => Some('m'),
        Some("f") => Some('f'),
        _ => None,
    };
    let definite = parsed.children_by(token, Deprel::Det).any(|d| matches!(parsed.lower(d), "the" | "this"));
    let same = known.iter().position(|k| {
        k.identity == Identity::Noun(lemma.clone())
            && (definite || k.person.age == age || k.in_title)
            && (age.is_none() || k.person.age.is_none() || k.person.age == age)
    });
    if let Some(at) = same {
        if known[at].in_title {
            known[at].in_title = false;
            known[at].person.age = known[at].person.age.or(age);
        }
        return same;
    }
    let generic = matches!(entry.value.as_str(), "civilian" | "child")
        && matches!(
            lemma.as_str(),
            "man" | "woman" | "boy" | "girl" | "child" | "person" | "civilian" | "resident" | "victim"
        );
    let tokens = parsed.subtree_of_noun(token);
    let occupation = (!generic && draft.segments.iter().any(|s| s.tokens.contains(&token)))
        .then(|| parsed.lower(token).to_owned());
    let person = blank(None, occupation, age, sex);
    known.push(Known { identity: Identity::Noun(lemma), person, tokens, in_title: in_title(case, token) });
    Some(known.len() - 1)
}

fn in_title(case: &Case<'_>, token: TokenId) -> bool {
    let text = case.marked.parsed.text;
    text.sentences()[text.sentence_of(token)].role == ParagraphRole::Title
}

fn recent(known: &[Known], sex: Option<char>) -> Option<usize> {
    known.iter().rposition(|k| {
        let known_sex = k.person.sex.as_deref().and_then(|s| s.chars().next());
        sex.is_none() || known_sex.is_none() || known_sex == sex
    })
}

fn blank(name: Option<String>, occupation: Option<String>, age: Option<u32>, sex: Option<char>) -> Person {
    Person {
        name,
        role: "victim".into(),
        outcome: "unknown".into(),
        severity: None,
        occupation,
        age,
        sex: sex.map(String::from),
        injuries: Vec::new(),
        status: Vec::new(),
    }
}

/// The gravest outcome stands; somebody injured who died is killed.
fn settle_outcome(person: &mut Person, outcome: &str) {
    let rank = |o: &str| {
        [
            "unknown",
            "unharmed",
            "casualty",
            "injured",
            "missing",
            "abducted",
            "released",
            "killed",
            "died_of_wounds",
        ]
        .iter()
        .position(|x| *x == o)
        .unwrap_or(2)
    };
    let died_later = person.outcome == "injured" && outcome == "killed";
    if died_later {
        person.outcome = "died_of_wounds".into();
    } else if rank(outcome) > rank(&person.outcome) {
        person.outcome = outcome.to_owned();
    }
    person.role = match person.outcome.as_str() {
        "unharmed" => "target",
        // Who is arrested after an attack is held for it.
        "detained" => "perpetrator",
        _ => "victim",
    }
    .into();
}

fn severity(case: &Case<'_>, event: &EventMention, person: &mut Person) {
    let parsed = &case.marked.parsed;
    let near = event.tokens.start.saturating_sub(3)
        ..(event.tokens.end + 6).min(parsed.sentence_tokens(event.head).end);
    if let Some((_, entry)) = case.marked.hits_in(near, "severity").next() {
        person.severity = Some(entry.value.clone());
    }
}

/// Persons named as those who attacked, killed or hurt somebody.
fn attackers(case: &Case<'_>, draft: &Draft, known: &mut Vec<Known>, incident: &mut Incident) {
    let fact = |e: &&EventMention| e.standing == Standing::Fact;
    let attacks = draft.attacks(case).into_iter().filter(fact);
    let harms = draft.events(case, EventKind::Harm).filter(fact);
    let parts = attacks.map(|e| (e, "agent")).chain(harms.map(|e| (e, "cause")));
    let doers = parts.flat_map(|(e, role)| e.role(role).map(move |a| (e, a.token)));
    for (event, token) in doers {
        let Some(mention) = case.marked.person_at(token).filter(|m| m.name.is_some()) else { continue };
        let identity = Identity::Mention(mention.person);
        if known.len() >= PEOPLE_MAX || known.iter().any(|k| k.identity == identity) {
            continue;
        }
        let occupation = mention.office.clone().map(|o| case.words(o).to_owned());
        let mut person = blank(mention.name.clone(), occupation, mention.age, mention.sex);
        person.role = "perpetrator".into();
        let value = json!({"name": person.name, "role": person.role});
        let tokens = event.tokens.start.min(mention.tokens.start)..event.tokens.end.max(mention.tokens.end);
        incident.claim(case, "people.role", value, tokens, "en.people.attacker");
        known.push(Known {
            identity,
            person,
            tokens: mention.tokens.clone(),
            in_title: in_title(case, token),
        });
    }
}

/// Persons whom an attack was aimed at without harm told of them.
fn targets(case: &Case<'_>, draft: &Draft, known: &mut Vec<Known>) {
    for event in draft.attacks(case) {
        for argument in event.role("target") {
            let token = argument.token;
            let person = case.marked.person_at(token).or_else(|| {
                // "a car belonging to X", "X's car".
                case.marked.parsed.subtree(token).find_map(|t| case.marked.person_at(t))
            });
            let Some(mention) = person.filter(|m| m.name.is_some()) else { continue };
            if case.speaks(mention.head) {
                continue;
            }
            let identity = Identity::Mention(mention.person);
            if known.iter().any(|k| k.identity == identity) {
                continue;
            }
            let occupation = mention.office.clone().map(|o| case.words(o).to_owned());
            let mut person = blank(mention.name.clone(), occupation, mention.age, mention.sex);
            person.role = "target".into();
            known.push(Known {
                identity,
                person,
                tokens: mention.tokens.clone(),
                in_title: in_title(case, token),
            });
        }
    }
}

fn injuries(case: &Case<'_>, draft: &Draft, known: &mut [Known], incident: &mut Incident) {
    for segment in &draft.segments {
        for tokens in thing::injuries(case.marked, segment.tokens.clone()) {
            let Some(at) = nearest(case, known, tokens.start, segment.sentence) else { continue };
            let words = case.words(tokens.clone()).to_owned();
            let name = known[at].person.name.clone();
            let value = json!({"name": name, "injury": words});
            incident.claim(case, "people.injuries", value, tokens, "en.people.injury");
            if !known[at].person.injuries.contains(&words) {
                known[at].person.injuries.push(words);
            }
        }
    }
}

/// The person told of last before a token, in the same sentence first.
fn nearest(case: &Case<'_>, known: &[Known], token: TokenId, sentence: usize) -> Option<usize> {
    let before = |k: &&Known| k.tokens.start <= token;
    let same = known
        .iter()
        .enumerate()
        .filter(|(_, k)| before(k) && case.marked.parsed.text.sentence_of(k.tokens.start) == sentence)
        .max_by_key(|(_, k)| k.tokens.start);
    same.or_else(|| known.iter().enumerate().filter(|(_, k)| before(k)).max_by_key(|(_, k)| k.tokens.start))
        .map(|(n, _)| n)
}

fn statuses(case: &Case<'_>, draft: &Draft, known: &mut [Known], incident: &mut Incident) {
    let events: Vec<&EventMention> =
        draft.events(case, EventKind::Status).filter(|e| e.standing == Standing::Fact).collect();
    for event in events {
        let person = event.role("person").find_map(|a| {
            let mention = case.marked.person_at(a.token);
            match mention {
                Some(m) => known.iter().position(|k| k.identity == Identity::Mention(m.person)),
                None => None,
            }
        });
        let Some(at) = person.or_else(|| nearest(case, known, event.head, event.sentence)) else { continue };
        let sentence = case.marked.parsed.sentence_tokens(event.head);
        let facility = event
            .role("facility")
            .map(|a| a.token)
            .chain(
                case.marked
                    .hits_in(event.tokens.start..sentence.end, "facility")
                    .map(|(h, _)| h.tokens.start),
            )
            .find_map(|token| thing::facility(case.marked, token));
        let status = Status {
            status: event.value.clone(),
            facility: facility.clone().map(|f| case.words(f).to_owned()),
        };
        let value =
            json!({"name": known[at].person.name, "status": status.status, "facility": status.facility});
        let end = facility.map_or(event.tokens.end, |f| f.end.max(event.tokens.end));
        incident.claim(case, "people.status", value, event.tokens.start..end, case.rule_id(event.rule));
        if known[at].person.status.last() != Some(&status) {
            known[at].person.status.push(status);
        }
    }
}

impl Case<'_> {
    /// The age told of the person that a word stands for: inside its noun phrase, or right after it.
    fn age_of(&self, token: TokenId) -> Option<u32> {
        let parsed = &self.marked.parsed;
        let phrase = parsed.subtree_of_noun(token);
        let sentence = parsed.sentence_tokens(token);
        let reach = phrase.start..(phrase.end + 4).min(sentence.end);
        let ages = &self.marked.mentions.ages;
        ages.iter()
            .filter(|a| reach.contains(&a.tokens.start))
            // An age that stands with another person is not this one's.
            .filter(|a| a.head.is_none_or(|head| phrase.contains(&head) || !phrase.contains(&a.tokens.start)))
            .min_by_key(|a| (!phrase.contains(&a.tokens.start), a.tokens.start.abs_diff(token)))
            .map(|a| a.years)
    }
}
