//! phrase: the signs of a pair in words for people.

use super::Reason;
use annalist::table::rows;
use annalist::{Bundle, DataError};
use std::collections::BTreeMap;

/// The words for signs, from `schema/signs.tsv`.
pub struct Phrases(BTreeMap<String, String>);

impl Phrases {
    /// Reads them.
    ///
    /// # Errors
    /// The first line that cannot be read.
    ///
    /// # Example
    /// ```
    /// use annalist_ledger::resolve::{Phrases, Reason};
    /// let phrases = Phrases::read(&annalist::Bundle::embedded())?;
    /// let reason = Reason { sign: "words copied", value: Some(0.31), weight: 2.5 };
    /// assert_eq!(phrases.tell(&reason).as_deref(), Some("31 % of the words are copied"));
    /// # Ok::<(), annalist::DataError>(())
    /// ```
    pub fn read(bundle: &Bundle) -> Result<Self, DataError> {
        const PATH: &str = "schema/signs.tsv";
        let file = bundle.get(PATH).ok_or_else(|| DataError::new(PATH, 0, "there is no such file"))?;
        let words = rows(PATH, file.bytes())?.into_iter().skip(1);
        Ok(Phrases(words.map(|row| (row.cell(0).to_owned(), row.cell(1).to_owned())).collect()))
    }

    /// A sign in words; its name when nobody gave it words, and nothing when it is not to be told.
    pub fn tell(&self, reason: &Reason) -> Option<String> {
        let words = self.0.get(reason.sign).map_or(reason.sign, String::as_str);
        let value = reason.value.unwrap_or_default();
        let told = words.replace("{%}", &format!("{:.0} %", value * 100.0));
        let told = told.replace("{}", &format!("{value:.0}"));
        (!told.is_empty()).then_some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::Model;
    use std::collections::BTreeSet;

    #[test]
    fn every_sign_has_its_words_and_there_are_no_others() {
        let phrases = Phrases::read(&Bundle::embedded()).unwrap();
        let told: BTreeSet<&str> = phrases.0.keys().map(String::as_str).collect();
        assert_eq!(told, Model::signs().collect());
    }
}
