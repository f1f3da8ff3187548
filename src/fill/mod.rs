//! Fills of holes, before or in place of a prior's: smooth surfaces for thin holes, patches of the
//! picture itself for wide ones, and the grain that a fill lacks.
//!
//! Pictures are 3×H×W, sRGB-encoded in the network range [-1, 1]; holes are H×W, true where the picture
//! is to be invented. What lies outside a hole is never changed, not by a bit. Everything is a function
//! of its arguments alone, whatever the number of threads.

mod biharmonic;
mod components;
mod grain;
mod multigrid;
mod patchmatch;
mod unseen;
mod width;

pub use biharmonic::{Surface, fill_surface, smooth_start};
pub use grain::{GRAIN_DENOISING, Grain, add_grain};
pub use patchmatch::{PatchFill, fill_patches};
pub use unseen::fill_unseen;
pub use width::{WIDEST_BRIDGE, distance_to_known, split_by_width};

use ndarray::{ArrayView2, ArrayView3};

use crate::{Error, Result};

/// Checks a hole against the picture it is in.
///
/// # Errors
/// `InvalidImage` when the picture is not 3×H×W with the hole's H and W, or has no pixels;
/// `InvalidOption` (`mask`) when no pixel is known.
fn check_hole(picture: ArrayView3<'_, f32>, hole: ArrayView2<'_, bool>) -> Result<()> {
    let (channels, height, width) = picture.dim();
    if channels != 3 || height * width == 0 || hole.dim() != (height, width) {
        return Err(Error::InvalidImage(format!(
            "{channels} channels of {width}x{height} pixels with a hole of {}x{}; needed: 3 channels \
             and a hole of the same size",
            hole.ncols(),
            hole.nrows()
        )));
    }
    if hole.iter().all(|&fill| fill) {
        return Err(Error::invalid(
            "mask",
            "every pixel",
            "a part of the picture: what is outside it says what to fill it with",
        ));
    }
    Ok(())
}
