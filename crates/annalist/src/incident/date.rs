//! When an incident happened.

use super::draft::Draft;
use super::segment::Segment;
use super::{Case, Incident, counts};
use crate::document::ParagraphRole;
use crate::event::{EventKind, Standing};
use crate::mention::time::{TimeBasis, TimeKind, TimeMention, TimePrecision};
use crate::reading::When;
use crate::score::{Choice, Features, Kind, likeliest, take};
use crate::text::TokenId;
use jiff::civil::Date;
use serde_json::json;
use std::ops::Range;

/// A day or period that may be the incident's.
struct Candidate {
    when: When,
    /// The words, if it is not the day of publication.
    tokens: Option<Range<TokenId>>,
    rule: &'static str,
    features: Features,
}

/// Takes the likeliest of the dates in its segments, before it in its paragraph, in the headings above, of the incident
/// told before, and of the publication.
pub(super) fn fill(case: &Case<'_>, draft: &Draft, before: &[Incident], incident: &mut Incident) {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut first: Option<(Date, Date)> = None;
    for (n, segment) in draft.all().enumerate() {
        let shared = n >= draft.segments.len();
        let nearest = nearest_to_attack(case, segment);
        for time in case.event_times(segment.tokens.clone()) {
            let mut candidate = told(case, segment, n, shared, time);
            candidate.features.add_if(nearest == Some(time.tokens.start), "nearest to attack");
            if let (Some(own), Some(first)) = (time.bounds, first) {
                candidate.features.add_if(own.1 < first.0, "before what was told first");
                candidate.features.add_if(own.0 > first.1, "after what was told first");
            }
            first = first.or(time.bounds);
            candidates.push(candidate);
        }
    }
    for time in headings(case, draft) {
        candidates.push(elsewhere(case, time, "heading", draft));
    }
    if let Some(time) = paragraph(case, draft) {
        candidates.push(elsewhere(case, time, "paragraph", draft));
    } else if let Some(time) = told_before(case, draft) {
        candidates.push(elsewhere(case, time, "told before", draft));
    }
    for time in opening(case, draft) {
        candidates.push(elsewhere(case, time, "opening", draft));
    }
    candidates.extend(inherited(case, draft, before));
    candidates.extend(published(case, draft));
    incident.date = When { precision: "undated".into(), ..When::default() };
    let own_day = candidates.iter().any(|c| c.features.has("own day"));
    let bounds: Vec<_> =
        candidates.iter().map(|c| c.when.earliest.clone().zip(c.when.latest.clone())).collect();
    let named = counts(bounds.iter().flatten());
    let mut choices: Vec<Choice> = Vec::new();
    for (n, candidate) in candidates.iter_mut().enumerate() {
        let again = bounds[n].as_ref().is_some_and(|own| named[own] > 1);
        candidate.features.add_if(again, "named again");
        candidate.features.add_if(own_day && !candidate.features.has("own day"), "others own day");
        let value = json!([candidate.when.earliest, candidate.when.latest]);
        choices.push(case.scores.weigh(Kind::Date, value, std::mem::take(&mut candidate.features)));
    }
    if let Some(n) = likeliest(&choices, &bounds) {
        take(&mut choices, n);
        let taken = candidates.swap_remove(n);
        incident.date = taken.when;
        if let Some(tokens) = taken.tokens {
            let value = json!({
                "earliest": incident.date.earliest, "latest": incident.date.latest,
                "precision": incident.date.precision, "basis": incident.date.basis,
            });
            incident.claim(case, "date", value, tokens, taken.rule);
            incident.trust("date", None, &choices[n]);
        }
    }
    incident.choices.extend(choices);
}

/// A date in the words of the incident itself, or of a lead that it shares.
fn told(case: &Case<'_>, segment: &Segment, n: usize, shared: bool, time: &TimeMention) -> Candidate {
    let mut features = segment.features(n, shared);
    features.add_if(segment.attack && n == 0, "with first attack");
    features.add_if(segment.earlier, "earlier");
    let head = case.marked.head_of(time.tokens.clone());
    let governor = case.governor(head);
    features.add(["of ", governor.map_or("nothing told", |e| e.kind.name())]);
    features.add_if(governor.is_some_and(|e| e.standing != Standing::Fact), "of no fact");
    let reported = at_saying(case, time);
    features.add_if(reported, "of saying");
    if let Some(harm) = governor.filter(|e| e.kind == EventKind::Harm) {
        features.add(["of harm=", &harm.value]);
    }
    let own_day = is_day(time) && !reported && !shared;
    features.add_if(own_day, "own day");
    features.add_if(own_day && !segment.attack, "own day without attack");
    features.add_if(!is_day(time), if shared { "shared period" } else { "own period" });
    features.add_if(time.tokens.start <= segment.tokens.start + 1, "leads");
    about(case, time, &mut features);
    let rule = if reported { "en.date.reported-on" } else { "en.date.stated" };
    let mut when = when(time, reported);
    if shared && !reported {
        when.basis = Some("inherited".into());
    }
    Candidate { when, tokens: Some(time.tokens.clone()), rule, features }
}

