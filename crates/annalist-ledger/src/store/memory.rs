use super::{Appended, Row, Sealed, Store, StoreError, Visit, seal};
use crate::log::merkle::{self, Frontier};
use crate::log::{Digest, Draft};
use std::collections::BTreeMap;

/// Entries in memory: gone with the program.
#[derive(Debug, Default)]
pub struct Memory {
    rows: Vec<Row>,
    once: BTreeMap<Digest, u64>,
    tree: Frontier,
}

impl Memory {
    /// The rows of a bundle, unchecked: the head of the tree is made to fit them.
    pub fn of_rows(rows: Vec<Row>) -> Self {
        let mut tree = Frontier::default();
        for row in &rows {
            tree.push(merkle::leaf(&row.header));
        }
        Memory { rows, once: BTreeMap::new(), tree }
    }

    fn keep(&mut self, sealed: Sealed) -> Vec<Appended> {
        for (row, once) in sealed.entries {
            if let Some(key) = once {
                self.once.insert(key, row.seq);
            }
            self.rows.push(row);
        }
        self.tree = sealed.tree;
        sealed.appended
    }
}

impl Store for Memory {
    fn tree(&self) -> &Frontier {
        &self.tree
    }

    fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Appended>, StoreError> {
        let sealed = seal(drafts, &self.tree, |key| Ok(self.once.get(key).copied()))?;
        Ok(self.keep(sealed))
    }

    fn erase(&mut self, seq: u64, names: &[String], erasure: Draft) -> Result<Appended, StoreError> {
        let mut entry = self.entry(seq)?.ok_or(StoreError::NoEntry(seq))?;
        entry.held.retain(|name, _| !names.contains(name));
        let sealed = seal(vec![erasure], &self.tree, |_| Ok(None))?;
        if let Some(row) = usize::try_from(seq).ok().and_then(|at| self.rows.get_mut(at)) {
            *row = Row::of(&entry);
        }
        let appended = self.keep(sealed);
        appended.first().copied().ok_or(StoreError::NoEntry(seq))
    }

    fn rows(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        for row in self.rows.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
            if !visit(row.clone())? {
                break;
            }
        }
        Ok(())
    }

    fn once(&self, key: &Digest) -> Result<Option<u64>, StoreError> {
        Ok(self.once.get(key).copied())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_keeps_the_contract() {
        super::super::contract::holds(&mut super::Memory::default());
    }
}
