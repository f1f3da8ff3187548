//! The Debian package of the command line and the library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, archive, c, paths, shell};

/// The version of cargo-deb that packs.
const PACKER: &str = "3.8.0";

/// Builds `target/dist/c` and packs it as a `.deb`; its path.
///
/// # Errors
/// When a step fails.
pub fn dist() -> Result<PathBuf> {
    pack(&c::dist()?)
}

/// Packs the installation prefix of the command line and the library as a `.deb`; its path. What it says about itself
/// is in `cli/Cargo.toml`.
///
/// # Errors
/// When cargo-deb cannot be built or fails.
pub fn pack(prefix: &Path) -> Result<PathBuf> {
    stage(prefix, &paths::release().join("deb"))?;
    let package = archive::package();
    shell::run(
        packer()?
            .args([
                "deb",
                "--no-build",
                "--no-strip",
                "--package",
                "dcdp-cli",
                "--output",
            ])
            .arg(&package)
            .current_dir(paths::root()),
    )?;
    Ok(package)
}

/// Lays out what goes below `/usr`. The runtime has a folder of its own: in `/usr/lib`, the loader would take it
/// for other programs.
fn stage(prefix: &Path, usr: &Path) -> Result<()> {
    if usr.exists() {
        fs::remove_dir_all(usr).map_err(|error| format!("{}: {error}", usr.display()))?;
    }
    shell::make_folder(usr)?;
    for part in ["bin", "include", "lib", "share"] {
        // Links must stay links, which `copy_folder` does not care for.
        shell::run(Command::new("cp").arg("-a").arg(prefix.join(part)).arg(usr))?;
    }
    let lib = usr.join("lib");
    let own = lib.join("dcdp");
    shell::make_folder(&own)?;
    for file in shell::entries(&lib)? {
        let name = file.file_name().unwrap_or_default();
        let shown = name.to_string_lossy();
        let done = match (shown.starts_with("libonnxruntime"), shown.ends_with(".a")) {
            (true, _) => fs::rename(&file, own.join(name)),
            (_, true) => fs::remove_file(&file),
            _ => Ok(()),
        };
        done.map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

/// cargo-deb, built on first use and kept in the cache folder.
fn packer() -> Result<Command> {
    let root = paths::cache()?.join(format!("cargo-deb-{PACKER}"));
    let program = root.join("bin/cargo-deb");
    if !program.is_file() {
        shell::run(
            shell::cargo()
                .args(["install", "cargo-deb", "--locked", "--no-default-features"])
                .arg(format!("--version={PACKER}"))
                .arg("--root")
                .arg(&root),
        )?;
    }
    Ok(Command::new(program))
}
