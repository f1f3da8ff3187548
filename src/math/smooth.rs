//! Gaussian smoothing of planes.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, Axis};

/// Standard deviations that a kernel reaches to either side.
const REACH: f64 = 3.0;

/// `plane` (H×W) smoothed by a Gaussian of standard deviation `sigma` pixels, beyond its edges mirrored (the
/// edge pixel twice). A `sigma` of 0 changes nothing.
pub fn gaussian(plane: ArrayView2<'_, f32>, sigma: f64) -> Array2<f32> {
    let (height, width) = plane.dim();
    if sigma <= 0.0 || plane.is_empty() {
        return plane.to_owned();
    }
    let taps = kernel(sigma);
    let reach = taps.len() / 2;
    let mut down = Array2::<f32>::zeros((height, width));
    down.axis_iter_mut(Axis(0))
        .into_par_iter()
        .enumerate()
        .for_each(|(y, mut row)| {
            for (k, &tap) in taps.iter().enumerate() {
                row.scaled_add(tap, &plane.row(folded(y, k, reach, height)));
            }
        });
    down.axis_iter_mut(Axis(0)).into_par_iter().for_each(|row| {
        let row = row.into_slice().expect("a fresh row is contiguous");
        let padded: Vec<f32> = (0..width + 2 * reach)
            .map(|x| row[folded(x, 0, reach, width)])
            .collect();
        row.fill(0.0);
        for (k, &tap) in taps.iter().enumerate() {
            for (to, from) in row.iter_mut().zip(&padded[k..]) {
                *to += tap * from;
            }
        }
    });
    down
}

fn kernel(sigma: f64) -> Vec<f32> {
    let reach = (REACH * sigma).ceil() as i32;
    let weights: Vec<f64> = (-reach..=reach)
        .map(|at| (-0.5 * (f64::from(at) / sigma).powi(2)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Where tap `k` of a kernel around `at` reads an axis of `length` pixels.
fn folded(at: usize, k: usize, reach: usize, length: usize) -> usize {
    let period = 2 * length;
    let index = (at + k + reach * (period - 1)) % period;
    index.min(period - 1 - index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_the_mean_and_averages_noise() {
        for (height, width) in [(1, 1), (2, 7), (40, 33)] {
            let plane = Array2::from_shape_fn((height, width), |(y, x)| {
                ((y * 31 + x * 17) % 13) as f32 - 6.0
            });
            let smooth = gaussian(plane.view(), 2.5);
            assert!((smooth.mean().unwrap() - plane.mean().unwrap()).abs() < 1e-4);
            assert_eq!(gaussian(plane.view(), 0.0), plane);
        }
        // A point becomes the kernel itself, of the variance asked for.
        let mut point = Array2::<f32>::zeros((61, 61));
        point[[30, 30]] = 1.0;
        let spread = gaussian(point.view(), 3.0);
        let variance: f64 = spread
            .indexed_iter()
            .map(|((y, _), &value)| f64::from(value) * (y as f64 - 30.0).powi(2))
            .sum();
        assert!((variance - 9.0).abs() < 0.3, "{variance}");
    }

    #[test]
    fn edges_are_mirrored() {
        let (length, reach) = (5, 7);
        let read: Vec<usize> = (0..length + 2 * reach)
            .map(|at| folded(at, 0, reach, length))
            .collect();
        assert_eq!(read[..7], [3, 4, 4, 3, 2, 1, 0]);
        assert_eq!(read[7..12], [0, 1, 2, 3, 4]);
        assert_eq!(read[12..], [4, 3, 2, 1, 0, 0, 1]);
    }
}
