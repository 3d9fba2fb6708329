//! Where in a text: half-open byte ranges, and their conversion to code points at the border.

/// A half-open range of UTF-8 bytes in the clean text of one document.
///
/// # Units
/// Bytes, as `u32`: documents are limited to 10 MB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The range `start..end`.
    ///
    /// # Panics
    /// When `start > end`.
    ///
    /// # Example
    /// ```
    /// let span = annalist::Span::new(2, 5);
    /// assert_eq!(span.of("a car"), "car");
    /// ```
    pub fn new(start: usize, end: usize) -> Self {
        assert!(start <= end, "a span must not end before it starts: {start}..{end}");
        Span { start: start as u32, end: end as u32 }
    }

    /// First byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The words it covers.
    ///
    /// # Panics
    /// When it does not lie on character boundaries inside `text`.
    pub fn of(self, text: &str) -> &str {
        &text[self.start()..self.end()]
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn cover(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether they share at least one byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Without white space at either end.
    #[must_use]
    pub fn trim(self, text: &str) -> Span {
        let words = self.of(text);
        let start = self.start() + (words.len() - words.trim_start().len());
        Span::new(start, start + words.trim().len())
    }
}

/// Converts byte offsets of one text to code points: the unit of `reading/1`.
///
/// Keeps one mark every 256 bytes, so a look-up costs at most 256 bytes of counting.
pub struct CodePoints<'t> {
    text: &'t str,
    marks: Vec<u32>,
}

const MARK_EVERY: usize = 256;

impl<'t> CodePoints<'t> {
    /// Counts the text once.
    pub fn new(text: &'t str) -> Self {
        let mut marks = Vec::with_capacity(text.len() / MARK_EVERY + 1);
        let mut count = 0;
        for chunk in text.as_bytes().chunks(MARK_EVERY) {
            marks.push(count);
            count += starts(chunk);
        }
        marks.push(count);
        CodePoints { text, marks }
    }

    /// The number of code points before byte `offset`.
    ///
    /// # Panics
    /// When `offset` lies beyond the text.
    pub fn at(&self, offset: usize) -> usize {
        let mark = offset / MARK_EVERY;
        let rest = &self.text.as_bytes()[mark * MARK_EVERY..offset];
        (self.marks[mark] + starts(rest)) as usize
    }
}

fn starts(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&b| (b as i8) >= -0x40).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn code_points_agree_with_chars(text in "\\PC{0,900}") {
            let points = CodePoints::new(&text);
            for (n, (at, _)) in text.char_indices().enumerate() {
                prop_assert_eq!(points.at(at), n);
            }
            prop_assert_eq!(points.at(text.len()), text.chars().count());
        }
    }

    #[test]
    fn trim_keeps_the_words() {
        let text = "  a car \n";
        assert_eq!(Span::new(0, text.len()).trim(text).of(text), "a car");
        assert_eq!(Span::new(0, 2).trim(text).len(), 0);
    }
}
