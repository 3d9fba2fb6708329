//! render: here is a reading, show it to a person.

mod grid;
mod page;
pub(crate) mod show;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod text;

pub(crate) use grid::{Cell, Column, Grid};
pub(crate) use page::{Mark, Page};
pub(crate) use show::{claim_value, person, place_full, voice_full, words};
pub(crate) use table::{Row, Table, Tally, rows};
pub(crate) use text::{report, snippet, wrap};

use crate::term::Paint;

/// How and how wide to draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// With or without colours.
    pub(crate) paint: Paint,
    /// Columns; none when it does not end up on a terminal, and nothing is cut then.
    pub(crate) width: Option<usize>,
}

impl View {
    /// Without colours, as wide as it gets.
    pub(crate) fn plain() -> Self {
        View { paint: Paint::new(crate::args::ColorChoice::Never, false), width: None }
    }

    /// Columns for running text: lines beyond a hundred columns are hard to read.
    pub(crate) fn text_width(self) -> usize {
        self.width.unwrap_or(100).clamp(40, 110)
    }
}
