//! ONNX Runtime, plain or with another provider inside, taken from its official Python wheels.

use std::fs;
use std::path::{Path, PathBuf};

use crate::platform::Platform;
use crate::wheels::{self, Package};
use crate::{Result, paths, shell};

/// The runtime's library for a platform, fetched unless it is already under `target/onnxruntime`.
///
/// The wheel is downloaded by pip, which checks its sha256 against the pinned one.
pub fn fetch(platform: Platform) -> Result<PathBuf> {
    let package =
        wheels::find(platform, wheels::ONNXRUNTIME, wheels::VERSION).ok_or_else(|| {
            format!(
                "ONNX Runtime {} has no wheel for {} on {}; \
                 install ONNX Runtime 1.22 or newer and set DCDP_ORT_DYLIB to its library",
                wheels::VERSION,
                platform.os,
                platform.arch,
            )
        })?;
    fetch_library(package)
}

/// The library of another version, for tests; `None` where there is none for this platform.
pub fn fetch_other() -> Result<Option<PathBuf>> {
    wheels::find(Platform::HERE, wheels::ONNXRUNTIME, wheels::OTHER_VERSION)
        .map(fetch_library)
        .transpose()
}

/// The library with OpenVINO inside; `None` where there is none for this platform.
pub fn fetch_openvino() -> Result<Option<PathBuf>> {
    wheels::find(Platform::HERE, wheels::OPENVINO, wheels::OPENVINO_VERSION)
        .map(fetch_library)
        .transpose()
}

fn fetch_library(package: &Package) -> Result<PathBuf> {
    find_library(&fetch_package(package)?.join("onnxruntime").join("capi"))
}

/// The folder of an unpacked wheel, fetched unless it is already under `target/NAME/VERSION-PLATFORM`.
pub fn fetch_package(package: &Package) -> Result<PathBuf> {
    let version = format!("{}-{}", package.version, package.platform);
    let unpacked = paths::target().join(package.name).join(version);
    if !unpacked.is_dir() {
        download(package, &unpacked)?;
    }
    Ok(unpacked)
}

/// Fetches the runtime with `provider` inside (`cuda`, `directml` or `openvino`) and puts it where the programs
/// built here find it, or where those in `place` do: a bundle, a plug-in's folder, an installation prefix; the
/// library's path.
///
/// The one with OpenVINO goes into a folder `openvino` beside the plain one, which stays; the others take its
/// place. What is in `place` may be for Windows, on whatever machine.
///
/// # Errors
/// When there is no such provider for the platform, or no runtime in `place`.
pub fn install_provider(provider: &str, place: Option<&Path>) -> Result<PathBuf> {
    let (name, version) = match provider {
        "cuda" => (wheels::CUDA, wheels::CUDA_VERSION),
        "directml" => (wheels::DIRECTML, wheels::DIRECTML_VERSION),
        "openvino" => (wheels::OPENVINO, wheels::OPENVINO_VERSION),
        other => {
            return Err(format!(
                "no runtime with `{other}`; there are `cuda`, `directml` and `openvino`"
            ));
        }
    };
    let (beside, platform) = match place {
        Some(place) => folder_of_runtime(place)?,
        None => (paths::release(), Platform::HERE),
    };
    let package = wheels::find(platform, name, version).ok_or_else(|| {
        let Platform { os, arch } = platform;
        format!("{name} {version} has no wheel for {os} on {arch}")
    })?;
    let library = fetch_library(package)?;
    let folder = match provider {
        "openvino" => beside.join(provider),
        _ => beside,
    };
    shell::make_folder(&folder)?;
    let installed = install_into(&library, &folder)?;
    let files = shell::entries(library.parent().expect("a library stands in a folder"))?;
    for file in &files {
        if file.is_file() && is_needed(file, &files) {
            let name = file.file_name().expect("an entry has a name");
            shell::copy_file_if_other(file, &folder.join(name))?;
        }
    }
    Ok(installed)
}

