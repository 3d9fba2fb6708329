//! Words that ascribe: verbs of saying, "according to", "the governor's account", labels. Each with its speaker.

use crate::lexicon::Hit;
use crate::mention::person::{OfficePhrase, PersonForm, PersonMention, is_plural, office_phrase};
use crate::mention::word::{Flags, PRONOUN, Words};
use crate::syntax::{Deprel, Upos};
use crate::text::{TokenId, TokenKind};
use std::ops::Range;

/// Somebody to whom words are ascribed, as found at one place of the text.
#[derive(Clone, Debug)]
pub(crate) struct Speaker {
    pub(crate) tokens: Range<TokenId>,
    pub(crate) who: Who,
}

/// What a speaker is.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// A person: number of the mention.
    Person(usize),
    /// A body of the organisation list: number of the hit's first token.
    Body(Hit),
    /// Several persons, or one described: "residents", "members of the committee".
    Described(OfficePhrase),
    /// A capitalised name of unknown kind.
    Named(Range<TokenId>),
    /// "They", "it": the body or the group that spoke last.
    Pronoun,
    /// "One of them": somebody of several, without a name.
    Someone,
    /// "The message read": whoever spoke last.
    Last,
    /// A noun of no list before a verb that cannot but ascribe.
    Noun(Range<TokenId>),
}

/// What kind of words ascribe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CueKind {
    /// A verb with its subject.
    Verb,
    /// A phrase before the speaker.
    Phrase,
    /// A noun that the speaker owns.
    Noun,
    /// "X:" at the head of a line, "Quote from X:".
    Label,
    /// "… – mayor" at the end.
    Dash,
    /// "Source: …".
    Source,
}

/// Words that ascribe something to somebody.
#[derive(Clone, Debug)]
pub(crate) struct Cue {
    pub(crate) tokens: Range<TokenId>,
    pub(crate) kind: CueKind,
    /// Ascribes without a quotation.
    pub(crate) strong: bool,
    pub(crate) speaker: Speaker,
    pub(crate) rule: &'static str,
}

impl Cue {
    /// Cue and speaker together.
    pub(crate) fn frame(&self) -> Range<TokenId> {
        self.tokens.start.min(self.speaker.tokens.start)..self.tokens.end.max(self.speaker.tokens.end)
    }
}

/// Looks for cues in sentences.
pub(crate) struct CueFinder<'w, 'a> {
    pub(crate) words: &'w Words<'a>,
    pub(crate) persons: &'w [PersonMention],
    /// For every token the mention that covers it, counted from 1.
    person_at: Vec<u32>,
}

impl<'w, 'a> CueFinder<'w, 'a> {
    pub(crate) fn new(words: &'w Words<'a>, persons: &'w [PersonMention]) -> Self {
        let mut person_at = vec![0; words.len()];
        for (n, person) in persons.iter().enumerate() {
            for slot in &mut person_at[person.tokens.clone()] {
                // A named mention wins over the bare office inside it.
                if *slot == 0 || person.form == PersonForm::Name {
                    *slot = n as u32 + 1;
                }
            }
        }
        CueFinder { words, persons, person_at }
    }

    /// The number of the mention that covers a token.
    pub(crate) fn person(&self, token: TokenId) -> Option<usize> {
        self.person_at.get(token).and_then(|&n| (n as usize).checked_sub(1))
    }

    /// Every cue of one sentence, in order.
    pub(crate) fn find(&self, sentence: Range<TokenId>, out: &mut Vec<Cue>) {
        let base = out.len();
        if self.source_line(sentence.clone(), out) {
            return;
        }
        self.labels(sentence.clone(), out);
        for t in sentence.clone() {
            self.phrase_at(t, sentence.clone(), out);
            if let Some(hit) = self.words.say(t).filter(|h| h.tokens.start == t)
                && !self.words.is(t, Flags::ATTRIBUTION)
            {
                let hit = hit.clone();
                if let Some((speaker, rule)) = self.speaker_of_verb(&hit, sentence.clone()) {
                    let strong =
                        self.words.lexicon.entry(hit.entry).rest.first().is_some_and(|s| s == "strong");
                    out.push(Cue { tokens: hit.tokens, kind: CueKind::Verb, strong, speaker, rule });
                }
            }
            self.noun_at(t, sentence.clone(), out);
        }
        self.colon(sentence.clone(), base, out);
        self.dash(sentence, out);
        out[base..].sort_by_key(|c| (c.tokens.start, c.tokens.end));
    }

    // --- phrases ---

    fn phrase_at(&self, t: TokenId, sentence: Range<TokenId>, out: &mut Vec<Cue>) {
        let words = self.words;
        if !words.is(t, Flags::ATTRIBUTION) {
            return;
        }
        let Some(hit) = self.attribution_hit(t) else {
            return;
        };
        let end = hit.tokens.end;
        // "A witness quoted by the radio": the words are the witness's, the radio only passes them on.
        let passes_on = words.parsed.lower(end - 1) == "by"
            && t > sentence.start
            && self.speaker_at(t - 1).is_some_and(|s| !matches!(s.who, Who::Named(_)));
        if end >= sentence.end || passes_on {
            return;
        }
        if let Some(speaker) = self.phrase_speaker(end, sentence) {
            out.push(Cue {
                tokens: hit.tokens.clone(),
                kind: CueKind::Phrase,
                strong: true,
                speaker,
                rule: "en.speech.according-to",
            });
        }
    }

