//! What a finished restoration did.

use serde::Serialize;

/// The account of one restoration; serialises to the JSON of `--report`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Version of the library.
    pub version: &'static str,
    /// The options used, by canonical name, every automatic value resolved.
    pub options: std::collections::BTreeMap<String, String>,
    /// Name of the prior.
    pub model: String,
    /// Device the network ran on.
    pub device: String,
    /// Width and height of the result in pixels.
    pub size: [usize; 2],
    /// One entry per round.
    pub rounds: Vec<Round>,
    /// Network calls on the whole picture in all rounds (NFE).
    pub network_calls: usize,
    /// Network runs in all rounds, each on one batch of tiles.
    pub tile_calls: usize,
    /// Wall-clock seconds per stage.
    pub seconds: Seconds,
    /// Peak resident memory of the process in MB (10⁶ bytes), 0 where unknown.
    pub peak_memory_mb: f64,
}

/// One round of the outer loop.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// Purification strength: timestep T_k, or σ for a consistency model.
    pub t: f64,
    /// Step s of the data-fidelity step.
    pub step: f64,
    /// Gradient steps τ.
    pub gradient_steps: usize,
    /// Network calls of this round (NFE).
    pub network_calls: usize,
}

/// Wall-clock seconds per stage.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Seconds {
    /// Opening the model.
    pub load: f64,
    /// Reading pixels, estimating noise, building operator bases.
    pub prepare: f64,
    /// Data fidelity.
    pub data_fidelity: f64,
    /// Inside network calls.
    pub network: f64,
    /// Purification outside the network (noise, tiling, sampler arithmetic).
    pub purify: f64,
    /// Writing pixels.
    pub finish: f64,
    /// All of it.
    pub total: f64,
}
