//! Between a caller's pixels and the planar, sRGB-encoded arrays the engine computes in.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3};
use rayon::slice::ParallelSliceMut;

use super::rows::{Broken, Rows, color_channels, coverage};
use super::{Alpha, ImageView, ImageViewMut, Layout, Transfer};
use crate::{Error, Result};

/// Rows converted at a time when writing: bounds the scratch memory.
const BLOCK_ROWS: usize = 64;

/// How far beyond 0…1 codes may lie and still be within it: what a division by alpha rounds.
const ROUNDING: f32 = 1e-4;

/// A picture as the engine sees it, with all that it does not compute on set aside.
///
/// [`read`](Picture::read) makes it from pixels; [`write`](Picture::write) turns a result back into
/// pixels.
#[derive(Clone, Debug)]
pub struct Picture {
    /// 3×H×W, sRGB codes in the network range: [-1, 1] is black to white, values beyond are brighter than
    /// white or below black (the curve continued by its formula, odd). Every value is finite; gray is
    /// replicated. It may be taken out: `write` does not read it.
    pub color: Array3<f32>,
    /// Whether the pixels have luminance only.
    pub gray: bool,
    /// H×W, as stored (nominal 0…1), finite.
    pub alpha: Option<Array2<f32>>,
    /// H×W, where there is such a pixel: its colour is no picture, being under alpha 0 or not finite. Its
    /// `color` is that of its nearest seen neighbour to the left (mid-gray where there is none).
    pub unseen: Option<Array2<bool>>,
    /// Pixels that are not finite, where there are any.
    pub broken: Option<Broken>,
    /// Between which values of the network range a result lies: [-1, 1], either end infinite where `color`
    /// lies beyond it.
    pub range: [f32; 2],
    /// Transfer of the pixels.
    pub transfer: Transfer,
    /// Relation of the pixels' colour to alpha.
    pub alpha_mode: Alpha,
}

impl Picture {
    /// Reads pixels.
    pub fn read(view: &ImageView<'_>) -> Self {
        let layout = *view.layout();
        let (width, height) = (layout.width, layout.height);
        let mut color = Array3::zeros((3, height, width));
        let mut alpha = layout.has_alpha().then(|| Array2::zeros((height, width)));
        // Integers without alpha are all there.
        let may_lack = alpha.is_some() || layout.pixel_type.is_float();
        let mut unseen = may_lack.then(|| Array2::from_elem((height, width), false));
        let rows = Rows {
            color: color.view_mut(),
            alpha: alpha.as_mut().map(|alpha| alpha.view_mut()),
            unseen: unseen.as_mut().map(|unseen| unseen.view_mut()),
        };
        let found = rows.read(view, 0);
        let mut range = [-1.0, 1.0];
        if found.low < -1.0 - ROUNDING {
            range[0] = f32::NEG_INFINITY;
        }
        if found.high > 1.0 + ROUNDING {
            range[1] = f32::INFINITY;
        }
        if found.low < range[0] || found.high > range[1] {
            color.par_mapv_inplace(|value| value.clamp(range[0], range[1]));
        }
        Picture {
            color,
            gray: layout.is_gray(),
            alpha,
            unseen: unseen.filter(|_| found.lacks),
            broken: found.broken,
            range,
            transfer: layout.transfer,
            alpha_mode: layout.alpha,
        }
    }

    /// Whether values lie beyond black or white.
    pub fn is_beyond(&self) -> bool {
        self.range != [-1.0, 1.0]
    }

    /// Makes the pixels opaque that `mask` (H×W) marks.
    pub fn close(&mut self, mask: ArrayView2<'_, bool>) {
        if let Some(alpha) = &mut self.alpha {
            alpha.zip_mut_with(&mask, |alpha, &close| {
                if close {
                    *alpha = 1.0;
                }
            });
        }
    }

    /// Puts the colours that `input`, from which this picture was read, has under alpha 0 into an output of
    /// its size that stores colour alike: what nobody sees is left alone.
    pub fn keep_hidden(&self, input: &ImageView<'_>, output: &mut ImageViewMut<'_>) {
        let meaning = |layout: &Layout| {
            (
                [layout.width, layout.height, layout.channels],
                layout.transfer,
                layout.alpha,
            )
        };
        let Some(alpha) = &self.alpha else {
            return;
        };
        if meaning(input.layout()) != meaning(output.layout()) {
            return;
        }
        for ((y, x), &alpha) in alpha.indexed_iter() {
            if coverage(alpha) == 0.0 {
                for channel in 0..color_channels(input.layout()) {
                    output.set(x, y, channel, input.get(x, y, channel));
                }
            }
        }
    }

    /// Channels of the pixels, 1…4.
    pub fn channels(&self) -> usize {
        let color = if self.gray { 1 } else { 3 };
        color + usize::from(self.alpha.is_some())
    }

