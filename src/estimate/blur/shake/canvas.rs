//! A crop among its unknown surroundings, on a periodic grid.

use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis, s};
use realfft::num_complex::Complex;

use crate::math::fft::{RealFft2, good_size};

/// A spectrum, column by column, as [`RealFft2::spectrum_by_columns`] gives it.
pub(super) type Spectrum = Array2<Complex<f32>>;

/// A gray crop on a canvas that is periodic and has room around it for a kernel.
pub(super) struct Canvas {
    pub fft: RealFft2<f32>,
    /// Beyond the crop and where it is overexposed only a guess.
    pub values: Array2<f32>,
    /// Where `values` are data.
    pub known: Array2<bool>,
}

impl Canvas {
    /// Puts `values` (H×W) on a canvas with `margin` pixels around it; `good` (H×W) says which are data.
    pub fn new(values: ArrayView2<'_, f32>, good: ArrayView2<'_, bool>, margin: usize) -> Self {
        let (height, width) = values.dim();
        let size = [height, width].map(|side| good_size(side + 2 * margin));
        let inside = s![margin..margin + height, margin..margin + width];
        let mut known = Array2::from_elem((size[0], size[1]), false);
        known.slice_mut(inside).assign(&good);
        let mut canvas = Array2::zeros((size[0], size[1]));
        canvas.slice_mut(inside).assign(&values);
        for mut column in canvas.axis_iter_mut(Axis(1)).skip(margin).take(width) {
            bridge(&mut column, margin, height);
        }
        for mut row in canvas.outer_iter_mut() {
            bridge(&mut row, margin, width);
        }
        Self {
            fft: RealFft2::new(size[0], size[1]),
            values: canvas,
            known,
        }
    }

    /// The spectrum of a kernel (odd sides, smaller than the canvas) with its middle at the origin.
    pub fn kernel_spectrum(&self, kernel: &Array2<f32>) -> Spectrum {
        let (height, width) = (self.fft.height(), self.fft.width());
        let (rows, columns) = kernel.dim();
        self.fft.spectrum_by_columns(|row, buffer| {
            buffer.fill(0.0);
            let from = (row + rows / 2) % height;
            if from < rows {
                for column in 0..columns {
                    let to = (column + width - columns / 2) % width;
                    buffer[to] = kernel[[from, column]];
                }
            }
        })
    }

    /// The spectrum of a plane of the canvas' size.
    pub fn spectrum(&self, plane: ArrayView2<'_, f32>) -> Spectrum {
        self.fft.spectrum_by_columns(|row, buffer| {
            for (to, &from) in buffer.iter_mut().zip(plane.row(row)) {
                *to = from;
            }
        })
    }

    /// The plane whose rows `load` gives, each column of its spectrum changed by `change`.
    pub fn filtered(
        &self,
        load: impl Fn(usize, &mut [f32]) + Sync,
        change: impl Fn(usize, &mut [Complex<f32>]) + Sync,
    ) -> Array2<f32> {
        let (height, width) = (self.fft.height(), self.fft.width());
        let mut spectrum = Array2::default((height, self.fft.spectrum_width()));
        let mut out = Array2::zeros((height, width));
        let scale = 1.0 / (height * width) as f32;
        self.fft.forward_rows(spectrum.view_mut(), load);
        self.fft.filter_columns(
            spectrum.view_mut(),
            |values, buffer| buffer.copy_from_slice(values),
            change,
            |buffer, values| values.copy_from_slice(buffer),
        );
        self.fft
            .inverse_rows(spectrum.view_mut(), out.view_mut(), |values, out| {
                for (to, &from) in out.iter_mut().zip(values) {
                    *to = scale * from;
                }
            });
        out
    }

    /// `plane` convolved with the kernel of the spectrum `kernel`.
    pub fn convolved(&self, plane: ArrayView2<'_, f32>, kernel: &Spectrum) -> Array2<f32> {
        self.filtered(
            |row, buffer| {
                for (to, &from) in buffer.iter_mut().zip(plane.row(row)) {
                    *to = from;
                }
            },
            |column, values| {
                for (value, by) in values.iter_mut().zip(kernel.row(column)) {
                    *value *= by;
                }
            },
        )
    }
}

/// Fills what lies beyond `length` values from `first` on with a straight line from the last to the first:
/// the lane is periodic.
fn bridge(lane: &mut ArrayViewMut1<'_, f32>, first: usize, length: usize) {
    let period = lane.len();
    let last = first + length - 1;
    let gap = period - length + 1;
    let (from, to) = (lane[last], lane[first]);
    for step in 1..gap {
        let part = step as f32 / gap as f32;
        lane[(last + step) % period] = from + part * (to - from);
    }
}
