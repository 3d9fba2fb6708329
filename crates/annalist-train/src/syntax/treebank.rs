//! Reads CoNLL-U and makes of trees what the models learn from.

use super::{Random, deprel_of};
use annalist::syntax::feature::{WordFeatures, casing};
use annalist::syntax::model::Parts;
use annalist::syntax::transition::NO_TAG;
use annalist::syntax::{lower, words};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// One sentence of a treebank.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    /// Its words, without those that are only understood.
    pub(crate) tokens: Vec<TreeToken>,
}

/// One word of a treebank.
#[derive(Clone)]
pub(crate) struct TreeToken {
    /// As written.
    pub(crate) form: String,
    /// Its lemma.
    pub(crate) lemma: String,
    /// Its word class with the finer class that the tagger learns.
    pub(crate) tag: String,
    /// Number of its head from 1; 0 for the root.
    pub(crate) head: usize,
    /// Its relation.
    pub(crate) label: String,
}

/// Reads every tree of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<Tree>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut trees = vec![Tree::default()];
    for (n, line) in text.lines().enumerate() {
        if line.is_empty() {
            trees.push(Tree::default());
        } else if !line.starts_with('#') {
            let token = token(line).with_context(|| format!("{}:{}", path.display(), n + 1))?;
            trees.last_mut().into_iter().for_each(|tree| tree.tokens.extend(token.clone()));
        }
    }
    trees.retain(|tree| !tree.tokens.is_empty());
    match trees.iter().find(|tree| !is_sound(tree)) {
        Some(tree) => bail!("{}: a head lies outside its sentence: {}", path.display(), tree.tokens[0].form),
        None => Ok(trees),
    }
}

fn is_sound(tree: &Tree) -> bool {
    tree.tokens.iter().all(|token| token.head <= tree.tokens.len())
}

/// A word line; none for the ranges and empty nodes of CoNLL-U.
fn token(line: &str) -> Result<Option<TreeToken>> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, form, lemma, upos, _, features, head, label, ..] = cells[..] else {
        bail!("{} columns instead of 10", cells.len());
    };
    if id.contains(['-', '.']) {
        return Ok(None);
    }
    Ok(Some(TreeToken {
        form: form.to_owned(),
        lemma: lemma.to_owned(),
        tag: fine_tag(upos, features),
        head: head.parse().with_context(|| format!("the head `{head}` is no number"))?,
        label: deprel_of(label).as_str().to_owned(),
    }))
}

/// The word class with what the parser wants to know besides: forms of verbs, cases of pronouns.
fn fine_tag(upos: &str, features: &str) -> String {
    let has = |feature: &str| features.split('|').any(|f| f == feature);
    let verb = || match () {
        () if has("VerbForm=Inf") => "Inf",
        () if has("VerbForm=Ger") || has("VerbForm=Part") && has("Tense=Pres") => "Ger",
        () if has("VerbForm=Part") => "Part",
        () if has("Tense=Past") => "Past",
        () if has("Tense=Pres") => "Pres",
        () => "Inf",
    };
    let fine = match upos {
        "VERB" => verb(),
        "AUX" => match verb() {
            "Ger" | "Part" => "Part",
            other => other,
        },
        "NOUN" if has("Number=Plur") => "Plur",
        "PRON" | "ADV" if has("PronType=Rel") || has("PronType=Int") => "Wh",
        "PRON" if has("Poss=Yes") => "Poss",
        "PRON" if has("Case=Nom") => "Nom",
        "PRON" if has("Case=Acc") => "Acc",
        _ => "",
    };
    if fine.is_empty() { upos.to_owned() } else { format!("{upos}-{fine}") }
}

/// The tags and labels of a treebank, in order.
pub(crate) struct Inventory {
    /// Tags.
    pub(crate) tags: Vec<String>,
    /// Labels.
    pub(crate) labels: Vec<String>,
}

impl Inventory {
    /// Those that occur.
    pub(crate) fn new(trees: &[Tree]) -> Self {
        let tokens = || trees.iter().flat_map(|tree| &tree.tokens);
        let tags: BTreeSet<&String> = tokens().map(|t| &t.tag).collect();
        let labels: BTreeSet<&String> = tokens().map(|t| &t.label).collect();
        Inventory { tags: tags.into_iter().cloned().collect(), labels: labels.into_iter().cloned().collect() }
    }

