//! WebP files, through `image-webp`, which the `image` crate uses too.

use std::io::{Cursor, Write};

use image::metadata::Orientation;
use image_webp::{ColorType, DecodingError, WebPDecoder, WebPEncoder};

use super::super::colour::Colour;
use super::super::metadata::{Metadata, exif};
use super::super::page::{Failure, Limits, Page, packed};
use super::super::picture::ImageFile;
use crate::image::PixelType;

/// An open file.
pub(super) type Decoder = WebPDecoder<Cursor<Vec<u8>>>;

/// Opens a file within the limits.
pub(super) fn decoder(bytes: Vec<u8>, limits: Limits) -> Result<Decoder, Failure> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions();
    limits.check(width as usize, height as usize, 4)?;
    decoder.set_memory_limit(limits.most);
    Ok(decoder)
}

/// One sentence without the decoder's own words.
pub(super) fn damaged(error: &DecodingError) -> Failure {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "is truncated".to_owned()
        }
        _ => "is truncated or damaged: its pixels cannot be decoded".to_owned(),
    }
}

/// Decodes the one picture of a file.
pub(in crate::image::files) fn read(bytes: Vec<u8>, limits: Limits) -> Result<Page, Failure> {
    let mut decoder = decoder(bytes, limits)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let (width, height) = decoder.dimensions();
    let layout = packed((width as usize, height as usize), channels, PixelType::U8);
    let mut pixels = vec![0; layout.packed_bytes().map_err(|error| error.to_string())?];
    decoder
        .read_image(&mut pixels)
        .map_err(|error| damaged(&error))?;
    let (colour, metadata, orientation) = describe(&mut decoder);
    let mut page = Page::new(pixels, layout, colour, metadata);
    page.orientation = orientation;
    Ok(page)
}

/// Colour, metadata and orientation; what is damaged counts as absent.
pub(super) fn describe(decoder: &mut Decoder) -> (Colour, Metadata, Orientation) {
    let icc = decoder.icc_profile().ok().flatten();
    let metadata = Metadata {
        exif: decoder.exif_metadata().ok().flatten().map(|block| {
            match block.strip_prefix(b"Exif\0\0") {
                Some(block) => block.to_vec(),
                None => block,
            }
        }),
        xmp: decoder.xmp_metadata().ok().flatten(),
        ..Metadata::default()
    };
    let orientation = metadata.exif.as_deref().and_then(exif::orientation);
    let orientation = orientation
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms);
    (Colour::new(None, icc, None, None), metadata, orientation)
}

/// Writes a file of one picture, without loss.
pub(in crate::image::files) fn write(
    target: impl Write,
    picture: &ImageFile,
) -> Result<(), Failure> {
    let metadata = picture.metadata();
    let mut encoder = WebPEncoder::new(target);
    if let Some(profile) = &picture.colour().icc {
        encoder.set_icc_profile(profile.clone());
    }
    if let Some(block) = &metadata.exif {
        encoder.set_exif_metadata(block.clone());
    }
    if let Some(packet) = &metadata.xmp {
        encoder.set_xmp_metadata(packet.clone());
    }
    encode(encoder, picture)
}

/// The coded pixels of a picture, in a file of their own.
pub(super) fn encode<W: Write>(
    encoder: WebPEncoder<W>,
    picture: &ImageFile,
) -> Result<(), Failure> {
    let (width, height) = picture.stored_size();
    let color = match picture.channels() {
        1 => ColorType::L8,
        2 => ColorType::La8,
        3 => ColorType::Rgb8,
        _ => ColorType::Rgba8,
    };
    encoder
        .encode(
            &picture.stored_samples(),
            width as u32,
            height as u32,
            color,
        )
        .map_err(|error| error.to_string())
}

/// Appends a RIFF chunk.
pub(super) fn chunk(bytes: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    bytes.extend(name);
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    if data.len() % 2 == 1 {
        bytes.push(0);
    }
}
