//! Pictures in files: PNG, JPEG, TIFF, WebP and EXR. What each keeps stands in docs/FILES.md.
//!
//! One place per concern: `containers` how formats store things, `colour` what numbers mean, `metadata`
//! what else a file says; [`Document`] holds them together.

mod aside;
mod colour;
mod containers;
mod document;
mod metadata;
mod note;
mod output;
mod page;
mod picture;
mod samples;
mod source;
mod staged;

use std::path::Path;

use ndarray::Array2;

use super::{Alpha, FillMap, PixelType, PointSpread};
use crate::{Error, Result};

pub use document::{Document, DocumentWriter};
pub use note::Note;
pub use output::Output;
pub use picture::ImageFile;
use source::Source;
pub use staged::StagedFile;

/// JPEG quality when nothing is said.
pub const DEFAULT_JPEG_QUALITY: u8 = 95;
/// Largest side of a picture that is read, in pixels.
const MAX_SIDE: usize = 65_535;
/// Largest decoded picture that is read, in bytes.
const MAX_BYTES: usize = 4 << 30;

/// Most bytes of a decoded point-spread function: 8192×8192 gray at 32 bits.
const MAX_KERNEL_BYTES: usize = 256 << 20;

/// A file format for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Gray or RGB, alpha, 8 or 16 bits.
    Png,
    /// Gray or RGB, 8 bits, lossy.
    Jpeg,
    /// Gray or RGB, alpha, 8 or 16 bits or single float.
    Tiff,
    /// RGB, alpha, 8 bits; written without loss.
    WebP,
    /// Gray or RGB, alpha, half or single float, linear light.
    Exr,
}

impl FileFormat {
    /// The format a file name's ending stands for.
    ///
    /// # Errors
    /// `InvalidOption` (`output`) when it stands for none.
    pub fn of_name(path: &Path) -> Result<Self> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_ascii_lowercase().as_str() {
            "png" => Ok(FileFormat::Png),
            "jpg" | "jpeg" | "jpe" | "jfif" => Ok(FileFormat::Jpeg),
            "tif" | "tiff" => Ok(FileFormat::Tiff),
            "webp" => Ok(FileFormat::WebP),
            "exr" => Ok(FileFormat::Exr),
            _ => Err(Error::invalid(
                "output",
                format!("`{}`", path.display()),
                "a file name ending in .png, .jpg, .tif, .webp or .exr",
            )),
        }
    }

    /// The format a word names: `png`, `jpeg`, `tiff`, `webp` or `exr`, or an ending of file names.
    ///
    /// # Errors
    /// `InvalidOption` (`format`) for any other word.
    pub fn of_word(word: &str) -> Result<Self> {
        Self::of_name(&Path::new("x").with_extension(word)).map_err(|_| {
            Error::invalid(
                "format",
                format!("`{word}`"),
                "png | jpeg | tiff | webp | exr",
            )
        })
    }

    /// What a person calls it.
    pub const fn name(self) -> &'static str {
        match self {
            FileFormat::Png => "PNG",
            FileFormat::Jpeg => "JPEG",
            FileFormat::Tiff => "TIFF",
            FileFormat::WebP => "WebP",
            FileFormat::Exr => "EXR",
        }
    }

    /// The usual ending of its files' names.
    pub const fn extension(self) -> &'static str {
        match self {
            FileFormat::Png => "png",
            FileFormat::Jpeg => "jpg",
            FileFormat::Tiff => "tif",
            FileFormat::WebP => "webp",
            FileFormat::Exr => "exr",
        }
    }

    /// Largest side in pixels.
    const fn max_side(self) -> usize {
        match self {
            FileFormat::Jpeg => 65_535,
            FileFormat::WebP => 16_383,
            FileFormat::Png | FileFormat::Tiff | FileFormat::Exr => i32::MAX as usize,
        }
    }

    /// The sample type nearest to `wanted` that the format has.
    const fn pixel_type(self, wanted: PixelType) -> PixelType {
        match (self, wanted) {
            (FileFormat::Jpeg | FileFormat::WebP, _) => PixelType::U8,
            (FileFormat::Png, PixelType::F16 | PixelType::F32) => PixelType::U16,
            (FileFormat::Tiff, PixelType::F16) => PixelType::F32,
            // Half floats hold every 8-bit value, and 16-bit values only near 0.
            (FileFormat::Exr, PixelType::U8) => PixelType::F16,
            (FileFormat::Exr, PixelType::U16) => PixelType::F32,
            (FileFormat::Png | FileFormat::Tiff | FileFormat::Exr, _) => wanted,
        }
    }

    /// How colour and alpha are stored.
    const fn alpha(self) -> Alpha {
        match self {
            FileFormat::Exr => Alpha::Premultiplied,
            _ => Alpha::Straight,
        }
    }
}

/// Reads a mask for inpainting, H×W in 0…1, above one half to be filled: [`FillMap`] tells how pictures
/// are understood. Where it was no plain white on black, a warning in the log says how.
///
/// # Errors
/// As [`ImageFile::read`], and `File` as [`FillMap::from_view`] refuses it.
pub fn read_mask(path: &Path) -> Result<Array2<f32>> {
    let file = ImageFile::as_stored(path, MAX_BYTES)?;
    let map = FillMap::from_view(&file.view()?).map_err(refused(path))?;
    tell(path, map.note());
    Ok(map.into_values())
}

/// Reads a point-spread function, h×w in any scale: [`PointSpread`] tells how pictures are understood.
/// Where it was not taken as it is, a warning in the log says how.
///
/// # Errors
/// As [`ImageFile::read`], and `File` as [`PointSpread::from_view`] refuses it, or when it is larger than
/// 256 MiB decoded.
pub fn read_kernel(path: &Path) -> Result<Array2<f32>> {
    let file = ImageFile::as_stored(path, MAX_KERNEL_BYTES)?;
    let psf = PointSpread::from_view(&file.view()?).map_err(refused(path))?;
    tell(path, psf.note());
    Ok(psf.into_values())
}

fn refused(path: &Path) -> impl Fn(Error) -> Error {
    |error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn tell(path: &Path, note: Option<&str>) {
    if let Some(note) = note {
        log::warn!("{}: {note}", path.display());
    }
}
