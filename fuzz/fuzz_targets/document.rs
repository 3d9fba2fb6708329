//! Any bytes, decoded leniently, become a document whose sentences and tokens lie in order inside its text.
#![no_main]

use annalist::text::Splitter;
use annalist::{Bundle, Document, Meta};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SPLITTER: LazyLock<Splitter> =
    LazyLock::new(|| Splitter::new(&Bundle::embedded()).expect("the embedded data are sound"));

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::new(String::from_utf8_lossy(bytes).into_owned(), Meta::default()) else { return };
    for paragraph in document.paragraphs() {
        assert!(!paragraph.span.of(document.text()).trim().is_empty());
    }
    let text = SPLITTER.split(&document);
    let mut end = 0;
    for token in text.tokens() {
        assert!(token.span.start() >= end && !token.span.is_empty());
        // Slicing panics off a character boundary.
        let _ = token.span.of(document.text());
        end = token.span.end();
    }
    let mut next = 0;
    for sentence in text.sentences() {
        assert_eq!(sentence.tokens.start, next);
        assert!(sentence.tokens.end > next);
        next = sentence.tokens.end;
    }
    assert_eq!(next, text.tokens().len());
});
