//! Persons in the text, by name, office or description.

use crate::lexicon::{Hit, Lexicon};
use crate::mention::place::PlaceMention;
use crate::mention::word::{Flags, PRONOUN, Words};
use crate::syntax::{Deprel, Parsed, Upos};
use crate::text::{TokenId, TokenKind};
use std::collections::HashMap;
use std::ops::Range;

/// A mention of one person or one office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonMention {
    /// Name, title and apposition together.
    pub tokens: Range<TokenId>,
    /// The token that other words depend on: last name, or the office when there is no name.
    pub head: TokenId,
    /// Number of the person: mentions of the same person share it.
    pub person: usize,
    /// The name in this mention, without titles; none for an office, a description or a pronoun.
    pub name_tokens: Option<Range<TokenId>>,
    /// The fullest name in the document; none for "the governor" that was never named.
    pub name: Option<String>,
    /// Office or occupation in the words of this text ("Chairman of the Electoral Commission of Belarus").
    pub office: Option<Range<TokenId>>,
    /// The noun that describes the person when it is no office ("resident", "wife").
    pub description: Option<Range<TokenId>>,
    /// Value of the office or description in the office lexicon (`official`, `police`, `witness` …).
    pub office_class: Option<String>,
    /// What the office is of ("Belgorod Oblast", "the Electoral Commission of Belarus").
    pub of: Option<Range<TokenId>>,
    /// Years.
    pub age: Option<u32>,
    /// `m` or `f`.
    pub sex: Option<char>,
    /// What the mention is.
    pub form: PersonForm,
}

/// How a mention points to its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonForm {
    /// By name, perhaps with office.
    Name,
    /// "The governor", "a local official", "the driver".
    Office,
    /// "He", "she".
    Pronoun,
}

/// Every single person that the text names or describes, in order of the first token.
///
/// # Example
/// "Governor Anton Belikov of Bryansk Oblast … The governor said … he wrote": three mentions of one person.
pub fn find(
    parsed: &Parsed<'_>,
    hits: &[Hit],
    lexicon: &Lexicon,
    places: &[PlaceMention],
) -> Vec<PersonMention> {
    find_in(&Words::new(parsed, hits, lexicon, places))
}

/// The same over word classes that are there already.
pub(crate) fn find_in(words: &Words<'_>) -> Vec<PersonMention> {
    let mut drafts = named(words);
    let mut taken = vec![false; words.len()];
    for draft in &drafts {
        taken[draft.tokens.clone()].fill(true);
    }
    described(words, &mut taken, &mut drafts);
    for (token, taken) in taken.iter().enumerate() {
        if !taken && words.is(token, Flags::PRONOUN_M.or(Flags::PRONOUN_F)) {
            let sex = if words.is(token, Flags::PRONOUN_M) { 'm' } else { 'f' };
            drafts.push(Draft::new(token..token + 1, token, PersonForm::Pronoun, Some(sex)));
        }
    }
    drafts.sort_by_key(|d| (d.tokens.start, d.tokens.end));
    resolve(words, drafts)
}

/// A mention before its person is known.
#[derive(Clone, Debug)]
struct Draft {
    tokens: Range<TokenId>,
    head: TokenId,
    form: PersonForm,
    name: Option<Range<TokenId>>,
    office: Option<OfficePhrase>,
    age: Option<u32>,
    sex: Option<char>,
    definite: bool,
}

impl Draft {
    fn new(tokens: Range<TokenId>, head: TokenId, form: PersonForm, sex: Option<char>) -> Self {
        Draft { tokens, head, form, name: None, office: None, age: None, sex, definite: true }
    }
}

/// An office with what stands around it.
#[derive(Clone, Debug)]
pub(crate) struct OfficePhrase {
    /// From the first modifier to the end of the complement, without article.
    pub(crate) tokens: Range<TokenId>,
    /// The office word itself.
    pub(crate) head: TokenId,
    /// Voice kind.
    pub(crate) kind: String,
    /// office, post, occupation, kin, person or rank.
    pub(crate) word: String,
    /// What it is of.
    pub(crate) of: Option<Range<TokenId>>,
    /// The sex that the word tells.
    pub(crate) sex: Option<char>,
}

impl OfficePhrase {
    /// Whether it says who somebody is rather than what their work is.
    pub(crate) fn describes(&self) -> bool {
        matches!(self.word.as_str(), "person" | "kin")
    }
}

/// The office phrase around one office hit.
pub(crate) fn office_phrase(words: &Words<'_>, hit: &Hit) -> OfficePhrase {
    let entry = words.lexicon.entry(hit.entry);
    let start = office_start(words, hit);
    let complement = complement(words, hit.tokens.end);
    let end = complement.as_ref().map_or(hit.tokens.end, |c| c.end);
    let of = complement.or_else(|| owner(words, start..hit.tokens.start));
    let around = of.clone().map_or(start..end, |o| start.min(o.start)..end.max(o.end));
    let kind = match entry.value.as_str() {
        "body" => kind_of_body(words, around, hit).unwrap_or("official").to_owned(),
        "rank" => kind_of_body(words, around, hit).unwrap_or("military").to_owned(),
        other => other.to_owned(),
    };
    let sex = entry.rest.get(1).and_then(|s| s.chars().next());
    let word = entry.rest.first().cloned().unwrap_or_default();
    OfficePhrase { tokens: start..end, head: hit.tokens.end - 1, kind, word, of, sex }
}

