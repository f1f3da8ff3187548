//! PNG files: `image` decodes pixels, `png` (beneath it) the rest and writes; chunks are carried.

use std::borrow::Cow;
use std::io::{Cursor, Write};

use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{ImageDecoder, ImageError};
use png::chunk::ChunkType;

use super::super::colour::{Colour, Curve, Primaries};
use super::super::metadata::{Chunk, Density, Metadata, Native, Unit, exif, photoshop};
use super::super::page::{Failure, Limits, Page, packed};
use super::super::picture::ImageFile;
use super::super::{MAX_SIDE, Note};
use crate::image::PixelType;

const XMP_KEYWORD: &str = "XML:com.adobe.xmp";
const IPTC_KEYWORD: &str = "Raw profile type iptc";
/// Chunks that this writer makes, or that describe how pixels were stored.
const MADE: [&[u8; 4]; 14] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"hIST", b"acTL", b"fcTL", b"fdAT", b"eXIf",
    b"iCCP", b"bKGD", b"sBIT", b"caBX",
];
/// Chunks that have a place of their own among colour and metadata, or say nothing of the picture.
const COMMON: [&[u8; 4]; 9] = [
    b"gAMA", b"cHRM", b"sRGB", b"cICP", b"pHYs", b"tEXt", b"zTXt", b"iTXt", b"tIME",
];

/// The chunks of a file, those of pixels without their data.
fn chunks(bytes: &[u8]) -> Vec<Chunk> {
    let mut found = Vec::new();
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((&[a, b, c, d, e, f, g, h], after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let name = [e, f, g, h];
        let Some(data) = after.get(..length) else {
            break;
        };
        let data = match &name {
            b"IDAT" | b"fdAT" => Vec::new(),
            _ => data.to_vec(),
        };
        found.push(Chunk { name, data });
        rest = after.get(length + 4..).unwrap_or_default();
    }
    found
}

/// What no other format holds, in words.
pub(in crate::image::files) fn peculiar(chunks: &[Chunk]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for chunk in chunks {
        let name = match &chunk.name {
            b"sBIT" => "significant bits".to_owned(),
            b"bKGD" => "the background colour".to_owned(),
            b"mDCV" | b"cLLI" => "light levels of the display".to_owned(),
            name if MADE.contains(&name) || COMMON.contains(&name) => continue,
            name => format!("PNG chunk {}", String::from_utf8_lossy(name)),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Decodes the one picture of a file.
pub(in crate::image::files) fn read(bytes: Vec<u8>, limits: Limits) -> Result<Page, Failure> {
    let decoder = decoder(&bytes, limits)?;
    let size = decoder.dimensions();
    let (channels, pixel_type) = form(decoder.color_type())?;
    let size = (size.0 as usize, size.1 as usize);
    limits.check(size.0, size.1, channels * pixel_type.bytes())?;
    let layout = packed(size, channels, pixel_type);
    let mut pixels = vec![0; layout.packed_bytes().map_err(|error| error.to_string())?];
    decoder
        .read_image(&mut pixels)
        .map_err(|error| damaged(&error, limits))?;
    let (colour, metadata, orientation, notes) = describe(&bytes);
    let mut page = Page::new(pixels, layout, colour, metadata);
    page.orientation = orientation;
    page.notes = notes;
    Ok(page)
}

/// A decoder that stays within the limits.
pub(super) fn decoder(bytes: &[u8], limits: Limits) -> Result<PngDecoder<Cursor<&[u8]>>, Failure> {
    let mut most = image::Limits::no_limits();
    most.max_image_width = Some(MAX_SIDE as u32);
    most.max_image_height = Some(MAX_SIDE as u32);
    most.max_alloc = Some(limits.most as u64);
    let fail = |error: ImageError| match png_size(bytes) {
        Some((width, height)) if matches!(error, ImageError::Limits(_)) => limits
            .check(width, height, 1)
            .err()
            .unwrap_or_else(|| damaged(&error, limits)),
        _ => damaged(&error, limits),
    };
    let mut decoder = PngDecoder::with_limits(Cursor::new(bytes), most.clone()).map_err(fail)?;
    decoder
        .set_limits(most)
        .map_err(|error| damaged(&error, limits))?;
    Ok(decoder)
}

fn png_size(bytes: &[u8]) -> Option<(usize, usize)> {
    let side = |at: usize| -> Option<usize> {
        let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes) as usize)
    };
    Some((side(16)?, side(20)?))
}

/// Channels and type of decoded pixels.
pub(super) fn form(color: image::ColorType) -> Result<(usize, PixelType), Failure> {
    use image::ColorType::{L8, L16, La8, La16, Rgb8, Rgb16, Rgba8, Rgba16};
    let pixel_type = match color {
        L8 | La8 | Rgb8 | Rgba8 => PixelType::U8,
        L16 | La16 | Rgb16 | Rgba16 => PixelType::U16,
        _ => return Err("holds samples of a kind that is not read".to_owned()),
    };
    Ok((color.channel_count().into(), pixel_type))
}

/// One sentence without the decoder's own words.
pub(super) fn damaged(error: &ImageError, limits: Limits) -> Failure {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "is truncated".to_owned()
        }
        ImageError::Limits(_) => format!("is too large; allowed: {}", limits.words()),
        ImageError::Unsupported(_) => "is of a kind that is not read".to_owned(),
        _ => "is truncated or damaged: its pixels cannot be decoded".to_owned(),
    }
}

