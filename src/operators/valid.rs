//! Blur of a picture that goes on beyond what was measured.

use std::ops::Range;
use std::sync::OnceLock;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayView3, ArrayViewMut3, Zip, s};
use parking_lot::Mutex;
use realfft::num_complex::Complex;

use super::convolution::{Fourier, Psf, copy_row};
use super::kernels::check_kernel;
use super::outside::Outside;
use super::{Boundary, Check, Operator, SpectralForm, check_shape};
use crate::Result;
use crate::math::Real;
use crate::math::fft::good_size;
use crate::math::linear::conjugate_gradients;

/// q(0), how far modes that were not measured may move, of the presets' first corrections.
const USUAL_GAIN: f64 = 1000.0;

/// Most conjugate-gradient steps for what lies beyond the measurement.
const MOST_STEPS: f64 = 60.0;

/// `y = crop(psf ∗ x)`: the part of a convolution that no boundary rule decides ("valid"). The picture
/// x is larger than the measurement y: a canvas that surrounds it by the reach of the PSF, rounded up
/// to a size the FFT is quick at, wrapping around. Every channel alike; the adjoint is exact.
///
/// Its [`SpectralForm`] corrects x as the circular blur of the whole canvas would if beyond y had been
/// measured what the corrected x itself gives there. That is the proximal step of this operator; the
/// surroundings are found by a few conjugate-gradient steps.
pub struct ValidBlur<T: Real> {
    psf: Psf,
    canvas: [usize; 3],
    /// Rows and columns of the canvas that are measured.
    window: [Range<usize>; 2],
    /// Conjugate-gradient steps at [`USUAL_GAIN`].
    completion: f64,
    fourier: OnceLock<Fourier<T>>,
    /// Kept between corrections: to be given fresh memory costs a tenth of one.
    workspace: Mutex<Option<Workspace<T>>>,
}

/// One channel at work.
struct Workspace<T> {
    residual: Array2<Complex<T>>,
    spectrum: Array2<Complex<T>>,
    plane: Array2<T>,
    /// q of every mode.
    factors: Array2<T>,
}

impl<T: Real> ValidBlur<T> {
    /// Convolution with `psf` (h×w, any sum, centre at `[h/2, w/2]`) that gives measurements of
    /// `shape` = `[channels, height, width]`. A margin is at most half as wide as the measurement.
    ///
    /// # Errors
    /// `InvalidOption` (`kernel`) as [`check_kernel`]; `InvalidImage` for a picture without pixels.
    pub fn from_psf(psf: ArrayView2<'_, f64>, shape: [usize; 3]) -> Result<Self> {
        check_kernel(psf)?;
        check_shape(shape)?;
        let [channels, height, width] = shape;
        let centre = [psf.nrows() / 2, psf.ncols() / 2];
        let axis = |length: usize, reach: usize| {
            let canvas = good_size(length + 2 * reach.min(length / 2));
            let start = (canvas - length) / 2;
            (canvas, start..start + length)
        };
        let (tall, rows) = axis(height, centre[0]);
        let (wide, columns) = axis(width, centre[1]);
        Ok(Self {
            psf: Psf {
                values: psf.to_owned(),
                centre,
            },
            canvas: [channels, tall, wide],
            window: [rows, columns],
            completion: 2.0,
            fourier: OnceLock::new(),
            workspace: Mutex::default(),
        })
    }

    /// Takes `steps` conjugate-gradient steps, 2 unless said, for what lies beyond the measurement, in a
    /// correction with q(0) = 1000; in others as the root of q(0), from 1 to 60. Each costs two of ten
    /// transforms. With 2, pixel priors are within a quarter of a decibel of more at 0.6 megapixels, within
    /// 1.5 dB at 256×256.
    pub fn completed(mut self, steps: usize) -> Self {
        self.completion = steps as f64;
        self
    }

    /// Steps for a correction with this q(0): the condition of the completion grows with it, and the
    /// steps needed as the root of the condition; with too few, what is left would be amplified.
    fn completion_steps(&self, gain: f64) -> usize {
        (self.completion * (gain / USUAL_GAIN).sqrt())
            .ceil()
            .clamp(1.0, MOST_STEPS) as usize
    }

    fn size(&self) -> [usize; 2] {
        [self.canvas[1], self.canvas[2]]
    }

    fn workspace(&self) -> Workspace<T> {
        let fft = &self.fourier().fft;
        let shape = (fft.height(), fft.spectrum_width());
        self.workspace.lock().take().unwrap_or_else(|| Workspace {
            residual: Array2::default(shape),
            spectrum: Array2::default(shape),
            plane: Array2::zeros(self.size()),
            factors: Array2::zeros((shape.1, shape.0)),
        })
    }

    fn fourier(&self) -> &Fourier<T> {
        self.fourier
            .get_or_init(|| Fourier::new(&self.psf, self.size(), Boundary::Circular))
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
        let [rows, columns] = self.window.clone();
        let mut plane = Array2::zeros(self.size());
        for (x, mut out) in x.outer_iter().zip(out.outer_iter_mut()) {
            self.fourier().forward(x, plane.view_mut());
            out.assign(&plane.slice(s![rows.clone(), columns.clone()]));
        }
        Ok(())
    }

