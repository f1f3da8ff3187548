//! Simulates a measurement y = A(x) + n. Only `degrade` does this; `restore` takes its input as it is.

use ndarray::{Array3, Axis, Zip};

use crate::image::{ImageView, ImageViewMut, Picture};
use crate::math::noise::{NoiseSource, SeededNoise};
use crate::plan::{Known, build_operator};
use crate::request::{NoiseLevel, Options, Request, Task};
use crate::{Error, Result};

/// The round whose noise field is the measurement's; a restoration counts its rounds from 1.
const MEASUREMENT_ROUND: usize = 0;

/// Value of the pixels an inpainting has to fill, network range: black.
const UNKNOWN: f32 = -1.0;

/// Simulates the measurement of `picture` into `output`, of the size [`measurement_size`](crate::request::measurement_size) gives: the
/// operator of the options' task (a blur in linear light unless `blur_light` or the preset `paper` says
/// otherwise), then Gaussian noise of standard deviation `noise` (0…255 units of sRGB codes; none where it
/// is automatic; one field for gray pictures, else one a channel) from `seed`. An open boundary means `reflect`, the paper's. Pixels to fill become black.
/// Alpha is kept.
///
/// # Errors
/// `MissingOption`, `InvalidOption`, `InvalidImage`, and what reading a kernel file gives.
pub fn degrade(
    options: &Options,
    picture: &ImageView<'_>,
    output: &mut ImageViewMut<'_>,
) -> Result<()> {
    let request = Request::parse(options)?;
    let mut kept = Picture::read(picture);
    let x = std::mem::take(&mut kept.color);
    let (channels, height, width) = x.dim();
    let operator = build_operator(&request, Known::Picture([channels, height, width]), None)?;
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
    if let NoiseLevel::Known(sigma) = request.noise {
        let mut noise = Array3::zeros(y.dim());
        SeededNoise { seed: request.seed }.fill(MEASUREMENT_ROUND, 0, &mut noise);
        if kept.gray {
            // One channel has one field: the mean of three would have a third of the variance.
            let field = noise.index_axis(Axis(0), 0).to_owned();
            noise
                .outer_iter_mut()
                .for_each(|mut plane| plane.assign(&field));
        }
        let sigma = sigma as f32 / 127.5;
        y.zip_mut_with(&noise, |y, &noise| *y += sigma * noise);
    }
    if let Task::Inpaint(inpaint) = &request.task
        && let Some(mask) = &inpaint.mask
    {
        for mut plane in y.outer_iter_mut() {
            Zip::from(&mut plane).and(&**mask).for_each(|y, &fill| {
                if fill > 0.5 {
                    *y = UNKNOWN;
                }
            });
        }
    }
    kept.write(y.view(), output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Layout, PixelType};

    #[test]
    fn gray_pictures_get_the_noise_that_was_asked_for() {
        let mut options = Options::new();
        options.set_string("task", "denoise").unwrap();
        options.set_number("noise", 12.0).unwrap();
        for channels in [1, 3] {
            let layout = Layout::packed(64, 50, channels, PixelType::U8);
            let clean = vec![120u8; 64 * 50 * channels];
            let mut noisy = clean.clone();
            degrade(
                &options,
                &ImageView::new(&clean, layout, 0).unwrap(),
                &mut ImageViewMut::new(&mut noisy, layout, 0).unwrap(),
            )
            .unwrap();
            let squares: f64 = noisy
                .iter()
                .map(|&value| (f64::from(value) - 120.0).powi(2))
                .sum();
            let sigma = (squares / noisy.len() as f64).sqrt();
            assert!((sigma - 12.0).abs() < 0.5, "{channels} channels: {sigma}");
        }
    }
}
