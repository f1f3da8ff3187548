//! One page of a TIFF file as a file of its own, without copying its pixels.
//!
//! The `tiff` crate reads chunks of any compression, depth, predictor and plane order, but leaves out
//! extra samples, palettes and some photometric kinds. Under a directory that calls every sample a
//! plain band it reads them all. What it cannot unpack is unpacked here first.

use std::io::{self, Read, Seek, SeekFrom};

use super::super::metadata::ifd::{Directory, sizes};

/// Bytes of a BigTIFF header.
const HEADER: u64 = 16;
/// Tags that say how the chunks of a page are stored.
const STORAGE: [u16; 14] = [
    256, 257, 258, 277, 278, 284, 292, 293, 317, 322, 323, 339, 347, 559,
];
/// Offsets and sizes of strips and tiles.
const CHUNKS: [(u16, u16); 2] = [(273, 279), (324, 325)];

/// A BigTIFF of one page: a header, the original file, and after it a directory and unpacked chunks.
pub(super) struct Overlay<R> {
    source: R,
    source_length: u64,
    header: [u8; HEADER as usize],
    tail: Vec<u8>,
    position: u64,
    /// Where `source` stands.
    source_position: u64,
}

/// How a chunk has to be unpacked before the `tiff` crate sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unpack {
    /// As it is.
    Not,
    /// Zstandard.
    Zstd,
    /// Bits of every byte in reverse order (FillOrder 2).
    Bits,
}

impl<R: Read + Seek> Overlay<R> {
    /// The page that `directory` describes, its chunks of at most `most` bytes in all when unpacked,
    /// every sample a band.
    pub(super) fn new(
        mut source: R,
        big_endian: bool,
        directory: &Directory,
        (compression, unpack): (u16, Unpack),
        most: usize,
    ) -> io::Result<Self> {
        let source_length = source.seek(SeekFrom::End(0))?;
        let mut writer = Writer {
            big_endian,
            bytes: Vec::new(),
        };
        let mut fields: Vec<(u16, u16, Vec<u64>)> = STORAGE
            .iter()
            .filter_map(|&tag| directory.field(tag))
            .map(|field| match field.tag {
                347 => (
                    field.tag,
                    7,
                    field.value.iter().map(|&b| b.into()).collect(),
                ),
                _ => (field.tag, 16, field.numbers()),
            })
            .collect();
        fields.push((259, 3, vec![compression.into()]));
        fields.push((262, 3, vec![1]));
        for (offsets, counts) in CHUNKS {
            let places: Vec<(u64, u64)> = directory
                .numbers(offsets)
                .into_iter()
                .zip(directory.numbers(counts))
                .collect();
            if places.is_empty() {
                continue;
            }
            let (mut starts, mut lengths) = (Vec::new(), Vec::new());
            for (offset, count) in places {
                if unpack == Unpack::Not {
                    starts.push(offset.saturating_add(HEADER));
                    lengths.push(count);
                    continue;
                }
                source.seek(SeekFrom::Start(offset))?;
                let start = writer.bytes.len();
                let chunk = source.by_ref().take(count);
                unpacked(chunk, unpack, most.saturating_sub(start), &mut writer.bytes)?;
                starts.push(HEADER + source_length + start as u64);
                lengths.push((writer.bytes.len() - start) as u64);
            }
            fields.push((offsets, 16, starts));
            fields.push((counts, 16, lengths));
        }
        fields.sort_by_key(|field| field.0);
        let base = HEADER + source_length;
        let first = writer.directory(&fields, base);
        let mut header = Writer {
            big_endian,
            bytes: if big_endian { *b"MM" } else { *b"II" }.to_vec(),
        };
        header.number(43, 2);
        header.number(8, 2);
        header.number(0, 2);
        header.number(first, 8);
        Ok(Overlay {
            source,
            source_length,
            header: header.bytes.try_into().unwrap_or_default(),
            tail: writer.bytes,
            position: 0,
            source_position: u64::MAX,
        })
    }
}

fn unpacked(
    mut chunk: impl Read,
    unpack: Unpack,
    most: usize,
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    let start = bytes.len();
    if unpack == Unpack::Bits {
        chunk.take(most as u64).read_to_end(bytes)?;
        for byte in &mut bytes[start..] {
            *byte = byte.reverse_bits();
        }
        return Ok(());
    }
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let decoder = ruzstd::decoding::StreamingDecoder::new(&mut chunk)
        .map_err(|error| invalid(error.to_string()))?;
    decoder.take(most as u64).read_to_end(bytes)?;
    Ok(())
}

/// Writes a directory in the byte order of the file.
struct Writer {
    big_endian: bool,
    bytes: Vec<u8>,
}

impl Writer {
    fn number(&mut self, value: u64, width: usize) {
        match self.big_endian {
            true => self.bytes.extend(&value.to_be_bytes()[8 - width..]),
            false => self.bytes.extend(&value.to_le_bytes()[..width]),
        }
    }

    /// Writes values and directory; `base` is the offset of the first byte. The directory's offset.
    fn directory(&mut self, fields: &[(u16, u16, Vec<u64>)], base: u64) -> u64 {
        let mut entries = Vec::new();
        for (tag, kind, values) in fields {
            let width = sizes(*kind).map_or(1, |(size, _)| size);
            let at = base + self.bytes.len() as u64;
            let inline = values.len() * width <= 8;
            if !inline {
                for &value in values {
                    self.number(value, width);
                }
            }
            entries.push((*tag, *kind, values, width, inline, at));
        }
        let start = base + self.bytes.len() as u64;
        self.number(entries.len() as u64, 8);
        for (tag, kind, values, width, inline, at) in entries {
            self.number(tag.into(), 2);
            self.number(kind.into(), 2);
            self.number(values.len() as u64, 8);
            if inline {
                let before = self.bytes.len();
                for &value in values {
                    self.number(value, width);
                }
                self.bytes.resize(before + 8, 0);
            } else {
                self.number(at, 8);
            }
        }
        self.number(0, 8);
        start
    }
}

impl<R: Read + Seek> Read for Overlay<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = HEADER + self.source_length;
        let count = if self.position < HEADER {
            (&self.header[self.position as usize..]).read(buffer)?
        } else if self.position < end {
            let at = self.position - HEADER;
            if self.source_position != at {
                self.source.seek(SeekFrom::Start(at))?;
            }
            let most = buffer.len().min((end - self.position) as usize);
            let count = self.source.read(&mut buffer[..most])?;
            self.source_position = at + count as u64;
            count
        } else {
            let at = usize::try_from(self.position - end).unwrap_or(usize::MAX);
            self.tail.get(at..).unwrap_or_default().read(buffer)?
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Overlay<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = HEADER + self.source_length + self.tail.len() as u64;
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
