//! What a JPEG file holds besides pixels: its quantised coefficients, their tables and their grid.
//!
//! Entropy decoding is `libjpeg-turbo-rs`: of the kept crates (MIT or Apache) the only one whose public API
//! gives the coefficients of baseline and progressive files. `zune-jpeg` and `jpeg-decoder` give pixels
//! alone, `lepton_jpeg` keeps its reader private, `dct-io` reads baseline only, and `mozjpeg-sys` would bring
//! a C compiler, `longjmp` and `unsafe` into the core. It is used without its SIMD kernels, where its
//! `unsafe` code is, and behind limits of our own.

use std::io::Cursor;
use std::path::Path;

use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::metadata::Orientation;
use libjpeg_turbo_rs::{ComponentCoefficients, JpegCoefficients, read_coefficients};

use super::Turn;
use crate::{Error, Result};

/// Most bytes that the coefficients of a file may take: 350 megapixels without subsampling.
const MAX_COEFFICIENT_BYTES: usize = 2 << 30;
/// Most scans that a file may have. Progressive files have about ten; each costs a pass over the picture.
const MAX_SCANS: usize = 256;

/// Natural (row-major) position of each coefficient of the zigzag order (ITU-T T.81, figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What the components of a JPEG file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JpegColor {
    /// Luma alone.
    Gray,
    /// Y, Cb, Cr of JFIF: BT.601 weights, full range.
    YCbCr,
    /// R, G, B (Adobe transform 0).
    Rgb,
}

/// One component of a JPEG file.
#[derive(Clone, Debug, PartialEq)]
pub struct JpegComponent {
    /// Samples across, relative to the other components: 1…4.
    pub h: usize,
    /// Samples down, relative to the other components: 1…4.
    pub v: usize,
    /// Quantisation table, row-major (vertical frequency times 8 plus horizontal), every entry ≥ 1.
    pub table: [u16; 64],
    /// Blocks per row of blocks.
    pub columns: usize,
    /// Quantised coefficients, block by block in rows, each row-major; times `table` they are the
    /// orthonormal 8×8 DCT-II of samples 0…255 less 128.
    pub blocks: Vec<[i16; 64]>,
}

impl JpegComponent {
    /// A component of `columns`×`rows` blocks, all coefficients 0; `sampling` across and down.
    pub(crate) fn empty(
        sampling: [usize; 2],
        table: [u16; 64],
        [columns, rows]: [usize; 2],
    ) -> Self {
        JpegComponent {
            h: sampling[0],
            v: sampling[1],
            table,
            columns,
            blocks: vec![[0; 64]; columns * rows],
        }
    }
}

/// The coefficients of a JPEG picture, as a decoder sees them before it makes pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct JpegSource {
    /// Pixels across, as stored.
    pub width: usize,
    /// Pixels down, as stored.
    pub height: usize,
    /// Where pixel (0, 0) lies in the first unit of the grid, x and y. (0, 0) in a file; a cropped picture
    /// may begin anywhere.
    pub origin: [usize; 2],
    /// How the stored picture is turned to be seen.
    pub turn: Turn,
    /// What the components are.
    pub color: JpegColor,
    /// One or three components; the first is luma unless they are RGB.
    pub components: Vec<JpegComponent>,
}

