//! The network while it learns: the same sums as in the engine, in fractions, and how a loss flows back through them.

use super::Random;
use super::product::{LANES, add_product, transposed};
use super::treebank::{ROWS, Sample};
use annalist::syntax::feature::WORD;
use annalist::syntax::network::{DISTANCES, LEAK, Shape, distance_bucket, gate, rectify, squash};

/// Sizes of a network and of what it tells apart.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Sizes of the network.
    pub(crate) shape: Shape,
    /// Number of vectors.
    pub(crate) vectors: usize,
    /// Numbers of word classes, relations and inflections.
    pub(crate) upos: usize,
    pub(crate) labels: usize,
    pub(crate) morphs: usize,
    /// Share of the activations that is hidden while learning.
    pub(crate) dropout: f32,
}

impl Plan {
    /// Inputs and outputs of the matrices, with outputs rounded up.
    fn sizes(&self) -> Vec<(usize, usize)> {
        let sizes = annalist::syntax::model::matrix_sizes(self.shape, self.upos, self.labels, self.morphs);
        sizes.into_iter().map(|(inputs, outputs)| (inputs, outputs.next_multiple_of(LANES))).collect()
    }
}

/// A matrix with what is added to its products.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// `[input][output]`.
    pub(crate) weights: Vec<f32>,
    pub(crate) biases: Vec<f32>,
}

impl Linear {
    fn zero((inputs, outputs): (usize, usize)) -> Self {
        Linear { inputs, outputs, weights: vec![0.0; inputs * outputs], biases: vec![0.0; outputs] }
    }

    fn apply(&self, input: &[f32]) -> Vec<f32> {
        let mut output = self.biases.repeat(input.len() / self.inputs);
        add_product(input, &self.weights, &mut output, self.inputs, self.outputs);
        output
    }

    /// Adds to the gradient of this matrix, and gives that of its input. `turned` is the matrix transposed.
    fn back(&mut self, input: &[f32], loss: &[f32], turned: &[f32]) -> Vec<f32> {
        let rows = input.len() / self.inputs;
        let mut columns = Vec::new();
        transposed(input, self.inputs, rows, &mut columns);
        add_product(&columns, loss, &mut self.weights, rows, self.outputs);
        for row in loss.chunks_exact(self.outputs) {
            self.biases.iter_mut().zip(row).for_each(|(bias, loss)| *bias += loss);
        }
        let mut back = vec![0.0; input.len()];
        add_product(loss, turned, &mut back, self.outputs, self.inputs);
        back
    }
}

/// All numbers of a network, or the gradient of each.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// Vectors, row by row.
    pub(crate) vectors: Vec<f32>,
    /// Matrices in the order of [`annalist::syntax::model::matrix_sizes`].
    pub(crate) matrices: Vec<Linear>,
    /// Per layer, what a cell's past adds to its gates.
    pub(crate) peeps: Vec<Vec<f32>>,
    pub(crate) root: Vec<f32>,
    pub(crate) distance: Vec<f32>,
}

impl Weights {
    /// All zero.
    pub(crate) fn zero(plan: &Plan) -> Self {
        Weights {
            vectors: vec![0.0; plan.vectors * plan.shape.width],
            matrices: plan.sizes().into_iter().map(Linear::zero).collect(),
            peeps: vec![vec![0.0; 2 * plan.shape.width]; plan.shape.layers],
            root: vec![0.0; plan.shape.arc],
            distance: vec![0.0; DISTANCES],
        }
    }

    /// Small random numbers.
    pub(crate) fn random(plan: &Plan, random: &mut Random) -> Self {
        let mut weights = Weights::zero(plan);
        let mut fill = |numbers: &mut [f32], bound: f32| {
            numbers.iter_mut().for_each(|n| *n = (random.fraction() * 2.0 - 1.0) * bound);
        };
        fill(&mut weights.vectors, 0.3);
        for matrix in &mut weights.matrices {
            let bound = (6.0 / (matrix.inputs + matrix.outputs) as f32).sqrt();
            fill(&mut matrix.weights, bound);
        }
        fill(&mut weights.root, 0.1);
        // Gates that let the past through at first.
        let half = plan.shape.width / 2;
        for layer in &mut weights.matrices[..plan.shape.layers] {
            for direction in 0..2 {
                layer.biases[(3 * direction + 1) * half..][..half].fill(1.0);
            }
        }
        weights
    }

