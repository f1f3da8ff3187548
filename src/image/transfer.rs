//! The sRGB transfer curve (IEC 61966-2-1), extended to all real numbers by odd symmetry.

use super::Transfer;

/// Linear light to sRGB-encoded; 0…1 maps onto 0…1.
pub(crate) fn encode(linear: f32) -> f32 {
    let magnitude = linear.abs();
    let encoded = if magnitude <= 0.003_130_8 {
        12.92 * magnitude
    } else {
        1.055 * magnitude.powf(1.0 / 2.4) - 0.055
    };
    encoded.copysign(linear)
}

/// sRGB-encoded to linear light; 0…1 maps onto 0…1.
pub(crate) fn decode(encoded: f32) -> f32 {
    let magnitude = encoded.abs();
    let linear = if magnitude <= 0.040_45 {
        magnitude / 12.92
    } else {
        ((magnitude + 0.055) / 1.055).powf(2.4)
    };
    linear.copysign(encoded)
}

impl Transfer {
    /// A value stored with this transfer, sRGB-encoded.
    pub(crate) fn to_srgb(self, value: f32) -> f32 {
        match self {
            Transfer::Srgb => value,
            Transfer::Linear => encode(value),
        }
    }

    /// An sRGB-encoded value as stored with this transfer.
    #[allow(clippy::wrong_self_convention)] // The inverse of `to_srgb`.
    pub(crate) fn from_srgb(self, value: f32) -> f32 {
        match self {
            Transfer::Srgb => value,
            Transfer::Linear => decode(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curve_has_the_standard_values() {
        // sRGB 128/255 is 0.2158605 linear; linear 0.18 is 0.4613561 encoded.
        assert!((decode(128.0 / 255.0) - 0.215_860_5).abs() < 1e-6);
        assert!((encode(0.18) - 0.461_356_1).abs() < 1e-6);
        assert_eq!(encode(0.0), 0.0);
        assert!((encode(1.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn curves_are_inverse_and_odd() {
        for index in -4000..4000 {
            let value = index as f32 * 1e-3;
            assert!((decode(encode(value)) - value).abs() <= 2e-6 * value.abs().max(1.0));
            assert_eq!(encode(-value), -encode(value));
        }
    }
}
