//! Annalist's engine: one report in, one [`reading::Reading`] out.
//!
//! The primary types are [`Document`] (a clean text that never changes again), [`Parsed`] (its sentences,
//! tokens and trees) and [`reading::Reading`] (incidents, claims, voices, quotes and contradictions).
//! Stages follow one another in the order of the modules below; none knows those after it.
//! No clock, disk, network, randomness or hash-order iteration: the same text, version and data give
//! byte-identical readings.

mod border;
pub mod bundle;
pub mod calendar;
pub mod casing;
pub mod consistency;
pub mod document;
mod engine;
pub mod event;
pub mod gate;
pub mod gazetteer;
mod hash;
pub mod incident;
pub mod lexicon;
pub mod mention;
pub mod reading;
pub mod rule;
pub mod score;
pub mod span;
pub mod speech;
pub mod syntax;
pub mod table;
pub mod text;

pub use bundle::{Bundle, DataError};
pub use document::{Document, DocumentError, Meta};
pub use engine::{Engine, Stage, Weighed};
pub use rule::RuleInfo;
pub use span::Span;
pub use syntax::Parsed;
