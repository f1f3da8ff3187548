//! Which gradient steps converge.

use ndarray::Array3;

use super::Settings;
use crate::math::Real;
use crate::math::linear::largest_eigenvalue;
use crate::operators::Operator;
use crate::{Error, Result};

/// The step s at which SGD begins to diverge, `2(1+μ)/(λmax + decay)`; `None` for nonlinear operators,
/// of which nothing is known. λmax is estimated where the operator does not say. Of an operator on
/// [linear light](crate::operators::LinearLight) it is that of the one in light.
///
/// # Errors
/// What a caller's own operator reports.
pub fn stability_bound<T: Real>(
    operator: &dyn Operator<T>,
    settings: &Settings,
) -> Result<Option<f64>> {
    if let Some(inside) = operator.in_light() {
        return stability_bound(inside, settings);
    }
    if !operator.is_linear() {
        return Ok(None);
    }
    let lambda_max = match operator.lambda_max() {
        Some(lambda_max) => lambda_max,
        None => estimate_lambda_max(operator)?,
    };
    let lambda_max = lambda_max + settings.decay(operator);
    Ok(Some(diverging(settings, lambda_max)))
}

/// The step s at which SGD begins to diverge where the largest eigenvalue of `AᵀA`, weight decay included, is
/// `lambda_max`.
pub(super) fn diverging(settings: &Settings, lambda_max: f64) -> f64 {
    2.0 * (1.0 + settings.momentum) / lambda_max
}

/// The SGD step at which components that the operator hardly measures are pulled by `pull`, as the
/// proximal step with ρ = 1/`pull` does (q(0) = `pull`); at most a quarter of the stability `bound`, so
/// that it suits every operator, and at most 1, which suits nonlinear ones of known slopes, where there is no
/// bound. `settings` say the number of steps and the momentum.
pub fn automatic_step(settings: &Settings, pull: f64, bound: Option<f64>) -> f64 {
    let (steps, kept) = (settings.gradient_steps as f64, settings.momentum);
    let settled = 1.0 - kept;
    // q(0) per unit of step: the sum over the steps of what their momentum adds up to.
    let reach = steps / settled - kept * (1.0 - kept.powf(steps)) / (settled * settled);
    let most = bound.map_or(1.0, |bound| bound / 4.0);
    (pull / reach.max(1.0)).min(most)
}

/// Largest eigenvalue of `AᵀA`.
fn estimate_lambda_max<T: Real>(operator: &dyn Operator<T>) -> Result<f64> {
    let start = Array3::from_shape_fn(operator.input_shape(), |(c, i, j)| {
        // Constant plus some texture: not orthogonal to a leading mode of either kind.
        T::rounded(1.0 + ((c * 5 + i * 7 + j * 13) % 11) as f64 / 11.0)
    });
    let mut y = Array3::zeros(operator.output_shape());
    let largest = largest_eigenvalue(start, |x, out| {
        operator.measure(x.view(), y.view_mut())?;
        operator.adjoint(x.view(), y.view(), out.view_mut())
    })?;
    if largest.is_finite() {
        return Ok(largest);
    }
    Err(Error::Operator(
        "its measurement or adjoint of a picture of values 1 to 2 is not finite".into(),
    ))
}
