//! Bicubic sampling of one axis.

use std::f64::consts::PI;

use ndarray::Array2;

use super::Boundary;
use super::basis::Basis;
use super::separable::AxisModes;
use crate::math::Real;

/// Downsampling of one axis.
pub(super) struct Axis1<T> {
    factor: usize,
    pub inputs: usize,
    pub outputs: usize,
    /// Offset of the first tap from `factor · output`.
    first: isize,
    weights: Vec<T>,
    exact: Vec<f64>,
}

impl<T: Real> Axis1<T> {
    /// Sampling every `factor`-th of `inputs`, after `blur`, odd and symmetric.
    pub fn new(factor: usize, blur: &[f64], inputs: usize) -> Self {
        let f = factor as f64;
        let centre = (f - 1.0) / 2.0;
        let first = (centre - 2.0 * f).floor() as isize + 1;
        let last = (centre + 2.0 * f).ceil() as isize - 1;
        // Mirrored pictures stay mirrored when blurred, so both filters are one.
        let reach = blur.len() / 2;
        let mut exact = vec![0.0; (last - first) as usize + blur.len()];
        for (tap, offset) in (first..=last).enumerate() {
            let weight = keys((offset as f64 - centre) / f);
            for (to, value) in exact[tap..].iter_mut().zip(blur) {
                *to += weight * value;
            }
        }
        let first = first - reach as isize;
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
    pub fn interpolation(&self, input: usize) -> impl Iterator<Item = (usize, T)> {
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
    pub fn taps(&self, output: usize) -> impl Iterator<Item = (usize, T)> {
        let start = self.start(output);
        self.weights
            .iter()
            .enumerate()
            .map(move |(tap, &weight)| (self.source(start + tap as isize), weight))
    }

    /// The outputs one input enters, with weights.
    pub fn each_output_of(&self, input: usize, mut visit: impl FnMut(usize, T)) {
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

    /// `out` = the samples of `line`.
    pub fn forward(&self, line: &[T], out: &mut [T]) {
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

    /// `out ← out + Aᵀ·line`.
    pub fn add_adjoint(&self, line: &[T], out: &mut [T]) {
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
    pub fn eigenvalues(&self) -> Vec<f64> {
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

    /// The singular basis.
    pub fn modes(&self) -> AxisModes<T> {
        let mut key = vec![u64::MAX, self.factor as u64, self.inputs as u64];
        key.extend(self.exact.iter().map(|weight| weight.to_bits()));
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

/// Keys' cubic convolution kernel, a = −0.5 (R. Keys 1981), 0 from 2 pixels on.
pub fn keys(x: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}
