//! Forward operators `A` of the measurement model `y = A(x) + n`.
//!
//! One file per operator. All work on planar C×H×W arrays in the network range [-1, 1] and are generic
//! over the float type, so that tests can run them in `f64`.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip};

use crate::math::Real;
use crate::math::linear::dot;
use crate::{Error, Result};

mod basis;
mod blur;
mod boundary;
mod callback;
mod completion;
mod convolution;
mod cosine;
mod direct;
mod fourier;
mod gain;
mod identity;
mod ignoring;
mod jpeg;
pub mod kernels;
mod light;
mod mask;
mod nonlinear;
mod psf;
mod quantised;
mod resample;
mod sampling;
mod separable;
mod sliding;
mod start;
mod unknown;
mod valid;

pub use blur::Blur;
pub use boundary::Boundary;
pub use callback::Callback;
pub use gain::{Gain, Rho, Spectrum, cosine_frequency};
pub use identity::Identity;
pub use ignoring::Ignoring;
pub use jpeg::QuantizationCells;
pub use kernels::check_kernel;
pub(crate) use light::measure_in_light;
pub use light::{LinearLight, from_light, to_light};
pub use mask::Mask;
pub use nonlinear::GainClip;
pub use quantised::Quantised;
pub use resample::Bicubic;
pub(crate) use sampling::keys;
pub use valid::ValidBlur;

/// A forward operator with its adjoint.
///
/// Shapes are `[channels, height, width]`. Implement it for your own degradation and hand it to
/// [`Options::set_operator`](crate::Options::set_operator); only `measure` and `adjoint` matter then.
pub trait Operator<T: Real>: Send + Sync {
    /// Shape of the picture x.
    fn input_shape(&self) -> [usize; 3];

    /// Shape of the measurement y.
    fn output_shape(&self) -> [usize; 3];

    /// `out = A(x)`. `x` has `input_shape`, `out` has `output_shape`; `out` is overwritten.
    ///
    /// # Errors
    /// Built-in operators never fail; a caller's own may, which ends the run.
    fn measure(&self, x: ArrayView3<'_, T>, out: ArrayViewMut3<'_, T>) -> Result<()>;

    /// `out = J_A(x)ᵀ u`: the vector-Jacobian product at `x`, which for a linear operator is `Aᵀu`
    /// whatever `x` is. `u` has `output_shape`, `out` has `input_shape`; `out` is overwritten.
    ///
    /// # Errors
    /// As [`measure`](Operator::measure).
    fn adjoint(
        &self,
        x: ArrayView3<'_, T>,
        u: ArrayView3<'_, T>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()>;

    /// `out = A(x) − y`, 0 where y is no data. `x` has `input_shape`, `y` and `out` have `output_shape`;
    /// `out` is overwritten.
    ///
    /// # Errors
    /// As [`measure`](Operator::measure).
    fn misfit(
        &self,
        x: ArrayView3<'_, T>,
        y: ArrayView3<'_, T>,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        self.measure(x, out.view_mut())?;
        Zip::from(out)
            .and(y)
            .into_par_iter()
            .for_each(|(out, &y)| *out -= y);
        Ok(())
    }

    /// Whether `A` is linear. Decides about the stability bound and the closed forms.
    fn is_linear(&self) -> bool {
        true
    }

    /// Whether all channels are treated alike and each on its own. `measure` and `adjoint` must then
    /// take any number of channels, so that solvers can go channel by channel in less memory.
    fn is_channelwise(&self) -> bool {
        false
    }

    /// The largest eigenvalue of `AᵀA`, or a close bound; `None` when unknown (it is then
    /// estimated).
    fn lambda_max(&self) -> Option<f64> {
        None
    }

    /// Values of T that the operator and data fidelity hold at once, beside x and y, in a run; for the
    /// estimate of memory. Unless said, what the gradient loop takes on whole pictures.
    fn scratch(&self) -> usize {
        let values = |shape: [usize; 3]| shape.iter().product::<usize>();
        3 * values(self.input_shape()) + values(self.output_shape())
    }

    /// A first estimate of the picture, from the measurement y alone (`output_shape`); of `input_shape`.
    /// Unless said, of linear operators, `c·Aᵀy` with the c that explains y best, else 0.
    ///
    /// # Errors
    /// As [`measure`](Operator::measure).
    fn start(&self, y: ArrayView3<'_, T>) -> Result<Array3<T>> {
        scaled_adjoint(self, y)
    }

    /// The part of an estimate x that is asked for: all of it, unless the operator works on a canvas
    /// larger than what was measured.
    fn visible<'a>(&self, x: ArrayView3<'a, T>) -> ArrayView3<'a, T> {
        x
    }

    /// How a data step is solved without the gradient loop, where that is known. The first call may
    /// compute and cache bases.
    fn solver(&self) -> Option<&dyn Solver<T>> {
        None
    }

    /// The measurements that a quantised one stands for, of an operator that quantises.
    fn cells(&self) -> Option<&dyn Cells<T>> {
        None
    }

    /// Multiplies `u`, shaped like a measurement, by a symmetric positive definite matrix near
    /// `(AAᵀ + ρ)⁻¹`, in place: the preconditioner of iterated proximal steps. Unless said, by 1.
    ///
    /// # Errors
    /// As [`measure`](Operator::measure).
    fn precondition(&self, _u: ArrayViewMut3<'_, T>, _rho: &Rho) -> Result<()> {
        Ok(())
    }

    /// Multiplies `x`, shaped like a picture, by a symmetric positive definite matrix near `(AᵀA + ρ)⁻¹`, in
    /// place, channel by channel where the operator [is](Self::is_channelwise): the preconditioner of steps
    /// on nonlinear measurements of what A gives. Unless said, by 1.
    ///
    /// # Errors
    /// As [`measure`](Operator::measure).
    fn precondition_picture(&self, _x: ArrayViewMut3<'_, T>, _rho: &Rho) -> Result<()> {
        Ok(())
    }

    /// The operator on linear light that this one is on sRGB codes; data steps are made there. See
    /// [`LinearLight`].
    fn in_light(&self) -> Option<&dyn Operator<T>> {
        None
    }
}

