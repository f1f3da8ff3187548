//! Small dense linear algebra.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{Array, Array1, Array2, ArrayView, ArrayView2, Axis, Dimension, Zip};
use rayon::slice::ParallelSlice;

use super::Real;

/// Most steps of the QR iteration per eigenvalue, as in LAPACK's `dsteqr`; about two are usual.
const QR_STEPS: usize = 30;

/// Eigenvalues in nondecreasing order and, as columns, the eigenvectors of the symmetric `matrix`.
///
/// One thread, so that the result does not depend on how many there are. No numbers where the matrix holds
/// values that are not finite.
///
/// # Panics
/// When the matrix is not square, or empty.
pub fn symmetric_eigen(matrix: ArrayView2<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    let size = matrix.nrows();
    assert_eq!(size, matrix.ncols(), "a symmetric matrix is square");
    let matrix = DMatrix::from_fn(size, size, |i, j| matrix[[i, j]]);
    let found = SymmetricEigen::try_new(matrix, f64::EPSILON, QR_STEPS * size)
        .expect("the QR iteration converges on finite matrices");
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| found.eigenvalues[a].total_cmp(&found.eigenvalues[b]));
    (
        Array1::from_shape_fn(size, |i| found.eigenvalues[order[i]]),
        Array2::from_shape_fn((size, size), |(i, j)| found.eigenvectors[(i, order[j])]),
    )
}

/// Most Lanczos steps [`largest_eigenvalue`] takes.
const LANCZOS_STEPS: usize = 60;

/// Accuracy, relative, at which [`largest_eigenvalue`] stops.
const LANCZOS_ACCURACY: f64 = 1e-4;

/// The largest eigenvalue of a symmetric positive semidefinite operator, to 1e-4 and rather above than
/// below: Lanczos' three-term recurrence from `start`, which must not be orthogonal to the leading
/// eigenvector. `apply(v, out)` overwrites `out` with the operator's result.
///
/// Lost orthogonality only repeats eigenvalues already found. Infinite when `apply` gives a value that
/// is not finite.
///
/// # Errors
/// What `apply` gives.
pub fn largest_eigenvalue<T: Real, D: Dimension, E>(
    start: Array<T, D>,
    mut apply: impl FnMut(&Array<T, D>, &mut Array<T, D>) -> Result<(), E>,
) -> Result<f64, E> {
    let mut v = start;
    let mut previous = Array::zeros(v.raw_dim());
    let mut next = previous.clone();
    let mut beta = dot(&v, &v).sqrt();
    if beta == 0.0 {
        return Ok(0.0);
    }
    v.mapv_inplace(|value| value * T::rounded(1.0 / beta));
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    loop {
        apply(&v, &mut next)?;
        let alpha = dot(&v, &next);
        let (a, b) = (
            T::rounded(alpha),
            T::rounded(*beside.last().unwrap_or(&0.0)),
        );
        Zip::from(&mut next)
            .and(&v)
            .and(&previous)
            .for_each(|next, &v, &previous| *next -= a * v + b * previous);
        beta = dot(&next, &next).sqrt();
        if !(alpha.is_finite() && beta.is_finite()) {
            return Ok(f64::INFINITY);
        }
        diagonal.push(alpha);
        let size = diagonal.len();
        let tridiagonal = Array2::from_shape_fn((size, size), |(i, j)| match i.abs_diff(j) {
            0 => diagonal[i],
            1 => beside[i.min(j)],
            _ => 0.0,
        });
        let (values, vectors) = symmetric_eigen(tridiagonal.view());
        let largest = values[size - 1];
        let residual = beta * vectors[[size - 1, size - 1]].abs();
        if residual <= LANCZOS_ACCURACY * largest.abs() || size == LANCZOS_STEPS {
            return Ok((largest + residual).max(0.0));
        }
        beside.push(beta);
        std::mem::swap(&mut previous, &mut v);
        std::mem::swap(&mut v, &mut next);
        v.mapv_inplace(|value| value * T::rounded(1.0 / beta));
    }
}

/// What one step of [`conjugate_gradients`] did.
#[derive(Clone, Copy, Debug)]
pub struct Descent {
    /// By how much `uᵀAu − 2·rightᵀu`, which the solution minimises, fell.
    pub decrease: f64,
    /// |right − A u|² after it.
    pub residual: f64,
}

/// What [`conjugate_gradients`] multiplies a vector by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// The matrix A.
    Matrix,
    /// The preconditioner, symmetric positive definite and about A's inverse; 1 for none.
    Preconditioner,
}

