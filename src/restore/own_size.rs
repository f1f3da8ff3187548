//! Super-resolution of a picture that keeps its size: hosts whose frames cannot grow.

use ndarray::{Array3, s};

use super::context::{Context, restore};
use super::examine::{Examination, examine};
use super::progress::Observer;
use super::report::Report;
use crate::Result;
use crate::image::{ImageView, ImageViewMut, Layout, Picture, PixelType};
use crate::operators::{Bicubic, Boundary, Operator};
use crate::request::parameters::Id;
use crate::request::{Options, TaskKind, task_kind};

/// Bytes of a float.
const SAMPLE: usize = size_of::<f32>();

/// Restores `input` into `output`, both H×W of any format with as many channels, whatever the task: to
/// super-resolution `input` is a picture that was enlarged by `scale` before. It is taken back to what it was, by
/// the operator of super-resolution, and enlarged again with the detail that the prior expects; values lie in the
/// input's range, and alpha is the input's. `output` is written when all is done.
///
/// # Errors
/// Those of [`restore`]; `InvalidImage` when the sizes or channels of the two differ.
pub fn restore_at_its_size(
    context: &Context,
    options: &Options,
    input: &ImageView<'_>,
    output: &mut ImageViewMut<'_>,
    observer: &mut dyn Observer,
) -> Result<Report> {
    if !enlarges(options) {
        return restore(context, options, input, output, observer);
    }
    let picture = Picture::read(input);
    let (_, height, width) = picture.color.dim();
    let small = Small::of(&picture, options)?;
    let (wide, tall) = super::output_size(options, small.columns, small.rows)?;
    let mut bytes = vec![0; SAMPLE * 3 * wide * tall];
    let mut result = ImageViewMut::new(&mut bytes, layout(wide, tall), 0)?;
    let report = restore(context, options, &small.view()?, &mut result, observer)?;
    let enlarged = Picture::read(&ImageView::new(&bytes, layout(wide, tall), 0)?);
    // What was mirrored is cut off.
    picture.write(enlarged.color.slice(s![.., ..height, ..width]), output)?;
    Ok(report)
}

/// What [`restore_at_its_size`] would find in `input` (H×W, any format), and take.
///
/// # Errors
/// Those of [`examine`].
pub fn examine_at_its_size(options: &Options, input: &ImageView<'_>) -> Result<Examination> {
    if !enlarges(options) {
        return examine(options, input);
    }
    examine(options, &Small::of(&Picture::read(input), options)?.view()?)
}

fn enlarges(options: &Options) -> bool {
    task_kind(options) == TaskKind::SuperResolve
}

fn layout(width: usize, height: usize) -> Layout {
    Layout::packed(width, height, 3, PixelType::F32)
}

/// What a picture was before it was enlarged by `scale`, as the bicubic operator takes it back. A side that
/// `scale` does not divide is mirrored to the next one that it does.
struct Small {
    rows: usize,
    columns: usize,
    /// Rows × columns × 3 floats, sRGB-encoded, 0…1.
    bytes: Vec<u8>,
}

impl Small {
    fn of(picture: &Picture, options: &Options) -> Result<Self> {
        let scale = options.integer(Id::Scale).max(1) as usize;
        let (_, height, width) = picture.color.dim();
        let mirror = |at: usize, length: usize| Boundary::Symmetric.source(at as isize, length);
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
        // From the network's range to that of a file, with no more beyond 0…1 than the picture has.
        let [low, high] = picture.range;
        let samples = small.permuted_axes([1, 2, 0]);
        let samples = samples.iter().map(|v| 0.5 * (v.clamp(low, high) + 1.0));
        Ok(Small {
            rows,
            columns,
            bytes: samples.flat_map(f32::to_ne_bytes).collect(),
        })
    }

    fn view(&self) -> Result<ImageView<'_>> {
        let layout = layout(self.columns, self.rows);
        ImageView::new(&self.bytes, layout, 0)
    }
}
