//! How many words are right.

use super::deprel_of;
use super::treebank::Tree;
use annalist::syntax::{Analyser, Upos};

/// Counts of tokens and of what is right about them.
#[derive(Default)]
pub(crate) struct Scores {
    tokens: usize,
    upos: usize,
    morph: usize,
    lemma: usize,
    head: usize,
    labelled: usize,
}

impl Scores {
    /// Names of the columns of [`Scores::row`].
    pub(crate) const HEAD: &'static str =
        "                           UPOS  UFeats   lemma     UAS     LAS   tokens/s";

    /// A line of shares in percent.
    pub(crate) fn row(&self, (name, seconds): (&str, f64)) -> String {
        let share = |right: usize| 100.0 * right as f64 / self.tokens.max(1) as f64;
        format!(
            "{name:<24}{:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>10.0}",
            share(self.upos),
            share(self.morph),
            share(self.lemma),
            share(self.head),
            share(self.labelled),
            self.tokens as f64 / seconds
        )
    }

    fn add(&mut self, tree: &Tree, analyser: &Analyser) {
        let forms: Vec<&str> = tree.tokens.iter().map(|t| t.form.as_str()).collect();
        for (token, (found, lemma)) in tree.tokens.iter().zip(analyser.analyse_forms(&forms)) {
            let right_head = found.head.map_or(0, |h| h + 1) == token.head;
            self.tokens += 1;
            self.upos += usize::from(Upos::parse(&token.upos) == Some(found.upos));
            self.morph += usize::from(token.morph == analyser.morph(found));
            self.lemma += usize::from(token.lemma.to_lowercase() == lemma);
            self.head += usize::from(right_head);
            self.labelled += usize::from(right_head && deprel_of(&token.label) == found.deprel);
        }
    }
}

/// Compares with trees whose tokens are given, each put into another casing before.
pub(crate) fn gold_tokens(
    analyser: &Analyser,
    trees: &[Tree],
    recase: impl Fn(&Tree) -> Tree,
) -> TimedScores {
    let trees: Vec<Tree> = trees.iter().map(recase).collect();
    let start = std::time::Instant::now();
    let mut scores = Scores::default();
    trees.iter().for_each(|tree| scores.add(tree, analyser));
    TimedScores { scores, seconds: start.elapsed().as_secs_f64() }
}

/// Scores and the time that it took to find them.
pub(crate) struct TimedScores {
    scores: Scores,
    seconds: f64,
}

impl TimedScores {
    /// A line of the final table.
    pub(crate) fn row(&self, name: &str) -> String {
        self.scores.row((name, self.seconds))
    }
}
