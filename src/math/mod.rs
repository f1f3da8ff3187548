//! FFT, small linear algebra, opponent colours, smoothing and counter-based noise.

use ndarray::NdFloat;
use realfft::FftNum;

pub mod dct;
pub mod dct8;
pub mod fft;
pub mod linear;
pub mod noise;
pub mod opponent;
pub mod smooth;

/// The float types the engine computes in: `f32` in production, `f64` in tests.
pub trait Real: NdFloat + FftNum + Default + From<f32> + Into<f64> {
    /// Rounds an `f64` to this type.
    fn rounded(value: f64) -> Self;
}

impl Real for f32 {
    fn rounded(value: f64) -> Self {
        value as f32
    }
}

impl Real for f64 {
    fn rounded(value: f64) -> Self {
        value
    }
}
