//! The memory of a completion.

use ndarray::Array2;
use realfft::num_complex::Complex;

/// One channel at work.
pub(super) struct Workspace<T> {
    /// y − Ax in the window, 0 where unknown.
    pub residual: Array2<T>,
    pub spectrum: Array2<Complex<T>>,
    pub plane: Array2<T>,
    /// q of every mode.
    pub factors: Array2<T>,
    /// S = 1 − λq, the share of a residual that a correction leaves, of every mode.
    pub kept: Array2<T>,
    /// 1/√S, the preconditioner.
    pub eased: Array2<T>,
}
