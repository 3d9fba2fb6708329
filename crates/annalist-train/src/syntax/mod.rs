//! Trains and measures the syntax model.
//!
//! Tagger and parser are averaged perceptrons. The parser follows a dynamic oracle (Goldberg and Nivre
//! 2013) and sees tags as a tagger gives them that has not read the sentence (jackknifing).

mod lemmas;
mod parser;
mod perceptron;
mod score;
mod tagger;
mod treebank;

use annalist::syntax::model::{self, Model, Parts};
use annalist::syntax::{Analyser, Deprel, Upos};
use annalist::{Bundle, DataError};
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use score::Scores;
use std::fs;
use std::path::PathBuf;
use treebank::{Inventory, Sample, Tree};

/// What `annalist-train syntax` takes.
#[derive(clap::Args)]
pub(crate) struct TrainArgs {
    /// Language of the treebanks; only `en` has features and lists so far.
    #[arg(long)]
    lang: String,
    /// CoNLL-U files to learn from.
    #[arg(long, required = true, num_args = 1..)]
    treebank: Vec<PathBuf>,
    /// CoNLL-U file to report on; nothing is learnt from it.
    #[arg(long)]
    dev: PathBuf,
    /// Where the model goes.
    #[arg(long)]
    out: PathBuf,
    /// Start of the random numbers: the same seed and treebanks give the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds over the treebanks for the tagger.
    #[arg(long, default_value_t = 8)]
    tag_rounds: usize,
    /// Rounds over the treebanks for the parser.
    #[arg(long, default_value_t = 12)]
    parse_rounds: usize,
    /// Rows of the tables of tags, moves and labels, as powers of two.
    #[arg(long, value_delimiter = ',', default_values_t = [18, 20, 18])]
    rows: Vec<u32>,
    /// Of how many sentences in a hundred the models also read a copy in capitals, and of how many in Title Case.
    #[arg(long, default_value_t = 15)]
    recased: u64,
}

/// What `annalist-train eval syntax` takes.
#[derive(clap::Args)]
pub(crate) struct EvalArgs {
    /// Language of the treebank.
    #[arg(long)]
    lang: String,
    /// CoNLL-U file.
    #[arg(long)]
    treebank: PathBuf,
    /// Model to measure instead of the built-in one.
    #[arg(long)]
    model: Option<PathBuf>,
}

/// Parts of the training data that a tagger leaves out in turn, so that the parser learns from honest tags.
const FOLDS: usize = 4;

/// Trains a model, writes it and prints how good it is.
pub(crate) fn train(arguments: &TrainArgs) -> Result<()> {
    if arguments.lang != "en" {
        bail!("no features for `{}` yet; `--lang en` is what there is", arguments.lang);
    }
    let [tag_rows, move_rows, label_rows] = arguments.rows[..] else {
        bail!("--rows takes three numbers, such as 18,20,18");
    };
    let trees = read_all(&arguments.treebank)?;
    let dev = treebank::read(&arguments.dev)?;
    let mut random = Random::new(arguments.seed);
    let inventory = Inventory::new(&trees);
    let samples = treebank::samples(&trees, &inventory, arguments.recased, &mut random);
    let progress = progress(&samples, arguments);

    let (scripts, lemma_table) = lemmas::learn(&trees);
    let mut parts = Parts {
        tags: inventory.tags.clone(),
        labels: inventory.labels.clone(),
        scripts,
        lemma_table,
        ..treebank::empty_parts()
    };
    let read_tags = jackknife(&samples, &parts, arguments, tag_rows, &progress)?;
    progress.set_message("tagger");
    let all: Vec<&Sample> = samples.iter().collect();
    parts.tag_table = tagger::train(&all, arguments.tag_rounds, &parts, tag_rows, arguments.seed, &progress);
    progress.set_message("parser");
    let tables =
        parser::train(&samples, &read_tags, arguments.parse_rounds, &parts, arguments.seed, &progress);
    parts.move_table = tables.moves.move_table(move_rows);
    parts.label_table = tables.labels.class_table(label_rows);
    progress.finish_and_clear();

    let bytes = model::to_bytes(&parts);
    if let Some(folder) = arguments.out.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&arguments.out, &bytes).with_context(|| format!("cannot write {}", arguments.out.display()))?;
    println!("{:<24}{:.1} MB, blake3:{}", "model", bytes.len() as f64 / 1e6, blake3::hash(&bytes).to_hex());
    println!("{:<24}{} trees, {} with copies", "learnt from", trees.len(), samples.len());
    println!("{:<24}{} of moves, {} of labels", "features", tables.moves.len(), tables.labels.len());
    println!("{:<24}{}", "rows of tags", usage(&parts.tag_table));
    println!("{:<24}{}", "rows of moves", usage(&parts.move_table));
    println!("{:<24}{}", "rows of labels", usage(&parts.label_table));
    let analyser = analyser(model_of(bytes)?)?;
    print_scores(&analyser, &dev);
    Ok(())
}

