//! The grain of a picture, for fills that are smoother than it.

use ndarray::{Array3, ArrayView2, ArrayView3};

use super::{check_hole, distance_to_known};
use crate::math::noise::{NoiseSource, SeededNoise};
use crate::{Error, Result};

/// Strength, in 0…255 units, of the denoising whose residual shows the grain.
pub const GRAIN_DENOISING: f64 = 8.0;

/// Grain, in 0…255 units, above which a smooth fill stands out: `grain = auto` adds it from here on. Of 14
/// photographs none reads as much as they are (0.7 to 3.3, texture mostly), 10 do with added noise of 3,
/// all with 5 and 8.
pub const VISIBLE_GRAIN: f64 = 3.5;

/// Width in pixels of the ring around a hole in which grain is measured.
const RING: f64 = 12.0;

/// About as many pixels of the ring tell as much as all of a large picture's.
const MOST_PIXELS: usize = 1 << 20;

/// Standard deviation of normal noise over its median absolute value.
const MEDIAN_TO_SIGMA: f64 = 1.4826;

/// The grain around a hole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grain {
    /// Standard deviation over all channels, in 0…255 units.
    pub sigma: f64,
    /// Covariance of the channels, in squared 0…255 units: grain may be gray, or of any colour.
    pub covariance: [[f64; 3]; 3],
}

impl Grain {
    /// The grain in a ring of 12 known pixels around the hole: `sigma` = 1.4826·median|picture −
    /// denoised|, and each channel likewise. `denoised` is the picture (3×H×W) as the prior gives it back
    /// at [`GRAIN_DENOISING`]; only the ring of both is looked at, of very many pixels evenly chosen ones. No grain
    /// where there is no ring.
    ///
    /// # Errors
    /// `InvalidImage` when sizes differ; `InvalidOption` (`mask`) when no pixel is known.
    pub fn measure(
        picture: ArrayView3<'_, f32>,
        denoised: ArrayView3<'_, f32>,
        hole: ArrayView2<'_, bool>,
    ) -> Result<Self> {
        check_hole(picture, hole)?;
        check_hole(denoised, hole)?;
        let away = distance_to_known(hole.mapv(|fill| !fill).view());
        let is_in_ring = |away: f64| away > 0.0 && away <= RING;
        let ring = away.indexed_iter().filter(|(_, away)| is_in_ring(**away));
        let every = ring.clone().count().div_ceil(MOST_PIXELS).max(1);
        let residuals: Vec<[f64; 3]> = ring
            .step_by(every)
            .map(|((y, x), _)| {
                let residual = |c| picture[[c, y, x]] - denoised[[c, y, x]];
                std::array::from_fn(|c| 127.5 * f64::from(residual(c)))
            })
            .filter(|residual: &[f64; 3]| residual.iter().all(|value| value.is_finite()))
            .collect();
        let all = residuals.iter().flatten().copied().collect();
        let channel = |c: usize| residuals.iter().map(|residual| residual[c]).collect();
        let sigmas: [f64; 3] = std::array::from_fn(|c| spread(channel(c)));
        // Correlations without the outliers, which are picture and not grain.
        let mut moments = [[0.0; 3]; 3];
        for residual in &residuals {
            let clipped: [f64; 3] =
                std::array::from_fn(|c| residual[c].clamp(-3.0 * sigmas[c], 3.0 * sigmas[c]));
            for (i, row) in moments.iter_mut().enumerate() {
                (0..3).for_each(|j| row[j] += clipped[i] * clipped[j]);
            }
        }
        let correlation = |i: usize, j: usize| match (moments[i][i] * moments[j][j]).sqrt() {
            scale if scale > 0.0 => moments[i][j] / scale,
            _ => 0.0,
        };
        Ok(Grain {
            sigma: spread(all),
            covariance: std::array::from_fn(|i| {
                std::array::from_fn(|j| sigmas[i] * sigmas[j] * correlation(i, j))
            }),
        })
    }

    /// Whether a fill without grain would stand out (`grain = auto`): `sigma` of at least
    /// [`VISIBLE_GRAIN`].
    pub fn is_visible(&self) -> bool {
        self.sigma >= VISIBLE_GRAIN
    }

    /// Lower triangular L with L·Lᵀ = covariance.
    fn factor(&self) -> [[f64; 3]; 3] {
        let mut factor = [[0.0; 3]; 3];
        for i in 0..3 {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
                let rest = self.covariance[i][j] - known;
                factor[i][j] = match (i == j, factor[j][j]) {
                    (true, _) => rest.max(0.0).sqrt(),
                    // Channels that are the same leave a diagonal of rounding errors.
                    (false, pivot) if pivot > 1e-6 * self.covariance[j][j].sqrt() => rest / pivot,
                    (false, _) => 0.0,
                };
            }
        }
        factor
    }
}

/// 1.4826·median of the absolute values.
fn spread(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter_mut().for_each(|value| *value = value.abs());
    let middle = values.len() / 2;
    MEDIAN_TO_SIGMA * *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Turns independent standard normal noise (3×H×W) into noise of the picture's spectrum with a standard
/// deviation of 1 over all channels, in place.
pub type GrainShape<'a> = &'a dyn Fn(&mut Array3<f32>) -> Result<()>;

/// Adds grain to the hole of a picture (3×H×W) and to nothing else. The noise is a function of the seed
/// and the pixel's place in the picture (round 0 of [`SeededNoise`], which no restoration uses). It is
/// white with the grain's covariance, or `shape` makes it what the picture's own noise is like.
///
/// # Errors
/// `InvalidImage` when sizes differ; `InvalidOption` (`mask`) when no pixel is known; `Internal` when
/// `shape` changes the size; what `shape` gives.
pub fn add_grain(
    picture: &mut Array3<f32>,
    hole: ArrayView2<'_, bool>,
    grain: &Grain,
    seed: u64,
    shape: Option<GrainShape<'_>>,
) -> Result<()> {
    check_hole(picture.view(), hole)?;
    let mut noise = Array3::zeros(picture.raw_dim());
    SeededNoise { seed }.fill(0, 0, &mut noise);
    let mix = match shape {
        Some(shape) => {
            shape(&mut noise)?;
            if noise.dim() != picture.dim() {
                return Err(Error::Internal("shaped noise has another size".to_owned()));
            }
            let diagonal =
                |i: usize| std::array::from_fn(|j| if i == j { grain.sigma } else { 0.0 });
            std::array::from_fn(diagonal)
        }
        None => grain.factor(),
    };
    for ((y, x), _) in hole.indexed_iter().filter(|(_, fill)| **fill) {
        for (i, row) in mix.iter().enumerate() {
            let value: f64 = (0..3).map(|j| row[j] * f64::from(noise[[j, y, x]])).sum();
            picture[[i, y, x]] += (value / 127.5) as f32;
        }
    }
    Ok(())
}
