//! What the engine finds in a report, as features of its sentences and of the noun phrases that may fill a role.

use super::report::folded;
use annalist::event::EventMention;
use annalist::gazetteer::Level;
use annalist::incident::{Case, Incident};
use annalist::mention::person::PersonForm;
use annalist::syntax::{Deprel, Upos};
use annalist::text::TokenId;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A report as it is judged.
pub(crate) struct Scene {
    /// Its sentences.
    pub(crate) sentences: Vec<Line>,
    /// Noun phrases that may fill a role.
    pub(crate) mentions: Vec<Mention>,
    /// Mentions of one and the same, by numbers of `mentions`.
    pub(crate) entities: Vec<Entity>,
    /// The incidents of the engine's reading.
    pub(crate) incidents: Vec<Told>,
    /// The country named most often.
    pub(crate) country: Option<String>,
}

/// One sentence.
pub(crate) struct Line {
    /// Its features, by name.
    pub(crate) names: Vec<String>,
    /// Its features, by number.
    pub(crate) features: Vec<u32>,
    /// The words, folded.
    pub(crate) words: String,
    /// Settlements and units named as where something happened.
    pub(crate) places: BTreeSet<String>,
    /// Days named.
    pub(crate) days: BTreeSet<String>,
    /// Its first words.
    pub(crate) opening: Vec<String>,
    /// Whether it opens as a new item does ("meanwhile", "another").
    pub(crate) fresh: bool,
    /// Number of its paragraph.
    pub(crate) paragraph: usize,
}

/// A noun phrase.
pub(crate) struct Mention {
    /// Number of its sentence.
    pub(crate) sentence: usize,
    /// Longer and shorter ways to cite it, the plain one first.
    pub(crate) wordings: Vec<Wording>,
    /// Its features, by name.
    pub(crate) names: Vec<String>,
    /// Its features, by number.
    pub(crate) features: Vec<u32>,
}

/// A way to cite a noun phrase.
#[derive(Clone)]
pub(crate) struct Wording {
    /// The words.
    pub(crate) words: String,
    /// What tells whether it is the way that MUC-4 cites, by name.
    pub(crate) names: Vec<String>,
    /// The same, by number.
    pub(crate) features: Vec<u32>,
}

/// Mentions that mean the same.
pub(crate) struct Entity {
    /// The words that stand for it.
    pub(crate) words: String,
    /// Its mentions.
    pub(crate) mentions: Vec<usize>,
    /// Whether it is a person by name.
    pub(crate) person: bool,
}

/// An incident of the engine, without its claims.
pub(crate) struct Told {
    /// Whether it was carried out.
    pub(crate) stage: String,
    /// First and last possible day.
    pub(crate) days: Option<(String, String)>,
    /// Country.
    pub(crate) country: Option<String>,
    /// Narrower names.
    pub(crate) places: Vec<String>,
    /// Least number killed.
    pub(crate) killed: Option<u64>,
    /// Least number injured.
    pub(crate) injured: Option<u64>,
    /// Numbers of its sentences.
    pub(crate) sentences: Vec<usize>,
}

/// Collects sentences, noun phrases and incidents of a report.
pub(crate) fn of(case: &Case<'_>, incidents: &[Incident]) -> Scene {
    let mut candidates = candidates(case);
    claims(case, incidents, &mut candidates);
    let entities = entities(&candidates);
    let mentions = candidates
        .into_iter()
        .map(|c| Mention { sentence: c.sentence, wordings: c.wordings, names: c.names, features: Vec::new() })
        .collect();
    Scene {
        sentences: sentences(case, incidents),
        mentions,
        entities,
        incidents: incidents.iter().map(|i| told(case, i)).collect(),
        country: country(case),
    }
}

fn country(case: &Case<'_>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for place in &case.marked.mentions.places {
        if let Some(country) = &place.place.country {
            *counts.entry(country).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|&(_, count)| count)?.0;
    case.gazetteer.country_name(most).map(str::to_owned)
}

fn told(case: &Case<'_>, incident: &Incident) -> Told {
    let place = &incident.place;
    let mut places: Vec<String> = Vec::new();
    for name in [&place.adm1, &place.adm2, &place.settlement, &place.name].into_iter().flatten() {
        let name = plain(name);
        if !places.contains(&name) {
            places.push(name);
        }
    }
    let country = place.country.as_deref().and_then(|c| case.gazetteer.country_name(c)).map(str::to_owned);
    Told {
        stage: incident.stage.clone(),
        days: incident.date.earliest.clone().zip(incident.date.latest.clone()),
        country,
        places,
        killed: incident.killed.as_ref().map(|c| c.min),
        injured: incident.injured.as_ref().map(|c| c.min),
        sentences: incident.sentences.clone(),
    }
}

