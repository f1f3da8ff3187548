//! Convolution of one plane with a point-spread function, and its exact adjoint.

use std::ops::Range;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Zip};
use parking_lot::Mutex;
use realfft::num_complex::Complex;

use super::{Boundary, Check};
use crate::Result;
use crate::math::Real;
use crate::math::fft::{RealFft2, good_size, with_slice};

/// A point-spread function with its centre: `y[i] = Σ_t psf[t] · x[i − (t − centre)]`.
#[derive(Clone, Debug)]
pub(super) struct Psf {
    pub values: Array2<f64>,
    pub centre: [usize; 2],
}

impl Psf {
    /// The non-zero values as `(rows down, columns right, value)` from the centre.
    pub fn taps(&self) -> impl Iterator<Item = (isize, isize, f64)> {
        self.values
            .indexed_iter()
            .filter(|(_, value)| **value != 0.0)
            .map(|((row, column), &value)| {
                (
                    row as isize - self.centre[0] as isize,
                    column as isize - self.centre[1] as isize,
                    value,
                )
            })
    }

    /// The factors `vertical · horizontal` when the function is their product up to `f32` rounding.
    pub fn factors(&self) -> Option<[Vec<f64>; 2]> {
        let (peak_at, peak) = self
            .values
            .indexed_iter()
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
        let (row, column) = peak_at;
        let horizontal = self.values.row(row).to_vec();
        let vertical: Vec<f64> = self
            .values
            .column(column)
            .iter()
            .map(|v| v / peak)
            .collect();
        let tolerance = 2.5e-7 * peak.abs();
        self.values
            .indexed_iter()
            .all(|((i, j), value)| (value - vertical[i] * horizontal[j]).abs() <= tolerance)
            .then_some([vertical, horizontal])
    }
}

/// A convolution of planes of one size.
pub(super) enum Convolution<T: Real> {
    Direct(Direct<T>),
    Fourier(Fourier<T>),
}

/// Direct convolution beats the FFT up to about this many taps.
const DIRECT_TAPS: usize = 96;

impl<T: Real> Convolution<T> {
    /// The faster of the two ways.
    pub fn new(psf: &Psf, size: [usize; 2], boundary: Boundary) -> Self {
        let count = |taps: &[f64]| taps.iter().filter(|&&tap| tap != 0.0).count();
        if let Some([vertical, horizontal]) = psf.factors()
            && count(&vertical) + count(&horizontal) <= DIRECT_TAPS
        {
            let taps = Taps::Separable {
                vertical: offsets(&vertical, psf.centre[0]),
                horizontal: offsets(&horizontal, psf.centre[1]),
            };
            return Self::Direct(Direct::new(taps, size, boundary));
        }
        if psf.taps().count() <= DIRECT_TAPS {
            let mut rows: Vec<(isize, Vec<(isize, T)>)> = Vec::new();
            for (down, right, value) in psf.taps() {
                let tap = (right, T::rounded(value));
                match rows.last_mut() {
                    Some((row, taps)) if *row == down => taps.push(tap),
                    _ => rows.push((down, vec![tap])),
                }
            }
            return Self::Direct(Direct::new(Taps::Full(rows), size, boundary));
        }
        Self::Fourier(Fourier::new(psf, size, boundary))
    }

    /// `out = x` convolved.
    pub fn forward(&self, x: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        match self {
            Self::Direct(direct) => direct.forward(x, out),
            Self::Fourier(fourier) => fourier.forward(x, out),
        }
    }

    /// The adjoint of [`forward`](Self::forward).
    pub fn adjoint(&self, u: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        match self {
            Self::Direct(direct) => direct.adjoint(u, out),
            Self::Fourier(fourier) => fourier.adjoint(u, out),
        }
    }
}

fn offsets<T: Real>(taps: &[f64], centre: usize) -> Vec<(isize, T)> {
    taps.iter()
        .enumerate()
        .filter(|(_, tap)| **tap != 0.0)
        .map(|(index, &tap)| (index as isize - centre as isize, T::rounded(tap)))
        .collect()
}

enum Taps<T> {
    /// Per row offset, the column offsets and weights.
    Full(Vec<(isize, Vec<(isize, T)>)>),
    /// Offsets and weights per axis.
    Separable {
        vertical: Vec<(isize, T)>,
        horizontal: Vec<(isize, T)>,
    },
}

/// Convolution tap by tap, a row at a time.
pub(super) struct Direct<T> {
    taps: Taps<T>,
    boundary: Boundary,
    height: usize,
    width: usize,
    /// Row offsets in use.
    reach: Range<isize>,
}

impl<T: Real> Direct<T> {
    fn new(taps: Taps<T>, [height, width]: [usize; 2], boundary: Boundary) -> Self {
        let rows: Vec<isize> = match &taps {
            Taps::Full(rows) => rows.iter().map(|row| row.0).collect(),
            Taps::Separable { vertical, .. } => vertical.iter().map(|tap| tap.0).collect(),
        };
        let first = rows.iter().min().copied().unwrap_or(0);
        let last = rows.iter().max().copied().unwrap_or(0);
        Self {
            taps,
            boundary,
            height,
            width,
            reach: first..last + 1,
        }
    }

    fn forward(&self, x: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        let x = x.as_standard_layout();
        let x = x.as_slice().expect("standard layout");
        let row = |index: isize| {
            let start = self.boundary.source(index, self.height) * self.width;
            &x[start..start + self.width]
        };
        self.each_row(out, |index, out, spare| {
            out.fill(T::zero());
            match &self.taps {
                Taps::Full(rows) => {
                    for (down, taps) in rows {
                        self.convolve_row(row(index - down), taps, out);
                    }
                }
                Taps::Separable {
                    vertical,
                    horizontal,
                } => {
                    spare.fill(T::zero());
                    for &(down, weight) in vertical {
                        add_scaled(weight, row(index - down), spare);
                    }
                    self.convolve_row(spare, horizontal, out);
                }
            }
        });
    }

