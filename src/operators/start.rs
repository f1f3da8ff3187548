//! First estimates of a picture from its measurement.

use ndarray::{Array3, ArrayView3, Zip};

use super::{Boundary, Operator};
use crate::Result;
use crate::math::Real;
use crate::math::linear::dot;

/// `c·Aᵀy` with the c that minimises |y − cAAᵀy| for a linear operator; else 0.
///
/// # Errors
/// Those of the operator.
pub(super) fn scaled_adjoint<T: Real, O: Operator<T> + ?Sized>(
    operator: &O,
    y: ArrayView3<'_, T>,
) -> Result<Array3<T>> {
    let mut x = Array3::zeros(operator.input_shape());
    if !operator.is_linear() {
        return Ok(x);
    }
    let origin = x.clone();
    operator.adjoint(origin.view(), y, x.view_mut())?;
    let mut again = Array3::zeros(operator.output_shape());
    operator.measure(x.view(), again.view_mut())?;
    let square = dot(&again, &again);
    let along = Zip::from(&again).and(y).fold(0.0, |sum, &again, &y| {
        let (again, y): (f64, f64) = (again.into(), y.into());
        sum + again * y
    });
    let scale = if square > 0.0 { along / square } else { 0.0 };
    x.mapv_inplace(|value| value * T::rounded(scale));
    Ok(x)
}

/// A picture that continues `y` on a canvas of `[channels, height, width]` around it: beyond an edge its
/// mirror image, which fades into that from the far edge, for the canvas wraps around.
pub(super) fn mirrored<T: Real>(
    y: ArrayView3<'_, T>,
    [channels, height, width]: [usize; 3],
) -> Array3<T> {
    let (_, tall, wide) = y.dim();
    let broad = Array3::from_shape_fn((channels, tall, width), |(c, i, j)| {
        beyond(j, wide, width, |at| y[[c, i, at]])
    });
    Array3::from_shape_fn((channels, height, width), |(c, i, j)| {
        beyond(i, tall, height, |at| broad[[c, at, j]])
    })
}

/// One value along an axis of a canvas of length `size` with a picture of `length` in its middle.
fn beyond<T: Real>(at: usize, length: usize, size: usize, value: impl Fn(usize) -> T) -> T {
    let position = (at + size - (size - length) / 2) % size;
    if position < length {
        return value(position);
    }
    let past_end = position - length + 1;
    let before_start = size - position;
    let share = (past_end as f64 - 0.5) / (size - length) as f64;
    let share = T::rounded(share * share * (3.0 - 2.0 * share));
    let mirror = |index: isize| value(Boundary::Reflect.source(index, length));
    let end = mirror((length - 1 + past_end) as isize);
    let start = mirror(-(before_start as isize));
    (T::one() - share) * end + share * start
}
