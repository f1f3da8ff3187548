//! The noise of a picture: per frequency, a covariance between colours.

use serde::{Deserialize, Serialize};

use crate::math::linear::symmetric_eigen;
use crate::{Error, Result};

/// Frequencies per axis, and side of the patches that measure them.
pub const SIDE: usize = 8;

/// Different entries of a symmetric 3×3 matrix, row by row: YY, YA, YB, AA, AB, BB.
const ENTRIES: usize = 6;

/// Rows and columns of those entries.
const PLACES: [(usize, usize); ENTRIES] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];

/// A symmetric 3×3 matrix in [opponent colours](crate::math::opponent::OPPONENT).
pub type Covariance = [[f64; 3]; 3];

/// Additive noise, stationary over the picture: for each frequency (i, j) of the orthonormal 8×8 DCT-II
/// (vertical, horizontal; i/16 cycles per pixel) the 3×3 covariance of the noise's coefficients in
/// [opponent colours](crate::math::opponent::OPPONENT), in (0…255 units)².
///
/// It serialises as a list of its 384 numbers (see [`covariance`](Self::covariance)), exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct NoiseSpectrum {
    // `f32`, so that text in a report gives back the same bits.
    entries: [[[f32; ENTRIES]; SIDE]; SIDE],
}

impl NoiseSpectrum {
    /// How many numbers [`covariance`](Self::covariance) gives.
    pub const LENGTH: usize = SIDE * SIDE * ENTRIES;

    /// White noise of standard deviation `sigma` (0…255 units), independent in red, green and blue.
    pub fn white(sigma: f64) -> Self {
        let variance = sigma * sigma;
        Self::from_fn(|_, _| {
            [
                [variance, 0.0, 0.0],
                [0.0, variance, 0.0],
                [0.0, 0.0, variance],
            ]
        })
    }

    /// White noise of standard deviation `sigma` (0…255 units), the same in red, green and blue.
    pub fn gray(sigma: f64) -> Self {
        Self::from_fn(|_, _| [[3.0 * sigma * sigma, 0.0, 0.0], [0.0; 3], [0.0; 3]])
    }

    /// The spectrum whose [`covariance`](Self::covariance) is given.
    ///
    /// # Errors
    /// `InvalidOption` (`noise_spectrum`) unless there are [`LENGTH`](Self::LENGTH) finite numbers, of
    /// which each six are a covariance: no variance negative, no correlation above 1.
    pub fn from_covariance(values: &[f32]) -> Result<Self> {
        let allowed = format!(
            "{} finite numbers, a positive semidefinite 3x3 covariance (six entries) for each of 8x8 \
             frequencies",
            Self::LENGTH
        );
        if values.len() != Self::LENGTH {
            let given = format!("{} numbers", values.len());
            return Err(Error::invalid("noise_spectrum", given, allowed));
        }
        let mut entries = [[[0.0; ENTRIES]; SIDE]; SIDE];
        for (to, from) in entries
            .as_flattened_mut()
            .iter_mut()
            .zip(values.chunks(ENTRIES))
        {
            to.copy_from_slice(from);
        }
        let spectrum = Self { entries };
        for (i, j) in frequencies() {
            let finite = spectrum.entries[i][j].iter().all(|value| value.is_finite());
            let matrix = spectrum.at(i, j);
            let trace = matrix[0][0] + matrix[1][1] + matrix[2][2];
            // Rounding to `f32` may take a zero eigenvalue below zero.
            if !finite || trace < 0.0 || eigen(&matrix).0[0] < -1e-5 * trace {
                let given = format!("{:?} at {i}, {j}", spectrum.entries[i][j]);
                return Err(Error::invalid("noise_spectrum", given, allowed));
            }
        }
        Ok(spectrum)
    }

    /// Its numbers: for i in 0…7, for j in 0…7 the entries YY, YA, YB, AA, AB, BB of the covariance of
    /// luminance Y and the chroma channels A (red against blue) and B (green against both).
    pub fn covariance(&self) -> Vec<f32> {
        self.entries.as_flattened().as_flattened().to_vec()
    }

    /// The spectrum with the covariance `matrix(i, j)` at each frequency.
    pub(super) fn from_fn(matrix: impl Fn(usize, usize) -> Covariance) -> Self {
        let mut entries = [[[0.0; ENTRIES]; SIDE]; SIDE];
        for (i, j) in frequencies() {
            let matrix = matrix(i, j);
            entries[i][j] = PLACES.map(|(row, column)| matrix[row][column] as f32);
        }
        Self { entries }
    }

    /// The covariance at vertical frequency `i` and horizontal frequency `j`, both 0…7.
    ///
    /// # Panics
    /// Beyond 7.
    pub fn at(&self, i: usize, j: usize) -> Covariance {
        let mut matrix = [[0.0; 3]; 3];
        for ((row, column), &value) in PLACES.into_iter().zip(&self.entries[i][j]) {
            matrix[row][column] = f64::from(value);
            matrix[column][row] = f64::from(value);
        }
        matrix
    }

    /// The noise with its standard deviation multiplied by `strength`.
    pub fn scaled(&self, strength: f64) -> Self {
        let square = strength * strength;
        Self::from_fn(|i, j| self.at(i, j).map(|row| row.map(|value| value * square)))
    }