/// The first token of the modifiers before an office: "regional", "Kursk's", "Sumy Oblast Prosecutor's Office".
fn office_start(words: &Words<'_>, hit: &Hit) -> TokenId {
    const REACH: usize = 9;
    let sentence = words.parsed.sentence_tokens(hit.tokens.start);
    let mut start = hit.tokens.start;
    while start > sentence.start && hit.tokens.start - start < REACH {
        let t = start - 1;
        let joined = words.at(t, "-") && words.glued(t) && t > sentence.start && words.glued(t - 1);
        let possessive =
            words.parsed.lower(t) == "'s" || (words.at(t, "’") && words.glued(t.saturating_sub(1)));
        let modifier = joined || possessive || is_modifier(words, t);
        if !modifier || starts_sentence_with_small_word(words, t, sentence.start) {
            break;
        }
        start = t;
    }
    // A hyphen or an "'s" left alone at the head belongs to nothing.
    while start < hit.tokens.start && (words.at(start, "-") || words.parsed.lower(start) == "'s") {
        start += 1;
    }
    start
}

fn is_modifier(words: &Words<'_>, t: TokenId) -> bool {
    let small = Flags::DET.or(Flags::PREP).or(Flags::BOUNDARY).or(PRONOUN).or(Flags::SKIP);
    if words.parsed.text.tokens()[t].kind == TokenKind::Mark || words.is(t, small) || words.say(t).is_some() {
        return false;
    }
    if words.organisation(t).is_some() {
        return true;
    }
    if words.tagged() {
        return matches!(words.parsed.upos(t), Upos::Adj | Upos::Noun | Upos::Propn)
            && !ends_clause_before(words, t);
    }
    words.capital(t) || words.office(t).is_some() || words.is(t, Flags::PLACE.or(Flags::PLACE_ADJ))
}

/// A noun that the tree gives to another word than the office is no modifier of it ("told reporters mayor …").
fn ends_clause_before(words: &Words<'_>, t: TokenId) -> bool {
    matches!(words.parsed.deprel(t), Deprel::Obj | Deprel::Nsubj | Deprel::Obl | Deprel::Iobj | Deprel::Root)
        && words.parsed.head(t).is_none_or(|h| h < t)
}

fn starts_sentence_with_small_word(words: &Words<'_>, t: TokenId, first: TokenId) -> bool {
    t == first && words.is(t, Flags::SKIP.or(Flags::BOUNDARY))
}

/// The owner or place inside the words before an office: "Kursk's", "Bryansk", "Kabul police".
fn owner(words: &Words<'_>, before: Range<TokenId>) -> Option<Range<TokenId>> {
    if before.is_empty() {
        return None;
    }
    let named =
        |t: &TokenId| words.capital(*t) || words.organisation(*t).is_some() || words.is(*t, Flags::PLACE);
    let start = before.clone().find(named)?;
    let end = before.clone().rev().find(named)? + 1;
    Some(start..end)
}

fn kind_of_body<'a>(words: &Words<'a>, around: Range<TokenId>, hit: &Hit) -> Option<&'a str> {
    let mut found: Option<&str> = None;
    for t in around.filter(|t| !hit.tokens.contains(t)) {
        if let Some(body) = words.organisation(t) {
            let kind = words.lexicon.entry(body.entry).value.as_str();
            // "Kherson Oblast administration": any body tells more than the general one.
            if found.is_none() || found == Some("official") {
                found = Some(kind);
            }
        }
    }
    found
}

/// What an office is of: "of the Electoral Commission of Belarus", "for the air force".
pub(crate) fn complement(words: &Words<'_>, at: TokenId) -> Option<Range<TokenId>> {
    const LONGEST: usize = 18;
    if at >= words.len() {
        return None;
    }
    let sentence = words.parsed.sentence_tokens(at.saturating_sub(1));
    let limit = sentence.end.min(at + LONGEST);
    let mut end = at;
    let mut first = None;
    while end < limit {
        let preposition = words.parsed.lower(end);
        let wanted = match preposition {
            "of" => true,
            "for" | "from" | "in" | "at" | "to" => first.is_none() || preposition == "in",
            _ => false,
        };
        if !wanted {
            break;
        }
        let Some(noun) = noun_phrase(words, end + 1, limit) else { break };
        // "in" and "at" bind a place or a body to an office, not a time or a manner.
        if !matches!(preposition, "of" | "for") && !names_something(words, noun.clone()) {
            break;
        }
        end = noun.end;
        first = first.or(Some(noun.start));
    }
    first.map(|start| start..end)
}

fn names_something(words: &Words<'_>, noun: Range<TokenId>) -> bool {
    noun.clone().any(|t| {
        words.organisation(t).is_some()
            || words.is(t, Flags::PLACE)
            || (words.capital(t) && !words.is(t, Flags::NEVER))
    })
}

