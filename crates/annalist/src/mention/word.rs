//! What each token is to the finders of persons and speech: word classes read off lexicon hits.

use crate::lexicon::{Hit, Lexicon};
use crate::mention::place::{PlaceForm, PlaceMention};
use crate::syntax::{Parsed, Upos};
use crate::text::{TokenId, TokenKind};
use std::cell::OnceCell;
use std::ops::Range;

/// A set of classes of one token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u32);

macro_rules! flags {
    ($($name:ident = $bit:literal),+ $(,)?) => {
        impl Flags { $(pub(crate) const $name: Flags = Flags(1 << $bit);)+ }
    };
}

flags! {
    DET = 0, PREP = 1, BOUNDARY = 2, SKIP = 3, PRONOUN_M = 4, PRONOUN_F = 5, PRONOUN_PL = 6, PRONOUN_IT = 7,
    PRONOUN_I = 8, RELATIVE = 9, TITLE = 10, PARTICLE = 11, SUFFIX = 12, NEVER = 13, CLASS = 14, GIVEN = 15,
    PLACE = 16, PLACE_ADJ = 17, SAY_FORM = 18, SAY_NOUN = 19, CHANNEL = 20, ATTRIBUTION = 21, ANONYMITY = 22, PLURAL = 23,
    INDEFINITE = 24, AGE_LEAD = 25, AGE_TAIL = 26,
}

impl Flags {
    /// Whether it shares a class with `other`.
    pub(crate) fn any(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    pub(crate) const fn or(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// Any third-person pronoun for persons.
pub(crate) const PRONOUN: Flags = Flags::PRONOUN_M.or(Flags::PRONOUN_F).or(Flags::PRONOUN_PL);

/// Words that never stand inside a name.
const NO_NAME: Flags = Flags::DET
    .or(Flags::PREP)
    .or(Flags::BOUNDARY)
    .or(PRONOUN)
    .or(Flags::PRONOUN_IT)
    .or(Flags::PRONOUN_I)
    .or(Flags::RELATIVE)
    .or(Flags::SAY_FORM)
    .or(Flags::NEVER);

/// The classes of every token and the hits behind them.
pub(crate) struct Words<'a> {
    pub(crate) parsed: Parsed<'a>,
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) hits: &'a [Hit],
    flags: Vec<Flags>,
    office: Vec<u32>,
    organisation: Vec<u32>,
    say: Vec<u32>,
    sex: Vec<u8>,
    tagged: bool,
    /// Read when they are first asked for.
    shapes: OnceCell<Vec<Shape<'a>>>,
}

/// An ending that shows a name.
struct Shape<'a> {
    ending: &'a str,
    patronymic: bool,
    sex: Option<char>,
    letters: usize,
}

impl<'a> Words<'a> {
    /// Reads the hits once.
    pub(crate) fn new(
        parsed: &Parsed<'a>,
        hits: &'a [Hit],
        lexicon: &'a Lexicon,
        places: &[PlaceMention],
    ) -> Self {
        let len = parsed.text.tokens().len();
        let mut words = Words {
            parsed: *parsed,
            lexicon,
            hits,
            flags: vec![Flags::default(); len],
            office: vec![0; len],
            organisation: vec![0; len],
            say: vec![0; len],
            sex: vec![b'-'; len],
            tagged: (0..len).any(|t| parsed.upos(t) != Upos::X),
            shapes: OnceCell::new(),
        };
        for (number, hit) in hits.iter().enumerate() {
            words.add(number, hit);
        }
        words.drop_offices_in_bodies();
        for place in places {
            let flag = if place.form == PlaceForm::Name { Flags::PLACE } else { Flags::PLACE_ADJ };
            words.set(place.tokens.clone(), flag);
        }
        words
    }

