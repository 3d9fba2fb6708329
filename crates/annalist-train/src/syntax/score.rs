//! How much is right, reckoned as in the CoNLL 2018 shared task.
//!
//! Words that were found are aligned with those of the treebank by the characters they cover; what is not aligned counts
//! as wrong on both sides. With given tokens every word is aligned and each F1 is the plain share of what is right.
//!
//! # Source
//! Zeman et al. 2018, "CoNLL 2018 Shared Task", and its `conll18_ud_eval.py`. Departures: lemmas are compared in lower
//! case, since the engine writes them so, and `LAS+sub` compares subtypes of relations too, as far as the engine has them.

use super::treebank::{Opens, Tree, TreeToken};
use annalist::syntax::{Analyser, Syntax};
use annalist::text::{Splitter, Text};
use annalist::{Document, Meta};
use anyhow::{Context, Result, bail};
use std::ops::Range;
use std::time::Instant;

/// What is found and what should have been.
#[derive(Clone, Copy, Default)]
struct Share {
    gold: usize,
    found: usize,
    right: usize,
}

impl Share {
    /// Percent.
    fn f1(self) -> f64 {
        200.0 * self.right as f64 / (self.gold + self.found).max(1) as f64
    }
}

/// Counts of words and of what is right about them.
#[derive(Default)]
pub(crate) struct Scores {
    words: Share,
    sentences: Share,
    /// Words of content, by their relation.
    content: Share,
    upos: usize,
    feats: usize,
    lemma: usize,
    head: usize,
    labelled: usize,
    sublabelled: usize,
}

impl Scores {
    /// Names of the columns of [`TimedScores::row`].
    pub(crate) const HEAD: &'static str =
        "                  Words   Sents    UPOS  UFeats   Lemma     UAS     LAS    CLAS LAS+sub   tokens/s";

    /// What the columns mean.
    pub(crate) const LEGEND: &'static str = "\
F1 in percent as in the CoNLL 2018 shared task: UFeats are the universal features, LAS and CLAS leave subtypes of relations
out, CLAS counts words of content only. Our own: LAS+sub compares subtypes too; lemmas are compared in lower case; tokens/s
is the analyser alone on one thread, splitting left out. Raw rows: our splitter on the printed text, each sentence by itself
and whole documents.";

    fn add(&mut self, gold: &[Word<'_>], found: &[Word<'_>], pairs: &[(usize, usize)]) {
        self.words.gold += gold.len();
        self.words.found += found.len();
        self.words.right += pairs.len();
        self.content.gold += gold.iter().filter(|word| word.is_content()).count();
        self.content.found += found.iter().filter(|word| word.is_content()).count();
        let mut partners = vec![None; found.len()];
        pairs.iter().for_each(|&(g, f)| partners[f] = Some(g));
        for &(g, f) in pairs {
            let (gold, found) = (&gold[g], &found[f]);
            let head = match (gold.head, found.head) {
                (Some(gold), Some(found)) => partners[found] == Some(gold),
                (gold, found) => gold.is_none() && found.is_none(),
            };
            let labelled = head && universal(gold.label) == universal(found.label);
            self.upos += usize::from(gold.upos == found.upos);
            self.feats += usize::from(gold.feats == found.feats);
            self.lemma += usize::from(gold.lemma == "_" || gold.lemma == found.lemma);
            self.head += usize::from(head);
            self.labelled += usize::from(labelled);
            self.sublabelled += usize::from(head && gold.label == found.label);
            self.content.right += usize::from(labelled && gold.is_content());
        }
    }

    fn add_sentences(&mut self, gold: &[Range<usize>], found: &[Range<usize>]) {
        self.sentences.gold += gold.len();
        self.sentences.found += found.len();
        // Both are in order.
        self.sentences.right += gold
            .iter()
            .filter(|span| {
                found.binary_search_by_key(&span.start, |s| s.start).is_ok_and(|n| found[n] == **span)
            })
            .count();
    }
}

/// Scores and the time that it took to find what is scored.
pub(crate) struct TimedScores {
    scores: Scores,
    seconds: f64,
}

