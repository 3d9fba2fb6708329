//! incident: here are event mentions, which incidents does the report tell of, and what does it say of each?
//!
//! Three steps: `segment` cuts sentences into pieces that tell one thing, `group` joins pieces into
//! drafts along the discourse, the other modules fill the fields of each draft, every value with claims.
//! The values have the shapes of [`crate::reading`]; places in the text stay byte spans until the border.

mod accept;
mod casualty;
mod claim;
mod damage;
mod date;
pub(crate) mod denial;
mod draft;
mod group;
mod link;
mod mode;
mod people;
mod perpetrator;
mod place;
mod segment;
mod step;
mod target;
mod told;

pub use claim::{Claim, Form, Polarity};

use crate::event::{EventKind, EventMention, Standing};
use crate::gazetteer::Gazetteer;
use crate::mention::Marked;
use crate::reading::{Count, Damage, Group, Perpetrator, Person, Place, When};
use crate::rule::{Graph, RuleSet};
use crate::score::{Choice, Scores};
use crate::span::Span;
use crate::speech::{Attribution, Speech, VoiceId};
use std::collections::{BTreeSet, HashMap};

/// Everything that the stages before have found out about one document.
pub struct Case<'a> {
    /// Tokens, trees, mentions, lexicon phrases.
    pub marked: &'a Marked<'a>,
    /// The graph that rules walk.
    pub graph: &'a Graph,
    /// Rules in force.
    pub rules: &'a RuleSet,
    /// Names of the world.
    pub gazetteer: &'a Gazetteer,
    /// Weights by which candidates are chosen.
    pub scores: &'a Scores,
    /// Triggers with arguments.
    pub events: &'a [EventMention],
    /// Voices and ascribed words.
    pub speech: &'a Speech,
    /// Last names of the persons named.
    surnames: BTreeSet<&'a str>,
    /// Names of those who speak.
    speakers: BTreeSet<&'a str>,
}

/// One incident of one report, with the claims behind every value.
#[derive(Clone, Debug, Default)]
pub struct Incident {
    /// What was done.
    pub mode: String,
    /// `carried_out`, `attempted`, `foiled`, `threatened`.
    pub stage: String,
    /// When.
    pub date: When,
    /// Where.
    pub place: Place,
    /// With what.
    pub weapon: Vec<String>,
    /// What was aimed at or hit.
    pub targets: Vec<String>,
    /// By whom.
    pub perpetrator: Option<Perpetrator>,
    /// Persons killed.
    pub killed: Option<Count>,
    /// Persons injured.
    pub injured: Option<Count>,
    /// Sub-counts.
    pub groups: Vec<Group>,
    /// Persons named or described one by one.
    pub people: Vec<Person>,
    /// Things damaged.
    pub damage: Vec<Damage>,
    /// Why it concerns an election.
    pub election_related_by: Vec<String>,
    /// Relations to other incidents; the number is that of the incident in the list.
    pub links: Vec<(String, usize)>,
    /// Voices that report it.
    pub voices: Vec<VoiceId>,
    /// Numbers of the sentences that report it.
    pub sentences: Vec<usize>,
    /// Every value with its words.
    pub claims: Vec<Claim>,
    /// What was weighed, taken or not.
    pub choices: Vec<Choice>,
    /// Whether the report goes back in time for it.
    earlier: bool,
}

/// What is shown of the weighing besides the choices of the incidents taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Taken,
    /// Drafts that were rejected stand among the incidents.
    Rejected,
    /// The steps by which each piece of the text could be joined to an incident.
    Joins,
}

/// What [`find`] found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The incidents.
    pub incidents: Vec<Incident>,
    /// With [`Shown::Joins`], for each piece of the text, in order, what could have been done with it and what was.
    pub joins: Vec<Vec<Choice>>,
}

/// All incidents of one document, in the order in which the report tells of them.
pub fn find(case: &Case<'_>, shown: Shown) -> Found {
    let segments = segment::cut(case);
    let (drafts, joins) = group::join(case, &segments, shown == Shown::Joins);
    let report = accept::Report::new(case, &drafts);
    let mut incidents: Vec<Incident> = Vec::new();
    let mut kept: Vec<&draft::Draft> = Vec::new();
    for (number, draft) in drafts.iter().enumerate() {
        let choice = accept::weigh(case, &report, draft, number);
        if choice.taken || shown == Shown::Rejected {
            let incident = fill(case, draft, &segments, &incidents, choice);
            incidents.push(incident);
            kept.push(draft);
        }
    }
    place::inherit_back(case, &mut incidents);
    link::find(&kept, &mut incidents);
    Found { incidents, joins }
}

