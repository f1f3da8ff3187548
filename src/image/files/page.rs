//! What readers of formats give: one picture of a file, as stored.

use std::sync::Arc;

use image::metadata::Orientation;

use super::colour::Colour;
use super::metadata::Metadata;
use super::samples::{SampleKind, Stored};
use super::{MAX_SIDE, Note};
use crate::image::{Layout, PixelType};

/// What went wrong with a file, without its name.
pub(super) type Failure = String;

/// One picture of a file, as stored.
#[derive(Debug)]
pub(super) struct Page {
    pub bytes: Vec<u8>,
    /// Packed or planar, strides positive.
    pub layout: Layout,
    pub stored: Stored,
    pub colour: Colour,
    pub metadata: Metadata,
    pub orientation: Orientation,
    /// Samples that are no part of the picture.
    pub planes: Vec<Plane>,
    /// Seconds shown, as a fraction, in an animation.
    pub delay: Option<(u32, u32)>,
    /// Whether it is no picture (a mask of another page) and goes along as it is.
    pub is_carried: bool,
    pub notes: Vec<Note>,
}

impl Page {
    /// A page of samples that the engine has itself, with nothing more said.
    pub(super) fn new(bytes: Vec<u8>, layout: Layout, colour: Colour, metadata: Metadata) -> Self {
        Page {
            bytes,
            layout,
            stored: Stored::own(layout.pixel_type),
            colour,
            metadata,
            orientation: Orientation::NoTransforms,
            planes: Vec::new(),
            delay: None,
            is_carried: false,
            notes: Vec::new(),
        }
    }
}

/// Samples beside a picture, of its size: extra samples of TIFF.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    /// TIFF's ExtraSamples value.
    pub meaning: u16,
    pub kind: SampleKind,
    /// Shared by all planes of a page.
    pub bytes: Arc<Vec<u8>>,
    /// One channel in `bytes`; its pixel type is not used.
    pub layout: Layout,
    /// First byte of the first sample, upright.
    pub origin: usize,
}

impl Plane {
    /// The bytes of sample (x, y).
    pub(super) fn sample(&self, x: usize, y: usize) -> &[u8] {
        let offset = self.layout.pixel_stride * x as isize + self.layout.row_stride * y as isize;
        let at = self.origin.wrapping_add_signed(offset);
        &self.bytes[at..at + self.kind.bytes()]
    }
}

/// What a reader may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Most bytes of one decoded picture.
    pub most: usize,
}

impl Limits {
    /// Refuses a width, height and bytes per pixel that no memory should be taken for.
    pub(super) fn check(self, width: usize, height: usize, pixel: usize) -> Result<(), Failure> {
        let bytes = width
            .checked_mul(height)
            .and_then(|pixels| pixels.checked_mul(pixel));
        if width == 0 || height == 0 {
            return Err(format!("says it has {width}x{height} pixels"));
        }
        if width.max(height) > MAX_SIDE || bytes.is_none_or(|bytes| bytes > self.most) {
            return Err(format!(
                "says it has {width}x{height} pixels; allowed: {}",
                self.words()
            ));
        }
        Ok(())
    }

    /// What is allowed, in words.
    pub(super) fn words(self) -> String {
        format!("{MAX_SIDE} a side, {} MiB decoded", self.most >> 20)
    }
}

/// The layout of packed pixels of 1…4 channels.
pub(super) fn packed(
    (width, height): (usize, usize),
    channels: usize,
    pixel_type: PixelType,
) -> Layout {
    Layout::packed(width, height, channels, pixel_type)
}