fn is_day(time: &TimeMention) -> bool {
    matches!(time.precision, TimePrecision::Day | TimePrecision::Days)
}

/// Where the date starts that stands nearest to the segment's first attack.
fn nearest_to_attack(case: &Case<'_>, segment: &Segment) -> Option<TokenId> {
    let attack = segment.events.iter().map(|&n| &case.events[n]).find(|e| case.is_attack(e))?.head;
    case.event_times(segment.tokens.clone()).map(|t| t.tokens.start).min_by_key(|&t| t.abs_diff(attack))
}

/// What a date is like, wherever it stands.
fn about(case: &Case<'_>, time: &TimeMention, features: &mut Features) {
    features.add(["precision=", precision(time.precision)]);
    features.add(["basis=", basis(time.basis)]);
    let span = case.span(time.tokens.clone());
    let in_dateline = case.marked.parsed.document.dateline().is_some_and(|d| d.overlaps(span));
    features.add_if(in_dateline, "dateline");
    features.add_if(time.bounds.is_none(), "open");
    if let (Some(day), Some((_, latest))) = (case.marked.parsed.document.meta().published_at, time.bounds) {
        features.add(distance(day, latest));
    }
}

fn distance(published: Date, latest: Date) -> &'static str {
    match (published - latest).get_days() {
        i32::MIN..=-1 => "days=future",
        0 => "days=0",
        1 => "days=1",
        2..=6 => "days=2-6",
        7..=31 => "days=7-31",
        _ => "days=32+",
    }
}

fn elsewhere(case: &Case<'_>, time: &TimeMention, source: &str, draft: &Draft) -> Candidate {
    let mut features = Features::default();
    features.add(source);
    let head = case.marked.head_of(time.tokens.clone());
    let governor = case.governor(head);
    features.add([source, " of ", governor.map_or("nothing told", |e| e.kind.name())]);
    features.add_if(governor.is_some_and(|e| e.standing != Standing::Fact), "of no fact");
    features.add_if(!is_day(time), [source, " period"]);
    features.add_if(at_saying(case, time), "of saying");
    features.add_if(draft.segments.iter().any(|s| s.earlier), "draft earlier");
    features.add_if(is_superseded(case, time, draft), [source, " superseded"]);
    let sentence =
        &case.marked.parsed.text.sentences()[case.marked.parsed.text.sentence_of(time.tokens.start)];
    features.add_if(sentence.role == ParagraphRole::Title, [source, " title"]);
    about(case, time, &mut features);
    let when = When { basis: Some("inherited".into()), ..when(time, false) };
    Candidate { when, tokens: Some(time.tokens.clone()), rule: "en.date.inherited", features }
}

/// Dates of the nearest heading above.
fn headings<'a>(case: &Case<'a>, draft: &Draft) -> Vec<&'a TimeMention> {
    let times: &'a [TimeMention] = &case.marked.mentions.times;
    draft.segments.first().map_or(Vec::new(), |s| s.dated.iter().map(|&n| &times[n]).collect())
}

/// The last date told before in the same paragraph.
fn paragraph<'a>(case: &Case<'a>, draft: &Draft) -> Option<&'a TimeMention> {
    let first = draft.segments.first()?;
    let sentences = case.marked.parsed.text.sentences();
    let start =
        sentences[..first.sentence].iter().rev().take_while(|s| s.paragraph == first.paragraph).last()?;
    case.event_times(start.tokens.start..sentences[first.sentence].tokens.start).last()
}

/// The last day told before in an earlier paragraph.
fn told_before<'a>(case: &Case<'a>, draft: &Draft) -> Option<&'a TimeMention> {
    let start = draft.segments.first()?.tokens.start;
    last_day(case, 0..start)
}

