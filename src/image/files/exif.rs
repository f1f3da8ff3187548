//! EXIF between its own TIFF-structured block (PNG, JPEG, WebP) and the directories of a TIFF file.
//!
//! Both are the same structure (TIFF 6.0 §2, Exif 3.0 §4.6.2), so one reader serves both. The `exif`
//! block of other formats is carried as it is; only TIFF needs taking apart.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use tiff::Directory;
use tiff::TiffResult;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKind};
use tiff::tags::{Tag, Type};

/// Tags of a picture's main directory that describe it rather than its encoding: description, maker,
/// model, resolution, software, date, artist, host, rating, copyright, and the Windows titles.
const DESCRIPTIVE: [u16; 18] = [
    0x010e, 0x010f, 0x0110, 0x011a, 0x011b, 0x0128, 0x0131, 0x0132, 0x013b, 0x013c, 0x4746, 0x4749,
    0x8298, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f,
];
/// Pointer to the interoperability directory, which is not carried over.
const INTEROPERABILITY: u16 = 0xa005;
/// Largest value kept, in bytes.
const MAX_VALUE: usize = 1 << 20;

/// One directory entry: tag, type and value bytes in native order.
type Field = (u16, Type, Vec<u8>);

/// The descriptive part of a TIFF structure.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Exif {
    main: Vec<Field>,
    exif: Vec<Field>,
    gps: Vec<Field>,
}

impl Exif {
    /// Reads the first picture's fields. Damaged parts are left out.
    pub(super) fn read(source: impl Read + Seek) -> Self {
        let mut exif = Exif::default();
        let Some(mut reader) = Reader::new(source) else {
            return exif;
        };
        let pointer = |fields: &[Field], tag: Tag| {
            let (_, _, value) = fields.iter().find(|field| field.0 == tag.to_u16())?;
            Some(u32::from_ne_bytes(value.as_slice().try_into().ok()?))
        };
        let main = reader.directory(reader.first).unwrap_or_default();
        if let Some(offset) = pointer(&main, Tag::ExifDirectory) {
            exif.exif = reader.directory(offset).unwrap_or_default();
            exif.exif.retain(|field| field.0 != INTEROPERABILITY);
        }
        if let Some(offset) = pointer(&main, Tag::GpsDirectory) {
            exif.gps = reader.directory(offset).unwrap_or_default();
        }
        exif.main = main;
        exif.main.retain(|field| DESCRIPTIVE.contains(&field.0));
        exif
    }

    /// As a block of its own; `None` when there is nothing in it.
    pub(super) fn to_block(&self) -> Option<Vec<u8>> {
        if *self == Exif::default() {
            return None;
        }
        let mut block = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut block).ok()?;
        let pointers = self.write_directories(&mut encoder).ok()?;
        let mut main = encoder.image_directory().ok()?;
        self.write_main(&mut main, &pointers).ok()?;
        main.finish().ok()?;
        Some(block.into_inner())
    }

    /// Writes the EXIF and GPS directories and returns the main directory's pointers to them.
    pub(super) fn write_directories<W: Write + Seek, K: TiffKind>(
        &self,
        encoder: &mut TiffEncoder<W, K>,
    ) -> TiffResult<Vec<(Tag, u32)>> {
        let mut pointers = Vec::new();
        for (tag, fields) in [
            (Tag::ExifDirectory, &self.exif),
            (Tag::GpsDirectory, &self.gps),
        ] {
            if !fields.is_empty() {
                let mut directory = encoder.extra_directory()?;
                write_fields(&mut directory, fields)?;
                let offset: u64 = directory.finish_with_offsets()?.offset.into();
                pointers.push((tag, u32::try_from(offset)?));
            }
        }
        Ok(pointers)
    }

    /// Writes the descriptive fields and the pointers into a picture's main directory.
    pub(super) fn write_main<W: Write + Seek, K: TiffKind>(
        &self,
        directory: &mut DirectoryEncoder<'_, W, K>,
        pointers: &[(Tag, u32)],
    ) -> TiffResult<()> {
        write_fields(directory, &self.main)?;
        for &(tag, offset) in pointers {
            directory.write_tag(tag, offset)?;
        }
        Ok(())
    }
}

fn write_fields<W: Write + Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    fields: &[Field],
) -> TiffResult<()> {
    let mut entries = Directory::empty();
    for (tag, kind, value) in fields {
        let entry = directory.write_entry_bytes(*kind, value)?;
        entries.extend([(Tag::from_u16_exhaustive(*tag), entry)]);
    }
    directory.extend_from(&entries);
    Ok(())
}

/// Reads the directories of a TIFF structure.
struct Reader<R> {
    source: R,
    big_endian: bool,
    /// Offset of the first directory.
    first: u32,
}

impl<R: Read + Seek> Reader<R> {
    /// `None` when this is no (classic) TIFF structure.
    fn new(mut source: R) -> Option<Self> {
        let mut header = [0; 8];
        source.rewind().ok()?;
        source.read_exact(&mut header).ok()?;
        let big_endian = match &header[..4] {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        let mut reader = Reader {
            source,
            big_endian,
            first: 0,
        };
        reader.first = reader.long(header[4..].try_into().ok()?);
        Some(reader)
    }

    fn short(&self, bytes: [u8; 2]) -> u16 {
        if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    fn long(&self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }

    fn directory(&mut self, offset: u32) -> io::Result<Vec<Field>> {
        self.source.seek(SeekFrom::Start(offset.into()))?;
        let mut count = [0; 2];
        self.source.read_exact(&mut count)?;
        let mut entries = vec![[0_u8; 12]; self.short(count).into()];
        for entry in &mut entries {
            self.source.read_exact(entry)?;
        }
        Ok(entries
            .iter()
            .filter_map(|entry| self.field(entry))
            .collect())
    }

    /// The field of one 12-byte entry: tag, type, count, and the value or its offset.
    fn field(&mut self, entry: &[u8; 12]) -> Option<Field> {
        let tag = self.short([entry[0], entry[1]]);
        let kind = Type::from_u16(self.short([entry[2], entry[3]]))?;
        let count = self.long(entry[4..8].try_into().ok()?) as usize;
        // Bytes per value, and per number within it (a fraction is two numbers).
        let (size, number) = match kind {
            Type::BYTE | Type::SBYTE | Type::ASCII | Type::UNDEFINED => (1, 1),
            Type::SHORT | Type::SSHORT => (2, 2),
            Type::LONG | Type::SLONG | Type::FLOAT | Type::IFD => (4, 4),
            Type::RATIONAL | Type::SRATIONAL => (8, 4),
            Type::DOUBLE => (8, 8),
            _ => return None,
        };
        let length = count
            .checked_mul(size)
            .filter(|&length| length <= MAX_VALUE)?;
        let mut value = vec![0; length];
        if length <= 4 {
            value.copy_from_slice(&entry[8..8 + length]);
        } else {
            let offset = self.long(entry[8..].try_into().ok()?);
            self.source.seek(SeekFrom::Start(offset.into())).ok()?;
            self.source.read_exact(&mut value).ok()?;
        }
        if self.big_endian != cfg!(target_endian = "big") {
            value.chunks_exact_mut(number).for_each(<[u8]>::reverse);
        }
        Some((tag, kind, value))
    }
}
