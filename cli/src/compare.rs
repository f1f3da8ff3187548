//! `dcdp compare`.

use std::path::PathBuf;

use clap::ArgMatches;
use serde::Serialize;

use super::output::{print, to_json};
use dcdp::image::ImageFile;
use dcdp::metrics::Comparison;
use dcdp::{Error, Result};

/// What is printed. Field meanings stand in the command's help.
#[derive(Serialize)]
struct Distances {
    /// `null` in JSON when infinite.
    psnr: f64,
    ssim: f64,
    max_abs: f64,
}

/// Prints how far one picture is from another.
///
/// # Errors
/// Those of reading the files; `InvalidImage` when the sizes differ.
pub fn run(matches: &ArgMatches) -> Result<()> {
    let read = |name: &str| match matches.get_one::<PathBuf>(name) {
        Some(path) => ImageFile::read(path),
        None => Err(Error::InvalidArgument(format!("no {name} was given"))),
    };
    let (reference, picture) = (read("reference")?, read("image")?);
    let comparison = Comparison::new(&reference.view()?, &picture.view()?)?;
    print(to_json(&Distances {
        psnr: comparison.psnr(),
        ssim: comparison.ssim(),
        max_abs: comparison.max_abs(),
    })?)
}
