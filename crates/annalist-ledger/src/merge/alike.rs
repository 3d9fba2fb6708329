//! Whether two wordings may mean the same person, body or thing.

use annalist::gazetteer::name::{fold, skeleton};

/// Whether two spellings may be one person's name: every word of the shorter one answers to a word of the longer,
/// as the same word, as another romanisation of it, or as its initial.
pub(super) fn names_agree(a: &str, b: &str) -> bool {
    let (a, b) = (fold(a), fold(b));
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut free = long;
    let mut whole = false;
    for word in short.iter().filter(|word| !word.is_empty()) {
        let Some(at) = free.iter().position(|other| spellings_agree(word, other)) else {
            let initial = free.iter().position(|other| is_initial(word, other) || is_initial(other, word));
            let Some(at) = initial else { return false };
            free.remove(at);
            continue;
        };
        free.remove(at);
        whole = true;
    }
    whole
}

/// Whether two folded words may be one name in two spellings.
fn spellings_agree(a: &str, b: &str) -> bool {
    const NEAR: f64 = 0.88;
    const LETTERS_MIN: usize = 4;
    if a == b {
        return a.chars().count() > 1;
    }
    let same_sounds = || skeleton(a).is_some_and(|key| Some(key) == skeleton(b));
    let long = a.chars().count() >= LETTERS_MIN && b.chars().count() >= LETTERS_MIN;
    same_sounds() || long && strsim::jaro_winkler(a, b) >= NEAR
}

fn is_initial(short: &str, long: &str) -> bool {
    short.chars().count() == 1 && long.chars().next() == short.chars().next()
}

/// Whether two wordings are the same but for case, marks and the article.
pub(super) fn same_words(a: &str, b: &str) -> bool {
    words(a) == words(b)
}

/// Whether every word of one wording answers to a word of the other: "Ukraine", "Armed Forces of Ukraine".
pub(super) fn contains(a: &str, b: &str) -> bool {
    let (a, b) = (words(a), words(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    !short.is_empty() && short.iter().all(|word| long.iter().any(|other| stems_agree(word, other)))
}

/// Whether two wordings have a word of meaning in common: "labourers from Sindh", "two Sindhi workers".
pub(super) fn share_a_word(a: &str, b: &str) -> bool {
    const LETTERS_MIN: usize = 4;
    let (a, b) = (words(a), words(b));
    let telling = |word: &&String| word.chars().count() >= LETTERS_MIN;
    a.iter().filter(telling).any(|word| b.iter().any(|other| stems_agree(word, other)))
}

/// The words of a wording without "the" and its like, folded.
pub(super) fn words(text: &str) -> Vec<String> {
    const ARTICLES: [&str; 4] = ["the", "a", "an", "of"];
    fold(text).split(' ').filter(|w| !w.is_empty() && !ARTICLES.contains(w)).map(str::to_owned).collect()
}

/// Whether two folded words are forms of one: "Sudan" and "Sudanese", "worker" and "workers".
fn stems_agree(a: &str, b: &str) -> bool {
    const STEM_MIN: usize = 4;
    let shorter = a.chars().count().min(b.chars().count());
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    a == b || common >= STEM_MIN && common * 4 >= shorter * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_two_romanisations_are_one() {
        for (a, b) in [
            ("Petro Hnatenko", "Pyotr Gnatenko"),
            ("Serhii Dolzhan", "Sergei Dolgan"),
            ("Yuliia Sokil", "Yulia Sokol"),
            ("Vasyl", "Vasyl Koren"),
            ("J. Karanja", "John Karanja"),
        ] {
            assert!(names_agree(a, b), "{a} and {b}");
        }
        for (a, b) in [("Oleh Demchuk", "Mykola Demchuk"), ("Amina Bello", "Sani Bello"), ("J.", "John")] {
            assert!(!names_agree(a, b), "{a} and {b}");
        }
    }

    #[test]
    fn bodies_are_the_same_under_longer_names() {
        assert!(contains("Armed Forces of Ukraine", "Ukraine"));
        assert!(contains("Sudanese army", "Sudan's army"));
        assert!(!contains("Syrian army", "Syrian Democratic Forces"));
        assert!(share_a_word("labourers from Sindh", "two Sindhi workers"));
    }
}
