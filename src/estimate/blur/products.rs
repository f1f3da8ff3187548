//! Sums of products of rows of numbers with each other.

use pulp::Simd;

/// Numbers of a row that are handled together.
pub(super) const BLOCK: usize = 512;

/// Rows that are multiplied with others at once: each number is loaded once for all of them.
const TILE: usize = 4;

/// The scalar products of up to `ROWS` rows; every lane of a vector holds a part of the sum.
pub(super) struct Products<S: Simd, const ROWS: usize> {
    simd: S,
    /// Of row and column, up to the diagonal.
    sums: [[S::f32s; ROWS]; ROWS],
}

impl<S: Simd, const ROWS: usize> Products<S, ROWS> {
    #[inline(always)]
    pub fn new(simd: S) -> Self {
        Self {
            simd,
            sums: [[simd.splat_f32s(0.0); ROWS]; ROWS],
        }
    }

    /// Adds what a block of each of the `rows` gives, of which there are as many in every call.
    #[inline(always)]
    pub fn add(&mut self, rows: &[[f32; BLOCK]]) {
        for first in (0..rows.len()).step_by(TILE) {
            match rows.len() - first {
                1 => self.strip::<1>(rows, first),
                2 => self.strip::<2>(rows, first),
                3 => self.strip::<3>(rows, first),
                _ => self.strip::<TILE>(rows, first),
            }
        }
    }

    /// `R` rows with those before them and with each other.
    #[inline(always)]
    fn strip<const R: usize>(&mut self, rows: &[[f32; BLOCK]], first: usize) {
        for before in (0..first).step_by(TILE) {
            self.tile::<R, TILE>(rows, [first, before], false);
        }
        self.tile::<R, R>(rows, [first, first], true);
    }

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(
        &mut self,
        rows: &[[f32; BLOCK]],
        [first, before]: [usize; 2],
        diagonal: bool,
    ) {
        let simd = self.simd;
        let vectors = |row: usize| S::as_simd_f32s(&rows[row]).0;
        let left: [&[S::f32s]; R] = std::array::from_fn(|row| vectors(first + row));
        let right: [&[S::f32s]; C] = std::array::from_fn(|column| vectors(before + column));
        let mut sums = [[simd.splat_f32s(0.0); C]; R];
        for index in 0..left[0].len() {
            let right = right.map(|right| right[index]);
            for (row, (sums, left)) in sums.iter_mut().zip(left).enumerate() {
                for (column, (sum, right)) in sums.iter_mut().zip(right).enumerate() {
                    if !diagonal || column <= row {
                        *sum = simd.mul_add_e_f32s(left[index], right, *sum);
                    }
                }
            }
        }
        for (to, sums) in self.sums[first..].iter_mut().zip(sums) {
            for (to, sum) in to[before..].iter_mut().zip(sums) {
                *to = simd.add_f32s(*to, sum);
            }
        }
    }

    /// The product of two rows, the second not after the first.
    #[inline(always)]
    pub fn sum(&self, row: usize, column: usize) -> f64 {
        f64::from(self.simd.reduce_sum_f32s(self.sums[row][column]))
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    const MOST: usize = 11;

    struct Check(usize);

    impl WithSimd for Check {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            let value = |row: usize, index: usize| ((row * 37 + index * 11) % 17) as f32 - 7.0;
            let rows: Vec<[f32; BLOCK]> = (0..self.0)
                .map(|row| std::array::from_fn(|index| value(row, index)))
                .collect();
            let mut products = Products::<S, MOST>::new(simd);
            products.add(&rows);
            products.add(&rows);
            for row in 0..self.0 {
                for column in 0..=row {
                    let product: f32 = rows[row].iter().zip(rows[column]).map(|(a, b)| a * b).sum();
                    // Whole numbers: exact.
                    assert_eq!(products.sum(row, column), 2.0 * f64::from(product));
                }
            }
        }
    }

    #[test]
    fn all_rows_are_multiplied_with_each_other() {
        for count in 1..=MOST {
            Arch::new().dispatch(Check(count));
        }
    }
}