    /// The attribution phrase that starts at a token; hits are in order of their first token.
    fn attribution_hit(&self, t: TokenId) -> Option<&'w Hit> {
        let hits = self.words.hits;
        let from = hits.partition_point(|h| h.tokens.start < t);
        hits[from..]
            .iter()
            .take_while(|h| h.tokens.start == t)
            .filter(|h| self.words.lexicon.entry(h.entry).class == "attribution")
            .max_by_key(|h| h.tokens.len())
    }

    /// The speaker after a phrase, through nouns of saying: "according to reports from Governor X".
    fn phrase_speaker(&self, at: TokenId, sentence: Range<TokenId>) -> Option<Speaker> {
        let words = self.words;
        let mut at = at;
        for _ in 0..2 {
            let noun = self.noun_phrase_right(at, sentence.end);
            let head = self.np_head(noun.clone())?;
            if words.is(head, Flags::SAY_NOUN) && self.speaker_in(at..head).is_none() {
                let next = words.parsed.lower((head + 1).min(words.len() - 1));
                if matches!(next, "from" | "by" | "of") && head + 2 < sentence.end {
                    at = head + 2;
                    continue;
                }
            }
            break;
        }
        let noun = self.noun_phrase_right(at, sentence.end);
        let speaker = self.speaker_np(noun.clone())?;
        (!matches!(speaker.who, Who::Noun(_))
            || self.is_plain_subject(noun.clone()) && self.is_rank(noun.end - 1))
        .then_some(speaker)
    }

    /// A rank, though in small letters: "according to the colonel".
    fn is_rank(&self, t: TokenId) -> bool {
        self.words.rank(t).is_some()
    }

    // --- nouns ---

    /// "The governor's account", "a statement from the ministry" at the noun `t`.
    fn noun_at(&self, t: TokenId, sentence: Range<TokenId>, out: &mut Vec<Cue>) {
        let words = self.words;
        if !words.is(t, Flags::SAY_NOUN) || words.say(t).is_some() || words.is(t, Flags::ATTRIBUTION) {
            return;
        }
        let mut i = t;
        while i > sentence.start
            && t - i < 4
            && matches!(words.parsed.upos(i - 1), Upos::Adj | Upos::Noun | Upos::X)
            && words.parsed.lower(i - 1) != "'s"
            && words.parsed.text.tokens()[i - 1].kind == TokenKind::Word
            && !words.is(i - 1, Flags::DET.or(Flags::PREP))
        {
            i -= 1;
        }
        let possessive = i > sentence.start
            && (words.parsed.lower(i - 1) == "'s" || words.at(i - 1, "’") || words.at(i - 1, "'"));
        if !possessive || i - 1 == sentence.start {
            return;
        }
        let owner = self.noun_phrase_left(sentence.start, i - 1);
        if let Some(speaker) =
            self.speaker_np(owner).filter(|s| !matches!(s.who, Who::Noun(_) | Who::Pronoun | Who::Last))
        {
            out.push(Cue {
                tokens: t..t + 1,
                kind: CueKind::Noun,
                strong: false,
                speaker,
                rule: "en.speech.owned-noun",
            });
        }
    }

    // --- labels ---

    fn source_line(&self, sentence: Range<TokenId>, out: &mut Vec<Cue>) -> bool {
        let words = self.words;
        let first = sentence.start;
        let head = words.parsed.lower(first);
        if !matches!(head, "source" | "sources") || !words.at(first + 1, ":") || sentence.len() < 3 {
            return false;
        }
        let mut start = first + 2;
        for t in first + 2..=sentence.end {
            if t < sentence.end && !words.at(t, ";") {
                continue;
            }
            if t > start
                && let Some(speaker) = self.speaker_in(start..t).or_else(|| self.speaker_np(start..t))
            {
                out.push(Cue {
                    tokens: first..first + 2,
                    kind: CueKind::Source,
                    strong: true,
                    speaker,
                    rule: "en.speech.source-line",
                });
            }
            start = t + 1;
        }
        true
    }

    /// "Quote from X:", "X:", "X on local TV:" at the head of a sentence, or "X:" before a quotation mark.
    fn labels(&self, sentence: Range<TokenId>, out: &mut Vec<Cue>) {
        const REACH: usize = 16;
        let words = self.words;
        let limit = sentence.end.min(sentence.start + REACH);
        let Some(colon) = (sentence.start..limit).find(|&t| words.at(t, ":")) else { return };
        let label = sentence.start..colon;
        if label.is_empty() {
            return;
        }
        let quote_from = matches!(words.parsed.lower(label.start), "quote" | "quotes" | "comment")
            && matches!(words.parsed.lower(label.start + 1), "from" | "of" | "by");
        // "Quote" may be taken for a verb.
        let told = if quote_from { label.start + 1..label.end } else { label.clone() };
        let has_verb = told.into_iter().any(|t| {
            words.say(t).is_some()
                || matches!(words.parsed.upos(t), Upos::Verb | Upos::Aux) && words.office(t).is_none()
                || words.at(t, ",")
                || words.at(t, "\"")
                || words.at(t, ";")
        });
        if has_verb {
            return;
        }
        let body = if quote_from { label.start + 2..label.end } else { label.clone() };
        if body.is_empty() {
            return;
        }
        let speaker = self.speaker_in(body.clone()).or_else(|| {
            // "SHERIFF WHITCOMB:" and any other name in capitals.
            (quote_from && words.capital(body.start) || self.is_speaking_name(body.clone()))
                .then(|| Speaker { tokens: body.clone(), who: Who::Named(body.clone()) })
        });
        let Some(speaker) = speaker else { return };
        // A place, a time or a heading before a colon labels nothing.
        let near_start = speaker.tokens.start <= body.start + 4;
        if near_start {
            let rule = if quote_from { "en.speech.quote-from" } else { "en.speech.label" };
            out.push(Cue { tokens: colon..colon + 1, kind: CueKind::Label, strong: true, speaker, rule });
        }
    }

    /// "Zoubir Hamra: “…”": two or three capitalised words of no list before the colon of a quotation.
    fn is_speaking_name(&self, label: Range<TokenId>) -> bool {
        let words = self.words;
        let class = Flags::PLACE.or(Flags::CLASS).or(Flags::NEVER).or(Flags::DET).or(Flags::PREP);
        (2..=3).contains(&label.len())
            && label.end + 1 < words.len()
            && opens_quotation(words.form(label.end + 1))
            && label.clone().all(|t| words.capital(t) && !words.is(t, class))
    }

    /// "Galushko broke the news to his followers: “…”": a colon before a quotation mark makes the subject speak,
    /// whatever the verb.
    fn colon(&self, sentence: Range<TokenId>, base: usize, out: &mut Vec<Cue>) {
        let words = self.words;
        let quote = |t: TokenId| t < words.len() && opens_quotation(words.form(t));
        let Some(colon) = sentence.clone().rev().find(|&t| words.at(t, ":") && quote(t + 1)) else { return };
        if out[base..].iter().any(|c| c.kind != CueKind::Source) || !words.tagged() {
            return;
        }
        let root =
            sentence.clone().find(|&t| words.parsed.head(t).is_none() && words.parsed.upos(t) == Upos::Verb);
        let subject = root.filter(|&r| r < colon).and_then(|r| self.tree_subject(r, 3));
        let speaker = subject.or_else(|| {
            let reach = colon.min(sentence.start + 6);
            (sentence.start..reach).find_map(|t| self.speaker_at(t))
        });
        if let Some(speaker) =
            speaker.filter(|s| matches!(s.who, Who::Person(_) | Who::Body(_) | Who::Described(_)))
        {
            let rule = "en.speech.colon";
            out.push(Cue { tokens: colon..colon + 1, kind: CueKind::Verb, strong: false, speaker, rule });
        }
    }

    /// "Two residents wounded – mayor", "Toll now 6 — regional prosecutor."
    fn dash(&self, sentence: Range<TokenId>, out: &mut Vec<Cue>) {
        const REACH: usize = 10;
        let words = self.words;
        let from = sentence.end.saturating_sub(REACH).max(sentence.start + 2);
        let dash = (from..sentence.end).rev().find(|&t| {
            matches!(words.form(t), "–" | "—" | "-" | "--") && !words.glued(t) && !words.glued(t - 1)
        });
        let Some(dash) = dash else { return };
        let mut end = sentence.end;
        while end > dash + 1 && words.parsed.text.tokens()[end - 1].kind == TokenKind::Mark {
            end -= 1;
        }
        let tail = dash + 1..end;
        let plain = !tail.is_empty()
            && tail.clone().all(|t| {
                words.say(t).is_none()
                    && (words.parsed.text.tokens()[t].kind == TokenKind::Word || self.is_inside_person(t))
                    && !matches!(words.parsed.upos(t), Upos::Verb | Upos::Aux)
                    && !words.is(t, Flags::BOUNDARY)
                    && (!words.is(t, Flags::PREP) || words.parsed.lower(t) == "of")
            });
        if !plain || words.is(tail.start, Flags::DET) {
            return;
        }
        if let Some(speaker) = self.speaker_in(tail.clone()).filter(|s| s.tokens.end == tail.end) {
            out.push(Cue {
                tokens: dash..dash + 1,
                kind: CueKind::Dash,
                strong: true,
                speaker,
                rule: "en.speech.dash",
            });
        }
    }

    /// The comma of "Nadia Sol, neighbour".
    fn is_inside_person(&self, t: TokenId) -> bool {
        self.person(t).is_some_and(|p| self.persons[p].name.is_some())
    }

    // --- verbs ---

    /// Who says, for one verb of saying.
    fn speaker_of_verb(&self, hit: &Hit, sentence: Range<TokenId>) -> Option<(Speaker, &'static str)> {
        let words = self.words;
        let verb = hit.tokens.start;
        let left = self.skip_left(verb, sentence.start);
        if let Some(speaker) = self.inverted(hit, left, sentence.clone()) {
            return Some((speaker, "en.speech.verb-subject"));
        }
        if let Some(speaker) = self.adjacent_left(left, sentence.start) {
            return Some((speaker, "en.speech.subject-verb"));
        }
        if let Some(speaker) = self.said_and_said(verb, left, sentence.start) {
            return Some((speaker, "en.speech.shared-subject"));
        }
        if let Some(speaker) = self.said_adding(verb, sentence.start) {
            return Some((speaker, "en.speech.shared-subject"));
        }
        // "… adding: “He went …”": no subject inside the quotation that the verb brings.
        let quoted = |s: &Speaker| (verb..s.tokens.start).any(|t| opens_quotation(words.form(t)));
        if let Some(found) = self.tree_subject(verb, 0).filter(|s| !quoted(s)) {
            let own = has_subject(self.words, verb);
            return Some((found, if own { "en.speech.subject-tree" } else { "en.speech.shared-subject" }));
        }
        self.loose_left(verb, left, sentence)
    }

    /// "X denied that the army had aimed at the market and said …": a verb of saying after "and" goes on the one
    /// before rather than a verb inside what was said.
    fn said_and_said(&self, verb: TokenId, left: TokenId, first: TokenId) -> Option<Speaker> {
        const REACH: usize = 40;
        let words = self.words;
        let joined = left > first && matches!(words.parsed.lower(left - 1), "and" | "but");
        let above = words.parsed.head(verb)?;
        if !joined || words.parsed.deprel(verb) != Deprel::Conj || words.say(above).is_some() {
            return None;
        }
        let inside = |t: TokenId| {
            std::iter::successors(Some(above), |&t| words.parsed.head(t)).take(8).any(|up| up == t)
        };
        let said = (first..left).rev().take(REACH).find(|&t| words.say(t).is_some() && inside(t))?;
        self.speaker_of_plain_verb(said, first)
    }

    /// "X said that Y had come, adding …": a participle that hangs on what was said goes on the saying.
    fn said_adding(&self, verb: TokenId, first: TokenId) -> Option<Speaker> {
        const DEPTH: usize = 6;
        let words = self.words;
        let parsed = &words.parsed;
        let participle = parsed.lower(verb).ends_with("ing") && parsed.deprel(verb) == Deprel::Advcl;
        let set_off = verb > first && words.at(verb - 1, ",");
        let mut above = parsed.head(verb).filter(|_| participle && set_off)?;
        for _ in 0..DEPTH {
            let head = parsed.head(above)?;
            let told = parsed.deprel(above) == Deprel::Ccomp && head < above;
            let strong =
                |hit: &Hit| words.lexicon.entry(hit.entry).rest.first().is_some_and(|s| s == "strong");
            if told && words.say(head).is_some_and(strong) {
                return self.speaker_of_plain_verb(head, first);
            }
            above = head;
        }
        None
    }

    fn speaker_of_plain_verb(&self, verb: TokenId, first: TokenId) -> Option<Speaker> {
        self.adjacent_left(self.skip_left(verb, first), first).or_else(|| self.tree_subject(verb, 0))
    }

    /// Over adverbs and auxiliaries to the end of what may be the subject.
    fn skip_left(&self, verb: TokenId, first: TokenId) -> TokenId {
        let words = self.words;
        let mut at = verb;
        while at > first {
            let t = at - 1;
            let small = words.is(t, Flags::SKIP) && !words.is(t, PRONOUN)
                || matches!(words.parsed.upos(t), Upos::Adv | Upos::Aux | Upos::Part)
                    && !words.is(t, Flags::RELATIVE)
                    && self.person(t).is_none();
            if !small {
                break;
            }
            at = t;
        }
        at
    }

    /// "…,” said a local official", "reported the governor of Kherson region Valentin Sukhov".
    fn inverted(&self, hit: &Hit, left: TokenId, sentence: Range<TokenId>) -> Option<Speaker> {
        let words = self.words;
        let at = hit.tokens.end;
        let opens = left == sentence.start || words.parsed.text.tokens()[left - 1].kind == TokenKind::Mark;
        let adverbial = !opens && self.adjacent_left(left, sentence.start).is_none();
        if (!opens && !adverbial) || at >= sentence.end {
            return None;
        }
        // After a comma, "X, who …, said Y" and "On Monday, police said" have their subjects before the verb.
        if left < hit.tokens.start && !opens {
            return None;
        }
        let next = words.parsed.upos(at);
        if matches!(next, Upos::Adp | Upos::Sconj | Upos::Verb | Upos::Aux) && self.person(at).is_none() {
            return None;
        }
        if words.is(at, Flags::BOUNDARY.or(Flags::PREP)) && !words.is(at, PRONOUN) {
            return None;
        }
        let comma_name = opens
            && left > sentence.start
            && (words.at(left - 1, ",") || self.is_dash(left - 1))
            && self.ends_subject(left - 1, sentence.start).is_some();
        if comma_name && !self.person(at).is_some_and(|p| self.persons[p].form != PersonForm::Pronoun) {
            return None;
        }
        let noun = self.noun_phrase_right(at, sentence.end);
        let strong = self.words.lexicon.entry(hit.entry).rest.first().is_some_and(|s| s == "strong");
        let mut speaker = self.speaker_np(noun.clone())?;
        // "Says the curator, Marco Zagni,": an occupation of no list, and then the name.
        if matches!(speaker.who, Who::Noun(_))
            && words.at(noun.end, ",")
            && let Some(p) = self.person(noun.end + 1).filter(|&p| self.persons[p].form == PersonForm::Name)
        {
            speaker = Speaker { tokens: noun.start..self.persons[p].tokens.end, who: Who::Person(p) };
        }
        let fits = match &speaker.who {
            // "telling her", "told him": the object of a transitive verb.
            Who::Person(p) if self.persons[*p].form == PersonForm::Pronoun => {
                !matches!(words.parsed.lower(at), "him" | "her" | "his")
            }
            Who::Person(_) | Who::Body(_) | Who::Described(_) => {
                words.parsed.lower(hit.tokens.start) != "told"
                    && !words.parsed.lower(hit.tokens.start).ends_with("ing")
            }
            // "“…?” wept Ya Modu": behind a quotation any verb of its list tells who spoke.
            Who::Named(run) => {
                let quoted = left > sentence.start && is_closing_mark(words.form(left - 1));
                opens
                    && !words.parsed.lower(hit.tokens.start).ends_with("ing")
                    && (quoted
                        || run.len() >= 2
                            && run.end < words.len()
                            && words.parsed.text.tokens()[run.end].kind == TokenKind::Mark
                        || matches!(words.parsed.lemma(hit.tokens.start), "say" | "write" | "add"))
            }
            Who::Noun(_) => strong && opens && !words.parsed.lower(hit.tokens.start).ends_with("ing"),
            Who::Someone | Who::Pronoun | Who::Last => false,
        };
        fits.then_some(speaker)
    }

    /// The subject that ends right before `left`: a person, a body, a description, a pronoun.
    fn adjacent_left(&self, left: TokenId, first: TokenId) -> Option<Speaker> {
        if left <= first {
            return None;
        }
        let words = self.words;
        let t = left - 1;
        if words.at(t, ",") || self.is_dash(t) {
            return self.ends_subject(t, first);
        }
        if words.is(t, Flags::RELATIVE) {
            return self.antecedent(t, first);
        }
        let of_them = words.is(t, Flags::PRONOUN_PL) && t >= first + 2 && words.parsed.lower(t - 1) == "of";
        if of_them && words.is(t - 2, Flags::INDEFINITE) {
            return Some(Speaker { tokens: t - 2..left, who: Who::Someone });
        }
        if self.person(t).is_some() || words.is(t, PRONOUN) {
            let noun = self.noun_phrase_left(first, left);
            return self.speaker_np(noun).filter(|s| !matches!(s.who, Who::Noun(_)));
        }
        let noun = self.noun_phrase_left(first, left);
        // "The governor of Orvik and Dorin said": the name behind "and" belongs to the office.
        let joined = noun.start >= first + 2
            && words.parsed.lower(noun.start - 1) == "and"
            && words.capital(noun.start - 2)
            && noun.clone().all(|t| words.capital(t))
            && noun.clone().all(|t| self.person(t).is_none() && words.organisation(t).is_none());
        if joined {
            let whole = self.noun_phrase_left(first, noun.start - 1);
            let office = self.speaker_np(whole);
            if let Some(office) = office.filter(|s| matches!(s.who, Who::Person(_) | Who::Described(_))) {
                return Some(office);
            }
        }
        let speaker = self.speaker_np(noun.clone())?;
        let start = noun.start;
        match speaker.who {
            Who::Noun(_) if !self.is_plain_subject(noun.start..self.np_head(noun)? + 1) => None,
            Who::Named(_) if words.is(t, Flags::PLACE) && left - start > 3 => None,
            _ => Some(speaker),
        }
    }

    /// An article and one or more nouns: "the shift supervisor".
    fn is_plain_subject(&self, noun: Range<TokenId>) -> bool {
        let words = self.words;
        noun.len() >= 2
            && noun.len() <= 5
            && words.is(noun.start, Flags::DET)
            && (noun.start + 1..noun.end).all(|t| {
                matches!(words.parsed.upos(t), Upos::Noun | Upos::Adj) || words.parsed.lower(t) == "'s"
            })
            && words.parsed.upos(noun.end - 1) == Upos::Noun
            && !is_plural(words, noun.end - 1)
    }

    /// A dash between words.
    fn is_dash(&self, t: TokenId) -> bool {
        let words = self.words;
        t > 0
            && matches!(words.form(t), "-" | "–" | "—" | "--")
            && (matches!(words.form(t), "—" | "--") || !words.glued(t) && !words.glued(t - 1))
    }

    /// The subject that a comma or a dash sets off from its verb: an apposition or a relative clause stands between.
    fn ends_subject(&self, comma: TokenId, first: TokenId) -> Option<Speaker> {
        const REACH: usize = 30;
        let words = self.words;
        if comma == first {
            return None;
        }
        if let Some(person) = self.person(comma - 1) {
            let mention = &self.persons[person];
            let set_off = mention.tokens.clone().any(|t| words.at(t, ","));
            if set_off && mention.tokens.end == comma {
                return Some(Speaker { tokens: mention.tokens.clone(), who: Who::Person(person) });
            }
        }
        let from = comma.saturating_sub(REACH).max(first);
        for t in (from + 1..comma).rev() {
            let relative = words.is(t, Flags::RELATIVE) || words.parsed.lower(t) == "whose";
            let opener = words.form(t - 1) == words.form(comma)
                && (relative || self.is_aside(t) || words.at(comma, "—"));
            if opener {
                let subject = self.noun_phrase_left(first, t - 1);
                let plain = self.is_plain_subject(subject.start..self.np_head(subject.clone())? + 1);
                // "Green Hands Collective, a local charity,": the aside tells that the capitals are a name.
                let name = subject.clone().all(|t| words.capital(t) && !words.is(t, Flags::NEVER));
                return self.speaker_np(subject.clone()).and_then(|s| match s.who {
                    Who::Noun(_) if name => {
                        Some(Speaker { tokens: subject.clone(), who: Who::Named(subject) })
                    }
                    Who::Noun(_) => plain.then_some(s),
                    Who::Pronoun | Who::Last => None,
                    _ => Some(s),
                });
            }
            if words.say(t).is_some() && !words.at(t, "asked") {
                continue;
            }
        }
        None
    }

    /// What follows a comma is an aside about the subject: an age, a participle, an office.
    fn is_aside(&self, t: TokenId) -> bool {
        let words = self.words;
        words.parsed.text.tokens()[t].kind == TokenKind::Number
            || words.is(t, Flags::ANONYMITY)
            || self.gives_name(t)
            || words.is(t, Flags::PREP) && words.parsed.lower(t) != "of"
            || words.is(t, Flags::DET) && words.office(t + 1).is_some()
            || words.is(t, Flags::INDEFINITE) && self.names_body(t + 1)
            || words.office(t).is_some()
            || words.tagged()
                && words.parsed.upos(t) == Upos::Verb
                && words.parsed.deprel(t).is_a(Deprel::Acl)
                && words.parsed.lower(t).ends_with("ed")
    }

    /// "A local charity": a body within the next words, before any mark.
    fn names_body(&self, t: TokenId) -> bool {
        const REACH: usize = 4;
        let words = self.words;
        (t..words.len().min(t + REACH))
            .take_while(|&t| words.parsed.text.tokens()[t].kind == TokenKind::Word)
            .any(|t| words.organisation(t).is_some())
    }

    /// "A soldier, call sign Vedmid,": words that tell by what name somebody goes.
    fn gives_name(&self, t: TokenId) -> bool {
        let hits = self.words.hits;
        let from = hits.partition_point(|h| h.tokens.start < t);
        hits[from..].iter().take_while(|h| h.tokens.start == t).any(|h| {
            let entry = self.words.lexicon.entry(h.entry);
            entry.class == "anonymity" && entry.value == "names"
        })
    }

    /// "Governor X, who shared …": the noun before the pronoun.
    fn antecedent(&self, relative: TokenId, first: TokenId) -> Option<Speaker> {
        let words = self.words;
        if !matches!(words.parsed.lower(relative), "who" | "which" | "that") || relative == first {
            return None;
        }
        let end = if words.at(relative - 1, ",") { relative - 1 } else { relative };
        if let Some(person) = end.checked_sub(1).and_then(|t| self.person(t)) {
            let mention = &self.persons[person];
            if mention.tokens.end == end {
                return Some(Speaker { tokens: mention.tokens.clone(), who: Who::Person(person) });
            }
        }
        if words.parsed.lower(relative) != "who" {
            return None;
        }
        let noun = self.noun_phrase_left(first, end);
        self.speaker_np(noun).filter(|s| matches!(s.who, Who::Person(_) | Who::Described(_) | Who::Body(_)))
    }

    /// The subject by the tree: of the verb, or of the verb it hangs on.
    fn tree_subject(&self, verb: TokenId, depth: usize) -> Option<Speaker> {
        let words = self.words;
        if !words.tagged() || depth > 3 {
            return None;
        }
        let parsed = &words.parsed;
        let passive = parsed.children(verb).any(|c| parsed.deprel(c) == Deprel::AuxPass);
        if let Some(agent) = parsed.children(verb).find(|&c| parsed.deprel(c) == Deprel::OblAgent) {
            return self.speaker_np(parsed.subtree(agent)).filter(|s| !matches!(s.who, Who::Noun(_)));
        }
        if passive {
            return None;
        }
        let subject =
            parsed.children(verb).find(|&c| matches!(parsed.deprel(c), Deprel::Nsubj | Deprel::NsubjOuter));
        if let Some(subject) = subject {
            if words.is(subject, Flags::RELATIVE) {
                let head = parsed.head(verb)?;
                return self.speaker_at(head);
            }
            return self.speaker_at(subject);
        }
        match parsed.deprel(verb) {
            Deprel::Xcomp | Deprel::Conj | Deprel::Advcl | Deprel::Parataxis => {
                let head = parsed.head(verb)?;
                // "… was hit, reported the governor": a parataxis has its own subject.
                if parsed.deprel(verb) == Deprel::Parataxis && !parsed.lower(verb).ends_with("ing") {
                    return None;
                }
                self.tree_subject(head, depth + 1)
            }
            Deprel::Acl => {
                let head = parsed.head(verb)?;
                parsed.lower(verb).ends_with("ing").then(|| self.speaker_at(head)).flatten()
            }
            _ => None,
        }
    }

    /// A participle without a subject of its own takes the person or body that opens its sentence; a verb
    /// after "and" takes the speaker of the verb before.
    fn loose_left(
        &self,
        verb: TokenId,
        left: TokenId,
        sentence: Range<TokenId>,
    ) -> Option<(Speaker, &'static str)> {
        let words = self.words;
        let participle = words.parsed.lower(verb).ends_with("ing");
        let coordinated =
            left > sentence.start && matches!(words.parsed.lower(left - 1), "and" | "but" | ",");
        if !participle && !coordinated {
            return None;
        }
        // The nearest verb of saying before, one that ascribes by itself first ("X said Y had spoken well, adding …"),
        // else the first speaker of the sentence.
        let said = |strong: bool| {
            (sentence.start..left).rev().take(40).find(|&t| {
                words.say(t).is_some_and(|hit| {
                    !strong || words.lexicon.entry(hit.entry).rest.first().is_some_and(|s| s == "strong")
                }) && self.adjacent_left(self.skip_left(t, sentence.start), sentence.start).is_some()
            })
        };
        let earlier = said(participle).or_else(|| said(false));
        if let Some(t) = earlier {
            let speaker = self.adjacent_left(self.skip_left(t, sentence.start), sentence.start)?;
            return Some((speaker, "en.speech.shared-subject"));
        }
        if !participle {
            return None;
        }
        let reach = sentence.end.min(sentence.start + 6);
        let speaker = (sentence.start..reach.min(left)).find_map(|t| self.speaker_at(t))?;
        let fits = matches!(speaker.who, Who::Person(_) | Who::Body(_) | Who::Described(_));
        fits.then_some((speaker, "en.speech.shared-subject"))
    }

    // --- noun phrases ---

    /// The noun phrase that ends before `end`, back to a comma, a verb or a conjunction.
    fn noun_phrase_left(&self, first: TokenId, end: TokenId) -> Range<TokenId> {
        const LONGEST: usize = 22;
        let words = self.words;
        let mut start = end;
        while start > first && end - start < LONGEST {
            let t = start - 1;
            if let Some(person) = self.person(t) {
                let mention = self.persons[person].tokens.clone();
                if mention.start < start && mention.start >= first && mention.end <= end {
                    start = mention.start;
                    continue;
                }
            }
            let mark = words.parsed.text.tokens()[t].kind == TokenKind::Mark;
            let inner = words.at(t, "-") && words.glued(t)
                || words.at(t, ".") && words.glued(t)
                || (words.at(t, "’") || words.at(t, "'")) && t > first && words.glued(t - 1);
            let verb = words.tagged()
                && matches!(words.parsed.upos(t), Upos::Verb | Upos::Aux)
                && words.office(t).is_none()
                && words.organisation(t).is_none()
                && !matches!(words.parsed.deprel(t), Deprel::Amod | Deprel::Compound)
                // "The organising committee".
                && !(t > first && words.is(t - 1, Flags::DET) && t + 1 < end);
            let said = words.say(t).is_some() && words.organisation(t).is_none();
            let boundary = words.is(t, Flags::BOUNDARY) && words.organisation(t).is_none();
            if (mark && !inner) || verb || said || boundary {
                break;
            }
            start = t;
            // "… in Orvik a monitoring group said": an article right behind a noun opens a new phrase.
            let opens = words.tagged()
                && (words.parsed.upos(t) == Upos::Det
                    || matches!(words.parsed.lower(t), "his" | "her" | "their" | "its"))
                && t > first
                && matches!(words.parsed.upos(t - 1), Upos::Noun | Upos::Propn | Upos::Num)
                && words.organisation(t - 1).is_none_or(|hit| hit.tokens.end == t);
            if opens {
                break;
            }
        }
        // "In Poltava the governor": a preposition at the head belongs to no subject.
        start..end
    }

    /// The noun phrase that starts at `at`, up to a comma, a verb or a conjunction.
    pub(crate) fn noun_phrase_right(&self, at: TokenId, limit: TokenId) -> Range<TokenId> {
        const LONGEST: usize = 22;
        let words = self.words;
        let mut end = at;
        while end < limit && end - at < LONGEST {
            if let Some(person) = self.person(end) {
                let mention = self.persons[person].tokens.clone();
                if mention.end > end && mention.end <= limit {
                    end = mention.end;
                    continue;
                }
            }
            let mark = words.parsed.text.tokens()[end].kind == TokenKind::Mark;
            let inner = words.at(end, "-") && words.glued(end) || words.at(end, "’") && words.glued(end - 1);
            let verb = words.tagged()
                && matches!(words.parsed.upos(end), Upos::Verb | Upos::Aux)
                && words.organisation(end).is_none()
                && !matches!(words.parsed.deprel(end), Deprel::Amod | Deprel::Compound);
            let said = words.say(end).is_some() && words.organisation(end).is_none();
            let boundary = words.is(end, Flags::BOUNDARY) && words.organisation(end).is_none();
            if (mark && !inner) || verb || said || boundary {
                break;
            }
            end += 1;
        }
        at..end
    }

    /// The head of a noun phrase: what stands before its first preposition.
    fn np_head(&self, noun: Range<TokenId>) -> Option<TokenId> {
        let words = self.words;
        let mut start = noun.start;
        while start < noun.end
            && words.is(start, Flags::DET.or(Flags::PREP))
            && words.organisation(start).is_none()
        {
            start += 1;
        }
        let mut end = start;
        while end < noun.end {
            let hidden =
                words.organisation(end).is_some() || words.office(end).is_some_and(|h| h.tokens.len() > 1);
            if words.is(end, Flags::PREP) && !hidden {
                break;
            }
            end += 1;
        }
        end.checked_sub(1).filter(|&head| head >= start)
    }

    /// The speaker that a noun phrase names.
    fn speaker_np(&self, noun: Range<TokenId>) -> Option<Speaker> {
        let words = self.words;
        let head = self.np_head(noun.clone())?;
        let first = noun.start;
        if words.is(head, Flags::SAY_NOUN) && !words.capital(head) {
            return Some(self.owner_of_words(head, noun));
        }
        // A named person anywhere in the phrase before the head's complement, else the last one.
        if let Some(p) = self.person(head).filter(|&p| self.persons[p].tokens.end <= noun.end.max(head + 1)) {
            return Some(Speaker { tokens: self.persons[p].tokens.clone(), who: Who::Person(p) });
        }
        let named = (first..noun.end).rev().find_map(|t| {
            self.person(t).filter(|&p| {
                let mention = &self.persons[p];
                mention.form == PersonForm::Name
                    && mention.tokens.end == noun.end
                    && !self.is_complement(mention.tokens.start, head)
            })
        });
        if let Some(p) = named {
            return Some(Speaker { tokens: self.persons[p].tokens.clone(), who: Who::Person(p) });
        }
        let main = self.speaker_at(head);
        if let Some(main) = &main
            && !matches!(main.who, Who::Noun(_) | Who::Named(_))
        {
            return Some(main.clone());
        }
        // "Representatives of the Red Cross": an unknown head lends its body's voice.
        let inner = (first..noun.end).find_map(|t| {
            self.speaker_at(t).filter(|s| !matches!(s.who, Who::Noun(_) | Who::Named(_) | Who::Pronoun))
        });
        let small_head = !words.capital(head);
        // "The defence of the suspect": not the suspect's own words.
        let own = self.is_plain_subject(first..head + 1)
            && !is_plural(words, head)
            && inner.as_ref().is_some_and(|s| matches!(s.who, Who::Person(_)));
        if small_head
            && !own
            && let Some(inner) = inner
        {
            return Some(inner);
        }
        main.or_else(|| {
            let noun_like = !words.tagged() || matches!(words.parsed.upos(head), Upos::Noun | Upos::Propn);
            let plain = words.parsed.text.tokens()[head].kind == TokenKind::Word
                && !words.is(
                    head,
                    PRONOUN.or(Flags::PRONOUN_IT).or(Flags::PRONOUN_I).or(Flags::NEVER).or(Flags::RELATIVE),
                );
            (noun_like && plain).then(|| Speaker { tokens: noun.clone(), who: Who::Noun(noun) })
        })
    }

    /// "A spokesman for Mr Holm": the name says whose spokesman it is.
    fn is_complement(&self, name: TokenId, head: TokenId) -> bool {
        let words = self.words;
        name > head + 1 && words.is(name - 1, Flags::PREP) && words.office(head).is_some()
    }

    /// "The statement of the company reads", "the governor's message said", "the message read".
    fn owner_of_words(&self, head: TokenId, noun: Range<TokenId>) -> Speaker {
        let words = self.words;
        let named =
            |s: &Speaker| matches!(s.who, Who::Person(_) | Who::Body(_) | Who::Described(_) | Who::Named(_));
        let of = head + 1 < noun.end && matches!(words.parsed.lower(head + 1), "of" | "by" | "from");
        let behind = of.then(|| self.speaker_np(head + 2..noun.end)).flatten().filter(named);
        let owner = || {
            let mark =
                (noun.start + 1..head).rev().find(|&t| words.parsed.lower(t) == "'s" || words.at(t, "’"))?;
            self.speaker_np(noun.start..mark).filter(named)
        };
        let who = behind.or_else(owner).map_or(Who::Last, |speaker| speaker.who);
        Speaker { tokens: noun, who }
    }

    /// The speaker at one token, if it can be one.
    pub(crate) fn speaker_at(&self, t: TokenId) -> Option<Speaker> {
        let words = self.words;
        if let Some(p) = self.person(t) {
            return Some(Speaker { tokens: self.persons[p].tokens.clone(), who: Who::Person(p) });
        }
        if words.is(t, Flags::PRONOUN_M.or(Flags::PRONOUN_F)) {
            return Some(Speaker { tokens: t..t + 1, who: Who::Last });
        }
        if words.is(t, Flags::PRONOUN_PL.or(Flags::PRONOUN_IT)) {
            return Some(Speaker { tokens: t..t + 1, who: Who::Pronoun });
        }
        let office = words.office(t);
        let body = words.organisation(t);
        if let Some(hit) = body
            && office.is_none_or(|o| o.tokens.len() <= hit.tokens.len())
        {
            return Some(Speaker { tokens: hit.tokens.clone(), who: Who::Body(hit.clone()) });
        }
        if let Some(hit) = office {
            let phrase = office_phrase(words, hit);
            let usable = is_plural(words, phrase.head) || phrase.word != "rank";
            return usable.then(|| Speaker { tokens: phrase.tokens.clone(), who: Who::Described(phrase) });
        }
        let no_name = Flags::NEVER
            .or(Flags::BOUNDARY)
            .or(Flags::PREP)
            .or(Flags::DET)
            .or(Flags::SKIP)
            .or(Flags::PRONOUN_I)
            .or(PRONOUN);
        // The tagger takes the last word of a name for what it is elsewhere: "the Green Hands Collective".
        let class = words.is(t, Flags::CLASS) && t > 0 && words.capital(t - 1);
        let proper = !words.tagged() || matches!(words.parsed.upos(t), Upos::Propn) || class;
        if words.capital(t) && proper && !words.is(t, no_name) {
            let run = self.capital_run(t);
            return Some(Speaker { tokens: run.clone(), who: Who::Named(run) });
        }
        None
    }

    /// All capitals around a token, class words included: "Federal Security Service".
    fn capital_run(&self, t: TokenId) -> Range<TokenId> {
        let words = self.words;
        let sentence = words.parsed.sentence_tokens(t);
        let part = |i: TokenId| {
            words.capital(i) && !words.is(i, Flags::DET.or(Flags::BOUNDARY)) && self.person(i).is_none()
                || words.parsed.lower(i) == "'s"
                || words.at(i, "-") && words.glued(i)
        };
        let (mut start, mut end) = (t, t + 1);
        while start > sentence.start && t - start < 8 && part(start - 1) {
            start -= 1;
        }
        while end < sentence.end && end - t < 8 && part(end) {
            end += 1;
        }
        while end > t + 1 && words.parsed.lower(end - 1) == "'s" {
            end -= 1;
        }
        start..end
    }

    /// The best speaker inside some tokens: a named person, else an office, else a body.
    pub(crate) fn speaker_in(&self, tokens: Range<TokenId>) -> Option<Speaker> {
        let inside = |p: &usize| {
            self.persons[*p].tokens.start >= tokens.start && self.persons[*p].tokens.end <= tokens.end
        };
        let person = |form: PersonForm| {
            tokens
                .clone()
                .find_map(|t| self.person(t).filter(inside).filter(|&p| self.persons[p].form == form))
        };
        if let Some(p) = person(PersonForm::Name).or_else(|| person(PersonForm::Office)) {
            return Some(Speaker { tokens: self.persons[p].tokens.clone(), who: Who::Person(p) });
        }
        tokens.clone().find_map(|t| {
            self.speaker_at(t).filter(|s| {
                matches!(s.who, Who::Body(_) | Who::Described(_))
                    && s.tokens.start >= tokens.start
                    && s.tokens.end <= tokens.end
            })
        })
    }
}

/// A mark that opens a quotation.
fn opens_quotation(form: &str) -> bool {
    matches!(form, "\"" | "“" | "‘" | "«" | "„" | "'")
}

/// A mark that closes a quotation.
fn is_closing_mark(form: &str) -> bool {
    matches!(form, "\"" | "”" | "’" | "»" | "'" | "“")
}

/// Whether the tree gives a verb a subject of its own.
fn has_subject(words: &Words<'_>, verb: TokenId) -> bool {
    let parsed = &words.parsed;
    parsed
        .children(verb)
        .any(|c| parsed.deprel(c).is_a(Deprel::Nsubj) || parsed.deprel(c) == Deprel::OblAgent)
}
