//! Picture files through the program, written and read by other programs: Pillow, tifffile, OpenEXR,
//! ExifTool.

use std::process::{Command, Stdio};

use crate::{Result, paths, python, shell};

/// Runs the tests in `tests/files` with `filter` in their names.
///
/// # Errors
/// When one fails.
pub fn test(filter: &str) -> Result<()> {
    shell::build(&["--package", "dcdp-cli"])?;
    let mut exiftool = Command::new("exiftool");
    exiftool.arg("-ver").stdout(Stdio::null());
    if !exiftool.status().is_ok_and(|status| status.success()) {
        shell::apt_install(&["libimage-exiftool-perl"])?;
    }
    let program = paths::release().join("dcdp");
    let mut command = python::for_files()?;
    command.args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"]);
    command.args(["-k", filter]).arg(python::files_tests());
    command.env(
        "DCDP_PROGRAM",
        program.with_extension(std::env::consts::EXE_EXTENSION),
    );
    shell::run(&mut command)
}
