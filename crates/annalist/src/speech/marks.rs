//! Which quotation marks belong together.
//!
//! One pass over the marks of a document. Every mark is looked at a bounded number of times, so that a text
//! of nothing but quotation marks takes no longer than any other of its length.

use crate::document::Document;
use crate::span::Span;

/// What stands between two quotation marks, or between an opening mark and the end of its paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quotation {
    /// Byte of the opening mark.
    pub(crate) open: usize,
    /// The words inside, without white space at the ends.
    pub(crate) content: Span,
    /// How it ends.
    pub(crate) end: QuotationEnd,
    /// Whether it goes on what the paragraph before left open.
    pub(crate) continues: bool,
}

/// How a quotation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuotationEnd {
    /// With its closing mark.
    Closed,
    /// With its paragraph, to be opened again in the next.
    Continued,
    /// With its paragraph, for want of a closing mark.
    Unclosed,
}

/// A quotation over lines without new opening marks may run on so far.
///
/// # Units
/// Paragraphs.
const PARAGRAPHS_MAX: usize = 4;

/// Nested marks of one kind are followed so far.
const NESTED_MAX: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Straight,
    Curly,
    Angle,
    Single,
}

#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    width: usize,
    family: Family,
    opens: bool,
    closes: bool,
    /// A plural's apostrophe as well as a closing mark: "the officials’ report".
    plural: bool,
    /// A low or reversed opening mark, which “ may close.
    low: bool,
    paragraph: usize,
}

/// All quotations of a document in order; `steps` counts the marks looked at.
pub(crate) fn pair(document: &Document, steps: &mut usize) -> Vec<Quotation> {
    let marks = collect(document);
    let next = next_of_family(&marks);
    let closable = closable(&marks, &next);
    let mut out: Vec<Quotation> = Vec::new();
    let mut at = 0;
    while at < marks.len() {
        *steps += 1;
        if !marks[at].opens {
            at += 1;
            continue;
        }
        let (quotation, after) = close(document, &marks, &next, &closable, at, steps);
        if let Some(mut quotation) = quotation {
            quotation.continues = out.last().is_some_and(|q| q.end == QuotationEnd::Continued);
            out.push(quotation);
        }
        at = after.max(at + 1);
    }
    out
}

/// The quotation that the mark `at` opens, if any, and the mark to go on with.
fn close(
    document: &Document,
    marks: &[Mark],
    next: &[usize],
    closable: &[bool],
    at: usize,
    steps: &mut usize,
) -> (Option<Quotation>, usize) {
    let text = document.text();
    let open = marks[at];
    let inside = open.at + open.width;
    let mut depth = 0;
    let mut i = next[at];
    for _ in 0..NESTED_MAX {
        *steps += 1;
        if i >= marks.len() || marks[i].paragraph != open.paragraph {
            break;
        }
        let mark = marks[i];
        let closes = mark.closes || (open.low && mark.family == Family::Curly && !mark.low);
        if closes && !(mark.plural && closable[i]) {
            if depth == 0 {
                let content = Span::new(inside, mark.at).trim(text);
                let kept = (!content.is_empty()).then_some(Quotation {
                    open: open.at,
                    content,
                    end: QuotationEnd::Closed,
                    continues: false,
                });
                return (kept, i + 1);
            }
            depth -= 1;
        } else if mark.opens {
            if open.family != Family::Angle {
                // “It was dark. “We ran.”: paragraphs that each open anew were made one.
                let said = Span::new(inside, mark.at).trim(text);
                let double = matches!(open.family, Family::Straight | Family::Curly);
                if double && said.of(text).contains(' ') && said.of(text).ends_with(['.', '!', '?', '…']) {
                    let end = QuotationEnd::Continued;
                    return (Some(Quotation { open: open.at, content: said, end, continues: false }), i);
                }
                // The first was never closed: the second is the one that counts.
                return (None, at + 1);
            }
            depth += 1;
        }
        i = next[i];
    }
    across(document, marks, at, i)
}