    fn adjoint(&self, u: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        let u = u.as_standard_layout();
        let u = u.as_slice().expect("standard layout");
        let height = self.height as isize;
        let row = |index: isize| {
            let start = index as usize * self.width;
            (0..height)
                .contains(&index)
                .then(|| &u[start..start + self.width])
        };
        self.each_row(out, |index, out, spare| {
            out.fill(T::zero());
            if let Taps::Separable { .. } = self.taps {
                spare.fill(T::zero());
            }
            for image in self.images(index as usize) {
                match &self.taps {
                    Taps::Full(rows) => {
                        for (down, taps) in rows {
                            if let Some(row) = row(image + down) {
                                self.correlate_row(row, taps, out);
                            }
                        }
                    }
                    Taps::Separable { vertical, .. } => {
                        for &(down, weight) in vertical {
                            if let Some(row) = row(image + down) {
                                add_scaled(weight, row, spare);
                            }
                        }
                    }
                }
            }
            if let Taps::Separable { horizontal, .. } = &self.taps {
                self.correlate_row(spare, horizontal, out);
            }
        });
    }

    fn each_row(
        &self,
        mut out: ArrayViewMut2<'_, T>,
        fill: impl Fn(isize, &mut [T], &mut [T]) + Sync,
    ) {
        out.axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each_init(
                || (vec![T::zero(); self.width], Vec::new()),
                |(spare, copy), (index, mut row)| {
                    with_slice(&mut row, copy, |row| fill(index as isize, row, spare));
                },
            );
    }

    /// Every row, in or beyond the picture and within reach of it, that row `source` stands for.
    fn images(&self, source: usize) -> impl Iterator<Item = isize> + '_ {
        let first = (-(self.reach.end - 1)).min(0);
        let last = self.height as isize - self.reach.start.min(0);
        // Inside, every row stands for itself; only the rims need a search.
        let rim = |range: Range<isize>| {
            range.filter(move |&index| self.boundary.source(index, self.height) == source)
        };
        rim(first..0)
            .chain(std::iter::once(source as isize))
            .chain(rim(self.height as isize..last))
    }

    /// `out[j] += Σ weight · row[j − right]`, the row continued by the boundary.
    fn convolve_row(&self, row: &[T], taps: &[(isize, T)], out: &mut [T]) {
        let width = self.width as isize;
        for &(right, weight) in taps {
            let inside = right.clamp(0, width)..(width + right).clamp(0, width);
            for j in (0..inside.start).chain(inside.end..width) {
                out[j as usize] += weight * row[self.boundary.source(j - right, self.width)];
            }
            if !inside.is_empty() {
                let from = (inside.start - right) as usize..(inside.end - right) as usize;
                let to = inside.start as usize..inside.end as usize;
                add_scaled(weight, &row[from], &mut out[to]);
            }
        }
    }

    /// The adjoint of [`convolve_row`](Self::convolve_row).
    fn correlate_row(&self, row: &[T], taps: &[(isize, T)], out: &mut [T]) {
        let width = self.width as isize;
        for &(right, weight) in taps {
            let inside = right.clamp(0, width)..(width + right).clamp(0, width);
            for j in (0..inside.start).chain(inside.end..width) {
                out[self.boundary.source(j - right, self.width)] += weight * row[j as usize];
            }
            if !inside.is_empty() {
                let to = (inside.start - right) as usize..(inside.end - right) as usize;
                let from = inside.start as usize..inside.end as usize;
                add_scaled(weight, &row[from], &mut out[to]);
            }
        }
    }
}

/// `to += weight · from`.
fn add_scaled<T: Real>(weight: T, from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to += weight * from;
    }
}

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

    fn workspace(&self, rows: usize) -> Array2<Complex<T>> {
        self.workspaces
            .lock()
            .pop()
            .unwrap_or_else(|| Array2::default((rows, self.fft.spectrum_width())))
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
        self.workspaces.lock().push(spectrum);
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
        self.workspaces.lock().push(spectrum);
    }

    /// `q` at the eigenvalue of every mode of a circular blur, over the transform's area. The same for
    /// every channel, and dearer than the transforms.
    pub fn factors(&self, q: &(dyn Fn(f64) -> f64 + Sync)) -> Array2<T> {
        let area = self.area();
        let area_t = T::rounded(area);
        let mut factors = Array2::zeros(self.kernel.raw_dim());
        Zip::from(&mut factors)
            .and(&self.kernel)
            .into_par_iter()
            .for_each(|(factor, &scaled)| {
                let lambda: f64 = (scaled * area_t).norm_sqr().into();
                *factor = T::rounded(q(lambda) / area);
            });
        factors
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

    /// `x ← x − q(AᵀA)·Aᵀ(Ax − y)` for a circular blur, whose modes are the transform's own.
    ///
    /// # Errors
    /// What `check` says.
    pub fn correct_circular(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        q: &(dyn Fn(f64) -> f64 + Sync),
        check: Check<'_>,
    ) -> Result<()> {
        let shape = (self.fft.height(), self.fft.spectrum_width());
        let (mut first, mut second) = (Array2::default(shape), Array2::default(shape));
        let area_t = T::rounded(self.area());
        let factors = self.factors(q);
        for (mut x, y) in x.outer_iter_mut().zip(y.outer_iter()) {
            check()?;
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
