//! The pinned ONNX Runtime, with and without OpenVINO, taken from its official Python wheels.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, paths, shell};

/// The version that is shipped: the last whose Linux library keeps and sends no telemetry of its own.
const VERSION: &str = "1.28.0";

/// The oldest version that dcdp runs with: the one a host of the tests has already loaded.
const OTHER_VERSION: &str = "1.22.0";

/// The version with OpenVINO inside. Its library has the processor's own provider too.
const OPENVINO_VERSION: &str = "1.24.1";

/// A published wheel.
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    /// As pip names it; `any` where there is one wheel for all.
    pub platform: &'static str,
    pub sha256: &'static str,
}

/// A wheel for one platform. The library inside does not depend on the Python version, so each
/// platform needs one wheel only, whatever Python runs here.
struct Wheel {
    os: &'static str,
    arch: &'static str,
    package: Package,
}

const ONNXRUNTIME: &str = "onnxruntime";
const OPENVINO: &str = "onnxruntime-openvino";

const WHEELS: [Wheel; 7] = [
    Wheel {
        os: "linux",
        arch: "x86_64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "manylinux_2_28_x86_64",
            sha256: "a166b78ee04f3a37fa1ef82034b6a3ce96d9684e582d4d30b296de83e9998bb5",
        },
    },
    Wheel {
        os: "linux",
        arch: "aarch64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "manylinux_2_28_aarch64",
            sha256: "8d66f9ceb29909c70839e4e4fb3435c7b490050d8f162bd5f3aba4ca01ee517f",
        },
    },
    Wheel {
        os: "macos",
        arch: "aarch64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "macosx_14_0_arm64",
            sha256: "f5c5daabd28aad610f83fdcf32acec8fb57e6adc6c6a39fe2a3c755db957b410",
        },
    },
    Wheel {
        os: "windows",
        arch: "x86_64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "win_amd64",
            sha256: "0d650aeee29368414367b65529e90afe4bf1bab76254789063b8b2f7ea3013c8",
        },
    },
    Wheel {
        os: "windows",
        arch: "aarch64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "win_arm64",
            sha256: "0faf85fb447a663c9cdadc39bd6b19bdf7bedded6699e45731b9b36c46fd993d",
        },
    },
    Wheel {
        os: "linux",
        arch: "x86_64",
        package: Package {
            name: ONNXRUNTIME,
            version: OTHER_VERSION,
            platform: "manylinux_2_28_x86_64",
            sha256: "b978aa63a9a22095479c38371a9b359d4c15173cbb164eaad5f2cd27d666aa65",
        },
    },
    Wheel {
        os: "linux",
        arch: "x86_64",
        package: Package {
            name: OPENVINO,
            version: OPENVINO_VERSION,
            platform: "manylinux_2_28_x86_64",
            sha256: "3007c803634cc69c6d52af1dea7ce729d9bb62b9a11070fd2f959119199007a8",
        },
    },
];

/// The runtime's library, fetched unless it is already under `target/onnxruntime`.
///
/// The wheel is downloaded by pip, which checks its sha256 against the pinned one.
pub fn fetch() -> Result<PathBuf> {
    let package = wheel(ONNXRUNTIME, VERSION).ok_or_else(|| {
        format!(
            "ONNX Runtime {VERSION} has no wheel for {OS} on {ARCH}; \
             install ONNX Runtime 1.22 or newer and set DCDP_ORT_DYLIB to its library"
        )
    })?;
    fetch_library(package)
}

/// The library of another version, for tests; `None` where there is none for this platform.
pub fn fetch_other() -> Result<Option<PathBuf>> {
    wheel(ONNXRUNTIME, OTHER_VERSION)
        .map(fetch_library)
        .transpose()
}

/// The library with OpenVINO inside; `None` where there is none for this platform.
pub fn fetch_openvino() -> Result<Option<PathBuf>> {
    wheel(OPENVINO, OPENVINO_VERSION)
        .map(fetch_library)
        .transpose()
}

fn wheel(name: &str, version: &str) -> Option<&'static Package> {
    WHEELS
        .iter()
        .filter(|wheel| wheel.os == OS && wheel.arch == ARCH)
        .map(|wheel| &wheel.package)
        .find(|package| package.name == name && package.version == version)
}

fn fetch_library(package: &Package) -> Result<PathBuf> {
    find_library(&fetch_package(package)?.join("onnxruntime").join("capi"))
}

/// The folder of an unpacked wheel, fetched unless it is already under `target/NAME/VERSION`.
pub fn fetch_package(package: &Package) -> Result<PathBuf> {
    let unpacked = paths::target().join(package.name).join(package.version);
    if !unpacked.is_dir() {
        download(package, &unpacked)?;
    }
    Ok(unpacked)
}

/// Fetches ONNX Runtime with OpenVINO and puts it into `openvino`, a folder beside the programs built here,
/// where dcdp finds it when `device` is `openvino` or `auto`. The plain runtime stays where it is.
pub fn install_openvino() -> Result<PathBuf> {
    let library = fetch_openvino()?.ok_or_else(|| {
        format!("ONNX Runtime with OpenVINO {OPENVINO_VERSION} has no wheel for {OS} on {ARCH}")
    })?;
    let folder = paths::release().join("openvino");
    let capi = library.parent().expect("a library stands in a folder");
    shell::make_folder(&folder)?;
    let files = shell::entries(capi)?;
    for file in &files {
        if file.is_file() && is_needed(file, &files) {
            let name = file.file_name().expect("an entry has a name");
            shell::copy_file_if_other(file, &folder.join(name))?;
        }
    }
    Ok(folder.join(library.file_name().expect("a library has a name")))
}

/// Fetches the runtime and puts its library where the programs built here look first.
pub fn install() -> Result<PathBuf> {
    let library = fetch()?;
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
    let Some((stem, version)) = own.split_once(".so") else {
        return false;
    };
    let others = files.iter().filter_map(|other| {
        let other = name(other);
        let (other_stem, version) = other.split_once(".so")?;
        (other_stem == stem && !version.is_empty()).then_some(version.len())
    });
    !own.contains("pybind11")
        && others
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
    let partial = unpacked.with_extension(format!("partial{}", std::process::id()));
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
        fs::remove_dir_all(&partial).map_err(|e| format!("{}: {e}", partial.display()))?;
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
        Err(_) if unpacked.is_dir() => {
            fs::remove_dir_all(&partial).map_err(|e| format!("{}: {e}", partial.display()))
        }
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
