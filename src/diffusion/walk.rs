//! The way back from x_T along the timesteps of a schedule.

use super::Process;

/// What every sampler with timesteps needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    /// The noise schedule.
    pub process: &'a Process,
    /// Timestep indices visited, rising; at least one.
    pub timesteps: &'a [usize],
    /// ᾱ_prev of the last step of DDIM: 1 returns x̂0 itself, latent models use ᾱ[0].
    pub last_alpha_bar: f64,
    /// Whether x̂0 is clipped to [-1, 1].
    pub clip: bool,
}
