//! EXIF: as its own TIFF-structured block (PNG, JPEG, WebP, JPEG XL) and as directories of a TIFF file.
//!
//! A block is corrected where it stands, so that nothing moves: maker notes hold offsets into it, and
//! crates that rewrite EXIF (`little_exif`, `kamadak-exif`) break them or cannot write.

use std::io::{Cursor, Read, Seek, Write};

use tiff::TiffResult;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKind};
use tiff::tags::{Tag, Type};

use super::ifd::{Directory, Field, Structure};

/// Tags of a picture's main directory that describe it rather than its encoding: description, maker,
/// model, resolution, software, date, artist, host, rating, copyright, and the Windows titles.
pub(in crate::image::files) const DESCRIPTIVE: [u16; 18] = [
    0x010e, 0x010f, 0x0110, 0x011a, 0x011b, 0x0128, 0x0131, 0x0132, 0x013b, 0x013c, 0x4746, 0x4749,
    0x8298, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f,
];
/// Pointers to the EXIF, GPS and interoperability directories.
const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;
const INTEROPERABILITY: u16 = 0xa005;
const ORIENTATION: u16 = 0x0112;
const MAKER_NOTE: u16 = 0x927c;
/// Width and height, in the main and in the EXIF directory.
const WIDTHS: [u16; 2] = [0x0100, 0xa002];
const HEIGHTS: [u16; 2] = [0x0101, 0xa003];
/// Where an embedded thumbnail lies, and its length.
const THUMBNAIL: (u16, u16) = (0x0201, 0x0202);
/// Maker notes are kept at their offset up to here.
const MAX_NOTE_OFFSET: u64 = 1 << 20;

/// The orientation a block asks for, 1…8.
pub(in crate::image::files) fn orientation(block: &[u8]) -> Option<u8> {
    let mut structure = Structure::new(Cursor::new(block))?;
    let first = structure.first;
    let main = structure.directory(first).ok()?;
    u8::try_from(main.number(ORIENTATION)?).ok()
}

/// Makes a block true for a picture of `size` (width, height): its width and height, the orientation
/// given (1 is upright), and no thumbnail, which would show the picture as it was. Everything else
/// keeps its place. Tells whether there was a thumbnail.
pub(in crate::image::files) fn correct(
    block: &mut Vec<u8>,
    size: (usize, usize),
    orientation: u8,
) -> bool {
    let Some(mut structure) = Structure::new(Cursor::new(block.clone())) else {
        return false;
    };
    let first = structure.first;
    let Ok(main) = structure.directory(first) else {
        return false;
    };
    let mut patch = Patch {
        block,
        big_endian: structure.big_endian,
    };
    let exif = main.number(EXIF).map(|at| structure.directory(at));
    let exif = exif.and_then(Result::ok).unwrap_or_default();
    for directory in [&main, &exif] {
        for field in &directory.fields {
            match field.tag {
                ORIENTATION => patch.number(field, orientation.into()),
                tag if WIDTHS.contains(&tag) => patch.number(field, size.0),
                tag if HEIGHTS.contains(&tag) => patch.number(field, size.1),
                _ => {}
            }
        }
    }
    let Ok(thumbnail) = structure.directory(main.next) else {
        return false;
    };
    if main.next == 0 {
        return false;
    }
    patch.remove_thumbnail(&main, &thumbnail);
    true
}

/// Changes bytes of a block.
struct Patch<'a> {
    block: &'a mut Vec<u8>,
    big_endian: bool,
}

impl Patch<'_> {
    fn put(&mut self, at: u64, bytes: &[u8]) {
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(place) = start
            .checked_add(bytes.len())
            .and_then(|end| self.block.get_mut(start..end))
        {
            place.copy_from_slice(bytes);
        }
    }

    /// Sets a single SHORT or LONG; its entry has room for a LONG.
    fn number(&mut self, field: &Field, value: usize) {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        let is_short = field.kind == 3;
        if !matches!((field.kind, field.value.len()), (3, 2) | (4, 4)) {
            return;
        }
        if let (true, Ok(short)) = (is_short, u16::try_from(value)) {
            let bytes = match self.big_endian {
                true => short.to_be_bytes(),
                false => short.to_le_bytes(),
            };
            return self.put(field.at, &bytes);
        }
        if is_short {
            // The type stands six bytes before the value; 4 is LONG.
            let long = if self.big_endian { [0, 4] } else { [4, 0] };
            self.put(field.at.saturating_sub(6), &long);
        }
        let bytes = match self.big_endian {
            true => value.to_be_bytes(),
            false => value.to_le_bytes(),
        };
        self.put(field.at, &bytes);
    }

    /// Ends the chain after `main`, blanks the thumbnail, and cuts it off where it comes last.
    fn remove_thumbnail(&mut self, main: &Directory, thumbnail: &Directory) {
        // `next` follows the entries, 12 bytes each, also those that could not be read.
        let count_at = main.entries_at.saturating_sub(2) as usize;
        let count = match self.block.get(count_at..count_at + 2) {
            Some(&[a, b]) if self.big_endian => u16::from_be_bytes([a, b]),
            Some(&[a, b]) => u16::from_le_bytes([a, b]),
            _ => return,
        };
        self.put(main.entries_at + 12 * u64::from(count), &[0; 4]);
        let (Some(start), Some(length)) =
            (thumbnail.number(THUMBNAIL.0), thumbnail.number(THUMBNAIL.1))
        else {
            return;
        };
        let (start, length) = (start as usize, length as usize);
        let Some(bytes) = start
            .checked_add(length)
            .and_then(|end| self.block.get_mut(start..end))
        else {
            return;
        };
        bytes.fill(0);
        // Small remainders after it are padding.
        if self.block.len() - start - length < 4 && start as u64 > main.entries_at {
            self.block.truncate(start);
        }
    }
}

