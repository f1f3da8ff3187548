//! The level of white noise in a picture, from the picture alone.

use std::f64::consts::PI;

use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, ArrayView2, ArrayView3, Axis, Zip};
use rayon::slice::ParallelSlice;

use super::grid::Grid;
use super::patches::AREA;
use super::spectrum::SIDE;
use crate::math::dct8::Block;
use crate::math::linear::symmetric_eigen;

/// Patches per dimension that a covariance needs at least, lest its eigenvalues spread by chance.
const PATCHES_PER_DIMENSION: usize = 8;

/// Texture, relative to the noise's variance, up to which a patch may well be flat: the expectation
/// for noise alone is 0.23, with a standard deviation of 0.08.
const FLAT: f64 = 0.4;

/// Standard deviations a patch's mean keeps from black and white, so that little noise is clipped.
const CLEARANCE: f64 = 2.0;

/// Patches whose covariance is summed at once.
const PART: usize = 1024;

/// Estimates the standard deviation of the noise in a picture as if it were white, in 0…255 units.
///
/// `picture` is C×H×W in [-1, 1], sRGB-encoded, of any size; pixels that are not `usable` (H×W) are left
/// out. Each channel is judged on its own, since the noise of real files is often the same in all; the
/// result is the root mean square. The method is that of G. Chen, F. Zhu and P. A. Heng, "An Efficient
/// Statistical Method for Image Noise Level Estimation" (ICCV 2015): of the eigenvalues of the patches'
/// covariance the largest are dropped until the mean of the rest is their median, which is then the noise
/// variance. It is taken here over the patches that show no more texture than noise alone would (as in X.
/// Liu, M. Tanaka and M. Okutomi, "Single-Image Noise Level Estimation for Blind Denoising", 2013), and
/// that are neither black nor white, where noise is clipped. Deterministic; the time does not grow with
/// the picture.
///
/// 0 for a constant picture, and for one too small to tell. Rounding to 8 bits alone reads as about
/// 0.3, fine texture everywhere as 1 to 2.
pub fn white_level(picture: ArrayView3<'_, f32>, usable: Option<ArrayView2<'_, bool>>) -> f64 {
    let (_, height, width) = picture.dim();
    let Some(size) = patch_size([height, width]) else {
        return 0.0;
    };
    let grid = Grid::spread([height, width], size);
    let places: Vec<usize> = (0..grid.count())
        .filter(|&index| usable.is_none_or(|usable| grid.within(usable, grid.place(index))))
        .collect();
    level_at(picture, grid, &places)
}

/// The same from the patches at some of the places of a grid.
pub(super) fn level_at(picture: ArrayView3<'_, f32>, grid: Grid, places: &[usize]) -> f64 {
    let channels = picture.dim().0.max(1) as f64;
    let levels: Vec<f64> = picture
        .axis_chunks_iter(Axis(0), 1)
        .into_par_iter()
        .map(|plane| Patches::read(plane, grid, places).level())
        .collect();
    (levels.iter().map(|level| level * level).sum::<f64>() / channels).sqrt()
}

/// The same of one opponent channel, on the coefficients other than the mean of patches that are all clear of
/// black and white.
pub(super) fn level_of_coefficients(planes: &[&Block]) -> f64 {
    // The squared response of averaging 2×2, as `describe` does.
    let response: [f64; AREA] = std::array::from_fn(|index| {
        let axis = |k: usize| (PI * k as f64 / (2 * SIDE) as f64).cos().powi(2);
        axis(index / SIDE) * axis(index % SIDE) / AREA as f64
    });
    let mut patches = Patches {
        values: Array2::zeros((planes.len(), AREA - 1)),
        clearance: vec![f64::INFINITY; planes.len()],
        texture: Vec::with_capacity(planes.len()),
    };
    for (plane, mut row) in planes.iter().zip(patches.values.outer_iter_mut()) {
        let mut texture = 0.0;
        for (index, to) in row.iter_mut().enumerate() {
            *to = plane[index + 1];
            texture += response[index + 1] * f64::from(*to).powi(2);
        }
        patches.texture.push(texture);
    }
    patches.level()
}

/// The largest patch of which a picture has enough; `None` where it has none.
fn patch_size([height, width]: [usize; 2]) -> Option<[usize; 2]> {
    let mut size = [height.min(SIDE), width.min(SIDE)];
    let dimension = |[tall, wide]: [usize; 2]| tall * wide;
    let places = |[tall, wide]: [usize; 2]| (height - tall + 1) * (width - wide + 1);
    if height == 0 || width == 0 {
        return None;
    }
    while places(size) < PATCHES_PER_DIMENSION * dimension(size) {
        if size == [1, 1] {
            return None;
        }
        size = size.map(|side| (side - 1).max(1));
    }
    // One pixel is no patch: noise and picture look alike.
    (dimension(size) >= 4).then_some(size)
}

