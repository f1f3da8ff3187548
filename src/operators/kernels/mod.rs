//! Point-spread functions (PSFs): what a single bright pixel becomes.

use std::f64::consts::PI;

use ndarray::{Array2, ArrayView2, Axis, s};

use crate::error::names;
use crate::math::Real;
use crate::{Error, Result};

mod disk;
mod random;

pub use disk::disk;
pub use random::{random, random_motion};

/// Largest standard deviation of a Gaussian blur (and radius of a disk) and longest motion, in pixels.
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
            names::KERNEL,
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

/// How far a kernel's centre of mass may lie from the middle of its picture, as a share of the side, for
/// the middle to be believed.
const BELIEVED: f64 = 0.2;

/// A point-spread function read from a picture, with its centre where the picture means it: in the middle,
/// as estimated kernels are drawn, or, where the centre of mass lies far from there, at that in whole
/// pixels, odd-sized and without rims of zeros. A photographed point of light is seldom in the middle.
///
/// # Errors
/// As [`check_kernel`].
pub fn centred(psf: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    check_kernel(psf)?;
    let used = psf.indexed_iter().filter(|(_, value)| value.abs() > 0.0);
    let [mut mass, mut down, mut right] = [0.0; 3];
    let mut bounds = [[usize::MAX, 0]; 2];
    for ((i, j), &value) in used {
        // What is negative sharpens; it is no mass.
        let weight = value.max(0.0);
        mass += weight;
        down += weight * i as f64;
        right += weight * j as f64;
        for ([first, last], at) in bounds.iter_mut().zip([i, j]) {
            *first = (*first).min(at);
            *last = (*last).max(at);
        }
    }
    let middle =
        |at: f64, side: usize| (at / mass - (side / 2) as f64).abs() <= BELIEVED * side as f64;
    if middle(down, psf.nrows()) && middle(right, psf.ncols()) {
        return Ok(psf.to_owned());
    }
    // Ties go down and right, as the centre of an even size does.
    let centre = [down, right].map(|moment| (moment / mass + 0.5).floor() as usize);
    let reach = [0, 1].map(|axis| {
        let [first, last] = bounds[axis];
        centre[axis]
            .abs_diff(first)
            .max(centre[axis].abs_diff(last))
    });
    let mut out = Array2::zeros((2 * reach[0] + 1, 2 * reach[1] + 1));
    for ((i, j), &value) in psf.indexed_iter() {
        let place = |at: usize, axis: usize| (at + reach[axis]).checked_sub(centre[axis]);
        if let (Some(i), Some(j)) = (place(i, 0), place(j, 1))
            && let Some(to) = out.get_mut([i, j])
        {
            *to = value;
        }
    }
    Ok(out)
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
        return Err(Error::invalid(names::BLUR_SIGMA, sigma, allowed));
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
        return Err(Error::invalid(names::BLUR_LENGTH, length, allowed));
    }
    if !angle.is_finite() {
        return Err(Error::invalid(names::BLUR_ANGLE, angle, "a finite number"));
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
