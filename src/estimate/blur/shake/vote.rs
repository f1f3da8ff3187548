//! What the kernels of several crops have in common: one that is made up is another in every crop.

use ndarray::Array2;

use super::tidy::tidied;

/// Pixels by which two kernels may be apart.
const APART: isize = 4;

/// A kernel and how far it is to be relied on.
pub(super) struct Vote {
    /// Odd sides, nowhere negative, of sum 1, its centre of mass in the middle.
    pub kernel: Array2<f32>,
    /// Normalised correlation of the two kernels that agree best, 0…1.
    pub agreement: f64,
}

/// The mean of the two `kernels`, at least one and all of one size, that agree best.
pub(super) fn vote(kernels: &[Array2<f32>]) -> Vote {
    let mut best = (0.0, (0, 0), [0, 0]);
    for second in 1..kernels.len() {
        for first in 0..second {
            let (here, shift) = closest(&kernels[first], &kernels[second]);
            if here > best.0 {
                best = (here, (first, second), shift);
            }
        }
    }
    let (agreement, (first, second), shift) = best;
    let mut sum = kernels[first].clone();
    for ((row, column), value) in sum.indexed_iter_mut() {
        *value += at(&kernels[second], (row, column), shift);
    }
    Vote {
        kernel: tidied(sum),
        agreement,
    }
}

/// Normalised correlation of two kernels of one size, 0…1, where they lie best on each other.
pub(super) fn likeness(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    closest(a, b).0
}

/// How like each other two kernels are where they lie best on each other, and by how much `b` is moved there.
fn closest(a: &Array2<f32>, b: &Array2<f32>) -> (f64, [isize; 2]) {
    let mut best = (0.0, [0, 0]);
    for down in -APART..=APART {
        for right in -APART..=APART {
            let here = correlation(a, b, [down, right]);
            if here > best.0 {
                best = (here, [down, right]);
            }
        }
    }
    best
}

/// A kernel's value beside a pixel, 0 off the grid.
fn at(kernel: &Array2<f32>, (row, column): (usize, usize), [down, right]: [isize; 2]) -> f32 {
    let place = [
        row.wrapping_add_signed(down),
        column.wrapping_add_signed(right),
    ];
    kernel.get(place).copied().unwrap_or(0.0)
}

fn correlation(a: &Array2<f32>, b: &Array2<f32>, shift: [isize; 2]) -> f64 {
    let norm = |kernel: &Array2<f32>| {
        let squares = kernel.iter().map(|&value| f64::from(value).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let product =
        |(place, &value): ((usize, usize), &f32)| f64::from(value) * f64::from(at(b, place, shift));
    a.indexed_iter().map(product).sum::<f64>() / (norm(a) * norm(b))
}
