//! A request: everything a restoration is asked for, in types that cannot say what makes no sense.

use std::path::PathBuf;
use std::sync::Arc;

use ndarray::Array2;

use super::constants::Constants;
use super::options::OperatorFactory;
use crate::data_consistency::Optimizer;
use crate::diffusion::{Sampler, Schedule};
use crate::estimate::blur::{BlurFinding, Light};
use crate::estimate::noise::NoiseFinding;
use crate::image::{JpegSource, OwnedImage, Transfer};
use crate::operators::Boundary;
use crate::runtime::Device;

/// What is wrong with the picture, by name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// Noise alone.
    Denoise,
    /// JPEG compression.
    Dejpeg,
    /// Blur.
    Deblur,
    /// A region to fill.
    Inpaint,
    /// Too few pixels.
    SuperResolve,
}

/// The preset that decides what the request leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PresetName {
    /// For real photographs.
    Default,
    /// Half the time or less.
    Fast,
    /// Several times as long.
    Best,
    /// The published algorithm with its own settings.
    Paper,
}

/// What is wrong with the picture, with all that this task needs to know.
#[derive(Clone)]
pub enum Task {
    /// Noise alone.
    Denoise(Denoise),
    /// JPEG compression.
    Dejpeg,
    /// Blur.
    Deblur(Deblur),
    /// A region to fill.
    Inpaint(Inpaint),
    /// Too few pixels.
    SuperResolve {
        /// How many times wider and higher the result is, at least 1.
        scale: usize,
        /// How the small picture was made.
        source: Source,
        /// Whether JPEG artefacts are removed first where the picture has them.
        clean: bool,
    },
}

impl Task {
    /// The task by name alone.
    pub fn kind(&self) -> TaskKind {
        match self {
            Task::Denoise(_) => TaskKind::Denoise,
            Task::Dejpeg => TaskKind::Dejpeg,
            Task::Deblur(_) => TaskKind::Deblur,
            Task::Inpaint(_) => TaskKind::Inpaint,
            Task::SuperResolve { .. } => TaskKind::SuperResolve,
        }
    }
}

/// How noise alone is removed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Denoise {
    /// Factor on the standard deviation of measured noise, 0.25…2.
    pub strength: f64,
    /// Share of the fine luminance detail that is brought back, 0…1.
    pub texture: f64,
}

/// A blur to undo.
#[derive(Clone)]
pub struct Deblur {
    /// Its shape.
    pub blur: BlurKind,
    /// In what it happened; `None` is automatic.
    pub light: Option<Light>,
    /// What lies beyond the edges; `None` is an unknown scene (the paper's reflection under its preset).
    pub boundary: Option<Boundary>,
    /// Whether JPEG artefacts are removed first where the picture has them.
    pub clean: bool,
}

/// The shape of a blur.
#[derive(Clone)]
pub enum BlurKind {
    /// Gaussian of this standard deviation in pixels.
    Gaussian {
        /// Pixels.
        sigma: f64,
    },
    /// Defocus.
    Disk {
        /// Pixels.
        radius: f64,
    },
    /// Straight motion.
    Motion {
        /// Pixels.
        length: f64,
        /// Degrees, counter-clockwise from +x.
        angle: f64,
    },
    /// The paper's random motion, drawn from the request's seed.
    Random,
    /// A point-spread function.
    Kernel(Kernel),
    /// Found in the picture: a line, a disk or a Gaussian.
    Automatic,
    /// Found in the picture: camera shake, a kernel of any shape.
    Shake,
}

impl BlurKind {
    /// Whether it is still to be found in the picture.
    pub fn is_open(&self) -> bool {
        matches!(self, BlurKind::Automatic | BlurKind::Shake)
    }
}

/// Where a point-spread function comes from.
#[derive(Clone)]
pub enum Kernel {
    /// A picture; centred on its centroid.
    File(PathBuf),
    /// H×W values, taken as given.
    Memory(Arc<Array2<f32>>),
}

/// A region to fill.
#[derive(Clone)]
pub struct Inpaint {
    /// H×W, above 0.5 where to fill; a caller's own operator may do without.
    pub mask: Option<Arc<Array2<f32>>>,
    /// What fills it.
    pub fill: Fill,
    /// Whether filled parts get the grain of their surroundings.
    pub grain: bool,
    /// H×W, above 0.5 where patches may come from; everywhere known unless said.
    pub fill_from: Option<Arc<Array2<f32>>>,
}

/// What fills holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The prior in thin holes, patches in wide ones.
    Automatic,
    /// The prior.
    Prior,
    /// Patches of the picture.
    Patch,
}

/// How a small picture was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By bicubic resampling.
    Sharp,
    /// By averaging, or a soft lens.
    Soft,
}

/// Noise of the measurement.
#[derive(Clone, Debug, PartialEq)]
pub enum NoiseLevel {
    /// As the picture shows.
    Automatic,
    /// White, of this standard deviation in 0…255 units.
    Known(f64),
    /// As another picture, or another part of it, showed.
    Measured(Arc<NoiseFinding>),
}

