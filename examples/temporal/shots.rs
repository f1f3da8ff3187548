//! Shots made from a photograph, with motion that is known, and their restoration.

use std::path::Path;
use std::sync::Arc;

use dcdp::image::{ImageView, ImageViewMut, Layout, OwnedImage, PixelType};
use dcdp::restore::{Context, Report, restore};
use dcdp::testing::math::noise::{NoiseSource, SeededNoise};
use dcdp::{Options, Result};
use ndarray::Array3;

/// Side of the frames.
pub const SIDE: usize = 160;

/// What happens in a shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Still,
    /// The camera turns by 1.5 pixels down and 2.5 to the right per frame.
    Pan,
    /// The same, and a disk with another part of the photograph crosses the other way.
    Object,
    /// In the middle frame another scene begins.
    Cut,
}

/// The photograph as H×W×3, 0…1, twice as fine as the frames.
pub struct Photo(Array3<f32>);

impl Photo {
    /// Reads one of at least 512×512 pixels.
    pub fn read(file: &Path) -> Self {
        let photo = image::open(file).expect("a photograph").to_rgb8();
        let (width, height) = photo.dimensions();
        let values = photo.as_raw().iter().map(|&value| f32::from(value) / 255.0);
        let size = (height as usize, width as usize, 3);
        Photo(Array3::from_shape_vec(size, values.collect()).expect("three samples a pixel"))
    }

    /// The frame whose first pixel covers the fine pixels from `top`, `left` on.
    fn view(&self, top: i64, left: i64) -> Array3<f32> {
        Array3::from_shape_fn((SIDE, SIDE, 3), |(y, x, c)| {
            let at = |dy: i64, dx: i64| {
                let (y, x) = (top + 2 * y as i64 + dy, left + 2 * x as i64 + dx);
                self.0[[y as usize, x as usize, c]]
            };
            0.25 * (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1))
        })
    }

    /// The clean frames of a shot, H×W×3, 0…1.
    pub fn shot(&self, kind: Kind, count: usize) -> Vec<Array3<f32>> {
        let middle = count as i64 / 2;
        (0..count as i64)
            .map(|index| {
                let t = index - middle;
                match kind {
                    Kind::Still => self.view(96, 96),
                    Kind::Pan => self.view(96 + 3 * t, 96 + 5 * t),
                    Kind::Object => self.with_object(t),
                    Kind::Cut if t < 0 => self.view(0, 180),
                    Kind::Cut => self.view(170, 20),
                }
            })
            .collect()
    }

    fn with_object(&self, t: i64) -> Array3<f32> {
        let mut frame = self.view(96 + 3 * t, 96 + 5 * t);
        let (down, right) = (-2 * t, -4 * t);
        let object = self.view(30 - 2 * down, 160 - 2 * right);
        let centre = [80.0 + down as f32, 80.0 + right as f32];
        for ((y, x, c), value) in frame.indexed_iter_mut() {
            let distance = (y as f32 - centre[0]).hypot(x as f32 - centre[1]);
            let part = (26.0 - distance).clamp(0.0, 1.0);
            *value += part * (object[[y, x, c]] - *value);
        }
        frame
    }
}

/// A frame with noise of `sigma` (0…255 units), its own for each `seed`, and no values beyond 0…1.
pub fn noisy(clean: &Array3<f32>, sigma: f32, seed: u64) -> Array3<f32> {
    let mut noise = Array3::zeros(clean.dim());
    SeededNoise { seed }.fill(1, 0, &mut noise);
    (clean + &(noise * (sigma / 255.0))).mapv_into(|value| value.clamp(0.0, 1.0))
}

fn layout(frame: &Array3<f32>) -> Layout {
    let (height, width, channels) = frame.dim();
    Layout::packed(width, height, channels, PixelType::F32)
}

fn bytes(frame: &Array3<f32>) -> Vec<u8> {
    frame.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

/// A frame for [`Options::set_neighbour`].
pub fn owned(frame: &Array3<f32>) -> Arc<OwnedImage> {
    let bytes = bytes(frame);
    let view = ImageView::new(&bytes, layout(frame), 0).expect("packed samples");
    Arc::new(OwnedImage::copy_of(&view).expect("memory"))
}

/// Restores frame `index` of a shot with as many of its neighbours as the options ask for.
///
/// # Errors
/// Those of the restoration.
pub fn restored(
    options: &Options,
    frames: &[Array3<f32>],
    index: usize,
) -> Result<(Array3<f32>, Report)> {
    let mut options = options.clone();
    for offset in [-2, -1, 1, 2_i32] {
        let at = index.checked_add_signed(offset as isize);
        let frame = at.and_then(|at| frames.get(at));
        options.set_neighbour(offset, frame.map(owned))?;
    }
    let (layout, input) = (layout(&frames[index]), bytes(&frames[index]));
    let mut output = vec![0; input.len()];
    let report = restore(
        &Context::new(None)?,
        &options,
        &ImageView::new(&input, layout, 0)?,
        &mut ImageViewMut::new(&mut output, layout, 0)?,
        &mut (),
    )?;
    let values = output
        .chunks_exact(4)
        .map(|value| f32::from_ne_bytes([value[0], value[1], value[2], value[3]]));
    let result = Array3::from_shape_vec(frames[index].dim(), values.collect());
    Ok((result.expect("as many samples"), report))
}

/// PSNR in dB.
pub fn psnr(one: &Array3<f32>, other: &Array3<f32>) -> f64 {
    let sum: f64 = one
        .iter()
        .zip(other)
        .map(|(a, b)| f64::from(a - b).powi(2))
        .sum();
    -10.0 * (sum / one.len() as f64).log10()
}
