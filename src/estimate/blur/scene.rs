//! The picture as the estimate looks at it.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, Zip, s};

use crate::image::transfer::{decode, encode};

use super::Light;

/// Values from here on (of 1) are taken for overexposed.
const CLIPPED: f32 = 0.98;

/// A picture in 0…1 with the pixels that count.
pub(super) struct Scene<'a> {
    picture: ArrayView3<'a, f32>,
    /// Each pixel is so many by so many of the picture's.
    scale: usize,
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
            picture,
            scale: 1,
            gray,
            good,
            usable: valid,
        }
    }

    /// The picture at half the size. Grays are means of grays, which are only looked at for edges; the light is averaged where
    /// a [crop](Self::crop) is taken.
    pub fn halved(&self) -> Self {
        let (height, width) = self.gray.dim();
        let size = (height / 2, width / 2);
        let mut gray = Array2::zeros(size);
        let (mut good, mut usable) = (Array2::default(size), Array2::default(size));
        Zip::indexed(&mut gray)
            .and(&mut good)
            .and(&mut usable)
            .par_for_each(|(row, column), gray, good, usable| {
                let four = four(row, column);
                *gray = four.iter().map(|&place| self.gray[place]).sum::<f32>() / 4.0;
                *good = four.iter().all(|&place| self.good[place]);
                *usable = four.iter().all(|&place| self.usable[place]);
            });
        Self {
            picture: self.picture,
            scale: 2 * self.scale,
            gray,
            good,
            usable,
        }
    }

    /// The values of a crop, 0…1, in each of the given `lights`. Of a smaller picture the mean light of the pixels that one is
    /// made of.
    pub fn crop<const N: usize>(&self, crop: Crop, lights: [Light; N]) -> [Array3<f32>; N] {
        let ((top, left), (height, width)) = (crop.corner, crop.size);
        let scale = self.scale;
        let [rows, columns] = [(top, height), (left, width)]
            .map(|(first, length)| scale * first..scale * (first + length));
        let part = self.picture.slice(s![.., rows, columns]);
        if scale == 1 {
            return lights.map(|light| {
                part.mapv(|value| match light {
                    Light::Linear => decode(unit(value)),
                    Light::Encoded => unit(value),
                })
            });
        }
        let decoded = Decoded::new();
        let mut means = Array3::<f32>::zeros((part.dim().0, height, width));
        means
            .axis_iter_mut(Axis(1))
            .into_par_iter()
            .zip(part.axis_chunks_iter(Axis(1), scale))
            .for_each(|(mut means, pixels)| {
                for (mut means, pixels) in means.outer_iter_mut().zip(pixels.outer_iter()) {
                    for row in pixels.outer_iter() {
                        for (mean, pixels) in means.iter_mut().zip(row.exact_chunks(scale)) {
                            *mean += pixels
                                .iter()
                                .map(|&value| decoded.light(unit(value)))
                                .sum::<f32>();
                        }
                    }
                    means.mapv_inplace(|sum| sum / (scale * scale) as f32);
                }
            });
        lights.map(|light| match light {
            Light::Linear => means.clone(),
            Light::Encoded => means.mapv(encode),
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
    fn crops_of_smaller_pictures_are_mean_light() {
        let picture = Array3::from_shape_fn((3, 21, 26), |(c, i, j)| {
            ((c * 5 + i * 7 + j * 3) % 11) as f32 / 5.5 - 1.0
        });
        let quarter = Scene::new(picture.view(), None).halved().halved();
        assert_eq!(quarter.gray.dim(), (5, 6));
        let crop = Crop {
            corner: (1, 2),
            size: (3, 4),
        };
        let [light, codes] = quarter.crop(crop, [Light::Linear, Light::Encoded]);
        for ((c, i, j), &value) in light.indexed_iter() {
            let (top, left) = (4 * (i + 1), 4 * (j + 2));
            let pixels = picture.slice(s![c, top..top + 4, left..left + 4]);
            let mean = pixels.mapv(|value| decode(unit(value))).mean().unwrap();
            assert!((value - mean).abs() < 2e-6);
            assert!((codes[[c, i, j]] - encode(mean)).abs() < 3e-5);
        }
    }

    #[test]
    fn what_is_lost_is_lost_in_smaller_pictures() {
        let mut picture = Array3::from_elem((1, 4, 6), 0.0f32);
        picture[[0, 1, 1]] = 1.0;
        let mut usable = Array2::from_elem((4, 6), true);
        usable[[3, 5]] = false;
        let half = Scene::new(picture.view(), Some(usable.view())).halved();
        assert_eq!(
            half.usable,
            ndarray::arr2(&[[true, true, true], [true, true, false]])
        );
        assert_eq!(
            half.good,
            ndarray::arr2(&[[false, true, true], [true, true, false]])
        );
    }

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
