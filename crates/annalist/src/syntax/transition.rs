//! The arc-hybrid transition system: how a tree grows move by move, and what the parser sees of it.

use super::feature::{PADS, WordFeatures, one, three, two};

/// Number of features per choice of a move.
pub const MOVE_FEATURES: usize = 60;

/// Number of features per choice of a label.
pub const LABEL_FEATURES: usize = 27;

/// Tag of the root and of what lies outside the sentence; above every real tag.
pub const NO_TAG: u8 = 63;

const NONE: u32 = u32::MAX;

/// A move of the parser.
///
/// # Source
/// Kuhlmann, Gómez-Rodríguez and Satta 2011, "Dynamic Programming Algorithms for Transition-Based
/// Dependency Parsers".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The next token goes onto the stack.
    Shift,
    /// The top of the stack becomes a dependent of the next token.
    Left,
    /// The top of the stack becomes a dependent of the one below it.
    Right,
}

impl Move {
    /// Every move, in the order of the model's lanes.
    pub const ALL: [Move; 3] = [Move::Shift, Move::Left, Move::Right];
}

#[derive(Clone, Copy, Debug)]
struct Node {
    head: u32,
    label: u8,
    left_count: u8,
    right_count: u8,
    // Outermost first: the last one attached, the one before.
    left: [u32; 2],
    right: [u32; 2],
}

const BARE: Node =
    Node { head: NONE, label: 0, left_count: 0, right_count: 0, left: [NONE; 2], right: [NONE; 2] };

/// A half-built tree. Tokens count from 1; 0 is the root, which takes one dependent, at the very end.
#[derive(Clone, Debug, Default)]
pub struct State {
    stack: Vec<u32>,
    next: u32,
    nodes: Vec<Node>,
}

impl State {
    /// Forgets everything and starts a sentence.
    pub fn start(&mut self, tokens: usize) {
        self.stack.clear();
        self.stack.push(0);
        self.next = 1;
        self.nodes.clear();
        self.nodes.resize(tokens + 1, BARE);
    }

    /// Whether every token has its head.
    pub fn is_done(&self) -> bool {
        self.waiting() == 0 && self.stack.len() == 1
    }

    /// Which moves keep the tree a tree; at least one until it is done.
    pub fn allowed(&self) -> [bool; 3] {
        let holds = self.stack.len() >= 2;
        let waiting = self.waiting() > 0;
        [waiting, holds && waiting, holds && (self.stack.len() > 2 || !waiting)]
    }

    /// Head and dependent that a move would join.
    pub fn arc(&self, choice: Move) -> Option<(usize, usize)> {
        let top = self.nth_of_stack(0)? as usize;
        match choice {
            Move::Shift => None,
            Move::Left => Some((self.next as usize, top)),
            Move::Right => Some((self.nth_of_stack(1)? as usize, top)),
        }
    }

    /// Makes an allowed move.
    pub fn apply(&mut self, choice: Move, label: u8) {
        match self.arc(choice) {
            None => {
                self.stack.push(self.next);
                self.next += 1;
            }
            Some((head, dependent)) => {
                self.stack.pop();
                self.join(head, dependent, label);
            }
        }
    }

    fn join(&mut self, head: usize, dependent: usize, label: u8) {
        self.nodes[dependent].head = head as u32;
        self.nodes[dependent].label = label;
        let node = &mut self.nodes[head];
        if dependent < head {
            node.left = [dependent as u32, node.left[0]];
            node.left_count = node.left_count.saturating_add(1);
        } else {
            node.right = [dependent as u32, node.right[0]];
            node.right_count = node.right_count.saturating_add(1);
        }
    }

    /// Head of a token; 0 is the root.
    pub fn head(&self, token: usize) -> usize {
        match self.nodes[token].head {
            NONE => 0,
            head => head as usize,
        }
    }

    /// Label of the arc to a token's head.
    pub fn label(&self, token: usize) -> u8 {
        self.nodes[token].label
    }

    /// The stack, its top last.
    pub fn stack(&self) -> &[u32] {
        &self.stack
    }

    /// The first token that was not shifted yet.
    pub fn next(&self) -> usize {
        self.next as usize
    }

    fn waiting(&self) -> usize {
        self.nodes.len() - self.next as usize
    }

