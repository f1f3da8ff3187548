//! The preset `paper`: the published algorithm with its own settings.

use super::preset::{Data, Preset, Situation, Strengths, TWEEDIE};
use crate::diffusion::Sampler;
use crate::priors::PriorKind;
use crate::request::TaskKind;

/// The step s of the paper's α = 1e5 at 256×256×3.
pub const PAPER_STEP: f64 = 1.017_252_604_166_666_7;

/// Section 4 and the appendix of the paper.
pub(super) fn paper(situation: Situation) -> Preset {
    let latent = situation.kind == PriorKind::Latent;
    let gradient = |step: f64, noisy: f64| Data::Gradient {
        step,
        steps: 0,
        noisy,
    };
    let timesteps = |start: f64, noisy_end: f64| Strengths::Timesteps {
        start,
        end: 0.0,
        noisy_end,
    };
    let (rounds, strengths, data) = match situation.task {
        TaskKind::SuperResolve => {
            let step = PAPER_STEP / 100.0 * (situation.scale * situation.scale) as f64;
            (10, timesteps(400.0, 250.0), gradient(step, 1.0))
        }
        TaskKind::Deblur if situation.gaussian_blur.is_some() => {
            (10, timesteps(400.0, 250.0), gradient(PAPER_STEP, 0.1))
        }
        TaskKind::Deblur => {
            let rounds = if latent { 10 } else { 20 };
            (rounds, timesteps(400.0, 300.0), gradient(PAPER_STEP, 0.1))
        }
        TaskKind::Inpaint => {
            let start = if latent { 500.0 } else { 700.0 };
            (
                20,
                timesteps(start, 100.0),
                gradient(PAPER_STEP / 100.0, 1.0),
            )
        }
        // Not in the paper: the deblurring settings with the identity as operator.
        TaskKind::Denoise | TaskKind::Dejpeg => {
            (10, timesteps(400.0, 100.0), gradient(PAPER_STEP, 0.1))
        }
    };
    Preset {
        rounds,
        strengths,
        data,
        sampler: Sampler::Ddim,
        injection: 1.0,
        evidence: "arXiv 2403.06054, Section 4 and appendix",
        ..TWEEDIE
    }
}

/// Eq. (15) and Table 8: σ falls from 1 (5 for inpainting) to 0.
pub(super) fn paper_consistency(task: TaskKind, row: Preset) -> Preset {
    let start = if task == TaskKind::Inpaint { 5.0 } else { 1.0 };
    Preset {
        rounds: 20,
        strengths: Strengths::Timesteps {
            start,
            end: 0.0,
            noisy_end: 0.0,
        },
        sampler: Sampler::Consistency,
        sampler_steps: 1,
        ..row
    }
}
