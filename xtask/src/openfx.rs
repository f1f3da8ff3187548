//! The OpenFX node: its self-contained bundle, and its tests in MLT's `melt`.

use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chroot::{self, Availability};
use crate::{Result, model, notices, paths, runtime, shell};

/// Builds the node and gathers `target/dist/ofx/dcdp.ofx.bundle`, which a host's plug-in folder takes as
/// it is; its path.
///
/// # Errors
/// When a step fails.
pub fn dist() -> Result<PathBuf> {
    let bundle = paths::target().join("dist/ofx/dcdp.ofx.bundle");
    // Alone, so that the engine is built without the command line and the C ABI.
    shell::run(shell::cargo().args(["build", "--release", "--package", "dcdp-openfx"]))?;
    if bundle.exists() {
        fs::remove_dir_all(&bundle).map_err(|error| format!("{}: {error}", bundle.display()))?;
    }
    let contents = bundle.join("Contents");
    let (binaries, resources) = (contents.join(platform()), contents.join("Resources"));
    for folder in [&binaries, &resources] {
        shell::make_folder(folder)?;
    }
    let built = paths::release().join(format!("{DLL_PREFIX}dcdp_openfx{DLL_SUFFIX}"));
    let binary = binaries.join("dcdp.ofx");
    shell::copy_file(&built, &binary)?;
    // Most of it is line numbers for debuggers; Windows keeps those in a file of their own.
    if cfg!(unix) {
        shell::run(Command::new("strip").arg("-S").arg(&binary))?;
    }
    let library = runtime::fetch()?;
    let name = library.file_name().expect("a library has a name");
    shell::copy_file(&library, &binaries.join(name))?;

    let parts = paths::root().join("plugins/openfx/resources");
    describe(&parts.join("Info.plist"), &contents.join("Info.plist"))?;
    for icon in ["org.dcdp.Restore.png", "org.dcdp.Restore.svg"] {
        shell::copy_file(&parts.join(icon), &resources.join(icon))?;
    }
    model::copy_into(&resources.join("models"), model::BUNDLED)?;
    notices::write("dcdp-openfx", &resources.join("licenses"))?;
    Ok(bundle)
}

/// The bundle's folder for this platform's binary, as the OpenFX standard names it.
fn platform() -> &'static str {
    match (OS, ARCH) {
        ("macos", _) => "MacOS",
        ("windows", "aarch64") => "Win-arm64",
        ("windows", _) => "Win64",
        (_, "aarch64") => "Linux-aarch64",
        _ => "Linux-x86-64",
    }
}

/// Writes the bundle's description with this version in it.
fn describe(template: &Path, to: &Path) -> Result<()> {
    let text =
        fs::read_to_string(template).map_err(|error| format!("{}: {error}", template.display()))?;
    fs::write(to, text.replace("@VERSION@", env!("CARGO_PKG_VERSION")))
        .map_err(|error| format!("{}: {error}", to.display()))
}

/// Renders with the bundle in the chroot's `melt` and compares with `dcdp restore`.
///
/// `only` limits the run to tests with this in their name.
///
/// # Errors
/// When a test fails. Where no chroot can be made, says so and succeeds.
pub fn test(only: &str) -> Result<()> {
    let chroot = match chroot::ensure()? {
        Availability::Ready(chroot) => chroot,
        Availability::Impossible(reason) => {
            println!("skipped: the tests in melt, because {reason}");
            return Ok(());
        }
    };
    let bundle = dist()?;
    runtime::install()?;
    shell::build(&["--package", "dcdp-cli"])?;
    shell::run(
        chroot
            .command(&[paths::root(), &paths::target()], "python3")
            .arg("-B")
            .arg(paths::root().join("tests/hosts/openfx/run.py"))
            .arg("--dcdp")
            .arg(paths::release().join("dcdp"))
            .arg("--bundle")
            .arg(bundle)
            .arg("--work")
            .arg(paths::target().join("host-tests/openfx"))
            .args(["--only", only])
            .env("DCDP_MODEL_PATH", paths::root().join("models")),
    )
}
