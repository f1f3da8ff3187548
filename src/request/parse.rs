//! From named values to a request: the one place that knows what a word or −1 means.

use std::sync::Arc;

use ndarray::Array2;

use super::options::Options;
use super::parameters::Id;
use super::typed::{
    BlurKind, Deblur, Denoise, Inpaint, Kernel, Method, ModelChoice, Neighbour, NoiseLevel, Place,
    PresetName, Request, Source, Task, TaskKind,
};
use super::words::Words;
use crate::data_consistency::Optimizer;
use crate::runtime::Device;
use crate::{Error, Result};

/// Largest side of a picture, so that sizes fit the `int32_t` of the C ABI.
const MAX_SIDE: usize = i32::MAX as usize;

impl Request {
    /// What the named values ask for.
    ///
    /// # Errors
    /// `MissingOption` for an inpainting without mask or a kernel blur without kernel; `InvalidOption` for
    /// values that do not go together.
    pub fn parse(options: &Options) -> Result<Self> {
        let kind = task_kind(options);
        let task = match kind {
            TaskKind::Denoise => Task::Denoise(Denoise {
                strength: options.number(Id::Strength),
                texture: options.number(Id::Texture),
            }),
            TaskKind::Dejpeg => Task::Dejpeg,
            TaskKind::Deblur => Task::Deblur(deblur(options)?),
            TaskKind::Inpaint => Task::Inpaint(inpaint(options)?),
            TaskKind::SuperResolve => Task::SuperResolve {
                scale: scale(options),
                source: Source::of_word(options.text(Id::Source)).unwrap_or(Source::Sharp),
                clean: is_automatic(options, Id::Clean),
            },
        };
        let mut request = Self::with_task(options, task);
        request.neighbours = neighbours(options)?;
        Ok(request)
    }

    /// The options for a look at a picture's noise, whatever `noise` says: a mask of inpainting counts,
    /// nothing else of the task.
    pub fn to_measure_noise(options: &Options) -> Self {
        let task = match (task_kind(options), options.mask()) {
            (TaskKind::Inpaint, Some(mask)) => Task::Inpaint(with_mask(options, Some(mask))),
            _ => Task::Denoise(Denoise {
                strength: 1.0,
                texture: 0.0,
            }),
        };
        Request {
            noise: NoiseLevel::Automatic,
            ..Self::with_task(options, task)
        }
    }

    /// The options for a look at a picture's blur, whatever the task says: camera shake where `blur` says that,
    /// else whatever is looked for.
    pub fn to_estimate_blur(options: &Options) -> Self {
        let blur = open_blur(options.text(Id::Blur)).unwrap_or(BlurKind::Automatic);
        let task = Task::Deblur(of_blur(options, blur));
        Request {
            operator: None,
            ..Self::with_task(options, task)
        }
    }

    fn with_task(options: &Options, task: Task) -> Self {
        let model = options.text(Id::Model);
        Request {
            task,
            operator: options.operator().cloned(),
            noise: match (number(options, Id::Noise), options.noise_found()) {
                (Some(sigma), _) => NoiseLevel::Known(sigma),
                (None, Some(found)) => NoiseLevel::Measured(found),
                (None, None) => NoiseLevel::Automatic,
            },
            preset: PresetName::of_word(options.text(Id::Preset)).unwrap_or(PresetName::Default),
            constants: options.constants(),
            model: match model {
                "auto" | "" => ModelChoice::Automatic,
                name => ModelChoice::Named(name.to_owned()),
            },
            method: method(options),
            place: Place {
                device: Device::of_word(options.text(Id::Device)).unwrap_or_default(),
                threads: options.integer(Id::Threads).max(0) as usize,
                max_memory: Some(options.integer(Id::MaxMemory).max(0) as u64 * 1_000_000)
                    .filter(|&bytes| bytes > 0),
                tile: count(options, Id::Tile),
                overlap: count(options, Id::Overlap),
            },
            blur_found: options.blur_found(),
            seed: options.integer(Id::Seed).max(0) as u64,
            samples: count(options, Id::Samples),
            transfer: Words::of_word(options.text(Id::Transfer)),
            ignore: options.ignore(),
            jpeg: options.jpeg(),
            neighbours: None,
        }
    }
}

/// Whether a blur is to be undone that is looked for in the picture.
pub fn looks_for_blur(options: &Options) -> bool {
    task_kind(options) == TaskKind::Deblur && is_looked_for(options.text(Id::Blur))
}

/// Whether a value of the option `blur` leaves the blur to be found in the picture.
pub fn is_looked_for(blur: &str) -> bool {
    open_blur(blur).is_some()
}

/// The task by name alone.
pub fn task_kind(options: &Options) -> TaskKind {
    // Options hold words of the table only.
    TaskKind::of_word(options.text(Id::Task)).unwrap_or(TaskKind::Denoise)
}

/// Size of the result for an input of this size: multiplied by `scale` for super-resolution, what an
/// operator of the caller's own says, else unchanged.
///
/// # Errors
/// `InvalidImage` when a side is zero or the result exceeds 2³¹−1 pixels a side; those of the caller's
/// operator.
pub fn restored_size(options: &Options, width: usize, height: usize) -> Result<(usize, usize)> {
    let refused = |(wide, tall): (usize, usize)| {
        Error::InvalidImage(format!(
            "{width}x{height} pixels make a result of {wide}x{tall}; allowed: 1 to {MAX_SIDE} a side"
        ))
    };
    let fits = |(wide, tall): &(usize, usize)| {
        (1..=MAX_SIDE).contains(wide) && (1..=MAX_SIDE).contains(tall)
    };
    if !fits(&(width, height)) {
        return Err(refused((width, height)));
    }
    let size = match (options.operator(), task_kind(options)) {
        (Some(factory), _) => {
            let [_, tall, wide] = factory([3, height, width])?.input_shape();
            (wide, tall)
        }
        (None, TaskKind::SuperResolve) => {
            let scale = scale(options);
            (width.saturating_mul(scale), height.saturating_mul(scale))
        }
        (None, _) => (width, height),
    };
    Some(size).filter(fits).ok_or_else(|| refused(size))
}