/// A name without accents and without the word for its kind, as MUC-4 writes it.
fn plain(name: &str) -> String {
    let name = annalist::gazetteer::name::fold(name);
    let kinds = [" department", " province", " region", " municipality"];
    kinds.iter().find_map(|kind| name.strip_suffix(kind)).unwrap_or(&name).to_owned()
}

// ---------------------------------------------------------------- sentences

fn sentences(case: &Case<'_>, incidents: &[Incident]) -> Vec<Line> {
    let parsed = case.marked.parsed;
    let mut lines: Vec<Line> = Vec::new();
    for (number, sentence) in parsed.text.sentences().iter().enumerate() {
        let mut names: Vec<String> = Vec::new();
        let tokens = sentence.tokens.clone();
        let mut before = "^";
        for t in tokens.clone() {
            let word = word_of(case, t);
            if parsed.upos(t) == Upos::Punct {
                continue;
            }
            names.push(format!("w={word}"));
            names.push(format!("b={before}_{word}"));
            before = word;
            for (_, entry) in case.marked.hits_at(t) {
                names.push(format!("c={}", entry.class));
                names.push(format!("v={}:{}", entry.class, entry.value));
            }
        }
        names.extend(trigger_names(case, tokens.clone()));
        names.push(format!("at={}", place_in_text(number)));
        for incident in incidents.iter().filter(|i| i.sentences.contains(&number)) {
            names.push(format!("told={}", incident.mode));
            names.push(format!("told={}:{}", incident.mode, incident.stage));
            names.push("told".to_owned());
        }
        let days = days(case, tokens.clone(), &mut names);
        let places = places(case, tokens.clone(), &mut names);
        let fresh = case.marked.hits_in(tokens.clone(), "discourse").any(|(_, e)| e.value == "fresh");
        if let Some(last) = number.checked_sub(1) {
            let last = parsed.text.sentences()[last].tokens.clone();
            names.extend(trigger_names(case, last).into_iter().map(|n| format!("-1.{n}")));
        }
        if let Some(next) = parsed.text.sentences().get(number + 1) {
            names.extend(trigger_names(case, next.tokens.clone()).into_iter().map(|n| format!("+1.{n}")));
        }
        lines.push(Line {
            words: format!(" {} ", folded(sentence.span.of(parsed.document.text()))),
            names,
            features: Vec::new(),
            opening: tokens.clone().take(3).map(|t| word_of(case, t).to_owned()).collect(),
            places,
            days,
            fresh,
            paragraph: sentence.paragraph,
        });
    }
    lines
}

/// The days that a sentence names, and how long before the report they are.
fn days(case: &Case<'_>, tokens: Range<TokenId>, names: &mut Vec<String>) -> BTreeSet<String> {
    let published = case.marked.parsed.document.meta().published_at;
    let mut days = BTreeSet::new();
    for time in case.marked.mentions.times.iter().filter(|t| tokens.contains(&t.tokens.start)) {
        let (Some((first, last)), Some(published)) = (time.bounds, published) else { continue };
        let ago = match (published - last).get_days() {
            0 => "0",
            1 => "1",
            2..=7 => "week",
            8..=31 => "month",
            32..=400 => "year",
            _ => "old",
        };
        names.push(format!("day={ago}"));
        if first == last {
            days.insert(first.to_string());
        }
    }
    days
}

/// The places below countries that a sentence names.
fn places(case: &Case<'_>, tokens: Range<TokenId>, names: &mut Vec<String>) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for place in case.marked.mentions.places.iter().filter(|p| tokens.contains(&p.tokens.start)) {
        names.push(format!("place={:?}", place.place.level));
        if place.place.level < Level::Country {
            places.insert(folded(&place.place.name));
        }
    }
    places
}

fn place_in_text(number: usize) -> &'static str {
    match number {
        0 => "0",
        1 => "1",
        2 => "2",
        3..=5 => "3-5",
        6..=10 => "6-10",
        _ => "11-",
    }
}

/// The lemma, or what the word is where names would say too much.
fn word_of<'a>(case: &Case<'a>, token: TokenId) -> &'a str {
    let parsed = case.marked.parsed;
    let named = case
        .marked
        .person_at(token)
        .is_some_and(|p| p.name_tokens.as_ref().is_some_and(|n| n.contains(&token)));
    if named && case.marked.hits_at(token).next().is_none() {
        "<person>"
    } else if parsed.upos(token) == Upos::Num {
        "<number>"
    } else {
        parsed.lemma(token)
    }
}

