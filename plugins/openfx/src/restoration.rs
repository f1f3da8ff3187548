//! One frame through the engine.

use dcdp::Options;
use dcdp::image::{Alpha, ImageView, ImageViewMut, Layout, Picture, PixelType, Transfer};
use dcdp::operators::{Bicubic, Operator};
use dcdp::request::parameters::Id;
use dcdp::restore::{Context, Examination, Observer, Report, restore};
use ndarray::{Array3, s};

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
    let report = if options.text(Id::Task) == "super-resolve" {
        sharpen(&context, options, &input, &mut output, observer)?
    } else {
        restore(&context, options, &input, &mut output, observer)?
    };
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
    if options.text(Id::Task) == "super-resolve" {
        let small = Small::of(&Picture::read(&input), options)?;
        return Ok(dcdp::restore::examine(options, &small.view()?)?);
    }
    Ok(dcdp::restore::examine(options, &input)?)
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
        ..layout(frame.width(), frame.height(), frame.components.count())
    }
}

fn layout(width: usize, height: usize, channels: usize) -> Layout {
    Layout::packed(width, height, channels, PixelType::F32)
}

/// The picture that a frame was before it was enlarged by `scale`, as the engine's bicubic operator takes it
/// back. A side that `scale` does not divide is mirrored to the next one that it does.
struct Small {
    rows: usize,
    columns: usize,
    /// Rows × columns × 3, sRGB-encoded, 0…1.
    samples: Vec<f32>,
}

impl Small {
    fn of(picture: &Picture, options: &Options) -> Result<Self> {
        let scale = options.integer(Id::Scale).max(1) as usize;
        let (_, height, width) = picture.color.dim();
        let padded = Array3::from_shape_fn(
            (
                3,
                height.next_multiple_of(scale),
                width.next_multiple_of(scale),
            ),
            |(channel, y, x)| picture.color[[channel, mirror(y, height), mirror(x, width)]],
        );
        let operator = Bicubic::new(scale, padded.dim().into())?;
        let [_, rows, columns] = operator.output_shape();
        let mut small = Array3::zeros((3, rows, columns));
        operator.measure(padded.view(), small.view_mut())?;
        // From the network's range to that of a file, with no more beyond 0…1 than the frame has.
        let [low, high] = picture.range;
        let samples = small.permuted_axes([1, 2, 0]);
        let samples = samples.iter().map(|v| 0.5 * (v.clamp(low, high) + 1.0));
        Ok(Small {
            rows,
            columns,
            samples: samples.collect(),
        })
    }

    fn view(&self) -> Result<ImageView<'_>> {
        let layout = layout(self.columns, self.rows, 3);
        Ok(ImageView::new(
            bytemuck::cast_slice(&self.samples),
            layout,
            0,
        )?)
    }
}

/// Super-resolution at the frame's own size: the frame is a picture that was enlarged by `scale`.
/// Super-resolution enlarges the picture before again, with the detail that the prior expects; what was
/// mirrored is cut off.
fn sharpen(
    context: &Context,
    options: &Options,
    input: &ImageView<'_>,
    output: &mut ImageViewMut<'_>,
    observer: &mut dyn Observer,
) -> Result<Report> {
    let picture = Picture::read(input);
    let (_, height, width) = picture.color.dim();
    let small = Small::of(&picture, options)?;
    let (wide, tall) = dcdp::restore::output_size(options, small.columns, small.rows)?;
    let mut enlarged = Array3::<f32>::zeros((tall, wide, 3));
    let bytes = enlarged
        .as_slice_mut()
        .expect("a fresh array is contiguous");
    let bytes = bytemuck::cast_slice_mut(bytes);
    let mut result = ImageViewMut::new(bytes, layout(wide, tall, 3), 0)?;
    let report = restore(context, options, &small.view()?, &mut result, observer)?;
    let colour = enlarged
        .slice(s![..height, ..width, ..])
        .permuted_axes([2, 0, 1]);
    picture.write(colour.mapv(|value| 2.0 * value - 1.0).view(), output)?;
    Ok(report)
}

/// The pixel that stands at `index` of an endless row of `length` pixels and their mirror images (the
/// edge pixel twice).
fn mirror(index: usize, length: usize) -> usize {
    let folded = index % (2 * length);
    folded.min(2 * length - 1 - folded)
}
