//! How much memory and time a restoration takes, before it starts.

use parking_lot::Mutex;

use super::context::Estimate;
use super::job::open_prior;
use super::measurement::{Known, build_operator};
use super::network::Network;
use super::plan::Plan;
use super::presets::Noise;
use super::tiling::Tiling;
use crate::operators::Operator;
use crate::priors::{PriorInfo, PriorKind};
use crate::request::Options;
use crate::request::parameters::Id;
use crate::{Error, Result};

/// Seconds per network pixel of this process's last finished run.
static SPEED: Mutex<Option<f64>> = Mutex::new(None);

/// Resident bytes of the program and the runtime before any model or picture, measured.
const BASE: f64 = 60.0e6;

/// Bytes the runtime takes per pixel of a tile for the network below: its activations, measured.
const TILE_BYTES: f64 = 350.0;

/// Size of the network that was measured; activations grow as the square root of the weights.
const NETWORK_BYTES: f64 = 7.7e6;

/// Narrowest tile a memory limit leads to, in overlaps: narrower ones would mostly repeat work.
const NARROWEST: usize = 4;

/// What a run takes, for options whose noise is given or assumed 0.
///
/// # Errors
/// As [`restore`](super::restore) before its first network call.
pub fn estimate(options: &Options, width: usize, height: usize) -> Result<Estimate> {
    let prior = open_prior(options)?;
    let info = prior.info();
    let known = Known::measurement(options, [3, height, width])?;
    let operator = build_operator(options, known)?;
    let noise = Noise::known(options.number(Id::Noise).max(0.0));
    let mut plan = Plan::resolve(options, info, &*operator, noise)?;
    narrow(options, info, &mut plan, &*operator);
    let network_calls = plan.network_calls(info);
    let [_, tall, wide] = operator.input_shape();
    let tiling = Tiling::new(info.tiles, plan.tile, tall, wide);
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

/// Makes the plan keep to `max_memory`: narrower tiles where the options leave them open, or no run.
///
/// # Errors
/// `Memory`.
pub fn fit(
    options: &Options,
    info: &PriorInfo,
    plan: &mut Plan,
    operator: &dyn Operator<f32>,
) -> Result<()> {
    narrow(options, info, plan, operator);
    let needed = bytes(info, plan, operator);
    if needed <= allowed(options) {
        return Ok(());
    }
    Err(Error::Memory {
        needed: (needed / 1e6).ceil() as u64,
        allowed: options.integer(Id::MaxMemory) as u64,
    })
}

/// Whether the pictures alone take more than `max_memory`: worth knowing before the first is made.
pub fn is_hopeless(options: &Options, operator: &dyn Operator<f32>) -> bool {
    2.0 * volume(operator.input_shape()) + volume(operator.output_shape()) > allowed(options)
}

fn allowed(options: &Options) -> f64 {
    match options.integer(Id::MaxMemory) {
        0 => f64::INFINITY,
        megabytes => megabytes as f64 * 1e6,
    }
}

fn narrow(options: &Options, info: &PriorInfo, plan: &mut Plan, operator: &dyn Operator<f32>) {
    if options.integer(Id::Tile) != -1 || info.tiles.fixed_size || info.tiles.global_operations {
        return;
    }
    let step = 64usize.next_multiple_of(info.tiles.size_multiple);
    while bytes(info, plan, operator) > allowed(options)
        && plan.tile.tile >= 2 * step + NARROWEST * plan.tile.overlap
    {
        plan.tile.tile -= step;
    }
}

/// Remembers how fast a finished run's network was.
pub fn learn_speed(network: &Network<'_>, height: usize, width: usize) {
    let pixels = (network.calls * height * width) as f64;
    if pixels > 0.0 {
        *SPEED.lock() = Some(network.time.as_secs_f64() / pixels);
    }
}

/// Bytes of a planar picture.
fn volume(shape: [usize; 3]) -> f64 {
    (shape.iter().product::<usize>() * size_of::<f32>()) as f64
}

/// Peak bytes of a run: the samples given and returned, the loop's pictures, the operator's and the
/// runtime's.
fn bytes(info: &PriorInfo, plan: &Plan, operator: &dyn Operator<f32>) -> f64 {
    let [_, height, width] = operator.input_shape();
    let picture = volume(operator.input_shape());
    let measurement = volume(operator.output_shape());
    let samples = 0.5 * (picture + measurement);
    // The estimate, the prediction (with its variance), the noise where some is drawn; a latent prior's
    // estimate is decoded and encoded anew.
    let pictures = 2.0
        + f64::from(u8::from(info.learned_variance))
        + f64::from(u8::from(plan.draws_noise))
        + f64::from(u8::from(info.kind == PriorKind::Latent));
    let scratch = (operator.scratch() * size_of::<f32>()) as f64;
    let tiling = Tiling::new(
        info.tiles,
        plan.tile,
        height.div_ceil(info.downsample),
        width.div_ceil(info.downsample),
    );
    let tile = tiling.rows.tile * tiling.columns.tile * info.downsample * info.downsample;
    let network = info.network_bytes as f64;
    let activations = TILE_BYTES * (network / NETWORK_BYTES).sqrt().max(1.0);
    BASE + 2.0 * network
        + samples
        + measurement
        + pictures * picture
        + scratch
        + tile as f64 * activations
}
