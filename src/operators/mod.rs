//! Forward operators `A` of the measurement model `y = A(x) + n`.
//!
//! One file per operator. All work on planar C×H×W arrays in the network range [-1, 1] and are generic
//! over the float type, so that tests can run them in `f64`.

use ndarray::{ArrayView3, ArrayViewMut3};

use crate::math::Real;
use crate::{Error, Result};

mod basis;
mod blur;
mod boundary;
mod callback;
mod convolution;
mod cosine;
mod direct;
mod identity;
pub mod kernels;
mod mask;
mod nonlinear;
mod outside;
mod resample;
mod separable;
mod valid;

pub use blur::Blur;
pub use boundary::Boundary;
pub use callback::Callback;
pub use identity::Identity;
pub use kernels::check_kernel;
pub use mask::Mask;
pub use nonlinear::GainClip;
pub use resample::Bicubic;
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

    /// The spectral form of `A`, where one is known. The first call may compute and cache bases.
    fn spectral(&self) -> Option<&dyn SpectralForm<T>> {
        None
    }
}

/// Asked between the passes of a long computation; an error ends it.
pub type Check<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// A linear operator diagonalised, so that any function of `AᵀA` can be applied without a loop.
pub trait SpectralForm<T: Real>: Send + Sync {
    /// Whether [`correct`](Self::correct) is exact to rounding for this `q`. Large axes are solved in
    /// overlapping tiles, which some `q` reach beyond.
    fn suits(&self, _q: &(dyn Fn(f64) -> f64 + Sync)) -> bool {
        true
    }

    /// `x ← x − q(AᵀA)·Aᵀ(Ax − y)`, where `q` maps an eigenvalue (≥ 0) of `AᵀA` to a factor. `x` and
    /// `y` have the operator's input and output shape, or the same with fewer or more channels.
    ///
    /// # Errors
    /// What `check` says; `x` is then half changed.
    fn correct(
        &self,
        x: ArrayViewMut3<'_, T>,
        y: ArrayView3<'_, T>,
        q: &(dyn Fn(f64) -> f64 + Sync),
        check: Check<'_>,
    ) -> Result<()>;
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
