//! event: here is a marked document, which words tell of an attack, of harm or of damage, and who plays which part?

use crate::mention::{Marked, overlap};
use crate::rule::{Argument, Graph, RuleId, RuleSet};
use crate::text::TokenId;
use std::collections::BTreeSet;
use std::ops::Range;

/// What kind of thing a mention tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// An act of violence; the value is its mode.
    Attack,
    /// What became of persons; the value is the outcome.
    Harm,
    /// What became of things; the value is the degree of damage.
    Damage,
    /// A step of a person's way after the attack; the value is the status.
    Status,
}

impl EventKind {
    const ALL: [EventKind; 4] = [EventKind::Attack, EventKind::Harm, EventKind::Damage, EventKind::Status];

    /// Its name in rules and features: `attack`, `harm`, `damage`, `status`.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Attack => "attack",
            EventKind::Harm => "harm",
            EventKind::Damage => "damage",
            EventKind::Status => "status",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        EventKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How an event stands to fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Told as having happened.
    Fact,
    /// Said not to have happened.
    Negated,
    /// Could, would, might, if: no event.
    Hypothetical,
    /// Tried without success.
    Attempted,
    /// Stopped by others.
    Foiled,
    /// Announced or threatened.
    Threatened,
    /// No event at all: a figure of speech, an accident, an exercise, history.
    Cancelled,
}

impl Standing {
    const TAKEN_OUT: [Standing; 6] = [
        Standing::Negated,
        Standing::Hypothetical,
        Standing::Attempted,
        Standing::Foiled,
        Standing::Threatened,
        Standing::Cancelled,
    ];

    /// Its name in rules and diagnostics: `fact`, `negated`, …
    pub fn name(self) -> &'static str {
        match self {
            Standing::Fact => "fact",
            Standing::Negated => "negated",
            Standing::Hypothetical => "hypothetical",
            Standing::Attempted => "attempted",
            Standing::Foiled => "foiled",
            Standing::Threatened => "threatened",
            Standing::Cancelled => "cancelled",
        }
    }

    /// The standing that a filter's effect gives.
    fn parse(effect: &str) -> Option<Self> {
        Standing::TAKEN_OUT.into_iter().find(|standing| standing.name() == effect)
    }
}

/// A trigger with the words that play parts around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMention {
    /// What kind of thing it tells.
    pub kind: EventKind,
    /// Mode, outcome, degree of damage or status: the trigger's value in its lexicon.
    pub value: String,
    /// Whether the trigger tells of an event by itself.
    pub strong: bool,
    /// The trigger phrase.
    pub tokens: Range<TokenId>,
    /// The token of the trigger that the others depend on.
    pub head: TokenId,
    /// Number of the sentence.
    pub sentence: usize,
    /// Who and what plays which part.
    pub arguments: Vec<Argument>,
    /// The rule that found it.
    pub rule: RuleId,
    /// How it stands to fact.
    pub standing: Standing,
    /// The rule that took it out of fact.
    pub filter: Option<RuleId>,
}

impl EventMention {
    /// The words that play a role.
    pub fn role<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a Argument> {
        self.arguments.iter().filter(move |a| a.role == role)
    }
}

/// Finds every event mention, those that a filter took out of fact included.
pub fn find(marked: &Marked<'_>, graph: &Graph, rules: &RuleSet) -> Vec<EventMention> {
    let mut mentions: Vec<EventMention> = Vec::new();
    let kinds: Vec<Option<EventKind>> = rules.iter().map(|rule| EventKind::parse(&rule.kind)).collect();
    for hit in &marked.mentions.hits {
        let entry = marked.lexicon.entry(hit.entry);
        let candidates = rules.of_class(entry.class);
        if candidates.is_empty() {
            continue;
        }
        let head = marked.head_of(hit.tokens.clone());
        let mut found: Option<EventMention> = None;
        for &id in candidates {
            let Some(kind) = kinds[id] else { continue };
            let Some(arguments) = rules.apply(id, marked, graph, &hit.tokens, head) else { continue };
            match &mut found {
                Some(mention) if mention.kind == kind => add_new(&mut mention.arguments, arguments),
                Some(_) => {}
                None => {
                    found = Some(EventMention {
                        kind,
                        value: told(rules, id, &entry.value),
                        strong: entry.has("strong"),
                        tokens: hit.tokens.clone(),
                        head,
                        sentence: marked.parsed.text.sentence_of(head),
                        arguments,
                        rule: id,
                        standing: Standing::Fact,
                        filter: None,
                    });
                }
            }
        }
        mentions.extend(found);
    }
    mentions.sort_by_key(|m| (m.tokens.start, m.kind));
    drop_covered(&mut mentions);
    apply_filters(marked, graph, rules, &mut mentions);
    mentions
}

