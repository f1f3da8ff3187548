//! Which installed prior restores best: one table for `model = auto`.

use crate::diffusion::Sampler;
use crate::priors;
use crate::request::{ModelChoice, PresetName, Request, TaskKind};

/// The prior that is always there.
const DIFFUSION: &str = "photo";

/// The best denoiser: Kodak σ 15 / 25 / 50 34.77 / 32.26 / 29.11 dB, `photo` 34.02 / 31.39 / 28.03; 2.7
/// times the time on a processor.
const DENOISER: &str = "ffdnet";

/// The name or folder of the prior for a request: as named, else the best installed one. The published
/// algorithm and samplers that walk down from high noise need a diffusion model; `fast` takes the faster.
pub fn choose_model(request: &Request) -> String {
    if let ModelChoice::Named(name) = &request.model {
        return name.clone();
    }
    let method = &request.method;
    let walks = method
        .sampler
        .is_some_and(|sampler| sampler != Sampler::Tweedie)
        || method.t_start.is_some()
        || method.schedule.is_some()
        || method.approach.is_some();
    let guesses = request.operator.is_some() && request.task.kind() == TaskKind::Inpaint;
    let diffusion =
        walks || guesses || matches!(request.preset, PresetName::Paper | PresetName::Fast);
    match diffusion || priors::find(DENOISER).is_err() {
        true => DIFFUSION.to_owned(),
        false => DENOISER.to_owned(),
    }
}