impl TimedScores {
    /// A line of the table.
    pub(crate) fn row(&self, name: &str) -> String {
        let Scores { words, sentences, content, .. } = self.scores;
        let Scores { upos, feats, lemma, head, labelled, sublabelled, .. } = self.scores;
        let given = sentences.gold == 0;
        let split = |share: Share| if given { "-".to_owned() } else { format!("{:.2}", share.f1()) };
        let of = |right| Share { right, ..words }.f1();
        format!(
            "{name:<15}{:>8}{:>8}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>11.0}",
            split(words),
            split(sentences),
            of(upos),
            of(feats),
            of(lemma),
            of(head),
            of(labelled),
            content.f1(),
            of(sublabelled),
            words.found as f64 / self.seconds
        )
    }
}

/// Compares with trees whose tokens are given, each put into another casing before.
pub(crate) fn gold_tokens(
    analyser: &Analyser,
    trees: &[Tree],
    recase: impl Fn(&Tree) -> Tree,
) -> TimedScores {
    let trees: Vec<Tree> = trees.iter().map(recase).collect();
    let forms: Vec<Vec<&str>> =
        trees.iter().map(|tree| tree.tokens.iter().map(|token| token.form.as_str()).collect()).collect();
    let start = Instant::now();
    let analyses: Vec<_> = forms.iter().map(|forms| analyser.analyse_forms(forms)).collect();
    let seconds = start.elapsed().as_secs_f64();
    let mut scores = Scores::default();
    for (tree, analyses) in trees.iter().zip(&analyses) {
        let gold: Vec<Word<'_>> = tree.tokens.iter().map(|token| Word::of(token, 0)).collect();
        let found: Vec<Word<'_>> = tree
            .tokens
            .iter()
            .zip(analyses)
            .map(|(token, (found, lemma))| Word {
                form: &token.form,
                upos: found.upos.as_str(),
                feats: universal_feats(analyser.morph(*found)),
                lemma: lemma.clone(),
                head: found.head,
                label: found.deprel.as_str(),
                ..Word::default()
            })
            .collect();
        let pairs: Vec<(usize, usize)> = (0..gold.len()).map(|n| (n, n)).collect();
        scores.add(&gold, &found, &pairs);
    }
    TimedScores { scores, seconds }
}

/// Compares with trees whose printed text is split by us: each sentence by itself, or `whole` documents.
///
/// # Errors
/// When a sentence's text is not that of its tokens.
pub(crate) fn raw_text(
    analyser: &Analyser,
    splitter: &Splitter,
    trees: &[Tree],
    whole: bool,
) -> Result<TimedScores> {
    let mut timed = TimedScores { scores: Scores::default(), seconds: 0.0 };
    for raw in raw_documents(trees, whole)? {
        let document = Document::new(raw.text, Meta::default())?;
        let text = splitter.split(&document);
        let start = Instant::now();
        let syntax = analyser.parse(&document, &text);
        timed.seconds += start.elapsed().as_secs_f64();
        let found = found_words(&document, &text, &syntax);
        let pairs = align(&raw.words, &found);
        timed.scores.add(&raw.words, &found, &pairs);
        let sentences: Vec<Range<usize>> =
            text.sentences().iter().map(|s| s.span.start()..s.span.end()).collect();
        timed.scores.add_sentences(&raw.sentences, &sentences);
    }
    Ok(timed)
}

/// A word as it is compared.
#[derive(Clone, Debug, Default)]
struct Word<'a> {
    /// The bytes of the token that it belongs to.
    span: Range<usize>,
    /// Whether it shares its token with other words.
    is_part: bool,
    form: &'a str,
    upos: &'a str,
    feats: String,
    lemma: String,
    head: Option<usize>,
    label: &'a str,
}

impl<'a> Word<'a> {
    /// A treebank's word; `first` is the number of its sentence's first one.
    fn of(token: &'a TreeToken, first: usize) -> Self {
        Word {
            form: &token.form,
            upos: &token.upos,
            feats: universal_feats(&token.morph),
            lemma: token.lemma.to_lowercase(),
            head: token.head.checked_sub(1).map(|head| head + first),
            label: &token.label,
            ..Word::default()
        }
    }

    /// Whether it counts for CLAS.
    fn is_content(&self) -> bool {
        !matches!(universal(self.label), "aux" | "case" | "cc" | "clf" | "cop" | "det" | "mark" | "punct")
    }
}

