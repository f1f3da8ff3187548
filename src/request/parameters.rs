//! The one description of every parameter; CLI, C ABI, GIMP and OpenFX all build from it.

/// Identifies a parameter; the discriminant is its row in [`PARAMETERS`].
#[allow(missing_docs)] // The rows of the table document them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Id {
    Task,
    Noise,
    Blur,
    BlurSigma,
    BlurLength,
    BlurAngle,
    Kernel,
    Scale,
    Preset,
    Model,
    Device,
    Seed,
    Sampler,
    SamplerSteps,
    Rounds,
    GradientSteps,
    Step,
    Optimizer,
    Momentum,
    WeightDecay,
    Schedule,
    TStart,
    TEnd,
    LatentApproach,
    Boundary,
    Transfer,
    Threads,
    MaxMemory,
    Tile,
    Overlap,
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A real number in `minimum..=maximum`, or −1 where `automatic`.
    Number {
        /// Smallest value.
        minimum: f64,
        /// Largest value.
        maximum: f64,
        /// Sensible slider range.
        display: [f64; 2],
        /// Value when nothing is said.
        default: f64,
        /// Whether −1 is also accepted and means "the preset decides".
        automatic: bool,
    },
    /// A whole number, otherwise like `Number`.
    Integer {
        /// Smallest value.
        minimum: i64,
        /// Largest value.
        maximum: i64,
        /// Sensible slider range.
        display: [i64; 2],
        /// Value when nothing is said.
        default: i64,
        /// Whether −1 is also accepted and means "the preset decides".
        automatic: bool,
    },
    /// One of a fixed list of words.
    Choice {
        /// Canonical words.
        choices: &'static [&'static str],
        /// What a person reads, in the same order.
        labels: &'static [&'static str],
        /// The word when nothing is said.
        default: &'static str,
    },
    /// Free text.
    Text {
        /// Value when nothing is said.
        default: &'static str,
    },
    /// Path of a file; empty means none.
    File,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Which one.
    pub id: Id,
    /// Canonical name, lower case with underscores (dashes in CLI and GIMP).
    pub name: &'static str,
    /// What a person reads.
    pub label: &'static str,
    /// One or two sentences of help.
    pub hint: &'static str,
    /// Unit, or empty.
    pub unit: &'static str,
    /// Name of the group user interfaces show it in.
    pub group: Group,
    /// Type, range and default.
    pub kind: Kind,
    /// Tasks it applies to (bits of [`tasks`]).
    pub tasks: u32,
    /// `Some((parameter, word))`: only matters when that choice has that word.
    pub needs: Option<(Id, &'static str)>,
}

impl Parameter {
    /// Whether it changes anything for the task of this canonical name.
    pub fn applies_to(&self, task: &str) -> bool {
        let Kind::Choice { choices, .. } = Id::Task.parameter().kind else {
            return false;
        };
        let position = choices.iter().position(|&word| word == task);
        position.is_some_and(|position| self.tasks & (1 << position) != 0)
    }
}

/// Where user interfaces show a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What is wrong with the picture.
    Task,
    /// How good, how fast, where.
    Quality,
    /// The method's own knobs.
    Advanced,
}

impl Group {
    /// What a person reads.
    pub const fn label(self) -> &'static str {
        match self {
            Group::Task => "Task",
            Group::Quality => "Quality",
            Group::Advanced => "Advanced",
        }
    }
}

/// Task bits of [`Parameter::tasks`].
pub mod tasks {
    /// `task` denoise.
    pub const DENOISE: u32 = 1;
    /// `task` deblur.
    pub const DEBLUR: u32 = 2;
    /// `task` inpaint.
    pub const INPAINT: u32 = 4;
    /// `task` super-resolve.
    pub const SUPER_RESOLVE: u32 = 8;
    /// Every task.
    pub const ALL: u32 = 15;
}

const fn number(
    minimum: f64,
    maximum: f64,
    display: [f64; 2],
    default: f64,
    automatic: bool,
) -> Kind {
    Kind::Number {
        minimum,
        maximum,
        display,
        default,
        automatic,
    }
}

const fn integer(
    minimum: i64,
    maximum: i64,
    display: [i64; 2],
    default: i64,
    automatic: bool,
) -> Kind {
    Kind::Integer {
        minimum,
        maximum,
        display,
        default,
        automatic,
    }
}

const fn choice(
    choices: &'static [&'static str],
    labels: &'static [&'static str],
    default: &'static str,
) -> Kind {
    Kind::Choice {
        choices,
        labels,
        default,
    }
}

#[allow(clippy::too_many_arguments)] // One per column of the table.
const fn row(
    id: Id,
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    group: Group,
    tasks: u32,
    kind: Kind,
    hint: &'static str,
) -> Parameter {
    Parameter {
        id,
        name,
        label,
        hint,
        unit,
        group,
        kind,
        tasks,
        needs: None,
    }
}

const fn needs(mut parameter: Parameter, id: Id, word: &'static str) -> Parameter {
    parameter.needs = Some((id, word));
    parameter
}

