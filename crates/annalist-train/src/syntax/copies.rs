//! Which copies of its sentences the network reads beside a treebank.

use super::Random;
use super::headline::Headlines;
use super::treebank::{Tree, sentence_case, shout, title_case};
use super::vocabulary::Vocabulary;

/// Of how many sentences in a hundred the network reads a copy of some kind.
#[derive(Clone, Copy)]
pub(crate) struct Copies {
    /// In Title Case, and as many IN CAPITALS.
    pub(crate) recased: u64,
    /// As a headline, in one casing or another.
    pub(crate) headlines: u64,
    /// With other words.
    pub(crate) reworded: u64,
}

/// Every tree, and of some a copy: headlines, wires in capitals and the words of our field have no treebank.
pub(crate) fn with_copies(
    trees: &[Tree],
    copies: Copies,
    vocabulary: &Vocabulary,
    random: &mut Random,
) -> Vec<Tree> {
    let headlines = Headlines::new(trees);
    let mut all = Vec::new();
    for tree in trees {
        all.push(tree.clone());
        let draw = random.below(100);
        if draw < copies.recased {
            all.push(shout(tree));
        } else if draw < 2 * copies.recased {
            all.push(title_case(tree));
        }
        if random.below(100) < copies.reworded {
            all.push(vocabulary.put_into(tree, random));
        }
        let casing = random.below(3);
        if random.below(100) < copies.headlines
            && let Some(headline) = headlines.of(tree)
        {
            let headline = vocabulary.put_into(&headline, random);
            all.push(match casing {
                0 => shout(&headline),
                1 => title_case(&headline),
                _ => sentence_case(&headline),
            });
        }
    }
    all
}
