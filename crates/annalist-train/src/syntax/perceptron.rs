//! An averaged perceptron over hashed features, exact while it learns, cut to a small table in the end.

use annalist::syntax::model::{ClassRow, MoveRow, ROW_CLASSES, ROWS_MAX, check_of, further, row_of};

/// Weights per feature and class.
pub(crate) struct Perceptron {
    classes: usize,
    index: Index,
    weights: Vec<i32>,
    // Sum over all updates of step times change: the average is `weight - drift / steps`.
    drifts: Vec<i64>,
    steps: i64,
}

impl Perceptron {
    /// All weights zero.
    pub(crate) fn new(classes: usize) -> Self {
        Perceptron { classes, index: Index::new(), weights: Vec::new(), drifts: Vec::new(), steps: 0 }
    }

    /// Number of classes.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// The score of every class.
    pub(crate) fn score(&mut self, features: &[u64], scores: &mut [i32]) {
        scores.fill(0);
        for &feature in features {
            if let Some(row) = self.index.touch(feature) {
                let start = row * self.classes;
                let weights = &self.weights[start..start + self.classes];
                scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += weight);
            }
        }
    }

    /// Counts a decision: the average is over decisions.
    pub(crate) fn step(&mut self) {
        self.steps += 1;
    }

    /// Learns that `good` was right where `bad` was chosen.
    pub(crate) fn update(&mut self, features: &[u64], good: usize, bad: usize) {
        for &feature in features {
            let row = self.index.get_or_insert(feature);
            let start = row * self.classes;
            if start == self.weights.len() {
                self.weights.resize(start + self.classes, 0);
                self.drifts.resize(start + self.classes, 0);
            }
            for (class, change) in [(good, 1), (bad, -1)] {
                self.weights[start + class] += change;
                self.drifts[start + class] += self.steps * i64::from(change);
            }
        }
    }

    /// A table of `2^rows_log2` rows for three moves.
    pub(crate) fn move_table(&self, rows_log2: u32) -> Vec<MoveRow> {
        let scale = self.scale();
        let mut contest = Contest::new(rows_log2);
        for entry in self.index.entries() {
            let mut row: MoveRow = [0; 4];
            for (lane, weight) in row.iter_mut().zip(self.averages(entry.row)) {
                *lane = quantized(weight * scale);
            }
            if row != [0; 4] {
                row[3] = check_of(entry.feature);
                contest.enter(entry.feature, self.usefulness(entry), row);
            }
        }
        contest.winners()
    }

    /// A table of `2^rows_log2` rows for many classes.
    pub(crate) fn class_table(&self, rows_log2: u32) -> Vec<ClassRow> {
        let scale = self.scale();
        let mut contest = Contest::new(rows_log2);
        for entry in self.index.entries() {
            let mut pairs: Vec<(i8, i8)> =
                (0..).zip(self.averages(entry.row).map(|w| quantized(w * scale))).collect();
            pairs.retain(|pair| pair.1 != 0);
            pairs.sort_by_key(|&(class, weight)| (std::cmp::Reverse(weight.unsigned_abs()), class));
            let chunks: Vec<_> = pairs.chunks(ROW_CLASSES).take(ROWS_MAX).collect();
            let mut key = entry.feature;
            for (n, chunk) in chunks.iter().enumerate() {
                let mut row: ClassRow = [0; 16];
                row[0] = check_of(key);
                row[1] = i8::from(n + 1 < chunks.len());
                for (cells, &(class, weight)) in row[2..].chunks_exact_mut(2).zip(*chunk) {
                    cells.copy_from_slice(&[class, weight]);
                }
                let share = f32::from(chunk[0].1.unsigned_abs()) / f32::from(pairs[0].1.unsigned_abs());
                contest.enter(key, self.usefulness(entry) * share, row);
                key = further(key);
            }
        }
        contest.winners()
    }

    /// Number of features.
    pub(crate) fn len(&self) -> usize {
        self.index.len as usize
    }

    /// Widest weights may be clipped: one in ten thousand, so that the many small ones keep their differences.
    fn scale(&self) -> f32 {
        let mut widths: Vec<f32> =
            self.index.entries().map(|e| self.width(e.row)).filter(|w| *w > 0.0).collect();
        widths.sort_by(f32::total_cmp);
        let widest = widths.get((widths.len() * 9999 / 10_000).min(widths.len().saturating_sub(1)));
        widest.map_or(1.0, |w| 127.0 / w)
    }

    /// How much a feature has moved scores: its greatest weight, as often as it was looked up.
    fn usefulness(&self, entry: Entry) -> f32 {
        self.width(entry.row) * entry.uses as f32
    }

    fn width(&self, row: usize) -> f32 {
        self.averages(row).fold(0.0, |most, weight| most.max(weight.abs()))
    }

    fn averages(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let range = row * self.classes..(row + 1) * self.classes;
        let steps = self.steps.max(1) as f64;
        let pairs = self.weights[range.clone()].iter().zip(&self.drifts[range]);
        pairs.map(move |(&weight, &drift)| (f64::from(weight) - drift as f64 / steps) as f32)
    }
}

