//! What a preset says, and what it depends on.

use crate::diffusion::Sampler;
use crate::priors::PriorKind;
use crate::request::TaskKind;

/// How the strengths of the rounds are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strengths {
    /// The measurement's own noise, in one round: the posterior mean.
    Noise,
    /// σ even in log from `start` to `end` (0…255 units), but never below the noise assumed.
    Log {
        /// First σ.
        start: f64,
        /// Last σ.
        end: f64,
    },
    /// Timesteps, linear, from `start` to `end` (`noisy_end` with measurement noise).
    Timesteps {
        /// First T.
        start: f64,
        /// Last T without noise.
        end: f64,
        /// Last T with noise.
        noisy_end: f64,
    },
    /// These multiples of √t2 (0…255 units), t2 that of [`Seen::quantisation`](super::Seen::quantisation).
    Quantisation(&'static [f64]),
}

/// How the data step of a round is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Data {
    /// The paper's momentum steps: τ of size s, s·`noisy` with measurement noise.
    Gradient {
        /// Step s.
        step: f64,
        /// τ; 0 shares 1000 among the rounds.
        steps: usize,
        /// Factor on s with measurement noise.
        noisy: f64,
    },
    /// Eq. (8) solved with ρ = σ_y²/(w·σ_k²).
    Proximal {
        /// w of the rounding of a file.
        weight: f64,
        /// w of noise, and of a measurement whose blur was estimated.
        noisy_weight: f64,
        /// Noise (standard deviation in 0…255 units) at which its w is twice `noisy_weight`. Fainter noise is
        /// trusted more: w = `noisy_weight`·(1 + `faint`²/noise²), noise being what rounding does not explain. 0 for one w at any noise.
        faint: f64,
        /// w of a JPEG source.
        jpeg_weight: f64,
    },
    /// Known values are exact.
    Exact,
    /// Projection on this share of the JPEG file's quantisation cells.
    Cells {
        /// 1 is the whole cell.
        share: f64,
    },
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Rounds K.
    pub rounds: usize,
    /// The strengths.
    pub strengths: Strengths,
    /// The data steps.
    pub data: Data,
    /// The sampler.
    pub sampler: Sampler,
    /// Network calls per round, at most.
    pub sampler_steps: usize,
    /// Share of the forward diffusion's noise (its standard deviation) that is injected: 1 is the
    /// paper's, 0 counts the error already in the estimate as all of it.
    pub injection: f64,
    /// Factor on what a purification changes.
    pub relaxation: f64,
    /// Flips and turns of which the mean is taken, 1 or 8.
    pub symmetries: usize,
    /// Seeds of which the mean is taken.
    pub samples: usize,
    /// Where the numbers come from.
    pub evidence: &'static str,
}

/// What a preset depends on besides its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation {
    /// The task.
    pub task: TaskKind,
    /// Standard deviation, in pixels, of a blur that is Gaussian.
    pub gaussian_blur: Option<f64>,
    /// t2 of a JPEG file, that of [`Seen::quantisation`](super::Seen::quantisation).
    pub quantisation: Option<f64>,
    /// The super-resolution factor.
    pub scale: usize,
    /// The kind of prior.
    pub kind: PriorKind,
    /// Whether the operator is the caller's own: what it leaves open has no known place or shape.
    pub own_operator: bool,
}

/// One Tweedie call per round, no noise injected.
pub(super) const TWEEDIE: Preset = Preset {
    rounds: 8,
    strengths: Strengths::Noise,
    data: Data::Exact,
    sampler: Sampler::Tweedie,
    sampler_steps: 20,
    injection: 0.0,
    relaxation: 1.0,
    symmetries: 1,
    samples: 1,
    evidence: "",
};
