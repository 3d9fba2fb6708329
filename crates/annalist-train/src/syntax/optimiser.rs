//! Adam: every number moves by its own pace.

use super::network::{Gradient, Plan, Weights};

const KEEP: f32 = 0.9;
const KEEP_SQUARES: f32 = 0.98;
const LEAST: f32 = 1e-8;

/// Longest gradient over all dense numbers; a longer one is cut.
const LENGTH_MAX: f32 = 5.0;

/// Moving averages of gradients and of their squares.
pub(crate) struct Adam {
    dense: Vec<(f32, f32)>,
    vectors: Vec<(f32, f32)>,
    width: usize,
    steps: i32,
}

impl Adam {
    /// No averages yet.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut weights = Weights::zero(plan);
        Adam {
            dense: vec![(0.0, 0.0); weights.dense().count()],
            vectors: vec![(0.0, 0.0); weights.vectors.len()],
            width: plan.shape.width,
            steps: 0,
        }
    }

    /// Moves the weights against the sum of the gradients, shared by their tokens.
    pub(crate) fn step(&mut self, weights: &mut Weights, gradients: &mut [Gradient], rate: f32) {
        self.steps += 1;
        let tokens: usize = gradients.iter().map(|g| g.tally.tokens).sum();
        let share = 1.0 / tokens.max(1) as f32;
        let (first, others) = gradients.split_at_mut(1);
        let Some(sum) = first.first_mut() else { return };
        for other in others.iter_mut() {
            sum.weights.dense().zip(other.weights.dense()).for_each(|(sum, other)| *sum += *other);
        }
        let length = sum.weights.dense().map(|g| *g * share * *g * share).sum::<f32>().sqrt();
        let cut = share * (LENGTH_MAX / length.max(LENGTH_MAX));
        let pace = rate * (1.0 - KEEP_SQUARES.powi(self.steps)).sqrt() / (1.0 - KEEP.powi(self.steps));
        for ((weight, gradient), average) in weights.dense().zip(sum.weights.dense()).zip(&mut self.dense) {
            follow(weight, *gradient * cut, average, pace);
        }

        let mut touched: Vec<u32> = first.iter().chain(&*others).flat_map(|g| &g.touched).copied().collect();
        touched.sort_unstable();
        touched.dedup();
        for row in touched {
            let cells = row as usize * self.width..(row as usize + 1) * self.width;
            for cell in cells {
                let gradient: f32 = first.iter().chain(&*others).map(|g| g.weights.vectors[cell]).sum();
                follow(&mut weights.vectors[cell], gradient * share, &mut self.vectors[cell], pace);
            }
        }
    }
}

fn follow(weight: &mut f32, gradient: f32, (mean, square): &mut (f32, f32), pace: f32) {
    *mean = KEEP * *mean + (1.0 - KEEP) * gradient;
    *square = KEEP_SQUARES * *square + (1.0 - KEEP_SQUARES) * gradient * gradient;
    *weight -= pace * *mean / (square.sqrt() + LEAST);
}
