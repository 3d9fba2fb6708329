//! Which drafts tell of an incident, and which only sound like one.

use super::Case;
use super::draft::Draft;
use crate::document::ParagraphRole;
use crate::event::{EventKind, EventMention, Standing};
use crate::mention::place::Level;
use crate::mention::time::TimePrecision;
use crate::score::{Choice, Features, Kind};
use crate::speech::SpeechForm;
use crate::syntax::{Deprel, Upos};
use serde_json::json;

/// What holds for every draft of a report alike.
pub(super) struct Report {
    /// Features of the words of other matters in it.
    doubts: Features,
    /// For each draft whether it tells of an attack by a strong word.
    strong: Vec<bool>,
    /// How many do.
    strong_drafts: usize,
}

impl Report {
    /// Looks over a report once.
    pub(super) fn new(case: &Case<'_>, drafts: &[Draft]) -> Self {
        let mut doubts = Features::default();
        for (_, entry) in case.marked.hits_in(0..case.marked.parsed.syntax.len(), "non-event") {
            let scope = entry.rest.first().map_or("", String::as_str);
            if matches!(scope, "document" | "hint" | "sentence") {
                doubts.add(["report has ", &entry.value, " (", scope, ")"]);
            }
        }
        let strong: Vec<bool> = drafts.iter().map(|d| d.attacks(case).iter().any(|e| e.strong)).collect();
        let strong_drafts = strong.iter().filter(|s| **s).count();
        Report { doubts, strong, strong_drafts }
    }
}

/// Weighs a draft, `number` in the order of the text.
pub(super) fn weigh(case: &Case<'_>, report: &Report, draft: &Draft, number: usize) -> Choice {
    let mut features = Features::default();
    told(case, draft, &mut features);
    attacks(case, draft, &mut features);
    consequences(case, draft, &mut features);
    doubts(case, draft, &mut features);
    report.doubts.names().for_each(|name| features.add(name));
    features.add_if(number == 0, "first");
    features.add(match report.strong.len() {
        1 => "others=0",
        2 | 3 => "others=1-2",
        _ => "others=3+",
    });
    features.add_if(report.strong_drafts > usize::from(report.strong[number]), "strong beside");
    let mut choice = case.scores.weigh(Kind::Incident, json!(true), features);
    choice.taken = choice.score > 0.0;
    choice
}

/// How much is told, where and when.
fn told(case: &Case<'_>, draft: &Draft, features: &mut Features) {
    features.add(match draft.segments.len() {
        1 => "segments=1",
        2 => "segments=2",
        _ => "segments=3+",
    });
    features.add_if(draft.segments.iter().all(|s| s.role == ParagraphRole::Title), "title only");
    features.add_if(draft.segments.iter().any(|s| s.role == ParagraphRole::Title), "title");
    features.add_if(draft.segments.iter().any(|s| s.fresh), "fresh");
    features.add_if(draft.segments.iter().any(|s| s.earlier), "earlier");
    features.add_if(draft.segments.iter().any(|s| s.reference), "reference");
    features.add_if(draft.segments.iter().any(|s| !s.headed.is_empty()), "headed");
    let places: Vec<_> = draft.segments.iter().flat_map(|s| case.places_of(s)).collect();
    features.add(if places.iter().any(|p| p.place.level <= Level::Settlement) {
        "place=settlement"
    } else if places.is_empty() {
        "place=none"
    } else {
        "place=wide"
    });
    let times: Vec<_> = draft.segments.iter().flat_map(|s| case.event_times(s.tokens.clone())).collect();
    let dated = times.iter().any(|t| matches!(t.precision, TimePrecision::Day | TimePrecision::Days));
    features.add(match (dated, times.is_empty()) {
        (true, _) => "time=day",
        (false, false) => "time=wide",
        (false, true) => "time=none",
    });
    features.add_if(is_history(case, draft), "history");
    let text = case.marked.parsed.text;
    let asks = |s: usize| text.sentences()[s].span.of(case.text()).ends_with('?');
    features.add_if(draft.segments.iter().all(|s| asks(s.sentence)), "question");
    let first = case.span(draft.segments[0].tokens.clone());
    match case.speech.voice_at(first).1 {
        Some(SpeechForm::Direct) => features.add("opens in quotation"),
        Some(SpeechForm::Indirect) => features.add("opens as said"),
        None => {}
    }
}

