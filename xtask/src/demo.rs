//! `cargo xtask demo`: from an empty checkout to a restored photograph.

use std::path::Path;
use std::process::Command;

use crate::{Result, model, paths, runtime, shell};

/// Builds the program with all it needs beside it, restores the shipped noisy photograph and prints
/// its PSNR before and after.
///
/// # Errors
/// When a step fails, or the restored picture is not closer to the original.
pub fn run() -> Result<()> {
    runtime::install()?;
    shell::build(&["--package", "dcdp-cli"])?;
    model::install_all()?;

    let photos = paths::root().join("examples").join("photo");
    let noisy = photos.join("houses-noisy.png");
    let restored = paths::target().join("demo").join("houses-restored.png");
    shell::make_folder(&paths::target().join("demo"))?;
    shell::run(
        dcdp()
            .arg("restore")
            .arg(&noisy)
            .arg("-o")
            .arg(&restored)
            .args(["--task", "denoise", "--noise", "25"]),
    )?;
    println!("compare {} with {}", noisy.display(), restored.display());
    check(dcdp, &restored)
}

/// Prints the PSNR of the shipped noisy photograph and of a restored one, as the program compares them that
/// `dcdp` makes a command for.
///
/// # Errors
/// When the restored one is not closer to the original, or `dcdp compare` fails.
pub fn check(dcdp: impl Fn() -> Command, restored: &Path) -> Result<()> {
    let photos = paths::root().join("examples").join("photo");
    let original = photos.join("houses.jpg");
    let (before, after) = (
        psnr(dcdp(), &original, &photos.join("houses-noisy.png"))?,
        psnr(dcdp(), &original, restored)?,
    );
    println!("PSNR before {before:.2} dB, after {after:.2} dB");
    match after > before {
        true => Ok(()),
        false => Err("the restored picture is no closer to the original".to_owned()),
    }
}

/// The program built here.
pub fn dcdp() -> Command {
    let name = format!("dcdp{}", std::env::consts::EXE_SUFFIX);
    Command::new(paths::release().join(name))
}

/// The PSNR that `dcdp compare` prints, in dB.
fn psnr(mut dcdp: Command, reference: &Path, image: &Path) -> Result<f64> {
    let json = shell::read(dcdp.arg("compare").arg(reference).arg(image))?;
    let value = json
        .split_once("\"psnr\"")
        .and_then(|(_, rest)| rest.split_once(':'))
        .and_then(|(_, rest)| rest.split([',', '}', '\n']).next());
    value
        .and_then(|value| value.trim().parse().ok())
        .ok_or_else(|| format!("dcdp compare printed no PSNR: {json}"))
}