/// Solves `A u = right` for a symmetric positive definite A by preconditioned conjugate gradients from
/// u = 0, until `enough` says so of a step or the residual vanishes. `multiply(factor, v, out)` overwrites `out`
/// with one of the [factors](Factor) times v.
///
/// # Errors
/// What `multiply` gives.
pub fn conjugate_gradients<T: Real, D: Dimension, E>(
    right: Array<T, D>,
    mut multiply: impl FnMut(Factor, &Array<T, D>, &mut Array<T, D>) -> Result<(), E>,
    mut enough: impl FnMut(Descent) -> bool,
) -> Result<Array<T, D>, E> {
    let mut solution = Array::zeros(right.raw_dim());
    let mut residual = right;
    let mut direction = Array::zeros(residual.raw_dim());
    multiply(Factor::Preconditioner, &residual, &mut direction)?;
    let mut image = Array::zeros(residual.raw_dim());
    let mut square = dot(&residual, &direction);
    while square > 0.0 {
        multiply(Factor::Matrix, &direction, &mut image)?;
        let curvature = dot(&direction, &image);
        if !(curvature > 0.0 && square.is_finite()) {
            break;
        }
        let length = square / curvature;
        let by = T::rounded(length);
        Zip::from(&mut solution)
            .and(&direction)
            .and(&mut residual)
            .and(&image)
            .par_for_each(|solution, &direction, residual, &image| {
                *solution += by * direction;
                *residual -= by * image;
            });
        let step = Descent {
            decrease: length * square,
            residual: dot(&residual, &residual),
        };
        if enough(step) {
            break;
        }
        // No longer needed: room for the eased residual.
        multiply(Factor::Preconditioner, &residual, &mut image)?;
        let left = dot(&residual, &image);
        let kept = T::rounded(left / square);
        Zip::from(&mut direction)
            .and(&image)
            .par_for_each(|direction, &eased| *direction = eased + kept * *direction);
        square = left;
    }
    Ok(solution)
}

/// Values summed together; fixed, so that threads do not change the rounding.
const SUM_BLOCK: usize = 1 << 14;

/// Sums within a block.
const LANES: usize = 8;

/// The scalar product, summed in `f64`.
pub fn dot<T: Real, D: Dimension>(a: &Array<T, D>, b: &Array<T, D>) -> f64 {
    sum_of(a.view(), b.view(), |a, b| a * b)
}

/// |a − b|², summed in `f64`.
pub fn squared_distance<T: Real, D: Dimension>(
    a: ArrayView<'_, T, D>,
    b: ArrayView<'_, T, D>,
) -> f64 {
    sum_of(a, b, |a, b| (a - b).powi(2))
}

/// The sum of what `of` makes of each pair of values; in parallel where both lie in order.
fn sum_of<T: Real, D: Dimension>(
    a: ArrayView<'_, T, D>,
    b: ArrayView<'_, T, D>,
    of: impl Fn(f64, f64) -> f64 + Sync,
) -> f64 {
    let add = |sum: f64, a: T, b: T| sum + of(a.into(), b.into());
    let (Some(first), Some(second)) = (a.as_slice(), b.as_slice()) else {
        return Zip::from(a).and(b).fold(0.0, |sum, &a, &b| add(sum, a, b));
    };
    let sums: Vec<f64> = first
        .par_chunks(SUM_BLOCK)
        .zip(second.par_chunks(SUM_BLOCK))
        .map(|(a, b)| {
            // Apart, so that no sum waits for the one before.
            let mut lanes = [0.0; LANES];
            for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
                for (lane, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
                    *lane = add(*lane, a, b);
                }
            }
            lanes.iter().sum::<f64>()
        })
        .collect();
    sums.iter().sum()
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

    #[test]
    fn conjugate_gradients_solve_with_any_preconditioner() {
        let matrix = Array2::from_shape_fn((9, 9), |(i, j)| {
            1.0 / (1.0 + (i + j) as f64)
                + if i == j {
                    0.01 * (1 + i * i) as f64
                } else {
                    0.0
                }
        });
        let truth = Array1::from_shape_fn(9, |i| (i as f64).sin());
        let right = matrix.dot(&truth);
        let diagonal = matrix.diag().to_owned();
        for preconditioned in [false, true] {
            let (mut steps, mut objective) = (0, 0.0);
            let solution = conjugate_gradients(
                right.clone(),
                |factor, vector, out| {
                    out.assign(&match factor {
                        Factor::Matrix => matrix.dot(vector),
                        Factor::Preconditioner if preconditioned => vector / &diagonal,
                        Factor::Preconditioner => vector.clone(),
                    });
                    Ok::<_, ()>(())
                },
                |step| {
                    steps += 1;
                    objective -= step.decrease;
                    step.residual < 1e-26 || steps == 60
                },
            )
            .unwrap();
            assert!((&solution - &truth).iter().all(|error| error.abs() < 1e-9));
            assert!((objective + right.dot(&truth)).abs() < 1e-9);
            assert!(steps < 20, "{steps}");
        }
        let zero = conjugate_gradients(
            Array1::<f32>::zeros(4),
            |_, vector, out| {
                out.assign(vector);
                Ok::<_, ()>(())
            },
            |_| false,
        );
        assert_eq!(zero.unwrap(), Array1::<f32>::zeros(4));
    }

    #[test]
    fn finds_the_largest_eigenvalue() {
        // Leading eigenvalues close together, where power iteration stalls.
        let values = Array1::from_shape_fn(200, |i| 2.0 - 1e-3 * i as f64);
        let found = largest_eigenvalue(Array1::from_elem(200, 1.0), |v, out| {
            out.assign(&(v * &values));
            Ok::<(), ()>(())
        });
        assert!((found.unwrap() - 2.0).abs() < 3e-4, "{found:?}");
        let nothing = largest_eigenvalue(Array1::<f32>::ones(5), |_, out| {
            out.fill(0.0);
            Ok::<(), ()>(())
        });
        assert_eq!(nothing, Ok(0.0));
        let broken = largest_eigenvalue(Array1::<f32>::ones(5), |_, out| {
            out.fill(f32::NAN);
            Ok::<(), ()>(())
        });
        assert_eq!(broken, Ok(f64::INFINITY));
        let failed = largest_eigenvalue(Array1::<f32>::ones(5), |_, _| Err("no"));
        assert_eq!(failed, Err("no"));
    }
}
