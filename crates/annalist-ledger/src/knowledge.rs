//! knowledge: the data that joining, merging and review work by.

use crate::values::Values;
use crate::{merge, resolve, review};
use annalist::{Bundle, DataError};
use std::sync::Arc;

/// Data that bear on what the index holds.
const INDEXED: [&str; 4] = ["resolve/", "schema/policies.toml", "schema/values.toml", "places/country.tsv"];

/// What a ledger knows beside its entries.
pub struct Knowledge {
    /// Scores pairs of mentions.
    pub model: Arc<resolve::Model>,
    /// Which claims make a field's value.
    pub policies: merge::Policies,
    /// What people may do with an incident.
    pub review: review::Rules,
    /// The values that fields take, with the states of `review`.
    pub values: Values,
    hash: String,
}

impl Knowledge {
    /// What a data bundle says.
    ///
    /// # Errors
    /// When a file of it is missing or malformed.
    pub fn read(bundle: &Bundle) -> Result<Self, DataError> {
        let files = INDEXED.iter().flat_map(|path| bundle.under(path));
        let hashes: Vec<u8> =
            files.flat_map(|(path, file)| [path.as_bytes(), file.hash()].concat()).collect();
        let policies = merge::Policies::read(bundle)?;
        let review = review::Rules::read(bundle)?;
        let states = review.states().map(|(state, _)| state.to_owned());
        Ok(Knowledge {
            values: policies.values().clone().with("review", states),
            model: Arc::new(resolve::Model::new(bundle)?),
            policies,
            review,
            hash: format!("{} {}", env!("CARGO_PKG_VERSION"), crate::log::Digest::of(&hashes).hex()),
        })
    }

    /// Version of the program and hash of the data: what is made with one must be made anew with another.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
