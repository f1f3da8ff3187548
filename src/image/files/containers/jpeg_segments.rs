//! The segments of a JPEG file (ITU-T T.81 annex B), and the pictures that follow it (CIPA DC-007).

use std::io::Cursor;
use std::ops::Range;

use super::super::metadata::ifd::Structure;

const SCAN: u8 = 0xda;
const END: u8 = 0xd9;
/// What a multi-picture index begins with, in APP2.
const INDEX: &[u8] = b"MPF\0";
/// Its entries: 16 bytes a picture (flags, size, offset, two dependencies).
const ENTRIES: u16 = 0xb002;

/// A JPEG file taken apart.
pub(super) struct Segments {
    /// Marker and place of the data of every segment before and between the scans.
    pub segments: Vec<(u8, Range<usize>)>,
    /// The first byte after the end marker; `None` where there is no end marker.
    pub end: Option<usize>,
}

impl Segments {
    /// Walks from marker to marker. What is no marker ends the walk.
    pub(super) fn find(bytes: &[u8]) -> Self {
        let mut segments = Vec::new();
        let mut at = 2;
        loop {
            // Any number of fill bytes before a marker.
            while bytes.get(at) == Some(&0xff) && bytes.get(at + 1) == Some(&0xff) {
                at += 1;
            }
            let (Some(0xff), Some(&marker)) = (bytes.get(at), bytes.get(at + 1)) else {
                return Segments {
                    segments,
                    end: None,
                };
            };
            at += 2;
            if marker == END {
                return Segments {
                    segments,
                    end: Some(at),
                };
            }
            if matches!(marker, 0x01 | 0xd0..=0xd8) {
                continue;
            }
            let length = match bytes.get(at..at + 2) {
                Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
                _ => 0,
            };
            if length < 2 || at + length > bytes.len() {
                return Segments {
                    segments,
                    end: None,
                };
            }
            segments.push((marker, at + 2..at + length));
            at += length;
            if marker == SCAN {
                at = after_scan(bytes, at);
            }
        }
    }
}

impl Segments {
    /// Whether the headers of the scans cover every coefficient of every component to its last bit (of a
    /// sequential file: every component).
    pub(super) fn has_all_scans(&self, bytes: &[u8]) -> bool {
        let frame = self
            .segments
            .iter()
            .find(|segment| matches!(segment.0, 0xc0..=0xc2));
        let Some((kind, place)) = frame else {
            return true;
        };
        let is_progressive = *kind == 0xc2;
        let frame = &bytes[place.clone()];
        let components = frame.get(6..).unwrap_or_default().chunks_exact(3);
        let mut missing: Vec<(u8, u64)> = components.map(|part| (part[0], u64::MAX)).collect();
        for (_, place) in self.segments.iter().filter(|segment| segment.0 == SCAN) {
            let Some((&count, scan)) = bytes[place.clone()].split_first() else {
                continue;
            };
            let count = usize::from(count);
            let covered = match scan.get(2 * count..2 * count + 3) {
                Some(&[first, last, bits]) if is_progressive => match bits & 15 {
                    0 if first <= last && last < 64 => {
                        (u64::MAX >> (63 - last)) & (u64::MAX << first)
                    }
                    _ => 0,
                },
                _ => u64::MAX,
            };
            for part in scan.chunks_exact(2).take(count) {
                for (_, left) in missing
                    .iter_mut()
                    .filter(|component| component.0 == part[0])
                {
                    *left &= !covered;
                }
            }
        }
        missing.iter().all(|component| component.1 == 0)
    }
}

/// The first marker after the coded data that begins at `at`; restarts and stuffed bytes are data.
fn after_scan(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|&b| b == 0xff))
    {
        at += found;
        match bytes.get(at + 1) {
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            _ => return at,
        }
    }
    bytes.len()
}

/// How many pictures the multi-picture index counts; `None` when the segment is none.
pub(super) fn indexed_pictures(segment: &[u8]) -> Option<usize> {
    let index = segment.strip_prefix(INDEX)?;
    let mut structure = Structure::new(Cursor::new(index))?;
    let first = structure.first;
    let entries = structure.directory(first).ok()?;
    Some(entries.field(ENTRIES)?.value.len() / 16)
}

/// Makes a multi-picture index (the data of its segment) true again: the first picture now has `size`
/// bytes, the index itself starts `header` bytes into the file where it was at `old_header`, and what
/// follows the first picture moved from `old_end` to `end`.
pub(super) fn reindexed(
    segment: &[u8],
    (old_header, old_end): (usize, usize),
    (header, end): (usize, usize),
) -> Option<Vec<u8>> {
    let index = segment.strip_prefix(INDEX)?;
    let mut structure = Structure::new(Cursor::new(index))?;
    let (first, big_endian) = (structure.first, structure.big_endian);
    let entries = structure.directory(first).ok()?;
    let at = usize::try_from(entries.field(ENTRIES)?.at).ok()?;
    let count = entries.field(ENTRIES)?.value.len() / 16;
    let mut index = index.to_vec();
    let get = |index: &[u8], at: usize| -> Option<u32> {
        let bytes = index.get(at..at + 4)?.try_into().ok()?;
        Some(match big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    };
    let put = |index: &mut Vec<u8>, at: usize, value: usize| -> Option<()> {
        let value = u32::try_from(value).ok()?;
        let bytes = match big_endian {
            true => value.to_be_bytes(),
            false => value.to_le_bytes(),
        };
        index.get_mut(at..at + 4)?.copy_from_slice(&bytes);
        Some(())
    };
    for picture in 0..count {
        let entry = at + 16 * picture;
        let offset = get(&index, entry + 8)? as usize;
        if offset == 0 {
            put(&mut index, entry + 4, end)?;
        } else {
            let after = (old_header + offset).checked_sub(old_end)?;
            put(&mut index, entry + 8, (end + after).checked_sub(header)?)?;
        }
    }
    Some([INDEX, &index].concat())
}
