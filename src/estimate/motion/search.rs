//! The search for the vectors of one level of the pyramid.

use std::f64::consts::PI;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::blocks::{AREA, Grid, SIDE, read, window};

/// Reach of the search at the coarsest level, in its pixels.
const REACH: i32 = 4;

/// How much neighbouring blocks' vectors differ, as a standard deviation in pixels of the level: what a block
/// has to say of its own counts by its precision against this one's.
const DIFFERENCE: f32 = 0.15;

/// Turns of listening to the neighbours, and Lucas–Kanade steps in each.
const TURNS: usize = 3;
const STEPS: usize = 2;

/// Independent pixels of a smoothed block.
const INDEPENDENT: f32 = AREA as f32 / 3.0;

/// A block stands still where its own vector explains it no better than noise would let two free numbers: the
/// 90 % quantile of χ² with two degrees of freedom.
const STILL: f32 = 4.6;

/// Mean square of the window, whose mean is 1: by so much fewer pixels speak for a block.
const CONCENTRATION: f32 = 2.25;

type Vector = [f32; 2];

/// Two frames of one level.
pub struct Level {
    /// The blocks of the reference.
    pub grid: Grid,
    blocks: Vec<Block>,
    other: Array2<f32>,
    /// Variance of the noise in a difference.
    noise: f32,
    /// Pixels over which smoothing spreads it.
    spread: f32,
    window: [f32; AREA],
}

/// What is to be found in the other frame.
struct Block {
    place: [f32; 2],
    values: [f32; AREA],
    /// Gradients, downwards and to the right.
    gradients: [[f32; AREA]; 2],
    /// Their windowed products: down², down·right, right².
    structure: [f32; 3],
}

impl Level {
    /// Both frames have one size and were smoothed by `smoothing` pixels; `noise` is the variance of the noise
    /// in their difference.
    pub fn new(reference: Array2<f32>, other: Array2<f32>, noise: f32, smoothing: f64) -> Self {
        let grid = Grid::new(reference.dim());
        let window = window();
        let [down, right] = gradients(reference.view());
        let columns = grid.lefts.len();
        let blocks = (0..grid.tops.len() * columns)
            .into_par_iter()
            .map(|index| {
                let place = [grid.tops[index / columns], grid.lefts[index % columns]];
                let place = place.map(|start| start as f32);
                let taken = |plane: &Array2<f32>| {
                    let mut block = [0.0; AREA];
                    read(plane.view(), place, &mut block);
                    block
                };
                let gradients = [taken(&down), taken(&right)];
                let product = |a: usize, b: usize| {
                    let (a, b) = (&gradients[a], &gradients[b]);
                    (0..AREA).map(|at| window[at] * a[at] * b[at]).sum()
                };
                Block {
                    place,
                    values: taken(&reference),
                    structure: [product(0, 0), product(0, 1), product(1, 1)],
                    gradients,
                }
            })
            .collect();
        Level {
            grid,
            blocks,
            other,
            noise,
            spread: (4.0 * PI * smoothing * smoothing).max(1.0) as f32,
            window,
        }
    }

    /// What a vector leaves of a block.
    fn residual(&self, block: &Block, vector: Vector) -> [f32; AREA] {
        let mut residual = [0.0; AREA];
        let place = [block.place[0] + vector[0], block.place[1] + vector[1]];
        read(self.other.view(), place, &mut residual);
        for (value, own) in residual.iter_mut().zip(&block.values) {
            *value -= own;
        }
        residual
    }

    /// Its windowed mean square.
    fn energy(&self, residual: &[f32; AREA]) -> f32 {
        let sum: f32 = (0..AREA)
            .map(|at| self.window[at] * residual[at] * residual[at])
            .sum();
        sum / AREA as f32
    }

    fn cost(&self, block: &Block, vector: Vector) -> f32 {
        self.energy(&self.residual(block, vector))
    }

    /// What chance adds to a mean square.
    fn slack(&self) -> f32 {
        self.noise * (2.0 / INDEPENDENT).sqrt()
    }

    /// The best of some vectors.
    fn best(&self, block: &Block, mut vectors: Vec<Vector>) -> Vector {
        let near = |a: &Vector, b: &Vector| (a[0] - b[0]).abs().max((a[1] - b[1]).abs()) < 0.05;
        let mut distinct: Vec<Vector> = Vec::with_capacity(vectors.len());
        for vector in vectors.drain(..) {
            if !distinct.iter().any(|other| near(&vector, other)) {
                distinct.push(vector);
            }
        }
        let costs = distinct.iter().map(|&vector| self.cost(block, vector));
        let best = costs
            .enumerate()
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
            .map_or(0, |(index, _)| index);
        distinct[best]
    }

    /// A Lucas–Kanade step that ends nearer to `mean` the less the block's gradients say.
    fn step(&self, block: &Block, vector: Vector, mean: Vector) -> Vector {
        let residual = self.residual(block, vector);
        let energy = self.energy(&residual);
        let pull = energy.max(self.noise) * self.spread / (DIFFERENCE * DIFFERENCE);
        let slope: [f32; 2] = std::array::from_fn(|axis| {
            let gradient = &block.gradients[axis];
            (0..AREA)
                .map(|at| self.window[at] * gradient[at] * residual[at])
                .sum()
        });
        let [a, b, c] = block.structure;
        let right = [
            a * vector[0] + b * vector[1] - slope[0] + pull * mean[0],
            b * vector[0] + c * vector[1] - slope[1] + pull * mean[1],
        ];
        let (a, c) = (a + pull, c + pull);
        let determinant = a * c - b * b;
        if determinant <= f32::MIN_POSITIVE {
            return vector;
        }
        let solved = [
            (c * right[0] - b * right[1]) / determinant,
            (a * right[1] - b * right[0]) / determinant,
        ];
        let next = std::array::from_fn(|axis| {
            vector[axis] + (solved[axis] - vector[axis]).clamp(-1.0, 1.0)
        });
        match self.cost(block, next) <= energy + 2.0 * self.slack() {
            true => next,
            false => vector,
        }
    }

