//! Trains and measures the syntax model.
//!
//! One network learns word classes, inflections, heads and relations together, by gradients; dense numbers and vectors
//! alike follow Adam. What one sentence teaches is reckoned on its own and added up in one order, so that the number of
//! threads changes nothing.
//!
//! # Source
//! Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization".

mod copies;
mod headline;
mod lemmas;
mod network;
mod optimiser;
mod product;
mod score;
mod treebank;
mod vocabulary;

use annalist::syntax::feature::FEATURES;
use annalist::syntax::model::{self, Matrix, Model, Parts};
use annalist::syntax::network::Shape;
use annalist::syntax::{Analyser, Deprel};
use annalist::text::Splitter;
use annalist::{Bundle, DataError};
use anyhow::{Context, Result, bail};
use copies::Copies;
use indicatif::{ProgressBar, ProgressStyle};
use network::{Gradient, Learner, Plan, Tally, Weights};
use rayon::prelude::*;
use score::Scores;
use std::fs;
use std::path::PathBuf;
use treebank::{Inventory, Sample, Tree};
use vocabulary::Vocabulary;

/// What `annalist-train syntax` takes.
#[derive(clap::Args)]
pub(crate) struct TrainArgs {
    /// Language of the treebanks.
    #[arg(long)]
    lang: String,
    /// CoNLL-U files to learn from; where treebanks differ in their habits, the first is followed.
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
    /// Rounds over the treebanks.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Sizes of the network: length of a word's vector, layers, lengths of the vectors that find heads and name relations.
    #[arg(long, value_delimiter = ',', default_values_t = [128, 2, 64, 64])]
    shape: Vec<usize>,
    /// Share of activations that are hidden while learning.
    #[arg(long, default_value_t = 0.12)]
    dropout: f32,
    /// How fast it learns at first; it slows down to nothing.
    #[arg(long, default_value_t = 0.002)]
    rate: f32,
    /// Sentences per step.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Of how many sentences in a hundred the models also read a copy in capitals, and of how many in Title Case.
    #[arg(long, default_value_t = 15)]
    recased: u64,
    /// Of how many sentences in a hundred they also read a headline made of it.
    #[arg(long, default_value_t = 15)]
    headlines: u64,
    /// Of how many sentences in a hundred they also read a copy with words of the lexicons.
    #[arg(long, default_value_t = 25)]
    reworded: u64,
}

/// What `annalist-train eval syntax` takes.
#[derive(clap::Args)]
pub(crate) struct EvalArgs {
    /// Language of the treebank.
    #[arg(long)]
    lang: String,
    /// CoNLL-U file; its `# text` lines are what our own splitter is measured on.
    #[arg(long)]
    treebank: PathBuf,
    /// Model to measure instead of the built-in one.
    #[arg(long)]
    model: Option<PathBuf>,
}

/// Into how many shards a step is cut, whatever the number of threads.
const SHARDS: usize = 4;

