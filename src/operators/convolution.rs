//! Convolution of one plane with a point-spread function, and its exact adjoint.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Boundary;
use super::direct::Direct;
use super::fourier::Fourier;
use super::psf::Psf;
use super::sliding::Sliding;
use crate::math::Real;

/// A convolution of planes of one size.
pub(super) enum Convolution<T: Real> {
    Direct(Direct<T>),
    Fourier(Fourier<T>),
}

impl<T: Real> Convolution<T> {
    /// The faster of the two ways.
    pub fn new(psf: &Psf, size: [usize; 2], boundary: Boundary) -> Self {
        if let Some(sliding) = Sliding::new(psf) {
            return Self::Direct(Direct::new(sliding, size, boundary));
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
