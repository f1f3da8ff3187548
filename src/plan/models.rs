//! Which installed prior `model = auto` takes.

use super::models_table::{MODELS, Measured};
use crate::diffusion::Sampler;
use crate::priors;
use crate::request::{ModelChoice, PresetName, Request, TaskKind};

/// The prior that is always there.
const DIFFUSION: &str = "photo";

/// The name or folder of the prior for a request: as named, else the first installed one of the table. The
/// published algorithm and what starts from high noise need a diffusion model: samplers that walk down from it, and
/// what fills parts that a caller's own operator leaves open.
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
    let task = request.task.kind();
    let guesses = request.operator.is_some() && task == TaskKind::Inpaint;
    if walks || guesses || request.is_paper() {
        return DIFFUSION.to_owned();
    }
    let installed =
        |measured: &&Measured| measured.model == DIFFUSION || priors::find(measured.model).is_ok();
    let Some(best) = in_order(task, request.preset).find(installed) else {
        return DIFFUSION.to_owned();
    };
    log::debug!(
        "model auto is {}, measured to reach {} dB in {} ms",
        best.model,
        best.psnr,
        best.milliseconds,
    );
    best.model.to_owned()
}

/// The table's priors for a task and preset, the best first.
fn in_order(task: TaskKind, preset: PresetName) -> impl Iterator<Item = &'static Measured> {
    let measured = match preset {
        // The same with more rounds.
        PresetName::Best => PresetName::Default,
        preset => preset,
    };
    MODELS
        .iter()
        .filter(move |row| (row.task, row.preset) == (task, measured))
        .flat_map(|row| row.models)
}
