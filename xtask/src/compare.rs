//! `cargo xtask compare`: the published methods on the same prior and pictures (docs/COMPARISON.md).

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, model, paths, python, runtime, shell};

/// Measures what `arguments` say to `models/compare/compare.py`, and makes the tables.
///
/// # Errors
/// When a step or a method fails, or with `--quick` the default preset is worse than it was.
pub fn run(arguments: &[&str]) -> Result<()> {
    let program = prepare()?;
    let mut command = python::with_torch()?;
    command.arg(folder().join("compare.py"));
    command.arg("--program").arg(program);
    shell::run(command.args(arguments))
}

/// What `cargo xtask test` runs: every method that is written here on cases with a known answer, and all methods on a
/// small picture.
///
/// # Errors
/// When the program or the Python environment cannot be made.
pub fn tests() -> Result<Command> {
    let program = prepare()?;
    let mut command = python::with_torch()?;
    command.args(["-m", "pytest", "--quiet"]);
    command.current_dir(folder()).env("DCDP_PROGRAM", program);
    Ok(command)
}

/// The built program, with the runtime and the models beside it.
fn prepare() -> Result<PathBuf> {
    runtime::install()?;
    shell::build(&["--package", "dcdp-cli"])?;
    model::install_all()?;
    let name = format!("dcdp{}", std::env::consts::EXE_SUFFIX);
    Ok(paths::release().join(name))
}

fn folder() -> PathBuf {
    paths::root().join("models").join("compare")
}
