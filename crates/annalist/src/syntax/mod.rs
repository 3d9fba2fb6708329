//! syntax: here are tokens, give me their word classes, lemmas and dependency trees.

mod analyser;
mod conllu;
mod drawing;
pub mod feature;
mod label;
pub mod lemma;
mod matrix;
pub mod model;
pub mod network;
mod tree;
pub mod vector;

pub use analyser::{Analyser, lower, words};
pub use conllu::conllu;
pub use drawing::{DrawingOptions, Part, drawing};
pub use label::{Deprel, Upos};
pub use model::Model;

use crate::document::Document;
use crate::lexicon::Word;
use crate::text::{Text, TokenId};
use std::ops::Range;
use std::sync::Arc;

/// Word class, lemma and place in the tree of every token of one document.
///
/// Heads are token numbers of the document; a root has none.
#[derive(Clone, Debug, Default)]
pub struct Syntax {
    nodes: Vec<Node>,
    strings: String,
    morphs: Arc<[String]>,
}

/// What the analyser says of one token.
#[derive(Clone, Copy, Debug)]
pub struct Analysis {
    /// Word class.
    pub upos: Upos,
    /// Number of its inflection in the model's list; none for what the model has not read.
    pub morph: Option<u16>,
    /// Head, as a position in the sentence from 0; none for the root.
    pub head: Option<usize>,
    /// Relation to the head.
    pub deprel: Deprel,
}

#[derive(Clone, Debug)]
struct Node {
    upos: Upos,
    deprel: Deprel,
    morph: Option<u16>,
    head: u32,
    lower: Range<u32>,
    lemma: Range<u32>,
}

const NO_HEAD: u32 = u32::MAX;

impl Syntax {
    /// Room for the tokens of one text, whose inflections are numbers in `morphs`.
    pub fn new(tokens: usize, morphs: Arc<[String]>) -> Self {
        Syntax { nodes: Vec::with_capacity(tokens), strings: String::with_capacity(tokens * 8), morphs }
    }

    /// Adds one token of a sentence whose first token has number `first`.
    pub fn push(&mut self, first: TokenId, lower: &str, lemma: &str, analysis: Analysis) {
        let lower_range = self.keep(lower);
        let lemma_range = if lemma == lower { lower_range.clone() } else { self.keep(lemma) };
        self.nodes.push(Node {
            upos: analysis.upos,
            deprel: analysis.deprel,
            morph: analysis.morph,
            head: analysis.head.map_or(NO_HEAD, |h| (first + h) as u32),
            lower: lower_range,
            lemma: lemma_range,
        });
    }

    fn keep(&mut self, word: &str) -> Range<u32> {
        let start = self.strings.len() as u32;
        self.strings.push_str(word);
        start..self.strings.len() as u32
    }

    /// The token's word class.
    pub fn upos(&self, token: TokenId) -> Upos {
        self.nodes[token].upos
    }

    /// The token's inflection as CoNLL-U writes it: `Number=Plur`, `_` for none.
    ///
    /// # Source
    /// <https://universaldependencies.org/u/feat/>.
    pub fn morph(&self, token: TokenId) -> &str {
        self.nodes[token].morph.and_then(|n| self.morphs.get(usize::from(n))).map_or("_", String::as_str)
    }

    /// The token's relation to its head.
    pub fn deprel(&self, token: TokenId) -> Deprel {
        self.nodes[token].deprel
    }

    /// The token's head; none for a root.
    pub fn head(&self, token: TokenId) -> Option<TokenId> {
        let head = self.nodes[token].head;
        (head != NO_HEAD).then_some(head as usize)
    }

    /// The token in lower case, with plain apostrophes.
    pub fn lower(&self, token: TokenId) -> &str {
        let range = &self.nodes[token].lower;
        &self.strings[range.start as usize..range.end as usize]
    }