    /// Everything but the vectors, in one order.
    pub(crate) fn dense(&mut self) -> impl Iterator<Item = &mut f32> {
        let matrices = self.matrices.iter_mut().flat_map(|m| m.weights.iter_mut().chain(m.biases.iter_mut()));
        let peeps = self.peeps.iter_mut().flatten();
        matrices.chain(peeps).chain(self.root.iter_mut()).chain(self.distance.iter_mut())
    }

    /// The matrices with rows and columns exchanged.
    pub(crate) fn turned(&self) -> Vec<Vec<f32>> {
        let turn = |m: &Linear| {
            let mut out = Vec::new();
            transposed(&m.weights, m.outputs, m.inputs, &mut out);
            out
        };
        self.matrices.iter().map(turn).collect()
    }
}

/// What was right of a shard, and how far off the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) tokens: usize,
    pub(crate) heads: usize,
    pub(crate) loss: f32,
}

/// Gradient of some sentences.
pub(crate) struct Gradient {
    pub(crate) weights: Weights,
    /// Rows of the vectors that have a gradient.
    pub(crate) touched: Vec<u32>,
    pub(crate) tally: Tally,
}

impl Gradient {
    /// All zero.
    pub(crate) fn new(plan: &Plan) -> Self {
        Gradient { weights: Weights::zero(plan), touched: Vec::new(), tally: Tally::default() }
    }

    /// Zero again.
    pub(crate) fn clear(&mut self, width: usize) {
        self.weights.dense().for_each(|n| *n = 0.0);
        for row in self.touched.drain(..) {
            self.weights.vectors[row as usize * width..][..width].fill(0.0);
        }
        self.tally = Tally::default();
    }
}

/// A network that learns.
pub(crate) struct Learner<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) weights: &'a Weights,
    /// Of [`Weights::turned`].
    pub(crate) turned: &'a [Vec<f32>],
    /// How often a vector's feature occurs in the treebanks.
    pub(crate) counts: &'a [u32],
}

