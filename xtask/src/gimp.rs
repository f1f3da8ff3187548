//! The GIMP plug-in: its self-contained folder, its installation and its tests in the real GIMP.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chroot::{self, Availability, Chroot};
use crate::platform::Platform;
use crate::{Result, debug, model, notices, paths, portable, runtime, shell};

/// The folder's name, and that of the program in it.
pub const NAME: &str = "dcdp-restore";

/// Builds the library and the plug-in and gathers `target/dist/gimp/dcdp-restore`, the folder that
/// GIMP's `plug-ins` folder takes as it is; its path.
///
/// The plug-in is compiled with this machine's GIMP 3 headers, or else in the chroot.
///
/// # Errors
/// When there are neither headers nor a chroot, or a step fails.
pub fn dist() -> Result<PathBuf> {
    if has_headers() {
        return gather(&|program| Command::new(program));
    }
    match chroot::ensure()? {
        Availability::Ready(chroot) => gather(&|program| inside(&chroot, program)),
        Availability::Impossible(reason) => Err(format!(
            "building the plug-in needs GIMP 3's headers (Debian and Ubuntu: libgimp-3.0-dev, \
             Fedora: gimp-devel) or a chroot, but {reason}"
        )),
    }
}

/// Builds the plug-in and copies its folder to where the user's GIMP looks.
///
/// # Errors
/// As [`dist`]; when no GIMP 3 has been started by this user yet.
pub fn install() -> Result<()> {
    let built = dist()?;
    let folders = settings_folders()?;
    for folder in folders {
        let installed = folder.join("plug-ins").join(NAME);
        shell::remove_folder(&installed)?;
        shell::copy_folder(&built, &installed)?;
        println!("{}", installed.display());
    }
    Ok(())
}

/// Drives the real GIMP 3.2 in the chroot: headless, and with windows on a virtual screen.
/// Screenshots stay in `target/host-tests/gimp/screenshots`.
///
/// `only` limits the run to tests with this in their name.
///
/// # Errors
/// When a test fails. Where no chroot can be made, says so and succeeds.
pub fn test(only: &str) -> Result<()> {
    let chroot = match chroot::ensure()? {
        Availability::Ready(chroot) => chroot,
        Availability::Impossible(reason) => {
            println!("skipped: the tests in GIMP, because {reason}");
            return Ok(());
        }
    };
    let plug_in = gather(&|program| inside(&chroot, program))?;
    // The template as the sources are now, which the committed one is compared with.
    shell::make_folder(&work())?;
    make(
        &|program| inside(&chroot, program),
        &plug_in,
        &["pot".into(), variable("POT=", &work().join("now.pot"))],
    )?;
    drive(&chroot, &plug_in, only)
}

/// Runs the tests with `only` in their names with the plug-in in a folder.
///
/// # Errors
/// When one fails.
pub fn drive(chroot: &Chroot, plug_in: &Path, only: &str) -> Result<()> {
    runtime::install()?;
    shell::build(&["--package", "dcdp-cli"])?;
    let tests = paths::root().join("tests/hosts/gimp");
    shell::run(
        inside(chroot, "python3")
            .arg("-B")
            .arg(tests.join("run.py"))
            .arg("--dcdp")
            .arg(paths::release().join("dcdp"))
            .arg("--plug-in")
            .arg(plug_in)
            .arg("--docs")
            .arg(paths::root().join("docs/GIMP.md"))
            .arg("--work")
            .arg(work())
            .args(["--only", only])
            .env("DCDP_MODEL_PATH", paths::root().join("models")),
    )
}

fn work() -> PathBuf {
    paths::target().join("host-tests/gimp")
}

fn inside(chroot: &Chroot, program: &str) -> Command {
    let target = paths::target();
    let compiler = portable::toolchain().folder();
    let folders: Vec<&Path> = [paths::root(), &target]
        .into_iter()
        .chain(compiler)
        .collect();
    chroot.command(&folders, program)
}

fn has_headers() -> bool {
    Command::new("pkg-config")
        .args(["--exists", "gimpui-3.0"])
        .status()
        .is_ok_and(|status| status.success())
}

/// `program` makes the command for a program of the system that the plug-in is built on.
fn gather(program: &dyn Fn(&str) -> Command) -> Result<PathBuf> {
    let folder = portable::dist().join("gimp").join(NAME);
    let root = paths::root();
    let release = portable::toolchain().build()?;
    debug::clear(Platform::HERE, "gimp")?;
    shell::remove_folder(&folder)?;
    shell::make_folder(&folder)?;
    make(program, &folder, &[])?;
    let own = folder.join("libdcdp.so.0");
    shell::copy_file(&release.join("libdcdp.so"), &own)?;
    debug::split(Platform::HERE, "gimp", &own)?;
    debug::split(Platform::HERE, "gimp", &folder.join(NAME))?;
    let library = runtime::fetch(Platform::HERE)?;
    let name = library.file_name().expect("a library has a name");
    shell::copy_file(&library, &folder.join(name))?;
    model::copy_into(&folder.join("models"), &["photo", "ffdnet"])?;
    shell::copy_file(
        &root.join("plugins/gimp/help.html"),
        &folder.join("help.html"),
    )?;
    notices::write(Platform::HERE, "dcdp", &folder.join("licenses"))?;
    Ok(folder)
}

/// Runs the plug-in's Makefile, with its results in `folder`.
fn make(program: &dyn Fn(&str) -> Command, folder: &Path, arguments: &[OsString]) -> Result<()> {
    let toolchain = portable::toolchain();
    shell::run(
        program("make")
            .arg("-C")
            .arg(paths::root().join("plugins/gimp"))
            .arg(variable("OUT=", folder))
            .arg(variable("DCDP_CFLAGS=-I", &paths::root().join("include")))
            .arg(variable(
                "DCDP_LIBS=",
                &toolchain.folder_of_builds().join("libdcdp.so"),
            ))
            .args(toolchain.for_make(portable::GLIBC_FOR_GIMP))
            .args(arguments),
    )
}

/// Renews the template of the plug-in's texts, and brings its translations up to it.
///
/// # Errors
/// When there is no chroot, or a step fails.
pub fn update_texts() -> Result<()> {
    let chroot = match chroot::ensure()? {
        Availability::Ready(chroot) => chroot,
        Availability::Impossible(reason) => return Err(reason),
    };
    let program = |program: &str| inside(&chroot, program);
    let folder = gather(&program)?;
    make(&program, &folder, &["pot".into(), "update-po".into()])
}

/// An argument for make: `assignment` and a path in one word.
fn variable(assignment: &str, path: &Path) -> OsString {
    let mut text = OsString::from(assignment);
    text.push(path);
    text
}

/// The settings folders of this user's GIMP 3 versions.
fn settings_folders() -> Result<Vec<PathBuf>> {
    if let Some(folder) = std::env::var_os("GIMP3_DIRECTORY") {
        return Ok(vec![PathBuf::from(folder)]);
    }
    let settings = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))
        .ok_or("neither XDG_CONFIG_HOME nor HOME is set")?
        .join("GIMP");
    let mut folders: Vec<PathBuf> = fs::read_dir(&settings)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("3."))
        })
        .collect();
    folders.sort();
    if folders.is_empty() {
        return Err(format!(
            "{}: no folder of a GIMP 3 here; start GIMP once, or set GIMP3_DIRECTORY",
            settings.display()
        ));
    }
    Ok(folders)
}