fn trigger_names(case: &Case<'_>, tokens: Range<TokenId>) -> Vec<String> {
    let mut names = Vec::new();
    for event in events_in(case, tokens) {
        let kind = event.kind.name();
        names.push(format!("e={kind}:{}", event.value));
        names.push(format!("es={kind}:{}:{}", event.value, event.standing.name()));
        names.push(format!("el={}", case.marked.parsed.lemma(event.head)));
        for argument in &event.arguments {
            for class in classes(case, argument.token) {
                names.push(format!("ea={kind}:{}:{}:{class}", event.value, argument.role));
                names.push(format!("er={kind}:{}:{class}", argument.role));
            }
        }
    }
    names
}

/// What the lexicons and mentions say a word is.
fn classes(case: &Case<'_>, token: TokenId) -> Vec<String> {
    let mut classes: Vec<String> = case
        .marked
        .hits_at(token)
        .filter(|(hit, _)| case.marked.head_of(hit.tokens.clone()) == token)
        .map(|(_, e)| {
            format!(
                "{}:{}",
                e.class,
                if e.class == "perpetrator" { e.rest.first().unwrap_or(&e.value) } else { &e.value }
            )
        })
        .collect();
    if let Some(person) = case.marked.person_at(token) {
        classes.push(match person.form {
            PersonForm::Name => "person:name".into(),
            PersonForm::Office => format!("person:{}", person.office_class.as_deref().unwrap_or("office")),
            PersonForm::Pronoun => "person:pronoun".into(),
        });
    }
    if let Some(place) = case.marked.place_at(token) {
        classes.push(format!("place:{:?}", place.place.level));
    }
    if classes.is_empty() {
        classes.push(format!("upos:{}", case.marked.parsed.upos(token).as_str()));
    }
    classes
}

// ---------------------------------------------------------------- noun phrases

/// A noun phrase while it is looked at.
struct Candidate {
    tokens: Range<TokenId>,
    sentence: usize,
    words: String,
    person: Option<usize>,
    wordings: Vec<Wording>,
    names: Vec<String>,
}

fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let parsed = case.marked.parsed;
    let mut ranges: BTreeMap<(TokenId, TokenId), TokenId> = BTreeMap::new();
    for t in 0..parsed.syntax.len() {
        let noun = matches!(parsed.upos(t), Upos::Noun | Upos::Propn);
        let inside =
            matches!(parsed.deprel(t), Deprel::Compound | Deprel::Flat | Deprel::Fixed | Deprel::Goeswith)
                && parsed.head(t).is_some_and(|h| matches!(parsed.upos(h), Upos::Noun | Upos::Propn));
        if noun && !inside {
            let tokens = base(case, t);
            ranges.entry((tokens.start, tokens.end)).or_insert(t);
        }
    }
    for person in &case.marked.mentions.persons {
        if let Some(name) = &person.name_tokens {
            ranges.entry((name.start, name.end)).or_insert(person.head);
        }
    }
    for hit in &case.marked.mentions.hits {
        let entry = case.marked.lexicon.entry(hit.entry);
        let named = matches!(entry.class.as_str(), "perpetrator" | "organisation") && entry.has("named")
            || entry.class == "organisation";
        if named || entry.class == "weapon" {
            ranges
                .entry((hit.tokens.start, hit.tokens.end))
                .or_insert(case.marked.head_of(hit.tokens.clone()));
        }
    }
    let mut candidates: Vec<Candidate> =
        ranges.into_iter().map(|((start, end), head)| candidate(case, start..end, head)).collect();
    candidates.retain(|c| !folded(&c.words).is_empty());
    candidates
}

