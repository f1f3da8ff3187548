//! Planes of samples in 8×8 blocks.

use std::collections::HashSet;

use ndarray::{Array2, ArrayView2, ArrayView3, Zip, s};

use crate::math::dct8::{Block, Dct8};

/// Y, Cb and Cr (codes less 128) of a picture, 3×H×W in the network range.
pub fn luma_and_chroma(x: ArrayView3<'_, f32>) -> [Array2<f32>; 3] {
    let plane = |channel: usize| x.slice_move(s![channel, .., ..]);
    let mix = |weights: [f32; 3], shift: f32| {
        Zip::from(plane(0))
            .and(plane(1))
            .and(plane(2))
            .par_map_collect(|&red, &green, &blue| {
                127.5 * (weights[0] * red + weights[1] * green + weights[2] * blue) + shift
            })
    };
    [
        mix([0.299, 0.587, 0.114], -0.5),
        mix([-0.168_735_9, -0.331_264_1, 0.5], 0.0),
        mix([0.5, -0.418_687_6, -0.081_312_4], 0.0),
    ]
}

/// Sample (row, column) of the plane with its edges repeated.
fn repeated(plane: ArrayView2<'_, f32>, row: isize, column: isize) -> f32 {
    let clamp = |at: isize, length: usize| at.clamp(0, length as isize - 1) as usize;
    plane[[clamp(row, plane.nrows()), clamp(column, plane.ncols())]]
}

/// The transformed blocks of a plane whose sample (0, 0) lies at `origin` (x, y) of the first block: columns, and the
/// blocks in rows. The plane's edges are repeated.
pub fn blocks(plane: ArrayView2<'_, f32>, origin: [usize; 2]) -> (usize, Vec<Block>) {
    let dct = Dct8::new();
    let columns = (origin[0] + plane.ncols()).div_ceil(8);
    let rows = (origin[1] + plane.nrows()).div_ceil(8);
    let transformed = |index: usize| {
        let top = (8 * (index / columns)) as isize - origin[1] as isize;
        let left = (8 * (index % columns)) as isize - origin[0] as isize;
        dct.forward(&std::array::from_fn(|at| {
            repeated(plane, top + (at / 8) as isize, left + (at % 8) as isize)
        }))
    };
    (columns, (0..rows * columns).map(transformed).collect())
}

/// The transformed blocks that lie wholly in a plane. Flat ones, which any grid explains, are left out, and those that
/// differ from another only in their mean count once: a drawn pattern is no lattice.
pub fn whole_blocks(plane: ArrayView2<'_, f32>, origin: [usize; 2]) -> Vec<Block> {
    let first = |axis: usize| (8 - origin[axis] % 8) % 8;
    let inner = plane.slice(s![
        first(1).min(plane.nrows())..,
        first(0).min(plane.ncols())..
    ]);
    let inner = inner.slice(s![..inner.nrows() / 8 * 8, ..inner.ncols() / 8 * 8]);
    if inner.is_empty() {
        return Vec::new();
    }
    let (_, mut blocks) = blocks(inner, [0, 0]);
    let mut seen = HashSet::new();
    blocks.retain(|block| {
        let coarse: [i16; 63] = std::array::from_fn(|at| (block[at + 1] / 4.0).round() as i16);
        block[1..].iter().any(|value| value.abs() > 1.0) && seen.insert(coarse)
    });
    blocks
}
