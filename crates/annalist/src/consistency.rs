//! consistency: here are incidents, voices and claims, what cannot both be true?
//!
//! One detector for each kind. Precision comes first: a false alarm costs trust.

mod account;
mod count;
mod denial;

use crate::event::{EventKind, Standing};
use crate::incident::{Case, Claim, Incident};
use crate::lexicon::Entry;
use crate::mention::place::{Level, PlaceMention};
use crate::span::Span;
use crate::speech::{Attribution, NARRATOR, SpeechForm, VoiceId};
use crate::text::TokenId;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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
pub fn find(case: &Case<'_>, incidents: &[Incident]) -> Vec<Contradiction> {
    let mut found = Vec::new();
    // No report that a person wrote tells of more; what is longer is a collection.
    const INCIDENTS_MAX: usize = 128;
    for incident in incidents.iter().take(INCIDENTS_MAX) {
        found.extend(role_vs_place(case, incident));
        found.extend(perpetrator_vs_investigation(case, incident));
        found.extend(subcount_exceeds_total(case, incident));
        found.extend(outcome_mismatch(incident));
    }
    found.extend(count::find(case, &incidents[..incidents.len().min(INCIDENTS_MAX)]));
    found.extend(account::find(case, &incidents[..incidents.len().min(INCIDENTS_MAX)]));
    found.extend(denial::find(case, incidents));
    found.extend(governs_elsewhere(case));
    found.extend(speaker_vs_subject(case, incidents));
    found.extend(regret_of_another(case, incidents));
    if found.iter().all(|c| c.kind != "outcome_mismatch") {
        found.extend(lives_on(case));
    }
    found.extend(isolated_vs_series(case));
    found.extend(two_speakers_one_quote(case));
    found.sort_by_key(|c| (c.spans.first().map_or(0, |s| s.start()), c.kind));
    found.dedup_by(|a, b| a.kind == b.kind && a.spans == b.spans);
    once_per_kind(found)
}

/// Several incidents may share the words of one contradiction: it is reported once for the same first words.
fn once_per_kind(found: Vec<Contradiction>) -> Vec<Contradiction> {
    let mut seen = BTreeSet::new();
    let key = |c: &Contradiction| {
        let words = if c.kind == "role_vs_place" { c.spans.first() } else { c.spans.last() };
        (c.kind, words.map(|s| s.start()))
    };
    found.into_iter().filter(|c| seen.insert(key(c))).collect()
}

/// A holder of a local or electoral office whose jurisdiction does not contain the place where the report has
/// the holder attacked.
fn role_vs_place(case: &Case<'_>, incident: &Incident) -> Vec<Contradiction> {
    let marked = case.marked;
    let place = &incident.place;
    let (Some(country), Some(name)) = (&place.country, &place.name) else { return Vec::new() };
    let concerned = |name: &str| incident.people.iter().any(|p| p.name.as_deref() == Some(name));
    let mut found = Vec::new();
    for person in &marked.mentions.persons {
        let (Some(full_name), Some(office)) = (&person.name, &person.office) else { continue };
        if !concerned(full_name) || !is_local_office(case, office) {
            continue;
        }
        let Some(seat) = place_in(case, &person.tokens) else { continue };
        // "MP for Orvik": whoever sits in a parliament works elsewhere.
        if seat.tokens.start > 0 && marked.parsed.lower(seat.tokens.start - 1) == "for" {
            continue;
        }
        let seat_country = &seat.place.country;
        let abroad = seat_country.as_ref().is_some_and(|c| c != country);
        let elsewhere = seat_country.as_ref() == Some(country)
            && seat.place.level < Level::Country
            && seat.place.adm1.is_some()
            && place.adm1.is_some()
            && seat.place.adm1 != place.adm1;
        if !(abroad || elsewhere) {
            continue;
        }
        let mut spans = vec![case.span_of(office.clone())];
        spans.extend(incident.claims.iter().filter(|c| c.field == "place").map(|c| c.span).take(1));
        found.push(Contradiction {
            kind: "role_vs_place",
            severity: Severity::Hard,
            spans,
            note: format!(
                "{full_name} holds an office of {} but is reported at {name}, which lies elsewhere",
                seat.place.name
            ),
        });
    }
    found.truncate(1);
    found
}

