//! Two voices give different numbers of one outcome.

use super::{Contradiction, Severity, revised};
use crate::event::EventKind;
use crate::incident::{Case, Claim, Incident};
use crate::mention::quantity::{Quantity, QuantityBasis};
use crate::span::Span;
use crate::speech::{NARRATOR, VoiceId};
use crate::syntax::Upos;
use crate::text::{TokenId, TokenKind};
use std::ops::Range;

/// A number of persons in somebody's mouth.
struct Stated {
    outcome: Option<&'static str>,
    number: u64,
    /// None when it is somebody's, but not one of the voices.
    voice: Option<VoiceId>,
    sentence: usize,
    span: Span,
    /// "Three others": with whom, is not told here.
    share: bool,
}

/// Numbers of one incident that two voices give: as the whole of it, or the second for its own sake.
pub(super) fn find(case: &Case<'_>, incidents: &[Incident]) -> Vec<Contradiction> {
    let rivals = rivals(case);
    let by_incident = incidents.iter().filter_map(|incident| {
        let told: Vec<Stated> = incident.claims.iter().filter_map(|c| told(case, c)).collect();
        let near = || rivals.iter().filter(|r| near(incident, r.sentence));
        let rival =
            told.iter().find_map(|first| near().find(|r| differ(first, r)).map(|r| contradiction(first, r)));
        rival.or_else(|| two_totals(&told))
    });
    let between = rivals.iter().zip(rivals.iter().skip(1));
    let by_themselves = between
        .filter(|(a, b)| differ(a, b) && b.sentence - a.sentence <= 2 && a.voice.is_some())
        .map(|(a, b)| contradiction(a, b));
    by_incident.chain(by_themselves).collect()
}

/// Two voices, neither the narrator, whose largest numbers of one outcome differ.
fn two_totals(told: &[Stated]) -> Option<Contradiction> {
    for outcome in ["killed", "injured"] {
        let mut totals: Vec<&Stated> = Vec::new();
        for stated in
            told.iter().filter(|s| s.outcome == Some(outcome) && s.voice != Some(NARRATOR) && !s.share)
        {
            match totals.iter_mut().find(|t| t.voice == stated.voice) {
                Some(total) if total.number < stated.number => *total = stated,
                Some(_) => {}
                None => totals.push(stated),
            }
        }
        if let [first, rest @ ..] = &totals[..]
            && let Some(second) = rest.iter().find(|second| differ(first, second))
        {
            return Some(contradiction(first, second));
        }
    }
    None
}

fn contradiction(first: &Stated, second: &Stated) -> Contradiction {
    Contradiction {
        kind: "count_mismatch",
        severity: Severity::Soft,
        spans: vec![first.span, second.span],
        note: format!(
            "{}: {} according to one voice, {} according to another",
            first.outcome.or(second.outcome).unwrap_or("persons"),
            first.number,
            second.number
        ),
    }
}

/// Whether a sentence belongs to an incident or follows its words.
fn near(incident: &Incident, sentence: usize) -> bool {
    const BEHIND: usize = 5;
    incident.sentences.iter().any(|&own| own <= sentence && sentence - own <= BEHIND)
}

/// Two numbers of one outcome from two voices that cannot be a part of each other by a wide margin.
fn differ(first: &Stated, second: &Stated) -> bool {
    const FACTOR: u64 = 6;
    let outcome = first.outcome.is_none() || second.outcome.is_none() || first.outcome == second.outcome;
    let voices = match (first.voice, second.voice) {
        (Some(a), Some(b)) => a != b,
        _ => true,
    };
    let (least, most) = (first.number.min(second.number), first.number.max(second.number));
    outcome && voices && least != most && most <= least * FACTOR && first.span != second.span
}

/// What a claim of an incident counts.
fn told(case: &Case<'_>, claim: &Claim) -> Option<Stated> {
    let outcome = ["killed", "injured"].into_iter().find(|o| *o == claim.field)?;
    let number = claim.value.get("min")?.as_u64().filter(|&n| n > 1)?;
    let stated = matches!(claim.value.get("basis")?.as_str()?, "exact" | "at_least");
    if !stated || revised(case, claim) || is_of_them(case, &claim.tokens) {
        return None;
    }
    let sentence = case.marked.parsed.text.sentence_of(claim.tokens.start);
    Some(Stated {
        outcome: Some(outcome),
        number,
        voice: Some(claim.voice),
        sentence,
        span: claim.span,
        share: is_share(case, &claim.tokens),
    })
}

/// "Another two", "three others": no whole number.
fn is_share(case: &Case<'_>, tokens: &Range<TokenId>) -> bool {
    const AROUND: usize = 2;
    let parsed = &case.marked.parsed;
    let sentence = parsed.sentence_tokens(tokens.start);
    let mut around =
        tokens.start.saturating_sub(AROUND).max(sentence.start)..(tokens.end + AROUND).min(sentence.end);
    around.any(|t| matches!(parsed.lemma(t), "another" | "other" | "more" | "further" | "both"))
        || is_of_them(case, tokens)
}