    /// "Prosecutor's Office", "General Staff": the office is part of the body's name.
    fn drop_offices_in_bodies(&mut self) {
        for t in 0..self.office.len() {
            let (office, body) = (self.office(t), self.organisation(t));
            if let (Some(office), Some(body)) = (office, body)
                && body.tokens.len() > office.tokens.len()
                && body.tokens.start <= office.tokens.start
                && office.tokens.end <= body.tokens.end
            {
                self.office[t] = 0;
            }
        }
    }

    fn set(&mut self, tokens: Range<TokenId>, flag: Flags) {
        for t in tokens {
            self.flags[t] = self.flags[t].or(flag);
        }
    }

    fn add(&mut self, number: usize, hit: &Hit) {
        let entry = self.lexicon.entry(hit.entry);
        let tokens = hit.tokens.clone();
        let id = number as u32 + 1;
        match entry.class.as_str() {
            "speech-word" => {
                for part in entry.value.split('|') {
                    self.set(tokens.clone(), part_flag(part));
                }
            }
            "office" if self.is_office_use(hit) => keep_longest(&mut self.office, self.hits, hit, id),
            "organisation" => keep_longest(&mut self.organisation, self.hits, hit, id),
            "say-verb" => {
                // "OSCE Envoy Condemns …": no part of a name ends so.
                if tokens.len() == 1 && self.parsed.lower(tokens.start).ends_with('s') {
                    self.set(tokens.clone(), Flags::SAY_FORM);
                }
                if self.may_be_verb(tokens.start) {
                    keep_longest(&mut self.say, self.hits, hit, id);
                }
            }
            "say-noun" => self.set(tokens, Flags::SAY_NOUN),
            "title" => {
                self.sex[tokens.start] = first_byte(&entry.value);
                self.set(tokens, Flags::TITLE);
            }
            "given-name" if is_capital(self.parsed.form(tokens.start)) => {
                self.sex[tokens.start] = first_byte(&entry.value);
                self.set(tokens, Flags::GIVEN);
            }
            "name-part" => {
                let flag = if entry.value == "suffix" { Flags::SUFFIX } else { Flags::PARTICLE };
                self.set(tokens, flag);
            }
            "not-name" => {
                let flag = if entry.value == "class" { Flags::CLASS } else { Flags::NEVER };
                self.set(tokens, flag);
            }
            "channel" => self.set(tokens, Flags::CHANNEL),
            "attribution" => self.set(tokens, Flags::ATTRIBUTION),
            "anonymity" if entry.value == "anonymous" => self.set(tokens, Flags::ANONYMITY),
            _ => {}
        }
    }

    /// A rank ("Major", "Private") is one only when capitalised: "major fire", "private houses".
    fn is_office_use(&self, hit: &Hit) -> bool {
        let entry = self.lexicon.entry(hit.entry);
        let last = hit.tokens.end - 1;
        if entry.value == "rank" && !is_capital(self.parsed.form(hit.tokens.start)) {
            return false;
        }
        match self.parsed.upos(last) {
            Upos::X | Upos::Noun | Upos::Propn => true,
            // The tagger takes capitalised titles and clipped nouns for other classes.
            _ => hit.tokens.len() > 1 || is_capital(self.parsed.form(last)),
        }
    }

    /// A tagger takes past forms for adjectives and third persons for nouns where a name stands before them:
    /// "Onufriieva underlined", "the regional head reports". What stands around decides.
    fn may_be_verb(&self, token: TokenId) -> bool {
        let parsed = &self.parsed;
        let lower = parsed.lower(token);
        let before = token.checked_sub(1).map(|t| parsed.upos(t));
        let after = (token + 1 < self.len()).then(|| parsed.upos(token + 1));
        match parsed.upos(token) {
            Upos::Verb | Upos::X => true,
            _ if lower == "said" || lower == "says" || lower == "told" => true,
            // "“…?” wept Ya Modu", "“…”, shrugs Umm Jarra": no other word stands there in small letters.
            _ if self.ends_quotation(token) && parsed.form(token).starts_with(char::is_lowercase) => true,
            _ if lower.ends_with("ed") => {
                !matches!(before, Some(Upos::Det | Upos::Adp | Upos::Adj | Upos::Num))
                    && !matches!(after, Some(Upos::Noun | Upos::Adj))
            }
            Upos::Noun | Upos::Propn if lower.ends_with('s') => {
                let tag = token >= 2
                    && parsed.form(token - 1) == ","
                    && matches!(parsed.form(token - 2), "\"" | "”" | "’" | "»");
                tag || before == Some(Upos::Propn)
                    && !matches!(after, Some(Upos::Noun | Upos::Propn))
                    && parsed.lower((token + 1).min(self.len() - 1)) != "of"
                    || (before == Some(Upos::Noun) || token > 0 && parsed.form(token - 1) == ",")
                        && self.brings_words(token)
            }
            _ => false,
        }
    }

