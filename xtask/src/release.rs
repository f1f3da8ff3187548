//! `cargo xtask release --check`: whether everything that a release needs is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::{self, VERSION};
use crate::platform::Platform;
use crate::portable::dist;
use crate::{Result, abi, floors, paths, portable, shell, wheel};

/// Something a release needs.
struct Check {
    name: &'static str,
    run: fn() -> Result<()>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "versions",
        run: versions,
    },
    Check {
        name: "C ABI",
        run: abi::check,
    },
    Check {
        name: "clean checkout",
        run: clean,
    },
    Check {
        name: "ABI dump",
        run: abi::check_dump,
    },
    Check {
        name: "changelog",
        run: changelog,
    },
    Check {
        name: "archives",
        run: archives,
    },
    Check {
        name: "checksums",
        run: checksums,
    },
    Check {
        name: "wheel",
        run: || wheel::find().map(drop),
    },
    Check {
        name: "oldest systems",
        run: floors::check,
    },
    Check {
        name: "program",
        run: program,
    },
    Check {
        name: "licences",
        run: licences,
    },
];

/// Prints of each thing that a release needs whether it is there, or what is missing.
///
/// # Errors
/// When something is missing.
pub fn check() -> Result<()> {
    portable::build_to_be_shipped();
    let mut missing = 0;
    for check in CHECKS {
        let result = (check.run)();
        missing += usize::from(result.is_err());
        let verdict = result
            .err()
            .map_or_else(|| "ok".to_owned(), |reason| format!("MISSING: {reason}"));
        println!("{:<16}{verdict}", check.name);
    }
    match missing {
        0 => Ok(()),
        _ => Err(format!(
            "{missing} of {} things that {VERSION} needs are missing",
            CHECKS.len()
        )),
    }
}

/// Crates and files that carry a version carry this one.
///
/// # Errors
/// When one carries another.
pub fn versions() -> Result<()> {
    let root = paths::root();
    let lock = read(&root.join("Cargo.lock"))?;
    // Only crates from elsewhere have a source.
    let own = lock
        .split("[[package]]")
        .filter(|entry| entry.contains("name = ") && !entry.contains("source = "));
    let mut other: Vec<String> = own
        .filter(|entry| !entry.contains(&format!("version = \"{VERSION}\"")))
        .map(|entry| entry.trim().lines().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let file = "cmake/dcdpConfigVersion.cmake";
    let wanted = format!("set(PACKAGE_VERSION {VERSION})");
    if !read(&root.join(file))?.contains(&wanted) {
        other.push(format!("{file} does not say `{wanted}`"));
    }
    shell::fail_with(other)
}

fn clean() -> Result<()> {
    let status = shell::read(
        Command::new("git")
            .args(["status", "--porcelain"])
            .current_dir(paths::root()),
    )?;
    match status.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "not committed: {}",
            status.trim().replace('\n', ", ")
        )),
    }
}

/// The changelog has this version, dated, and nothing left above it.
fn changelog() -> Result<()> {
    let text = read(&paths::root().join("CHANGELOG.md"))?;
    let heading = text
        .lines()
        .find(|line| line.starts_with("## ") && line.contains(VERSION))
        .ok_or_else(|| format!("CHANGELOG.md has no heading `## {VERSION} - DATE`"))?;
    let above = text.split(heading).next().unwrap_or_default();
    match above.lines().any(|line| line.starts_with("- ")) {
        true => Err(format!("CHANGELOG.md lists changes above `{heading}`")),
        false => Ok(()),
    }
}

/// Every archive stands in `target/dist`, with the package, and was made after what it holds.
fn archives() -> Result<()> {
    let mut missing = Vec::new();
    let mut check =
        |archive: PathBuf, folder: PathBuf| match (modified(&archive), modified(&folder)) {
            (Some(packed), Some(built)) if packed >= built => {}
            (Some(_), _) => missing.push(format!(
                "{} is older than {}",
                archive.display(),
                folder.display()
            )),
            (None, _) => missing.push(archive.display().to_string()),
        };
    let windows = archive::FOR_WINDOWS
        .iter()
        .map(|archive| (archive, Platform::WINDOWS));
    let here = archive::ALL.iter().map(|archive| (archive, Platform::HERE));
    for (archive, platform) in here.chain(windows) {
        check(archive.path(platform), platform.dist().join(archive.folder));
    }
    if cfg!(target_os = "linux") {
        check(archive::package(), dist().join(archive::PROGRAM.folder));
    }
    shell::fail_with(missing)
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// `SHA256SUMS` names every archive and is right.
fn checksums() -> Result<()> {
    let sums = archive::sums();
    if !sums.is_file() {
        return Err(sums.display().to_string());
    }
    shell::fail_with(archive::with_other_sums()?)
}

/// The program in `target/dist` runs and is of this version.
fn program() -> Result<()> {
    let program = dist()
        .join("c/bin")
        .join(format!("dcdp{}", std::env::consts::EXE_SUFFIX));
    let printed = shell::read(Command::new(&program).arg("--version"))?;
    match printed.trim().ends_with(VERSION) {
        true => Ok(()),
        false => Err(format!("{} says `{}`", program.display(), printed.trim())),
    }
}

/// Every folder that is shipped holds the licences of the project and of all that is inside.
fn licences() -> Result<()> {
    let folders = [
        dist().join("c/share/licenses/dcdp"),
        dist().join("ofx/dcdp.ofx.bundle/Contents/Resources/licenses"),
        dist().join("gimp/dcdp-restore/licenses"),
        Platform::WINDOWS.dist().join("c/share/licenses/dcdp"),
        Platform::WINDOWS
            .dist()
            .join("ofx/dcdp.ofx.bundle/Contents/Resources/licenses"),
        wheel::unpack(&wheel::find()?)?.join("dcdp/licenses"),
    ];
    let files = [
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "third-party.txt",
        "onnxruntime-LICENSE",
        "onnxruntime-ThirdPartyNotices.txt",
        "ffdnet-LICENSE",
    ];
    let mut missing = Vec::new();
    for folder in folders {
        for file in files {
            let path = folder.join(file);
            if !path.is_file() {
                missing.push(path.display().to_string());
            } else if file == "third-party.txt" {
                let text = read(&path)?;
                missing.extend(unlicensed(&text));
            }
        }
    }
    missing.sort();
    missing.dedup();
    shell::fail_with(missing)
}

/// The crates of a list by `notices.py` that name no licence and bring none.
fn unlicensed(notices: &str) -> Vec<String> {
    let rule = "=".repeat(100);
    notices
        .split(&rule)
        .filter(|entry| entry.contains(": see below") && !entry.contains("\n--- "))
        .filter_map(|entry| entry.trim().lines().next())
        .map(|crate_name| format!("a licence of {crate_name}"))
        .collect()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
