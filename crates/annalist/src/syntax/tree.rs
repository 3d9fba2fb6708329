//! The best tree over a sentence: every token takes one head, one token takes none, and nothing goes in circles.

/// Score of an arc that must not be.
const NEVER: i64 = i64::MIN / 1024;

/// What an arc from the root costs, far more than all other arcs can win.
const ROOT_COST: i64 = 1 << 44;

/// Scores of all arcs of a sentence: `scores[dependent * (tokens + 1) + head]`, where head 0 is the root and token
/// `t` is head `t + 1`.
#[derive(Clone, Debug, Default)]
pub(super) struct Arcs {
    /// The scores.
    pub(super) scores: Vec<i32>,
    /// Number of tokens.
    pub(super) tokens: usize,
}

impl Arcs {
    #[inline(always)]
    fn row(&self, dependent: usize) -> &[i32] {
        let width = self.tokens + 1;
        &self.scores[dependent * width..(dependent + 1) * width]
    }
}

/// Writes the heads of the best tree with one root: 0 for the root's dependent, else the head's number from 1.
///
/// Mostly the best head of every token makes a tree at once, or once its only circle is broken at the arc whose loss costs
/// least: the best of all trees, however many roots they have, is the best of those with one root if it has one. Else
/// circles are contracted one by one, and arcs from the root made so dear that one is taken.
///
/// # Source
/// Chu and Liu 1965, Edmonds 1967; McDonald et al. 2005, "Non-projective Dependency Parsing using Spanning Tree Algorithms".
pub(super) fn best(arcs: &Arcs, heads: &mut Vec<u32>) {
    heads.clear();
    heads.extend((0..arcs.tokens).map(|t| best_head(arcs.row(t), t)));
    if is_tree(heads) || is_tree_without_circle(arcs, heads) {
        return;
    }
    let width = arcs.tokens + 1;
    let mut graph = Graph { scores: vec![NEVER; width * width], len: width };
    for token in 0..arcs.tokens {
        let row = &mut graph.scores[(token + 1) * width..(token + 2) * width];
        row.iter_mut().zip(arcs.row(token)).for_each(|(to, &from)| *to = i64::from(from));
        row[0] -= ROOT_COST;
        row[token + 1] = NEVER;
    }
    let tree = graph.tree();
    heads.iter_mut().zip(&tree[1..]).for_each(|(head, &found)| *head = found as u32);
}

/// Breaks one circle of the best heads where it costs least; whether that makes a tree. If not, the heads are of no use.
fn is_tree_without_circle(arcs: &Arcs, heads: &mut [u32]) -> bool {
    let Some(circle) = circle(&with_root(heads)) else { return false };
    let losses = circle.iter().flat_map(|&node| {
        let row = arcs.row(node - 1);
        let own = i64::from(row[heads[node - 1] as usize]);
        let outside = row.iter().enumerate().filter(|(head, _)| !circle.contains(head));
        outside.map(move |(head, &score)| (own - i64::from(score), node, head))
    });
    let Some((_, node, head)) = losses.min() else { return false };
    heads[node - 1] = head as u32;
    is_tree(heads)
}

/// The first of the greatest, the token itself left out.
fn best_head(row: &[i32], token: usize) -> u32 {
    let mut best = (row[0], 0);
    for (head, &score) in row.iter().enumerate() {
        if score > best.0 && head != token + 1 {
            best = (score, head);
        }
    }
    best.1 as u32
}

/// Whether heads make one tree.
fn is_tree(heads: &[u32]) -> bool {
    heads.iter().filter(|&&h| h == 0).count() == 1 && circle(&with_root(heads)).is_none()
}

/// The heads of all nodes, the root's among them.
fn with_root(heads: &[u32]) -> Vec<usize> {
    std::iter::once(0).chain(heads.iter().map(|&h| h as usize)).collect()
}

/// Scores between all nodes: `scores[dependent * len + head]`; node 0 is the root.
struct Graph {
    scores: Vec<i64>,
    len: usize,
}

/// A circle that was made one node, in the place of its first.
struct Contracted {
    circle: Vec<usize>,
    /// The head of each of its nodes.
    heads: Vec<usize>,
    /// By head outside, the node of the circle that it would best enter at.
    entries: Vec<usize>,
    /// By node outside, its best head in the circle.
    exits: Vec<usize>,
}

impl Graph {
    fn score(&self, dependent: usize, head: usize) -> i64 {
        self.scores[dependent * self.len + head]
    }

