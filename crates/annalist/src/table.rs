//! table: here is a tab-separated data file, give me its rows and what its head says of it.
//!
//! Apart from [`crate::lexicon`], because the splitter reads tables too and lexicons need tokens.

use crate::bundle::DataError;
use std::collections::BTreeMap;

/// One line of a tab-separated data file.
pub struct Row<'a> {
    path: &'a str,
    line: usize,
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// The cell in column `n`, trimmed; empty when there is none.
    pub fn cell(&self, n: usize) -> &'a str {
        self.cells.get(n).copied().unwrap_or_default()
    }

    /// All cells.
    pub fn cells(&self) -> &[&'a str] {
        &self.cells
    }

    /// Number of the line in its file, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// A fault of this line.
    pub fn fault(&self, message: impl Into<String>) -> DataError {
        DataError::new(self.path, self.line, message)
    }
}

/// The lines of a tab-separated file without comments and blank lines.
///
/// # Errors
/// When the bytes are no UTF-8.
pub fn rows<'a>(path: &'a str, bytes: &'a [u8]) -> Result<Vec<Row<'a>>, DataError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| DataError::new(path, 0, format!("not UTF-8 at byte {}", e.valid_up_to())))?;
    Ok(text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(n, line)| Row { path, line: n + 1, cells: line.split('\t').map(str::trim).collect() })
        .collect())
}

/// The `# key: value` lines at the head of a data file.
pub fn header(bytes: &[u8]) -> BTreeMap<String, String> {
    String::from_utf8_lossy(bytes)
        .lines()
        .map_while(|line| line.strip_prefix('#'))
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}
