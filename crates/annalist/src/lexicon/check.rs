//! The check of the data folder that `make test` and `annalist data check` run: heads, duplicates, values.

use super::{header, rows};
use crate::bundle::{Bundle, DataError};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

const VALUES: &str = "schema/values.toml";
const LEXICONS: &str = "schema/lexicons.toml";

/// Folders whose files people edit. Models and gazetteers describe themselves elsewhere.
const FOLDERS: [&str; 3] = ["lang/", "rules/", "schema/"];

#[derive(Deserialize)]
struct Schema {
    list: BTreeMap<String, Vec<String>>,
    lexicon: BTreeMap<String, Description>,
}

#[derive(Deserialize)]
struct Description {
    columns: Vec<Column>,
}

/// One column after the phrase.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    name: String,
    meaning: String,
    list: Option<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    several: bool,
}

/// Every fault in the files that people edit: heads without meaning, provenance or licence, phrases that
/// stand twice with one value, values that no list knows, columns that nobody described.
pub fn check(bundle: &Bundle) -> Vec<DataError> {
    let mut faults = Vec::new();
    for (path, file) in FOLDERS.iter().flat_map(|folder| bundle.under(folder)) {
        if path.ends_with(".tsv") || path.ends_with(".toml") {
            check_head(path, file.bytes(), &mut faults);
        }
    }
    match Schema::load(bundle) {
        Ok(schema) => check_lexicons(bundle, &schema, &mut faults),
        Err(fault) => faults.push(fault),
    }
    faults
}

fn check_head(path: &str, bytes: &[u8], faults: &mut Vec<DataError>) {
    let head = header(bytes);
    for key in ["meaning", "provenance", "licence"] {
        if head.get(key).is_none_or(String::is_empty) {
            faults.push(DataError::new(path, 1, format!("no line `# {key}: …` at the head of the file")));
        }
    }
}

impl Schema {
    /// The descriptions of all lexicons, with the value lists of the readings among the lists.
    fn load(bundle: &Bundle) -> Result<Self, DataError> {
        let mut schema: Schema = parse(bundle, LEXICONS)?;
        let values: BTreeMap<String, Vec<String>> = parse(bundle, VALUES)?;
        for (name, list) in values {
            if schema.list.insert(name.clone(), list).is_some() {
                return Err(DataError::new(LEXICONS, 0, format!("the list `{name}` is also in {VALUES}")));
            }
        }
        for (name, description) in &schema.lexicon {
            for column in &description.columns {
                let missing = column.list.as_ref().filter(|list| !schema.list.contains_key(*list));
                if let Some(list) = missing {
                    let message = format!("lexicon `{name}` names the list `{list}` that is nowhere");
                    return Err(DataError::new(LEXICONS, 0, message));
                }
                if column.meaning.is_empty() {
                    let message = format!("column `{}` of lexicon `{name}` has no meaning", column.name);
                    return Err(DataError::new(LEXICONS, 0, message));
                }
            }
        }
        Ok(schema)
    }

    fn knows(&self, column: &Column, value: &str) -> bool {
        let listed = |value: &str| match &column.list {
            Some(list) => self.list[list].iter().chain(&column.also).any(|known| known == value),
            None => true,
        };
        if column.several { value.split('|').all(listed) } else { listed(value) }
    }
}

fn parse<T: serde::de::DeserializeOwned>(bundle: &Bundle, path: &str) -> Result<T, DataError> {
    let file = bundle.get(path).ok_or_else(|| DataError::new(path, 0, "the file is missing"))?;
    toml::from_str(&String::from_utf8_lossy(file.bytes()))
        .map_err(|e| DataError::new(path, 0, e.message().to_owned()))
}

fn check_lexicons(bundle: &Bundle, schema: &Schema, faults: &mut Vec<DataError>) {
    for (path, file) in bundle.under("lang/").filter(|(path, _)| path.ends_with(".tsv")) {
        let head = header(file.bytes());
        let description = head.get("lexicon").and_then(|name| schema.lexicon.get(name));
        let phrases = head.get("match").is_some_and(|m| m == "phrase");
        let rows = match rows(path, file.bytes()) {
            Ok(rows) => rows,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let mut seen: HashMap<(String, &str), usize> = HashMap::new();
        for row in &rows {
            let key = (row.cell(0).to_lowercase(), row.cell(1));
            if let Some(line) = seen.insert(key, row.line()).filter(|_| phrases) {
                faults.push(
                    row.fault(format!("`{}` stands already in line {line} with this value", row.cell(0))),
                );
            }
            if let Some(description) = description {
                check_row(row, &description.columns, schema, faults);
            }
        }
    }
}

fn check_row(row: &super::Row<'_>, columns: &[Column], schema: &Schema, faults: &mut Vec<DataError>) {
    for (n, column) in columns.iter().enumerate() {
        let value = row.cell(n + 1);
        if value.is_empty() {
            if !column.optional {
                faults.push(row.fault(format!("column {} ({}) is empty", n + 2, column.name)));
            }
        } else if !schema.knows(column, value) {
            let list = column.list.as_deref().unwrap_or_default();
            faults.push(row.fault(format!("`{value}` ({}) is not in the list `{list}`", column.name)));
        }
    }
    if row.cells().len() > columns.len() + 1 {
        let message = format!("more cells than the {} columns that {LEXICONS} describes", columns.len() + 1);
        faults.push(row.fault(message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_is_sound() {
        let faults: Vec<String> = check(&Bundle::embedded()).iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "mend these lines of data/:\n{}", faults.join("\n"));
    }

    #[test]
    fn faults_are_named_by_line() {
        let mut bundle = Bundle::embedded();
        let text =
            "# lexicon: weapon\n# match: phrase\nblowpipe\tpipe\tassault\nbow\tknife\nbow\tknife\tassault\n";
        bundle.overlay("lang/xx/weapon.tsv", text.as_bytes().to_vec());
        let faults: Vec<String> = check(&bundle).iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "lang/xx/weapon.tsv:1: no line `# meaning: …` at the head of the file",
                "lang/xx/weapon.tsv:1: no line `# provenance: …` at the head of the file",
                "lang/xx/weapon.tsv:1: no line `# licence: …` at the head of the file",
                "lang/xx/weapon.tsv:3: `pipe` (weapon) is not in the list `weapon`",
                "lang/xx/weapon.tsv:4: column 3 (mode) is empty",
                "lang/xx/weapon.tsv:5: `bow` stands already in line 4 with this value",
            ]
        );
    }
}
