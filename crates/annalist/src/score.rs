//! score: here is what speaks for and against a candidate, how likely is it right?
//!
//! Linear models over named features, one for each kind of choice. `annalist-train scores` learns the weights from annotated
//! reports; they are data files that a person can read (`scores/date.tsv`), and what decided stands beside every choice.

use crate::bundle::{Bundle, DataError};
use crate::hash;
use crate::table::rows;
use rustc_hash::FxHashMap;

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What a segment does: go on about a draft, start one, sum up several, tell of none.
    Join,
    /// Whether a draft is an incident.
    Incident,
    /// What was done.
    Mode,
    /// Which words date an incident.
    Date,
    /// Which words place it.
    Place,
    /// Whether a class is a target.
    Target,
    /// Whether a class of things was damaged.
    Damage,
    /// How badly.
    Severity,
    /// Whether a weapon was used.
    Weapon,
    /// Who did it.
    Perpetrator,
}

impl Kind {
    /// All kinds, in the order in which they are learned.
    pub const ALL: [Kind; 10] = [
        Kind::Join,
        Kind::Incident,
        Kind::Weapon,
        Kind::Mode,
        Kind::Place,
        Kind::Date,
        Kind::Perpetrator,
        Kind::Damage,
        Kind::Severity,
        Kind::Target,
    ];

    /// Its name, that of its file.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Join => "join",
            Kind::Incident => "incident",
            Kind::Mode => "mode",
            Kind::Damage => "damage",
            Kind::Severity => "severity",
            Kind::Date => "date",
            Kind::Place => "place",
            Kind::Target => "target",
            Kind::Weapon => "weapon",
            Kind::Perpetrator => "perpetrator",
        }
    }

    /// The field of an incident that it fills; none where it is about the incident itself.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Kind::Join | Kind::Incident => None,
            Kind::Mode => Some("mode"),
            Kind::Date => Some("date"),
            Kind::Place => Some("place"),
            Kind::Target => Some("targets"),
            Kind::Weapon => Some("weapon"),
            Kind::Damage | Kind::Severity => Some("damage"),
            Kind::Perpetrator => Some("perpetrator"),
        }
    }

    /// Whether one of several candidates is taken; else each is taken or left for itself.
    pub fn takes_one(self) -> bool {
        matches!(
            self,
            Kind::Join | Kind::Mode | Kind::Severity | Kind::Date | Kind::Place | Kind::Perpetrator
        )
    }
}

/// What speaks for and against a candidate: names of features that hold, each once.
///
/// Names are put together where they are kept, and compared by their keys: to weigh a candidate costs hardly any memory of
/// its own.
///
/// # Example
/// ```
/// use annalist::score::Features;
/// let mut features = Features::default();
/// features.add("title");
/// features.add(["place ", "same", ", date ", "other"]);
/// features.add_if(true, "title");
/// assert_eq!(features.names().collect::<Vec<_>>(), ["title", "place same, date other"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Features {
    /// The names, one behind the other.
    names: String,
    /// Where each ends.
    ends: Vec<usize>,
    /// What each is known by.
    keys: Vec<Key>,
}

/// The hash of a feature's name. Two of the few thousand names there are never share one of so many.
type Key = u64;

/// The name of a feature: in one piece, or in several to be put together.
pub trait Name {
    /// Its pieces.
    fn pieces(&self) -> &[&str];
}

impl Name for &str {
    fn pieces(&self) -> &[&str] {
        std::slice::from_ref(self)
    }
}

impl<const N: usize> Name for [&str; N] {
    fn pieces(&self) -> &[&str] {
        self
    }
}

impl Features {
    /// Adds a feature.
    pub fn add(&mut self, name: impl Name) {
        self.push(name.pieces());
    }

    /// Adds a feature if it holds.
    pub fn add_if(&mut self, holds: bool, name: impl Name) {
        if holds {
            self.add(name);
        }
    }

    fn push(&mut self, pieces: &[&str]) {
        if self.keys.is_empty() {
            // Room for most candidates at once.
            const FEATURES: usize = 32;
            self.names.reserve(FEATURES * 16);
            self.ends.reserve(FEATURES);
            self.keys.reserve(FEATURES);
        }
        let start = self.names.len();
        pieces.iter().for_each(|piece| self.names.push_str(piece));
        let key = hash::of(&self.names[start..]);
        if self.keys.contains(&key) {
            self.names.truncate(start);
        } else {
            self.ends.push(self.names.len());
            self.keys.push(key);
        }
    }

    /// Whether a feature holds.
    pub fn has(&self, name: &str) -> bool {
        self.keys.contains(&hash::of(name))
    }

    /// The same, each said of a case: for every case it weighs otherwise.
    pub fn under(&self, case: &str) -> Features {
        let mut features = Features::default();
        self.names().for_each(|name| features.add([case, " ", name]));
        features
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.names[start..end])
    }
}

impl std::fmt::Debug for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// A candidate that was weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What was chosen.
    pub kind: Kind,
    /// The candidate, in the shape of its field.
    pub value: serde_json::Value,
    /// What spoke for and against it.
    pub features: Features,
    /// Log-odds: above 0 it is more likely right than wrong.
    pub score: f64,
    /// How likely it is right, 0 to 1: by itself, or of several of which one is taken.
    pub probability: f64,
    /// Whether it was taken.
    pub taken: bool,
}

