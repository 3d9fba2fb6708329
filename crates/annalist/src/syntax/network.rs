//! The network: what the model makes of the features of a sentence's words.
//!
//! Every word is the sum of the vectors of its features. A few layers read the sentence from left to right and from right
//! to left, each a simple recurrent unit in either direction, whose only sequential part is cheap; the top says word
//! classes, inflections, and how well any word suits any other as head, and under which relation.
//!
//! All products are of whole numbers, all sums of fractions are made in one order, and nothing is fused: a sentence
//! has one analysis, on any processor.
//!
//! # Source
//! Lei et al. 2018, "Simple Recurrent Units for Highly Parallelizable Recurrence"; Dozat and Manning 2017, "Deep
//! Biaffine Attention for Neural Dependency Parsing"; Kiperwasser and Goldberg 2016 for the sum in the relations' scores.

use super::feature::FEATURES;
use super::matrix::{Dense, Room, dot, quantise, run, whole};
use super::tree::Arcs;
use super::vector::Vectors;
use std::ops::Range;

/// What an activation of one is in whole numbers.
pub const UNIT: f32 = 512.0;

/// How far apart head and dependent can be and still be told apart by distance.
pub const DISTANCE_MAX: usize = 16;

/// Slope of [`rectify`] below zero.
pub const LEAK: f32 = 0.125;

/// Sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Length of a word's vector; half of it belongs to either direction.
    pub width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Length of the vectors that are compared to find heads.
    pub arc: usize,
    /// Length of the vectors that are added up to name relations.
    pub relation: usize,
}

impl Shape {
    /// Rows of one layer's matrix: candidate, forget gate and output gate in two directions.
    pub fn layer_rows(self) -> usize {
        self.width * 3
    }

    /// Rows of the matrix above the layers: as dependent and as head, for arcs and for relations.
    pub fn top_rows(self) -> usize {
        2 * (self.arc + self.relation)
    }
}

/// A network with its weights laid out for multiplying.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) shape: Shape,
    pub(super) vectors: Vectors,
    pub(super) layers: Vec<Dense>,
    /// Per layer, what a cell's past adds to its gates.
    pub(super) peeps: Vec<f32>,
    pub(super) top: Dense,
    pub(super) bilinear: Dense,
    pub(super) relation: Dense,
    pub(super) upos: Dense,
    pub(super) morph: Dense,
    /// The root as a head.
    pub(super) root: Vec<i16>,
    /// What distance adds to the score of an arc, see [`distance_bucket`].
    pub(super) distance: Vec<i32>,
}

/// What is used again from sentence to sentence.
#[derive(Debug, Default)]
pub(super) struct Activations {
    states: Vec<f32>,
    whole: Vec<i16>,
    before: Room,
    cell: Vec<f32>,
    top: Room,
    dependents: Vec<i16>,
    turned: Room,
    heads: Vec<i16>,
    sums: Vec<i16>,
    scores: Room,
    tokens: usize,
}

/// The place of an arc's distance in the table: dependents before and after their head, near and far.
#[inline(always)]
pub fn distance_bucket(dependent: usize, head: usize) -> usize {
    if dependent < head {
        (head - dependent).min(DISTANCE_MAX)
    } else {
        DISTANCE_MAX + (dependent - head).min(DISTANCE_MAX)
    }
}

/// Number of places in the table of distances; place 0 is the root's.
pub const DISTANCES: usize = 2 * DISTANCE_MAX + 1;

/// A hyperbolic tangent near enough, and the same on every processor.
#[inline(always)]
pub fn squash(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    let square = x * x;
    x * (27.0 + square) / (27.0 + 9.0 * square)
}

/// A logistic function near enough.
#[inline(always)]
pub fn gate(x: f32) -> f32 {
    0.5 + 0.5 * squash(0.5 * x)
}

/// Keeps what is above zero and little of what is below.
#[inline(always)]
pub fn rectify(x: f32) -> f32 {
    if x > 0.0 { x } else { LEAK * x }
}

