//! Blur of a picture that goes on beyond what was measured.

use std::ops::Range;
use std::sync::OnceLock;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, s};

use super::fourier::{Fourier, copy_row};
use super::kernels::check_kernel;
use super::psf::Psf;
use super::sliding::Sliding;
use super::unknown::{Unknown, check_ignored};
use super::{Boundary, Operator, Rho, Solver, check_shape, start};
use crate::error::names;
use crate::math::Real;
use crate::math::fft::good_size;
use crate::{Error, Result};

/// The completion ends when a step lowers the objective by less than this share of it.
const TOLERANCE: f64 = 3e-3;

/// Longest reach of a PSF, in pixels, whatever the measurement's size.
const FREE_REACH: usize = 64;

/// `y = crop(psf ∗ x)`: the part of a convolution that no boundary rule decides ("valid"). The picture
/// x is larger than the measurement y: a canvas that surrounds it by the reach of the PSF, rounded up
/// to a size the FFT is quick at, wrapping around. Every channel alike; the adjoint is exact.
///
/// Pixels of the measurement that are no data, saturated or masked ones, can be
/// [excluded](Self::ignoring): there y is 0 whatever x is, and its values are not read.
///
/// A data step moves x as the circular blur of the whole canvas would if what was not measured, the
/// surroundings and the excluded pixels alike, had been measured as what the moved x itself gives there.
/// Of the proximal step that is the minimiser; of momentum steps, their reach without the loop. The
/// unmeasured is found by conjugate gradients, which end when a step lowers the objective by less than a
/// [tolerance](Self::completed_to): the larger the gain, the more steps, and the fewer the larger the
/// picture is for its rim.
pub struct ValidBlur<T: Real> {
    psf: Psf,
    canvas: [usize; 3],
    /// Rows and columns of the canvas that are measured.
    pub(super) window: [Range<usize>; 2],
    pub(super) unknown: Unknown,
    /// Share of the objective by which a step of the completion lowers it at least.
    pub(super) tolerance: f64,
    /// Where it is faster than the FFT.
    pub(super) sliding: Option<Sliding<T>>,
    fourier: OnceLock<Fourier<T>>,
}

impl<T: Real> ValidBlur<T> {
    /// Convolution with `psf` (h×w, any sum, centre at `[h/2, w/2]`) that gives measurements of
    /// `shape` = `[channels, height, width]`.
    ///
    /// # Errors
    /// `InvalidOption` (`kernel`) as [`check_kernel`], and for a PSF that reaches further than the
    /// measurement is wide and than 64 pixels; `InvalidImage` for a picture without pixels.
    pub fn from_psf(psf: ArrayView2<'_, f64>, shape: [usize; 3]) -> Result<Self> {
        check_kernel(psf)?;
        check_shape(shape)?;
        let [channels, height, width] = shape;
        let centre = [psf.nrows() / 2, psf.ncols() / 2];
        let most = [height, width].map(|length| length.max(FREE_REACH));
        if centre[0] > most[0] || centre[1] > most[1] {
            return Err(Error::invalid(
                names::KERNEL,
                format!("a blur of {}x{} pixels", psf.ncols(), psf.nrows()),
                format!(
                    "at most {}x{}, twice as wide as the picture, of which little else would be known",
                    2 * most[1] + 1,
                    2 * most[0] + 1
                ),
            ));
        }
        let axis = |length: usize, reach: usize| {
            let canvas = good_size(length + 2 * reach);
            let start = (canvas - length) / 2;
            (canvas, start..start + length)
        };
        let (tall, rows) = axis(height, centre[0]);
        let (wide, columns) = axis(width, centre[1]);
        let window = [rows, columns];
        let psf = Psf {
            values: psf.to_owned(),
            centre,
        };
        Ok(Self {
            sliding: Sliding::new(&psf),
            psf,
            canvas: [channels, tall, wide],
            unknown: Unknown::new([tall, wide], &window, None),
            window,
            tolerance: TOLERANCE,
            fourier: OnceLock::new(),
        })
    }

    /// Takes the pixels that `ignored` (H×W, of the measurement's size) marks for no data.
    ///
    /// # Errors
    /// `InvalidImage` when the sizes differ.
    pub fn ignoring(mut self, ignored: ArrayView2<'_, bool>) -> Result<Self> {
        let [_, height, width] = Operator::<T>::output_shape(&self);
        check_ignored(ignored, [height, width])?;
        self.unknown = Unknown::new(self.size(), &self.window, Some(ignored));
        Ok(self)
    }

