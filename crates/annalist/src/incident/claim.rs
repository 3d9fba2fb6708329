//! Claims: somebody says something about one field, in one exact span.

use super::{Case, Incident};
use crate::score::Choice;
use crate::span::Span;
use crate::speech::{SpeechForm, VoiceId};
use serde_json::Value;
use std::ops::Range;

/// How words are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In somebody's own words, within quotation marks.
    DirectQuote,
    /// As what somebody said.
    Indirect,
    /// In the report's own voice.
    Narrator,
}

impl Form {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Form::DirectQuote => "direct_quote",
            Form::Indirect => "indirect",
            Form::Narrator => "narrator",
        }
    }
}

/// Whether the value is asserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Said to be so.
    Asserted,
    /// Said not to be so.
    Denied,
    /// Said to be unsure.
    Doubted,
}

impl Polarity {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Polarity::Asserted => "asserted",
            Polarity::Denied => "denied",
            Polarity::Doubted => "doubted",
        }
    }
}

/// Somebody says something about one field of one incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The field: `mode`, `killed`, `people.outcome`, …
    pub field: &'static str,
    /// The value, in the shape of the field.
    pub value: Value,
    /// The words.
    pub span: Span,
    /// Their tokens.
    pub tokens: Range<usize>,
    /// Who says it.
    pub voice: VoiceId,
    /// How the words are given.
    pub form: Form,
    /// Whether it is asserted.
    pub polarity: Polarity,
    /// Id of the rule that found it.
    pub rule: String,
    /// How sure the rule is, 0 to 1.
    pub score: f64,
}

impl Incident {
    /// Says how likely a choice is right on the claims that carry it.
    pub(super) fn trust(&mut self, field: &str, value: Option<&Value>, choice: &Choice) {
        let rounded = (choice.probability * 100.0).round() / 100.0;
        let carries = |c: &&mut Claim| c.field == field && value.is_none_or(|v| *v == c.value);
        self.claims.iter_mut().filter(carries).for_each(|c| c.score = rounded);
    }

    /// Adds a claim on the words of some tokens; who says them follows from where they stand.
    pub(super) fn claim(
        &mut self,
        case: &Case<'_>,
        field: &'static str,
        value: Value,
        tokens: Range<usize>,
        rule: &str,
    ) {
        let span = case.span(tokens.clone());
        let (voice, form) = case.speech.voice_at(span);
        let claim = Claim {
            field,
            value,
            span,
            tokens,
            voice,
            form: match form {
                Some(SpeechForm::Direct) => Form::DirectQuote,
                Some(SpeechForm::Indirect) => Form::Indirect,
                None => Form::Narrator,
            },
            polarity: Polarity::Asserted,
            rule: rule.to_owned(),
            score: 0.8,
        };
        // The same claim comes again from words near by, if at all.
        const LOOK_BACK: usize = 64;
        let known = self.claims.iter().rev().take(LOOK_BACK).any(|c| {
            c.field == claim.field && c.span == claim.span && c.value == claim.value && c.rule == claim.rule
        });
        if !known {
            self.claims.push(claim);
        }
    }
}
