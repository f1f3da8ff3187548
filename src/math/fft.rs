//! Two-dimensional real FFT, fused with what happens between its passes.

use std::sync::Arc;

use ndarray::parallel::prelude::*;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};

use super::Real;

/// Columns handled together: two cache lines of complex `f32` per row; one or four are slower.
const COLUMN_BLOCK: usize = 16;

/// Longer transforms are multiples of [`STRIDE`].
const SHORT: usize = 512;

/// A real row is transformed as half as many complex values, eight to a vector: 1250 take half as long again as 1280.
const STRIDE: usize = 16;

/// A length of at least `minimum` that the FFT is quick at: the smallest whose prime factors are 2, 3 and 5, from
/// [`SHORT`] on among multiples of [`STRIDE`].
pub fn good_size(minimum: usize) -> usize {
    let stride = if minimum < SHORT { 1 } else { STRIDE };
    let mut size = minimum.max(1).next_multiple_of(stride);
    while !is_smooth(size) {
        size += stride;
    }
    size
}

/// Whether `size`, at least 1, has no prime factors but 2, 3 and 5.
fn is_smooth(mut size: usize) -> bool {
    for prime in [2, 3, 5] {
        while size.is_multiple_of(prime) {
            size /= prime;
        }
    }
    size == 1
}

/// A planned FFT of real planes of one size, unnormalised in both directions.
///
/// The half spectrum of a plane has `rows` × `width/2 + 1` values; callers may keep fewer rows than
/// the transform is high and pad or fold in the column pass.
pub struct RealFft2<T: Real> {
    height: usize,
    width: usize,
    row: Arc<dyn RealToComplex<T>>,
    row_inverse: Arc<dyn ComplexToReal<T>>,
    column: Arc<dyn Fft<T>>,
    column_inverse: Arc<dyn Fft<T>>,
}

impl<T: Real> RealFft2<T> {
    /// Plans transforms of `height` × `width`, both at least 1.
    pub fn new(height: usize, width: usize) -> Self {
        let mut real = RealFftPlanner::new();
        let mut complex = FftPlanner::new();
        Self {
            height,
            width,
            row: real.plan_fft_forward(width),
            row_inverse: real.plan_fft_inverse(width),
            column: complex.plan_fft_forward(height),
            column_inverse: complex.plan_fft_inverse(height),
        }
    }

    /// Transform height.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Transform width.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Columns of the half spectrum.
    pub fn spectrum_width(&self) -> usize {
        self.width / 2 + 1
    }

    /// Transforms every row: `load(row, buffer)` fills a `width`-long buffer (zeros on entry of the
    /// first use only), whose spectrum becomes that row of `spectrum`.
    pub fn forward_rows(
        &self,
        mut spectrum: ArrayViewMut2<'_, Complex<T>>,
        load: impl Fn(usize, &mut [T]) + Sync,
    ) {
        spectrum
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each_init(
                || (self.row.make_input_vec(), self.row.make_scratch_vec()),
                |(buffer, scratch), (index, mut out)| {
                    load(index, buffer);
                    let out = out.as_slice_mut().expect("spectrum rows are contiguous");
                    self.row
                        .process_with_scratch(buffer, out, scratch)
                        .expect("buffer lengths match the plan");
                },
            );
    }

    /// Inverts every row: `store(row, values, out)` takes the `width` real values of a spectrum row
    /// into the row of `out`. Destroys `spectrum`.
    pub fn inverse_rows(
        &self,
        mut spectrum: ArrayViewMut2<'_, Complex<T>>,
        mut out: ArrayViewMut2<'_, T>,
        store: impl Fn(&[T], &mut [T]) + Sync,
    ) {
        let even = self.width.is_multiple_of(2);
        spectrum
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .zip(out.axis_iter_mut(Axis(0)))
            .for_each_init(
                || {
                    (
                        self.row_inverse.make_output_vec(),
                        self.row_inverse.make_scratch_vec(),
                        Vec::<T>::new(),
                    )
                },
                |(buffer, scratch, row), (mut input, mut out)| {
                    let input = input.as_slice_mut().expect("spectrum rows are contiguous");
                    // A real row has real end bins; only rounding can say otherwise.
                    input[0].im = T::zero();
                    if even {
                        input[self.width / 2].im = T::zero();
                    }
                    self.row_inverse
                        .process_with_scratch(input, buffer, scratch)
                        .expect("buffer lengths match the plan");
                    with_slice(&mut out, row, |out| store(buffer, out));
                },
            );
    }