/// Asked between the passes of a long computation; an error ends it.
pub type Check<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// How well a [`Solver`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    /// To rounding: what the loop gives, of the proximal step the minimiser.
    Exact,
    /// By iterations that end when one changes little. Of the proximal step it is the minimiser up to
    /// that; the momentum steps are taken as far as they go where everything is measured.
    Iterative,
}

/// A linear operator of which any function of `AᵀA` can be applied at once.
pub trait Solver<T: Real>: Send + Sync {
    /// How well [`correct`](Self::correct) answers with this gain; `None` where it cannot.
    fn accuracy(&self, gain: &Gain<'_>) -> Option<Accuracy>;

    /// `x ← x − q·Aᵀ(Ax − y)`, q the [`Gain`]. `x` and `y` have the operator's input and output shape,
    /// or the same with fewer or more channels.
    ///
    /// # Errors
    /// What `check` says, with `x` half changed; `Internal` for a gain without an
    /// [accuracy](Self::accuracy).
    fn correct(
        &self,
        x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        gain: &Gain<'_>,
        check: Check<'_>,
    ) -> Result<()>;
}

/// The set of pictures whose quantised measurement is the one that is known: a box of cells.
pub trait Cells<T: Real>: Send + Sync {
    /// Moves `x`, of the operator's input shape, to the nearest picture whose measurement lies within
    /// this share of its cells; 1 is all of them.
    ///
    /// # Errors
    /// What `check` says; `x` is then half changed.
    fn project(&self, x: ArrayViewMut3<'_, T>, share: f64, check: Check<'_>) -> Result<()>;
}

/// What an exact solver says of a gain that has to be a function of the eigenvalue.
fn exact_by_eigenvalue(gain: &Gain<'_>) -> Option<Accuracy> {
    gain.is_uniform().then_some(Accuracy::Exact)
}

/// Refuses pictures without pixels.
fn check_shape([channels, height, width]: [usize; 3]) -> Result<()> {
    if channels > 0 && height > 0 && width > 0 {
        return Ok(());
    }
    Err(Error::InvalidImage(format!(
        "{width}x{height} pixels with {channels} channels; allowed: at least one of each"
    )))
}

/// `c·Aᵀy` with the c that minimises |y − cAAᵀy| for a linear operator; else 0.
///
/// # Errors
/// Those of the operator.
fn scaled_adjoint<T: Real, O: Operator<T> + ?Sized>(
    operator: &O,
    y: ArrayView3<'_, T>,
) -> Result<Array3<T>> {
    let mut x = Array3::zeros(operator.input_shape());
    if !operator.is_linear() {
        return Ok(x);
    }
    let origin = x.clone();
    operator.adjoint(origin.view(), y, x.view_mut())?;
    let mut again = Array3::zeros(operator.output_shape());
    operator.measure(x.view(), again.view_mut())?;
    let square = dot(&again, &again);
    let along = Zip::from(&again).and(y).fold(0.0, |sum, &again, &y| {
        let (again, y): (f64, f64) = (again.into(), y.into());
        sum + again * y
    });
    let scale = if square > 0.0 { along / square } else { 0.0 };
    x.mapv_inplace(|value| value * T::rounded(scale));
    Ok(x)
}
