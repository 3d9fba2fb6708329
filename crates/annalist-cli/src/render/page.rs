//! page: the words of a report in lines, with marks and labels under them.
//!
//! The manner is that of compilers: the line, under it one row of underlines for marks that do not overlap,
//! under these the labels, each hanging from its mark.

use crate::term::{Paint, visible};
use anstyle::Style;
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// A text as lines of a width.
pub(crate) struct Page {
    chars: Vec<char>,
    lines: Vec<Line>,
    width: usize,
}

/// One line: a range of code points of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Number of its paragraph, from 1.
    pub(crate) paragraph: usize,
    /// Whether it is the first of its paragraph.
    pub(crate) first: bool,
}

/// Words to be underlined, with what is said of them.
///
/// # Units
/// Code points of the text, half-open.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) style: Style,
    /// `━` or, for something said not to be so, `╌`.
    pub(crate) stroke: char,
    pub(crate) label: String,
}

impl Page {
    /// Breaks `text` into lines of at most `width` columns; empty lines of the text are left out.
    pub(crate) fn new(text: &str, width: usize) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut lines = Vec::new();
        let mut at = 0;
        let mut paragraph = 0;
        for piece in chars.split(|&c| c == '\n') {
            let (start, end) = trim(&chars, at, at + piece.len());
            if start < end {
                paragraph += 1;
                break_lines(&chars, start, end, width, paragraph, &mut lines);
            }
            at += piece.len() + 1;
        }
        Page { chars, lines, width }
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line and what stands under it. `quiet` is the style of words without a mark.
    pub(crate) fn draw(&self, line: Line, marks: &[Mark], quiet: Style, paint: Paint) -> Vec<String> {
        let mut here: Vec<Cut<'_>> = marks.iter().filter_map(|mark| self.cut(line, mark)).collect();
        let mut drawn = vec![self.words(line, &here, quiet, paint)];
        if here.is_empty() {
            return drawn;
        }
        // Short marks first: they stand nearest to the words and inside the longer ones below.
        here.sort_by_key(|cut| (cut.to - cut.from, cut.from));
        let mut canvas = Canvas::default();
        let layers = underline(&here, &mut canvas);
        label(&mut here, layers, self.width, &mut canvas);
        drawn.extend(canvas.rows.iter().map(|row| paint_row(row, paint)));
        drawn
    }

    /// The part of a mark that falls on a line, in columns.
    fn cut<'m>(&self, line: Line, mark: &'m Mark) -> Option<Cut<'m>> {
        let start = mark.start.max(line.start);
        let end = mark.end.min(line.end);
        (start < end).then(|| {
            let from = self.columns(line.start, start);
            let to = from + self.columns(start, end).max(1);
            let label = if mark.start >= line.start { mark.label.as_str() } else { "" };
            Cut { mark, start, end, from, to, label, layer: 0, hook: from }
        })
    }

    fn columns(&self, start: usize, end: usize) -> usize {
        self.chars[start..end].iter().map(|&c| visible(c).width().unwrap_or(0)).sum()
    }

    fn words(&self, line: Line, cuts: &[Cut<'_>], quiet: Style, paint: Paint) -> String {
        let style_at = |at: usize| {
            let over = cuts.iter().filter(|cut| cut.start <= at && at < cut.end);
            over.min_by_key(|cut| cut.end - cut.start).map_or(quiet, |cut| cut.mark.style.bold())
        };
        let mut out = String::new();
        let mut run = String::new();
        let mut style = quiet;
        for at in line.start..line.end {
            let now = style_at(at);
            if now != style {
                out += &styled(paint, style, &run);
                run.clear();
                style = now;
            }
            run.push(visible(self.chars[at]));
        }
        out + &styled(paint, style, &run)
    }
}

fn styled(paint: Paint, style: Style, text: &str) -> String {
    if style == Style::new() { text.to_owned() } else { paint.on(style, text) }
}

struct Cut<'m> {
    mark: &'m Mark,
    start: usize,
    end: usize,
    from: usize,
    to: usize,
    label: &'m str,
    layer: usize,
    /// The column that its label hangs from.
    hook: usize,
}

/// A blank inside a label: nothing may be drawn through it.
const SOLID_BLANK: char = '\u{a0}';

