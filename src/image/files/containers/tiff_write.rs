//! Writing TIFF files, page by page, uncompressed.

use std::io::{Seek, Write};

use tiff::encoder::{TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard};
use tiff::{TiffError, TiffResult};

use super::super::Note;
use super::super::metadata::exif::{Exif, write_fields};
use super::super::metadata::ifd::Field;
use super::super::metadata::{Metadata, Native, Unit, description, photoshop};
use super::super::page::Failure;
use super::super::picture::ImageFile;
use super::tiff_tags as tags;

/// Bytes of a strip, about.
const STRIP: usize = 1 << 18;
/// Bytes that offsets of 32 bits reach, with room for directories.
const MAX_STANDARD: u64 = 3_900_000_000;

/// A TIFF file being written.
pub(in crate::image::files) enum Writer<W: Write + Seek> {
    Standard(TiffEncoder<W, TiffKindStandard>),
    Big(TiffEncoder<W, TiffKindBig>),
}

impl<W: Write + Seek> Writer<W> {
    /// A file for about so many `bytes` of pixels; BigTIFF where they need it or `is_big` asks for it.
    pub(in crate::image::files) fn new(
        target: W,
        bytes: u64,
        is_big: bool,
    ) -> Result<Self, Failure> {
        let failed = |error: TiffError| error.to_string();
        Ok(match is_big || bytes > MAX_STANDARD {
            true => Writer::Big(TiffEncoder::new_big(target).map_err(failed)?),
            false => Writer::Standard(TiffEncoder::new(target).map_err(failed)?),
        })
    }

    /// Writes a page.
    pub(in crate::image::files) fn push(
        &mut self,
        picture: &ImageFile,
        notes: &mut Vec<Note>,
    ) -> Result<(), Failure> {
        let written = match self {
            Writer::Standard(encoder) => write(encoder, picture, notes),
            Writer::Big(encoder) => write(encoder, picture, notes),
        };
        written.map_err(|error| error.to_string())
    }
}

fn short(tag: u16, values: &[u16]) -> Field {
    let bytes = values.iter().flat_map(|value| value.to_ne_bytes());
    Field::new(tag, 3, bytes.collect())
}

fn long(tag: u16, value: usize) -> TiffResult<Field> {
    Ok(Field::new(
        tag,
        4,
        u32::try_from(value)?.to_ne_bytes().to_vec(),
    ))
}

fn write<W: Write + Seek, K: TiffKind>(
    encoder: &mut TiffEncoder<W, K>,
    picture: &ImageFile,
    notes: &mut Vec<Note>,
) -> TiffResult<()> {
    let metadata = picture.metadata();
    let (width, height) = picture.stored_size();
    let exif = metadata.exif.as_deref().map(Exif::of_block);
    let mut exif = exif.unwrap_or_default();
    exif.correct(picture.size());
    let (pointers, is_in_place) = exif.write_directories(encoder)?;
    if !is_in_place {
        notes.push(Note::new(
            "the camera's maker notes are kept, but stand at another place; offsets in them may be off",
        ));
    }
    let is_big = size_of::<K::OffsetType>() == 8;
    let mut directory = encoder.image_directory()?;
    let pixels = picture.stored_samples();
    let sample = picture.stored().kind.bytes();
    let row = width * picture.channels() * sample;
    let planes = picture.planes();
    let whole_row = row + width * planes.len() * sample;
    let rows = (STRIP / whole_row.max(1)).clamp(1, height);
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    let mut strip = Vec::with_capacity(rows * whole_row);
    for first in (0..height).step_by(rows) {
        strip.clear();
        for y in first..height.min(first + rows) {
            let line = &pixels[y * row..(y + 1) * row];
            if planes.is_empty() {
                strip.extend_from_slice(line);
                continue;
            }
            for (x, pixel) in line.chunks_exact(row / width).enumerate() {
                strip.extend_from_slice(pixel);
                for plane in planes {
                    strip.extend_from_slice(plane.sample(x, y));
                }
            }
        }
        offsets.push(directory.write_data(strip.as_slice())?);
        counts.push(strip.len() as u64);
    }
    let chunk_field = |tag: u16, values: &[u64]| -> TiffResult<Field> {
        if is_big {
            let bytes = values.iter().flat_map(|value| value.to_ne_bytes());
            return Ok(Field::new(tag, 16, bytes.collect()));
        }
        let mut bytes = Vec::new();
        for &value in values {
            bytes.extend(u32::try_from(value)?.to_ne_bytes());
        }
        Ok(Field::new(tag, 4, bytes))
    };
    let channels = picture.channels();
    let samples = channels + planes.len();
    let each = |value: u16| vec![value; samples];
    let bits = picture.stored().bits() as u16;
    let mut fields = vec![
        long(256, width)?,
        long(257, height)?,
        short(258, &each(bits)),
        short(259, &[1]),
        short(262, &[photometric(picture)]),
        chunk_field(273, &offsets)?,
        short(274, &[1]),
        short(277, &[samples as u16]),
        long(278, rows)?,
        chunk_field(279, &counts)?,
        short(284, &[1]),
        short(339, &each(picture.stored().kind.tiff_format())),
    ];
    let alpha = channels.is_multiple_of(2).then_some(2);
    let extras: Vec<u16> = alpha
        .into_iter()
        .chain(planes.iter().map(|p| p.meaning))
        .collect();
    if !extras.is_empty() {
        fields.push(short(338, &extras));
    }
    if let Some(profile) = &picture.colour().icc {
        fields.push(Field::new(tags::PROFILE, 7, profile.clone()));
    }
    describe(picture, metadata, &exif, &mut fields, notes);
    fields.extend(pointers);
    fields.sort_by_key(|field| field.tag);
    fields.dedup_by_key(|field| field.tag);
    write_fields(&mut directory, &fields)
        .ok_or_else(|| TiffError::IoError(std::io::Error::other("a directory does not fit")))?;
    directory.finish()
}

