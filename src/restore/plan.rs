//! Resolves options into a plan: every automatic value settled, every value checked against the
//! prior and the operator, before any work starts.

use super::latent_loop::Approach;
use super::outer_loop::Round;
use super::presets::{Noise, Preset, Situation, Task, preset};
use super::purify::{Purification, Sampler, check_sampler, sigma_schedule, within_range};
use super::tiling::TileSize;
use crate::data_consistency::{Optimizer, Settings, check_step};
use crate::diffusion::{Process, Schedule, Strength, timestep_schedule};
use crate::operators::Operator;
use crate::priors::{PriorInfo, PriorKind};
use crate::request::parameters::{self, Id};
use crate::request::{Options, Value};
use crate::{Error, Result};

/// Learning rate of Adam where the options leave it open.
const ADAM_LEARNING_RATE: f64 = 0.01;

/// What a model may set for a task.
const MODEL_DEFAULTS: [Id; 8] = [
    Id::Rounds,
    Id::GradientSteps,
    Id::Step,
    Id::TStart,
    Id::TEnd,
    Id::Sampler,
    Id::SamplerSteps,
    Id::LatentApproach,
];

/// A restoration ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The task.
    pub task: Task,
    /// The rounds, in order.
    pub rounds: Vec<Round>,
    /// Every resolved setting, for the report.
    pub preset: Preset,
    /// Tile side and overlap, in network pixels.
    pub tile: TileSize,
    /// Standard deviation of the measurement noise in 0…255 units.
    pub noise: f64,
    /// Where a latent prior's data fidelity runs.
    pub approach: Approach,
    /// Whether purification draws noise.
    pub draws_noise: bool,
    /// Whether known pixels of an inpainting are put back untouched at the end.
    pub keep_known: bool,
}

impl Plan {
    /// Resolves `options` for one prior and operator. `noise` is already estimated
    /// where the options leave it to the picture.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that does not fit; `UnstableStep`.
    pub fn resolve(
        options: &Options,
        info: &PriorInfo,
        operator: &dyn Operator<f32>,
        noise: Noise,
    ) -> Result<Self> {
        let task = task(options)?;
        let options = &with_model_defaults(options, info, task)?;
        let process = &info.process;
        let settings = settled(options, info, process, task, noise);
        let mut fidelity = fidelity(options, &settings);
        let bound = check_step(operator, &fidelity)?.unwrap_or(f64::INFINITY);
        check_sampler(settings.sampler, info)?;
        let strengths = strengths(options, info, &settings)?;
        let present = |sigma: f64| {
            let share = (1.0 - settings.injection * settings.injection)
                .max(0.0)
                .sqrt();
            share * sigma
        };
        let rounds: Vec<Round> = strengths
            .into_iter()
            .map(|strength| {
                let sigma = strength.sigma(process);
                if settings.data_weight > 0.0 {
                    let ratio = sigma / noise.assumed();
                    let pull = settings.data_weight * ratio * ratio;
                    fidelity.step = (pull / reach(&fidelity)).min(bound / 4.0);
                }
                Round {
                    fidelity,
                    purification: Purification {
                        sampler: settings.sampler,
                        sampler_steps: settings.sampler_steps,
                        strength,
                        present: present(sigma),
                    },
                }
            })
            .collect();
        let paper = options.text(Id::Preset) == "paper";
        let draws = |round: &Round| round.purification.draws_noise(info);
        Ok(Plan {
            task,
            draws_noise: rounds.iter().any(draws),
            rounds,
            preset: settings,
            tile: TileSize::resolve(
                info.tiles,
                options.integer(Id::Tile),
                options.integer(Id::Overlap),
            )?,
            noise: noise.level,
            approach: approach(options, task),
            keep_known: task == Task::Inpaint && !paper && options.number(Id::Noise) <= 0.0,
        })
    }

    /// Network calls on the whole picture (NFE).
    pub fn network_calls(&self, info: &PriorInfo) -> usize {
        let calls = |round: &Round| round.purification.network_calls(info);
        self.rounds.iter().map(calls).sum()
    }
}

/// The task the options name.
///
/// # Errors
/// `InvalidOption`.
pub fn task(options: &Options) -> Result<Task> {
    let word = options.text(Id::Task);
    Task::from_name(word)
        .ok_or_else(|| Error::invalid("task", word, Id::Task.parameter().kind.allowed()))
}

/// Unless said, as in Table 7 of the paper under its preset: Approach I for inpainting and
/// super-resolution, II for the rest; else II, which costs no decoder gradient per step.
fn approach(options: &Options, task: Task) -> Approach {
    let paper = options.text(Id::Preset) == "paper";
    let automatic = match task {
        Task::Inpaint | Task::SuperResolve if paper => Approach::Latent,
        _ => Approach::Pixel,
    };
    Approach::from_name(options.text(Id::LatentApproach)).unwrap_or(automatic)
}

