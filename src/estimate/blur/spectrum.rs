//! Power spectra of crops on the frequencies that tell blurs apart.

use std::f64::consts::PI;

use ndarray::{Array2, ArrayView2, ArrayView3};

use crate::math::fft::RealFft2;

/// Functions of frequency that the logarithm of a picture's spectrum is a sum of: 1, L, L², cos 2θ,
/// sin 2θ, cos 4θ, sin 4θ, L cos 2θ, L sin 2θ with L = ln(r/0.1).
pub(super) const TERMS: usize = 9;

/// Largest radius (cycles per pixel) of the search's first stage.
const COARSE_RADIUS: f32 = 0.3;

/// Frequencies of a crop size, in cycles per pixel.
pub(super) struct Bins {
    /// Along +x.
    pub x: Vec<f32>,
    /// Along +row, that is downward.
    pub y: Vec<f32>,
    /// Distance from 0.
    pub radius: Vec<f32>,
    /// The [`TERMS`] functions.
    pub basis: [Vec<f32>; TERMS],
    /// Where each stands in a spectrum (column, row).
    place: Vec<(usize, usize)>,
}

impl Bins {
    /// Every frequency of a crop of `size` (rows, columns) that is neither near 0, on an axis (where
    /// the crop's borders and the JPEG grid show) nor beyond 0.5.
    pub fn new(size: (usize, usize)) -> Self {
        let (height, width) = size;
        let least = 2.5 / height.min(width) as f32;
        let mut bins = Self::empty();
        for column in 0..=width / 2 {
            let x = column as f32 / width as f32;
            for row in 0..height {
                let signed = row as isize - if row > height / 2 { height as isize } else { 0 };
                let y = signed as f32 / height as f32;
                let radius = x.hypot(y);
                let on_axis = x < 1.5 / width as f32 || y.abs() < 1.5 / height as f32;
                if !on_axis && radius > least && radius < 0.5 {
                    bins.push(x, y, (column, row));
                }
            }
        }
        bins
    }

    /// At most `most` of them, evenly taken.
    pub fn some(&self, most: usize) -> Self {
        self.taken((0..self.len()).collect(), most)
    }

    /// At most `most` of the lower ones, evenly taken.
    pub fn coarse(&self, most: usize) -> Self {
        let low = (0..self.len()).filter(|&index| self.radius[index] < COARSE_RADIUS);
        self.taken(low.collect(), most)
    }

    fn taken(&self, from: Vec<usize>, most: usize) -> Self {
        let most = from.len().min(most);
        let mut bins = Self::empty();
        for pick in 0..most {
            let index = from[pick * from.len() / most];
            bins.push(self.x[index], self.y[index], self.place[index]);
        }
        bins
    }

    fn empty() -> Self {
        Self {
            x: Vec::new(),
            y: Vec::new(),
            radius: Vec::new(),
            basis: Default::default(),
            place: Vec::new(),
        }
    }