/// Gray, RGB, or the mask that a page was.
fn photometric(picture: &ImageFile) -> u16 {
    let was_mask = match &picture.metadata().native {
        Native::Tiff(fields) => fields.iter().any(|f| f.tag == 262 && f.numbers() == [4]),
        _ => false,
    };
    match picture.channels() {
        1 if was_mask => 4,
        1 | 2 => 1,
        _ => 2,
    }
}

/// Adds what is said besides the pixels.
fn describe(
    picture: &ImageFile,
    metadata: &Metadata,
    exif: &Exif,
    fields: &mut Vec<Field>,
    notes: &mut Vec<Note>,
) {
    let text = metadata.text("Description");
    let has_description = exif.main.iter().any(|field| field.tag == tags::DESCRIPTION);
    let text = text.or_else(|| metadata.text("Comment").filter(|_| !has_description));
    let (from, to) = (picture.source_size(), picture.size());
    let mut is_measured = false;
    if let Some(text) = text {
        is_measured = description::is_imagej(text);
        match description::resized(text, from, to) {
            Some(text) => {
                let bytes = [text.as_bytes(), b"\0"].concat();
                fields.push(Field::new(tags::DESCRIPTION, 2, bytes));
            }
            None => notes.push(Note::new(
                "its description of the array's shape is left out; the shape is another now",
            )),
        }
    }
    if let Some(packet) = &metadata.xmp {
        fields.push(Field::new(tags::XMP, 1, packet.clone()));
    }
    if let Some(resources) = &metadata.resources {
        fields.push(Field::new(tags::RESOURCES, 7, resources.clone()));
        if let Some(records) = photoshop::iptc(resources) {
            fields.push(Field::new(tags::IPTC, 7, records));
        }
    }
    let factors = (
        to.0 as f64 / from.0.max(1) as f64,
        to.1 as f64 / from.1.max(1) as f64,
    );
    let resized = |field: &Field| tags::resized(field.clone(), factors, is_measured);
    let carried: Vec<Field> = match &metadata.native {
        Native::Tiff(own) => own
            .iter()
            .filter(|f| tags::is_carried(f))
            .map(resized)
            .collect(),
        _ => exif
            .main
            .iter()
            .filter(|f| tags::is_carried(f))
            .map(resized)
            .collect(),
    };
    let has_resolution = carried.iter().any(|field| field.tag == tags::RESOLUTION.0);
    fields.extend(carried);
    if let (Some(density), false) = (&metadata.density, has_resolution) {
        let (x, y, unit) = match density.unit {
            Unit::Ratio => (density.x, density.y, 1),
            Unit::Inch => (density.x, density.y, 2),
            Unit::Metre => (density.x / 100.0, density.y / 100.0, 3),
        };
        fields.push(Field::new(tags::RESOLUTION.0, 5, tags::rational(x)));
        fields.push(Field::new(tags::RESOLUTION.1, 5, tags::rational(y)));
        fields.push(short(tags::RESOLUTION.2, &[unit]));
    }
    if !matches!(metadata.native, Native::Tiff(_)) && text.is_none() {
        // EXIF's own description, where nothing replaces it.
        let own = exif
            .main
            .iter()
            .find(|field| field.tag == tags::DESCRIPTION);
        fields.extend(own.cloned());
    }
}
