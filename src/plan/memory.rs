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

/// What a run's memory depends on beside its plan.
pub struct Needs<'a> {
    /// Where it runs, with the limit.
    pub place: &'a Place,
    /// The prior.
    pub info: &'a PriorInfo,
    /// The operator.
    pub operator: &'a dyn Operator<f32>,
    /// Bytes of the samples given and returned.
    pub samples: usize,
}

impl<'a> Needs<'a> {
    /// The same of samples of 16 bits, where none are given yet.
    pub fn typical(place: &'a Place, info: &'a PriorInfo, operator: &'a dyn Operator<f32>) -> Self {
        let pictures = volume(operator.input_shape()) + volume(operator.output_shape());
        Needs {
            place,
            info,
            operator,
            samples: (0.5 * pictures) as usize,
        }
    }

    /// Makes the plan keep to the request's memory limit: narrower tiles where it leaves them open, or no run.
    ///
    /// # Errors
    /// `Memory`.
    pub fn fit(&self, plan: &mut Plan) -> Result<()> {
        self.narrow(plan);
        let needed = self.bytes(plan);
        match self.place.max_memory {
            Some(allowed) if needed > allowed as f64 => Err(Error::Memory {
                needed: (needed / 1e6).ceil() as u64,
                allowed: allowed / 1_000_000,
            }),
            _ => Ok(()),
        }
    }

    /// Whether the pictures alone take more than is allowed: worth knowing before the first is made.
    pub fn is_hopeless(&self) -> bool {
        let (picture, measurement) = (self.operator.input_shape(), self.operator.output_shape());
        let pictures = 2.0 * volume(picture) + volume(measurement);
        let allowed = self.place.max_memory;
        allowed.is_some_and(|allowed| pictures > allowed as f64)
    }

    /// Narrows the tiles where the request leaves them open, until the run fits or they are mostly overlap.
    pub fn narrow(&self, plan: &mut Plan) {
        let rule = self.info.tiles;
        let Some(allowed) = self.place.max_memory else {
            return;
        };
        if self.place.tile.is_some() || rule.fixed_size || rule.global_operations {
            return;
        }
        let step = 64usize.next_multiple_of(rule.size_multiple);
        while self.bytes(plan) > allowed as f64
            && plan.tile.tile >= 2 * step + NARROWEST * plan.tile.overlap
        {
            plan.tile.tile -= step;
        }
    }

    /// Peak bytes of a run: the samples, the loop's pictures, the operator's and the runtime's. Where memory is limited,
    /// data steps and the network take turns at it.
    pub fn bytes(&self, plan: &Plan) -> f64 {
        let Needs { info, operator, .. } = self;
        let picture = volume(operator.input_shape());
        let measurement = volume(operator.output_shape());
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
        let tile = self.tile_pixels(plan);
        let purify = purify_bytes(info, plan, picture, tile);
        let work = match self.place.max_memory {
            // Between its steps an operator keeps a picture's worth at most.
            Some(_) => scratch.max(scratch.min(picture) + purify),
            None => scratch + purify,
        };
        // The runtime keeps them for its next call.
        let activations = tile * TILE_BYTES * (network / NETWORK_BYTES).sqrt().max(1.0);
        let pictures = self.samples as f64 + measurement + estimate + fusion;
        BASE + 2.0 * network + pictures + activations + work
    }

    fn tile_pixels(&self, plan: &Plan) -> f64 {
        let [_, height, width] = self.operator.input_shape();
        let info = self.info;
        let tiling = Tiling::new(
            info.tiles,
            plan.tile,
            height.div_ceil(info.downsample),
            width.div_ceil(info.downsample),
        );
        (tiling.rows.tile * tiling.columns.tile * info.downsample * info.downsample) as f64
    }
}

/// Bytes of a planar picture.
fn volume(shape: [usize; 3]) -> f64 {
    (shape.iter().product::<usize>() * size_of::<f32>()) as f64
}

/// Bytes that a purification takes beside the estimate of `picture` bytes and the runtime's.
fn purify_bytes(info: &PriorInfo, plan: &Plan, picture: f64, tile: f64) -> f64 {
    // The prediction (with its variance); turned, it and the estimate once more.
    let predictions = 1.0
        + f64::from(u8::from(info.learned_variance))
        + 2.0 * f64::from(u8::from(plan.symmetries > 1));
    // How bright it is, and a tile as an exposure sees it, gives it and adds to it.
    let exposures = match plan.seen.beyond {
        Some(_) => (picture / 3.0) + 4.0 * 3.0 * size_of::<f32>() as f64 * tile,
        None => 0.0,
    };
    predictions * picture + exposures
}
