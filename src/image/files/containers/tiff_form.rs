//! How a TIFF page's samples are stored, and how they are decoded.

use std::io::{BufReader, Read, Seek};

use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult};

use super::super::Source;
use super::super::metadata::ifd::{Directory, Field};
use super::super::page::{Failure, Limits};
use super::super::samples::SampleKind;
use super::overlay::{Overlay, Unpack};

/// How the samples of a page are stored and what they are.
pub(super) struct Form {
    pub width: usize,
    pub height: usize,
    pub samples: usize,
    pub bits: u64,
    pub kind: SampleKind,
    pub photometric: u64,
    pub compression: u16,
    pub fill_order: u64,
    pub is_planar: bool,
    /// Samples that are colour.
    pub colours: usize,
    /// ExtraSamples, one for each sample after the colours.
    pub extras: Vec<u16>,
    pub palette: Vec<u64>,
}

/// Decoded samples, in bytes.
pub(super) struct Raster {
    pub bytes: Vec<u8>,
    pub pixel: usize,
    pub row: usize,
    pub sample: usize,
}

impl Form {
    /// What a page's directory says.
    pub fn of(directory: &Directory) -> Result<Self, Failure> {
        let side = |tag| {
            directory
                .number(tag)
                .and_then(|side| usize::try_from(side).ok())
        };
        let (Some(width), Some(height)) = (side(256), side(257)) else {
            return Err("is damaged: a page has no size".to_owned());
        };
        let samples = directory.number(277).unwrap_or(1) as usize;
        let depths = directory.numbers(258);
        let bits = depths.first().copied().unwrap_or(1);
        let format = directory.number(339).unwrap_or(1) as u16;
        let photometric = directory.number(262).unwrap_or(1);
        let colours = match photometric {
            0 | 1 | 3 | 4 => 1,
            2 | 6 => 3,
            5 => 4,
            8..=10 => {
                return Err("holds Lab colours, which are not read; save it as RGB".to_owned());
            }
            32_844 | 32_845 => {
                return Err("holds LogLuv colours, which are not read; save it as RGB".to_owned());
            }
            other => {
                return Err(format!(
                    "holds samples of an unknown kind (photometric {other})"
                ));
            }
        };
        let Some(kind) =
            SampleKind::of_tiff(format, bits).filter(|_| depths.iter().all(|&d| d == bits))
        else {
            return Err(format!(
                "holds samples of {bits} bits, which are not read; read are 1, 2, 4, 8, 16, 32 and 64"
            ));
        };
        if samples < colours || samples > 1 << 12 {
            return Err(format!("is damaged: {samples} samples a pixel"));
        }
        let mut extras: Vec<u16> = directory.numbers(338).iter().map(|&e| e as u16).collect();
        if extras.is_empty() {
            // Nothing said: the fourth beside RGB and the second beside gray have always been alpha.
            extras.extend((samples == colours + 1).then_some(2));
        }
        extras.resize(samples - colours, 0);
        let compression = directory.number(259).unwrap_or(1) as u16;
        let subsampling = directory.numbers(530);
        if photometric == 6 && compression != 7 && subsampling != [1, 1] {
            return Err(
                "holds YCbCr colours with fewer colour samples, which are read from JPEG only"
                    .to_owned(),
            );
        }
        Ok(Form {
            width,
            height,
            samples,
            bits,
            kind,
            photometric,
            compression,
            fill_order: directory.number(266).unwrap_or(1),
            is_planar: directory.number(284) == Some(2) && samples > 1,
            colours,
            extras,
            palette: directory.numbers(320),
        })
    }

    /// Reads every sample.
    pub fn decode(
        &self,
        source: &mut Source,
        directory: &Directory,
        limits: Limits,
    ) -> Result<Raster, Failure> {
        let (compression, unpack) = match self.compression {
            50_000 => (1, Unpack::Zstd),
            code @ 1..=4 if self.fill_order == 2 && self.bits < 8 => (code, Unpack::Bits),
            code @ (1 | 3 | 4 | 5 | 7 | 8 | 32_773 | 32_946 | 50_001) => (code, Unpack::Not),
            other => {
                return Err(format!(
                    "is compressed with {}, which is not read; read are LZW, Deflate, ZSTD, JPEG, WebP, \
                     PackBits and fax",
                    compression_name(other)
                ));
            }
        };
        let big_endian = self.big_endian(source)?;
        if !self.is_planar {
            let form = (compression, unpack);
            return self.bands(source, (directory, big_endian), form, limits);
        }
        // The `tiff` crate fails on tiles in planes; a plane at a time is a page of one sample.
        let mut planes = Raster {
            bytes: Vec::new(),
            pixel: self.kind.bytes(),
            row: self.kind.bytes() * self.width,
            sample: self.kind.bytes() * self.width * self.height,
        };
        let plane_form = Form {
            samples: 1,
            is_planar: false,
            palette: self.palette.clone(),
            extras: Vec::new(),
            ..*self
        };
        for index in 0..self.samples {
            let plane = plane(directory, index, self.samples);
            let form = (compression, unpack);
            let raster = plane_form.bands(source, (&plane, big_endian), form, limits)?;
            let length = planes.sample.min(raster.bytes.len());
            planes.bytes.extend(&raster.bytes[..length]);
        }
        Ok(planes)
    }