/// What violence it tells, and how.
fn attacks(case: &Case<'_>, draft: &Draft, features: &mut Features) {
    let parsed = &case.marked.parsed;
    let attacks: Vec<&EventMention> =
        draft.events(case, EventKind::Attack).filter(|e| case.is_attack(e)).collect();
    let Some(best) = attacks.iter().max_by_key(|e| (e.strong, std::cmp::Reverse(e.tokens.start))) else {
        features.add("attack=none");
        return;
    };
    features.add(if best.strong { "attack=strong" } else { "attack=weak" });
    features.add_if(attacks.len() > 1, "attacks=2+");
    features.add(["mode=", &best.value]);
    features.add(["rule=", case.rule_id(best.rule)]);
    features.add_if(attacks.iter().any(|e| is_aimed(case, e)), "aimed");
    let has = |role: &str| attacks.iter().any(|e| e.role(role).next().is_some());
    features.add_if(has("agent"), "agent");
    features.add_if(has("instrument"), "instrument");
    features.add_if(has("target"), "target");
    let hit: Vec<&str> = attacks
        .iter()
        .flat_map(|e| e.role("target"))
        .flat_map(|a| case.things_at(a.token))
        .map(|(_, entry)| entry.value.as_str())
        .collect();
    features.add_if(hit.contains(&"military"), "military hit");
    features.add_if(hit.iter().any(|v| !matches!(*v, "military" | "unknown" | "-" | "")), "civilians hit");
    features.add_if(
        best.role("agent").any(|a| case.marked.entry_at(a.token, "perpetrator").is_some()),
        "attacker named",
    );
    let head = best.head;
    if parsed.upos(head) == Upos::Noun {
        features.add_if(parsed.lower(head) != parsed.lemma(head), "many attacks");
        let definite = parsed.children_by(head, Deprel::Det).any(|d| parsed.lower(d) == "the");
        features.add_if(definite, "the attack");
        let indefinite = parsed.children_by(head, Deprel::Det).any(|d| matches!(parsed.lower(d), "a" | "an"));
        features.add_if(indefinite, "an attack");
    } else {
        let morph = parsed.syntax.morph(head);
        for form in ["Tense=Past", "Tense=Pres", "VerbForm=Inf", "VerbForm=Ger"] {
            features.add_if(morph.contains(form), form);
        }
        let copied = parsed.children_by(head, Deprel::Aux).any(|a| matches!(parsed.lemma(a), "have"));
        features.add_if(copied, "perfect");
    }
    features.add(["clause=", parsed.deprel(head).as_str()]);
}

/// What it says became of persons and things.
fn consequences(case: &Case<'_>, draft: &Draft, features: &mut Features) {
    let facts = |kind| draft.events(case, kind).filter(|e| e.standing == Standing::Fact);
    let mut harm = false;
    for event in facts(EventKind::Harm) {
        let none = event.value.starts_with("none:") || event.value == "unharmed";
        harm |= !none;
        features.add(["harm=", if none { "nobody" } else { &event.value }]);
        features.add_if(!none && event.role("victim").next().is_some(), "victims");
    }
    let damage = facts(EventKind::Damage).next().is_some();
    features.add_if(harm, "harm");
    features.add_if(damage, "damage");
    features.add_if(harm && damage, "harm and damage");
    let strong = draft.attacks(case).iter().any(|e| e.strong || is_aimed(case, e));
    features.add_if(strong && (harm || damage), "strong with consequences");
    let weapon = draft
        .segments
        .iter()
        .any(|s| case.marked.hits_in(s.tokens.clone(), "weapon").any(|(_, entry)| !entry.has("weak")));
    features.add_if(weapon, "weapon");
    features.add_if(weapon && (harm || damage), "weapon with consequences");
    features.add_if(is_interception(case, draft), "interception");
    features.add_if(is_among_armed(case, draft), "among armed");
}

