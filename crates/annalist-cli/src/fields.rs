//! fields: what each field of an incident is called, what fills it and why it may be empty.

use annalist::{Bundle, DataError};
use serde::Deserialize;
use std::collections::BTreeMap;

const PATH: &str = "schema/fields.toml";

/// One field of `data/schema/fields.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    /// Heading.
    pub(crate) label: String,
    /// What the engine looks for.
    pub(crate) filled_by: String,
    /// Why there may be nothing.
    pub(crate) empty_because: String,
}

/// The fields in the order in which they are explained.
pub(crate) fn load(bundle: &Bundle) -> Result<Vec<(String, Field)>, DataError> {
    #[derive(Deserialize)]
    struct File {
        order: Vec<String>,
        field: BTreeMap<String, Field>,
    }
    let Some(file) = bundle.get(PATH) else {
        return Err(DataError::new(PATH, 0, "the file is missing; an overlay must not remove it"));
    };
    let text = std::str::from_utf8(file.bytes()).map_err(|e| DataError::new(PATH, 0, e.to_string()))?;
    let mut read: File = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(0, |span| text[..span.start].lines().count().max(1));
        DataError::new(PATH, line, e.message().to_owned())
    })?;
    let mut fields = Vec::new();
    for name in read.order {
        match read.field.remove(&name) {
            Some(field) => fields.push((name, field)),
            None => {
                return Err(DataError::new(
                    PATH,
                    0,
                    format!("`order` names `{name}`, which has no [field.{name}]"),
                ));
            }
        }
    }
    match read.field.keys().next() {
        Some(name) => Err(DataError::new(PATH, 0, format!("[field.{name}] is missing in `order`"))),
        None => Ok(fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_an_incident_is_described() {
        let fields = load(&Bundle::embedded()).unwrap();
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        for name in [
            "mode",
            "stage",
            "date",
            "place",
            "weapon",
            "targets",
            "perpetrator",
            "killed",
            "injured",
            "groups",
            "people",
            "damage",
            "election_related_by",
            "links",
        ] {
            assert!(names.contains(&name), "{name} is missing in data/schema/fields.toml");
        }
    }
}
