//! Is the picture blurred at all?

use std::f64::consts::PI;

use rayon::prelude::*;

use super::scene::Scene;

/// Sharpness above which no blur is searched for. Sharp photographs have 0.39 to 0.48, a Gaussian blur
/// of 1.0 px 0.29 to 0.36, others up to 0.33.
pub(super) const SHARP: f64 = 0.37;

/// Directions looked along.
const DIRECTIONS: usize = 8;

/// Pixels looked at on either side.
const REACH: usize = 8;

/// Least contrast along a profile: weaker ones are texture or noise.
const CONTRAST: f32 = 0.15;

/// About how many pixels are looked at, whatever the picture's size.
const PIXELS: usize = 400_000;

/// Fewest profiles per direction that say anything.
const FEWEST: u64 = 64;

/// Histogram resolution of the steepness 0…1.
const LEVELS: usize = 2048;

/// Steepness of the steepest edges (99th percentile of half the difference across a pixel over the
/// contrast of the profile), in the direction where it is smallest. None where nothing is seen.
pub(super) fn sharpness(scene: &Scene<'_>) -> Option<f64> {
    (0..DIRECTIONS)
        .filter_map(|direction| along(scene, direction as f64 * PI / DIRECTIONS as f64))
        .min_by(f64::total_cmp)
}

/// A bilinear sample relative to a pixel.
struct Tap {
    row: isize,
    column: isize,
    weights: [f32; 4],
}

impl Tap {
    fn at(angle: f64, distance: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        // Right angles exactly on the grid, whatever rounding says.
        let exact = |value: f64| (value * 1e9).round() / 1e9;
        let (x, y) = (exact(distance * cos), exact(-distance * sin));
        let (u, v) = ((x - x.floor()) as f32, (y - y.floor()) as f32);
        Self {
            row: y.floor() as isize,
            column: x.floor() as isize,
            weights: [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v],
        }
    }
}

fn along(scene: &Scene<'_>, angle: f64) -> Option<f64> {
    let (height, width) = scene.gray.dim();
    let margin = REACH + 1;
    if height.min(width) <= 2 * margin {
        return None;
    }
    let reach = REACH as isize;
    let taps: Vec<Tap> = (-reach..=reach)
        .map(|distance| Tap::at(angle, distance as f64))
        .collect();
    let stride = (height * width).div_ceil(PIXELS);
    let rows: Vec<usize> = (margin..height - margin).step_by(stride).collect();
    let counts: Vec<Vec<u64>> = rows
        .par_chunks(rows.len().div_ceil(16))
        .map(|rows| {
            let mut histogram = vec![0; LEVELS];
            let mut profiles = Profiles::new(width - 2 * margin);
            for &row in rows {
                profiles.count(scene, row, &taps, &mut histogram);
            }
            histogram
        })
        .collect();
    let mut histogram = vec![0u64; LEVELS];
    for counts in counts {
        histogram.iter_mut().zip(counts).for_each(|(a, b)| *a += b);
    }
    let total: u64 = histogram.iter().sum();
    if total < FEWEST {
        return None;
    }
    let (mut above, mut level) = (0, LEVELS);
    while above * 100 < total {
        level -= 1;
        above += histogram[level];
    }
    Some((level as f64 + 0.5) / LEVELS as f64)
}

/// The profiles through the pixels of one row.
struct Profiles {
    low: Vec<f32>,
    high: Vec<f32>,
    steepness: Vec<f32>,
    good: Vec<bool>,
}

impl Profiles {
    fn new(length: usize) -> Self {
        Self {
            low: vec![0.0; length],
            high: vec![0.0; length],
            steepness: vec![0.0; length],
            good: vec![true; length],
        }
    }

    fn count(&mut self, scene: &Scene<'_>, row: usize, taps: &[Tap], histogram: &mut [u64]) {
        let margin = REACH + 1;
        let length = self.low.len();
        self.low.fill(f32::INFINITY);
        self.high.fill(f32::NEG_INFINITY);
        self.steepness.fill(0.0);
        self.good.fill(true);
        for (index, tap) in taps.iter().enumerate() {
            let top = row.wrapping_add_signed(tap.row);
            let left = margin.wrapping_add_signed(tap.column);
            let span = left..left + length + 1;
            let gray = |row: usize| {
                &scene.gray.as_slice().expect("standard layout")[row * scene.gray.ncols()..]
                    [span.clone()]
            };
            let good = |row: usize| {
                &scene.good.as_slice().expect("standard layout")[row * scene.good.ncols()..]
                    [span.clone()]
            };
            let (first, second) = (gray(top), gray(top + 1));
            let (first_good, second_good) = (good(top), good(top + 1));
            let sign = match index as isize - REACH as isize {
                1 => 0.5,
                -1 => -0.5,
                _ => 0.0,
            };
            let [a, b, c, d] = tap.weights;
            for column in 0..length {
                let value = a * first[column]
                    + b * first[column + 1]
                    + c * second[column]
                    + d * second[column + 1];
                self.low[column] = self.low[column].min(value);
                self.high[column] = self.high[column].max(value);
                self.steepness[column] += sign * value;
                self.good[column] &= first_good[column] & second_good[column];
            }
        }
        for column in 0..length {
            let contrast = self.high[column] - self.low[column];
            if self.good[column] && contrast > CONTRAST {
                let steepness = self.steepness[column].abs() / contrast;
                let level = (steepness * LEVELS as f32) as usize;
                histogram[level.min(LEVELS - 1)] += 1;
            }
        }
    }
}