    /// Writes a result `color` (3×H×W, sRGB codes in the network range; clamped to `range`), with alpha put
    /// back. Where `color` is larger than the picture that was read, alpha is enlarged bilinearly. A gray
    /// picture gets the mean of the three channels.
    ///
    /// # Errors
    /// `InvalidImage`, before anything is written, when `output` differs from `color` in size or from
    /// this picture in channels.
    pub fn write(&self, color: ArrayView3<'_, f32>, output: &mut ImageViewMut<'_>) -> Result<()> {
        let layout = *output.layout();
        let (planes, height, width) = color.dim();
        if (planes, height, width) != (3, layout.height, layout.width) {
            return Err(Error::InvalidImage(format!(
                "the output is {}x{} pixels, the result {width}x{height}",
                layout.width, layout.height
            )));
        }
        if layout.channels != self.channels() {
            return Err(Error::InvalidImage(format!(
                "the output has {} channels, the input {}",
                layout.channels,
                self.channels()
            )));
        }
        let writer = RowWriter {
            picture: self,
            color,
            layout,
        };
        let row_samples = width * layout.channels;
        let mut block = vec![0.0_f32; row_samples * BLOCK_ROWS.min(height)];
        for first in (0..height).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(height - first);
            block[..rows * row_samples]
                .par_chunks_mut(row_samples)
                .enumerate()
                .for_each(|(row, samples)| writer.fill(first + row, samples));
            for (row, samples) in block.chunks_exact(row_samples).take(rows).enumerate() {
                for (x, pixel) in samples.chunks_exact(layout.channels).enumerate() {
                    for (channel, &value) in pixel.iter().enumerate() {
                        output.set(x, first + row, channel, value);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Computes finished samples of one row at a time.
struct RowWriter<'a> {
    picture: &'a Picture,
    color: ArrayView3<'a, f32>,
    layout: Layout,
}

impl RowWriter<'_> {
    fn fill(&self, y: usize, samples: &mut [f32]) {
        let size = [self.layout.height, self.layout.width];
        let alpha = self.picture.alpha.as_ref().map(|plane| plane.view());
        let channels = if self.picture.gray { 1 } else { 3 };
        for (x, pixel) in samples.chunks_exact_mut(self.layout.channels).enumerate() {
            let opacity = alpha.map(|plane| enlarged(plane, size, y, x));
            for (channel, sample) in pixel[..channels].iter_mut().enumerate() {
                *sample = self.finish(self.base(y, x, channel), opacity);
            }
            if let Some(opacity) = opacity {
                pixel[channels] = opacity;
            }
        }
    }

    /// The result, straight, in the picture's transfer.
    fn base(&self, y: usize, x: usize, channel: usize) -> f32 {
        let network = if self.picture.gray {
            (self.color[[0, y, x]] + self.color[[1, y, x]] + self.color[[2, y, x]]) / 3.0
        } else {
            self.color[[channel, y, x]]
        };
        let [low, high] = self.picture.range.map(|end| 0.5 * (end + 1.0));
        let encoded = (0.5 * (network + 1.0)).clamp(low, high);
        self.picture.transfer.from_srgb(encoded)
    }

    /// Puts alpha back and converts to the output's own transfer and alpha mode.
    fn finish(&self, base: f32, opacity: Option<f32>) -> f32 {
        let factor = opacity.map_or(1.0, coverage);
        let multiplied = |mode: Alpha| match mode {
            Alpha::Premultiplied => factor,
            Alpha::Straight => 1.0,
        };
        let from = multiplied(self.picture.alpha_mode);
        let stored = base * from;
        if (self.picture.transfer, self.picture.alpha_mode)
            == (self.layout.transfer, self.layout.alpha)
        {
            return stored;
        }
        let straight = if from > 0.0 { stored / from } else { stored };
        let encoded = self.picture.transfer.to_srgb(straight);
        self.layout.transfer.from_srgb(encoded) * multiplied(self.layout.alpha)
    }
}

/// Value of a plane at pixel (y, x) of a picture of `size` ([height, width]), bilinear between the
/// plane's pixel centres.
fn enlarged(plane: ArrayView2<'_, f32>, size: [usize; 2], y: usize, x: usize) -> f32 {
    let (height, width) = plane.dim();
    if [height, width] == size {
        return plane[[y, x]];
    }
    let (top, bottom, down) = neighbours(y, height, size[0]);
    let (left, right, across) = neighbours(x, width, size[1]);
    let at = |y: usize| plane[[y, left]] * (1.0 - across) + plane[[y, right]] * across;
    let (upper, lower) = (at(top), at(bottom));
    upper * (1.0 - down) + lower * down
}

/// The two source pixels around output pixel `index`, and the second one's weight.
fn neighbours(index: usize, source: usize, target: usize) -> (usize, usize, f32) {
    let position = (index as f64 + 0.5) * source as f64 / target as f64 - 0.5;
    let position = position.clamp(0.0, (source - 1) as f64);
    let first = position as usize;
    (
        first,
        (first + 1).min(source - 1),
        (position - first as f64) as f32,
    )
}
