//! The flips and turns of a picture that leave pictures pictures.

use ndarray::{Array3, ArrayView3, s};

/// One of the eight symmetries of a square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symmetry {
    /// Rows become columns, first.
    transposed: bool,
    /// Upside down.
    upside_down: bool,
    /// Left and right exchanged.
    mirrored: bool,
}

impl Symmetry {
    /// The first `count` of the eight, the identity first.
    pub fn first(count: usize) -> impl Iterator<Item = Self> {
        (0..count.min(8)).map(|index| Symmetry {
            mirrored: index & 1 != 0,
            upside_down: index & 2 != 0,
            transposed: index & 4 != 0,
        })
    }

    /// A picture C×H×W, turned.
    pub fn turn(self, picture: ArrayView3<'_, f32>) -> Array3<f32> {
        let turned = match self.transposed {
            true => picture.permuted_axes([0, 2, 1]),
            false => picture,
        };
        self.flip(turned).as_standard_layout().into_owned()
    }

    /// The inverse of [`turn`](Self::turn).
    pub fn turn_back(self, picture: ArrayView3<'_, f32>) -> Array3<f32> {
        let flipped = self.flip(picture);
        let turned = match self.transposed {
            true => flipped.permuted_axes([0, 2, 1]),
            false => flipped,
        };
        turned.as_standard_layout().into_owned()
    }

    fn flip<'a>(self, picture: ArrayView3<'a, f32>) -> ArrayView3<'a, f32> {
        let picture = match self.upside_down {
            true => picture.slice_move(s![.., ..;-1, ..]),
            false => picture,
        };
        match self.mirrored {
            true => picture.slice_move(s![.., .., ..;-1]),
            false => picture,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_different_turns_that_turn_back() {
        let picture = Array3::from_shape_fn((2, 3, 3), |(c, y, x)| (9 * c + 3 * y + x) as f32);
        let turned: Vec<_> = Symmetry::first(8)
            .map(|symmetry| symmetry.turn(picture.view()))
            .collect();
        for (index, (one, symmetry)) in turned.iter().zip(Symmetry::first(8)).enumerate() {
            assert_eq!(symmetry.turn_back(one.view()), picture);
            assert!(turned[..index].iter().all(|other| other != one));
        }
        let wide = Array3::from_shape_fn((1, 2, 5), |(_, y, x)| (5 * y + x) as f32);
        for symmetry in Symmetry::first(8) {
            assert_eq!(symmetry.turn_back(symmetry.turn(wide.view()).view()), wide);
        }
    }
}
