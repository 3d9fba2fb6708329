//! From files of many kinds to Annalist's documents.
//!
//! The primary types are [`Records`], which cuts one input into the reports it holds, and [`Record`], which
//! becomes a [`Document`] with [`Record::document`]. Cutting is cheap and goes forward through the input;
//! making a document (charset, JSON, main text of a page) is the expensive half and may run on any thread.
//! [`walk`] turns the paths that a person names into the files behind them.
//!
//! What is wrong with an input is an [`IngestError`] that names the file, the line or record and what to do;
//! what is merely odd is a [`Note`] beside the document. No bytes make this crate panic.

mod charset;
mod error;
mod html;
mod json;
mod record;
mod source;
mod walk;

pub use error::{IngestError, Place};
pub use record::{Defaults, Ingested, Note, Record};
pub use source::{Kind, Records};
pub use walk::{Found, Walk, walk};

#[doc(no_inline)]
pub use annalist::document::Document;

/// How much of an input is taken. Everything that comes from outside has a bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest plain text file, in bytes as stored. The text itself is bounded by
    /// [`annalist::document::TEXT_BYTES_MAX`]; other charsets take up to four times as many.
    pub text_bytes_max: usize,
    /// Longest HTML page, in bytes.
    pub html_bytes_max: usize,
    /// Deepest nesting of elements in a page: parsers take quadratic time on hostile nesting.
    pub html_depth_max: usize,
    /// Most nodes in a page: unclosed formatting elements multiply.
    pub html_nodes_max: usize,
    /// Longest file of JSON values that is no JSONL, in bytes; it is held in memory.
    pub json_bytes_max: usize,
    /// Longest line of a JSONL file, in bytes.
    pub line_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            text_bytes_max: 40_000_000,
            html_bytes_max: 10_000_000,
            html_depth_max: 500,
            html_nodes_max: 250_000,
            json_bytes_max: 512_000_000,
            line_bytes_max: 64_000_000,
        }
    }
}