/// Weights of all kinds of choices.
pub struct Scores {
    /// By kind, then by the key of a feature.
    weights: FxHashMap<Kind, FxHashMap<Key, f64>>,
}

impl Scores {
    /// Reads `scores/*.tsv`: a feature and its weight in each line. A kind without a file weighs nothing.
    ///
    /// # Errors
    /// The first line without a number.
    pub fn new(bundle: &Bundle) -> Result<Self, DataError> {
        let mut weights = FxHashMap::default();
        for kind in Kind::ALL {
            let path = format!("scores/{}.tsv", kind.name());
            let mut own = FxHashMap::default();
            if let Some(file) = bundle.get(&path) {
                for row in rows(&path, file.bytes())? {
                    let weight: f64 =
                        row.cell(1).parse().map_err(|_| row.fault("the second column is no number"))?;
                    own.insert(hash::of(row.cell(0)), weight);
                }
            }
            weights.insert(kind, own);
        }
        Ok(Scores { weights })
    }

    /// The log-odds that a candidate with these features is right.
    pub fn of(&self, kind: Kind, features: &Features) -> f64 {
        let weights = &self.weights[&kind];
        features.keys.iter().filter_map(|key| weights.get(key)).sum()
    }

    /// What decided about a candidate: the features that weigh, the heaviest first, in log-odds.
    pub fn reasons<'c>(&self, choice: &'c Choice) -> Vec<(&'c str, f64)> {
        let weights = &self.weights[&choice.kind];
        let named = choice.features.names().zip(&choice.features.keys);
        let mut reasons: Vec<(&str, f64)> =
            named.filter_map(|(name, key)| Some((name, *weights.get(key)?))).collect();
        reasons.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(b.0)));
        reasons
    }

    /// Weighs a candidate; whether it is taken is the caller's to say.
    pub fn weigh(&self, kind: Kind, value: serde_json::Value, mut features: Features) -> Choice {
        features.add("bias");
        let score = self.of(kind, &features);
        let probability = 1.0 / (1.0 + libm::exp(-score));
        Choice { kind, value, features, score, probability, taken: false }
    }
}

/// The number of the best candidate of the likeliest value: words that name one value speak for it together. `values` has
/// what each candidate says.
pub fn likeliest<T: Eq + std::hash::Hash>(choices: &[Choice], values: &[T]) -> Option<usize> {
    let top = choices.iter().map(|c| c.score).fold(f64::MIN, f64::max);
    let mut odds: FxHashMap<&T, f64> = FxHashMap::default();
    for (choice, value) in choices.iter().zip(values) {
        *odds.entry(value).or_default() += libm::exp(choice.score - top);
    }
    let rank = |n: usize| (odds[&values[n]], choices[n].score);
    (0..choices.len()).max_by(|&a, &b| {
        let (a_rank, b_rank) = (rank(a), rank(b));
        a_rank.0.total_cmp(&b_rank.0).then(a_rank.1.total_cmp(&b_rank.1)).then(b.cmp(&a))
    })
}

/// Takes one of several candidates. Each is then as likely as its share in the odds of all; what says the same as the one taken
/// speaks for it.
pub fn take(choices: &mut [Choice], taken: usize) {
    let top = choices.iter().map(|c| c.score).fold(f64::MIN, f64::max);
    let sum: f64 = choices.iter().map(|c| libm::exp(c.score - top)).sum();
    for choice in choices.iter_mut() {
        choice.probability = libm::exp(choice.score - top) / sum;
    }
    if let Some(value) = choices.get(taken).map(|c| c.value.clone()) {
        let together = choices.iter().filter(|c| c.value == value).map(|c| c.probability).sum();
        choices[taken].probability = together;
        choices[taken].taken = true;
    }
}

/// The number of the best candidate: the first of the highest score.
pub fn best(choices: &[Choice]) -> Option<usize> {
    (0..choices.len()).max_by(|&a, &b| choices[a].score.total_cmp(&choices[b].score).then(b.cmp(&a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_one_value_speak_for_it_together() {
        let choice = |score: f64| Choice {
            kind: Kind::Date,
            value: serde_json::Value::Null,
            features: Features::default(),
            score,
            probability: 0.0,
            taken: false,
        };
        let choices = [choice(1.0), choice(0.8), choice(0.9)];
        assert_eq!(likeliest(&choices, &["Friday", "Sunday", "Sunday"]), Some(2));
        assert_eq!(likeliest(&choices, &["Friday", "Sunday", "Monday"]), Some(0));
    }

    #[test]
    fn what_is_taken_has_the_odds_of_all_that_say_the_same() {
        let choice = |value: &str| Choice {
            kind: Kind::Date,
            value: value.into(),
            features: Features::default(),
            score: 1.0,
            probability: 0.0,
            taken: false,
        };
        let mut choices = [choice("Friday"), choice("Sunday"), choice("Sunday"), choice("Monday")];
        take(&mut choices, 1);
        let odds: Vec<f64> = choices.iter().map(|c| c.probability).collect();
        assert_eq!(odds, [0.25, 0.5, 0.25, 0.25]);
        assert!(choices[1].taken && !choices[2].taken);
        assert_eq!(likeliest::<&str>(&[], &[]), None);
    }
}
