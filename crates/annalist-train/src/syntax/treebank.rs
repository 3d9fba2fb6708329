//! Reads CoNLL-U and makes of trees what the models learn from.

use super::deprel_of;
use annalist::syntax::feature::{FEATURES, SHAPE, WORD};
use annalist::syntax::{lower, words};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::Path;

/// One sentence of a treebank.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    /// Its words, without those that are only understood.
    pub(crate) tokens: Vec<TreeToken>,
    /// Number of its treebank.
    pub(crate) source: usize,
    /// Its words as they were printed; empty where the treebank does not say.
    pub(crate) text: String,
    /// What begins with it.
    pub(crate) opens: Opens,
    /// Tokens that are printed as one and read as several words ("don't"): the words, and the token as printed.
    pub(crate) unions: Vec<(Range<usize>, String)>,
    /// Whether the next sentence follows without a space.
    pub(crate) is_glued: bool,
}

/// What begins with a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opens {
    /// No more than itself.
    #[default]
    Sentence,
    /// A paragraph.
    Paragraph,
    /// A document.
    Document,
}

/// One word of a treebank.
#[derive(Clone)]
pub(crate) struct TreeToken {
    /// As written.
    pub(crate) form: String,
    /// Its lemma.
    pub(crate) lemma: String,
    /// Its word class.
    pub(crate) upos: String,
    /// Its inflection.
    pub(crate) morph: String,
    /// Number of its head from 1; 0 for the root.
    pub(crate) head: usize,
    /// Its relation.
    pub(crate) label: String,
}

impl TreeToken {
    /// Whether its inflection holds a value, such as `Number=Plur`.
    pub(crate) fn has(&self, value: &str) -> bool {
        self.morph.split('|').any(|v| v == value)
    }
}

/// Reads every tree of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<Tree>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let trees = trees(&text, &path.display().to_string())?;
    match trees.iter().find(|tree| !is_sound(tree)) {
        Some(tree) => bail!("{}: a head lies outside its sentence: {}", path.display(), tree.tokens[0].form),
        None => Ok(trees),
    }
}

/// The trees of CoNLL-U text; `name` stands in messages.
pub(super) fn trees(text: &str, name: &str) -> Result<Vec<Tree>> {
    let mut trees = Vec::new();
    let mut tree = Tree::default();
    // The last sentence may lack its empty line.
    for (n, line) in text.lines().chain([""]).enumerate() {
        if !line.is_empty() {
            tree.add(line).with_context(|| format!("{name}:{}", n + 1))?;
        } else if !tree.tokens.is_empty() {
            trees.push(std::mem::take(&mut tree));
        }
    }
    Ok(trees)
}

impl Tree {
    fn add(&mut self, line: &str) -> Result<()> {
        if let Some(comment) = line.strip_prefix('#') {
            self.note(comment.trim());
            return Ok(());
        }
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, form, .., misc] = cells[..] else { bail!("{} columns instead of 10", cells.len()) };
        // A word inside a union says nothing of gaps; the union that ends with it does.
        let union_end = self.unions.last().map_or(0, |(words, _)| words.end);
        if let Some((first, last)) = id.split_once('-') {
            let number =
                |id: &str| id.parse::<usize>().with_context(|| format!("the id `{id}` is no number"));
            self.unions.push((number(first)?.saturating_sub(1)..number(last)?, form.to_owned()));
            self.is_glued = misc.contains("SpaceAfter=No");
        } else if let Some(token) = token(line)? {
            self.tokens.push(token);
            if self.tokens.len() > union_end {
                self.is_glued = misc.contains("SpaceAfter=No");
            }
        }
        Ok(())
    }

    fn note(&mut self, comment: &str) {
        let (key, value) = comment.split_once('=').unwrap_or((comment, ""));
        match key.trim() {
            "text" => self.text = value.trim().to_owned(),
            "newdoc" | "newdoc id" => self.opens = Opens::Document,
            "newpar" | "newpar id" => self.opens = self.opens.max(Opens::Paragraph),
            _ => {}
        }
    }

    /// Tokens as printed, with the words that each is read as.
    pub(crate) fn printed(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let token = self.tokens.get(at)?;
            let union = self.unions.iter().find(|(words, _)| words.start == at && words.end > at);
            let (end, form) = union.map_or((at + 1, &token.form), |(words, form)| (words.end, form));
            let words = at..end.min(self.tokens.len());
            at = words.end;
            Some((words, form.as_str()))
        })
    }
}

fn is_sound(tree: &Tree) -> bool {
    tree.tokens.iter().all(|token| token.head <= tree.tokens.len())
}

