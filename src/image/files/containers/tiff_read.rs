//! Reading TIFF and BigTIFF files, page by page.

use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use image::metadata::Orientation;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult};

use super::super::colour::{Colour, Curve, icc};
use super::super::metadata::exif::Exif;
use super::super::metadata::ifd::{Directory, Field, Structure};
use super::super::metadata::{Metadata, Native, description, photoshop};
use super::super::page::{Failure, Limits, Page, Plane};
use super::super::samples::{SampleKind, Stored};
use super::super::{Note, Source};
use super::overlay::{Overlay, Unpack};
use super::tiff_tags as tags;
use crate::image::{Alpha, Layout, PixelType};

/// An open TIFF file.
pub(in crate::image::files) struct TiffFile {
    structure: Structure<Source>,
    /// The directories of the pages that are pictures, or go along with them.
    pages: Vec<Directory>,
    /// What is said of the file as a whole.
    pub notes: Vec<Note>,
}

impl TiffFile {
    /// Finds the pages.
    pub(in crate::image::files) fn open(source: Source) -> Result<Self, Failure> {
        let mut structure = Structure::new(source).ok_or("is damaged: no TIFF header")?;
        let mut notes = Vec::new();
        let mut pages = Vec::new();
        let (mut reduced, mut below) = (0, 0);
        for offset in structure.chain() {
            let page = structure.directory(offset).map_err(|e| e.to_string())?;
            let is_reduced = page.number(254).is_some_and(|kind| kind & 1 == 1);
            let children = page.numbers(tags::SUB_DIRECTORIES);
            refuse_raw(
                &mut structure,
                &page,
                &children,
                is_reduced && pages.is_empty(),
            )?;
            below += children.len();
            match is_reduced {
                true => reduced += 1,
                false => pages.push(page),
            }
        }
        if pages.is_empty() {
            return Err("is damaged or truncated: no page can be found".to_owned());
        }
        if reduced + below > 0 {
            notes.push(Note::new(format!(
                "{} smaller copies of its pages are left out; they show them as they were",
                reduced + below
            )));
        }
        let text = pages[0].field(tags::DESCRIPTION).map(|field| field.text());
        if let Some(count) = text.as_deref().and_then(description::imagej_count)
            && count > pages.len()
            && pages.len() == 1
        {
            return Err(format!(
                "holds {count} pictures in one block, as ImageJ writes large stacks; save it with one \
                 page per picture"
            ));
        }
        Ok(TiffFile {
            structure,
            pages,
            notes,
        })
    }

    /// Whether offsets have 64 bits.
    pub(in crate::image::files) fn is_big(&self) -> bool {
        self.structure.is_big
    }

    pub(in crate::image::files) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Decodes a page.
    pub(in crate::image::files) fn read(
        &mut self,
        index: usize,
        limits: Limits,
    ) -> Result<Page, Failure> {
        let directory = self.pages[index].clone();
        let form = Form::of(&directory)?;
        let size = (form.width, form.height);
        limits.check(size.0, size.1, form.samples * form.kind.bytes())?;
        let raster = form.decode(self.structure.source(), &directory, limits)?;
        let exif = Exif::read(&mut self.structure, &directory);
        let value = |tag| directory.field(tag).map(|field| field.value.clone());
        let profile = value(tags::PROFILE);
        let description = directory.field(tags::DESCRIPTION).map(|field| field.text());
        let metadata = Metadata {
            exif: exif.to_block(),
            xmp: value(tags::XMP),
            resources: value(tags::RESOURCES)
                .or_else(|| value(tags::IPTC).map(|records| photoshop::of_iptc(&records))),
            texts: description
                .map(|text| vec![("Description".to_owned(), text)])
                .unwrap_or_default(),
            density: tags::density(&directory),
            native: Native::Tiff(directory.fields.clone()),
        };
        let mut page = form.page(raster, profile, metadata)?;
        page.is_carried = directory.number(254).is_some_and(|kind| kind & 4 == 4);
        page.orientation = directory
            .number(274)
            .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
            .unwrap_or(Orientation::NoTransforms);
        if directory.field(tags::LAYERS).is_some() {
            page.notes.push(Note::new(
                "its Photoshop layers are left out; the flattened picture is restored",
            ));
        }
        Ok(page)
    }
}

