//! FFT, small linear algebra and counter-based noise.

pub mod noise;

use ndarray::NdFloat;
use realfft::FftNum;

/// The float types the engine computes in: `f32` in production, `f64` in tests.
pub trait Real: NdFloat + FftNum + From<f32> + Into<f64> {
    /// Rounds an `f64` to this type.
    fn from_f64(value: f64) -> Self;
}

impl Real for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Real for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
}
