//! Arrays to try things on, and how they compare.

use dcdp::testing::math::Real;
use dcdp::testing::math::noise::{NoiseSource, SeededNoise};
use ndarray::{Array, Array3, Dimension, Zip};

/// Reproducible values in −1…1.
pub fn noise<T: Real>(shape: [usize; 3], seed: u64) -> Array3<T> {
    let mut state = seed;
    Array3::from_shape_simple_fn(shape, || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        T::rounded((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
    })
}

/// Normal noise around 0 in three planes, kept within −1…1.
pub fn gentle_noise(height: usize, width: usize, seed: u64) -> Array3<f32> {
    let mut out = Array3::zeros((3, height, width));
    SeededNoise { seed }.fill(1, 0, &mut out);
    out.mapv(|value| (0.3 * value).clamp(-1.0, 1.0))
}

/// The scalar product.
pub fn dot<T: Real>(a: &Array3<T>, b: &Array3<T>) -> f64 {
    Zip::from(a).and(b).fold(0.0, |sum, &a, &b| {
        let (a, b): (f64, f64) = (a.into(), b.into());
        sum + a * b
    })
}

/// The length of a vector.
pub fn norm<T: Real>(a: &Array3<T>) -> f64 {
    dot(a, a).sqrt()
}

/// The largest |a − b|; infinite where one is not a number.
pub fn largest_difference<T: Real, D: Dimension>(a: &Array<T, D>, b: &Array<T, D>) -> f64 {
    assert_eq!(a.raw_dim(), b.raw_dim());
    Zip::from(a).and(b).fold(0.0, |largest, &a, &b| {
        let (a, b): (f64, f64) = (a.into(), b.into());
        match (a - b).abs() {
            difference if difference.is_nan() => f64::INFINITY,
            difference => f64::max(largest, difference),
        }
    })
}