    /// Whether the mark before a token closes a whole utterance, with the comma inside or behind.
    fn ends_quotation(&self, token: TokenId) -> bool {
        let form = |back: usize| token.checked_sub(back).map_or("", |t| self.parsed.form(t));
        let closes = |form: &str| matches!(form, "\"" | "”" | "’" | "»");
        let pause = |form: &str| matches!(form, "," | "?" | "!" | "…");
        closes(form(1)) && pause(form(2)) || matches!(form(1), "," | "–" | "—") && closes(form(2))
    }

    /// "The command insists that …", "the police speaks of “…”", "“…,” the statement of the company reads.": what
    /// stands behind a word or before its subject shows that it brings somebody's words.
    fn brings_words(&self, token: TokenId) -> bool {
        const TAG: usize = 8;
        let parsed = &self.parsed;
        let sentence = parsed.sentence_tokens(token);
        let form = |t: TokenId| if t < sentence.end { parsed.form(t) } else { "" };
        let opens = |t: TokenId| matches!(form(t), "\"" | "“" | "‘" | "«");
        let plural = token > sentence.start && parsed.lower(token - 1).ends_with('s');
        let of_words = matches!(form(token + 1), "of" | "about") && opens(token + 2);
        let tags = matches!(form(token + 1), "." | "")
            && (token.saturating_sub(TAG).max(sentence.start)..=token).any(|t| self.ends_quotation(t));
        !plural && (form(token + 1) == "that" || of_words || opens(token + 1) || tags)
    }

    /// Whether a token is of one of some classes; false beyond the text.
    pub(crate) fn is(&self, token: TokenId, flags: Flags) -> bool {
        self.flags.get(token).is_some_and(|f| f.any(flags))
    }

