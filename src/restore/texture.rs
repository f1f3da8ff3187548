//! Fine detail that a denoiser took for noise, brought back without colour.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut2, Axis, s};

use crate::estimate::noise::NoiseSpectrum;
use crate::estimate::noise::bands::{BANDS, COUNTS, band, energies, means};
use crate::math::dct8::{Block, Dct8};
use crate::plan::mirror;

/// Side of a block, and distance between blocks.
const SIDE: usize = 8;
const STRIDE: usize = SIDE / 2;

/// Energy above the noise's, in standard deviations of what noise alone gives, from which on a band of a
/// block shows detail.
const DEVIATIONS: f32 = 2.0;

/// Energy that the window leaves of noise, per axis.
const WINDOWED: f32 = 0.5;

/// Brings back an `amount` (0…1) of the luminance detail that `denoised` lost, in place.
///
/// Both pictures are 1×H×W or 3×H×W in network range. The luminance of their difference is cut into
/// overlapping 8×8 blocks; where a band of a block's DCT has more energy than noise of the `spectrum`
/// explains, the excess is added back, to all channels alike, so that no colour noise returns (as the
/// detail recovery of raw developers does with wavelets). An `amount` of 0 changes nothing. Needs two planes
/// of memory.
///
/// # Panics
/// When the pictures differ in size.
pub fn recover_texture(
    noisy: ArrayView3<'_, f32>,
    denoised: &mut Array3<f32>,
    amount: f64,
    spectrum: &NoiseSpectrum,
) {
    assert_eq!(noisy.dim(), denoised.dim(), "sizes of the pictures");
    let (channels, height, width) = noisy.dim();
    if amount <= 0.0 || noisy.is_empty() {
        return;
    }
    // A luminance of the sum over √3 has the spectrum's YY; one channel is its luminance over √3.
    let to_luminance = if channels == 1 {
        3f32.sqrt()
    } else {
        1.0 / 3f32.sqrt()
    };
    let padded = |length: usize| length.next_multiple_of(STRIDE) + SIDE;
    let size = (padded(height), padded(width));
    let removed = Array2::from_shape_fn(size, |(row, column)| {
        let (y, x) = (inside(row, height), inside(column, width));
        let sum: f32 = (0..channels)
            .map(|c| noisy[[c, y, x]] - denoised[[c, y, x]])
            .sum();
        127.5 * to_luminance * sum
    });
    let mut detail = Array2::zeros(size);
    let noise =
        means(|index| WINDOWED * WINDOWED * spectrum.at(index / SIDE, index % SIDE)[0][0] as f32);
    let filter = Filter::new(noise);
    // Rows of blocks that do not touch go together, so that sums have one order.
    for offset in [0, STRIDE] {
        detail
            .slice_mut(s![offset.., ..])
            .axis_chunks_iter_mut(Axis(0), SIDE)
            .into_par_iter()
            .zip(
                removed
                    .slice(s![offset.., ..])
                    .axis_chunks_iter(Axis(0), SIDE),
            )
            .filter(|(rows, _)| rows.nrows() == SIDE)
            .for_each(|(mut detail, removed)| {
                for left in (0..=size.1 - SIDE).step_by(STRIDE) {
                    let block = std::array::from_fn(|at| removed[[at / SIDE, left + at % SIDE]]);
                    let detail = detail.slice_mut(s![.., left..left + SIDE]);
                    filter.add(&block, detail);
                }
            });
    }
    let share = amount as f32 * to_luminance / 127.5 / if channels == 1 { 3.0 } else { 1.0 };
    let detail = detail.slice(s![STRIDE..STRIDE + height, STRIDE..STRIDE + width]);
    for mut plane in denoised.outer_iter_mut() {
        ndarray::Zip::from(&mut plane)
            .and(detail)
            .par_for_each(|value, &detail| *value += share * detail);
    }
}

/// The pixel that a padded row or column shows.
fn inside(index: usize, length: usize) -> usize {
    mirror(index.abs_diff(STRIDE), length)
}

/// Takes the detail out of blocks.
struct Filter {
    dct: Dct8,
    /// Its square sums to 1 over overlapping blocks.
    window: Block,
    /// Energy of each band that noise explains.
    explained: [f32; BANDS],
}

