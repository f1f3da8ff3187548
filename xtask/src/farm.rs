//! Frame sequences on farms: Open Job Description's own sessions, and a Slurm of one node.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{Result, model, paths, python, runtime, shell};

/// What a Slurm of one node consists of.
const SLURM: &[&str] = &["slurmctld", "slurmd", "slurm-client", "munge"];

/// Runs the tests in `tests/farm` with `filter` in their names; where `full`, workers are killed at ten random
/// moments.
///
/// # Errors
/// When one fails.
pub fn test(filter: &str, full: bool) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("skipped: the farm's tests, because they need Linux");
        return Ok(());
    }
    let archive = archive()?;
    let has_slurm = Command::new("slurmctld").arg("-V").output().is_ok();
    if !has_slurm && let Err(reason) = shell::apt_install(SLURM) {
        println!("skipped: the tests on Slurm, because it cannot be installed: {reason}");
    }
    let mut tests = python::for_farm()?;
    tests.args([
        "-B",
        "-m",
        "pytest",
        "--quiet",
        "-rs",
        "-p",
        "no:cacheprovider",
    ]);
    tests.args(["-k", filter]).arg(python::farm_tests());
    tests.env("DCDP_PROGRAM", paths::release().join("dcdp"));
    tests.env("DCDP_ARCHIVE", archive);
    if full {
        tests.env("DCDP_TEST_FULL", "1");
    }
    shell::run(&mut tests)
}

/// An archive laid out as the distributed one, of what is built here.
fn archive() -> Result<PathBuf> {
    shell::build(&["--package", "dcdp-cli"])?;
    let library = runtime::install()?;
    let work = paths::target().join("farm");
    let top = work.join("dcdp-test-linux");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    }
    for folder in ["bin", "lib"] {
        shell::make_folder(&top.join(folder))?;
    }
    shell::copy_file(&paths::release().join("dcdp"), &top.join("bin/dcdp"))?;
    let name = library.file_name().expect("a library has a name");
    shell::copy_file(&library, &top.join("lib").join(name))?;
    model::copy_into(&top.join("share/dcdp/models"), &["photo"])?;
    let archive = work.join("dcdp-test-linux.tar.gz");
    shell::run(
        Command::new("tar")
            .arg("-czf")
            .arg(&archive)
            .arg("-C")
            .arg(&work)
            .arg("dcdp-test-linux"),
    )?;
    Ok(archive)
}