    fn adjoint(
        &self,
        _x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let [rows, columns] = self.window.clone();
        let mut plane = Array2::zeros(self.size());
        for (u, out) in u.outer_iter().zip(out.outer_iter_mut()) {
            plane
                .slice_mut(s![rows.clone(), columns.clone()])
                .assign(&u);
            self.fourier().adjoint(plane.view(), out);
        }
        Ok(())
    }

    fn is_channelwise(&self) -> bool {
        true
    }

    /// Planes: the kernel's spectrum, two of the plane at work, its gains, one of results.
    fn scratch(&self) -> usize {
        5 * self.canvas[1] * self.canvas[2]
    }

    /// A bound, exact for PSFs without negative values: no mode is amplified by more than their sum.
    fn lambda_max(&self) -> Option<f64> {
        let sum: f64 = self.psf.values.iter().map(|value| value.abs()).sum();
        Some(sum * sum)
    }

    fn spectral(&self) -> Option<&dyn SpectralForm<T>> {
        Some(self)
    }
}

impl<T: Real> SpectralForm<T> for ValidBlur<T> {
    /// With `r = y − Ax` inside the window and u outside, x moves by `q(AᵀA)·Aᵀ(r + u)`. The condition
    /// that u is what this adds to Ax there, `(1 − PG)u = PGr` for `G = AqAᵀ` and the outside P, is
    /// solved by conjugate gradients from u = 0.
    fn correct(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        q: &(dyn Fn(f64) -> f64 + Sync),
        check: Check<'_>,
    ) -> Result<()> {
        let fourier = self.fourier();
        let fft = &fourier.fft;
        let [rows, columns] = self.window.clone();
        let outside = Outside::new(self.size(), &self.window);
        let steps = self.completion_steps(q(0.0));
        let area = T::rounded(fourier.area());
        let Workspace {
            mut residual,
            mut spectrum,
            mut plane,
            mut factors,
        } = self.workspace();
        fourier.fill_factors(q, &mut factors);
        let modes = |index| {
            let kernel = fourier.kernel.row(index).into_iter();
            kernel.zip(factors.row(index))
        };
        for (mut x, y) in x.outer_iter_mut().zip(y.outer_iter()) {
            check()?;
            fft.forward_rows(spectrum.view_mut(), |index, buffer| {
                copy_row(x.view(), index, buffer);
            });
            fourier.change(&mut spectrum, |index, mode| {
                multiply(mode, fourier.kernel.row(index));
            });
            fft.inverse_rows(spectrum.view_mut(), plane.view_mut(), copy_values);
            fft.forward_rows(residual.view_mut(), |index, buffer| {
                buffer.fill(T::zero());
                if rows.contains(&index) {
                    let (y, ax) = (y.row(index - rows.start), plane.row(index));
                    let to = buffer[columns.clone()].iter_mut();
                    for ((to, &y), &ax) in to.zip(y).zip(ax.slice(s![columns.clone()])) {
                        *to = y - ax;
                    }
                }
            });
            // PG of what the spectrum's rows hold.
            let mut through = |spectrum: &mut Array2<Complex<T>>| {
                check()?;
                fourier.change(spectrum, |index, mode| {
                    for (value, (&kernel, &factor)) in mode.iter_mut().zip(modes(index)) {
                        // Momentum may overshoot; the completion must not.
                        let gain = (kernel * area).norm_sqr() * factor;
                        *value = value.scale(gain.min(area.recip()));
                    }
                });
                fft.inverse_rows(spectrum.view_mut(), plane.view_mut(), copy_values);
                Ok(outside.take(plane.view()))
            };
            Zip::from(&mut spectrum)
                .and(&residual)
                .into_par_iter()
                .for_each(|(spectrum, &residual)| *spectrum = residual);
            let right = through(&mut spectrum)?;
            let unknown = conjugate_gradients(right, steps, |direction| {
                fft.forward_rows(spectrum.view_mut(), |index, buffer| {
                    outside.load(direction.view(), index, buffer);
                });
                Ok(direction - through(&mut spectrum)?)
            })?;
            check()?;
            fft.forward_rows(spectrum.view_mut(), |index, buffer| {
                outside.load(unknown.view(), index, buffer);
            });
            Zip::from(&mut residual)
                .and(&spectrum)
                .into_par_iter()
                .for_each(|(residual, &unknown)| *residual += unknown);
            fourier.change(&mut residual, |index, mode| {
                for (value, (&kernel, &factor)) in mode.iter_mut().zip(modes(index)) {
                    *value = (kernel * area).conj() * *value * factor;
                }
            });
            fft.inverse_rows(residual.view_mut(), x.view_mut(), |values, out| {
                for (out, &value) in out.iter_mut().zip(values) {
                    *out += value;
                }
            });
        }
        *self.workspace.lock() = Some(Workspace {
            residual,
            spectrum,
            plane,
            factors,
        });
        Ok(())
    }
}

fn multiply<T: Real>(mode: &mut [Complex<T>], kernel: ArrayView1<'_, Complex<T>>) {
    for (value, factor) in mode.iter_mut().zip(kernel) {
        *value *= factor;
    }
}

fn copy_values<T: Real>(values: &[T], out: &mut [T]) {
    out.copy_from_slice(values);
}
