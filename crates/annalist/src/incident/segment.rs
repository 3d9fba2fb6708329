//! Cuts sentences into pieces that tell of one incident each.

use super::Case;
use crate::document::ParagraphRole;
use crate::event::{EventKind, EventMention, Standing};
use crate::mention::place::{Level, PlaceForm, PlaceMention, PlaceRelation};
use crate::mention::time::{TimeKind, TimeMention};
use crate::score::Features;
use crate::syntax::Deprel;
use crate::text::TokenId;
use std::ops::Range;

/// A sentence, or a part of one, with what it tells.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Number of the sentence.
    pub sentence: usize,
    /// Number of the paragraph.
    pub paragraph: usize,
    /// What part the paragraph plays.
    pub role: ParagraphRole,
    /// Its tokens.
    pub tokens: Range<TokenId>,
    /// Numbers of the event mentions inside.
    pub events: Vec<usize>,
    /// Whether it tells of an attack by itself.
    pub attack: bool,
    /// Whether its attack is only referred back to ("the strike", "this incident").
    pub reference: bool,
    /// Whether it announces an incident apart ("another", "separately", "a second").
    pub fresh: bool,
    /// Whether it goes back in time ("earlier", "previously", "last week").
    pub earlier: bool,
    /// Places that a heading above gives to what stands below it.
    pub headed: Vec<usize>,
    /// Dates that a heading above gives to what stands below it.
    pub dated: Vec<usize>,
}

impl Segment {
    /// Features of a candidate that stands in this segment, the `n`th of its draft.
    pub(super) fn features(&self, n: usize, shared: bool) -> Features {
        let mut features = Features::default();
        features.add(if shared { "shared" } else { "own" });
        features.add(match n {
            0 => "segment=1",
            1 => "segment=2",
            2 | 3 => "segment=3-4",
            _ => "segment=5+",
        });
        features.add_if(self.attack, "with attack");
        features.add_if(self.role == ParagraphRole::Title, "title");
        features
    }
}

/// All pieces of a document, in order.
pub(super) fn cut(case: &Case<'_>) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (number, sentence) in case.marked.parsed.text.sentences().iter().enumerate() {
        let mut start = sentence.tokens.start;
        for cut in cuts(case, sentence.tokens.clone()).into_iter().chain([sentence.tokens.end]) {
            if cut > start {
                segments.push(describe(case, number, start..cut));
                start = cut;
            }
        }
    }
    under_headings(case, &mut segments);
    segments
}

/// A line that only names a place or a day ("Kherson.", "Bilozerka community:", "Sat., 19:05. Bilenke.") locates or dates
/// the lines below it, until the next such line.
fn under_headings(case: &Case<'_>, segments: &mut [Segment]) {
    const HEADING_TOKENS_MAX: usize = 9;
    let (mut headed, mut dated): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    for segment in segments {
        let mentions = &case.marked.mentions;
        let first = mentions.places.partition_point(|p| p.tokens.start < segment.tokens.start);
        let places: Vec<usize> = (first..mentions.places.len())
            .take_while(|&n| mentions.places[n].tokens.start < segment.tokens.end)
            .filter(|&n| mentions.places[n].form == PlaceForm::Name)
            .collect();
        let first = mentions.times.partition_point(|t| t.tokens.start < segment.tokens.start);
        let times: Vec<usize> = (first..mentions.times.len())
            .take_while(|&n| mentions.times[n].tokens.start < segment.tokens.end)
            .filter(|&n| super::date::heads(&mentions.times[n]))
            .collect();
        let heads = segment.events.is_empty()
            && segment.tokens.len() <= HEADING_TOKENS_MAX
            && segment.role != ParagraphRole::Title
            && segment.tokens.clone().all(|t| case.marked.parsed.upos(t) != crate::syntax::Upos::Verb);
        if heads && !places.is_empty() {
            headed = places;
        } else {
            segment.headed.clone_from(&headed);
        }
        if heads && !times.is_empty() {
            dated = times;
        } else {
            segment.dated.clone_from(&dated);
        }
    }
}

