//! Voices of one document: every speaker once, with kind, name, role, body and channel.

use crate::lexicon::Hit;
use crate::mention::person::{OfficePhrase, PersonForm, PersonMention, complement, is_plural, office_phrase};
use crate::mention::word::{Flags, Words};
use crate::speech::cue::{Cue, CueFinder, CueKind, Who};
use crate::speech::{NARRATOR, Voice, VoiceId};
use crate::syntax::Deprel;
use crate::text::{TokenId, TokenKind};
use std::collections::HashMap;
use std::ops::Range;

/// The voices found so far, the narrator first.
pub(crate) struct Voices<'s, 'w, 'a> {
    words: &'s Words<'a>,
    finder: &'s CueFinder<'w, 'a>,
    /// For every token whether it is quoted.
    quoted: &'s [bool],
    pub(crate) list: Vec<Voice>,
    /// For every person the numbers of its mentions.
    mentions: HashMap<usize, Vec<usize>>,
    /// Persons known by surname alone, with the one of that surname.
    surnamed: HashMap<usize, usize>,
    by_person: HashMap<usize, VoiceId>,
    /// For mentions by pronoun whom they mean, so that "he said …, adding" is one.
    by_pronoun: HashMap<usize, VoiceId>,
    by_key: HashMap<String, VoiceId>,
    /// Latest voice, latest voice of a body or of several persons.
    last: Option<Heard>,
    last_body: Option<VoiceId>,
    /// A body that spoke after them without words of its own being told.
    noticed_body: Option<Hit>,
}

/// Who was heard last, and where.
#[derive(Clone, Copy)]
struct Heard {
    voice: Option<VoiceId>,
    person: Option<usize>,
    sex: Option<char>,
    sentence: usize,
}

