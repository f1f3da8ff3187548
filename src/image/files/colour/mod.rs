//! What a file's numbers mean: one description per picture, carried from reader to writer.

mod curve;
pub(super) mod icc;
mod primaries;
mod rgb;

pub(super) use curve::Curve;
pub(super) use primaries::Primaries;

use super::{FileFormat, Note};

/// The meaning of a picture's numbers, and the words its file says it in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Colour {
    /// How codes stand for light.
    pub curve: Curve,
    /// `None` where nothing is said: sRGB's.
    pub primaries: Option<Primaries>,
    /// ICC profile.
    pub icc: Option<Vec<u8>>,
    /// Coding-independent code points (ITU-T H.273): primaries, transfer, matrix, full range.
    pub cicp: Option<[u8; 4]>,
    /// Whether the profile is one that curves and primaries do not express (tables).
    pub is_table: bool,
}

impl Colour {
    /// Codes of `curve`, nothing more said.
    pub(super) const fn plain(curve: Curve) -> Self {
        Colour {
            curve,
            primaries: None,
            icc: None,
            cicp: None,
            is_table: false,
        }
    }

    /// What code points, a profile, or primaries and curve say, the first that is there.
    pub(super) fn new(
        cicp: Option<[u8; 4]>,
        icc: Option<Vec<u8>>,
        primaries: Option<Primaries>,
        curve: Option<Curve>,
    ) -> Self {
        let mut colour = Colour {
            primaries,
            ..Colour::plain(curve.unwrap_or(Curve::Srgb))
        };
        if let Some(points) = cicp
            && let Some(curve) = Curve::of_code_point(points[1])
        {
            colour.curve = curve;
            colour.primaries = Primaries::of_code_point(points[0]);
        } else if let Some(meaning) = icc.as_deref().and_then(icc::read) {
            colour.is_table = meaning.curve.is_none();
            colour.curve = meaning.curve.unwrap_or(Curve::Srgb);
            colour.primaries = meaning.primaries;
        }
        Colour {
            icc,
            cicp,
            ..colour
        }
    }

    fn primaries_or_srgb(&self) -> Primaries {
        self.primaries.unwrap_or(Primaries::SRGB)
    }

    /// Whether there is more to say than sRGB.
    fn is_plain(&self) -> bool {
        self.curve == Curve::Srgb && self.primaries.is_none_or(|primaries| primaries.is_srgb())
    }

    /// The same colours as `format` can say them with `bits` a sample, gray or RGB, and what changes.
    /// `is_same` tells that the file they come from has that format.
    pub(super) fn said_in(
        &self,
        format: FileFormat,
        bits: usize,
        is_gray: bool,
        is_same: bool,
    ) -> (Colour, Vec<Note>) {
        let mut notes = Vec::new();
        let mut colour = self.clone();
        if format == FileFormat::Exr {
            colour = Colour {
                primaries: self.primaries.filter(|primaries| !primaries.is_srgb()),
                ..Colour::plain(Curve::Linear)
            };
            if self.is_table {
                notes.push(Note::new(
                    "converted through its ICC profile to linear light with Rec. 709 primaries; \
                     EXR holds no profile",
                ));
            }
            return (colour, notes);
        }
        let fits = |profile: &[u8]| {
            let wanted: &[u8] = if is_gray { b"GRAY" } else { b"RGB " };
            icc::space(profile) == Some(wanted)
        };
        if format == FileFormat::Png && (is_same || self.cicp.is_some()) {
            return (colour, notes);
        }
        // 8 bits of light show steps, and more than white does not fit; 16 bits and floats hold both.
        let is_high = matches!(self.curve, Curve::Pq | Curve::Hlg);
        let is_deep = matches!(format, FileFormat::Png | FileFormat::Tiff) && bits > 8;
        let own = colour.icc.take_if(|profile| fits(profile));
        if is_high && !(own.is_some() && is_same) {
            notes.push(Note::new(format!(
                "converted from {} to the sRGB curve; {} does not say {}, and light above diffuse \
                 white is cut off",
                self.curve.name(),
                format.name(),
                self.curve.name()
            )));
            colour.curve = Curve::Srgb;
        } else if self.curve == Curve::Linear && !is_deep && !is_same {
            notes.push(Note::new(format!(
                "converted from linear light to the sRGB curve for the 8 bits of {}",
                format.name()
            )));
            colour.curve = Curve::Srgb;
        } else if own.is_some() {
            colour.icc = own;
            colour.cicp = None;
            return (colour, notes);
        }
        colour.cicp = None;
        colour.is_table = false;
        // The curve alone may stay linear only where a profile says so.
        colour.icc = match colour.is_plain() || (is_gray && colour.curve == Curve::Srgb) {
            true => None,
            false => icc::make(&self.primaries_or_srgb(), &colour.curve, is_gray),
        };
        if colour.icc.is_none() {
            colour.curve = Curve::Srgb;
        }
        (colour, notes)
    }
}