    /// Reads the samples of a page that has all of a pixel's together.
    fn bands(
        &self,
        source: &mut Source,
        (directory, big_endian): (&Directory, bool),
        form: (u16, Unpack),
        limits: Limits,
    ) -> Result<Raster, Failure> {
        let damaged = |error: TiffError| damaged(&error, limits);
        let overlay = Overlay::new(source, big_endian, directory, form, limits.most)
            .map_err(|error| damaged(error.into()))?;
        let mut decoder = Decoder::new(BufReader::new(overlay))
            .map_err(damaged)?
            .with_limits(tiff::decoder::Limits::unlimited());
        let mut result = DecodingResult::U8(Vec::new());
        let layout = decoder.read_image_to_buffer(&mut result).map_err(damaged)?;
        let bytes = result.as_buffer(0).as_bytes().to_vec();
        if self.bits < 8 {
            let row = layout.row_stride.map_or(0, |stride| stride.get());
            return self.unpack(&bytes, row);
        }
        let sample = self.kind.bytes();
        let raster = Raster {
            pixel: self.samples * sample,
            row: self.samples * sample * self.width,
            sample,
            bytes,
        };
        match raster.bytes.len() < raster.row * self.height {
            true => Err("is truncated".to_owned()),
            false => Ok(raster),
        }
    }

    fn big_endian(&self, source: &mut Source) -> Result<bool, Failure> {
        let mut order = [0; 2];
        let read = source.rewind().and_then(|()| source.read_exact(&mut order));
        read.map_err(|error| error.to_string())?;
        Ok(order == *b"MM")
    }

    /// Samples of fewer than 8 bits, one a byte: scaled to 0…255, but indices into a palette.
    fn unpack(&self, packed: &[u8], row: usize) -> Result<Raster, Failure> {
        let bits = self.bits as usize;
        let most = (1_u16 << bits) - 1;
        let scale = if self.photometric == 3 { 1 } else { 255 / most };
        let across = self.width * self.samples;
        let mut bytes = Vec::with_capacity(across * self.height);
        for y in 0..self.height {
            let line = packed.get(y * row..).unwrap_or_default();
            for sample in 0..across {
                let at = sample * bits;
                let byte = line.get(at / 8).ok_or("is truncated")?;
                let value = (u16::from(*byte) >> (8 - bits - at % 8)) & most;
                bytes.push((value * scale) as u8);
            }
        }
        Ok(Raster {
            bytes,
            pixel: self.samples,
            row: across,
            sample: 1,
        })
    }
}

/// The directory of plane `index` of `count` alone.
fn plane(directory: &Directory, index: usize, count: usize) -> Directory {
    let mut plane = directory.clone();
    for field in &mut plane.fields {
        match field.tag {
            277 => *field = Field::new(277, 3, 1_u16.to_ne_bytes().to_vec()),
            284 => *field = Field::new(284, 3, 1_u16.to_ne_bytes().to_vec()),
            258 | 339 => {
                let first = field.value.get(..2).map(<[u8]>::to_vec);
                *field = Field::new(field.tag, 3, first.unwrap_or_default());
            }
            273 | 279 | 324 | 325 => {
                let numbers = field.numbers();
                let each = numbers.len() / count;
                let own = numbers.iter().skip(index * each).take(each);
                let value = own.flat_map(|number| number.to_ne_bytes()).collect();
                *field = Field::new(field.tag, 16, value);
            }
            _ => {}
        }
    }
    plane
}

fn compression_name(code: u16) -> String {
    match code {
        2 => "fax group 3 (1-D)".to_owned(),
        6 => "old-style JPEG".to_owned(),
        34_712 | 33_003 | 33_005 => "JPEG 2000".to_owned(),
        34_887 => "LERC".to_owned(),
        34_925 => "LZMA".to_owned(),
        34_892 => "lossy JPEG".to_owned(),
        22_610 | 34_934 => "JPEG XR".to_owned(),
        50_002 | 52_546 => "JPEG XL".to_owned(),
        34_676 | 34_677 => "SGI Log".to_owned(),
        other => format!("method {other}"),
    }
}

/// One sentence without the decoder's own words.
fn damaged(error: &TiffError, limits: Limits) -> Failure {
    match error {
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "is truncated".to_owned()
        }
        TiffError::LimitsExceeded => format!("is too large; allowed: {}", limits.words()),
        TiffError::UnsupportedError(_) => {
            "is stored in a way that is not read; save it as plain TIFF".to_owned()
        }
        _ => "is damaged: its pixels cannot be decoded".to_owned(),
    }
}
