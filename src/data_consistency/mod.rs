//! Data fidelity: pulling the picture towards the measurement.
//!
//! From the round's start v, τ steps of gradient descent on the mean squared error
//! `|A(x) − y|²/m` over the m measurement values. Linear operators with a known spectral form skip the
//! loop: see [`closed_form`].

use ndarray::{Array3, ArrayView3};

use crate::math::Real;
use crate::math::linear::largest_eigenvalue;
use crate::operators::Operator;
use crate::runtime::Cancel;
use crate::{Error, Result};

pub mod closed_form;
mod gradient;
mod latent;

pub use latent::{Decoder, ThroughDecoder};

/// How the gradient steps descend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimizer {
    /// Gradient descent with momentum, fresh in each round.
    Sgd,
    /// Adam (Kingma and Ba 2015) with β = (0.9, 0.999) and ε = 1e-8.
    Adam,
}

/// What a data-fidelity step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Steps τ; 0 leaves the picture as it is.
    pub gradient_steps: usize,
    /// With SGD `s = 2α/m` for the learning rate α of the mean squared error, so that a step is
    /// `s·Aᵀ(Ax − y)` whatever the picture's size; with Adam the learning rate itself.
    pub step: f64,
    /// How the steps descend.
    pub optimizer: Optimizer,
    /// Momentum μ of SGD in 0…1 (1 excluded).
    pub momentum: f64,
    /// λ of the penalty `λ·MSE(x, v)`, v being the round's start; 0 for none.
    pub weight_decay: f64,
}

impl Default for Settings {
    /// The paper's Gaussian deblurring at 256×256×3: s = 2·10⁵/196608, τ = 100, momentum 0.9.
    fn default() -> Self {
        Self {
            gradient_steps: 100,
            step: 2e5 / 196_608.0,
            optimizer: Optimizer::Sgd,
            momentum: 0.9,
            weight_decay: 0.0,
        }
    }
}

impl Settings {
    /// The weight decay relative to `AᵀA`: the penalty's gradient `(2λ/n)(x − v)` times m/2.
    fn decay<T: Real>(&self, operator: &dyn Operator<T>) -> f64 {
        let count = |shape: [usize; 3]| shape.iter().product::<usize>() as f64;
        self.weight_decay * count(operator.output_shape()) / count(operator.input_shape())
    }
}

/// Moves `x` from the round's start towards the measurement `y`, by the closed form where the operator
/// has one and by the loop otherwise; both give the same result to rounding.
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
        && let Some(form) = operator.spectral()
    {
        let decay = settings.decay(operator);
        let q = |lambda: f64| closed_form::gain(lambda + decay, settings);
        if form.suits(&q) {
            return form.correct(x.view_mut(), y, &q, &|| cancel.check());
        }
    }
    gradient::descend(operator, y, x, settings, cancel)
}

/// [`data_fidelity`] by the loop, whatever the operator knows.
///
/// # Errors
/// As [`data_fidelity`].
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

/// The step s at which SGD begins to diverge, `2(1+μ)/(λmax + decay)`; `None` for nonlinear operators,
/// of which nothing is known. λmax is estimated where the operator does not say.
///
/// # Errors
/// What a caller's own operator reports.
pub fn stability_bound<T: Real>(
    operator: &dyn Operator<T>,
    settings: &Settings,
) -> Result<Option<f64>> {
    if !operator.is_linear() {
        return Ok(None);
    }
    let lambda_max = match operator.lambda_max() {
        Some(lambda_max) => lambda_max,
        None => estimate_lambda_max(operator)?,
    };
    let lambda_max = lambda_max + settings.decay(operator);
    Ok(Some(2.0 * (1.0 + settings.momentum) / lambda_max))
}

/// Refuses an SGD step that diverges; the [bound](stability_bound), `None` where there is none (Adam's too).
///
/// # Errors
/// [`Error::UnstableStep`] with the bound, or what a caller's own operator reports.
pub fn check_step<T: Real>(operator: &dyn Operator<T>, settings: &Settings) -> Result<Option<f64>> {
    if settings.optimizer == Optimizer::Adam {
        return Ok(None);
    }
    let bound = stability_bound(operator, settings)?;
    match bound {
        Some(bound) if settings.step >= bound => Err(Error::UnstableStep {
            step: settings.step,
            bound,
        }),
        _ => Ok(bound),
    }
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
