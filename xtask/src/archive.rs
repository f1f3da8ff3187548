//! The archives of a release, with their checksums.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::platform::Platform;
use crate::portable::dist;
use crate::{Result, paths, shell};

/// What this version's archives are named after.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One archive of a release.
pub struct Archive {
    /// The start of its file name.
    pub name: &'static str,
    /// What it is made of, among the parts for a platform.
    pub folder: &'static str,
    /// What that is called inside; `None` for the name of the archive.
    pub inside: Option<&'static str>,
}

/// The command line and the C library, the OpenFX bundle, the GIMP folder, and the debug information of all.
pub const ALL: [Archive; 4] = [PROGRAM, OPENFX, GIMP, DEBUG];

/// The same for Windows, where there is no GIMP plug-in yet.
pub const FOR_WINDOWS: [Archive; 3] = [PROGRAM, OPENFX, DEBUG];

/// The command line and the C library: an installation prefix.
pub const PROGRAM: Archive = Archive {
    name: "dcdp",
    folder: "c",
    inside: None,
};

/// The debug information of the others.
const DEBUG: Archive = Archive {
    name: "dcdp-debug",
    folder: "debug",
    inside: None,
};

/// To be unpacked in a folder of OpenFX plug-ins.
pub const OPENFX: Archive = Archive {
    name: "dcdp-openfx",
    folder: "ofx/dcdp.ofx.bundle",
    inside: Some("dcdp.ofx.bundle"),
};

/// To be unpacked in GIMP's folder of plug-ins.
pub const GIMP: Archive = Archive {
    name: "dcdp-gimp",
    folder: "gimp/dcdp-restore",
    inside: Some("dcdp-restore"),
};

impl Archive {
    /// The name without what says how it is packed, as `dcdp-0.1.0-linux-x86_64`.
    pub fn stem(&self, platform: Platform) -> String {
        let Platform { os, arch } = platform;
        format!("{}-{VERSION}-{os}-{arch}", self.name)
    }

    /// Where it is packed to.
    pub fn path(&self, platform: Platform) -> PathBuf {
        let kind = if platform.is_windows() {
            "zip"
        } else {
            "tar.gz"
        };
        dist().join(format!("{}.{kind}", self.stem(platform)))
    }

    /// Packs what was gathered for a platform; the archive's path.
    ///
    /// # Errors
    /// When that is not there, or Python fails.
    pub fn pack(&self, platform: Platform) -> Result<PathBuf> {
        let folder = platform.dist().join(self.folder);
        let stem = self.stem(platform);
        let inside = self.inside.unwrap_or(&stem);
        pack(&folder, inside, &self.path(platform))
    }
}

/// Where the Debian package is packed to.
pub fn package() -> PathBuf {
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    dist().join(format!("dcdp_{VERSION}_{architecture}.deb"))
}

/// Packs `folder` under the name `inside` into the file `to`.
///
/// # Errors
/// When Python fails.
pub fn pack(folder: &Path, inside: &str, to: &Path) -> Result<PathBuf> {
    if !folder.is_dir() {
        return Err(format!(
            "{}: nothing here to pack; run `cargo xtask dist`",
            folder.display()
        ));
    }
    shell::run(
        script()
            .arg(time()?)
            .arg(to)
            .arg(format!("{inside}={}", folder.display())),
    )?;
    Ok(to.to_owned())
}

/// Writes `SHA256SUMS` beside the archives in `target/dist`.
///
/// # Errors
/// When Python fails.
pub fn write_sums() -> Result<PathBuf> {
    shell::run(script().arg("sums").arg(dist()))?;
    Ok(sums())
}

/// Where the checksums of what stands in `target/dist` are.
pub fn sums() -> PathBuf {
    dist().join("SHA256SUMS")
}

/// The files in `target/dist` that are not what `SHA256SUMS` says, or that it leaves out.
///
/// # Errors
/// When it is not there, or Python fails.
pub fn with_other_sums() -> Result<Vec<String>> {
    let printed = shell::read(script().arg("check").arg(dist()))?;
    Ok(printed.lines().map(str::to_owned).collect())
}

/// The time of the last commit, in seconds: the files in an archive carry no other, so that the same commit
/// gives the same archive.
fn time() -> Result<String> {
    let log = Command::new("git")
        .args(["log", "-1", "--format=%ct"])
        .current_dir(paths::root())
        .output();
    let printed = log.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    // 1980 began then, before which zip knows no time: a copy of the sources without their history.
    Ok(printed
        .ok()
        .filter(|time| !time.is_empty())
        .unwrap_or_else(|| "315532800".to_owned()))
}

fn script() -> Command {
    let mut command = shell::python();
    command.arg(paths::root().join("xtask/src/archive.py"));
    command
}