impl JpegSource {
    /// Reads the coefficients of a JPEG file: baseline, extended or progressive, with any whole subsampling.
    ///
    /// # Errors
    /// `Io` when it cannot be read; `File` when it is no JPEG file, damaged or truncated, larger than 2 GiB
    /// of coefficients, or of a kind without such coefficients (CMYK, 12 bits, lossless).
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&bytes).map_err(|reason| Error::File {
            path: path.to_owned(),
            reason,
        })
    }

    /// As [`read`](Self::read), of a file in memory.
    ///
    /// # Errors
    /// `InvalidImage`, for the same reasons.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes).map_err(Error::InvalidImage)
    }

    fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        let header = Header::find(bytes)?;
        header.check()?;
        let scans = bytes
            .windows(2)
            .filter(|pair| *pair == [0xff, 0xda])
            .count();
        if scans > MAX_SCANS {
            return Err(format!("has {scans} scans; allowed: {MAX_SCANS}"));
        }
        let read = read_coefficients(bytes).map_err(|error| format!("is damaged: {error}"))?;
        if (usize::from(read.width), usize::from(read.height)) != (header.width, header.height) {
            return Err("is damaged: two sizes".to_owned());
        }
        let color = color_of(&read);
        let [across, down] = header.units();
        let components = read
            .components
            .into_iter()
            .map(|component| {
                let table = read
                    .quant_tables
                    .get(usize::from(component.quant_table_index))
                    .filter(|table| table.iter().all(|&entry| entry > 0))
                    .ok_or("is damaged: a quantisation table is missing or has a 0")?;
                let samples = [header.width, header.height];
                keep_visible(component, *table, samples, [across, down])
            })
            .collect::<std::result::Result<_, String>>()?;
        Ok(JpegSource {
            width: header.width,
            height: header.height,
            origin: [0, 0],
            turn: Turn::of(orientation(bytes)),
            color,
            components,
        })
    }

    /// Pixels per unit of the grid across and down: 8 times the largest sampling factors.
    pub fn unit(&self) -> [usize; 2] {
        let largest =
            |factor: fn(&JpegComponent) -> usize| self.components.iter().map(factor).max();
        [
            8 * largest(|component| component.h).unwrap_or(1),
            8 * largest(|component| component.v).unwrap_or(1),
        ]
    }

    /// Width and height in pixels as seen upright.
    pub fn size(&self) -> (usize, usize) {
        match self.turn.swap {
            true => (self.height, self.width),
            false => (self.width, self.height),
        }
    }

    /// Root-mean-square error that quantisation leaves in the lowest luma frequencies, in 0…255 units: a
    /// uniform error within the cells of the four lowest coefficients. About 18.6 at libjpeg's quality
    /// 10, 2.3 at 75, 0.7 at 90.
    pub fn quantization_error(&self) -> f64 {
        let table = &self.components[0].table;
        let squares = [0, 1, 8, 9].map(|at| f64::from(table[at]).powi(2));
        (squares.iter().sum::<f64>() / 4.0 / 12.0).sqrt()
    }
}

/// What must be known before memory is taken.
struct Header {
    width: usize,
    height: usize,
    precision: u8,
    /// Sampling factors, across and down.
    factors: Vec<[usize; 2]>,
}

