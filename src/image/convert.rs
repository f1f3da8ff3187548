//! Between a caller's pixels and the planar, sRGB-encoded arrays the engine computes in.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, Axis};
use rayon::slice::ParallelSliceMut;

use super::{Alpha, ImageView, ImageViewMut, Layout, Transfer};
use crate::{Error, Result};

/// Rows converted at a time when writing: bounds the scratch memory.
const BLOCK_ROWS: usize = 64;

/// A picture as the engine sees it, with all that it does not compute on set aside.
///
/// [`read`](Picture::read) makes it from pixels; [`write`](Picture::write) turns a result back into
/// pixels and puts what was set aside back.
#[derive(Clone, Debug)]
pub struct Picture {
    /// 3×H×W, network range [-1, 1], sRGB-encoded, every value finite; gray is replicated. It may be
    /// taken out: `write` does not read it.
    pub color: Array3<f32>,
    /// Whether the pixels have luminance only.
    pub gray: bool,
    /// H×W, as stored (nominal 0…1).
    pub alpha: Option<Array2<f32>>,
    /// What the stored values have beyond `color`: (1 or 3)×H×W, to be added in the picture's own
    /// transfer, after multiplication with alpha where that is so stored. Zero inside [0, 1]; infinite
    /// or NaN where the pixel is; all of it where premultiplied colour has no alpha.
    pub excess: Option<Array3<f32>>,
    /// Transfer of the pixels.
    pub transfer: Transfer,
    /// Relation of the pixels' colour to alpha.
    pub alpha_mode: Alpha,
}

impl Picture {
    /// Reads pixels. Values that are NaN, or have no alpha where colour is premultiplied, are computed
    /// on as their nearest usable neighbour to the left (mid-gray where there is none).
    pub fn read(view: &ImageView<'_>) -> Self {
        let layout = *view.layout();
        let (width, height) = (layout.width, layout.height);
        let mut color = Array3::zeros((3, height, width));
        let has_excess = color
            .axis_iter_mut(Axis(1))
            .into_par_iter()
            .enumerate()
            .map(|(y, row)| read_color_row(view, y, row))
            .reduce(|| false, |a, b| a || b);
        let excess = has_excess.then(|| {
            let mut excess = Array3::zeros((color_channels(&layout), height, width));
            excess
                .axis_iter_mut(Axis(1))
                .into_par_iter()
                .enumerate()
                .for_each(|(y, mut row)| {
                    for ((channel, x), value) in row.indexed_iter_mut() {
                        *value = Sample::read(view, x, y, channel).excess;
                    }
                });
            excess
        });
        let alpha = layout.has_alpha().then(|| {
            let mut alpha = Array2::zeros((height, width));
            alpha
                .axis_iter_mut(Axis(0))
                .into_par_iter()
                .enumerate()
                .for_each(|(y, mut row)| {
                    for (x, value) in row.indexed_iter_mut() {
                        *value = view.get(x, y, layout.channels - 1);
                    }
                });
            alpha
        });
        Picture {
            color,
            gray: layout.is_gray(),
            alpha,
            excess,
            transfer: layout.transfer,
            alpha_mode: layout.alpha,
        }
    }

    /// Drops what was set aside where the mask (H×W) is above 0.5, for a result that has new content
    /// there.
    pub fn drop_excess(&mut self, mask: ArrayView2<'_, f32>) {
        if let Some(excess) = &mut self.excess {
            for mut plane in excess.outer_iter_mut() {
                plane.zip_mut_with(&mask, |value, &fill| {
                    if fill > 0.5 {
                        *value = 0.0;
                    }
                });
            }
        }
    }

    /// Channels of the pixels, 1…4.
    pub fn channels(&self) -> usize {
        let color = if self.gray { 1 } else { 3 };
        color + usize::from(self.alpha.is_some())
    }

