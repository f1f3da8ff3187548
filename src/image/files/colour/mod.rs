//! What a file's numbers mean: one description per picture, carried from reader to writer.

mod curve;
pub(super) mod icc;

use moxcms::{ColorProfile, Layout, TransformOptions};

pub(super) use curve::Curve;

use super::{FileFormat, Note};

/// CIE 1931 (x, y) of the primaries and of white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Primaries {
    pub red: [f64; 2],
    pub green: [f64; 2],
    pub blue: [f64; 2],
    pub white: [f64; 2],
}

impl Primaries {
    /// Rec. 709 and sRGB.
    pub(super) const SRGB: Primaries = Primaries {
        red: [0.64, 0.33],
        green: [0.30, 0.60],
        blue: [0.15, 0.06],
        white: [0.3127, 0.3290],
    };

    /// Primaries of a colour primaries number (ITU-T H.273 table 2), where it has them.
    pub(super) fn of_code_point(number: u8) -> Option<Self> {
        let (red, green, blue) = match number {
            1 => return Some(Self::SRGB),
            5 => ([0.64, 0.33], [0.29, 0.60], [0.15, 0.06]),
            6 | 7 => ([0.630, 0.340], [0.310, 0.595], [0.155, 0.070]),
            9 => ([0.708, 0.292], [0.170, 0.797], [0.131, 0.046]),
            12 => ([0.680, 0.320], [0.265, 0.690], [0.150, 0.060]),
            _ => return None,
        };
        Some(Primaries {
            red,
            green,
            blue,
            white: Self::SRGB.white,
        })
    }

    /// Whether they are sRGB's, to the digits that files round them to.
    pub(super) fn is_srgb(&self) -> bool {
        let all = |p: &Primaries| [p.red, p.green, p.blue, p.white];
        all(self)
            .iter()
            .flatten()
            .zip(all(&Self::SRGB).iter().flatten())
            .all(|(one, other)| (one - other).abs() < 3e-3)
    }
}

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

/// Integer samples that inks and colours come in.
pub(super) trait Rgb: Copy + Default {
    /// What is left of white under an ink and black.
    fn without_inks(ink: Self, black: Self) -> Self;

    /// Converts to sRGB; `false` when the profile cannot.
    fn transform(
        source: &ColorProfile,
        from: (Layout, &[Self]),
        to: (Layout, &mut [Self]),
        options: TransformOptions,
    ) -> bool;
}

impl Rgb for u8 {
    fn without_inks(ink: Self, black: Self) -> Self {
        ((u32::from(!ink) * u32::from(!black) + 127) / 255) as u8
    }

    fn transform(
        source: &ColorProfile,
        from: (Layout, &[Self]),
        to: (Layout, &mut [Self]),
        options: TransformOptions,
    ) -> bool {
        source
            .create_transform_8bit(from.0, &ColorProfile::new_srgb(), to.0, options)
            .is_ok_and(|transform| transform.transform(from.1, to.1).is_ok())
    }
}

impl Rgb for u16 {
    fn without_inks(ink: Self, black: Self) -> Self {
        ((u64::from(!ink) * u64::from(!black) + 32_767) / 65_535) as u16
    }

    fn transform(
        source: &ColorProfile,
        from: (Layout, &[Self]),
        to: (Layout, &mut [Self]),
        options: TransformOptions,
    ) -> bool {
        source
            .create_transform_16bit(from.0, &ColorProfile::new_srgb(), to.0, options)
            .is_ok_and(|transform| transform.transform(from.1, to.1).is_ok())
    }
}