impl Header {
    /// Walks the markers to the start of frame.
    fn find(bytes: &[u8]) -> std::result::Result<Self, String> {
        let mut rest = bytes
            .strip_prefix(&[0xff, 0xd8])
            .ok_or("is not a JPEG file")?;
        loop {
            let fill = rest.iter().take_while(|&&byte| byte == 0xff).count();
            let (&marker, segment) = match rest.get(fill..).and_then(<[u8]>::split_first) {
                Some(split) if fill > 0 => split,
                _ => return Err("is damaged: no start of frame".to_owned()),
            };
            let length = match segment {
                [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
                _ => return Err("is truncated".to_owned()),
            };
            let (segment, after) = segment.split_at_checked(length).ok_or("is truncated")?;
            match (marker, segment.get(2..)) {
                // Start of frame, all kinds; the decoder says which ones it cannot read.
                (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf, Some(frame)) => {
                    return Self::parse(frame).ok_or("is damaged: start of frame".to_owned());
                }
                (0xc4 | 0xcc | 0xdb..=0xef | 0xfe, Some(_)) => rest = after,
                _ => return Err("is damaged: no start of frame".to_owned()),
            }
        }
    }

    fn parse(frame: &[u8]) -> Option<Self> {
        let (&[precision, high, low, wide, narrow, count], components) =
            frame.split_first_chunk()?;
        let components = components.get(..3 * usize::from(count))?;
        Some(Header {
            width: u16::from_be_bytes([wide, narrow]).into(),
            height: u16::from_be_bytes([high, low]).into(),
            precision,
            factors: components
                .chunks_exact(3)
                .map(|component| [component[1] >> 4, component[1] & 15].map(usize::from))
                .collect(),
        })
    }

    /// Largest sampling factors.
    fn units(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            self.factors
                .iter()
                .map(|factor| factor[axis])
                .max()
                .unwrap_or(1)
        })
    }

    fn check(&self) -> std::result::Result<(), String> {
        let Header { width, height, .. } = *self;
        if self.precision != 8 {
            return Err(format!("has {} bits a sample; allowed: 8", self.precision));
        }
        if !matches!(self.factors.len(), 1 | 3) {
            return Err(format!(
                "has {} components (CMYK?); allowed: 1 (gray) or 3 (YCbCr, RGB)",
                self.factors.len()
            ));
        }
        let largest = self.units();
        for factor in &self.factors {
            let whole = |axis: usize| {
                (1..=4).contains(&factor[axis]) && largest[axis].is_multiple_of(factor[axis])
            };
            if !whole(0) || !whole(1) {
                return Err(format!(
                    "is sampled {}x{} against {}x{}; allowed: whole ratios up to 4",
                    factor[0], factor[1], largest[0], largest[1]
                ));
            }
        }
        let [units_x, units_y] = [
            width.div_ceil(8 * largest[0]),
            height.div_ceil(8 * largest[1]),
        ];
        let blocks: usize = self.factors.iter().map(|[h, v]| h * v).sum();
        let bytes = units_x * units_y * blocks * size_of::<[i16; 64]>();
        if width == 0 || height == 0 || bytes > MAX_COEFFICIENT_BYTES {
            return Err(format!(
                "says it has {width}x{height} pixels; allowed: 1 to {} MiB of coefficients",
                MAX_COEFFICIENT_BYTES >> 20
            ));
        }
        Ok(())
    }
}

/// The colour space by the rules of libjpeg (`default_decompress_parms`), which all decoders follow.
fn color_of(read: &JpegCoefficients) -> JpegColor {
    let ids = |ids: &[u8; 3]| {
        let mut found = read
            .components
            .iter()
            .map(|component| component.component_id);
        ids.iter().all(|&id| found.next() == Some(id))
    };
    match read.components.len() {
        1 => JpegColor::Gray,
        _ if read.saw_jfif_marker => JpegColor::YCbCr,
        _ if read.adobe_transform == Some(0) => JpegColor::Rgb,
        _ if read.adobe_transform.is_none() && ids(b"RGB") => JpegColor::Rgb,
        _ => JpegColor::YCbCr,
    }
}

/// A component with the blocks that hold pixels, in row-major order: the entropy coder pads whole units.
fn keep_visible(
    read: ComponentCoefficients,
    table: [u16; 64],
    picture: [usize; 2],
    largest: [usize; 2],
) -> std::result::Result<JpegComponent, String> {
    let factors = [read.h_sampling, read.v_sampling].map(usize::from);
    let [columns, rows] =
        [0, 1].map(|axis| (picture[axis] * factors[axis]).div_ceil(8 * largest[axis]));
    if read.blocks_x < columns
        || read.blocks_y < rows
        || read.blocks.len() != read.blocks_x * read.blocks_y
    {
        return Err("is damaged: too few blocks".to_owned());
    }
    let mut component = JpegComponent::empty(factors, table, [columns, rows]);
    let kept = read
        .blocks
        .chunks_exact(read.blocks_x)
        .flat_map(|row| &row[..columns]);
    for (block, zigzag) in component.blocks.iter_mut().zip(kept) {
        for (&at, &value) in ZIGZAG.iter().zip(zigzag) {
            block[usize::from(at)] = value;
        }
    }
    Ok(component)
}

/// The orientation that the file's EXIF asks for; a damaged block asks for none.
fn orientation(bytes: &[u8]) -> Orientation {
    JpegDecoder::new(Cursor::new(bytes))
        .and_then(|mut decoder| decoder.orientation())
        .unwrap_or(Orientation::NoTransforms)
}
