//! A nonlinear operator: over-exposure.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip};

use super::{Operator, check_shape};
use crate::math::Real;
use crate::{Error, Result};

/// `y = clip(gain · x, −1, 1)`: exposure raised until highlights and shadows clip (the "HDR
/// reconstruction" measurement). Data consistency runs the gradient loop on it.
#[derive(Clone, Debug)]
pub struct GainClip {
    shape: [usize; 3],
    gain: f64,
}

impl GainClip {
    /// Gain and clip for pictures of `shape` = `[channels, height, width]`; 2 is the usual gain.
    ///
    /// # Errors
    /// `InvalidOption` (`gain`) unless it is above 0 and at most 1e6; `InvalidImage` for a picture without
    /// pixels.
    pub fn new(gain: f64, shape: [usize; 3]) -> Result<Self> {
        if !(gain > 0.0 && gain <= 1e6) {
            return Err(Error::invalid(
                "gain",
                gain,
                "a number above 0, at most 1e6",
            ));
        }
        check_shape(shape)?;
        Ok(Self { shape, gain })
    }
}

impl<T: Real> Operator<T> for GainClip {
    fn input_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn output_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn measure(&self, x: ArrayView3<'_, T>, out: ArrayViewMut3<'_, T>) -> Result<()> {
        let gain = T::rounded(self.gain);
        Zip::from(out)
            .and(x)
            .into_par_iter()
            .for_each(|(out, &x)| *out = (gain * x).max(-T::one()).min(T::one()));
        Ok(())
    }

    fn adjoint(
        &self,
        x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let gain = T::rounded(self.gain);
        Zip::from(out)
            .and(x)
            .and(u)
            .into_par_iter()
            .for_each(|(out, &x, &u)| {
                let value = gain * x;
                let inside = value >= -T::one() && value <= T::one();
                *out = if inside { gain * u } else { T::zero() };
            });
        Ok(())
    }

    fn is_linear(&self) -> bool {
        false
    }

    /// The measurement over the gain.
    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        let scale = T::rounded(1.0 / self.gain);
        Ok(y.mapv(|value| scale * value))
    }

    fn is_channelwise(&self) -> bool {
        true
    }
}
