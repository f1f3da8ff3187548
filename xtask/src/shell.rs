//! Running programs and moving files, with errors that name them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;

/// Runs a command with its output shown on stderr, so that stdout stays the caller's.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdout(std::io::stderr())
        .status()
        .map_err(|error| format!("{}: {error}", show(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", show(command)))
    }
}

/// The Python 3 of this machine.
pub fn python() -> Command {
    Command::new(if cfg!(windows) { "python" } else { "python3" })
}

/// Creates a folder and its parents.
pub fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Copies a file under another name first, so that a half-written one never carries the real name.
pub fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let partial = to.with_extension(format!("partial{}", std::process::id()));
    fs::copy(from, &partial)
        .and_then(|_| fs::rename(&partial, to))
        .map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}
