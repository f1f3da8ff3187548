//! Debug information, split off: programs and libraries are shipped without, debuggers find it beside them.

use std::path::Path;
use std::process::Command;

use crate::platform::Platform;
use crate::{Result, shell};

/// Moves the debug information of a program or shared library of `part` into `debug/PART` among the parts for
/// its platform, in a file named after it plus `.debug`, and its name into the binary, where gdb and others look.
///
/// # Errors
/// When binutils is missing or fails.
pub fn split(platform: Platform, part: &str, binary: &Path) -> Result<()> {
    // Windows' own compilers keep it in a file of its own, macOS in the object files.
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let folder = platform.dist().join("debug").join(part);
    shell::make_folder(&folder)?;
    let name = binary.file_name().expect("a binary has a name");
    let mut debug = name.to_owned();
    debug.push(".debug");
    let debug = folder.join(debug);
    shell::run(objcopy().arg("--only-keep-debug").arg(binary).arg(&debug))?;
    shell::run(
        objcopy()
            .arg("--strip-unneeded")
            .arg(format!("--add-gnu-debuglink={}", debug.display()))
            .arg(binary),
    )
}

/// Takes the debug information out of a static library. What it is for stays in that of the shared one.
///
/// # Errors
/// When binutils is missing or fails.
pub fn strip(archive: &Path) -> Result<()> {
    match cfg!(target_os = "linux") {
        true => shell::run(objcopy().arg("--strip-debug").arg(archive)),
        false => Ok(()),
    }
}

/// Forgets what was split off of `part` before.
///
/// # Errors
/// When it cannot be removed.
pub fn clear(platform: Platform, part: &str) -> Result<()> {
    let folder = platform.dist().join("debug").join(part);
    shell::remove_folder(&folder)
}

fn objcopy() -> Command {
    Command::new("objcopy")
}
