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

/// One call of a consistency model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The noise level σ it is told.
    pub sigma: f64,
    /// Standard deviation of the noise added before.
    pub added: f64,
}

/// Multistep sampling from `sigma` down (arXiv 2303.01469, algorithm 1): `count` steps (at least one),
/// their levels linear in σ^(1/7) as in Karras et al. (arXiv 2206.00364), the model's `smallest` σ
/// excluded. The first adds σ·ε, less the noise of deviation `present` that the sample carries; the
/// others √(σ² − σ_min²)·ε.
pub fn multistep(sigma: f64, smallest: f64, count: usize, present: f64) -> Vec<Step> {
    let count = count.max(1);
    let (high, low) = (sigma.powf(1.0 / 7.0), smallest.powf(1.0 / 7.0));
    (0..count)
        .map(|step| {
            let (sigma, carried) = match step {
                0 => (sigma, present),
                _ => (
                    (high + step as f64 / count as f64 * (low - high)).powi(7),
                    smallest,
                ),
            };
            let added = (sigma * sigma - carried * carried).max(0.0).sqrt();
            Step { sigma, added }
        })
        .collect()
}

/// Purifies in place with a consistency model: at each step x_σ = x + added·ε, x = f(x_σ, σ).
///
/// `noise` is called with 0, 1, … for each step that adds some. `clean` clips what it
/// gives. `buffer` has the shape of `x`, and `scratch` where noise is added.
///
/// # Errors
/// Those of `clean`.
pub fn consistency(
    steps: &[Step],
    x: &mut Array3<f32>,
    buffer: &mut Array3<f32>,
    scratch: &mut Array3<f32>,
    clean: &mut Clean<'_>,
    noise: &mut StepNoise<'_>,
) -> Result<()> {
    for (index, &Step { sigma, added }) in steps.iter().enumerate() {
        if added > 0.0 {
            noise(index, scratch);
            Zip::from(&mut *x)
                .and(&*scratch)
                .par_for_each(|x, &noise| *x += added as f32 * noise);
        }
        clean(x.view(), sigma, buffer)?;
        Zip::from(&mut *x)
            .and(&*buffer)
            .par_for_each(|x, &clean| *x = clean);
    }
    Ok(())
}
