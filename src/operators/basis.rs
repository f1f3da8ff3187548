//! Singular bases of one-dimensional operators, computed in `f64` and cached by the process.

use std::collections::VecDeque;
use std::f64::consts::FRAC_1_SQRT_2;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};
use parking_lot::Mutex;

use crate::math::linear::symmetric_eigen;

/// `A = U·diag(s)·Vᵀ` of a one-dimensional operator.
pub(super) struct Basis {
    /// Singular values.
    pub values: Array1<f64>,
    /// U, left singular vectors as columns (outputs × rank).
    pub left: Array2<f64>,
    /// V, right singular vectors as columns (inputs × rank).
    pub right: Array2<f64>,
}

impl Basis {
    /// The basis of the operator that `key` identifies (its name, taps and length, bit by bit);
    /// `matrix` builds it (outputs × inputs) when the basis is not cached.
    pub fn cached(key: Vec<u64>, matrix: impl FnOnce() -> Array2<f64>) -> Arc<Self> {
        static CACHE: Mutex<VecDeque<(Vec<u64>, Arc<Basis>)>> = Mutex::new(VecDeque::new());
        if let Some((_, basis)) = CACHE.lock().iter().find(|entry| entry.0 == key) {
            return basis.clone();
        }
        let basis = Arc::new(Self::new(matrix().view()));
        let mut cache = CACHE.lock();
        cache.push_front((key, basis.clone()));
        let mut bytes = 0;
        cache.retain(|(_, basis)| {
            bytes += 8 * (basis.left.len() + basis.right.len());
            bytes <= CACHE_BYTES
        });
        basis
    }

    /// Decomposes `matrix` (outputs × inputs). One that commutes with mirroring maps even rows to even
    /// and odd to odd: two problems of half the size, an eighth of the work each.
    fn new(matrix: ArrayView2<'_, f64>) -> Self {
        let largest = matrix.iter().fold(0f64, |a, b| a.max(b.abs()));
        let mirrored = matrix
            .iter()
            .zip(matrix.slice(s![..;-1, ..;-1]))
            .all(|(a, b)| (a - b).abs() <= 1e-14 * largest);
        if !mirrored || matrix.nrows() < 2 || matrix.ncols() < 2 {
            return Self::decompose(matrix);
        }
        let (even, odd) = rayon::join(|| Self::half(matrix, 1.0), || Self::half(matrix, -1.0));
        let join = |axis, a: &Array2<f64>, b: &Array2<f64>| {
            concatenate(axis, &[a.view(), b.view()]).expect("both halves are as long")
        };
        Self {
            values: even.values.iter().chain(&odd.values).copied().collect(),
            left: join(Axis(1), &even.left, &odd.left),
            right: join(Axis(1), &even.right, &odd.right),
        }
    }

    /// The singular vectors with `v[n−1−i] = sign · v[i]`.
    fn half(matrix: ArrayView2<'_, f64>, sign: f64) -> Self {
        let (outputs, inputs) = matrix.dim();
        let count = |size: usize| {
            if sign > 0.0 {
                size.div_ceil(2)
            } else {
                size / 2
            }
        };
        // In the orthonormal basis (δ_i ± δ_{n−1−i})/√2, and δ_i alone in the middle.
        let middle = |i: usize, size: usize| {
            if 2 * i + 1 == size {
                FRAC_1_SQRT_2
            } else {
                1.0
            }
        };
        let part = Array2::from_shape_fn((count(outputs), count(inputs)), |(i, j)| {
            let pair = matrix[[i, j]] + sign * matrix[[i, inputs - 1 - j]];
            pair * middle(i, outputs) * middle(j, inputs)
        });
        let part = Self::decompose(part.view());
        let unfold = |vectors: &Array2<f64>, size: usize| {
            Array2::from_shape_fn((size, vectors.ncols()), |(i, k)| {
                let mirrored = size - 1 - i;
                match i.cmp(&mirrored) {
                    std::cmp::Ordering::Less => vectors[[i, k]] * FRAC_1_SQRT_2,
                    std::cmp::Ordering::Greater => sign * vectors[[mirrored, k]] * FRAC_1_SQRT_2,
                    std::cmp::Ordering::Equal if sign > 0.0 => vectors[[i, k]],
                    std::cmp::Ordering::Equal => 0.0,
                }
            })
        };
        Self {
            left: unfold(&part.left, outputs),
            right: unfold(&part.right, inputs),
            values: part.values,
        }
    }

    fn decompose(matrix: ArrayView2<'_, f64>) -> Self {
        if matrix.ncols() < matrix.nrows() {
            let transposed = Self::decompose(matrix.t());
            return Self {
                values: transposed.values,
                left: transposed.right,
                right: transposed.left,
            };
        }
        let (lambda, left) = symmetric_eigen(matrix.dot(&matrix.t()).view());
        let values = lambda.mapv(|lambda| lambda.max(0.0).sqrt());
        // v = Aᵀu/s. Where s is at rounding level v is noise, but only ever used times s.
        let mut right = matrix.t().dot(&left);
        for (mut column, &value) in right.axis_iter_mut(Axis(1)).zip(&values) {
            column /= value.max(f64::MIN_POSITIVE.sqrt());
        }
        Self {
            values,
            left,
            right,
        }
    }
}

/// Room for the two axes of a few sizes.
const CACHE_BYTES: usize = 128 << 20;
