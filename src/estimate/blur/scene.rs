//! The picture as the estimate looks at it.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, CowArray, Ix3, s};

use crate::image::transfer::{decode, encode};

use super::Light;

/// Values from here on (of 1) are taken for overexposed.
const CLIPPED: f32 = 0.98;

/// A picture in 0…1 with the pixels that count.
pub(super) struct Scene<'a> {
    picture: CowArray<'a, f32, Ix3>,
    /// Mean of the channels, 0…1.
    pub gray: Array2<f32>,
    /// False where the pixel is no picture, is not finite or overexposed.
    pub good: Array2<bool>,
    /// False where it is no picture or not finite.
    pub usable: Array2<bool>,
}

/// Top-left corner and size (rows, columns) of a part of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crop {
    pub corner: (usize, usize),
    pub size: (usize, usize),
}

impl<'a> Scene<'a> {
    /// `picture` is C×H×W in [-1, 1].
    pub fn new(picture: ArrayView3<'a, f32>, usable: Option<ArrayView2<'_, bool>>) -> Self {
        let (channels, height, width) = picture.dim();
        let mut gray = Array2::zeros((height, width));
        let mut good = Array2::from_elem((height, width), true);
        let mut valid = good.clone();
        gray.axis_iter_mut(Axis(0))
            .into_par_iter()
            .zip(good.axis_iter_mut(Axis(0)))
            .zip(valid.axis_iter_mut(Axis(0)))
            .enumerate()
            .for_each(|(row, ((mut gray, mut good), mut valid))| {
                for column in 0..width {
                    let (mut sum, mut most) = (0.0, 0.0f32);
                    let mut finite = true;
                    for channel in 0..channels {
                        let value = picture[[channel, row, column]];
                        finite &= value.is_finite();
                        let value = unit(value);
                        sum += value;
                        most = most.max(value);
                    }
                    gray[column] = sum / channels as f32;
                    valid[column] = finite && usable.is_none_or(|usable| usable[[row, column]]);
                    good[column] = valid[column] && most < CLIPPED;
                }
            });
        Self {
            picture: picture.into(),
            gray,
            good,
            usable: valid,
        }
    }

    /// The picture at half the size, each pixel the mean light of four.
    pub fn halved(&self) -> Scene<'static> {
        let (channels, height, width) = self.picture.dim();
        let mut half = Array3::<f32>::zeros((channels, height / 2, width / 2));
        let decoded = Decoded::new();
        half.axis_iter_mut(Axis(1))
            .into_par_iter()
            .enumerate()
            .for_each(|(row, mut out)| {
                for ((channel, column), value) in out.indexed_iter_mut() {
                    let light = four(row, column).map(|[row, column]| {
                        decoded.light(unit(self.picture[[channel, row, column]]))
                    });
                    *value = 2.0 * encode(light.iter().sum::<f32>() / 4.0) - 1.0;
                }
            });
        let usable = Array2::from_shape_fn((height / 2, width / 2), |(row, column)| {
            four(row, column).iter().all(|&place| self.usable[place])
        });
        let scene = Scene::new(half.view(), Some(usable.view()));
        Scene {
            gray: scene.gray,
            good: scene.good,
            usable: scene.usable,
            picture: half.into(),
        }
    }

    /// The values of a crop, 0…1, in the given light.
    pub fn crop(&self, crop: Crop, light: Light) -> Array3<f32> {
        let ((top, left), (height, width)) = (crop.corner, crop.size);
        let part = s![.., top..top + height, left..left + width];
        self.picture.slice(part).mapv(|value| match light {
            Light::Linear => decode(unit(value)),
            Light::Encoded => unit(value),
        })
    }
}

/// [`decode`] by linear interpolation, to 1e-6: a large picture has too many values for powers.
struct Decoded([f32; Self::STEPS + 1]);

impl Decoded {
    const STEPS: usize = 4096;

    fn new() -> Self {
        Self(std::array::from_fn(|step| {
            decode(step as f32 / Self::STEPS as f32)
        }))
    }

    /// Of a value in 0…1.
    fn light(&self, value: f32) -> f32 {
        let place = value * Self::STEPS as f32;
        let step = (place as usize).min(Self::STEPS - 1);
        let (below, above) = (self.0[step], self.0[step + 1]);
        below + (place - step as f32) * (above - below)
    }
}

/// The pixels that one of half the size is made of.
fn four(row: usize, column: usize) -> [[usize; 2]; 4] {
    [[0, 0], [0, 1], [1, 0], [1, 1]].map(|[down, right]| [2 * row + down, 2 * column + right])
}

/// From [-1, 1] to 0…1; what is no number becomes 0.
fn unit(value: f32) -> f32 {
    let value = 0.5 * value + 0.5;
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_is_interpolated_closely() {
        let decoded = Decoded::new();
        for step in 0..=100_000 {
            let value = step as f32 / 100_000.0;
            let error = (decoded.light(value) - decode(value)).abs();
            assert!(error < 1e-6, "{value}: {error:e}");
        }
    }
}
