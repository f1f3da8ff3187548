//! The oldest systems that what was built loads on, read from the symbol versions in the files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::portable::{GLIBC, GLIBC_FOR_GIMP};
use crate::{Result, paths, shell};

/// The newest versions that RHEL 8's compiler libraries define.
const COMPILER: [(&str, &str); 3] = [
    ("GLIBCXX", "3.4.25"),
    ("CXXABI", "1.3.11"),
    ("GCC", "7.0.0"),
];

/// Prints the highest symbol version that each program and shared library needs that was gathered to be shipped.
///
/// # Errors
/// When one needs more than the oldest system has that it is for, or there is none.
pub fn check() -> Result<()> {
    let dist = paths::target().join("dist");
    let mut binaries = Vec::new();
    find(&dist, &mut binaries)?;
    if binaries.is_empty() {
        return Err(format!(
            "{}: no program here; run `cargo xtask dist` first",
            dist.display()
        ));
    }
    let mut above = Vec::new();
    for binary in &binaries {
        let inside = binary.strip_prefix(&dist).expect("found in there");
        let floor = match inside.ends_with("gimp/dcdp-restore/dcdp-restore") {
            true => GLIBC_FOR_GIMP,
            false => GLIBC,
        };
        let needs = needs(binary)?;
        let shown: Vec<String> = needs
            .iter()
            .map(|(name, version)| format!("{name}_{version}"))
            .collect();
        println!(
            "{}: {} (at most GLIBC_{floor})",
            inside.display(),
            shown.join(" ")
        );
        for (name, version) in &needs {
            if allowed(name, floor).is_some_and(|most| numbers(version) > numbers(most)) {
                above.push(format!("{} needs {name}_{version}", inside.display()));
            }
        }
    }
    match above.is_empty() {
        true => Ok(()),
        false => Err(above.join(", ")),
    }
}

/// The highest allowed version of a family of symbols; `None` where any is.
fn allowed<'a>(family: &str, glibc: &'a str) -> Option<&'a str> {
    let compiler = COMPILER.iter().find(|(known, _)| *known == family);
    match family {
        "GLIBC" => Some(glibc),
        _ => compiler.map(|(_, version)| *version),
    }
}

/// The ELF files in a folder, each once, without those that hold debug information alone.
fn find(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for path in shell::entries(folder)? {
        if path.is_symlink()
            || path
                .extension()
                .is_some_and(|extension| extension == "debug")
        {
            continue;
        }
        if path.is_dir() {
            find(&path, found)?;
        } else if starts_with(&path, b"\x7fELF")? {
            found.push(path);
        }
    }
    Ok(())
}

fn starts_with(path: &Path, magic: &[u8; 4]) -> Result<bool> {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read(&mut start));
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(start == *magic)
}

/// The highest version of each family of symbols, `GLIBC` and the like.
fn needs(binary: &Path) -> Result<BTreeMap<String, String>> {
    let printed = shell::read(
        Command::new("objdump")
            .arg("--private-headers")
            .arg(binary)
            .env("LC_ALL", "C"),
    )?;
    let (_, references) = printed
        .split_once("Version References:")
        .unwrap_or_default();
    let mut highest = BTreeMap::<String, String>::new();
    // Lines are `    0x0d696918 0x00 05 GLIBC_2.28`.
    for version in references
        .lines()
        .filter_map(|line| line.split_whitespace().nth(3))
    {
        let Some((family, number)) = version.split_once('_') else {
            continue;
        };
        let known = highest.entry(family.to_owned()).or_default();
        if numbers(number) > numbers(known) {
            *known = number.to_owned();
        }
    }
    Ok(highest)
}

/// A version as numbers, to compare. What is none, `PRIVATE` or `ABI_DT_RELR`, is above all numbers.
fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap_or(u32::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers_and_names_are_above_all() {
        for (lower, higher) in [
            ("2.4", "2.28"),
            ("2.28", "2.28.1"),
            ("", "2.2.5"),
            ("2.28", "PRIVATE"),
            ("2.28", "ABI_DT_RELR"),
        ] {
            assert!(numbers(lower) < numbers(higher), "{lower} {higher}");
        }
    }
}
