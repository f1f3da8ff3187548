//! FFT, small linear algebra, elementary functions and loops of wide vectors, opponent colours, smoothing and counter-based noise.

use ndarray::NdFloat;
use realfft::FftNum;

pub mod dct;
pub mod dct8;
pub mod elementary;
pub mod fft;
pub mod linear;
pub mod noise;
pub mod opponent;
pub mod smooth;
pub mod widest;

/// The float types the engine computes in: `f32` in production, `f64` in tests.
pub trait Real: NdFloat + FftNum + Default + From<f32> + Into<f64> {
    /// Rounds an `f64` to this type.
    fn rounded(value: f64) -> Self;

    /// This number, at least 0, to the power of `exponent`; of an `f32` to 2e-6 (see [`elementary::power`]).
    fn power(self, exponent: f64) -> Self;
}

impl Real for f32 {
    fn rounded(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn power(self, exponent: f64) -> Self {
        elementary::power(self, exponent as f32)
    }
}

impl Real for f64 {
    fn rounded(value: f64) -> Self {
        value
    }

    fn power(self, exponent: f64) -> Self {
        self.powf(exponent)
    }
}
