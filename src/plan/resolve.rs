//! A plan: everything a restoration will do, settled and checked before any work starts.

use ndarray::Array2;

use super::operator::{Known, light, quantiser};
use super::preset::{Preset, Situation};
use super::presets::preset;
use super::rounds::{Round, Setting};
use super::seen::Seen;
use super::tiles::TileSize;
use crate::Result;
use crate::data_consistency::DataStep;
use crate::estimate::noise::CLEAN;
use crate::operators::Operator;
use crate::priors::{PriorInfo, PriorKind};
use crate::request::{Approach, BlurKind, Light, Method, PresetName, Request, Task, TaskKind};

/// The rounds of an outer loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounds {
    /// In order; at least one.
    pub rounds: Vec<Round>,
    /// A data step after the last round.
    pub finish: Option<DataStep>,
}

impl Rounds {
    /// Network calls on the whole picture (NFE).
    pub fn network_calls(&self, info: &PriorInfo) -> usize {
        let calls = |round: &Round| round.purification.network_calls(info);
        self.rounds.iter().map(calls).sum()
    }
}

/// How a picture is restored.
#[derive(Clone, Debug, PartialEq)]
pub enum Algorithm {
    /// Nothing is wrong with it: it is returned as it came.
    Unchanged,
    /// Patches fill all there is to fill.
    Filled,
    /// The posterior mean at the level of the noise, coarse to fine where that is coloured.
    Denoise,
    /// Algorithm 1 or 2.
    Rounds(Rounds),
}

/// A restoration ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The task.
    pub task: TaskKind,
    /// The preset.
    pub preset: PresetName,
    /// The preset's row, before the caller's own knobs.
    pub row: Preset,
    /// JPEG artefacts are removed first, by these rounds.
    pub clean: Option<Rounds>,
    /// The measurement is taken from its JPEG file's coefficients, before a decoder rounded and clipped it.
    pub unround: bool,
    /// What is done.
    pub algorithm: Algorithm,
    /// Flips and turns of which the mean is taken, 1 or 8.
    pub symmetries: usize,
    /// Seeds of which the mean is taken.
    pub seeds: Vec<u64>,
    /// Tile side and overlap, in network pixels.
    pub tile: TileSize,
    /// Where a latent prior's data fidelity runs.
    pub approach: Approach,
    /// Whether the first estimate is 0, as in the published algorithm, not what the measurement suggests.
    pub starts_empty: bool,
    /// Whether purification draws noise.
    pub draws_noise: bool,
    /// Whether known pixels of an inpainting are put back untouched at the end.
    pub keep_known: bool,
    /// Whether the noise of an inpainting's known pixels is removed first.
    pub denoise_known: bool,
    /// Whether its fill may get the grain of its surroundings.
    pub grain: bool,
    /// Frames around the input that are asked how far they measure the same.
    pub neighbours: usize,
    /// What is known of the measurement.
    pub seen: Seen,
    /// The noise σ_y that data steps assume, 0…255 units.
    pub assumed_noise: f64,
}