/// The value that a trigger tells: that of its lexicon, or the rule's effect ("has burns": injured).
fn told(rules: &RuleSet, id: RuleId, value: &str) -> String {
    let effect = &rules.get(id).effect;
    if effect.is_empty() { value.to_owned() } else { effect.clone() }
}

/// Adds what another rule found; a word keeps the part that an earlier rule gave it: who killed somebody is not killed.
fn add_new(arguments: &mut Vec<Argument>, more: Vec<Argument>) {
    let known = arguments.len();
    for argument in more {
        let plays = arguments[..known].iter().any(|a| a.token == argument.token);
        if !plays && !arguments.iter().any(|a| a.role == argument.role && a.token == argument.token) {
            arguments.push(argument);
        }
    }
}

/// A mention inside a longer one of its kind is part of it ("drone attack" holds "attack").
fn drop_covered(mentions: &mut Vec<EventMention>) {
    // A phrase covers only mentions that start close by.
    const NEIGHBOURS: usize = 12;
    let is_covered = |(n, m): (usize, &EventMention)| {
        let near = (n + 1).saturating_sub(NEIGHBOURS)..(n + 1 + NEIGHBOURS).min(mentions.len());
        mentions[near].iter().any(|other| {
            other.kind == m.kind && other.tokens.len() > m.tokens.len() && overlap(&other.tokens, &m.tokens)
        })
    };
    let covered: Vec<bool> = mentions.iter().enumerate().map(is_covered).collect();
    let mut covered = covered.into_iter();
    mentions.retain(|_| covered.next() != Some(true));
}

fn apply_filters(marked: &Marked<'_>, graph: &Graph, rules: &RuleSet, mentions: &mut [EventMention]) {
    for mention in mentions.iter_mut() {
        for (_, entry) in marked.hits_at(mention.head) {
            for &id in rules.of_class(entry.class) {
                let rule = rules.get(id);
                if rule.kind != "filter" || !rule.scope.is_empty() || mention.filter.is_some() {
                    continue;
                }
                if rules.apply(id, marked, graph, &mention.tokens, mention.head).is_some() {
                    take_out(mention, id, rules);
                }
            }
        }
    }
    let mut done = BTreeSet::new();
    for hit in &marked.mentions.hits {
        let entry = marked.lexicon.entry(hit.entry);
        for &id in rules.of_class(entry.class) {
            let rule = rules.get(id);
            if rule.kind != "filter" || rule.scope.is_empty() {
                continue;
            }
            let head = marked.head_of(hit.tokens.clone());
            if rules.apply(id, marked, graph, &hit.tokens, head).is_none() {
                continue;
            }
            let sentence = marked.parsed.text.sentence_of(head);
            let whole_document = rule.scope == "document";
            if whole_document && !done.insert(id) {
                continue;
            }
            let range = if whole_document {
                0..mentions.len()
            } else {
                mentions.partition_point(|m| m.sentence < sentence)
                    ..mentions.partition_point(|m| m.sentence <= sentence)
            };
            for mention in mentions[range].iter_mut() {
                let reached = match rule.scope.as_str() {
                    "overlap" => overlap(&mention.tokens, &hit.tokens),
                    "sentence" => mention.sentence == sentence && mention.kind == EventKind::Attack,
                    // A strong trigger stands against a word that only colours the whole report.
                    _ => mention.kind == EventKind::Attack && !mention.strong,
                };
                if reached && mention.filter.is_none() {
                    take_out(mention, id, rules);
                }
            }
        }
    }
}

fn take_out(mention: &mut EventMention, rule: RuleId, rules: &RuleSet) {
    if let Some(standing) = Standing::parse(&rules.get(rule).effect) {
        mention.standing = standing;
        mention.filter = Some(rule);
    }
}
