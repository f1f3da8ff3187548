//! Planes made smaller or larger by any factor.

use ndarray::{Array2, ArrayView2, Axis};

use crate::operators::keys;

/// `plane` on a grid of `size` (rows, columns) over the same area: cubic interpolation,
/// stretched where the grid becomes coarser so that nothing is folded.
pub(super) fn resized(plane: ArrayView2<'_, f32>, size: (usize, usize)) -> Array2<f32> {
    let tall = lanes(plane, size.0);
    lanes(tall.t(), size.1).reversed_axes()
}

/// Resizes axis 0 to `length`.
fn lanes(plane: ArrayView2<'_, f32>, length: usize) -> Array2<f32> {
    let from = plane.nrows();
    let step = from as f64 / length as f64;
    let stretch = step.max(1.0);
    let mut out = Array2::zeros((length, plane.ncols()));
    for (index, mut row) in out.axis_iter_mut(Axis(0)).enumerate() {
        let middle = (index as f64 + 0.5) * step - 0.5;
        let reach = 2.0 * stretch;
        let (first, last) = (
            (middle - reach).ceil() as isize,
            (middle + reach).floor() as isize,
        );
        let weight = |at: isize| keys((at as f64 - middle) / stretch);
        let sum: f64 = (first..=last).map(weight).sum();
        for at in first..=last {
            let inside = at.clamp(0, from as isize - 1) as usize;
            row.scaled_add((weight(at) / sum) as f32, &plane.row(inside));
        }
    }
    out
}