/// One noun phrase without prepositions: article, modifiers, capitals.
fn noun_phrase(words: &Words<'_>, at: TokenId, limit: TokenId) -> Option<Range<TokenId>> {
    let mut end = at;
    while end < limit && words.is(end, Flags::DET) {
        end += 1;
    }
    let start = end;
    let mut small = 0;
    while end < limit {
        let mark = words.parsed.text.tokens()[end].kind == TokenKind::Mark;
        let hyphen = mark && end > start && words.glued(end) && words.glued(end - 1) && words.at(end, "-");
        let possessive = words.parsed.lower(end) == "'s" && end > start;
        let stop = Flags::DET.or(Flags::PREP).or(Flags::BOUNDARY).or(PRONOUN).or(Flags::SKIP);
        let known = words.organisation(end).is_some();
        let number = words.parsed.text.tokens()[end].kind == TokenKind::Number && end > start;
        if !(hyphen || possessive || known || number) {
            if mark || words.is(end, stop) || words.say(end).is_some() {
                break;
            }
            // A given name or a title after the body starts the holder's name: "head of the RMA Oleh …".
            let title = words.is(end, Flags::TITLE) && words.form(end).ends_with('.');
            if end > start && (words.is(end, Flags::GIVEN) || title && words.capital(end)) {
                break;
            }
            if !words.capital(end) {
                let noun =
                    !words.tagged() || matches!(words.parsed.upos(end), Upos::Noun | Upos::Adj | Upos::Propn);
                small += 1;
                if !noun || small > 4 {
                    break;
                }
            } else if end > start && starts_holder(words, start, end) {
                break;
            }
        }
        end += 1;
    }
    (end > start).then_some(at..end)
}

/// A capital after a small noun or an abbreviation begins a new name ("governor of Kherson region Valentin Sukhov").
fn starts_holder(words: &Words<'_>, start: TokenId, at: TokenId) -> bool {
    let before = at - 1;
    let after_noun = !words.capital(before)
        && words.organisation(before).is_none()
        && words.parsed.lower(before) != "'s"
        && !words.at(before, "-")
        && words.parsed.upos(before) != Upos::Adj;
    let after_body =
        words.organisation(before).is_some_and(|b| b.tokens.end == at && b.tokens.start >= start)
            || words.is(before, Flags::PLACE) && !words.is(at, Flags::PLACE.or(Flags::CLASS));
    let two_capitals = words.capital(at + 1)
        && !words.is(at + 1, Flags::CLASS)
        && words.organisation(at).is_none()
        && !words.is(at, Flags::CLASS);
    (after_noun || after_body) && two_capitals
}

/// Names with what shows that they are persons'.
fn named(words: &Words<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut rest: Vec<Range<TokenId>> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some(run) = words.name_run(at) else {
            at += 1;
            continue;
        };
        match person_at(words, run.clone(), drafts.last().map_or(0, |d| d.tokens.end)) {
            Some(draft) => {
                at = draft.tokens.end.max(run.end);
                drafts.push(draft);
            }
            None => {
                at = run.end;
                rest.push(run);
            }
        }
    }
    later_mentions(words, &rest, &mut drafts);
    drafts
}

/// A person for a run of capitals, if its surroundings or its shape say so.
fn person_at(words: &Words<'_>, run: Range<TokenId>, free_from: TokenId) -> Option<Draft> {
    let before = office_before(words, run.start, free_from);
    let after = after_name(words, run.end);
    let class_word = words.is(run.end, Flags::CLASS) && words.capital(run.end);
    let shouted = run.len() > 2 && run.clone().all(|t| words.form(t).chars().all(|c| !c.is_lowercase()));
    let strong = before.is_some() || after.age.is_some() || after.office.is_some();
    // "Reacting, the police officer …": one capital at the head of a sentence is no name for that.
    let weak_single =
        run.len() == 1 && before.is_none() && words.tagged() && words.parsed.upos(run.start) != Upos::Propn;
    if weak_single {
        return None;
    }
    if !strong && (class_word || shouted || !looks_like_person(words, run.clone())) {
        return None;
    }
    if class_word && !words.is(run.start, Flags::GIVEN) && before.as_ref().is_none_or(|b| b.title_only) {
        return None;
    }
    let head = last_name(words, run.clone());
    let mut tokens = run.clone();
    let mut sex = name_sex(words, run.clone());
    let mut office = after.office.clone();
    if let Some(before) = before {
        tokens.start = before.start;
        sex = before.sex.or(sex);
        office = match (before.office, office) {
            (Some(b), Some(a)) if b.word == "rank" => Some(a),
            (Some(b), _) => Some(b),
            (None, a) => a,
        };
    }
    if let Some(office) = &mut office {
        sex = office.sex.or(sex);
        if office.of.is_none()
            && let Some(of) = complement(words, run.end)
        {
            tokens.end = of.end;
            office.of = Some(of);
        }
    }
    tokens.end = tokens.end.max(after.end);
    let name = Some(run);
    Some(Draft { tokens, head, form: PersonForm::Name, name, office, age: after.age, sex, definite: true })
}