impl Learner<'_> {
    /// Adds the gradient of the loss over some sentences.
    pub(crate) fn learn(&self, samples: &[&Sample], random: &mut Random, gradient: &mut Gradient) {
        let Shape { width, layers, arc, relation } = self.plan.shape;
        let tokens: usize = samples.iter().map(|s| s.rows.len()).sum();
        let rows = self.rows(samples, random);

        // Forward.
        let mut states = vec![0.0f32; tokens * width];
        for (state, rows) in states.chunks_exact_mut(width).zip(&rows) {
            for &row in rows {
                let vector = &self.weights.vectors[row as usize * width..][..width];
                state.iter_mut().zip(vector).for_each(|(s, v)| *s += v);
            }
        }
        let mut inputs = Vec::new();
        let mut befores = Vec::new();
        let mut cells = Vec::new();
        let mut masks = Vec::new();
        for (layer, peeps) in self.weights.matrices[..layers].iter().zip(&self.weights.peeps) {
            let mask = self.mask(samples, width, random);
            hide(&mut states, &mask);
            let before = layer.apply(&states);
            let (above, cell) = scan(&states, &before, peeps, width, samples);
            inputs.push(std::mem::replace(&mut states, above));
            befores.push(before);
            cells.push(cell);
            masks.push(mask);
        }
        let state_mask = self.mask(samples, width, random);
        hide(&mut states, &state_mask);
        let [top_at, bilinear_at, relation_at, upos_at, morph_at] = [0, 1, 2, 3, 4].map(|n| layers + n);
        let matrices = &self.weights.matrices;
        let top = matrices[top_at].apply(&states);
        let top_rows = matrices[top_at].outputs;
        let mut d_states = vec![0.0f32; states.len()];
        let mut d_top = vec![0.0f32; top.len()];

        // Word classes.
        let scores = matrices[upos_at].apply(&states);
        let golds: Vec<Option<usize>> =
            samples.iter().flat_map(|s| &s.upos).map(|&class| Some(usize::from(class))).collect();
        let (d_scores, loss) = softmax(&scores, matrices[upos_at].outputs, &golds, |_| 0..self.plan.upos);
        gradient.tally.loss += loss;
        add(
            &mut d_states,
            &gradient.weights.matrices[upos_at].back(&states, &d_scores, &self.turned[upos_at]),
        );

        // Inflections, among those of the right class.
        let scores = matrices[morph_at].apply(&states);
        let golds: Vec<Option<usize>> = samples.iter().flat_map(|s| &s.morphs).map(|m| m.gold).collect();
        let choices: Vec<_> = samples.iter().flat_map(|s| &s.morphs).map(|m| m.choices.clone()).collect();
        let (d_scores, loss) = softmax(&scores, matrices[morph_at].outputs, &golds, |n| choices[n].clone());
        gradient.tally.loss += loss;
        add(
            &mut d_states,
            &gradient.weights.matrices[morph_at].back(&states, &d_scores, &self.turned[morph_at]),
        );

        // Heads.
        let arc_mask = self.mask(samples, 2 * arc, random);
        let mut dependents = Vec::with_capacity(tokens * arc);
        let mut heads = Vec::with_capacity(tokens * arc);
        for (row, mask) in top.chunks_exact(top_rows).zip(arc_mask.chunks_exact(2 * arc)) {
            dependents.extend(row[..arc].iter().zip(mask).map(|(&x, m)| rectify(x) * m));
            heads.extend(row[arc..2 * arc].iter().zip(&mask[arc..]).map(|(&x, m)| rectify(x) * m));
        }
        let turned_dependents = matrices[bilinear_at].apply(&dependents);
        let mut d_turned = vec![0.0f32; turned_dependents.len()];
        let mut d_heads = vec![0.0f32; heads.len()];
        let mut first = 0;
        for sample in samples {
            let range = first * arc..(first + sample.rows.len()) * arc;
            self.arcs(
                sample,
                &turned_dependents[range.clone()],
                &heads[range.clone()],
                &mut d_turned[range.clone()],
                &mut d_heads[range],
                gradient,
            );
            first += sample.rows.len();
        }
        let d_dependents =
            gradient.weights.matrices[bilinear_at].back(&dependents, &d_turned, &self.turned[bilinear_at]);
        for (n, (d_row, row)) in d_top.chunks_exact_mut(top_rows).zip(top.chunks_exact(top_rows)).enumerate()
        {
            let mask = &arc_mask[n * 2 * arc..][..2 * arc];
            for cell in 0..arc {
                d_row[cell] += d_dependents[n * arc + cell] * mask[cell] * slope(row[cell]);
                d_row[arc + cell] += d_heads[n * arc + cell] * mask[arc + cell] * slope(row[arc + cell]);
            }
        }

        // Relations to the right heads.
        let relation_mask = self.mask(samples, relation, random);
        let mut sums = Vec::with_capacity(tokens * relation);
        let mut head_rows = Vec::with_capacity(tokens);
        let mut golds = Vec::with_capacity(tokens);
        let mut first = 0;
        for sample in samples {
            for (n, (&head, &label)) in sample.heads.iter().zip(&sample.labels).enumerate() {
                let dependent = first + n;
                let head_row = head.checked_sub(1).map_or(dependent, |head| first + head);
                head_rows.push(head_row);
                golds.push((head > 0).then_some(usize::from(label)));
                let from = &top[dependent * top_rows + 2 * arc..][..relation];
                let to = &top[head_row * top_rows + 2 * arc + relation..][..relation];
                let mask = &relation_mask[dependent * relation..];
                sums.extend(from.iter().zip(to).zip(mask).map(|((a, b), m)| rectify(a + b) * m));
            }
            first += sample.rows.len();
        }
        let scores = matrices[relation_at].apply(&sums);
        let (d_scores, loss) =
            softmax(&scores, matrices[relation_at].outputs, &golds, |_| 0..self.plan.labels);
        gradient.tally.loss += loss;
        let d_sums = gradient.weights.matrices[relation_at].back(&sums, &d_scores, &self.turned[relation_at]);
        for (dependent, &head) in head_rows.iter().enumerate() {
            for cell in 0..relation {
                let (from, to) =
                    (dependent * top_rows + 2 * arc + cell, head * top_rows + 2 * arc + relation + cell);
                let at = dependent * relation + cell;
                let d = d_sums[at] * relation_mask[at] * slope(top[from] + top[to]);
                d_top[from] += d;
                d_top[to] += d;
            }
        }
        add(&mut d_states, &gradient.weights.matrices[top_at].back(&states, &d_top, &self.turned[top_at]));

        // Back through the layers.
        hide(&mut d_states, &state_mask);
        for layer in (0..layers).rev() {
            let (d_before, mut d_input) = scan_back(
                &Scanned {
                    input: &inputs[layer],
                    before: &befores[layer],
                    cells: &cells[layer],
                    peeps: &self.weights.peeps[layer],
                },
                &d_states,
                &mut gradient.weights.peeps[layer],
                width,
                samples,
            );
            add(
                &mut d_input,
                &gradient.weights.matrices[layer].back(&inputs[layer], &d_before, &self.turned[layer]),
            );
            hide(&mut d_input, &masks[layer]);
            d_states = d_input;
        }
        for (d_state, rows) in d_states.chunks_exact(width).zip(&rows) {
            for &row in rows {
                gradient.touched.push(row);
                add(&mut gradient.weights.vectors[row as usize * width..][..width], d_state);
            }
        }
        gradient.tally.tokens += tokens;
    }

    /// The rows of every token's features; words that are rare are sometimes hidden, so that the network learns what
    /// to make of unknown ones.
    fn rows(&self, samples: &[&Sample], random: &mut Random) -> Vec<[u32; ROWS]> {
        let hidden = |row: u32, random: &mut Random| {
            let count = self.counts[row as usize] as f32;
            self.plan.dropout > 0.0 && random.fraction() < 0.3 / (0.3 + count)
        };
        let all = samples.iter().flat_map(|s| &s.rows);
        all.map(|rows| {
            let mut rows = *rows;
            if hidden(rows[WORD], random) {
                rows[WORD] = WORD as u32;
            }
            rows
        })
        .collect()
    }

    /// One mask for all tokens of a sentence.
    fn mask(&self, samples: &[&Sample], width: usize, random: &mut Random) -> Vec<f32> {
        let keep = 1.0 - self.plan.dropout;
        let mut masks = Vec::new();
        for sample in samples {
            let mask: Vec<f32> =
                (0..width).map(|_| if random.fraction() < keep { 1.0 / keep } else { 0.0 }).collect();
            masks.extend(mask.repeat(sample.rows.len()));
        }
        masks
    }

    fn arcs(
        &self,
        sample: &Sample,
        dependents: &[f32],
        heads: &[f32],
        d_dependents: &mut [f32],
        d_heads: &mut [f32],
        gradient: &mut Gradient,
    ) {
        let arc = self.plan.shape.arc;
        let tokens = sample.rows.len();
        let columns = (tokens + 1).next_multiple_of(LANES);
        let mut with_root = self.weights.root.clone();
        with_root.extend_from_slice(heads);
        let mut turned = Vec::new();
        transposed(&with_root, arc, columns, &mut turned);
        let mut scores = vec![0.0; tokens * columns];
        add_product(dependents, &turned, &mut scores, arc, columns);
        let bucket = |token: usize, head: usize| head.checked_sub(1).map_or(0, |h| distance_bucket(token, h));
        for (token, row) in scores.chunks_exact_mut(columns).enumerate() {
            for (head, score) in row[..=tokens].iter_mut().enumerate() {
                *score += self.weights.distance[bucket(token, head)];
            }
            row[token + 1] = f32::MIN;
        }
        let golds: Vec<Option<usize>> = sample.heads.iter().map(|&head| Some(head)).collect();
        let (d_scores, loss) = softmax(&scores, columns, &golds, |_| 0..tokens + 1);
        gradient.tally.loss += loss;
        for (token, row) in scores.chunks_exact(columns).enumerate() {
            let best = (0..=tokens).fold(0, |best, n| if row[n] > row[best] { n } else { best });
            gradient.tally.heads += usize::from(best == sample.heads[token]);
            for head in 0..=tokens {
                gradient.weights.distance[bucket(token, head)] += d_scores[token * columns + head];
            }
        }
        with_root.resize(columns * arc, 0.0);
        add_product(&d_scores, &with_root, d_dependents, columns, arc);
        transposed(&d_scores, columns, tokens, &mut turned);
        let mut d_with_root = vec![0.0; columns * arc];
        add_product(&turned, dependents, &mut d_with_root, tokens, arc);
        add(&mut gradient.weights.root, &d_with_root[..arc]);
        add(d_heads, &d_with_root[arc..(tokens + 1) * arc]);
    }
}

