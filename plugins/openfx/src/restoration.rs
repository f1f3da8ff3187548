//! One frame through the engine.

use dcdp::Options;
use dcdp::image::{Alpha, ImageView, ImageViewMut, Layout, PixelType, Transfer};
use dcdp::restore::{
    Context, Examination, Observer, Report, examine_at_its_size, restore_at_its_size,
};

use crate::failure::Result;
use crate::frame::Frame;

/// Restores the colours of `frame` as the options say, at its own size. Alpha stays as it is, but
/// that what is filled is opaque.
///
/// # Errors
/// `Stopped` when the observer stopped it; `Engine`.
pub fn run(
    options: &Options,
    frame: &Frame,
    transfer: Transfer,
    alpha: Alpha,
    observer: &mut dyn Observer,
) -> Result<(Frame, Report)> {
    let context = Context::new(None)?;
    let mut result = frame.clone();
    let layout = layout_of(frame, transfer, alpha);
    let input = view(frame, transfer, alpha)?;
    let samples = bytemuck::cast_slice_mut(&mut result.samples);
    let mut output = ImageViewMut::new(samples, layout, 0)?;
    let report = restore_at_its_size(&context, options, &input, &mut output, observer)?;
    Ok((result, report))
}

/// What restoring `frame` would find in it, and take.
///
/// # Errors
/// `Engine`.
pub fn examine(
    options: &Options,
    frame: &Frame,
    transfer: Transfer,
    alpha: Alpha,
) -> Result<Examination> {
    let input = view(frame, transfer, alpha)?;
    Ok(examine_at_its_size(options, &input)?)
}

/// The pixels of a frame.
///
/// # Errors
/// `Engine`.
pub fn view(frame: &Frame, transfer: Transfer, alpha: Alpha) -> Result<ImageView<'_>> {
    let layout = layout_of(frame, transfer, alpha);
    Ok(ImageView::new(
        bytemuck::cast_slice(&frame.samples),
        layout,
        0,
    )?)
}

fn layout_of(frame: &Frame, transfer: Transfer, alpha: Alpha) -> Layout {
    Layout {
        transfer,
        alpha,
        ..Layout::packed(
            frame.width(),
            frame.height(),
            frame.components.count(),
            PixelType::F32,
        )
    }
}
