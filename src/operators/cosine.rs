//! Blurs that the DCT-II diagonalises: half-sample symmetric pictures, PSFs symmetric in both axes.

use std::f64::consts::PI;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView3, ArrayViewMut3, Axis, Zip};

use super::psf::Psf;
use super::{Check, Gain, cosine_frequency};
use crate::Result;
use crate::math::Real;
use crate::math::dct::Dct2;
use crate::math::linear::product;

/// The eigenvalues of a blur in the DCT-II basis.
pub(super) struct CosineModes<T: Real> {
    dct: Dct2<T>,
    eigenvalues: Eigenvalues<T>,
}

enum Eigenvalues<T> {
    /// Vertical times horizontal.
    Separable([Vec<f64>; 2]),
    /// One per mode.
    Full(Array2<T>),
}

impl<T: Real> Eigenvalues<T> {
    fn at(&self, row: usize, column: usize) -> f64 {
        match self {
            Eigenvalues::Separable([vertical, horizontal]) => vertical[row] * horizontal[column],
            Eigenvalues::Full(values) => values[[row, column]].into(),
        }
    }
}

impl<T: Real> CosineModes<T> {
    /// The modes of a half-sample symmetric blur, if the PSF is mirror-symmetric about its centre in
    /// both axes.
    pub fn of_blur(psf: &Psf, [height, width]: [usize; 2]) -> Option<Self> {
        let at = |down: isize, right: isize| -> f64 {
            let index = |offset: isize, axis: usize| {
                usize::try_from(offset + psf.centre[axis] as isize).unwrap_or(usize::MAX)
            };
            *psf.values
                .get([index(down, 0), index(right, 1)])
                .unwrap_or(&0.0)
        };
        let peak = psf.values.iter().fold(0f64, |a, b| a.max(b.abs()));
        let symmetric = psf.taps().all(|(down, right, value)| {
            (value - at(-down, right)).abs() <= 1e-7 * peak
                && (value - at(down, -right)).abs() <= 1e-7 * peak
        });
        if !symmetric {
            return None;
        }
        let eigenvalues = if let Some([vertical, horizontal]) = psf.factors() {
            let axis = |taps: &[f64], centre: usize, length: usize| -> Vec<f64> {
                (0..length)
                    .map(|k| {
                        taps.iter()
                            .enumerate()
                            .map(|(t, tap)| tap * cosine(k, t as f64 - centre as f64, length))
                            .sum()
                    })
                    .collect()
            };
            Eigenvalues::Separable([
                axis(&vertical, psf.centre[0], height),
                axis(&horizontal, psf.centre[1], width),
            ])
        } else {
            let basis = |axis: usize, length: usize| {
                let size = psf.values.len_of(Axis(axis));
                Array2::from_shape_fn((length, size), |(k, t)| {
                    T::rounded(cosine(k, t as f64 - psf.centre[axis] as f64, length))
                })
            };
            let rows = product(basis(0, height).view(), psf.values.mapv(T::rounded).view());
            Eigenvalues::Full(product(rows.view(), basis(1, width).t()))
        };
        Some(Self {
            dct: Dct2::new(height, width),
            eigenvalues,
        })
    }

    /// λmax of `AᵀA`.
    pub fn peak(&self) -> f64 {
        let largest: f64 = match &self.eigenvalues {
            Eigenvalues::Separable(axes) => axes
                .iter()
                .map(|axis| axis.iter().fold(0f64, |a, b| a.max(b.abs())))
                .product(),
            Eigenvalues::Full(values) => values
                .iter()
                .fold(T::zero(), |a, &b| a.max(b).max(-b))
                .into(),
        };
        largest * largest
    }

    /// As [`Solver::correct`](super::Solver::correct).
    pub fn correct(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()> {
        let (channels, height, width) = x.dim();
        let mut gains = Array2::zeros((height, width));
        let fill = |channel: usize, gains: &mut Array2<T>| {
            gains
                .axis_iter_mut(Axis(0))
                .into_par_iter()
                .enumerate()
                .for_each(|(k, mut row)| {
                    for (l, factor) in row.iter_mut().enumerate() {
                        let value = self.eigenvalues.at(k, l);
                        let at = [cosine_frequency(k, height), cosine_frequency(l, width)];
                        *factor = T::rounded(value * gain.at(value * value, channel, at));
                    }
                });
        };
        let mut modes = Array2::zeros((height, width));
        let mut measured = Array2::zeros((height, width));
        for channel in 0..channels {
            check()?;
            // Mostly the same for every channel, and dearer than a transform's share.
            if channel == 0 || gain.differs_by_channel() {
                fill(channel, &mut gains);
            }
            modes.assign(&x.index_axis(Axis(0), channel));
            self.dct.forward(modes.view_mut());
            check()?;
            measured.assign(&y.index_axis(Axis(0), channel));
            self.dct.forward(measured.view_mut());
            check()?;
            modes
                .axis_iter_mut(Axis(0))
                .into_par_iter()
                .zip(measured.axis_iter(Axis(0)))
                .zip(gains.axis_iter(Axis(0)))
                .enumerate()
                .for_each(|(k, ((mut modes, measured), gains))| {
                    for (l, mode) in modes.iter_mut().enumerate() {
                        let value = T::rounded(self.eigenvalues.at(k, l));
                        *mode = gains[l] * (value * *mode - measured[l]);
                    }
                });
            self.dct.inverse(modes.view_mut());
            Zip::from(x.index_axis_mut(Axis(0), channel))
                .and(&modes)
                .into_par_iter()
                .for_each(|(x, &change)| *x -= change);
        }
        Ok(())
    }
}

/// `cos(πk·offset/length)`, the factor by which a shift pair scales DCT-II mode k.
fn cosine(k: usize, offset: f64, length: usize) -> f64 {
    (PI * k as f64 * offset / length as f64).cos()
}
