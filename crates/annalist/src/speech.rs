//! speech: here are sentences and persons, who says what in which words?

use crate::span::Span;
use crate::text::TokenId;
use std::ops::Range;

/// Somebody who says something; number 0 is the narrator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// A value of the `voice_kind` list.
    pub kind: String,
    /// Full name.
    pub name: Option<String>,
    /// Office or description in the words of the text.
    pub role: Option<String>,
    /// Of which place or body.
    pub of: Option<String>,
    /// Through what: Telegram, a press conference, another outlet.
    pub channel: Option<String>,
}

/// Number of a voice in [`Speech::voices`].
pub type VoiceId = usize;

/// The narrator's number.
pub const NARRATOR: VoiceId = 0;

/// How words are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechForm {
    /// In quotation marks.
    Direct,
    /// "X said that …", "according to X".
    Indirect,
}

/// Words ascribed to a voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// Who says it.
    pub voice: VoiceId,
    /// How the words are given.
    pub form: SpeechForm,
    /// What is said: inside the quotation marks, or the clause ascribed.
    pub content: Span,
    /// The word or phrase that ascribes ("said", "according to"); none for a quote without one.
    pub cue: Option<Range<TokenId>>,
    /// The rule that found it.
    pub rule: &'static str,
}

/// All voices and all words ascribed to them.
#[derive(Clone, Debug, Default)]
pub struct Speech {
    /// Voices; the first is the narrator.
    pub voices: Vec<Voice>,
    /// Ascribed words, in order of their content.
    pub attributions: Vec<Attribution>,
}

impl Speech {
    /// Who says the words at `span`, and how: the narrowest ascription that covers it, else the narrator.
    pub fn voice_at(&self, span: Span) -> (VoiceId, Option<SpeechForm>) {
        self.attributions
            .iter()
            .filter(|a| a.content.contains(span))
            .min_by_key(|a| a.content.len())
            .map_or((NARRATOR, None), |a| (a.voice, Some(a.form)))
    }
}