    /// The head of every node in the best tree. The scores are used up.
    fn tree(&mut self) -> Vec<usize> {
        let mut heads: Vec<usize> = self.scores.chunks_exact(self.len).map(greatest).collect();
        heads[0] = 0;
        let mut left: Vec<usize> = (0..self.len).collect();
        let mut contracted = Vec::new();
        while let Some(circle) = circle(&heads) {
            left.retain(|node| !circle.contains(node));
            contracted.push(self.contract(circle, &mut left, &mut heads));
        }
        for Contracted { circle, heads: inside, entries, exits } in contracted.into_iter().rev() {
            let node = circle[0];
            let entered = heads[node];
            for (of, &exit) in exits.iter().enumerate().filter(|&(_, &exit)| exit != NONE) {
                if heads[of] == node {
                    heads[of] = exit;
                }
            }
            circle.iter().zip(inside).for_each(|(&node, head)| heads[node] = head);
            heads[entries[entered]] = entered;
        }
        heads
    }

    /// Makes a circle one node among those that are left.
    fn contract(&mut self, circle: Vec<usize>, left: &mut Vec<usize>, heads: &mut [usize]) -> Contracted {
        let node = circle[0];
        let (mut entries, mut exits) = (vec![NONE; self.len], vec![NONE; self.len]);
        let mut best = (i64::MIN, 0);
        let own: Vec<i64> = circle.iter().map(|&node| self.score(node, heads[node])).collect();
        for &outside in left.iter() {
            let entering = circle.iter().zip(&own).map(|(&node, own)| self.score(node, outside) - own);
            let (entry, gain) = first_of_greatest(entering);
            let (exit, score) = first_of_greatest(circle.iter().map(|&head| self.score(outside, head)));
            (entries[outside], exits[outside]) = (circle[entry], circle[exit]);
            if gain > best.0 {
                best = (gain, outside);
            }
            self.scores[node * self.len + outside] = gain;
            self.scores[outside * self.len + node] = score;
            if circle.contains(&heads[outside]) {
                heads[outside] = node;
            }
        }
        let inside = circle.iter().map(|&node| std::mem::take(&mut heads[node])).collect();
        heads[node] = best.1;
        left.push(node);
        Contracted { circle, heads: inside, entries, exits }
    }
}

/// No node.
const NONE: usize = usize::MAX;

/// The place of the first of the greatest.
fn greatest(scores: &[i64]) -> usize {
    first_of_greatest(scores.iter().copied()).0
}

/// The place of the first of the greatest, and the greatest.
fn first_of_greatest(scores: impl Iterator<Item = i64>) -> (usize, i64) {
    let first = |best: (usize, i64), (n, score)| if score > best.1 { (n, score) } else { best };
    scores.enumerate().fold((0, i64::MIN), first)
}

/// The nodes of a circle; node 0 has no head.
fn circle(heads: &[usize]) -> Option<Vec<usize>> {
    let mut walks = vec![0; heads.len()];
    for start in 1..heads.len() {
        let mut node = start;
        while node != 0 && walks[node] == 0 {
            walks[node] = start;
            node = heads[node];
        }
        if node != 0 && walks[node] == start {
            let mut circle = vec![node];
            let mut next = heads[node];
            while next != node {
                circle.push(next);
                next = heads[next];
            }
            return Some(circle);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every way to give heads, for short sentences.
    fn exhaustive(arcs: &Arcs) -> i64 {
        let width = arcs.tokens + 1;
        let all = (0..width.pow(arcs.tokens as u32)).map(|n| {
            (0..arcs.tokens).map(|t| (n / width.pow(t as u32) % width) as u32).collect::<Vec<u32>>()
        });
        all.filter(|heads| is_tree(heads)).map(|heads| total(arcs, &heads)).max().unwrap()
    }

    fn total(arcs: &Arcs, heads: &[u32]) -> i64 {
        heads.iter().enumerate().map(|(t, &h)| i64::from(arcs.row(t)[h as usize])).sum()
    }

    proptest! {
        #[test]
        fn short_trees_are_the_best(tokens in 1usize..6, scores in prop::collection::vec(-50i32..50, 30)) {
            let arcs = Arcs { scores: scores[..tokens * (tokens + 1)].to_vec(), tokens };
            let mut heads = Vec::new();
            best(&arcs, &mut heads);
            prop_assert!(is_tree(&heads), "{heads:?}");
            prop_assert_eq!(total(&arcs, &heads), exhaustive(&arcs));
        }

        #[test]
        fn any_scores_give_a_tree(tokens in 1usize..40, seed in prop::collection::vec(any::<i32>(), 1..97)) {
            let scores = seed.iter().copied().cycle().take(tokens * (tokens + 1)).collect();
            let mut heads = Vec::new();
            best(&Arcs { scores, tokens }, &mut heads);
            prop_assert!(is_tree(&heads), "{heads:?}");
        }
    }

    #[test]
    fn circles_are_no_trees() {
        assert!(is_tree(&[2, 0, 2]));
        assert!(!is_tree(&[2, 1, 0]));
        assert!(!is_tree(&[0, 0]));
        assert!(!is_tree(&[1]));
    }
}
