//! Convolution of one plane with a point-spread function, and its exact adjoint.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Boundary;
use super::direct::{Direct, Taps, offsets};
use super::fourier::Fourier;
use super::psf::Psf;
use crate::math::Real;

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
