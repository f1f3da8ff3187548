//! How much memory and time a restoration takes, before it starts.

use std::sync::Arc;

use parking_lot::Mutex;

use super::model::open_prior;
use super::network::Network;
use crate::Result;
use crate::plan::{self, Known, Needs, Plan, Seen, Tiling};
use crate::priors::Prior;
use crate::request::{NoiseLevel, Options, Request};

/// Seconds per network pixel of this process's last finished run.
static SPEED: Mutex<Option<f64>> = Mutex::new(None);

/// What a restoration will take.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Peak memory in MB (10⁶ bytes).
    pub megabytes: f64,
    /// Seconds, from the speed of this process's earlier network calls; negative while unknown.
    pub seconds: f64,
    /// Network calls on the whole picture (NFE).
    pub network_calls: usize,
    /// The model that would be taken.
    pub model: String,
}

/// Remembers how fast a finished run's network was.
pub fn learn_speed(network: &Network<'_>) {
    if network.pixels > 0 {
        *SPEED.lock() = Some(network.time.as_secs_f64() / network.pixels as f64);
    }
}

/// What restoring a picture of this size will take, without running it. Opens the model. Noise that is
/// to be measured counts as a little, a blur that is to be estimated as a Gaussian.
///
/// # Errors
/// As [`restore`](super::restore) before its first network call, except `Memory`.
pub fn estimate(options: &Options, width: usize, height: usize) -> Result<Estimate> {
    let request = Request::parse(options)?.with_known_blur();
    let noise = match &request.noise {
        NoiseLevel::Known(noise) => *noise,
        NoiseLevel::Automatic => 5.0,
        NoiseLevel::Measured(found) => found.sigma,
    };
    estimate_for(&request, width, height, Seen::noise(noise))
}

/// The same for a request whose blur is known, and a picture of which something was seen.
///
/// # Errors
/// As [`estimate`].
pub fn estimate_for(
    request: &Request,
    width: usize,
    height: usize,
    seen: Seen,
) -> Result<Estimate> {
    let prior: Arc<dyn Prior> = open_prior(request)?;
    let info = prior.info();
    let operator = plan::build_operator(request, Known::Measurement([3, height, width]), None)?;
    let mut plan = Plan::resolve(request, info, &*operator, seen)?;
    let needs = Needs::typical(&request.place, info, &*operator);
    needs.narrow(&mut plan);
    let exposures = seen.beyond.map_or(1.0, |beyond| beyond.calls);
    let network_calls = (plan.network_calls(info) as f64 * exposures).ceil() as usize;
    let [_, tall, wide] = operator.input_shape();
    let tiling = Tiling::new(info.tiles, plan.tile, tall, wide);
    let pixels = tiling.count() * tiling.rows.tile * tiling.columns.tile;
    let seconds = SPEED
        .lock()
        .map_or(-1.0, |speed| speed * (pixels * network_calls) as f64);
    Ok(Estimate {
        megabytes: needs.bytes(&plan) / 1e6,
        seconds,
        network_calls,
        model: info.name.clone(),
    })
}
