//! Purification: forward diffusion to strength T, then one sampler back.

use ndarray::Array3;

use super::network::Network;
use super::progress::Monitor;
use crate::diffusion::{
    self, Step, Strength, consistency, ddim, ddpm, latent_timesteps, multistep, space_timesteps,
    tweedie,
};
use crate::math::noise::NoiseSource;
use crate::priors::{NoiseLevel, PriorInfo};
use crate::{Error, Result};

/// Which sampler runs back from x_T.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampler {
    /// Deterministic DDIM.
    Ddim,
    /// Ancestral DDPM (reverse SDE).
    Ddpm,
    /// One Tweedie step.
    Tweedie,
    /// A consistency model.
    Consistency,
}

impl Sampler {
    /// The sampler with this canonical name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ddim" => Sampler::Ddim,
            "ddpm" => Sampler::Ddpm,
            "tweedie" => Sampler::Tweedie,
            "consistency" => Sampler::Consistency,
            _ => return None,
        })
    }

    /// Its canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Sampler::Ddim => "ddim",
            Sampler::Ddpm => "ddpm",
            Sampler::Tweedie => "tweedie",
            Sampler::Consistency => "consistency",
        }
    }
}

/// One purification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purification {
    /// The sampler.
    pub sampler: Sampler,
    /// Most network calls it takes; 0 visits every timestep.
    pub sampler_steps: usize,
    /// Strength: T ≥ 1, or σ for a consistency model.
    pub strength: Strength,
    /// Standard deviation (network range) of the noise the sample already carries, which counts as
    /// part of x_T; 0 for the paper's algorithm.
    pub present: f64,
}

impl Purification {
    /// Timestep indices visited, rising (empty for a consistency model).
    ///
    /// T = 1 counts as 2 after noising, as in the authors' code; latent priors have no such bump.
    pub fn timesteps(&self, info: &PriorInfo) -> Vec<usize> {
        let latent = info.kind.sampler_policy().latent_spacing;
        let strength = self.strength.timestep(&info.process);
        let strength = if latent { strength } else { strength.max(2) };
        match self.sampler {
            Sampler::Consistency => Vec::new(),
            Sampler::Tweedie => vec![strength.clamp(1, info.process.timesteps()) - 1],
            Sampler::Ddim if latent => latent_timesteps(strength, self.sampler_steps),
            Sampler::Ddim | Sampler::Ddpm => space_timesteps(strength, self.sampler_steps),
        }
    }

    /// Whether noise is drawn: none where the sample already carries all that the strength asks for.
    pub fn draws_noise(&self, info: &PriorInfo) -> bool {
        match self.sampler {
            Sampler::Ddpm => true,
            Sampler::Consistency => self.consistency(info).iter().any(|step| step.added > 0.0),
            Sampler::Ddim | Sampler::Tweedie => {
                let strength = self.strength.timestep(&info.process);
                info.process.missing_noise(strength, self.present) > 0.0
            }
        }
    }

    /// The calls of a consistency model.
    fn consistency(&self, info: &PriorInfo) -> Vec<Step> {
        multistep(
            self.strength.sigma(&info.process),
            info.sigma_range[0],
            self.sampler_steps,
            self.present,
        )
    }

    /// Network calls it takes (NFE).
    pub fn network_calls(&self, info: &PriorInfo) -> usize {
        match self.sampler {
            Sampler::Consistency => self.sampler_steps.max(1),
            _ => self.timesteps(info).len(),
        }
    }
}

/// Reused buffers of a run.
pub struct Buffers {
    /// What the network fills.
    pub prediction: Array3<f32>,
    /// Noise fields; empty until noise is drawn.
    pub noise: Array3<f32>,
}

impl Buffers {
    /// For samples of `height`×`width` and a network of `channels` outputs.
    pub fn new(channels: usize, height: usize, width: usize) -> Self {
        Buffers {
            prediction: Array3::zeros((channels, height, width)),
            noise: Array3::default((0, 0, 0)),
        }
    }
}

