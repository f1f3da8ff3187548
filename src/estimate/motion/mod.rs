//! Where things went between two frames, from their luminance alone.
//!
//! [`estimate_motion`] follows overlapping blocks from the coarsest level of a pyramid to the finest: each
//! starts from what its surroundings did one level above, takes Lucas–Kanade steps to a fraction of a pixel,
//! and listens to its neighbours the more, the less of its own it has to say over the noise (B. Lucas and T.
//! Kanade, "An Iterative Image Registration Technique", 1981; T. Kroeger and others, "Fast Optical Flow using
//! Dense Inverse Search", 2016). Between the centres of blocks the motion is interpolated.

mod blocks;
mod field;
mod search;

use ndarray::{Array2, ArrayView2};

use crate::math::smooth::gaussian;
use blocks::{Grid, SIDE};
pub use field::Motion;
use search::{Level, coarsest, finer};

/// Levels of the pyramid, at most.
const LEVELS: usize = 6;

/// Smoothing of the finest level and of the others, in pixels of the level: a block shall not follow noise.
const SMOOTHING: [f64; 2] = [1.0, 0.6];

/// The motion from `reference` to `other` (both H×W, of one size): what stands at a pixel of `reference` stands
/// in `other` at that pixel plus its displacement. `noise` is the standard deviation of the noise in either, in
/// the units of their values.
///
/// Deterministic, whatever the number of threads. Far motion is found up to four pixels of the coarsest level,
/// about an eighth of the shorter side. Where something is hidden in `other` the answer means nothing.
///
/// # Panics
/// When the sizes differ.
pub fn estimate_motion(
    reference: ArrayView2<'_, f32>,
    other: ArrayView2<'_, f32>,
    noise: f64,
) -> Motion {
    assert_eq!(reference.dim(), other.dim(), "sizes of the frames");
    let mut pyramid = vec![[reference.to_owned(), other.to_owned()]];
    while let Some([finest, _]) = pyramid.last()
        && finest.nrows().min(finest.ncols()) >= 2 * SIDE
        && pyramid.len() < LEVELS
    {
        let next = pyramid[pyramid.len() - 1].each_ref().map(halved);
        pyramid.push(next);
    }
    let mut found: Option<(Grid, Array2<[f32; 2]>)> = None;
    for (index, pair) in pyramid.into_iter().enumerate().rev() {
        let smoothing = SMOOTHING[index.min(1)];
        let [reference, other] = pair.map(|plane| gaussian(plane.view(), smoothing));
        let level = Level::new(
            reference,
            other,
            variance(noise, index, smoothing),
            smoothing,
        );
        let vectors = match &found {
            None => coarsest(&level),
            Some((grid, vectors)) => finer(&level, grid, vectors),
        };
        found = Some((level.grid, vectors));
    }
    let (grid, vectors) = found.expect("a pyramid has a level");
    Motion::between(&grid, &vectors, reference.dim())
}

/// Half the size, smoothed by the binomial 1 4 6 4 1 first.
fn halved(plane: &Array2<f32>) -> Array2<f32> {
    const TAPS: [f32; 5] = [0.0625, 0.25, 0.375, 0.25, 0.0625];
    let (height, width) = plane.dim();
    let mirrored = |at: usize, k: usize, length: usize| {
        let index = (at + k).abs_diff(2);
        index
            .min((2 * length).saturating_sub(index + 2))
            .min(length - 1)
    };
    let rows = Array2::from_shape_fn((height.div_ceil(2), width), |(y, x)| {
        let tap = |k: usize| TAPS[k] * plane[[mirrored(2 * y, k, height), x]];
        (0..TAPS.len()).map(tap).sum::<f32>()
    });
    Array2::from_shape_fn((height.div_ceil(2), width.div_ceil(2)), |(y, x)| {
        let tap = |k: usize| TAPS[k] * rows[[y, mirrored(2 * x, k, width)]];
        (0..TAPS.len()).map(tap).sum::<f32>()
    })
}

