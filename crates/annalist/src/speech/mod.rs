//! speech: here are sentences and persons, who says what in which words?

mod ascription;
mod cue;
mod marks;
mod same;
mod voice;

use crate::bundle::{Bundle, DataError};
use crate::lexicon::{Hit, Lexicon};
use crate::mention::person::PersonMention;
use crate::mention::place::PlaceMention;
use crate::mention::word::{Flags, Words};
use crate::span::Span;
use crate::syntax::{Deprel, Parsed, Upos};
use crate::text::{TokenId, TokenKind};
use cue::{Cue, CueFinder, CueKind, Speaker, Who};
use marks::{Quotation, QuotationEnd};
use std::collections::HashMap;
use std::ops::Range;
use voice::Voices;

pub use ascription::{Ascription, AscriptionFinder};

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
        // Nothing that starts behind the span covers it, and what covers it started not long before.
        const LOOK_BACK: usize = 512;
        let end = self.attributions.partition_point(|a| a.content.start() <= span.start());
        self.attributions[end.saturating_sub(LOOK_BACK)..end]
            .iter()
            .filter(|a| a.content.contains(span))
            .min_by_key(|a| a.content.len())
            .map_or((NARRATOR, None), |a| (a.voice, Some(a.form)))
    }
}

/// Finds voices and the words ascribed to them.
///
/// # Example
/// ```
/// # use annalist::{Bundle, speech::SpeechFinder};
/// let finder = SpeechFinder::new(&Bundle::embedded())?;
/// # let _ = finder;
/// # Ok::<(), annalist::DataError>(())
/// ```
pub struct SpeechFinder {}

impl SpeechFinder {
    /// Checks that the lists the finder lives on are in the bundle.
    ///
    /// # Errors
    /// When a list is missing: without verbs of saying nobody would ever speak, and silently.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        for list in ["office", "organisation", "say-verb", "attribution", "speech-word"] {
            let path = format!("lang/en/{list}.tsv");
            if bundle.get(&path).is_none() {
                return Err(DataError::new(&path, 0, "the finder of speech needs this list"));
            }
        }
        Ok(SpeechFinder {})
    }

    /// All voices and all words ascribed to them.
    pub fn find(
        &self,
        parsed: &Parsed<'_>,
        persons: &[PersonMention],
        hits: &[Hit],
        lexicon: &Lexicon,
        places: &[PlaceMention],
    ) -> Speech {
        let words = Words::new(parsed, hits, lexicon, places);
        let quotes = quotes(parsed);
        let finder = CueFinder::new(&words, persons);
        let (cues, by_sentence) = cues(&finder, parsed);
        let mut scene = Scene { words: &words, finder: &finder, cues, by_sentence, quotes };
        scene.drop_cues_in_quotes();
        scene.speech()
    }
}

/// A quotation with its tokens.
struct Quote {
    mark: Quotation,
    /// Tokens of the content.
    tokens: Range<TokenId>,
}

fn quotes(parsed: &Parsed<'_>) -> Vec<Quote> {
    // Where there are no tokens there is nothing to quote.
    if parsed.text.tokens().is_empty() {
        return Vec::new();
    }
    let mut steps = 0;
    marks::pair(parsed.document, &mut steps)
        .into_iter()
        .filter_map(|mark| {
            let tokens = parsed.text.tokens_in(mark.content);
            (!tokens.is_empty()).then_some(Quote { mark, tokens })
        })
        .collect()
}

/// All cues in order, and for every sentence where its cues stand.
fn cues(finder: &CueFinder<'_, '_>, parsed: &Parsed<'_>) -> (Vec<Cue>, Vec<Range<usize>>) {
    let mut cues = Vec::new();
    let mut by_sentence = Vec::with_capacity(parsed.text.sentences().len());
    for sentence in parsed.text.sentences() {
        let start = cues.len();
        finder.find(sentence.tokens.clone(), &mut cues);
        by_sentence.push(start..cues.len());
    }
    (cues, by_sentence)
}

