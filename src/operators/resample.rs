//! Antialiased bicubic downsampling: super-resolution.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Zip};

use super::kernels::gaussian_taps;
use super::sampling::Axis1;
use super::separable::Separable;
use super::{
    Accuracy, Check, Gain, Operator, Solver, check_shape, cosine_frequency, exact_by_eigenvalue,
};
use crate::error::names;
use crate::math::Real;
use crate::math::dct::Dct2;
use crate::math::fft::with_slice;
use crate::{Error, Result};

/// Bicubic downsampling by a whole factor f, as MATLAB's `imresize` does it: Keys' kernel with
/// a = −0.5 stretched f times (4f taps, sum 1), half-sample mirrored edges. Sizes not divisible by f
/// give ⌈n/f⌉ samples; sample i is centred at `f·i + (f−1)/2` either way.
///
/// Closed form by DCT-II of the measurement: with half-sample mirroring on both sides `AAᵀ` is
/// diagonal in it when f divides the size. Other sizes use singular bases, or the loop when large.
pub struct Bicubic<T: Real> {
    shape: [usize; 3],
    rows: Axis1<T>,
    columns: Axis1<T>,
    modes: Modes<T>,
}

enum Modes<T: Real> {
    /// Eigenvalues of `AAᵀ` per axis.
    Cosine {
        dct: Dct2<T>,
        lambda: [Vec<f64>; 2],
    },
    Separable(Separable<T>),
    Unknown,
}

/// Largest factor: beyond it the taps alone would be longer than most pictures.
const LARGEST_FACTOR: usize = 1024;

/// Standard deviation of a soft picture's blur, in samples.
const SOFTNESS: f64 = 0.3;

/// Longest measured axis whose basis is computed.
const LONGEST_BASIS: usize = 1024;

impl<T: Real> Bicubic<T> {
    /// Downsampling by `factor` of pictures of `shape` = `[channels, height, width]`.
    ///
    /// # Errors
    /// `InvalidOption` (`scale`) unless `factor` lies in 1…1024; `InvalidImage` for a picture without
    /// pixels.
    pub fn new(factor: usize, shape: [usize; 3]) -> Result<Self> {
        check_factor(factor)?;
        Self::with(factor, &[1.0], shape)
    }

    /// The same of a picture that was soft before it was sampled, as small pictures from the web and
    /// area-averaged ones are: a Gaussian of 0.3·`factor` pixels comes first.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn soft(factor: usize, shape: [usize; 3]) -> Result<Self> {
        check_factor(factor)?;
        Self::with(factor, &gaussian_taps(SOFTNESS * factor as f64)?, shape)
    }

    /// `blur`, odd and symmetric, comes before the sampling.
    fn with(factor: usize, blur: &[f64], shape: [usize; 3]) -> Result<Self> {
        check_shape(shape)?;
        let [rows, columns] = [shape[1], shape[2]].map(|inputs| Axis1::new(factor, blur, inputs));
        let divisible = shape[1].is_multiple_of(factor) && shape[2].is_multiple_of(factor);
        let modes = if divisible {
            Modes::Cosine {
                dct: Dct2::new(rows.outputs, columns.outputs),
                lambda: [rows.eigenvalues(), columns.eigenvalues()],
            }
        } else if rows.outputs.max(columns.outputs) <= LONGEST_BASIS {
            Modes::Separable(Separable {
                vertical: rows.modes(),
                horizontal: columns.modes(),
            })
        } else {
            Modes::Unknown
        };
        Ok(Self {
            shape,
            rows,
            columns,
            modes,
        })
    }

    fn forward(&self, x: ArrayView2<'_, T>, mut out: ArrayViewMut2<'_, T>) {
        out.axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each_init(
                || (vec![T::zero(); self.columns.inputs], Vec::new()),
                |(line, spare), (index, mut out)| {
                    line.fill(T::zero());
                    for (source, weight) in self.rows.taps(index) {
                        let row = x.row(source);
                        for (to, &from) in line.iter_mut().zip(row) {
                            *to += weight * from;
                        }
                    }
                    with_slice(&mut out, spare, |out| self.columns.forward(line, out));
                },
            );
    }

    /// `out ← out + scale · Aᵀu`.
    fn add_adjoint(&self, scale: T, u: ArrayView2<'_, T>, mut out: ArrayViewMut2<'_, T>) {
        let (height, width) = (self.columns.inputs, self.columns.outputs);
        out.axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each_init(
                || (vec![T::zero(); width], vec![T::zero(); height]),
                |(line, wide), (index, mut out)| {
                    line.fill(T::zero());
                    self.rows.each_output_of(index, |output, weight| {
                        for (to, &from) in line.iter_mut().zip(u.row(output)) {
                            *to += weight * from;
                        }
                    });
                    wide.fill(T::zero());
                    self.columns.add_adjoint(line, wide);
                    for (out, &value) in out.iter_mut().zip(wide.iter()) {
                        *out += scale * value;
                    }
                },
            );
    }
}

