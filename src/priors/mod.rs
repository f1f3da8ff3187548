//! Priors: what a diffusion model believes pictures look like.
//!
//! A [`Prior`] evaluates its network on one batch of equally sized tiles; it knows nothing of the
//! picture, the operator or the sampler.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::{Array4, ArrayView4};

use crate::Result;
use crate::runtime::{Cancel, Device};

mod consistency;
mod folder;
mod gaussian;
mod latent;
mod manifest;
mod network;
mod onnx_file;
mod open;
mod pixel;
mod validation;

pub use folder::ModelFolder;
pub use gaussian::GaussianPrior;
pub use manifest::{
    FileEntry, Files, Inputs, Manifest, Outputs, PredictionTarget, Setting, TimeInput,
};
pub use open::{find, list, open, verify};

/// What kind of diffusion model a prior is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriorKind {
    /// Predicts noise in pixels at an integer timestep.
    Pixel,
    /// Maps (x_σ, σ) straight to a clean picture (consistency model).
    Consistency,
    /// Predicts noise in the latent space of an autoencoder.
    Latent,
}

impl fmt::Display for PriorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PriorKind::Pixel => "pixel",
            PriorKind::Consistency => "consistency",
            PriorKind::Latent => "latent",
        })
    }
}

/// The variance-preserving schedule a network was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// β linear in t.
    Linear,
    /// √β linear in t.
    ScaledLinear,
}

/// What the engine needs to know of a prior, read from its manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorInfo {
    /// Name, as given in the manifest.
    pub name: String,
    /// Kind of model.
    pub kind: PriorKind,
    /// Channels of the sample the network takes (3, or the latent channels).
    pub channels: usize,
    /// Height and width fed to the network are multiples of this (≥ 1).
    pub size_multiple: usize,
    /// Native tile side in network pixels, halo included; 0 means any size whole.
    pub tile: usize,
    /// Pixels of context on each side after which a tile's output equals the untiled one.
    pub halo: usize,
    /// Whether some operation sees the whole extent, so that tiles agree only by blending.
    pub global_operations: bool,
    /// Whether the network takes only `tile`×`tile` inputs.
    pub fixed_size: bool,
    /// Number of training timesteps (1000 as a rule).
    pub timesteps: usize,
    /// The training schedule.
    pub beta_schedule: BetaSchedule,
    /// First β.
    pub beta_start: f64,
    /// Last β.
    pub beta_end: f64,
    /// Whether [`Prediction::variance`] is filled.
    pub learned_variance: bool,
    /// Smallest and largest σ of a consistency model (network range units); unused otherwise.
    pub sigma_range: [f64; 2],
    /// Factor between the encoder's output and what the network sees (latent priors; else 1).
    pub latent_scale: f64,
    /// Pixels per latent pixel and side (latent priors; else 1).
    pub downsample: usize,
    /// Size of all network files together, in bytes.
    pub network_bytes: u64,
    /// By task, what the default preset sets: canonical parameter names and their values as text.
    pub defaults: BTreeMap<String, BTreeMap<String, String>>,
}

/// How noisy a sample is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoiseLevel {
    /// Index 0…timesteps−1 of the training schedule (x_t = √ᾱ·x + √(1−ᾱ)·ε).
    Timestep(usize),
    /// Standard deviation σ of a variance-exploding sample (x_σ = x + σ·ε).
    Sigma(f64),
}

/// A network's answer for one batch, N×C×H×W.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// Predicted noise ε for pixel and latent priors, predicted clean sample for consistency priors.
    pub sample: Array4<f32>,
    /// Raw learned-range variance output v in [-1, 1], for models that have it.
    pub variance: Option<Array4<f32>>,
}

/// A pretrained diffusion model.
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
    /// # Errors
    /// `Network` when the runtime fails, `Cancelled` when `cancel` was raised during the call.
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
