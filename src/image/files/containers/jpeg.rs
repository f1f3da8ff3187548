//! JPEG files: `zune-jpeg` decodes (it is what the `image` crate uses, and gives inks as they are),
//! `libjpeg-turbo-rs` tells whether all is there, `image` encodes; segments are carried.

use image::codecs::jpeg::{JpegEncoder, PixelDensity, PixelDensityUnit};
use image::metadata::Orientation;
use image::{ExtendedColorType, ImageEncoder};
use libjpeg_turbo_rs::JpegError;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::super::colour::{Colour, icc};
use super::super::metadata::{Density, Metadata, Native, Rest, Unit, exif};
use super::super::page::{Failure, Limits, Page, packed};
use super::super::picture::ImageFile;
use super::super::{MAX_SIDE, Note};
use super::jpeg_segments::{Segments, indexed_pictures, reindexed};
use super::tiff_page::cmyk_note;
use crate::image::PixelType;

const COMMENT: u8 = 0xfe;
const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const RESOURCES: &[u8] = b"Photoshop 3.0\0";
const ADOBE: &[u8] = b"Adobe";
/// Most data a segment holds.
const MAX_SEGMENT: usize = 65_535 - 2;

impl Rest {
    /// Whether pictures or other data follow the picture.
    pub(in crate::image::files) fn has_more(&self) -> bool {
        !self.trailing.is_empty()
    }

    /// What follows the picture, in words.
    fn trailing_words(&self) -> String {
        let count = self
            .index
            .as_ref()
            .and_then(|index| indexed_pictures(&index.0));
        match (count, self.trailing.get(4..8)) {
            (Some(count), _) if count > 1 => {
                format!(
                    "{} further pictures (depth, gain map, preview or views)",
                    count - 1
                )
            }
            (_, Some(b"ftyp")) => "a video".to_owned(),
            _ => format!("{} bytes after the picture", self.trailing.len()),
        }
    }

    /// What no other format holds, in words.
    pub(in crate::image::files) fn peculiar(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if self.has_more() {
            names.push(self.trailing_words());
        }
        for (marker, data) in &self.segments {
            let end = data.iter().position(|&byte| byte == 0 || byte > 127);
            let name = String::from_utf8_lossy(&data[..end.unwrap_or(data.len()).min(32)]);
            let name = format!("JPEG segment APP{} {name}", marker & 15);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Decodes a file.
pub(in crate::image::files) fn read(bytes: Vec<u8>, limits: Limits) -> Result<Page, Failure> {
    let parts = Segments::find(&bytes);
    let (width, height) = refuse_kinds(&bytes, &parts)?;
    limits.check(width, height, 3)?;
    let mut notes = Vec::new();
    let (mut metadata, adobe, icc) = metadata(&bytes, &parts, &mut notes);
    let end = parts.end.unwrap_or(bytes.len());
    let mut picture = bytes[..end].to_vec();
    if parts.end.is_none() {
        picture.extend([0xff, 0xd9]);
    }
    refuse_incomplete(&picture, &parts)?;
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&picture), options);
    let damaged = |_| "is truncated or damaged: not all of its pixels can be decoded".to_owned();
    decoder.decode_headers().map_err(damaged)?;
    let input = decoder.input_colorspace().unwrap_or(ColorSpace::RGB);
    let output = match input {
        ColorSpace::Luma | ColorSpace::CMYK | ColorSpace::YCCK => input,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(output));
    let mut pixels = decoder.decode().map_err(damaged)?;
    let (channels, colour) = match output {
        ColorSpace::Luma => (1, Colour::new(None, icc, None, None)),
        ColorSpace::CMYK | ColorSpace::YCCK => {
            let inks = inks(pixels, output == ColorSpace::YCCK, adobe);
            pixels = icc::cmyk_to_srgb(icc.as_deref(), &inks);
            notes.push(cmyk_note(icc.is_some()));
            (3, Colour::new(None, None, None, None))
        }
        _ => (3, Colour::new(None, icc, None, None)),
    };
    if pixels.len() != width * height * channels {
        return Err("is damaged: its size is not what it says".to_owned());
    }
    let layout = packed((width, height), channels, PixelType::U8);
    let orientation = metadata.exif.as_deref().and_then(exif::orientation);
    if let Native::Jpeg(rest) = &mut metadata.native
        && parts.end.is_some()
    {
        rest.trailing = bytes[end..].to_vec();
        rest.trailing_at = end;
        // Some programs round their files up.
        if rest.trailing.iter().all(|&byte| matches!(byte, 0 | 0xff)) {
            rest.trailing.clear();
        }
    }
    let mut page = Page::new(pixels, layout, colour, metadata);
    page.orientation = orientation
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms);
    page.notes = notes;
    Ok(page)
}