/// Variance of white noise in the difference of two frames, each of which was halved so often and then
/// smoothed. The binomials of all levels together are as wide as a Gaussian of variance (4ˡ − 1)/3.
fn variance(noise: f64, halvings: usize, smoothing: f64) -> f32 {
    let scale = 4f64.powi(halvings as i32);
    let width = (scale - 1.0) / 3.0 + smoothing * smoothing * scale;
    (2.0 * noise * noise / (4.0 * std::f64::consts::PI * width)) as f32
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::math::noise::{NoiseSource, SeededNoise};

    /// A picture with detail at all scales, seen from a place.
    fn view(size: (usize, usize), [down, right]: [f32; 2]) -> Array2<f32> {
        let waves = [
            (0.31, 0.07, 30.0),
            (-0.11, 0.43, 25.0),
            (0.02, -0.05, 60.0),
            (0.23, 0.29, 20.0),
        ];
        Array2::from_shape_fn(size, |(y, x)| {
            let (y, x) = (y as f32 + down, x as f32 + right);
            let wave = |&(a, b, size): &(f32, f32, f32)| {
                size * (a * y + b * x).sin() * (0.013 * x - 0.017 * y + a).cos()
            };
            waves.iter().map(wave).sum()
        })
    }

    fn noisy(mut plane: Array2<f32>, sigma: f32, seed: u64) -> Array2<f32> {
        let (height, width) = plane.dim();
        let mut noise = Array3::zeros((1, height, width));
        SeededNoise { seed }.fill(1, 0, &mut noise);
        plane.scaled_add(sigma, &noise.index_axis(ndarray::Axis(0), 0));
        plane
    }

    /// Root mean square error of a motion that is the same everywhere, away from the edges.
    fn error(motion: &Motion, [down, right]: [f32; 2], margin: usize) -> f32 {
        let (height, width) = motion.size();
        let (mut sum, mut count) = (0.0, 0.0);
        for y in margin..height - margin {
            for x in margin..width - margin {
                let [a, b] = motion.at(y, x);
                sum += (a - down).powi(2) + (b - right).powi(2);
                count += 1.0;
            }
        }
        (sum / count).sqrt()
    }

    #[test]
    fn shifts_are_found_to_a_fraction_of_a_pixel_under_noise() {
        let size = (120, 150);
        let reference = view(size, [0.0, 0.0]);
        for shift in [[0.0, 0.0], [1.4, -3.3], [-0.5, 0.25], [9.3, 6.6]] {
            let other = view(size, [-shift[0], -shift[1]]);
            for (sigma, most) in [(0.5, 0.1), (10.0, 0.35)] {
                let pair = [
                    noisy(reference.clone(), sigma, 1),
                    noisy(other.clone(), sigma, 2),
                ];
                let motion = estimate_motion(pair[0].view(), pair[1].view(), f64::from(sigma));
                let error = error(&motion, shift, 16);
                assert!(error < most, "{shift:?} under {sigma}: {error}");
            }
        }
    }

    #[test]
    fn what_stands_still_is_left_exactly_where_it_is() {
        let picture = view((64, 96), [3.0, 1.0]);
        let pair = [noisy(picture.clone(), 8.0, 3), noisy(picture, 8.0, 4)];
        let motion = estimate_motion(pair[0].view(), pair[1].view(), 8.0);
        let still = (0..64).flat_map(|y| (0..96).map(move |x| (y, x)));
        let still = still.filter(|&(y, x)| motion.at(y, x) == [0.0, 0.0]);
        assert!(still.count() > 64 * 96 / 2);
    }

    #[test]
    fn any_size_and_any_content_have_an_answer() {
        for (height, width) in [(1, 1), (1, 70), (15, 16), (33, 7), (64, 17)] {
            for value in [0.0, 100.0] {
                let flat = Array2::from_elem((height, width), value);
                let other = noisy(flat.clone(), 5.0, 9);
                let motion = estimate_motion(flat.view(), other.view(), 5.0);
                assert_eq!(motion.size(), (height, width));
                let moved = motion.at(height - 1, width / 2);
                assert!(moved.iter().all(|part| part.is_finite()));
            }
        }
    }

    #[test]
    fn threads_change_nothing() {
        let pair = [
            noisy(view((90, 80), [0.0, 0.0]), 6.0, 1),
            noisy(view((90, 80), [2.2, 1.1]), 6.0, 2),
        ];
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap()
                .install(|| estimate_motion(pair[0].view(), pair[1].view(), 6.0))
        };
        assert_eq!(with(1), with(3));
    }
}