/// Who is taken to have said a quotation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Choice {
    /// The speaker of a cue.
    Cue(usize, &'static str),
    /// Whoever spoke last in the paragraph or just before.
    Last(&'static str),
    /// Nobody that can be told, though words they are.
    Nobody,
    /// No quotation: a name, a term, a sneer.
    Drop,
}

struct Scene<'s, 'w, 'a> {
    words: &'s Words<'a>,
    finder: &'s CueFinder<'w, 'a>,
    cues: Vec<Cue>,
    by_sentence: Vec<Range<usize>>,
    quotes: Vec<Quote>,
}

impl Scene<'_, '_, '_> {
    /// Words quoted speak for their speaker: a verb of saying inside them makes nobody a voice of the report.
    fn drop_cues_in_quotes(&mut self) {
        const FRAGMENT: usize = 4;
        let mut inside = vec![false; self.words.len()];
        for quote in self.quotes.iter().filter(|q| q.tokens.len() > FRAGMENT) {
            inside[quote.tokens.clone()].fill(true);
        }
        let mut kept = Vec::with_capacity(self.cues.len());
        let old = std::mem::take(&mut self.cues);
        let mut old = old.into_iter();
        for range in &mut self.by_sentence {
            let start = kept.len();
            kept.extend(old.by_ref().take(range.len()).filter(|c| !inside[c.tokens.start]));
            *range = start..kept.len();
        }
        self.cues = kept;
    }

    fn speech(&self) -> Speech {
        let choices: Vec<Choice> = self.quotes.iter().map(|q| self.choose(q)).collect();
        let contents: Vec<Vec<Span>> = (0..self.cues.len()).map(|c| self.contents(c)).collect();
        let mut used: Vec<bool> = contents.iter().map(|c| !c.is_empty()).collect();
        for choice in &choices {
            if let Choice::Cue(cue, _) = choice {
                used[*cue] = true;
            }
        }
        self.wake_last(&choices, &mut used);
        let mut quoted = vec![false; self.words.len()];
        for quote in &self.quotes {
            quoted[quote.tokens.clone()].fill(true);
        }
        let mut voices = Voices::new(self.words, self.finder, &quoted);
        let mut by_cue = vec![None; self.cues.len()];
        for (n, cue) in self.cues.iter().enumerate() {
            if used[n] {
                by_cue[n] = voices.of_cue(cue);
            } else {
                voices.notice(cue);
            }
        }
        let mut attributions = Vec::new();
        for (n, spans) in contents.iter().enumerate() {
            let Some(voice) = by_cue[n] else { continue };
            let cue = &self.cues[n];
            for &content in spans {
                attributions.push(Attribution {
                    voice,
                    form: SpeechForm::Indirect,
                    content,
                    cue: Some(cue.tokens.clone()),
                    rule: cue.rule,
                });
            }
        }
        self.give_quotes(&choices, &by_cue, &mut voices, &mut attributions);
        attributions.sort_by_key(|a| (a.content.start(), a.content.end()));
        let mut speech = Speech { voices: voices.list, attributions };
        same::join(&mut speech);
        speech
    }

    /// "A woman told us. “The first fell …”": the cue before a quotation without one counts, though it ascribes
    /// nothing itself.
    fn wake_last(&self, choices: &[Choice], used: &mut [bool]) {
        let text = self.words.parsed.text;
        for (quote, choice) in self.quotes.iter().zip(choices) {
            if !matches!(choice, Choice::Last(_)) {
                continue;
            }
            let sentence = text.sentence_of(quote.tokens.start);
            let paragraph = text.sentences()[sentence].paragraph;
            let before = self.cues.partition_point(|c| c.tokens.start < quote.tokens.start);
            let Some(cue) = before.checked_sub(1) else { continue };
            let near = &text.sentences()[text.sentence_of(self.cues[cue].tokens.start)];
            let strong = self.cues[cue].strong && self.cues[cue].kind == CueKind::Verb;
            if strong && near.paragraph == paragraph && !matches!(self.cues[cue].speaker.who, Who::Noun(_)) {
                used[cue] = true;
            }
        }
    }

    /// Gives every quotation its voice.
    fn give_quotes(
        &self,
        choices: &[Choice],
        by_cue: &[Option<VoiceId>],
        voices: &mut Voices<'_, '_, '_>,
        attributions: &mut Vec<Attribution>,
    ) {
        let mut last: Option<(usize, VoiceId)> = None;
        let repeated = self.repeated(choices);
        for (n, (quote, choice)) in self.quotes.iter().zip(choices).enumerate() {
            let again = repeated.get(&n).and_then(|&cue| by_cue[cue]);
            let (voice, cue, rule) = match *choice {
                Choice::Drop => continue,
                _ if again.is_some() => (again, None, "en.speech.repeated"),
                Choice::Nobody => (None, None, "en.speech.unascribed"),
                Choice::Cue(cue, rule) => (by_cue[cue], Some(self.cues[cue].tokens.clone()), rule),
                Choice::Last(rule) => (self.last_voice(quote, by_cue, last), None, rule),
            };
            let voice = match voice {
                Some(voice) => voice,
                None => voices.unknown(),
            };
            last = Some((quote.tokens.end, voice));
            attributions.push(Attribution {
                voice,
                form: SpeechForm::Direct,
                content: quote.mark.content,
                cue,
                rule,
            });
        }
    }

    /// For quotations that nothing ascribes, as in headlines, the cue of the quotation that has the same words.
    fn repeated(&self, choices: &[Choice]) -> HashMap<usize, usize> {
        const WORDS_MIN: usize = 3;
        const QUOTES_MAX: usize = 64;
        let plain = |quote: &Quote| {
            let words: Vec<&str> = quote
                .tokens
                .clone()
                .filter(|&t| self.words.parsed.text.tokens()[t].kind != TokenKind::Mark)
                .map(|t| self.words.parsed.lower(t))
                .collect();
            format!(" {} ", words.join(" "))
        };
        let quotes = || self.quotes.iter().zip(choices).enumerate().take(QUOTES_MAX);
        let ascribed: Vec<(usize, String)> = quotes()
            .filter_map(|(_, (quote, choice))| match choice {
                Choice::Cue(cue, _) => Some((*cue, plain(quote))),
                _ => None,
            })
            .collect();
        quotes()
            .filter(|(_, (quote, choice))| {
                matches!(choice, Choice::Last(_) | Choice::Nobody)
                    && quote.tokens.len() >= WORDS_MIN
                    && self.is_heading(quote)
            })
            .filter_map(|(n, (quote, _))| {
                let own = plain(quote);
                ascribed.iter().find(|(_, words)| words.contains(&own)).map(|(cue, _)| (n, *cue))
            })
            .collect()
    }

    /// Whether a quotation stands in a short paragraph of one sentence.
    fn is_heading(&self, quote: &Quote) -> bool {
        const LONGEST: usize = 30;
        let sentences = self.words.parsed.text.sentences();
        let own = self.words.parsed.text.sentence_of(quote.tokens.start);
        let same = |other: Option<usize>| {
            other.and_then(|n| sentences.get(n)).is_some_and(|s| s.paragraph == sentences[own].paragraph)
        };
        sentences[own].tokens.len() <= LONGEST && !same(own.checked_sub(1)) && !same(Some(own + 1))
    }

    /// The voice heard last before a quotation: in a quotation or by a cue, whichever is nearer.
    fn last_voice(
        &self,
        quote: &Quote,
        by_cue: &[Option<VoiceId>],
        last: Option<(usize, VoiceId)>,
    ) -> Option<VoiceId> {
        const CUES: usize = 12;
        let before = self.cues.partition_point(|c| c.tokens.start < quote.tokens.start);
        let nearest =
            (0..before).rev().take(CUES).find_map(|n| by_cue[n].map(|v| (self.cues[n].tokens.end, v)));
        match (nearest, last) {
            (Some((at, voice)), Some((end, _))) if at > end => Some(voice),
            (_, Some((_, voice))) => Some(voice),
            (Some((_, voice)), None) => Some(voice),
            (None, None) => None,
        }
    }

    // --- quotations ---

    fn choose(&self, quote: &Quote) -> Choice {
        let words = self.words;
        let name_like = self.is_name_like(quote);
        let before = self.cue_before(quote);
        // "… said it “does not bomb schools”; Dorin said": what governs the fragment comes first.
        let governed = before.is_some_and(|(_, gap)| gap <= 1)
            && !self.ends_like_speech(quote)
            && !words.at(quote.tokens.end + 1, ",");
        let tag = self.tag_after(quote).filter(|_| !governed && (!name_like || self.ends_like_speech(quote)));
        if let Some(cue) = tag {
            let first = before.map(|(first, _)| first).filter(|&first| self.passes_on(cue, first));
            let cue = first.unwrap_or(cue);
            return Choice::Cue(cue, self.quote_rule(cue));
        }
        if let Some((cue, gap)) = before {
            // "Called “Calm Winter”": verbs that name give names.
            let named = name_like && (gap > 1 || !self.cues[cue].strong);
            if named || self.is_term(quote, cue) {
                return Choice::Drop;
            }
            return Choice::Cue(cue, self.quote_rule(cue));
        }
        if name_like {
            return Choice::Drop;
        }
        if let Some(cue) = self.cue_after(quote).or_else(|| self.cue_around(quote)) {
            return Choice::Cue(cue, self.quote_rule(cue));
        }
        let unclosed = quote.mark.end == QuotationEnd::Unclosed;
        let spoken = self.ends_like_speech(quote) && quote.tokens.len() >= 3;
        if quote.mark.continues {
            return Choice::Last("en.speech.continued");
        }
        if unclosed || !spoken && quote.tokens.len() < 5 && !self.is_clause(quote) {
            return Choice::Drop;
        }
        let sentence = words.parsed.text.sentence_of(quote.tokens.start);
        let starts = words.parsed.text.sentences()[sentence].tokens.start + 1 >= quote.tokens.start;
        if spoken || starts || self.spoke_before(sentence) {
            return Choice::Last("en.speech.same-speaker");
        }
        Choice::Nobody
    }

    /// "X said the fighters had come “…,” Reuters reported": the outlet at the end passes on what X said.
    fn passes_on(&self, tag: usize, first: usize) -> bool {
        let outlet = |n: usize| match &self.cues[n].speaker.who {
            Who::Body(hit) => self.words.lexicon.entry(hit.entry).value == "media",
            _ => false,
        };
        let sentence = |n: usize| self.words.parsed.text.sentence_of(self.cues[n].tokens.start);
        outlet(tag) && !outlet(first) && self.cues[first].strong && sentence(tag) == sentence(first)
    }

    /// Whether the sentence before, of the same paragraph, ascribes what it says.
    fn spoke_before(&self, sentence: usize) -> bool {
        let sentences = self.words.parsed.text.sentences();
        let Some(before) = sentence.checked_sub(1) else { return false };
        sentences[before].paragraph == sentences[sentence].paragraph
            && self.by_sentence[before].clone().any(|c| self.cues[c].strong)
    }

    fn quote_rule(&self, cue: usize) -> &'static str {
        self.cues[cue].rule
    }

    /// Ends with a mark that only whole utterances have inside the quotation marks.
    fn ends_like_speech(&self, quote: &Quote) -> bool {
        quote.mark.content.of(self.words.parsed.document.text()).ends_with(['.', ',', '!', '?', '…', ';'])
    }

    /// A few capitalised words or codes: "Smerch", "FAB-250", "Day in Figures".
    fn is_name_like(&self, quote: &Quote) -> bool {
        const LONGEST: usize = 7;
        let words = self.words;
        if quote.tokens.len() > LONGEST || quote.tokens.len() > 3 && self.ends_like_speech(quote) {
            return false;
        }
        let tokens = words.parsed.text.tokens();
        let counted =
            |t: &TokenId| tokens[*t].kind == TokenKind::Word && !words.is(*t, Flags::PREP.or(Flags::DET));
        let capitals = quote.tokens.clone().filter(|t| counted(t) && words.capital(*t)).count();
        let all = quote.tokens.clone().filter(counted).count();
        capitals == all
    }

    /// A term that a verb gives to a thing and nobody speaks: called "…" the type, followed by its noun.
    fn is_term(&self, quote: &Quote, cue: usize) -> bool {
        let words = self.words;
        let short = quote.tokens.len() <= 2 && !self.ends_like_speech(quote);
        let name = short && quote.tokens.clone().all(|t| words.capital(t) || words.at(t, "-"));
        let after = quote.tokens.end + 1;
        let noun_follows = after < words.len()
            && matches!(words.parsed.upos(after), Upos::Noun | Upos::Propn)
            && self.cues[cue].tokens.end + 1 < quote.tokens.start;
        name && noun_follows
    }

    /// The tag right after a quotation: "…,” said X", "…,” X said", "…” – X wrote".
    fn tag_after(&self, quote: &Quote) -> Option<usize> {
        const GAP: usize = 3;
        let words = self.words;
        if quote.mark.end != QuotationEnd::Closed {
            return None;
        }
        let own = words.parsed.text.sentence_of(quote.tokens.end - 1);
        let mut t = quote.tokens.end + 1;
        while t < words.len()
            && t < quote.tokens.end + 4
            && matches!(words.form(t), "," | "–" | "—" | "-" | "--" | ".")
        {
            t += 1;
        }
        if t >= words.len() {
            return None;
        }
        let sentence = words.parsed.text.sentence_of(t);
        let cue = self.by_sentence[sentence].clone().find(|&c| self.cues[c].frame().start >= t)?;
        let frame = self.cues[cue].frame();
        if frame.start - t > GAP
            || self.cues[cue].kind != CueKind::Verb && self.cues[cue].kind != CueKind::Phrase
        {
            return None;
        }
        // A quotation mark between means the tag belongs to the next one.
        if self.quote_between(quote.tokens.end + 1, frame.start) {
            return None;
        }
        if sentence == own {
            return Some(cue);
        }
        // "It is coming!” X shouted." is two sentences to the splitter; so is any quotation followed by news.
        let last = words.form(quote.tokens.end - 1);
        let asks = last.ends_with(['!', '?']);
        let tokens = &words.parsed.text.sentences()[sentence].tokens;
        let rest = tokens.end.saturating_sub(frame.end);
        let goes_on = words.form(tokens.start).starts_with(char::is_lowercase) && frame.start == tokens.start;
        (asks && sentence == own + 1 && (rest <= 8 || goes_on)).then_some(cue)
    }

    fn quote_between(&self, from: TokenId, to: TokenId) -> bool {
        let at = self.quotes.partition_point(|q| q.tokens.start <= from);
        self.quotes.get(at).is_some_and(|q| q.tokens.start < to)
    }

    /// The nearest cue before a quotation in its sentence, or a sentence before that ends in a colon;
    /// with the number of tokens between.
    fn cue_before(&self, quote: &Quote) -> Option<(usize, usize)> {
        let words = self.words;
        let open = quote.tokens.start.saturating_sub(1);
        let sentence = words.parsed.text.sentence_of(quote.tokens.start);
        let before = |n: usize| {
            self.by_sentence[n].clone().rev().find(|&c| {
                let cue = &self.cues[c];
                // A possessor after the noun or a subject after the verb may stand between.
                cue.tokens.end <= open + 1
                    && cue.tokens.start < quote.tokens.start
                    && cue.kind != CueKind::Source
                    && cue.kind != CueKind::Dash
            })
        };
        if let Some(cue) = before(sentence) {
            let gap = open.saturating_sub(self.cues[cue].tokens.end);
            let cue = if gap > 0 { self.told_by(cue, sentence) } else { cue };
            return Some((cue, gap));
        }
        if sentence == 0 || words.parsed.text.sentences()[sentence].tokens.start + 1 < quote.tokens.start {
            return None;
        }
        let earlier = &words.parsed.text.sentences()[sentence - 1];
        let colon = words.at(earlier.tokens.end - 1, ":");
        let cue = colon.then(|| before(sentence - 1)).flatten()?;
        Some((cue, 0))
    }

    /// "X said the minister expected talks on “…”": the words are those of X, who tells what the minister expects.
    fn told_by(&self, cue: usize, sentence: usize) -> usize {
        const SUBJECT: usize = 3;
        let inner = &self.cues[cue];
        if inner.strong || inner.kind != CueKind::Verb {
            return cue;
        }
        let outer = self.by_sentence[sentence].clone().rev().find(|&c| c < cue && self.cues[c].strong);
        let holds = |&outer: &usize| {
            let said = &self.cues[outer];
            let end = said.frame().end;
            said.kind == CueKind::Verb && inner.frame().start >= end && inner.frame().start - end <= SUBJECT
        };
        outer.filter(holds).unwrap_or(cue)
    }

    /// A cue later in the sentence: "the “well-aimed” salvo killed six, the governor said".
    fn cue_after(&self, quote: &Quote) -> Option<usize> {
        let words = self.words;
        let sentence = words.parsed.text.sentence_of(quote.tokens.end - 1);
        self.by_sentence[sentence].clone().find(|&c| {
            let cue = &self.cues[c];
            let mut start = cue.frame().start;
            while start > 0 && words.is(start - 1, Flags::DET) {
                start -= 1;
            }
            let comma = start > 0 && matches!(words.form(start - 1), "," | "–" | "—" | "-");
            cue.tokens.start > quote.tokens.end
                && (comma || cue.kind == CueKind::Dash || cue.kind == CueKind::Phrase)
                && cue.kind != CueKind::Noun
        })
    }

    /// The subject before a quotation says more behind it: "the operator stopped work “until further notice” and says …".
    fn cue_around(&self, quote: &Quote) -> Option<usize> {
        let sentence = self.words.parsed.text.sentence_of(quote.tokens.end - 1);
        self.by_sentence[sentence].clone().find(|&c| {
            let cue = &self.cues[c];
            cue.kind == CueKind::Verb
                && cue.strong
                && cue.tokens.start > quote.tokens.end
                && cue.speaker.tokens.end <= quote.tokens.start
        })
    }

    /// A short clause with a pronoun for its subject: "we counted the shoes".
    fn is_clause(&self, quote: &Quote) -> bool {
        const SHORTEST: usize = 3;
        let parsed = &self.words.parsed;
        quote.tokens.len() >= SHORTEST
            && quote.tokens.clone().any(|t| {
                parsed.upos(t) == Upos::Pron
                    && parsed.deprel(t).is_a(Deprel::Nsubj)
                    && parsed.head(t).is_some_and(|v| quote.tokens.contains(&v))
            })
    }

    // --- indirect speech ---

    /// What a cue ascribes outside quotation marks.
    fn contents(&self, number: usize) -> Vec<Span> {
        let cue = &self.cues[number];
        let words = self.words;
        let sentence = words.parsed.sentence_tokens(cue.tokens.start);
        let frame = cue.frame();
        if matches!(cue.speaker.who, Who::Noun(_)) || !cue.strong && self.is_bystander(&cue.speaker) {
            return Vec::new();
        }
        match cue.kind {
            CueKind::Noun => Vec::new(),
            CueKind::Label => self.span(self.label_reach(number, cue.tokens.end)),
            CueKind::Dash => self.span(sentence.start..frame.start),
            CueKind::Source => self.span(cue.tokens.end..sentence.end),
            CueKind::Phrase if !cue.strong => Vec::new(),
            CueKind::Phrase => {
                let lead = frame.start <= sentence.start + 1
                    || words.at(frame.start - 1, ",") && frame.start - sentence.start <= 4;
                if lead {
                    self.span(frame.end..self.clause_end(number, frame.end, sentence.end))
                } else {
                    self.span(self.clause_start(number, sentence.start)..frame.start)
                }
            }
            CueKind::Verb => self.verb_contents(number, sentence),
        }
    }

    /// "Residents fear …", "the man pledged …": people in general who only feel or expect are no voices.
    fn is_bystander(&self, speaker: &Speaker) -> bool {
        match &speaker.who {
            Who::Described(phrase) => phrase.describes(),
            Who::Person(p) => {
                let mention = &self.finder.persons[*p];
                mention.name.is_none() && mention.office.is_none()
            }
            _ => false,
        }
    }

    fn label_reach(&self, number: usize, from: TokenId) -> Range<TokenId> {
        let words = self.words;
        let sentence = words.parsed.text.sentence_of(self.cues[number].tokens.start);
        let paragraph = words.parsed.text.sentences()[sentence].paragraph;
        let last = words.parsed.text.sentences()[sentence..]
            .iter()
            .take(12)
            .take_while(|s| s.paragraph == paragraph)
            .last()
            .map_or(from, |s| s.tokens.end);
        from..last.max(from)
    }

    fn verb_contents(&self, number: usize, sentence: Range<TokenId>) -> Vec<Span> {
        /// "Air strikes killed four people the monitor said": agencies drop the comma.
        const BARE_MIN: usize = 5;
        let words = self.words;
        let cue = &self.cues[number];
        let frame = cue.frame();
        let inverted = cue.speaker.tokens.start > cue.tokens.start;
        let after = if inverted { cue.speaker.tokens.end } else { cue.tokens.end };
        let end = self.clause_end(number, after, sentence.end);
        let tail = self.after_adjuncts(after, end);
        let starts_clause = tail < end && self.starts_clause(tail);
        let has_that = tail < end && words.parsed.lower(tail) == "that";
        let colon = tail < end && words.at(tail, ":");
        if !cue.strong && !has_that && !colon && !self.has_clause(cue.tokens.start) {
            return Vec::new();
        }
        let start = self.phrase_start(frame.start, sentence.start);
        let set_off = start > sentence.start
            && matches!(words.form(start - 1), "," | "–" | "—" | "-" | "”" | "\"" | "’" | "»");
        let lead = self.clause_start(number, sentence.start);
        let lead_length = start.saturating_sub(lead);
        // "On Tuesday, the police said two people died": a short lead with a full clause behind the verb.
        let behind_all = !set_off && tail >= end;
        let bare =
            behind_all && cue.strong && !inverted && lead_length >= BARE_MIN && self.is_whole(lead..start);
        if bare {
            return self.span(lead..start);
        }
        let postposed =
            inverted && set_off || set_off && lead_length >= 4 && !starts_clause && !has_that && !colon;
        if postposed {
            let mut spans = self.span(lead..start - 1);
            if tail < end && end - tail > 3 && words.at(tail, ",") {
                spans.extend(self.span(tail + 1..end));
            }
            return spans;
        }
        let from = if has_that || colon { tail + 1 } else { tail };
        if from >= end || end - from < 2 {
            return Vec::new();
        }
        self.span(from..end)
    }

    /// Whether some words have a verb with a subject: "air strikes killed four people".
    fn is_whole(&self, tokens: Range<TokenId>) -> bool {
        let parsed = &self.words.parsed;
        tokens.clone().any(|t| {
            parsed.deprel(t).is_a(Deprel::Nsubj)
                && parsed.head(t).is_some_and(|v| tokens.contains(&v) && parsed.upos(v) == Upos::Verb)
        })
    }

    /// Back over article and modifiers to where a noun phrase starts.
    fn phrase_start(&self, from: TokenId, first: TokenId) -> TokenId {
        const REACH: usize = 6;
        let words = self.words;
        let mut start = from;
        while start > first && from - start < REACH {
            let t = start - 1;
            let modifier = words.is(t, Flags::DET)
                || matches!(words.parsed.upos(t), Upos::Adj | Upos::Noun | Upos::Propn)
                || words.parsed.lower(t) == "'s";
            if !modifier {
                break;
            }
            start = t;
        }
        start
    }

    /// Over "on Telegram", "in a statement", "reporters", "on Tuesday" after a verb of saying.
    fn after_adjuncts(&self, at: TokenId, end: TokenId) -> TokenId {
        let words = self.words;
        let mut t = at;
        let mut last_good = at;
        while t < end && t - at < 10 {
            if words.parsed.lower(t) == "that" || words.at(t, ":") {
                return t;
            }
            let small = words.is(t, Flags::CHANNEL.or(Flags::SKIP).or(Flags::NEVER).or(Flags::PRONOUN_I));
            let lead = words.is(t, Flags::PREP)
                && (t + 1..end.min(t + 5)).any(|i| words.is(i, Flags::CHANNEL.or(Flags::NEVER)));
            let media = words
                .office(t)
                .or(words.organisation(t))
                .is_some_and(|h| words.lexicon.entry(h.entry).value == "media");
            let filler = words.is(t, Flags::DET) || words.parsed.text.tokens()[t].kind == TokenKind::Number;
            if small || media {
                last_good = t + 1;
            } else if !(lead || filler && t > last_good) {
                break;
            }
            t += 1;
        }
        last_good
    }

    /// Whether words behind a verb of saying look like what is said rather than like when and where.
    fn starts_clause(&self, t: TokenId) -> bool {
        let words = self.words;
        let mark = words.parsed.text.tokens()[t].kind == TokenKind::Mark;
        !mark
            && !words.is(t, Flags::PREP)
            && !matches!(words.parsed.lower(t), "and" | "but" | "as" | "while" | "when" | "after")
    }

    /// Whether the tree gives the verb a clause.
    fn has_clause(&self, verb: TokenId) -> bool {
        let parsed = &self.words.parsed;
        self.words.tagged() && parsed.children(verb).any(|c| parsed.deprel(c).is_a(Deprel::Ccomp))
    }

    /// Where what is said ends: before the frame of the next cue that is set off, else with the sentence.
    fn clause_end(&self, number: usize, from: TokenId, end: TokenId) -> TokenId {
        let words = self.words;
        let sentence = words.parsed.text.sentence_of(self.cues[number].tokens.start);
        let next = self.by_sentence[sentence]
            .clone()
            .filter(|&c| c > number && self.cues[c].tokens.start >= from)
            .map(|c| &self.cues[c])
            .find(|c| !matches!(c.kind, CueKind::Noun));
        let mut stop = end;
        if let Some(next) = next {
            let start = next.frame().start;
            // "…, while officials in Poltava said …": the conjunction goes too.
            if start > from {
                stop = start;
                while stop > from
                    && (words.parsed.text.tokens()[stop - 1].kind == TokenKind::Mark
                        || words.is(stop - 1, Flags::BOUNDARY) && words.parsed.lower(stop - 1) != "that")
                {
                    stop -= 1;
                }
            }
        }
        while stop > from && words.parsed.text.tokens()[stop - 1].kind == TokenKind::Mark {
            stop -= 1;
        }
        stop
    }

    /// Where a clause before its cue starts: after the frame of the cue before, else with the sentence.
    fn clause_start(&self, number: usize, start: TokenId) -> TokenId {
        let words = self.words;
        let sentence = words.parsed.text.sentence_of(self.cues[number].tokens.start);
        let before = self.by_sentence[sentence].clone().rev().find(|&c| {
            c < number
                && self.cues[c].frame().end <= self.cues[number].frame().start
                && self.cues[c].kind == CueKind::Verb
        });
        let Some(before) = before else { return start };
        let end = self.cues[before].frame().end;
        // Past the clause of the cue before, to the comma that opens this one.
        let here = self.cues[number].frame().start;
        (end..here).find(|&t| words.at(t, ",") || words.at(t, ";")).map_or(start, |t| (t + 1).min(here))
    }

    /// The bytes of some tokens without marks at either end; nothing when nothing is left.
    fn span(&self, mut tokens: Range<TokenId>) -> Vec<Span> {
        let parsed = &self.words.parsed;
        // Signs of money and number belong to the words.
        let mark = |t: TokenId| {
            parsed.text.tokens()[t].kind == TokenKind::Mark
                && !matches!(parsed.form(t), "$" | "€" | "£" | "#" | "%")
        };
        while tokens.start < tokens.end && mark(tokens.start) {
            tokens.start += 1;
        }
        while tokens.start < tokens.end && mark(tokens.end - 1) {
            tokens.end -= 1;
        }
        if tokens.start < tokens.end { vec![parsed.text.span_of(tokens)] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests;
