//! Pixels taken out of the host's memory and put back into it.

use openfx::sys::generic::core::OfxRectI;

use crate::clip::{Components, Depth, Pixels};
use crate::failure::{Failure, Result};

/// Float pixels of our own: rows from the top down, samples interleaved, nothing between them.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Where the pixels lie in the host's pixel coordinates (y upwards).
    pub bounds: OfxRectI,
    /// What each is made of.
    pub components: Components,
    /// Width × height × components.
    pub samples: Vec<f32>,
}

impl Frame {
    /// Copies a host's image.
    ///
    /// # Errors
    /// `Refused` when its samples are not floats.
    pub fn read(pixels: &Pixels) -> Result<Self> {
        if pixels.depth != Depth::Float {
            return Err(Failure::Refused(
                "the host gave an image that is not float, the only depth this node offers".into(),
            ));
        }
        let row_samples = pixels.width() * pixels.components.count();
        let mut samples = vec![0.0_f32; row_samples * pixels.height()];
        for (row, y) in samples
            .chunks_exact_mut(row_samples)
            .zip((pixels.bounds.y1..pixels.bounds.y2).rev())
        {
            let from = pixels.start(pixels.bounds.x1, y);
            let row: &mut [u8] = bytemuck::cast_slice_mut(row);
            // SAFETY: the host vouches for a whole row at `from` while the image is held; `row` is as
            // long and our own.
            unsafe { from.copy_to_nonoverlapping(row.as_mut_ptr(), row.len()) };
        }
        Ok(Frame {
            bounds: pixels.bounds,
            components: pixels.components,
            samples,
        })
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.bounds.x1.abs_diff(self.bounds.x2) as usize
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.bounds.y1.abs_diff(self.bounds.y2) as usize
    }

    /// The samples of pixel (x, y) in the host's coordinates, `None` outside.
    pub fn pixel(&self, x: i32, y: i32) -> Option<&[f32]> {
        if !contains(self.bounds, x, y) {
            return None;
        }
        let column = x.abs_diff(self.bounds.x1) as usize;
        let row = (self.bounds.y2 - 1).abs_diff(y) as usize;
        let count = self.components.count();
        let first = (row * self.width() + column) * count;
        Some(&self.samples[first..first + count])
    }

    /// Writes what lies in `window` and in the output; where the frame has no pixel, transparent black.
    /// A missing alpha becomes 1.
    pub fn write(&self, window: OfxRectI, output: &Pixels) {
        let area = intersection(window, output.bounds);
        if output.depth != Depth::Float || area.x1 >= area.x2 {
            return;
        }
        let count = output.components.count();
        let mut row = vec![0.0_f32; area.x1.abs_diff(area.x2) as usize * count];
        for y in area.y1..area.y2 {
            for (sample, x) in row.chunks_exact_mut(count).zip(area.x1..area.x2) {
                let pixel = self.pixel(x, y);
                self.convert(pixel, output.components, sample);
            }
            let bytes: &[u8] = bytemuck::cast_slice(&row);
            let to = output.start(area.x1, y);
            // SAFETY: the host vouches for the pixels of the row from `to` on while the image is held,
            // and `area` lies within its bounds.
            unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
    }

    fn convert(&self, pixel: Option<&[f32]>, to: Components, sample: &mut [f32]) {
        let Some(pixel) = pixel else {
            sample.fill(0.0);
            return;
        };
        match (self.components, to) {
            (from, to) if from == to => sample.copy_from_slice(pixel),
            (Components::Rgba | Components::Rgb, Components::Rgb) => {
                sample.copy_from_slice(&pixel[..3]);
            }
            (Components::Rgb, Components::Rgba) => {
                sample[..3].copy_from_slice(pixel);
                sample[3] = 1.0;
            }
            (Components::Rgba, Components::Alpha) => sample[0] = pixel[3],
            (Components::Rgb, _) => sample[0] = 1.0,
            (_, _) => {
                sample.fill(pixel[0]);
            }
        }
    }
}

/// Copies the source to the output as it is, within `window`; where there is no source pixel,
/// transparent black.
pub fn copy(source: Option<&Pixels>, window: OfxRectI, output: &Pixels) {
    let same =
        |source: &&Pixels| (source.depth, source.components) == (output.depth, output.components);
    match source {
        Some(source) if same(&source) => copy_bytes(Some(source), window, output),
        Some(source) => match Frame::read(source) {
            Ok(frame) if output.depth == Depth::Float => frame.write(window, output),
            _ => copy_bytes(None, window, output),
        },
        None => copy_bytes(None, window, output),
    }
}

fn copy_bytes(source: Option<&Pixels>, window: OfxRectI, output: &Pixels) {
    let area = intersection(window, output.bounds);
    if area.x1 >= area.x2 {
        return;
    }
    let pixel_bytes = output.pixel_bytes();
    let mut row = vec![0_u8; area.x1.abs_diff(area.x2) as usize * pixel_bytes];
    for y in area.y1..area.y2 {
        if let Some(source) = source {
            let line = OfxRectI {
                y1: y,
                y2: y + 1,
                ..area
            };
            let part = intersection(line, source.bounds);
            row.fill(0);
            if part.x1 < part.x2 && part.y1 < part.y2 {
                let first = area.x1.abs_diff(part.x1) as usize * pixel_bytes;
                let bytes = part.x1.abs_diff(part.x2) as usize * pixel_bytes;
                let from = source.start(part.x1, y);
                // SAFETY: `part` lies within the source, whose rows the host vouches for while the image
                // is held, and within `row`, which is our own.
                unsafe { from.copy_to_nonoverlapping(row[first..].as_mut_ptr(), bytes) };
            }
        }
        let to = output.start(area.x1, y);
        // SAFETY: `area` lies within the output, whose rows the host vouches for while it is held.
        unsafe { to.copy_from_nonoverlapping(row.as_ptr(), row.len()) };
    }
}

fn contains(bounds: OfxRectI, x: i32, y: i32) -> bool {
    (bounds.x1..bounds.x2).contains(&x) && (bounds.y1..bounds.y2).contains(&y)
}

/// What two rectangles share; empty (x1 ≥ x2 or y1 ≥ y2) when nothing.
fn intersection(a: OfxRectI, b: OfxRectI) -> OfxRectI {
    OfxRectI {
        x1: a.x1.max(b.x1),
        y1: a.y1.max(b.y1),
        x2: a.x2.min(b.x2),
        y2: a.y2.min(b.y2),
    }
}