fn slope(x: f32) -> f32 {
    if x > 0.0 { 1.0 } else { LEAK }
}

fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

fn hide(activations: &mut [f32], mask: &[f32]) {
    activations.iter_mut().zip(mask).for_each(|(a, m)| *a *= m);
}

/// Gradient of the scores, and the loss, where one of some classes is right; rows without a right one lose nothing.
///
/// Exponentials are those of the `libm` crate: the system's differ from machine to machine in the last bit.
fn softmax(
    scores: &[f32],
    columns: usize,
    golds: &[Option<usize>],
    choices: impl Fn(usize) -> std::ops::Range<usize>,
) -> (Vec<f32>, f32) {
    let mut gradient = vec![0.0f32; scores.len()];
    let mut loss = 0.0;
    for (n, gold) in golds.iter().enumerate() {
        let Some(gold) = *gold else { continue };
        let choices = choices(n);
        let row = &scores[n * columns..][choices.clone()];
        let most = row.iter().copied().fold(f32::MIN, f32::max);
        let out = &mut gradient[n * columns..][choices.clone()];
        out.iter_mut().zip(row).for_each(|(out, score)| *out = libm::expf(score - most));
        let sum: f32 = out.iter().sum();
        out.iter_mut().for_each(|p| *p /= sum);
        loss -= libm::logf(out[gold - choices.start].max(1e-9));
        out[gold - choices.start] -= 1.0;
    }
    (gradient, loss)
}