    fn tag(&self, tag: &String) -> u8 {
        self.tags.binary_search(tag).unwrap_or(0) as u8
    }

    fn label(&self, label: &String) -> u8 {
        self.labels.binary_search(label).unwrap_or(0) as u8
    }
}

/// A sentence as the models learn from it; position 0 is the root.
pub(crate) struct Sample {
    /// The tree it was made of; copies share it.
    pub(crate) origin: usize,
    /// What the models see.
    pub(crate) words: Vec<WordFeatures>,
    /// True tags.
    pub(crate) tags: Vec<u8>,
    /// True heads.
    pub(crate) heads: Vec<usize>,
    /// True labels.
    pub(crate) labels: Vec<u8>,
}

/// Every tree, and of some a copy in another casing: headlines and wires in capitals have no treebank.
pub(crate) fn samples(
    trees: &[Tree],
    inventory: &Inventory,
    recased: u64,
    random: &mut Random,
) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (origin, tree) in trees.iter().enumerate() {
        samples.push(sample(origin, tree, inventory));
        let draw = random.below(100);
        if draw < recased {
            samples.push(sample(origin, &shout(tree), inventory));
        } else if draw < 2 * recased {
            samples.push(sample(origin, &title_case(tree), inventory));
        }
    }
    samples
}

fn sample(origin: usize, tree: &Tree, inventory: &Inventory) -> Sample {
    let forms: Vec<&str> = tree.tokens.iter().map(|t| t.form.as_str()).collect();
    let mut lowers = vec![String::new(); forms.len()];
    forms.iter().zip(&mut lowers).for_each(|(form, out)| lower(form, out));
    let mut features = Vec::new();
    words(&forms, &lowers, casing(forms.iter().copied()), &mut features);
    let tokens = || tree.tokens.iter();
    Sample {
        origin,
        words: features,
        tags: [NO_TAG].into_iter().chain(tokens().map(|t| inventory.tag(&t.tag))).collect(),
        heads: [0].into_iter().chain(tokens().map(|t| t.head)).collect(),
        labels: [0].into_iter().chain(tokens().map(|t| inventory.label(&t.label))).collect(),
    }
}

/// A COPY IN CAPITALS.
pub(crate) fn shout(tree: &Tree) -> Tree {
    recase(tree, |_, form| form.to_uppercase())
}

/// A Copy with Capitals at All Long Words.
pub(crate) fn title_case(tree: &Tree) -> Tree {
    const SMALL: [&str; 22] = [
        "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "n't", "'s", "of", "on",
        "or", "over", "the", "to", "via", "vs", "with",
    ];
    recase(tree, |n, form| {
        if n > 0 && SMALL.contains(&form) {
            return form.to_owned();
        }
        let mut chars = form.chars();
        chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
    })
}

fn recase(tree: &Tree, change: impl Fn(usize, &str) -> String) -> Tree {
    let mut copy = tree.clone();
    copy.tokens.iter_mut().enumerate().for_each(|(n, token)| token.form = change(n, &token.form));
    copy
}

/// Tables of one row that say nothing, for models that are still to learn.
pub(crate) fn empty_parts() -> Parts {
    Parts {
        tag_table: vec![Default::default()],
        move_table: vec![Default::default()],
        label_table: vec![Default::default()],
        lemma_table: vec![[0; 4]],
        ..Parts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_ranges_left_out() {
        let line = "2\tkilled\tkill\tVERB\tVBN\tTense=Past|VerbForm=Part\t0\troot\t_\t_";
        let token = token(line).unwrap().unwrap();
        assert_eq!((token.tag.as_str(), token.head), ("VERB-Part", 0));
        assert!(super::token("1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_").unwrap().is_none());
        assert!(super::token("1\tx").is_err());
    }

    #[test]
    fn titles_keep_small_words() {
        let line = |form: &str| format!("1\t{form}\t{form}\tNOUN\t_\t_\t0\troot\t_\t_");
        let tokens = ["a", "drone", "in", "the", "city"].map(|f| token(&line(f)).unwrap().unwrap());
        let title = title_case(&Tree { tokens: tokens.into() });
        let forms: Vec<_> = title.tokens.iter().map(|t| t.form.as_str()).collect();
        assert_eq!(forms, ["A", "Drone", "in", "the", "City"]);
    }
}