/// "The mayor of Orvik, who has governed Dorin since 2023": an office of one place and the rule of another.
fn governs_elsewhere(case: &Case<'_>) -> Option<Contradiction> {
    const REACH: usize = 8;
    let marked = case.marked;
    let parsed = &marked.parsed;
    marked.mentions.persons.iter().find_map(|person| {
        let office = person.office.clone().filter(|office| person.tokens.contains(&office.start))?;
        person.name_tokens.as_ref()?;
        let seat = place_in(case, &person.tokens).filter(|_| is_local_office(case, &office))?;
        let sentence = parsed.sentence_tokens(person.head);
        let aside = person.tokens.end..sentence.end.min(person.tokens.end + REACH);
        let rules =
            aside.clone().find(|&t| marked.entry_at(t, "stance").is_some_and(|e| e.value == "rule"))?;
        let relative = (person.tokens.end..rules).any(|t| matches!(parsed.lower(t), "who" | "where"));
        let ruled = (rules + 1..sentence.end.min(rules + 4)).find_map(|t| marked.place_at(t))?;
        let apart = ruled.place.country != seat.place.country
            || ruled.place.adm1.is_some() && seat.place.adm1.is_some() && ruled.place.adm1 != seat.place.adm1;
        (relative && apart).then(|| Contradiction {
            kind: "role_vs_place",
            severity: Severity::Hard,
            spans: vec![case.span_of(person.tokens.clone()), case.span_of(rules..ruled.tokens.end)],
            note: format!("holds an office of {} but is said to rule {}", seat.place.name, ruled.place.name),
        })
    })
}

fn is_local_office(case: &Case<'_>, office: &Range<TokenId>) -> bool {
    ["human", "organisation", "election", "office"]
        .iter()
        .any(|class| case.marked.hits_in(office.clone(), class).any(|(_, e)| is_public(&e.value)))
        && !["human", "office"]
            .iter()
            .any(|class| case.marked.hits_in(office.clone(), class).any(|(_, e)| !is_public(&e.value)))
}

/// Those who write of a place hold no office of it.
fn is_public(kind: &str) -> bool {
    !matches!(kind, "media" | "journalist")
}

fn place_in<'a>(case: &Case<'a>, tokens: &Range<TokenId>) -> Option<&'a PlaceMention> {
    let places: &'a [PlaceMention] = &case.marked.mentions.places;
    let first = places.partition_point(|p| p.tokens.start < tokens.start);
    places[first..].iter().take_while(|p| p.tokens.start < tokens.end).find(|p| p.tokens.end <= tokens.end)
}

/// Words of one party's speaker presented as the position of another party's government.
fn speaker_vs_subject(case: &Case<'_>, incidents: &[Incident]) -> Vec<Contradiction> {
    let text = case.marked.parsed.text;
    let mut homes: BTreeMap<VoiceId, Option<String>> = BTreeMap::new();
    let mut found = Vec::new();
    for quote in case.speech.attributions.iter().filter(|a| a.form == SpeechForm::Direct) {
        let at = text.tokens_in(quote.content);
        if at.is_empty() {
            continue;
        }
        let sentence = text.sentence_of(at.start);
        let subject = (sentence.saturating_sub(1)..=sentence)
            .filter(|&s| text.sentences()[s].paragraph == text.sentences()[sentence].paragraph)
            .find_map(|s| government_taking_a_stand(case, s, quote.content));
        let Some((tokens, country)) = subject else { continue };
        let home = homes.entry(quote.voice).or_insert_with(|| home_country(case, incidents, quote.voice));
        if home.as_ref().is_none_or(|home| *home == country) {
            continue;
        }
        let stand = text.sentences()[text.sentence_of(tokens.start)].span;
        found.push(Contradiction {
            kind: "speaker_vs_subject",
            severity: Severity::Hard,
            spans: vec![stand, quote.content],
            note: "the position of one government is illustrated with the words of an official of another country"
                .to_owned(),
        });
    }
    found.truncate(1);
    found
}

