//! What was damaged, and how badly.

use super::draft::Draft;
use super::segment::Segment;
use super::target::TakenUp;
use super::{Case, Incident};
use crate::document::ParagraphRole;
use crate::event::{EventKind, EventMention, Standing};
use crate::lexicon::Hit;
use crate::mention::overlap;
use crate::reading::Damage;
use crate::score::{Choice, Features, Kind, best, take};
use crate::syntax::Deprel;
use crate::text::TokenId;
use serde_json::json;
use std::ops::Range;

/// A word of damage: what it says of how bad it is, and the event that it tells, if its rule found one.
struct Word<'a> {
    severity: &'a str,
    tokens: Range<TokenId>,
    event: Option<&'a EventMention>,
}

/// A class of things with its mentions.
struct Candidate<'a> {
    class: String,
    features: Features,
    mentions: Vec<Mention<'a>>,
}

/// One mention of a thing among the words of damage of its segment.
struct Mention<'a> {
    hit: &'a Hit,
    /// Numbers of the words of damage of its segment, nearest first.
    near: Vec<usize>,
    /// Whether one of them has it as its object, and which.
    object_of: Option<usize>,
}

/// Takes the classes of things that words of damage are likely about, and for each what is likely said of how bad it is.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, taken_up: &TakenUp<'_>, incident: &mut Incident) {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for (n, segment) in draft.segments.iter().enumerate() {
        let from = words.len();
        words.extend(words_of(case, segment));
        things(case, taken_up, segment, n, (from, &words), &mut candidates);
    }
    let classes = candidates.len();
    for mut own in candidates {
        own.features.add(["is ", &own.class]);
        own.features.add_if(own.mentions.len() > 1, "named again");
        own.features.add_if(classes == 1, "alone");
        let object = own.features.has("object of damage");
        own.features.add(["is ", &own.class, ", ", if object { "object" } else { "no object" }]);
        let mut choice = case.scores.weigh(Kind::Damage, json!(own.class), std::mem::take(&mut own.features));
        choice.taken = choice.score > 0.0;
        if choice.taken {
            accept(case, &own, &words, &choice, incident);
        }
        incident.choices.push(choice);
    }
}

/// Words of damage in a segment that are about fact.
fn words_of<'a>(case: &Case<'a>, segment: &Segment) -> Vec<Word<'a>> {
    let events: Vec<&EventMention> =
        segment.events.iter().map(|&n| &case.events[n]).filter(|e| e.kind == EventKind::Damage).collect();
    let of_events = events.iter().filter(|e| e.standing == Standing::Fact).map(|e| Word {
        severity: e.value.as_str(),
        tokens: e.tokens.clone(),
        event: Some(e),
    });
    let others = case
        .marked
        .hits_in(segment.tokens.clone(), "damage")
        .filter(|(hit, _)| !events.iter().any(|e| overlap(&e.tokens, &hit.tokens)))
        .map(|(hit, entry)| Word { severity: &entry.value, tokens: hit.tokens.clone(), event: None });
    let mut words: Vec<Word<'a>> = of_events.chain(others).collect();
    words.sort_by_key(|w| w.tokens.start);
    words
}

/// Adds the things that a segment names, with what speaks for their being damaged.
fn things<'a>(
    case: &Case<'a>,
    taken_up: &TakenUp<'_>,
    segment: &Segment,
    n: usize,
    (from, words): (usize, &[Word<'a>]),
    candidates: &mut Vec<Candidate<'a>>,
) {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let objects: Vec<(usize, Range<TokenId>)> = (from..words.len())
        .flat_map(|w| words[w].event.into_iter().flat_map(|e| e.role("object")).map(move |a| (w, a.token)))
        .flat_map(|(w, token)| {
            case.things_at(token)
                .into_iter()
                .find(|(_, e)| e.class == "object")
                .map(|(hit, _)| (w, hit.tokens.clone()))
        })
        .collect();
    let plays = |kind: EventKind, role: &'static str, hit: &Hit| {
        segment.events.iter().map(|&e| &case.events[e]).any(|e| {
            e.kind == kind
                && e.role(role)
                    .any(|a| case.things_at(a.token).iter().any(|(own, _)| own.tokens == hit.tokens))
        })
    };
    for (hit, entry) in marked.hits_in(segment.tokens.clone(), "object") {
        if !case.is_classed(hit, entry) {
            continue;
        }
        let head = marked.head_of(hit.tokens.clone());
        let distance = |w: usize| {
            let tokens = &words[w].tokens;
            if tokens.start >= hit.tokens.end {
                tokens.start - hit.tokens.end
            } else {
                hit.tokens.start.saturating_sub(tokens.end)
            }
        };
        let mut near: Vec<usize> = (from..words.len()).collect();
        near.sort_by_key(|&w| (distance(w), w));
        let object_of = objects.iter().find(|(_, tokens)| *tokens == hit.tokens).map(|&(w, _)| w);
        let class = case.class_of(taken_up, hit, entry);
        let at = candidates.iter().position(|c| c.class == class).unwrap_or_else(|| {
            let class = class.clone();
            candidates.push(Candidate { class, features: Features::default(), mentions: Vec::new() });
            candidates.len() - 1
        });
        let features = &mut candidates[at].features;
        if let Some(w) = object_of {
            features.add("object of damage");
            features.add(["object of ", words[w].severity]);
            if let Some(event) = words[w].event {
                features.add(["rule=", case.rule_id(event.rule)]);
            }
        }
        let siblings = |t: TokenId| {
            objects.iter().any(|(_, tokens)| {
                let other = marked.head_of(tokens.clone());
                let joined =
                    |a: TokenId, b: TokenId| parsed.deprel(a) == Deprel::Conj && parsed.head(a) == Some(b);
                joined(t, other)
                    || joined(other, t)
                    || (parsed.deprel(t) == Deprel::Conj
                        && parsed.deprel(other) == Deprel::Conj
                        && parsed.head(t) == parsed.head(other))
            })
        };
        features.add_if(object_of.is_none() && siblings(head), "listed with object of damage");
        match near.first() {
            None => features.add("no word of damage"),
            Some(&w) => {
                let side = if words[w].tokens.start >= hit.tokens.end { "before" } else { "after" };
                let far = match distance(w) {
                    0 | 1 => "0-1",
                    2..=4 => "2-4",
                    5..=9 => "5-9",
                    _ => "10+",
                };
                let unbound = if words[w].event.is_none() { "unbound word" } else { "word" };
                features.add([far, " ", side, " ", unbound]);
                features.add(["beside ", words[w].severity]);
                let between =
                    hit.tokens.end.min(words[w].tokens.end)..hit.tokens.start.max(words[w].tokens.start);
                let other = marked.hits_in(between.clone(), "object").any(|(h, _)| h.tokens != hit.tokens);
                features.add_if(other, "another thing between");
                let stop = between.clone().any(|t| matches!(parsed.form(t), ";" | ":" | "." | "–" | "—"));
                features.add_if(stop, "stop between");
                let clause = between.filter(|&t| parsed.upos(t) == crate::syntax::Upos::Verb).count();
                features.add_if(clause > 0, "verb between");
            }
        }
        features.add_if(plays(EventKind::Attack, "target", hit), "target of attack");
        features.add_if(plays(EventKind::Attack, "agent", hit), "agent of attack");
        features.add_if(plays(EventKind::Harm, "victim", hit), "victim");
        features.add(if n == 0 { "first segment" } else { "later segment" });
        features.add_if(segment.role == ParagraphRole::Title, "title");
        features.add_if(entry.rest.first().is_some_and(|r| r == "part"), "part");
        features.add_if(entry.rest.first().is_some_and(|r| r == "general"), "general");
        features.add_if(marked.quantity_of(head).is_some(), "counted");
        features.add_if(case.is_beside(head), "near or from it");
        features.add(["clause=", parsed.deprel(head).as_str()]);
        let said = case.speech.voice_at(case.span(hit.tokens.clone())).1.is_some();
        features.add(if said { "said" } else { "told" });
        candidates[at].mentions.push(Mention { hit, near, object_of });
    }
}

