//! Two accounts of one attack that differ in its day, its means or its place.

use super::{Contradiction, Severity};
use crate::document::ParagraphRole;
use crate::incident::{Case, Incident};
use crate::lexicon::Hit;
use crate::mention::time::{TimeMention, TimePrecision};
use crate::speech::NARRATOR;
use crate::text::TokenId;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

/// Differences of day, means and place, one of each kind at most.
pub(super) fn find(case: &Case<'_>, incidents: &[Incident]) -> Vec<Contradiction> {
    let day = two_days(case).or_else(|| another_day(case, incidents));
    day.into_iter().chain(another_weapon(case, incidents)).chain(another_country(case, incidents)).collect()
}

/// "On 8 June by the employer's account, on 9 June by the consulate's": two days, each with who says so.
fn two_days(case: &Case<'_>) -> Option<Contradiction> {
    let times: Vec<&TimeMention> =
        case.marked.mentions.times.iter().filter(|t| t.bounds.is_some() && is_given_by(case, t)).collect();
    let sentence = |t: &TimeMention| case.marked.parsed.text.sentence_of(t.tokens.start);
    let pair = times
        .windows(2)
        .find(|pair| sentence(pair[0]) == sentence(pair[1]) && !overlap(pair[0].bounds, pair[1].bounds))?;
    Some(Contradiction {
        kind: "date_mismatch",
        severity: Severity::Hard,
        spans: pair.iter().map(|t| case.span_of(t.tokens.clone())).collect(),
        note: "two voices give two days".to_owned(),
    })
}

/// Whether "by" or "according to" with a body or an office follows a day.
fn is_given_by(case: &Case<'_>, time: &TimeMention) -> bool {
    const REACH: usize = 5;
    let marked = case.marked;
    let sentence = marked.parsed.sentence_tokens(time.tokens.start);
    let mut at = time.tokens.end;
    if at < sentence.end && marked.parsed.form(at) == "," {
        at += 1;
    }
    let given = at < sentence.end && matches!(marked.parsed.lower(at), "by" | "according");
    let who = at..sentence.end.min(at + REACH);
    let named = |class| marked.hits_in(who.clone(), class).next().is_some();
    given && (named("organisation") || named("office"))
}

fn overlap(one: Option<(Date, Date)>, other: Option<(Date, Date)>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.0 <= other.1 && other.0 <= one.1,
        _ => true,
    }
}

/// "The Monday strike" where all attacks of the report are told of other days, one of them of that week.
fn another_day(case: &Case<'_>, incidents: &[Incident]) -> Option<Contradiction> {
    /// The day after is still the night, or the day of the report.
    const DAYS_APART: RangeInclusive<i32> = 2..=6;
    let dated = |i: &Incident| -> Option<(Date, Date)> {
        let day = |text: &Option<String>| text.as_ref()?.parse::<Date>().ok();
        Some((day(&i.date.earliest)?, day(&i.date.latest)?))
    };
    let dates: Vec<(Date, Date)> = incidents.iter().filter_map(dated).collect();
    for time in &case.marked.mentions.times {
        let (Some(own), TimePrecision::Day) = (time.bounds, time.precision) else { continue };
        if !names_attack(case, time) || dates.iter().any(|&d| overlap(Some(d), Some(own))) {
            continue;
        }
        let days = |d: Date| own.0.since(d).map_or(i32::MAX, |span| span.get_days().abs());
        let near = incidents.iter().find(|i| {
            i.date.precision == "day"
                && i.date.basis.as_deref() != Some("reported_on")
                && dated(i).is_some_and(|d| DAYS_APART.contains(&days(d.0)))
        });
        let Some(told) = near.and_then(|i| i.claims.iter().find(|c| c.field == "date")) else { continue };
        return Some(Contradiction {
            kind: "date_mismatch",
            severity: Severity::Hard,
            spans: vec![told.span, case.span_of(time.tokens.clone())],
            note: "an attack is told of one day and called that of another".to_owned(),
        });
    }
    None
}

