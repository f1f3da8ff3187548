//! Patches of a picture in the basis of a [`NoiseSpectrum`](super::NoiseSpectrum), and which of them
//! can tell its noise.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

use ndarray::parallel::prelude::*;
use ndarray::{ArrayView2, ArrayView3};

use super::grid::Grid;
use super::spectrum::SIDE;
use crate::math::dct8::Dct8;
use crate::math::opponent::OPPONENT;

/// Pixels, and coefficients, of a patch.
pub(super) const AREA: usize = SIDE * SIDE;

/// Share of a patch's pixels that may be clipped.
const CLIPPED: f64 = 0.1;

/// Black and white, closely: clipped noise is less than the noise.
const RANGE: [f32; 2] = [0.5, 254.5];

/// Standard deviations between a patch's mean and black or white…
const CLEARANCE: f64 = 2.0;

/// …and the most asked for, lest great noise leave no patch.
const MOST_CLEARANCE: f64 = 60.0;

/// Luminance (root mean square without the lowest frequencies) below which a patch has no noise at all,
/// in 0…255 units.
const LIFELESS: f32 = 0.55;

/// Share of the living patches below the level that stands for the least noisy ones.
const QUIET: f64 = 0.05;

/// That level from which on patches with less than half of it are no part of the scene.
const NOISY: f32 = 1.6;

/// One patch.
pub(super) struct Patch {
    /// DCT-II coefficients of the opponent planes, 0…255 units.
    pub coefficients: [[f32; AREA]; 3],
    /// Nearest of the channels' means to black or white; −∞ where it may not be used: a pixel is unknown
    /// or not finite, too many are clipped, rows are copies, or the same patch came before.
    clearance: f32,
    /// Nothing but clipping speaks against it.
    distinct: bool,
    /// Luminance without the lowest frequencies, root mean square.
    texture: f32,
}

/// Patches evenly spread over a picture.
pub(super) struct Patches {
    /// Where they lie.
    pub grid: Grid,
    /// In the order of the grid.
    pub all: Vec<Patch>,
}

impl Patches {
    /// Takes the patches of `picture` (1 or 3×H×W, network range). `None` where it is too small for one.
    pub fn sample(
        picture: ArrayView3<'_, f32>,
        usable: Option<ArrayView2<'_, bool>>,
    ) -> Option<Self> {
        let (_, height, width) = picture.dim();
        if height < SIDE || width < SIDE {
            return None;
        }
        let grid = Grid::spread([height, width], [SIDE; 2]);
        let dct = Dct8::new();
        let read: Vec<(Patch, u64)> = (0..grid.count())
            .into_par_iter()
            .map(|index| {
                let place = grid.place(index);
                let known = usable.is_none_or(|usable| grid.within(usable, place));
                read(grid.patch(picture, place), known, &dct)
            })
            .collect();
        let mut seen = HashSet::with_capacity(read.len());
        let all = read.into_iter().map(|(mut patch, digest)| {
            // What was copied tells once.
            if !seen.insert(digest) {
                patch.clearance = f32::NEG_INFINITY;
                patch.distinct = false;
            }
            patch
        });
        Some(Self {
            all: all.collect(),
            grid,
        })
    }

    /// The patches that noise of `sigma` per channel leaves far enough from black and white.
    pub fn clear(&self, sigma: f64) -> Vec<usize> {
        let clearance = (CLEARANCE * sigma).min(MOST_CLEARANCE) as f32;
        (0..self.all.len())
            .filter(|&index| self.all[index].clearance >= clearance)
            .collect()
    }

    /// Which patches lie in, or overlap, areas without the noise that the rest of the `chosen` ones has:
    /// borders, bands, paint.
    pub fn dead(&self, chosen: &[usize]) -> Vec<bool> {
        let mut dead = vec![false; self.all.len()];
        let mut living: Vec<f32> = chosen
            .iter()
            .map(|&index| self.all[index].texture)
            .filter(|&texture| texture >= LIFELESS)
            .collect();
        if living.is_empty() {
            return dead;
        }
        living.sort_by(f32::total_cmp);
        let quiet = quantile(&living, QUIET);
        if quiet < NOISY {
            return dead;
        }
        for (index, patch) in self.all.iter().enumerate() {
            if patch.texture < 0.5 * quiet {
                self.grid
                    .overlapping(index)
                    .for_each(|other| dead[other] = true);
            }
        }
        dead
    }

