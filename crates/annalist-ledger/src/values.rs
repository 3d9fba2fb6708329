//! values: is this a value of its list, and which one did somebody mean who wrote it in another way?

use annalist::bundle::{Bundle, DataError};
use annalist::table;
use std::collections::BTreeMap;
use thiserror::Error;

const LISTS: &str = "schema/values.toml";
const COUNTRIES: &str = "places/country.tsv";

/// The values that fields take, by list, and the countries.
#[derive(Clone, Debug, Default)]
pub struct Values {
    lists: BTreeMap<String, Vec<String>>,
    countries: Vec<Country>,
}

#[derive(Clone, Debug)]
struct Country {
    code: String,
    /// In small letters.
    names: Vec<String>,
}

impl Country {
    /// Each name with the code.
    fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(|name| (name.as_str(), self.code.as_str()))
    }
}

/// A word that is no value of its list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{written}` is no value of the list `{list}`{}; {known}", meant(.nearest))]
pub struct NoValue {
    /// The list.
    pub list: String,
    /// What was written.
    pub written: String,
    /// Values that are written nearly so, the nearest first.
    pub nearest: Vec<String>,
    /// What would do.
    pub known: String,
}

fn meant(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!(" (did you mean {}?)", nearest.join(" or ")) }
}

impl Values {
    /// The lists and countries of a data bundle.
    ///
    /// # Errors
    /// When a file is missing or malformed.
    ///
    /// # Example
    /// ```
    /// use annalist_ledger::values::Values;
    /// let values = Values::read(&annalist::Bundle::embedded())?;
    /// assert_eq!(values.value("mode", "Missile strike")?, "missile_strike");
    /// assert_eq!(values.country("ukraine")?, "UA");
    /// assert_eq!(values.value("mode", "misile strike").unwrap_err().nearest[0], "missile_strike");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(bundle: &Bundle) -> Result<Self, DataError> {
        let fault = |path: &str, message: String| DataError::new(path, 0, message);
        let file = |path: &'static str| {
            let missing = || fault(path, "the file is missing; an overlay must not remove it".to_owned());
            bundle.get(path).ok_or_else(missing)
        };
        let text = std::str::from_utf8(file(LISTS)?.bytes()).map_err(|e| fault(LISTS, e.to_string()))?;
        let lists = toml::from_str(text).map_err(|e| fault(LISTS, e.message().to_owned()))?;
        let rows = table::rows(COUNTRIES, file(COUNTRIES)?.bytes())?;
        let names = |row: &table::Row<'_>| {
            let others = row.cell(2).split(';').map(str::trim);
            let all = std::iter::once(row.cell(1)).chain(others).filter(|name| !name.is_empty());
            all.map(str::to_lowercase).collect()
        };
        let countries =
            rows.iter().map(|row| Country { code: row.cell(0).to_owned(), names: names(row) }).collect();
        Ok(Values { lists, countries })
    }

    /// The same with another list.
    pub fn with(mut self, list: &str, values: impl IntoIterator<Item = String>) -> Self {
        self.lists.insert(list.to_owned(), values.into_iter().collect());
        self
    }

    /// All values of a list; none of a list that there is not.
    pub fn of(&self, list: &str) -> &[String] {
        self.lists.get(list).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a list has exactly this value.
    pub fn has(&self, list: &str, value: &str) -> bool {
        self.of(list).iter().any(|known| known == value)
    }

    /// Whether this is the code of a country.
    pub fn is_country(&self, code: &str) -> bool {
        self.countries.iter().any(|country| country.code == code)
    }

    /// The value of a list that somebody wrote, in any case and with blanks or hyphens for underscores.
    ///
    /// # Errors
    /// When the list has no such value.
    pub fn value(&self, list: &str, written: &str) -> Result<&str, NoValue> {
        let meant = written.trim().to_lowercase().replace([' ', '-'], "_");
        let found = self.of(list).iter().find(|value| **value == meant);
        found.map(String::as_str).ok_or_else(|| self.unknown(list, written))
    }

    /// That a word is no value of a list.
    pub(crate) fn unknown(&self, list: &str, written: &str) -> NoValue {
        let values = self.of(list);
        let meant = written.trim().to_lowercase().replace([' ', '-'], "_");
        NoValue {
            list: list.to_owned(),
            written: written.to_owned(),
            nearest: nearest(&meant, values.iter().map(|value| (value.as_str(), value.as_str()))),
            known: format!("the values are {}", values.join(", ")),
        }
    }

    /// The ISO code of a country that somebody wrote, by its code or one of its names.
    ///
    /// # Errors
    /// When no such country is known.
    pub fn country(&self, written: &str) -> Result<&str, NoValue> {
        let name = written.trim().to_lowercase();
        let is =
            |country: &&Country| country.code.eq_ignore_ascii_case(&name) || country.names.contains(&name);
        let found = self.countries.iter().find(is);
        found.map(|country| country.code.as_str()).ok_or_else(|| NoValue {
            list: "country".to_owned(),
            written: written.to_owned(),
            nearest: nearest(&name, self.countries.iter().flat_map(Country::named)),
            known: "write the code of ISO 3166-1 (UA) or the English name (Ukraine)".to_owned(),
        })
    }
}

/// Up to three values whose names are written nearly as a word.
fn nearest<'v>(word: &str, named: impl Iterator<Item = (&'v str, &'v str)>) -> Vec<String> {
    const NEAR: f64 = 0.8;
    const MOST: usize = 3;
    let likeness = |name: &str| match word.len() > 2 && name.contains(word) {
        true => 1.0,
        false => strsim::jaro_winkler(word, name),
    };
    let mut near: Vec<(f64, &str)> = named.map(|(name, value)| (likeness(name), value)).collect();
    near.retain(|(likeness, _)| *likeness >= NEAR);
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut values: Vec<String> = Vec::new();
    for (_, value) in near {
        if !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }
    values.truncate(MOST);
    values
}
