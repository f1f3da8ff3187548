//! Loops over pictures, in parallel and compiled for the processor's widest vectors.

use ndarray::{ArrayViewMut3, Zip};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::Real;

/// Values of one part: two of them fit into a core's nearest cache.
const PART: usize = 4096;

/// Replaces every value by what `change` makes of it, which captures by value (see [`Each`]).
pub fn change_each<T: Real>(
    mut values: ArrayViewMut3<'_, T>,
    change: impl Fn(T) -> T + Copy + Send + Sync,
) {
    match values.as_slice_mut() {
        Some(values) => values.par_chunks_mut(PART).for_each(|values| {
            Arch::new().dispatch(Each { values, change });
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
    change: impl Fn(T, T) -> (T, T) + Copy + Send + Sync,
) {
    assert_eq!(a.dim(), b.dim());
    match (a.as_slice_mut(), b.as_slice_mut()) {
        (Some(a), Some(b)) => {
            (a.par_chunks_mut(PART).zip(b.par_chunks_mut(PART))).for_each(|(a, b)| {
                Arch::new().dispatch(Pairs { a, b, change });
            });
        }
        _ => Zip::from(a)
            .and(b)
            .par_for_each(|a, b| (*a, *b) = change(*a, *b)),
    }
}

/// Replaces every value by what `change` makes of it and of the one beside it; not in parallel.
pub fn change_by<A: Copy, B: Copy>(
    values: &mut [A],
    beside: &[B],
    change: impl Fn(A, B) -> A + Copy,
) {
    Arch::new().dispatch(By {
        values,
        beside,
        change,
    });
}

/// One part of [`change_each`]. A closure in its place may be compiled apart, for the narrowest vectors; a reference to
/// `change` for what is changed, and then no vectors are used.
struct Each<'a, T, F> {
    values: &'a mut [T],
    change: F,
}

impl<T: Real, F: Fn(T) -> T> WithSimd for Each<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for value in self.values {
            *value = (self.change)(*value);
        }
    }
}

/// One part of [`change_pairs`].
struct Pairs<'a, T, F> {
    a: &'a mut [T],
    b: &'a mut [T],
    change: F,
}

impl<T: Real, F: Fn(T, T) -> (T, T)> WithSimd for Pairs<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (a, b) in self.a.iter_mut().zip(self.b) {
            (*a, *b) = (self.change)(*a, *b);
        }
    }
}

/// [`change_by`].
struct By<'a, A, B, F> {
    values: &'a mut [A],
    beside: &'a [B],
    change: F,
}

impl<A: Copy, B: Copy, F: Fn(A, B) -> A> WithSimd for By<'_, A, B, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (value, &beside) in self.values.iter_mut().zip(self.beside) {
            *value = (self.change)(*value, beside);
        }
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
        let mut row: Vec<f32> = (0..70).map(|index| index as f32).collect();
        let beside: Vec<i32> = (0..70).map(|index| index % 3).collect();
        change_by(&mut row, &beside, |value, beside| value * beside as f32);
        assert!((0..70).all(|index| row[index] == (index * (index % 3)) as f32));
    }
}
