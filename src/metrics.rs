//! How close two pictures are: PSNR, SSIM, largest difference.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, Axis, Zip};

use crate::image::{ImageView, Picture};
use crate::{Error, Result};

/// Radius and standard deviation in pixels of the window of SSIM.
const WINDOW: (usize, f64) = (5, 1.5);

/// Two pictures of one size as sRGB-encoded colour in 0…1 (3×H×W; gray is replicated). Alpha is left
/// out, and what lies outside 0…1 is clamped.
#[derive(Clone, Debug)]
pub struct Comparison {
    reference: Array3<f32>,
    picture: Array3<f32>,
}

impl Comparison {
    /// Reads both pictures; they may differ in pixel type, transfer and channels.
    ///
    /// # Errors
    /// `InvalidImage` when they differ in size.
    pub fn new(reference: &ImageView<'_>, picture: &ImageView<'_>) -> Result<Self> {
        let (expected, given) = (reference.layout(), picture.layout());
        if (expected.width, expected.height) != (given.width, given.height) {
            return Err(Error::InvalidImage(format!(
                "the pictures differ in size: {}x{} and {}x{} pixels",
                expected.width, expected.height, given.width, given.height
            )));
        }
        let read = |view| {
            let mut color = Picture::read(view).color;
            color.par_mapv_inplace(|value| (0.5 * (value + 1.0)).clamp(0.0, 1.0));
            color
        };
        Ok(Comparison {
            reference: read(reference),
            picture: read(picture),
        })
    }

    /// Peak signal-to-noise ratio in dB, peak 1, over all pixels and channels; infinite when equal.
    pub fn psnr(&self) -> f64 {
        let mean_square = self
            .differences(|difference| difference * difference)
            .sum::<f64>()
            / self.reference.len() as f64;
        -10.0 * mean_square.log10()
    }

    /// Largest absolute difference of a sample, 0…1.
    pub fn max_abs(&self) -> f64 {
        Zip::from(&self.reference)
            .and(&self.picture)
            .fold(0.0, |worst, &a, &b| {
                f64::max(worst, (f64::from(a) - f64::from(b)).abs())
            })
    }

    /// Structural similarity, -1…1 (Wang et al. 2004): Gaussian window 11×11, σ 1.5, K₁ 0.01, K₂ 0.03,
    /// mean over channels and over the pixels whose window lies inside (over all pixels, with mirrored
    /// edges, where a side is shorter than 11).
    pub fn ssim(&self) -> f64 {
        let planes = self.reference.outer_iter().into_par_iter();
        let each: Vec<f64> = planes
            .zip(self.picture.outer_iter().into_par_iter())
            .map(|(reference, picture)| plane_ssim(reference, picture))
            .collect();
        each.iter().sum::<f64>() / each.len() as f64
    }

    /// One sum per row of each plane, in a fixed order.
    fn differences(&self, of: impl Fn(f64) -> f64 + Sync) -> impl Iterator<Item = f64> {
        let rows = self.reference.rows().into_iter().zip(self.picture.rows());
        rows.map(move |(a, b)| {
            let pairs = a.iter().zip(b.iter());
            pairs.map(|(&a, &b)| of(f64::from(a) - f64::from(b))).sum()
        })
    }
}

/// PSNR of `picture` against `reference` in dB, see [`Comparison::psnr`].
///
/// # Errors
/// As [`Comparison::new`].
pub fn psnr(reference: &ImageView<'_>, picture: &ImageView<'_>) -> Result<f64> {
    Ok(Comparison::new(reference, picture)?.psnr())
}