    /// The office phrase that covers a token.
    pub(crate) fn office(&self, token: TokenId) -> Option<&'a Hit> {
        hit_at(self.hits, &self.office, token)
    }

    /// The rank that one token names, in capitals or not.
    pub(crate) fn rank(&self, token: TokenId) -> Option<&'a Hit> {
        let from = self.hits.partition_point(|h| h.tokens.start < token);
        self.hits[from..].iter().take_while(|h| h.tokens.start == token).find(|h| {
            let entry = self.lexicon.entry(h.entry);
            h.tokens.len() == 1 && entry.class == "office" && entry.value == "rank"
        })
    }

    /// The body that covers a token.
    pub(crate) fn organisation(&self, token: TokenId) -> Option<&'a Hit> {
        hit_at(self.hits, &self.organisation, token)
    }

    /// The verb of saying that covers a token.
    pub(crate) fn say(&self, token: TokenId) -> Option<&'a Hit> {
        hit_at(self.hits, &self.say, token)
    }

    /// The sex that a title or given name tells.
    pub(crate) fn sex(&self, token: TokenId) -> Option<char> {
        match self.sex[token] {
            b'm' => Some('m'),
            b'f' => Some('f'),
            _ => None,
        }
    }

    /// The sex that a word tells by its ending, if it is a patronymic or a surname of that shape.
    pub(crate) fn shape(&self, form: &str, patronymic: bool) -> Option<Option<char>> {
        let lower = form.to_lowercase();
        let letters = lower.chars().count();
        self.shapes
            .get_or_init(|| shapes(self.lexicon))
            .iter()
            .find(|s| s.patronymic == patronymic && letters >= s.letters && lower.ends_with(s.ending))
            .map(|s| s.sex)
    }

    /// Whether an analyser has tagged this text.
    pub(crate) fn tagged(&self) -> bool {
        self.tagged
    }

    /// Number of tokens.
    pub(crate) fn len(&self) -> usize {
        self.flags.len()
    }

    /// The token as written.
    pub(crate) fn form(&self, token: TokenId) -> &'a str {
        self.parsed.form(token)
    }

    /// Whether a token is this mark or word.
    pub(crate) fn at(&self, token: TokenId, form: &str) -> bool {
        token < self.len() && self.parsed.form(token) == form
    }

    /// Whether a token is a word with a capital.
    pub(crate) fn capital(&self, token: TokenId) -> bool {
        token < self.len()
            && self.parsed.text.tokens()[token].kind == TokenKind::Word
            && is_capital(self.form(token))
    }

    /// Whether nothing stands between a token and the next.
    pub(crate) fn glued(&self, token: TokenId) -> bool {
        let tokens = self.parsed.text.tokens();
        token + 1 < tokens.len() && tokens[token].span.end() == tokens[token + 1].span.start()
    }

    /// A run of capitalised words that starts at `start` and may name a person: particles, hyphens and
    /// initials included; offices, bodies, titles and words that are never names end it.
    pub(crate) fn name_run(&self, start: TokenId) -> Option<Range<TokenId>> {
        const LONGEST: usize = 9;
        if !self.may_name(start, false) {
            return None;
        }
        let sentence = self.parsed.sentence_tokens(start);
        let limit = sentence.end.min(start + LONGEST);
        let mut end = start + 1;
        while end < limit {
            // "Valentin Sukhov": a surname may be the name of a town, right behind a name that is none.
            let known = (start..end).any(|t| self.is(t, Flags::GIVEN))
                || end == start + 1
                    && self.is(end, Flags::PLACE)
                    && !self.is(end + 1, Flags::PLACE.or(Flags::CLASS))
                    && !self.is(end, Flags::CLASS)
                    && self.office[end] == 0
                    && self.organisation[end] == 0;
            if self.may_name(end, known) || self.is(end, Flags::SUFFIX) && self.capital(end) {
                end += 1;
            } else if self.joins(end) && end + 1 < limit && self.part_after_hyphen(end + 1) {
                end += 2;
            } else if let Some(after) = self.past_particles(end, limit) {
                end = after;
            } else if let Some(after) = self.past_nickname(end, limit) {
                end = after;
            } else {
                break;
            }
        }
        Some(start..end)
    }

    fn may_name(&self, token: TokenId, known: bool) -> bool {
        if !self.capital(token) || self.flags[token].any(NO_NAME) && !self.is_month_name(token) {
            return false;
        }
        if self.is(token, Flags::GIVEN) {
            return true;
        }
        // "John Baker": after a given name an occupation is a surname.
        let taken = self.office[token] != 0
            || self.organisation[token] != 0
            || self.flags[token].any(Flags::TITLE.or(Flags::CLASS))
            || self.flags[token].any(Flags::PLACE.or(Flags::PLACE_ADJ));
        known || !taken || self.follows_title(token)
    }

    /// "Jan Rovik", "April Holm": a month's name that a surname follows and no day precedes.
    fn is_month_name(&self, token: TokenId) -> bool {
        let number = |t: TokenId| self.parsed.text.tokens()[t].kind == TokenKind::Number;
        self.is(token, Flags::GIVEN)
            && token + 1 < self.len()
            && self.capital(token + 1)
            && !self.flags[token + 1].any(NO_NAME)
            && !(token > 0 && (number(token - 1) || self.is(token - 1, Flags::PREP)))
    }

    /// After a title or an office even the name of a town is a surname: "Governor Dorin".
    fn follows_title(&self, token: TokenId) -> bool {
        let place = Flags::PLACE.or(Flags::PLACE_ADJ);
        self.is(token, place)
            && token > 0
            && !self.is(token, Flags::CLASS)
            && self.office[token] == 0
            && self.organisation[token] == 0
            && (self.is(token - 1, Flags::TITLE) || self.office[token - 1] != 0 && self.capital(token - 1))
    }

    fn joins(&self, token: TokenId) -> bool {
        (self.at(token, "-") || self.at(token, "‑"))
            && self.glued(token)
            && token > 0
            && self.glued(token - 1)
    }

    fn part_after_hyphen(&self, token: TokenId) -> bool {
        self.capital(token) && !self.is(token, NO_NAME)
    }

    /// "al", "bin", "de la" before another capital; "al-" with its hyphen.
    fn past_particles(&self, at: TokenId, limit: usize) -> Option<TokenId> {
        let mut i = at;
        while i < limit && self.is(i, Flags::PARTICLE) && i - at < 3 {
            i += 1;
            if i < limit && self.at(i, "-") {
                i += 1;
            }
        }
        (i > at && i < limit && self.may_name(i, true)).then_some(i + 1)
    }

    /// A nickname in quotation marks between two parts of a name.
    fn past_nickname(&self, at: TokenId, limit: usize) -> Option<TokenId> {
        let quote = |t: TokenId| t < limit && matches!(self.form(t), "\"" | "“" | "”" | "‘" | "’" | "'");
        (quote(at) && self.capital(at + 1) && quote(at + 2) && at + 3 < limit && self.may_name(at + 3, true))
            .then_some(at + 4)
    }
}

