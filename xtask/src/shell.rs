//! Running programs and moving files, with errors that name them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Runs a command and returns what it printed.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", show(command)))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{} ended with {}", show(command), output.status)),
    }
}

/// Fails with what was found, if anything was.
pub fn fail_with(found: Vec<String>) -> Result<()> {
    match found.is_empty() {
        true => Ok(()),
        false => Err(found.join(", ")),
    }
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tell_profile(&mut cargo);
    cargo
}

/// Whether builds are quick.
static QUICK: AtomicBool = AtomicBool::new(false);

/// From now on what is optimised is compiled in half the time, and runs a little slower: in smaller units, which are
/// not optimised together, without debug information.
pub fn build_quickly() {
    QUICK.store(true, Ordering::Relaxed);
}

/// Tells a program that runs cargo how to build.
pub fn tell_profile(command: &mut Command) {
    if QUICK.load(Ordering::Relaxed) {
        command.envs([
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "64"),
            ("CARGO_PROFILE_RELEASE_DEBUG", "none"),
        ]);
    }
}

/// Whether [`build`] builds everything.
static EVERYTHING: AtomicBool = AtomicBool::new(false);

/// From now on [`build`] builds what the Rust tests were built from. Cargo gives dependencies other
/// features for each selection of packages, and would compile the engine anew for each.
pub fn build_everything() {
    EVERYTHING.store(true, Ordering::Relaxed);
}

/// Builds the targets that `selection` names, optimised.
pub fn build(selection: &[&str]) -> Result<()> {
    let everything = &["--workspace", "--lib", "--bins", "--examples"];
    let selection = match EVERYTHING.load(Ordering::Relaxed) {
        true => everything,
        false => selection,
    };
    run(cargo().args(["build", "--release"]).args(selection))
}

/// Installs Debian packages; for root on a Debian system only.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    run(Command::new("apt-get").args(["update", "-q"]))?;
    run(Command::new("apt-get")
        .args(["install", "--yes", "-qq", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
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

/// Copies a file unless one of the same size is there.
pub fn copy_file_if_other(from: &Path, to: &Path) -> Result<()> {
    let size = |path: &Path| fs::metadata(path).map(|data| data.len()).ok();
    match size(to) == size(from) {
        true => Ok(()),
        false => copy_file(from, to),
    }
}

/// Removes a folder with all it holds, if it is there.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => fs::remove_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display())),
        false => Ok(()),
    }
}

/// Copies a folder with all it holds over another.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    for path in entries(from)? {
        let target = to.join(path.file_name().expect("an entry has a name"));
        match path.is_dir() {
            true => copy_folder(&path, &target)?,
            false => copy_file(&path, &target)?,
        }
    }
    Ok(())
}

/// Makes `to` a link to the folder `from`, so that later changes are seen; a copy where the system
/// makes links hard.
pub fn link_folder(from: &Path, to: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        if fs::read_link(to).is_ok_and(|target| target == from) {
            return Ok(());
        }
        make_folder(to.parent().expect("a link stands in a folder"))?;
        let removed = match fs::symlink_metadata(to) {
            Ok(data) if data.is_dir() => fs::remove_dir_all(to),
            Ok(_) => fs::remove_file(to),
            Err(_) => Ok(()),
        };
        removed
            .and_then(|()| std::os::unix::fs::symlink(from, to))
            .map_err(|error| format!("{}: {error}", to.display()))
    }
    #[cfg(not(unix))]
    copy_folder(from, to)
}

/// Makes `link` a link to the file called `name` in the same folder; a copy where the system makes links hard.
pub fn link_file(name: &str, link: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(name, link)
            .map_err(|error| format!("{}: {error}", link.display()))
    }
    #[cfg(not(unix))]
    copy_file(&link.with_file_name(name), link)
}

/// What a folder holds, sorted.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<std::io::Result<Vec<_>>>()
        })
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}