fn plane_ssim(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> f64 {
    let (c1, c2) = (0.01_f64.powi(2), 0.03_f64.powi(2));
    let (radius, _) = WINDOW;
    let (height, width) = a.dim();
    let inset = if height.min(width) > 2 * radius {
        radius
    } else {
        0
    };
    let mean = |of: &dyn Fn(f64, f64) -> f64| {
        let mut plane = Array2::zeros(a.dim());
        Zip::from(&mut plane)
            .and(a)
            .and(b)
            .for_each(|out, &a, &b| *out = of(f64::from(a), f64::from(b)));
        smooth(&mut plane);
        plane
    };
    let (mean_a, mean_b) = (mean(&|a, _| a), mean(&|_, b| b));
    let (square_a, square_b, product) = (
        mean(&|a, _| a * a),
        mean(&|_, b| b * b),
        mean(&|a, b| a * b),
    );
    let mut total = 0.0;
    for y in inset..height - inset {
        for x in inset..width - inset {
            let at = [y, x];
            let (a, b) = (mean_a[at], mean_b[at]);
            let (var_a, var_b) = (square_a[at] - a * a, square_b[at] - b * b);
            let covariance = product[at] - a * b;
            total += (2.0 * a * b + c1) * (2.0 * covariance + c2)
                / ((a * a + b * b + c1) * (var_a + var_b + c2));
        }
    }
    total / ((height - 2 * inset) * (width - 2 * inset)) as f64
}

/// Convolves rows and columns with the window, edges mirrored.
fn smooth(plane: &mut Array2<f64>) {
    let (radius, sigma) = WINDOW;
    let mut taps: Vec<f64> = (0..=2 * radius)
        .map(|index| {
            let distance = index as f64 - radius as f64;
            (-distance * distance / (2.0 * sigma * sigma)).exp()
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    for axis in [Axis(1), Axis(0)] {
        for mut lane in plane.lanes_mut(axis) {
            let length = lane.len();
            let source = lane.to_vec();
            let mirrored = |at: isize| {
                let folded = at.rem_euclid(2 * length as isize) as usize;
                source[folded.min(2 * length - 1 - folded)]
            };
            for (at, out) in lane.iter_mut().enumerate() {
                *out = taps
                    .iter()
                    .enumerate()
                    .map(|(tap, weight)| {
                        let from = at as isize + tap as isize - radius as isize;
                        weight * mirrored(from)
                    })
                    .sum();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Layout, PixelType};

    fn compare(a: &[u8], b: &[u8], width: usize, height: usize) -> Comparison {
        let layout = Layout::packed(width, height, 1, PixelType::U8);
        let view = |bytes| ImageView::new(bytes, layout, 0).unwrap();
        Comparison::new(&view(a), &view(b)).unwrap()
    }

    #[test]
    fn known_values() {
        let a = vec![100; 20 * 15];
        let mut b = a.clone();
        b.iter_mut().for_each(|value| *value += 10);
        let result = compare(&a, &b, 20, 15);
        // Flat pictures: only SSIM's luminance term differs from 1.
        let (x, y, c1) = (100.0 / 255.0, 110.0 / 255.0, 1e-4);
        assert!((result.psnr() - 20.0 * 25.5_f64.log10()).abs() < 1e-4);
        assert!((result.max_abs() - 10.0 / 255.0).abs() < 1e-6);
        let expected = (2.0 * x * y + c1) / (x * x + y * y + c1);
        assert!((result.ssim() - expected).abs() < 1e-4, "{}", result.ssim());
    }

    /// Values of scikit-image 0.26, `structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
    /// use_sample_covariance=False, data_range=255)`.
    #[test]
    fn ssim_agrees_with_scikit_image() {
        let (width, height) = (33, 27);
        let texture = |shift: usize| -> Vec<u8> {
            (0..width * height)
                .map(|at| {
                    ((at % width * 7 + at / width * 13 + at * at % 31 + shift * (at % 5)) % 256)
                        as u8
                })
                .collect()
        };
        let result = compare(&texture(0), &texture(6), width, height);
        assert!(
            (result.ssim() - 0.6772734).abs() < 1e-5,
            "{}",
            result.ssim()
        );
    }

    #[test]
    fn equal_pictures_of_any_size() {
        for (width, height) in [(1, 1), (3, 40), (11, 11)] {
            let picture = vec![77; width * height];
            let result = compare(&picture, &picture, width, height);
            assert_eq!((result.psnr(), result.max_abs()), (f64::INFINITY, 0.0));
            assert!((result.ssim() - 1.0).abs() < 1e-12);
        }
    }
}
