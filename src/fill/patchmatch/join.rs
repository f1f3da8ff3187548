//! The seam between a patched hole and the known pixels.

use ndarray::{Array2, Array3};

use super::super::{Surface, distance_to_known, fill_surface};
use super::level::{Level, Pixel};
use crate::Result;
use crate::operators::Check;

/// Pixels over which a difference at the edge fades into the hole.
const WIDTH: f64 = 12.0;

/// Removes the step at the edge of a hole: what the known pixels in `rim` are more than the patches say
/// is continued as a membrane that is 0 a few pixels inside (P. Pérez, M. Gangnet and A. Blake,
/// "Poisson Image Editing", 2003).
pub(super) fn fade_in(level: &mut Level, rim: &[(usize, Pixel)], check: Check<'_>) -> Result<()> {
    let (height, width) = (level.height, level.width);
    let hole = Array2::from_shape_fn((height, width), |(y, x)| level.hole[y * width + x]);
    let distance = distance_to_known(hole.view());
    let near = distance.mapv(|distance| distance > 0.0 && distance <= WIDTH);
    let mut excess = Array3::zeros((3, height, width));
    for &(index, said) in rim {
        for c in 0..3 {
            excess[[c, index / width, index % width]] = level.pixels[index][c] - said[c];
        }
    }
    fill_surface(&mut excess, near.view(), Surface::Harmonic, check)?;
    for ((y, x), _) in near.indexed_iter().filter(|(_, near)| **near) {
        (0..3).for_each(|c| level.pixels[y * width + x][c] += excess[[c, y, x]]);
    }
    Ok(())
}
