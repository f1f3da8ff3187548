//! TIFF: what the `image` crate leaves out, namely float gray and half floats in, and EXIF out.

use std::io::{BufRead, Cursor, Seek, Write};

use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::colortype::{self, ColorType};
use tiff::encoder::{TiffEncoder, TiffValue};
use tiff::tags::{ExtraSamples, PhotometricInterpretation, SampleFormat, Tag};
use tiff::{TiffError, TiffResult};

use super::Metadata;
use super::exif::Exif;
use crate::image::{Alpha, Layout, PixelType};

/// What a TIFF file says besides its pixels.
pub(super) struct Tags {
    /// Whether [`read_chunky`] reads it: floats, or gray with alpha, in chunky order.
    pub needs_chunky: bool,
    /// How colour and alpha are stored.
    pub alpha: Alpha,
    /// How the pixels are to be turned.
    pub orientation: Orientation,
    /// ICC profile and EXIF.
    pub metadata: Metadata,
}

/// Reads the tags of the first picture; what is damaged counts as absent.
pub(super) fn read_tags(mut source: impl BufRead + Seek) -> Tags {
    let exif = Exif::read(&mut source).to_block();
    let mut decoder = source
        .rewind()
        .ok()
        .and_then(|()| Decoder::new(source).ok());
    let mut number = |tag: Tag| -> Option<u16> {
        let values = decoder.as_mut()?.find_tag_unsigned_vec(tag).ok()??;
        values.first().copied()
    };
    let is_planar = number(Tag::PlanarConfiguration) == Some(2);
    let is_float = number(Tag::SampleFormat) == Some(SampleFormat::IEEEFP.to_u16());
    let is_gray_alpha = number(Tag::PhotometricInterpretation)
        == Some(PhotometricInterpretation::BlackIsZero.to_u16())
        && number(Tag::SamplesPerPixel) == Some(2);
    let associated = number(Tag::ExtraSamples) == Some(ExtraSamples::AssociatedAlpha.to_u16());
    let orientation = number(Tag::Orientation)
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?));
    let icc = decoder.and_then(|mut decoder| decoder.get_tag_u8_vec(Tag::IccProfile).ok());
    Tags {
        needs_chunky: (is_float || is_gray_alpha) && !is_planar,
        alpha: if associated {
            Alpha::Premultiplied
        } else {
            Alpha::Straight
        },
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        metadata: Metadata {
            icc,
            exif,
            ..Metadata::default()
        },
    }
}

/// Reads a picture that the `image` crate does not: floats, or gray with alpha.
pub(super) fn read_chunky(
    source: impl BufRead + Seek,
    check_size: impl Fn(usize, usize, usize) -> Result<(), String>,
) -> Result<(Vec<u8>, Layout), String> {
    let damaged = |error: TiffError| format!("is damaged: {error}");
    let mut decoder = Decoder::new(source).map_err(damaged)?;
    let (width, height) = decoder.dimensions().map_err(damaged)?;
    let (width, height) = (width as usize, height as usize);
    let channels = match decoder.colortype().map_err(damaged)? {
        tiff::ColorType::Gray(_) => 1,
        tiff::ColorType::GrayA(_) | tiff::ColorType::Multiband { num_samples: 2, .. } => 2,
        tiff::ColorType::RGB(_) => 3,
        tiff::ColorType::RGBA(_) => 4,
        other => return Err(format!("has pixels of an unsupported kind ({other:?})")),
    };
    check_size(width, height, 4 * channels)?;
    let mut decoder = decoder.with_limits(Limits::unlimited());
    let (bytes, pixel_type) = match decoder.read_image().map_err(damaged)? {
        DecodingResult::U8(samples) => (samples, PixelType::U8),
        DecodingResult::U16(samples) => {
            let bytes = samples.iter().flat_map(|value| value.to_ne_bytes());
            (bytes.collect(), PixelType::U16)
        }
        DecodingResult::F16(samples) => {
            let bytes = samples.iter().flat_map(|value| value.to_ne_bytes());
            (bytes.collect(), PixelType::F16)
        }
        DecodingResult::F32(samples) => {
            let bytes = samples.iter().flat_map(|value| value.to_ne_bytes());
            (bytes.collect(), PixelType::F32)
        }
        _ => return Err("has samples of an unsupported width; supported: 8, 16, 32".to_owned()),
    };
    let layout = Layout::packed(width, height, channels, pixel_type);
    Ok((bytes, layout))
}

