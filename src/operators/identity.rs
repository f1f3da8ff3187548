//! The identity: denoising.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip};

use super::{Accuracy, Check, Gain, Operator, Solver, cosine_frequency};
use crate::Result;
use crate::math::Real;
use crate::math::dct::Dct2;

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
    fn accuracy(&self, _gain: &Gain<'_>) -> Option<Accuracy> {
        Some(Accuracy::Exact)
    }

    fn correct(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()> {
        if !gain.is_uniform() {
            return by_frequency(x.view_mut(), y, gain, check);
        }
        let factor = T::rounded(gain.by_eigenvalue(|q| Ok(q(1.0)))?);
        Zip::from(x)
            .and(y)
            .into_par_iter()
            .for_each(|(x, &y)| *x -= factor * (*x - y));
        Ok(())
    }
}

/// By the DCT-II, whose modes are frequencies of the mirrored picture.
fn by_frequency<T: Real>(
    mut x: ArrayViewMut3<'_, T>,
    y: ArrayView3<'_, T>,
    gain: &Gain<'_>,
    check: Check<'_>,
) -> Result<()> {
    let (_, height, width) = x.dim();
    let dct = Dct2::new(height, width);
    for (channel, (mut x, y)) in x.outer_iter_mut().zip(y.outer_iter()).enumerate() {
        check()?;
        let mut change = &x - &y;
        dct.forward(change.view_mut());
        Zip::indexed(&mut change)
            .into_par_iter()
            .for_each(|((i, j), mode)| {
                let at = [cosine_frequency(i, height), cosine_frequency(j, width)];
                *mode *= T::rounded(gain.at(1.0, channel, at));
            });
        dct.inverse(change.view_mut());
        x -= &change;
    }
    Ok(())
}
