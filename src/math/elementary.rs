//! Elementary functions of `f32` without branches, so that the compiler can vectorise the loops that call them.

/// Adding 1.5·2²³ rounds to an integer, which then stands in the last bits.
const ROUND: f32 = 12_582_912.0;

/// Largest magnitude of the exponents that are told apart.
const MOST: f32 = 120.0;

/// 2^x to 3e-7 relative; x is clamped to ±120.
#[inline(always)]
pub fn exp2(x: f32) -> f32 {
    let x = x.clamp(-MOST, MOST);
    let rounded = x + ROUND;
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(0x3f80_0000));
    let part = (x - (rounded - ROUND)) * std::f32::consts::LN_2;
    let series = 1.0
        + part
            * (1.0
                + part
                    * (0.5
                        + part
                            * (1.0 / 6.0
                                + part * (1.0 / 24.0 + part * (1.0 / 120.0 + part / 720.0)))));
    power * series
}

/// e^x to 3e-7 relative and as much as x is rounded to; beyond ±83 it stays.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    exp2(x * std::f32::consts::LOG2_E)
}

/// The logarithm of x to base 2, to 3e-7 of 1 or of itself, whichever is more. x is positive, finite and not subnormal; else the
/// result is any number.
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    /// √½, from which on mantissas count.
    const ROOT_HALF: u32 = 0x3f35_04f3;
    let bits = x.to_bits();
    let exponent = (bits.wrapping_sub(ROOT_HALF) as i32) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
    // ln m = 2 artanh z, z at most 0.172.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let series = 1.0 / 3.0 + square * (1.0 / 5.0 + square * (1.0 / 7.0 + square * (1.0 / 9.0)));
    let half = z + z * square * series;
    exponent as f32 + 2.0 * std::f32::consts::LOG2_E * half
}

/// x to the power of `exponent`, to 2e-6 relative where x and the result lie between 1e-9 and 1e9; x is positive or 0. What is
/// no finite number stays what it is.
#[inline(always)]
pub fn power(x: f32, exponent: f32) -> f32 {
    let result = exp2(exponent * log2(x));
    if x.is_finite() { result } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exact_to_rounding() {
        for step in -8000..8000 {
            let x = step as f32 * 0.01;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 1e-5, "{x}");
        }
    }

    #[test]
    fn logarithms_are_exact_to_rounding() {
        for step in -20_000..20_000 {
            let x = (step as f32 * 0.002).exp2();
            let exact = f64::from(x).log2();
            let error = (f64::from(log2(x)) - exact).abs();
            assert!(error < 3e-7 * exact.abs().max(1.0), "{x}: {error:e}");
        }
        assert_eq!(log2(1.0), 0.0);
    }

    #[test]
    fn powers_are_exact_to_rounding() {
        for exponent in [1.0 / 2.4, 1.4, 2.4] {
            for step in 1..40_000 {
                let x = step as f32 * 1e-4;
                let exact = f64::from(x).powf(f64::from(exponent));
                let error = (f64::from(power(x, exponent)) / exact - 1.0).abs();
                assert!(error < 2e-6, "{x}^{exponent}: {error:e}");
            }
            assert!(power(f32::NAN, exponent).is_nan());
            assert_eq!(power(f32::INFINITY, exponent), f32::INFINITY);
            assert!(power(0.0, exponent) < 1e-9);
        }
    }
}
