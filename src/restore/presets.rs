//! What `-1` means: the settings of each preset, by task, prior and measurement noise.

use super::purify::Sampler;
use crate::diffusion::Process;
use crate::priors::{PriorInfo, PriorKind};

/// The step s of the paper's α = 1e5 at 256×256×3.
const PAPER_STEP: f64 = 1.017_252_604_166_666_7;

/// What is wrong with the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Noise alone.
    Denoise,
    /// Blur with a known kernel.
    Deblur,
    /// A region to fill.
    Inpaint,
    /// Too few pixels.
    SuperResolve,
}

impl Task {
    /// The task with this canonical name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "denoise" => Task::Denoise,
            "deblur" => Task::Deblur,
            "inpaint" => Task::Inpaint,
            "super-resolve" => Task::SuperResolve,
            _ => return None,
        })
    }

    /// Its canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Task::Denoise => "denoise",
            Task::Deblur => "deblur",
            Task::Inpaint => "inpaint",
            Task::SuperResolve => "super-resolve",
        }
    }
}

/// What a preset depends on.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// The task.
    pub task: Task,
    /// Whether the blur is Gaussian.
    pub gaussian_blur: bool,
    /// The super-resolution factor.
    pub scale: usize,
    /// Noise of the measurement.
    pub noise: Noise,
}

/// Noise of a measurement, as standard deviations in 0…255 units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Known, or estimated from the picture.
    pub level: f64,
    /// Assumed at least, where the strength of data fidelity depends on it: no file is exact.
    pub least: f64,
}

impl Noise {
    /// Noise of a known level.
    pub fn known(level: f64) -> Self {
        let least = ROUNDING_NOISE;
        Noise { level, least }
    }

    /// Noise estimated at `level`. Compression hides noise from an estimate, and for a deconvolution
    /// assuming too little costs far more than too much.
    pub fn estimated(level: f64) -> Self {
        let least = ROUNDING_NOISE.max(1.4 * level + 1.0);
        Noise { level, least }
    }

    /// What a deconvolution assumes, in the network's range.
    pub fn assumed(&self) -> f64 {
        2.0 * self.level.max(self.least) / 255.0
    }
}

/// Every setting that may be `-1`, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Rounds K.
    pub rounds: usize,
    /// Gradient steps τ per round.
    pub gradient_steps: usize,
    /// Step s; the first round's where `data_weight` sets each.
    pub step: f64,
    /// How far data fidelity goes where the strength of a round decides: the step is such that, for
    /// weakly measured components, the pull is `data_weight`·σ_T²/σ_y² (a proximal step's, with the
    /// estimate's error σ_T and the noise σ_y). 0 uses `step` in every round.
    pub data_weight: f64,
    /// Strength of the first round: T, or σ for a consistency prior.
    pub t_start: f64,
    /// Strength of the last round.
    pub t_end: f64,
    /// The sampler.
    pub sampler: Sampler,
    /// Network calls per round, at most.
    pub sampler_steps: usize,
    /// Share of the forward diffusion's noise (its standard deviation) that is injected: 1 is the
    /// paper's, less counts the error already in the estimate as part of x_T.
    pub injection: f64,
}

/// The preset called `name` (`default`, `fast` or `paper`).
pub fn preset(name: &str, situation: Situation, info: &PriorInfo, process: &Process) -> Preset {
    let tuned = || default(name == "fast", situation, process);
    match (info.kind, name) {
        (PriorKind::Consistency, "paper") => consistency(situation, paper(situation, info)),
        (_, "paper") => paper(situation, info),
        (PriorKind::Pixel, _) => tuned(),
        (PriorKind::Consistency, _) => in_sigma(tuned(), situation.task, process),
        (PriorKind::Latent, _) => in_latents(tuned(), situation.task),
    }
}