/// The surname: the last part that is no suffix.
fn last_name(words: &Words<'_>, run: Range<TokenId>) -> TokenId {
    run.clone().rev().find(|&t| !words.is(t, Flags::SUFFIX)).unwrap_or(run.end - 1)
}

struct Before {
    start: TokenId,
    office: Option<OfficePhrase>,
    sex: Option<char>,
    title_only: bool,
}

/// Titles, ranks and an office right before a name, or an office set off by a comma.
fn office_before(words: &Words<'_>, name: TokenId, free_from: TokenId) -> Option<Before> {
    let mut before = Before { start: name, office: None, sex: None, title_only: true };
    let first = words.parsed.sentence_tokens(name).start.max(free_from);
    loop {
        let at = before.start;
        if at <= first {
            break;
        }
        let t = at - 1;
        if let Some(hit) = words.office(t).filter(|h| h.tokens.start >= first) {
            let phrase = office_phrase_before(words, hit, at);
            before.start = phrase.tokens.start.max(first);
            before.sex = before.sex.or(phrase.sex);
            before.title_only = false;
            if before.office.as_ref().is_none_or(|o| o.word == "rank") {
                before.office = Some(phrase);
            }
        } else if words.is(t, Flags::TITLE) && (words.capital(t) || words.form(t).ends_with('.')) {
            before.start = t;
            before.sex = before.sex.or(words.sex(t));
        } else if let Some(phrase) = long_office_before(words, at, name, first) {
            before.start = phrase.tokens.start;
            before.sex = before.sex.or(phrase.sex);
            before.title_only = false;
            if before.office.as_ref().is_none_or(|o| o.word == "rank") {
                before.office = Some(phrase);
            }
            break;
        } else {
            break;
        }
    }
    (before.start < name).then_some(before)
}

fn office_phrase_before(words: &Words<'_>, hit: &Hit, name: TokenId) -> OfficePhrase {
    let mut phrase = office_phrase(words, hit);
    if phrase.tokens.end > name {
        phrase.tokens.end = name;
    }
    phrase
}

/// "The governor of Kherson region Valentin Sukhov", "a spokeswoman for the air force, Liudmyla Savchak":
/// an office whose complement, perhaps with a comma, ends where the name starts.
fn long_office_before(words: &Words<'_>, at: TokenId, name: TokenId, first: TokenId) -> Option<OfficePhrase> {
    const REACH: usize = 20;
    let comma = words.at(at - 1, ",");
    let end = if comma { at - 1 } else { at };
    let mut t = end;
    while t > first && end - t < REACH {
        t -= 1;
        if words.at(t, ",") || words.at(t, ";") || words.say(t).is_some() {
            return None;
        }
        let Some(hit) = words.office(t) else { continue };
        t = hit.tokens.start;
        if t < first {
            return None;
        }
        let phrase = office_phrase(words, hit);
        // Only offices are set off so: "the driver, Gennady Rogov" too, but not "residents, Anna …".
        let right =
            reaches(words, phrase.tokens.end, end) && !is_plural(words, phrase.head) && phrase.word != "rank";
        if !right {
            if phrase.tokens.end > hit.tokens.end || comma {
                return None;
            }
            continue;
        }
        if comma && !closes_name(words, name) {
            return None;
        }
        // "Taras Hnatiuk, Head of the Administration, Anna …": the office is an apposition already.
        let opens = phrase.tokens.start;
        let article = opens > first && words.is(opens - 1, Flags::DET);
        let lead = if article { opens - 1 } else { opens };
        if comma && lead > first && words.at(lead - 1, ",") && lead >= 2 && words.capital(lead - 2) {
            return None;
        }
        return Some(phrase);
    }
    None
}

/// Whether an office phrase goes on to the comma, perhaps with a place that is not named: "in the state".
fn reaches(words: &Words<'_>, from: TokenId, end: TokenId) -> bool {
    const LONGEST: usize = 4;
    from == end
        || from < end
            && end - from <= LONGEST
            && words.is(from, Flags::PREP)
            && words.at(end, ",")
            && (from..end).all(|t| {
                words.parsed.text.tokens()[t].kind == TokenKind::Word
                    && !matches!(words.parsed.upos(t), Upos::Verb | Upos::Aux | Upos::Pron)
            })
}

/// Whether a name that follows a comma is an apposition: it ends at a mark or the sentence, or before a verb.
fn closes_name(words: &Words<'_>, name: TokenId) -> bool {
    let Some(run) = words.name_run(name) else { return false };
    let sentence = words.parsed.sentence_tokens(name);
    run.end >= sentence.end
        || words.parsed.text.tokens()[run.end].kind == TokenKind::Mark
        || words.say(run.end).is_some()
        || words.is(run.end, Flags::SKIP)
        || matches!(words.parsed.upos(run.end), Upos::Verb | Upos::Aux)
}

#[derive(Default)]
struct After {
    end: TokenId,
    age: Option<u32>,
    office: Option<OfficePhrase>,
}

