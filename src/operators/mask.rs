//! A mask: inpainting.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3, Axis, Zip};

use super::{Accuracy, Check, Gain, Operator, Solver, check_shape, exact_by_eigenvalue};
use crate::math::Real;
use crate::{Error, Result};

/// `y = mask · x`, the operator of inpainting: one H×W mask for all channels, 1 where the picture is
/// known and 0 where it is to be filled; values between weigh a pixel.
#[derive(Clone, Debug)]
pub struct Mask<T> {
    shape: [usize; 3],
    mask: Array2<T>,
}

impl<T: Real> Mask<T> {
    /// A mask (H×W, values 0…1) for pictures of `shape` = `[channels, height, width]`.
    ///
    /// # Errors
    /// `InvalidOption` (`mask`) when the sizes differ or a value lies outside 0…1; `InvalidImage` for a
    /// picture without pixels.
    pub fn new(mask: Array2<T>, shape: [usize; 3]) -> Result<Self> {
        check_shape(shape)?;
        if mask.dim() != (shape[1], shape[2]) {
            return Err(Error::invalid(
                "mask",
                format!("{}x{}", mask.ncols(), mask.nrows()),
                format!("the picture's size, {}x{}", shape[2], shape[1]),
            ));
        }
        let inside = |&value: &T| value >= T::zero() && value <= T::one();
        if let Some(value) = mask.iter().find(|value| !inside(value)) {
            return Err(Error::invalid("mask", value, "values in 0…1"));
        }
        Ok(Self { shape, mask })
    }

    fn multiply(&self, from: ArrayView3<'_, T>, mut to: ArrayViewMut3<'_, T>) {
        for (mut to, from) in to.outer_iter_mut().zip(from.outer_iter()) {
            Zip::from(&mut to)
                .and(from)
                .and(&self.mask)
                .into_par_iter()
                .for_each(|(to, &from, &weight)| *to = weight * from);
        }
    }
}

impl<T: Real> Operator<T> for Mask<T> {
    fn input_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn output_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn measure(&self, x: ArrayView3<'_, T>, out: ArrayViewMut3<'_, T>) -> Result<()> {
        self.multiply(x, out);
        Ok(())
    }

    fn adjoint(
        &self,
        _x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        self.multiply(u, out);
        Ok(())
    }

    fn is_channelwise(&self) -> bool {
        true
    }

    fn scratch(&self) -> usize {
        0
    }

    fn lambda_max(&self) -> Option<f64> {
        let largest: f64 = self.mask.iter().fold(T::zero(), |a, &b| a.max(b)).into();
        Some(largest * largest)
    }

    /// The picture where it is known, 0 where not.
    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        let mut x = y.to_owned();
        for mut x in x.outer_iter_mut() {
            Zip::from(&mut x).and(&self.mask).for_each(|x, &weight| {
                *x = match weight > T::zero() {
                    true => *x / weight,
                    false => T::zero(),
                };
            });
        }
        Ok(x)
    }

    fn solver(&self) -> Option<&dyn Solver<T>> {
        Some(self)
    }
}

impl<T: Real> Solver<T> for Mask<T> {
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

impl<T: Real> Mask<T> {
    fn pull(
        &self,
        mut x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        q: &(dyn Fn(f64) -> f64 + Sync),
        check: Check<'_>,
    ) -> Result<()> {
        let factor_of = |weight: T| {
            let weight: f64 = weight.into();
            T::rounded(weight * q(weight * weight))
        };
        for (mut x, y) in x.outer_iter_mut().zip(y.outer_iter()) {
            check()?;
            x.axis_iter_mut(Axis(0))
                .into_par_iter()
                .zip(y.axis_iter(Axis(0)))
                .zip(self.mask.axis_iter(Axis(0)))
                .for_each(|((mut x, y), mask)| {
                    let mut last = (T::zero(), T::zero());
                    for ((x, &y), &weight) in x.iter_mut().zip(y).zip(mask) {
                        if weight == T::zero() {
                            continue; // Nothing is known here: x comes back bit-exact.
                        }
                        if weight != last.0 {
                            last = (weight, factor_of(weight));
                        }
                        *x -= last.1 * (weight * *x - y);
                    }
                });
        }
        Ok(())
    }
}