impl Filter {
    fn new(noise: [f32; BANDS]) -> Self {
        let sine = |at: usize| (std::f32::consts::PI * (at as f32 + 0.5) / SIDE as f32).sin();
        Self {
            dct: Dct8::new(),
            window: std::array::from_fn(|at| sine(at / SIDE) * sine(at % SIDE)),
            explained: std::array::from_fn(|band| {
                noise[band] * (1.0 + DEVIATIONS * (2.0 / COUNTS[band]).sqrt())
            }),
        }
    }

    /// Adds the detail of a block to its place.
    fn add(&self, block: &Block, mut to: ArrayViewMut2<'_, f32>) {
        let windowed = std::array::from_fn(|at| self.window[at] * block[at]);
        let mut coefficients = self.dct.forward(&windowed);
        let energies = energies(&coefficients);
        let shares: [f32; BANDS] = std::array::from_fn(|band| {
            let excess = energies[band] - self.explained[band];
            if excess > 0.0 {
                excess / energies[band]
            } else {
                0.0
            }
        });
        for (index, value) in coefficients.iter_mut().enumerate() {
            *value *= band(index).map_or(0.0, |band| shares[band]);
        }
        let kept = self.dct.inverse(&coefficients);
        to.iter_mut()
            .enumerate()
            .for_each(|(at, to)| *to += self.window[at] * kept[at]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::noise::{NoiseSource, SeededNoise};

    fn noise(size: (usize, usize, usize)) -> Array3<f32> {
        let mut noise = Array3::zeros(size);
        SeededNoise { seed: 3 }.fill(1, 0, &mut noise);
        noise * (10.0 / 127.5)
    }

    fn energy(values: &Array3<f32>) -> f64 {
        values.iter().map(|&value| f64::from(value).powi(2)).sum()
    }

    fn recovered(removed: &Array3<f32>, amount: f64) -> Array3<f32> {
        let mut denoised = Array3::from_elem(removed.dim(), 0.125f32);
        let noisy = &denoised + removed;
        recover_texture(
            noisy.view(),
            &mut denoised,
            amount,
            &NoiseSpectrum::white(10.0),
        );
        denoised - 0.125
    }

    #[test]
    fn noise_stays_away_and_detail_returns_without_colour() {
        let size = (3, 70, 83);
        let noise = noise(size);
        assert!(energy(&recovered(&noise, 1.0)) < 0.02 * energy(&noise));
        // Stripes, with a colour of their own.
        let stripes = Array3::from_shape_fn(size, |(c, y, x)| {
            0.15 * (1.0 + 0.3 * c as f32) * ((x as f32 + 0.5 * y as f32) * 1.7).sin()
        });
        let found = recovered(&(&noise + &stripes), 1.0);
        let mean = stripes.mean_axis(Axis(0)).unwrap();
        for plane in found.outer_iter() {
            assert_eq!(plane, found.index_axis(Axis(0), 0));
            let dot = (&plane * &mean).sum() / (&mean * &mean).sum();
            assert!((0.75..1.1).contains(&dot), "{dot}");
        }
        let half = recovered(&(&noise + &stripes), 0.5);
        assert!(
            (&found * 0.5 - &half)
                .iter()
                .all(|error| error.abs() < 1e-5)
        );
    }

    #[test]
    fn an_amount_of_zero_changes_nothing() {
        assert!(
            recovered(&noise((3, 20, 20)), 0.0)
                .iter()
                .all(|&value| value == 0.0)
        );
    }

    #[test]
    fn without_noise_all_luminance_but_the_mean_returns_at_any_size() {
        for (height, width) in [(1, 1), (7, 3), (1, 40), (33, 29)] {
            for channels in [1, 3] {
                let removed = Array3::from_shape_fn((channels, height, width), |(_, y, x)| {
                    if (x + y) % 2 == 0 { 0.2 } else { -0.2 }
                });
                let mut denoised = Array3::zeros(removed.dim());
                recover_texture(
                    removed.view(),
                    &mut denoised,
                    1.0,
                    &NoiseSpectrum::white(0.0),
                );
                assert!(denoised.iter().all(|value| value.is_finite()));
                if height > 7 {
                    let worst = (&denoised - &removed)
                        .iter()
                        .fold(0f32, |a, b| a.max(b.abs()));
                    assert!(worst < 0.02, "{worst}");
                }
            }
        }
    }
}
