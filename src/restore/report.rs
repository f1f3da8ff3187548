//! What a finished restoration did.

use std::collections::BTreeMap;

use serde::Serialize;

use super::neighbours::Neighbourhood;
use crate::data_consistency::DataStep;
use crate::estimate::blur::BlurFinding;
use crate::estimate::noise::NoiseFinding;
use crate::operators::Rho;
use crate::plan::{Algorithm, Plan};
use crate::priors::PriorInfo;
use crate::request::{Value, word};

/// The account of one restoration; serialises to the JSON of `--report`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of the library.
    pub version: &'static str,
    /// The options as given, by canonical name; −1 and `auto` where the preset decided.
    pub options: BTreeMap<&'static str, Value>,
    /// Name of the prior.
    pub model: String,
    /// Device the network ran on.
    pub device: String,
    /// Width and height of the result in pixels.
    pub size: [usize; 2],
    /// The noise given or found.
    pub noise: NoiseFinding,
    /// The blur that was looked for in the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur: Option<BlurFinding>,
    /// How the frames around the input were used, where more than itself was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporal: Option<Neighbourhood>,
    /// What the plan settled on.
    pub plan: Settled,
    /// One entry per round.
    pub rounds: Vec<Round>,
    /// Network calls on the whole picture in all (NFE); calls on a smaller picture count by its area.
    #[serde(serialize_with = "whole")]
    pub network_calls: f64,
    /// Network runs in all, each on one batch of tiles.
    pub tile_calls: usize,
    /// Wall-clock seconds per stage.
    pub seconds: Seconds,
    /// Peak resident memory of the process in MB (10⁶ bytes), 0 where unknown.
    pub peak_memory_mb: f64,
}

/// What a plan settled on besides its rounds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Settled {
    /// The noise σ_y that data steps assume, 0…255 units.
    pub assumed_noise: f64,
    /// Flips and turns of which the mean was taken.
    pub symmetries: usize,
    /// Seeds of which the mean was taken.
    pub seeds: Vec<u64>,
    /// Tile side in network pixels, 0 for the whole picture.
    pub tile: usize,
    /// Network pixels that neighbouring tiles share.
    pub overlap: usize,
    /// Where a latent prior's data fidelity ran.
    pub latent_approach: &'static str,
    /// Smallest gradient step s of Approach I, where the decoder's Jacobian allowed less than planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest_step: Option<f64>,
    /// Where the preset's numbers come from.
    pub evidence: &'static str,
}

/// One round of the outer loop.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// Purification strength: timestep T_k, or σ in network range units.
    pub t: f64,
    /// The purification's noise level σ_k in 0…255 units.
    pub sigma: f64,
    /// The sampler.
    pub sampler: &'static str,
    /// How the data step was taken: `gradient`, `proximal` or `projection`.
    pub data_step: &'static str,
    /// Step s of the gradient steps, as planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// Gradient steps τ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_steps: Option<usize>,
    /// ρ of a proximal step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rho: Option<f64>,
    /// Network calls of this round (NFE).
    pub network_calls: usize,
}

/// Wall-clock seconds per stage.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Seconds {
    /// Opening the model.
    pub load: f64,
    /// Reading pixels, measuring noise and blur, building operator bases.
    pub prepare: f64,
    /// Filling holes before the rounds.
    pub fill: f64,
    /// Aligning and fusing the frames around the input.
    pub align: f64,
    /// Removing JPEG artefacts or what their decoder rounded before the rounds, network calls included.
    pub clean: f64,
    /// Data fidelity.
    pub data_fidelity: f64,
    /// Inside network calls.
    pub network: f64,
    /// Purification outside the network (noise, tiling, sampler arithmetic).
    pub purify: f64,
    /// Writing pixels.
    pub finish: f64,
    /// All of it.
    pub total: f64,
}

/// A count that is whole unless a smaller picture was seen.
fn whole<S: serde::Serializer>(count: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match count.fract() == 0.0 {
        true => serializer.serialize_u64(*count as u64),
        false => serializer.serialize_f64(*count),
    }
}

impl Settled {
    /// Of a plan, and the smallest step where one had to be smaller than planned.
    pub fn of(plan: &Plan, smallest_step: Option<f64>) -> Self {
        Settled {
            assumed_noise: plan.assumed_noise,
            symmetries: plan.symmetries,
            seeds: plan.seeds.clone(),
            tile: plan.tile.tile,
            overlap: plan.tile.overlap,
            latent_approach: word(plan.approach),
            smallest_step,
            evidence: plan.row.evidence,
        }
    }
}

/// The rounds of a plan.
pub fn rounds(plan: &Plan, info: &PriorInfo) -> Vec<Round> {
    let Algorithm::Rounds(rounds) = &plan.algorithm else {
        return Vec::new();
    };
    let describe = |round: &crate::plan::Round| {
        let (gradient, rho) = match &round.data_step {
            DataStep::Gradient(settings) => (Some(settings), None),
            DataStep::Proximal {
                rho: Rho::Uniform(rho),
                ..
            } => (None, Some(*rho)),
            DataStep::Proximal { .. } | DataStep::Project { .. } => (None, None),
        };
        Round {
            t: round.purification.strength.number(),
            sigma: 127.5 * round.purification.strength.sigma(&info.process),
            sampler: word(round.purification.sampler),
            data_step: match &round.data_step {
                DataStep::Gradient(_) => word(crate::request::StepKind::Gradient),
                DataStep::Proximal { .. } => word(crate::request::StepKind::Proximal),
                DataStep::Project { .. } => "projection",
            },
            step: gradient.map(|settings| settings.step),
            gradient_steps: gradient.map(|settings| settings.gradient_steps),
            rho,
            network_calls: round.purification.network_calls(info),
        }
    };
    rounds.rounds.iter().map(describe).collect()
}