/// The folder in a bundle, plug-in or prefix that holds its runtime, and what that is for.
fn folder_of_runtime(place: &Path) -> Result<(PathBuf, Platform)> {
    let mut folders = vec![place.to_owned(), place.join("lib"), place.join("bin")];
    let contents = place.join("Contents");
    if contents.is_dir() {
        folders.extend(shell::entries(&contents)?);
    }
    let platform = |library: &Path| match library.extension().is_some_and(|end| end == "dll") {
        true if !Platform::HERE.is_windows() => Platform::WINDOWS,
        _ => Platform::HERE,
    };
    folders
        .into_iter()
        .filter(|folder| folder.is_dir())
        .find_map(|folder| {
            let library = find_library(&folder).ok()?;
            Some((folder, platform(&library)))
        })
        .ok_or_else(|| {
            format!(
                "{}: no ONNX Runtime here that another could stand beside",
                place.display()
            )
        })
}

/// Fetches the runtime and puts its library where the programs built here look first.
pub fn install() -> Result<PathBuf> {
    let library = fetch(Platform::HERE)?;
    let release = paths::release();
    shell::make_folder(&release)?;
    install_into(&library, &release)
}

/// Copies the library into `folder` unless the same one is there, and takes away those of other versions,
/// which would be found first if they are newer.
fn install_into(library: &Path, folder: &Path) -> Result<PathBuf> {
    let name = library.file_name().expect("a library has a name");
    for other in shell::entries(folder)? {
        let file = other.file_name().unwrap_or_default();
        if file.to_string_lossy().starts_with("libonnxruntime.so.") && file != name {
            fs::remove_file(&other).map_err(|e| format!("{}: {e}", other.display()))?;
        }
    }
    let installed = folder.join(name);
    shell::copy_file_if_other(library, &installed)?;
    Ok(installed)
}

/// Whether a file of the wheel is needed beside the library: Python's own module is not, and of a library
/// under several names, which wheels keep as copies, one is: the shortest with a version in it, by which
/// others are linked with it.
fn is_needed(file: &Path, files: &[PathBuf]) -> bool {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let own = name(file);
    // TensorRT is a provider that dcdp does not use; its library asks for TensorRT's.
    if own.contains("pybind11") || own.contains("tensorrt") {
        return false;
    }
    let Some((stem, version)) = own.split_once(".so") else {
        return own.ends_with(".dll");
    };
    let others = files.iter().filter_map(|other| {
        let other = name(other);
        let (other_stem, version) = other.split_once(".so")?;
        (other_stem == stem && !version.is_empty()).then_some(version.len())
    });
    others
        .min()
        .is_none_or(|shortest| shortest == version.len())
}

fn download(package: &Package, unpacked: &Path) -> Result<()> {
    let Package {
        name,
        version,
        platform,
        sha256,
    } = package;
    let partial = unpacked.with_extension(format!("{platform}-partial{}", std::process::id()));
    shell::make_folder(&partial)?;
    let requirements = partial.join("requirements.txt");
    let pin = format!("{name}=={version} --hash=sha256:{sha256}\n");
    fs::write(&requirements, pin).map_err(|e| format!("{}: {e}", requirements.display()))?;

    eprintln!("fetching {name} {version} ({platform})");
    let fetched = shell::run(
        shell::python()
            .args(["-m", "pip", "download", "--quiet"])
            .args(["--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary=:all:", "--implementation=cp"])
            .args(["--python-version=3.11", "--platform", platform])
            .args(["--require-hashes", "--requirement"])
            .arg(&requirements)
            .arg("--dest")
            .arg(&partial),
    );
    if fetched.is_err() {
        shell::remove_folder(&partial)?;
    }
    fetched?;
    let file = shell::entries(&partial)?
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| format!("{}: pip left no wheel here", partial.display()))?;
    shell::run(
        shell::python()
            .args(["-m", "zipfile", "-e"])
            .args([&file, &partial]),
    )?;
    fs::remove_file(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    match fs::rename(&partial, unpacked) {
        // Another run of this program finished first: its folder is as good.
        Err(_) if unpacked.is_dir() => shell::remove_folder(&partial),
        renamed => renamed.map_err(|e| format!("{}: {e}", unpacked.display())),
    }
}

fn find_library(folder: &Path) -> Result<PathBuf> {
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name == "onnxruntime.dll"
            || name.starts_with("libonnxruntime.so")
            || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
    };
    shell::entries(folder)?
        .into_iter()
        .find(is_library)
        .ok_or_else(|| format!("{}: no ONNX Runtime library here", folder.display()))
}
