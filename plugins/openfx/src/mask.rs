//! Where to fill, and where to change.

use ndarray::Array2;
use openfx::sys::generic::core::{OfxRectI, OfxTime};
use openfx::sys::image_effect_v1::image_effect::OfxImageEffectHandle;

use crate::clip::{Clip, Components};
use crate::describe::MASK;
use crate::failure::Result;
use crate::frame::Frame;
use crate::host::Suites;

/// A soft mask on the pixels of the source, H×W from the top down, 0…1.
pub type Mask = Array2<f32>;

/// The Mask clip's picture at `time` on the pixels of `bounds`; `None` when it gives none, whatever
/// it says about being connected. Outside its own bounds a mask is black.
///
/// # Errors
/// `Refused` when there is a picture that cannot be read.
pub fn read(
    suites: &Suites,
    effect: OfxImageEffectHandle,
    time: OfxTime,
    bounds: OfxRectI,
    invert: bool,
) -> Result<Option<Mask>> {
    // The clip is optional: a host may not even have it.
    let Ok(clip) = Clip::get(suites, effect, MASK) else {
        return Ok(None);
    };
    let Some(image) = clip.image(time)? else {
        return Ok(None);
    };
    let frame = Frame::read(&image.pixels)?;
    let value = values(&frame);
    Ok(Some(on_pixels(bounds, |x, y| {
        let value = frame.pixel(x, y).map_or(0.0, value);
        // A NaN is no wish to change anything.
        let value = if value > 0.0 { value.min(1.0) } else { 0.0 };
        if invert { 1.0 - value } else { value }
    })))
}

/// The transparent part (alpha below 0.5) of an RGBA picture as a mask, `None` when it has none.
pub fn holes(frame: &Frame) -> Option<Mask> {
    if frame.components != Components::Rgba {
        return None;
    }
    let mask = on_pixels(frame.bounds, |x, y| {
        let hole = frame.pixel(x, y).is_some_and(|pixel| pixel[3] < 0.5);
        if hole { 1.0 } else { 0.0 }
    });
    mask.iter().any(|&value| value > 0.0).then_some(mask)
}

fn on_pixels(bounds: OfxRectI, value: impl Fn(i32, i32) -> f32) -> Mask {
    let width = bounds.x1.abs_diff(bounds.x2) as usize;
    let height = bounds.y1.abs_diff(bounds.y2) as usize;
    Mask::from_shape_fn((height, width), |(row, column)| {
        value(bounds.x1 + column as i32, bounds.y2 - 1 - row as i32)
    })
}

/// How a pixel of a mask counts: its alpha, or its brightness where there is no alpha to speak of.
fn values(frame: &Frame) -> fn(&[f32]) -> f32 {
    let opaque = || frame.samples.chunks_exact(4).all(|pixel| pixel[3] >= 1.0);
    match frame.components {
        Components::Alpha => |pixel| pixel[0],
        Components::Rgba if !opaque() => |pixel| pixel[3],
        Components::Rgba | Components::Rgb => |pixel| (pixel[0] + pixel[1] + pixel[2]) / 3.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(samples: &[f32]) -> Frame {
        Frame {
            bounds: OfxRectI {
                x1: 5,
                y1: -1,
                x2: 7,
                y2: 0,
            },
            components: Components::Rgba,
            samples: samples.to_vec(),
        }
    }

    #[test]
    fn a_mask_counts_by_alpha_unless_it_is_opaque() {
        let shape = frame(&[0.0, 0.0, 0.0, 0.25, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(values(&shape)(&shape.samples[..4]), 0.25);
        let picture = frame(&[0.3, 0.3, 0.3, 1.0, 1.0, 1.0, 1.0, 1.0]);
        assert!((values(&picture)(&picture.samples[..4]) - 0.3).abs() < 1e-6);
    }

    #[test]
    fn holes_lie_where_alpha_is_low() {
        let holed = frame(&[1.0, 1.0, 1.0, 0.6, 1.0, 1.0, 1.0, 0.0]);
        let found = holes(&holed).unwrap();
        assert_eq!(found, ndarray::array![[0.0, 1.0]]);
        assert!(holes(&frame(&[1.0; 8])).is_none());
    }
}
