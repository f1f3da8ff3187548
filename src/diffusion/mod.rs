//! The diffusion process: noise schedule, timesteps, and one file per sampler.
//!
//! Samplers take a closure that predicts noise, so nothing here knows a prior or a picture's size.

use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip};

use crate::Result;

mod consistency;
mod ddim;
mod ddpm;
mod process;
mod sampler;
mod schedule;
mod strength;
mod timesteps;
mod tweedie;
mod walk;

pub use consistency::{Step, consistency, multistep, sigma_schedule};
pub use ddim::ddim;
pub use ddpm::ddpm;
pub use process::Process;
pub use sampler::Sampler;
pub use schedule::{Schedule, log_schedule, timestep_schedule};
pub use strength::Strength;
pub use timesteps::{latent_timesteps, space_timesteps};
pub use tweedie::tweedie;
pub use walk::Walk;

/// Predicts the noise ε in a sample: gets x_t (C×H×W) and its timestep index, and fills the buffer,
/// which has C channels, or 2C where the model also predicts its variance (ε first).
pub type Predict<'a> = dyn FnMut(ArrayView3<'_, f32>, usize, &mut Array3<f32>) -> Result<()> + 'a;

/// Supplies standard normal noise: fills the buffer with the field of one sampler step.
pub type StepNoise<'a> = dyn FnMut(usize, &mut Array3<f32>) + 'a;

/// Turns predicted noise into the predicted clean sample in place:
/// x̂0 = (x_t − √(1−ᾱ)·ε)/√ᾱ, clipped to [-1, 1] on request.
fn clean_from_noise(
    x: ArrayView3<'_, f32>,
    mut noise: ArrayViewMut3<'_, f32>,
    alpha_bar: f64,
    clip: bool,
) {
    // In f64: at large timesteps both terms are a hundred times their difference.
    let scale = (1.0 / alpha_bar).sqrt();
    let noise_scale = (1.0 / alpha_bar - 1.0).sqrt();
    Zip::from(&mut noise).and(x).par_for_each(|noise, &x| {
        let clean = (scale * f64::from(x) - noise_scale * f64::from(*noise)) as f32;
        *noise = if clip { clean.clamp(-1.0, 1.0) } else { clean };
    });
}
