//! The oldest systems that what was built loads on, read from the symbol versions in the files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::platform::Platform;
use crate::portable::{GLIBC, GLIBC_FOR_GIMP};
use crate::{Result, paths, runtime, shell, wheel};

/// The newest versions that RHEL 8's compiler libraries define.
const COMPILER: [(&str, &str); 3] = [
    ("GLIBCXX", "3.4.25"),
    ("CXXABI", "1.3.11"),
    ("GCC", "7.0.0"),
];

/// Prints the highest symbol version that each program and shared library needs that was gathered to be shipped, in
/// wheels too.
///
/// # Errors
/// When one needs more than the oldest system has that it is for, or there is none.
pub fn check() -> Result<()> {
    let dist = paths::target().join("dist");
    let mut binaries = Vec::new();
    if dist.is_dir() {
        find(&dist, &mut binaries)?;
    }
    if binaries.is_empty() {
        return Err(format!(
            "{}: no program here; run `cargo xtask dist` first",
            dist.display()
        ));
    }
    for wheel in shell::entries(&dist)?
        .iter()
        .filter(|path| wheel::is_wheel(path))
    {
        find(&wheel::unpack(wheel)?, &mut binaries)?;
    }
    let mut above = Vec::new();
    for binary in &binaries {
        let floor = match binary.ends_with("gimp/dcdp-restore/dcdp-restore") {
            true => GLIBC_FOR_GIMP,
            false => GLIBC,
        };
        above.extend(beyond(binary, floor)?);
    }
    shell::fail_with(above)
}

/// The same for the runtime alone, which is shipped as it was fetched.
///
/// # Errors
/// When it needs more than the oldest system has.
pub fn check_runtime() -> Result<()> {
    shell::fail_with(beyond(&runtime::fetch(Platform::HERE)?, GLIBC)?)
}

/// Prints what a binary needs; what of it is newer than the system with this glibc.
fn beyond(binary: &Path, floor: &str) -> Result<Vec<String>> {
    let target = paths::target();
    let shown = binary.strip_prefix(&target).unwrap_or(binary).display();
    let needs = needs(binary)?;
    let listed: Vec<String> = needs
        .iter()
        .map(|(family, version)| format!("{family}_{version}"))
        .collect();
    println!("{shown}: {} (at most GLIBC_{floor})", listed.join(" "));
    let above = needs.iter().filter(|(family, version)| {
        allowed(family, floor).is_some_and(|most| numbers(version) > numbers(most))
    });
    Ok(above
        .map(|(family, version)| format!("{shown} needs {family}_{version}"))
        .collect())
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

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn a_program_is_held_to_the_floor() {
        let own = std::env::current_exe().unwrap();
        assert_eq!(beyond(&own, "9.0").unwrap(), Vec::<String>::new());
        let above = beyond(&own, "2.0").unwrap();
        assert_eq!(above.len(), 1);
        assert!(above[0].contains(" needs GLIBC_2."), "{}", above[0]);
    }
}