impl Plan {
    /// Settles what `request` leaves open, for one prior and operator.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that does not fit; `UnstableStep`; what a caller's own operator
    /// reports.
    pub fn resolve(
        request: &Request,
        info: &PriorInfo,
        operator: &dyn Operator<f32>,
        seen: Seen,
    ) -> Result<Self> {
        let task = request.task.kind();
        let clean = cleaning(request, info, seen)?;
        let seen = Seen {
            cleaned: clean.is_some(),
            ..seen
        };
        let row = row(request, info, seen);
        let light = light(request);
        let setting = Setting {
            method: &request.method,
            preset: row,
            info,
            operator,
            seen,
            task: effective_task(request),
            light,
        };
        let algorithm = match is_single_call(request, info) {
            true if seen.noise == 0.0 || (!seen.noise_given && seen.noise < CLEAN) => {
                Algorithm::Unchanged
            }
            true => Algorithm::Denoise,
            false if seen.blur_missing => Algorithm::Unchanged,
            false if is_filled(request) => Algorithm::Filled,
            false => Algorithm::Rounds(Rounds {
                rounds: setting.rounds()?,
                finish: setting.finish(),
            }),
        };
        let clean = clean.filter(|_| algorithm != Algorithm::Unchanged);
        let neighbours = match (&algorithm, &request.neighbours) {
            (Algorithm::Denoise, Some(neighbours)) => neighbours.len(),
            _ => 0,
        };
        let draws_noise = match &algorithm {
            Algorithm::Rounds(rounds) => {
                let draws = |round: &Round| round.purification.draws_noise(info);
                rounds.rounds.iter().any(draws)
            }
            Algorithm::Unchanged | Algorithm::Filled | Algorithm::Denoise => false,
        };
        let starts_empty = starts_empty(request, &algorithm);
        let unround =
            clean.is_none() && matches!(algorithm, Algorithm::Rounds(_)) && unrounds(request);
        let samples = request.samples.unwrap_or(row.samples).max(1) as u64;
        Ok(Plan {
            task,
            preset: request.preset,
            row,
            clean,
            unround,
            algorithm,
            symmetries: row.symmetries,
            seeds: (0..samples)
                .map(|index| request.seed.wrapping_add(index))
                .collect(),
            tile: TileSize::resolve(info.tiles, &request.place)?,
            approach: approach(request),
            starts_empty,
            draws_noise,
            keep_known: task == TaskKind::Inpaint && !request.is_paper(),
            denoise_known: denoises_known(request, info, seen),
            grain: match &request.task {
                Task::Inpaint(inpaint) => {
                    let may = inpaint.grain && !request.is_paper() && denoises_pictures(info);
                    may && !denoises_known(request, info, seen)
                }
                _ => false,
            },
            neighbours,
            seen,
            assumed_noise: seen.assumed(effective_task(request), light),
        })
    }

    /// Network calls on the whole picture (NFE) in all; coarse levels of coloured noise come on top.
    pub fn network_calls(&self, info: &PriorInfo) -> usize {
        let once = match &self.algorithm {
            Algorithm::Unchanged | Algorithm::Filled => 0,
            Algorithm::Denoise => 1,
            Algorithm::Rounds(rounds) => rounds.network_calls(info),
        };
        let clean = self
            .clean
            .as_ref()
            .map_or(0, |rounds| rounds.network_calls(info));
        clean + once * self.symmetries * self.seeds.len()
    }
}

/// Whether an inpainting's mask leaves nothing to fill.
fn is_filled(request: &Request) -> bool {
    let Task::Inpaint(inpaint) = &request.task else {
        return false;
    };
    let empty = |mask: &Array2<f32>| mask.iter().all(|&fill| fill <= 0.5);
    let mask = inpaint.mask.as_deref();
    request.operator.is_none() && !request.is_paper() && mask.is_some_and(empty)
}

/// An operator of the caller's own is no identity, whatever the task is called: it is undone as a blur is.
fn effective_task(request: &Request) -> TaskKind {
    match (request.task.kind(), &request.operator) {
        (TaskKind::Denoise, Some(_)) => TaskKind::Deblur,
        (task, _) => task,
    }
}

/// Measured noise from which on an inpainting removes it everywhere, 0…255 units: texture passes for less.
const CLEARLY_NOISY: f64 = 6.0;

/// Whether the known pixels of an inpainting are denoised: where noise was given, or measured beyond doubt.
fn denoises_known(request: &Request, info: &PriorInfo, seen: Seen) -> bool {
    let least = if seen.noise_given { 0.0 } else { CLEARLY_NOISY };
    let fills = request.task.kind() == TaskKind::Inpaint && request.operator.is_none();
    fills && denoises_pictures(info) && !request.is_paper() && seen.noise > least
}

/// Whether a prior's network sees pictures, not latents.
fn denoises_pictures(info: &PriorInfo) -> bool {
    info.kind != PriorKind::Latent
}

/// Whether a measurement is better taken from a JPEG file's coefficients: sharpening brings out what rounding and clipping did.
fn unrounds(request: &Request) -> bool {
    let of_file = request.jpeg.is_some() && request.operator.is_none();
    matches!(request.task, Task::Deblur(_)) && of_file && !request.is_paper()
}

