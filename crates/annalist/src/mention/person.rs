//! Persons in the text, by name, office or description.

use crate::text::TokenId;
use std::ops::Range;

/// A mention of one person or one office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonMention {
    /// Name, title and apposition together.
    pub tokens: Range<TokenId>,
    /// The token that other words depend on: last name, or the office when there is no name.
    pub head: TokenId,
    /// Number of the person: mentions of the same person share it.
    pub person: usize,
    /// The fullest name in the document; none for "the governor" that was never named.
    pub name: Option<String>,
    /// Office or occupation in the words of this text ("Chairman of the Electoral Commission of Belarus").
    pub office: Option<Range<TokenId>>,
    /// Value of the office in the office lexicon (`official`, `police`, `medical` …).
    pub office_class: Option<String>,
    /// What the office is of ("Belgorod Oblast", "the Electoral Commission of Belarus").
    pub of: Option<Range<TokenId>>,
    /// Years.
    pub age: Option<u32>,
    /// `m` or `f`.
    pub sex: Option<char>,
}
