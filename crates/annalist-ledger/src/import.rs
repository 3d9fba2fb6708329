//! import: here is a file that others or we wrote, which incidents or claims stand in it?
//!
//! Our own lines and tables become incidents again ([`incidents_of_lines`], [`incidents_of_table`]). For a ledger, the
//! rows of event tables, other people's and those that another ledger exported, are what an outlet says
//! ([`Claims`]): each becomes a reading of one incident whose document is the row in plain words, so that every
//! claim points at its cell. Everything that comes in has a limit, and a fault names its line and column; the
//! rows after it can still be read.

mod claims;
mod own;
mod rows;
#[cfg(test)]
mod tests;

pub use claims::{Claims, Table};
pub use own::{incidents_of_lines, incidents_of_table};
pub use rows::{COLUMNS_MAX, LINE_BYTES_MAX, ROW_BYTES_MAX};

use std::io;

/// Why a file, or a row of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The head of a table is not what it should be.
    #[error("line 1: {0}")]
    Head(String),
    /// A line or row is longer than the limit or not well formed.
    #[error("line {line}: {message}")]
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A cell does not hold what its column asks for.
    #[error("line {line}, column `{column}`: {message}")]
    Cell {
        /// The line, from 1.
        line: u64,
        /// The column.
        column: String,
        /// What is wrong.
        message: String,
    },
}
