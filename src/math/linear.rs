//! Small dense linear algebra.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, Par};
use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::Real;

/// Eigenvalues in nondecreasing order and, as columns, the eigenvectors of the symmetric `matrix`.
///
/// One thread, so that the result does not depend on how many there are.
///
/// # Panics
/// When the matrix is not square, or holds values that are not finite.
pub fn symmetric_eigen(matrix: ArrayView2<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    let size = matrix.nrows();
    assert_eq!(size, matrix.ncols(), "a symmetric matrix is square");
    let input = Mat::from_fn(size, size, |i, j| matrix[[i, j]]);
    let mut vectors = Mat::zeros(size, size);
    let mut values = faer::Mat::<f64>::zeros(size, 1);
    let scratch = self_adjoint_evd_scratch::<f64>(
        size,
        ComputeEigenvectors::Yes,
        Par::Seq,
        Default::default(),
    );
    self_adjoint_evd(
        input.as_ref(),
        values.col_mut(0).as_diagonal_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .expect("the QR iteration converges on finite matrices");
    (
        Array1::from_shape_fn(size, |i| values[(i, 0)]),
        Array2::from_shape_fn((size, size), |(i, j)| vectors[(i, j)]),
    )
}

/// Rows of a product computed together; fixed, so that threads do not change the rounding.
const ROW_BLOCK: usize = 64;

/// The matrix product `a · b`, rows in parallel.
///
/// # Panics
/// When the inner sizes differ.
pub fn product<T: Real>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>) -> Array2<T> {
    let mut out = Array2::zeros((a.nrows(), b.ncols()));
    out.axis_chunks_iter_mut(Axis(0), ROW_BLOCK)
        .into_par_iter()
        .zip(a.axis_chunks_iter(Axis(0), ROW_BLOCK))
        .for_each(|(mut out, a)| general_mat_mul(T::one(), &a, &b, T::zero(), &mut out));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rebuilds_the_matrix() {
        let matrix = Array2::from_shape_fn((9, 9), |(i, j)| 1.0 / (1.0 + (i + j) as f64));
        let (values, vectors) = symmetric_eigen(matrix.view());
        let rebuilt = (&vectors * &values).dot(&vectors.t());
        assert!((rebuilt - matrix).iter().all(|error| error.abs() < 1e-14));
        assert!(values.as_slice().unwrap().is_sorted());
    }
}
