//! The colours that red, green and blue stand for.

/// CIE 1931 (x, y) of the primaries and of white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::image::files) struct Primaries {
    pub red: [f64; 2],
    pub green: [f64; 2],
    pub blue: [f64; 2],
    pub white: [f64; 2],
}

impl Primaries {
    /// Rec. 709 and sRGB.
    pub(in crate::image::files) const SRGB: Primaries = Primaries {
        red: [0.64, 0.33],
        green: [0.30, 0.60],
        blue: [0.15, 0.06],
        white: [0.3127, 0.3290],
    };

    /// Primaries of a colour primaries number (ITU-T H.273 table 2), where it has them.
    pub(in crate::image::files) fn of_code_point(number: u8) -> Option<Self> {
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
    pub(in crate::image::files) fn is_srgb(&self) -> bool {
        let all = |p: &Primaries| [p.red, p.green, p.blue, p.white];
        all(self)
            .iter()
            .flatten()
            .zip(all(&Self::SRGB).iter().flatten())
            .all(|(one, other)| (one - other).abs() < 3e-3)
    }
}
