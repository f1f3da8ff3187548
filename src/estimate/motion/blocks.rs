//! Overlapping blocks of a frame, and how well another frame explains them.

use std::f64::consts::PI;

use ndarray::ArrayView2;

/// Side of a block.
pub const SIDE: usize = 16;

/// Distance between blocks.
const STRIDE: usize = 8;

/// Pixels of a block.
pub const AREA: usize = SIDE * SIDE;

/// Where the blocks of a frame start. They cover all of it, the last ones pushed back inside; of a frame
/// smaller than a block there is one.
#[derive(Clone, Debug)]
pub struct Grid {
    /// First rows.
    pub tops: Vec<usize>,
    /// First columns.
    pub lefts: Vec<usize>,
}

impl Grid {
    /// Over a frame of this size.
    pub fn new((height, width): (usize, usize)) -> Self {
        let starts = |length: usize| {
            let last = length.saturating_sub(SIDE);
            let count = last.div_ceil(STRIDE);
            (0..=count)
                .map(|index| (index * STRIDE).min(last))
                .collect()
        };
        Grid {
            tops: starts(height),
            lefts: starts(width),
        }
    }

    /// Rows and columns of blocks.
    pub fn size(&self) -> (usize, usize) {
        (self.tops.len(), self.lefts.len())
    }
}

/// Weights of a block's pixels, which fade towards its edges; their mean is 1.
pub fn window() -> [f32; AREA] {
    let fade = |at: usize| 0.5 - 0.5 * (2.0 * PI * (at + 1) as f64 / (SIDE + 1) as f64).cos();
    let sum: f64 = (0..SIDE).map(fade).sum();
    let mean = (sum / SIDE as f64).powi(2);
    std::array::from_fn(|at| (fade(at / SIDE) * fade(at % SIDE) / mean) as f32)
}

/// Reads the block of `plane` whose first pixel stands at `top`, `left`, between pixels bilinearly; beyond the
/// edges the edge pixels go on.
pub fn read(plane: ArrayView2<'_, f32>, [top, left]: [f32; 2], block: &mut [f32; AREA]) {
    let (height, width) = plane.dim();
    let (first_row, first_column) = (top.floor(), left.floor());
    let (down, right) = (top - first_row, left - first_column);
    let weights = [
        (1.0 - down) * (1.0 - right),
        (1.0 - down) * right,
        down * (1.0 - right),
        down * right,
    ];
    let (row, column) = (first_row as isize, first_column as isize);
    let inside = |first: isize, length: usize| {
        usize::try_from(first)
            .ok()
            .filter(|first| first + SIDE < length)
    };
    if let (Some(row), Some(column), Some(samples)) =
        (inside(row, height), inside(column, width), plane.as_slice())
    {
        for (y, line) in block.chunks_exact_mut(SIDE).enumerate() {
            let start = (row + y) * width + column;
            let upper = &samples[start..start + SIDE + 1];
            let lower = &samples[start + width..start + width + SIDE + 1];
            for x in 0..SIDE {
                line[x] = weights[0] * upper[x]
                    + weights[1] * upper[x + 1]
                    + weights[2] * lower[x]
                    + weights[3] * lower[x + 1];
            }
        }
        return;
    }
    let clamped =
        |at: isize, length: usize| usize::try_from(at.max(0)).unwrap_or(0).min(length - 1);
    for (at, value) in block.iter_mut().enumerate() {
        let (y, x) = (row + (at / SIDE) as isize, column + (at % SIDE) as isize);
        let (y0, y1) = (clamped(y, height), clamped(y + 1, height));
        let (x0, x1) = (clamped(x, width), clamped(x + 1, width));
        *value = weights[0] * plane[[y0, x0]]
            + weights[1] * plane[[y0, x1]]
            + weights[2] * plane[[y1, x0]]
            + weights[3] * plane[[y1, x1]];
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn blocks_cover_every_size() {
        for length in [1, 15, 16, 17, 24, 25, 100] {
            let grid = Grid::new((length, length));
            assert_eq!(grid.tops[0], 0);
            let ends: Vec<usize> = grid.tops.iter().map(|top| top + SIDE).collect();
            assert!(*ends.last().unwrap() >= length);
            assert!(length < SIDE || *ends.last().unwrap() == length);
            assert!(grid.tops.windows(2).all(|pair| pair[1] - pair[0] <= STRIDE));
        }
    }

    #[test]
    fn inside_and_at_the_edges_a_block_is_read_alike() {
        let plane = Array2::from_shape_fn((40, 50), |(y, x)| (3 * y + x) as f32);
        let mut block = [0.0; AREA];
        read(plane.view(), [5.25, 7.5], &mut block);
        assert!((block[0] - (3.0 * 5.25 + 7.5)).abs() < 1e-4);
        assert!((block[AREA - 1] - (3.0 * 20.25 + 22.5)).abs() < 1e-4);
        // The whole block lies below and left of the plane.
        read(plane.view(), [100.0, -30.0], &mut block);
        assert!(block.iter().all(|&value| value == plane[[39, 0]]));
    }
}