/// The options with the model's own values for the task where the preset would decide; `paper` takes none.
///
/// # Errors
/// `Model` naming a default that is no such parameter or not one of its values.
fn with_model_defaults(options: &Options, info: &PriorInfo, task: Task) -> Result<Options> {
    let mut options = options.clone();
    if options.text(Id::Preset) == "paper" {
        return Ok(options);
    }
    for (name, value) in info.defaults.get(task.name()).into_iter().flatten() {
        let refuse = |reason: String| Error::Model {
            path: info.name.clone().into(),
            field: format!("defaults.{}.{name}", task.name()),
            reason,
        };
        let parameter = parameters::find(name).filter(|found| MODEL_DEFAULTS.contains(&found.id));
        let Some(parameter) = parameter else {
            let allowed = MODEL_DEFAULTS.map(|id| id.parameter().name).join(", ");
            return Err(refuse(format!(
                "is not a model's to set; allowed: {allowed}"
            )));
        };
        let automatic = match options.value(parameter.id) {
            Value::Choice(word) => *word == "auto",
            _ => options.number(parameter.id) == -1.0,
        };
        if automatic {
            let set = options.set_string(name, value);
            set.map_err(|error| refuse(error.to_string()))?;
        }
    }
    Ok(options)
}

/// Explicit values, then the preset's.
fn settled(
    options: &Options,
    info: &PriorInfo,
    process: &Process,
    task: Task,
    noise: Noise,
) -> Preset {
    let name = options.text(Id::Preset);
    let situation = Situation {
        task,
        gaussian_blur: options.text(Id::Blur) == "gaussian",
        scale: options.integer(Id::Scale).max(1) as usize,
        noise,
    };
    let mut settings = preset(name, situation, info, process);
    if optimizer(options) == Optimizer::Adam {
        // An SGD step is no learning rate.
        settings.step = ADAM_LEARNING_RATE;
        settings.data_weight = 0.0;
    }
    let number = |id: Id| Some(options.number(id)).filter(|&value| value != -1.0);
    if let Some(value) = number(Id::Rounds) {
        settings.rounds = value as usize;
    }
    if let Some(value) = number(Id::GradientSteps) {
        settings.gradient_steps = value as usize;
    }
    if let Some(value) = number(Id::Step) {
        settings.step = value;
        settings.data_weight = 0.0;
    }
    if let Some(value) = number(Id::TStart) {
        settings.t_start = value;
        if number(Id::TEnd).is_none() {
            settings.t_end = settings.t_end.min(value);
        }
    }
    if let Some(value) = number(Id::TEnd) {
        settings.t_end = value;
        if number(Id::TStart).is_none() {
            settings.t_start = settings.t_start.max(value);
        }
    }
    if number(Id::Rounds).is_none() && info.kind != PriorKind::Consistency {
        settings.rounds = settings.rounds.min(settings.t_start.max(1.0) as usize);
    }
    if let Some(sampler) = Sampler::from_name(options.text(Id::Sampler)) {
        settings.sampler = sampler;
    }
    if let Some(value) = number(Id::SamplerSteps) {
        settings.sampler_steps = value as usize;
    }
    settings
}

/// How far the momentum steps go per unit of step where the operator measures almost nothing: q(0)/s.
fn reach(fidelity: &Settings) -> f64 {
    let (steps, kept) = (fidelity.gradient_steps as f64, fidelity.momentum);
    let settled = 1.0 - kept;
    (steps / settled - kept * (1.0 - kept.powf(steps)) / (settled * settled)).max(1.0)
}

fn optimizer(options: &Options) -> Optimizer {
    match options.text(Id::Optimizer) {
        "adam" => Optimizer::Adam,
        _ => Optimizer::Sgd,
    }
}

fn fidelity(options: &Options, settings: &Preset) -> Settings {
    Settings {
        gradient_steps: settings.gradient_steps,
        step: settings.step,
        optimizer: optimizer(options),
        momentum: options.number(Id::Momentum),
        weight_decay: options.number(Id::WeightDecay),
    }
}

fn strengths(options: &Options, info: &PriorInfo, settings: &Preset) -> Result<Vec<Strength>> {
    if info.kind == PriorKind::Consistency {
        let (start, end) = (settings.t_start, settings.t_end);
        let strengths = sigma_schedule(info, settings.rounds, start, end);
        return Ok(strengths.into_iter().map(Strength::Sigma).collect());
    }
    let whole = |name: &str, value: f64| {
        if value.fract() == 0.0 {
            Ok(value as usize)
        } else {
            Err(Error::invalid(name, value, "a whole timestep"))
        }
    };
    let word = options.text(Id::Schedule);
    let schedule = Schedule::from_name(word)
        .ok_or_else(|| Error::invalid("schedule", word, Id::Schedule.parameter().kind.allowed()))?;
    let strengths = timestep_schedule(
        schedule,
        settings.rounds,
        whole("t_start", settings.t_start)?,
        whole("t_end", settings.t_end)?,
        info.process.timesteps(),
    )?;
    let strength = |t| within_range(settings.sampler, t, info).map(Strength::Timestep);
    strengths.into_iter().map(strength).collect()
}
