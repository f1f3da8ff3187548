//! The Python package: its wheel, and its tests in an environment that has nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::VERSION;
use crate::platform::Platform;
use crate::{Result, model, notices, paths, portable, python, runtime, shell};

/// What the wheel carries of the models: not the 14 MB of `photo-latent`, which the other bundles have too.
const MODELS: &[&str] = &["photo", "ffdnet"];

/// Builds the wheel with maturin into `target/dist`, in place of older ones; its path.
///
/// # Errors
/// When a model cannot be fetched, or maturin fails.
pub fn dist() -> Result<PathBuf> {
    let package = paths::root().join("python").join("dcdp");
    model::copy_into(&package.join("models"), MODELS)?;
    notices::write(Platform::HERE, "dcdp-python", &package.join("licenses"))?;
    let folder = portable::dist();
    shell::make_folder(&folder)?;
    for older in shell::entries(&folder)?
        .iter()
        .filter(|path| is_wheel(path))
    {
        fs::remove_file(older).map_err(|error| format!("{}: {error}", older.display()))?;
    }
    let mut maturin = python::for_wheels()?;
    maturin
        .args(["-m", "maturin", "build", "--release", "--quiet"])
        .arg("--manifest-path")
        .arg(paths::root().join("python").join("Cargo.toml"))
        .arg("--out")
        .arg(&folder);
    portable::toolchain().tell_maturin(&mut maturin)?;
    shell::tell_profile(&mut maturin);
    shell::run(&mut maturin)?;
    find()
}

/// The wheel of this version in `target/dist`.
///
/// # Errors
/// When there is none.
pub fn find() -> Result<PathBuf> {
    let folder = portable::dist();
    let of_this_version = format!("dcdp-{VERSION}-");
    shell::entries(&folder)?
        .into_iter()
        .filter(|path| is_wheel(path))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&of_this_version)
        })
        .ok_or_else(|| {
            let path = folder.join(of_this_version + "*.whl");
            format!("{}; `cargo xtask dist python` builds it", path.display())
        })
}

/// Unpacks a wheel into `target/unpacked-wheel`; that folder.
///
/// # Errors
/// When Python fails.
pub fn unpack(wheel: &Path) -> Result<PathBuf> {
    let folder = paths::target().join("unpacked-wheel");
    shell::remove_folder(&folder)?;
    shell::run(
        shell::python()
            .args(["-m", "zipfile", "-e"])
            .args([wheel, &folder]),
    )?;
    Ok(folder)
}

/// Whether this is the name of a wheel.
pub fn is_wheel(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "whl")
}

/// Installs the wheel into a fresh environment and runs the tests in `python/tests` with `filter` in their
/// names; without a filter also the example that needs nothing but the package.
///
/// # Errors
/// When one fails.
pub fn test(filter: &str) -> Result<()> {
    // The program that the package must agree with, and what it needs beside it. Before the wheel, whose build has
    // cargo compile pyo3 anew for whatever is built next.
    runtime::install()?;
    model::install_all()?;
    shell::build(&["--package", "dcdp-cli"])?;
    let python = installed()?;
    let program = paths::release().join("dcdp");
    let mut tests = Command::new(&python);
    tests.args(["-B", "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]);
    tests
        .args(["-k", filter])
        .arg(paths::root().join("python").join("tests"));
    // Not the checkout: the package of that name there is not the wheel's.
    tests.current_dir(paths::target()).env(
        "DCDP_PROGRAM",
        program.with_extension(std::env::consts::EXE_EXTENSION),
    );
    shell::run(&mut tests)?;
    if !filter.is_empty() {
        return Ok(());
    }
    let restored = paths::target().join("demo").join("houses-python.png");
    shell::make_folder(&paths::target().join("demo"))?;
    let examples = paths::root().join("examples");
    shell::run(
        Command::new(&python)
            .arg("-B")
            .arg(examples.join("python").join("restore.py"))
            .arg(examples.join("photo").join("houses-noisy.png"))
            .arg(restored),
    )
}

/// Writes the type stubs from the parameter table of a wheel built anew.
///
/// # Errors
/// As [`dist`]; when the file cannot be written.
pub fn stub() -> Result<PathBuf> {
    let python = installed()?;
    let folder = paths::root().join("python");
    let text = shell::read(
        Command::new(python)
            .arg("-B")
            .arg(folder.join("tests").join("stub.py")),
    )?;
    let file = folder.join("dcdp").join("__init__.pyi");
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// The Python of a fresh environment with the wheel and what its tests need.
fn installed() -> Result<PathBuf> {
    let wheel = dist()?;
    let folder = paths::target().join("python-test");
    shell::remove_folder(&folder)?;
    let python = python::make(&folder)?;
    let list = paths::root().join("python").join("requirements-test.txt");
    shell::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet"])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(list)
            .arg(wheel),
    )?;
    Ok(python)
}
