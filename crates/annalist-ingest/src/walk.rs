//! walk: here are the paths that a person named, give me the files behind them.

use crate::error::IngestError;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file to be read, with its size for progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Path as the person would write it.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: u64,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Files in the order of the paths given; inside a folder sorted by name.
    pub files: Vec<Found>,
    /// Files of folders that are no reports by their name (pictures, archives); files that are named
    /// themselves are never left out.
    pub left_out: usize,
    /// Paths that could not be listed.
    pub errors: Vec<IngestError>,
}

/// File endings that are read inside folders; files without an ending are read too.
const ENDINGS: [&str; 8] = ["txt", "text", "html", "htm", "xhtml", "jsonl", "ndjson", "json"];

/// Lists files and, sorted, everything under folders. Hidden files and folders are left out there, and a folder
/// is entered once however many links lead to it.
pub fn walk<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Walk {
    let mut walk = Walk::default();
    for path in paths {
        let path = path.as_ref();
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => walk.folder(path, &mut BTreeSet::new()),
            Ok(meta) => walk.files.push(Found { path: path.to_owned(), bytes: meta.len() }),
            Err(error) => walk.errors.push(IngestError::io(&path.to_string_lossy(), error)),
        }
    }
    walk
}

impl Walk {
    fn folder(&mut self, folder: &Path, entered: &mut BTreeSet<PathBuf>) {
        let real = fs::canonicalize(folder);
        match real {
            Ok(real) if !entered.insert(real.clone()) => return,
            Ok(_) => {}
            Err(error) => return self.errors.push(IngestError::io(&folder.to_string_lossy(), error)),
        }
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => entries,
            Err(error) => return self.errors.push(IngestError::io(&folder.to_string_lossy(), error)),
        };
        let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).collect();
        names.sort();
        for name in names {
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let path = folder.join(&name);
            match fs::metadata(&path) {
                Ok(meta) if meta.is_dir() => self.folder(&path, entered),
                Ok(meta) if meta.is_file() && is_report(&path) => {
                    self.files.push(Found { path, bytes: meta.len() });
                }
                Ok(_) => self.left_out += 1,
                Err(error) => self.errors.push(IngestError::io(&path.to_string_lossy(), error)),
            }
        }
    }
}

fn is_report(path: &Path) -> bool {
    path.extension().is_none_or(|e| ENDINGS.contains(&e.to_string_lossy().to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_sorted_and_links_do_not_loop() {
        let root = tempfile::tempdir().unwrap();
        for file in ["b/2.txt", "b/1.html", "a.jsonl", ".hidden/x.txt", "b/.x.txt", "b/p.png", "README"] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.path(), root.path().join("b/loop")).unwrap();
        let found = walk([root.path()]);
        let names: Vec<_> = found
            .files
            .iter()
            .map(|f| f.path.strip_prefix(root.path()).unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["README", "a.jsonl", "b/1.html", "b/2.txt"]);
        assert_eq!(found.left_out, 1);
        assert_eq!(walk(["/nowhere/at/all"]).errors.len(), 1);
    }
}