/// Largest seed: every integer up to it is exact in the `double` that crosses the C ABI.
pub const MAX_SEED: i64 = (1 << 53) - 1;

use Group::{Advanced, Quality, Task as TaskGroup};
use tasks::{ALL, DEBLUR, SUPER_RESOLVE};

/// Every parameter, in the order user interfaces show them.
#[rustfmt::skip]
pub static PARAMETERS: &[Parameter] = &[
    row(Id::Task, "task", "Task", "", TaskGroup, ALL,
        choice(&["denoise", "deblur", "inpaint", "super-resolve"], &["Denoise", "Deblur", "Inpaint", "Super-resolve"], "denoise"),
        "What is wrong with the picture: noise, blur, missing parts, or too few pixels."),
    row(Id::Noise, "noise", "Noise", "σ of 255", TaskGroup, ALL,
        number(0.0, 255.0, [0.0, 75.0], -1.0, true),
        "Standard deviation of the noise in the picture, in 0…255 units. 0 is none, -1 estimates it from the picture."),
    row(Id::Blur, "blur", "Blur", "", TaskGroup, DEBLUR,
        choice(&["gaussian", "motion", "kernel"], &["Gaussian", "Motion", "Kernel image"], "gaussian"),
        "Shape of the blur: out of focus, straight camera shake, or a point-spread function of your own."),
    needs(row(Id::BlurSigma, "blur_sigma", "Blur sigma", "px", TaskGroup, DEBLUR,
        number(0.05, 100.0, [0.2, 10.0], 3.0, false),
        "Standard deviation of the Gaussian blur in pixels."), Id::Blur, "gaussian"),
    needs(row(Id::BlurLength, "blur_length", "Blur length", "px", TaskGroup, DEBLUR,
        number(1.0, 500.0, [1.0, 60.0], 21.0, false),
        "Length of the motion blur in pixels."), Id::Blur, "motion"),
    needs(row(Id::BlurAngle, "blur_angle", "Blur angle", "°", TaskGroup, DEBLUR,
        number(-360.0, 360.0, [-90.0, 90.0], 0.0, false),
        "Direction of the motion blur in degrees, counter-clockwise from the horizontal."), Id::Blur, "motion"),
    needs(row(Id::Kernel, "kernel", "Kernel", "", TaskGroup, DEBLUR, Kind::File,
        "Picture of the point-spread function: what a single bright point became. Its sum is scaled to 1."), Id::Blur, "kernel"),
    row(Id::Scale, "scale", "Scale", "×", TaskGroup, SUPER_RESOLVE,
        integer(1, 64, [2, 4], 2, false),
        "How many times wider and higher the result is."),
    row(Id::Preset, "preset", "Preset", "", Quality, ALL,
        choice(&["default", "fast", "paper"], &["Default", "Fast", "Paper"], "default"),
        "default suits real photographs, fast takes about half the time, paper is the published algorithm with its own settings."),
    row(Id::Model, "model", "Model", "", Quality, ALL,
        Kind::Text { default: "photo" },
        "Name of an installed model, or the folder of one."),
    row(Id::Device, "device", "Device", "", Quality, ALL,
        choice(&["auto", "cpu", "cuda", "directml", "coreml"], &["Automatic", "CPU", "CUDA", "DirectML", "CoreML"], "auto"),
        "Where the network runs."),
    row(Id::Seed, "seed", "Seed", "", Quality, ALL,
        integer(0, MAX_SEED, [0, 1000], 0, false),
        "Start of the random numbers. The same seed gives the same result."),
    row(Id::Sampler, "sampler", "Sampler", "", Advanced, ALL,
        choice(&["auto", "ddim", "ddpm", "tweedie", "consistency"], &["Automatic", "DDIM", "DDPM (reverse SDE)", "Tweedie (one step)", "Consistency model"], "auto"),
        "How the diffusion model purifies: deterministic steps, random steps, one step, or a consistency model's one call."),
    row(Id::SamplerSteps, "sampler_steps", "Sampler steps", "", Advanced, ALL,
        integer(0, 1000, [1, 50], -1, true),
        "Network calls per round of ddim and ddpm; 0 takes every timestep, -1 leaves it to the preset."),
    row(Id::Rounds, "rounds", "Rounds", "", Advanced, ALL,
        integer(1, 1000, [1, 40], -1, true),
        "How often data fidelity and purification alternate (K); -1 leaves it to the preset."),
    row(Id::GradientSteps, "gradient_steps", "Gradient steps", "", Advanced, ALL,
        integer(0, 100_000, [0, 200], -1, true),
        "Data-fidelity steps per round (τ); -1 leaves it to the preset."),
    row(Id::Step, "step", "Step", "", Advanced, ALL,
        number(0.0, 1.0e6, [0.0, 4.0], -1.0, true),
        "Size of a data-fidelity step (s, the learning rate times 2/m; with adam the learning rate); -1 leaves it to the preset."),
    row(Id::Optimizer, "optimizer", "Optimizer", "", Advanced, ALL,
        choice(&["sgd", "adam"], &["SGD with momentum", "Adam"], "sgd"),
        "How the data-fidelity step descends."),
    needs(row(Id::Momentum, "momentum", "Momentum", "", Advanced, ALL,
        number(0.0, 0.999, [0.0, 0.99], 0.9, false),
        "Momentum of the data-fidelity step, fresh in each round."), Id::Optimizer, "sgd"),
    row(Id::WeightDecay, "weight_decay", "Weight decay", "", Advanced, ALL,
        number(0.0, 1.0e6, [0.0, 1.0], 0.0, false),
        "Pull of the data-fidelity step towards the round's start (λ of λ·MSE(x, v))."),
    row(Id::Schedule, "schedule", "Schedule", "", Advanced, ALL,
        choice(&["linear", "constant", "cosine", "bias_t0", "bias_t1", "reverse_cosine"],
               &["Linear", "Constant", "Cosine", "Biased to the end", "Biased to the start", "Reverse cosine"], "linear"),
        "How the purification strength T falls from round to round."),
    row(Id::TStart, "t_start", "T start", "", Advanced, ALL,
        number(0.0, 1000.0, [0.0, 1000.0], -1.0, true),
        "Purification strength of the first round: a timestep 0…1000 (σ for consistency models); -1 leaves it to the preset."),
    row(Id::TEnd, "t_end", "T end", "", Advanced, ALL,
        number(0.0, 1000.0, [0.0, 1000.0], -1.0, true),
        "Purification strength of the last round; -1 leaves it to the preset."),
    row(Id::LatentApproach, "latent_approach", "Latent approach", "", Advanced, ALL,
        choice(&["auto", "latent", "pixel"], &["Automatic", "Latent space", "Pixel space"], "auto"),
        "Where a latent prior's data fidelity runs: through the decoder (Approach I) or in pixels (Approach II)."),
    row(Id::Boundary, "boundary", "Boundary", "", Advanced, DEBLUR,
        choice(&["auto", "reflect", "symmetric", "circular"], &["Automatic", "Reflect", "Symmetric", "Circular"], "auto"),
        "What the blur is thought to have seen beyond the edges: mirrored without or with repeating the edge pixel, or wrapped around."),
    row(Id::Transfer, "transfer", "Transfer", "", Advanced, ALL,
        choice(&["auto", "srgb", "linear"], &["Automatic", "sRGB", "Linear"], "auto"),
        "Whether stored values are sRGB-encoded or linear light; auto believes the picture's own description."),
    row(Id::Threads, "threads", "Threads", "", Advanced, ALL,
        integer(0, 1024, [0, 64], 0, false),
        "Processor threads; 0 takes all."),
    row(Id::MaxMemory, "max_memory", "Memory limit", "MB", Advanced, ALL,
        integer(0, 1 << 30, [0, 64_000], 0, false),
        "Memory the run may take; 0 is no limit."),
    row(Id::Tile, "tile", "Tile", "px", Advanced, ALL,
        integer(0, 65_536, [0, 2048], -1, true),
        "Side of the tiles the network sees, halo included; 0 is the whole picture, -1 leaves it to the model and the memory limit."),
    row(Id::Overlap, "overlap", "Overlap", "px", Advanced, ALL,
        integer(0, 65_536, [0, 512], -1, true),
        "How many pixels neighbouring tiles share; -1 leaves it to the model."),
];