/// Age and office set off after a name: ", 45,", "(26)", ", aged 57", ", town police chief,".
fn after_name(words: &Words<'_>, end: TokenId) -> After {
    let mut after = After { end, ..After::default() };
    if end >= words.len() {
        return after;
    }
    let last = words.parsed.sentence_tokens(end - 1).end;
    let mut at = end;
    for _ in 0..2 {
        if at >= last {
            break;
        }
        let bracket = words.at(at, "(");
        if !bracket && !words.at(at, ",") {
            break;
        }
        if let Some((age, next)) = age_at(words, at + 1, last, bracket) {
            after.age = Some(age);
            after.end = next;
            at = next;
            continue;
        }
        if let Some((office, next)) = office_after(words, at + 1, last) {
            after.office = Some(office);
            after.end = next;
        }
        break;
    }
    after
}

fn age_at(words: &Words<'_>, at: TokenId, last: TokenId, bracket: bool) -> Option<(u32, TokenId)> {
    let mut i = at;
    while i < last && words.is(i, Flags::AGE_LEAD) {
        i += 1;
    }
    if i >= last || words.parsed.text.tokens()[i].kind != TokenKind::Number {
        return None;
    }
    let age: u32 = words.form(i).parse().ok().filter(|a| (1..=115).contains(a))?;
    let mut next = i + 1;
    if next < last && words.at(next, "-") {
        // "a 45-year-old": the count belongs to a description, not to this name.
        return None;
    }
    while next < last && words.is(next, Flags::AGE_TAIL) {
        next += 1;
    }
    let closed = next >= last
        || if bracket {
            words.at(next, ")")
        } else {
            words.parsed.text.tokens()[next].kind == TokenKind::Mark
        };
    // ", 34 people": a number that counts something is no age.
    (closed || next > i + 2).then(|| (age, if bracket { (next + 1).min(last) } else { next }))
}

/// An office in apposition: starts right after the comma (and an article) and ends at a mark.
fn office_after(words: &Words<'_>, at: TokenId, last: TokenId) -> Option<(OfficePhrase, TokenId)> {
    const REACH: usize = 10;
    let mut start = at;
    while start < last && words.is(start, Flags::DET) {
        start += 1;
    }
    let limit = last.min(start + REACH);
    let mut t = start;
    while t < limit {
        if let Some(hit) = words.office(t) {
            let phrase = office_phrase(words, hit);
            let from_start = phrase.tokens.start <= start;
            // "X, deputy head of …, and Y": a plural or a following name with its own verb is another person.
            let another = phrase.word == "rank" && phrase.tokens.len() == hit.tokens.len();
            let names_next =
                words.name_run(phrase.tokens.end).is_some_and(|r| !words.is(r.start, Flags::PLACE));
            if from_start && !is_plural(words, phrase.head) && !another && !names_next {
                let phrase_end = phrase.tokens.end;
                return Some((phrase, phrase_end));
            }
            return None;
        }
        let passes = is_modifier(words, t) || words.at(t, "-") || words.parsed.lower(t) == "'s";
        if !passes {
            return None;
        }
        t += 1;
    }
    None
}

/// Given name first, patronymic, a Slavic pair, or the subject of a verb of saying.
fn looks_like_person(words: &Words<'_>, run: Range<TokenId>) -> bool {
    if run.len() < 2 {
        return false;
    }
    let has_place = run.clone().any(|t| words.is(t, Flags::PLACE.or(Flags::CLASS)));
    if words.is(run.start, Flags::GIVEN) || run.clone().any(|t| words.shape(words.form(t), true).is_some()) {
        return true;
    }
    if has_place || run.len() > 5 {
        return false;
    }
    let place_before = run.start > 0
        && words.is(run.start - 1, Flags::PREP)
        && words.parsed.lower(run.start - 1) != "by"
        && words.parsed.lower(run.start - 1) != "of";
    let surname = words.form(run.end - 1);
    let says = words.say(run.end).is_some()
        || run.start > 0 && words.say(run.start - 1).is_some() && !words.at(run.start, "-");
    let relative = words.at(run.end, ",") && words.parsed.lower((run.end + 1).min(words.len() - 1)) == "who";
    let initial = words.form(run.start).chars().count() == 2 && words.form(run.start).ends_with('.');
    let head = words.parsed.deprel(run.start);
    let subject = run.len() <= 3
        && (head.is_a(Deprel::Nsubj) || words.parsed.deprel(run.end - 1).is_a(Deprel::Nsubj))
        && run.clone().all(|t| words.parsed.upos(t) == Upos::Propn);
    (words.shape(surname, false).is_some() && !place_before) || says || relative || initial || subject
}

fn name_sex(words: &Words<'_>, run: Range<TokenId>) -> Option<char> {
    let patronymic = run.clone().find_map(|t| words.shape(words.form(t), true)).flatten();
    let given = words.sex(run.start).filter(|_| words.is(run.start, Flags::GIVEN));
    let surname = if run.len() > 1 { words.shape(words.form(run.end - 1), false).flatten() } else { None };
    patronymic.or(given).or(surname)
}