/// Tokens before which the sentence is cut: a semicolon or a coordinated clause, where both sides tell of
/// something and name different settlements.
fn cuts(case: &Case<'_>, tokens: Range<TokenId>) -> Vec<TokenId> {
    let parsed = &case.marked.parsed;
    let mut cuts = Vec::new();
    let mut start = tokens.start;
    for t in tokens.clone() {
        let joint = match parsed.form(t) {
            ";" => true,
            "," | "and" | "while" | "but" => t + 1 < tokens.end && opens_clause(case, t + 1, &tokens),
            _ => false,
        };
        if joint
            && tells(case, start..t)
            && tells(case, t + 1..tokens.end)
            && places_differ(case, start..t, t + 1..tokens.end)
        {
            cuts.push(t + 1);
            start = t + 1;
        }
    }
    cuts
}

/// Whether a clause with a verb of its own starts here: its verb is joined to the sentence and stands after.
fn opens_clause(case: &Case<'_>, at: TokenId, sentence: &Range<TokenId>) -> bool {
    let parsed = &case.marked.parsed;
    (at..sentence.end).any(|t| {
        matches!(parsed.deprel(t), Deprel::Conj | Deprel::Parataxis | Deprel::Advcl)
            && case.events[case.events_in(sentence)].iter().any(|e| e.head == t)
            && parsed.head(t).is_some_and(|h| h < at)
            && parsed.subtree(t).start >= at.saturating_sub(1)
    })
}

fn tells(case: &Case<'_>, tokens: Range<TokenId>) -> bool {
    case.events[case.events_in(&tokens)].iter().any(|e| {
        tokens.contains(&e.head) && matches!(e.kind, EventKind::Attack | EventKind::Damage | EventKind::Harm)
    })
}

fn places_differ(case: &Case<'_>, a: Range<TokenId>, b: Range<TokenId>) -> bool {
    let names = |range: Range<TokenId>| {
        case.event_places(range)
            .filter(|p| p.place.level <= Level::Settlement)
            .map(|p| p.place.name.clone())
            .collect::<Vec<_>>()
    };
    let (a, b) = (names(a), names(b));
    !a.is_empty() && !b.is_empty() && a.iter().all(|name| !b.contains(name))
}

fn describe(case: &Case<'_>, sentence: usize, tokens: Range<TokenId>) -> Segment {
    let of_sentence = &case.marked.parsed.text.sentences()[sentence];
    let events: Vec<usize> =
        case.events_in(&tokens).filter(|&n| tokens.contains(&case.events[n].head)).collect();
    let attacks: Vec<&EventMention> =
        events.iter().map(|&n| &case.events[n]).filter(|e| case.is_attack(e)).collect();
    let telling: Vec<&&EventMention> =
        attacks.iter().filter(|e| tells_by_itself(case, e, &events, &tokens)).collect();
    let reference = !attacks.is_empty() && attacks.iter().all(|e| is_definite(case, e));
    let marker = |class: &'static str, value: &str| {
        case.marked.hits_in(tokens.clone(), class).any(|(_, entry)| entry.value == value)
    };
    Segment {
        sentence,
        paragraph: of_sentence.paragraph,
        role: of_sentence.role,
        attack: !telling.is_empty(),
        reference,
        fresh: marker("discourse", "fresh"),
        earlier: marker("discourse", "earlier"),
        headed: Vec::new(),
        dated: Vec::new(),
        events,
        tokens,
    }
}

