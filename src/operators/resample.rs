//! Antialiased bicubic downsampling: super-resolution.

use std::f64::consts::PI;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Zip};

use super::basis::Basis;
use super::separable::{AxisModes, Separable};
use super::{Accuracy, Boundary, Check, Gain, Operator, Solver, check_shape, exact_by_eigenvalue};
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

/// Longest measured axis whose basis is computed.
const LONGEST_BASIS: usize = 1024;

impl<T: Real> Bicubic<T> {
    /// Downsampling by `factor` of pictures of `shape` = `[channels, height, width]`.
    ///
    /// # Errors
    /// `InvalidOption` (`scale`) unless `factor` lies in 1…1024; `InvalidImage` for a picture without
    /// pixels.
    pub fn new(factor: usize, shape: [usize; 3]) -> Result<Self> {
        if !(1..=LARGEST_FACTOR).contains(&factor) {
            let allowed = format!("a whole number from 1 to {LARGEST_FACTOR}");
            return Err(Error::invalid("scale", factor, allowed));
        }
        check_shape(shape)?;
        let (rows, columns) = (Axis1::new(factor, shape[1]), Axis1::new(factor, shape[2]));
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

/// Downsampling of one axis.
struct Axis1<T> {
    factor: usize,
    inputs: usize,
    outputs: usize,
    /// Offset of the first tap from `factor · output`.
    first: isize,
    weights: Vec<T>,
    exact: Vec<f64>,
}

impl<T: Real> Axis1<T> {
    fn new(factor: usize, inputs: usize) -> Self {
        let f = factor as f64;
        let centre = (f - 1.0) / 2.0;
        let first = (centre - 2.0 * f).floor() as isize + 1;
        let last = (centre + 2.0 * f).ceil() as isize - 1;
        let mut exact: Vec<f64> = (first..=last)
            .map(|offset| keys((offset as f64 - centre) / f))
            .collect();
        let sum: f64 = exact.iter().sum();
        exact.iter_mut().for_each(|weight| *weight /= sum);
        Self {
            factor,
            inputs,
            outputs: inputs.div_ceil(factor),
            first,
            weights: exact.iter().map(|&weight| T::rounded(weight)).collect(),
            exact,
        }
    }

    /// The outputs and weights from which cubic interpolation makes one input.
    fn interpolation(&self, input: usize) -> impl Iterator<Item = (usize, T)> {
        let factor = self.factor as f64;
        let at = (input as f64 - (factor - 1.0) / 2.0) / factor;
        let first = at.floor() as isize - 1;
        (first..first + 4).map(move |output| {
            let source = Boundary::Symmetric.source(output, self.outputs);
            (source, T::rounded(keys(at - output as f64)))
        })
    }

    fn source(&self, index: isize) -> usize {
        Boundary::Symmetric.source(index, self.inputs)
    }

    fn start(&self, output: usize) -> isize {
        (self.factor * output) as isize + self.first
    }

    /// The inputs and weights of one output.
    fn taps(&self, output: usize) -> impl Iterator<Item = (usize, T)> {
        let start = self.start(output);
        self.weights
            .iter()
            .enumerate()
            .map(move |(tap, &weight)| (self.source(start + tap as isize), weight))
    }

    /// The outputs one input enters, with weights.
    fn each_output_of(&self, input: usize, mut visit: impl FnMut(usize, T)) {
        let (input, factor) = (input as isize, self.factor as isize);
        let reach = self.weights.len() as isize;
        let end = self.start(self.outputs - 1) + reach;
        let mut image = |at: isize| {
            let newest = (at - self.first)
                .div_euclid(factor)
                .min(self.outputs as isize - 1);
            let mut output = newest;
            while output >= 0 && at - self.start(output as usize) < reach {
                let tap = at - self.start(output as usize);
                visit(output as usize, self.weights[tap as usize]);
                output -= 1;
            }
        };
        image(input);
        for at in (self.first.min(0)..0).chain(self.inputs as isize..end) {
            if self.source(at) == input as usize {
                image(at);
            }
        }
    }

    fn is_inside(&self, output: usize) -> bool {
        let start = self.start(output);
        start >= 0 && start as usize + self.weights.len() <= self.inputs
    }

    fn forward(&self, line: &[T], out: &mut [T]) {
        for (output, out) in out.iter_mut().enumerate() {
            *out = if self.is_inside(output) {
                let start = self.start(output) as usize;
                line[start..]
                    .iter()
                    .zip(&self.weights)
                    .fold(T::zero(), |sum, (&x, &weight)| sum + weight * x)
            } else {
                self.taps(output).fold(T::zero(), |sum, (source, weight)| {
                    sum + weight * line[source]
                })
            };
        }
    }

    fn add_adjoint(&self, line: &[T], out: &mut [T]) {
        for (output, &value) in line.iter().enumerate() {
            if self.is_inside(output) {
                let start = self.start(output) as usize;
                for (out, &weight) in out[start..].iter_mut().zip(&self.weights) {
                    *out += weight * value;
                }
            } else {
                for (source, weight) in self.taps(output) {
                    out[source] += weight * value;
                }
            }
        }
    }

    /// Eigenvalues of `AAᵀ` in the DCT-II basis of the outputs, for divisible sizes: input mode k
    /// folds onto output mode κ when k ≡ ±κ modulo twice the outputs.
    fn eigenvalues(&self) -> Vec<f64> {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let centre = (self.factor as f64 - 1.0) / 2.0;
        let mut lambda = vec![0.0; outputs];
        for k in 0..inputs {
            let folded = k % (2 * outputs);
            if folded == outputs {
                continue;
            }
            let mode = folded.min(2 * outputs - folded);
            let response: f64 = self
                .exact
                .iter()
                .enumerate()
                .map(|(tap, weight)| {
                    let offset = (self.first + tap as isize) as f64 - centre;
                    weight * (PI * k as f64 * offset / inputs as f64).cos()
                })
                .sum();
            // Ratio of the two bases' squared orthonormal factors.
            let scale = if mode == 0 && k > 0 { 2.0 } else { 1.0 } / self.factor as f64;
            lambda[mode] += scale * response * response;
        }
        lambda
    }

    fn modes(&self) -> AxisModes<T> {
        let key = vec![u64::MAX, self.factor as u64, self.inputs as u64];
        let basis = Basis::cached(key, || {
            let mut matrix = Array2::zeros((self.outputs, self.inputs));
            for output in 0..self.outputs {
                for (tap, weight) in self.exact.iter().enumerate() {
                    let source = self.source(self.start(output) + tap as isize);
                    matrix[[output, source]] += weight;
                }
            }
            matrix
        });
        AxisModes::new(basis, self.inputs)
    }
}

/// Keys' cubic convolution kernel, a = −0.5 (R. Keys 1981).
fn keys(x: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
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
        exact_by_eigenvalue(gain)
    }

    fn correct(
        &self,
        x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()> {
        gain.by_eigenvalue(|q| self.pull(x, y, q, check))
    }
}

impl<T: Real> Bicubic<T> {
    fn pull(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        q: &(dyn Fn(f64) -> f64 + Sync),
        check: Check<'_>,
    ) -> Result<()> {
        let mut residual = Array2::zeros((self.rows.outputs, self.columns.outputs));
        for (x, y) in x.outer_iter_mut().zip(y.outer_iter()) {
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
                    residual
                        .axis_iter_mut(Axis(0))
                        .into_par_iter()
                        .zip(&lambda[0])
                        .for_each(|(mut row, &vertical)| {
                            for (value, &horizontal) in row.iter_mut().zip(&lambda[1]) {
                                *value *= T::rounded(q(vertical * horizontal));
                            }
                        });
                    dct.inverse(residual.view_mut());
                    self.add_adjoint(-T::one(), residual.view(), x);
                }
                Modes::Separable(modes) => modes.correct(x, residual.view(), q, check)?,
                Modes::Unknown => {
                    return Err(Error::Internal("this operator has no closed form".into()));
                }
            }
        }
        Ok(())
    }
}
