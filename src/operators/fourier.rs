//! Convolution by FFT, and the modes of circular blurs.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Zip};
use parking_lot::Mutex;
use realfft::num_complex::Complex;

use super::gain::frequency;
use super::psf::Psf;
use super::{Boundary, Check, Gain, Rho};
use crate::Result;
use crate::math::Real;
use crate::math::fft::{RealFft2, good_size};
use crate::math::widest::change_by;

/// Convolution by FFT, padding and folding fused into its passes.
pub(super) struct Fourier<T: Real> {
    pub fft: RealFft2<T>,
    /// Per axis, the picture's pixel at each padded position.
    sources: [Vec<usize>; 2],
    /// Per axis, where the measurement starts in the transform.
    offsets: [usize; 2],
    /// Kernel spectrum over the transform's size, column by column.
    pub kernel: Array2<Complex<T>>,
    workspaces: Mutex<Vec<Array2<Complex<T>>>>,
}

impl<T: Real> Fourier<T> {
    pub fn new(psf: &Psf, size: [usize; 2], boundary: Boundary) -> Self {
        let circular = boundary == Boundary::Circular;
        let axis = |axis: usize| {
            let (length, n) = (psf.values.len_of(Axis(axis)), size[axis]);
            if circular {
                return (n, (0..n).collect(), 0);
            }
            let before = (length - 1 - psf.centre[axis]) as isize;
            let sources: Vec<usize> = (0..n + length - 1)
                .map(|index| boundary.source(index as isize - before, n))
                .collect();
            (good_size(sources.len()), sources, length - 1)
        };
        let (height, rows, top) = axis(0);
        let (width, columns, left) = axis(1);
        let fft = RealFft2::new(height, width);
        let scale = 1.0 / (height as f64 * width as f64);
        let mut wrapped = Array2::<T>::zeros((height, width));
        for ((i, j), &value) in psf.values.indexed_iter() {
            let place = |index: usize, axis: usize| {
                if circular {
                    let offset = index as isize - psf.centre[axis] as isize;
                    boundary.source(offset, size[axis])
                } else {
                    index
                }
            };
            wrapped[[place(i, 0), place(j, 1)]] += T::rounded(value * scale);
        }
        let kernel = fft.spectrum_by_columns(|index, buffer| {
            let row = wrapped.row(index);
            buffer.copy_from_slice(row.as_slice().expect("standard layout"));
        });
        Self {
            fft,
            sources: [rows, columns],
            offsets: [top, left],
            kernel,
            workspaces: Mutex::default(),
        }
    }

    /// Largest squared modulus of the kernel's spectrum: λmax of a circular blur.
    pub fn peak(&self) -> f64 {
        let largest: f64 = self
            .kernel
            .iter()
            .map(|value| value.norm_sqr())
            .fold(T::zero(), |a, b| a.max(b))
            .into();
        largest * self.area().powi(2)
    }

    /// Values of a transformed plane; the unnormalised inverse multiplies by as much.
    pub fn area(&self) -> f64 {
        self.fft.height() as f64 * self.fft.width() as f64
    }

    /// Room for the spectrum of as many rows, with anything in it; [kept](Self::keep) for the next who asks.
    pub fn workspace(&self, rows: usize) -> Array2<Complex<T>> {
        self.workspaces
            .lock()
            .pop()
            .unwrap_or_else(|| Array2::default((rows, self.fft.spectrum_width())))
    }

    /// Takes back a [`workspace`](Self::workspace), of the same rows as all others.
    pub fn keep(&self, spectrum: Array2<Complex<T>>) {
        self.workspaces.lock().push(spectrum);
    }

    /// `out = x` convolved.
    pub fn forward(&self, x: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        let mut spectrum = self.workspace(x.nrows());
        let [rows, columns] = &self.sources;
        let [top, left] = self.offsets;
        self.fft.forward_rows(spectrum.view_mut(), |index, buffer| {
            let row = x.row(index);
            for (to, &source) in buffer.iter_mut().zip(columns) {
                *to = row[source];
            }
            buffer[columns.len()..].fill(T::zero());
        });
        self.fft.filter_columns(
            spectrum.view_mut(),
            |values, buffer| {
                for (to, &source) in buffer.iter_mut().zip(rows) {
                    *to = values[source];
                }
                buffer[rows.len()..].fill(Complex::default());
            },
            |index, buffer| {
                for (value, factor) in buffer.iter_mut().zip(self.kernel.row(index)) {
                    *value *= factor;
                }
            },
            |buffer, values| values.copy_from_slice(&buffer[top..top + values.len()]),
        );
        self.fft
            .inverse_rows(spectrum.view_mut(), out, |values, out| {
                out.copy_from_slice(&values[left..left + out.len()]);
            });
        self.keep(spectrum);
    }

