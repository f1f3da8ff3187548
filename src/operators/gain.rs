//! By how much a data step corrects each mode of an operator.

use std::sync::Arc;

use ndarray::Array3;

use crate::{Error, Result};

/// The factor q by which a [`Solver`](super::Solver) corrects each mode of `AᵀA`:
/// `x ← x − q·Aᵀ(Ax − y)`.
#[derive(Clone, Copy)]
pub enum Gain<'a> {
    /// q(λ), by eigenvalue (≥ 0): the momentum steps' polynomial.
    Function(&'a (dyn Fn(f64) -> f64 + Sync)),
    /// 1/(λ + ρ): the proximal step.
    Proximal(&'a Rho),
}

/// ρ = σ_y²/(w·σ_k²) of a proximal step, the minimiser of `|y − Ax|² + ρ|x − v|²` (eq. (8) of the
/// paper): the variance σ_y² of the measurement's noise over the variance σ_k² that the estimate v may
/// be wrong by and a weight w.
#[derive(Clone, Debug, PartialEq)]
pub enum Rho {
    /// White noise. 0 takes the measurement for exact, which only masks and the identity bear.
    Uniform(f64),
    /// Coloured noise: the penalty is |y − Ax|² weighted by 1/ρ(f), per frequency of the measurement.
    Spectrum(Spectrum),
}

/// ρ by frequency: C×n×n, entry (c, i, j) at i/2n cycles per pixel down and j/2n across, as the modes
/// of an n×n DCT-II stand; bilinear between the entries and constant beyond the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    nodes: Arc<Array3<f64>>,
}

impl Spectrum {
    /// From its entries; one channel serves all of a picture's.
    ///
    /// # Errors
    /// `InvalidArgument` unless there are some, all finite and above 0.
    pub fn new(nodes: Array3<f64>) -> Result<Self> {
        let fine = nodes.iter().all(|&rho| rho > 0.0 && rho.is_finite());
        if nodes.is_empty() || !fine {
            return Err(Error::InvalidArgument(format!(
                "noise spectrum of shape {:?}: at least one entry, all finite and above 0",
                nodes.shape()
            )));
        }
        Ok(Self {
            nodes: Arc::new(nodes),
        })
    }

    /// The smallest entry.
    pub fn least(&self) -> f64 {
        self.nodes.iter().fold(f64::INFINITY, |a, &b| a.min(b))
    }

    /// ρ at `down` and `across` cycles per pixel (0…½) in a channel.
    pub fn at(&self, channel: usize, down: f64, across: f64) -> f64 {
        let (channels, rows, columns) = self.nodes.dim();
        let place = |frequency: f64, count: usize| {
            let at = (2.0 * count as f64 * frequency.abs()).min(count as f64 - 1.0);
            let first = at.floor() as usize;
            (first, (first + 1).min(count - 1), at - at.floor())
        };
        let (top, bottom, below) = place(down, rows);
        let (left, right, beside) = place(across, columns);
        let channel = channel.min(channels - 1);
        let row = |row: usize| {
            (1.0 - beside) * self.nodes[[channel, row, left]]
                + beside * self.nodes[[channel, row, right]]
        };
        (1.0 - below) * row(top) + below * row(bottom)
    }
}

impl Rho {
    /// Whether every value is finite and none negative.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn check(&self) -> Result<()> {
        match self {
            Rho::Uniform(rho) if !(*rho >= 0.0 && rho.is_finite()) => Err(Error::InvalidArgument(
                format!("proximal step: rho is {rho}; allowed: 0 or above, finite"),
            )),
            _ => Ok(()),
        }
    }
}

impl Rho {
    /// ρ at a frequency, `down` and `across` in cycles per pixel, of a channel.
    pub(super) fn at(&self, channel: usize, [down, across]: [f64; 2]) -> f64 {
        match self {
            Rho::Uniform(rho) => *rho,
            Rho::Spectrum(spectrum) => spectrum.at(channel, down, across),
        }
    }
}

impl Gain<'_> {
    /// Whether q differs from channel to channel.
    pub(super) fn differs_by_channel(&self) -> bool {
        matches!(self, Gain::Proximal(Rho::Spectrum(spectrum)) if spectrum.nodes.dim().0 > 1)
    }

    /// Whether q depends on the eigenvalue alone.
    pub fn is_uniform(&self) -> bool {
        !matches!(self, Gain::Proximal(Rho::Spectrum(_)))
    }

    /// q of a mode that is a frequency, `down` and `across` in cycles per pixel, of a channel.
    pub(super) fn at(&self, lambda: f64, channel: usize, [down, across]: [f64; 2]) -> f64 {
        match self {
            Gain::Function(q) => q(lambda),
            Gain::Proximal(rho) => proximal(lambda, rho.at(channel, [down, across])),
        }
    }

    /// Hands q as a function of the eigenvalue to `apply`.
    ///
    /// # Errors
    /// Those of `apply`; `Internal` where q is no such function.
    pub(super) fn by_eigenvalue<R>(
        &self,
        apply: impl FnOnce(&(dyn Fn(f64) -> f64 + Sync)) -> Result<R>,
    ) -> Result<R> {
        match self {
            Gain::Function(q) => apply(q),
            Gain::Proximal(Rho::Uniform(rho)) => apply(&|lambda| proximal(lambda, *rho)),
            Gain::Proximal(Rho::Spectrum(_)) => Err(Error::Internal(
                "these modes are no frequencies, which the noise spectrum needs".into(),
            )),
        }
    }
}

/// 1/(λ + ρ); 0 where both are, for there Aᵀ(Ax − y) is.
fn proximal(lambda: f64, rho: f64) -> f64 {
    match lambda + rho {
        0.0 => 0.0,
        sum => 1.0 / sum,
    }
}

/// The frequency, in cycles per pixel, of mode `index` of a Fourier transform of `length`.
pub(super) fn frequency(index: usize, length: usize) -> f64 {
    index.min(length - index) as f64 / length as f64
}

/// The frequency, in cycles per pixel, of mode `index` of a DCT-II of `length`.
pub fn cosine_frequency(index: usize, length: usize) -> f64 {
    index as f64 / (2 * length) as f64
}
