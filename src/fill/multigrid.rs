//! A multigrid cycle for Laplace's equation in a hole of any shape.

use super::components::{NONE, Region};

/// Values of the three channels at one pixel.
pub(super) type Colour = [f64; 3];

/// How much further a coarse correction goes: aggregates of equal values are too stiff by about this
/// factor (D. Braess, "Towards algebraic multigrid for elliptic problems of second order", 1995).
const OVERCORRECTION: f64 = 1.8;

/// The graph Laplacian of one level: diagonal·x − Σ weight·neighbour. All numbers are integers and so
/// are summed exactly.
struct Level {
    neighbours: Vec<[u32; 4]>,
    weights: Vec<[f32; 4]>,
    diagonal: Vec<f64>,
    /// The node of the next coarser level that each node belongs to; empty on the coarsest.
    parents: Vec<u32>,
}

/// Approximates the inverse of the Laplacian of a hole whose surroundings are zero, by one V-cycle over
/// 2×2 aggregates: Gauss–Seidel forwards before the coarser level and backwards after it, so that it is
/// symmetric and positive definite, as a preconditioner has to be.
pub(super) struct Multigrid {
    levels: Vec<Level>,
    /// Right sides and solutions of the coarser levels.
    buffers: Vec<[Vec<Colour>; 2]>,
}

impl Multigrid {
    pub(super) fn new(region: &Region) -> Self {
        let inside = |neighbour: u32| (neighbour as usize) < region.hole;
        let kept = |beside: &[u32; 4]| beside.map(|other| if inside(other) { other } else { NONE });
        let neighbours: Vec<_> = region.neighbours[..region.hole].iter().map(kept).collect();
        let weights = neighbours
            .iter()
            .map(|beside| beside.map(|other| f32::from(u8::from(other != NONE))))
            .collect();
        let mut levels = vec![Level {
            neighbours,
            weights,
            diagonal: region.degrees.iter().map(|&degree| degree.into()).collect(),
            parents: Vec::new(),
        }];
        let mut positions = region.pixels[..region.hole].to_vec();
        while positions.len() > 1 {
            let finest = levels.len() - 1;
            let coarser = levels[finest].coarsen(&mut positions);
            levels.push(coarser);
        }
        let buffers = levels[1..]
            .iter()
            .map(|level| [(); 2].map(|()| vec![[0.0; 3]; level.diagonal.len()]))
            .collect();
        Multigrid { levels, buffers }
    }

    /// The Laplacian itself: `out = L v`.
    pub(super) fn apply(&self, v: &[Colour], out: &mut [Colour]) {
        let level = &self.levels[0];
        for (index, out) in out.iter_mut().enumerate() {
            let beside = level.beside(index, v);
            *out = std::array::from_fn(|c| level.diagonal[index] * v[index][c] - beside[c]);
        }
    }

    /// Overwrites `out` with an approximation of L⁻¹ `right`.
    pub(super) fn solve(&mut self, right: &[Colour], out: &mut [Colour]) {
        cycle(&self.levels, &mut self.buffers, right, out);
    }
}

impl Level {
    /// Σ weight·value over the neighbours of a node.
    fn beside(&self, index: usize, values: &[Colour]) -> Colour {
        let mut sum = [0.0; 3];
        for (&other, &weight) in self.neighbours[index].iter().zip(&self.weights[index]) {
            if other != NONE {
                let value = values[other as usize];
                (0..3).for_each(|c| sum[c] += f64::from(weight) * value[c]);
            }
        }
        sum
    }

    fn relax(&self, index: usize, right: &[Colour], out: &mut [Colour]) {
        let beside = self.beside(index, out);
        out[index] = std::array::from_fn(|c| (right[index][c] + beside[c]) / self.diagonal[index]);
    }

    /// The level of 2×2 aggregates: sums over each of them. `positions` become those of the aggregates.
    fn coarsen(&mut self, positions: &mut Vec<[u32; 2]>) -> Level {
        let cells: Vec<[u32; 2]> = positions.iter().map(|at| at.map(|side| side / 2)).collect();
        let mut coarse = cells.clone();
        coarse.sort_unstable();
        coarse.dedup();
        let place = |cell: &[u32; 2]| coarse.partition_point(|other| other < cell) as u32;
        self.parents = cells.iter().map(place).collect();
        let mut level = Level {
            neighbours: vec![[NONE; 4]; coarse.len()],
            weights: vec![[0.0; 4]; coarse.len()],
            diagonal: vec![0.0; coarse.len()],
            parents: Vec::new(),
        };
        for (index, &parent) in self.parents.iter().enumerate() {
            let to = parent as usize;
            level.diagonal[to] += self.diagonal[index];
            for (direction, &other) in self.neighbours[index].iter().enumerate() {
                if other == NONE {
                    continue;
                }
                let weight = self.weights[index][direction];
                let beside = self.parents[other as usize];
                if beside == parent {
                    level.diagonal[to] -= f64::from(weight);
                } else {
                    level.neighbours[to][direction] = beside;
                    level.weights[to][direction] += weight;
                }
            }
        }
        *positions = coarse;
        level
    }
}

fn cycle(levels: &[Level], buffers: &mut [[Vec<Colour>; 2]], right: &[Colour], out: &mut [Colour]) {
    let Some((level, coarser)) = levels.split_first() else {
        return;
    };
    out.fill([0.0; 3]);
    for index in 0..out.len() {
        level.relax(index, right, out);
    }
    let Some(([coarse_right, coarse_out], buffers)) = buffers.split_first_mut() else {
        return; // One node, solved exactly.
    };
    coarse_right.fill([0.0; 3]);
    for (index, &parent) in level.parents.iter().enumerate() {
        let beside = level.beside(index, out);
        let to = &mut coarse_right[parent as usize];
        for c in 0..3 {
            to[c] += right[index][c] + beside[c] - level.diagonal[index] * out[index][c];
        }
    }
    cycle(coarser, buffers, coarse_right, coarse_out);
    for (value, &parent) in out.iter_mut().zip(&level.parents) {
        (0..3).for_each(|c| value[c] += OVERCORRECTION * coarse_out[parent as usize][c]);
    }
    for index in (0..out.len()).rev() {
        level.relax(index, right, out);
    }
}
