//! Simulates a measurement y = A(x) + n. Only `degrade` does this; `restore` takes its input as it is.

use ndarray::{Array3, Zip};

use super::measurement::{Known, build_operator};
use super::plan::task;
use super::presets::Task;
use crate::image::{ImageView, ImageViewMut, Picture};
use crate::math::noise::{NoiseSource, SeededNoise};
use crate::request::Options;
use crate::request::parameters::Id;
use crate::{Error, Result};

/// The round whose noise field is the measurement's; a restoration counts its rounds from 1.
const MEASUREMENT_ROUND: usize = 0;

/// Value of the pixels an inpainting has to fill, network range: black.
const UNKNOWN: f32 = -1.0;

/// Size of the measurement of a picture: ⌈size/scale⌉ for super-resolution, else unchanged.
///
/// # Errors
/// `InvalidOption` when the options name no task.
pub fn measurement_size(options: &Options, width: usize, height: usize) -> Result<(usize, usize)> {
    let scale = match task(options)? {
        Task::SuperResolve => options.integer(Id::Scale).max(1) as usize,
        _ => 1,
    };
    Ok((width.div_ceil(scale), height.div_ceil(scale)))
}

/// Simulates the measurement of `picture` into `output`, of the size [`measurement_size`] gives: the
/// operator of the options' task, then Gaussian noise of standard deviation `noise` (0…255 units; none
/// where it is automatic) from `seed`, both on sRGB-encoded values. An open boundary means `reflect`,
/// the paper's. Pixels to fill become black. Alpha is kept.
///
/// # Errors
/// `MissingOption`, `InvalidOption`, `InvalidImage`, and what reading a kernel file gives.
pub fn degrade(
    options: &Options,
    picture: &ImageView<'_>,
    output: &mut ImageViewMut<'_>,
) -> Result<()> {
    let mut kept = Picture::read(picture);
    let x = std::mem::take(&mut kept.color);
    let (channels, height, width) = x.dim();
    let operator = build_operator(options, Known::Picture([channels, height, width]))?;
    let [channels, height, width] = operator.output_shape();
    let made = output.layout();
    if (made.width, made.height) != (width, height) {
        return Err(Error::InvalidImage(format!(
            "the output is {}x{} pixels; allowed: {width}x{height}, the measurement's size",
            made.width, made.height
        )));
    }
    let mut y = Array3::zeros((channels, height, width));
    operator.measure(x.view(), y.view_mut())?;
    drop(x);
    let sigma = options.number(Id::Noise).max(0.0) as f32 / 127.5;
    if sigma > 0.0 {
        let mut noise = Array3::zeros(y.dim());
        let seed = options.integer(Id::Seed) as u64;
        SeededNoise { seed }.fill(MEASUREMENT_ROUND, 0, &mut noise);
        y.zip_mut_with(&noise, |y, &noise| *y += sigma * noise);
    }
    if let (Task::Inpaint, Some(mask)) = (task(options)?, options.mask()) {
        kept.drop_excess(mask.view());
        for mut plane in y.outer_iter_mut() {
            Zip::from(&mut plane).and(mask).for_each(|y, &fill| {
                if fill > 0.5 {
                    *y = UNKNOWN;
                }
            });
        }
    }
    kept.write(y.view(), output)
}