/// Runs that share a surname, or given name with patronymic, with somebody named before or after; a known
/// surname is one too where the gazetteer has a place of that name.
fn later_mentions(words: &Words<'_>, rest: &[Range<TokenId>], drafts: &mut Vec<Draft>) {
    let mut known: HashMap<String, Option<char>> = HashMap::new();
    let mut taken = vec![false; words.len()];
    for draft in drafts.iter() {
        taken[draft.tokens.clone()].fill(true);
        let Some(name) = &draft.name else { continue };
        for t in [draft.head, name.start] {
            let form = words.form(t);
            let only_part = name.len() == 1 && words.is(t, Flags::PLACE);
            if form.chars().count() >= 3 && !only_part && (t == draft.head || !words.is(t, Flags::PLACE)) {
                known.entry(form.to_owned()).or_insert(draft.sex);
            }
        }
    }
    let mut found = Vec::new();
    for run in rest {
        let head = last_name(words, run.clone());
        let first = words.form(run.start);
        let hit = known.get(words.form(head)).or_else(|| known.get(first).filter(|_| run.len() <= 2));
        if let Some(sex) = hit
            && !(words.is(run.end, Flags::CLASS) && words.capital(run.end))
        {
            let sex = name_sex(words, run.clone()).or(*sex);
            taken[run.clone()].fill(true);
            found.push((run.clone(), head, sex));
        }
    }
    for (t, taken) in taken.iter().enumerate() {
        if *taken || !words.is(t, Flags::PLACE.or(Flags::PLACE_ADJ)) || !words.capital(t) {
            continue;
        }
        let alone = (t == 0 || !words.capital(t - 1)) && !words.capital(t + 1);
        let at_place = t > 0 && words.is(t - 1, Flags::PREP) && words.parsed.lower(t - 1) != "by";
        if let Some(sex) = known.get(words.form(t)).filter(|_| alone && !at_place) {
            found.push((t..t + 1, t, *sex));
        }
    }
    drafts.extend(found.into_iter().map(|(run, head, sex)| Draft {
        name: Some(run.clone()),
        ..Draft::new(run, head, PersonForm::Name, sex)
    }));
}

/// Offices and descriptions without a name.
fn described(words: &Words<'_>, taken: &mut [bool], drafts: &mut Vec<Draft>) {
    let mut t = 0;
    while t < words.len() {
        let Some(hit) = words.office(t).cloned() else {
            t += 1;
            continue;
        };
        let last = hit.tokens.end - 1;
        if t != hit.tokens.start || taken[t] || is_plural(words, last) || !is_noun_use(words, &hit) {
            t = t.max(last) + 1;
            continue;
        }
        let phrase = office_phrase(words, &hit);
        t = phrase.tokens.end.max(hit.tokens.end);
        if taken[phrase.tokens.clone()].iter().any(|&x| x) {
            continue;
        }
        let article = phrase.tokens.start.checked_sub(1).filter(|&a| words.is(a, Flags::DET));
        let indefinite = article.is_some_and(|a| words.is(a, Flags::INDEFINITE));
        if phrase.word == "rank" || (article.is_none() && phrase.word == "person") {
            continue;
        }
        let start = article.unwrap_or(phrase.tokens.start);
        taken[start..phrase.tokens.end].fill(true);
        let age = age_before(words, phrase.tokens.start, phrase.head);
        drafts.push(Draft {
            definite: !indefinite,
            age,
            office: Some(phrase.clone()),
            ..Draft::new(start..phrase.tokens.end, phrase.head, PersonForm::Office, phrase.sex)
        });
    }
}

/// "64-year-old" among the modifiers of a description.
fn age_before(words: &Words<'_>, start: TokenId, head: TokenId) -> Option<u32> {
    let lead = start.saturating_sub(5);
    (lead..head).rev().find_map(|t| {
        let year = t + 2 < head && words.at(t + 1, "-") && words.parsed.lower(t + 2) == "year";
        year.then(|| words.form(t).parse().ok()).flatten()
    })
}

/// "heads to", "guards the": an office word used as a verb.
fn is_noun_use(words: &Words<'_>, hit: &Hit) -> bool {
    let last = hit.tokens.end - 1;
    if words.is(hit.tokens.end, Flags::CLASS) && words.capital(hit.tokens.end) {
        return false;
    }
    match words.parsed.upos(last) {
        Upos::Noun | Upos::Propn => !words.parsed.deprel(last).is_a(Deprel::Compound),
        Upos::X => true,
        _ => hit.tokens.len() > 1,
    }
}

/// A plural by its shape.
pub(crate) fn is_plural(words: &Words<'_>, token: TokenId) -> bool {
    let lower = words.parsed.lower(token);
    (lower.ends_with('s') && !lower.ends_with("ss") && !lower.ends_with("us") && lower.len() > 3)
        || lower.ends_with("men") && lower.len() > 4
        || words.is(token, Flags::PLURAL)
}

/// A person gathered from mentions.
#[derive(Default)]
struct Person {
    parts: Vec<String>,
    name: Option<String>,
    office: Option<OfficePhrase>,
    office_words: Vec<String>,
    age: Option<u32>,
    sex: Option<char>,
}

