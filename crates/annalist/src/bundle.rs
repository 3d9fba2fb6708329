//! bundle: what the engine knows, as files. Embedded by default, overlaid file by file.

use std::borrow::Cow;
use std::collections::BTreeMap;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

struct EmbeddedFile {
    path: &'static str,
    bytes: &'static [u8],
    hash: [u8; 32],
}

/// Models are read in place as `i16` and `u32`, so embedded bytes start on a cache line.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

/// One file of the data folder.
#[derive(Clone)]
pub struct DataFile {
    bytes: Cow<'static, [u8]>,
    hash: [u8; 32],
    overlaid: bool,
}

impl DataFile {
    /// Its bytes; embedded files live as long as the program.
    pub fn bytes(&self) -> &Cow<'static, [u8]> {
        &self.bytes
    }

    /// Whether it came from an overlay rather than from the program.
    pub fn overlaid(&self) -> bool {
        self.overlaid
    }

    /// BLAKE3 of its bytes.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

/// The data folder as a map from path (`lang/en/weapon.tsv`) to file.
#[derive(Clone)]
pub struct Bundle {
    files: BTreeMap<String, DataFile>,
}

impl Bundle {
    /// The files that were in `data/` when the program was built.
    pub fn embedded() -> Self {
        let files = embedded::FILES
            .iter()
            .map(|f| {
                let file = DataFile { bytes: Cow::Borrowed(f.bytes), hash: f.hash, overlaid: false };
                (f.path.to_owned(), file)
            })
            .collect();
        Bundle { files }
    }

    /// Puts one file over the embedded one of the same path, or beside the others.
    ///
    /// Paths use `/` whatever the system. An empty file takes the embedded one out of force.
    pub fn overlay(&mut self, path: &str, bytes: Vec<u8>) {
        if bytes.is_empty() {
            self.files.remove(path);
            return;
        }
        let hash = *blake3::hash(&bytes).as_bytes();
        self.files.insert(path.to_owned(), DataFile { bytes: Cow::Owned(bytes), hash, overlaid: true });
    }

    /// The file at `path`.
    pub fn get(&self, path: &str) -> Option<&DataFile> {
        self.files.get(path)
    }

    /// The files whose path starts with `folder`, in order of path.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a DataFile)> {
        self.files
            .range(folder.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(folder))
            .map(|(path, file)| (path.as_str(), file))
    }

    /// All files, in order of path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &DataFile)> {
        self.under("")
    }

    /// `blake3:` and the hash over all paths and file hashes: stands in every reading.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, file) in self.files() {
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(&file.hash);
        }
        format!("blake3:{}", hasher.finalize().to_hex())
    }
}

/// What is wrong in a data file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {message}")]
pub struct DataError {
    /// Path in the data folder.
    pub path: String,
    /// Line, from 1; 0 when the fault is the whole file's.
    pub line: usize,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl DataError {
    /// A fault at one line of one file.
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        DataError { path: path.to_owned(), line, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_changes_the_hash_and_wins() {
        let mut bundle = Bundle::embedded();
        let before = bundle.hash();
        bundle.overlay("lang/en/mine.tsv", b"# lexicon: mine\n".to_vec());
        assert_ne!(bundle.hash(), before);
        assert!(bundle.get("lang/en/mine.tsv").unwrap().overlaid());
        bundle.overlay("lang/en/mine.tsv", Vec::new());
        assert_eq!(bundle.hash(), before);
    }
}
