//! The rounds of the outer loop: strengths and data steps, every automatic value settled.

use super::preset::{Data, Preset, Strengths};
use super::purification::Purification;
use super::seen::Seen;
use crate::data_consistency::{DataStep, Optimizer, Settings, automatic_step, stability_bound};
use crate::diffusion::{
    Sampler, Schedule, Strength, log_schedule, sigma_schedule, timestep_schedule,
};
use crate::operators::{Operator, Rho};
use crate::priors::{PriorInfo, PriorKind};
use crate::request::parameters::Id;
use crate::request::{Light, Method, StepKind, TaskKind, word};
use crate::{Error, Result};

/// Learning rate of Adam where the request leaves it open.
const ADAM_LEARNING_RATE: f64 = 0.01;

/// Momentum steps of a preset that has a proximal step in their place.
const MATCHED_STEPS: usize = 100;

/// Largest w under a blur that was estimated, for it may be a little wrong.
const MOST_OF_ESTIMATED: f64 = 6.5;

/// Codes of 0…255 units per unit of the network range.
const CODES: f64 = 127.5;

/// One round: how far towards the measurement, how far towards the prior.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The data step.
    pub data_step: DataStep,
    /// The purification.
    pub purification: Purification,
}

/// Everything the rounds depend on.
pub struct Setting<'a> {
    /// The knobs that the caller turned.
    pub method: &'a Method,
    /// The preset's row.
    pub preset: Preset,
    /// The prior.
    pub info: &'a PriorInfo,
    /// The operator.
    pub operator: &'a dyn Operator<f32>,
    /// What is known of the measurement.
    pub seen: Seen,
    /// The task.
    pub task: TaskKind,
    /// In what the operator acts.
    pub light: Light,
}

