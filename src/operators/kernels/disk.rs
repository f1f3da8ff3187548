//! Defocus: every point becomes an evenly lit disk.

use ndarray::Array2;

use super::WIDEST_BLUR;
use crate::error::names;
use crate::{Error, Result};

/// Lines each way on which a pixel at the rim is sampled; along each the covered length is exact.
const LINES: usize = 64;

/// A disk of `radius` pixels, odd-sized, of sum 1: every pixel weighs the area of it that the disk
/// covers. A radius of ½ or less is no blur.
///
/// # Errors
/// `InvalidOption` (`blur_radius`) unless `radius` is above 0 and at most 500.
pub fn disk(radius: f64) -> Result<Array2<f64>> {
    let [widest, _] = WIDEST_BLUR;
    if !(radius > 0.0 && radius <= widest) {
        let allowed = format!("a number above 0, at most {widest}");
        return Err(Error::invalid(names::BLUR_RADIUS, radius, allowed));
    }
    let reach = (radius - 0.5).ceil().max(0.0) as usize;
    let size = 2 * reach + 1;
    let psf = Array2::from_shape_fn((size, size), |(i, j)| {
        covered(i.abs_diff(reach) as f64, j.abs_diff(reach) as f64, radius)
    });
    let sum = psf.sum();
    Ok(psf / sum)
}

/// The share of the pixel centred `x`, `y` ≥ 0 from the disk's centre that the disk covers.
fn covered(x: f64, y: f64, radius: f64) -> f64 {
    let nearest = (x - 0.5).max(0.0).hypot((y - 0.5).max(0.0));
    if nearest >= radius {
        return 0.0;
    }
    if (x + 0.5).hypot(y + 0.5) <= radius {
        return 1.0;
    }
    // Lines both ways, so that the disk is as symmetric as the grid.
    let line = |x: f64, y: f64, index: usize| {
        let across = x - 0.5 + (index as f64 + 0.5) / LINES as f64;
        let half = (radius * radius - across * across).max(0.0).sqrt();
        (half.min(y + 0.5) - (-half).max(y - 0.5)).max(0.0)
    };
    let both = (0..LINES).map(|index| line(x, y, index) + line(y, x, index));
    both.sum::<f64>() / (2 * LINES) as f64
}