/// Measures a model.
pub(crate) fn evaluate(arguments: &EvalArgs) -> Result<()> {
    let trees = treebank::read(&arguments.treebank)?;
    let model = match &arguments.model {
        Some(path) => model_of(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)?,
        None => Model::load(&Bundle::embedded(), &arguments.lang)?,
    };
    print_scores(&analyser(model)?, &trees);
    Ok(())
}

fn print_scores(analyser: &Analyser, trees: &[Tree]) {
    println!("{}", Scores::HEAD);
    println!("{}", score::gold_tokens(analyser, trees, |tree| tree.clone()).row("gold tokens"));
    println!("{}", score::gold_tokens(analyser, trees, treebank::title_case).row("in Title Case"));
    println!("{}", score::gold_tokens(analyser, trees, treebank::shout).row("IN CAPITALS"));
}

/// Tags every sample by a tagger that has not learnt from it or from its copies.
fn jackknife(
    samples: &[Sample],
    parts: &Parts,
    arguments: &TrainArgs,
    rows: u32,
    progress: &ProgressBar,
) -> Result<Vec<Vec<u8>>> {
    let mut tags = vec![Vec::new(); samples.len()];
    for fold in 0..FOLDS {
        progress.set_message(format!("jackknife {}/{FOLDS}", fold + 1));
        let others: Vec<&Sample> = samples.iter().filter(|s| s.origin % FOLDS != fold).collect();
        let rounds = jackknife_rounds(arguments);
        let tag_table = tagger::train(&others, rounds, parts, rows, arguments.seed, progress);
        let model = model_of(model::to_bytes(&Parts { tag_table, ..parts.clone() }))?;
        for (sample, tags) in samples.iter().zip(&mut tags).filter(|(s, _)| s.origin % FOLDS == fold) {
            model.tag(&sample.words, tags);
        }
    }
    Ok(tags)
}

fn jackknife_rounds(arguments: &TrainArgs) -> usize {
    arguments.tag_rounds.min(4)
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Tree>> {
    let mut trees = Vec::new();
    for path in paths {
        trees.append(&mut treebank::read(path)?);
    }
    Ok(trees)
}

fn model_of(bytes: Vec<u8>) -> Result<Model, DataError> {
    Model::from_bytes("syntax.bin", bytes.into())
}

fn analyser(model: Model) -> Result<Analyser, DataError> {
    Analyser::with_model(model, &Bundle::embedded())
}

fn usage<R: Default + PartialEq>(table: &[R]) -> String {
    let used = table.iter().filter(|row| **row != R::default()).count();
    format!("{}, {:.0} % of them used", table.len(), 100.0 * used as f64 / table.len() as f64)
}

fn progress(samples: &[Sample], arguments: &TrainArgs) -> ProgressBar {
    let jackknife = samples.len() * (FOLDS - 1) * jackknife_rounds(arguments);
    let steps = jackknife + samples.len() * (arguments.tag_rounds + arguments.parse_rounds);
    let style = ProgressStyle::with_template("{msg:16} {wide_bar} {percent} % {eta}");
    ProgressBar::new(steps as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// SplitMix64: small, known, the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    /// Starts from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) % limit
    }

    /// Puts things into another order.
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for n in (1..things.len()).rev() {
            things.swap(n, self.below(n as u64 + 1) as usize);
        }
    }
}

/// What stands in a model file for a word class that has a finer class.
pub(crate) fn upos_of(tag: &str) -> Option<Upos> {
    Upos::parse(tag.split('-').next().unwrap_or(tag))
}

/// The relation of a treebank, or the nearest that the engine knows.
pub(crate) fn deprel_of(label: &str) -> Deprel {
    let plain = label.split(':').next().unwrap_or(label);
    Deprel::parse(label).or_else(|| Deprel::parse(plain)).unwrap_or(Deprel::Dep)
}
