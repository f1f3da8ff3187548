//! The likelihood of a power spectrum under a blur (P. Whittle, "Curve and periodogram smoothing",
//! 1957): the picture's own spectrum, smooth in log frequency and direction, times the blur's, plus
//! noise, fitted by Fisher scoring.

use pulp::{Arch, Simd, WithSimd};

use super::normal::Normal;
use super::products::{BLOCK, Products};
use super::spectrum::{Bins, TERMS};
use crate::math::elementary::exp;

/// The residual, and the derivatives of the model's logarithm by the noise and by every term.
const ROWS: usize = TERMS + 2;

/// Numbers that share one logarithm.
const LANES: usize = 16;

/// A frequency counts at most this many times what the model expects.
const OUTLIER: f32 = 50.0;

/// Largest change of a coefficient in one step.
const STRIDE: f64 = 1.5;

/// Precision of the prior of each term of the basis, and of the noise.
const PRECISION: [f64; TERMS] = [0.0, 60.0, 200.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0];
const NOISE_PRECISION: f64 = 2.0;

/// Slope of photographs' power in log frequency.
const SLOPE: f64 = -2.2;

/// How thoroughly a fit is made.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    /// Terms of the basis used, from the first.
    pub terms: usize,
    /// Fisher steps.
    pub steps: usize,
    /// Weight of the prior.
    pub prior: f64,
}

/// The spectrum of one crop at some frequencies.
pub(super) struct Observed<'a> {
    pub bins: &'a Bins,
    pub power: Vec<f32>,
    /// Where the fit starts: amplitude at r = 0.1 and noise, as logarithms.
    pub amplitude: f64,
    pub noise: f64,
}

impl<'a> Observed<'a> {
    /// `variance` is that of the noise, in 0…1 units.
    pub fn new(bins: &'a Bins, power: Vec<f32>, amplitude: f64, variance: f64) -> Self {
        Self {
            bins,
            power,
            amplitude,
            noise: variance.ln(),
        }
    }

    /// The log amplitude at r = 0.1 that the power around r = 0.06 suggests.
    pub fn amplitude(bins: &Bins, power: &[f32]) -> f64 {
        let mut low: Vec<f32> = (bins.radius.iter().zip(power))
            .filter(|&(&radius, _)| radius > 0.05 && radius < 0.07)
            .map(|(_, &power)| power)
            .collect();
        low.sort_by(f32::total_cmp);
        // Crops too small to show any are started anywhere.
        let median = low.get(low.len() / 2).copied().unwrap_or(1e-4);
        f64::from(median).ln() - 2.0 * (0.1f64 / 0.06).ln()
    }

    /// Negative log-likelihood (up to a constant) of the power under a blur with the squared transfer
    /// function `transfer`, at the best fitting coefficients found, plus half the prior's penalty.
    pub fn misfit(&self, transfer: &[f32], fit: Fit) -> f64 {
        // With the processor's widest vectors.
        Arch::new().dispatch(Fitting {
            observed: self,
            transfer,
            fit,
        })
    }

    #[inline(always)]
    fn fitted<S: Simd>(&self, simd: S, transfer: &[f32], fit: Fit) -> f64 {
        let size = fit.terms + 1;
        let mut mean = [0.0; TERMS + 1];
        mean[1] = SLOPE;
        mean[fit.terms] = self.noise;
        let mut precision = [0.0; TERMS + 1];
        precision[..fit.terms].copy_from_slice(&PRECISION[..fit.terms]);
        precision[fit.terms] = NOISE_PRECISION;
        precision.iter_mut().for_each(|value| *value *= fit.prior);

        let mut coefficients = mean;
        coefficients[0] = self.amplitude;
        for _ in 0..fit.steps {
            let mut normal = self.normal(simd, transfer, &coefficients[..size]);
            for index in 0..size {
                normal.gradient[index] -= precision[index] * (coefficients[index] - mean[index]);
                normal.matrix[index][index] += precision[index];
            }
            let change = normal.solve(size);
            for (value, change) in coefficients.iter_mut().zip(change) {
                *value += change.clamp(-STRIDE, STRIDE);
            }
        }
        let penalty: f64 = (0..size)
            .map(|index| precision[index] * (coefficients[index] - mean[index]).powi(2))
            .sum();
        self.score(transfer, &coefficients[..size]) + 0.5 * penalty
    }

    /// The signal part of the model over one block of frequencies.
    #[inline(always)]
    fn signal(&self, from: usize, transfer: &[f32], terms: &[f64], out: &mut [f32; BLOCK]) {
        let length = transfer.len();
        out[..length].fill(terms[0] as f32);
        for (basis, &coefficient) in self.bins.basis[1..].iter().zip(&terms[1..]) {
            let basis = &basis[from..from + length];
            let coefficient = coefficient as f32;
            for (to, basis) in out[..length].iter_mut().zip(basis) {
                *to += coefficient * basis;
            }
        }
        for (to, transfer) in out[..length].iter_mut().zip(transfer) {
            *to = exp(*to) * transfer;
        }
    }

