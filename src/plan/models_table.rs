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
    // cargo run --release --example tune -- FOLDER --every 35 --limit 6 --crop 128 --only models --rows denoise-25,gaussian-3-noise-5,motion-21-30-16-bit,motion-21-30-in-light,dejpeg-40,inpaint,super-resolve-2 --models ffdnet,photo --set threads=1 --write
    row(TaskKind::Denoise, PresetName::Default, &[measured("ffdnet", 31.94, 247.0), measured("photo", 31.02, 217.0)]),
    row(TaskKind::Dejpeg, PresetName::Default, &[measured("ffdnet", 33.23, 333.0), measured("photo", 32.66, 203.0)]),
    row(TaskKind::Deblur, PresetName::Default, &[measured("ffdnet", 30.25, 935.0), measured("photo", 30.13, 574.0)]),
    row(TaskKind::Inpaint, PresetName::Default, &[measured("ffdnet", 35.57, 783.0), measured("photo", 34.82, 422.0)]),
    row(TaskKind::SuperResolve, PresetName::Default, &[measured("ffdnet", 32.13, 832.0), measured("photo", 31.58, 433.0)]),
    row(TaskKind::Denoise, PresetName::Fast, &[measured("photo", 31.02, 208.0), measured("ffdnet", 31.94, 237.0)]),
    row(TaskKind::Dejpeg, PresetName::Fast, &[measured("photo", 32.55, 97.0), measured("ffdnet", 33.07, 132.0)]),
    row(TaskKind::Deblur, PresetName::Fast, &[measured("photo", 29.37, 364.0), measured("ffdnet", 29.48, 517.0)]),
    row(TaskKind::Inpaint, PresetName::Fast, &[measured("photo", 34.82, 424.0), measured("ffdnet", 35.57, 785.0)]),
    row(TaskKind::SuperResolve, PresetName::Fast, &[measured("photo", 31.48, 238.0), measured("ffdnet", 31.94, 446.0)]),
    // Up to here.
];