/// "Kyiv regrets …" over the words "I sincerely regret …" of an official of another country.
fn regret_of_another(case: &Case<'_>, incidents: &[Incident]) -> Option<Contradiction> {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let head = parsed.text.sentences().first()?;
    let (tokens, country) = government_taking_a_stand(case, 0, Span::new(0, 0))?;
    let stand = (tokens.end..head.tokens.end).find_map(|t| stance(case, t))?;
    let same = |quote: &&Attribution| {
        let words = parsed.text.tokens_in(quote.content);
        let says = words.into_iter().any(|t| stance(case, t).is_some_and(|e| e.phrase == stand.phrase));
        says && quote.form == SpeechForm::Direct && !head.span.contains(quote.content)
    };
    let mut quotes = case.speech.attributions.iter().filter(same);
    let quote =
        quotes.find(|q| home_country(case, incidents, q.voice).is_some_and(|home| home != country))?;
    Some(Contradiction {
        kind: "speaker_vs_subject",
        severity: Severity::Hard,
        spans: vec![head.span, quote.content],
        note: "the headline gives one government the words of an official of another country".to_owned(),
    })
}

fn stance<'a>(case: &Case<'a>, token: TokenId) -> Option<&'a Entry> {
    case.marked.entry_at(token, "stance").filter(|entry| entry.value == "stance")
}

/// "The Belarusian government has reiterated …": a government as the subject of a verb of saying or promising.
fn government_taking_a_stand(
    case: &Case<'_>,
    sentence: usize,
    quote: Span,
) -> Option<(Range<TokenId>, String)> {
    let marked = case.marked;
    let tokens = marked.parsed.text.sentences()[sentence].tokens.clone();
    marked.hits_in(tokens.clone(), "government").find_map(|(hit, _)| {
        if quote.contains(case.span_of(hit.tokens.clone())) {
            return None;
        }
        let near = hit.tokens.start.saturating_sub(3).max(tokens.start)..(hit.tokens.end + 4).min(tokens.end);
        let place = marked.mentions.places.iter().find(|p| near.contains(&p.tokens.start))?;
        let stands =
            (hit.tokens.end..(hit.tokens.end + 6).min(tokens.end)).any(|t| stance(case, t).is_some());
        // "Kyiv regrets": a capital stands for its government.
        let whole = place.place.level == Level::Country || hit.tokens.contains(&place.tokens.start);
        (stands && whole).then(|| (hit.tokens.clone(), place.place.country.clone().unwrap_or_default()))
    })
}

/// The country that an official speaks for: that of the office, else the one where all lies that he reports.
fn home_country(case: &Case<'_>, incidents: &[Incident], voice: VoiceId) -> Option<String> {
    let speaker = case.speech.voices.get(voice)?;
    if voice == NARRATOR || speaker.kind != "official" {
        return None;
    }
    let by_office = case
        .marked
        .mentions
        .persons
        .iter()
        .filter(|p| p.name.is_some() && p.name == speaker.name)
        .find_map(|p| place_in(case, &p.tokens).and_then(|place| place.place.country.clone()));
    by_office.or_else(|| {
        let countries: BTreeSet<&String> = incidents
            .iter()
            .filter(|i| i.voices.contains(&voice))
            .filter_map(|i| i.place.country.as_ref())
            .collect();
        (countries.len() == 1).then(|| countries.into_iter().next().cloned()).flatten()
    })
}

/// A perpetrator asserted in the narrator's voice while the perpetrators are still to be found.
fn perpetrator_vs_investigation(case: &Case<'_>, incident: &Incident) -> Option<Contradiction> {
    if let Some(found) = claimed_and_unclaimed(case, incident) {
        return Some(found);
    }
    let claim = incident.claims.iter().find(|c| c.field == "perpetrator" && c.voice == NARRATOR)?;
    let sought = case
        .marked
        .mentions
        .hits
        .iter()
        .filter(|hit| {
            let entry = case.marked.lexicon.entry(hit.entry);
            entry.class == "responsibility" && entry.has("identity")
        })
        .map(|hit| case.span_of(hit.tokens.clone()))
        .find(|span| !span.overlaps(claim.span))?;
    Some(Contradiction {
        kind: "perpetrator_vs_investigation",
        severity: Severity::Hard,
        spans: vec![claim.span, sought],
        note: "a perpetrator is asserted in the narrator's voice while the perpetrators are still to be identified"
            .to_owned(),
    })
}

