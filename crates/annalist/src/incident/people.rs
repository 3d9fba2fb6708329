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
    /// All that the person was told of by: a headline's "worker" and the lead's "electrician" are one.
    identities: Vec<Identity>,
    person: Person,
    tokens: Range<TokenId>,
    /// Whether only the headline has told of it: the lead tells of the same person.
    in_title: bool,
    /// The last word that told of death.
    died: Option<TokenId>,
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
        for token in sufferers(case, event) {
            let Some(at) = find_or_add(case, draft, token, &outcome, &mut known) else { continue };
            settle_outcome(&mut known[at].person, &outcome);
            if outcome == "killed" {
                known[at].died = Some(event.head);
            }
            severity(case, event, &mut known[at].person);
            let value = json!({"name": known[at].person.name, "outcome": outcome});
            let tokens = event.tokens.start.min(token)..event.tokens.end.max(token + 1);
            incident.claim(case, "people.outcome", value, tokens, case.rule_id(event.rule));
        }
    }
    attackers(case, draft, &mut known, incident);
    targets(case, draft, &mut known);
    injuries(case, draft, &mut known, incident);
    statuses(case, draft, &mut known, incident);
    incident.people = known.into_iter().map(|k| k.person).collect();
}

/// The words for those who suffer in an event: its victims, and the persons that single one of a number out ("two men, **X** and
/// **Y**", "seven people, among them **a nurse** and **his wife**").
fn sufferers(case: &Case<'_>, event: &EventMention) -> Vec<TokenId> {
    let mut all: Vec<TokenId> = Vec::new();
    for argument in event.role("victim") {
        if super::casualty::belongs_to_another(case, event, argument.token) {
            continue;
        }
        for token in std::iter::once(argument.token).chain(singled_out(case, event, argument.token)) {
            if super::casualty::described_by(case, token).is_none() && !all.contains(&token) {
                all.push(token);
            }
        }
    }
    all
}

/// The persons told one by one of a number of persons: its appositions, and what stands behind "including" and "among them".
fn singled_out(case: &Case<'_>, event: &EventMention, token: TokenId) -> Vec<TokenId> {
    const BEHIND: usize = 8;
    let parsed = &case.marked.parsed;
    if !super::casualty::is_several(case, token) {
        return Vec::new();
    }
    let is_person =
        |t: TokenId| case.marked.entry_at(t, "human").is_some() || case.marked.person_at(t).is_some();
    let mut firsts: Vec<TokenId> = parsed.children_by(token, Deprel::Appos).collect();
    let sentence = parsed.sentence_tokens(token);
    let parts = case.marked.hits_in(token..sentence.end, "part");
    for (part, _) in parts.filter(|(_, entry)| !entry.phrase.starts_with("of ")) {
        // "Seven killed and three hurt, including a nurse": the nearest number has the part.
        let other = case.events[case.events_in(&(token..part.tokens.start))].iter().any(|other| {
            other.kind == EventKind::Harm && other.value != event.value && other.tokens.start > token
        });
        let behind = part.tokens.end..(part.tokens.end + BEHIND).min(sentence.end);
        let person = behind.clone().find(|&t| is_person(t));
        // The head of the phrase that begins there.
        let person = person.map(|t| case.marked.person_at(t).map_or(t, |m| m.head));
        let head = person.map(|t| match parsed.head(t) {
            Some(h) if behind.contains(&h) && parsed.deprel(t).is_a(Deprel::Compound) => h,
            _ => t,
        });
        firsts.extend(head.filter(|_| !other));
    }
    let joined = |&first: &TokenId| parsed.children_by(first, Deprel::Conj).collect::<Vec<_>>();
    let more: Vec<TokenId> = firsts.iter().flat_map(joined).collect();
    firsts.into_iter().chain(more).filter(|&t| is_person(t)).collect()
}

/// The name that follows a person told of by a noun: "a paramedic, **Olha Bondar**, 40".
fn named_beside(case: &Case<'_>, token: TokenId) -> Option<TokenId> {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let noun = parsed.upos(token) == Upos::Noun && !super::casualty::is_several(case, token);
    if !noun || marked.person_at(token).is_some_and(|m| m.name.is_some()) {
        return None;
    }
    let name = |t: TokenId| {
        let mention = marked.person_at(t).filter(|m| m.name.is_some() && m.tokens.start > token)?;
        Some(mention.head)
    };
    let end = parsed.subtree_of_noun(token).end.max(token + 1);
    let sentence = parsed.sentence_tokens(token);
    let behind = (end + 1 < sentence.end && parsed.lower(end) == ",").then_some(end + 1);
    parsed.children_by(token, Deprel::Appos).find_map(name).or_else(|| behind.and_then(name))
}

