//! Virtual environments of Python, made on first use and kept in the cache folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, paths, shell};

/// The Python that has what `models/` needs: `DCDP_PYTHON`, or an environment of its own (PyTorch is
/// large: 6 GB on disk).
///
/// # Errors
/// When it cannot be made.
pub fn with_torch() -> Result<Command> {
    if let Some(python) = std::env::var_os("DCDP_PYTHON") {
        return Ok(Command::new(python));
    }
    let models = paths::root().join("models");
    let lists = [
        "export/requirements.txt",
        "export/requirements-test.txt",
        "train/requirements.txt",
        "evaluate/requirements.txt",
        "compare/requirements.txt",
    ];
    environment("python", &lists.map(|list| models.join(list)))
}

/// The Python that reads and writes picture files: `DCDP_FILES_PYTHON`, or an environment of its own.
///
/// # Errors
/// When it cannot be made.
pub fn for_files() -> Result<Command> {
    if let Some(python) = std::env::var_os("DCDP_FILES_PYTHON") {
        return Ok(Command::new(python));
    }
    let list = files_tests().join("requirements.txt");
    environment("python-files", &[list])
}

/// The Python with cargo-zigbuild and Zig (0.5 GB on disk): `DCDP_PORTABLE_PYTHON`, or an environment of its
/// own.
///
/// # Errors
/// When it cannot be made.
pub fn for_portable_builds() -> Result<Command> {
    if let Some(python) = std::env::var_os("DCDP_PORTABLE_PYTHON") {
        return Ok(Command::new(python));
    }
    let list = paths::root()
        .join("xtask")
        .join("requirements-portable.txt");
    environment("python-portable", &[list])
}

/// The folder of the tests that [`for_files`] runs.
pub fn files_tests() -> PathBuf {
    paths::root().join("tests").join("files")
}

/// The Python that builds wheels.
///
/// # Errors
/// When its environment cannot be made.
pub fn for_wheels() -> Result<Command> {
    let list = paths::root().join("python").join("requirements-build.txt");
    environment("python-wheel", &[list])
}

/// The Python that runs the farm's tests.
///
/// # Errors
/// When its environment cannot be made.
pub fn for_farm() -> Result<Command> {
    environment("python-farm", &[farm_tests().join("requirements.txt")])
}

/// The folder of the tests that [`for_farm`] runs.
pub fn farm_tests() -> PathBuf {
    paths::root().join("tests").join("farm")
}

/// The environment `name` with what `lists` require.
fn environment(name: &str, lists: &[PathBuf]) -> Result<Command> {
    let mut wanted = String::new();
    for list in lists {
        wanted += &std::fs::read_to_string(list).map_err(|e| format!("{}: {e}", list.display()))?;
    }
    let cache = paths::cache()?;
    let environment = cache.join(name);
    let python = program(&environment);
    let stamp = environment.join("dcdp-requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Command::new(python));
    }
    shell::make_folder(&cache)?;
    make(&environment)?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    for list in lists {
        pip.arg("--requirement").arg(list);
    }
    shell::run(&mut pip)?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(Command::new(python))
}

fn program(environment: &Path) -> PathBuf {
    environment.join(match cfg!(windows) {
        true => "Scripts/python.exe",
        false => "bin/python",
    })
}

/// Makes an empty environment; its Python.
///
/// # Errors
/// When it cannot be made.
pub fn make(environment: &Path) -> Result<PathBuf> {
    let venv = || {
        let mut python = shell::python();
        python.args(["-m", "venv"]).arg(environment);
        python
    };
    if shell::run(&mut venv()).is_err() {
        // Debian ships Python without this module.
        shell::apt_install(&["python3-venv"])?;
        shell::run(&mut venv())?;
    }
    Ok(program(environment))
}
