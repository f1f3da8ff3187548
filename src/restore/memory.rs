//! How much memory and time a restoration takes, before it starts.

use parking_lot::Mutex;

use super::context::Estimate;
use super::job::open_prior;
use super::measurement::{Known, build_operator};
use super::network::Network;
use super::options::Options;
use super::parameters::Id;
use super::plan::Plan;
use super::presets::Noise;
use super::tiling::Tiling;
use crate::operators::Operator;
use crate::priors::PriorInfo;
use crate::{Error, Result};

/// Seconds per network pixel of this process's last finished run.
static SPEED: Mutex<Option<f64>> = Mutex::new(None);

/// Resident bytes of the program, the runtime and its arena before any picture.
const BASE: f64 = 150.0e6;

/// Bytes the runtime takes per pixel of a tile: activations of a small U-Net, measured.
const TILE_BYTES: f64 = 2500.0;

/// What a run takes, for options whose noise is given or assumed 0.
///
/// # Errors
/// As [`restore`](super::restore) before its first network call.
pub fn estimate(options: &Options, width: usize, height: usize) -> Result<Estimate> {
    let prior = open_prior(options)?;
    let info = prior.info();
    let known = Known::measurement(options, info.kind, [3, height, width])?;
    let operator = build_operator(options, known)?;
    let plan = Plan::resolve(
        options,
        info,
        &*operator,
        Noise::known(options.number(Id::Noise).max(0.0)),
    )?;
    let network_calls = plan.network_calls(info);
    let [_, tall, wide] = operator.input_shape();
    let tiling = Tiling::new(info, plan.tile, tall, wide);
    let pixels = tiling.count() * tiling.rows.tile * tiling.columns.tile;
    let seconds = SPEED
        .lock()
        .map_or(-1.0, |speed| speed * (pixels * network_calls) as f64);
    Ok(Estimate {
        megabytes: bytes(info, &plan, &*operator) / 1e6,
        seconds,
        network_calls,
    })
}

/// Refuses a run that cannot stay within `max_memory`.
///
/// # Errors
/// `Memory`.
pub fn check(
    options: &Options,
    info: &PriorInfo,
    plan: &Plan,
    operator: &dyn Operator<f32>,
) -> Result<()> {
    let allowed = options.integer(Id::MaxMemory);
    let needed = (bytes(info, plan, operator) / 1e6).ceil();
    if allowed > 0 && needed > allowed as f64 {
        return Err(Error::Memory {
            needed: needed as u64,
            allowed: allowed as u64,
        });
    }
    Ok(())
}

/// Remembers how fast a finished run's network was.
pub fn learn_speed(network: &Network<'_>, height: usize, width: usize) {
    let pixels = (network.calls * height * width) as f64;
    if pixels > 0.0 {
        *SPEED.lock() = Some(network.time.as_secs_f64() / pixels);
    }
}

/// Peak bytes of a run: the loop's picture-sized arrays, the operator's and the runtime's.
fn bytes(info: &PriorInfo, plan: &Plan, operator: &dyn Operator<f32>) -> f64 {
    let volume = |[c, h, w]: [usize; 3]| (c * h * w * size_of::<f32>()) as f64;
    let [_, height, width] = operator.input_shape();
    let picture = volume(operator.input_shape());
    let measurement = volume(operator.output_shape());
    let predictions = 1.0 + f64::from(u8::from(info.learned_variance));
    let tiling = Tiling::new(info, plan.tile, height, width);
    let tile = (tiling.rows.tile * tiling.columns.tile) as f64;
    // v, noise, gradient and the operator's scratch beside the predictions.
    BASE + (4.0 + predictions) * picture + 2.0 * measurement + tile * TILE_BYTES
}
