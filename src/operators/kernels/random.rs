//! The random motion kernel of the paper's experiments.

use std::f64::consts::PI;

use ndarray::Array2;

/// The paper's random motion kernel: [`random_motion`] of 61×61 and intensity 0.5.
pub fn random(seed: u64) -> Array2<f64> {
    random_motion(61, 0.5, seed)
}

/// A random hand-shake trajectory on a `size` × `size` grid, `intensity` from 0, straight, to 1, wild
/// (clamped), by the algorithm of L. Borodenko's `motionblur`, which the paper's experiments use.
///
/// A path of random length is walked in small random strides (Beta(1, 30)) whose direction keeps its
/// sign and sometimes flips it (Beta(2, 20)), then centred, turned at random and drawn about one
/// pixel wide. The same seed gives the same kernel on every platform with the same `libm`. A `size` of 0
/// counts as 1.
pub fn random_motion(size: usize, intensity: f64, seed: u64) -> Array2<f64> {
    let size = size.max(1);
    let intensity = if intensity > 0.0 {
        intensity.min(1.0)
    } else {
        0.0
    };
    let mut random = SplitMix(seed);
    let diagonal = size as f64 * 2f64.sqrt();
    let longest = 0.75 * diagonal * (random.uniform() + random.uniform() * intensity.powi(2));
    let stride = diagonal * (1.0 - intensity + 0.1);
    let mut strides = Vec::new();
    let mut walked = 0.0;
    while walked < longest || strides.is_empty() {
        let step = stride * (1.0 - (1.0 - random.uniform()).powf(1.0 / 30.0));
        walked += step;
        strides.push(step);
    }
    let widest = random.uniform() * intensity * PI;
    let flip = random.second_smallest_of(21); // Beta(2, 20)
    let mut angle = (2.0 * random.uniform() - 1.0) * widest;
    let mut position = (0.0, 0.0);
    let mut points = vec![position];
    for step in strides {
        position = (
            position.0 + step * angle.cos(),
            position.1 + step * angle.sin(),
        );
        points.push(position);
        let turned = triangular(random.uniform(), intensity * widest, widest + 0.1);
        let keeps = random.uniform() >= flip;
        angle = if (angle >= 0.0) == keeps {
            turned
        } else {
            -turned
        };
    }
    draw(size, &points, random.uniform() * PI)
}

/// Quantile of the triangular distribution on 0…`top` with the given mode.
fn triangular(quantile: f64, mode: f64, top: f64) -> f64 {
    if quantile < mode / top {
        (quantile * top * mode).sqrt()
    } else {
        top - ((1.0 - quantile) * top * (top - mode)).sqrt()
    }
}

/// Draws a polyline, centred on its mean and turned by `rotation`, with a soft pen.
fn draw(size: usize, points: &[(f64, f64)], rotation: f64) -> Array2<f64> {
    const PEN: f64 = 0.6;
    const SPACING: f64 = 0.1;
    let mut dense = vec![points[0]];
    for pair in points.windows(2) {
        let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        let pieces = (dx.hypot(dy) / SPACING).ceil().max(1.0) as usize;
        dense.extend((1..=pieces).map(|piece| {
            let part = piece as f64 / pieces as f64;
            (pair[0].0 + part * dx, pair[0].1 + part * dy)
        }));
    }
    let count = dense.len() as f64;
    let mean_x = dense.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = dense.iter().map(|point| point.1).sum::<f64>() / count;
    let (sin, cos) = rotation.sin_cos();
    let centre = (size as f64 - 1.0) / 2.0;
    let mut psf = Array2::zeros((size, size));
    for (x, y) in dense {
        let (x, y) = (x - mean_x, y - mean_y);
        let column = centre + x * cos - y * sin;
        let row = centre - x * sin - y * cos;
        let near = |middle: f64| {
            let reach = 4.0 * PEN;
            let first = (middle - reach).ceil().max(0.0) as usize;
            let last = (middle + reach).floor().min(size as f64 - 1.0);
            first..if last < 0.0 { 0 } else { last as usize + 1 }
        };
        for i in near(row) {
            for j in near(column) {
                let distance = (i as f64 - row).powi(2) + (j as f64 - column).powi(2);
                psf[[i, j]] += (-0.5 * distance / PEN.powi(2)).exp();
            }
        }
    }
    let sum = psf.sum();
    if sum > 0.0 {
        psf / sum
    } else {
        // A path that leaves the grid altogether: only on grids of a few pixels.
        psf[[size / 2, size / 2]] = 1.0;
        psf
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn second_smallest_of(&mut self, count: usize) -> f64 {
        let mut values: Vec<f64> = (0..count).map(|_| self.uniform()).collect();
        values.sort_by(f64::total_cmp);
        values[1]
    }
}
