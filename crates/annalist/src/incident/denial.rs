//! Where somebody denies an attack.

use super::Case;
use crate::event::{EventKind, Standing};
use crate::speech::NARRATOR;
use crate::syntax::Upos;
use crate::text::TokenId;
use std::ops::Range;

/// The words that deny an attack among some tokens, in order: verbs and nouns of denial, what somebody says that their own
/// side did not do, what they call invented.
pub(crate) fn denials(case: &Case<'_>, tokens: Range<TokenId>) -> Vec<Range<TokenId>> {
    let by_word = tokens.clone().filter(|&t| denies(case, t) || is_denial(case, t)).map(|t| t..t + 1);
    let said = [own_side_did_not(case, &tokens), said_untrue(case, &tokens)].concat();
    let mut found: Vec<Range<TokenId>> = by_word.chain(said).collect();
    found.sort_by_key(|t| (t.start, t.end));
    found
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
        entry.value == "charge"
            || entry.value == "untrue"
            || accusation.tokens.start == after.start
                && (entry.value == "all" || marked.parsed.lemma(token) == "deny")
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
fn own_side_did_not(case: &Case<'_>, tokens: &Range<TokenId>) -> Vec<Range<TokenId>> {
    const REACH: usize = 6;
    let parsed = &case.marked.parsed;
    let events = case.events[case.events_in(tokens)].iter();
    let negated = events.filter(|e| e.kind == EventKind::Attack && e.standing == Standing::Negated);
    let said = negated.filter(|e| case.speech.voice_at(case.span(e.tokens.clone())).0 != NARRATOR);
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
fn said_untrue(case: &Case<'_>, tokens: &Range<TokenId>) -> Vec<Range<TokenId>> {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let said = |tokens: &Range<TokenId>| case.speech.voice_at(case.span(tokens.clone())).0 != NARRATOR;
    let no_weapon = marked.hits_in(tokens.clone(), "weapon").filter_map(|(hit, entry)| {
        let start = hit.tokens.start.checked_sub(1).filter(|&t| parsed.lower(t) == "no")?;
        (!entry.has("weak")).then_some(start..hit.tokens.end)
    });
    let untrue = marked
        .hits_in(tokens.clone(), "accusation")
        .filter(|(_, e)| e.value == "untrue")
        .map(|(hit, _)| hit.tokens.clone());
    no_weapon.chain(untrue).filter(said).collect()
}
