//! The sRGB transfer curve (IEC 61966-2-1), extended to all real numbers by odd symmetry.

use super::Transfer;
use crate::math::Real;

/// Where the curve's straight part ends, in linear light and encoded.
const ENDS: [f64; 2] = [0.003_130_8, 0.040_45];

/// Linear light to sRGB-encoded; 0…1 maps onto 0…1.
#[inline(always)]
pub(crate) fn encode<T: Real>(linear: T) -> T {
    encode_with_slope(linear).0
}

/// [`encode`] and its derivative.
#[inline(always)]
pub(crate) fn encode_with_slope<T: Real>(linear: T) -> (T, T) {
    let magnitude = linear.abs();
    let power = T::rounded(1.055) * magnitude.power(1.0 / 2.4);
    // Both sides before the choice, for loops to be vectorised.
    let straight = (T::rounded(12.92) * magnitude, T::rounded(12.92));
    let curve = (
        power - T::rounded(0.055),
        power / (T::rounded(2.4) * magnitude),
    );
    let low = magnitude <= T::rounded(ENDS[0]);
    let (encoded, slope) = if low { straight } else { curve };
    (encoded.copysign(linear), slope)
}

/// sRGB-encoded to linear light; 0…1 maps onto 0…1.
#[inline(always)]
pub(crate) fn decode<T: Real>(encoded: T) -> T {
    let magnitude = encoded.abs();
    let straight = magnitude / T::rounded(12.92);
    let curve = ((magnitude + T::rounded(0.055)) / T::rounded(1.055)).power(2.4);
    let low = magnitude <= T::rounded(ENDS[1]);
    let linear = if low { straight } else { curve };
    linear.copysign(encoded)
}

/// The derivative of [`decode`].
#[inline(always)]
pub(crate) fn decode_slope<T: Real>(encoded: T) -> T {
    let magnitude = encoded.abs();
    let curve = ((magnitude + T::rounded(0.055)) / T::rounded(1.055)).power(1.4);
    let low = magnitude <= T::rounded(ENDS[1]);
    if low {
        T::rounded(1.0 / 12.92)
    } else {
        T::rounded(2.4 / 1.055) * curve
    }
}

impl Transfer {
    /// Light of a value stored with this transfer.
    pub(crate) fn to_light(self, value: f32) -> f32 {
        match self {
            Transfer::Srgb => decode(value),
            Transfer::Linear => value,
        }
    }

    /// Light as stored with this transfer.
    pub(crate) fn of_light(self, light: f32) -> f32 {
        match self {
            Transfer::Srgb => encode(light),
            Transfer::Linear => light,
        }
    }

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
        assert!((decode(128.0f32 / 255.0) - 0.215_860_5).abs() < 1e-6);
        assert!((encode(0.18f32) - 0.461_356_1).abs() < 1e-6);
        assert_eq!(encode(0.0), 0.0);
        assert!((encode(1.0f32) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn slopes_are_those_of_the_curve() {
        for index in -3000..3000 {
            let value = f64::from(index) * 1e-3 + 5e-4;
            let (encoded, slope) = encode_with_slope(value);
            let step = (encode(value + 1e-7) - encode(value - 1e-7)) / 2e-7;
            assert!((slope - step).abs() < 1e-5 * slope, "{value}");
            assert!(
                (slope * decode_slope(encoded) - 1.0).abs() < 1e-7,
                "{value}"
            );
        }
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