/// Gives every mention its person.
fn resolve(words: &Words<'_>, drafts: Vec<Draft>) -> Vec<PersonMention> {
    let mut persons: Vec<Person> = Vec::new();
    let mut by_part: HashMap<String, Vec<usize>> = HashMap::new();
    let mut numbers: Vec<Option<usize>> = vec![None; drafts.len()];
    // Full names first, wherever they stand: a headline often has the surname alone.
    for full in [true, false] {
        for (n, draft) in drafts.iter().enumerate() {
            let Some(name) = &draft.name else { continue };
            let parts = name_parts(words, name.clone());
            if (parts.len() >= 2) != full || parts.is_empty() {
                continue;
            }
            let person = same_name(words, &persons, &by_part, &parts, draft.sex).unwrap_or_else(|| {
                persons.push(Person::default());
                persons.len() - 1
            });
            let known = &mut persons[person];
            if parts.len() > known.parts.len() {
                for part in &parts {
                    let list = by_part.entry(part.clone()).or_default();
                    if list.last() != Some(&person) {
                        list.push(person);
                    }
                }
                known.parts = parts;
                let span = words.parsed.text.span_of(name.clone());
                known.name = Some(span.of(words.parsed.document.text()).to_owned());
            }
            known.age = known.age.or(draft.age);
            known.sex = known.sex.or(draft.sex);
            if let Some(office) = &draft.office {
                known.office_words.push(words.parsed.lower(office.head).to_owned());
                if known.office.as_ref().is_none_or(|o| o.word == "rank") {
                    known.office = Some(office.clone());
                }
            }
            numbers[n] = Some(person);
        }
    }
    others(words, &drafts, &mut persons, &mut numbers);
    drafts
        .into_iter()
        .zip(numbers)
        .filter_map(|(draft, person)| person.map(|p| mention(draft, p, &persons[p])))
        .collect()
}

fn mention(draft: Draft, number: usize, person: &Person) -> PersonMention {
    let office = draft.office.or_else(|| person.office.clone());
    PersonMention {
        tokens: draft.tokens,
        head: draft.head,
        person: number,
        name_tokens: draft.name,
        name: person.name.clone(),
        office: office.as_ref().filter(|o| !o.describes()).map(|o| o.tokens.clone()),
        description: office.as_ref().filter(|o| o.describes()).map(|o| o.tokens.clone()),
        office_class: office.as_ref().map(|o| o.kind.clone()),
        of: office.and_then(|o| o.of),
        age: draft.age.or(person.age),
        sex: draft.sex.or(person.sex),
        form: draft.form,
    }
}

/// Offices and pronouns, in order of the text.
fn others(words: &Words<'_>, drafts: &[Draft], persons: &mut Vec<Person>, numbers: &mut [Option<usize>]) {
    let mut by_office: HashMap<String, usize> = HashMap::new();
    let mut recent: Vec<(usize, usize)> = Vec::new();
    // Offices of persons named only later in the text serve an earlier "the governor" too.
    let mut offices_anywhere: HashMap<String, usize> = HashMap::new();
    for (n, person) in persons.iter().enumerate() {
        for word in &person.office_words {
            offices_anywhere.entry(word.clone()).or_insert(n);
        }
    }
    let introduced = introduced(words, drafts, numbers);
    for (n, draft) in drafts.iter().enumerate() {
        let person = match draft.form {
            PersonForm::Name => numbers[n],
            PersonForm::Office => {
                let Some(office) = &draft.office else { continue };
                let word = words.parsed.lower(office.head).to_owned();
                let of = office.of.clone().map(|o| of_key(words, o));
                let full = format!("{word} {}", of.clone().unwrap_or_default());
                let known = draft.definite.then(|| match &of {
                    // "The governor": whoever held that office last.
                    None => by_office.get(&word).or_else(|| offices_anywhere.get(&word)),
                    Some(_) => by_office.get(&full),
                });
                let later = || {
                    introduced
                        .get(&word)
                        .copied()
                        .flatten()
                        .filter(|&(at, _)| at > draft.head)
                        .map(|(_, p)| p)
                };
                let found = known.flatten().copied().or_else(later).unwrap_or_else(|| {
                    persons.push(Person {
                        office: Some(office.clone()),
                        sex: draft.sex,
                        ..Person::default()
                    });
                    persons.len() - 1
                });
                by_office.insert(word, found);
                by_office.insert(full, found);
                Some(found)
            }
            PersonForm::Pronoun => antecedent(words, draft, &recent, persons),
        };
        numbers[n] = person;
        let Some(person) = person else { continue };
        if draft.form == PersonForm::Pronoun {
            // "Her client feared for his life": only a subject tells the sex of whom it stands for.
            if matches!(words.parsed.lower(draft.head), "he" | "she") {
                persons[person].sex = persons[person].sex.or(draft.sex);
            }
        } else if let Some(office) = draft.office.as_ref().or(persons[person].office.as_ref()) {
            let word = words.parsed.lower(office.head).to_owned();
            if let Some(of) = &office.of {
                by_office.insert(format!("{word} {}", of_key(words, of.clone())), person);
            }
            by_office.insert(word, person);
        }
        recent.push((draft.head, person));
    }
}