impl<'s, 'w, 'a> Voices<'s, 'w, 'a> {
    pub(crate) fn new(words: &'s Words<'a>, finder: &'s CueFinder<'w, 'a>, quoted: &'s [bool]) -> Self {
        let mut mentions: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, mention) in finder.persons.iter().enumerate() {
            mentions.entry(mention.person).or_default().push(number);
        }
        let narrator = Voice { kind: "narrator".into(), ..Voice::default() };
        Voices {
            words,
            finder,
            quoted,
            list: vec![narrator],
            mentions,
            surnamed: surnamed(finder.persons),
            by_person: HashMap::new(),
            by_pronoun: HashMap::new(),
            by_key: HashMap::new(),
            last: None,
            last_body: None,
            noticed_body: None,
        }
    }

    /// The voice of somebody unknown whose words are quoted: the writer of a note, a caller.
    pub(crate) fn unknown(&mut self) -> VoiceId {
        self.keyed("unknown".into(), Voice { kind: "anonymous".into(), ..Voice::default() })
    }

    /// Takes note of a person before a verb that ascribes nothing: "Dorin rejected the accusation. “…,” he said."
    pub(crate) fn notice(&mut self, cue: &Cue) {
        if let Who::Body(hit) = &cue.speaker.who {
            self.noticed_body = Some(hit.clone());
        }
        let Who::Person(mention) = cue.speaker.who else { return };
        let mention = &self.finder.persons[mention];
        if mention.form == PersonForm::Name && cue.kind == CueKind::Verb {
            let sentence = self.words.parsed.text.sentence_of(cue.tokens.start);
            let voice = self.by_person.get(&mention.person).copied();
            self.last = Some(Heard { voice, person: Some(mention.person), sex: mention.sex, sentence });
        }
    }

    /// The voice of a cue's speaker, made when it is new.
    pub(crate) fn of_cue(&mut self, cue: &Cue) -> Option<VoiceId> {
        let sentence = self.words.parsed.text.sentence_of(cue.tokens.start);
        let voice = match &cue.speaker.who {
            Who::Person(mention) => self.of_person(*mention, cue, sentence)?,
            Who::Body(hit) => self.of_body(hit, cue),
            Who::Described(phrase) => {
                match self.bare_last(&phrase.tokens, &phrase.kind, phrase.sex, sentence) {
                    Some(voice) if phrase.of.is_none() && !is_plural(self.words, phrase.head) => {
                        return Some(voice);
                    }
                    _ => match self.told_as(phrase) {
                        Some(person) => {
                            let voice = self.voice_of_person(person, phrase.tokens.clone(), cue);
                            self.by_key.insert(described_key(self.words, phrase, &phrase.kind), voice);
                            voice
                        }
                        None => self.of_described(phrase, cue),
                    },
                }
            }
            Who::Named(run) => self.of_named(run.clone(), cue),
            Who::Pronoun if self.noticed_body.is_some() => {
                let hit = self.noticed_body.take()?;
                self.of_body(&hit, cue)
            }
            Who::Pronoun => match self.last_body {
                Some(body) => body,
                None => self.last_voice(cue)?,
            },
            Who::Someone => {
                self.keyed("someone".into(), Voice { kind: "anonymous".into(), ..Voice::default() })
            }
            Who::Last => match self.last_voice(cue) {
                Some(voice) => voice,
                None => match self.opener_before(sentence) {
                    Some(opener) => self.of_named(opener, cue),
                    None => {
                        let person = self.named_after(cue, sentence)?;
                        self.voice_of_person(person, cue.tokens.clone(), cue)
                    }
                },
            },
            Who::Noun(noun) => {
                if !matches!(cue.kind, CueKind::Verb | CueKind::Phrase) {
                    return None;
                }
                if let Some(voice) = self.bare_last(noun, "other", None, sentence) {
                    return Some(voice);
                }
                self.of_noun(noun.clone(), cue)?
            }
        };
        if voice == NARRATOR {
            return None;
        }
        if !matches!(cue.speaker.who, Who::Person(_) | Who::Last) {
            self.last = Some(Heard { voice: Some(voice), person: None, sex: None, sentence });
            self.last_body = Some(voice);
            self.noticed_body = None;
        }
        self.set_channel(voice, cue);
        Some(voice)
    }

    fn of_person(&mut self, mention: usize, cue: &Cue, sentence: usize) -> Option<VoiceId> {
        if let Some(&voice) = self.by_pronoun.get(&mention) {
            return Some(voice);
        }
        let persons = self.finder.persons;
        let number = mention;
        let mention = &persons[mention];
        let mut person = self.surnamed.get(&mention.person).copied().unwrap_or(mention.person);
        let opener = self.opens_colon(mention);
        if let Some(opener) = opener {
            person = opener;
        } else if mention.form == PersonForm::Pronoun
            && let Some(last) = self.last.filter(|h| self.told_between(h.sentence, sentence) <= 2)
        {
            // Whoever spoke last goes on speaking, if sex allows.
            let fits = last.sex.is_none() || mention.sex.is_none() || last.sex == mention.sex;
            match last.person {
                Some(heard) if fits => person = heard,
                None if fits && !self.by_person.contains_key(&person) && sentence == last.sentence => {
                    return last.voice;
                }
                _ => {}
            }
        } else if let Some(named) = self.named_last(mention, sentence).or_else(|| self.told_of(mention)) {
            person = named;
        }
        let voice = self.voice_of_person(person, mention.tokens.clone(), cue);
        match mention.form {
            PersonForm::Office => {
                self.by_person.entry(mention.person).or_insert(voice);
            }
            PersonForm::Pronoun => {
                self.by_pronoun.insert(number, voice);
            }
            PersonForm::Name => {}
        }
        let sex = if person == mention.person { mention.sex } else { self.sex(person).or(mention.sex) };
        self.last = Some(Heard { voice: Some(voice), person: Some(person), sex, sentence });
        Some(voice)
    }

    /// How many sentences lie between, those inside a quotation of many left out.
    fn told_between(&self, first: usize, second: usize) -> usize {
        const QUOTED_MAX: usize = 12;
        let sentences = self.words.parsed.text.sentences();
        let quoted = |n: &usize| {
            let tokens = &sentences[*n].tokens;
            tokens
                .clone()
                .all(|t| self.quoted[t] || self.words.parsed.text.tokens()[t].kind == TokenKind::Mark)
        };
        let distance = second - first;
        if distance > QUOTED_MAX {
            return distance;
        }
        distance - (first + 1..second).filter(quoted).count()
    }

    /// "“…,” Anna Torvel said. “…,” the mother of two added": a description or a bare office that nobody had before is
    /// whoever spoke last, if name, kind and sex allow.
    fn named_last(&self, mention: &PersonMention, sentence: usize) -> Option<usize> {
        const SENTENCES: usize = 3;
        let words = self.words;
        let last = self.last.filter(|h| sentence - h.sentence <= SENTENCES)?;
        let (person, heard) = (last.person?, &self.list[last.voice?]);
        let new = self.is_new(mention);
        let definite = words.parsed.lower(mention.tokens.start) == "the";
        let fits = last.sex.is_none() || mention.sex.is_none() || last.sex == mention.sex;
        let kind = mention.office_class.as_deref().unwrap_or_default();
        let described = mention.description.is_some()
            && person_kind(kind)
            && (person_kind(&heard.kind) || heard.kind == "other");
        let same_kind = described || mention.of.is_none() && kind == heard.kind;
        (new && definite && fits && same_kind && heard.name.is_some()).then_some(person)
    }

    /// Whether nobody spoke or was told of as this description before.
    fn is_new(&self, mention: &PersonMention) -> bool {
        let first = self.mentions.get(&mention.person).and_then(|numbers| numbers.first());
        mention.form == PersonForm::Office
            && mention.name.is_none()
            && !self.by_person.contains_key(&mention.person)
            && first.is_some_and(|&n| self.finder.persons[n].tokens == mention.tokens)
    }

    /// [`Self::told_before`] for a mention.
    fn told_of(&self, mention: &PersonMention) -> Option<usize> {
        if !self.is_new(mention) {
            return None;
        }
        let phrase = office_phrase(self.words, self.words.office(mention.head)?);
        self.told_before(&phrase)
    }

    /// [`Self::told_before`] for a description that nobody had yet.
    fn told_as(&self, phrase: &OfficePhrase) -> Option<usize> {
        let new = !self.by_key.contains_key(&described_key(self.words, phrase, &phrase.kind));
        new.then(|| self.told_before(phrase)).flatten()
    }

    /// "Petro Hnat was in the yard when it fell. “I saw a light,” the pensioner said": a description that nobody had
    /// before is the person whom the sentence before tells of by name, if sex and kind allow.
    fn told_before(&self, phrase: &OfficePhrase) -> Option<usize> {
        const SENTENCES: usize = 3;
        const QUOTED_MAX: usize = 12;
        let words = self.words;
        let at = phrase.tokens.start;
        let definite = words.parsed.lower(at) == "the" || at > 0 && words.parsed.lower(at - 1) == "the";
        if !definite || phrase.of.is_some() || is_plural(words, phrase.head) {
            return None;
        }
        let sentences = words.parsed.text.sentences();
        let here = words.parsed.text.sentence_of(at);
        let spoken = |n: &usize| {
            let tokens = &sentences[*n].tokens;
            *n == here
                || !self.quoted[tokens.start.min(at)..(tokens.start + 2).min(tokens.end)].contains(&true)
        };
        let told = (here.saturating_sub(QUOTED_MAX)..=here).rev().filter(spoken).take(SENTENCES);
        let persons = self.finder.persons;
        for sentence in told {
            let tokens = &sentences[sentence].tokens;
            let from = persons.partition_point(|m| m.tokens.start < tokens.start);
            let to = persons.partition_point(|m| m.tokens.start < tokens.end.min(at));
            let named: Vec<&PersonMention> = persons[from..to]
                .iter()
                .filter(|m| m.form == PersonForm::Name && m.name.is_some() && !self.quoted[m.tokens.start])
                .collect();
            if named.is_empty() {
                continue;
            }
            let subjects: Vec<&PersonMention> =
                named.iter().copied().filter(|m| self.is_subject(m)).collect();
            let told = only(&subjects).or_else(|| only(&named).filter(|_| subjects.is_empty()))?;
            return self.is_called(told, phrase, tokens).then_some(told.person);
        }
        None
    }

    fn is_subject(&self, mention: &PersonMention) -> bool {
        mention.tokens.clone().any(|t| self.words.parsed.deprel(t).is_a(Deprel::Nsubj))
    }

    /// Whether sex, age, kind and fate let somebody be called by a description.
    fn is_called(&self, person: &PersonMention, phrase: &OfficePhrase, told: &Range<TokenId>) -> bool {
        const GROWN: u32 = 16;
        let words = self.words;
        let sex = self.sex(person.person).or(person.sex);
        let fits = sex.is_none() || phrase.sex.is_none() || sex == phrase.sex;
        let kind = match (person.office_class.as_deref(), phrase.kind.as_str()) {
            (Some(known), new) if person_kind(new) => person_kind(known) || known == "other",
            (Some(known), new) => known == new,
            (None, new) => !matches!(new, "official" | "police" | "military" | "prosecutor"),
        };
        let kin = |t: TokenId| words.office(t).is_some_and(|h| office_phrase(words, h).word == "kin");
        let number = phrase.tokens.end + 1 < words.len() && words.parsed.lower(phrase.head + 1) == "of";
        let related = phrase.word != "kin"
            || person.age.is_none_or(|age| age >= GROWN) && (number || told.clone().any(kin));
        let dies = |hit: &Hit| {
            let entry = words.lexicon.entry(hit.entry);
            entry.class == "outcome"
                && entry.value == "killed"
                && person
                    .tokens
                    .clone()
                    .any(|t| words.parsed.head(t).is_some_and(|v| hit.tokens.contains(&v)))
        };
        let from = words.hits.partition_point(|h| h.tokens.start < told.start);
        let dead = words.hits[from..].iter().take_while(|h| h.tokens.start < told.end).any(dies);
        fits && kind && related && !dead
    }

    /// "The official added", "the colonel said": two words for the person with a name who spoke last.
    fn bare_last(
        &self,
        tokens: &Range<TokenId>,
        kind: &str,
        sex: Option<char>,
        sentence: usize,
    ) -> Option<VoiceId> {
        const SENTENCES: usize = 2;
        let words = self.words;
        let article = |t: TokenId| words.parsed.lower(t) == "the";
        let bare = tokens.len() == 2 && article(tokens.start)
            || tokens.len() == 1 && tokens.start > 0 && article(tokens.start - 1);
        let last = self.last.filter(|h| sentence - h.sentence <= SENTENCES && h.person.is_some())?;
        let voice = last.voice.filter(|&v| self.list[v].name.is_some())?;
        let noun = tokens.end - 1;
        let plural = is_plural(words, noun) || words.is(noun, Flags::SAY_NOUN) || words.capital(noun);
        let fits = (sex.is_none() || last.sex.is_none() || sex == last.sex)
            && (kind == "other" || kind == self.list[voice].kind);
        (bare && !plural && fits && !self.by_key.contains_key(&format!("noun {}", words.parsed.lower(noun))))
            .then_some(voice)
    }

    fn sex(&self, person: usize) -> Option<char> {
        self.mentions.get(&person)?.iter().find_map(|&n| self.finder.persons[n].sex)
    }

    /// "The minister saw it otherwise: the cases, he said, were …": whoever opens the sentence before its colon.
    fn opens_colon(&self, pronoun: &PersonMention) -> Option<usize> {
        let words = self.words;
        if pronoun.form != PersonForm::Pronoun {
            return None;
        }
        let sentence = words.parsed.sentence_tokens(pronoun.head);
        let colon = (sentence.start..pronoun.head).find(|&t| words.at(t, ":"))?;
        let opener = (sentence.start..colon.min(sentence.start + 3)).find_map(|t| self.finder.person(t))?;
        let opener = &self.finder.persons[opener];
        let fits = opener.sex.is_none() || pronoun.sex.is_none() || opener.sex == pronoun.sex;
        (opener.form != PersonForm::Pronoun && fits).then_some(opener.person)
    }

    fn voice_of_person(&mut self, person: usize, tokens: Range<TokenId>, cue: &Cue) -> VoiceId {
        if let Some(&voice) = self.by_person.get(&person) {
            return voice;
        }
        let voice = self.person_voice(person, tokens, cue);
        self.list.push(voice);
        self.by_person.insert(person, self.list.len() - 1);
        self.list.len() - 1
    }

    /// Whoever was heard or noticed last.
    fn last_voice(&mut self, cue: &Cue) -> Option<VoiceId> {
        let last = self.last?;
        match (last.voice, last.person) {
            (Some(voice), _) => Some(voice),
            (None, Some(person)) => Some(self.voice_of_person(person, cue.tokens.clone(), cue)),
            (None, None) => None,
        }
    }

    /// "Qemile heard it. “It was loud,” she said": a name of no list that opens the sentence before and is its subject.
    fn opener_before(&self, sentence: usize) -> Option<Range<TokenId>> {
        let words = self.words;
        let sentences = words.parsed.text.sentences();
        let told = (sentence.saturating_sub(3)..sentence)
            .rev()
            .find(|&n| !self.quoted[sentences[n].tokens.start])?;
        let opener = self.finder.speaker_at(sentences[told].tokens.start)?;
        let Who::Named(run) = opener.who else { return None };
        let subject = run.clone().any(|t| words.parsed.deprel(t).is_a(Deprel::Nsubj));
        (subject && run.clone().all(|t| !words.is(t, Flags::PLACE.or(Flags::CLASS)))).then_some(run)
    }

    /// "“It is all I have,” she said. Nadia Sol, 41, lost two sisters": nobody was told of before the pronoun, and the
    /// subject of the sentence behind it has a name.
    fn named_after(&self, cue: &Cue, sentence: usize) -> Option<usize> {
        let words = self.words;
        let sex = match cue.speaker.tokens.clone().next()? {
            t if words.is(t, Flags::PRONOUN_M) => 'm',
            t if words.is(t, Flags::PRONOUN_F) => 'f',
            _ => return None,
        };
        let tokens = &words.parsed.text.sentences().get(sentence + 1)?.tokens;
        let persons = self.finder.persons;
        let from = persons.partition_point(|m| m.tokens.start < tokens.start);
        let first = persons[from..].iter().take_while(|m| m.tokens.start < tokens.end);
        let named = first.into_iter().find(|m| m.form == PersonForm::Name)?;
        let known = self.sex(named.person).or(named.sex);
        (self.is_subject(named) && known.is_none_or(|known| known == sex)).then_some(named.person)
    }

    fn person_voice(&self, person: usize, tokens: Range<TokenId>, cue: &Cue) -> Voice {
        let numbers = self.mentions.get(&person).map_or(&[][..], Vec::as_slice);
        let mentions = numbers.iter().map(|&n| &self.finder.persons[n]);
        let mut voice = Voice { kind: "witness".into(), ..Voice::default() };
        for mention in mentions {
            voice.name =
                voice.name.or_else(|| mention.name.clone()).or_else(|| self.own_name(&mention.tokens));
            if voice.role.is_none()
                && let Some(office) = mention.office.as_ref().or(mention.description.as_ref())
            {
                voice.kind = mention.office_class.clone().unwrap_or_default();
                voice.role = Some(self.role(office.clone(), mention.of.clone()));
            }
            voice.of = voice.of.or_else(|| mention.of.clone().map(|o| self.text(o)));
        }
        if voice.name.is_none() && self.is_anonymous(&tokens, cue) && voice.kind != "relative" {
            voice.kind = "anonymous".into();
        }
        voice
    }

    /// "A man who identified himself as “Marlo”": the name that a person who is described goes by.
    fn own_name(&self, speaker: &Range<TokenId>) -> Option<String> {
        const REACH: usize = 3;
        /// Over where somebody is or is from: "a woman in the next house called …".
        const ASIDE: usize = 8;
        let words = self.words;
        let from = words.hits.partition_point(|h| h.tokens.start < speaker.end);
        let names = |h: &&Hit| {
            let entry = words.lexicon.entry(h.entry);
            entry.class == "anonymity" && entry.value == "names"
        };
        let sentence = words.parsed.sentence_tokens(speaker.start);
        let plain = |t: TokenId| !words.capital(t) && words.say(t).is_none();
        let mut near = words.hits[from..].iter().take_while(|h| {
            h.tokens.start <= speaker.end + REACH
                || h.tokens.start <= sentence.end.min(speaker.end + ASIDE)
                    && words.is(speaker.end, Flags::PREP)
                    && (speaker.end..h.tokens.start).all(plain)
        });
        let hit = near.find(names)?;
        let start = (hit.tokens.end..sentence.end.min(hit.tokens.end + REACH)).find(|&t| words.capital(t))?;
        let end = (start..sentence.end).find(|&t| !words.capital(t)).unwrap_or(sentence.end);
        Some(self.text(start..end))
    }

    /// The office without its complement and without the owner before it.
    fn role(&self, office: Range<TokenId>, of: Option<Range<TokenId>>) -> String {
        let words = self.words;
        let (mut start, mut end) = (office.start, office.end);
        if let Some(of) = of {
            if of.start > start && of.end <= end {
                end = of.start;
                while end > start + 1 && words.is(end - 1, Flags::PREP.or(Flags::DET)) {
                    end -= 1;
                }
            } else if of.start <= start && of.end < end {
                start = of.end;
                while start + 1 < end && words.parsed.lower(start) == "'s" {
                    start += 1;
                }
            }
        }
        self.text(start..end)
    }

    fn text(&self, tokens: Range<TokenId>) -> String {
        let words = self.words;
        let mut start = tokens.start;
        while start + 1 < tokens.end && words.is(start, Flags::DET) {
            start += 1;
        }
        words.parsed.text.span_of(start..tokens.end).of(words.parsed.document.text()).to_owned()
    }

    /// Whether the words around a speaker say that there will be no name.
    fn is_anonymous(&self, speaker: &Range<TokenId>, cue: &Cue) -> bool {
        const REACH: usize = 14;
        let words = self.words;
        let sentence = words.parsed.sentence_tokens(cue.tokens.start);
        let end = sentence.end.min(speaker.end.max(cue.tokens.end) + REACH);
        (speaker.start..end.max(speaker.start)).any(|t| words.is(t, Flags::ANONYMITY))
            || speaker.start > sentence.start && words.is(speaker.start - 1, Flags::ANONYMITY)
    }

    /// "The company": the body of that kind that was named in the sentences before, if one was.
    fn named_before(&self, hit: &Hit) -> Option<&'a Hit> {
        const SENTENCES: usize = 3;
        let words = self.words;
        let article = hit.tokens.start.checked_sub(1).filter(|&t| words.is(t, Flags::DET))?;
        let kind = &words.lexicon.entry(hit.entry).value;
        if hit.tokens.len() > 1 || !words.is(article, Flags::DET) || words.is(article, Flags::INDEFINITE) {
            return None;
        }
        let sentences = words.parsed.text.sentences();
        let first =
            sentences[words.parsed.text.sentence_of(hit.tokens.start).saturating_sub(SENTENCES)].tokens.start;
        let from = words.hits.partition_point(|h| h.tokens.start < first);
        let to = words.hits.partition_point(|h| h.tokens.start < hit.tokens.start);
        words.hits[from..to].iter().rev().find(|h| {
            let entry = words.lexicon.entry(h.entry);
            entry.class == "organisation"
                && entry.value == *kind
                && entry.rest.first().is_some_and(|f| f == "name")
        })
    }

    /// "The Observatory": the body of the report whose name holds that word.
    fn short_for(&self, hit: &Hit) -> Option<&'a Hit> {
        let words = self.words;
        let first = hit.tokens.start;
        let alone = hit.tokens.len() == 1
            && words.capital(first)
            && (first == 0 || !words.capital(first - 1) || words.is(first - 1, Flags::DET));
        let kind = &words.lexicon.entry(hit.entry).value;
        let holds = |h: &&Hit| {
            let entry = words.lexicon.entry(h.entry);
            entry.class == "organisation"
                && entry.value == *kind
                && entry.rest.first().is_some_and(|f| f == "name")
                && h.tokens.len() > 1
                && h.tokens.clone().any(|t| words.form(t) == words.form(first))
        };
        if alone { words.hits.iter().find(holds) } else { None }
    }

    fn of_body(&mut self, hit: &Hit, cue: &Cue) -> VoiceId {
        let words = self.words;
        let hit = self.named_before(hit).or_else(|| self.short_for(hit)).unwrap_or(hit);
        let entry = words.lexicon.entry(hit.entry);
        let named = entry.rest.first().is_some_and(|f| f == "name");
        let (start, of) = self.body_around(hit);
        if named {
            let name = self.text(hit.tokens.clone());
            let voice = Voice { kind: entry.value.clone(), name: Some(name.clone()), ..Voice::default() };
            return self.keyed(format!("name {}", name.to_lowercase()), voice);
        }
        let role = self.text(hit.tokens.clone());
        let proper = words.capital(hit.tokens.end - 1) && start < hit.tokens.start;
        let named_kind = matches!(
            entry.value.as_str(),
            "ngo" | "company" | "armed_group" | "media" | "international_body"
        );
        // "Al-Nur hospital": a hospital goes by its name, not one that is only of a town.
        let hospital = entry.value == "medical"
            && start < hit.tokens.start
            && !(start..hit.tokens.start).any(|t| words.is(t, Flags::PLACE.or(Flags::PLACE_ADJ)));
        if proper && named_kind || hospital {
            let name = self.text(start..of.clone().map_or(hit.tokens.end, |o| o.end.max(hit.tokens.end)));
            let voice = Voice { kind: entry.value.clone(), name: Some(name.clone()), ..Voice::default() };
            return self.keyed(format!("name {}", name.to_lowercase()), voice);
        }
        let of = of.map(|o| self.text(o));
        let mut voice =
            Voice { kind: entry.value.clone(), role: Some(role), of: of.clone(), ..Voice::default() };
        if self.is_anonymous(&hit.tokens, cue) {
            voice.kind = "anonymous".into();
        }
        let kind = match voice.kind.as_str() {
            // There is one police, one army; a ministry is not a council.
            "police" | "military" | "prosecutor" | "emergency_service" => voice.kind.clone(),
            kind => format!("{kind} {}", words.parsed.lower(hit.tokens.end - 1)),
        };
        match of {
            Some(of) => {
                let key = format!("body {kind} {}", of.to_lowercase());
                if let Some(&general) = self.by_key.get(&format!("body {kind}"))
                    && self.list[general].of.is_none()
                {
                    self.list[general].of = Some(of);
                    self.by_key.insert(key, general);
                    return general;
                }
                let voice = self.keyed(key, voice);
                self.by_key.insert(format!("body {kind}"), voice);
                voice
            }
            None => self.keyed(format!("body {kind}"), voice),
        }
    }

    /// What stands around a body: its modifiers and what it is of.
    fn body_around(&self, hit: &Hit) -> (TokenId, Option<Range<TokenId>>) {
        let words = self.words;
        let sentence = words.parsed.sentence_tokens(hit.tokens.start);
        let mut start = hit.tokens.start;
        while start > sentence.start
            && hit.tokens.start - start < 6
            && (words.capital(start - 1)
                && !words.is(start - 1, Flags::DET.or(Flags::PREP).or(Flags::BOUNDARY).or(Flags::SKIP))
                || words.parsed.lower(start - 1) == "'s" && start - 1 > sentence.start)
        {
            start -= 1;
        }
        let after = complement(words, hit.tokens.end);
        let before = (start < hit.tokens.start).then(|| {
            let mut end = hit.tokens.start;
            while end > start + 1 && words.parsed.lower(end - 1) == "'s" {
                end -= 1;
            }
            start..end
        });
        (start, after.or(before))
    }

    fn of_described(&mut self, phrase: &OfficePhrase, cue: &Cue) -> VoiceId {
        let role = self.role(phrase.tokens.clone(), phrase.of.clone());
        let of = phrase.of.clone().map(|o| self.text(o));
        let mut kind = phrase.kind.clone();
        if !is_plural(self.words, phrase.head)
            && let Some(name) = self.own_name(&phrase.tokens)
        {
            let key = format!("name {}", name.to_lowercase());
            return self
                .keyed(key, Voice { kind, name: Some(name), role: Some(role), of, ..Voice::default() });
        }
        if self.is_anonymous(&phrase.tokens, cue) && kind != "relative" {
            kind = "anonymous".into();
        }
        let plural = is_plural(self.words, phrase.head);
        let voice = Voice { kind: kind.clone(), role: Some(role), of, ..Voice::default() };
        let key = if plural && matches!(kind.as_str(), "police" | "prosecutor" | "military") {
            format!("body {kind}")
        } else {
            described_key(self.words, phrase, &kind)
        };
        self.keyed(key, voice)
    }

    fn of_named(&mut self, run: Range<TokenId>, _cue: &Cue) -> VoiceId {
        let name = self.text(run.clone());
        if let Some(kind) = self.kind_beside(&run) {
            let voice = Voice { kind, name: Some(name.clone()), ..Voice::default() };
            return self.keyed(format!("name {}", name.to_lowercase()), voice);
        }
        let place = run.clone().all(|t| self.words.is(t, Flags::PLACE));
        // "Moscow denies": a capital stands for its government.
        let voice = if place {
            Voice {
                kind: "official".into(),
                role: Some("government".into()),
                of: Some(name.clone()),
                ..Voice::default()
            }
        } else {
            Voice { kind: "other".into(), name: Some(name.clone()), ..Voice::default() }
        };
        self.keyed(format!("name {}", name.to_lowercase()), voice)
    }

    /// "The newspaper Morvan Post", "Skywatch, a monitoring group,": the kind that a word beside a name tells.
    fn kind_beside(&self, run: &Range<TokenId>) -> Option<String> {
        const REACH: usize = 5;
        let words = self.words;
        let kind = |t: TokenId| {
            let body = words.organisation(t).filter(|_| !words.capital(t));
            let value = body.map(|hit| words.lexicon.entry(hit.entry).value.clone());
            value.or_else(|| words.office(t).map(|hit| office_phrase(words, hit).kind))
        };
        let before =
            run.start.checked_sub(1).filter(|&t| !words.capital(t) && !is_plural(words, t)).and_then(kind);
        let aside = || {
            let indefinite = words.at(run.end, ",") && words.is(run.end + 1, Flags::INDEFINITE);
            let sentence = words.parsed.sentence_tokens(run.start);
            let reach = sentence.end.min(run.end + 2 + REACH);
            (run.end + 2..reach).take_while(|_| indefinite).take_while(|&t| !words.at(t, ",")).find_map(kind)
        };
        before.or_else(aside)
    }

    fn of_noun(&mut self, noun: Range<TokenId>, cue: &Cue) -> Option<VoiceId> {
        if !cue.strong {
            return None;
        }
        let role = self.text(noun.clone());
        // A rank alone: "the sergeant"; "their colonel" is of the body that spoke last.
        let words = self.words;
        let rank = words.office(noun.end - 1).or_else(|| words.rank(noun.end - 1)).map(|hit| {
            let force = self.last_body.map(|body| self.list[body].kind.clone());
            force.filter(|kind| kind == "police").unwrap_or_else(|| office_phrase(words, hit).kind)
        });
        let name = self.own_name(&noun);
        let key = match &name {
            Some(name) => format!("name {}", name.to_lowercase()),
            None => format!("noun {}", role.to_lowercase()),
        };
        let kind = rank.unwrap_or_else(|| "other".into());
        Some(self.keyed(key, Voice { kind, name, role: Some(role), ..Voice::default() }))
    }

    fn keyed(&mut self, key: String, voice: Voice) -> VoiceId {
        if let Some(&known) = self.by_key.get(&key) {
            return known;
        }
        self.list.push(voice);
        self.by_key.insert(key, self.list.len() - 1);
        self.list.len() - 1
    }

    /// Through what a voice speaks, from the words of the cue's sentence.
    fn set_channel(&mut self, voice: VoiceId, cue: &Cue) {
        const REACH: usize = 14;
        if self.list[voice].channel.is_some() {
            return;
        }
        let words = self.words;
        let sentence = words.parsed.sentence_tokens(cue.tokens.start);
        let frame = cue.frame();
        let inside = |hit: &&Hit| {
            let entry = words.lexicon.entry(hit.entry);
            entry.class == "channel" && hit.tokens.end <= sentence.end
        };
        let mut start = frame.start.max(sentence.start);
        let mut reach = sentence.end.min(frame.end + REACH);
        if cue.kind == CueKind::Source {
            // Each source of a list has its own channel.
            start = cue.speaker.tokens.start;
            reach = (start..reach).find(|&t| words.at(t, ";")).unwrap_or(reach);
        }
        let from = words.hits.partition_point(|h| h.tokens.start < start);
        let found = words.hits[from..].iter().take_while(|h| h.tokens.start < reach).find(inside);
        if let Some(hit) = found {
            self.list[voice].channel = Some(words.lexicon.entry(hit.entry).value.clone());
        }
    }
}