fn fill(
    case: &Case<'_>,
    draft: &draft::Draft,
    segments: &[segment::Segment],
    before: &[Incident],
    choice: Choice,
) -> Incident {
    let mut incident = Incident {
        sentences: draft.sentences(),
        choices: vec![choice],
        earlier: draft.segments.iter().any(|s| s.earlier),
        ..Incident::default()
    };
    target::weapons(case, draft, &mut incident);
    mode::fill(case, draft, &mut incident);
    date::fill(case, draft, before, &mut incident);
    place::fill(case, draft, before, &mut incident);
    people::fill(case, draft, &mut incident);
    casualty::fill(case, draft, &mut incident);
    target::targets_and_damage(case, draft, &mut incident);
    perpetrator::fill(case, draft, segments, before, &mut incident);
    target::election(case, draft, &mut incident);
    incident.voices = voices(case, draft, &incident);
    incident
}

/// How often each of some values stands among them.
fn counts<T: Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut counts = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

/// The voices of its claims, and those that speak in its sentences.
fn voices(case: &Case<'_>, draft: &draft::Draft, incident: &Incident) -> Vec<VoiceId> {
    let mut voices: Vec<VoiceId> = incident.claims.iter().map(|c| c.voice).collect();
    for sentence in draft.sentences() {
        let span = case.marked.parsed.text.sentences()[sentence].span;
        voices.extend(case.attributions_at(span).filter(|a| span.overlaps(a.content)).map(|a| a.voice));
    }
    voices.sort_unstable();
    voices.dedup();
    voices
}

impl<'a> Case<'a> {
    /// Everything that was found out, indexed for the incident stage.
    pub fn new(
        marked: &'a Marked<'a>,
        graph: &'a Graph,
        rules: &'a RuleSet,
        gazetteer: &'a Gazetteer,
        scores: &'a Scores,
        events: &'a [EventMention],
        speech: &'a Speech,
    ) -> Self {
        let surnames = marked
            .mentions
            .persons
            .iter()
            .filter_map(|p| p.name.as_deref())
            .filter_map(|name| name.rsplit_once(' '))
            .map(|(_, last)| last)
            .collect();
        let speakers = speech.voices.iter().filter_map(|v| v.name.as_deref()).collect();
        Case { marked, graph, rules, gazetteer, scores, events, speech, surnames, speakers }
    }

    /// Ascribed words that may overlap a span: those that start before its end, looked back over a bounded
    /// number.
    fn attributions_at(&self, span: Span) -> impl Iterator<Item = &'a Attribution> {
        const LOOK_BACK: usize = 64;
        let all: &'a [Attribution] = &self.speech.attributions;
        let end = all.partition_point(|a| a.content.start() < span.end());
        all[end.saturating_sub(LOOK_BACK)..end].iter()
    }

    /// Numbers of the event mentions whose phrase starts inside some tokens.
    pub(crate) fn events_in(&self, tokens: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = self.events.partition_point(|e| e.tokens.start < tokens.start);
        let end = self.events.partition_point(|e| e.tokens.start < tokens.end);
        start..end.max(start)
    }

    /// The clean text.
    fn text(&self) -> &'a str {
        self.marked.parsed.document.text()
    }

    /// The words of some tokens.
    fn words(&self, tokens: std::ops::Range<usize>) -> &'a str {
        self.span(tokens).of(self.text())
    }

    /// The bytes of some tokens.
    fn span(&self, tokens: std::ops::Range<usize>) -> Span {
        self.marked.parsed.text.span_of(tokens)
    }

    /// Whether a word names somebody as the one who speaks in its sentence, so that what is said befell others.
    fn speaks(&self, token: usize) -> bool {
        let Some(name) = self.marked.person_at(token).and_then(|p| p.name.as_deref()) else { return false };
        if !self.speakers.contains(name) {
            return false;
        }
        let text = self.marked.parsed.text;
        let sentence = text.sentences()[text.sentence_of(token)].span;
        let said = |voice: VoiceId| self.speech.voices[voice].name.as_deref() == Some(name);
        self.attributions_at(sentence).any(|a| a.content.overlaps(sentence) && said(a.voice))
    }

    /// The nearest event that some word belongs to: the first trigger on the way up its tree.
    fn governor(&self, token: usize) -> Option<&'a EventMention> {
        const STEPS: usize = 8;
        let mut at = token;
        for _ in 0..STEPS {
            let first = self.events.partition_point(|e| e.tokens.end <= at);
            let near = &self.events[first..];
            if let Some(event) = near.iter().take_while(|e| e.tokens.start <= at).find(|e| e.head == at) {
                return Some(event);
            }
            at = self.marked.parsed.head(at)?;
        }
        None
    }

    /// The first sentences of the report: what they name may hold for all of it.
    fn opening(&self) -> std::ops::Range<usize> {
        const SENTENCES: usize = 3;
        let sentences = self.marked.parsed.text.sentences();
        0..sentences.get(SENTENCES).map_or(self.marked.parsed.syntax.len(), |s| s.tokens.start)
    }

    /// Whether an event tells of an attack that counts.
    fn is_attack(&self, event: &EventMention) -> bool {
        event.kind == EventKind::Attack
            && !matches!(event.standing, Standing::Cancelled | Standing::Hypothetical | Standing::Negated)
    }

    fn rule_id(&self, rule: usize) -> &'a str {
        &self.rules.get(rule).info.id
    }
}