/// The noun with what stands before it, without articles, numbers and possessives, and with the rest of its name.
fn base(case: &Case<'_>, head: TokenId) -> Range<TokenId> {
    let parsed = case.marked.parsed;
    let sentence = parsed.sentence_tokens(head);
    let (mut start, mut end) = (head, head + 1);
    while end < sentence.end
        && parsed.head(end) == Some(head)
        && matches!(parsed.deprel(end), Deprel::Flat | Deprel::Fixed | Deprel::Goeswith)
    {
        end += 1;
    }
    while start > sentence.start {
        let t = start - 1;
        let below = {
            let mut at = t;
            let mut steps = 0;
            loop {
                match parsed.head(at) {
                    Some(h) if (start..end).contains(&h) => break true,
                    Some(h) if h > at && h < end && steps < 4 => at = h,
                    _ => break false,
                }
                steps += 1;
            }
        };
        let fits =
            matches!(parsed.upos(t), Upos::Noun | Upos::Propn | Upos::Adj | Upos::X | Upos::Verb | Upos::Adv)
                || parsed.upos(t) == Upos::Punct && matches!(parsed.form(t), "-" | "\"" | "/")
                || parsed.upos(t) == Upos::Part && parsed.lower(t).ends_with('s');
        if !below || !fits {
            break;
        }
        start = t;
    }
    while start < head
        && (matches!(parsed.upos(start), Upos::Punct | Upos::Adv)
            || matches!(parsed.deprel(start), Deprel::Det | Deprel::Nummod | Deprel::NmodPoss)
            || matches!(
                parsed.lower(start),
                "other" | "several" | "many" | "some" | "such" | "same" | "alleged" | "'s"
            ))
    {
        start += 1;
    }
    start..end
}

