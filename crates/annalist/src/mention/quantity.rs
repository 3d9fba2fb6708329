//! Counts in the text, as ranges.

use crate::text::TokenId;
use std::ops::Range;

/// A count with the word it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Its tokens, with "at least", "another", "of the".
    pub tokens: Range<TokenId>,
    /// Head of what is counted ("three **people**"); none for a bare number ("three were hurt").
    pub counted: Option<TokenId>,
    /// At least so many.
    pub min: u64,
    /// At most so many; none when open.
    pub max: Option<u64>,
    /// How the range was come by.
    pub basis: QuantityBasis,
    /// "Another", "more", "further": adds to what was said before.
    pub additional: bool,
}

/// How the range of a count was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityBasis {
    /// A number, a number word, "a".
    Exact,
    /// "At least", "more than", "over".
    AtLeast,
    /// "Up to", "no more than".
    UpTo,
    /// "Several", "dozens".
    VagueWord,
    /// A bare plural: two or more.
    PluralOnly,
    /// "No", "none", "nobody".
    ExplicitNone,
    /// "Three to five", "between three and five".
    Range,
}