/// A word line; none for the ranges and empty nodes of CoNLL-U.
fn token(line: &str) -> Result<Option<TreeToken>> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, form, lemma, upos, _, morph, head, label, ..] = cells[..] else {
        bail!("{} columns instead of 10", cells.len());
    };
    if id.contains(['-', '.']) {
        return Ok(None);
    }
    Ok(Some(TreeToken {
        form: form.to_owned(),
        lemma: lemma.to_owned(),
        upos: upos.to_owned(),
        morph: morph.to_owned(),
        head: head.parse().with_context(|| format!("the head `{head}` is no number"))?,
        label: deprel_of(label).as_str().to_owned(),
    }))
}

/// The classes of a treebank, and the features that occur often enough to learn a vector.
pub(crate) struct Inventory {
    /// Word classes.
    pub(crate) upos: Vec<String>,
    /// Relations.
    pub(crate) labels: Vec<String>,
    /// Word class, space and inflection.
    pub(crate) morphs: Vec<String>,
    /// Features and their rows.
    pub(crate) rows: BTreeMap<u32, u32>,
    /// How often the feature of a row occurs.
    pub(crate) counts: Vec<u32>,
    /// The rows of all shapes; every word has one of them.
    pub(crate) shapes: Vec<u32>,
}

/// Rows of a token while the network learns: those of its features and that of its treebank.
pub(crate) const ROWS: usize = FEATURES + 1;

/// How often a word, and any other feature, must occur to have a vector of its own.
const WORD_COUNT_MIN: u32 = 2;
const AFFIX_COUNT_MIN: u32 = 3;

impl Inventory {
    /// What occurs.
    pub(crate) fn new(trees: &[Tree]) -> Self {
        let tokens = || trees.iter().flat_map(|tree| &tree.tokens);
        let sorted = |names: BTreeSet<String>| names.into_iter().collect::<Vec<String>>();
        let mut counts: BTreeMap<(usize, u32), u32> = BTreeMap::new();
        for word in trees.iter().flat_map(seen) {
            word.into_iter()
                .enumerate()
                .for_each(|(n, feature)| *counts.entry((n, feature)).or_default() += 1);
        }
        let enough = |n: usize, count: u32| count >= if n == WORD { WORD_COUNT_MIN } else { AFFIX_COUNT_MIN };
        counts.retain(|&(n, _), count| enough(n, *count));
        let sources = trees.iter().map(|tree| tree.source + 1).max().unwrap_or(0);
        let first = (FEATURES + sources) as u32;
        let known = || (first..).zip(counts.keys());
        let shapes = known().filter(|(_, (n, _))| *n == SHAPE).map(|(row, _)| row);
        Inventory {
            upos: sorted(tokens().map(|t| t.upos.clone()).collect()),
            labels: sorted(tokens().map(|t| t.label.clone()).collect()),
            morphs: sorted(tokens().map(morph_name).collect()),
            rows: known().map(|(row, &(_, feature))| (feature, row)).collect(),
            counts: vec![u32::MAX; first as usize].into_iter().chain(counts.values().copied()).collect(),
            shapes: [SHAPE as u32].into_iter().chain(shapes).collect(),
        }
    }

    fn morph(&self, token: &TreeToken) -> Morph {
        let class = |name: &String| name.split(' ').next() == Some(token.upos.as_str());
        let start = self.morphs.iter().position(class).unwrap_or(0);
        let len = self.morphs[start..].iter().take_while(|name| class(name)).count();
        Morph { gold: self.morphs.binary_search(&morph_name(token)).ok(), choices: start..start + len }
    }
}

fn morph_name(token: &TreeToken) -> String {
    format!("{} {}", token.upos, token.morph)
}

/// A right inflection among those of its class.
pub(crate) struct Morph {
    /// Its number.
    pub(crate) gold: Option<usize>,
    /// Those of the class.
    pub(crate) choices: Range<usize>,
}

/// A sentence as the network learns from it.
pub(crate) struct Sample {
    /// Rows of the vectors of every token.
    pub(crate) rows: Vec<[u32; ROWS]>,
    /// True word classes.
    pub(crate) upos: Vec<u8>,
    /// True inflections.
    pub(crate) morphs: Vec<Morph>,
    /// True heads, from 1; 0 is the root.
    pub(crate) heads: Vec<usize>,
    /// True labels.
    pub(crate) labels: Vec<u8>,
}