/// A strong trigger tells of an attack by itself; a weak one needs somebody or something hit, a weapon,
/// an attacker, or harm told beside it.
fn tells_by_itself(case: &Case<'_>, event: &EventMention, beside: &[usize], tokens: &Range<TokenId>) -> bool {
    let marked = case.marked;
    let substance = event.arguments.iter().any(|a| {
        ["weapon", "human", "object", "perpetrator"].iter().any(|c| marked.entry_at(a.token, c).is_some())
            || marked.person_at(a.token).is_some()
            || marked.place_at(a.token).is_some()
    });
    let harm = beside.iter().any(|&n| {
        let other = &case.events[n];
        matches!(other.kind, EventKind::Harm | EventKind::Damage) && other.standing == Standing::Fact
    });
    let weapon = marked.hits_in(tokens.clone(), "weapon").next().is_some();
    event.strong || substance || harm || weapon
}

fn is_definite(case: &Case<'_>, event: &EventMention) -> bool {
    let parsed = &case.marked.parsed;
    parsed
        .children_by(event.head, Deprel::Det)
        .any(|d| matches!(parsed.lower(d), "the" | "this" | "that" | "these"))
        && event.role("target").next().is_none()
}

impl<'a> Case<'a> {
    /// Places inside some tokens where something may have happened: names, not origins and goals, not what an
    /// office is of, not what stands beside a verb of saying.
    pub(super) fn event_places(&self, tokens: Range<TokenId>) -> impl Iterator<Item = &'a PlaceMention> {
        let places: &'a [PlaceMention] = &self.marked.mentions.places;
        let persons = &self.marked.mentions.persons;
        let first = places.partition_point(|p| p.tokens.start < tokens.start);
        places[first..].iter().take_while(move |p| p.tokens.start < tokens.end).filter(move |p| {
            // Persons whose phrase may reach over the place start at most so many tokens before it.
            const REACH: usize = 60;
            let from = persons.partition_point(|person| person.tokens.start + REACH < p.tokens.start);
            let to = persons.partition_point(|person| person.tokens.start <= p.tokens.end);
            let persons = &persons[from..to.max(from)];
            p.form == PlaceForm::Name
                && !self.is_surname(&p.place.name)
                && !matches!(p.relation, PlaceRelation::From | PlaceRelation::To)
                && !persons.iter().any(|person| {
                    let covers = |r: &Range<TokenId>| r.start <= p.tokens.start && p.tokens.end <= r.end;
                    // "A civilian in Bryansk Oblast" is where it happened, "the governor of X" is not.
                    let of_office = person.name.is_some() || person.office.is_some();
                    of_office
                        && (covers(&person.tokens)
                            || person.of.as_ref().is_some_and(covers)
                            || person.office.as_ref().is_some_and(covers))
                })
        })
    }

    /// Whether a name is the last name of somebody in this document.
    fn is_surname(&self, name: &str) -> bool {
        self.surnames.contains(name)
    }

    /// Places where what a segment tells may have happened: its own, else those of the heading above it.
    pub(super) fn places_of(&self, segment: &Segment) -> Vec<&'a PlaceMention> {
        let own: Vec<&'a PlaceMention> = self.event_places(segment.tokens.clone()).collect();
        let places: &'a [PlaceMention] = &self.marked.mentions.places;
        let settled = own.iter().any(|p| p.place.level <= Level::Settlement);
        let headed = segment.headed.iter().map(|&n| &places[n]).filter(|_| !settled);
        own.iter().copied().chain(headed).collect()
    }

    /// Dates inside some tokens that can date what is told; a year of birth cannot.
    pub(super) fn event_times(&self, tokens: Range<TokenId>) -> impl Iterator<Item = &'a TimeMention> {
        let times: &'a [TimeMention] = &self.marked.mentions.times;
        let parsed = self.marked.parsed;
        let first = times.partition_point(|t| t.tokens.start < tokens.start);
        times[first..].iter().take_while(move |t| t.tokens.start < tokens.end).filter(move |t| {
            let birth = t.tokens.start.checked_sub(1).is_some_and(|b| parsed.lower(b) == "born")
                || parsed.lower(t.tokens.start) == "born"
                || t.tokens.start.checked_sub(2).is_some_and(|b| parsed.lower(b) == "born");
            t.kind == TimeKind::Date && !birth
        })
    }
}
