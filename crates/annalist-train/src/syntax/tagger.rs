//! Learns to tag from left to right.

use super::Random;
use super::perceptron::Perceptron;
use super::treebank::Sample;
use annalist::syntax::feature::tag_features;
use annalist::syntax::model::{CLASSES_MAX, ClassRow, Parts};
use annalist::syntax::transition::NO_TAG;
use indicatif::ProgressBar;

/// The table of a tagger that has read `samples` so many times.
pub(crate) fn train(
    samples: &[&Sample],
    rounds: usize,
    parts: &Parts,
    rows_log2: u32,
    seed: u64,
    progress: &ProgressBar,
) -> Vec<ClassRow> {
    let mut perceptron = Perceptron::new(parts.tags.len());
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..samples.len()).collect();
    for _ in 0..rounds {
        random.shuffle(&mut order);
        for &n in &order {
            read(&mut perceptron, samples[n]);
            progress.inc(1);
        }
    }
    perceptron.class_table(rows_log2)
}

fn read(perceptron: &mut Perceptron, sample: &Sample) {
    let mut left = [NO_TAG; 2];
    let mut scores = [0; CLASSES_MAX];
    for (at, &right) in sample.tags[1..].iter().enumerate() {
        let features = tag_features(&sample.words, at, left);
        let tag = super::parser::choose(perceptron, &features, &mut scores);
        perceptron.step();
        if tag != usize::from(right) {
            perceptron.update(&features, usize::from(right), tag);
        }
        left = [tag as u8, left[0]];
    }
}
