//! What a file says besides pixels and colour, and what of it a format can say.

pub(super) mod description;
pub(super) mod exif;
pub(super) mod ifd;
mod native;
pub(super) mod photoshop;
pub(super) mod xmp;

use super::containers::png;
use super::{FileFormat, Note};

pub(super) use native::{Attributes, Chunk, Density, Metadata, Native, Rest, Unit};

impl Metadata {
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
