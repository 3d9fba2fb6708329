//! A document with tokens and no trees, for tests of finders that work on words alone.

use crate::bundle::Bundle;
use crate::document::{Document, Meta};
use crate::syntax::{Analysis, Deprel, Parsed, Syntax, Upos};
use crate::text::{Splitter, Text};

/// Splits `text` and gives every token the class X.
pub(super) struct Plain {
    document: Document,
    text: Text,
    syntax: Syntax,
}

impl Plain {
    pub(super) fn new(text: &str, published_at: Option<jiff::civil::Date>) -> Self {
        thread_local! {
            static SPLITTER: Splitter = Splitter::new(&Bundle::embedded()).unwrap();
        }
        let meta = Meta { published_at, ..Meta::default() };
        let document = Document::new(text.to_owned(), meta).unwrap();
        let text = SPLITTER.with(|splitter| splitter.split(&document));
        let mut syntax = Syntax::new(text.tokens().len(), Default::default());
        let analysis = Analysis { upos: Upos::X, morph: None, head: None, deprel: Deprel::Dep };
        for sentence in text.sentences() {
            for token in &text.tokens()[sentence.tokens.clone()] {
                let lower = token.span.of(document.text()).to_lowercase().replace(['’', 'ʼ'], "'");
                syntax.push(sentence.tokens.start, &lower, &lower, analysis);
            }
        }
        Plain { document, text, syntax }
    }

    pub(super) fn parsed(&self) -> Parsed<'_> {
        Parsed { document: &self.document, text: &self.text, syntax: &self.syntax }
    }
}
