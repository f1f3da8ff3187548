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
    let needed = bytes(place, info, plan, operator);
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
    while bytes(place, info, plan, operator) > allowed as f64
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
/// runtime's. Where memory is limited, data steps and the network take turns at it.
pub fn bytes(place: &Place, info: &PriorInfo, plan: &Plan, operator: &dyn Operator<f32>) -> f64 {
    let picture = volume(operator.input_shape());
    let measurement = volume(operator.output_shape());
    let samples = 0.5 * (picture + measurement);
    let network = info.network_bytes as f64;
    let of = |what: bool| f64::from(u8::from(what)) * picture;
    // The estimate, the noise where some is drawn, the mean of several; a latent prior's estimate is decoded and
    // encoded anew.
    let estimate = picture
        + of(plan.draws_noise)
        + of(plan.symmetries * plan.seeds.len() > 1)
        + of(info.kind == PriorKind::Latent);
    // Each of them, the sum, one as the input sees it, its difference and what tests take.
    let fusion = match plan.neighbours {
        0 => 0.0,
        count => (count as f64 + 5.0) * measurement,
    };
    let scratch = (operator.scratch() * size_of::<f32>()) as f64;
    let purify = purify_bytes(info, plan, operator);
    let work = match place.max_memory {
        // Between its steps an operator keeps a picture's worth at most.
        Some(_) => scratch.max(scratch.min(picture) + purify),
        None => scratch + purify,
    };
    BASE + 2.0 * network + samples + measurement + estimate + fusion + work
}

/// Bytes that a purification takes beside the estimate.
fn purify_bytes(info: &PriorInfo, plan: &Plan, operator: &dyn Operator<f32>) -> f64 {
    let [_, height, width] = operator.input_shape();
    let picture = volume(operator.input_shape());
    let tiling = Tiling::new(
        info.tiles,
        plan.tile,
        height.div_ceil(info.downsample),
        width.div_ceil(info.downsample),
    );
    let tile = tiling.rows.tile * tiling.columns.tile * info.downsample * info.downsample;
    let activations = TILE_BYTES * (info.network_bytes as f64 / NETWORK_BYTES).sqrt().max(1.0);
    // The prediction (with its variance); turned, it and the estimate once more.
    let predictions = 1.0
        + f64::from(u8::from(info.learned_variance))
        + 2.0 * f64::from(u8::from(plan.symmetries > 1));
    // How bright it is, and a tile as an exposure sees it, gives it and adds to it.
    let exposures = match plan.seen.beyond {
        Some(_) => (picture / 3.0) + 4.0 * 3.0 * (size_of::<f32>() * tile) as f64,
        None => 0.0,
    };
    predictions * picture + exposures + tile as f64 * activations
}