    #[inline(always)]
    fn nth_of_stack(&self, n: usize) -> Option<u32> {
        self.stack.len().checked_sub(n + 1).map(|at| self.stack[at])
    }
}

/// A sentence as the parser sees it: words with [`PADS`] pads at either end, tags with that of the root.
#[derive(Clone, Copy)]
pub struct View<'s> {
    words: &'s [WordFeatures],
    tags: &'s [u8],
}

impl<'s> View<'s> {
    /// Pairs words and tags: `tags[0]` is [`NO_TAG`] for the root.
    ///
    /// # Panics
    /// When their numbers do not agree.
    pub fn new(words: &'s [WordFeatures], tags: &'s [u8]) -> Self {
        assert_eq!(words.len() + 1, tags.len() + 2 * PADS, "one tag per word and one for the root");
        View { words, tags }
    }

    #[inline(always)]
    fn word(self, token: u32) -> u32 {
        self.words.get((token as usize).wrapping_add(PADS - 1)).map_or(7, |w| w.word)
    }

    #[inline(always)]
    fn suffix(self, token: u32) -> u32 {
        self.words.get((token as usize).wrapping_add(PADS - 1)).map_or(7, |w| w.suffixes[1])
    }

    #[inline(always)]
    fn tag(self, token: u32) -> u32 {
        u32::from(self.tags.get(token as usize).copied().unwrap_or(NO_TAG - 1))
    }
}

impl State {
    #[inline(always)]
    fn node(&self, token: u32) -> &Node {
        self.nodes.get(token as usize).unwrap_or(&BARE)
    }

    #[inline(always)]
    fn label_of(&self, token: u32) -> u32 {
        self.nodes.get(token as usize).map_or(99, |n| u32::from(n.label) + 1)
    }

    /// The features of the next move.
    #[inline]
    pub fn move_features(&self, view: View<'_>) -> [u64; MOVE_FEATURES] {
        let [s0, s1, s2] = [0, 1, 2].map(|n| self.nth_of_stack(n).unwrap_or(NONE));
        let [b0, b1, b2] =
            [0, 1, 2].map(|n| if (self.next + n) < self.nodes.len() as u32 { self.next + n } else { NONE });
        let [w0, w1, w2, v0, v1] = [s0, s1, s2, b0, b1].map(|t| view.word(t));
        let [t0, t1, t2, u0, u1, u2] = [s0, s1, s2, b0, b1, b2].map(|t| view.tag(t));
        let (n0, n1, m0) = (self.node(s0), self.node(s1), self.node(b0));
        let tag = |t: u32| view.tag(t);
        let label = |t: u32| self.label_of(t);
        let gap = if s0 != NONE && b0 != NONE { (b0 - s0).min(10) } else { 11 };
        let inner_gap = if s1 != NONE { (s0 - s1).min(8) } else { 9 };
        let valency = |n: &Node| u32::from(n.left_count.min(3)) * 4 + u32::from(n.right_count.min(3));
        let (q0, q1, lefts) = (valency(n0), valency(n1), u32::from(m0.left_count.min(4)));
        [
            one(1, w0),
            one(2, t0),
            two(3, w0, t0),
            one(4, v0),
            one(5, u0),
            two(6, v0, u0),
            one(7, w1),
            one(8, t1),
            two(9, w1, t1),
            one(10, v1),
            one(11, u1),
            one(12, u2),
            one(13, w2),
            one(14, t2),
            two(15, w0, v0),
            two(16, t0, u0),
            three(17, w0, t0, u0),
            three(18, v0, t0, u0),
            two(19, w0, w1),
            two(20, t0, t1),
            three(21, w0, t0, t1),
            three(22, w1, t0, t1),
            two(23, u0, u1),
            three(24, v0, u0, u1),
            three(25, t0, u0, u1),
            three(26, t0, t1, u0),
            three(27, t0, t1, t2),
            three(28, u0, u1, u2),
            three(29, t1, u0, w0),
            three(30, t0, t1, v0),
            two(31, w1, v0),
            two(32, t1, u0),
            three(33, t0, tag(n0.left[0]), u0),
            three(34, t0, tag(n0.right[0]), u0),
            three(35, t0, u0, tag(m0.left[0])),
            three(36, t1, t0, tag(n1.right[0])),
            three(37, t1, t0, tag(n1.left[0])),
            three(38, t1, t0, tag(n0.left[0])),
            three(39, t1, t0, tag(n0.right[0])),
            two(40, t0, label(n0.left[0])),
            two(41, t0, label(n0.right[0])),
            two(42, t1, label(n1.right[0])),
            two(43, u0, label(m0.left[0])),
            three(44, t0, label(n0.left[0]), label(n0.left[1])),
            three(45, t0, label(n0.right[0]), label(n0.right[1])),
            three(46, u0, label(m0.left[0]), label(m0.left[1])),
            three(47, gap, t0, u0),
            three(48, gap, w0, u0),
            three(49, inner_gap, t0, t1),
            two(50, q0, t0),
            three(51, q0, w0, u0),
            two(52, q1, t1),
            two(53, lefts, u0),
            three(54, q1, t1, t0),
            two(55, w0, u1),
            three(56, label(n0.left[0]), label(n0.right[0]), t0),
            three(57, view.suffix(s0), t0, u0),
            three(58, view.suffix(b0), t0, u0),
            three(59, view.word(n0.left[0]), t0, u0),
            three(60, t0 << 8 | u0, u1, u2),
        ]
    }