/// Takes a class, with what is likely said of its severity.
fn accept(
    case: &Case<'_>,
    own: &Candidate<'_>,
    words: &[Word<'_>],
    choice: &Choice,
    incident: &mut Incident,
) {
    const NOT_STATED: &str = "not_stated";
    let mut severities: Vec<(&str, Features)> = vec![(NOT_STATED, Features::default())];
    for mention in &own.mentions {
        for (rank, &w) in mention.near.iter().enumerate() {
            let severity = words[w].severity;
            let at = severities.iter().position(|(s, _)| *s == severity).unwrap_or_else(|| {
                severities.push((severity, Features::default()));
                severities.len() - 1
            });
            let features = &mut severities[at].1;
            let object = mention.object_of == Some(w);
            features.add(if object { "of it" } else { "beside it" });
            if object {
                features.add(["of it: ", severity]);
            }
            features.add_if(rank == 0, "nearest");
            features.add_if(words[w].event.is_none(), "unbound word");
        }
    }
    let some = severities.len() > 1;
    let mut choices: Vec<Choice> = severities
        .into_iter()
        .map(|(severity, mut features)| {
            features.add(["is ", severity]);
            features.add_if(some, ["is ", severity, ", has rivals"]);
            features.add([&own.class, " is ", severity]);
            let value = json!({ "class": own.class, "severity": severity });
            case.scores.weigh(Kind::Severity, value, features)
        })
        .collect();
    let taken = best(&choices).unwrap_or_default();
    take(&mut choices, taken);
    let severity = choices[taken].value["severity"].as_str().unwrap_or(NOT_STATED).to_owned();
    incident.choices.extend(choices);
    let mut damage = Damage { object: String::new(), class: own.class.clone(), severity, count: None };
    let told = own.mentions.iter().filter(|m| m.object_of.is_some());
    let mentions: Vec<&Mention<'_>> =
        told.chain(own.mentions.iter().filter(|m| m.object_of.is_none())).collect();
    let objects = mentions.iter().filter(|m| m.object_of.is_some()).count().max(1);
    for (n, mention) in mentions.into_iter().take(objects).enumerate() {
        let head = case.marked.head_of(mention.hit.tokens.clone());
        let count = case.marked.quantity_of(head).map(|q| q.min).filter(|&n| n > 0);
        let object = case.words(case.marked.parsed.subtree_of_noun(head)).to_owned();
        let word = mention.object_of.or(mention.near.first().copied()).map(|w| &words[w]);
        let tokens = word.map_or(mention.hit.tokens.clone(), |w| {
            w.tokens.start.min(mention.hit.tokens.start)..w.tokens.end.max(mention.hit.tokens.end)
        });
        let rule = word.and_then(|w| w.event).map_or("en.damage.beside", |e| case.rule_id(e.rule));
        let claim =
            json!({"object": object, "class": own.class, "severity": damage.severity, "count": count});
        incident.claim(case, "damage", claim.clone(), tokens, rule);
        incident.trust("damage", Some(&claim), choice);
        damage.count = damage.count.max(count);
        if n == 0 {
            damage.object = object;
        }
    }
    incident.damage.push(damage);
}