impl Id {
    /// The parameter's row.
    pub fn parameter(self) -> &'static Parameter {
        &PARAMETERS[self as usize]
    }
}

/// The row with this canonical name; dashes count as underscores.
pub fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| {
        parameter.name.len() == name.len()
            && parameter
                .name
                .bytes()
                .zip(name.bytes())
                .all(|(a, b)| a == b || (a == b'_' && b == b'-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_id() {
        for (index, parameter) in PARAMETERS.iter().enumerate() {
            assert_eq!(parameter.id as usize, index, "{}", parameter.name);
            assert_eq!(find(parameter.name).unwrap().id, parameter.id);
        }
    }

    #[test]
    fn defaults_lie_in_range() {
        for parameter in PARAMETERS {
            match parameter.kind {
                Kind::Number {
                    minimum,
                    maximum,
                    display,
                    default,
                    automatic,
                } => {
                    assert!(
                        (automatic && default == -1.0) || (minimum..=maximum).contains(&default)
                    );
                    assert!(minimum <= display[0] && display[1] <= maximum);
                }
                Kind::Integer {
                    minimum,
                    maximum,
                    display,
                    default,
                    automatic,
                } => {
                    assert!((automatic && default == -1) || (minimum..=maximum).contains(&default));
                    assert!(minimum <= display[0] && display[1] <= maximum);
                }
                Kind::Choice {
                    choices,
                    labels,
                    default,
                } => {
                    assert_eq!(choices.len(), labels.len());
                    assert!(choices.contains(&default));
                }
                Kind::Text { .. } | Kind::File => {}
            }
        }
    }
}
