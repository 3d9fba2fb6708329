//! score: here is what speaks for and against a candidate, how likely is it right?
//!
//! Linear models over named features, one for each kind of choice. `annalist-train scores` learns the weights from annotated
//! reports; they are data files that a person can read (`scores/date.tsv`), and what decided stands beside every choice.

use crate::bundle::{Bundle, DataError};
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

    /// Whether one of several candidates is taken; else each is taken or left for itself.
    pub fn takes_one(self) -> bool {
        matches!(
            self,
            Kind::Join | Kind::Mode | Kind::Severity | Kind::Date | Kind::Place | Kind::Perpetrator
        )
    }
}

/// What speaks for and against a candidate: names of features that hold, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(Vec<String>);

impl Features {
    /// Adds a feature.
    pub fn add(&mut self, name: impl Into<String>) {
        let name = name.into();
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// Adds a feature if it holds.
    pub fn add_if(&mut self, holds: bool, name: &str) {
        if holds {
            self.add(name);
        }
    }

    /// Whether a feature holds.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
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
    /// Whether it was taken.
    pub taken: bool,
}

impl Choice {
    /// How likely the candidate is right, 0 to 1.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + libm::exp(-self.score))
    }
}

/// Weights of all kinds of choices.
pub struct Scores {
    weights: FxHashMap<Kind, FxHashMap<String, f64>>,
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
                    own.insert(row.cell(0).to_owned(), weight);
                }
            }
            weights.insert(kind, own);
        }
        Ok(Scores { weights })
    }

    /// The log-odds that a candidate with these features is right.
    pub fn of(&self, kind: Kind, features: &Features) -> f64 {
        features.names().filter_map(|name| self.weights[&kind].get(name)).sum()
    }

    /// Weighs a candidate; whether it is taken is the caller's to say.
    pub fn weigh(&self, kind: Kind, value: serde_json::Value, mut features: Features) -> Choice {
        features.add("bias");
        let score = self.of(kind, &features);
        Choice { kind, value, features, score, taken: false }
    }
}

/// The number of the best candidate: the first of the highest score.
pub fn best(choices: &[Choice]) -> Option<usize> {
    (0..choices.len()).max_by(|&a, &b| choices[a].score.total_cmp(&choices[b].score).then(b.cmp(&a)))
}