/// Purifies `x` (C×H×W) in place. `round` is 1…K and keys the noise.
///
/// # Errors
/// Those of the prior; `Cancelled`; `InvalidOption` when the sampler does not fit the prior.
#[allow(clippy::too_many_arguments)] // One call site; a struct would only rename them.
pub fn purify(
    network: &mut Network<'_>,
    purification: &Purification,
    round: usize,
    x: &mut Array3<f32>,
    noise: &dyn NoiseSource,
    buffers: &mut Buffers,
    monitor: &mut dyn Monitor,
) -> Result<()> {
    let info = network.prior().info();
    let process = &info.process;
    check_sampler(purification.sampler, info)?;
    let Buffers {
        prediction,
        noise: field,
    } = buffers;
    if purification.draws_noise(info) && field.is_empty() {
        *field = Array3::zeros(x.raw_dim());
    }
    let steps = purification.network_calls(info);
    let mut calls = 0;
    if purification.sampler == Sampler::Consistency {
        return consistency(
            &purification.consistency(info),
            x,
            prediction,
            field,
            &mut |x, sigma, out| {
                calls += 1;
                monitor.enter("purify", round, calls, steps)?;
                network.predict(x, NoiseLevel::Sigma(sigma), out, monitor)
            },
            &mut |step, out| noise.fill(round, step, out),
        );
    }

    let strength = purification.strength.timestep(process);
    if process.missing_noise(strength, purification.present) > 0.0 {
        noise.fill(round, 0, field);
    }
    process.diffuse(x, field, strength, purification.present);
    let timesteps = purification.timesteps(info);
    let policy = info.kind.sampler_policy();
    let clip = policy.clips;
    let mut predict = |x: ndarray::ArrayView3<'_, f32>, t: usize, out: &mut Array3<f32>| {
        calls += 1;
        monitor.enter("purify", round, calls, steps)?;
        network.predict(x, NoiseLevel::Timestep(t), out, monitor)
    };
    match purification.sampler {
        Sampler::Ddim => {
            let last = match policy.latent_spacing {
                true => process.alpha_bar(0),
                false => 1.0,
            };
            ddim(process, &timesteps, last, clip, x, prediction, &mut predict)
        }
        Sampler::Ddpm => ddpm(
            process,
            &timesteps,
            clip,
            x,
            prediction,
            field,
            &mut predict,
            &mut |step, out| noise.fill(round, step, out),
        ),
        Sampler::Tweedie | Sampler::Consistency => {
            tweedie(process, timesteps[0], clip, x, prediction, &mut predict)
        }
    }
}

/// Checks that a prior can be sampled this way.
///
/// # Errors
/// `InvalidOption` (`sampler`).
pub fn check_sampler(sampler: Sampler, info: &PriorInfo) -> Result<()> {
    let consistency = info.kind.sampler_policy().consistency;
    if (sampler == Sampler::Consistency) == consistency {
        return Ok(());
    }
    let allowed = if consistency {
        "consistency, since the model is a consistency model"
    } else {
        "ddim | ddpm | tweedie, since the model is no consistency model"
    };
    Err(Error::invalid("sampler", sampler.name(), allowed))
}

/// The strength T that a prior runs with: one call beyond its largest σ is made at that σ, with a warning.
///
/// # Errors
/// `InvalidOption` (`t_start`) for a sampler that walks down from a level the model does not know.
pub fn within_range(sampler: Sampler, t: usize, info: &PriorInfo) -> Result<usize> {
    let largest = info.largest_timestep();
    if t <= largest {
        return Ok(t);
    }
    let (name, sigma) = (&info.name, 127.5 * info.sigma_range[1]);
    if sampler != Sampler::Tweedie {
        let sampler = sampler.name();
        let allowed = format!(
            "at most {largest} with sampler {sampler}, since model {name} removes noise up to σ \
             {sigma:.1} only; sampler tweedie, or a diffusion model such as photo"
        );
        return Err(Error::invalid("t_start", t, allowed));
    }
    log::warn!(
        "model {name} removes noise up to σ {sigma:.1}: strength {t} is taken for {largest}"
    );
    Ok(largest)
}

/// The strengths σ_1…σ_K of a consistency prior.
pub fn sigma_schedule(info: &PriorInfo, rounds: usize, start: f64, end: f64) -> Vec<f64> {
    diffusion::sigma_schedule(rounds, start, end, info.sigma_range)
}