/// Colour, metadata and orientation; what is damaged counts as absent.
pub(super) fn describe(bytes: &[u8]) -> (Colour, Metadata, Orientation, Vec<Note>) {
    let chunks = chunks(bytes);
    let mut notes = Vec::new();
    if chunks.iter().any(|chunk| chunk.name == *b"caBX") {
        notes.push(Note::new(
            "its content credentials are left out; they vouch for the pixels as they were",
        ));
    }
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_ignore_text_chunk(false);
    let mut metadata = Metadata::default();
    let mut colour = Colour::plain(Curve::Srgb);
    if let Ok(mut reader) = decoder.read_info() {
        let _ = reader.finish();
        let info = reader.info();
        colour = colour_of(info);
        metadata.exif = info.exif_metadata.as_ref().map(|block| block.to_vec());
        metadata.density = info.pixel_dims.map(|dims| Density {
            x: dims.xppu.into(),
            y: dims.yppu.into(),
            unit: match dims.unit {
                png::Unit::Meter => Unit::Metre,
                png::Unit::Unspecified => Unit::Ratio,
            },
        });
        for (keyword, text) in texts(info) {
            match keyword.as_str() {
                XMP_KEYWORD => metadata.xmp = Some(text.into_bytes()),
                IPTC_KEYWORD | "Raw profile type 8bim" => metadata.resources = from_hex(&text),
                _ => metadata.texts.push((keyword, text)),
            }
        }
    }
    let orientation = metadata.exif.as_deref().and_then(exif::orientation);
    metadata.native = Native::Png(chunks);
    let orientation = orientation
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms);
    (colour, metadata, orientation, notes)
}

fn colour_of(info: &png::Info<'_>) -> Colour {
    let cicp = info.coding_independent_code_points.map(|points| {
        [
            points.color_primaries,
            points.transfer_function,
            points.matrix_coefficients,
            points.is_video_full_range_image.into(),
        ]
    });
    let icc = info.icc_profile.as_ref().map(|profile| profile.to_vec());
    if info.srgb.is_some() && icc.is_none() {
        return Colour::new(cicp, None, None, None);
    }
    let primaries = info.chrm_chunk.map(|chroma| {
        let pair = |(x, y): (png::ScaledFloat, png::ScaledFloat)| {
            [f64::from(x.into_value()), f64::from(y.into_value())]
        };
        Primaries {
            red: pair(chroma.red),
            green: pair(chroma.green),
            blue: pair(chroma.blue),
            white: pair(chroma.white),
        }
    });
    let curve = info
        .gama_chunk
        .map(|gamma| f64::from(gamma.into_value()))
        .filter(|&gamma| gamma > 0.0)
        .and_then(|gamma| Curve::power(1.0 / gamma));
    Colour::new(cicp, icc, primaries, curve)
}

/// Keyword and text of every text chunk.
fn texts(info: &png::Info<'_>) -> Vec<(String, String)> {
    let plain = info
        .uncompressed_latin1_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()));
    let packed = info
        .compressed_latin1_text
        .iter()
        .filter_map(|chunk| Some((chunk.keyword.clone(), chunk.get_text().ok()?)));
    let unicode = info
        .utf8_text
        .iter()
        .filter_map(|chunk| Some((chunk.keyword.clone(), chunk.get_text().ok()?)));
    plain.chain(packed).chain(unicode).collect()
}

/// The bytes of a raw profile as ImageMagick writes it: name, length and hexadecimal digits in lines.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let mut lines = text.trim_start().lines();
    lines.next()?;
    let length: usize = lines.next()?.trim().parse().ok()?;
    let digits: Vec<u8> = lines
        .flat_map(str::bytes)
        .filter_map(|byte| char::from(byte).to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect();
    let bytes = (bytes.len() == length).then_some(bytes)?;
    match bytes.starts_with(b"8BIM") {
        true => Some(bytes),
        false => Some(photoshop::of_iptc(&bytes)),
    }
}

fn to_hex(bytes: &[u8]) -> String {
    let mut text = format!("\niptc\n{:8}\n", bytes.len());
    for line in bytes.chunks(36) {
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
        text.push('\n');
    }
    text
}