fn find_known(case: &Case<'_>, token: TokenId, known: &[Known]) -> Option<usize> {
    let identity = Identity::Mention(case.marked.person_at(token)?.person);
    known.iter().position(|k| k.identities.contains(&identity))
}

/// The person a word stands for, if it is one person.
fn find_or_add(
    case: &Case<'_>,
    draft: &Draft,
    token: TokenId,
    outcome: &str,
    known: &mut Vec<Known>,
) -> Option<usize> {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let token = named_beside(case, token).unwrap_or(token);
    if super::casualty::is_thing(case, token) || case.speaks(token) {
        return None;
    }
    if let Some(mention) = marked.person_at(token) {
        let identity = Identity::Mention(mention.person);
        if let Some(at) = known.iter().position(|k| k.identities.contains(&identity)) {
            return Some(at);
        }
        if known.len() >= PEOPLE_MAX {
            return None;
        }
        if mention.name.is_none() && parsed.upos(token) == Upos::Pron {
            return recent(known, mention.sex);
        }
        let occupation = mention.office.clone().map(|o| case.words(o).to_owned());
        let age = mention.age.or_else(|| case.age_of(mention.head));
        let person = blank(mention.name.clone(), occupation, age, mention.sex);
        let new = known_as(case, identity, person, mention.tokens.clone(), token);
        return Some(told_before(case, new, outcome, known));
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
        k.identities.contains(&Identity::Noun(lemma.clone()))
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
    let new = known_as(case, Identity::Noun(lemma), person, tokens, token);
    Some(told_before(case, new, outcome, known))
}

fn known_as(
    case: &Case<'_>,
    identity: Identity,
    person: Person,
    tokens: Range<TokenId>,
    token: TokenId,
) -> Known {
    Known { identities: vec![identity], person, tokens, in_title: in_title(case, token), died: None }
}

/// The place of a person among the known: of whom the headline told with the same fate, or who is as old, is the same one.
fn told_before(case: &Case<'_>, new: Known, outcome: &str, known: &mut Vec<Known>) -> usize {
    fn fits<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
    let text = case.marked.parsed.text;
    let sentence = text.sentence_of(new.tokens.start);
    let dead = |o: &str| matches!(o, "killed" | "died_of_wounds");
    let same = known.iter().position(|k| {
        let (a, b) = (&k.person, &new.person);
        let nameless = a.name.is_none() || b.name.is_none();
        let same_fate = a.outcome == outcome || dead(&a.outcome) && dead(outcome);
        let told = k.in_title && !new.in_title && same_fate;
        let as_old = a.age.is_some() && a.age == b.age;
        let apart = text.sentence_of(k.tokens.start) != sentence;
        nameless && apart && fits(&a.sex, &b.sex) && fits(&a.age, &b.age) && (told || as_old)
    });
    let Some(at) = same else {
        known.push(new);
        return known.len() - 1;
    };
    let old = &mut known[at];
    let Person { name, occupation, age, sex, .. } = new.person;
    old.person.name = old.person.name.take().or(name);
    old.person.occupation = occupation.or(old.person.occupation.take());
    old.person.age = old.person.age.or(age);
    old.person.sex = old.person.sex.take().or(sex);
    old.identities.extend(new.identities);
    old.in_title &= new.in_title;
    old.tokens = new.tokens;
    at
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
        if known.len() >= PEOPLE_MAX || known.iter().any(|k| k.identities.contains(&identity)) {
            continue;
        }
        let occupation = mention.office.clone().map(|o| case.words(o).to_owned());
        let mut person = blank(mention.name.clone(), occupation, mention.age, mention.sex);
        person.role = "perpetrator".into();
        let value = json!({"name": person.name, "role": person.role});
        let tokens = event.tokens.start.min(mention.tokens.start)..event.tokens.end.max(mention.tokens.end);
        incident.claim(case, "people.role", value, tokens, "en.people.attacker");
        known.push(known_as(case, identity, person, mention.tokens.clone(), token));
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
            if known.iter().any(|k| k.identities.contains(&identity)) {
                continue;
            }
            let occupation = mention.office.clone().map(|o| case.words(o).to_owned());
            let mut person = blank(mention.name.clone(), occupation, mention.age, mention.sex);
            person.role = "target".into();
            known.push(known_as(case, identity, person, mention.tokens.clone(), token));
        }
    }
}

