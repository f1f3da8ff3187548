//! The linear equations of one step of the fit.

use super::spectrum::TERMS;

/// The normal equations of one Fisher step (lower triangle).
#[derive(Default)]
pub(super) struct Normal {
    pub matrix: [[f64; TERMS + 1]; TERMS + 1],
    pub gradient: [f64; TERMS + 1],
}

impl Normal {
    /// Cholesky; a direction without information is not changed.
    pub fn solve(mut self, size: usize) -> [f64; TERMS + 1] {
        let a = &mut self.matrix;
        let x = &mut self.gradient;
        for j in 0..size {
            let scale = a[j][j];
            for k in 0..j {
                a[j][j] -= a[j][k] * a[j][k];
            }
            let pivot = a[j][j];
            if pivot > 1e-9 * scale && pivot.is_finite() {
                a[j][j] = pivot.sqrt();
            } else {
                a[j][j] = f64::INFINITY;
            }
            for i in j + 1..size {
                for k in 0..j {
                    a[i][j] -= a[i][k] * a[j][k];
                }
                a[i][j] /= a[j][j];
            }
            for k in 0..j {
                x[j] -= a[j][k] * x[k];
            }
            x[j] /= a[j][j];
        }
        for j in (0..size).rev() {
            for k in j + 1..size {
                x[j] -= a[k][j] * x[k];
            }
            x[j] /= a[j][j];
        }
        x.iter_mut()
            .filter(|value| !value.is_finite())
            .for_each(|value| *value = 0.0);
        self.gradient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_equations_are_solved() {
        let mut normal = Normal::default();
        let matrix = [[4.0, 0.0, 0.0], [2.0, 5.0, 0.0], [1.0, 3.0, 6.0]];
        for (row, values) in matrix.iter().enumerate() {
            normal.matrix[row][..3].copy_from_slice(values);
        }
        // A·(1, 2, 3)
        normal.gradient[..3].copy_from_slice(&[11.0, 21.0, 25.0]);
        let solution = normal.solve(3);
        for (value, expected) in solution.iter().zip([1.0, 2.0, 3.0]) {
            assert!((value - expected).abs() < 1e-12);
        }
    }
}
