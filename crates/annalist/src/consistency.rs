//! consistency: here are incidents, voices and claims, what cannot both be true?

use crate::incident::{Case, Incident};
use crate::span::Span;

/// Places of the text that do not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// A value of the `contradiction_kind` list.
    pub kind: &'static str,
    /// Both cannot be true, or it only needs a look.
    pub severity: Severity,
    /// The words.
    pub spans: Vec<Span>,
    /// What is wrong, for a person.
    pub note: String,
}

/// How bad a contradiction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Both cannot be true.
    Hard,
    /// Needs a look.
    Soft,
}

/// All contradictions of one document, in order of their first words.
pub fn find(_case: &Case<'_>, _incidents: &[Incident]) -> Vec<Contradiction> {
    Vec::new()
}