/// Section 4 and the appendix of the paper, from the table in the documentation.
fn paper(situation: Situation, info: &PriorInfo) -> Preset {
    let noisy = situation.noise.level > 0.0;
    let latent = info.kind == PriorKind::Latent;
    let (step, rounds, t_start, t_end) = match situation.task {
        Task::SuperResolve => {
            let step = PAPER_STEP / 100.0 * (situation.scale * situation.scale) as f64;
            (step, 10, 400.0, if noisy { 250.0 } else { 0.0 })
        }
        Task::Deblur if situation.gaussian_blur && noisy => (PAPER_STEP / 10.0, 10, 400.0, 250.0),
        Task::Deblur if situation.gaussian_blur => (PAPER_STEP, 10, 400.0, 0.0),
        Task::Deblur => {
            let rounds = if latent { 10 } else { 20 };
            match noisy {
                true => (PAPER_STEP / 10.0, rounds, 400.0, 300.0),
                false => (PAPER_STEP, rounds, 400.0, 0.0),
            }
        }
        Task::Inpaint => {
            let start = if latent { 500.0 } else { 700.0 };
            (
                PAPER_STEP / 100.0,
                20,
                start,
                if noisy { 100.0 } else { 0.0 },
            )
        }
        // Not in the paper: the deblurring settings with the identity as operator.
        Task::Denoise if noisy => (PAPER_STEP / 10.0, 10, 400.0, 100.0),
        Task::Denoise => (PAPER_STEP, 10, 400.0, 0.0),
    };
    Preset {
        rounds,
        gradient_steps: if latent {
            1000 / rounds
        } else if rounds == 20 {
            50
        } else {
            100
        },
        step,
        data_weight: 0.0,
        t_start,
        t_end,
        sampler: Sampler::Ddim,
        sampler_steps: 20,
        injection: 1.0,
    }
}

/// Eq. (15) and Table 8: σ falls from 1 (5 for inpainting) to 0.
fn consistency(situation: Situation, preset: Preset) -> Preset {
    Preset {
        rounds: 20,
        gradient_steps: 50,
        t_start: if situation.task == Task::Inpaint {
            5.0
        } else {
            1.0
        },
        t_end: 0.0,
        sampler: Sampler::Consistency,
        sampler_steps: 1,
        injection: 1.0,
        ..preset
    }
}

/// Of 8-bit files: they are rounded, and often compressed.
const ROUNDING_NOISE: f64 = 0.7;

/// Settings for real photographs and a small prior, tuned on the training photos: one Tweedie step per
/// round, no injected noise, and data fidelity as strong as the remaining noise allows.
fn default(fast: bool, situation: Situation, process: &Process) -> Preset {
    let sigma = 2.0 * situation.noise.level / 255.0;
    let strength = |sigma: f64| process.strength_for(sigma) as f64;
    let t_end = strength(sigma.max(2.0 * ROUNDING_NOISE / 255.0));
    let base = Preset {
        rounds: if fast { 4 } else { 8 },
        gradient_steps: 100,
        step: PAPER_STEP,
        data_weight: 1.0,
        t_start: 100.0_f64.max(t_end),
        t_end,
        sampler: Sampler::Tweedie,
        sampler_steps: 20,
        injection: 0.0,
    };
    match situation.task {
        // One call at the strength that the noise already has: the posterior mean.
        Task::Denoise => Preset {
            rounds: 1,
            gradient_steps: 400,
            step: 1.0,
            data_weight: 0.0,
            t_start: strength(sigma),
            t_end: strength(sigma),
            ..base
        },
        Task::Deblur if situation.gaussian_blur => Preset {
            data_weight: 4.0,
            ..base
        },
        Task::Deblur => Preset {
            t_start: 200.0_f64.max(t_end),
            ..base
        },
        Task::SuperResolve => Preset {
            data_weight: 20.0,
            t_start: 60.0_f64.max(t_end),
            ..base
        },
        Task::Inpaint => Preset {
            rounds: if fast { 10 } else { 20 },
            t_start: 700.0,
            // A hole has no error of a known size: only noise hides it from the network.
            injection: 1.0,
            ..base
        },
    }
}

/// The same on the σ axis of a consistency prior.
fn in_sigma(preset: Preset, task: Task, process: &Process) -> Preset {
    let sigma = |t: f64| process.sigma((t as usize).max(1) - 1);
    Preset {
        // A hole as in Table 8; σ is linear over the rounds, and most of a larger one would be lost.
        t_start: match task {
            Task::Inpaint => 5.0,
            _ => sigma(preset.t_start),
        },
        t_end: sigma(preset.t_end),
        sampler: Sampler::Consistency,
        sampler_steps: 1,
        ..preset
    }
}

/// The same for a latent prior, whose noise is that of latents: a little of it hides more of the picture.
fn in_latents(preset: Preset, task: Task) -> Preset {
    let most = match task {
        Task::Deblur => 100.0,
        Task::Inpaint => 500.0,
        Task::Denoise | Task::SuperResolve => f64::INFINITY,
    };
    Preset {
        t_start: preset.t_start.min(most).max(preset.t_end),
        ..preset
    }
}
