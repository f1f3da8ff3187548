//! The kernel that several crops have in common, from coarse to fine.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::Result;

use super::canvas::Canvas;
use super::latent::latent;
use super::resize::resized;
use super::simplex::Normal;
use super::tidy::{point, tidied};

/// Side of the kernel in full size.
const SIDE: usize = 35;

/// Sizes looked at, each 1/√2 of the next.
const SCALES: usize = 6;

/// Alternations between picture and kernel at each size.
const ROUNDS: usize = 6;

/// Weight of an edge.
const EDGE: f32 = 0.004;

/// Weights of an edge in further alternations at full size: with the trail known well, fainter edges make it
/// exact.
const POLISH: [f32; 4] = [0.002, 0.001, 0.0005, 0.00025];

/// The ridge at the first and the last alternation of a size.
const RIDGE: [f32; 2] = [1.0, 0.1];

/// A gray crop and where it is data, both H×W.
pub(super) struct Patch {
    pub values: Array2<f32>,
    pub good: Array2<bool>,
}

/// The kernel that all `patches`, at least one, have in common, [`SIDE`] × [`SIDE`], nowhere negative, of sum 1,
/// its centre of mass in the middle. `check` gets the fraction done.
pub(super) fn trail(patches: &[Patch], check: &dyn Fn(f64) -> Result<()>) -> Result<Array2<f32>> {
    let effort = |scale: usize| factor(scale).powi(2) / ROUNDS as f64;
    let polish = POLISH.len() as f64 * effort(SCALES - 1);
    let work = polish
        + (0..SCALES)
            .map(|scale| ROUNDS as f64 * effort(scale))
            .sum::<f64>();
    let mut kernel = point(side_at(0));
    let mut done = 0.0;
    for scale in 0..SCALES {
        let side = side_at(scale);
        let canvases = canvases(patches, factor(scale), side / 2);
        kernel = grown(kernel.view(), side);
        let last = scale + 1 == SCALES;
        let polish = if last { &POLISH[..] } else { &[] };
        let rounds = (0..ROUNDS).map(|round| {
            let part = round as f32 / (ROUNDS - 1) as f32;
            (EDGE, RIDGE[0] * (RIDGE[1] / RIDGE[0]).powf(part))
        });
        for (edge, ridge) in rounds.chain(polish.iter().map(|&edge| (edge, RIDGE[1]))) {
            check(done / work)?;
            kernel = renewed(&canvases, kernel, edge, ridge);
            done += effort(scale);
        }
    }
    Ok(kernel)
}

/// The kernel that the pictures which `kernel` leaves have in common.
fn renewed(canvases: &[Canvas], kernel: Array2<f32>, edge: f32, ridge: f32) -> Array2<f32> {
    let side = kernel.nrows();
    let normals: Vec<Normal> = (canvases.par_iter())
        .map(|canvas| Normal::new(canvas, &latent(canvas, &kernel, edge), side))
        .collect();
    let sum = normals.into_iter().reduce(|sum, other| sum.and(&other));
    match sum.and_then(Normal::normalised) {
        Some(normal) => tidied(normal.solve(ridge, &kernel)),
        None => kernel,
    }
}

/// The patches at `factor` of their size.
fn canvases(patches: &[Patch], factor: f64, margin: usize) -> Vec<Canvas> {
    let patches = patches.par_iter();
    patches.map(|patch| patch.canvas(factor, margin)).collect()
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