/// The size; refuses what is not read, by its name.
fn refuse_kinds(bytes: &[u8], parts: &Segments) -> Result<(usize, usize), Failure> {
    let frame = parts
        .segments
        .iter()
        .find(|(marker, _)| matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc));
    let Some((marker, place)) = frame else {
        return Err("is truncated or damaged: no picture in it".to_owned());
    };
    let &[depth, a, b, c, d, ..] = &bytes[place.clone()] else {
        return Err("is damaged: its frame header is too short".to_owned());
    };
    let kind = match marker {
        0xc3 | 0xc5..=0xc7 | 0xcb => "a lossless or hierarchical JPEG".to_owned(),
        0xc9 | 0xca | 0xcd..=0xcf => "a JPEG with arithmetic coding".to_owned(),
        _ if depth != 8 => format!("a {depth}-bit JPEG"),
        _ => {
            let side = |high, low| usize::from(u16::from_be_bytes([high, low]));
            return Ok((side(c, d), side(a, b)));
        }
    };
    Err(format!(
        "is {kind}, which is not read; JPEG is read with 8 bits and Huffman coding"
    ))
}

/// Refuses a picture of which scans, or parts of them, are missing: decoders of pixels would fill the
/// rest with gray. A decoder of coefficients meets the end of the data, whatever marker stands there.
fn refuse_incomplete(picture: &[u8], parts: &Segments) -> Result<(), Failure> {
    let missing = || "is truncated: not all of its pixels are there".to_owned();
    if !parts.has_all_scans(picture) {
        return Err(missing());
    }
    match libjpeg_turbo_rs::read_coefficients(picture) {
        Ok(_) | Err(JpegError::Unsupported(_)) => Ok(()),
        Err(_) => Err(missing()),
    }
}

