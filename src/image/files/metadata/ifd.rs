//! Directories of TIFF structures: TIFF and BigTIFF files, and the EXIF blocks of other formats.
//!
//! TIFF 6.0 §2, the BigTIFF specification and Exif 3.0 §4.6.2 share one structure, so one reader
//! serves all. The `tiff` crate cannot read an EXIF block, whose directories describe no picture.

use std::io::{self, Read, Seek, SeekFrom};

/// Largest value kept, in bytes.
const MAX_VALUE: u64 = 1 << 28;
/// Most directories in a chain.
const MAX_CHAIN: usize = 1 << 16;

/// One directory entry.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::image::files) struct Field {
    pub tag: u16,
    /// Number of the field type (TIFF 6.0 §2): 1 BYTE, 2 ASCII, 3 SHORT, 4 LONG, …
    pub kind: u16,
    /// The values, in native byte order.
    pub value: Vec<u8>,
    /// Where the value lies in the structure.
    pub at: u64,
}

impl Field {
    pub(in crate::image::files) fn new(tag: u16, kind: u16, value: Vec<u8>) -> Self {
        Field {
            tag,
            kind,
            value,
            at: 0,
        }
    }

    /// The values of an unsigned integer field.
    pub(in crate::image::files) fn numbers(&self) -> Vec<u64> {
        let width = sizes(self.kind).map_or(1, |(size, _)| size);
        let number = |bytes: &[u8]| match *bytes {
            [a] => u64::from(a),
            [a, b] => u16::from_ne_bytes([a, b]).into(),
            [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]).into(),
            [a, b, c, d, e, f, g, h] => u64::from_ne_bytes([a, b, c, d, e, f, g, h]),
            _ => 0,
        };
        match self.kind {
            1 | 3 | 4 | 7 | 13 | 16 | 18 => self.value.chunks_exact(width).map(number).collect(),
            _ => Vec::new(),
        }
    }

    /// The fractions of a RATIONAL or the numbers of a FLOAT or DOUBLE field.
    pub(in crate::image::files) fn reals(&self) -> Vec<f64> {
        let long = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap_or_default();
            f64::from(u32::from_ne_bytes(bytes))
        };
        match self.kind {
            5 => {
                let fractions = self.value.chunks_exact(8);
                fractions
                    .map(|pair| long(&pair[..4]) / long(&pair[4..]))
                    .collect()
            }
            12 => {
                let values = self.value.chunks_exact(8);
                values
                    .map(|v| f64::from_ne_bytes(v.try_into().unwrap_or_default()))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The text of an ASCII field, without its end.
    pub(in crate::image::files) fn text(&self) -> String {
        let end = self.value.iter().position(|&byte| byte == 0);
        let bytes = &self.value[..end.unwrap_or(self.value.len())];
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// Bytes per value, and per number within it (a fraction is two numbers).
pub(in crate::image::files) const fn sizes(kind: u16) -> Option<(usize, usize)> {
    Some(match kind {
        1 | 2 | 6 | 7 => (1, 1),
        3 | 8 => (2, 2),
        4 | 9 | 11 | 13 => (4, 4),
        5 | 10 => (8, 4),
        12 | 16 | 17 | 18 => (8, 8),
        _ => return None,
    })
}

/// One directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::image::files) struct Directory {
    pub fields: Vec<Field>,
    /// Offset of the next directory, 0 at the end.
    pub next: u64,
    /// Where each entry, and then `next`, stands.
    pub entries_at: u64,
}

impl Directory {
    /// The field with `tag`.
    pub(in crate::image::files) fn field(&self, tag: u16) -> Option<&Field> {
        self.fields.iter().find(|field| field.tag == tag)
    }

    /// The first number of the field with `tag`.
    pub(in crate::image::files) fn number(&self, tag: u16) -> Option<u64> {
        self.field(tag)?.numbers().first().copied()
    }

    /// All numbers of the field with `tag`; none when it is absent.
    pub(in crate::image::files) fn numbers(&self, tag: u16) -> Vec<u64> {
        self.field(tag).map(Field::numbers).unwrap_or_default()
    }
}

/// Reads the directories of a TIFF structure.
pub(in crate::image::files) struct Structure<R> {
    source: R,
    pub big_endian: bool,
    /// Whether offsets have 64 bits.
    pub is_big: bool,
    /// Offset of the first directory.
    pub first: u64,
}

impl<R: Read + Seek> Structure<R> {
    /// `None` when this is no TIFF structure.
    pub(in crate::image::files) fn new(mut source: R) -> Option<Self> {
        let mut header = [0; 8];
        source.rewind().ok()?;
        source.read_exact(&mut header).ok()?;
        let (big_endian, is_big) = match &header[..4] {
            b"II*\0" => (false, false),
            b"MM\0*" => (true, false),
            b"II+\0" => (false, true),
            b"MM\0+" => (true, true),
            _ => return None,
        };
        let mut structure = Structure {
            source,
            big_endian,
            is_big,
            first: 0,
        };
        if is_big {
            structure.first = structure.offset().ok()?;
        } else {
            structure.source.seek(SeekFrom::Start(4)).ok()?;
            structure.first = structure.offset().ok()?;
        }
        Some(structure)
    }

    /// What is read from.
    pub(in crate::image::files) fn source(&mut self) -> &mut R {
        &mut self.source
    }

    fn number<const BYTES: usize>(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        let part = match self.big_endian {
            true => &mut bytes[8 - BYTES..],
            false => &mut bytes[..BYTES],
        };
        self.source.read_exact(part)?;
        Ok(match self.big_endian {
            true => u64::from_be_bytes(bytes),
            false => u64::from_le_bytes(bytes),
        })
    }

    fn offset(&mut self) -> io::Result<u64> {
        match self.is_big {
            true => self.number::<8>(),
            false => self.number::<4>(),
        }
    }

    /// The directory at `offset`, without values that are damaged.
    pub(in crate::image::files) fn directory(&mut self, offset: u64) -> io::Result<Directory> {
        self.source.seek(SeekFrom::Start(offset))?;
        let (count, counted) = match self.is_big {
            true => (self.number::<8>()?, 8),
            false => (self.number::<2>()?, 2),
        };
        let entry_size = if self.is_big { 20 } else { 12 };
        if count > 1 << 16 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut directory = Directory {
            entries_at: offset + counted,
            ..Directory::default()
        };
        for index in 0..count {
            let at = directory.entries_at + index * entry_size;
            self.source.seek(SeekFrom::Start(at))?;
            let tag = self.number::<2>()? as u16;
            let kind = self.number::<2>()? as u16;
            let values = self.offset()?;
            directory.fields.extend(self.field(tag, kind, values, at));
        }
        let end = directory.entries_at + count * entry_size;
        self.source.seek(SeekFrom::Start(end))?;
        directory.next = self.offset().unwrap_or(0);
        Ok(directory)
    }

    /// The field whose entry starts at `at` and whose value comes next in the source.
    fn field(&mut self, tag: u16, kind: u16, count: u64, at: u64) -> Option<Field> {
        let (size, number) = sizes(kind)?;
        let length = count.checked_mul(size as u64)?;
        if length > MAX_VALUE {
            return None;
        }
        let (inline, head) = if self.is_big { (8, 12) } else { (4, 8) };
        let at = match length <= inline {
            true => at + head,
            false => self.offset().ok()?,
        };
        self.source.seek(SeekFrom::Start(at)).ok()?;
        let mut value = Vec::new();
        self.source
            .by_ref()
            .take(length)
            .read_to_end(&mut value)
            .ok()?;
        if value.len() as u64 != length {
            return None;
        }
        if self.big_endian != cfg!(target_endian = "big") {
            value.chunks_exact_mut(number).for_each(<[u8]>::reverse);
        }
        Some(Field {
            tag,
            kind,
            value,
            at,
        })
    }

    /// Offsets of the directories of the main chain, in order; a chain that ends in damage ends there.
    pub(in crate::image::files) fn chain(&mut self) -> Vec<u64> {
        let mut offsets = Vec::new();
        let mut offset = self.first;
        while offset != 0 && !offsets.contains(&offset) && offsets.len() < MAX_CHAIN {
            let Ok(directory) = self.directory(offset) else {
                break;
            };
            offsets.push(offset);
            offset = directory.next;
        }
        offsets
    }
}