/// What the engine's layers find, with the cells that their gradient needs.
fn scan(
    input: &[f32],
    before: &[f32],
    peeps: &[f32],
    width: usize,
    samples: &[&Sample],
) -> (Vec<f32>, Vec<f32>) {
    let half = width / 2;
    let mut output = vec![0.0; input.len()];
    let mut cells = vec![0.0; input.len()];
    each_step(samples, |direction, token, previous| {
        let before = &before[token * 3 * width + direction * 3 * half..][..3 * half];
        let (forget_peeps, expose_peeps) = peeps[direction * width..][..width].split_at(half);
        for n in 0..half {
            let at = token * width + direction * half + n;
            let past = previous.map_or(0.0, |p| cells[p * width + direction * half + n]);
            let kept = gate(before[half + n] + forget_peeps[n] * past);
            let shown = gate(before[2 * half + n] + expose_peeps[n] * past);
            cells[at] = before[n] + kept * (past - before[n]);
            output[at] = input[at] + shown * (squash(cells[at]) - input[at]);
        }
    });
    (output, cells)
}

/// What a layer read and found.
struct Scanned<'a> {
    input: &'a [f32],
    before: &'a [f32],
    cells: &'a [f32],
    peeps: &'a [f32],
}

/// Gradients of what came before the gates and of the input.
fn scan_back(
    scanned: &Scanned<'_>,
    d_output: &[f32],
    d_peeps: &mut [f32],
    width: usize,
    samples: &[&Sample],
) -> (Vec<f32>, Vec<f32>) {
    let Scanned { input, before, cells, peeps } = *scanned;
    let half = width / 2;
    let mut d_before = vec![0.0; before.len()];
    let mut d_input = vec![0.0; input.len()];
    let mut d_cells = vec![0.0; input.len()];
    let mut steps = Vec::new();
    each_step(samples, |direction, token, previous| steps.push((direction, token, previous)));
    for (direction, token, previous) in steps.into_iter().rev() {
        let start = token * 3 * width + direction * 3 * half;
        for n in 0..half {
            let at = token * width + direction * half + n;
            let before_at = previous.map(|p| p * width + direction * half + n);
            let past = before_at.map_or(0.0, |at| cells[at]);
            let (forget_peep, expose_peep) = (direction * width + n, direction * width + half + n);
            let candidate = before[start + n];
            let forget = before[start + half + n] + peeps[forget_peep] * past;
            let expose = before[start + 2 * half + n] + peeps[expose_peep] * past;
            let (kept, shown, squashed) = (gate(forget), gate(expose), squash(cells[at]));
            let d = d_output[at];
            d_input[at] += d * (1.0 - shown);
            let d_expose = d * (squashed - input[at]) * gate_slope(expose);
            let d_cell = d_cells[at] + d * shown * squash_slope(cells[at]);
            let d_forget = d_cell * (past - candidate) * gate_slope(forget);
            d_before[start + n] = d_cell * (1.0 - kept);
            d_before[start + half + n] = d_forget;
            d_before[start + 2 * half + n] = d_expose;
            d_peeps[forget_peep] += d_forget * past;
            d_peeps[expose_peep] += d_expose * past;
            if let Some(before_at) = before_at {
                d_cells[before_at] +=
                    d_cell * kept + d_forget * peeps[forget_peep] + d_expose * peeps[expose_peep];
            }
        }
    }
    (d_before, d_input)
}

