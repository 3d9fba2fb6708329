//! A document's trees as CoNLL-U: for tests, for debugging and for other tools.

use super::Parsed;
use std::fmt::Write as _;

/// Writes every sentence with its text, and of each token form, lemma, word class, inflection, head, relation and
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
pub(super) mod tests {
    use super::*;
    use crate::syntax::{Analysis, Deprel, Syntax, Upos};
    use crate::text::Splitter;
    use crate::{Bundle, Document, Meta};

    /// Writes trees that stand as "word lemma UPOS feats head deprel", so that no new model changes what is expected.
    pub(in crate::syntax) fn written(
        text: &str,
        rows: &str,
        write: impl Fn(&Parsed<'_>) -> String,
    ) -> String {
        let document = Document::new(text.into(), Meta::default()).unwrap();
        let text = Splitter::new(&Bundle::embedded()).unwrap().split(&document);
        let rows: Vec<Vec<&str>> = rows.trim().lines().map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(text.tokens().len(), rows.len());
        let morphs: Vec<String> = rows.iter().map(|row| row[3].to_owned()).collect();
        let mut syntax = Syntax::new(rows.len(), morphs.into());
        for sentence in text.sentences() {
            for token in sentence.tokens.clone() {
                let row = &rows[token];
                let analysis = Analysis {
                    upos: Upos::parse(row[2]).unwrap(),
                    morph: Some(token as u16),
                    head: row[4].parse::<usize>().unwrap().checked_sub(1),
                    deprel: Deprel::parse(row[5]).unwrap(),
                };
                syntax.push(sentence.tokens.start, &row[0].to_lowercase(), row[1], analysis);
            }
        }
        write(&Parsed { document: &document, text: &text, syntax: &syntax })
    }

    #[test]
    fn a_document_is_written() {
        let rows = "
            A a DET Definite=Ind 2 det
            bomb bomb NOUN Number=Sing 3 nsubj
            exploded explode VERB Tense=Past 0 root
            . . PUNCT _ 3 punct
            Two two NUM _ 2 nummod
            died die VERB _ 0 root
            . . PUNCT _ 2 punct";
        insta::assert_snapshot!(written("A bomb exploded. Two died.", rows, conllu).replace('\t', " "), @r"
        # sent_id = 1
        # text = A bomb exploded.
        1 A a DET _ Definite=Ind 2 det _ _
        2 bomb bomb NOUN _ Number=Sing 3 nsubj _ _
        3 exploded explode VERB _ Tense=Past 0 root _ SpaceAfter=No
        4 . . PUNCT _ _ 3 punct _ _

        # sent_id = 2
        # text = Two died.
        1 Two two NUM _ _ 2 nummod _ _
        2 died die VERB _ _ 0 root _ SpaceAfter=No
        3 . . PUNCT _ _ 2 punct _ _
        ");
    }
}