/// Rows of characters with styles; a blank is an empty cell.
#[derive(Default)]
struct Canvas {
    rows: Vec<Vec<(char, Style)>>,
}

impl Canvas {
    fn put(&mut self, row: usize, column: usize, c: char, style: Style) {
        while self.rows.len() <= row {
            self.rows.push(Vec::new());
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, (' ', Style::new()));
        }
        cells[column] = (c, style);
    }

    fn is_free(&self, row: usize, from: usize, to: usize) -> bool {
        let Some(cells) = self.rows.get(row) else { return true };
        (from..to).all(|column| cells.get(column).is_none_or(|(c, _)| *c == ' '))
    }

    fn at(&self, row: usize, column: usize) -> char {
        self.rows.get(row).and_then(|cells| cells.get(column)).map_or(' ', |(c, _)| *c)
    }
}

/// Draws the underlines, overlapping ones in rows of their own; returns the number of rows.
fn underline(cuts: &[Cut<'_>], canvas: &mut Canvas) -> usize {
    // The layer of a cut is found again from the canvas by `label`, so that the cuts stay shared here.
    for cut in cuts {
        let row = (0..).find(|&row| canvas.is_free(row, cut.from, cut.to)).unwrap_or(0);
        for column in cut.from..cut.to {
            canvas.put(row, column, cut.mark.stroke, cut.mark.style);
        }
    }
    canvas.rows.len()
}

/// Hangs the labels under their marks, from right to left, each as high as it finds room.
fn label(cuts: &mut [Cut<'_>], layers: usize, page: usize, canvas: &mut Canvas) {
    let mut taken = Vec::new();
    assign_layers(cuts);
    cuts.sort_by_key(|cut| (std::cmp::Reverse(cut.from), cut.layer));
    let spans: Vec<Range<usize>> = cuts.iter().map(|cut| cut.from..cut.to).collect();
    for cut in cuts.iter_mut().filter(|cut| !cut.label.is_empty()) {
        cut.hook = hook(cut.from..cut.to, &spans, &taken);
        taken.push(cut.hook);
        let text: Vec<char> = cut.label.chars().map(visible).collect();
        let width: usize = text.iter().map(|c| c.width().unwrap_or(0)).sum();
        // A label that would run off the page moves left and still covers the column that it hangs from.
        let over = (cut.hook + width).saturating_sub(page).min(width.saturating_sub(1));
        let (at, from) = (cut.hook, cut.hook.saturating_sub(over));
        let to = from + width;
        // One free column on either side keeps labels apart.
        let fits = |row: usize| {
            canvas.is_free(row, from.saturating_sub(1), to + 1)
                && (layers..row).all(|above| canvas.is_free(above, at, at + 1))
        };
        let last = canvas.rows.len().max(layers);
        let row = (layers..=last).find(|&row| fits(row)).unwrap_or(last);
        let style = cut.mark.style;
        for above in cut.layer + 1..row {
            let c = match canvas.at(above, at) {
                ' ' => '│',
                '━' => '┿',
                _ => continue,
            };
            let style = if c == '┿' { canvas.rows[above][at].1 } else { style };
            canvas.put(above, at, c, style);
        }
        if cut.layer + 1 < row || cut.to - cut.from > 1 {
            canvas.put(cut.layer, at, if cut.mark.stroke == '━' { '┯' } else { '┬' }, style);
        }
        let mut column = from;
        for c in text {
            let w = c.width().unwrap_or(0);
            if w == 0 {
                continue;
            }
            canvas.put(row, column, if c == ' ' { SOLID_BLANK } else { c }, style);
            column += w;
        }
    }
}

/// The column that a label hangs from: where no other mark lies and no other label hangs near, else the first free.
fn hook(columns: Range<usize>, spans: &[Range<usize>], taken: &[usize]) -> usize {
    let lonely = |column: &usize| {
        spans.iter().all(|span| *span == columns || !span.contains(column) || span.len() > columns.len())
            && taken.iter().all(|other| other.abs_diff(*column) > 1)
    };
    let free = |column: &usize| !taken.contains(column);
    columns.clone().find(lonely).or_else(|| columns.clone().find(free)).unwrap_or(columns.start)
}

/// The same choice of rows as [`underline`] made.
fn assign_layers(cuts: &mut [Cut<'_>]) {
    let mut rows: Vec<Vec<(usize, usize)>> = Vec::new();
    for cut in cuts {
        let free = |row: &Vec<(usize, usize)>| row.iter().all(|&(from, to)| cut.to <= from || to <= cut.from);
        let layer = rows.iter().position(free).unwrap_or_else(|| {
            rows.push(Vec::new());
            rows.len() - 1
        });
        rows[layer].push((cut.from, cut.to));
        cut.layer = layer;
    }
}

fn paint_row(row: &[(char, Style)], paint: Paint) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let mut style = Style::new();
    for &(c, now) in row {
        // Blanks take the style around them, which spares most of the codes.
        if now != style && c != ' ' {
            let words = run.trim_end();
            out += &styled(paint, style, words);
            out += &run[words.len()..];
            run.clear();
            style = now;
        }
        run.push(if c == SOLID_BLANK { ' ' } else { c });
    }
    out + &styled(paint, style, run.trim_end())
}

fn trim(chars: &[char], mut start: usize, mut end: usize) -> (usize, usize) {
    while start < end && chars[start].is_whitespace() {
        start += 1;
    }
    while start < end && chars[end - 1].is_whitespace() {
        end -= 1;
    }
    (start, end)
}

/// Greedy: as many words as fit; a word that is wider than the line is cut.
fn break_lines(
    chars: &[char],
    start: usize,
    end: usize,
    width: usize,
    paragraph: usize,
    lines: &mut Vec<Line>,
) {
    let mut at = start;
    while at < end {
        let mut used = 0;
        let mut stop = at;
        let mut gap = None;
        while stop < end {
            let w = visible(chars[stop]).width().unwrap_or(0);
            if used + w > width {
                break;
            }
            if chars[stop].is_whitespace() {
                gap = Some(stop);
            }
            used += w;
            stop += 1;
        }
        if stop < end && !chars[stop].is_whitespace() {
            stop = gap.filter(|&gap| gap > at).unwrap_or(stop.max(at + 1));
        }
        let (from, to) = trim(chars, at, stop);
        lines.push(Line { start: from, end: to, paragraph, first: at == start });
        at = stop;
        while at < end && chars[at].is_whitespace() {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, width: usize, marks: &[(&str, &str)]) -> String {
        let page = Page::new(text, width);
        let marks: Vec<Mark> = marks
            .iter()
            .map(|(words, label)| {
                let start = text[..text.find(words).unwrap()].chars().count();
                let end = start + words.chars().count();
                Mark { start, end, style: Style::new(), stroke: '━', label: (*label).to_owned() }
            })
            .collect();
        let lines = page.lines().iter().flat_map(|&line| page.draw(line, &marks, Style::new(), Paint::PLAIN));
        lines.map(|line| format!("\n{line}")).collect()
    }

    #[test]
    fn labels_hang_from_their_words() {
        let text = "A Ukrainian drone attack on a car left two dead.";
        let marks = [
            ("Ukrainian drone attack", "i1 mode"),
            ("Ukrainian", "i1 by"),
            ("drone", "i1 weapon"),
            ("car", "i1 target"),
            ("two dead", "i1 killed 2"),
        ];
        insta::assert_snapshot!(drawn(text, 60, &marks));
    }

    #[test]
    fn marks_go_on_over_lines_and_crowded_labels_go_down() {
        let text = "In Sumy a drone hit a bus, killing two.";
        let marks =
            [("drone hit a bus", "i1 mode air drone strike"), ("Sumy", "i1 place"), ("bus", "i1 target")];
        insta::assert_snapshot!(drawn(text, 20, &marks));
    }

    #[test]
    fn wide_and_strange_characters_keep_columns() {
        let text = "a\u{202e}b\t日本 x\u{1b}[31m";
        insta::assert_snapshot!(drawn(text, 40, &[("日本", "i1"), ("x", "i2")]));
    }

    #[test]
    fn any_width_ends() {
        for width in [1, 2, 3, 7] {
            let page = Page::new("日本語 word\n\n  averyveryverylongword x ", width);
            assert!(page.lines().iter().all(|line| line.start < line.end));
        }
    }
}