/// Calls for every token in either direction, with the token read before it.
fn each_step(samples: &[&Sample], mut step: impl FnMut(usize, usize, Option<usize>)) {
    let mut first = 0;
    for sample in samples {
        let end = first + sample.rows.len();
        for token in first..end {
            step(0, token, (token > first).then(|| token - 1));
        }
        for token in (first..end).rev() {
            step(1, token, (token + 1 < end).then_some(token + 1));
        }
        first = end;
    }
}

fn squash_slope(x: f32) -> f32 {
    if x.abs() >= 3.0 {
        return 0.0;
    }
    let square = x * x;
    let below = 27.0 + 9.0 * square;
    // Of x (27 + x²) / (27 + 9 x²).
    ((27.0 + 3.0 * square) * below - (27.0 + square) * 18.0 * square) / (below * below)
}

fn gate_slope(x: f32) -> f32 {
    0.25 * squash_slope(0.5 * x)
}

#[cfg(test)]
mod tests {
    use super::super::treebank::Morph;
    use super::*;

    fn plan() -> Plan {
        let shape = Shape { width: 16, layers: 2, arc: 16, relation: 16 };
        Plan { shape, vectors: 20, upos: 3, labels: 4, morphs: 5, dropout: 0.0 }
    }

    fn sample(tokens: usize, random: &mut Random) -> Sample {
        let mut below = |limit: usize| random.below(limit as u64) as usize;
        Sample {
            rows: (0..tokens).map(|_| [0; ROWS].map(|_| below(20) as u32)).collect(),
            upos: (0..tokens).map(|_| below(3) as u8).collect(),
            morphs: (0..tokens).map(|_| Morph { gold: Some(1 + below(2)), choices: 1..3 }).collect(),
            heads: (0..tokens).map(|t| if t == 1 { 0 } else { 2 }).collect(),
            labels: (0..tokens).map(|_| below(4) as u8).collect(),
        }
    }

    /// The gradient says how the loss changes when one number changes a little.
    #[test]
    fn gradients_are_slopes() {
        let plan = plan();
        let mut random = Random::new(3);
        let mut weights = Weights::random(&plan, &mut random);
        weights.dense().for_each(|n| *n += 0.3 * (random.fraction() - 0.5));
        let samples = [sample(5, &mut random), sample(3, &mut random)];
        let samples: Vec<&Sample> = samples.iter().collect();
        let reckon = |weights: &Weights| {
            let turned = weights.turned();
            let learner = Learner { plan: &plan, weights, turned: &turned, counts: &[9; 20] };
            let mut gradient = Gradient::new(&plan);
            learner.learn(&samples, &mut Random::new(1), &mut gradient);
            gradient
        };
        let mut gradient = reckon(&weights);
        let slopes: Vec<f32> = gradient.weights.dense().map(|g| *g).collect();
        let step = 2e-2;
        let check = |what: &str, place: usize, slope: f32, change: &dyn Fn(&mut Weights, f32)| {
            let loss = |by: f32| {
                let mut changed = weights.clone();
                change(&mut changed, by);
                reckon(&changed).tally.loss
            };
            let found = (loss(step) - loss(-step)) / (2.0 * step);
            assert!((found - slope).abs() < 0.02 + 0.05 * slope.abs(), "{what} {place}: {found} and {slope}");
        };
        for place in (0..slopes.len()).step_by(37) {
            check("number", place, slopes[place], &|weights, by| {
                weights.dense().skip(place).take(1).for_each(|n| *n += by);
            });
        }
        for place in (0..weights.vectors.len()).step_by(11) {
            let slope = gradient.weights.vectors[place];
            check("vector", place, slope, &|weights, by| weights.vectors[place] += by);
        }
    }
}
