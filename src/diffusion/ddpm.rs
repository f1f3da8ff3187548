//! Ancestral sampling: the reverse SDE, eq. (12) of the paper.

use ndarray::{Array3, Axis, Zip, s};

use super::{Predict, StepNoise, Walk, clean_from_noise};
use crate::Result;

/// Runs ancestral sampling (DDPM, arXiv 2006.11239) in place from x_T to x_0 along `walk`,
/// respaced: β' = 1 − ᾱ_t/ᾱ_prev. The last step adds no noise.
///
/// The variance is β', unless `buffer` has twice the channels of `x`: the second half then holds the
/// learned-range value v, and log-variance interpolates between that of the posterior and β'
/// (arXiv 2102.09672). `noise` is called with 1, 2, … for the noise of each step; `scratch` has the
/// shape of `x`, and like `buffer` it loses its content.
///
/// # Errors
/// Those of `predict`.
pub fn ddpm(
    walk: &Walk<'_>,
    x: &mut Array3<f32>,
    [buffer, scratch]: [&mut Array3<f32>; 2],
    predict: &mut Predict<'_>,
    noise: &mut StepNoise<'_>,
) -> Result<()> {
    let Walk {
        process, timesteps, ..
    } = *walk;
    let channels = x.shape()[0];
    let learned = buffer.shape()[0] == 2 * channels;
    for (taken, (position, &timestep)) in timesteps.iter().enumerate().rev().enumerate() {
        predict(x.view(), timestep, buffer)?;
        let alpha_bar = process.alpha_bar(timestep);
        let previous = match position {
            0 => 1.0,
            _ => process.alpha_bar(timesteps[position - 1]),
        };
        let beta = 1.0 - alpha_bar / previous;
        let (mut clean, variance) = buffer.view_mut().split_at(Axis(0), channels);
        clean_from_noise(x.view(), clean.view_mut(), alpha_bar, walk.clip);
        let clean_weight = (previous.sqrt() * beta / (1.0 - alpha_bar)) as f32;
        let sample_weight = ((1.0 - beta).sqrt() * (1.0 - previous) / (1.0 - alpha_bar)) as f32;
        Zip::from(&mut *x)
            .and(&clean)
            .par_for_each(|x, &clean| *x = clean_weight * clean + sample_weight * *x);
        if position == 0 {
            continue;
        }
        noise(taken + 1, scratch);
        if learned {
            let high = beta.ln() as f32;
            let low = (beta * (1.0 - previous) / (1.0 - alpha_bar)).ln() as f32;
            let variance = variance.slice(s![..channels, .., ..]);
            Zip::from(&mut *x)
                .and(&*scratch)
                .and(&variance)
                .par_for_each(|x, &noise, &v| {
                    let share = (v + 1.0) / 2.0;
                    *x += (0.5 * (share * high + (1.0 - share) * low)).exp() * noise;
                });
        } else {
            let deviation = beta.sqrt() as f32;
            Zip::from(&mut *x)
                .and(&*scratch)
                .par_for_each(|x, &noise| *x += deviation * noise);
        }
    }
    Ok(())
}
