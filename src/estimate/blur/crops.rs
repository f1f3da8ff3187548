//! The picture as the estimate looks at it, and the parts worth looking at.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, CowArray, Ix3, s};

use crate::image::transfer::{decode, encode};

use super::Light;

/// Values from here on (of 1) are taken for overexposed.
pub(super) const CLIPPED: f32 = 0.98;

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

/// A picture in 0…1 with the pixels that count.
pub(super) struct Scene<'a> {
    picture: CowArray<'a, f32, Ix3>,
    /// Mean of the channels, 0…1.
    pub gray: Array2<f32>,
    /// False where the pixel is no picture, is not finite or overexposed.
    pub good: Array2<bool>,
    /// False where it is no picture or not finite.
    usable: Array2<bool>,
}

/// Top-left corner and size (rows, columns) of a part of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crop {
    pub corner: (usize, usize),
    pub size: (usize, usize),
}

impl<'a> Scene<'a> {
    /// `picture` is C×H×W in [-1, 1].
    pub fn new(picture: ArrayView3<'a, f32>, usable: Option<ArrayView2<'_, bool>>) -> Self {
        let (channels, height, width) = picture.dim();
        let mut gray = Array2::zeros((height, width));
        let mut good = Array2::from_elem((height, width), true);
        let mut valid = good.clone();
        gray.axis_iter_mut(Axis(0))
            .into_par_iter()
            .zip(good.axis_iter_mut(Axis(0)))
            .zip(valid.axis_iter_mut(Axis(0)))
            .enumerate()
            .for_each(|(row, ((mut gray, mut good), mut valid))| {
                for column in 0..width {
                    let (mut sum, mut most) = (0.0, 0.0f32);
                    let mut finite = true;
                    for channel in 0..channels {
                        let value = picture[[channel, row, column]];
                        finite &= value.is_finite();
                        let value = unit(value);
                        sum += value;
                        most = most.max(value);
                    }
                    gray[column] = sum / channels as f32;
                    valid[column] = finite && usable.is_none_or(|usable| usable[[row, column]]);
                    good[column] = valid[column] && most < CLIPPED;
                }
            });
        Self {
            picture: picture.into(),
            gray,
            good,
            usable: valid,
        }
    }

    /// The picture at half the size, each pixel the mean light of four.
    pub fn halved(&self) -> Scene<'static> {
        let (channels, height, width) = self.picture.dim();
        let mut half = Array3::<f32>::zeros((channels, height / 2, width / 2));
        half.axis_iter_mut(Axis(1))
            .into_par_iter()
            .enumerate()
            .for_each(|(row, mut out)| {
                for ((channel, column), value) in out.indexed_iter_mut() {
                    let light = four(row, column)
                        .map(|[row, column]| decode(unit(self.picture[[channel, row, column]])));
                    *value = 2.0 * encode(light.iter().sum::<f32>() / 4.0) - 1.0;
                }
            });
        let usable = Array2::from_shape_fn((height / 2, width / 2), |(row, column)| {
            four(row, column).iter().all(|&place| self.usable[place])
        });
        let scene = Scene::new(half.view(), Some(usable.view()));
        Scene {
            gray: scene.gray,
            good: scene.good,
            usable: scene.usable,
            picture: half.into(),
        }
    }

    /// Whether half the size still fills a crop.
    pub fn can_be_halved(&self) -> bool {
        let (height, width) = self.gray.dim();
        height.min(width) >= 2 * TRIED[0].0
    }

    /// The values of a crop, 0…1, in the given light.
    pub fn crop(&self, crop: Crop, light: Light) -> Array3<f32> {
        let ((top, left), (height, width)) = (crop.corner, crop.size);
        let part = s![.., top..top + height, left..left + width];
        self.picture.slice(part).mapv(|value| match light {
            Light::Linear => decode(unit(value)),
            Light::Encoded => unit(value),
        })
    }
}

/// The pixels that one of half the size is made of.
fn four(row: usize, column: usize) -> [[usize; 2]; 4] {
    [[0, 0], [0, 1], [1, 0], [1, 1]].map(|[down, right]| [2 * row + down, 2 * column + right])
}

/// From [-1, 1] to 0…1; what is no number becomes 0.
fn unit(value: f32) -> f32 {
    let value = 0.5 * value + 0.5;
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

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
