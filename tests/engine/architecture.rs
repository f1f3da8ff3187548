//! The rooms of docs/ARCHITECTURE.md, where a file of `src/` imports only from rows above its own; and this folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms of `src/` in the order of the table: `image` for `src/image/`, `error` for `src/error.rs`.
fn rooms() -> Vec<&'static str> {
    include_str!("../../docs/ARCHITECTURE.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `src/")?.split('`').next())
        .map(|path| path.trim_end_matches(".rs").trim_end_matches('/'))
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|end| end == "rs") => found.push(path),
            false => {}
        }
    }
}

/// Rooms that a source names after `crate::`, outside comments and tests.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let name = |text: &str| -> String {
        let word = |c: &char| c.is_alphanumeric() || *c == '_';
        text.trim_start().chars().take_while(word).collect()
    };
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest
            .strip_prefix('{')
            .and_then(|list| list.split_once("};"))
        {
            Some((list, _)) => found.extend(list.split(',').map(name)),
            None => found.extend([name(rest)]),
        }
    }
    // What src/lib.rs passes on.
    found
        .into_iter()
        .filter(|name| !name.is_empty())
        .map(|name| match name.as_str() {
            "Error" | "Result" => "error".to_owned(),
            "Options" => "request".to_owned(),
            "Progress" | "Report" => "restore".to_owned(),
            _ => name,
        })
        .collect()
}

#[test]
fn files_import_only_from_rows_above_their_own() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms = rooms();
    let row = |name: &str| rooms.iter().position(|room| *room == name);
    let mut files = Vec::new();
    sources(&source, &mut files);
    assert!(files.len() > 50);
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&source).unwrap();
        let first = path.iter().next().unwrap().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let Some(own) = row(room) else {
            wrong.push(format!("src/{room} has no row"));
            continue;
        };
        for import in imports(&std::fs::read_to_string(&file).unwrap()) {
            match row(&import) {
                Some(other) if other <= own => {}
                Some(_) => wrong.push(format!("{} imports {import}", path.display())),
                None => wrong.push(format!("{}: crate::{import} is no room", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_this_folder_is_part_of_the_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine");
    let main = include_str!("main.rs");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    let left_out: Vec<_> = files
        .iter()
        .filter_map(|file| file.file_stem()?.to_str())
        .filter(|name| *name != "main" && !main.lines().any(|line| line == format!("mod {name};")))
        .collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}
