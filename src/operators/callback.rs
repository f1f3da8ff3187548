//! An operator made of closures.

use ndarray::{ArrayView3, ArrayViewMut3};

use super::Operator;
use crate::Result;
use crate::math::Real;

/// `measure(x, out)` of a [`Callback`].
pub type MeasureFn<T> =
    Box<dyn Fn(ArrayView3<'_, T>, ArrayViewMut3<'_, T>) -> Result<()> + Send + Sync>;

/// `adjoint(x, u, out)` of a [`Callback`].
pub type AdjointFn<T> = Box<
    dyn Fn(ArrayView3<'_, T>, ArrayView3<'_, T>, ArrayViewMut3<'_, T>) -> Result<()> + Send + Sync,
>;

/// A caller's own operator, given as closures with the contracts of [`Operator::measure`] and
/// [`Operator::adjoint`].
pub struct Callback<T> {
    input_shape: [usize; 3],
    output_shape: [usize; 3],
    linear: bool,
    measure: MeasureFn<T>,
    adjoint: AdjointFn<T>,
}

impl<T: Real> Callback<T> {
    /// An operator from pictures of `input_shape` to measurements of `output_shape`, both
    /// `[channels, height, width]`. Say `linear` only of what is: the stability of the step is checked
    /// for linear operators alone.
    pub fn new(
        input_shape: [usize; 3],
        output_shape: [usize; 3],
        linear: bool,
        measure: MeasureFn<T>,
        adjoint: AdjointFn<T>,
    ) -> Self {
        Self {
            input_shape,
            output_shape,
            linear,
            measure,
            adjoint,
        }
    }
}

impl<T: Real> Operator<T> for Callback<T> {
    fn input_shape(&self) -> [usize; 3] {
        self.input_shape
    }

    fn output_shape(&self) -> [usize; 3] {
        self.output_shape
    }

    fn measure(&self, x: ArrayView3<'_, T>, out: ArrayViewMut3<'_, T>) -> Result<()> {
        (self.measure)(x, out)
    }

    fn adjoint(
        &self,
        x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        (self.adjoint)(x, u, out)
    }

    fn is_linear(&self) -> bool {
        self.linear
    }
}