/// Refuses what a camera wrote undeveloped: its first page is a preview.
fn refuse_raw(
    structure: &mut Structure<Source>,
    page: &Directory,
    children: &[u64],
    is_preview: bool,
) -> Result<(), Failure> {
    let is_mosaic = |page: &Directory| matches!(page.number(262), Some(32_803 | 34_892));
    let mut is_raw = is_mosaic(page) || page.field(0xc612).is_some();
    if is_preview || page.field(0xc640).is_some() {
        for &child in children {
            let child = structure.directory(child).unwrap_or_default();
            is_raw |= is_mosaic(&child) || child.number(254) == Some(0);
        }
        is_raw |= page.field(0xc640).is_some();
    }
    match is_raw {
        true => {
            Err("is a camera's raw file, which is not read; develop it to TIFF first".to_owned())
        }
        false => Ok(()),
    }
}

/// How the samples of a page are stored and what they are.
struct Form {
    width: usize,
    height: usize,
    samples: usize,
    bits: u64,
    kind: SampleKind,
    photometric: u64,
    compression: u16,
    fill_order: u64,
    is_planar: bool,
    /// Samples that are colour.
    colours: usize,
    /// ExtraSamples, one for each sample after the colours.
    extras: Vec<u16>,
    palette: Vec<u64>,
}

/// Decoded samples, in bytes.
struct Raster {
    bytes: Vec<u8>,
    pixel: usize,
    row: usize,
    sample: usize,
}

