//! grid: rows of cells in one alignment, cut to the terminal.

use super::View;
use super::table::fit;
use anstyle::Style;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// A column of a grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    head: &'static str,
    right: bool,
    /// How narrow it may get on a narrow terminal; it keeps its width when none.
    least: Option<usize>,
    /// Whether it gives way altogether where narrow ones are not narrow enough.
    gives_way: bool,
}

impl Column {
    pub(crate) const fn left(head: &'static str) -> Self {
        Column { head, right: false, least: None, gives_way: false }
    }

    pub(crate) const fn right(head: &'static str) -> Self {
        Column { head, right: true, least: None, gives_way: false }
    }

    pub(crate) const fn shrinks_to(mut self, least: usize) -> Self {
        self.least = Some(least);
        self
    }

    /// It is left out where the terminal is too narrow for all; of several the last first.
    pub(crate) const fn gives_way(mut self) -> Self {
        self.gives_way = true;
        self
    }
}

/// Words of a cell, with their style.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn plain(text: String) -> Self {
        Cell { text, style: Style::new() }
    }

    pub(crate) fn styled(text: String, style: Style) -> Self {
        Cell { text, style }
    }
}

/// Rows in one alignment. The first ones decide the widths; they are bounded in number, so that a grid may be endless.
pub(crate) struct Grid {
    columns: &'static [Column],
    view: View,
    waiting: Vec<Vec<Cell>>,
    widths: Option<Vec<usize>>,
}

const ROWS_MEASURED: usize = 2000;
const GAP: usize = 2;

impl Grid {
    pub(crate) fn new(columns: &'static [Column], view: View) -> Self {
        Grid { columns, view, waiting: Vec::new(), widths: None }
    }

    /// Adds a row, one cell a column.
    pub(crate) fn add(&mut self, row: Vec<Cell>, out: &mut impl Write) -> io::Result<()> {
        if let Some(widths) = &self.widths {
            return writeln!(out, "{}", self.line(&row, widths));
        }
        self.waiting.push(row);
        if self.waiting.len() >= ROWS_MEASURED { self.measure(out) } else { Ok(()) }
    }

    /// Writes what waits.
    pub(crate) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.widths.is_none() { self.measure(out) } else { Ok(()) }
    }

    fn measure(&mut self, out: &mut impl Write) -> io::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        let width = |(n, column): (usize, &Column)| {
            let cells = rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.text.width());
            cells.chain([column.head.width()]).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(width).collect();
        if let Some(columns) = self.view.width {
            self.shrink(&mut widths, columns);
        }
        let style = Style::new().bold().underline();
        let heads =
            self.columns.iter().map(|column| Cell::styled(column.head.to_owned(), style)).collect::<Vec<_>>();
        writeln!(out, "{}", self.line(&heads, &widths))?;
        for row in &rows {
            writeln!(out, "{}", self.line(row, &widths))?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    /// Takes columns from what can spare them, the widest first; what is left out then has no width.
    fn shrink(&self, widths: &mut [usize], columns: usize) {
        let whole = |widths: &[usize]| {
            let shown = widths.iter().filter(|width| **width > 0).count();
            widths.iter().sum::<usize>() + GAP * shown.saturating_sub(1)
        };
        loop {
            if whole(widths) <= columns {
                return;
            }
            let spare = |(n, width): (usize, &usize)| {
                let least = self.columns.get(n)?.least?;
                (*width > least).then_some((*width - least, n))
            };
            let way = |(n, width): (usize, &usize)| {
                (*width > 0 && self.columns.get(n).is_some_and(|column| column.gives_way)).then_some(n)
            };
            if let Some((_, n)) = widths.iter().enumerate().filter_map(spare).max() {
                widths[n] -= 1;
            } else if let Some(n) = widths.iter().enumerate().filter_map(way).next_back() {
                widths[n] = 0;
            } else {
                return;
            }
        }
    }

    fn line(&self, row: &[Cell], widths: &[usize]) -> String {
        let shown = row.iter().zip(widths).zip(self.columns).filter(|((_, width), _)| **width > 0);
        let cells = shown.map(|((cell, &width), column)| {
            let fitted = fit(&cell.text, width, column.right, false);
            // The style ends with the words: an underlined gap would look like one long column.
            let (words, gap) = fitted.split_at(fitted.trim_end().len());
            if cell.style == Style::new() {
                fitted.clone()
            } else {
                self.view.paint.on(cell.style, words) + gap
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::PLAIN;

    const COLUMNS: [Column; 3] =
        [Column::left("id"), Column::left("place").shrinks_to(6), Column::right("killed").gives_way()];

    fn drawn(width: Option<usize>) -> String {
        let mut grid = Grid::new(&COLUMNS, View { width, ..PLAIN });
        let mut out = Vec::new();
        for (place, killed) in [("a village far away", "2"), ("town", "12+")] {
            let cells = ["i1", place, killed].map(|text| Cell::plain(text.to_owned()));
            grid.add(cells.to_vec(), &mut out).unwrap();
        }
        grid.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_stand_under_their_heads_and_places_give_way() {
        assert_eq!(
            drawn(None),
            "id  place               killed\ni1  a village far away       2\ni1  town                   12+\n"
        );
        // What can give way does before anything is wider than the terminal.
        assert_eq!(drawn(Some(12)), "id  place\ni1  a vil…\ni1  town\n");
        assert_eq!(drawn(Some(20)), "id  place     killed\ni1  a villa…       2\ni1  town         12+\n");
    }
}
