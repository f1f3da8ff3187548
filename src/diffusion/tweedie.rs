//! Tweedie's formula: one step to the posterior mean (Version 2 of the paper).

use ndarray::{Array3, s};

use super::{Predict, Walk, clean_from_noise};
use crate::Result;

/// Replaces x_t by x̂0 = (x_t − √(1−ᾱ)·ε)/√ᾱ at the last timestep of `walk`, which a picture of strength T
/// is at.
///
/// # Errors
/// Those of `predict`.
pub fn tweedie(
    walk: &Walk<'_>,
    x: &mut Array3<f32>,
    buffer: &mut Array3<f32>,
    predict: &mut Predict<'_>,
) -> Result<()> {
    let channels = x.shape()[0];
    let timestep = walk.timesteps.last().copied().unwrap_or(0);
    predict(x.view(), timestep, buffer)?;
    let mut clean = buffer.slice_mut(s![..channels, .., ..]);
    clean_from_noise(
        x.view(),
        clean.view_mut(),
        walk.process.alpha_bar(timestep),
        walk.clip,
    );
    x.assign(&clean);
    Ok(())
}