fn check_factor(factor: usize) -> Result<()> {
    if (1..=LARGEST_FACTOR).contains(&factor) {
        return Ok(());
    }
    let allowed = format!("a whole number from 1 to {LARGEST_FACTOR}");
    Err(Error::invalid(names::SCALE, factor, allowed))
}

impl<T: Real> Operator<T> for Bicubic<T> {
    fn input_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn output_shape(&self) -> [usize; 3] {
        [self.shape[0], self.rows.outputs, self.columns.outputs]
    }

    fn measure(&self, x: ArrayView3<'_, T>, mut out: ArrayViewMut3<'_, T>) -> Result<()> {
        for (x, out) in x.outer_iter().zip(out.outer_iter_mut()) {
            self.forward(x, out);
        }
        Ok(())
    }

    fn adjoint(
        &self,
        _x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        out.fill(T::zero());
        for (u, out) in u.outer_iter().zip(out.outer_iter_mut()) {
            self.add_adjoint(T::one(), u, out);
        }
        Ok(())
    }

    fn is_channelwise(&self) -> bool {
        true
    }

    /// Half a plane, in blocks of rows.
    fn scratch(&self) -> usize {
        self.input_shape()[1..].iter().product::<usize>() / 2
    }

    fn lambda_max(&self) -> Option<f64> {
        match &self.modes {
            Modes::Cosine { lambda, .. } => Some(
                lambda
                    .iter()
                    .map(|axis| axis.iter().fold(0.0, |a: f64, &b| a.max(b)))
                    .product(),
            ),
            Modes::Separable(modes) => {
                Some((modes.vertical.peak() * modes.horizontal.peak()).powi(2))
            }
            Modes::Unknown => None,
        }
    }

    /// The measurement enlarged by cubic interpolation.
    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        let mut x = Array3::zeros(self.shape);
        let mut tall = Array2::zeros((self.rows.inputs, self.columns.outputs));
        for (y, mut x) in y.outer_iter().zip(x.outer_iter_mut()) {
            for (index, mut line) in tall.outer_iter_mut().enumerate() {
                line.fill(T::zero());
                for (source, weight) in self.rows.interpolation(index) {
                    line.scaled_add(weight, &y.row(source));
                }
            }
            for (index, mut line) in x.axis_iter_mut(Axis(1)).enumerate() {
                for (source, weight) in self.columns.interpolation(index) {
                    line.scaled_add(weight, &tall.column(source));
                }
            }
        }
        Ok(x)
    }

    fn solver(&self) -> Option<&dyn Solver<T>> {
        match self.modes {
            Modes::Unknown => None,
            _ => Some(self),
        }
    }
}

impl<T: Real> Solver<T> for Bicubic<T> {
    fn accuracy(&self, gain: &Gain<'_>) -> Option<Accuracy> {
        match self.modes {
            Modes::Cosine { .. } => Some(Accuracy::Exact),
            Modes::Separable(_) => exact_by_eigenvalue(gain),
            Modes::Unknown => None,
        }
    }

    fn correct(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()> {
        let mut residual = Array2::zeros((self.rows.outputs, self.columns.outputs));
        for (channel, (x, y)) in x.outer_iter_mut().zip(y.outer_iter()).enumerate() {
            check()?;
            self.forward(x.view(), residual.view_mut());
            Zip::from(&mut residual)
                .and(y)
                .into_par_iter()
                .for_each(|(residual, &y)| *residual -= y);
            check()?;
            match &self.modes {
                // q(AᵀA)·Aᵀ = Aᵀ·q(AAᵀ): filter on the measurement's smaller side.
                Modes::Cosine { dct, lambda } => {
                    dct.forward(residual.view_mut());
                    let (height, width) = residual.dim();
                    residual
                        .axis_iter_mut(Axis(0))
                        .into_par_iter()
                        .zip(&lambda[0])
                        .enumerate()
                        .for_each(|(k, (mut row, &vertical))| {
                            for (l, (value, &horizontal)) in
                                row.iter_mut().zip(&lambda[1]).enumerate()
                            {
                                let at = [cosine_frequency(k, height), cosine_frequency(l, width)];
                                *value *= T::rounded(gain.at(vertical * horizontal, channel, at));
                            }
                        });
                    dct.inverse(residual.view_mut());
                    self.add_adjoint(-T::one(), residual.view(), x);
                }
                Modes::Separable(modes) => {
                    gain.by_eigenvalue(|q| modes.correct(x, residual.view(), q, check))?;
                }
                Modes::Unknown => {
                    return Err(Error::Internal("this operator has no closed form".into()));
                }
            }
        }
        Ok(())
    }
}
