//! The parts of a picture that are worth looking at.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Axis, Slice};

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

impl Cell {
    fn add(&mut self, other: &Self) {
        for (sum, edges) in self.edges.iter_mut().zip(other.edges) {
            *sum += edges;
        }
        self.overexposed += other.overexposed;
        self.unusable += other.unusable;
    }
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
    let sums = sums(cells, (size.0 / CELL, size.1 / CELL));
    let mut scored: Vec<(f64, Crop)> = Vec::new();
    for top in starts(picture.0, size.0) {
        for left in starts(picture.1, size.1) {
            let crop = Crop {
                corner: (top, left),
                size,
            };
            let sum = &sums[[top / CELL, left / CELL]];
            if let Some(score) = score(sum, size, overexposed) {
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

/// Log of the product of what the four orientations hold in a crop of which `sum` is made; None where too much is lost or
/// nothing seen.
/// The product because a blur weakens every orientation by a factor of its own.
fn score(sum: &Cell, size: (usize, usize), overexposed: f64) -> Option<f64> {
    let area = (size.0 * size.1) as f64;
    let seen = sum.edges.iter().all(|&edges| edges > 0.0);
    let usable = sum.overexposed <= overexposed * area && sum.unusable <= UNUSABLE * area;
    (seen && usable).then(|| sum.edges.iter().map(|edges| edges.ln()).sum())
}

/// Sums of so many rows by so many columns of `cells`, from each on that has as many.
fn sums(cells: &Array2<Cell>, (rows, columns): (usize, usize)) -> Array2<Cell> {
    let along = |axis: usize, cells: &Array2<Cell>, count: usize| {
        let mut size = cells.raw_dim();
        size[axis] = (size[axis] + 1).saturating_sub(count);
        let mut sums = Array2::from_elem(size, Cell::default());
        for offset in 0..count {
            let part = Slice::from(offset..offset + sums.len_of(Axis(axis)));
            sums.zip_mut_with(&cells.slice_axis(Axis(axis), part), Cell::add);
        }
        sums
    };
    along(0, &along(1, cells, columns), rows)
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
                let here = scene.gray.row(row);
                let below = scene.gray.row((row + 2).min(height - 1));
                let (here, below) = (here.as_slice(), below.as_slice());
                let (here, below) = here.zip(below).expect("standard layout");
                let good = scene.good.row(row);
                for column in 0..width / CELL * CELL {
                    let cell = &mut cells[column / CELL];
                    if !good[column] {
                        let lost = if scene.usable[[row, column]] {
                            &mut cell.overexposed
                        } else {
                            &mut cell.unusable
                        };
                        *lost += 1.0;
                        continue;
                    }
                    // Differences over two pixels: blurred edges rise slowly.
                    let x = here[(column + 2).min(width - 1)] - here[column];
                    let y = below[column] - here[column];
                    let square = x * x + y * y;
                    if square > threshold * threshold {
                        cell.edges[sector(x, y)] += f64::from(square.sqrt().min(STRONGEST));
                    }
                }
            }
        });
    cells
}

/// Which of 0°, 45°, 90° and 135° is nearest.
fn sector(x: f32, y: f32) -> usize {
    /// tan 22.5°.
    const HALFWAY: f32 = std::f32::consts::SQRT_2 - 1.0;
    if y.abs() <= HALFWAY * x.abs() {
        0
    } else if x.abs() <= HALFWAY * y.abs() {
        2
    } else if (x < 0.0) == (y < 0.0) {
        1
    } else {
        3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_are_centred_on_eighths_of_a_turn() {
        for degrees in 0..360 {
            let (y, x) = (degrees as f32 + 0.1).to_radians().sin_cos();
            let expected = ((degrees as f32 + 0.1 + 22.5) / 45.0) as usize % 4;
            assert_eq!(sector(x, y), expected, "{degrees}");
        }
    }

    #[test]
    fn windows_are_summed() {
        let cells = Array2::from_shape_fn((5, 7), |(i, j)| Cell {
            edges: [1.0, i as f64, j as f64, (i * j) as f64],
            overexposed: (i + j) as f64,
            unusable: 0.5,
        });
        let sums = sums(&cells, (3, 2));
        assert_eq!(sums.dim(), (3, 6));
        for ((top, left), sum) in sums.indexed_iter() {
            let mut expected = Cell::default();
            for i in top..top + 3 {
                for j in left..left + 2 {
                    expected.add(&cells[[i, j]]);
                }
            }
            assert_eq!(sum.edges, expected.edges);
            assert_eq!(sum.overexposed, expected.overexposed);
            assert_eq!(sum.unusable, expected.unusable);
        }
    }
}