    /// The adjoint of [`forward`](Self::forward).
    pub fn adjoint(&self, u: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        let mut spectrum = self.workspace(u.nrows());
        let [rows, columns] = &self.sources;
        let [top, left] = self.offsets;
        self.fft.forward_rows(spectrum.view_mut(), |index, buffer| {
            buffer.fill(T::zero());
            for (to, &from) in buffer[left..].iter_mut().zip(u.row(index)) {
                *to = from;
            }
        });
        self.fft.filter_columns(
            spectrum.view_mut(),
            |values, buffer| {
                buffer.fill(Complex::default());
                buffer[top..top + values.len()].copy_from_slice(values);
            },
            |index, buffer| {
                for (value, factor) in buffer.iter_mut().zip(self.kernel.row(index)) {
                    *value *= factor.conj();
                }
            },
            |buffer, values| {
                values.fill(Complex::default());
                for (&from, &source) in buffer.iter().zip(rows) {
                    values[source] += from;
                }
            },
        );
        self.fft
            .inverse_rows(spectrum.view_mut(), out, |values, out| {
                out.fill(T::zero());
                for (&from, &source) in values.iter().zip(columns) {
                    out[source] += from;
                }
            });
        self.keep(spectrum);
    }

    /// `q` at every mode of a circular blur, over the transform's area; `factors` has the kernel's shape.
    /// The same for every channel unless the gain says otherwise, and but for ρ of white noise dearer than a transform.
    pub fn fill_factors(&self, gain: &Gain<'_>, channel: usize, factors: &mut Array2<T>) {
        let area = self.area();
        if let Gain::Proximal(Rho::Uniform(rho)) = gain {
            let (area, rho, none) = (T::rounded(area), T::rounded(*rho), T::zero());
            Zip::from(factors)
                .and(&self.kernel)
                .par_for_each(|factor, &scaled| {
                    let sum = (scaled * area).norm_sqr() + rho;
                    *factor = if sum > none {
                        T::one() / (sum * area)
                    } else {
                        none
                    };
                });
            return;
        }
        self.each_mode(factors, |at, lambda, _| gain.at(lambda, channel, at) / area);
    }

    /// `1 − λq` at every mode, not below 0 (momentum may overshoot, the caller must not), over the
    /// transform's area, from what [`fill_factors`](Self::fill_factors) gave.
    pub fn fill_kept(
        &self,
        gain: &Gain<'_>,
        channel: usize,
        factors: &Array2<T>,
        kept: &mut Array2<T>,
    ) {
        let area = self.area();
        if let Gain::Proximal(Rho::Uniform(rho)) = gain {
            let rho = T::rounded(*rho);
            Zip::from(kept)
                .and(factors)
                .par_for_each(|kept, &factor| *kept = factor * rho);
            return;
        }
        kept.assign(factors);
        self.each_mode(kept, |at, lambda, factor| match gain {
            Gain::Function(_) => (1.0 / area - lambda * factor).max(0.0),
            // Without the cancellation.
            Gain::Proximal(rho) => factor * rho.at(channel, at),
        });
    }

    /// Replaces the value of every mode by what `value` makes of its frequency (cycles per pixel down and
    /// across), its eigenvalue and itself.
    fn each_mode(&self, values: &mut Array2<T>, value: impl Fn([f64; 2], f64, f64) -> f64 + Sync) {
        let area = T::rounded(self.area());
        values
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .zip(self.kernel.axis_iter(Axis(0)))
            .enumerate()
            .for_each(|(column, (mut values, kernel))| {
                let across = frequency(column, self.fft.width());
                for (row, (entry, &scaled)) in values.iter_mut().zip(kernel).enumerate() {
                    let lambda: f64 = (scaled * area).norm_sqr().into();
                    let at = [frequency(row, self.fft.height()), across];
                    *entry = T::rounded(value(at, lambda, (*entry).into()));
                }
            });
    }