/// Patches of a plane.
struct Patches {
    /// One patch a row, in 0…255 units; of single precision, since their covariances are most of the work.
    values: Array2<f32>,
    /// How far each patch's mean is from black or white; −∞ where a value is not finite.
    clearance: Vec<f64>,
    /// Variance of each patch averaged 2×2, which sees texture more than noise.
    texture: Vec<f64>,
}

impl Patches {
    fn read(plane: ArrayView3<'_, f32>, grid: Grid, places: &[usize]) -> Self {
        let [tall, wide] = grid.size;
        let mut patches = Patches {
            values: Array2::zeros((places.len(), tall * wide)),
            clearance: Vec::with_capacity(places.len()),
            texture: Vec::with_capacity(places.len()),
        };
        for (&index, mut row) in places.iter().zip(patches.values.outer_iter_mut()) {
            let patch = grid.patch(plane, grid.place(index));
            row.iter_mut()
                .zip(&patch)
                .for_each(|(to, &from)| *to = (from + 1.0) * 127.5);
            let patch = row.into_shape_with_order((tall, wide));
            let (clearance, texture) = describe(patch.expect("a row holds a patch").view());
            patches.clearance.push(clearance);
            patches.texture.push(texture);
        }
        patches
    }

    /// The patches without clipping or texture, as far as noise of `sigma` lets one see.
    fn choose(&self, sigma: f64) -> Vec<usize> {
        let fewest = PATCHES_PER_DIMENSION * self.values.ncols();
        let mut all: Vec<usize> = (0..self.clearance.len())
            .filter(|&index| self.clearance[index] > f64::NEG_INFINITY)
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

    /// The noise of the patches that show nothing else.
    fn level(&self) -> f64 {
        let mut sigma = 0.0;
        let mut last = Vec::new();
        // What is flat and what is clipped depends on the noise.
        for _ in 0..4 {
            let chosen = self.choose(sigma);
            if chosen == last {
                break;
            }
            sigma = common_level(&self.values, &chosen);
            last = chosen;
        }
        sigma
    }
}

/// The standard deviation that most dimensions of the `chosen` samples (rows) have in common.
fn common_level(samples: &Array2<f32>, chosen: &[usize]) -> f64 {
    let count = chosen.len();
    if count < 2 {
        return 0.0;
    }
    let mut mean = Array1::<f64>::zeros(samples.ncols());
    for &index in chosen {
        Zip::from(&mut mean)
            .and(samples.row(index))
            .for_each(|mean, &value| *mean += f64::from(value));
    }
    let mean = mean.mapv(|sum| (sum / count as f64) as f32);
    // Parts of a fixed length, summed in order: the same whatever the number of threads.
    let parts: Vec<Array2<f32>> = chosen
        .par_chunks(PART)
        .map(|part| {
            let mut part = samples.select(Axis(0), part);
            part -= &mean;
            part.t().dot(&part)
        })
        .collect();
    let mut covariance = Array2::<f64>::zeros((samples.ncols(), samples.ncols()));
    for part in parts {
        covariance += &part.mapv(f64::from);
    }
    covariance /= (count - 1) as f64;
    let (eigenvalues, _) = symmetric_eigen(covariance.view());
    let eigenvalues: Vec<f64> = eigenvalues.iter().map(|value| value.max(0.0)).collect();
    redundant(&eigenvalues).sqrt()
}

/// The clearance and texture of a patch.
fn describe(patch: ArrayView2<'_, f32>) -> (f64, f64) {
    let mean = patch.iter().map(|&value| f64::from(value)).sum::<f64>() / patch.len() as f64;
    let window = (patch.nrows().min(2), patch.ncols().min(2));
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for window in patch.windows(window) {
        let value = f64::from(window.sum()) / window.len() as f64 - mean;
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

    use ndarray::{Array3, s};

    use super::*;
    use crate::math::noise::{NoiseSource, SeededNoise};

    fn level(picture: ArrayView3<'_, f32>) -> f64 {
        white_level(picture, None)
    }

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
            let found = level(picture.view());
            assert!(
                (found - f64::from(sigma)).abs() < tolerance,
                "{found} for {sigma}"
            );
            assert!(found > last);
            last = found;
            assert_eq!(found, level(picture.view()));
            let gray = picture.slice(s![1..2, .., ..]);
            let found = level(gray);
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
            let found = level(photo.slice(s![.., ..height, ..width]));
            assert!((0.0..20.0).contains(&found), "{height}x{width}: {found}");
        }
        for value in [-1.0, 0.3, 1.0, 7.0] {
            assert!(level(Array3::from_elem((3, 60, 50), value).view()) < 1e-6);
        }
        let mut broken = photo.clone();
        broken[[0, 10, 10]] = f32::NAN;
        broken[[2, 40, 60]] = f32::INFINITY;
        let (whole, found) = (level(photo.view()), level(broken.view()));
        assert!((whole - found).abs() < 0.5, "{whole} {found}");
        assert_eq!(level(Array3::from_elem((3, 60, 50), f32::NAN).view()), 0.0);
        assert_eq!(level(Array3::zeros((3, 0, 0)).view()), 0.0);
    }
}
