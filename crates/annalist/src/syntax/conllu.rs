//! A document's trees as CoNLL-U: for tests, for debugging and for other tools.

use super::Parsed;
use std::fmt::Write as _;

/// Writes every sentence with its text, and of each token form, lemma, word class, head, relation and
/// whether a gap follows.
///
/// # Source
/// <https://universaldependencies.org/format.html>
pub fn conllu(parsed: &Parsed<'_>) -> String {
    let mut out = String::new();
    for (number, sentence) in parsed.text.sentences().iter().enumerate() {
        let words = sentence.span.of(parsed.document.text());
        out.push_str(&format!(
            "# sent_id = {}\n# text = {}\n",
            number + 1,
            words.replace(char::is_control, " ")
        ));
        for token in sentence.tokens.clone() {
            let head = parsed.head(token).map_or(0, |head| head + 1 - sentence.tokens.start);
            let tokens = parsed.text.tokens();
            let glued =
                tokens.get(token + 1).is_some_and(|next| next.span.start() == tokens[token].span.end());
            let misc = if glued { "SpaceAfter=No" } else { "_" };
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "{}\t{}\t{}\t{}\t_\t{}\t{head}\t{}\t_\t{misc}",
                token + 1 - sentence.tokens.start,
                parsed.form(token),
                parsed.lemma(token),
                parsed.upos(token).as_str(),
                parsed.morph(token),
                parsed.deprel(token).as_str(),
            );
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Analyser;
    use crate::text::Splitter;
    use crate::{Bundle, Document, Meta};

    #[test]
    fn a_document_is_written() {
        let bundle = Bundle::embedded();
        let document = Document::new("A bomb exploded. Two people died.".into(), Meta::default()).unwrap();
        let text = Splitter::new(&bundle).unwrap().split(&document);
        let syntax = Analyser::new(&bundle).unwrap().parse(&document, &text);
        let written = conllu(&Parsed { document: &document, text: &text, syntax: &syntax });
        insta::assert_snapshot!(written.replace('\t', " "), @r"
        # sent_id = 1
        # text = A bomb exploded.
        1 A a DET _ _ 2 det _ _
        2 bomb bomb NOUN _ _ 3 nsubj _ _
        3 exploded explode VERB _ _ 0 root _ SpaceAfter=No
        4 . . PUNCT _ _ 3 punct _ _

        # sent_id = 2
        # text = Two people died.
        1 Two two NUM _ _ 2 nummod _ _
        2 people person NOUN _ _ 3 nsubj _ _
        3 died die VERB _ _ 0 root _ SpaceAfter=No
        4 . . PUNCT _ _ 3 punct _ _
        ");
    }
}