/// Starts a file for `picture`, `frames` times if that is an animation: header, colour, metadata.
pub(super) fn start<W: Write>(
    target: W,
    picture: &ImageFile,
    frames: Option<(u32, u32)>,
) -> Result<png::Writer<W>, Failure> {
    let failed = |error: png::EncodingError| error.to_string();
    let (width, height) = picture.stored_size();
    let metadata = picture.metadata();
    let mut info = png::Info::with_size(width as u32, height as u32);
    let is_png = matches!(metadata.native, Native::Png(_));
    info.icc_profile = picture.colour().icc.clone().map(Cow::Owned);
    info.exif_metadata = metadata.exif.clone().map(Cow::Owned);
    let mut encoder = png::Encoder::with_info(target, info).map_err(failed)?;
    encoder.set_color(match picture.channels() {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    encoder.set_depth(match picture.stored().bits() {
        8 => png::BitDepth::Eight,
        _ => png::BitDepth::Sixteen,
    });
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::Adaptive);
    if let Some((count, plays)) = frames {
        encoder.set_animated(count, plays).map_err(failed)?;
        encoder.set_blend_op(png::BlendOp::Source).map_err(failed)?;
    }
    if let (Some(density), false) = (&metadata.density, is_png) {
        let (x, y) = density.per_metre();
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: x.round() as u32,
            yppu: y.round() as u32,
            unit: match density.unit {
                Unit::Ratio => png::Unit::Unspecified,
                _ => png::Unit::Meter,
            },
        }));
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    let mut chunk =
        |name: [u8; 4], data: &[u8]| writer.write_chunk(ChunkType(name), data).map_err(failed);
    let Native::Png(chunks) = &metadata.native else {
        if let Some(points) = picture.colour().cicp {
            chunk(*b"cICP", &points)?;
        }
        return write_texts(writer, metadata);
    };
    let source = chunks.iter().find(|chunk| chunk.name == *b"IHDR");
    let stored = |at: usize| source.and_then(|header| header.data.get(at)).copied();
    let same_bits = stored(8).is_some_and(|bits| usize::from(bits) == picture.stored().bits());
    for Chunk { name, data } in chunks {
        match name {
            b"sBIT" if data.len() == picture.channels() => chunk(*name, data)?,
            // A palette's background is an index, others are samples.
            b"bKGD" if same_bits && stored(9) != Some(3) => chunk(*name, data)?,
            b"iTXt" if data.starts_with(XMP_KEYWORD.as_bytes()) => {}
            name if MADE.contains(&name) => {}
            name => chunk(*name, data)?,
        }
    }
    if let Some(packet) = &metadata.xmp {
        write_xmp(&mut writer, packet)?;
    }
    Ok(writer)
}

fn write_xmp<W: Write>(writer: &mut png::Writer<W>, packet: &[u8]) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(packet).into_owned();
    let chunk = png::text_metadata::ITXtChunk::new(XMP_KEYWORD, text);
    writer
        .write_text_chunk(&chunk)
        .map_err(|error| error.to_string())
}

fn write_texts<W: Write>(
    mut writer: png::Writer<W>,
    metadata: &Metadata,
) -> Result<png::Writer<W>, Failure> {
    let failed = |error: png::EncodingError| error.to_string();
    if let Some(packet) = &metadata.xmp {
        write_xmp(&mut writer, packet)?;
    }
    if let Some(resources) = &metadata.resources {
        let chunk = png::text_metadata::ZTXtChunk::new(IPTC_KEYWORD, to_hex(resources));
        writer.write_text_chunk(&chunk).map_err(failed)?;
    }
    for (keyword, text) in &metadata.texts {
        let chunk = png::text_metadata::ITXtChunk::new(keyword.clone(), text.clone());
        writer.write_text_chunk(&chunk).map_err(failed)?;
    }
    Ok(writer)
}

/// The picture's samples as PNG stores them.
pub(super) fn samples(picture: &ImageFile) -> Cow<'_, [u8]> {
    let samples = picture.stored_samples();
    if picture.stored().bits() == 8 || cfg!(target_endian = "big") {
        return samples;
    }
    let mut samples = samples.into_owned();
    samples.chunks_exact_mut(2).for_each(<[u8]>::reverse);
    Cow::Owned(samples)
}

/// Writes a file of one picture.
pub(in crate::image::files) fn write(
    target: impl Write,
    picture: &ImageFile,
) -> Result<(), Failure> {
    let mut writer = start(target, picture, None)?;
    let written = writer.write_image_data(&samples(picture));
    written
        .and_then(|()| writer.finish())
        .map_err(|error| error.to_string())
}

/// Whether an animation's still picture is none of its frames: pixels before the first frame control.
pub(super) fn has_separate_first(bytes: &[u8]) -> bool {
    let chunks = chunks(bytes);
    let find = |name: &[u8; 4]| chunks.iter().position(|chunk| chunk.name == *name);
    match (find(b"IDAT"), find(b"fcTL")) {
        (Some(pixels), Some(control)) => pixels < control,
        _ => false,
    }
}
