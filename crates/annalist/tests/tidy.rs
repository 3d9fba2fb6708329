//! Order in the house: direction of imports, paths in documents, heads of data files, words that do not belong here.
#![allow(clippy::disallowed_methods, reason = "the engine does no I/O; its tests read files")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path.as_ref()).unwrap_or_else(|e| panic!("{}: {e}", path.as_ref().display()))
}

/// Everything that git would take, as far as it is text; build products and ignored folders left out.
fn sources() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut left = vec![common::root()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir()
                && !matches!(
                    name.as_str(),
                    "target" | "out" | ".git" | "corpus" | "artifacts" | "node_modules"
                )
            {
                left.push(path);
            } else if path.is_file()
                && name != ".git"
                && !["bin", "profraw", "png"].iter().any(|e| name.ends_with(e))
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                all.push((common::shown(&path), text));
            }
        }
    }
    all.sort();
    all
}

/// The modules of the engine in the order in which ARCHITECTURE.md lists them.
fn order() -> Vec<String> {
    let text = read(common::root().join("ARCHITECTURE.md"));
    let table = text.split("## Modules of the engine").nth(1).expect("the table of modules");
    let table = table.split("\n## ").next().unwrap_or_default();
    let cells = table.lines().filter_map(|l| l.strip_prefix("| `"));
    cells.filter_map(|l| l.split_once('`')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn modules_import_in_one_direction() {
    let order = order();
    let rank = |module: &str| order.iter().position(|m| m == module);
    let mut faults = String::new();
    let mut seen = BTreeSet::new();
    for path in common::files("crates/annalist/src", "rs") {
        let shown = common::shown(&path);
        let inside = shown.trim_start_matches("crates/annalist/src/");
        let module = inside.split(['/', '.']).next().unwrap_or_default();
        if module == "lib" {
            continue;
        }
        seen.insert(module.to_owned());
        let Some(own) = rank(module) else {
            writeln!(faults, "{shown}: `{module}` has no row in ARCHITECTURE.md").expect("a string");
            continue;
        };
        let text = read(&path);
        // Tests stand at the end and may use what they like.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for used in line.split("crate::").skip(1) {
                let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                if rank(used).is_some_and(|r| r > own) {
                    let n = number + 1;
                    writeln!(faults, "{shown}:{n}: `{module}` uses `{used}`, which stands below it")
                        .expect("a string");
                }
            }
        }
    }
    for module in order.iter().filter(|m| !seen.contains(*m)) {
        writeln!(faults, "ARCHITECTURE.md: there is no module `{module}`").expect("a string");
    }
    assert!(
        faults.is_empty(),
        "\n{faults}Move the type up, or the row in ARCHITECTURE.md if the direction is sound."
    );
}

#[test]
fn paths_in_documents_exist() {
    let mut missing = String::new();
    let mut documents: Vec<PathBuf> = common::files("docs", "md");
    documents.extend(
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "DATA-LICENSES.md"]
            .map(|n| common::root().join(n)),
    );
    documents.push(common::root().join("specs/README.md"));
    for path in documents {
        let (shown, text) = (common::shown(&path), read(&path));
        let folder = path.parent().expect("a folder").to_owned();
        let code = text.split('`').skip(1).step_by(2);
        let links = text.split("](").skip(1).filter_map(|l| l.split_once(')')).map(|(l, _)| l);
        for name in code.chain(links).filter(|n| is_path(n)) {
            let name = name.split('#').next().unwrap_or_default();
            if !common::root().join(name).exists() && !folder.join(name).exists() {
                writeln!(missing, "{shown}: `{name}`").expect("a string");
            }
        }
    }
    assert!(missing.is_empty(), "no such file or folder:\n{missing}");
}

/// A name with a slash that begins with a folder of ours, or a file at the root.
fn is_path(name: &str) -> bool {
    let ours = ["crates/", "data/", "docs/", "specs/", "fuzz/", "bench/", "scripts/", "samples/", ".ci/"];
    !name.contains([' ', '*', '<', '…', '\n'])
        && (ours.iter().any(|o| name.starts_with(o)) || (name.ends_with(".md") && !name.contains(':')))
}

#[test]
fn data_files_say_whence_they_come() {
    let mut faults = String::new();
    for folder in ["lang", "rules", "schema", "places"] {
        for extension in ["tsv", "toml"] {
            for path in common::files(&format!("data/{folder}"), extension) {
                let head = annalist::table::header(read(&path).as_bytes());
                for key in ["meaning", "provenance", "licence"] {
                    if !head.contains_key(key) {
                        writeln!(faults, "{}: no `# {key}: …` at its head", common::shown(&path))
                            .expect("a string");
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// What must not stand in the repository: paths of somebody's machine, and the benchmark's folders.
#[test]
fn nothing_of_a_workplace_is_in_the_repository() {
    // Put together here so that this file does not name them.
    let forbidden = [
        ["/wo", "rk/"],
        ["sha", "red/"],
        ["/ho", "me/"],
        ["/ro", "ot/"],
        ["seed-", "report"],
        ["en-", "real"],
    ]
    .map(|w| w.concat());
    let mut faults = String::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            for word in forbidden.iter().filter(|w| line.contains(w.as_str())) {
                writeln!(faults, "{path}:{}: `{word}`", number + 1).expect("a string");
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Clippy bans the calls; this catches what is brought in by name only.
#[test]
fn the_engine_touches_no_machine() {
    let banned = [
        "std::fs",
        "std::net",
        "std::time",
        "std::env::",
        "std::process",
        "std::io",
        "thread::",
        "println!",
        "rand::",
    ];
    let mut faults = String::new();
    for path in common::files("crates/annalist/src", "rs") {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for word in banned.iter().filter(|w| line.contains(**w)) {
                writeln!(faults, "{}:{}: `{word}`", common::shown(&path), number + 1).expect("a string");
            }
        }
    }
    assert!(faults.is_empty(), "the engine is a pure function:\n{faults}");
}

/// "Never ignore a test": what fails is mended, or asserted as it is with the reason.
#[test]
fn no_test_is_ignored() {
    let word = ["#[ig", "nore"].concat();
    let ignored: Vec<String> = sources()
        .into_iter()
        .filter(|(p, t)| p.ends_with(".rs") && t.contains(&word))
        .map(|(p, _)| p)
        .collect();
    assert!(ignored.is_empty(), "{ignored:?}");
}

/// A note of what is known to be wrong is worth something only with its reason.
#[test]
fn known_wrongs_say_why() {
    let mark = "(say why)";
    let empty: Vec<String> = common::files("specs", "md")
        .into_iter()
        .filter(|p| read(p).contains(mark))
        .map(|p| common::shown(&p))
        .collect();
    assert!(empty.is_empty(), "{mark} in {empty:?}");
}
