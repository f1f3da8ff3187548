//! Data fidelity: pulling the picture towards the measurement.
//!
//! From the round's start v, either τ steps of gradient descent on the mean squared error
//! `|A(x) − y|²/m` over the m measurement values, or what they lead to, the minimiser of
//! `|y − Ax|² + ρ|x − v|²`. Most linear operators need a loop for neither: see [`closed_form`].

use ndarray::{Array3, ArrayView3};

use crate::math::Real;
use crate::operators::{Gain, Operator, Rho, from_light, to_light};
use crate::runtime::Cancel;
use crate::{Error, Result};

pub mod closed_form;
mod gradient;
mod latent;
mod light;
mod proximal;
mod richardson_lucy;
mod settings;
mod stability;

pub use latent::{Decoder, ThroughDecoder};
pub use richardson_lucy::richardson_lucy;
pub use settings::{DataStep, Optimizer, Settings};
pub use stability::{automatic_step, stability_bound};

/// Moves `x` from the round's start v towards the measurement `y`: at once where the operator has a
/// [solver](Operator::solver), else by the gradient loop or conjugate gradients. Of an operator
/// [on linear light](crate::operators::LinearLight) the step is made in light, between decoding and
/// encoding `x`; a proximal one with white noise goes on from there to the minimiser in codes, where errors
/// are even.
///
/// `x` has the operator's `input_shape`, `y` its `output_shape`.
///
/// # Errors
/// [`Error::Cancelled`], or what a caller's own operator reports, with `x` half changed; for a proximal
/// step `InvalidOption` (`data_step`) when the operator is not linear and `InvalidArgument` for a bad ρ.
pub fn data_step<T: Real>(
    operator: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &mut Array3<T>,
    step: &DataStep,
    cancel: &Cancel,
) -> Result<()> {
    check_shapes(operator, y, x)?;
    if let Some(inside) = operator.in_light() {
        if let DataStep::Proximal {
            rho: Rho::Uniform(rho),
            sigma,
        } = step
        {
            return light::step(inside, y, x, (*rho, *sigma), cancel);
        }
        let mut light = y.to_owned();
        to_light(light.view_mut());
        to_light(x.view_mut());
        let result = data_step(inside, light.view(), x, step, cancel);
        from_light(x.view_mut());
        return result;
    }
    match step {
        DataStep::Gradient(settings) => data_fidelity(operator, y, x, settings, cancel),
        DataStep::Proximal { rho, .. } => proximal::step(operator, y, x, rho, cancel),
        DataStep::Project { share } => match operator.cells() {
            Some(cells) => cells.project(x.view_mut(), *share, &|| cancel.check()),
            None => Ok(()),
        },
    }
}

/// The gradient steps of [`data_step`], by the operator's solver where it has one for them and by the
/// loop otherwise. An [exact](crate::operators::Accuracy::Exact) solver gives what the loop gives, to
/// rounding.
///
/// `x` has the operator's `input_shape`, `y` its `output_shape`.
///
/// # Errors
/// [`Error::Cancelled`], or what a caller's own operator reports; `x` is then half changed.
pub fn data_fidelity<T: Real>(
    operator: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &mut Array3<T>,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<()> {
    check_shapes(operator, y, x)?;
    if operator.is_linear()
        && settings.optimizer == Optimizer::Sgd
        && let Some(solver) = operator.solver()
    {
        let decay = settings.decay(operator);
        let q = |lambda: f64| closed_form::gain(lambda + decay, settings);
        let gain = Gain::Function(&q);
        if solver.accuracy(&gain).is_some() {
            return solver.correct(x.view_mut(), y, &gain, &|| cancel.check());
        }
    }
    gradient::descend(operator, y, x, settings, cancel)
}

/// [`data_fidelity`] by the loop, whatever the operator knows.
///
/// # Errors
/// As [`data_fidelity`].
#[cfg(feature = "testing")]
pub fn data_fidelity_loop<T: Real>(
    operator: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &mut Array3<T>,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<()> {
    check_shapes(operator, y, x)?;
    gradient::descend(operator, y, x, settings, cancel)
}

fn check_shapes<T: Real>(
    operator: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &Array3<T>,
) -> Result<()> {
    if x.shape() == operator.input_shape() && y.shape() == operator.output_shape() {
        return Ok(());
    }
    Err(Error::InvalidImage(format!(
        "picture {:?} and measurement {:?} (channels, height, width) do not fit the operator, which maps {:?} to {:?}",
        x.shape(),
        y.shape(),
        operator.input_shape(),
        operator.output_shape()
    )))
}