impl Network {
    /// Reads a sentence of at least one word.
    pub(super) fn read(&self, bytes: &[u8], words: &[[u32; FEATURES]], space: &mut Activations) {
        space.tokens = words.len();
        run(Embed { network: self, bytes, words, space });
        let width = self.shape.width;
        for (layer, peeps) in self.layers.iter().zip(self.peeps.chunks_exact(2 * width)) {
            layer.apply(&space.whole, space.tokens, &mut space.before);
            run(Scan { width, peeps, space });
        }
    }

    /// The class of every word that scores best.
    pub(super) fn upos(&self, space: &mut Activations, classes: &mut Vec<u8>) {
        self.upos.apply(&space.whole, space.tokens, &mut space.scores);
        choose(&self.upos, &space.scores, classes);
    }

    /// The inflection that scores best of every word, among those of its class: `choices[class]`.
    pub(super) fn morphs(
        &self,
        classes: &[u8],
        choices: &[Range<usize>],
        space: &mut Activations,
        morphs: &mut Vec<Option<u16>>,
    ) {
        morphs.clear();
        morphs.resize(classes.len(), None);
        let width = self.shape.width;
        // Words of one class are multiplied together.
        for (class, choices) in choices.iter().enumerate().filter(|(_, choices)| !choices.is_empty()) {
            let words = || (0..classes.len()).filter(|&word| usize::from(classes[word]) == class);
            space.sums.clear();
            for word in words() {
                space.sums.extend_from_slice(&space.whole[word * width..(word + 1) * width]);
            }
            if space.sums.is_empty() {
                continue;
            }
            let (first, rows) = self.morph.some(choices.clone(), &space.sums, &mut space.scores);
            for (word, scores) in words().zip(space.scores.chunks_exact(rows)) {
                morphs[word] = u16::try_from(choices.start + best(&scores[first..][..choices.len()])).ok();
            }
        }
    }

    /// Scores of all arcs.
    pub(super) fn arcs(&self, space: &mut Activations, arcs: &mut Arcs) {
        self.top.apply(&space.whole, space.tokens, &mut space.top);
        run(Compare { network: self, space });
        self.bilinear.apply(&space.dependents, space.tokens, &mut space.turned);
        run(Score { network: self, space, arcs });
    }

    /// The relation that scores best of every token to its head (0 for the root, else the head's number from 1).
    pub(super) fn relations(&self, heads: &[u32], space: &mut Activations, labels: &mut Vec<u8>) {
        run(Sum { network: self, heads, space });
        self.relation.apply(&space.sums, heads.len(), &mut space.scores);
        choose(&self.relation, &space.scores, labels);
    }
}

/// The vectors of a sentence's words.
struct Embed<'a> {
    network: &'a Network,
    bytes: &'a [u8],
    words: &'a [[u32; FEATURES]],
    space: &'a mut Activations,
}

impl pulp::NullaryFnOnce for Embed<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Embed { network, bytes, words, space } = self;
        space.states.clear();
        for word in words {
            network.vectors.add(bytes, word, &mut space.states);
        }
        quantise(&space.states, UNIT, &mut space.whole);
    }
}

/// One layer's sequential part in both directions. A row of `before` holds candidate, forget gate and output gate of the
/// forward half, then those of the backward half.
struct Scan<'a> {
    width: usize,
    peeps: &'a [f32],
    space: &'a mut Activations,
}

