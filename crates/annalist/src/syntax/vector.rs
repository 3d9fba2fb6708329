//! The vectors of words: a table from features to rows of signed bytes, read in place.

use super::feature::FEATURES;
use std::ops::Range;

/// Slots that are looked at before a feature counts as unknown.
const PROBES: usize = 64;

/// A slot: the feature, and the number of its row plus one, both little-endian; an empty one ends the search.
pub type Slot = [[u8; 4]; 2];

/// Where the table and the rows lie in the bytes of a model. The first rows stand for what is unknown of every feature.
#[derive(Clone, Debug)]
pub(super) struct Vectors {
    pub(super) width: usize,
    pub(super) slots: Range<usize>,
    pub(super) rows: Range<usize>,
    pub(super) scale: f32,
}

impl Vectors {
    /// Appends the sum of the vectors of a word's features.
    #[inline(always)]
    pub(super) fn add(&self, bytes: &[u8], word: &[u32; FEATURES], out: &mut Vec<f32>) {
        let slots: &[Slot] = bytemuck::cast_slice(&bytes[self.slots.clone()]);
        let rows: &[i8] = bytemuck::cast_slice(&bytes[self.rows.clone()]);
        let mut found = [&rows[..0]; FEATURES];
        for (n, (found, &feature)) in found.iter_mut().zip(word).enumerate() {
            let row = find(slots, feature).unwrap_or(n);
            *found = rows.get(row * self.width..(row + 1) * self.width).unwrap_or(&rows[..self.width]);
        }
        let start = out.len();
        out.resize(start + self.width, 0.0);
        for (n, out) in out[start..].iter_mut().enumerate() {
            let sum: i16 = found.iter().map(|row| i16::from(row[n])).sum();
            *out = f32::from(sum) * self.scale;
        }
    }
}

/// The row of a feature.
#[inline(always)]
fn find(slots: &[Slot], feature: u32) -> Option<usize> {
    let mask = slots.len() - 1;
    for n in 0..PROBES {
        let [key, row] = slots[(feature as usize).wrapping_add(n) & mask];
        let row = u32::from_le_bytes(row).checked_sub(1)?;
        if key == feature.to_le_bytes() {
            return Some(row as usize);
        }
    }
    None
}

/// Builds the table that the model reads, of features and their rows.
///
/// # Panics
/// When features crowd so much that one could not be found again.
pub fn table(rows: &[(u32, u32)]) -> Vec<Slot> {
    let len = (rows.len() * 2 + 1).next_power_of_two();
    let mut slots: Vec<Slot> = vec![[[0; 4]; 2]; len];
    for &(feature, row) in rows {
        let slot = (0..PROBES)
            .map(|n| (feature as usize).wrapping_add(n) & (len - 1))
            .find(|&slot| slots[slot][1] == [0; 4])
            .expect("a table half empty has room near every feature");
        slots[slot] = [feature.to_le_bytes(), (row + 1).to_le_bytes()];
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_find_what_they_hold() {
        let rows: Vec<(u32, u32)> = (0..5000u32).map(|n| (n.wrapping_mul(0x9e37_79b9), n)).collect();
        let slots = table(&rows);
        assert!(rows.iter().all(|&(feature, row)| find(&slots, feature) == Some(row as usize)));
        assert_eq!(find(&slots, 77), None);
        assert_eq!(find(&table(&[]), 7), None);
    }
}
