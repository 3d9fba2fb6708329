//! merkle: the tree over the entries' headers, its head and its proofs.
//!
//! # Source
//! RFC 6962, section 2.1: leaves are hashed behind a zero byte, inner nodes behind a one, and the left half of
//! a tree of n leaves is the largest power of two below n.

use super::Digest;

/// The hash of a leaf.
pub fn leaf(bytes: &[u8]) -> Digest {
    Digest::of_all(&[&[0], bytes])
}

/// The hash of an inner node.
fn node(left: &Digest, right: &Digest) -> Digest {
    Digest::of_all(&[&[1], &left.0, &right.0])
}

/// The head of the tree without leaves.
fn empty() -> Digest {
    Digest::of(&[])
}

/// A growing tree: only the heads of its complete subtrees, so that adding a leaf costs little for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Heads of the complete subtrees from the left, one for each set bit of the size.
    heads: Vec<Digest>,
}

impl Frontier {
    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: Digest) {
        let mut head = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.heads.pop() {
                head = node(&left, &head);
            }
        }
        self.heads.push(head);
        self.size += 1;
    }

    /// The head of the whole tree.
    pub fn root(&self) -> Digest {
        let mut heads = self.heads.iter().rev();
        let Some(last) = heads.next() else { return empty() };
        heads.fold(*last, |right, left| node(left, &right))
    }

    /// The bytes that [`Frontier::from_bytes`] reads: the size, then each head.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_le_bytes().to_vec();
        for head in &self.heads {
            bytes.extend_from_slice(&head.0);
        }
        bytes
    }

    /// A frontier as it was written; none when the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, heads) = bytes.split_first_chunk::<8>()?;
        let size = u64::from_le_bytes(*size);
        let (heads, rest) = heads.as_chunks::<32>();
        (rest.is_empty() && heads.len() == size.count_ones() as usize)
            .then(|| Frontier { size, heads: heads.iter().map(|head| Digest(*head)).collect() })
    }
}

/// The head of the tree over these leaf hashes.
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => empty(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_size(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// Leaves in the left half of a tree of `size` leaves, at least two.
fn left_size(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// Shows that the leaf at `index` is in the tree of these leaves: the hashes beside its way, deepest first.
/// None when there is no such leaf.
pub fn inclusion(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(left_size(leaves.len()));
    let (mut proof, beside) = if index < left.len() {
        (inclusion(left, index)?, root(right))
    } else {
        (inclusion(right, index - left.len())?, root(left))
    };
    proof.push(beside);
    Some(proof)
}

/// Shows that the tree of the first `old` leaves is the beginning of the tree of all. None when `old` is nought or
/// too large.
pub fn consistency(leaves: &[Digest], old: usize) -> Option<Vec<Digest>> {
    fn part(leaves: &[Digest], old: usize, whole: bool) -> Vec<Digest> {
        if old == leaves.len() {
            return if whole { Vec::new() } else { vec![root(leaves)] };
        }
        let (left, right) = leaves.split_at(left_size(leaves.len()));
        let (mut proof, beside) = if old <= left.len() {
            (part(left, old, whole), root(right))
        } else {
            (part(right, old - left.len(), false), root(left))
        };
        proof.push(beside);
        proof
    }
    (old > 0 && old <= leaves.len()).then(|| part(leaves, old, true))
}

/// Whether the proof shows that this leaf is the one at `index` of the tree with this size and root.
///
/// # Source
/// RFC 9162, section 2.1.3.2.
pub fn includes(root: &Digest, size: u64, index: u64, leaf: &Digest, proof: &[Digest]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut head) = (index, size - 1, *leaf);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            head = node(beside, &head);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            head = node(&head, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && head == *root
}

/// Whether the proof shows that the tree with the old size and root is the beginning of the new one.
///
/// # Source
/// RFC 9162, section 2.1.4.2.
pub fn extends(old_root: &Digest, old: u64, new_root: &Digest, new: u64, proof: &[Digest]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let mut path = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_head, mut new_head) = (*first, *first);
    for beside in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_head = node(beside, &old_head);
            new_head = node(beside, &new_head);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_head = node(&new_head, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_head == *old_root && new_head == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: usize) -> Vec<Digest> {
        (0..n).map(|i| leaf(&i.to_le_bytes())).collect()
    }

    /// The tree heads that the reference implementation of RFC 6962 is tested with.
    #[test]
    fn roots_are_those_of_the_standard() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let hashes: Vec<Digest> = inputs.iter().map(|input| leaf(input)).collect();
        assert_eq!(root(&[]).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let seven = "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c";
        assert_eq!(root(&hashes[..7]).hex(), seven);
        let eight = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
        assert_eq!(root(&hashes).hex(), eight);
    }

    #[test]
    fn a_frontier_has_the_root_of_its_leaves_and_survives_writing() {
        let leaves = leaves(300);
        let mut frontier = Frontier::default();
        for (n, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), root(&leaves[..n]));
            assert_eq!(Frontier::from_bytes(&frontier.to_bytes()).as_ref(), Some(&frontier));
            frontier.push(*leaf);
        }
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()[1..]), None);
    }

    #[test]
    fn every_proof_of_every_small_tree_holds_and_no_other_does() {
        let all = leaves(70);
        let mut checked = 0;
        for size in 1..=all.len() {
            let tree = &all[..size];
            let head = root(tree);
            for index in 0..size {
                let proof = inclusion(tree, index).unwrap();
                let shows = |index: usize, leaf: &Digest, proof: &[Digest]| {
                    includes(&head, size as u64, index as u64, leaf, proof)
                };
                assert!(shows(index, &tree[index], &proof));
                assert!(!shows((index + 1) % (size + 1), &tree[index], &proof) || size == 1 && index == 0);
                assert!(!shows(index, &leaf(b"another"), &proof));
                checked += 1;
            }
            for old in 1..=size {
                let proof = consistency(tree, old).unwrap();
                let old_head = root(&tree[..old]);
                assert!(extends(&old_head, old as u64, &head, size as u64, &proof));
                assert!(!extends(&leaf(b"another"), old as u64, &head, size as u64, &proof));
                checked += 1;
            }
        }
        assert_eq!(checked, 70 * 71);
        assert_eq!(inclusion(&all, 70), None);
        assert_eq!(consistency(&all, 0), None);
    }
}
