//! Number words and figures, read alike by times and quantities.

use crate::bundle::{Bundle, DataError};
use crate::syntax::Parsed;
use crate::table::rows;
use crate::text::{TokenId, TokenKind};
use rustc_hash::FxHashMap;

/// How a number word combines with those beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unit,
    Tens,
    Scale,
    Dozen,
    Article,
    Ordinal,
    And,
}

/// The number words of one language.
#[derive(Clone, Debug, Default)]
pub(super) struct NumberWords {
    words: FxHashMap<String, (u64, Kind)>,
}

/// A number that was read, and the token after its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: u64,
    pub(super) end: TokenId,
    /// "A dozen", "two hundred": round by its wording.
    pub(super) round: bool,
}

impl NumberWords {
    /// Reads `number.tsv` of one language folder; no words when there is none.
    pub(super) fn new(bundle: &Bundle, folder: &str) -> Result<Self, DataError> {
        let path = format!("{folder}number.tsv");
        let mut words = FxHashMap::default();
        let Some(file) = bundle.get(&path) else { return Ok(NumberWords { words }) };
        for row in rows(&path, file.bytes())? {
            let value = row.cell(1).parse().map_err(|_| row.fault("the second column is no number"))?;
            let kind = match row.cell(2) {
                "unit" => Kind::Unit,
                "tens" => Kind::Tens,
                "scale" => Kind::Scale,
                "dozen" => Kind::Dozen,
                "article" => Kind::Article,
                "ordinal" => Kind::Ordinal,
                "and" => Kind::And,
                other => return Err(row.fault(format!("`{other}` is no kind of number word"))),
            };
            words.insert(row.cell(0).to_lowercase(), (value, kind));
        }
        Ok(NumberWords { words })
    }

    /// Whether a number may start at this token.
    pub(super) fn starts(&self, lower: &str) -> bool {
        lower.starts_with(|c: char| c.is_ascii_digit()) || self.words.contains_key(lower)
    }

    /// The number that starts at `at` and ends before `end`: figures, words or both ("2 million").
    pub(super) fn read(&self, parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<Number> {
        let mut total: u64 = 0;
        let mut part: u64 = 0;
        let mut last: Option<Kind> = None;
        let mut round = false;
        let mut i = at;
        if let Some((value, next)) = figures(parsed, at, end) {
            (part, i, last) = (value, next, Some(Kind::Unit));
        }
        let from_figures = i > at;
        let mut stop = i;
        while i < end {
            // "Twenty-five", "one hundred and five": the joint counts only when a smaller number follows.
            let joint = last.is_some() && !from_figures && self.joins(parsed, i, last);
            let word = if joint { i + 1 } else { i };
            if word >= end {
                break;
            }
            let Some(&(value, kind)) = self.words.get(parsed.lower(word)) else { break };
            let fits = match (kind, last) {
                (Kind::Article, None) => true,
                (Kind::Unit, None | Some(Kind::Scale)) => true,
                (Kind::Unit, Some(Kind::Tens)) => (1..10).contains(&value),
                (Kind::Tens, None | Some(Kind::Scale)) => true,
                (Kind::Scale | Kind::Dozen, Some(_)) => !joint,
                _ => false,
            };
            if !fits {
                break;
            }
            match kind {
                Kind::Scale if value > 100 => {
                    total = total.saturating_add(part.max(1).saturating_mul(value));
                    part = 0;
                }
                Kind::Scale | Kind::Dozen => part = part.max(1).saturating_mul(value),
                _ => part = part.saturating_add(value),
            }
            round |= matches!(kind, Kind::Scale | Kind::Dozen);
            last = Some(kind);
            i = word + 1;
            if kind != Kind::Article {
                stop = i;
            }
        }
        (stop > at).then_some(Number { value: total.saturating_add(part), end: stop, round })
    }

    fn joins(&self, parsed: &Parsed<'_>, at: TokenId, last: Option<Kind>) -> bool {
        match parsed.lower(at) {
            "-" | "‑" | "–" => last == Some(Kind::Tens),
            lower => {
                last == Some(Kind::Scale) && self.words.get(lower).is_some_and(|&(_, kind)| kind == Kind::And)
            }
        }
    }

    /// A rank at `at` ("3rd", "third", "twenty-first"), and the token after it.
    pub(super) fn rank(&self, parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<(u64, TokenId)> {
        let lower = parsed.lower(at);
        let digits = lower.len() - lower.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && digits <= 4 {
            let value: u64 = lower[..digits].parse().ok()?;
            return is_rank_ending(value, &lower[digits..]).then_some((value, at + 1));
        }
        match self.words.get(lower)? {
            (value, Kind::Ordinal) => Some((*value, at + 1)),
            (tens, Kind::Tens) if at + 2 < end && parsed.lower(at + 1) == "-" => {
                match self.words.get(parsed.lower(at + 2))? {
                    (value @ 1..10, Kind::Ordinal) => Some((tens + value, at + 3)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The endings of ranks in figures follow from the figure: no word list.
fn is_rank_ending(value: u64, ending: &str) -> bool {
    let teen = (11..=13).contains(&(value % 100));
    ending
        == match value % 10 {
            1 if !teen => "st",
            2 if !teen => "nd",
            3 if !teen => "rd",
            _ => "th",
        }
}

/// Figures with thousands separators at `at`, and the token after them.
fn figures(parsed: &Parsed<'_>, at: TokenId, end: TokenId) -> Option<(u64, TokenId)> {
    if at >= end || parsed.text.tokens()[at].kind != TokenKind::Number {
        return None;
    }
    let form = parsed.form(at);
    let groups: Vec<&str> = form.split([',', '.']).collect();
    let grouped = groups.len() > 1
        && (1..=3).contains(&groups[0].len())
        && !groups[0].starts_with('0')
        && groups[1..].iter().all(|g| g.len() == 3);
    if groups.len() > 1 && !grouped || form.len() > 15 || !form.is_ascii() {
        return None;
    }
    let mut digits: String = groups.concat();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // "1 200" with a hard or thin space is one number; with a plain space it may be two.
    let mut next = at + 1;
    while next < end && digits.len() <= 12 && groups.len() == 1 {
        let gap = &parsed.document.text()
            [parsed.text.tokens()[next - 1].span.end()..parsed.text.tokens()[next].span.start()];
        let group = parsed.form(next);
        let hard = matches!(gap, "\u{a0}" | "\u{202f}" | "\u{2009}");
        if !hard || group.len() != 3 || !group.bytes().all(|b| b.is_ascii_digit()) || form.len() > 3 {
            break;
        }
        digits.push_str(group);
        next += 1;
    }
    Some((digits.parse().ok()?, next))
}