/// A quotation whose paragraph has no closing mark for it; `i` is the next mark of its kind.
fn across(document: &Document, marks: &[Mark], at: usize, i: usize) -> (Option<Quotation>, usize) {
    let text = document.text();
    let open = marks[at];
    let inside = open.at + open.width;
    let paragraph = document.paragraphs()[open.paragraph].span;
    let rest = Span::new(inside, paragraph.end().max(inside)).trim(text);
    let till_paragraph = |end| Quotation { open: open.at, content: rest, end, continues: false };
    if rest.is_empty() {
        return (None, at + 1);
    }
    let following = marks.get(i).filter(|m| m.paragraph > open.paragraph);
    if let Some(mark) = following {
        let starts = document.paragraphs()[mark.paragraph].span.start() == mark.at;
        if starts && mark.opens && mark.paragraph == open.paragraph + 1 {
            return (Some(till_paragraph(QuotationEnd::Continued)), at + 1);
        }
        let near = mark.paragraph - open.paragraph < PARAGRAPHS_MAX;
        let certain = !matches!(open.family, Family::Single) || ends_words(text, mark.at);
        if near && mark.closes && !mark.opens && !mark.plural && certain {
            let content = Span::new(inside, mark.at).trim(text);
            return (
                Some(Quotation { open: open.at, content, end: QuotationEnd::Closed, continues: false }),
                i + 1,
            );
        }
    }
    // An unclosed single mark is an apostrophe in most texts.
    if open.family == Family::Single {
        return (None, at + 1);
    }
    (Some(till_paragraph(QuotationEnd::Unclosed)), at + 1)
}

fn ends_words(text: &str, at: usize) -> bool {
    text[..at].ends_with(['.', ',', '!', '?', '…'])
}

/// For every mark the next one of its family.
fn next_of_family(marks: &[Mark]) -> Vec<usize> {
    let mut next = vec![marks.len(); marks.len()];
    let mut last = [marks.len(); 4];
    for i in (0..marks.len()).rev() {
        let family = marks[i].family as usize;
        next[i] = last[family];
        last[family] = i;
    }
    next
}

/// For every mark whether a surer closing mark of its family follows in its paragraph before the next opening one.
fn closable(marks: &[Mark], next: &[usize]) -> Vec<bool> {
    let mut closable = vec![false; marks.len()];
    for i in (0..marks.len()).rev() {
        if let Some(mark) = marks.get(next[i]).filter(|m| m.paragraph == marks[i].paragraph) {
            closable[i] = !mark.opens && (mark.closes && !mark.plural || closable[next[i]]);
        }
    }
    closable
}

fn collect(document: &Document) -> Vec<Mark> {
    let text = document.text();
    let mut marks = Vec::new();
    for (number, paragraph) in document.paragraphs().iter().enumerate() {
        let words = paragraph.span.of(text);
        let start = paragraph.span.start();
        let mut before: Option<char> = None;
        let mut chars = words.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let mut width = c.len_utf8();
            let mut doubled = false;
            // Two single marks are one double mark: ``so'' and ''so''.
            if matches!(c, '\'' | '`') && chars.peek().is_some_and(|&(_, n)| n == c) {
                chars.next();
                width *= 2;
                doubled = true;
            }
            let after = chars.peek().map(|&(_, n)| n);
            let shape = if doubled { Some(straight(before, after)) } else { shape(c, before, after) };
            if let Some(mark) = shape {
                marks.push(Mark { at: start + at, width, paragraph: number, ..mark });
            }
            before = Some(c);
        }
    }
    marks
}

const BLANK: Mark = Mark {
    at: 0,
    width: 0,
    family: Family::Straight,
    opens: false,
    closes: false,
    plural: false,
    low: false,
    paragraph: 0,
};

fn shape(c: char, before: Option<char>, after: Option<char>) -> Option<Mark> {
    let (left, right) = (is_left_edge(before), is_right_edge(after));
    let mark = match c {
        '"' | '＂' => straight(before, after),
        '“' => Mark { family: Family::Curly, opens: !right || left, ..BLANK },
        '„' | '‟' => Mark { family: Family::Curly, opens: true, low: true, ..BLANK },
        '”' => Mark { family: Family::Curly, opens: false, closes: true, ..BLANK },
        '«' | '‹' => Mark { family: Family::Angle, opens: true, ..BLANK },
        '»' | '›' => Mark { family: Family::Angle, closes: true, ..BLANK },
        '‘' | '‛' | '‚' => Mark { family: Family::Single, opens: !right, ..BLANK },
        '’' | '\'' => {
            let letter_before = before.is_some_and(char::is_alphanumeric);
            let letter_after = after.is_some_and(char::is_alphanumeric);
            if letter_before && letter_after {
                return None;
            }
            let opens = c == '\'' && left && after.is_some_and(char::is_alphabetic);
            let closes = before.is_some_and(|b| !b.is_whitespace()) && !opens;
            let plural = letter_before && before == Some('s') && after == Some(' ');
            Mark { family: Family::Single, opens, closes, plural, ..BLANK }
        }
        _ => return None,
    };
    Some(mark)
}

