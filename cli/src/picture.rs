//! What one picture's file adds to the options, and the pictures that are written beside the result.

use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use ndarray::Array2;

use dcdp::Options;
use dcdp::estimate::blur::BlurFinding;
use dcdp::image::{FileFormat, JpegSource, StagedFile};
use dcdp::request::{TaskKind, looks_for_blur, task_kind};
use dcdp::{Error, Result};

/// The options with what the file says of its pixels: a JPEG file's own coefficients, where the task uses
/// them.
///
/// # Errors
/// Those of reading the coefficients, where the task is to be faithful to them.
pub fn with_file(options: &Options, input: &Path) -> Result<Options> {
    let mut options = options.clone();
    let task = task_kind(&options);
    if !matches!(
        task,
        TaskKind::Dejpeg | TaskKind::Deblur | TaskKind::SuperResolve
    ) {
        return Ok(options);
    }
    let is_jpeg = FileFormat::of_name(input).is_ok_and(|format| format == FileFormat::Jpeg);
    match JpegSource::read(input) {
        Ok(source) => options.set_jpeg(Some(source)),
        Err(error) if is_jpeg && task == TaskKind::Dejpeg => return Err(error),
        // Other formats, and JPEG files in colours that are converted first.
        Err(_) => {}
    }
    Ok(options)
}

/// Writes the kernel of a blur that was found as a picture: gray, its largest value white.
///
/// # Errors
/// `File` where no blur was found; those of writing.
pub fn write_kernel(found: &Option<BlurFinding>, file: &Path) -> Result<()> {
    let psf = match found {
        Some(found) => found.psf()?,
        None => None,
    };
    let psf = psf.ok_or_else(|| Error::File {
        path: file.to_owned(),
        reason: "not written: no blur was found".to_owned(),
    })?;
    write_gray(&psf, file)
}

fn write_gray(values: &Array2<f64>, file: &Path) -> Result<()> {
    let most = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let samples: Vec<u8> = values
        .iter()
        .map(|value| (255.0 * value.max(0.0) / most).round() as u8)
        .collect();
    write_png(
        &samples,
        values.ncols(),
        values.nrows(),
        ExtendedColorType::L8,
        file,
    )
}

/// Writes the standard deviation of each pixel as a picture: RGB, a code per code.
///
/// # Errors
/// `Io`.
pub fn write_uncertainty(
    samples: &[u8],
    (width, height): (usize, usize),
    file: &Path,
) -> Result<()> {
    write_png(samples, width, height, ExtendedColorType::Rgb8, file)
}

fn write_png(
    samples: &[u8],
    width: usize,
    height: usize,
    color: ExtendedColorType,
    file: &Path,
) -> Result<()> {
    let mut staged = StagedFile::create(file)?;
    let encoder = PngEncoder::new(&mut staged);
    encoder
        .write_image(samples, width as u32, height as u32, color)
        .map_err(|error| Error::File {
            path: file.to_owned(),
            reason: format!("cannot be written: {error}"),
        })?;
    staged.publish()
}

/// Whether a finished run left a picture as it was because no blur was found in it.
pub fn found_no_blur(options: &Options, blur: &Option<BlurFinding>) -> bool {
    looks_for_blur(options) && blur.as_ref().is_some_and(|found| !found.is_blurred())
}