impl Form {
    fn of(directory: &Directory) -> Result<Self, Failure> {
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
    fn decode(
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

    /// The picture that the samples are.
    fn page(
        &self,
        raster: Raster,
        profile: Option<Vec<u8>>,
        metadata: Metadata,
    ) -> Result<Page, Failure> {
        let mut notes = Vec::new();
        let alpha = match self.extras.first() {
            Some(1) => Some(Alpha::Premultiplied),
            Some(2) => Some(Alpha::Straight),
            _ => None,
        };
        let first_extra = self.colours + usize::from(alpha.is_some());
        let size = (self.width, self.height);
        let layout = |channels: usize, pixel_type: PixelType, raster: &Raster| {
            let mut layout = Layout::packed(size.0, size.1, channels, pixel_type);
            layout.pixel_stride = raster.pixel as isize;
            layout.row_stride = raster.row as isize;
            layout.channel_stride = raster.sample as isize;
            layout.alpha = alpha.unwrap_or_default();
            layout
        };
        let mut planes = Vec::new();
        if first_extra < self.samples {
            let shared = Arc::new(raster.bytes.clone());
            for sample in first_extra..self.samples {
                planes.push(Plane {
                    meaning: self.extras[sample - self.colours],
                    kind: self.kind,
                    bytes: Arc::clone(&shared),
                    layout: layout(1, PixelType::U8, &raster),
                    origin: sample * raster.sample,
                });
            }
            notes.push(Note::new(format!(
                "{} further samples of every pixel are carried along unrestored",
                planes.len()
            )));
        }
        let is_direct = matches!(self.photometric, 0..=2 | 4);
        let (raster, colour) = match is_direct {
            true => (
                self.inverted(raster),
                Colour::new(None, profile, None, None),
            ),
            false => self.converted(raster, profile, alpha.is_some(), &mut notes)?,
        };
        let (channels, kind) = match self.photometric {
            0 | 1 | 4 => (1, self.kind),
            3 if raster.sample == 2 => (3, SampleKind::U16),
            3 => (3, SampleKind::U8),
            _ => (3, self.kind),
        };
        let channels = channels + usize::from(alpha.is_some());
        let (bytes, pixel_type, stored) = Stored::adopt(kind, raster.bytes);
        // Floats in place of other samples have strides of their own.
        let wide = |stride: usize| stride / kind.bytes() * pixel_type.bytes();
        let raster = Raster {
            bytes: Vec::new(),
            pixel: wide(raster.pixel),
            row: wide(raster.row),
            sample: wide(raster.sample),
        };
        if stored.is_stretched() {
            notes.push(Note::new(format!(
                "{} samples: its least value {} is taken as black, its greatest {} as white",
                kind.name(),
                stored.zero,
                stored.one
            )));
        }
        let mut page = Page::new(
            bytes,
            layout(channels, pixel_type, &raster),
            colour,
            metadata,
        );
        page.stored = stored;
        page.planes = planes;
        page.notes = notes;
        Ok(page)
    }

    /// Black where 0 is white.
    fn inverted(&self, mut raster: Raster) -> Raster {
        if self.photometric == 0 && self.kind.tiff_format() == 1 {
            // Only the first sample of a pixel is gray.
            let width = self.kind.bytes();
            for y in 0..self.height {
                for x in 0..self.width {
                    let at = y * raster.row + x * raster.pixel;
                    for byte in &mut raster.bytes[at..at + width] {
                        *byte = !*byte;
                    }
                }
            }
        }
        raster
    }

    /// RGB, with alpha where the page has it, from a palette, inks or YCbCr.
    fn converted(
        &self,
        raster: Raster,
        profile: Option<Vec<u8>>,
        has_alpha: bool,
        notes: &mut Vec<Note>,
    ) -> Result<(Raster, Colour), Failure> {
        let wide = self.kind.bytes();
        let sample = |x: usize, y: usize, channel: usize| -> &[u8] {
            let at = y * raster.row + x * raster.pixel + channel * raster.sample;
            &raster.bytes[at..at + wide]
        };
        let places = || (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        let mut colours: Vec<u8>;
        let mut width = wide;
        let mut colour = Colour::plain(Curve::Srgb);
        match (self.photometric, self.kind) {
            (3, SampleKind::U8) => {
                let count = 1 << self.bits;
                if self.palette.len() < 3 * count {
                    return Err("is damaged: its palette is too short".to_owned());
                }
                let is_deep = self.palette.iter().any(|&v| v % 256 != 0 && v % 257 != 0);
                width = if is_deep { 2 } else { 1 };
                colours = Vec::with_capacity(self.width * self.height * 3 * width);
                for (x, y) in places() {
                    for channel in 0..3 {
                        let value = self.palette[channel * count + usize::from(sample(x, y, 0)[0])];
                        match is_deep {
                            true => colours.extend((value as u16).to_ne_bytes()),
                            false => colours.push((value >> 8) as u8),
                        }
                    }
                }
                colour = Colour::new(None, profile, None, None);
            }
            (5, SampleKind::U8) => {
                let inks: Vec<u8> = places()
                    .flat_map(|(x, y)| (0..4).map(move |channel| (x, y, channel)))
                    .map(|(x, y, channel)| sample(x, y, channel)[0])
                    .collect();
                colours = icc::cmyk_to_srgb(profile.as_deref(), &inks);
                notes.push(cmyk_note(profile.is_some()));
            }
            (5, SampleKind::U16) => {
                let inks: Vec<u16> = places()
                    .flat_map(|(x, y)| (0..4).map(move |channel| (x, y, channel)))
                    .map(|(x, y, c)| {
                        u16::from_ne_bytes(sample(x, y, c).try_into().unwrap_or_default())
                    })
                    .collect();
                let rgb = icc::cmyk_to_srgb(profile.as_deref(), &inks);
                colours = rgb.iter().flat_map(|value| value.to_ne_bytes()).collect();
                notes.push(cmyk_note(profile.is_some()));
            }
            (6, SampleKind::U8) => {
                colours = Vec::with_capacity(self.width * self.height * 3);
                for (x, y) in places() {
                    let [luma, blue, red] = [0, 1, 2].map(|c| f32::from(sample(x, y, c)[0]));
                    let (blue, red) = (blue - 128.0, red - 128.0);
                    // ITU-T T.871 §7.
                    for value in [
                        luma + 1.402 * red,
                        luma - 0.344_136 * blue - 0.714_136 * red,
                        luma + 1.772 * blue,
                    ] {
                        colours.push(value.round() as u8);
                    }
                }
                colour = Colour::new(None, profile, None, None);
            }
            _ => {
                return Err(format!(
                    "holds {} samples of colours that are read in 8 bits only",
                    self.kind.name()
                ));
            }
        }
        let mut channels = 3;
        if has_alpha && width == wide {
            channels = 4;
            let pixels = colours.chunks_exact(3 * width).zip(places());
            colours = pixels
                .flat_map(|(pixel, (x, y))| [pixel, sample(x, y, self.colours)].concat())
                .collect();
        } else if has_alpha {
            return Err("holds a palette beside an alpha channel, which is not read".to_owned());
        }
        let converted = Raster {
            bytes: colours,
            pixel: channels * width,
            row: channels * width * self.width,
            sample: width,
        };
        Ok((converted, colour))
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

/// What becomes of inks.
pub(super) fn cmyk_note(has_profile: bool) -> Note {
    Note::new(match has_profile {
        true => "CMYK, converted to sRGB through its profile; the result is RGB",
        false => {
            "CMYK without a profile, converted to sRGB by the plain formula; the result is RGB"
        }
    })
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