/// "Two of them", "four of the dead", "including two": a part of others.
fn is_of_them(case: &Case<'_>, tokens: &Range<TokenId>) -> bool {
    const AROUND: usize = 2;
    let parsed = &case.marked.parsed;
    let sentence = parsed.sentence_tokens(tokens.start);
    let before = tokens.start.saturating_sub(AROUND).max(sentence.start)..tokens.start;
    let of = |t: TokenId| {
        t + 1 < sentence.end
            && parsed.lower(t) == "of"
            && matches!(
                parsed.lower(t + 1),
                "the" | "them" | "these" | "those" | "his" | "her" | "their" | "whom"
            )
    };
    (tokens.start..tokens.end.min(sentence.end) + 1).any(|t| t < sentence.end && of(t))
        || case.marked.hits_in(before, "part").next().is_some()
}

/// Numbers given for their own sake, all over the report.
fn rivals(case: &Case<'_>) -> Vec<Stated> {
    let text = case.marked.parsed.text;
    let quantities = case.marked.mentions.quantities.iter();
    let stated = quantities
        .filter(|q| matches!(q.basis, QuantityBasis::Exact | QuantityBasis::AtLeast) && q.min > 1)
        .filter(|q| !is_share(case, &q.tokens));
    stated
        .filter_map(|q| {
            let span = text.span_of(q.tokens.clone());
            let voice = case.speech.voice_at(span).0;
            let put = is_put(case, q) && counts_persons(case, q);
            let alone = voice != NARRATOR && stands_alone(case, q);
            (put || alone).then(|| Stated {
                outcome: outcome(case, q),
                number: q.min,
                voice: (voice != NARRATOR).then_some(voice),
                sentence: text.sentence_of(q.tokens.start),
                span,
                share: false,
            })
        })
        .collect()
}

/// "Put the death toll at 23", "speaks of nine", "estimated the dead at twenty".
fn is_put(case: &Case<'_>, quantity: &Quantity) -> bool {
    const REACH: usize = 8;
    let marked = case.marked;
    let sentence = marked.parsed.sentence_tokens(quantity.tokens.start);
    let from = quantity.tokens.start.saturating_sub(REACH).max(sentence.start);
    let hit = marked.hits_in(from..quantity.tokens.start, "tally").last();
    hit.is_some_and(|(hit, entry)| match entry.value.as_str() {
        // The number follows at once.
        "right" => quantity.tokens.start - hit.tokens.end <= 3,
        // "Put … at".
        _ => (hit.tokens.end..quantity.tokens.start).any(|t| marked.parsed.lower(t) == "at"),
    })
}

/// What is said is little more than the number: "the police say three", "the doctor counted seven dead".
fn stands_alone(case: &Case<'_>, quantity: &Quantity) -> bool {
    const LONGEST: usize = 7;
    let text = case.marked.parsed.text;
    let span = text.span_of(quantity.tokens.clone());
    let content = case.speech.attributions.iter().filter(|a| a.content.contains(span)).map(|a| a.content);
    content.min_by_key(|c| c.len()).is_some_and(|content| {
        let tokens = text.tokens_in(content);
        let words = tokens.clone().filter(|&t| text.tokens()[t].kind != TokenKind::Mark).count();
        let plain = |t: TokenId| {
            let other_verb =
                case.marked.parsed.upos(t) == Upos::Verb && case.marked.entry_at(t, "outcome").is_none();
            case.marked.place_at(t).is_none() && case.marked.time_at(t).is_none() && !other_verb
        };
        let other_outcome = nearest_harm(case, quantity).is_some() && outcome(case, quantity).is_none();
        words <= LONGEST && tokens.clone().all(plain) && counts_persons(case, quantity) && !other_outcome
    })
}

/// A bare number, or one of persons.
fn counts_persons(case: &Case<'_>, quantity: &Quantity) -> bool {
    let marked = case.marked;
    quantity.counted.is_none_or(|noun| {
        marked.entry_at(noun, "human").is_some() || marked.entry_at(noun, "outcome").is_some()
    })
}

/// The outcome that the words around a number tell; none where they tell of another than death and injury.
fn outcome(case: &Case<'_>, quantity: &Quantity) -> Option<&'static str> {
    let nearest = nearest_harm(case, quantity)?;
    ["killed", "injured"].into_iter().find(|o| o == nearest)
}

fn nearest_harm<'a>(case: &Case<'a>, quantity: &Quantity) -> Option<&'a String> {
    const AROUND: usize = 6;
    let sentence = case.marked.parsed.sentence_tokens(quantity.tokens.start);
    let from = quantity.tokens.start.saturating_sub(AROUND).max(sentence.start);
    let around = from..(quantity.tokens.end + AROUND).min(sentence.end);
    let events = &case.events[case.events_in(&around)];
    let harm = events.iter().filter(|e| e.kind == EventKind::Harm);
    harm.min_by_key(|e| e.tokens.start.abs_diff(quantity.tokens.start)).map(|e| &e.value)
}