/// The descriptive part of a TIFF structure.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::image::files) struct Exif {
    pub main: Vec<Field>,
    exif: Vec<Field>,
    gps: Vec<Field>,
    interoperability: Vec<Field>,
}

impl Exif {
    /// What belongs to the directory `main`. Damaged parts are left out.
    pub(in crate::image::files) fn read(
        structure: &mut Structure<impl Read + Seek>,
        main: &Directory,
    ) -> Self {
        let mut read = |directory: &Directory, tag: u16| {
            let offset = directory.number(tag)?;
            structure.directory(offset).ok()
        };
        let mut exif = read(main, EXIF).unwrap_or_default();
        let interoperability = read(&exif, INTEROPERABILITY).unwrap_or_default();
        exif.fields.retain(|field| field.tag != INTEROPERABILITY);
        let gps = read(main, GPS).unwrap_or_default();
        Exif {
            main: main
                .fields
                .iter()
                .filter(|field| DESCRIPTIVE.contains(&field.tag))
                .cloned()
                .collect(),
            exif: exif.fields,
            gps: gps.fields,
            interoperability: interoperability.fields,
        }
    }

    /// What a block says.
    pub(in crate::image::files) fn of_block(block: &[u8]) -> Self {
        let Some(mut structure) = Structure::new(Cursor::new(block)) else {
            return Exif::default();
        };
        let first = structure.first;
        let main = structure.directory(first).unwrap_or_default();
        Self::read(&mut structure, &main)
    }

    /// As a block of its own; `None` when there is nothing in it.
    pub(in crate::image::files) fn to_block(&self) -> Option<Vec<u8>> {
        if *self == Exif::default() {
            return None;
        }
        let mut block = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut block).ok()?;
        let (pointers, _) = self.write_directories(&mut encoder).ok()?;
        let mut main = encoder.image_directory().ok()?;
        write_fields(&mut main, &self.main)?;
        write_fields(&mut main, &pointers)?;
        main.finish().ok()?;
        Some(block.into_inner())
    }

    /// Sets width and height where they are given, and the orientation to upright.
    pub(in crate::image::files) fn correct(&mut self, size: (usize, usize)) {
        for field in self.main.iter_mut().chain(&mut self.exif) {
            let value = match field.tag {
                ORIENTATION => 1,
                tag if WIDTHS.contains(&tag) => size.0,
                tag if HEIGHTS.contains(&tag) => size.1,
                _ => continue,
            };
            let value = u32::try_from(value).unwrap_or(u32::MAX);
            *field = Field::new(field.tag, 4, value.to_ne_bytes().to_vec());
        }
    }

    /// Writes the EXIF and GPS directories; the main directory's pointers to them, and whether maker
    /// notes, if any, stand at the offset they came from (they hold offsets of their own).
    pub(in crate::image::files) fn write_directories<W: Write + Seek, K: TiffKind>(
        &self,
        encoder: &mut TiffEncoder<W, K>,
    ) -> TiffResult<(Vec<Field>, bool)> {
        let mut pointers = Vec::new();
        let mut exif = self.exif.clone();
        if !self.interoperability.is_empty() {
            let mut directory = encoder.extra_directory()?;
            write_fields(&mut directory, &self.interoperability);
            let offset: u64 = directory.finish_with_offsets()?.offset.into();
            exif.push(pointer(INTEROPERABILITY, offset)?);
        }
        let mut is_in_place = true;
        if !exif.is_empty() {
            let mut directory = encoder.extra_directory()?;
            let note = exif.iter().position(|field| field.tag == MAKER_NOTE);
            if let Some(index) = note {
                let note = exif.remove(index);
                let here = directory.write_data([0_u8].as_slice())? + 1;
                is_in_place = (here..MAX_NOTE_OFFSET).contains(&note.at);
                if is_in_place {
                    directory.write_data(vec![0_u8; (note.at - here) as usize].as_slice())?;
                }
                write_fields(&mut directory, &[note]);
            }
            write_fields(&mut directory, &exif);
            let offset: u64 = directory.finish_with_offsets()?.offset.into();
            pointers.push(pointer(EXIF, offset)?);
        }
        if !self.gps.is_empty() {
            let mut directory = encoder.extra_directory()?;
            write_fields(&mut directory, &self.gps);
            let offset: u64 = directory.finish_with_offsets()?.offset.into();
            pointers.push(pointer(GPS, offset)?);
        }
        Ok((pointers, is_in_place))
    }
}

fn pointer(tag: u16, offset: u64) -> TiffResult<Field> {
    let offset = u32::try_from(offset)?;
    Ok(Field::new(tag, 4, offset.to_ne_bytes().to_vec()))
}

/// Writes fields into a directory; `None` when one cannot be written.
pub(in crate::image::files) fn write_fields<W: Write + Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    fields: &[Field],
) -> Option<()> {
    let is_big = size_of::<K::OffsetType>() == 8;
    let mut entries = tiff::Directory::empty();
    for field in fields {
        let mut field = field.clone();
        if matches!(field.kind, 16 | 18) && !is_big {
            let longs = field.numbers().into_iter();
            let longs = longs.map(|value| u32::try_from(value).unwrap_or(u32::MAX));
            field.value = longs.flat_map(u32::to_ne_bytes).collect();
            field.kind = 4;
        }
        let kind = Type::from_u16(field.kind)?;
        let entry = directory.write_entry_bytes(kind, &field.value).ok()?;
        entries.extend([(Tag::from_u16_exhaustive(field.tag), entry)]);
    }
    directory.extend_from(&entries);
    Some(())
}