fn injuries(case: &Case<'_>, draft: &Draft, known: &mut Vec<Known>, incident: &mut Incident) {
    for segment in &draft.segments {
        for tokens in thing::injuries(case.marked, segment.tokens.clone()) {
            let bearer = clause_subject(case, tokens.clone())
                .and_then(|subject| find_or_add(case, draft, subject, "injured", known));
            let near = || nearest(case, known, tokens.start, segment.sentence, |_| true);
            let Some(at) = bearer.or_else(near) else { continue };
            let words = case.words(tokens.clone()).to_owned();
            let name = known[at].person.name.clone();
            if bearer.is_some() && matches!(known[at].person.outcome.as_str(), "unknown" | "unharmed") {
                settle_outcome(&mut known[at].person, "injured");
                let value = json!({"name": name, "outcome": "injured"});
                incident.claim(case, "people.outcome", value, tokens.clone(), "en.people.injury");
            }
            let value = json!({"name": name, "injury": words});
            incident.claim(case, "people.injuries", value, tokens, "en.people.injury");
            if !known[at].person.injuries.contains(&words) {
                known[at].person.injuries.push(words);
            }
        }
    }
}

/// Who does or has what a phrase belongs to: the subject of the nearest verb above it.
fn clause_subject(case: &Case<'_>, tokens: Range<TokenId>) -> Option<TokenId> {
    const STEPS: usize = 4;
    let parsed = &case.marked.parsed;
    let mut at = case.marked.head_of(tokens.clone());
    for _ in 0..STEPS {
        at = parsed.head(at)?;
        let subject = parsed.children_by(at, Deprel::Nsubj).find(|s| !tokens.contains(s));
        if subject.is_some() {
            let said = case.marked.entry_at(at, "say-verb").is_some();
            return subject.filter(|_| !said);
        }
    }
    None
}

/// The person told of last before a token of whom something may be true, in the same sentence first.
fn nearest(
    case: &Case<'_>,
    known: &[Known],
    token: TokenId,
    sentence: usize,
    may: impl Fn(&Person) -> bool,
) -> Option<usize> {
    let before = || known.iter().enumerate().filter(|(_, k)| k.tokens.start <= token && may(&k.person));
    let same = before()
        .filter(|(_, k)| case.marked.parsed.text.sentence_of(k.tokens.start) == sentence)
        .max_by_key(|(_, k)| k.tokens.start);
    same.or_else(|| before().max_by_key(|(_, k)| k.tokens.start)).map(|(n, _)| n)
}

/// Whether a step of care fits what became of a person: the dead on the spot are treated nowhere.
fn fits_outcome(status: &str, outcome: &str) -> bool {
    match status {
        "died" => matches!(outcome, "injured" | "died_of_wounds"),
        "admitted" | "transferred" | "in_surgery" | "outpatient" | "treated_on_site"
        | "refused_treatment" => {
            matches!(outcome, "injured" | "died_of_wounds" | "unknown" | "casualty" | "trapped")
        }
        "discharged" => matches!(outcome, "injured" | "unknown" | "casualty"),
        "released" => matches!(outcome, "abducted" | "released" | "detained"),
        "unaccounted" => matches!(outcome, "missing" | "abducted" | "unknown"),
        "rescued" => outcome != "killed",
        _ => true,
    }
}

fn statuses(case: &Case<'_>, draft: &Draft, known: &mut Vec<Known>, incident: &mut Incident) {
    let events: Vec<&EventMention> =
        draft.events(case, EventKind::Status).filter(|e| e.standing == Standing::Fact).collect();
    for event in events {
        let told: Vec<TokenId> = event.role("person").map(|a| a.token).collect();
        // "Two were taken to hospital": a step of several is nobody's own.
        if told.iter().any(|&token| super::casualty::is_several(case, token)) {
            continue;
        }
        let care = matches!(event.value.as_str(), "admitted" | "transferred" | "in_surgery" | "discharged");
        let person = told.iter().find_map(|&token| match care {
            true => find_or_add(case, draft, token, "injured", known),
            false => find_known(case, token, known),
        });
        let fits = |person: &Person| fits_outcome(&event.value, &person.outcome);
        let near = || nearest(case, known, event.head, event.sentence, fits);
        // "X was killed; Y was hurt, taken to hospital": the parser may give the dead what is told of the next.
        const CLOSE: TokenId = 4;
        let treated_first = |k: &Known| k.died.is_some_and(|d| d > event.head || event.head - d <= CLOSE);
        let person =
            person.filter(|&at| known[at].person.outcome != "killed" || !care || treated_first(&known[at]));
        let own = person.is_some();
        let Some(at) = person.or_else(near) else { continue };
        let near_by = case.marked.parsed.text.sentence_of(known[at].tokens.start) == event.sentence;
        let person = &mut known[at].person;
        match (event.value.as_str(), person.outcome.as_str()) {
            // Who was taken to hospital did not die on the spot.
            (_, "killed") if care && own => person.outcome = "died_of_wounds".into(),
            ("died", "injured") if own || told.is_empty() && near_by => settle_outcome(person, "killed"),
            (_, "unknown") if care && person.role == "victim" => settle_outcome(person, "injured"),
            _ => {}
        }
        if !fits_outcome(&event.value, &known[at].person.outcome) {
            continue;
        }
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
