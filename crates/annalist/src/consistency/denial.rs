//! One voice tells of an attack, another denies it.

use super::{Contradiction, Severity};
use crate::event::{EventKind, Standing};
use crate::incident::{Case, Incident};
use crate::span::Span;
use crate::speech::NARRATOR;
use crate::syntax::Upos;
use crate::text::TokenId;
use std::ops::Range;

/// Denials of what the report tells, each with the words that tell it.
pub(super) fn find(case: &Case<'_>, incidents: &[Incident]) -> Vec<Contradiction> {
    let marked = case.marked;
    let tokens = 0..marked.parsed.syntax.len();
    let by_word = tokens.clone().filter(|&t| denies(case, t) || is_denial(case, t)).map(|t| t..t + 1);
    let said = [own_side_did_not(case), said_untrue(case)].concat();
    let mut found: Vec<Range<TokenId>> = by_word.chain(said).collect();
    found.sort_by_key(|t| t.start);
    // Who denies goes on to say how.
    const GOES_ON: usize = 2;
    let sentence = |t: &Range<TokenId>| marked.parsed.text.sentence_of(t.start);
    found.dedup_by(|later, first| sentence(later) - sentence(first) <= GOES_ON);
    let mut denials: Vec<Contradiction> =
        found.into_iter().filter_map(|denial| contradiction(case, incidents, denial)).collect();
    denials.dedup_by(|later, first| later.spans[0] == first.spans[0]);
    denials
}

/// The denial beside the nearest words that tell of what is denied.
fn contradiction(case: &Case<'_>, incidents: &[Incident], denial: Range<TokenId>) -> Option<Contradiction> {
    let text = case.marked.parsed.text;
    let sentence = text.sentence_of(denial.start);
    let denied = text.sentences()[sentence].span;
    let told = incidents
        .iter()
        .flat_map(|i| i.claims.iter().filter(|c| matches!(c.field, "mode" | "perpetrator")))
        .filter(|c| !denied.contains(c.span) || c.tokens.end <= denial.start)
        .min_by_key(|c| (c.tokens.start > denial.start, c.tokens.start.abs_diff(denial.start)))?;
    Some(Contradiction {
        kind: "denial",
        severity: Severity::Soft,
        spans: vec![told.span, clause(case, &denial, denied)],
        note: "one voice tells of an attack, another denies it".to_owned(),
    })
}

/// From the denying word to the end of its sentence.
fn clause(case: &Case<'_>, denial: &Range<TokenId>, sentence: Span) -> Span {
    let start = case.marked.parsed.text.span_of(denial.clone()).start();
    Span::new(start, sentence.end().max(start)).trim(case.marked.parsed.document.text())
}

/// "Denied that …", "rejected the accusation", "denies all": a verb that denies, not itself denied, whose object is an
/// attack or what others say of one.
fn denies(case: &Case<'_>, token: TokenId) -> bool {
    const OBJECT: usize = 6;
    const CLAUSE: usize = 16;
    let marked = case.marked;
    let Some((hit, entry)) = marked.hit_at(token, "say-verb") else { return false };
    if entry.value != "deny" || hit.tokens.start != token || is_negated(case, token) {
        return false;
    }
    let sentence = marked.parsed.sentence_tokens(token);
    let after = hit.tokens.end..sentence.end;
    let object = after.start..after.end.min(after.start + OBJECT);
    // Both sides of a war deny targeting civilians, whatever is told of them.
    if object.clone().take(2).any(|t| marked.parsed.lemma(t) == "target") {
        return false;
    }
    let charge = marked.hits_in(object.clone(), "accusation").any(|(accusation, entry)| {
        entry.value == "charge" || entry.value == "untrue"
            || accusation.tokens.start == after.start && (entry.value == "all" || marked.parsed.lemma(token) == "deny")
    });
    let strong = entry.has("strong");
    let reach = after.start..after.end.min(after.start + CLAUSE);
    let attack = || {
        case.events[case.events_in(&reach)]
            .iter()
            .any(|e| e.kind == EventKind::Attack && e.standing != Standing::Cancelled)
    };
    charge || strong && attack()
}

fn is_negated(case: &Case<'_>, token: TokenId) -> bool {
    const REACH: usize = 4;
    let parsed = &case.marked.parsed;
    let sentence = parsed.sentence_tokens(token);
    (token.saturating_sub(REACH).max(sentence.start)..token)
        .any(|t| matches!(parsed.lower(t), "not" | "n't" | "nor" | "never" | "cannot"))
}

/// "Its troops did not fire", "our units delivered no strikes": somebody says that those on their own side did not do it.
fn own_side_did_not(case: &Case<'_>) -> Vec<Range<TokenId>> {
    const REACH: usize = 6;
    let parsed = &case.marked.parsed;
    let negated = case.events.iter().filter(|e| e.kind == EventKind::Attack && e.standing == Standing::Negated);
    let said = negated.filter(|e| case.speech.voice_at(case.span_of(e.tokens.clone())).0 != NARRATOR);
    said.filter_map(|event| {
        let sentence = parsed.sentence_tokens(event.head);
        let from = event.tokens.start.saturating_sub(REACH).max(sentence.start);
        let own = |t: &TokenId| matches!(parsed.lower(*t), "our" | "its" | "their");
        (from..event.tokens.start).find(own).map(|t| t..event.tokens.end)
    })
    .collect()
}

/// "Syria's denials that …", "his denial of the attack": the noun with who denies or what.
fn is_denial(case: &Case<'_>, token: TokenId) -> bool {
    let parsed = &case.marked.parsed;
    let sentence = parsed.sentence_tokens(token);
    parsed.lemma(token) == "denial"
        && parsed.upos(token) == Upos::Noun
        && token + 1 < sentence.end
        && matches!(parsed.lower(token + 1), "that" | "of")
}

/// "No drone was flown over the town", "it is a fabrication" in the mouth of one of the voices.
fn said_untrue(case: &Case<'_>) -> Vec<Range<TokenId>> {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let said = |tokens: &Range<TokenId>| case.speech.voice_at(case.span_of(tokens.clone())).0 != NARRATOR;
    let all = 0..parsed.syntax.len();
    let no_weapon = marked.hits_in(all.clone(), "weapon").filter_map(|(hit, entry)| {
        let start = hit.tokens.start.checked_sub(1).filter(|&t| parsed.lower(t) == "no")?;
        (!entry.has("weak")).then(|| start..hit.tokens.end)
    });
    let untrue = marked.hits_in(all, "accusation").filter(|(_, e)| e.value == "untrue").map(|(hit, _)| hit.tokens.clone());
    no_weapon.chain(untrue).filter(said).collect()
}