/// What speaks against it: other matters, doubts, denials.
fn doubts(case: &Case<'_>, draft: &Draft, features: &mut Features) {
    for event in draft.events(case, EventKind::Attack) {
        match event.standing {
            Standing::Fact => {}
            Standing::Negated => features.add("attack negated"),
            Standing::Hypothetical => features.add("attack hypothetical"),
            Standing::Cancelled => features.add("attack cancelled"),
            Standing::Attempted | Standing::Foiled | Standing::Threatened => features.add("not carried out"),
        }
    }
    for segment in &draft.segments {
        for (_, entry) in case.marked.hits_in(segment.tokens.clone(), "non-event") {
            features.add(["beside ", &entry.value]);
        }
    }
}

/// A weapon that hits somebody or something, by one verb or noun: "a drone hit a car".
fn is_aimed(case: &Case<'_>, event: &EventMention) -> bool {
    let weapon = |token| case.marked.entry_at(token, "weapon").is_some_and(|e| !e.has("weak"));
    let struck = |token| ["human", "object"].iter().any(|class| case.marked.entry_at(token, class).is_some());
    ["agent", "instrument"].iter().any(|role| event.role(role).any(|a| weapon(a.token)))
        && event.role("target").any(|a| struck(a.token))
}

/// History told as history: over ten years before publication.
fn is_history(case: &Case<'_>, draft: &Draft) -> bool {
    const YEARS: i16 = 10;
    let Some(published) = case.marked.parsed.document.meta().published_at else { return false };
    let limit = published.year() - YEARS;
    let mut years = draft
        .segments
        .iter()
        .flat_map(|s| case.event_times(s.tokens.clone()))
        .filter_map(|t| t.bounds)
        .map(|b| b.1.year())
        .peekable();
    years.peek().is_some() && years.all(|year| year < limit)
}

/// A clash: only fighters and soldiers were killed or hurt, and no thing was damaged.
fn is_among_armed(case: &Case<'_>, draft: &Draft) -> bool {
    let mut victims = draft
        .events(case, EventKind::Harm)
        .filter(|e| e.standing == Standing::Fact && !e.value.starts_with("none:"))
        .flat_map(|e| e.role("victim"))
        .map(|a| is_armed(case, a.token))
        .peekable();
    let damage = draft.events(case, EventKind::Damage).any(|e| e.standing == Standing::Fact);
    let thing_hit = draft.attacks(case).iter().any(|e| {
        e.role("target").any(|a| {
            let things = case.things_at(a.token);
            !things.is_empty()
                && things.iter().all(|(_, e)| !matches!(e.value.as_str(), "military" | "unknown"))
                && !is_armed(case, a.token)
        })
    });
    victims.peek().is_some() && victims.all(|armed| armed) && !damage && !thing_hit
}

fn is_armed(case: &Case<'_>, token: usize) -> bool {
    let human = case.marked.entry_at(token, "human");
    human.is_some_and(|e| e.value == "military" || e.has("perpetrator"))
        || (human.is_none() && case.marked.entry_at(token, "perpetrator").is_some())
}

/// Drones or missiles shot down without harm or damage.
fn is_interception(case: &Case<'_>, draft: &Draft) -> bool {
    let downed = draft
        .segments
        .iter()
        .any(|s| case.marked.hits_in(s.tokens.clone(), "non-event").any(|(_, e)| e.value == "military_only"));
    let consequence = draft.events(case, EventKind::Damage).any(|e| e.standing == Standing::Fact)
        || draft
            .events(case, EventKind::Harm)
            .any(|e| e.standing == Standing::Fact && !e.value.starts_with("none:") && e.value != "unharmed");
    downed && !consequence
}
