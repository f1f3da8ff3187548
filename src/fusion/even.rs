//! Noise that is stronger in some places than in others, for denoisers that know one strength.
//!
//! Natural pictures look alike at every contrast. Where the noise is stronger than its mean, the contrast around
//! a smooth mean is lowered until it is not, and restored afterwards: the denoiser sees noise of one strength.

use ndarray::{Array2, Array3, ArrayView2, Axis, Zip};

use crate::math::smooth::gaussian;

/// Smoothing that makes the mean, in pixels.
const MEAN: f64 = 10.0;

/// Noise whose strength differs by less than this factor is even.
const EVEN: f32 = 1.02;

/// How a picture's noise was made even.
#[derive(Clone, Debug)]
pub struct Even {
    level: f64,
    /// The smooth mean and the contrast about it, where it had to be changed.
    changed: Option<(Array3<f32>, Array2<f32>)>,
}

impl Even {
    /// Makes the noise of `picture` (C×H×W) even, whose strength is `noise` (H×W) times some level.
    pub fn make(picture: &mut Array3<f32>, noise: ArrayView2<'_, f32>) -> Self {
        let (mut least, mut most, mut sum) = (f32::MAX, 0.0_f32, 0.0);
        for &value in noise {
            (least, most) = (least.min(value), most.max(value));
            sum += f64::from(value.ln());
        }
        if most <= EVEN * least {
            // Exactly 1 where nothing was fused.
            let level = if least == most {
                f64::from(least)
            } else {
                f64::from(0.5 * (least + most))
            };
            return Even {
                level,
                changed: None,
            };
        }
        let level = (sum / noise.len() as f64).exp();
        let contrast = noise.mapv(|value| level as f32 / value);
        let mut mean = Array3::zeros(picture.dim());
        for (mut mean, plane) in mean.outer_iter_mut().zip(picture.outer_iter()) {
            mean.assign(&gaussian(plane, MEAN));
        }
        scale(picture, &mean, |index| contrast[index]);
        Even {
            level,
            changed: Some((mean, contrast)),
        }
    }

    /// The noise's strength everywhere, as a factor on the level.
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Gives `picture` its contrast back.
    pub fn undo(&self, picture: &mut Array3<f32>) {
        if let Some((mean, contrast)) = &self.changed {
            scale(picture, mean, |index| 1.0 / contrast[index]);
        }
    }
}

/// Scales the contrast of `picture` about `mean`.
fn scale(
    picture: &mut Array3<f32>,
    mean: &Array3<f32>,
    factor: impl Fn((usize, usize)) -> f32 + Sync,
) {
    for (mut plane, mean) in picture.outer_iter_mut().zip(mean.axis_iter(Axis(0))) {
        Zip::indexed(&mut plane)
            .and(&mean)
            .par_for_each(|at, value, &mean| *value = mean + factor(at) * (*value - mean));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_becomes_even_and_contrast_comes_back() {
        let size = (40, 50);
        let noise = Array2::from_shape_fn(size, |(_, x)| if x < 25 { 0.5 } else { 1.0 });
        // Coarse stripes of one amplitude: theirs shall follow the noise.
        let picture = Array3::from_shape_fn((3, 40, 50), |(c, y, x)| {
            0.1 * c as f32 + if (x + y) % 2 == 0 { 0.2 } else { -0.2 }
        });
        let mut even = picture.clone();
        let made = Even::make(&mut even, noise.view());
        assert!((made.level() - 0.5f64.sqrt()).abs() < 1e-5);
        let step = |x: usize| (even[[0, 20, x]] - even[[0, 20, x + 1]]).abs();
        assert!((step(5) / step(40) - 2.0).abs() < 0.05);
        made.undo(&mut even);
        assert!((&even - &picture).iter().all(|error| error.abs() < 1e-5));
        // Nothing to do.
        for value in [1.0, 0.6] {
            let mut same = picture.clone();
            let made = Even::make(&mut same, Array2::from_elem(size, value).view());
            assert_eq!((made.level(), same), (f64::from(value), picture.clone()));
        }
    }
}
