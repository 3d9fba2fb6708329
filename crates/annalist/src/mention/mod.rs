//! mention: here is a parsed document, show me the persons, places, times, counts and things it names.

pub mod age;
mod number;
pub mod person;
pub mod place;
pub mod quantity;
#[cfg(test)]
mod testing;
pub mod thing;
pub mod time;
pub(crate) mod word;

use std::ops::Range;

use crate::lexicon::{Class, Entry, Hit, Lexicon};
use crate::syntax::{Deprel, Parsed, Upos};
use crate::text::TokenId;

/// Everything that one document names, each list in order of its first token.
#[derive(Clone, Debug, Default)]
pub struct Mentions {
    /// Lexicon phrases.
    pub hits: Vec<Hit>,
    /// Persons by name or office.
    pub persons: Vec<person::PersonMention>,
    /// Places, resolved as far as possible.
    pub places: Vec<place::PlaceMention>,
    /// Dates and periods.
    pub times: Vec<time::TimeMention>,
    /// Counts of persons and things.
    pub quantities: Vec<quantity::Quantity>,
    /// Ages of persons.
    pub ages: Vec<age::Age>,
}

/// A parsed document with its mentions, and which lexicon phrases cover each token.
pub struct Marked<'a> {
    /// Sentences, tokens and trees.
    pub parsed: Parsed<'a>,
    /// What the document names.
    pub mentions: &'a Mentions,
    /// Where the phrases come from.
    pub lexicon: &'a Lexicon,
    /// For each token the range of `covering` that holds the numbers of its hits.
    starts: Vec<u32>,
    covering: Vec<u32>,
}

impl<'a> Marked<'a> {
    /// Indexes the lexicon phrases by token.
    pub fn new(parsed: Parsed<'a>, mentions: &'a Mentions, lexicon: &'a Lexicon) -> Self {
        let tokens = parsed.syntax.len();
        let mut starts = vec![0u32; tokens + 2];
        for hit in &mentions.hits {
            for token in hit.tokens.clone() {
                starts[token + 2] += 1;
            }
        }
        for t in 1..starts.len() {
            starts[t] += starts[t - 1];
        }
        let mut covering = vec![0u32; starts[tokens + 1] as usize];
        for (number, hit) in mentions.hits.iter().enumerate() {
            for token in hit.tokens.clone() {
                let at = &mut starts[token + 1];
                covering[*at as usize] = number as u32;
                *at += 1;
            }
        }
        Marked { parsed, mentions, lexicon, starts, covering }
    }

    /// The phrases that cover a token.
    pub fn hits_at(&self, token: TokenId) -> impl Iterator<Item = (&'a Hit, &'a Entry)> {
        let range = self.starts[token] as usize..self.starts[token + 1] as usize;
        let (hits, lexicon): (&'a [Hit], &'a Lexicon) = (&self.mentions.hits, self.lexicon);
        self.covering[range].iter().map(move |&n| {
            let hit = &hits[n as usize];
            (hit, lexicon.entry(hit.entry))
        })
    }

    /// The entry of a class that covers a token.
    pub fn entry_at(&self, token: TokenId, class: &str) -> Option<&'a Entry> {
        self.hit_at(token, class).map(|(_, entry)| entry)
    }

    /// The phrase of a class that covers a token, and its entry.
    pub fn hit_at(&self, token: TokenId, class: &str) -> Option<(&'a Hit, &'a Entry)> {
        let class = Class::new(class)?;
        self.hits_at(token).find(|(_, entry)| entry.class == class)
    }

    /// The phrases of a class inside a range, in order.
    pub fn hits_in(
        &self,
        tokens: Range<TokenId>,
        class: &str,
    ) -> impl Iterator<Item = (&'a Hit, &'a Entry)> + use<'a> {
        let class = Class::new(class);
        let (hits, lexicon): (&'a [Hit], &'a Lexicon) = (&self.mentions.hits, self.lexicon);
        let start = hits.partition_point(|h| h.tokens.start < tokens.start);
        hits[start..]
            .iter()
            .take_while(move |h| h.tokens.start < tokens.end)
            .filter(move |h| h.tokens.end <= tokens.end)
            .map(move |h| (h, lexicon.entry(h.entry)))
            .filter(move |(_, entry)| Some(entry.class) == class)
    }

    /// The token of a range that the others depend on: the first whose head lies outside.
    pub fn head_of(&self, tokens: Range<TokenId>) -> TokenId {
        tokens
            .clone()
            .find(|&t| self.parsed.head(t).is_none_or(|h| !tokens.contains(&h)))
            .unwrap_or(tokens.end - 1)
    }

    /// The place mention that covers a token.
    pub fn place_at(&self, token: TokenId) -> Option<&'a place::PlaceMention> {
        covering(&self.mentions.places, token, |p| &p.tokens)
    }

    /// The person mention that covers a token.
    pub fn person_at(&self, token: TokenId) -> Option<&'a person::PersonMention> {
        covering(&self.mentions.persons, token, |p| &p.tokens)
    }

    /// The time mention that covers a token.
    pub fn time_at(&self, token: TokenId) -> Option<&'a time::TimeMention> {
        covering(&self.mentions.times, token, |t| &t.tokens)
    }

    /// The count whose counted word is this token, or that stands at it.
    pub fn quantity_of(&self, token: TokenId) -> Option<&'a quantity::Quantity> {
        const LOOK_BACK: usize = 8;
        let quantities: &'a [quantity::Quantity] = &self.mentions.quantities;
        let end = quantities.partition_point(|q| q.tokens.start <= token);
        quantities[..end]
            .iter()
            .rev()
            .take(LOOK_BACK)
            .find(|q| q.counted == Some(token) || q.tokens.contains(&token))
    }
}

/// The last of some mentions, in order of their first token, that covers a token.
fn covering<T>(mentions: &[T], token: TokenId, tokens: impl Fn(&T) -> &Range<TokenId>) -> Option<&T> {
    const LOOK_BACK: usize = 8;
    let end = mentions.partition_point(|m| tokens(m).start <= token);
    mentions[..end].iter().rev().take(LOOK_BACK).find(|m| tokens(m).contains(&token))
}

/// Corrects noun phrases of the lexicon that the tree shows to be subject and verb ("drones **attack** a
/// town" is no "drone attack"): the verb stands for itself.
pub fn part_subjects_from_verbs(parsed: &Parsed<'_>, lexicon: &Lexicon, hits: &mut [Hit]) {
    for hit in hits.iter_mut().filter(|h| h.tokens.len() > 1) {
        let entry = lexicon.entry(hit.entry);
        let last = hit.tokens.end - 1;
        let noun = entry.has("noun") && !entry.has("verb");
        let clause = parsed.upos(last) == Upos::Verb
            && hit
                .tokens
                .clone()
                .any(|t| parsed.head(t) == Some(last) && parsed.deprel(t).is_a(Deprel::Nsubj));
        if noun
            && clause
            && let Some(verb) = lexicon.single(entry.class, parsed.lemma(last))
        {
            *hit = Hit { tokens: last..last + 1, entry: verb };
        }
    }
}

/// Whether two token ranges share a token.
pub fn overlap(a: &Range<TokenId>, b: &Range<TokenId>) -> bool {
    a.start < b.end && b.start < a.end
}
