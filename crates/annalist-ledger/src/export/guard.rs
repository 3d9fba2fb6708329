//! A cell that a spreadsheet would run as a formula is made harmless, and can be had back as it was.
//!
//! A spreadsheet takes a cell for a formula by its first character, leading blanks aside; one that splits cells
//! where it should not also takes what stands behind a quotation mark, a line end, a tab, a comma or a semicolon.
//! At each of these places an apostrophe is put before blanks and apostrophes that a dangerous character follows.
//! Since apostrophes already there are passed over, taking one away at the same places gives the text back exactly.

use std::borrow::Cow;

/// Characters with which a formula or a command begins, in their narrow, wide and small forms.
const DANGEROUS: [char; 15] = [
    '=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠', '\u{fe62}', '\u{fe63}', '\u{fe66}',
    '\u{fe6b}',
];
/// Characters behind which a careless reader may begin a new cell.
const OPENING: [char; 6] = ['"', '\n', '\r', '\t', ',', ';'];
/// What guards.
const MARK: char = '\'';

/// The text with every dangerous beginning guarded.
///
/// # Example
/// ```
/// use annalist_ledger::export::{guard, unguard};
/// assert_eq!(guard("=1+1"), "'=1+1");
/// assert_eq!(guard("north-east"), "north-east");
/// assert_eq!(unguard(&guard("'=1+1")), "'=1+1");
/// ```
///
/// # Source
/// Prefixes after the OWASP notes on CSV injection; the reversible mark is our own.
pub fn guard(text: &str) -> Cow<'_, str> {
    rewrite(text, |out, run, first| {
        out.push(MARK);
        out.push_str(run);
        out.push(first);
    })
}

/// The text as it was before [`guard`].
pub fn unguard(text: &str) -> Cow<'_, str> {
    rewrite(text, |out, run, first| {
        out.push_str(run.strip_prefix(MARK).unwrap_or(run));
        out.push(first);
    })
}

/// The text without control characters but tabs and line ends, and without those that turn the direction of writing around.
///
/// # Example
/// ```
/// assert_eq!(annalist_ledger::export::without_orders("a\u{1b}[31mb\u{202e}c\n"), "a[31mbc\n");
/// ```
pub fn without_orders(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| match c {
        '\t' | '\n' | '\r' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    };
    if text.contains(obeyed) { text.replace(obeyed, "").into() } else { Cow::Borrowed(text) }
}

/// Whether a text as it is would be run.
pub fn dangerous(text: &str) -> bool {
    text.trim_start_matches(blank).starts_with(DANGEROUS)
}

/// Copies the text, with `put` for each run of blanks and marks at a beginning that a dangerous character follows.
fn rewrite(text: &str, put: impl Fn(&mut String, &str, char)) -> Cow<'_, str> {
    if !text.contains(DANGEROUS) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 4);
    let mut rest = text;
    let mut beginning = true;
    while !rest.is_empty() {
        let run_end = match beginning {
            true => rest.find(|c| !blank(c) && c != MARK).unwrap_or(rest.len()),
            false => 0,
        };
        let (run, after) = rest.split_at(run_end);
        let mut chars = after.chars();
        let Some(first) = chars.next() else {
            out.push_str(run);
            break;
        };
        if beginning && DANGEROUS.contains(&first) {
            put(&mut out, run, first);
        } else {
            out.push_str(run);
            out.push(first);
        }
        beginning = OPENING.contains(&first);
        rest = chars.as_str();
    }
    Cow::Owned(out)
}

/// Blanks that programs drop or do not show, none of them a beginning or dangerous.
fn blank(c: char) -> bool {
    !DANGEROUS.contains(&c)
        && !OPENING.contains(&c)
        && (c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_beginnings_are_guarded() {
        let shown = [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("  +1", "'  +1"),
            ("he said \"=1\"", "he said \"'=1\""),
            ("a\n@b", "a\n'@b"),
            ("\t=1", "'\t'=1"),
            ("\0x", "'\0x"),
            ("＝1", "'＝1"),
            ("'-5", "''-5"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("A bus - empty - burnt", "A bus - empty - burnt"),
            ("'quoted'", "'quoted'"),
        ];
        for (text, guarded) in shown {
            assert_eq!(guard(text), guarded);
            assert_eq!(unguard(guarded), text);
        }
    }

    proptest! {
        #[test]
        fn a_guarded_text_is_harmless_and_comes_back(
            text in prop_oneof![
                "[=+@\t\r\n\0\"';, a1＝－-]{0,24}",
                any::<String>(),
            ],
        ) {
            let guarded = guard(&text);
            prop_assert!(!dangerous(&guarded), "{guarded:?}");
            for piece in guarded.split(OPENING) {
                // A piece may be empty before a separator that is itself dangerous, never begin with a formula.
                prop_assert!(!dangerous(piece), "{guarded:?}: {piece:?}");
            }
            let back = unguard(&guarded);
            prop_assert_eq!(back.as_ref(), text.as_str());
        }
    }
}
