//! One purification: how far towards the prior, by which sampler.

use crate::diffusion::{Sampler, Step, Strength, latent_timesteps, multistep, space_timesteps};
use crate::priors::PriorInfo;
use crate::request::parameters::Id;
use crate::request::word;
use crate::{Error, Result};

/// One purification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purification {
    /// The sampler.
    pub sampler: Sampler,
    /// Most network calls it takes; 0 visits every timestep.
    pub sampler_steps: usize,
    /// Strength: T ≥ 1, or σ.
    pub strength: Strength,
    /// Standard deviation (network range) of the noise the sample already carries, which counts as
    /// part of x_T; 0 for the paper's algorithm.
    pub present: f64,
    /// Factor on what the purification changes; above 1 it over-relaxes.
    pub relaxation: f64,
}

impl Purification {
    /// Whether it is one call at σ on an unscaled picture, D(x, σ), which needs no timestep.
    pub fn is_direct(&self, info: &PriorInfo) -> bool {
        let Strength::Sigma(sigma) = self.strength else {
            return false;
        };
        let latent = info.kind.sampler_policy().latent_spacing;
        self.sampler == Sampler::Tweedie && !latent && self.present >= sigma
    }

    /// Timestep indices visited, rising (empty for a consistency model).
    ///
    /// T = 1 counts as 2 after noising, as in the authors' code; strengths given as σ and latent priors
    /// have no such bump.
    pub fn timesteps(&self, info: &PriorInfo) -> Vec<usize> {
        let latent = info.kind.sampler_policy().latent_spacing;
        let strength = match self.strength {
            Strength::Timestep(t) if !latent => t.max(2),
            strength => strength.timestep(&info.process),
        };
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
            Sampler::Consistency => self.multistep(info).iter().any(|step| step.added > 0.0),
            Sampler::Ddim | Sampler::Tweedie => {
                let strength = self.strength.timestep(&info.process);
                !self.is_direct(info) && info.process.missing_noise(strength, self.present) > 0.0
            }
        }
    }

    /// The calls of a consistency model.
    pub fn multistep(&self, info: &PriorInfo) -> Vec<Step> {
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

/// Checks that a prior can be sampled this way.
///
/// # Errors
/// `InvalidOption` (`sampler`).
pub fn check_sampler(sampler: Sampler, info: &PriorInfo) -> Result<()> {
    let consistency = info.kind.sampler_policy().consistency;
    if (sampler == Sampler::Consistency) == consistency {
        return Ok(());
    }
    let names = |samplers: &[Sampler]| {
        let words: Vec<_> = samplers.iter().map(|&sampler| word(sampler)).collect();
        words.join(" | ")
    };
    let allowed = match consistency {
        true => format!(
            "{}, since the model is a consistency model",
            names(&[Sampler::Consistency])
        ),
        false => format!(
            "{}, since the model is no consistency model",
            names(&[Sampler::Ddim, Sampler::Ddpm, Sampler::Tweedie])
        ),
    };
    Err(Error::invalid(Id::Sampler.name(), word(sampler), allowed))
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
        let allowed = format!(
            "at most {largest} with sampler {}, since model {name} removes noise up to σ {sigma:.1} \
             only; sampler {}, or a diffusion model such as photo",
            word(sampler),
            word(Sampler::Tweedie),
        );
        return Err(Error::invalid(Id::TStart.name(), t, allowed));
    }
    log::warn!(
        "model {name} removes noise up to σ {sigma:.1}: strength {t} is taken for {largest}"
    );
    Ok(largest)
}