impl Setting<'_> {
    /// The rounds, checked against prior and operator.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that does not fit; `UnstableStep` for an explicit step; what a
    /// caller's own operator reports.
    pub fn rounds(&self) -> Result<Vec<Round>> {
        let sampler = self.method.sampler.unwrap_or(self.preset.sampler);
        super::purification::check_sampler(sampler, self.info)?;
        let strengths = self.strengths(sampler)?;
        let count = strengths.len();
        strengths
            .into_iter()
            .enumerate()
            .map(|(index, strength)| {
                let sigma = strength.sigma(&self.info.process);
                let injected = self.preset.injection * self.preset.injection;
                Ok(Round {
                    data_step: self.data_step(sigma, count)?,
                    purification: Purification {
                        sampler,
                        sampler_steps: self
                            .method
                            .sampler_steps
                            .unwrap_or(self.preset.sampler_steps),
                        strength,
                        present: (1.0 - injected).max(0.0).sqrt() * sigma,
                        // What is over-relaxed is no posterior mean; the result is one.
                        relaxation: match index + 1 == count {
                            true => 1.0,
                            false => self.preset.relaxation,
                        },
                    },
                })
            })
            .collect()
    }

    /// The data step after the last round, where there is one.
    pub fn finish(&self) -> Option<DataStep> {
        match self.preset.data {
            Data::Cells { share } => Some(DataStep::Project { share }),
            _ => None,
        }
    }

    fn sigma_of(&self, t: f64) -> f64 {
        match self.info.kind {
            PriorKind::Consistency => t,
            _ => self.info.process.sigma((t as usize).max(1) - 1),
        }
    }

    fn strengths(&self, sampler: Sampler) -> Result<Vec<Strength>> {
        let rounds = self.method.rounds.unwrap_or(self.preset.rounds);
        let noise = self.seen.noise / CODES;
        let by_sigma = match (self.method.schedule, self.preset.strengths) {
            (
                Some(Schedule::Log),
                Strengths::Timesteps {
                    start,
                    end,
                    noisy_end,
                },
            ) => {
                let end = if self.seen.is_noisy() { noisy_end } else { end };
                Some([self.sigma_of(start), self.sigma_of(end)])
            }
            (Some(Schedule::Log) | None, Strengths::Log { start, end }) => {
                let assumed = self.seen.assumed(self.task, self.light);
                Some([start / CODES, end.max(assumed) / CODES])
            }
            (Some(Schedule::Log) | None, Strengths::Noise) => Some([noise, noise]),
            (Some(Schedule::Log) | None, Strengths::Quantisation(multiples)) => {
                let root = self.seen.quantisation.unwrap_or(0.0).sqrt() / CODES;
                if self.method.rounds.is_none() {
                    let sigma = |&multiple: &f64| Strength::Sigma(multiple * root);
                    return Ok(multiples.iter().map(sigma).collect());
                }
                Some([multiples[0] * root, multiples[multiples.len() - 1] * root])
            }
            (None, Strengths::Timesteps { .. }) | (Some(_), _) => None,
        };
        match by_sigma {
            Some(ends) => self.log_strengths(rounds, ends),
            None => self.timesteps(rounds, sampler),
        }
    }

    /// Even in log σ between ends in network range units.
    fn log_strengths(&self, rounds: usize, [start, end]: [f64; 2]) -> Result<Vec<Strength>> {
        let given = |id: Id, t: Option<f64>| t.map(|t| self.checked_sigma(id, t)).transpose();
        // In the units they were given in.
        if let (Some(start), Some(end)) = (self.method.t_start, self.method.t_end)
            && end > start
        {
            let allowed = format!("at most t_start ({start})");
            return Err(Error::invalid(Id::TEnd.name(), end, allowed));
        }
        let ends = [
            given(Id::TStart, self.method.t_start)?,
            given(Id::TEnd, self.method.t_end)?,
        ];
        let (start, end) = match ends {
            [Some(start), Some(end)] => (start, end),
            [Some(start), None] => (start, end.min(start)),
            [None, Some(end)] => (start.max(end), end),
            [None, None] => (start.max(end), end),
        };
        let [least, most] = self.info.sigma_range;
        let sigmas = log_schedule(rounds, start.clamp(least, most), end.clamp(least, most))?;
        Ok(sigmas.into_iter().map(Strength::Sigma).collect())
    }

    /// σ of a strength that the caller gave, in network range units.
    fn checked_sigma(&self, id: Id, t: f64) -> Result<f64> {
        if self.info.kind == PriorKind::Consistency {
            return Ok(t);
        }
        let timesteps = self.info.process.timesteps();
        if t.fract() != 0.0 || t > timesteps as f64 {
            let allowed = format!("a whole timestep, at most {timesteps}");
            return Err(Error::invalid(id.name(), t, allowed));
        }
        let sampler = self.method.sampler.unwrap_or(self.preset.sampler);
        super::purification::within_range(sampler, t as usize, self.info)?;
        Ok(self.sigma_of(t))
    }

    /// On the timesteps of the prior (the σ axis of a consistency prior), by a recorded schedule.
    fn timesteps(&self, rounds: usize, sampler: Sampler) -> Result<Vec<Strength>> {
        let process = &self.info.process;
        let consistency = self.info.kind == PriorKind::Consistency;
        let t_of = |codes: f64| match consistency {
            true => codes / CODES,
            false => Strength::Sigma(codes / CODES).timestep(process) as f64,
        };
        let (start, end) = match self.preset.strengths {
            Strengths::Timesteps {
                start,
                end,
                noisy_end,
            } => (start, if self.seen.is_noisy() { noisy_end } else { end }),
            Strengths::Log { start, end } => (
                t_of(start),
                t_of(end.max(self.seen.assumed(self.task, self.light))),
            ),
            Strengths::Noise => (t_of(self.seen.noise), t_of(self.seen.noise)),
            Strengths::Quantisation(multiples) => {
                let root = self.seen.quantisation.unwrap_or(0.0).sqrt();
                (
                    t_of(multiples[0] * root),
                    t_of(multiples[multiples.len() - 1] * root),
                )
            }
        };
        let (start, end) = match (self.method.t_start, self.method.t_end) {
            (Some(start), Some(end)) => (start, end),
            (Some(start), None) => (start, end.min(start)),
            (None, Some(end)) => (start.max(end), end),
            (None, None) => (start.max(end), end),
        };
        if consistency {
            let strengths = sigma_schedule(rounds, start, end, self.info.sigma_range);
            return Ok(strengths.into_iter().map(Strength::Sigma).collect());
        }
        let whole = |id: Id, value: f64| match value.fract() == 0.0 {
            true => Ok(value as usize),
            false => Err(Error::invalid(id.name(), value, "a whole timestep")),
        };
        let start = whole(Id::TStart, start)?;
        let rounds = match self.method.rounds {
            Some(rounds) => rounds,
            None => rounds.min(start.max(1)),
        };
        let schedule = self.method.schedule.unwrap_or(Schedule::Linear);
        let end = whole(Id::TEnd, end)?;
        timestep_schedule(schedule, rounds, start, end, process.timesteps())?
            .into_iter()
            .map(|t| {
                super::purification::within_range(sampler, t, self.info).map(Strength::Timestep)
            })
            .collect()
    }

    /// How data steps are taken: as said, by gradients where only they can be meant, else as the preset does.
    ///
    /// # Errors
    /// `InvalidOption` where the minimiser is asked for of an operator that is not linear.
    fn kind(&self) -> Result<StepKind> {
        let method = self.method;
        let turned = method.step.is_some()
            || method.gradient_steps.is_some()
            || method.optimizer == Optimizer::Adam
            || method.weight_decay != 0.0;
        let solvable = self.operator.is_linear() || self.operator.in_light().is_some();
        Ok(match (method.data_step, self.preset.data) {
            (Some(kind @ StepKind::Proximal), _) if !solvable => {
                let allowed = "gradient steps, since the operator is not linear";
                return Err(Error::invalid(Id::DataStep.name(), word(kind), allowed));
            }
            (Some(kind), _) => kind,
            (None, Data::Gradient { .. }) => StepKind::Gradient,
            (None, _) if turned || !solvable => StepKind::Gradient,
            (None, _) => StepKind::Proximal,
        })
    }

    fn data_step(&self, sigma: f64, rounds: usize) -> Result<DataStep> {
        match (self.kind()?, self.preset.data) {
            (StepKind::Gradient, _) => self.gradient(1.0 / self.rho(sigma), rounds),
            (StepKind::Proximal, Data::Cells { share }) => Ok(DataStep::Project { share }),
            (StepKind::Proximal, Data::Exact) => Ok(DataStep::Proximal {
                rho: Rho::Uniform(0.0),
                sigma,
            }),
            (StepKind::Proximal, _) => Ok(DataStep::Proximal {
                rho: Rho::Uniform(self.rho(sigma)),
                sigma,
            }),
        }
    }

    /// ρ = σ_y²/(w·σ²) of eq. (8), σ in network range units. What the file cannot hold and the noise beyond it have
    /// weights of their own, so that ρ grows steadily with the noise: no threshold below which noise counts as rounding.
    fn rho(&self, sigma: f64) -> f64 {
        let seen = self.seen;
        let assumed = seen.assumed(self.task, self.light);
        let errors = match self.preset.data {
            Data::Proximal {
                noisy_weight,
                jpeg_weight,
                ..
            } if seen.quantisation.is_some() => {
                let weight = match seen.blur_estimated {
                    true => jpeg_weight.min(noisy_weight).min(MOST_OF_ESTIMATED),
                    false => jpeg_weight,
                };
                // What is enlarged was cleaned of most of it.
                let of_noise = match self.task {
                    TaskKind::SuperResolve => weight,
                    _ => weight.min(noisy_weight),
                };
                let least = seen.least(self.task, self.light).powi(2);
                least / weight + (assumed.powi(2) - least) / of_noise
            }
            Data::Proximal { noisy_weight, .. } if seen.blur_estimated => {
                assumed.powi(2) / noisy_weight.min(MOST_OF_ESTIMATED)
            }
            Data::Proximal {
                weight,
                noisy_weight,
                faint,
                ..
            } => {
                let least = seen.least(self.task, self.light);
                let noise = seen.beyond_rounding(least);
                let counted = match faint > 0.0 {
                    true => noise / (1.0 + faint.powi(2) / noise),
                    false => noise,
                };
                least.powi(2) / weight + counted / noisy_weight
            }
            _ => assumed.powi(2),
        };
        errors / (CODES * sigma).powi(2)
    }

    /// Gradient steps: as large as said, as the preset's, or as a proximal step that would pull weakly
    /// measured components `pull` times as hard as the prior.
    fn gradient(&self, pull: f64, rounds: usize) -> Result<DataStep> {
        let method = self.method;
        let (step, steps) = match self.preset.data {
            Data::Gradient { step, steps, noisy } => {
                let step = if self.seen.is_noisy() {
                    step * noisy
                } else {
                    step
                };
                (
                    Some(step),
                    if steps == 0 {
                        1000 / rounds.max(1)
                    } else {
                        steps
                    },
                )
            }
            _ => (None, MATCHED_STEPS),
        };
        let mut settings = Settings {
            gradient_steps: method.gradient_steps.unwrap_or(steps),
            step: 0.0,
            optimizer: method.optimizer,
            momentum: method.momentum,
            weight_decay: method.weight_decay,
        };
        if method.optimizer == Optimizer::Adam {
            settings.step = method.step.unwrap_or(ADAM_LEARNING_RATE);
            return Ok(DataStep::Gradient(settings));
        }
        let bound = stability_bound(self.operator, &settings)?;
        settings.step = match (method.step, step) {
            (Some(step), _) => match bound {
                Some(bound) if step >= bound => return Err(Error::UnstableStep { step, bound }),
                _ => step,
            },
            (None, Some(step)) => step.min(bound.map_or(f64::INFINITY, |bound| bound / 2.0)),
            (None, None) => automatic_step(&settings, pull, bound),
        };
        Ok(DataStep::Gradient(settings))
    }
}