    fn push(&mut self, x: f32, y: f32, place: (usize, usize)) {
        let radius = x.hypot(y);
        let log = (radius / 0.1).ln();
        let angle = y.atan2(x);
        let ((s2, c2), (s4, c4)) = ((2.0 * angle).sin_cos(), (4.0 * angle).sin_cos());
        let values = [1.0, log, log * log, c2, s2, c4, s4, log * c2, log * s2];
        self.x.push(x);
        self.y.push(y);
        self.radius.push(radius);
        self.place.push(place);
        for (to, value) in self.basis.iter_mut().zip(values) {
            to.push(value);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.radius.len()
    }

    /// The power of a [`periodogram`] at these frequencies.
    pub fn pick(&self, power: &Array2<f32>) -> Vec<f32> {
        self.place.iter().map(|&place| power[place]).collect()
    }
}

/// Power spectrum (columns × rows of the half plane) of a crop (C×H×W): mean over the channels of
/// |FFT(window·(y − mean))|²/(H·W), Hann window of root mean square 1, plus `floor`.
pub(super) fn periodogram(crop: ArrayView3<'_, f32>, floor: f32) -> Array2<f32> {
    let (channels, height, width) = crop.dim();
    let fft = RealFft2::<f32>::new(height, width);
    let (rows, columns) = (hann(height), hann(width));
    let mut power = Array2::from_elem((fft.spectrum_width(), height), floor);
    let scale = 1.0 / (channels * height * width) as f32;
    for plane in crop.outer_iter() {
        let mean = plane.iter().map(|&value| f64::from(value)).sum::<f64>();
        let mean = (mean / (height * width) as f64) as f32;
        let spectrum = fft.spectrum_by_columns(|row, buffer| {
            for (column, to) in buffer.iter_mut().enumerate() {
                *to = (plane[[row, column]] - mean) * rows[row] * columns[column];
            }
        });
        power.zip_mut_with(&spectrum, |power, value| *power += scale * value.norm_sqr());
    }
    power
}

/// What [`periodogram`] shows, in the mean, of white noise of variance 1 that `psf` (no larger than the crop) blurred.
pub(super) fn expected_power(psf: ArrayView2<'_, f64>, size: (usize, usize)) -> Array2<f32> {
    let (height, width) = size;
    // Twice as fine as the crop's frequencies: the window spreads each over those around it.
    let fft = RealFft2::<f32>::new(2 * height, 2 * width);
    let spectrum = fft.spectrum_by_columns(|row, buffer| {
        buffer.fill(0.0);
        if row < psf.nrows() {
            (buffer.iter_mut().zip(psf.row(row))).for_each(|(to, &from)| *to = from as f32);
        }
    });
    let total = SPREAD.iter().sum::<f32>();
    let reach = SPREAD.len() as isize / 2;
    Array2::from_shape_fn((width / 2 + 1, height), |(column, row)| {
        let mut sum = 0.0;
        for (across, &a) in (-reach..).zip(&SPREAD) {
            for (down, &b) in (-reach..).zip(&SPREAD) {
                let (column, row) = (2 * column as isize + across, 2 * row as isize + down);
                // A real picture's spectrum is the same on both sides of 0.
                let beyond = column < 0 || column > width as isize;
                let [column, row] = match (beyond, column < 0) {
                    (false, _) => [column, row],
                    (true, true) => [-column, -row],
                    (true, false) => [2 * width as isize - column, -row],
                };
                let row = row.rem_euclid(2 * height as isize);
                sum += a * b * spectrum[[column as usize, row as usize]].norm_sqr();
            }
        }
        sum / (total * total)
    })
}

/// Power of a Hann window around a frequency, in steps of half a cycle per window.
const SPREAD: [f32; 7] = [0.0288, 0.25, 0.7205, 1.0, 0.7205, 0.25, 0.0288];

/// A Hann window of root mean square 1.
pub(super) fn hann(length: usize) -> Vec<f32> {
    let window: Vec<f64> = (0..length)
        .map(|index| (PI * (index as f64 + 0.5) / length as f64).sin().powi(2))
        .collect();
    let square = window.iter().map(|value| value * value).sum::<f64>() / length as f64;
    let scale = 1.0 / square.sqrt();
    window.iter().map(|value| (value * scale) as f32).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, s};

    use super::*;
    use crate::math::noise::{NoiseSource, SeededNoise};

    #[test]
    fn blurred_noise_has_the_power_that_is_expected() {
        let psf = Array2::from_shape_fn((5, 9), |(i, j)| (1 + (3 * i + 2 * j) % 4) as f64);
        let psf = &psf / psf.sum();
        let size = (40, 48);
        let (height, width) = (size.0 + psf.nrows() - 1, size.1 + psf.ncols() - 1);
        const FIELDS: usize = 400;
        let mut noise = Array3::<f32>::zeros((FIELDS, height, width));
        SeededNoise { seed: 3 }.fill(0, 0, &mut noise);
        let mut mean = Array2::<f32>::zeros((size.1 / 2 + 1, size.0));
        for field in noise.outer_iter() {
            let mut blurred = Array3::<f32>::zeros((1, size.0, size.1));
            for ((i, j), &weight) in psf.indexed_iter() {
                let part = field.slice(s![i..i + size.0, j..j + size.1]);
                blurred
                    .slice_mut(s![0, .., ..])
                    .scaled_add(weight as f32, &part);
            }
            mean += &periodogram(blurred.view(), 0.0);
        }
        let expected = expected_power(psf.view(), size);
        // Away from 0, where a periodogram leaves out the mean. A power's deviation is its mean over √FIELDS.
        let bins = Bins::new(size);
        let ratios: Vec<f32> = (bins.pick(&mean).iter().zip(bins.pick(&expected)))
            .map(|(&power, expected)| power / FIELDS as f32 / expected)
            .collect();
        let average = ratios.iter().sum::<f32>() / ratios.len() as f32;
        assert!((average - 1.0).abs() < 0.01, "{average}");
        assert!(ratios.iter().all(|ratio| (ratio - 1.0).abs() < 0.3));
    }
}
