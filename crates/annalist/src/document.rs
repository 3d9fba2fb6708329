//! document: here are clean words, give me a document whose text never changes again.

use crate::span::Span;
use jiff::civil::Date;

/// Longest text of one document.
///
/// # Units
/// Bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 10_000_000;

/// What is known about a report besides its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The id that the input gave, repeated as `source_id` in the reading.
    pub source_id: Option<String>,
    /// Headline, when it is known apart from the text.
    pub title: Option<String>,
    /// Who publishes it.
    pub outlet: Option<String>,
    /// Where it was found.
    pub url: Option<String>,
    /// Day of publication; relative dates stay unresolved without it.
    pub published_at: Option<Date>,
    /// Language that the input states (BCP 47); sentences are identified by themselves.
    pub language: Option<String>,
}

/// One paragraph (a line of the clean text with words in it) and what part it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// Its bytes, without white space at the ends.
    pub span: Span,
    /// What part it plays.
    pub role: ParagraphRole,
}

/// What part a paragraph plays in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParagraphRole {
    /// The headline.
    Title,
    /// A line that heads the lines after it ("Background:", "Kherson Oblast").
    Heading,
    /// An item of a list.
    Item,
    /// Anything else.
    Body,
}

impl ParagraphRole {
    /// Its name: `Title`, `Heading`, …
    pub fn name(self) -> &'static str {
        match self {
            ParagraphRole::Title => "Title",
            ParagraphRole::Heading => "Heading",
            ParagraphRole::Item => "Item",
            ParagraphRole::Body => "Body",
        }
    }
}

/// One report: its clean text, its paragraphs and what is known about it.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    meta: Meta,
    paragraphs: Vec<Paragraph>,
    dateline: Option<Span>,
}

/// Why a text cannot become a document.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DocumentError {
    /// The text is longer than [`TEXT_BYTES_MAX`].
    #[error(
        "the text has {bytes} bytes, the limit is {TEXT_BYTES_MAX}; split it into the reports it consists of"
    )]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
}

impl Document {
    /// Takes clean text as it is and finds its paragraphs, title and dateline.
    ///
    /// # Errors
    /// [`DocumentError::TooLong`] beyond [`TEXT_BYTES_MAX`].
    ///
    /// # Example
    /// ```
    /// use annalist::{Document, Meta};
    /// let document = Document::new("KYIV, May 3 - A drone hit a bus.".into(), Meta::default())?;
    /// assert_eq!(document.dateline().unwrap().of(document.text()), "KYIV, May 3 -");
    /// # Ok::<(), annalist::DocumentError>(())
    /// ```
    pub fn new(text: String, meta: Meta) -> Result<Self, DocumentError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(DocumentError::TooLong { bytes: text.len() });
        }
        let paragraphs = paragraphs(&text, meta.title.as_deref());
        let dateline =
            paragraphs.iter().find(|p| p.role == ParagraphRole::Body).and_then(|p| dateline(&text, p.span));
        Ok(Document { text, meta, paragraphs, dateline })
    }

    /// The clean text; every span of the reading points into it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is known about it besides its words.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Its paragraphs in order.
    pub fn paragraphs(&self) -> &[Paragraph] {
        &self.paragraphs
    }

    /// "KYIV, May 3 (Agency) -" at the head of the body, if there is one.
    pub fn dateline(&self) -> Option<Span> {
        self.dateline
    }

    /// `blake3:` and the hash of the clean text.
    pub fn id(&self) -> String {
        format!("blake3:{}", blake3::hash(self.text.as_bytes()).to_hex())
    }
}

const ITEM_MARKS: [char; 10] = ['●', '•', '▪', '◾', '–', '—', '-', '*', '·', '‣'];

fn paragraphs(text: &str, title: Option<&str>) -> Vec<Paragraph> {
    let mut spans = Vec::new();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        let span = Span::new(start, end).trim(text);
        if !span.is_empty() {
            spans.push(span);
        }
        start = (end + 1).min(text.len());
    }
    let several = spans.len() > 1;
    spans
        .iter()
        .enumerate()
        .map(|(n, &span)| {
            let is_title = n == 0
                && several
                && match title {
                    Some(title) => same_words(title, span.of(text)),
                    None => looks_like_title(span.of(text)),
                };
            let role = if is_title { ParagraphRole::Title } else { line_role(span.of(text)) };
            Paragraph { span, role }
        })
        .collect()
}

fn same_words(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

/// A short first line without a full stop at its end reads as a headline.
fn looks_like_title(line: &str) -> bool {
    line.len() < 200
        && line.split_whitespace().count() >= 3
        && !line.ends_with(['.', '!', '?', ':', ';', ',', '…', '"', '”', '»'])
}

fn line_role(line: &str) -> ParagraphRole {
    let mut chars = line.chars();
    let first = chars.next().unwrap_or(' ');
    if ITEM_MARKS.contains(&first) && chars.next().is_some_and(|c| c.is_whitespace() || c.is_uppercase()) {
        ParagraphRole::Item
    } else if line.ends_with(':') && line.split_whitespace().count() <= 6 {
        ParagraphRole::Heading
    } else {
        ParagraphRole::Body
    }
}

/// Everything up to a dash near the head of the line, when it starts with a place in capitals
/// or names an agency or a month in brackets.
fn dateline(text: &str, line: Span) -> Option<Span> {
    const REACH: usize = 90;
    let words = line.of(text);
    let (dash, mark) = ["—", "–", " -", "--"]
        .iter()
        .filter_map(|mark| words.find(mark).map(|at| (at, *mark)))
        .filter(|&(at, _)| at < REACH)
        .min()?;
    let head = &words[..dash];
    let place: String = head.chars().take_while(|c| !matches!(c, ',' | '(' | '/')).collect();
    let letters = place.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = place.chars().filter(|c| c.is_uppercase()).count();
    let shouted = letters >= 3 && capitals == letters;
    let agency = head.contains('(') && head.trim_end().ends_with(')');
    let dash_ends_head = words[dash + mark.len()..].starts_with(char::is_whitespace) || mark == "--";
    ((shouted || agency) && dash_ends_head && head.split_whitespace().count() <= 12)
        .then(|| Span::new(line.start(), line.start() + dash + mark.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(text: &str) -> Vec<ParagraphRole> {
        let document = Document::new(text.into(), Meta::default()).unwrap();
        document.paragraphs().iter().map(|p| p.role).collect()
    }

    #[test]
    fn lines_play_parts() {
        use ParagraphRole::*;
        assert_eq!(
            roles(
                "Drone hits bus in Sumy: two hurt\n\nA drone hit a bus.\nBackground:\n● On 12 May a shell fell."
            ),
            [Title, Body, Heading, Item]
        );
        assert_eq!(roles("A drone hit a bus."), [Body]);
    }

    #[test]
    fn too_long_is_refused() {
        let text = "a".repeat(TEXT_BYTES_MAX + 1);
        assert_eq!(
            Document::new(text, Meta::default()).unwrap_err(),
            DocumentError::TooLong { bytes: TEXT_BYTES_MAX + 1 }
        );
    }

    #[test]
    fn a_name_with_a_dash_is_no_dateline() {
        let document = Document::new("Police - who came late - said so.".into(), Meta::default()).unwrap();
        assert_eq!(document.dateline(), None);
    }
}