    /// What the frequencies say at the given coefficients.
    #[inline(always)]
    fn normal<S: Simd>(&self, simd: S, transfer: &[f32], coefficients: &[f64]) -> Normal {
        let terms = coefficients.len() - 1;
        let noise = coefficients[terms].exp() as f32;
        let mut signal = [0.0f32; BLOCK];
        // The residual, and the derivatives of ln M, noise first; 0 beyond the end of the data.
        let mut rows = [[0.0f32; BLOCK]; ROWS];
        let mut products = Products::<S, ROWS>::new(simd);
        for (block, transfer) in transfer.chunks(BLOCK).enumerate() {
            let (from, length) = (block * BLOCK, transfer.len());
            self.signal(from, transfer, &coefficients[..terms], &mut signal);
            let power = &self.power[from..from + length];
            if length < BLOCK {
                rows[..terms + 2].fill([0.0; BLOCK]);
            }
            let [residual, by_noise, first, others @ ..] = &mut rows;
            for (index, (&power, &signal)) in power.iter().zip(&signal).enumerate() {
                let inverse = 1.0 / (signal + noise);
                residual[index] = (power * inverse).min(OUTLIER) - 1.0;
                first[index] = signal * inverse;
                by_noise[index] = noise * inverse;
            }
            for (slopes, basis) in others.iter_mut().zip(&self.bins.basis[1..terms]) {
                let basis = &basis[from..from + length];
                for ((to, first), basis) in slopes.iter_mut().zip(first.iter()).zip(basis) {
                    *to = first * basis;
                }
            }
            products.add(&rows[..terms + 2]);
        }
        let derivative = |index| if index == terms { 1 } else { index + 2 };
        let mut normal = Normal::default();
        for row in 0..=terms {
            normal.gradient[row] = products.sum(derivative(row), 0);
            for column in 0..=row {
                let (a, b) = (derivative(row), derivative(column));
                normal.matrix[row][column] = products.sum(a.max(b), a.min(b));
            }
        }
        normal
    }

    #[inline(always)]
    fn score(&self, transfer: &[f32], coefficients: &[f64]) -> f64 {
        let terms = coefficients.len() - 1;
        let noise = coefficients[terms].exp() as f32;
        let mut signal = [0.0f32; BLOCK];
        let mut score = 0.0;
        for (block, transfer) in transfer.chunks(BLOCK).enumerate() {
            let (from, length) = (block * BLOCK, transfer.len());
            self.signal(from, transfer, &coefficients[..terms], &mut signal);
            let power = &self.power[from..from + length];
            // One logarithm for several factors between 1e-12 and 1e12.
            for (signal, power) in signal[..length].chunks(LANES).zip(power.chunks(LANES)) {
                let mut product = 1.0f64;
                let mut sum = 0.0f32;
                for (signal, power) in signal.iter().zip(power) {
                    let model = (signal + noise).clamp(1e-12, 1e12);
                    product *= f64::from(model);
                    sum += (power / model).min(OUTLIER);
                }
                score += product.ln() + f64::from(sum);
            }
        }
        score
    }
}

/// The call of [`Observed::fitted`], to be compiled for several processors.
struct Fitting<'a> {
    observed: &'a Observed<'a>,
    transfer: &'a [f32],
    fit: Fit,
}

impl WithSimd for Fitting<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        self.observed.fitted(simd, self.transfer, self.fit)
    }
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::*;

    #[test]
    fn a_fit_is_the_same_on_every_processor() {
        let bins = Bins::new((48, 64));
        assert_ne!(bins.len() % BLOCK, 0);
        // Exponentially distributed, as a periodogram is, around a picture's slope.
        let power: Vec<f32> = (bins.radius.iter().enumerate())
            .map(|(index, &radius)| {
                let part = ((index * 7919) % 1000) as f32 / 1000.0;
                -(1.0 - part).ln() * 1e-3 * (radius / 0.1).powf(-2.2)
            })
            .collect();
        let transfer: Vec<f32> = bins.radius.iter().map(|r| (-20.0 * r * r).exp()).collect();
        let amplitude = Observed::amplitude(&bins, &power);
        let observed = Observed::new(&bins, power, amplitude, 1e-6);
        for (terms, steps) in [(3, 3), (TERMS, 7)] {
            let fit = Fit {
                terms,
                steps,
                prior: 0.5,
            };
            let found = observed.misfit(&transfer, fit);
            let plain = Scalar.vectorize(Fitting {
                observed: &observed,
                transfer: &transfer,
                fit,
            });
            assert!(
                (found - plain).abs() < 1e-5 * plain.abs(),
                "{found} {plain}"
            );
        }
    }
}
