//! What may be given to whom, read from `data/schema/release.toml`.

use super::field;
use crate::log::Digest;
use annalist::{Bundle, DataError};
use serde::Deserialize;
use std::collections::BTreeMap;

const PATH: &str = "schema/release.toml";

/// What each audience may see.
#[derive(Clone, Debug)]
pub struct Policies {
    audiences: BTreeMap<String, Policy>,
}

/// What one audience may see.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The audience: `public`, `partners`, `internal`.
    pub audience: String,
    /// SHA-256 of the file of policies, in hexadecimal: manifests name it.
    pub hash: String,
    pub(super) common: Common,
    pub(super) own: Own,
}

/// What holds for all audiences.
#[derive(Clone, Debug)]
pub(super) struct Common {
    pub(super) minor_age: u32,
    pub(super) minor_words: Vec<String>,
    pub(super) dead: Vec<String>,
    pub(super) owned: Vec<String>,
    pub(super) alleged: String,
    /// The finest first.
    pub(super) levels: Vec<Level>,
}

/// How exact a place can be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    pub(super) precision: String,
    /// Side of the square to whose middle a point is moved; none: no point.
    pub(super) km: Option<f64>,
    pub(super) drop: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Own {
    pub(super) states: Vec<String>,
    pub(super) changed_since: bool,
    pub(super) grades_refused: Vec<String>,
    pub(super) embargo_days: u32,
    pub(super) fields: Vec<String>,
    pub(super) named_voices: Vec<String>,
    pub(super) named_roles: Vec<String>,
    pub(super) named_outcomes: Vec<String>,
    pub(super) named_minors: bool,
    pub(super) with_name: Vec<String>,
    pub(super) facilities_of_living: bool,
    pub(super) small_cell: u64,
    pub(super) small_cell_below: String,
    pub(super) contacts: bool,
    pub(super) alleged: bool,
    pub(super) embargo: BTreeMap<String, u32>,
    /// By target class and `default`: the finest precision told.
    pub(super) level: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    minor_age: u32,
    minor_words: Vec<String>,
    dead: Vec<String>,
    owned: Vec<String>,
    alleged: String,
    level: Vec<Level>,
    audience: BTreeMap<String, Own>,
}

impl Policies {
    /// Reads the policies.
    ///
    /// # Errors
    /// When the file is missing, misspelt, or names a field or precision that there is not.
    pub fn read(bundle: &Bundle) -> Result<Self, DataError> {
        let fault = |message: String| DataError::new(PATH, 0, message);
        let file = bundle.get(PATH).ok_or_else(|| fault("there is no such file".into()))?;
        let text = std::str::from_utf8(file.bytes()).map_err(|e| fault(e.to_string()))?;
        let read: File = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
        let File { minor_age, minor_words, dead, owned, alleged, level: levels, audience } = read;
        let common = Common { minor_age, minor_words, dead, owned, alleged, levels };
        for level in &common.levels {
            known_fields(level.drop.iter()).map_err(fault)?;
        }
        let hash = Digest::of(file.bytes()).hex();
        let policy = |(audience, own): (String, Own)| {
            own.check(&common).map_err(|e| fault(format!("audience.{audience}: {e}")))?;
            let policy =
                Policy { audience: audience.clone(), hash: hash.clone(), common: common.clone(), own };
            Ok((audience, policy))
        };
        Ok(Policies { audiences: audience.into_iter().map(policy).collect::<Result<_, DataError>>()? })
    }

    /// The policy of an audience; none when there is no such audience.
    pub fn audience(&self, name: &str) -> Option<&Policy> {
        self.audiences.get(name)
    }

    /// The audiences, in order of name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.audiences.keys().map(String::as_str)
    }
}

impl Own {
    fn check(&self, common: &Common) -> Result<(), String> {
        known_fields(self.fields.iter().chain(self.embargo.keys()).chain(&self.with_name))?;
        if !self.level.contains_key("default") {
            return Err("level: there is no `default`".into());
        }
        for precision in self.level.values().chain([&self.small_cell_below]) {
            if !common.levels.iter().any(|level| level.precision == *precision) {
                return Err(format!("there is no level `{precision}`"));
            }
        }
        Ok(())
    }
}

/// Whether a list of what is told has a word, or `*`.
pub(super) fn told(list: &[String], word: &str) -> bool {
    list.iter().any(|own| own == word || own == "*")
}

fn known_fields<'f>(mut names: impl Iterator<Item = &'f String>) -> Result<(), String> {
    match names.find(|name| field::find(name).is_none()) {
        Some(name) => Err(format!("there is no field `{name}`")),
        None => Ok(()),
    }
}

impl Policy {
    /// Whether somebody lives, as far as is known.
    pub(super) fn lives(&self, outcome: &str) -> bool {
        !self.common.dead.iter().any(|dead| dead == outcome)
    }

    /// How coarse a precision is; one that is not in the list may be as fine as can be.
    pub(super) fn rank(&self, precision: &str) -> usize {
        self.common.levels.iter().position(|level| level.precision == precision).unwrap_or(0)
    }
}
