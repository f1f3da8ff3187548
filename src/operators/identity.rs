//! The identity: denoising.

use ndarray::parallel::prelude::*;
use ndarray::{ArrayView3, ArrayViewMut3, Zip};

use super::{Check, Operator, SpectralForm};
use crate::Result;
use crate::math::Real;

/// `y = x`, the operator of denoising.
#[derive(Clone, Debug)]
pub struct Identity {
    shape: [usize; 3],
}

impl Identity {
    /// The identity on pictures of `shape` = `[channels, height, width]`.
    pub fn new(shape: [usize; 3]) -> Self {
        Self { shape }
    }
}

impl<T: Real> Operator<T> for Identity {
    fn input_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn output_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn measure(&self, x: ArrayView3<'_, T>, mut out: ArrayViewMut3<'_, T>) -> Result<()> {
        out.assign(&x);
        Ok(())
    }

    fn adjoint(
        &self,
        _x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        out.assign(&u);
        Ok(())
    }

    fn is_channelwise(&self) -> bool {
        true
    }

    fn scratch(&self) -> usize {
        0
    }

    fn lambda_max(&self) -> Option<f64> {
        Some(1.0)
    }

    fn spectral(&self) -> Option<&dyn SpectralForm<T>> {
        Some(self)
    }
}

impl<T: Real> SpectralForm<T> for Identity {
    fn correct(
        &self,
        x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        q: &(dyn Fn(f64) -> f64 + Sync),
        _check: Check<'_>,
    ) -> Result<()> {
        let factor = T::rounded(q(1.0));
        Zip::from(x)
            .and(y)
            .into_par_iter()
            .for_each(|(x, &y)| *x -= factor * (*x - y));
        Ok(())
    }
}
