//! Bands of frequency of an 8×8 DCT: rings of the same larger frequency.

use super::patches::{AREA, ring};
use crate::math::dct8::Block;

/// How many bands there are.
pub(crate) const BANDS: usize = 5;

/// The band of each ring; the mean frequency (ring 0) has none.
const BAND: [usize; 8] = [0, 0, 1, 2, 3, 3, 4, 4];

/// Coefficients of each band.
pub(crate) const COUNTS: [f32; BANDS] = [3.0, 5.0, 7.0, 20.0, 28.0];

/// The band of a coefficient; `None` for the mean.
pub(crate) fn band(index: usize) -> Option<usize> {
    (index > 0).then(|| BAND[ring(index)])
}

/// Mean of values over each band.
pub(crate) fn means(values: impl Fn(usize) -> f32) -> [f32; BANDS] {
    let mut means = [0.0; BANDS];
    for index in 1..AREA {
        means[BAND[ring(index)]] += values(index);
    }
    std::array::from_fn(|band| means[band] / COUNTS[band])
}

/// Mean energy of the coefficients of each band.
pub(crate) fn energies(coefficients: &Block) -> [f32; BANDS] {
    means(|index| coefficients[index] * coefficients[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_all_frequencies_but_the_mean() {
        let mut counts = [0.0; BANDS];
        (0..AREA)
            .filter_map(band)
            .for_each(|band| counts[band] += 1.0);
        assert_eq!(counts, COUNTS);
        assert_eq!(energies(&[2.0; AREA]), [4.0; BANDS]);
    }
}