    /// The same energy in luminance alone: the noise of a picture with R = G = B, whose three channels
    /// share one field.
    pub fn neutral(&self) -> Self {
        Self::from_fn(|i, j| {
            let matrix = self.at(i, j);
            let trace = matrix[0][0] + matrix[1][1] + matrix[2][2];
            [[trace, 0.0, 0.0], [0.0; 3], [0.0; 3]]
        })
    }

    /// Standard deviation of the noise in a pixel's red, green and blue (root mean square), 0…255 units.
    pub fn rms(&self) -> f64 {
        let trace = |(i, j)| {
            let matrix = self.at(i, j);
            matrix[0][0] + matrix[1][1] + matrix[2][2]
        };
        (frequencies().map(trace).sum::<f64>() / (3 * SIDE * SIDE) as f64).sqrt()
    }

    /// The white noise that covers it: the root mean square over frequencies of the largest standard
    /// deviation in any direction of colour, 0…255 units. σ for white noise, √3·σ for gray noise.
    pub fn level(&self) -> f64 {
        let largest = self.largest();
        let sum: f64 = largest.as_flattened().iter().sum();
        (sum / (SIDE * SIDE) as f64).sqrt()
    }

    /// The largest eigenvalue of the covariance at each frequency.
    pub fn largest(&self) -> [[f64; SIDE]; SIDE] {
        let mut largest = [[0.0; SIDE]; SIDE];
        for (i, j) in frequencies() {
            largest[i][j] = eigen(&self.at(i, j)).0[2].max(0.0);
        }
        largest
    }
}

impl From<NoiseSpectrum> for Vec<f32> {
    fn from(spectrum: NoiseSpectrum) -> Self {
        spectrum.covariance()
    }
}

impl TryFrom<Vec<f32>> for NoiseSpectrum {
    type Error = Error;

    fn try_from(values: Vec<f32>) -> Result<Self> {
        Self::from_covariance(&values)
    }
}

/// Every (i, j).
pub(super) fn frequencies() -> impl Iterator<Item = (usize, usize)> {
    (0..SIDE * SIDE).map(|index| (index / SIDE, index % SIDE))
}

/// Rising eigenvalues of a covariance, and its eigenvectors as columns.
pub fn eigen(matrix: &Covariance) -> ([f64; 3], Covariance) {
    let finite = matrix.as_flattened().iter().all(|value| value.is_finite());
    if !finite {
        return ([f64::NAN; 3], [[0.0; 3]; 3]);
    }
    let (values, vectors) = symmetric_eigen(ndarray::aview2(matrix));
    (
        std::array::from_fn(|k| values[k]),
        std::array::from_fn(|i| std::array::from_fn(|k| vectors[[i, k]])),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coloured() -> NoiseSpectrum {
        NoiseSpectrum::from_fn(|i, j| {
            let fall = 40.0 / (1.0 + (i * i + j * j) as f64);
            [
                [fall, 0.3 * fall, -0.1 * fall],
                [0.3 * fall, 0.7 * fall, 0.2 * fall],
                [-0.1 * fall, 0.2 * fall, fall / 3.0],
            ]
        })
    }

    #[test]
    fn levels_of_white_and_gray_noise() {
        let (white, gray) = (NoiseSpectrum::white(7.0), NoiseSpectrum::gray(7.0));
        assert!((white.rms() - 7.0).abs() < 1e-6 && (white.level() - 7.0).abs() < 1e-6);
        assert!((gray.rms() - 7.0).abs() < 1e-6);
        assert!((gray.level() - 7.0 * 3f64.sqrt()).abs() < 1e-5);
        assert_eq!(white.neutral(), gray);
        assert_eq!(gray.neutral(), gray);
        let spectrum = coloured();
        assert!((spectrum.scaled(0.5).rms() - 0.5 * spectrum.rms()).abs() < 1e-5);
        assert!((spectrum.neutral().rms() - spectrum.rms()).abs() < 1e-5);
        assert!(spectrum.level() > spectrum.rms());
    }

    #[test]
    fn a_report_gives_back_the_same_bits() {
        for spectrum in [coloured(), NoiseSpectrum::white(1.0 / 3.0)] {
            let text = serde_json::to_string(&spectrum).unwrap();
            assert_eq!(
                serde_json::from_str::<NoiseSpectrum>(&text).unwrap(),
                spectrum
            );
        }
    }

    #[test]
    fn what_is_no_covariance_is_refused() {
        let good = coloured().covariance();
        let refused = |change: &dyn Fn(&mut Vec<f32>)| {
            let mut values = good.clone();
            change(&mut values);
            let error = NoiseSpectrum::from_covariance(&values).unwrap_err();
            assert!(error.to_string().starts_with("noise_spectrum: "), "{error}");
        };
        assert_eq!(NoiseSpectrum::from_covariance(&good).unwrap(), coloured());
        refused(&|values| values.truncate(383));
        refused(&|values| values[7] = f32::NAN);
        refused(&|values| values[0] = f32::INFINITY);
        refused(&|values| values[0] = -1.0);
        refused(&|values| values[1] = 1e4);
        assert!(serde_json::from_str::<NoiseSpectrum>("[1, 2]").is_err());
    }
}
