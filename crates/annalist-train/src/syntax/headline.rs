//! Makes headlines of sentences: no treebank has them, and most reports open with one.
//!
//! Articles, forms of "be" and the full stop go, and what happened is told in the present: "The bomb hit a bus." becomes
//! "Bomb hits bus". All is told by the annotation (`PronType=Art`, `aux:pass`, `Tense=Past`), nothing by words.

use super::treebank::{Tree, TreeToken};
use std::collections::BTreeMap;

/// Longest sentence that a headline is made of.
const TOKENS_MAX: usize = 30;

/// How a treebank's verbs go in the present.
pub(crate) struct Headlines {
    /// From lemma and number to form and inflection.
    present: BTreeMap<(String, &'static str), (String, String)>,
}

impl Headlines {
    /// Looks the present tense up in the treebanks.
    pub(crate) fn new(trees: &[Tree]) -> Self {
        let mut present = BTreeMap::new();
        for token in trees.iter().flat_map(|tree| &tree.tokens) {
            let wanted = ["Tense=Pres", "VerbForm=Fin", "Mood=Ind", "Person=3"];
            if token.upos == "VERB" && wanted.iter().all(|value| token.has(value)) {
                let form = (token.form.to_lowercase(), token.morph.clone());
                if let Some(number) = number(token) {
                    present.entry((token.lemma.to_lowercase(), number)).or_insert(form);
                }
            }
        }
        Headlines { present }
    }

    /// The headline of a sentence; none where nothing would go or too little would be left.
    pub(crate) fn of(&self, tree: &Tree) -> Option<Tree> {
        if tree.tokens.len() > TOKENS_MAX {
            return None;
        }
        let goes: Vec<bool> = (0..tree.tokens.len()).map(|n| goes(tree, n)).collect();
        let left = goes.iter().filter(|&&goes| !goes).count();
        if left == tree.tokens.len() || left < 4 {
            return None;
        }
        // Numbers of the words that stay; those that go have no dependents.
        let mut numbers = vec![0];
        for goes in &goes {
            numbers.push(numbers[numbers.len() - 1] + usize::from(!goes));
        }
        let stays = tree.tokens.iter().enumerate().filter(|(n, _)| !goes[*n]);
        let tokens = stays
            .map(|(n, token)| TreeToken { head: numbers[token.head], ..self.in_the_present(tree, n) })
            .collect();
        Some(Tree { tokens, source: tree.source, ..Tree::default() })
    }

    /// A finite verb in the past as it stands in a headline.
    fn in_the_present(&self, tree: &Tree, at: usize) -> TreeToken {
        let token = &tree.tokens[at];
        let subject = tree.tokens.iter().find(|t| t.head == at + 1 && t.label == "nsubj");
        let past = token.upos == "VERB" && token.has("Tense=Past") && token.has("VerbForm=Fin");
        let number = subject.filter(|_| past).and_then(number);
        match number.and_then(|number| self.present.get(&(token.lemma.to_lowercase(), number))) {
            Some((form, morph)) => TreeToken { form: form.clone(), morph: morph.clone(), ..token.clone() },
            None => token.clone(),
        }
    }
}

/// Articles, forms of "be" before a participle or another predicate, and the full stop.
fn goes(tree: &Tree, at: usize) -> bool {
    let token = &tree.tokens[at];
    let leaf = || tree.tokens.iter().all(|t| t.head != at + 1);
    let last = at + 1 == tree.tokens.len();
    let dispensable = token.has("PronType=Art")
        || matches!(token.label.as_str(), "aux:pass" | "cop") && token.has("VerbForm=Fin")
        || last && token.form == ".";
    dispensable && token.head > 0 && leaf()
}

fn number(token: &TreeToken) -> Option<&'static str> {
    ["Number=Sing", "Number=Plur"].into_iter().find(|value| token.has(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lines: &[&str]) -> Tree {
        let token = |line: &&str| {
            let cells: Vec<&str> = line.split(' ').collect();
            TreeToken {
                form: cells[0].into(),
                lemma: cells[1].into(),
                upos: cells[2].into(),
                morph: cells[3].into(),
                head: cells[4].parse().unwrap(),
                label: cells[5].into(),
            }
        };
        Tree { tokens: lines.iter().map(token).collect(), ..Tree::default() }
    }

    #[test]
    fn a_sentence_becomes_a_headline() {
        let other = tree(&[
            "It it PRON Number=Sing 2 nsubj",
            "hits hit VERB Mood=Ind|Number=Sing|Person=3|Tense=Pres|VerbForm=Fin 0 root",
        ]);
        let sentence = tree(&[
            "The the DET PronType=Art 2 det",
            "bomb bomb NOUN Number=Sing 3 nsubj",
            "hit hit VERB Mood=Ind|Number=Sing|Person=3|Tense=Past|VerbForm=Fin 0 root",
            "a a DET PronType=Art 5 det",
            "bus bus NOUN Number=Sing 3 obj",
            "in in ADP _ 7 case",
            "Sumy Sumy PROPN Number=Sing 5 nmod",
            ". . PUNCT _ 3 punct",
        ]);
        let headlines = Headlines::new(&[other]);
        let made = headlines.of(&sentence).unwrap();
        let words: Vec<String> = made.tokens.iter().map(|t| format!("{}>{}", t.form, t.head)).collect();
        assert_eq!(words, ["bomb>2", "hits>0", "bus>2", "in>5", "Sumy>3"]);
        assert!(made.tokens[1].morph.contains("Tense=Pres"));
        assert!(headlines.of(&made).is_none(), "nothing is left to go");
    }
}
