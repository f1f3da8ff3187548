//! DDIM, deterministic (η = 0).

use ndarray::{Array3, Zip, s};

use super::{Predict, Walk, clean_from_noise};
use crate::Result;

/// Runs DDIM (arXiv 2010.02502, η = 0) in place from x_T to x̂0 along `walk`. Where that clips x̂0, ε is
/// recomputed from it. `buffer` has as many channels as [`Predict`] fills; its content is lost.
///
/// # Errors
/// Those of `predict`.
pub fn ddim(
    walk: &Walk<'_>,
    x: &mut Array3<f32>,
    buffer: &mut Array3<f32>,
    predict: &mut Predict<'_>,
) -> Result<()> {
    let Walk {
        process, timesteps, ..
    } = *walk;
    let channels = x.shape()[0];
    for (position, &timestep) in timesteps.iter().enumerate().rev() {
        predict(x.view(), timestep, buffer)?;
        let alpha_bar = process.alpha_bar(timestep);
        let previous = match position {
            0 => walk.last_alpha_bar,
            _ => process.alpha_bar(timesteps[position - 1]),
        };
        let mut clean = buffer.slice_mut(s![..channels, .., ..]);
        clean_from_noise(x.view(), clean.view_mut(), alpha_bar, walk.clip);
        let scale = (1.0 / alpha_bar).sqrt() as f32;
        let noise_scale = (1.0 / alpha_bar - 1.0).sqrt() as f32;
        let signal = previous.sqrt() as f32;
        let direction = (1.0 - previous).max(0.0).sqrt() as f32;
        Zip::from(&mut *x).and(&clean).par_for_each(|x, &clean| {
            let noise = (scale * *x - clean) / noise_scale;
            *x = signal * clean + direction * noise;
        });
    }
    Ok(())
}