/// Trees as the network learns from them.
pub(crate) fn samples(trees: &[Tree], inventory: &Inventory) -> Vec<Sample> {
    trees.iter().map(|tree| sample(tree, inventory)).collect()
}

fn sample(tree: &Tree, inventory: &Inventory) -> Sample {
    let number = |names: &[String], name: &String| names.binary_search(name).unwrap_or(0) as u8;
    let row = |(n, feature): (usize, u32)| inventory.rows.get(&feature).copied().unwrap_or(n as u32);
    let tokens = || tree.tokens.iter();
    Sample {
        rows: seen(tree)
            .into_iter()
            .map(|word| {
                let mut rows = [(FEATURES + tree.source) as u32; ROWS];
                rows.iter_mut().zip(word.into_iter().enumerate()).for_each(|(r, feature)| *r = row(feature));
                rows
            })
            .collect(),
        upos: tokens().map(|t| number(&inventory.upos, &t.upos)).collect(),
        morphs: tokens().map(|t| inventory.morph(t)).collect(),
        heads: tokens().map(|t| t.head).collect(),
        labels: tokens().map(|t| number(&inventory.labels, &t.label)).collect(),
    }
}

/// What the network sees of a tree.
fn seen(tree: &Tree) -> Vec<[u32; FEATURES]> {
    let forms: Vec<&str> = tree.tokens.iter().map(|t| t.form.as_str()).collect();
    let mut lowers = vec![String::new(); forms.len()];
    forms.iter().zip(&mut lowers).for_each(|(form, out)| lower(form, out));
    let mut features = Vec::new();
    words(&forms, &lowers, &mut features);
    features
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
        capitalised(form)
    })
}

/// A copy that opens with a capital.
pub(crate) fn sentence_case(tree: &Tree) -> Tree {
    recase(tree, |n, form| if n == 0 { capitalised(form) } else { form.to_owned() })
}

/// A word that opens with a capital.
pub(crate) fn capitalised(form: &str) -> String {
    let mut chars = form.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn recase(tree: &Tree, change: impl Fn(usize, &str) -> String) -> Tree {
    let mut copy = tree.clone();
    copy.tokens.iter_mut().enumerate().for_each(|(n, token)| token.form = change(n, &token.form));
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_ranges_left_out() {
        let line = "2\tkilled\tkill\tVERB\tVBN\tTense=Past|VerbForm=Part\t0\troot\t_\t_";
        let token = token(line).unwrap().unwrap();
        assert_eq!((token.upos.as_str(), token.head), ("VERB", 0));
        assert_eq!(token.morph, "Tense=Past|VerbForm=Part");
        assert!(super::token("1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_").unwrap().is_none());
        assert!(super::token("1\tx").is_err());
    }

    #[test]
    fn titles_keep_small_words() {
        let line = |form: &str| format!("1\t{form}\t{form}\tNOUN\t_\t_\t0\troot\t_\t_");
        let tokens = ["a", "drone", "in", "the", "city"].map(|f| token(&line(f)).unwrap().unwrap());
        let title = title_case(&Tree { tokens: tokens.into(), ..Tree::default() });
        let forms: Vec<_> = title.tokens.iter().map(|t| t.form.as_str()).collect();
        assert_eq!(forms, ["A", "Drone", "in", "the", "City"]);
    }

    #[test]
    fn comments_say_what_begins_and_ranges_what_is_printed() {
        let lines = "# newdoc id = d\n# newpar\n# text = I don't.\n1\tI\tI\tPRON\t_\t_\t3\tnsubj\t_\t_\n\
            2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n2\tdo\tdo\tAUX\t_\t_\t0\troot\t_\t_\n\
            3\tn't\tnot\tPART\t_\t_\t2\tadvmod\t_\t_\n3.1\tgo\tgo\tVERB\t_\t_\t_\t_\t_\t_\n\
            4\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_\n\n# newpar_block = p (1 s)\n# text = No\n\
            1-2\tCan't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n1\tCa\tcan\tAUX\t_\t_\t0\troot\t_\t_\n\
            2\tn't\tnot\tPART\t_\t_\t1\tadvmod\t_\t_";
        let trees = trees(lines, "t").unwrap();
        let [first, second] = &trees[..] else { panic!("{} trees", trees.len()) };
        assert_eq!((first.opens, first.is_glued, first.text.as_str()), (Opens::Document, false, "I don't."));
        assert_eq!((second.opens, second.is_glued), (Opens::Sentence, true));
        assert_eq!(first.printed().collect::<Vec<_>>(), [(0..1, "I"), (1..3, "don't"), (3..4, ".")]);
    }
}
