//! Sampling with a consistency model, eq. (15) of the paper.

use ndarray::{Array3, ArrayView3, Zip};

use super::StepNoise;
use crate::Result;

/// Maps a noisy sample x_σ and its σ to a clean one, which fills the buffer.
pub type Clean<'a> = dyn FnMut(ArrayView3<'_, f32>, f64, &mut Array3<f32>) -> Result<()> + 'a;

/// σ_1…σ_K: linear from `start` to `end`, clamped to the model's `[smallest, largest]`. One round
/// uses `start`.
pub fn sigma_schedule(rounds: usize, start: f64, end: f64, range: [f64; 2]) -> Vec<f64> {
    (0..rounds)
        .map(|round| {
            let u = match rounds {
                1 => 0.0,
                _ => round as f64 / (rounds - 1) as f64,
            };
            (start + u * (end - start)).clamp(range[0], range[1])
        })
        .collect()
}

/// The σ visited by multistep sampling from `sigma` down: `count` values (at least one), linear in
/// σ^(1/7) as in Karras et al. (arXiv 2206.00364), the model's smallest σ excluded.
pub fn multistep_sigmas(sigma: f64, smallest: f64, count: usize) -> Vec<f64> {
    let count = count.max(1);
    let (high, low) = (sigma.powf(1.0 / 7.0), smallest.powf(1.0 / 7.0));
    (0..count)
        .map(|step| (high + step as f64 / count as f64 * (low - high)).powi(7))
        .collect()
}

/// Purifies in place with a consistency model (arXiv 2303.01469, algorithm 1): for each σ,
/// x_σ = x + √(σ² − σ_min²)·ε (the first σ_1·ε, less the noise of deviation `present` that is there already), x = f(x_σ, σ).
///
/// `noise` is called with 0, 1, … for each σ. The output is clipped to [-1, 1]. `buffer` and `scratch`
/// have the shape of `x`.
///
/// # Errors
/// Those of `clean`.
pub fn consistency(
    sigmas: &[f64],
    smallest: f64,
    present: f64,
    x: &mut Array3<f32>,
    buffer: &mut Array3<f32>,
    scratch: &mut Array3<f32>,
    clean: &mut Clean<'_>,
    noise: &mut StepNoise<'_>,
) -> Result<()> {
    for (step, &sigma) in sigmas.iter().enumerate() {
        let deviation = match step {
            0 => (sigma * sigma - present * present).max(0.0).sqrt(),
            _ => (sigma * sigma - smallest * smallest).max(0.0).sqrt(),
        } as f32;
        noise(step, scratch);
        Zip::from(&mut *x)
            .and(&*scratch)
            .par_for_each(|x, &noise| *x += deviation * noise);
        clean(x.view(), sigma, buffer)?;
        Zip::from(&mut *x)
            .and(&*buffer)
            .par_for_each(|x, &clean| *x = clean.clamp(-1.0, 1.0));
    }
    Ok(())
}
