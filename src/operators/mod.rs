//! Forward operators `A` of the measurement model `y = A(x) + n`.
//!
//! One file per operator. All work on planar C×H×W arrays in the network range [-1, 1] and are generic
//! over the float type, so that tests can run them in `f64`.

use ndarray::{Array3, ArrayView3, ArrayViewMut3};

use crate::Result;
use crate::math::Real;

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

    /// An upper bound, tight where cheap, of the largest eigenvalue of `AᵀA`; `None` when unknown
    /// (it is then estimated by power iteration).
    fn lambda_max(&self) -> Option<f64> {
        None
    }

    /// The spectral form of `AᵀA`, where one is known.
    fn spectral(&self) -> Option<&dyn SpectralForm<T>> {
        None
    }
}

/// `AᵀA` diagonalised, so that any function of it can be applied without a loop.
pub trait SpectralForm<T: Real>: Send + Sync {
    /// Replaces `g` by `q(AᵀA)·g`, where `q` maps an eigenvalue (≥ 0) to a factor. `g` has the
    /// operator's `input_shape` and lies in the range of `Aᵀ` (so null-space components are zero up
    /// to rounding, and implementations may use a thin basis).
    fn filter(&self, g: &mut Array3<T>, q: &(dyn Fn(f64) -> f64 + Sync));
}

/// Checks a point-spread function (h×w).
///
/// # Errors
/// `InvalidOption` (`kernel`) when it is empty, has a value that is not finite, or a sum that is not
/// positive.
pub fn check_kernel(psf: ndarray::ArrayView2<'_, f32>) -> Result<()> {
    let sum: f64 = psf.iter().map(|&value| f64::from(value)).sum();
    if psf.is_empty() || !psf.iter().all(|value| value.is_finite()) || sum <= 1e-12 {
        return Err(crate::Error::invalid(
            "kernel",
            format!("{}x{} values of sum {sum}", psf.ncols(), psf.nrows()),
            "at least one value, all finite, with a positive sum",
        ));
    }
    Ok(())
}
