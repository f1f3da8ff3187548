//! The picture that a result goes into: what its file can hold of the one that it is made from.

use std::sync::Arc;

use image::metadata::Orientation;

use super::super::colour::Curve;
use super::super::metadata::Native;
use super::super::samples::{SampleKind, Stored};
use super::super::{FileFormat, Note, Output};
use super::{Codes, ImageFile, is_direct, upright};
use crate::image::{Layout, Picture, PixelType, Transfer, Turn};
use crate::{Error, Result};

impl ImageFile {
    /// A black picture of `size` (width, height) to hold a result computed from this one and be written
    /// to `output`: with the metadata, colour and channels of this one, and the depth and alpha mode
    /// nearest to this one that the format has. Its [`notes`](Self::notes) say what the format does not
    /// hold.
    ///
    /// # Errors
    /// `File` when the format cannot hold the alpha channel or the size; `InvalidImage` when the size is
    /// zero or too large for memory.
    pub fn for_result(&self, output: &Output, size: (usize, usize)) -> Result<Self> {
        let format = output.format();
        let refuse = |reason: String| Error::File {
            path: output.path().to_owned(),
            reason,
        };
        if self.layout.has_alpha() && format == FileFormat::Jpeg {
            return Err(refuse(
                "JPEG cannot hold the picture's alpha channel; write .png, .tif, .webp or .exr"
                    .to_owned(),
            ));
        }
        let (width, height) = size;
        if width.max(height) > format.max_side() {
            return Err(refuse(format!(
                "{} cannot hold {width}x{height} pixels; its largest side is {}",
                format.name(),
                format.max_side()
            )));
        }
        let mut notes = Vec::new();
        let is_same = self.metadata.is_from(format)
            || (format == FileFormat::WebP && self.metadata.native == Native::None);
        let stored = self.stored_in(format, &mut notes);
        let is_gray = self.layout.is_gray() && format != FileFormat::WebP;
        let (mut colour, said) = self.colour.said_in(format, stored.bits(), is_gray, is_same);
        if self.transfer.is_none() {
            notes.extend(said);
        }
        let transfer = match (self.transfer, &colour.curve) {
            (Some(transfer), _) => transfer,
            (None, Curve::Srgb | Curve::Table(_)) => Transfer::Srgb,
            (None, Curve::Linear | Curve::Pq | Curve::Hlg) => Transfer::Linear,
        };
        if self.transfer.is_some() {
            // The caller's word replaces the file's curve on both sides; the profile goes along.
            colour.curve = match transfer {
                Transfer::Srgb => Curve::Srgb,
                Transfer::Linear => Curve::Linear,
            };
        }
        let is_direct = is_direct(&colour.curve);
        let pixel_type = match stored.kind.pixel_type() {
            Some(pixel_type) if is_direct => pixel_type,
            _ => PixelType::F32,
        };
        // Pictures that are carried along are turned as the file was.
        let keeps = match &self.metadata.native {
            Native::Jpeg(rest) => format == FileFormat::Jpeg && rest.has_more(),
            _ => false,
        };
        let orientation = match keeps {
            true => self.orientation,
            false => Orientation::NoTransforms,
        };
        let (across, down) = if Turn::of(orientation).swap {
            (height, width)
        } else {
            (width, height)
        };
        let mut stored_layout = Layout::packed(across, down, self.layout.channels, pixel_type);
        stored_layout.transfer = transfer;
        stored_layout.alpha = format.alpha();
        let bytes = vec![0; stored_layout.packed_bytes()?];
        let (layout, origin) = upright(&stored_layout, orientation);
        let exif_size = (across, down);
        let (metadata, lost) = self
            .metadata
            .for_result(format, exif_size, orientation.to_exif());
        notes.extend(lost);
        let planes = match (
            format,
            size == self.source_size,
            stored.kind == self.stored.kind,
        ) {
            (FileFormat::Tiff, true, true) => self.planes.clone(),
            _ => Vec::new(),
        };
        if planes.len() < self.planes.len() {
            notes.push(Note::new(format!(
                "{} further samples of every pixel are left out; they go only with a TIFF of the same \
                 size and depth",
                self.planes.len()
            )));
        }
        let codes = match (&self.colour.icc, &self.colour.curve) {
            _ if format != FileFormat::Exr || self.transfer.is_some() => Codes::Srgb,
            (Some(profile), _) if self.colour.is_table => Codes::Profile(profile.clone()),
            (_, curve @ Curve::Table(_)) if curve.is_near_srgb() => Codes::Curve(curve.clone()),
            _ => Codes::Srgb,
        };
        Ok(ImageFile {
            bytes,
            stored_layout,
            layout,
            origin,
            stored,
            colour,
            codes,
            metadata: Arc::new(metadata),
            planes,
            orientation,
            delay: self.delay,
            is_carried: self.is_carried,
            source_size: self.source_size,
            transfer: self.transfer,
            notes,
        })
    }

    /// As [`for_result`](Self::for_result) of the same size, with the pixels of this one.
    ///
    /// # Errors
    /// As [`for_result`](Self::for_result).
    pub fn copy_for(&self, output: &Output) -> Result<Self> {
        let mut copy = self.for_result(output, self.size())?;
        let view = self.view()?;
        let layout = *view.layout();
        let mut target = copy.view_mut()?;
        let is_same =
            (layout.transfer, layout.alpha) == (target.layout().transfer, target.layout().alpha);
        if !is_same {
            let picture = Picture::read(&view);
            picture.write(picture.color.view(), &mut target)?;
            return Ok(copy);
        }
        for y in 0..layout.height {
            for x in 0..layout.width {
                for channel in 0..layout.channels {
                    target.set(x, y, channel, view.get(x, y, channel));
                }
            }
        }
        Ok(copy)
    }

    /// How `format` stores the samples.
    fn stored_in(&self, format: FileFormat, notes: &mut Vec<Note>) -> Stored {
        if format == FileFormat::Tiff && self.stored.kind != SampleKind::F16 {
            return self.stored;
        }
        let kind = self.stored.kind;
        let nearest = match kind {
            SampleKind::U8 => PixelType::U8,
            SampleKind::F16 => PixelType::F16,
            SampleKind::U16 => PixelType::U16,
            SampleKind::F32 | SampleKind::F64 => PixelType::F32,
            _ => PixelType::U16,
        };
        let pixel_type = format.pixel_type(nearest);
        if self.stored.is_stretched() {
            notes.push(Note::new(format!(
                "{} does not hold {} samples: {} is written as black, {} as white",
                format.name(),
                kind.name(),
                self.stored.zero,
                self.stored.one
            )));
        } else if kind.tiff_format() == 3 && !pixel_type.is_float() {
            notes.push(Note::new(format!(
                "{} does not hold floats: values below 0 and above 1 are cut off",
                format.name()
            )));
        }
        Stored::own(pixel_type)
    }
}
