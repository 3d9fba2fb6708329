//! One voice tells of an attack, another denies it.

use super::{Contradiction, Severity};
use crate::incident::denial::denials;
use crate::incident::{Case, Incident};
use crate::span::Span;
use crate::text::TokenId;
use std::ops::Range;

/// Denials of what the report tells, each with the words that tell it.
pub(super) fn find(case: &Case<'_>, incidents: &[Incident]) -> Vec<Contradiction> {
    let marked = case.marked;
    let mut found = denials(case, 0..marked.parsed.syntax.len());
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
