//! First estimates of a picture from its measurement.

use ndarray::{Array3, ArrayView3};

use super::Boundary;
use crate::math::Real;

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