fn described_key(words: &Words<'_>, phrase: &OfficePhrase, kind: &str) -> String {
    format!("described {kind} {}", words.parsed.lower(phrase.head))
}

/// Kinds that tell who somebody is in the story.
fn person_kind(kind: &str) -> bool {
    matches!(kind, "relative" | "witness" | "victim")
}

/// The one person of some mentions.
fn only<'m>(mentions: &[&'m PersonMention]) -> Option<&'m PersonMention> {
    let first = *mentions.first()?;
    mentions.iter().all(|m| m.person == first.person).then_some(first)
}

/// Persons whose only name is the surname of exactly one other.
fn surnamed(persons: &[PersonMention]) -> HashMap<usize, usize> {
    let mut full: HashMap<&str, Vec<usize>> = HashMap::new();
    for mention in persons {
        if let Some((_, surname)) = mention.name.as_deref().and_then(|name| name.rsplit_once(' ')) {
            let known = full.entry(surname).or_default();
            if !known.contains(&mention.person) {
                known.push(mention.person);
            }
        }
    }
    let alone =
        persons.iter().filter_map(|m| Some((m.person, m.name.as_deref().filter(|n| !n.contains(' '))?)));
    alone
        .filter_map(|(person, name)| match full.get(name)?.as_slice() {
            [other] if *other != person => Some((person, *other)),
            _ => None,
        })
        .collect()
}
