//! What a file says besides pixels and colour, as it is carried from reader to writer.

use std::sync::Arc;

use exr::image::{AnyChannels, FlatSamples, Layer};
use exr::meta::attribute::Text;
use exr::meta::header::ImageAttributes;

use super::super::FileFormat;
use super::ifd::Field;

/// Pixels per unit of length, or their ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::image::files) struct Density {
    pub x: f64,
    pub y: f64,
    pub unit: Unit,
}

/// The unit of a density.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::image::files) enum Unit {
    /// None: the numbers are an aspect ratio.
    Ratio,
    Inch,
    Metre,
}

impl Density {
    /// The same density per metre, if it has a unit.
    pub(in crate::image::files) fn per_metre(&self) -> (f64, f64) {
        match self.unit {
            Unit::Inch => (self.x / 0.0254, self.y / 0.0254),
            Unit::Ratio | Unit::Metre => (self.x, self.y),
        }
    }
}

/// What only one format says, as its file says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::image::files) enum Native {
    #[default]
    None,
    Png(Vec<Chunk>),
    Jpeg(Rest),
    /// The fields of a page's directory.
    Tiff(Vec<Field>),
    Exr(Box<Attributes>),
}

/// What a file says besides its pixels and their colour.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::image::files) struct Metadata {
    /// EXIF block (TIFF-structured).
    pub exif: Option<Vec<u8>>,
    /// XMP packet.
    pub xmp: Option<Vec<u8>>,
    /// Photoshop image resources, with IPTC in them.
    pub resources: Option<Vec<u8>>,
    /// Comments and texts by keyword (PNG's: `Comment`, `Description`, `Author`, …).
    pub texts: Vec<(String, String)>,
    pub density: Option<Density>,
    /// What has no other place here, and the file's own words for what has.
    pub native: Native,
}

impl Metadata {
    /// Whether the file these come from has `format`.
    pub(in crate::image::files) fn is_from(&self, format: FileFormat) -> bool {
        matches!(
            (&self.native, format),
            (Native::Png(_), FileFormat::Png)
                | (Native::Jpeg(_), FileFormat::Jpeg)
                | (Native::Tiff(_), FileFormat::Tiff)
                | (Native::Exr(_), FileFormat::Exr)
        )
    }

    /// The text of `keyword`.
    pub(in crate::image::files) fn text(&self, keyword: &str) -> Option<&str> {
        let (_, text) = self.texts.iter().find(|(name, _)| name == keyword)?;
        Some(text)
    }
}

/// A chunk of a PNG file.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::image::files) struct Chunk {
    pub name: [u8; 4],
    pub data: Vec<u8>,
}

/// What of a JPEG file has no other place: segments, and what follows the picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::image::files) struct Rest {
    /// Marker and data.
    pub segments: Vec<(u8, Vec<u8>)>,
    /// The multi-picture index, and where it stood.
    pub index: Option<(Vec<u8>, usize)>,
    /// Bytes after the picture's end, and where they started: further pictures, a video.
    pub trailing: Vec<u8>,
    pub trailing_at: usize,
}

/// What an EXR file says and holds besides the picture.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::image::files) struct Attributes {
    pub image: ImageAttributes,
    /// Every layer in order; the channels of the picture are without samples.
    pub layers: Arc<Vec<Layer<AnyChannels<FlatSamples>>>>,
    /// Which layer is the picture's.
    pub layer: usize,
    /// Names of the picture's channels, in the order of its layout.
    pub names: Vec<Text>,
}