/// Trains a model, writes it and prints how good it is.
pub(crate) fn train(arguments: &TrainArgs) -> Result<()> {
    let [width, layers, arc, relation] = arguments.shape[..] else {
        bail!("--shape takes four numbers, such as 128,2,64,64");
    };
    let trees = read_all(&arguments.treebank)?;
    let dev = treebank::read(&arguments.dev)?;
    let mut random = Random::new(arguments.seed);
    let shares =
        Copies { recased: arguments.recased, headlines: arguments.headlines, reworded: arguments.reworded };
    let vocabulary = Vocabulary::new(&arguments.lang, &Bundle::embedded())?;
    let all = copies::with_copies(&trees, shares, &vocabulary, &mut random);
    let inventory = Inventory::new(&all);
    let samples = treebank::samples(&all, &inventory);
    let plan = Plan {
        shape: Shape { width, layers, arc, relation },
        vectors: inventory.counts.len(),
        upos: inventory.upos.len(),
        labels: inventory.labels.len(),
        morphs: inventory.morphs.len(),
        dropout: arguments.dropout,
    };
    let (scripts, lemma_table) = lemmas::learn(&trees);
    let slots: Vec<(u32, u32)> = inventory.rows.iter().map(|(&feature, &row)| (feature, row)).collect();
    let mut parts = Parts {
        shape: plan.shape,
        upos: inventory.upos.clone(),
        labels: inventory.labels.clone(),
        morphs: inventory.morphs.clone(),
        scripts,
        slots: annalist::syntax::vector::table(&slots),
        vectors: Vec::new(),
        vector_scale: 1.0,
        matrices: Vec::new(),
        peeps: Vec::new(),
        root: Vec::new(),
        distance: Vec::new(),
        lemma_table,
    };
    let progress = progress(samples.len() * arguments.rounds);
    let weights =
        learn(&plan, &inventory, &samples, arguments, &mut random, &progress, |weights, summary| {
            quantise(weights, &plan, &inventory, &mut parts);
            let row = score::gold_tokens(
                &analyser(&arguments.lang, model_of(model::to_bytes(&parts))?)?,
                &dev,
                |tree| tree.clone(),
            )
            .row("dev");
            progress.suspend(|| println!("{row}  {summary}"));
            Ok(())
        })?;
    progress.finish_and_clear();
    quantise(&weights, &plan, &inventory, &mut parts);

    let bytes = model::to_bytes(&parts);
    if let Some(folder) = arguments.out.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&arguments.out, &bytes).with_context(|| format!("cannot write {}", arguments.out.display()))?;
    println!("{:<24}{:.1} MB, blake3:{}", "model", bytes.len() as f64 / 1e6, blake3::hash(&bytes).to_hex());
    println!("{:<24}{} trees, {} with copies", "learnt from", trees.len(), samples.len());
    println!("{:<24}{} of words, affixes and shapes", "vectors", plan.vectors - FEATURES);
    let analyser = analyser(&arguments.lang, model_of(bytes)?)?;
    print_scores(&analyser, &dev);
    Ok(())
}

/// The weights of a network that has read all samples so many times; `report` is called after each round.
fn learn(
    plan: &Plan,
    inventory: &Inventory,
    samples: &[Sample],
    arguments: &TrainArgs,
    random: &mut Random,
    progress: &ProgressBar,
    mut report: impl FnMut(&Weights, &str) -> Result<()>,
) -> Result<Weights> {
    let mut weights = Weights::random(plan, random);
    let mut adam = optimiser::Adam::new(plan);
    let mut gradients: Vec<Gradient> = (0..SHARDS).map(|_| Gradient::new(plan)).collect();
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let steps = (samples.len().div_ceil(arguments.batch) * arguments.rounds) as f32;
    let mut step = 0.0;
    for round in 0..arguments.rounds {
        random.shuffle(&mut order);
        let mut tally = Tally::default();
        for batch in order.chunks(arguments.batch) {
            let seeds: Vec<u64> = gradients.iter().map(|_| random.below(u64::MAX)).collect();
            let turned = weights.turned();
            let learner = Learner { plan, weights: &weights, turned: &turned, counts: &inventory.counts };
            gradients.par_iter_mut().zip(seeds).enumerate().for_each(|(shard, (gradient, seed))| {
                gradient.clear(plan.shape.width);
                let mine: Vec<&Sample> =
                    batch.iter().skip(shard).step_by(SHARDS).map(|&n| &samples[n]).collect();
                if !mine.is_empty() {
                    learner.learn(&mine, &mut Random::new(seed), gradient);
                }
            });
            for gradient in &gradients {
                tally.tokens += gradient.tally.tokens;
                tally.heads += gradient.tally.heads;
                tally.loss += gradient.tally.loss;
            }
            // Rises for a while, then falls to nothing.
            let rate = arguments.rate * ((step + 1.0) / 400.0f32).min(1.0) * (1.0 - step / steps);
            adam.step(&mut weights, &mut gradients, rate);
            step += 1.0;
            progress.inc(batch.len() as u64);
        }
        let share = 100.0 * tally.heads as f32 / tally.tokens as f32;
        let summary =
            format!("round {}, loss {:.3}, heads {share:.1} %", round + 1, tally.loss / tally.tokens as f32);
        progress.set_message(summary.clone());
        report(&weights, &summary)?;
    }
    Ok(weights)
}

/// The vectors of a network that annotates as the first treebank does: what its trees add to every word goes to the shapes,
/// since every word has one.
///
/// # Source
/// Stymne et al. 2018, "Parser Training with Heterogeneous Treebanks".
fn in_house_style(weights: &Weights, width: usize, inventory: &Inventory) -> Vec<f32> {
    let mut vectors = weights.vectors.clone();
    for &shape in &inventory.shapes {
        for n in 0..width {
            vectors[shape as usize * width + n] += weights.vectors[FEATURES * width + n];
        }
    }
    vectors
}

