//! The kernels of several crops, each from coarse to fine on its own.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::Result;

use super::canvas::Canvas;
use super::latent::latent;
use super::resize::resized;
use super::simplex::Normal;
use super::tidy::{point, tidied};

/// Side of the kernel in full size.
pub(super) const SIDE: usize = 35;

/// Sizes looked at, each 1/√2 of the next.
const SCALES: usize = 6;

/// Alternations between picture and kernel at each size.
const ROUNDS: usize = 6;

/// Weight of an edge.
const EDGE: f32 = 0.004;

/// Weights of an edge in the alternations on all crops together: with the trail known well, fainter edges
/// make it exact.
const POLISH: [f32; 4] = [0.002, 0.001, 0.0005, 0.00025];

/// The ridge at the first and the last alternation of a size.
const RIDGE: [f32; 2] = [1.0, 0.1];

/// A gray crop and where it is data, both H×W.
pub(super) struct Patch {
    pub values: Array2<f32>,
    pub good: Array2<bool>,
}

/// The kernel of every patch, [`SIDE`] × [`SIDE`], nowhere negative, of sum 1, its centre of mass in the
/// middle. `check` gets the fraction done.
pub(super) fn trails(
    patches: &[Patch],
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<Vec<Array2<f32>>> {
    let work: f64 = (0..SCALES).map(|scale| factor(scale).powi(2)).sum();
    let mut kernels = vec![point(side_at(0)); patches.len()];
    let mut done = 0.0;
    for scale in 0..SCALES {
        let (by, side) = (factor(scale), side_at(scale));
        let canvases: Vec<Canvas> = (patches.par_iter())
            .map(|patch| patch.canvas(by, side / 2))
            .collect();
        for kernel in &mut kernels {
            *kernel = grown(kernel.view(), side);
        }
        for round in 0..ROUNDS {
            check(done / work)?;
            let part = round as f32 / (ROUNDS - 1) as f32;
            let ridge = RIDGE[0] * (RIDGE[1] / RIDGE[0]).powf(part);
            (kernels.par_iter_mut().zip(&canvases)).for_each(|(kernel, canvas)| {
                let sharp = latent(canvas, kernel, EDGE);
                if let Some(normal) = Normal::new(canvas, &sharp, side).normalised() {
                    *kernel = tidied(normal.solve(ridge, kernel));
                }
            });
            done += by * by / ROUNDS as f64;
        }
    }
    Ok(kernels)
}

/// `kernel`, one of [`trails`], made exact on all patches together.
pub(super) fn polished(
    patches: &[Patch],
    kernel: Array2<f32>,
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<Array2<f32>> {
    let canvases: Vec<Canvas> = (patches.par_iter())
        .map(|patch| patch.canvas(1.0, SIDE / 2))
        .collect();
    let mut kernel = kernel;
    for (round, edge) in POLISH.into_iter().enumerate() {
        check(round as f64 / POLISH.len() as f64)?;
        let normals: Vec<Normal> = (canvases.par_iter())
            .map(|canvas| Normal::new(canvas, &latent(canvas, &kernel, edge), SIDE))
            .collect();
        let sum = normals.into_iter().reduce(|sum, other| sum.and(&other));
        if let Some(normal) = sum.and_then(Normal::normalised) {
            kernel = tidied(normal.solve(RIDGE[1], &kernel));
        }
    }
    Ok(kernel)
}

impl Patch {
    /// The patch at `factor` of its size.
    fn canvas(&self, factor: f64, margin: usize) -> Canvas {
        if factor >= 1.0 {
            return Canvas::new(self.values.view(), self.good.view(), margin);
        }
        let (height, width) = self.values.dim();
        let size = [height, width].map(|side| (side as f64 * factor).round() as usize);
        let resized = |plane: &Array2<f32>| resized(plane.view(), (size[0], size[1]));
        let share = self.good.mapv(|good| if good { 1.0 } else { 0.0 });
        // Sums of weights are 1 but for rounding.
        let good = resized(&share).mapv(|share| share > 0.99);
        Canvas::new(resized(&self.values).view(), good.view(), margin)
    }
}

/// The size of a scale, relative to the full one.
fn factor(scale: usize) -> f64 {
    0.5f64.sqrt().powi((SCALES - 1 - scale) as i32)
}

/// The side of the kernel there, odd.
fn side_at(scale: usize) -> usize {
    (SIDE as f64 * factor(scale)).ceil() as usize | 1
}

/// A kernel of the next size, of sum 1.
fn grown(kernel: ArrayView2<'_, f32>, side: usize) -> Array2<f32> {
    let large = resized(kernel, (side, side)).mapv(|value| value.max(0.0));
    let sum = large.sum();
    large / sum
}
