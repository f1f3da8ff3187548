//! Reading files.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{ImageFile, MAX_SIDE, Metadata, exr, staged, tiff};
use crate::image::{Layout, PixelType};
use crate::{Error, Result};

/// Reads a file as stored, of at most `most` bytes when decoded, with the orientation it asks for.
pub(super) fn read(path: &Path, most: usize) -> Result<(ImageFile, Orientation)> {
    let failed = |reason: String| Error::File {
        path: path.to_owned(),
        reason,
    };
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let mut source = BufReader::new(staged::open(path)?);
    let mut start = Vec::new();
    source
        .by_ref()
        .take(32)
        .read_to_end(&mut start)
        .map_err(io)?;
    source.rewind().map_err(io)?;
    match image::guess_format(&start) {
        Ok(ImageFormat::OpenExr) => {
            let (bytes, layout, attributes) =
                exr::read_picture(source, check_size(most)).map_err(failed)?;
            let metadata = Metadata {
                attributes: Some(attributes),
                ..Metadata::default()
            };
            Ok((stored(bytes, layout, metadata), Orientation::NoTransforms))
        }
        Ok(
            format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Tiff | ImageFormat::WebP),
        ) => read_common(source, format, most).map_err(failed),
        _ => Err(failed(
            "is not a picture in PNG, JPEG, TIFF, WebP or EXR format".to_owned(),
        )),
    }
}

fn stored(bytes: Vec<u8>, layout: Layout, mut metadata: Metadata) -> ImageFile {
    // A CMYK file is decoded to RGB, which its profile does not describe.
    let space: &[u8] = if layout.is_gray() { b"GRAY" } else { b"RGB " };
    metadata
        .icc
        .take_if(|profile| profile.get(16..20) != Some(space));
    ImageFile {
        bytes,
        layout,
        origin: 0,
        metadata,
    }
}

/// Refuses a width, height and bytes per pixel that no memory should be taken for.
fn check_size(most: usize) -> impl Fn(usize, usize, usize) -> std::result::Result<(), String> {
    move |width, height, pixel_bytes| {
        let bytes = width
            .checked_mul(height)
            .and_then(|pixels| pixels.checked_mul(pixel_bytes));
        if width == 0 || height == 0 {
            return Err(format!("says it has {width}x{height} pixels"));
        }
        if width.max(height) > MAX_SIDE || bytes.is_none_or(|bytes| bytes > most) {
            return Err(format!(
                "says it has {width}x{height} pixels; allowed: {}",
                allowed(most)
            ));
        }
        Ok(())
    }
}

fn allowed(most: usize) -> String {
    format!("{MAX_SIDE} a side, {} MiB decoded", most >> 20)
}

/// What a TIFF file's tags say, or nothing for other formats.
fn tags(source: &mut BufReader<File>, format: ImageFormat) -> io::Result<Option<tiff::Tags>> {
    if format != ImageFormat::Tiff {
        return Ok(None);
    }
    let tags = tiff::read_tags(&mut *source);
    source.rewind()?;
    Ok(Some(tags))
}

fn read_common(
    mut source: BufReader<File>,
    format: ImageFormat,
    most: usize,
) -> std::result::Result<(ImageFile, Orientation), String> {
    let explain = |error| explain(error, most);
    let io = |error: io::Error| explain(error.into());
    if format == ImageFormat::Jpeg {
        check_jpeg_end(&mut source).map_err(io)?;
        source.rewind().map_err(io)?;
    }
    let tags = tags(&mut source, format).map_err(io)?;
    if let Some(tags) = &tags
        && tags.needs_chunky
    {
        let (bytes, mut layout) = tiff::read_chunky(&mut source, check_size(most))?;
        layout.alpha = tags.alpha;
        return Ok((
            stored(bytes, layout, tags.metadata.clone()),
            tags.orientation,
        ));
    }
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE as u32);
    limits.max_image_height = Some(MAX_SIDE as u32);
    limits.max_alloc = Some(most as u64);
    let mut reader = ImageReader::with_format(source, format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(explain)?;
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    check_size(most)(
        width as usize,
        height as usize,
        color.bytes_per_pixel().into(),
    )?;
    let mut layout = layout_of(width, height, color)?;
    let (metadata, orientation) = match tags {
        Some(tags) => {
            layout.alpha = tags.alpha;
            (tags.metadata, tags.orientation)
        }
        // A damaged profile or EXIF block does not make the picture unreadable.
        None => {
            let mut exif = decoder.exif_metadata().unwrap_or_default();
            let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            if let Some(block) = &mut exif {
                let _ = Orientation::remove_from_exif_chunk(block);
            }
            let metadata = Metadata {
                icc: decoder.icc_profile().unwrap_or_default(),
                exif,
                ..Metadata::default()
            };
            (metadata, orientation)
        }
    };
    let mut bytes = vec![0; layout.packed_bytes().map_err(|error| error.to_string())?];
    decoder.read_image(&mut bytes).map_err(explain)?;
    Ok((stored(bytes, layout, metadata), orientation))
}

fn layout_of(width: u32, height: u32, color: ColorType) -> std::result::Result<Layout, String> {
    let pixel_type = match color {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => PixelType::U8,
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => PixelType::U16,
        ColorType::Rgb32F | ColorType::Rgba32F => PixelType::F32,
        other => return Err(format!("has pixels of an unsupported kind ({other:?})")),
    };
    let channels = color.channel_count().into();
    Ok(Layout::packed(
        width as usize,
        height as usize,
        channels,
        pixel_type,
    ))
}

/// One sentence without the decoder's own type names.
fn explain(error: ImageError, most: usize) -> String {
    match error {
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "is truncated".to_owned()
        }
        ImageError::Limits(_) => format!("is too large; allowed: {}", allowed(most)),
        ImageError::Unsupported(error) => format!("is of an unsupported kind: {error}"),
        error => format!("is damaged: {error}"),
    }
}

/// Refuses a JPEG file without an end marker after its first scan: the decoder would fill what is
/// missing with gray.
fn check_jpeg_end(source: &mut (impl Read + Seek)) -> io::Result<()> {
    const SCAN: u8 = 0xda;
    const END: u8 = 0xd9;
    source.seek(SeekFrom::Start(2))?;
    let mut marker = [0; 4];
    while marker[1] != SCAN {
        source.read_exact(&mut marker)?;
        let length = u16::from_be_bytes([marker[2], marker[3]]);
        if marker[0] != 0xff || length < 2 {
            return Ok(()); // Not a segment; the decoder says what is wrong.
        }
        source.seek_relative(i64::from(length) - 2)?;
    }
    let mut last = 0;
    let mut buffer = [0; 1 << 16];
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for &byte in &buffer[..count] {
            if last == 0xff && byte == END {
                return Ok(());
            }
            last = byte;
        }
    }
}