    /// `u ← (AAᵀ + ρ)⁻¹u` of a circular blur; coloured noise as in the first channel.
    pub fn invert(&self, mut u: ArrayViewMut2<'_, T>, rho: &Rho) {
        let [height, width] = [self.fft.height(), self.fft.width()];
        let mut spectrum = self.workspace(height);
        self.fft.forward_rows(spectrum.view_mut(), |index, buffer| {
            copy_row(u.view(), index, buffer);
        });
        let area = T::rounded(self.area());
        // Not 0, or no step would ever move such a mode.
        let least = T::rounded(f64::from(f32::EPSILON));
        let inverse = move |scaled: Complex<T>, rho: T| {
            T::one() / (area * ((scaled * area).norm_sqr() + rho).max(least))
        };
        self.change(&mut spectrum, |column, mode| {
            let kernel = self.kernel.row(column);
            if let Rho::Uniform(rho) = rho {
                let rho = T::rounded(*rho);
                let kernel = kernel.to_slice().expect("standard layout");
                change_by(mode, kernel, move |value, scaled| {
                    value.scale(inverse(scaled, rho))
                });
                return;
            }
            let across = frequency(column, width);
            for (row, (value, &scaled)) in mode.iter_mut().zip(kernel).enumerate() {
                let rho = rho.at(0, [frequency(row, height), across]);
                *value = value.scale(inverse(scaled, T::rounded(rho)));
            }
        });
        self.fft
            .inverse_rows(spectrum.view_mut(), u.view_mut(), |values, out| {
                out.copy_from_slice(values);
            });
        self.keep(spectrum);
    }

    /// Hands every column of a circular blur's modes, whose rows `spectrum` holds, to `change`.
    pub fn change(
        &self,
        spectrum: &mut Array2<Complex<T>>,
        change: impl Fn(usize, &mut [Complex<T>]) + Sync,
    ) {
        let copy = |from: &[Complex<T>], to: &mut [Complex<T>]| to.copy_from_slice(from);
        self.fft
            .filter_columns(spectrum.view_mut(), copy, change, copy);
    }

    /// As [`Solver::correct`](super::Solver::correct), of a circular blur, whose modes are the
    /// transform's own.
    ///
    /// # Errors
    /// What `check` says.
    pub fn correct_circular(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()> {
        let shape = (self.fft.height(), self.fft.spectrum_width());
        let (mut first, mut second) = (Array2::default(shape), Array2::default(shape));
        let area_t = T::rounded(self.area());
        let mut factors = Array2::zeros(self.kernel.raw_dim());
        for (channel, (mut x, y)) in x.outer_iter_mut().zip(y.outer_iter()).enumerate() {
            check()?;
            if channel == 0 || gain.differs_by_channel() {
                self.fill_factors(gain, channel, &mut factors);
            }
            self.fft.forward_rows(first.view_mut(), |index, buffer| {
                copy_row(x.view(), index, buffer);
            });
            self.fft.forward_rows(second.view_mut(), |index, buffer| {
                copy_row(y, index, buffer);
            });
            check()?;
            self.fft
                .merge_columns(first.view_mut(), second.view(), |index, x, y| {
                    let modes = self.kernel.row(index).into_iter().zip(factors.row(index));
                    for ((x, y), (&scaled, &factor)) in x.iter_mut().zip(y).zip(modes) {
                        let kernel = scaled * area_t;
                        *x = kernel.conj() * (kernel * *x - y) * factor;
                    }
                });
            check()?;
            self.fft
                .inverse_rows(first.view_mut(), x.view_mut(), |values, out| {
                    for (out, &value) in out.iter_mut().zip(values) {
                        *out -= value;
                    }
                });
        }
        Ok(())
    }
}

/// One row of a plane.
pub(super) fn copy_row<T: Real>(plane: ArrayView2<'_, T>, index: usize, buffer: &mut [T]) {
    for (to, &from) in buffer.iter_mut().zip(plane.row(index)) {
        *to = from;
    }
}
