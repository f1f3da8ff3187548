//! The identity: denoising.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip};

use super::{Accuracy, Check, Gain, Operator, Solver, exact_by_eigenvalue};
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

    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        Ok(y.to_owned())
    }

    fn solver(&self) -> Option<&dyn Solver<T>> {
        Some(self)
    }
}

impl<T: Real> Solver<T> for Identity {
    fn accuracy(&self, gain: &Gain<'_>) -> Option<Accuracy> {
        exact_by_eigenvalue(gain)
    }

    fn correct(
        &self,
        x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        _check: Check<'_>,
    ) -> Result<()> {
        let factor = T::rounded(gain.by_eigenvalue(|q| Ok(q(1.0)))?);
        Zip::from(x)
            .and(y)
            .into_par_iter()
            .for_each(|(x, &y)| *x -= factor * (*x - y));
        Ok(())
    }
}
