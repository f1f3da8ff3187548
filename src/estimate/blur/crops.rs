//! The parts of a picture that are worth looking at.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Axis};

use super::scene::{Crop, Scene};

/// Sides of a crop (larger ones do not find more) and the part of it that may be overexposed, in the
/// order in which they are tried: what is overexposed is blurred by no convolution.
const TRIED: [(usize, f64); 6] = [
    (256, 0.01),
    (192, 0.01),
    (256, 0.05),
    (128, 0.01),
    (256, 0.25),
    (256, 0.9),
];

/// Smallest side of a picture that is searched.
const SMALLEST: usize = 48;

/// Most crops that are looked at: what they show has textures of many directions, but one blur.
const MOST_CROPS: usize = 4;

/// Crops start at multiples of this many pixels.
const CELL: usize = 16;

/// Largest part of a crop that may be unusable.
const UNUSABLE: f64 = 0.01;

/// What a cell of the picture holds.
#[derive(Clone, Copy, Default)]
struct Cell {
    /// Strength of the edges of each orientation.
    edges: [f64; 4],
    /// Pixels that are overexposed.
    overexposed: f64,
    /// Pixels that are no picture.
    unusable: f64,
}

/// The crops with the most strong edges in all four orientations, the best first.
pub(super) fn choose(scene: &Scene<'_>, noise: f64) -> Vec<Crop> {
    let (height, width) = scene.gray.dim();
    if height.min(width) < SMALLEST {
        return Vec::new();
    }
    let cells = cells(scene, noise);
    for (side, overexposed) in TRIED {
        let size = (even(height.min(side)), even(width.min(side)));
        let chosen = best_of_size(&cells, (height, width), size, overexposed);
        if !chosen.is_empty() {
            return chosen;
        }
    }
    Vec::new()
}

/// Whether half the size of a picture still fills a crop.
pub(super) fn fit_in_half(scene: &Scene<'_>) -> bool {
    let (height, width) = scene.gray.dim();
    height.min(width) >= 2 * TRIED[0].0
}

fn even(length: usize) -> usize {
    length & !1
}

/// The crops of one size of which at most the part `overexposed` is that.
fn best_of_size(
    cells: &Array2<Cell>,
    picture: (usize, usize),
    size: (usize, usize),
    overexposed: f64,
) -> Vec<Crop> {
    let starts = |length: usize, side: usize| (0..=(length - side) / CELL).map(|cell| cell * CELL);
    let mut scored: Vec<(f64, Crop)> = Vec::new();
    for top in starts(picture.0, size.0) {
        for left in starts(picture.1, size.1) {
            let crop = Crop {
                corner: (top, left),
                size,
            };
            if let Some(score) = score(cells, crop, overexposed) {
                scored.push((score, crop));
            }
        }
    }
    // Stable: equal scores stay in reading order.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen: Vec<Crop> = Vec::new();
    for &(_, crop) in &scored {
        let apart = |other: &Crop| {
            crop.corner.0.abs_diff(other.corner.0) >= size.0 / 2
                || crop.corner.1.abs_diff(other.corner.1) >= size.1 / 2
        };
        if chosen.len() < MOST_CROPS && chosen.iter().all(apart) {
            chosen.push(crop);
        }
    }
    chosen
}

/// Log of the product of what the four orientations hold; None where too much is lost or nothing seen.
/// The product because a blur weakens every orientation by a factor of its own.
fn score(cells: &Array2<Cell>, crop: Crop, overexposed: f64) -> Option<f64> {
    let rows = crop.corner.0 / CELL..(crop.corner.0 + crop.size.0) / CELL;
    let columns = crop.corner.1 / CELL..(crop.corner.1 + crop.size.1) / CELL;
    let mut sum = Cell::default();
    for row in rows {
        for column in columns.clone() {
            let cell = cells[[row, column]];
            sum.overexposed += cell.overexposed;
            sum.unusable += cell.unusable;
            for (sum, edges) in sum.edges.iter_mut().zip(cell.edges) {
                *sum += edges;
            }
        }
    }
    let area = (crop.size.0 * crop.size.1) as f64;
    let seen = sum.edges.iter().all(|&edges| edges > 0.0);
    let usable = sum.overexposed <= overexposed * area && sum.unusable <= UNUSABLE * area;
    (seen && usable).then(|| sum.edges.iter().map(|edges| edges.ln()).sum())
}

/// Edges and losses of every full cell.
fn cells(scene: &Scene<'_>, noise: f64) -> Array2<Cell> {
    /// One edge counts no more than this, lest a single one decide.
    const STRONGEST: f32 = 0.1;
    let (height, width) = scene.gray.dim();
    let threshold = (3.0 * noise.max(0.7) / 255.0) as f32 * std::f32::consts::SQRT_2;
    let mut cells = Array2::from_elem((height / CELL, width / CELL), Cell::default());
    cells
        .axis_iter_mut(Axis(0))
        .into_par_iter()
        .enumerate()
        .for_each(|(index, mut cells)| {
            for row in index * CELL..(index + 1) * CELL {
                let gray = |i: usize, j: usize| scene.gray[[i.min(height - 1), j.min(width - 1)]];
                for column in 0..width / CELL * CELL {
                    let cell = &mut cells[column / CELL];
                    if !scene.good[[row, column]] {
                        let lost = if scene.usable[[row, column]] {
                            &mut cell.overexposed
                        } else {
                            &mut cell.unusable
                        };
                        *lost += 1.0;
                        continue;
                    }
                    // Differences over two pixels: blurred edges rise slowly.
                    let x = gray(row, column + 2) - gray(row, column);
                    let y = gray(row + 2, column) - gray(row, column);
                    let size = x.hypot(y);
                    if size > threshold {
                        // Sectors are centred on 0°, 45°, 90° and 135°.
                        let degrees = y.atan2(x).to_degrees().rem_euclid(180.0);
                        let sector = ((degrees + 22.5) / 45.0) as usize % 4;
                        cell.edges[sector] += f64::from(size.min(STRONGEST));
                    }
                }
            }
        });
    cells
}