/// Weights as signed bytes.
fn quantise(weights: &Weights, plan: &Plan, inventory: &Inventory, parts: &mut Parts) {
    let byte = |x: f32, scale: f32| (x / scale).round().clamp(-127.0, 127.0) as i8;
    // One vector in ten thousand may be clipped, so that the many small ones keep their differences.
    let vectors = in_house_style(weights, plan.shape.width, inventory);
    let mut widths: Vec<f32> = vectors.iter().map(|x| x.abs()).collect();
    widths.sort_by(f32::total_cmp);
    parts.vector_scale = widths[widths.len() - 1 - widths.len() / 10_000] / 127.0;
    parts.vectors = vectors.iter().map(|&x| byte(x, parts.vector_scale)).collect();
    let sizes = model::matrix_sizes(plan.shape, plan.upos, plan.labels, plan.morphs);
    parts.matrices = weights
        .matrices
        .iter()
        .zip(sizes)
        .map(|(linear, (inputs, outputs))| {
            let mut matrix = Matrix::default();
            for output in 0..outputs {
                let row: Vec<f32> =
                    (0..inputs).map(|input| linear.weights[input * linear.outputs + output]).collect();
                let scale = row.iter().fold(1e-6, |most: f32, x| most.max(x.abs())) / 127.0;
                matrix.weights.extend(row.iter().map(|&x| byte(x, scale)));
                matrix.scales.push(scale);
                matrix.biases.push(linear.biases[output]);
            }
            matrix
        })
        .collect();
    parts.peeps = weights.peeps.concat();
    parts.root = weights.root.clone();
    parts.distance = weights.distance.clone();
}

/// Measures a model.
pub(crate) fn evaluate(arguments: &EvalArgs) -> Result<()> {
    let trees = treebank::read(&arguments.treebank)?;
    let model = match &arguments.model {
        Some(path) => model_of(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)?,
        None => Model::load(&Bundle::embedded(), &arguments.lang)?,
    };
    let (analyser, splitter) = (analyser(&arguments.lang, model)?, Splitter::new(&Bundle::embedded())?);
    print_scores(&analyser, &trees);
    let has_text = trees.iter().all(|tree| !tree.text.is_empty());
    for (name, whole) in [("raw sentences", false), ("raw documents", true)].into_iter().filter(|_| has_text)
    {
        println!("{}", score::raw_text(&analyser, &splitter, &trees, whole)?.row(name));
    }
    println!("\n{}", Scores::LEGEND);
    Ok(())
}

fn print_scores(analyser: &Analyser, trees: &[Tree]) {
    println!("{}", Scores::HEAD);
    println!("{}", score::gold_tokens(analyser, trees, |tree| tree.clone()).row("gold tokens"));
    println!("{}", score::gold_tokens(analyser, trees, treebank::title_case).row("in Title Case"));
    println!("{}", score::gold_tokens(analyser, trees, treebank::shout).row("IN CAPITALS"));
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Tree>> {
    let mut trees = Vec::new();
    for (source, path) in paths.iter().enumerate() {
        let mut read = treebank::read(path)?;
        read.iter_mut().for_each(|tree| tree.source = source);
        trees.append(&mut read);
    }
    Ok(trees)
}

fn model_of(bytes: Vec<u8>) -> Result<Model, DataError> {
    Model::from_bytes("syntax.bin", bytes.into())
}

fn analyser(language: &str, model: Model) -> Result<Analyser, DataError> {
    Analyser::with_model(language, model, &Bundle::embedded())
}

fn progress(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:44} {wide_bar} {percent} % {eta}");
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

    /// A number from 0 up to 1.
    pub(crate) fn fraction(&mut self) -> f32 {
        self.below(1 << 24) as f32 / (1 << 24) as f32
    }

    /// Puts things into another order.
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for n in (1..things.len()).rev() {
            things.swap(n, self.below(n as u64 + 1) as usize);
        }
    }
}

/// The relation of a treebank, or the nearest that the engine knows.
pub(crate) fn deprel_of(label: &str) -> Deprel {
    let plain = label.split(':').next().unwrap_or(label);
    Deprel::parse(label).or_else(|| Deprel::parse(plain)).unwrap_or(Deprel::Dep)
}
