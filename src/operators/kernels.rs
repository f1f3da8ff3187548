//! Point-spread functions (PSFs): what a single bright pixel becomes.

use std::f64::consts::PI;

use ndarray::{Array2, ArrayView2, Axis, s};

use crate::math::Real;
use crate::{Error, Result};

/// Largest standard deviation of a Gaussian blur and longest motion, in pixels.
pub const WIDEST_BLUR: [f64; 2] = [500.0, 4000.0];

/// Checks a point-spread function (h×w).
///
/// # Errors
/// `InvalidOption` (`kernel`) when it is empty, has a value that is not finite or beyond ±1e12, or a
/// sum that is not positive.
pub fn check_kernel<T: Real>(psf: ArrayView2<'_, T>) -> Result<()> {
    let values = || psf.iter().map(|&value| -> f64 { value.into() });
    let sum: f64 = values().sum();
    let bounded = values().all(|value| value.abs() <= 1e12);
    if psf.is_empty() || !bounded || sum <= 1e-12 {
        return Err(Error::invalid(
            "kernel",
            format!("{}x{} values of sum {sum}", psf.ncols(), psf.nrows()),
            "at least one value, all finite and at most 1e12, with a positive sum",
        ));
    }
    Ok(())
}

/// A checked point-spread function, scaled to sum 1.
///
/// # Errors
/// As [`check_kernel`].
pub fn normalised<T: Real>(psf: ArrayView2<'_, T>) -> Result<Array2<f64>> {
    check_kernel(psf)?;
    let mut psf = psf.mapv(|value| -> f64 { value.into() });
    psf /= psf.sum();
    Ok(psf)
}

/// A Gaussian of standard deviation `sigma` pixels, the product of [`gaussian_taps`].
///
/// # Errors
/// As [`gaussian_taps`].
pub fn gaussian(sigma: f64) -> Result<Array2<f64>> {
    let taps = gaussian_taps(sigma)?;
    let size = (taps.len(), taps.len());
    Ok(Array2::from_shape_fn(size, |(i, j)| taps[i] * taps[j]))
}

/// One axis of a Gaussian of standard deviation `sigma` pixels: `2·⌊4σ + ½⌋ + 1` values of sum 1,
/// as `scipy.ndimage.gaussian_filter` truncates it.
///
/// # Errors
/// `InvalidOption` (`blur_sigma`) unless `sigma` is above 0 and at most 500.
pub fn gaussian_taps(sigma: f64) -> Result<Vec<f64>> {
    let [widest, _] = WIDEST_BLUR;
    if !(sigma > 0.0 && sigma <= widest) {
        let allowed = format!("a number above 0, at most {widest}");
        return Err(Error::invalid("blur_sigma", sigma, allowed));
    }
    let radius = (4.0 * sigma + 0.5).floor() as i64;
    let mut taps: Vec<f64> = (-radius..=radius)
        .map(|offset| (-0.5 * (offset as f64 / sigma).powi(2)).exp())
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    Ok(taps)
}

/// Straight, even motion over `length` pixels at `angle` degrees, counter-clockwise from +x.
///
/// A line of length `length − 1` between pixel centres, antialiased by distance (as MATLAB's
/// `fspecial('motion')`), odd-sized, of sum 1. Length 1 is no blur.
///
/// # Errors
/// `InvalidOption` (`blur_length`, `blur_angle`) unless `length` lies in 1…4000 and `angle` is finite.
pub fn motion(length: f64, angle: f64) -> Result<Array2<f64>> {
    let [_, longest] = WIDEST_BLUR;
    if !(1.0..=longest).contains(&length) {
        let allowed = format!("1 to {longest}");
        return Err(Error::invalid("blur_length", length, allowed));
    }
    if !angle.is_finite() {
        return Err(Error::invalid("blur_angle", angle, "a finite number"));
    }
    let half = (length - 1.0) / 2.0;
    // Exact at right angles, where rounding would leak into the neighbouring rows.
    let (sin, cos) = match angle.rem_euclid(180.0) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        degrees => (degrees * PI / 180.0).sin_cos(),
    };
    let reach_x = (half * cos.abs()).ceil() as isize + 1;
    let reach_y = (half * sin.abs()).ceil() as isize + 1;
    let size = ((2 * reach_y + 1) as usize, (2 * reach_x + 1) as usize);
    let psf = Array2::from_shape_fn(size, |(row, column)| {
        let (x, y) = (
            (column as isize - reach_x) as f64,
            (reach_y - row as isize) as f64,
        );
        let along = (x * cos + y * sin).clamp(-half, half);
        let distance = (x - along * cos).hypot(y - along * sin);
        (1.0 - distance).max(0.0)
    });
    let psf = trimmed(psf);
    let sum = psf.sum();
    Ok(psf / sum)
}

/// Removes rows and columns of zeros, the same number on either side.
fn trimmed(psf: Array2<f64>) -> Array2<f64> {
    let margin = |axis: Axis| {
        let lanes: Vec<bool> = psf
            .axis_iter(axis)
            .map(|lane| lane.iter().any(|&value| value > 1e-12))
            .collect();
        let leading = lanes.iter().take_while(|&&used| !used).count();
        let trailing = lanes.iter().rev().take_while(|&&used| !used).count();
        leading.min(trailing)
    };
    let (rows, columns) = (margin(Axis(0)), margin(Axis(1)));
    let (height, width) = psf.dim();
    psf.slice(s![rows..height - rows, columns..width - columns])
        .to_owned()
}

/// A random hand-shake trajectory on a `size` × `size` grid: the motion kernel of the paper's
/// experiments (`size` 61, `intensity` 0.5), `intensity` from 0, straight, to 1, wild (clamped).
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
