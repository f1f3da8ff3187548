//! Where the patches lie that stand for a picture.

use ndarray::{ArrayView2, ArrayView3, s};

/// Most patches looked at: enough for the statistics, whatever the picture's size.
const MOST_PATCHES: usize = 16_384;

/// Patches of one size at an even distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Height and width of a patch.
    pub size: [usize; 2],
    stride: usize,
    down: usize,
    across: usize,
}

impl Grid {
    /// The densest grid over a picture of `height`×`width`, at least a patch's, with no more than
    /// [`MOST_PATCHES`]. The stride is odd, so that patches fall everywhere on a JPEG file's 8×8 blocks.
    pub fn spread([height, width]: [usize; 2], size: [usize; 2]) -> Self {
        let at = |stride: usize| Self {
            size,
            stride,
            down: (height - size[0]) / stride + 1,
            across: (width - size[1]) / stride + 1,
        };
        (0..)
            .map(|step| at(2 * step + 1))
            .find(|grid| grid.count() <= MOST_PATCHES)
            .expect("a large stride leaves one patch")
    }

    /// How many patches there are.
    pub fn count(&self) -> usize {
        self.down * self.across
    }

    /// Top and left of a patch.
    pub fn place(&self, index: usize) -> [usize; 2] {
        [
            index / self.across * self.stride,
            index % self.across * self.stride,
        ]
    }

    /// The pixels (C×h×w) of the patch at `place`.
    pub fn patch<'a>(
        &self,
        picture: ArrayView3<'a, f32>,
        [top, left]: [usize; 2],
    ) -> ArrayView3<'a, f32> {
        let [height, width] = self.size;
        picture.slice_move(s![.., top..top + height, left..left + width])
    }

    /// Whether all pixels of the patch at `place` are usable.
    pub fn within(&self, usable: ArrayView2<'_, bool>, [top, left]: [usize; 2]) -> bool {
        let [height, width] = self.size;
        usable
            .slice(s![top..top + height, left..left + width])
            .iter()
            .all(|&usable| usable)
    }

    /// The patches that share pixels with one, itself among them.
    pub fn overlapping(&self, index: usize) -> impl Iterator<Item = usize> + use<> {
        let across = self.across;
        let near = |place: usize, side: usize, count: usize| {
            let reach = (side - 1) / self.stride;
            place.saturating_sub(reach)..(place + reach + 1).min(count)
        };
        let rows = near(index / across, self.size[0], self.down);
        let columns = near(index % across, self.size[1], across);
        rows.flat_map(move |row| columns.clone().map(move |column| row * across + column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_stay_inside_and_few() {
        for size in [
            [8, 8],
            [8, 9],
            [300, 500],
            [1000, 1001],
            [8, 100_000],
            [6000, 4000],
        ] {
            let grid = Grid::spread(size, [8, 8]);
            assert!((1..=MOST_PATCHES).contains(&grid.count()));
            assert!(grid.count() > MOST_PATCHES / 4 || grid.stride == 1 || size[0] == 8);
            let [top, left] = grid.place(grid.count() - 1);
            assert!(top + 8 <= size[0] && left + 8 <= size[1]);
            assert!(top + 8 + grid.stride > size[0] && left + 8 + grid.stride > size[1]);
        }
    }

    #[test]
    fn overlaps_are_those_of_the_pixels() {
        let grid = Grid::spread([300, 431], [8, 8]);
        assert_eq!(grid.stride, 3);
        for index in [0, 5, grid.count() / 2, grid.count() - 1] {
            let [top, left] = grid.place(index);
            let expected: Vec<usize> = (0..grid.count())
                .filter(|&other| {
                    let [y, x] = grid.place(other);
                    y.abs_diff(top) < 8 && x.abs_diff(left) < 8
                })
                .collect();
            assert_eq!(grid.overlapping(index).collect::<Vec<_>>(), expected);
        }
    }
}
