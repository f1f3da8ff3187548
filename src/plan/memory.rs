//! How much memory a restoration takes, before it starts.

use super::resolve::Plan;
use super::tiling::Tiling;
use crate::operators::Operator;
use crate::priors::{PriorInfo, PriorKind};
use crate::request::Place;
use crate::{Error, Result};

/// Resident bytes of the program and the runtime before any model or picture, measured.
const BASE: f64 = 60.0e6;

/// Bytes the runtime takes per pixel of a tile for the network below: its activations, measured.
const TILE_BYTES: f64 = 350.0;

/// Size of the network that was measured; activations grow as the square root of the weights.
const NETWORK_BYTES: f64 = 7.7e6;

/// Narrowest tile a memory limit leads to, in overlaps: narrower ones would mostly repeat work.
const NARROWEST: usize = 4;

/// Makes the plan keep to the request's memory limit: narrower tiles where it leaves them open, or no run.
///
/// # Errors
/// `Memory`.
pub fn fit(
    place: &Place,
    info: &PriorInfo,
    plan: &mut Plan,
    operator: &dyn Operator<f32>,
) -> Result<()> {
    narrow(place, info, plan, operator);
    let needed = bytes(info, plan, operator);
    match place.max_memory {
        Some(allowed) if needed > allowed as f64 => Err(Error::Memory {
            needed: (needed / 1e6).ceil() as u64,
            allowed: allowed / 1_000_000,
        }),
        _ => Ok(()),
    }
}

/// Whether the pictures alone take more than is allowed: worth knowing before the first is made.
pub fn is_hopeless(place: &Place, operator: &dyn Operator<f32>) -> bool {
    let pictures = 2.0 * volume(operator.input_shape()) + volume(operator.output_shape());
    place
        .max_memory
        .is_some_and(|allowed| pictures > allowed as f64)
}

/// Narrows the tiles where the request leaves them open, until the run fits or they are mostly overlap.
pub fn narrow(place: &Place, info: &PriorInfo, plan: &mut Plan, operator: &dyn Operator<f32>) {
    let rule = info.tiles;
    let Some(allowed) = place.max_memory else {
        return;
    };
    if place.tile.is_some() || rule.fixed_size || rule.global_operations {
        return;
    }
    let step = 64usize.next_multiple_of(rule.size_multiple);
    while bytes(info, plan, operator) > allowed as f64
        && plan.tile.tile >= 2 * step + NARROWEST * plan.tile.overlap
    {
        plan.tile.tile -= step;
    }
}

/// Bytes of a planar picture.
fn volume(shape: [usize; 3]) -> f64 {
    (shape.iter().product::<usize>() * size_of::<f32>()) as f64
}

/// Peak bytes of a run: the samples given and returned, the loop's pictures, the operator's and the
/// runtime's.
pub fn bytes(info: &PriorInfo, plan: &Plan, operator: &dyn Operator<f32>) -> f64 {
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
    // Each of them, the sum, one as the input sees it, its difference and what tests take.
    let fusion = match plan.neighbours {
        0 => 0.0,
        count => (count as f64 + 5.0) * measurement,
    };
    // How bright it is, and a tile as an exposure sees it, gives it and adds to it.
    let exposures = |tile: f64| match plan.seen.beyond {
        Some(_) => (picture / 3.0) + 4.0 * 3.0 * size_of::<f32>() as f64 * tile,
        None => 0.0,
    };
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
        + fusion
        + exposures(tile as f64)
        + tile as f64 * activations
}