    /// Completes what was not measured until a step lowers the objective `|y − Ax|² + ρ|x − v|²` by less
    /// than this share of it, or 60 steps are taken; 3e-3 unless said. A step costs four transforms; without
    /// any a correction takes six.
    pub fn completed_to(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    pub(super) fn size(&self) -> [usize; 2] {
        [self.canvas[1], self.canvas[2]]
    }

    pub(super) fn fourier(&self) -> &Fourier<T> {
        self.fourier
            .get_or_init(|| Fourier::new(&self.psf, self.size(), Boundary::Circular))
    }

    /// Copies what `plane` holds in the window to `out`, 0 where unknown.
    pub(super) fn show(&self, plane: ArrayView2<'_, T>, mut out: ArrayViewMut2<'_, T>) {
        let [rows, columns] = self.window.clone();
        out.assign(&plane.slice(s![rows, columns]));
        self.clear(out);
    }

    /// Writes 0 into the unknown pixels of the window.
    pub(super) fn clear(&self, mut window: ArrayViewMut2<'_, T>) {
        let [rows, columns] = self.window.clone();
        for (row, mut line) in rows.zip(window.outer_iter_mut()) {
            for stretch in self.unknown.within(row, &columns) {
                line.slice_mut(s![stretch]).fill(T::zero());
            }
        }
    }

    /// Fills a row of the canvas with the window's, 0 where unknown and around.
    pub(super) fn load(&self, window: ArrayView2<'_, T>, row: usize, buffer: &mut [T]) {
        let [rows, columns] = self.window.clone();
        buffer.fill(T::zero());
        if rows.contains(&row) {
            self.load_window(window, row - rows.start, &mut buffer[columns]);
        }
    }

    /// Fills a row of the window, 0 where unknown.
    fn load_window(&self, window: ArrayView2<'_, T>, row: usize, buffer: &mut [T]) {
        let [rows, columns] = &self.window;
        copy_row(window, row, buffer);
        for stretch in self.unknown.within(rows.start + row, columns) {
            buffer[stretch].fill(T::zero());
        }
    }
}

impl<T: Real> Operator<T> for ValidBlur<T> {
    fn input_shape(&self) -> [usize; 3] {
        self.canvas
    }

    fn output_shape(&self) -> [usize; 3] {
        let [rows, columns] = &self.window;
        [self.canvas[0], rows.len(), columns.len()]
    }

    fn measure(&self, x: ArrayView3<'_, T>, mut out: ArrayViewMut3<'_, T>) -> Result<()> {
        if let Some(sliding) = &self.sliding {
            for (x, mut out) in x.outer_iter().zip(out.outer_iter_mut()) {
                sliding.forward(x, &self.window, out.view_mut());
                self.clear(out);
            }
            return Ok(());
        }
        let mut plane = Array2::zeros(self.size());
        for (x, out) in x.outer_iter().zip(out.outer_iter_mut()) {
            self.fourier().forward(x, plane.view_mut());
            self.show(plane.view(), out);
        }
        Ok(())
    }

    fn adjoint(
        &self,
        _x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        if let Some(sliding) = &self.sliding {
            for (u, out) in u.outer_iter().zip(out.outer_iter_mut()) {
                let load = |row, buffer: &mut [T]| self.load_window(u, row, buffer);
                sliding.adjoint(load, &self.window, out);
            }
            return Ok(());
        }
        let mut plane = Array2::zeros(self.size());
        for (u, out) in u.outer_iter().zip(out.outer_iter_mut()) {
            for (row, mut line) in plane.outer_iter_mut().enumerate() {
                self.load(u, row, line.as_slice_mut().expect("standard layout"));
            }
            self.fourier().adjoint(plane.view(), out);
        }
        Ok(())
    }

    fn misfit(
        &self,
        x: ArrayView3<'_, T>,
        y: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        self.measure(x, out.view_mut())?;
        for (mut out, y) in out.outer_iter_mut().zip(y.outer_iter()) {
            out -= &y;
            self.clear(out);
        }
        Ok(())
    }

    /// As if the whole canvas had been measured.
    fn precondition_picture(&self, mut x: ArrayViewMut3<'_, T>, rho: &Rho) -> Result<()> {
        for plane in x.outer_iter_mut() {
            self.fourier().invert(plane, rho);
        }
        Ok(())
    }

    fn is_channelwise(&self) -> bool {
        true
    }

    /// Planes: the kernel's spectrum, three of the plane at work, its gains, one of results.
    fn scratch(&self) -> usize {
        7 * self.canvas[1] * self.canvas[2]
    }

    /// A bound, exact for PSFs without negative values: no mode is amplified by more than their sum.
    fn lambda_max(&self) -> Option<f64> {
        let sum: f64 = self.psf.values.iter().map(|value| value.abs()).sum();
        Some(sum * sum)
    }

    /// The measurement itself, beyond whose edges its mirror image fades into that from the far edge, for
    /// the canvas wraps around.
    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        Ok(start::mirrored(y, self.canvas))
    }

    fn visible<'a>(&self, x: ArrayView3<'a, T>) -> ArrayView3<'a, T> {
        let [rows, columns] = self.window.clone();
        x.slice_move(s![.., rows, columns])
    }

    fn solver(&self) -> Option<&dyn Solver<T>> {
        Some(self)
    }
}
