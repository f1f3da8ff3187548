//! Priors: what a diffusion model believes pictures look like.
//!
//! A [`Prior`] evaluates its network on one batch of equally sized tiles; it knows nothing of the
//! picture, the operator or the sampler. Any prior answers both [noise levels](NoiseLevel), except that
//! a consistency model has no timesteps.

use ndarray::{Array4, ArrayView4};

use crate::Result;
use crate::runtime::{Cancel, Device};

mod consistency;
mod denoiser;
mod folder;
mod gaussian;
mod info;
mod latent;
mod manifest;
mod network;
mod onnx_file;
mod open;
mod pixel;
mod trial;
mod validation;
mod value_range;

pub use folder::ModelFolder;
pub use gaussian::GaussianPrior;
pub use info::{PriorInfo, PriorKind, SamplerPolicy, TileRule};
pub use manifest::{
    BetaSchedule, FileEntry, Files, Inputs, Manifest, Outputs, PredictionTarget, Setting, TimeInput,
};
pub use open::{find, list, open, verify};

/// How noisy a sample is, and with it what is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoiseLevel {
    /// Index 0…timesteps−1 of the training schedule: the sample is x_t = √ᾱ·x + √(1−ᾱ)·ε, the answer
    /// is ε.
    Timestep(usize),
    /// Standard deviation σ, in network range units, of a sample that is not scaled: x_σ = x + σ·ε. The
    /// answer is the posterior mean D(x_σ, σ), an estimate of x.
    Sigma(f64),
}

/// A network's answer for one batch, N×C×H×W.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The predicted noise ε at a timestep, the predicted clean sample at a σ.
    pub sample: Array4<f32>,
    /// Raw learned-range variance output v in [-1, 1], for models that have it.
    pub variance: Option<Array4<f32>>,
}

/// A pretrained model of pictures.
pub trait Prior: Send + Sync {
    /// The facts of the model.
    fn info(&self) -> &PriorInfo;

    /// Where it runs; never `Auto`.
    fn device(&self) -> Device {
        Device::Cpu
    }

    /// Evaluates the network on a batch `x` (N×C×H×W, H and W multiples of `size_multiple`) at one
    /// noise level.
    ///
    /// A diffusion network answers a σ at the timestep nearest to it in log σ. A Gaussian denoiser answers
    /// a σ beyond its largest one as if it were that, and logs a warning.
    ///
    /// # Errors
    /// `Network` when the runtime fails, `Cancelled` when `cancel` was raised during the call; `Internal`
    /// for a timestep outside the schedule or, with a Gaussian denoiser, beyond its largest σ, which only
    /// a caller that did not check the plan asks for.
    fn predict(
        &self,
        x: ArrayView4<'_, f32>,
        level: NoiseLevel,
        cancel: &Cancel,
    ) -> Result<Prediction>;

    /// The autoencoder of a latent prior.
    fn first_stage(&self) -> Option<&dyn FirstStage> {
        None
    }
}

/// The autoencoder of a latent prior. Latents here carry the scale factor: `z = latent_scale·E(x)`.
pub trait FirstStage: Send + Sync {
    /// z = E(x): N×3×H×W in [-1, 1] to N×C×h×w.
    ///
    /// # Errors
    /// As [`Prior::predict`].
    fn encode(&self, x: ArrayView4<'_, f32>, cancel: &Cancel) -> Result<Array4<f32>>;

    /// x = D(z).
    ///
    /// # Errors
    /// As [`Prior::predict`].
    fn decode(&self, z: ArrayView4<'_, f32>, cancel: &Cancel) -> Result<Array4<f32>>;

    /// J_D(z)ᵀ·u for a cotangent `u` shaped like D(z).
    ///
    /// # Errors
    /// As [`Prior::predict`]; `Model` when the folder has no `decoder_vjp` graph.
    fn decode_vjp(
        &self,
        z: ArrayView4<'_, f32>,
        u: ArrayView4<'_, f32>,
        cancel: &Cancel,
    ) -> Result<Array4<f32>>;
}
