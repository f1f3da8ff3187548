//! The noise of a picture, from the picture alone.

use ndarray::{Array2, ArrayView2, ArrayView3, Axis, s};

use super::linear::{product, symmetric_eigen};

/// Side of a patch in pixels.
const SIDE: usize = 8;

/// Most patches looked at: enough for the statistics, whatever the picture's size.
const MOST_PATCHES: usize = 16_384;

/// Patches per dimension that a covariance needs at least, lest its eigenvalues spread by chance.
const PATCHES_PER_DIMENSION: usize = 8;

/// Texture, relative to the noise's variance, up to which a patch may well be flat: the expectation
/// for noise alone is 0.23, with a standard deviation of 0.08.
const FLAT: f64 = 0.4;

/// Standard deviations a patch's mean keeps from black and white, so that little noise is clipped.
const CLEARANCE: f64 = 2.0;

/// Estimates the standard deviation of the white Gaussian noise in a picture, in 0…255 units.
///
/// `picture` is C×H×W in [-1, 1], sRGB-encoded, of any size. Each channel is judged on its own, since
/// the noise of real files is often the same in all; the result is the root mean square. The method is
/// that of G. Chen, F. Zhu and P. A. Heng, "An Efficient Statistical Method for Image Noise Level
/// Estimation" (ICCV 2015): of the eigenvalues of the patches' covariance the largest are dropped until
/// the mean of the rest is their median, which is then the noise variance. It is taken here over the
/// patches that show no more texture than noise alone would (as in X. Liu, M. Tanaka and M. Okutomi,
/// "Single-Image Noise Level Estimation for Blind Denoising", 2013), and that are neither black nor
/// white, where noise is clipped. Deterministic; the time does not grow with the picture.
///
/// 0 for a constant picture, and for one too small to tell. Rounding to 8 bits alone reads as about
/// 0.3, fine texture everywhere as 1 to 2.
pub fn estimate_noise(picture: ArrayView3<'_, f32>) -> f64 {
    let channels = picture.dim().0.max(1) as f64;
    let squares = picture.outer_iter().map(|plane| estimate(plane).powi(2));
    (squares.sum::<f64>() / channels).sqrt()
}

fn estimate(plane: ArrayView2<'_, f32>) -> f64 {
    let Some(patches) = Patches::sample(plane) else {
        return 0.0;
    };
    let mut sigma = 0.0;
    // What is flat and what is clipped depends on the noise.
    for _ in 0..4 {
        sigma = patches.noise(&patches.choose(sigma));
    }
    sigma
}

/// Patches of a plane, evenly spread over it.
struct Patches {
    /// One patch a row, in 0…255 units.
    values: Array2<f64>,
    /// How far each patch's mean is from black or white; −∞ where a value is not finite.
    clearance: Vec<f64>,
    /// Variance of each patch averaged 2×2, which sees texture more than noise.
    texture: Vec<f64>,
}

impl Patches {
    /// `None` when the plane is too small.
    fn sample(plane: ArrayView2<'_, f32>) -> Option<Self> {
        let (height, width) = plane.dim();
        let mut size = [height.min(SIDE), width.min(SIDE)];
        let dimension = |[tall, wide]: [usize; 2]| tall * wide;
        let places = |[tall, wide]: [usize; 2]| (height - tall + 1) * (width - wide + 1);
        if plane.is_empty() {
            return None;
        }
        while places(size) < PATCHES_PER_DIMENSION * dimension(size) {
            if size == [1, 1] {
                return None;
            }
            size = size.map(|side| (side - 1).max(1));
        }
        // One pixel is no patch: noise and picture look alike.
        if size[0] * size[1] < 4 {
            return None;
        }
        let mut stride = 1;
        let steps = |stride: usize| {
            [
                (height - size[0]) / stride + 1,
                (width - size[1]) / stride + 1,
            ]
        };
        // Odd, so that patches fall everywhere on a JPEG file's 8×8 blocks.
        while steps(stride).iter().product::<usize>() > MOST_PATCHES {
            stride += 2;
        }
        let [down, across] = steps(stride);
        let mut patches = Patches {
            values: Array2::zeros((down * across, dimension(size))),
            clearance: Vec::with_capacity(down * across),
            texture: Vec::with_capacity(down * across),
        };
        for (index, mut row) in patches.values.outer_iter_mut().enumerate() {
            let (top, left) = (index / across * stride, index % across * stride);
            let patch = plane.slice(s![top..top + size[0], left..left + size[1]]);
            let patch = patch.mapv(|value| (f64::from(value) + 1.0) * 127.5);
            row.iter_mut()
                .zip(&patch)
                .for_each(|(to, &from)| *to = from);
            let (clearance, texture) = describe(patch.view());
            patches.clearance.push(clearance);
            patches.texture.push(texture);
        }
        Some(patches)
    }

    /// The patches without clipping or texture, as far as noise of `sigma` lets one see.
    fn choose(&self, sigma: f64) -> Vec<usize> {
        let fewest = PATCHES_PER_DIMENSION * self.values.ncols();
        let mut all: Vec<usize> = (0..self.clearance.len())
            .filter(|&index| self.clearance[index].is_finite())
            .collect();
        // Where too few will do, the best have to.
        all.sort_by(|&a, &b| self.clearance[b].total_cmp(&self.clearance[a]));
        let clearance = (CLEARANCE * sigma).max(1.0);
        let clear = all.partition_point(|&index| self.clearance[index] >= clearance);
        all.truncate(clear.max(fewest));
        all.sort_by(|&a, &b| self.texture[a].total_cmp(&self.texture[b]));
        let flat = all.partition_point(|&index| self.texture[index] <= FLAT * sigma * sigma);
        all.truncate(flat.max(fewest));
        all
    }

