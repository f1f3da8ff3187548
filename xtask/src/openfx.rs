//! The OpenFX node: its self-contained bundle, and its tests in MLT's `melt` and in the ASWF's HostSupport.

use std::fs;
use std::path::{Path, PathBuf};

use crate::chroot::{self, Availability, Chroot};
use crate::platform::Platform;
use crate::{Result, debug, model, notices, paths, portable, runtime, shell};

/// Builds the node and gathers `target/dist/ofx/dcdp.ofx.bundle`, which a host's plug-in folder takes as
/// it is; its path.
///
/// # Errors
/// When a step fails.
pub fn dist() -> Result<PathBuf> {
    let release = portable::toolchain().build()?;
    gather(Platform::HERE, &release)
}

/// Lays out the bundle with the node that was built for a platform in the folder `release`, and the runtime
/// for it; its path.
///
/// # Errors
/// When a file cannot be copied or fetched.
pub fn gather(platform: Platform, release: &Path) -> Result<PathBuf> {
    let bundle = platform.dist().join("ofx/dcdp.ofx.bundle");
    debug::clear(platform, "ofx")?;
    shell::remove_folder(&bundle)?;
    let contents = bundle.join("Contents");
    let (binaries, resources) = (
        contents.join(folder_of_binary(platform)),
        contents.join("Resources"),
    );
    for folder in [&binaries, &resources] {
        shell::make_folder(folder)?;
    }
    let node = binaries.join("dcdp.ofx");
    shell::copy_file(&release.join(platform.shared("dcdp_openfx")), &node)?;
    debug::split(platform, "ofx", &node)?;
    let runtime = runtime::fetch(platform)?;
    let name = runtime.file_name().expect("a library has a name");
    shell::copy_file(&runtime, &binaries.join(name))?;

    let parts = paths::root().join("plugins/openfx/resources");
    describe(&parts.join("Info.plist"), &contents.join("Info.plist"))?;
    for icon in ["org.dcdp.Restore.png", "org.dcdp.Restore.svg"] {
        shell::copy_file(&parts.join(icon), &resources.join(icon))?;
    }
    let panel = "kdenlive/org.dcdp.Restore.xml";
    shell::make_folder(&resources.join("kdenlive"))?;
    shell::copy_file(&parts.join(panel), &resources.join(panel))?;
    model::copy_into(&resources.join("models"), model::BUNDLED)?;
    notices::write(platform, "dcdp-openfx", &resources.join("licenses"))?;
    Ok(bundle)
}

/// The bundle's folder for a platform's binary, as the OpenFX standard names it.
pub fn folder_of_binary(platform: Platform) -> &'static str {
    match (platform.os, platform.arch) {
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

/// Renders with the bundle in the chroot's hosts and compares with `dcdp restore`.
///
/// `only` limits the run to tests with this in their name.
///
/// # Errors
/// When a test fails. Where no chroot can be made, says so and succeeds.
pub fn test(only: &str) -> Result<()> {
    let chroot = match chroot::ensure()? {
        Availability::Ready(chroot) => chroot,
        Availability::Impossible(reason) => {
            println!("skipped: the tests in OpenFX hosts, because {reason}");
            return Ok(());
        }
    };
    drive(&chroot, &dist()?, only)
}

/// Runs the tests with `only` in their names with a bundle.
///
/// # Errors
/// When one fails.
pub fn drive(chroot: &Chroot, bundle: &Path, only: &str) -> Result<()> {
    let work = paths::target().join("host-tests/openfx");
    let aswf = build_host_support(chroot)?;
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
            .arg("--aswf")
            .arg(aswf)
            .arg("--work")
            .arg(work)
            .args(["--only", only])
            .env("DCDP_MODEL_PATH", paths::root().join("models")),
    )
}

/// Builds the host that is made of the ASWF's HostSupport, in the chroot; the program's path.
fn build_host_support(chroot: &Chroot) -> Result<PathBuf> {
    let sources = paths::root().join("tests/hosts/openfx/aswf");
    let tree = open_effects(&sources.join("Cargo.toml"))?;
    let out = paths::target().join("host-tests/aswf");
    shell::make_folder(&out)?;
    shell::run(
        chroot
            .command(&[paths::root(), &paths::target(), &tree], "make")
            .args(["--silent", "--jobs=2", "--directory"])
            .arg(sources)
            .arg(format!("OPENFX={}", tree.display()))
            .arg(format!("OUT={}", out.display())),
    )?;
    Ok(out.join("host"))
}

/// Fetches the crate that has the OpenFX repository in it, as its lock file pins it; that repository's folder.
fn open_effects(manifest: &Path) -> Result<PathBuf> {
    const KEY: &str = "\"manifest_path\":\"";
    let metadata = shell::read(
        shell::cargo()
            .args(["metadata", "--format-version=1", "--locked"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .arg("--manifest-path")
            .arg(manifest),
    )?;
    let manifests = metadata.split(KEY).skip(1);
    manifests
        .filter_map(|rest| Path::new(rest.split('"').next()?).parent())
        .find(|folder| folder.ends_with("openfx-sys-0.1.0"))
        .map(|folder| folder.join("openfx"))
        .ok_or_else(|| format!("{}: no openfx-sys", manifest.display()))
}