/// Which prior.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// The best installed one for the task and preset.
    Automatic,
    /// Of this name, or in this folder.
    Named(String),
}

/// How a data step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Eq. (8) of the paper solved.
    Proximal,
    /// The paper's τ gradient steps.
    Gradient,
}

/// Where a latent prior's data fidelity runs (Algorithm 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approach {
    /// On z, through the decoder; then z ← E(D(z)) (Approach I).
    Latent,
    /// On x = D(v) in pixels; then z = E(x) (Approach II).
    Pixel,
}

/// The method's own knobs; `None` leaves one to the preset.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// How a data step is taken.
    pub data_step: Option<StepKind>,
    /// The sampler.
    pub sampler: Option<Sampler>,
    /// Network calls per round of a sampler with steps; 0 takes every timestep.
    pub sampler_steps: Option<usize>,
    /// Rounds K, at least 1.
    pub rounds: Option<usize>,
    /// Gradient steps τ per round.
    pub gradient_steps: Option<usize>,
    /// Step s = 2α/m; with Adam the learning rate.
    pub step: Option<f64>,
    /// How gradient steps descend.
    pub optimizer: Optimizer,
    /// Momentum of SGD, 0…0.999.
    pub momentum: f64,
    /// λ of λ·MSE(x, v).
    pub weight_decay: f64,
    /// How the strength falls.
    pub schedule: Option<Schedule>,
    /// First strength: a timestep, or σ for a consistency prior.
    pub t_start: Option<f64>,
    /// Last strength.
    pub t_end: Option<f64>,
    /// Where a latent prior's data fidelity runs.
    pub approach: Option<Approach>,
}

impl Default for Method {
    /// Every knob left to the preset.
    fn default() -> Self {
        Method {
            data_step: None,
            sampler: None,
            sampler_steps: None,
            rounds: None,
            gradient_steps: None,
            step: None,
            optimizer: Optimizer::Sgd,
            momentum: 0.9,
            weight_decay: 0.0,
            schedule: None,
            t_start: None,
            t_end: None,
            approach: None,
        }
    }
}

/// Where and in what room a restoration runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The device of the network.
    pub device: Device,
    /// Processor threads, 0 for all.
    pub threads: usize,
    /// Most bytes it may take.
    pub max_memory: Option<u64>,
    /// Side of tiles in network pixels, 0 for the whole picture; `None` leaves it to the model.
    pub tile: Option<usize>,
    /// Network pixels that neighbouring tiles share; `None` leaves it to the model.
    pub overlap: Option<usize>,
}

/// A frame near the one that is restored.
#[derive(Clone)]
pub struct Neighbour {
    /// How many frames after it; negative before.
    pub offset: i32,
    /// Its pixels.
    pub frame: Arc<OwnedImage>,
}

/// Everything a restoration is asked for.
#[derive(Clone)]
pub struct Request {
    /// What is wrong with the picture.
    pub task: Task,
    /// An operator of the caller's own, in place of the task's.
    pub operator: Option<OperatorFactory>,
    /// Noise of the measurement.
    pub noise: NoiseLevel,
    /// The preset.
    pub preset: PresetName,
    /// Constants in place of its own.
    pub constants: Constants,
    /// The prior.
    pub model: ModelChoice,
    /// The method's own knobs.
    pub method: Method,
    /// Where it runs.
    pub place: Place,
    /// The blur that an open one is, estimated elsewhere.
    pub blur_found: Option<Arc<BlurFinding>>,
    /// Start of the random numbers.
    pub seed: u64,
    /// Restorations to take the mean of; `None` leaves it to the preset.
    pub samples: Option<usize>,
    /// Transfer of the stored values; `None` is as the picture says.
    pub transfer: Option<Transfer>,
    /// H×W, above 0.5 where the measurement holds no data.
    pub ignore: Option<Arc<Array2<f32>>>,
    /// The coefficients of the JPEG file that the measurement was read from.
    pub jpeg: Option<Arc<JpegSource>>,
    /// The frames around it that count, if more than itself is to be used.
    pub neighbours: Option<Vec<Neighbour>>,
}

impl Request {
    /// The same with a Gaussian blur in place of one that is still to be estimated: for estimates of
    /// memory and time.
    pub fn with_known_blur(&self) -> Self {
        let mut request = self.clone();
        if let Task::Deblur(deblur) = &mut request.task
            && deblur.blur.is_open()
        {
            deblur.blur = BlurKind::Gaussian { sigma: 3.0 };
        }
        request
    }

    /// The mask of an inpainting that has the size of its measurement.
    pub fn mask(&self) -> Option<&Array2<f32>> {
        match &self.task {
            Task::Inpaint(inpaint) if self.operator.is_none() => inpaint.mask.as_deref(),
            _ => None,
        }
    }

    /// Whether the published algorithm is asked for.
    pub fn is_paper(&self) -> bool {
        self.preset == PresetName::Paper
    }
}
