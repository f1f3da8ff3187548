//! An operator some of whose measurements are no data.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut3, Zip};

use super::unknown::check_ignored;
use super::{Operator, Rho, check_shape};
use crate::Result;
use crate::math::Real;

/// `y = M·A(x)`: pixels of the measurement that are no data, saturated or masked ones, are left out (M
/// is 0 there and 1 elsewhere), and their values are not read. Data steps go by conjugate gradients;
/// [`ValidBlur::ignoring`](super::ValidBlur::ignoring) and [`Mask`](super::Mask) are quicker.
pub struct Ignoring<T: Real> {
    inside: Box<dyn Operator<T>>,
    ignored: Array2<bool>,
}

impl<T: Real> Ignoring<T> {
    /// `inside` without the pixels of its measurement that `ignored` (H×W) marks.
    ///
    /// # Errors
    /// `InvalidImage` when `ignored` has not the measurement's size.
    pub fn new(inside: Box<dyn Operator<T>>, ignored: ArrayView2<'_, bool>) -> Result<Self> {
        let shape = inside.output_shape();
        check_shape(shape)?;
        check_ignored(ignored, [shape[1], shape[2]])?;
        Ok(Self {
            inside,
            ignored: ignored.to_owned(),
        })
    }

    fn clear(&self, mut y: ArrayViewMut3<'_, T>) {
        for mut plane in y.outer_iter_mut() {
            Zip::from(&mut plane)
                .and(&self.ignored)
                .for_each(|value, &ignored| {
                    if ignored {
                        *value = T::zero();
                    }
                });
        }
    }
}

impl<T: Real> Operator<T> for Ignoring<T> {
    fn input_shape(&self) -> [usize; 3] {
        self.inside.input_shape()
    }

    fn output_shape(&self) -> [usize; 3] {
        self.inside.output_shape()
    }

    fn measure(&self, x: ArrayView3<'_, T>, mut out: ArrayViewMut3<'_, T>) -> Result<()> {
        self.inside.measure(x, out.view_mut())?;
        self.clear(out);
        Ok(())
    }

    fn adjoint(
        &self,
        x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let mut known = u.to_owned();
        self.clear(known.view_mut());
        self.inside.adjoint(x, known.view(), out)
    }

    fn misfit(
        &self,
        x: ArrayView3<'_, T>,
        y: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        self.inside.misfit(x, y, out.view_mut())?;
        self.clear(out);
        Ok(())
    }

    fn is_linear(&self) -> bool {
        self.inside.is_linear()
    }

    fn is_channelwise(&self) -> bool {
        self.inside.is_channelwise()
    }

    /// A bound: that of the operator without gaps.
    fn lambda_max(&self) -> Option<f64> {
        self.inside.lambda_max()
    }

    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        self.inside.start(y)
    }

    fn precondition(&self, mut u: ArrayViewMut3<'_, T>, rho: &Rho) -> Result<()> {
        self.clear(u.view_mut());
        self.inside.precondition(u.view_mut(), rho)?;
        self.clear(u);
        Ok(())
    }

    fn precondition_picture(&self, x: ArrayViewMut3<'_, T>, rho: &Rho) -> Result<()> {
        self.inside.precondition_picture(x, rho)
    }

    fn visible<'a>(&self, x: ArrayView3<'a, T>) -> ArrayView3<'a, T> {
        self.inside.visible(x)
    }
}
