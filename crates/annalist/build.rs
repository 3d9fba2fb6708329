//! Embeds every file of `data/` with its hash: a file that exists is in force, there is no list to edit.
#![allow(clippy::disallowed_methods, reason = "the engine does no I/O; its build does")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let root = manifest.join("../../data");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort();
    let mut code = String::from("pub(super) static FILES: &[super::EmbeddedFile] = &[\n");
    for (name, path) in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let hash = blake3::hash(&std::fs::read(path).expect("a readable data file"));
        writeln!(
            code,
            "    super::EmbeddedFile {{ path: {name:?}, bytes: {{ static A: &super::Aligned<[u8]> = &super::Aligned(*include_bytes!({:?})); &A.0 }}, hash: {:?} }},",
            path.canonicalize().expect("an existing path"),
            hash.as_bytes(),
        )
        .expect("writing to a string");
    }
    code.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    std::fs::write(out.join("embedded.rs"), code).expect("a writable OUT_DIR");
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    for entry in std::fs::read_dir(folder).expect("the data folder") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(root, &path, files);
        } else if !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')) {
            let name = path.strip_prefix(root).expect("inside the root");
            let name =
                name.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            files.push((name, path));
        }
    }
}