fn found_words<'a>(document: &'a Document, text: &Text, syntax: &'a Syntax) -> Vec<Word<'a>> {
    let word = |(n, token): (usize, &annalist::text::Token)| Word {
        span: token.span.start()..token.span.end(),
        is_part: false,
        form: token.span.of(document.text()),
        upos: syntax.upos(n).as_str(),
        feats: universal_feats(syntax.morph(n)),
        lemma: syntax.lemma(n).to_owned(),
        head: syntax.head(n),
        label: syntax.deprel(n).as_str(),
    };
    text.tokens().iter().enumerate().map(word).collect()
}

/// A relation without its subtype.
fn universal(label: &str) -> &str {
    label.split(':').next().unwrap_or(label)
}

/// The features that all languages share, in order.
fn universal_feats(feats: &str) -> String {
    const UNIVERSAL: [&str; 21] = [
        "Abbr", "Animacy", "Aspect", "Case", "Definite", "Degree", "Evident", "Foreign", "Gender", "Mood",
        "NumType", "Number", "Person", "Polarity", "Polite", "Poss", "PronType", "Reflex", "Tense",
        "VerbForm", "Voice",
    ];
    let mut kept: Vec<&str> = feats
        .split('|')
        .filter(|feat| feat.split_once('=').is_some_and(|(name, _)| UNIVERSAL.contains(&name)))
        .collect();
    kept.sort_unstable();
    kept.join("|")
}

/// Printed text and what the treebank finds in it.
#[derive(Default)]
struct Raw<'a> {
    text: String,
    words: Vec<Word<'a>>,
    sentences: Vec<Range<usize>>,
}

/// Every sentence by itself, or joined to documents with an empty line between paragraphs, as in the texts of the shared task.
fn raw_documents(trees: &[Tree], whole: bool) -> Result<Vec<Raw<'_>>> {
    let mut documents: Vec<Raw<'_>> = Vec::new();
    let mut is_glued = false;
    for tree in trees {
        match documents.last_mut().filter(|_| whole && tree.opens < Opens::Document) {
            None => documents.push(Raw::default()),
            Some(document) if tree.opens == Opens::Paragraph => document.text.push_str("\n\n"),
            Some(document) if !is_glued => document.text.push(' '),
            Some(_) => {}
        }
        is_glued = tree.is_glued;
        if let Some(document) = documents.last_mut() {
            document.add(tree)?;
        }
    }
    Ok(documents)
}

impl<'a> Raw<'a> {
    fn add(&mut self, tree: &'a Tree) -> Result<()> {
        let (offset, first) = (self.text.len(), self.words.len());
        let mut at = 0;
        for (words, printed) in tree.printed() {
            let span = find(&tree.text, printed, at).with_context(|| {
                format!("`{printed}` is not where it should be in `# text = {}`", tree.text)
            })?;
            at = span.end;
            let is_part = words.len() > 1;
            self.words.extend(tree.tokens[words].iter().map(|token| Word {
                span: offset + span.start..offset + span.end,
                is_part,
                ..Word::of(token, first)
            }));
        }
        if !tree.text[at..].trim().is_empty() {
            bail!("`{}` stands in `# text` but is no token", &tree.text[at..]);
        }
        self.text.push_str(&tree.text);
        let start = self.words.get(first).map_or(offset, |word| word.span.start);
        self.sentences.push(start..offset + at);
        Ok(())
    }
}

/// The bytes from `at` on that print a token, white space apart.
fn find(text: &str, token: &str, at: usize) -> Option<Range<usize>> {
    let mut rest = text[at..].char_indices().filter(|(_, c)| !c.is_whitespace());
    let mut span: Option<Range<usize>> = None;
    for wanted in token.chars().filter(|c| !c.is_whitespace()) {
        let (offset, c) = rest.next().filter(|&(_, c)| c == wanted)?;
        let start = span.map_or(at + offset, |span| span.start);
        span = Some(start..at + offset + c.len_utf8());
    }
    span
}

