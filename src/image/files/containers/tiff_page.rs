//! The picture that a TIFF page's samples are.

use std::sync::Arc;

use super::super::Note;
use super::super::colour::{Colour, Curve, icc};
use super::super::metadata::Metadata;
use super::super::page::{Failure, Page, Plane};
use super::super::samples::{SampleKind, Stored};
use super::tiff_form::{Form, Raster};
use crate::image::{Alpha, Layout, PixelType};

impl Form {
    /// The picture that the samples are.
    pub fn page(
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

/// What becomes of inks.
pub(super) fn cmyk_note(has_profile: bool) -> Note {
    Note::new(match has_profile {
        true => "CMYK, converted to sRGB through its profile; the result is RGB",
        false => {
            "CMYK without a profile, converted to sRGB by the plain formula; the result is RGB"
        }
    })
}