/// t2 from which on tables are coarse: those of quality 55 and less, which hide noise of 2 and more.
const COARSE: f64 = 3.3;

/// The rounds that remove JPEG artefacts before another task, where the request wants that, the source has some
/// and the result is better for it (docs/PRESETS.md). Most blurs are better undone without: what is taken away is
/// missed when the rest is sharpened. Noise that compression hides goes with the artefacts, and soft blurs let little else through;
/// those in codes are better without all the same with so good a denoiser as FFDNet.
fn cleaning(request: &Request, info: &PriorInfo, seen: Seen) -> Result<Option<Rounds>> {
    let wanted = match &request.task {
        Task::Deblur(deblur) => {
            let soft = matches!(deblur.blur, BlurKind::Gaussian { .. });
            let coarse = seen.quantisation.is_some_and(|t2| t2 > COARSE);
            let spared = info.is_denoiser() && light(request) == Light::Encoded;
            deblur.clean && (soft || coarse) && !spared
        }
        Task::SuperResolve { clean, .. } => *clean,
        Task::Denoise(_) | Task::Dejpeg | Task::Inpaint(_) => false,
    };
    let pixels = info.kind == PriorKind::Pixel && request.operator.is_none();
    let Some(source) = request
        .jpeg
        .as_ref()
        .filter(|_| wanted && pixels && !request.is_paper())
    else {
        return Ok(None);
    };
    let (width, height) = source.size();
    let operator = quantiser(request, Known::Measurement([3, height, width]))?;
    let situation = Situation {
        task: TaskKind::Dejpeg,
        gaussian_blur: None,
        quantisation: None,
        scale: 1,
        kind: info.kind,
        own_operator: false,
    };
    let setting = Setting {
        method: &Method::default(),
        preset: preset(PresetName::Default, situation),
        info,
        operator: &*operator,
        seen,
        task: TaskKind::Dejpeg,
        light: Light::Encoded,
    };
    Ok(Some(Rounds {
        rounds: setting.rounds()?,
        finish: setting.finish(),
    }))
}

/// Gradient steps start from 0, as published, unless the operator has surroundings to complete.
fn starts_empty(request: &Request, algorithm: &Algorithm) -> bool {
    let Algorithm::Rounds(rounds) = algorithm else {
        return false;
    };
    let descends = |round: &Round| matches!(round.data_step, DataStep::Gradient(_));
    let open = match &request.task {
        Task::Deblur(deblur) => deblur.boundary.is_none() && request.operator.is_none(),
        _ => false,
    };
    request.is_paper() || (rounds.rounds.iter().all(descends) && !open)
}

fn row(request: &Request, info: &PriorInfo, seen: Seen) -> Preset {
    let situation = Situation {
        task: effective_task(request),
        gaussian_blur: match &request.task {
            Task::Deblur(deblur) => match deblur.blur {
                BlurKind::Gaussian { sigma } => Some(sigma),
                _ => None,
            },
            _ => None,
        },
        quantisation: seen.quantisation,
        scale: match request.task {
            Task::SuperResolve { scale, .. } => scale,
            _ => 1,
        },
        kind: info.kind,
        own_operator: request.operator.is_some(),
    };
    preset(request.preset, situation).with(&request.constants)
}

/// Whether noise alone is to be removed and no knob of the method was turned.
fn is_single_call(request: &Request, info: &PriorInfo) -> bool {
    let method = &request.method;
    let untouched = method.rounds.is_none_or(|rounds| rounds == 1)
        && method.sampler.is_none()
        && method.schedule.is_none()
        && method.t_start.is_none()
        && method.t_end.is_none();
    let denoises = matches!(request.task, Task::Denoise(_)) && request.operator.is_none();
    denoises && untouched && !request.is_paper() && denoises_pictures(info)
}

/// Unless said, as in Table 7 of the paper under its preset: Approach I for inpainting and
/// super-resolution, II for the rest; else II, which costs no decoder gradient per step.
fn approach(request: &Request) -> Approach {
    let automatic = match request.task.kind() {
        TaskKind::Inpaint | TaskKind::SuperResolve if request.is_paper() => Approach::Latent,
        _ => Approach::Pixel,
    };
    request.method.approach.unwrap_or(automatic)
}