/// "No group has claimed the attack" and "the group claimed responsibility" for one incident.
fn claimed_and_unclaimed(case: &Case<'_>, incident: &Incident) -> Option<Contradiction> {
    let text = case.marked.parsed.text;
    let inside = |span: &Span| incident.sentences.iter().any(|&s| text.sentences()[s].span.contains(*span));
    let none = case.hits_of("responsibility", "none").find(inside)?;
    let claimed = case.hits_of("responsibility", "claimed").find(|s| inside(s) && !s.overlaps(none))?;
    Some(Contradiction {
        kind: "perpetrator_vs_investigation",
        severity: Severity::Hard,
        spans: vec![none, claimed],
        note: "nobody is said to have claimed the attack, and somebody is said to have claimed it".to_owned(),
    })
}

/// A series said and denied.
fn isolated_vs_series(case: &Case<'_>) -> Option<Contradiction> {
    let series = case.hits_of("discourse", "series").find(|s| !is_isolation(case, *s))?;
    let isolated = case.hits_of("discourse", "isolated").find(|s| !s.overlaps(series))?;
    Some(Contradiction {
        kind: "isolated_vs_series",
        severity: Severity::Hard,
        spans: vec![series, isolated],
        note: "told as one of several, and as possibly isolated".to_owned(),
    })
}

fn is_isolation(case: &Case<'_>, span: Span) -> bool {
    case.hits_of("discourse", "isolated").any(|s| s == span)
}

fn revised(case: &Case<'_>, claim: &Claim) -> bool {
    let tokens = case.marked.parsed.text.tokens_in(claim.span);
    if tokens.is_empty() {
        return false;
    }
    let sentence = case.marked.parsed.sentence_tokens(tokens.start);
    case.marked.hits_in(sentence, "revision").next().is_some()
}

/// "Three people, including four of his guards".
fn subcount_exceeds_total(case: &Case<'_>, incident: &Incident) -> Option<Contradiction> {
    let marked = case.marked;
    for event in case.events.iter().filter(|e| e.kind == EventKind::Harm) {
        if !incident.sentences.contains(&event.sentence) {
            continue;
        }
        let sentence = marked.parsed.text.sentences()[event.sentence].tokens.clone();
        let Some((including, _)) = marked.hits_in(sentence.clone(), "part").next() else { continue };
        let quantities = || marked.mentions.quantities.iter().filter(|q| sentence.contains(&q.tokens.start));
        let whole = quantities().rfind(|q| q.tokens.end <= including.tokens.start);
        let part = quantities()
            .find(|q| q.tokens.start >= including.tokens.end && q.tokens.start <= including.tokens.end + 3);
        if let (Some(whole), Some(part)) = (whole, part)
            && whole.max.is_some_and(|max| part.min > max)
        {
            return Some(Contradiction {
                kind: "subcount_exceeds_total",
                severity: Severity::Hard,
                spans: vec![case.span_of(whole.tokens.clone()), case.span_of(part.tokens.clone())],
                note: format!("{} cannot be among {}", part.min, whole.min),
            });
        }
    }
    None
}

/// The same named person dead and then unharmed.
fn outcome_mismatch(incident: &Incident) -> Option<Contradiction> {
    let outcomes: Vec<(&str, &str, Span)> = incident
        .claims
        .iter()
        .filter(|c| c.field == "people.outcome")
        .filter_map(|c| Some((c.value.get("name")?.as_str()?, c.value.get("outcome")?.as_str()?, c.span)))
        .collect();
    outcomes.iter().find_map(|(name, outcome, span)| {
        let dead = matches!(*outcome, "killed" | "died_of_wounds");
        // "Carried out alive but succumbed" is the way things went.
        let later = |s: &Span| s.start() >= span.end();
        let rival =
            outcomes.iter().find(|(n, o, s)| n == name && *o == "unharmed" && later(s)).filter(|_| dead)?;
        Some(dead_and_alive(name, *span, rival.2))
    })
}

