//! The sRGB transfer curve (IEC 61966-2-1), extended to all real numbers by odd symmetry.

use ndarray::NdFloat;

use super::Transfer;

/// Where the curve's straight part ends, in linear light and encoded.
const ENDS: [f64; 2] = [0.003_130_8, 0.040_45];

fn real<T: NdFloat>(value: f64) -> T {
    T::from(value).expect("a float type holds any number")
}

/// Linear light to sRGB-encoded; 0…1 maps onto 0…1.
pub(crate) fn encode<T: NdFloat>(linear: T) -> T {
    encode_with_slope(linear).0
}

/// [`encode`] and its derivative.
pub(crate) fn encode_with_slope<T: NdFloat>(linear: T) -> (T, T) {
    let magnitude = linear.abs();
    let (encoded, slope) = if magnitude <= real(ENDS[0]) {
        (real::<T>(12.92) * magnitude, real(12.92))
    } else {
        let power = real::<T>(1.055) * magnitude.powf(real(1.0 / 2.4));
        (power - real(0.055), power / (real::<T>(2.4) * magnitude))
    };
    (encoded.copysign(linear), slope)
}

/// sRGB-encoded to linear light; 0…1 maps onto 0…1.
pub(crate) fn decode<T: NdFloat>(encoded: T) -> T {
    let magnitude = encoded.abs();
    let linear = if magnitude <= real(ENDS[1]) {
        magnitude / real(12.92)
    } else {
        ((magnitude + real(0.055)) / real(1.055)).powf(real(2.4))
    };
    linear.copysign(encoded)
}

/// The derivative of [`decode`].
pub(crate) fn decode_slope<T: NdFloat>(encoded: T) -> T {
    let magnitude = encoded.abs();
    if magnitude <= real(ENDS[1]) {
        real(1.0 / 12.92)
    } else {
        real::<T>(2.4 / 1.055) * ((magnitude + real(0.055)) / real(1.055)).powf(real(1.4))
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
