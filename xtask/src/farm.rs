//! Frame sequences on farms: Open Job Description's own sessions, and a Slurm of one node.

use std::process::Command;

use crate::platform::Platform;
use crate::{Result, archive, c, python, shell};

/// What a Slurm of one node consists of.
const SLURM: &[&str] = &["slurmctld", "slurmd", "slurm-client", "munge"];

/// Runs the tests in `tests/farm` with `filter` in their names; where `full`, workers are killed at ten random
/// moments.
///
/// # Errors
/// When one fails.
pub fn test(filter: &str, full: bool) -> Result<()> {
    shell::run(&mut tests(filter, full)?)
}

/// What [`test`] runs, with all that it needs made.
///
/// # Errors
/// When the archive or the Python environment cannot be made.
pub fn tests(filter: &str, full: bool) -> Result<Command> {
    if !cfg!(target_os = "linux") {
        return Err("the farm's tests need Linux".to_owned());
    }
    let prefix = c::dist()?;
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
    tests.env("DCDP_PROGRAM", prefix.join("bin").join("dcdp"));
    tests.env("DCDP_ARCHIVE", archive::PROGRAM.pack(Platform::HERE)?);
    if full {
        tests.env("DCDP_TEST_FULL", "1");
    }
    Ok(tests)
}