    /// Writes a result `color` (3×H×W, network range, sRGB-encoded; clamped to it), with alpha and
    /// excess put back. Where `color` is larger than the picture that was read, they are enlarged
    /// bilinearly. A gray picture gets the mean of the three channels.
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

fn color_channels(layout: &Layout) -> usize {
    if layout.is_gray() { 1 } else { 3 }
}

/// One colour sample, split into what is computed on and what is set aside.
struct Sample {
    /// Within [0, 1], straight, in the picture's transfer; `None` where there is nothing usable.
    base: Option<f32>,
    /// Stored value minus what `base` accounts for; exactly 0 for a value in range.
    excess: f32,
}

impl Sample {
    fn read(view: &ImageView<'_>, x: usize, y: usize, channel: usize) -> Self {
        let stored = view.get(x, y, channel);
        let layout = view.layout();
        let coverage = match (layout.alpha, layout.has_alpha()) {
            (Alpha::Premultiplied, true) => coverage(view.get(x, y, layout.channels - 1)),
            _ => 1.0,
        };
        if coverage == 0.0 || stored.is_nan() {
            return Sample {
                base: None,
                excess: stored,
            };
        }
        let straight = stored / coverage;
        if (0.0..=1.0).contains(&straight) {
            return Sample {
                base: Some(straight),
                excess: 0.0,
            };
        }
        let base = straight.clamp(0.0, 1.0);
        Sample {
            base: Some(base),
            excess: stored - coverage * base,
        }
    }
}

/// The factor premultiplied colour carries: alpha, or 0 where alpha is no usable divisor.
fn coverage(alpha: f32) -> f32 {
    if alpha.is_finite() && alpha > 0.0 {
        alpha
    } else {
        0.0
    }
}

/// Fills row `y` of `color` (3×W); tells whether any sample has an excess.
fn read_color_row(view: &ImageView<'_>, y: usize, mut row: ArrayViewMut2<'_, f32>) -> bool {
    let layout = view.layout();
    let mut has_excess = false;
    for channel in 0..color_channels(layout) {
        let mut last = 0.0;
        for x in 0..layout.width {
            let sample = Sample::read(view, x, y, channel);
            if let Some(base) = sample.base {
                last = 2.0 * layout.transfer.to_srgb(base) - 1.0;
            }
            row[[channel, x]] = last;
            has_excess |= sample.excess != 0.0; // True for NaN.
        }
    }
    if layout.is_gray() {
        let (gray, mut others) = row.split_at(Axis(0), 1);
        for mut other in others.outer_iter_mut() {
            other.assign(&gray.row(0));
        }
    }
    has_excess
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
        let excess = self.picture.excess.as_ref();
        let channels = if self.picture.gray { 1 } else { 3 };
        for (x, pixel) in samples.chunks_exact_mut(self.layout.channels).enumerate() {
            let opacity = alpha.map(|plane| enlarged(plane, size, y, x));
            for (channel, sample) in pixel[..channels].iter_mut().enumerate() {
                let excess = excess.map_or(0.0, |planes| {
                    enlarged(planes.index_axis(Axis(0), channel), size, y, x)
                });
                *sample = self.finish(self.base(y, x, channel), opacity, excess);
            }
            if let Some(opacity) = opacity {
                pixel[channels] = opacity;
            }
        }
    }

    /// The result within [0, 1], straight, in the picture's transfer.
    fn base(&self, y: usize, x: usize, channel: usize) -> f32 {
        let network = if self.picture.gray {
            (self.color[[0, y, x]] + self.color[[1, y, x]] + self.color[[2, y, x]]) / 3.0
        } else {
            self.color[[channel, y, x]]
        };
        let encoded = (0.5 * (network + 1.0)).clamp(0.0, 1.0);
        self.picture.transfer.from_srgb(encoded)
    }

    /// Puts alpha and excess back and converts to the output's own transfer and alpha mode.
    fn finish(&self, base: f32, opacity: Option<f32>, excess: f32) -> f32 {
        let factor = opacity.map_or(1.0, coverage);
        let multiplied = |mode: Alpha| match mode {
            Alpha::Premultiplied => factor,
            Alpha::Straight => 1.0,
        };
        // An integer cannot say "not a number"; the computed value is the best there is.
        let excess = if excess.is_nan() && !self.layout.pixel_type.is_float() {
            0.0
        } else {
            excess
        };
        let from = multiplied(self.picture.alpha_mode);
        let stored = base * from + excess;
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
/// plane's pixel centres. What is not finite stays inside its own pixel.
fn enlarged(plane: ArrayView2<'_, f32>, size: [usize; 2], y: usize, x: usize) -> f32 {
    let (height, width) = plane.dim();
    if [height, width] == size {
        return plane[[y, x]];
    }
    let nearest = plane[[y * height / size[0], x * width / size[1]]];
    if !nearest.is_finite() {
        return nearest;
    }
    let (top, bottom, down) = neighbours(y, height, size[0]);
    let (left, right, across) = neighbours(x, width, size[1]);
    let at = |y: usize, x: usize| {
        let value = plane[[y, x]];
        if value.is_finite() { value } else { nearest }
    };
    let upper = at(top, left) * (1.0 - across) + at(top, right) * across;
    let lower = at(bottom, left) * (1.0 - across) + at(bottom, right) * across;
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