/// Sorts the segments; also gives the Adobe transform and the ICC profile.
fn metadata(
    bytes: &[u8],
    parts: &Segments,
    notes: &mut Vec<Note>,
) -> (Metadata, Option<u8>, Option<Vec<u8>>) {
    let mut metadata = Metadata::default();
    let mut rest = Rest::default();
    let mut adobe = None;
    let mut profile: Vec<(u8, &[u8])> = Vec::new();
    let mut resources = Vec::new();
    for (marker, place) in &parts.segments {
        let data = &bytes[place.clone()];
        match marker {
            0xe0 if data.starts_with(b"JFIF\0") && data.len() >= 12 => {
                let number = |at: usize| f64::from(u16::from_be_bytes([data[at], data[at + 1]]));
                let (x, y) = (number(8), number(10));
                let (x, y, unit) = match data[7] {
                    1 => (x, y, Unit::Inch),
                    2 => (100.0 * x, 100.0 * y, Unit::Metre),
                    _ => (x, y, Unit::Ratio),
                };
                metadata.density = Some(Density { x, y, unit });
            }
            0xe0 => {} // JFXX: a thumbnail.
            0xe1 if data.starts_with(EXIF) => metadata.exif = Some(data[EXIF.len()..].to_vec()),
            0xe1 if data.starts_with(XMP) => metadata.xmp = Some(data[XMP.len()..].to_vec()),
            0xe2 if data.starts_with(ICC) && data.len() > 14 => {
                profile.push((data[12], &data[14..]))
            }
            0xe2 if data.starts_with(b"MPF\0") => {
                rest.index = Some((data.to_vec(), place.start + 4));
            }
            0xeb if data.starts_with(b"JP") => {
                let note = Note::new(
                    "its content credentials are left out; they vouch for the pixels as they were",
                );
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
            0xed if data.starts_with(RESOURCES) => resources.extend(&data[RESOURCES.len()..]),
            0xee if data.starts_with(ADOBE) => adobe = data.get(11).copied(),
            0xe1..=0xef => rest.segments.push((*marker, data.to_vec())),
            &COMMENT => {
                let text = match std::str::from_utf8(data) {
                    Ok(text) => text.to_owned(),
                    Err(_) => data.iter().map(|&byte| char::from(byte)).collect(),
                };
                let text = text.trim_end_matches('\0').to_owned();
                metadata.texts.push(("Comment".to_owned(), text));
            }
            _ => {}
        }
    }
    profile.sort_by_key(|part| part.0);
    let profile: Vec<u8> = profile
        .into_iter()
        .flat_map(|part| part.1)
        .copied()
        .collect();
    metadata.resources = (!resources.is_empty()).then_some(resources);
    metadata.native = Native::Jpeg(rest);
    (metadata, adobe, (!profile.is_empty()).then_some(profile))
}

/// Ink coverages, 255 is full. Files with Adobe's marker hold them inverted.
fn inks(mut samples: Vec<u8>, is_ycck: bool, adobe: Option<u8>) -> Vec<u8> {
    if is_ycck {
        for pixel in samples.chunks_exact_mut(4) {
            let [luma, blue, red] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
            let (blue, red) = (blue - 128.0, red - 128.0);
            let rgb = [
                luma + 1.402 * red,
                luma - 0.344_136 * blue - 0.714_136 * red,
                luma + 1.772 * blue,
            ];
            for (sample, value) in pixel.iter_mut().zip(rgb) {
                *sample = 255 - value.round() as u8;
            }
        }
    }
    if adobe.is_some() {
        samples.iter_mut().for_each(|sample| *sample = !*sample);
    }
    samples
}

/// Encodes a picture.
pub(in crate::image::files) fn write(
    picture: &ImageFile,
    quality: u8,
    notes: &mut Vec<Note>,
) -> Result<Vec<u8>, Failure> {
    let metadata = picture.metadata();
    let mut encoded = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut encoded, quality);
    if let Some(density) = &metadata.density {
        encoder.set_pixel_density(pixel_density(density));
    }
    if let Some(profile) = &picture.colour().icc {
        let _ = encoder.set_icc_profile(profile.clone());
    }
    let (width, height) = picture.stored_size();
    let color = match picture.channels() {
        1 => ExtendedColorType::L8,
        _ => ExtendedColorType::Rgb8,
    };
    encoder
        .write_image(
            &picture.stored_samples(),
            width as u32,
            height as u32,
            color,
        )
        .map_err(|error| error.to_string())?;
    // The encoder begins with SOI and a JFIF segment; ours follow.
    let first = Segments::find(&encoded)
        .segments
        .first()
        .map_or(2, |first| first.1.end);
    let mut head = encoded[..first].to_vec();
    let mut segment = |marker: u8, parts: &[&[u8]], what: &str| {
        let data = parts.concat();
        if data.len() > MAX_SEGMENT {
            notes.push(Note::new(format!(
                "{what} is left out; it is larger than the 64 KiB that JPEG holds"
            )));
            return;
        }
        head.extend([0xff, marker]);
        head.extend((data.len() as u16 + 2).to_be_bytes());
        head.extend(data);
    };
    if let Some(block) = &metadata.exif {
        segment(0xe1, &[EXIF, block], "EXIF");
    }
    if let Some(packet) = &metadata.xmp {
        segment(0xe1, &[XMP, packet], "XMP");
    }
    if let Some(resources) = &metadata.resources {
        segment(0xed, &[RESOURCES, resources], "IPTC");
    }
    let Native::Jpeg(rest) = &metadata.native else {
        comments(metadata, &mut segment);
        head.extend(&encoded[first..]);
        return Ok(head);
    };
    for (marker, data) in &rest.segments {
        segment(*marker, &[data], "a segment");
    }
    comments(metadata, &mut segment);
    if rest.has_more() {
        notes.push(Note::new(format!(
            "{} are carried along unrestored",
            rest.trailing_words()
        )));
        if let Some((index, old_header)) = &rest.index {
            // Marker, length and name stand before the header the index counts from.
            let header = head.len() + 8;
            let end = head.len() + 4 + index.len() + encoded.len() - first;
            let places = ((*old_header, rest.trailing_at), (header, end));
            match reindexed(index, places.0, places.1) {
                Some(index) => segment_after(&mut head, 0xe2, &index),
                None => notes.push(Note::new("its index of pictures is damaged and left out")),
            }
        }
    }
    head.extend(&encoded[first..]);
    head.extend(&rest.trailing);
    Ok(head)
}

fn segment_after(head: &mut Vec<u8>, marker: u8, data: &[u8]) {
    head.extend([0xff, marker]);
    head.extend((data.len() as u16 + 2).to_be_bytes());
    head.extend(data);
}

fn comments(metadata: &Metadata, segment: &mut impl FnMut(u8, &[&[u8]], &str)) {
    for (keyword, text) in &metadata.texts {
        match keyword.as_str() {
            "Comment" => segment(COMMENT, &[text.as_bytes()], "a comment"),
            _ => segment(
                COMMENT,
                &[keyword.as_bytes(), b": ", text.as_bytes()],
                "a comment",
            ),
        }
    }
}

/// JFIF's density: whole numbers.
fn pixel_density(density: &Density) -> PixelDensity {
    let whole = |value: f64| value.round().clamp(1.0, 65_535.0) as u16;
    let (x, y, unit) = match density.unit {
        Unit::Ratio => (density.x, density.y, PixelDensityUnit::PixelAspectRatio),
        Unit::Inch => (density.x, density.y, PixelDensityUnit::Inches),
        Unit::Metre => {
            let (x, y) = (density.x / 100.0, density.y / 100.0);
            match (x.fract(), y.fract()) {
                (0.0, 0.0) => (x, y, PixelDensityUnit::Centimeters),
                _ => (2.54 * x, 2.54 * y, PixelDensityUnit::Inches),
            }
        }
    };
    PixelDensity {
        density: (whole(x), whole(y)),
        unit,
    }
}
