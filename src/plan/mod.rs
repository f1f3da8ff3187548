//! Request, prior and operator make a plan; the loop, the estimate and the report read nothing else.

mod memory;
mod models;
mod operator;
mod presets;
mod purification;
mod resolve;
mod rounds;
mod seen;
mod tiles;
mod tiling;

pub use memory::{bytes, fit, is_hopeless, narrow};
pub use models::choose_model;
pub use operator::{Known, build_operator, light, quantiser};
pub use presets::{Data, PAPER_STEP, Preset, Situation, Strengths, preset};
pub use purification::{Purification, check_sampler, within_range};
pub use resolve::{Algorithm, Plan, Rounds};
pub use rounds::{Round, Setting};
pub use seen::{Beyond, Seen};
pub use tiles::{FADE, TileSize};
pub use tiling::{Axis, Tiling, mirror};