/// Whether a day qualifies a known attack: "the Monday strike", "Monday's attack".
fn names_attack(case: &Case<'_>, time: &TimeMention) -> bool {
    let marked = case.marked;
    let parsed = &marked.parsed;
    let sentence = parsed.sentence_tokens(time.tokens.start);
    let owned = |t: TokenId| t < sentence.end && parsed.lower(t) == "'s";
    let definite = time.tokens.start > sentence.start && parsed.lower(time.tokens.start - 1) == "the"
        || owned(time.tokens.end)
        || owned(time.tokens.end - 1);
    let at = if owned(time.tokens.end) { time.tokens.end + 1 } else { time.tokens.end };
    definite && at < sentence.end && marked.entry_at(at, "trigger").is_some()
}

/// "It was a missile and not a drone, the mayor said" where a drone is told.
fn another_weapon(case: &Case<'_>, incidents: &[Incident]) -> Option<Contradiction> {
    let marked = case.marked;
    let text = marked.parsed.text;
    text.sentences().iter().find_map(|sentence| {
        let weapons = || marked.hits_in(sentence.tokens.clone(), "weapon");
        let (denied, entry) = weapons().find(|(hit, _)| is_ruled_out(case, hit, &sentence.tokens))?;
        let other = |hit: &Hit| {
            marked.parsed.lemma(hit.tokens.end - 1) != marked.parsed.lemma(denied.tokens.end - 1)
                && !is_ruled_out(case, hit, &sentence.tokens)
        };
        weapons().find(|(hit, _)| other(hit))?;
        let told = incidents.iter().flat_map(|i| &i.claims).find(|c| {
            c.field == "weapon"
                && c.value.as_str() == Some(entry.value.as_str())
                && !sentence.span.contains(c.span)
        })?;
        Some(Contradiction {
            kind: "weapon_mismatch",
            severity: Severity::Soft,
            spans: vec![told.span, sentence.span],
            note: "one voice tells of a weapon that another rules out".to_owned(),
        })
    })
}

/// "And not a drone", "rather than a drone" in somebody's mouth.
fn is_ruled_out(case: &Case<'_>, hit: &Hit, sentence: &Range<TokenId>) -> bool {
    const REACH: usize = 3;
    let parsed = &case.marked.parsed;
    let said = case.speech.voice_at(case.span_of(hit.tokens.clone())).0 != NARRATOR;
    let from = hit.tokens.start.saturating_sub(REACH).max(sentence.start);
    said && (from..hit.tokens.start)
        .any(|t| parsed.lower(t) == "not" || parsed.lower(t) == "rather" && parsed.lower(t + 1) == "than")
}

/// A headline that has the attack in one country, and a report that has all of them in another.
fn another_country(case: &Case<'_>, incidents: &[Incident]) -> Option<Contradiction> {
    let marked = case.marked;
    let countries: BTreeSet<&str> = incidents.iter().filter_map(|i| i.place.country.as_deref()).collect();
    let only = *countries.first().filter(|_| countries.len() == 1)?;
    let text = marked.parsed.text;
    let head = text.sentences().first()?;
    if marked.parsed.document.paragraphs().get(head.paragraph)?.role != ParagraphRole::Title {
        return None;
    }
    let mut places = marked.mentions.places.iter().filter(|p| head.tokens.contains(&p.tokens.start));
    let place = places.next().filter(|_| places.next().is_none())?;
    let inside = place.tokens.start > head.tokens.start
        && matches!(marked.parsed.lower(place.tokens.start - 1), "in" | "near" | "at");
    let country = place.place.country.as_deref()?;
    let told = incidents.iter().flat_map(|i| &i.claims).find(|c| c.field == "place")?;
    (inside && country != only).then(|| Contradiction {
        kind: "place_mismatch",
        severity: Severity::Hard,
        spans: vec![case.span_of(place.tokens.clone()), told.span],
        note: "the headline names another country than the report".to_owned(),
    })
}
