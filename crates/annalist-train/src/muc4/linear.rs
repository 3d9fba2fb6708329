//! Logistic regression over named features: a handful of weights that a person can read.

use anyhow::{Context, Result};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// Names of features, numbered as they come.
#[derive(Default)]
pub(crate) struct Vocabulary {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Vocabulary {
    /// The number of a name, a new one when it is new.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Numbers of names, each once.
    pub(crate) fn numbers(&mut self, names: &[String]) -> Vec<u32> {
        let mut numbers: Vec<u32> = names.iter().map(|name| self.number(name)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// What is learnt from: the features of one thing, whether it is what is looked for, and how much it counts.
pub(crate) struct Example<'a> {
    /// Numbers of its features.
    pub(crate) features: &'a [u32],
    /// Whether it is.
    pub(crate) label: bool,
}

/// A weight for each feature.
#[derive(Clone, Default)]
pub(crate) struct Linear {
    weights: Vec<f32>,
}

/// Rounds over the examples.
const ROUNDS: usize = 6;

/// The order of the examples hangs on it.
const SEED: u64 = 7;

/// Length of the steps.
const RATE: f32 = 0.12;

impl Linear {
    /// Learns weights by dual averaging with adaptive steps; `sparsity` is how much a feature must tell in each
    /// round to get a weight at all.
    ///
    /// # Source
    /// Duchi, Hazan & Singer 2011, regularised dual averaging with the L1 norm.
    pub(crate) fn learn(examples: &[Example<'_>], features: usize, sparsity: f32) -> Linear {
        let mut sums = vec![0.0f32; features + 1];
        let mut squares = vec![1e-6f32; features + 1];
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut random = crate::syntax::Random::new(SEED);
        let step = sparsity / examples.len().max(1) as f32;
        let mut seen = 0.0f32;
        for _ in 0..ROUNDS {
            random.shuffle(&mut order);
            for &n in &order {
                let example = &examples[n];
                let weight =
                    |f: usize| weight(sums[f], squares[f], if f == features { 0.0 } else { step * seen });
                let sum: f32 =
                    weight(features) + example.features.iter().map(|&f| weight(f as usize)).sum::<f32>();
                let slope = chance(sum) - f32::from(u8::from(example.label));
                seen += 1.0;
                if slope.abs() < 1e-3 {
                    continue;
                }
                for f in example.features.iter().map(|&f| f as usize).chain([features]) {
                    sums[f] += slope;
                    squares[f] += slope * slope;
                }
            }
        }
        let weights = (0..=features)
            .map(|f| weight(sums[f], squares[f], if f == features { 0.0 } else { step * seen }))
            .collect();
        Linear { weights }
    }

    /// The sum of the weights of some features, the bias among them.
    pub(crate) fn score(&self, features: &[u32]) -> f32 {
        let bias = self.weights.last().copied().unwrap_or_default();
        let last = self.weights.len().saturating_sub(1);
        bias + features
            .iter()
            .map(|&f| f as usize)
            .filter(|&f| f < last)
            .map(|f| self.weights[f])
            .sum::<f32>()
    }

    /// How likely it is, 0 to 1.
    pub(crate) fn chance(&self, features: &[u32]) -> f32 {
        chance(self.score(features))
    }
}

fn weight(sum: f32, squares: f32, threshold: f32) -> f32 {
    if sum.abs() <= threshold { 0.0 } else { -sum.signum() * RATE * (sum.abs() - threshold) / squares.sqrt() }
}

fn chance(score: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-score))
}

/// Several linear models over one vocabulary.
#[derive(Default)]
pub(crate) struct Models {
    /// What the features are called.
    pub(crate) vocabulary: Vocabulary,
    /// By name.
    pub(crate) models: BTreeMap<String, Linear>,
}

/// Smaller weights are not written.
const WRITTEN_MIN: f32 = 0.05;

/// How a bias is called in the file.
const BIAS: &str = "(bias)";

impl Models {
    /// Reads the lines that [`Models::write`] makes.
    ///
    /// # Errors
    /// A line without two columns, or whose weight is no number.
    pub(crate) fn parse(text: &str) -> Result<Models> {
        let mut models = Models::default();
        let mut found: BTreeMap<String, (Vec<(u32, f32)>, f32)> = BTreeMap::new();
        let mut model = String::new();
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                model = name.to_owned();
                continue;
            }
            let entry = found.entry(model.clone()).or_default();
            let Some((feature, weight)) = line.rsplit_once('\t') else {
                anyhow::bail!("line {}: a feature and a weight are wanted, parted by a tab", number + 1);
            };
            let weight =
                weight.parse().with_context(|| format!("line {}: {weight:?} is no weight", number + 1))?;
            if feature == BIAS {
                entry.1 = weight;
            } else {
                entry.0.push((models.vocabulary.number(feature), weight));
            }
        }
        let features = models.vocabulary.names.len();
        for (name, (weights, bias)) in found {
            let mut linear = Linear { weights: vec![0.0; features + 1] };
            for (feature, weight) in weights {
                linear.weights[feature as usize] = weight;
            }
            linear.weights[features] = bias;
            models.models.insert(name, linear);
        }
        Ok(models)
    }

    /// The name of each model in square brackets, then a line for each weight that tells anything: feature, weight.
    pub(crate) fn write(&self) -> String {
        let mut text = String::new();
        for (name, linear) in &self.models {
            let bias = linear.weights.last().copied().unwrap_or_default();
            let _ = writeln!(text, "[{name}]\n{BIAS}\t{bias:.3}");
            let mut lines: Vec<(&str, f32)> = linear.weights[..linear.weights.len() - 1]
                .iter()
                .enumerate()
                .filter(|(_, w)| w.abs() >= WRITTEN_MIN)
                .map(|(f, w)| (self.vocabulary.names[f].as_str(), *w))
                .collect();
            lines.sort_unstable_by(|a, b| a.0.cmp(b.0));
            for (feature, weight) in lines {
                let _ = writeln!(text, "{feature}\t{weight:.2}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_gets_a_weight_and_survives_the_file() {
        let mut models = Models::default();
        let bomb = models.vocabulary.number("w=bomb");
        let day = models.vocabulary.number("w=day");
        let seen: Vec<(Vec<u32>, bool)> =
            (0..60).map(|n| if n % 2 == 0 { (vec![bomb, day], true) } else { (vec![day], false) }).collect();
        let examples: Vec<Example<'_>> =
            seen.iter().map(|(features, label)| Example { features, label: *label }).collect();
        let linear = Linear::learn(&examples, models.vocabulary.len(), 0.3);
        assert!(linear.chance(&[bomb, day]) > 0.6, "{}", linear.chance(&[bomb, day]));
        assert!(linear.chance(&[day]) < 0.4, "{}", linear.chance(&[day]));
        models.models.insert("line.bombing".into(), linear);
        let mut again = Models::parse(&models.write()).unwrap();
        let features = again.vocabulary.numbers(&["w=bomb".into(), "w=day".into(), "w=new".into()]);
        let chance = again.models["line.bombing"].chance(&features);
        assert!((chance - models.models["line.bombing"].chance(&[bomb, day])).abs() < 0.05, "{chance}");
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = Models::parse("[line.attack]\nw=bomb\tmuch\n").err().unwrap().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