fn straight(before: Option<char>, after: Option<char>) -> Mark {
    let (left, right) = (is_left_edge(before), is_right_edge(after));
    let (opens, closes) = match (left, right) {
        (true, false) => (true, false),
        (false, true) => (false, true),
        _ => (true, true),
    };
    Mark { family: Family::Straight, opens, closes, ..BLANK }
}

/// What may stand before an opening mark.
fn is_left_edge(c: Option<char>) -> bool {
    c.is_none_or(|c| {
        c.is_whitespace()
            || matches!(
                c,
                '(' | '[' | '{' | '—' | '–' | '-' | '/' | '‘' | '“' | '«' | '"' | '\'' | '\u{feff}'
            )
    })
}

/// What may stand after a closing mark.
fn is_right_edge(c: Option<char>) -> bool {
    c.is_none_or(|c| {
        c.is_whitespace()
            || matches!(
                c,
                '.' | ','
                    | ';'
                    | ':'
                    | '!'
                    | '?'
                    | ')'
                    | ']'
                    | '}'
                    | '…'
                    | '—'
                    | '–'
                    | '-'
                    | '/'
                    | '”'
                    | '’'
                    | '»'
                    | '"'
                    | '\''
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Meta;
    use proptest::prelude::*;

    fn quotes(text: &str) -> Vec<String> {
        let document = Document::new(text.into(), Meta::default()).unwrap();
        pair(&document, &mut 0).iter().map(|q| q.content.of(text).to_owned()).collect()
    }

    #[test]
    fn marks_of_every_kind() {
        for (text, wanted) in [
            ("He said \"we go\" and \"we stay\".", vec!["we go", "we stay"]),
            ("He said “we go,” then left.", vec!["we go,"]),
            ("«We go», he said.", vec!["We go"]),
            ("„We go“, he said, „now”.", vec!["We go", "now"]),
            ("‘We don’t go,’ he said.", vec!["We don’t go,"]),
            ("'We don't go,' he said.", vec!["We don't go,"]),
            ("``We go,'' he said.", vec!["We go,"]),
            ("“He told us ‘run’ and we ran.”", vec!["He told us ‘run’ and we ran."]),
        ] {
            assert_eq!(quotes(text), wanted, "{text}");
        }
    }

    #[test]
    fn apostrophes_are_no_marks() {
        for text in [
            "The officials’ report and the men's car.",
            "In the '90s the dogs' home was bombed.",
            "Rock ’n’ roll.",
        ] {
            assert!(quotes(text).is_empty(), "{text}: {:?}", quotes(text));
        }
        assert_eq!(quotes("‘The officials’ report is wrong,’ he said."), ["The officials’ report is wrong,"]);
        assert_eq!(quotes("the ‘three streets’ story"), ["three streets"]);
    }

    #[test]
    fn quotations_cross_paragraphs() {
        assert_eq!(quotes("He said: ‘We go.\nWe stay.’ Then he left."), ["We go.\nWe stay."]);
        assert_eq!(quotes("He said: “We go.\n“We stay.” Then he left."), ["We go.", "We stay."]);
    }

    #[test]
    fn a_lost_mark_stays_in_its_paragraph() {
        assert_eq!(quotes("He said: \"We go.\nA new day. He said \"no\" again."), ["We go.", "no"]);
    }

    proptest! {
        #[test]
        fn spans_are_sound(text in "([a-zé.,!? \\n]|\"|'|“|”|‘|’|«|»|„){0,200}") {
            let document = Document::new(text.clone(), Meta::default()).unwrap();
            let mut end = 0;
            for quotation in pair(&document, &mut 0) {
                prop_assert!(!quotation.content.of(&text).trim().is_empty());
                prop_assert!(quotation.content.start() >= end);
                end = quotation.content.start();
            }
        }
    }

    #[test]
    fn steps_grow_with_the_marks_only() {
        for unit in
            ["\"", "“", "”", "«", "»", "‘", "’", "'", "„", "“a ", "‘s’ ", "«a", "\"a\n", "‘a\n", "'a s' "]
        {
            let count = 100_000;
            let text = unit.repeat(count);
            let document = Document::new(text, Meta::default()).unwrap();
            let mut steps = 0;
            pair(&document, &mut steps);
            assert!(steps <= count * (NESTED_MAX + 4), "{unit:?}: {steps}");
        }
    }
}