    /// The token's lemma, in lower case.
    pub fn lemma(&self, token: TokenId) -> &str {
        let range = &self.nodes[token].lemma;
        &self.strings[range.start as usize..range.end as usize]
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// One document with its sentences and its trees: what every later stage looks at.
#[derive(Clone, Copy)]
pub struct Parsed<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its sentences and tokens.
    pub text: &'a Text,
    /// Its trees.
    pub syntax: &'a Syntax,
}

impl<'a> Parsed<'a> {
    /// The token as written.
    pub fn form(&self, token: TokenId) -> &'a str {
        self.text.tokens()[token].span.of(self.document.text())
    }

    /// The token in lower case, with plain apostrophes.
    pub fn lower(&self, token: TokenId) -> &'a str {
        self.syntax.lower(token)
    }

    /// The token's lemma, in lower case.
    pub fn lemma(&self, token: TokenId) -> &'a str {
        self.syntax.lemma(token)
    }

    /// The token's word class.
    pub fn upos(&self, token: TokenId) -> Upos {
        self.syntax.upos(token)
    }

    /// The token's inflection as CoNLL-U writes it: `Number=Plur`, `_` for none.
    pub fn morph(&self, token: TokenId) -> &'a str {
        self.syntax.morph(token)
    }

    /// The token's relation to its head.
    pub fn deprel(&self, token: TokenId) -> Deprel {
        self.syntax.deprel(token)
    }

    /// The token's head; none for a root.
    pub fn head(&self, token: TokenId) -> Option<TokenId> {
        self.syntax.head(token)
    }

    /// The tokens of the sentence that holds `token`.
    pub fn sentence_tokens(&self, token: TokenId) -> Range<TokenId> {
        self.text.sentences()[self.text.sentence_of(token)].tokens.clone()
    }

    /// The dependents of a token, in order.
    pub fn children(&self, token: TokenId) -> impl Iterator<Item = TokenId> + 'a {
        let syntax = self.syntax;
        self.sentence_tokens(token).filter(move |&t| syntax.head(t) == Some(token))
    }

    /// The dependents of a token that stand in a relation, its subtypes included.
    pub fn children_by(&self, token: TokenId, deprel: Deprel) -> impl Iterator<Item = TokenId> + 'a {
        let syntax = self.syntax;
        self.children(token).filter(move |&t| syntax.deprel(t).is_a(deprel))
    }

    /// From the first to the last token of the subtree below `token`.
    pub fn subtree(&self, token: TokenId) -> Range<TokenId> {
        let sentence = self.sentence_tokens(token);
        let (mut start, mut end) = (token, token + 1);
        for t in sentence.clone() {
            if self.is_below(t, token, sentence.len()) {
                start = start.min(t);
                end = end.max(t + 1);
            }
        }
        start..end
    }

    /// The noun phrase that a noun heads, without relative clauses, appositions and coordinated nouns.
    pub fn subtree_of_noun(&self, token: TokenId) -> Range<TokenId> {
        let (mut start, mut end) = (token, token + 1);
        for child in self.children(token) {
            let outside = matches!(
                self.deprel(child),
                Deprel::Acl
                    | Deprel::AclRelcl
                    | Deprel::Appos
                    | Deprel::Conj
                    | Deprel::Cc
                    | Deprel::Punct
                    | Deprel::Case
                    | Deprel::Parataxis
                    | Deprel::Nsubj
                    | Deprel::Cop
            );
            if !outside {
                let below = self.subtree(child);
                start = start.min(below.start);
                end = end.max(below.end);
            }
        }
        start..end
    }

    fn is_below(&self, mut token: TokenId, ancestor: TokenId, limit: usize) -> bool {
        for _ in 0..=limit {
            if token == ancestor {
                return true;
            }
            match self.head(token) {
                Some(head) => token = head,
                None => return false,
            }
        }
        false
    }

    /// Tokens of a range as the lexicon sees them.
    pub fn words(&self, tokens: Range<TokenId>) -> Vec<Word<'a>> {
        tokens.map(|t| Word { lower: self.lower(t), lemma: self.lemma(t) }).collect()
    }
}
