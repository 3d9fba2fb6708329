//! Learns to parse: follows its own moves and asks which moves would still lose no arc of the true tree.

use super::Random;
use super::perceptron::Perceptron;
use super::treebank::Sample;
use annalist::syntax::model::{CLASSES_MAX, Parts};
use annalist::syntax::transition::{Move, State, View};
use indicatif::ProgressBar;

/// What a parser has learnt.
pub(crate) struct Tables {
    /// Weights of moves.
    pub(crate) moves: Perceptron,
    /// Weights of labels.
    pub(crate) labels: Perceptron,
}

/// A parser that has read `samples`, tagged by `tags`, so many times.
pub(crate) fn train(
    samples: &[Sample],
    tags: &[Vec<u8>],
    rounds: usize,
    parts: &Parts,
    seed: u64,
    progress: &ProgressBar,
) -> Tables {
    let mut tables = Tables { moves: Perceptron::new(3), labels: Perceptron::new(parts.labels.len()) };
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut state = State::default();
    for round in 0..rounds {
        random.shuffle(&mut order);
        for &n in &order {
            let view = View::new(&samples[n].words, &tags[n]);
            // The first round keeps to the true tree, later ones stray from it as the parser will.
            let stray = |random: &mut Random| round > 0 && random.below(10) > 0;
            tables.read(&samples[n], view, &mut state, || stray(&mut random));
            progress.inc(1);
        }
    }
    tables
}

impl Tables {
    fn read(&mut self, sample: &Sample, view: View<'_>, state: &mut State, mut stray: impl FnMut() -> bool) {
        state.start(sample.heads.len() - 1);
        let mut scores = [0; 3];
        while !state.is_done() {
            let features = state.move_features(view);
            self.moves.score(&features, &mut scores);
            let (allowed, costs) = (state.allowed(), costs(state, &sample.heads));
            let options = || (0..3).filter(|&n| allowed[n]);
            let chosen = options().max_by_key(|&n| scores[n]).unwrap_or(0);
            let right = options().min_by_key(|&n| (costs[n], -scores[n])).unwrap_or(0);
            self.moves.step();
            let wrong = costs[chosen] > costs[right];
            if wrong {
                self.moves.update(&features, right, chosen);
            }
            let taken = Move::ALL[if wrong && !stray() { right } else { chosen }];
            let label = state.arc(taken).map_or(0, |arc| self.label(sample, view, state, arc));
            state.apply(taken, label);
        }
    }

    /// Learns the label of an arc if the arc is true, and says what the parser would call it.
    fn label(&mut self, sample: &Sample, view: View<'_>, state: &State, arc: (usize, usize)) -> u8 {
        let (head, dependent) = arc;
        if head == 0 {
            return 0;
        }
        let features = state.label_features(view, head, dependent);
        let mut scores = [0; CLASSES_MAX];
        let chosen = choose(&mut self.labels, &features, &mut scores);
        if sample.heads[dependent] == head {
            self.labels.step();
            let right = usize::from(sample.labels[dependent]);
            if chosen != right {
                self.labels.update(&features, right, chosen);
            }
        }
        chosen as u8
    }
}

/// The best class, the first of equals.
pub(crate) fn choose(perceptron: &mut Perceptron, features: &[u64], scores: &mut [i32]) -> usize {
    let classes = perceptron.classes();
    perceptron.score(features, &mut scores[..classes]);
    (0..classes).max_by_key(|&n| (scores[n], std::cmp::Reverse(n))).unwrap_or(0)
}

/// How many true arcs each move would lose for good.
///
/// # Source
/// Goldberg and Nivre 2013, "Training Deterministic Parsers with Non-Deterministic Oracles", section 5.
fn costs(state: &State, heads: &[usize]) -> [usize; 3] {
    let (stack, next, len) = (state.stack(), state.next(), heads.len());
    let mut costs = [0; 3];
    let [below @ .., top] = stack else { return costs };
    let top = *top as usize;
    if next < len {
        let children = stack.iter().filter(|&&t| t != 0 && heads[t as usize] == next).count();
        let head = usize::from(below.contains(&(heads[next] as u32)));
        costs[Move::Shift as usize] = children + head;
    }
    if let Some(&second) = below.last() {
        let children = (next..len).filter(|&t| heads[t] == top).count();
        let head = heads[top];
        let lost_by_left = head == second as usize || (head > next && head < len);
        costs[Move::Left as usize] = children + usize::from(lost_by_left);
        costs[Move::Right as usize] = children + usize::from(head >= next && head < len);
    }
    costs
}