/// Which words of the treebank are which of those found.
///
/// Words that are tokens are the same when they cover the same characters. Where a token is several words on either
/// side, those of the characters around it are matched by their forms, as many as possible.
fn align(gold: &[Word<'_>], found: &[Word<'_>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut g, mut f) = (0, 0);
    while g < gold.len() && f < found.len() {
        let (a, b) = (&gold[g], &found[f]);
        if a.is_part || b.is_part {
            let (golds, founds) = stretch(gold, found, g, f);
            match_forms(gold, found, golds.clone(), founds.clone(), &mut pairs);
            (g, f) = (golds.end, founds.end);
        } else if a.span == b.span {
            pairs.push((g, f));
            (g, f) = (g + 1, f + 1);
        } else if a.span.start <= b.span.start {
            g += 1;
        } else {
            f += 1;
        }
    }
    pairs
}

/// The fewest words around a token of several words that end together on both sides.
fn stretch(
    gold: &[Word<'_>],
    found: &[Word<'_>],
    mut g: usize,
    mut f: usize,
) -> (Range<usize>, Range<usize>) {
    let mut end = if gold[g].is_part {
        f += usize::from(!found[f].is_part && found[f].span.start < gold[g].span.start);
        gold[g].span.end
    } else {
        g += usize::from(!gold[g].is_part && gold[g].span.start < found[f].span.start);
        found[f].span.end
    };
    let starts = (g, f);
    let inside = |word: &Word<'_>, end: usize| {
        if word.is_part { word.span.start < end } else { word.span.end <= end }
    };
    loop {
        let (next_gold, next_found) = (gold.get(g), found.get(f));
        if !next_gold.is_some_and(|word| inside(word, end))
            && !next_found.is_some_and(|word| inside(word, end))
        {
            return (starts.0..g, starts.1..f);
        }
        let gold_first = match (next_gold, next_found) {
            (Some(a), Some(b)) => a.span.start <= b.span.start,
            (a, _) => a.is_some(),
        };
        let next = if gold_first { next_gold } else { next_found };
        end = next.filter(|word| word.is_part).map_or(end, |word| end.max(word.span.end));
        (g, f) = if gold_first { (g + 1, f) } else { (g, f + 1) };
    }
}

/// The longest common subsequence of two runs of words, compared in lower case.
fn match_forms(
    gold: &[Word<'_>],
    found: &[Word<'_>],
    golds: Range<usize>,
    founds: Range<usize>,
    pairs: &mut Vec<(usize, usize)>,
) {
    let lower = |words: &[Word<'_>]| words.iter().map(|word| word.form.to_lowercase()).collect::<Vec<_>>();
    let (a, b) = (lower(&gold[golds.clone()]), lower(&found[founds.clone()]));
    let mut longest = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for g in (0..a.len()).rev() {
        for f in (0..b.len()).rev() {
            let both = if a[g] == b[f] { 1 + longest[g + 1][f + 1] } else { 0 };
            longest[g][f] = both.max(longest[g + 1][f]).max(longest[g][f + 1]);
        }
    }
    let (mut g, mut f) = (0, 0);
    while g < a.len() && f < b.len() {
        if a[g] == b[f] {
            pairs.push((golds.start + g, founds.start + f));
            (g, f) = (g + 1, f + 1);
        } else if longest[g][f] == longest[g + 1][f] {
            g += 1;
        } else {
            f += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::treebank;

    /// Words that cover some characters; those that share a token stand in brackets with it: "we [don't do n't]".
    fn words(line: &str) -> Vec<Word<'_>> {
        let (mut at, mut words) = (0, Vec::new());
        let mut pieces = line.split(' ');
        while let Some(piece) = pieces.next() {
            let token = piece.strip_prefix('[').unwrap_or(piece);
            let span = at..at + token.len();
            at = span.end;
            let word =
                |form| Word { span: span.clone(), is_part: piece.starts_with('['), form, ..Word::default() };
            if !piece.starts_with('[') {
                words.push(word(piece));
                continue;
            }
            for form in pieces.by_ref() {
                words.push(word(form.trim_end_matches(']')));
                if form.ends_with(']') {
                    break;
                }
            }
        }
        words
    }

    fn aligned(gold: &str, found: &str) -> String {
        let (gold, found) = (words(gold), words(found));
        let pairs = align(&gold, &found);
        pairs
            .iter()
            .map(|&(g, f)| format!("{}={}", gold[g].form, found[f].form))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn tokens_align_by_the_characters_they_cover() {
        assert_eq!(aligned("a 64 - year - old man", "a 64 - year - old man").split(' ').count(), 7);
        assert_eq!(aligned("a 64-year-old man", "a 64 - year - old man"), "a=a man=man");
        assert_eq!(aligned("in to it", "into it"), "it=it");
    }

    #[test]
    fn words_of_one_token_align_by_their_forms() {
        assert_eq!(aligned("we [don't do n't] go", "we do n't go"), "we=we do=do n't=n't go=go");
        assert_eq!(aligned("we [don't do n't] go", "we don't go"), "we=we go=go");
        assert_eq!(aligned("we do n't go", "we [don't do not] go"), "we=we do=do go=go");
        assert_eq!(aligned("[cannot can not] go", "[cannot CAN not] go"), "can=CAN not=not go=go");
        // A token of ours that ends inside theirs draws its neighbours in.
        assert_eq!(aligned("x [ab a b] c", "xa b c"), "b=b c=c");
        // Unions that overlap are matched together.
        assert_eq!(
            aligned("I [wannago wan na go] in", "I [wanna wan na] [goin go in]"),
            "I=I wan=wan na=na go=go in=in"
        );
    }

    const TREES: &str = "\
# newdoc
# newpar
# text = We don't go.
1\tWe\twe\tPRON\t_\tCase=Nom|ExtPos=X\t4\tnsubj:outer\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\t_\t_\t4\taux\t_\t_
3\tn't\tnot\tPART\t_\t_\t4\tadvmod\t_\t_
4\tgo\tGo\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No
5\t.\t.\tPUNCT\t_\t_\t4\tpunct\t_\t_

# text = It rains
1\tIt\tit\tPRON\t_\t_\t2\texpl\t_\t_
2\train s\train\tVERB\t_\t_\t0\troot\t_\t_
";

    #[test]
    fn printed_text_is_joined_and_found_again() {
        let mut trees = treebank::trees(TREES, "t").unwrap();
        trees[1].text = "It rain s".into();
        let documents = raw_documents(&trees, true).unwrap();
        let [document] = &documents[..] else { panic!("{} documents", documents.len()) };
        assert_eq!(document.text, "We don't go. It rain s");
        let spans: Vec<&str> = document.words.iter().map(|word| &document.text[word.span.clone()]).collect();
        assert_eq!(spans, ["We", "don't", "don't", "go", ".", "It", "rain s"]);
        assert_eq!(document.sentences, [0..12, 13..22]);
        assert_eq!(document.words[5].head, Some(6));
        assert_eq!(raw_documents(&trees, false).unwrap().len(), 2);
        trees[1].text = "It pours".into();
        assert!(raw_documents(&trees, true).is_err());
        trees[1].opens = Opens::Paragraph;
        trees[1].text = "It rains".into();
        assert_eq!(raw_documents(&trees, true).unwrap()[0].text, "We don't go.\n\nIt rains");
    }

    #[test]
    fn what_is_right_is_counted() {
        let trees = treebank::trees(TREES, "t").unwrap();
        let gold: Vec<Word<'_>> = trees[0].tokens.iter().map(|token| Word::of(token, 0)).collect();
        let mut found = gold.clone();
        found[0].label = "nsubj";
        found[0].feats = universal_feats("Case=Nom");
        found[1].head = Some(0);
        found[2].lemma = "n't".into();
        let pairs: Vec<(usize, usize)> = (0..5).map(|n| (n, n)).collect();
        let mut scores = Scores::default();
        scores.add(&gold, &found, &pairs);
        assert_eq!((scores.words.right, scores.upos, scores.feats, scores.lemma), (5, 5, 5, 4));
        assert_eq!((scores.head, scores.labelled, scores.sublabelled), (4, 4, 3));
        // "We", "n't" and "go"; auxiliaries and marks do not count.
        assert_eq!((scores.content.gold, scores.content.right), (3, 3));
        // A head that is not aligned is wrong.
        let mut scores = Scores::default();
        scores.add(&gold, &found, &[(0, 0)]);
        assert_eq!((scores.words.right, scores.head), (1, 0));
    }

    #[test]
    fn sentences_are_right_when_both_ends_are() {
        let mut scores = Scores::default();
        scores.add_sentences(&[0..5, 6..9, 10..20], &[0..5, 6..20]);
        assert_eq!((scores.sentences.gold, scores.sentences.found, scores.sentences.right), (3, 2, 1));
        assert!((scores.sentences.f1() - 40.0).abs() < 1e-9);
    }
}
