//! stub
/// stub
pub fn estimate_noise(_: ndarray::ArrayView3<'_, f32>) -> f64 {
    0.0
}
