//! The C ABI against the last release's, compared by abidiff.
//!
//! The library is written in Rust, so its debug information does not hold the C types. A stand-in does:
//! the header with a body for every function, compiled as C. A test holds the library's exports to the
//! header.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, paths, shell};

/// The dump of the last release, of a 64-bit x86 Linux as tests run on.
const RELEASED: &str = "tests/capi/dcdp-0.1.0.abi";

/// Compares the header with the last release: functions may be added, nothing else may change.
///
/// # Errors
/// When something changed, with abidiff's report on stderr.
pub fn check() -> Result<()> {
    compare(&["--no-added-syms"])
}

/// Compares the header with the dump that a release leaves for later ones: nothing may differ.
///
/// # Errors
/// When something does.
pub fn check_dump() -> Result<()> {
    compare(&[]).map_err(|error| format!("{error}; `cargo xtask abi-dump` records what was added"))
}

fn compare(options: &[&str]) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(());
    }
    if Command::new("abidiff").arg("--version").output().is_err() {
        shell::apt_install(&["abigail-tools"])?;
    }
    let stand_in = stand_in()?;
    shell::run(
        Command::new("abidiff")
            .args(options)
            .arg(paths::root().join(RELEASED))
            .arg(stand_in),
    )
}

/// Writes the dump of the header as it stands; for a release.
///
/// # Errors
/// When abidw fails.
pub fn dump() -> Result<PathBuf> {
    let stand_in = stand_in()?;
    let dump = paths::root().join(RELEASED);
    shell::run(
        Command::new("abidw")
            .args(["--no-corpus-path", "--no-comp-dir-path", "--no-show-locs"])
            .arg("--out-file")
            .arg(&dump)
            .arg(stand_in),
    )?;
    Ok(dump)
}

/// A shared library with the header's functions and types and nothing inside.
fn stand_in() -> Result<PathBuf> {
    let folder = paths::target().join("abi");
    shell::make_folder(&folder)?;
    let header = paths::root().join("include").join("dcdp.h");
    let text = read(&header)?;
    let source = folder.join("dcdp.c");
    let code = format!("#include \"dcdp.h\"\n\n{}\n", definitions(&text));
    fs::write(&source, code).map_err(|error| format!("{}: {error}", source.display()))?;
    let library = folder.join("libdcdp.so.0");
    shell::run(
        Command::new("cc")
            .args(["-g", "-shared", "-fPIC", "-Wl,-soname,libdcdp.so.0", "-I"])
            .arg(paths::root().join("include"))
            .arg("-o")
            .arg(&library)
            .arg(&source),
    )?;
    Ok(library)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The header's functions, each with a body, and one function of each enumeration: they travel as integers,
/// so no function of the header has their types.
fn definitions(header: &str) -> String {
    let enumerations = header
        .split("typedef enum ")
        .skip(1)
        .filter_map(|rest| rest.split_once(' '))
        .map(|(name, _)| format!("{name} numbers_of_{name}(void) {{ __builtin_trap(); }}\n"));
    let functions = header
        .split("DCDP_API")
        .skip(1)
        .filter_map(|rest| rest.split_once(';'))
        .map(|(declaration, _)| declaration.trim())
        .filter(|declaration| declaration.ends_with(')'))
        .map(|declaration| format!("{declaration} {{ __builtin_trap(); }}\n"));
    functions.chain(enumerations).collect()
}
