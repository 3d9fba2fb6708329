//! mention: here is a parsed document, show me the persons, places, times, counts and things it names.

pub mod person;
pub mod place;
pub mod quantity;
pub mod thing;
pub mod time;

use std::ops::Range;

use crate::lexicon::Hit;
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
}

/// Whether two token ranges share a token.
pub fn overlap(a: &Range<TokenId>, b: &Range<TokenId>) -> bool {
    a.start < b.end && b.start < a.end
}