fn quantized(weight: f32) -> i8 {
    weight.round().clamp(-127.0, 127.0) as i8
}

/// Features that want the same row: the most useful gets it, the smaller of equals.
struct Contest<R> {
    rows: Vec<Option<(f32, u64, R)>>,
}

impl<R: Copy + Default> Contest<R> {
    fn new(rows_log2: u32) -> Self {
        Contest { rows: vec![None; 1 << rows_log2] }
    }

    fn enter(&mut self, key: u64, usefulness: f32, row: R) {
        let place = row_of(key, self.rows.len() - 1);
        let place = &mut self.rows[place];
        let wins = place
            .as_ref()
            .is_none_or(|&(other, owner, _)| usefulness > other || usefulness == other && key < owner);
        if wins {
            *place = Some((usefulness, key, row));
        }
    }

    fn winners(self) -> Vec<R> {
        self.rows.into_iter().map(|place| place.map_or(R::default(), |(_, _, row)| row)).collect()
    }
}

#[derive(Clone, Copy)]
struct Entry {
    feature: u64,
    row: usize,
    uses: u32,
}

/// From features to rows, by open addressing; grows as features come.
struct Index {
    slots: Vec<Slot>,
    len: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    feature: u64,
    row: u32,
    uses: u32,
}

const FREE: Slot = Slot { feature: 0, row: u32::MAX, uses: 0 };

impl Slot {
    fn is_free(self) -> bool {
        self.row == FREE.row
    }
}

impl Index {
    fn new() -> Self {
        Index { slots: vec![FREE; 1 << 16], len: 0 }
    }

    fn slot(&self, feature: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (feature >> 20) as usize & mask;
        while !self.slots[slot].is_free() && self.slots[slot].feature != feature {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The row of a feature, which is thereby used once more.
    fn touch(&mut self, feature: u64) -> Option<usize> {
        let slot = self.slot(feature);
        let slot = &mut self.slots[slot];
        slot.uses = slot.uses.saturating_add(1);
        (!slot.is_free()).then_some(slot.row as usize)
    }

    fn get_or_insert(&mut self, feature: u64) -> usize {
        if self.len as usize * 2 >= self.slots.len() {
            self.grow();
        }
        let slot = self.slot(feature);
        if self.slots[slot].is_free() {
            self.slots[slot] = Slot { feature, row: self.len, uses: 1 };
            self.len += 1;
        }
        self.slots[slot].row as usize
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![FREE; old.len() * 2];
        for entry in old.into_iter().filter(|slot| !slot.is_free()) {
            let slot = self.slot(entry.feature);
            self.slots[slot] = entry;
        }
    }

    fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let taken = self.slots.iter().filter(|slot| !slot.is_free());
        taken.map(|slot| Entry { feature: slot.feature, row: slot.row as usize, uses: slot.uses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learns_what_it_is_told() {
        let mut perceptron = Perceptron::new(3);
        let mut scores = [0; 3];
        for n in 0..100u64 {
            let features = [((n % 3) << 40) | (n % 3), 99];
            perceptron.step();
            perceptron.score(&features, &mut scores);
            let right = (n % 3) as usize;
            let chosen = (0..3).max_by_key(|&c| scores[c]).unwrap();
            if chosen != right {
                perceptron.update(&features, right, chosen);
            }
        }
        perceptron.score(&[(2 << 40) | 2, 99], &mut scores);
        assert_eq!((0..3).max_by_key(|&c| scores[c]), Some(2));
        let table = perceptron.move_table(4);
        assert_eq!(table.len(), 16);
        assert!(table[2][2] > 0);
    }
}