    /// Transforms columns of `spectrum` in place: each column is handed to
    /// `load(column, values, buffer)`, transformed, changed by `change(column_index, buffer)`,
    /// inverted and taken back by `store(buffer, values)`. Buffers are `height` long and `values`
    /// have one entry per row of `spectrum`.
    pub fn filter_columns(
        &self,
        mut spectrum: ArrayViewMut2<'_, Complex<T>>,
        load: impl Fn(&[Complex<T>], &mut [Complex<T>]) + Sync,
        change: impl Fn(usize, &mut [Complex<T>]) + Sync,
        store: impl Fn(&[Complex<T>], &mut [Complex<T>]) + Sync,
    ) {
        let rows = spectrum.nrows();
        spectrum
            .axis_chunks_iter_mut(Axis(1), COLUMN_BLOCK)
            .into_par_iter()
            .enumerate()
            .for_each_init(
                || {
                    (
                        vec![Complex::default(); COLUMN_BLOCK * rows],
                        vec![Complex::default(); self.height],
                        self.scratch(),
                    )
                },
                |(columns, buffer, scratch), (block, mut chunk)| {
                    gather(chunk.view(), columns);
                    for (offset, values) in columns
                        .chunks_exact_mut(rows)
                        .take(chunk.ncols())
                        .enumerate()
                    {
                        load(values, buffer);
                        self.column.process_with_scratch(buffer, scratch);
                        change(block * COLUMN_BLOCK + offset, buffer);
                        self.column_inverse.process_with_scratch(buffer, scratch);
                        store(buffer, values);
                    }
                    scatter(columns, chunk.view_mut());
                },
            );
    }

    /// As [`filter_columns`](Self::filter_columns) on two full-height spectra at once; the first
    /// receives what `change(column_index, first, second)` leaves in its buffer, inverted.
    pub fn merge_columns(
        &self,
        mut first: ArrayViewMut2<'_, Complex<T>>,
        second: ArrayView2<'_, Complex<T>>,
        change: impl Fn(usize, &mut [Complex<T>], &[Complex<T>]) + Sync,
    ) {
        first
            .axis_chunks_iter_mut(Axis(1), COLUMN_BLOCK)
            .into_par_iter()
            .zip(second.axis_chunks_iter(Axis(1), COLUMN_BLOCK))
            .enumerate()
            .for_each_init(
                || {
                    let block = vec![Complex::default(); COLUMN_BLOCK * self.height];
                    (block.clone(), block, self.scratch())
                },
                |(a, b, scratch), (block, (mut first, second))| {
                    gather(first.view(), a);
                    gather(second, b);
                    for (offset, (a, b)) in a
                        .chunks_exact_mut(self.height)
                        .zip(b.chunks_exact_mut(self.height))
                        .take(first.ncols())
                        .enumerate()
                    {
                        self.column.process_with_scratch(a, scratch);
                        self.column.process_with_scratch(b, scratch);
                        change(block * COLUMN_BLOCK + offset, a, b);
                        self.column_inverse.process_with_scratch(a, scratch);
                    }
                    scatter(a, first.view_mut());
                },
            );
    }

    /// The full spectrum of a plane, column by column (`spectrum_width` × `height`).
    pub fn spectrum_by_columns(
        &self,
        load: impl Fn(usize, &mut [T]) + Sync,
    ) -> ndarray::Array2<Complex<T>> {
        let mut rows = ndarray::Array2::default((self.height, self.spectrum_width()));
        self.forward_rows(rows.view_mut(), load);
        let mut columns = rows.reversed_axes().as_standard_layout().into_owned();
        columns
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .for_each_init(
                || self.scratch(),
                |scratch, mut column| {
                    let column = column.as_slice_mut().expect("standard layout");
                    self.column.process_with_scratch(column, scratch);
                },
            );
        columns
    }

    fn scratch(&self) -> Vec<Complex<T>> {
        let length = self.column.get_inplace_scratch_len();
        vec![Complex::default(); length.max(self.column_inverse.get_inplace_scratch_len())]
    }
}

/// Copies the columns of `chunk` one after the other into `columns`.
pub(crate) fn gather<V: Copy>(chunk: ArrayView2<'_, V>, columns: &mut [V]) {
    let rows = chunk.nrows();
    for (index, row) in chunk.outer_iter().enumerate() {
        for (offset, &value) in row.iter().enumerate() {
            columns[offset * rows + index] = value;
        }
    }
}

/// The reverse of [`gather`].
pub(crate) fn scatter<V: Copy>(columns: &[V], mut chunk: ArrayViewMut2<'_, V>) {
    let rows = chunk.nrows();
    for (index, mut row) in chunk.outer_iter_mut().enumerate() {
        for (offset, value) in row.iter_mut().enumerate() {
            *value = columns[offset * rows + index];
        }
    }
}

/// Hands out a row as a slice, through `spare` when it is strided.
pub(crate) fn with_slice<T: Real>(
    row: &mut ndarray::ArrayViewMut1<'_, T>,
    spare: &mut Vec<T>,
    change: impl FnOnce(&mut [T]),
) {
    if let Some(slice) = row.as_slice_mut() {
        change(slice);
    } else {
        spare.clear();
        spare.extend(row.iter().copied());
        change(spare);
        row.iter_mut()
            .zip(spare.iter())
            .for_each(|(to, &from)| *to = from);
    }
}

#[cfg(test)]
mod tests {
    use super::good_size;

    #[test]
    fn good_sizes_are_the_next_that_the_transform_is_quick_at() {
        for (minimum, expected) in [
            (0, 1),
            (11, 12),
            (121, 125),
            (127, 128),
            (266, 270),
            (511, 512),
            (513, 576),
            (1238, 1280),
            (1556, 1600),
            (1600, 1600),
        ] {
            assert_eq!(good_size(minimum), expected);
        }
        for minimum in 0..3000 {
            let size = good_size(minimum);
            assert!(size >= minimum && size <= minimum + minimum / 7 + 1);
            assert_eq!(good_size(size), size);
        }
    }
}
