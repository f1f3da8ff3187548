//! How stored pixels are turned to be seen upright.

use image::metadata::Orientation;
use ndarray::{ArrayBase, Axis, Ix3, RawData};

/// The flips and the swap that lead from pixels as stored to the picture as seen: columns reversed,
/// then rows reversed, then x and y swapped (EXIF 2.32, tag 0x0112).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Whether columns run against x as stored.
    pub flip_x: bool,
    /// Whether rows run against y as stored.
    pub flip_y: bool,
    /// Whether x and y are then swapped.
    pub swap: bool,
}

impl Turn {
    /// What an EXIF orientation asks for.
    pub(crate) fn of(orientation: Orientation) -> Self {
        let (flip_x, flip_y, swap) = match orientation {
            Orientation::NoTransforms => (false, false, false),
            Orientation::FlipHorizontal => (true, false, false),
            Orientation::Rotate180 => (true, true, false),
            Orientation::FlipVertical => (false, true, false),
            Orientation::Rotate90FlipH => (false, false, true),
            Orientation::Rotate90 => (false, true, true),
            Orientation::Rotate270FlipH => (true, true, true),
            Orientation::Rotate270 => (true, false, true),
        };
        Turn {
            flip_x,
            flip_y,
            swap,
        }
    }

    /// The view of an upright picture (C×H×W) as it is stored: a permutation of strides, no copy.
    pub fn stored<S: RawData>(&self, mut view: ArrayBase<S, Ix3>) -> ArrayBase<S, Ix3> {
        if self.swap {
            view.swap_axes(1, 2);
        }
        if self.flip_y {
            view.invert_axis(Axis(1));
        }
        if self.flip_x {
            view.invert_axis(Axis(2));
        }
        view
    }
}