/// Whether another day is told between a date and the draft.
fn is_superseded(case: &Case<'_>, time: &TimeMention, draft: &Draft) -> bool {
    let start = draft.segments.first().map_or(0, |s| s.tokens.start);
    time.tokens.end < start
        && last_day(case, time.tokens.end..start).is_some_and(|other| other.bounds != time.bounds)
}

/// The last day that some tokens tell, looked back over a bounded number of dates.
fn last_day<'a>(case: &Case<'a>, tokens: Range<TokenId>) -> Option<&'a TimeMention> {
    const LOOK_BACK: usize = 12;
    let times: &'a [TimeMention] = &case.marked.mentions.times;
    let end = times.partition_point(|t| t.tokens.start < tokens.end);
    let near = times[end.saturating_sub(LOOK_BACK)..end].iter().rev();
    near.take_while(|t| t.tokens.start >= tokens.start)
        .find(|t| t.kind == TimeKind::Date && t.bounds.is_some() && is_day(t) && !at_saying(case, t))
}

/// Dates in the first sentences of the report that are not the draft's own.
fn opening<'a>(case: &Case<'a>, draft: &Draft) -> Vec<&'a TimeMention> {
    let own = draft.sentences();
    let mine = |t: &&TimeMention| !own.contains(&case.marked.parsed.text.sentence_of(t.tokens.start));
    case.event_times(case.opening()).filter(mine).collect()
}

fn inherited(case: &Case<'_>, draft: &Draft, before: &[Incident]) -> Option<Candidate> {
    let source = before.iter().rev().find(|i| i.date.earliest.is_some())?;
    let mut features = Features::default();
    features.add("incident before");
    features.add(["precision=", &source.date.precision]);
    features.add_if(source.earlier, "before is earlier");
    features.add_if(follows(case, source, draft), "before in the paragraph");
    features.add_if(draft.segments.iter().any(|s| s.earlier), "draft earlier");
    let when = When { basis: Some("inherited".into()), ..source.date.clone() };
    let tokens = source.claims.iter().find(|c| c.field == "date").map(|c| c.tokens.clone());
    Some(Candidate { when, tokens, rule: "en.date.inherited", features })
}

/// Whether a draft goes on in a paragraph that tells of another incident.
pub(super) fn follows(case: &Case<'_>, other: &Incident, draft: &Draft) -> bool {
    let sentences = case.marked.parsed.text.sentences();
    draft.segments.first().is_some_and(|own| {
        other.sentences.iter().any(|&s| s <= own.sentence && sentences[s].paragraph == own.paragraph)
    })
}

fn published(case: &Case<'_>, draft: &Draft) -> Option<Candidate> {
    let day = case.marked.parsed.document.meta().published_at?;
    let mut features = Features::default();
    features.add("published");
    features.add_if(draft.segments.iter().any(|s| s.earlier), "draft earlier");
    let when = When {
        earliest: Some(day.to_string()),
        latest: Some(day.to_string()),
        precision: "day".into(),
        basis: Some("reported_on".into()),
    };
    Some(Candidate { when, tokens: None, rule: "en.date.reported-on", features })
}

fn when(time: &TimeMention, reported: bool) -> When {
    When {
        earliest: time.bounds.map(|b| b.0.to_string()),
        latest: time.bounds.map(|b| b.1.to_string()),
        precision: precision(time.precision).into(),
        basis: Some(if reported { "reported_on" } else { basis(time.basis) }.into()),
    }
}

fn basis(basis: TimeBasis) -> &'static str {
    match basis {
        TimeBasis::Stated => "stated",
        TimeBasis::Relative => "relative",
        TimeBasis::Sequence => "sequence",
    }
}

fn precision(precision: TimePrecision) -> &'static str {
    match precision {
        TimePrecision::Day => "day",
        TimePrecision::Days => "days",
        TimePrecision::Week => "week",
        TimePrecision::Month => "month",
        TimePrecision::Year => "year",
        TimePrecision::Undated => "undated",
    }
}

/// Whether the date depends on a verb of saying: it dates the statement.
fn at_saying(case: &Case<'_>, time: &TimeMention) -> bool {
    let parsed = &case.marked.parsed;
    let head: TokenId = case.marked.head_of(time.tokens.clone());
    parsed.head(head).is_some_and(|h| {
        case.marked.entry_at(h, "say-verb").is_some() && case.marked.entry_at(h, "trigger").is_none()
    })
}

/// Whether words of time may date what is told in a heading's section.
pub(super) fn heads(time: &TimeMention) -> bool {
    time.kind == TimeKind::Date && time.bounds.is_some()
}
