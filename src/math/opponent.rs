//! Orthonormal opponent colours, in which the noise of cameras is nearly uncorrelated.

use ndarray::{Array3, Axis, Zip};

/// Rows: luminance [1, 1, 1]/√3, red against blue [1, 0, −1]/√2, green against both [1, −2, 1]/√6.
pub const OPPONENT: [[f64; 3]; 3] = [
    [0.577_350_269_189_625_8; 3],
    [
        std::f64::consts::FRAC_1_SQRT_2,
        0.0,
        -std::f64::consts::FRAC_1_SQRT_2,
    ],
    [
        0.408_248_290_463_863,
        -0.816_496_580_927_726,
        0.408_248_290_463_863,
    ],
];

/// Turns red, green and blue planes (3×H×W) into opponent planes, in place.
///
/// # Panics
/// Unless there are three planes.
pub fn to_opponent(planes: &mut Array3<f32>) {
    rotate(planes, |row, column| OPPONENT[row][column] as f32);
}

/// The inverse of [`to_opponent`].
///
/// # Panics
/// Unless there are three planes.
pub fn from_opponent(planes: &mut Array3<f32>) {
    rotate(planes, |row, column| OPPONENT[column][row] as f32);
}

fn rotate(planes: &mut Array3<f32>, entry: impl Fn(usize, usize) -> f32) {
    let matrix: [[f32; 3]; 3] = std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)));
    let (mut first, mut rest) = planes.view_mut().split_at(Axis(0), 1);
    let (mut second, mut third) = rest.view_mut().split_at(Axis(0), 1);
    Zip::from(&mut first)
        .and(&mut second)
        .and(&mut third)
        .par_for_each(|a, b, c| {
            let [x, y, z] = matrix.map(|row| row[0] * *a + row[1] * *b + row[2] * *c);
            (*a, *b, *c) = (x, y, z);
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basis_is_orthonormal_and_gray_is_luminance() {
        for (i, one) in OPPONENT.iter().enumerate() {
            for (j, other) in OPPONENT.iter().enumerate() {
                let dot: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-15);
            }
        }
        let picture = Array3::from_shape_fn((3, 4, 5), |(c, y, x)| (c * 7 + y * x) as f32);
        let mut there = picture.clone();
        to_opponent(&mut there);
        from_opponent(&mut there);
        assert!((&there - &picture).iter().all(|error| error.abs() < 1e-5));
        let mut gray = Array3::from_elem((3, 2, 2), 0.5f32);
        to_opponent(&mut gray);
        assert!((gray[[0, 1, 1]] - 0.5 * 3f32.sqrt()).abs() < 1e-6);
        assert!(gray[[1, 1, 1]].abs() < 1e-7 && gray[[2, 1, 1]].abs() < 1e-7);
    }
}