    /// Patches that are known, finite, and no copies.
    pub fn distinct(&self) -> impl Iterator<Item = usize> {
        (0..self.all.len()).filter(|&index| self.all[index].distinct)
    }
}

/// The value below which a share of the `sorted` values lies, interpolated.
pub(super) fn quantile(sorted: &[f32], share: f64) -> f32 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, part) = (place as usize, place.fract() as f32);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + part * (sorted[above] - sorted[below])
}

/// A patch of C×8×8, and a digest of its pixels.
fn read(pixels: ArrayView3<'_, f32>, known: bool, dct: &Dct8) -> (Patch, u64) {
    let mut planes = [[0f32; AREA]; 3];
    for (to, from) in planes.iter_mut().zip(pixels.outer_iter()) {
        to.iter_mut()
            .zip(&from)
            .for_each(|(to, &from)| *to = (from + 1.0) * 127.5);
    }
    let channels = pixels.dim().0;
    if channels == 1 {
        planes = [planes[0]; 3];
    }
    let mut hasher = DefaultHasher::new();
    let (mut clearance, mut clipped) = (f32::INFINITY, 0);
    for plane in &planes[..channels] {
        plane
            .iter()
            .for_each(|value| hasher.write_u32(value.to_bits()));
        let mean = plane.iter().sum::<f32>() / AREA as f32;
        let outside = |value: &&f32| **value <= RANGE[0] || **value >= RANGE[1];
        clipped = clipped.max(plane.iter().filter(outside).count());
        clearance = clearance.min(mean.min(255.0 - mean));
    }
    let finite = planes.as_flattened().iter().all(|value| value.is_finite());
    let distinct = known && finite;
    if !distinct || clipped as f64 > CLIPPED * AREA as f64 {
        clearance = f32::NEG_INFINITY;
    }
    if !finite {
        planes = [[0.0; AREA]; 3];
    }
    let coefficients: [[f32; AREA]; 3] = std::array::from_fn(|channel| {
        let weights = OPPONENT[channel].map(|weight| weight as f32);
        let plane: [f32; AREA] = std::array::from_fn(|k| {
            weights[0] * planes[0][k] + weights[1] * planes[1][k] + weights[2] * planes[2][k]
        });
        dct.forward(&plane)
    });
    let energy: f32 = (0..AREA)
        .filter(|&k| ring(k) >= 2)
        .map(|k| coefficients[0][k].powi(2))
        .sum();
    let texture = (energy / (AREA - 4) as f32).sqrt();
    // Replicated rows or columns, as borders are filled with: noise in one direction only.
    let copied = texture >= NOISY && has_copies(&planes);
    let patch = Patch {
        coefficients,
        clearance: if copied { f32::NEG_INFINITY } else { clearance },
        distinct: distinct && !copied,
        texture,
    };
    (patch, hasher.finish())
}

/// Whether two rows repeat the one before, or two columns.
fn has_copies(planes: &[[f32; AREA]; 3]) -> bool {
    let same = |a: usize, b: usize| planes.iter().all(|plane| plane[a] == plane[b]);
    let copies = |along: usize, across: usize| {
        let copied = |line: &usize| {
            (0..SIDE).all(|at| same(line * along + at * across, (line - 1) * along + at * across))
        };
        (1..SIDE).filter(copied).count()
    };
    copies(SIDE, 1) >= 2 || copies(1, SIDE) >= 2
}

/// The larger of a coefficient's two frequencies.
pub(super) fn ring(index: usize) -> usize {
    (index / SIDE).max(index % SIDE)
}
