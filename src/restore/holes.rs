//! What is done to a picture with holes before the rounds: its content removed, wide holes filled with
//! patches, thin ones with a smooth surface.

use ndarray::{Array2, Array3, ArrayView2};
use std::sync::Arc;

use crate::Result;
use crate::fill::{PatchFill, WIDEST_BRIDGE, fill_patches, smooth_start, split_by_width};
use crate::image::fill_region;
use crate::request::{Fill, Inpaint, Request, Task};
use crate::runtime::Cancel;

/// Fills what the rounds do not, and leaves in the request's mask what they have to.
///
/// The whole hole of `y` (3×H×W, network range) starts as a smooth surface; wide holes become patches
/// of the picture where the request wants that, and count as known from then on. Gives the whole hole.
///
/// # Errors
/// Those of the fills; `Cancelled`.
pub fn fill(
    request: &mut Request,
    y: &mut Array3<f32>,
    cancel: &Cancel,
) -> Result<Option<Array2<bool>>> {
    let (seed, paper, custom) = (request.seed, request.is_paper(), request.operator.is_some());
    let Task::Inpaint(inpaint) = &mut request.task else {
        return Ok(None);
    };
    let Some(mask) = inpaint.mask.clone().filter(|_| !paper && !custom) else {
        return Ok(None);
    };
    if mask.dim() != (y.dim().1, y.dim().2) {
        // The operator refuses it with a sentence.
        return Ok(None);
    }
    let hole = fill_region(mask.view());
    if !hole.iter().any(|&fill| fill) {
        return Ok(None);
    }
    let check = || cancel.check();
    smooth_start(y, hole.view(), WIDEST_BRIDGE, &check)?;
    let (thin, wide) = split(inpaint, hole.clone());
    if wide.iter().any(|&fill| fill) {
        let from = inpaint.fill_from.as_ref();
        let from = from.map(|from| from.mapv(|value| value > 0.5));
        let request = PatchFill {
            hole: wide.view(),
            unknown: Some(thin.view()),
            from: from.as_ref().map(|from| from.view()),
            seed,
        };
        fill_patches(y, request, &check)?;
        // What holds for the thin holes around it has changed.
        if thin.iter().any(|&fill| fill) {
            smooth_start(y, thin.view(), WIDEST_BRIDGE, &check)?;
        }
    }
    inpaint.mask = Some(Arc::new(as_mask(thin.view())));
    Ok(Some(hole))
}

/// The hole in two: what the prior fills, and what patches do.
fn split(inpaint: &Inpaint, hole: Array2<bool>) -> (Array2<bool>, Array2<bool>) {
    let none = Array2::from_elem(hole.dim(), false);
    match inpaint.fill {
        Fill::Automatic => split_by_width(hole.view(), WIDEST_BRIDGE),
        Fill::Prior => (hole, none),
        Fill::Patch => (none, hole),
    }
}

fn as_mask(hole: ArrayView2<'_, bool>) -> Array2<f32> {
    hole.mapv(|fill| f32::from(u8::from(fill)))
}
