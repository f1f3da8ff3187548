//! Holes in noisy pictures.

use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

use super::check_hole;
use crate::Result;
use crate::math::noise::{NoiseSource, SeededNoise};

/// Adds to a picture (3×H×W) the noise that a denoiser of `sigma` expects and the picture does not have:
/// `sigma` in the hole, where the fill has none, and √(sigma² − `measured`²) where the picture is known
/// and noisy already. Sigmas in 0…255 units; `noise` is standard normal, 3×H×W.
///
/// # Errors
/// `InvalidImage` when sizes differ; `InvalidOption` (`mask`) when no pixel is known.
pub fn inject_missing(
    picture: &mut Array3<f32>,
    hole: ArrayView2<'_, bool>,
    noise: ArrayView3<'_, f32>,
    [sigma, measured]: [f64; 2],
) -> Result<()> {
    check_hole(picture.view(), hole)?;
    check_hole(noise, hole)?;
    let inside = (sigma / 127.5) as f32;
    let outside = ((sigma * sigma - measured * measured).max(0.0).sqrt() / 127.5) as f32;
    for (mut plane, noise) in picture.axis_iter_mut(Axis(0)).zip(noise.outer_iter()) {
        for ((value, &noise), &fill) in plane.iter_mut().zip(noise).zip(hole) {
            let factor = if fill { inside } else { outside };
            if factor > 0.0 {
                *value += factor * noise;
            }
        }
    }
    Ok(())
}

/// What a prior gives back for a picture (3×H×W, in place) taken as noisy with a standard deviation in the
/// network range (σ₂₅₅/127.5).
pub type Denoiser<'a> = &'a mut dyn FnMut(&mut Array3<f32>, f64) -> Result<()>;

/// Denoises the known pixels of a picture with a filled hole: the fill is given the noise that it lacks, so
/// that the denoiser meets the same noise everywhere, then one call at that strength. The result is what
/// restoring the hole goes out from, as if it had been measured without noise. `sigma`, the noise of the
/// known pixels, in 0…255 units; the noise of the fill is round 0, step 1 of [`SeededNoise`].
///
/// # Errors
/// `InvalidImage` when sizes differ; `InvalidOption` (`mask`) when no pixel is known; what `denoise` gives.
pub fn denoise_known(
    picture: &mut Array3<f32>,
    hole: ArrayView2<'_, bool>,
    sigma: f64,
    seed: u64,
    denoise: Denoiser<'_>,
) -> Result<()> {
    check_hole(picture.view(), hole)?;
    let mut noise = Array3::zeros(picture.raw_dim());
    SeededNoise { seed }.fill(0, 1, &mut noise);
    inject_missing(picture, hole, noise.view(), [sigma, sigma])?;
    denoise(picture, sigma / 127.5)
}