/// Somebody told of as killed whom a later sentence says to be alive or recovering.
fn lives_on(case: &Case<'_>) -> Option<Contradiction> {
    let marked = case.marked;
    let lives: Vec<Span> = case.hits_of("discourse", "alive").collect();
    let first = lives.last()?;
    let killed = case.events.iter().filter(|e| {
        e.kind == EventKind::Harm
            && e.value == "killed"
            && e.standing == Standing::Fact
            && case.span_of(e.tokens.clone()).start() < first.start()
    });
    killed.into_iter().find_map(|event| {
        let victim = |token: TokenId| {
            marked.mentions.persons.iter().find(|p| p.tokens.contains(&token)).and_then(|p| p.name.as_deref())
        };
        let name = event.role("victim").find_map(|a| victim(a.token))?;
        let told = case.span_of(event.tokens.clone());
        let sentence = marked.parsed.text.sentences()[event.sentence].span;
        let rival = lives.iter().find(|s| s.start() >= sentence.end() && is_of(case, **s, name))?;
        Some(dead_and_alive(name, told, *rival))
    })
}

fn dead_and_alive(name: &str, dead: Span, alive: Span) -> Contradiction {
    Contradiction {
        kind: "outcome_mismatch",
        severity: Severity::Hard,
        spans: vec![dead, alive],
        note: format!("{name} is said to be dead and alive"),
    }
}

/// Whether words tell of the person of a name: no other person stands nearer before them in their sentence.
fn is_of(case: &Case<'_>, words: Span, name: &str) -> bool {
    let marked = case.marked;
    let tokens = marked.parsed.text.tokens_in(words);
    let sentence = marked.parsed.sentence_tokens(tokens.start);
    let mut persons = marked.mentions.persons.iter();
    let before = persons.rfind(|p| p.tokens.start >= sentence.start && p.tokens.start < tokens.start);
    before.is_some_and(|p| p.name.as_deref() == Some(name))
}

/// The same words given to two speakers.
fn two_speakers_one_quote(case: &Case<'_>) -> Option<Contradiction> {
    const WORDS_MIN: usize = 4;
    let text = case.marked.parsed.document.text();
    let plain = |a: &Attribution| {
        a.content
            .of(text)
            .split_whitespace()
            .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
            .filter(|w| !w.is_empty())
            .collect::<Vec<_>>()
    };
    let quotes: Vec<(&Attribution, Vec<String>)> = case
        .speech
        .attributions
        .iter()
        .filter(|a| a.form == SpeechForm::Direct && a.voice != NARRATOR)
        .map(|a| (a, plain(a)))
        .filter(|(_, words)| words.len() >= WORDS_MIN)
        .collect();
    let mut heard: BTreeMap<&[String], &Attribution> = BTreeMap::new();
    quotes.iter().find_map(|(second, words)| {
        let first = *heard.entry(words).or_insert(second);
        (first.voice != second.voice).then(|| Contradiction {
            kind: "two_speakers_one_quote",
            severity: Severity::Hard,
            spans: vec![first.content, second.content],
            note: "the same words are given to two speakers".to_owned(),
        })
    })
}

impl<'a> Case<'a> {
    /// The bytes of some tokens.
    fn span_of(&self, tokens: Range<TokenId>) -> Span {
        self.marked.parsed.text.span_of(tokens)
    }

    /// Where phrases of a class with a value stand, those in other people's mouths included.
    fn hits_of(&self, class: &'static str, value: &'static str) -> impl Iterator<Item = Span> {
        let marked = self.marked;
        marked
            .mentions
            .hits
            .iter()
            .filter(move |h| {
                let entry = marked.lexicon.entry(h.entry);
                entry.class == class && entry.value == value
            })
            .map(move |h| marked.parsed.text.span_of(h.tokens.clone()))
    }
}