/// Writes packed `pixels`, uncompressed, with ICC profile and EXIF.
pub(super) fn write(
    target: impl Write + Seek,
    pixels: &[u8],
    layout: &Layout,
    metadata: &Metadata,
) -> TiffResult<()> {
    let picture = Tiff {
        pixels,
        layout,
        metadata,
    };
    match (layout.pixel_type, layout.channels) {
        (PixelType::U8, 1 | 2) => picture.write::<colortype::Gray8, 1>(target, |[byte]| byte),
        (PixelType::U8, 3) => picture.write::<colortype::RGB8, 1>(target, |[byte]| byte),
        (PixelType::U8, _) => picture.write::<colortype::RGBA8, 1>(target, |[byte]| byte),
        (PixelType::U16, 1 | 2) => {
            picture.write::<colortype::Gray16, 2>(target, u16::from_ne_bytes)
        }
        (PixelType::U16, 3) => picture.write::<colortype::RGB16, 2>(target, u16::from_ne_bytes),
        (PixelType::U16, _) => picture.write::<colortype::RGBA16, 2>(target, u16::from_ne_bytes),
        (PixelType::F32, 1 | 2) => {
            picture.write::<colortype::Gray32Float, 4>(target, f32::from_ne_bytes)
        }
        (PixelType::F32, 3) => {
            picture.write::<colortype::RGB32Float, 4>(target, f32::from_ne_bytes)
        }
        (PixelType::F32, _) => {
            picture.write::<colortype::RGBA32Float, 4>(target, f32::from_ne_bytes)
        }
        (PixelType::F16, _) => Err(TiffError::UnsupportedError(
            tiff::TiffUnsupportedError::UnknownInterpretation,
        )),
    }
}

struct Tiff<'a> {
    pixels: &'a [u8],
    layout: &'a Layout,
    metadata: &'a Metadata,
}

impl Tiff<'_> {
    fn write<C: ColorType, const BYTES: usize>(
        &self,
        target: impl Write + Seek,
        sample: impl Fn([u8; BYTES]) -> C::Inner,
    ) -> TiffResult<()>
    where
        [C::Inner]: TiffValue,
    {
        let exif = match &self.metadata.exif {
            Some(block) => Exif::read(Cursor::new(block)),
            None => Exif::default(),
        };
        let mut encoder = TiffEncoder::new(target)?;
        let pointers = exif.write_directories(&mut encoder)?;
        let width = u32::try_from(self.layout.width)?;
        let height = u32::try_from(self.layout.height)?;
        let mut image = encoder.new_image::<C>(width, height)?;
        if self.layout.channels == 2 {
            image.extra_samples(&[ExtraSamples::UnassociatedAlpha])?;
        } else if self.layout.channels == 4 {
            // The colour type counts alpha already; this names it.
            let kind = ExtraSamples::UnassociatedAlpha.to_u16();
            image.encoder().write_tag(Tag::ExtraSamples, kind)?;
        }
        if let Some(profile) = &self.metadata.icc {
            let tag = image.encoder();
            let entry = tag.write_entry_bytes(tiff::tags::Type::UNDEFINED, profile)?;
            let mut directory = tiff::Directory::empty();
            directory.extend([(Tag::IccProfile, entry)]);
            tag.extend_from(&directory);
        }
        exif.write_main(image.encoder(), &pointers)?;
        let mut rest = self.pixels;
        loop {
            let count = usize::try_from(image.next_strip_sample_count())?;
            if count == 0 {
                return image.finish();
            }
            let (strip, after) = rest.split_at(count * BYTES);
            let samples: Vec<C::Inner> = strip
                .as_chunks::<BYTES>()
                .0
                .iter()
                .map(|&bytes| sample(bytes))
                .collect();
            image.write_strip(&samples)?;
            rest = after;
        }
    }
}