/// Size of the measurement of a picture: ⌈size/scale⌉ for super-resolution, else unchanged.
pub fn measurement_size(options: &Options, width: usize, height: usize) -> (usize, usize) {
    let scale = match task_kind(options) {
        TaskKind::SuperResolve => scale(options),
        _ => 1,
    };
    (width.div_ceil(scale), height.div_ceil(scale))
}

/// Frames at either side of the input that `temporal_frames` asks for: 0, 1 or 2.
///
/// # Errors
/// `InvalidOption` for an even number.
pub fn temporal_reach(options: &Options) -> Result<i32> {
    match options.integer(Id::TemporalFrames) {
        1 => Ok(0),
        3 => Ok(1),
        5 => Ok(2),
        other => Err(Error::invalid(
            Id::TemporalFrames.name(),
            other,
            "1, 3 or 5",
        )),
    }
}

/// The neighbours that count, the nearest first; `None` where none are asked for.
fn neighbours(options: &Options) -> Result<Option<Vec<Neighbour>>> {
    let reach = temporal_reach(options)?;
    let within = options.neighbours().iter();
    let within = within.filter(|(offset, _)| offset.abs() <= reach);
    let mut found: Vec<Neighbour> = within
        .map(|(&offset, frame)| Neighbour {
            offset,
            frame: frame.clone(),
        })
        .collect();
    found.sort_by_key(|neighbour| neighbour.offset.abs());
    Ok((reach > 0).then_some(found))
}

fn scale(options: &Options) -> usize {
    options.integer(Id::Scale).max(1) as usize
}

/// A number, unless the preset decides.
fn number(options: &Options, id: Id) -> Option<f64> {
    Some(options.number(id)).filter(|&value| value != -1.0)
}

fn count(options: &Options, id: Id) -> Option<usize> {
    usize::try_from(options.integer(id)).ok()
}

fn is_automatic(options: &Options, id: Id) -> bool {
    options.text(id) == "auto"
}

fn deblur(options: &Options) -> Result<Deblur> {
    let blur = match options.text(Id::Blur) {
        "gaussian" => BlurKind::Gaussian {
            sigma: options.number(Id::BlurSigma),
        },
        "disk" => BlurKind::Disk {
            radius: options.number(Id::BlurRadius),
        },
        "motion" => BlurKind::Motion {
            length: options.number(Id::BlurLength),
            angle: options.number(Id::BlurAngle),
        },
        "random" => BlurKind::Random,
        "kernel" => BlurKind::Kernel(kernel(options)?),
        word => open_blur(word).unwrap_or(BlurKind::Automatic),
    };
    Ok(of_blur(options, blur))
}

/// What a word of `blur` has looked for in the picture.
fn open_blur(word: &str) -> Option<BlurKind> {
    match word {
        "auto" => Some(BlurKind::Automatic),
        "shake" => Some(BlurKind::Shake),
        _ => None,
    }
}

fn of_blur(options: &Options, blur: BlurKind) -> Deblur {
    Deblur {
        blur,
        light: Words::of_word(options.text(Id::BlurLight)),
        boundary: Words::of_word(options.text(Id::Boundary)),
        clean: is_automatic(options, Id::Clean),
    }
}

fn kernel(options: &Options) -> Result<Kernel> {
    if let Some(psf) = options.kernel() {
        return Ok(Kernel::Memory(psf));
    }
    match options.text(Id::Kernel) {
        "" => Err(Error::MissingOption {
            task: TaskKind::Deblur.word().into(),
            name: Id::Kernel.name().into(),
            hint: "a picture of the point-spread function".into(),
        }),
        path => Ok(Kernel::File(path.into())),
    }
}

fn inpaint(options: &Options) -> Result<Inpaint> {
    let mask = options.mask();
    if mask.is_none() && options.operator().is_none() {
        return Err(Error::MissingOption {
            task: TaskKind::Inpaint.word().into(),
            name: "mask".into(),
            hint: "a picture of the region to fill, white where to fill".into(),
        });
    }
    Ok(with_mask(options, mask))
}

fn with_mask(options: &Options, mask: Option<Arc<Array2<f32>>>) -> Inpaint {
    Inpaint {
        mask,
        fill: Words::of_word(options.text(Id::Fill)).unwrap_or(super::Fill::Automatic),
        grain: is_automatic(options, Id::Grain),
        fill_from: options.fill_from(),
    }
}

fn method(options: &Options) -> Method {
    Method {
        data_step: Words::of_word(options.text(Id::DataStep)),
        sampler: Words::of_word(options.text(Id::Sampler)),
        sampler_steps: count(options, Id::SamplerSteps),
        rounds: count(options, Id::Rounds),
        gradient_steps: count(options, Id::GradientSteps),
        step: number(options, Id::Step),
        optimizer: Words::of_word(options.text(Id::Optimizer)).unwrap_or(Optimizer::Sgd),
        momentum: options.number(Id::Momentum),
        weight_decay: options.number(Id::WeightDecay),
        schedule: Words::of_word(options.text(Id::Schedule)),
        t_start: number(options, Id::TStart),
        t_end: number(options, Id::TEnd),
        approach: Words::of_word(options.text(Id::LatentApproach)),
    }
}
