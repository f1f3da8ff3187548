//! Writing files.

use std::io::Write;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};

use super::{FileFormat, ImageFile, StagedFile, exr, tiff};
use crate::image::{Layout, PixelType};
use crate::{Error, Result};

/// Largest EXIF block a JPEG file holds: a segment's 65,535 bytes less its length and name.
const MAX_JPEG_EXIF: usize = 65_535 - 2 - 6;

/// Writes `picture` aside.
pub(super) fn stage(picture: &ImageFile, path: &Path, jpeg_quality: u8) -> Result<StagedFile> {
    let mut file = StagedFile::create(path)?;
    match FileFormat::of_name(path)? {
        FileFormat::Exr => exr::write_picture(
            &mut file,
            &picture.view()?,
            picture.metadata.attributes.as_ref(),
        )
        .map_err(|error| failed(path, error)),
        FileFormat::Tiff => tiff::write(
            &mut file,
            &picture.bytes,
            &picture.layout,
            &picture.metadata,
        )
        .map_err(|error| failed(path, error)),
        FileFormat::Png => encode(
            PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive),
            picture,
            path,
            usize::MAX,
        ),
        FileFormat::Jpeg => encode(
            JpegEncoder::new_with_quality(&mut file, jpeg_quality),
            picture,
            path,
            MAX_JPEG_EXIF,
        ),
        FileFormat::WebP => encode(
            WebPEncoder::new_lossless(&mut file),
            picture,
            path,
            usize::MAX,
        ),
    }?;
    file.flush().map_err(|error| failed(path, error))?;
    Ok(file)
}

fn encode(
    mut encoder: impl ImageEncoder,
    picture: &ImageFile,
    path: &Path,
    max_exif: usize,
) -> Result<()> {
    let lost = |what: &str| log::warn!("{}: {what} left out; it does not fit", path.display());
    let layout = &picture.layout;
    if let Some(profile) = &picture.metadata.icc
        && encoder.set_icc_profile(profile.clone()).is_err()
    {
        lost("ICC profile");
    }
    if let Some(exif) = &picture.metadata.exif
        && (exif.len() > max_exif || encoder.set_exif_metadata(exif.clone()).is_err())
    {
        lost("EXIF");
    }
    let (width, height) = (layout.width as u32, layout.height as u32);
    let color = color_type(layout)
        .ok_or_else(|| failed(path, format!("no pixels of type {:?}", layout.pixel_type)))?;
    encoder
        .write_image(&picture.bytes, width, height, color)
        .map_err(|error| match error {
            ImageError::IoError(source) => failed(path, source),
            error => failed(path, error),
        })
}

fn color_type(layout: &Layout) -> Option<ExtendedColorType> {
    Some(match (layout.pixel_type, layout.channels) {
        (PixelType::U8, 1) => ExtendedColorType::L8,
        (PixelType::U8, 2) => ExtendedColorType::La8,
        (PixelType::U8, 3) => ExtendedColorType::Rgb8,
        (PixelType::U8, 4) => ExtendedColorType::Rgba8,
        (PixelType::U16, 1) => ExtendedColorType::L16,
        (PixelType::U16, 2) => ExtendedColorType::La16,
        (PixelType::U16, 3) => ExtendedColorType::Rgb16,
        (PixelType::U16, 4) => ExtendedColorType::Rgba16,
        _ => return None,
    })
}

fn failed(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::File {
        path: path.to_owned(),
        reason: format!("could not be written: {error}"),
    }
}
