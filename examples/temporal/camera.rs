//! What a camera makes of a frame: noise in light that grows with it, and colours interpolated from a mosaic.

use dcdp::testing::math::noise::{NoiseSource, SeededNoise};
use ndarray::Array3;

/// Variance of the noise in light, 0…1: of the sensor, and what each unit of light adds.
const READ: f32 = 1.5e-4;
const SHOT: f32 = 1.5e-3;

fn to_light(code: f32) -> f32 {
    match code <= 0.04045 {
        true => code / 12.92,
        false => ((code + 0.055) / 1.055).powf(2.4),
    }
}

fn to_code(light: f32) -> f32 {
    let light = light.clamp(0.0, 1.0);
    match light <= 0.003_130_8 {
        true => light * 12.92,
        false => 1.055 * light.powf(1.0 / 2.4) - 0.055,
    }
}

/// The frame (H×W×3, 0…1) behind a mosaic of red, green, green and blue, with noise unless `seed` is `None`.
pub fn camera(frame: &Array3<f32>, seed: Option<u64>) -> Array3<f32> {
    let (height, width, _) = frame.dim();
    let mut noise = Array3::zeros((1, height, width));
    if let Some(seed) = seed {
        SeededNoise { seed }.fill(1, 0, &mut noise);
    }
    let colour = |y: usize, x: usize| (y % 2) + (x % 2);
    let mosaic = Array3::from_shape_fn((1, height, width), |(_, y, x)| {
        let light = to_light(frame[[y, x, colour(y, x)]]);
        light + (READ + SHOT * light).sqrt() * noise[[0, y, x]]
    });
    let mirrored = |at: isize, length: usize| {
        let at = at.unsigned_abs();
        if at < length { at } else { 2 * length - 2 - at }
    };
    Array3::from_shape_fn((height, width, 3), |(y, x, c)| {
        if colour(y, x) == c {
            return to_code(mosaic[[0, y, x]]);
        }
        // The mean of the nearest of that colour, beside it or across.
        let (mut sum, mut weight) = (0.0, 0.0);
        for (dy, dx) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx: isize| (dy, dx))) {
            let (y, x) = (
                mirrored(y as isize + dy, height),
                mirrored(x as isize + dx, width),
            );
            if colour(y, x) == c {
                let nearness = if dy * dx == 0 { 1.0 } else { 0.5 };
                sum += nearness * mosaic[[0, y, x]];
                weight += nearness;
            }
        }
        to_code(sum / weight)
    })
}