fn candidate(case: &Case<'_>, tokens: Range<TokenId>, head: TokenId) -> Candidate {
    let parsed = case.marked.parsed;
    let words = parsed.text.span_of(tokens.clone()).of(parsed.document.text());
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let person = case.marked.mentions.persons.iter().find(|p| {
        p.name_tokens.as_ref().is_some_and(|n| n.start >= tokens.start && n.end == tokens.end)
            && p.head < tokens.end
    });
    let mut names = Vec::new();
    describe(case, &tokens, head, &mut names);
    let trimmed = person.and_then(|p| p.name_tokens.clone());
    let words = match &trimmed {
        Some(name) => {
            let words = parsed.text.span_of(name.clone()).of(parsed.document.text());
            words.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        None => words,
    };
    let wordings = wordings(case, &tokens, head, &words, person.is_some());
    Candidate {
        sentence: parsed.text.sentence_of(head),
        tokens,
        words,
        person: person.map(|p| p.person),
        wordings,
        names,
    }
}

/// Ways to cite a noun phrase: as it is; with the numbers and possessives before it; with what "of" adds; without
/// adjectives; the noun alone.
fn wordings(
    case: &Case<'_>,
    tokens: &Range<TokenId>,
    head: TokenId,
    plain: &str,
    person: bool,
) -> Vec<Wording> {
    let parsed = case.marked.parsed;
    let text = |range: Range<TokenId>| {
        let words = parsed.text.span_of(range).of(parsed.document.text());
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut ways: Vec<(&'static str, Range<TokenId>)> = Vec::new();
    if !person {
        let sentence = parsed.sentence_tokens(head);
        let mut start = tokens.start;
        while start > sentence.start
            && parsed.head(start - 1).is_some_and(|h| (start - 1..tokens.end).contains(&h))
            && !matches!(parsed.deprel(start - 1), Deprel::Case | Deprel::Cc | Deprel::Mark)
            && parsed.upos(start - 1) != Upos::Punct
        {
            start -= 1;
        }
        if start < tokens.start && parsed.deprel(start) == Deprel::Det {
            start += 1;
        }
        if start < tokens.start {
            ways.push(("long", start..tokens.end));
        }
        let of = parsed.children_by(head, Deprel::Nmod).find(|&c| {
            c >= tokens.end
                && parsed.children_by(c, Deprel::Case).any(|p| p == tokens.end && parsed.lower(p) == "of")
        });
        if let Some(of) = of {
            let end = base(case, of).end;
            ways.push(("of", tokens.start..end));
            if start < tokens.start {
                ways.push(("long-of", start..end));
            }
        }
        let mut core = head;
        while core > tokens.start && !matches!(parsed.upos(core - 1), Upos::Adj | Upos::Verb | Upos::Adv) {
            core -= 1;
        }
        if core > tokens.start && head < tokens.end {
            ways.push(("core", core..tokens.end));
        }
        if core < head && head < tokens.end {
            ways.push(("head", head..tokens.end));
        }
    }
    let mut wordings = vec![("plain", plain.to_owned(), tokens.clone())];
    for (way, range) in ways {
        let words = text(range.clone());
        if wordings.iter().all(|(_, w, _)| folded(w) != folded(&words)) {
            wordings.push((way, words, range));
        }
    }
    let rivals: Vec<&'static str> = wordings.iter().map(|(way, ..)| *way).collect();
    let inside = head.clamp(tokens.start, tokens.end - 1);
    let lemma = word_of(case, inside);
    wordings
        .iter()
        .map(|(way, words, range)| {
            let mut names = vec![format!("way={way}"), format!("way={way}:h={lemma}")];
            names.extend(rivals.iter().map(|r| format!("way={way}:beside={r}")));
            names.extend(classes(case, inside).iter().map(|c| format!("way={way}:k={c}")));
            names.push(format!("way={way}:first={}", word_of(case, range.start)));
            names.push(format!("way={way}:u={}", parsed.upos(range.start).as_str()));
            names.push(format!("way={way}:len={}", range.len().min(5)));
            if *way != "long" {
                let dropped = tokens.start.saturating_sub(1);
                names.push(format!("way={way}:before={}", word_of(case, dropped)));
            }
            names.push(format!("way={way}:plain={}", word_of(case, tokens.start)));
            names.push(format!("way={way}:last={}", word_of(case, range.end - 1)));
            Wording { words: words.clone(), names, features: Vec::new() }
        })
        .collect()
}

fn describe(case: &Case<'_>, tokens: &Range<TokenId>, head: TokenId, names: &mut Vec<String>) {
    let parsed = case.marked.parsed;
    let head = if tokens.contains(&head) { head } else { tokens.end - 1 };
    let kinds = classes(case, head);
    own_words(case, tokens, head, &kinds, names);
    sides(case, tokens, head, names);
    way_up(case, head, &kinds, names);
    for child in parsed.children(head) {
        let label = parsed.deprel(child);
        if !tokens.contains(&child) && label != Deprel::Punct {
            names.push(format!("ch={}:{}", label.as_str(), word_of(case, child)));
        }
    }
    parts(case, tokens, head, &kinds, names);
    names.push(format!("at={}", place_in_text(parsed.text.sentence_of(head))));
}

/// The noun, its modifiers, its number.
fn own_words(
    case: &Case<'_>,
    tokens: &Range<TokenId>,
    head: TokenId,
    kinds: &[String],
    names: &mut Vec<String>,
) {
    let parsed = case.marked.parsed;
    names.push(format!("h={}", word_of(case, head)));
    names.push(format!("hf={}", parsed.lower(head)));
    names.push(format!("u={}", parsed.upos(head).as_str()));
    names.push(format!("len={}", tokens.len().min(4)));
    names.extend(kinds.iter().map(|class| format!("k={class}")));
    if tokens.len() > 1 {
        let words: Vec<&str> = tokens.clone().map(|t| word_of(case, t)).collect();
        names.push(format!("s={}", words.join("_")));
    }
    for t in tokens.clone().filter(|&t| t != head) {
        names.push(format!("m={}", word_of(case, t)));
        names.extend(classes(case, t).iter().map(|class| format!("mk={class}")));
    }
    if parsed.morph(head).contains("Number=Plur") {
        names.push("plural".into());
    }
    if let Some(quantity) = case.marked.quantity_of(head) {
        names.push(format!("n={}", quantity.min.min(3)));
    }
    names.extend(parsed.children_by(head, Deprel::Det).map(|det| format!("det={}", parsed.lower(det))));
}

/// What stands beside it.
fn sides(case: &Case<'_>, tokens: &Range<TokenId>, head: TokenId, names: &mut Vec<String>) {
    let sentence = case.marked.parsed.sentence_tokens(head);
    let side = |t: Option<TokenId>| match t {
        Some(t) if sentence.contains(&t) => word_of(case, t),
        _ => "^",
    };
    let (before, before_that) = (side(tokens.start.checked_sub(1)), side(tokens.start.checked_sub(2)));
    let (after, after_that) = (side(Some(tokens.end)), side(Some(tokens.end + 1)));
    names.push(format!("p1={before}"));
    names.push(format!("p2={before_that}_{before}"));
    names.push(format!("n1={after}"));
    names.push(format!("n2={after}_{after_that}"));
    names.push(format!("p1h={before}_{}", word_of(case, head)));
}

/// The words that it depends on, up to the third; what is joined by "and" goes the way of the first.
fn way_up(case: &Case<'_>, head: TokenId, kinds: &[String], names: &mut Vec<String>) {
    let parsed = case.marked.parsed;
    let (mut at, mut way) = (head, String::new());
    if parsed.deprel(at) == Deprel::Conj
        && let Some(first) = parsed.head(at)
    {
        names.push("conj".into());
        names.push(format!("conj={}", word_of(case, first)));
        names.extend(classes(case, first).iter().map(|class| format!("conjk={class}")));
        at = first;
    }
    let preposition = parsed.children_by(at, Deprel::Case).next().map_or("", |c| parsed.lower(c));
    for depth in 0..3 {
        let Some(up) = parsed.head(at) else {
            names.push(format!("way{depth}={way}root"));
            break;
        };
        let label = parsed.deprel(at).as_str();
        way = if depth == 0 { format!("{label}/{preposition}") } else { format!("{way}<{label}") };
        let passive = parsed.children(up).any(|c| parsed.deprel(c) == Deprel::AuxPass);
        let voice = if passive { "!" } else { "" };
        names.push(format!("way{depth}={way}{voice}"));
        names.push(format!("d{depth}={way}{voice}:{}", word_of(case, up)));
        names.push(format!("dh{depth}={}", word_of(case, up)));
        for class in classes(case, up).iter().filter(|c| !c.starts_with("upos")) {
            names.push(format!("dk{depth}={way}{voice}:{class}"));
            names.extend(kinds.iter().map(|kind| format!("dkk{depth}={label}{voice}:{class}:{kind}")));
        }
        at = up;
    }
}

/// The parts that the rules give it in the events of its sentence, and how far off these are.
fn parts(case: &Case<'_>, tokens: &Range<TokenId>, head: TokenId, kinds: &[String], names: &mut Vec<String>) {
    for event in events_in(case, case.marked.parsed.sentence_tokens(head)) {
        let (kind, value) = (event.kind.name(), &event.value);
        for argument in event.arguments.iter().filter(|a| tokens.contains(&a.token)) {
            let role = &argument.role;
            names.push(format!("r={kind}:{role}"));
            names.push(format!("rv={kind}:{value}:{role}"));
            names.push(format!("rs={kind}:{role}:{}", event.standing.name()));
            names.extend(kinds.iter().map(|class| format!("rk={kind}:{role}:{class}")));
        }
        let gap = match event.head as isize - head as isize {
            ..=-9 => "far-before",
            -8..=-4 => "before",
            -3..=0 => "just-before",
            1..=3 => "just-after",
            4..=8 => "after",
            _ => "far-after",
        };
        names.push(format!("g={kind}:{value}:{gap}"));
        names.extend(kinds.iter().map(|class| format!("gk={kind}:{value}:{class}")));
    }
}

/// The events whose phrases start inside some tokens.
fn events_in<'a>(case: &Case<'a>, tokens: Range<TokenId>) -> impl Iterator<Item = &'a EventMention> {
    let first = case.events.partition_point(|e| e.tokens.start < tokens.start);
    case.events[first..].iter().take_while(move |e| e.tokens.start < tokens.end)
}

/// Which claims of the engine's incidents rest on the words of a noun phrase.
fn claims(case: &Case<'_>, incidents: &[Incident], candidates: &mut [Candidate]) {
    for incident in incidents {
        for claim in &incident.claims {
            let tokens = case.marked.parsed.text.tokens_in(claim.span);
            if tokens.len() > 12 {
                continue;
            }
            for candidate in candidates.iter_mut() {
                let inside = candidate.tokens.start >= tokens.start && candidate.tokens.end <= tokens.end;
                if inside {
                    candidate.names.push(format!("cl={}", claim.field));
                    if let Some(value) = claim.value.as_str() {
                        candidate.names.push(format!("cl={}:{value}", claim.field));
                    }
                    for key in ["outcome", "role"] {
                        if let Some(value) = claim.value[key].as_str() {
                            candidate.names.push(format!("cl={}:{key}:{value}", claim.field));
                        }
                    }
                }
            }
        }
    }
}

/// Mentions of one person, or with the same words.
fn entities(candidates: &[Candidate]) -> Vec<Entity> {
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut entities: Vec<Entity> = Vec::new();
    for (number, candidate) in candidates.iter().enumerate() {
        let words = folded(&candidate.words);
        let key = match candidate.person {
            Some(person) => format!("#{person}"),
            None => words,
        };
        let at = *by_key.entry(key).or_insert(entities.len());
        if at == entities.len() {
            entities.push(Entity {
                words: candidate.words.clone(),
                mentions: Vec::new(),
                person: candidate.person.is_some(),
            });
        }
        let entity = &mut entities[at];
        entity.mentions.push(number);
        if candidate.person.is_some() && candidate.words.len() > entity.words.len() {
            entity.words = candidate.words.clone();
        }
    }
    entities
}
