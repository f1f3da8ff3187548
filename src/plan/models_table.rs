//! How well each prior restores, and in what time: what `model = auto` goes by.

use crate::request::{PresetName, TaskKind};

/// What one prior reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Its name.
    pub model: &'static str,
    /// Mean PSNR in dB over the rows of the task and the pictures.
    pub psnr: f64,
    /// Processor milliseconds of one restoration, mean.
    pub milliseconds: f64,
}

/// The priors for a task and preset, the one to take first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Models {
    /// The task.
    pub task: TaskKind,
    /// The preset: `Default`, which `Best` follows, or `Fast`.
    pub preset: PresetName,
    /// At least one.
    pub models: &'static [Measured],
}

const fn row(task: TaskKind, preset: PresetName, models: &'static [Measured]) -> Models {
    Models {
        task,
        preset,
        models,
    }
}

const fn measured(model: &'static str, psnr: f64, milliseconds: f64) -> Measured {
    Measured {
        model,
        psnr,
        milliseconds,
    }
}

/// A row for every task and preset but the published algorithm.
#[rustfmt::skip]
pub const MODELS: &[Models] = &[
    // From here on `examples/tune` wrote this, with --write.
    row(TaskKind::Denoise, PresetName::Default, &[measured("ffdnet", 0.0, 0.0), measured("photo", 0.0, 0.0)]),
    // Up to here.
];