    fn each(&self, vector: impl Fn(usize, usize, &Block) -> Vector + Sync) -> Array2<Vector> {
        let (rows, columns) = self.grid.size();
        let vectors: Vec<Vector> = self
            .blocks
            .par_iter()
            .enumerate()
            .map(|(index, block)| vector(index / columns, index % columns, block))
            .collect();
        Array2::from_shape_vec((rows, columns), vectors).expect("a vector for each block")
    }

    /// Settles vectors to a fraction of a pixel, and with their neighbours.
    fn settle(&self, mut vectors: Array2<Vector>) -> Array2<Vector> {
        for _ in 0..TURNS {
            for _ in 0..STEPS {
                let around = medians(&vectors);
                vectors = self.each(|row, column, block| {
                    let at = [row, column];
                    self.step(block, vectors[at], around[at])
                });
            }
            vectors = self.each(|row, column, block| {
                let own = vectors[[row, column]];
                let least = self.cost(block, own) - 0.5 * self.slack();
                let better = neighbours(&vectors, row, column)
                    .map(|vector| (self.cost(block, vector), vector))
                    .filter(|&(cost, _)| cost < least)
                    .min_by(|(a, _), (b, _)| a.total_cmp(b));
                better.map_or(own, |(_, vector)| vector)
            });
        }
        let chance = STILL * self.noise * self.spread * CONCENTRATION / AREA as f32;
        self.each(|row, column, block| {
            let own = vectors[[row, column]];
            let still = self.cost(block, [0.0; 2]) <= self.cost(block, own) + chance;
            if still { [0.0; 2] } else { own }
        })
    }
}

/// The vectors of the coarsest level.
pub fn coarsest(level: &Level) -> Array2<Vector> {
    let all: Vec<Vector> = (-REACH..=REACH)
        .flat_map(|down| (-REACH..=REACH).map(move |right| [down as f32, right as f32]))
        .collect();
    level.settle(level.each(|_, _, block| level.best(block, all.clone())))
}

/// The vectors of a level, given those of the one half its size.
pub fn finer(level: &Level, grid: &Grid, coarse: &Array2<Vector>) -> Array2<Vector> {
    let doubled = coarse.mapv(|vector| vector.map(|part| 2.0 * part));
    let all = std::array::from_fn(|axis| {
        let mut parts: Vec<f32> = doubled.iter().map(|vector| vector[axis]).collect();
        median(&mut parts)
    });
    let rows = nearest(&level.grid.tops, &grid.tops);
    let columns = nearest(&level.grid.lefts, &grid.lefts);
    let start = level.each(|row, column, block| {
        let (row, column) = (rows[row], columns[column]);
        let around = around(&doubled, row, column);
        level.best(
            block,
            std::iter::once(doubled[[row, column]])
                .chain(around)
                .chain([[0.0; 2], all])
                .collect(),
        )
    });
    level.settle(start)
}

/// For each start of a block, the nearest of those at half the size.
fn nearest(fine: &[usize], coarse: &[usize]) -> Vec<usize> {
    // Centres, in quarters of a fine pixel.
    let half = SIDE / 2;
    let distance = |start: usize, other: usize| (start + half).abs_diff(2 * (other + half));
    let best = |&start: &usize| {
        let near = coarse.iter().enumerate();
        near.min_by_key(|&(_, &other)| distance(start, other))
            .map_or(0, |(index, _)| index)
    };
    fine.iter().map(best).collect()
}

/// Vectors of a block and the eight around it, the edges' repeated.
fn around(vectors: &Array2<Vector>, row: usize, column: usize) -> [Vector; 9] {
    let (rows, columns) = vectors.dim();
    let shifted = |at: usize, by: usize, length: usize| (at + by).saturating_sub(1).min(length - 1);
    std::array::from_fn(|at| {
        vectors[[shifted(row, at / 3, rows), shifted(column, at % 3, columns)]]
    })
}

/// The vectors above, left, right and below.
fn neighbours(vectors: &Array2<Vector>, row: usize, column: usize) -> impl Iterator<Item = Vector> {
    let around = around(vectors, row, column);
    [1, 3, 5, 7].into_iter().map(move |at| around[at])
}

/// The median of each part of the vectors around.
fn medians(vectors: &Array2<Vector>) -> Array2<Vector> {
    Array2::from_shape_fn(vectors.dim(), |(row, column)| {
        let around = around(vectors, row, column);
        std::array::from_fn(|axis| median(&mut around.map(|vector| vector[axis])))
    })
}

fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// Central differences, downwards and to the right; 0 at the edges.
fn gradients(plane: ArrayView2<'_, f32>) -> [Array2<f32>; 2] {
    let (height, width) = plane.dim();
    let between = |at: usize, length: usize| (at.saturating_sub(1), (at + 1).min(length - 1));
    let down = Array2::from_shape_fn((height, width), |(y, x)| {
        let (before, after) = between(y, height);
        0.5 * (plane[[after, x]] - plane[[before, x]])
    });
    let right = Array2::from_shape_fn((height, width), |(y, x)| {
        let (before, after) = between(x, width);
        0.5 * (plane[[y, after]] - plane[[y, before]])
    });
    [down, right]
}