fn shapes(lexicon: &Lexicon) -> Vec<Shape<'_>> {
    lexicon
        .of_class("name-shape")
        .map(|entry| Shape {
            ending: &entry.phrase,
            patronymic: entry.value == "patronymic",
            sex: entry.rest.first().and_then(|s| s.chars().next()).filter(|c| *c != '-'),
            letters: entry.rest.get(1).and_then(|n| n.parse().ok()).unwrap_or(0),
        })
        .collect()
}

fn keep_longest(slots: &mut [u32], hits: &[Hit], hit: &Hit, id: u32) {
    let longer = |slot: u32| slot == 0 || hits[slot as usize - 1].tokens.len() < hit.tokens.len();
    if hit.tokens.clone().all(|t| longer(slots[t])) {
        for t in hit.tokens.clone() {
            slots[t] = id;
        }
    }
}

fn hit_at<'a>(hits: &'a [Hit], slots: &[u32], token: TokenId) -> Option<&'a Hit> {
    let slot = *slots.get(token)?;
    (slot != 0).then(|| &hits[slot as usize - 1])
}

fn part_flag(part: &str) -> Flags {
    match part {
        "det" => Flags::DET,
        "prep" => Flags::PREP,
        "boundary" => Flags::BOUNDARY,
        "pronoun_m" => Flags::PRONOUN_M,
        "pronoun_f" => Flags::PRONOUN_F,
        "pronoun_pl" => Flags::PRONOUN_PL,
        "pronoun_it" => Flags::PRONOUN_IT,
        "pronoun_i" => Flags::PRONOUN_I,
        "relative" => Flags::RELATIVE,
        "skip" => Flags::SKIP,
        "plural" => Flags::PLURAL,
        "indefinite" => Flags::INDEFINITE,
        "age_lead" => Flags::AGE_LEAD,
        "age_tail" => Flags::AGE_TAIL,
        _ => Flags::default(),
    }
}

fn first_byte(value: &str) -> u8 {
    value.bytes().next().unwrap_or(b'-')
}

/// Whether a word starts with a capital.
pub(crate) fn is_capital(form: &str) -> bool {
    form.chars().next().is_some_and(char::is_uppercase)
}
