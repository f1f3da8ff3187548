//! What a file says besides pixels and colour, and what of it a format can say.

pub(super) mod description;
pub(super) mod exif;
pub(super) mod ifd;
pub(super) mod photoshop;
pub(super) mod xmp;

use super::containers::{exr, jpeg, png};
use super::{FileFormat, Note};
use ifd::Field;

/// Pixels per unit of length, or their ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Density {
    pub x: f64,
    pub y: f64,
    pub unit: Unit,
}

/// The unit of a density.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// None: the numbers are an aspect ratio.
    Ratio,
    Inch,
    Metre,
}

impl Density {
    /// The same density per metre, if it has a unit.
    pub(super) fn per_metre(&self) -> (f64, f64) {
        match self.unit {
            Unit::Inch => (self.x / 0.0254, self.y / 0.0254),
            Unit::Ratio | Unit::Metre => (self.x, self.y),
        }
    }
}

/// What only one format says, as its file says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Native {
    #[default]
    None,
    Png(Vec<png::Chunk>),
    Jpeg(jpeg::Rest),
    /// The fields of a page's directory.
    Tiff(Vec<Field>),
    Exr(Box<exr::Attributes>),
}

/// What a file says besides its pixels and their colour.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Metadata {
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
    pub(super) fn is_from(&self, format: FileFormat) -> bool {
        matches!(
            (&self.native, format),
            (Native::Png(_), FileFormat::Png)
                | (Native::Jpeg(_), FileFormat::Jpeg)
                | (Native::Tiff(_), FileFormat::Tiff)
                | (Native::Exr(_), FileFormat::Exr)
        )
    }

    /// The text of `keyword`.
    pub(super) fn text(&self, keyword: &str) -> Option<&str> {
        let (_, text) = self.texts.iter().find(|(name, _)| name == keyword)?;
        Some(text)
    }

    /// The same for a picture of `size` (width, height) that is stored in `orientation` (1…8, 1 is
    /// upright) in a file of `format`, and what is lost.
    pub(super) fn for_result(
        &self,
        format: FileFormat,
        size: (usize, usize),
        orientation: u8,
    ) -> (Metadata, Vec<Note>) {
        let mut metadata = self.clone();
        let mut notes = Vec::new();
        let mut thumbnail = false;
        if let Some(block) = &mut metadata.exif {
            thumbnail |= exif::correct(block, size, orientation);
        }
        if let Some(packet) = &mut metadata.xmp {
            *packet = xmp::correct(packet, size, orientation);
        }
        if let Some(resources) = &mut metadata.resources {
            let (kept, removed) = photoshop::without_thumbnails(resources);
            *resources = kept;
            thumbnail |= removed;
        }
        if thumbnail {
            notes.push(Note::new(
                "the embedded thumbnail is left out; it shows the picture as it was",
            ));
        }
        let lost = metadata.not_in(format);
        if !lost.is_empty() {
            let lost = lost.join(", ");
            let format = format.name();
            notes.push(Note::new(format!(
                "{format} does not hold {lost}: left out"
            )));
        }
        (metadata, notes)
    }

    /// What a file of `format` does not hold, in words.
    fn not_in(&self, format: FileFormat) -> Vec<String> {
        let mut lost = Vec::new();
        let mut check = |is_there: bool, holds: &[FileFormat], what: &str| {
            if is_there && !holds.contains(&format) {
                lost.push(what.to_owned());
            }
        };
        use FileFormat::{Exr, Jpeg, Png, Tiff, WebP};
        check(self.exif.is_some(), &[Png, Jpeg, Tiff, WebP], "EXIF");
        check(self.xmp.is_some(), &[Png, Jpeg, Tiff, WebP, Exr], "XMP");
        check(self.resources.is_some(), &[Png, Jpeg, Tiff], "IPTC");
        check(!self.texts.is_empty(), &[Png, Jpeg, Tiff, Exr], "comments");
        check(
            self.density
                .is_some_and(|density| density.unit != Unit::Ratio),
            &[Png, Jpeg, Tiff, Exr],
            "the pixel density",
        );
        if !self.is_from(format) {
            lost.extend(match &self.native {
                Native::None => Vec::new(),
                Native::Png(chunks) => png::peculiar(chunks),
                Native::Jpeg(rest) => rest.peculiar(),
                Native::Tiff(fields) => super::containers::tiff_tags::peculiar(fields),
                Native::Exr(attributes) => attributes.peculiar(),
            });
        }
        lost
    }
}