impl pulp::NullaryFnOnce for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Scan { width, peeps, space: Activations { states, before, cell, whole, tokens, .. } } = self;
        let (half, tokens) = (width / 2, *tokens);
        for direction in [0, 1] {
            cell.clear();
            cell.resize(half, 0.0);
            let (forget_peeps, expose_peeps) = peeps[direction * width..][..width].split_at(half);
            for step in 0..tokens {
                let token = if direction == 0 { step } else { tokens - 1 - step };
                let row = &before[token * 3 * width + direction * 3 * half..][..3 * half];
                let (candidates, gates) = row.split_at(half);
                let (forget, expose) = gates.split_at(half);
                let states = &mut states[token * width + direction * half..][..half];
                let gates = candidates
                    .iter()
                    .zip(forget.iter().zip(forget_peeps))
                    .zip(expose.iter().zip(expose_peeps));
                for ((cell, state), ((candidate, forget), expose)) in cell.iter_mut().zip(states).zip(gates) {
                    let kept = gate(forget.0 + forget.1 * *cell);
                    let shown = gate(expose.0 + expose.1 * *cell);
                    *cell = candidate + kept * (*cell - candidate);
                    *state += shown * (squash(*cell) - *state);
                }
            }
        }
        quantise(states, UNIT, whole);
    }
}

/// The vectors of dependents and heads that are to be compared.
struct Compare<'a> {
    network: &'a Network,
    space: &'a mut Activations,
}

impl pulp::NullaryFnOnce for Compare<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Compare { network, space: Activations { top, dependents, heads, .. } } = self;
        let arc = network.shape.arc;
        dependents.clear();
        heads.clear();
        for row in top.chunks_exact(network.top.rows()) {
            dependents.extend(row[..arc].iter().map(|&x| whole(rectify(x), UNIT)));
            heads.extend(row[arc..2 * arc].iter().map(|&x| whole(rectify(x), UNIT)));
        }
    }
}

/// Every dependent with every head.
struct Score<'a> {
    network: &'a Network,
    space: &'a mut Activations,
    arcs: &'a mut Arcs,
}

impl pulp::NullaryFnOnce for Score<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Score { network, space: Activations { turned, dependents, heads, tokens, .. }, arcs } = self;
        let arc = network.shape.arc;
        quantise(turned, UNIT, dependents);
        arcs.tokens = *tokens;
        // Every place is written below.
        arcs.scores.resize(*tokens * (*tokens + 1), 0);
        let rows = arcs.scores.chunks_exact_mut(*tokens + 1);
        for ((token, dependent), row) in
            dependents.chunks_exact(network.bilinear.rows()).enumerate().zip(rows)
        {
            let dependent = &dependent[..arc];
            row[0] = dot(dependent, &network.root) + network.distance[0];
            for ((head, vector), score) in heads.chunks_exact(arc).enumerate().zip(&mut row[1..]) {
                *score = dot(dependent, vector) + network.distance[distance_bucket(token, head)];
            }
        }
    }
}

/// What a dependent and its head say together of their relation.
struct Sum<'a> {
    network: &'a Network,
    heads: &'a [u32],
    space: &'a mut Activations,
}

impl pulp::NullaryFnOnce for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Sum { network, heads, space: Activations { top, sums, .. } } = self;
        let Shape { arc, relation, .. } = network.shape;
        let rows = network.top.rows();
        sums.clear();
        for (token, &head) in heads.iter().enumerate() {
            let head = (head as usize).checked_sub(1).unwrap_or(token);
            let dependent = &top[token * rows + 2 * arc..][..relation];
            let head = &top[head * rows + 2 * arc + relation..][..relation];
            sums.extend(dependent.iter().zip(head).map(|(a, b)| whole(rectify(a + b), UNIT)));
        }
    }
}

/// The output that scores best, of every token.
fn choose(dense: &Dense, scores: &[f32], classes: &mut Vec<u8>) {
    classes.clear();
    classes.extend(scores.chunks_exact(dense.rows()).map(|scores| best(&scores[..dense.outputs()]) as u8));
}

/// The first of the greatest.
fn best(scores: &[f32]) -> usize {
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    // Several at a time, as processors like it.
    let (blocks, rest) = scores.as_chunks::<8>();
    let mut tops = [f32::MIN; 8];
    for block in blocks {
        tops.iter_mut().zip(block).for_each(|(top, &score)| *top = greater(*top, score));
    }
    let top = tops.iter().chain(rest).copied().fold(f32::MIN, greater);
    scores.iter().position(|&score| score == top).unwrap_or(0)
}