    /// The noise of the chosen patches.
    fn noise(&self, chosen: &[usize]) -> f64 {
        if chosen.len() < 2 {
            return 0.0;
        }
        let mut values = self.values.select(Axis(0), chosen);
        let mean = values.sum_axis(Axis(0)) / chosen.len() as f64;
        values -= &mean;
        let covariance = product(values.t(), values.view()) / (chosen.len() - 1) as f64;
        let (eigenvalues, _) = symmetric_eigen(covariance.view());
        let eigenvalues: Vec<f64> = eigenvalues.iter().map(|value| value.max(0.0)).collect();
        redundant(&eigenvalues).sqrt()
    }
}

/// The clearance and texture of a patch.
fn describe(patch: ArrayView2<'_, f64>) -> (f64, f64) {
    let mean = patch.sum() / patch.len() as f64;
    let window = (patch.nrows().min(2), patch.ncols().min(2));
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for window in patch.windows(window) {
        let value = window.sum() / window.len() as f64 - mean;
        count += 1.0;
        sum += value;
        squares += value * value;
    }
    let texture = squares / count - (sum / count).powi(2);
    if texture.is_finite() {
        (mean.min(255.0 - mean), texture)
    } else {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

/// The mean of the smallest of the rising `eigenvalues`, as many as make it their median.
fn redundant(eigenvalues: &[f64]) -> f64 {
    (1..=eigenvalues.len())
        .rev()
        .map(|count| {
            let rest = &eigenvalues[..count];
            (rest, rest.iter().sum::<f64>() / count as f64)
        })
        .find(|(rest, mean)| {
            let above = rest.iter().filter(|value| *value > mean).count();
            let below = rest.iter().filter(|value| *value < mean).count();
            above == below
        })
        .map_or(0.0, |(_, mean)| mean)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ndarray::Array3;

    use super::*;
    use crate::math::noise::{NoiseSource, SeededNoise};

    /// The shipped photograph, averaged 2×2 to be free of noise of its own.
    fn photo() -> Array3<f32> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/photo/houses.jpg");
        let photo = image::open(path).unwrap().to_rgb32f();
        let (width, height) = (photo.width() as usize / 2, photo.height() as usize / 2);
        Array3::from_shape_fn((3, height, width), |(c, y, x)| {
            let at = |i, j| photo.get_pixel((2 * x + j) as u32, (2 * y + i) as u32)[c];
            (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 2.0 - 1.0
        })
    }

    fn noisy(picture: &Array3<f32>, sigma: f32) -> Array3<f32> {
        let mut noise = Array3::zeros(picture.raw_dim());
        SeededNoise { seed: 5 }.fill(1, 0, &mut noise);
        let values = picture + &(noise * (sigma / 127.5));
        // As a file holds it.
        values.mapv(|value| ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) / 127.5 - 1.0)
    }

    #[test]
    fn finds_the_noise_of_a_photograph() {
        let photo = photo();
        let mut last = 0.0;
        for (sigma, tolerance) in [
            (0.0, 1.5),
            (2.0, 0.8),
            (5.0, 0.6),
            (10.0, 0.8),
            (25.0, 2.0),
            (50.0, 6.0),
        ] {
            let picture = noisy(&photo, sigma);
            let found = estimate_noise(picture.view());
            assert!(
                (found - f64::from(sigma)).abs() < tolerance,
                "{found} for {sigma}"
            );
            assert!(found > last);
            last = found;
            assert_eq!(found, estimate_noise(picture.view()));
            let gray = picture.slice(s![1..2, .., ..]);
            let found = estimate_noise(gray);
            assert!(
                (found - f64::from(sigma)).abs() < 1.3 * tolerance,
                "gray: {found} for {sigma}"
            );
        }
    }

    #[test]
    fn any_size_and_value_gives_a_number() {
        let photo = noisy(&photo(), 10.0);
        for (height, width) in [
            (1, 1),
            (1, 250),
            (3, 7),
            (7, 3),
            (17, 31),
            (40, 64),
            (9, 200),
        ] {
            let found = estimate_noise(photo.slice(s![.., ..height, ..width]));
            assert!((0.0..20.0).contains(&found), "{height}x{width}: {found}");
        }
        for value in [-1.0, 0.3, 1.0, 7.0] {
            assert!(estimate_noise(Array3::from_elem((3, 60, 50), value).view()) < 1e-6);
        }
        let mut broken = photo.clone();
        broken[[0, 10, 10]] = f32::NAN;
        broken[[2, 40, 60]] = f32::INFINITY;
        let (whole, found) = (estimate_noise(photo.view()), estimate_noise(broken.view()));
        assert!((whole - found).abs() < 0.5, "{whole} {found}");
        assert_eq!(
            estimate_noise(Array3::from_elem((3, 60, 50), f32::NAN).view()),
            0.0
        );
        assert_eq!(estimate_noise(Array3::zeros((3, 0, 0)).view()), 0.0);
    }
}