    /// The features of the label between a head and its dependent, before they are joined.
    #[inline]
    pub fn label_features(&self, view: View<'_>, head: usize, dependent: usize) -> [u64; LABEL_FEATURES] {
        let (head, dependent) = (head as u32, dependent as u32);
        let direction = u32::from(head < dependent);
        let (h, d) = (self.node(head), self.node(dependent));
        let (hw, dw) = (view.word(head), view.word(dependent));
        let (ht, dt) = (view.tag(head) * 2 + direction, view.tag(dependent) * 2 + direction);
        let tag = |t: u32| view.tag(t);
        let label = |t: u32| self.label_of(t);
        let gap = head.abs_diff(dependent).min(8);
        let (d_left, d_right) = (d.left[0], d.right[0]);
        [
            one(101, ht),
            one(102, dt),
            two(103, hw, direction),
            two(104, dw, direction),
            two(105, ht, dt),
            two(106, hw, dt),
            two(107, dw, ht),
            two(108, hw, dw),
            three(109, ht, dt, gap),
            three(110, dt, tag(d_left), ht),
            three(111, dt, label(d_left), ht),
            three(112, dt, tag(d_right), ht),
            three(113, ht, label(h.left[0]), dt),
            three(114, ht, label(h.right[0]), dt),
            three(115, dt, tag(dependent + 1), ht),
            three(116, dt, tag(dependent - 1), ht),
            two(117, dw, view.word(dependent + 1)),
            three(118, ht, tag(head + 1), dt),
            three(119, dw, ht, gap),
            three(120, view.word(d_left), dt, ht),
            three(121, label(h.left[0]), label(h.right[0]), dt),
            three(122, dt, view.word(dependent - 1), ht),
            three(123, dt, view.suffix(dependent), ht),
            three(124, dt, view.suffix(head), ht),
            three(125, view.word(d_left), dw, direction),
            three(126, hw, view.word(d_left), direction),
            three(127, ht, view.word(h.left[0]), dt),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_allowed_moves_make_a_tree(tokens in 1usize..40, choices in prop::collection::vec(0usize..3, 100)) {
            let mut state = State::default();
            state.start(tokens);
            let mut wishes = choices.into_iter().cycle();
            while !state.is_done() {
                let allowed = state.allowed();
                prop_assert!(allowed.contains(&true));
                let wish = wishes.next().unwrap_or(0);
                let choice = (0..3).map(|n| (wish + n) % 3).find(|&n| allowed[n]).unwrap_or(0);
                state.apply(Move::ALL[choice], 0);
            }
            let roots = (1..=tokens).filter(|&t| state.head(t) == 0).count();
            prop_assert_eq!(roots, 1);
            for token in 1..=tokens {
                let mut at = token;
                for _ in 0..=tokens {
                    at = if at == 0 { 0 } else { state.head(at) };
                }
                prop_assert_eq!(at, 0);
            }
        }
    }
}
