//! Motion of every pixel, from that of blocks.

use ndarray::Array2;

use super::blocks::{Grid, SIDE};

/// Where the content of each pixel stands in another frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    size: (usize, usize),
    /// Bilinear in between: the vectors of the blocks, and where their centres lie.
    vectors: Array2<[f32; 2]>,
    rows: Vec<(usize, f32)>,
    columns: Vec<(usize, f32)>,
}

impl Motion {
    /// Of a frame of `size` whose blocks moved by `vectors`.
    pub fn between(grid: &Grid, vectors: &Array2<[f32; 2]>, size: (usize, usize)) -> Self {
        Motion {
            size,
            vectors: vectors.clone(),
            rows: places(&grid.tops, size.0),
            columns: places(&grid.lefts, size.1),
        }
    }

    /// Height and width.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Displacement of pixel (y, x) in pixels: downwards, to the right.
    ///
    /// # Panics
    /// Outside the frame.
    pub fn at(&self, y: usize, x: usize) -> [f32; 2] {
        let ((row, down), (column, right)) = (self.rows[y], self.columns[x]);
        let (last_row, last_column) = (self.vectors.nrows() - 1, self.vectors.ncols() - 1);
        let (next_row, next_column) = ((row + 1).min(last_row), (column + 1).min(last_column));
        std::array::from_fn(|axis| {
            let at = |row: usize, column: usize| self.vectors[[row, column]][axis];
            let upper = at(row, column) * (1.0 - right) + at(row, next_column) * right;
            let lower = at(next_row, column) * (1.0 - right) + at(next_row, next_column) * right;
            upper * (1.0 - down) + lower * down
        })
    }
}

/// For each pixel of an axis: the last block whose centre lies before it, and the part of the way to the next.
fn places(starts: &[usize], length: usize) -> Vec<(usize, f32)> {
    let centre = |index: usize| starts[index] as f32 + 0.5 * (SIDE - 1) as f32;
    let mut block = 0;
    (0..length)
        .map(|at| {
            let at = at as f32;
            while block + 1 < starts.len() && centre(block + 1) <= at {
                block += 1;
            }
            if block + 1 == starts.len() || at <= centre(block) {
                return (block, 0.0);
            }
            let way = centre(block + 1) - centre(block);
            (block, (at - centre(block)) / way)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motion_is_interpolated_between_blocks_and_constant_beyond() {
        let grid = Grid::new((16, 32));
        assert_eq!(grid.lefts, [0, 8, 16]);
        let vectors =
            Array2::from_shape_vec((1, 3), vec![[0.0, 0.0], [0.0, 8.0], [4.0, 8.0]]).unwrap();
        let motion = Motion::between(&grid, &vectors, (16, 32));
        assert_eq!(motion.at(3, 0), [0.0, 0.0]);
        assert_eq!(motion.at(3, 8), [0.0, 0.5]);
        assert_eq!(motion.at(9, 31), [4.0, 8.0]);
        let [down, _] = motion.at(0, 19);
        assert!((down - 1.75).abs() < 1e-5, "{down}");
    }
}
