//! What the engine must know of a prior, one type for each reader.

use std::collections::BTreeMap;
use std::fmt;

use crate::diffusion::Process;

/// What kind of model a prior is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriorKind {
    /// A diffusion model or Gaussian denoiser of pictures.
    Pixel,
    /// Maps (x_σ, σ) straight to a clean picture (consistency model).
    Consistency,
    /// Predicts noise in the latent space of an autoencoder.
    Latent,
}

/// How the samplers treat a kind of prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplerPolicy {
    /// Only the sampler `consistency` fits it; false: every other one.
    pub consistency: bool,
    /// x̂0 is clipped to [-1, 1].
    pub clips: bool,
    /// Timesteps are spaced as in latent diffusion and end at ᾱ[0], and T = 1 is not bumped to 2.
    pub latent_spacing: bool,
}

impl PriorKind {
    /// How the samplers treat this kind.
    pub fn sampler_policy(self) -> SamplerPolicy {
        SamplerPolicy {
            consistency: self == PriorKind::Consistency,
            clips: self != PriorKind::Latent,
            latent_spacing: self == PriorKind::Latent,
        }
    }
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

/// Which sizes a network takes, in its own pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileRule {
    /// Height and width fed to the network are multiples of this (≥ 1).
    pub size_multiple: usize,
    /// Native tile side, halo included; 0 means any size whole.
    pub tile: usize,
    /// Pixels of context on each side after which a tile's output equals the untiled one.
    pub halo: usize,
    /// Whether some operation sees the whole extent, so that tiles agree only by blending.
    pub global_operations: bool,
    /// Whether the network takes only `tile`×`tile` inputs.
    pub fixed_size: bool,
}

impl TileRule {
    /// The same rule counted in pixels `factor` times finer.
    pub fn finer(self, factor: usize) -> Self {
        TileRule {
            size_multiple: self.size_multiple * factor,
            tile: self.tile * factor,
            halo: self.halo * factor,
            ..self
        }
    }
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
    /// Which sizes the network takes.
    pub tiles: TileRule,
    /// The schedule of timesteps. A network that is told σ has none of its own: T then counts on the
    /// manifest's, else on the schedule of DDPM (arXiv 2006.11239).
    pub process: Process,
    /// Smallest and largest σ the network takes, in network range units.
    pub sigma_range: [f64; 2],
    /// Whether [`Prediction::variance`](super::Prediction::variance) is filled.
    pub learned_variance: bool,
    /// Pixels per latent pixel and side (latent priors; else 1).
    pub downsample: usize,
    /// Size of all network files together, in bytes.
    pub network_bytes: u64,
    /// By task, what the default preset sets: canonical parameter names and their values as text.
    pub defaults: BTreeMap<String, BTreeMap<String, String>>,
}

impl PriorInfo {
    /// The largest strength T whose σ the network takes, 0 where there is none: samplers that walk
    /// down from T need all the levels below it.
    pub fn largest_timestep(&self) -> usize {
        let within = |index: &usize| self.process.sigma(*index) <= self.sigma_range[1];
        (0..self.process.timesteps()).take_while(within).count()
    }

    /// Whether it is a denoiser of photographs, which takes none but their noise.
    pub fn is_denoiser(&self) -> bool {
        self.kind == PriorKind::Pixel && self.largest_timestep() < self.process.timesteps()
    }
}