/// "A spokeswoman said … The spokeswoman, Lena Holm, gave no number": for every office whose one holder is named with
/// "the" before the office, where and who.
fn introduced(
    words: &Words<'_>,
    drafts: &[Draft],
    numbers: &[Option<usize>],
) -> HashMap<String, Option<(TokenId, usize)>> {
    let mut holders: HashMap<String, Option<(TokenId, usize)>> = HashMap::new();
    for (draft, number) in drafts.iter().zip(numbers) {
        let (Some(name), Some(office), Some(person)) = (&draft.name, &draft.office, *number) else {
            continue;
        };
        let start = office.tokens.start;
        let told = office.of.is_none()
            && start > 0
            && words.parsed.lower(start - 1) == "the"
            && words.at(office.tokens.end.min(name.start), ",");
        if told {
            holders
                .entry(words.parsed.lower(office.head).to_owned())
                .and_modify(|known| *known = known.filter(|&(_, p)| p == person))
                .or_insert(Some((draft.head, person)));
        }
    }
    holders
}

fn of_key(words: &Words<'_>, of: Range<TokenId>) -> String {
    of.filter(|&t| words.capital(t)).map(|t| words.parsed.lower(t)).collect::<Vec<_>>().join(" ")
}

/// The person that "he" or "she" most likely means: the nearest subject or opener of the last sentences
/// that fits in sex, else the nearest that fits.
fn antecedent(
    words: &Words<'_>,
    draft: &Draft,
    recent: &[(usize, usize)],
    persons: &[Person],
) -> Option<usize> {
    const WINDOW: usize = 12;
    const SENTENCES: usize = 4;
    let here = words.parsed.text.sentence_of(draft.head);
    let fits = |p: usize| persons[p].sex.is_none() || draft.sex.is_none() || persons[p].sex == draft.sex;
    let mut best: Option<(i32, usize)> = None;
    for &(head, person) in recent.iter().rev().take(WINDOW) {
        let sentence = words.parsed.text.sentence_of(head);
        if here - sentence > SENTENCES || !fits(person) {
            continue;
        }
        let mut score = -3 * (here - sentence) as i32;
        let first = words.parsed.text.sentences()[sentence].tokens.start;
        let subject = words.parsed.deprel(head).is_a(Deprel::Nsubj) || words.say(head + 1).is_some();
        score += if subject { 3 } else { 0 };
        score += if head - first < 6 { 1 } else { 0 };
        score += if persons[person].sex == draft.sex { 2 } else { 0 };
        score += if persons[person].name.is_some() { 1 } else { 0 };
        if best.is_none_or(|(s, _)| score > s) {
            best = Some((score, person));
        }
    }
    best.map(|(_, person)| person)
}

fn name_parts(words: &Words<'_>, name: Range<TokenId>) -> Vec<String> {
    name.filter(|&t| {
        words.parsed.text.tokens()[t].kind == TokenKind::Word
            && !words.is(t, Flags::SUFFIX)
            && words.capital(t)
    })
    .map(|t| words.parsed.lower(t).to_owned())
    .collect()
}

/// A person met before under this name: same surname with a fitting given name, same given name with a
/// patronymic, or one part alone.
fn same_name(
    words: &Words<'_>,
    persons: &[Person],
    by_part: &HashMap<String, Vec<usize>>,
    parts: &[String],
    sex: Option<char>,
) -> Option<usize> {
    let fits_sex = |p: usize| sex.is_none() || persons[p].sex.is_none() || persons[p].sex == sex;
    let last = parts.last()?;
    let newest = |key: &String, fits: &dyn Fn(usize) -> bool| {
        by_part.get(key).and_then(|list| list.iter().rev().take(16).copied().find(|&p| fits(p)))
    };
    if parts.len() == 1 {
        return newest(last, &|p| persons[p].parts.last() == Some(last) && fits_sex(p))
            .or_else(|| newest(last, &|p| persons[p].parts.first() == Some(last) && fits_sex(p)));
    }
    let first = &parts[0];
    let surname = newest(last, &|p| {
        let other = &persons[p].parts;
        other.last() == Some(last)
            && (other.first() == Some(first) || is_initial(first, &other[0]) || is_initial(&other[0], first))
    });
    if surname.is_some() {
        return surname;
    }
    let patronymic = words.shape(last, true).is_some();
    newest(first, &|p| {
        let other = &persons[p].parts;
        other.first() == Some(first)
            && (other.len() == 1
                || (patronymic && other.len() <= 3 && !has_other_patronymic(words, other, last)))
    })
}

fn has_other_patronymic(words: &Words<'_>, parts: &[String], patronymic: &str) -> bool {
    parts.iter().any(|p| words.shape(p, true).is_some() && p != patronymic)
}

/// "a." and "anna".
fn is_initial(short: &str, long: &str) -> bool {
    let mut chars = short.chars();
    let first = chars.next();
    chars.as_str() == "." && first.is_some() && first == long.chars().next()
}
