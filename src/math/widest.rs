//! Loops over pictures, in parallel and compiled for the processor's widest vectors.

use ndarray::{ArrayViewMut3, Zip};
use pulp::Arch;
use rayon::prelude::*;

use super::Real;

/// Values of one part: two of them fit into a core's nearest cache.
const PART: usize = 4096;

/// Replaces every value by what `change` makes of it.
pub fn change_each<T: Real>(mut values: ArrayViewMut3<'_, T>, change: impl Fn(T) -> T + Sync) {
    match values.as_slice_mut() {
        Some(values) => values.par_chunks_mut(PART).for_each(|part| {
            Arch::new().dispatch(|| part.iter_mut().for_each(|value| *value = change(*value)));
        }),
        None => Zip::from(values).par_for_each(|value| *value = change(*value)),
    }
}

/// The same of two arrays of one shape, which change together.
///
/// # Panics
/// Where their shapes differ.
pub fn change_pairs<T: Real>(
    mut a: ArrayViewMut3<'_, T>,
    mut b: ArrayViewMut3<'_, T>,
    change: impl Fn(T, T) -> (T, T) + Sync,
) {
    assert_eq!(a.dim(), b.dim());
    match (a.as_slice_mut(), b.as_slice_mut()) {
        (Some(a), Some(b)) => {
            (a.par_chunks_mut(PART).zip(b.par_chunks_mut(PART))).for_each(|(a, b)| {
                Arch::new().dispatch(|| {
                    for (a, b) in a.iter_mut().zip(b) {
                        (*a, *b) = change(*a, *b);
                    }
                });
            });
        }
        _ => Zip::from(a)
            .and(b)
            .par_for_each(|a, b| (*a, *b) = change(*a, *b)),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, s};

    use super::*;

    #[test]
    fn any_layout_changes_alike() {
        let picture = Array3::from_shape_fn((3, 60, 70), |(c, i, j)| (c * i + 7 * j) as f32);
        let mut all = picture.clone();
        change_each(all.view_mut(), |value| 3.0 * value + 1.0);
        assert_eq!(all, picture.mapv(|value| 3.0 * value + 1.0));
        let mut part = picture.clone();
        change_each(part.slice_mut(s![.., ..;2, 5..]), |value| -value);
        for ((c, i, j), &value) in part.indexed_iter() {
            let sign = if i % 2 == 0 && j >= 5 { -1.0 } else { 1.0 };
            assert_eq!(value, sign * picture[[c, i, j]]);
        }
        let (mut a, mut b) = (picture.clone(), picture.mapv(|value| value + 0.5));
        change_pairs(a.view_mut(), b.view_mut(), |a, b| (b, a));
        assert_eq!(b, picture);
        change_pairs(
            a.slice_mut(s![.., 1.., ..]),
            b.slice_mut(s![.., 1.., ..]),
            |a, b| (b, a),
        );
        assert_eq!(a.slice(s![.., 1.., ..]), picture.slice(s![.., 1.., ..]));
        assert_eq!(b.slice(s![.., 0, ..]), picture.slice(s![.., 0, ..]));
    }
}
