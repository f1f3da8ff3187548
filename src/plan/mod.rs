//! Request, prior and operator make a plan; the loop, the estimate and the report read nothing else.

mod constants;
mod memory;
mod models;
mod models_table;
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
#[cfg(feature = "testing")]
pub use models_table::{MODELS, Measured, Models};
pub use operator::{Known, build_operator, light, psf, quantiser};
#[cfg(feature = "testing")]
pub use presets::{Data, Preset, Situation, Strengths, preset};
pub use purification::Purification;
pub use resolve::{Algorithm, Plan, Rounds};
pub use rounds::Round;
pub use seen::{Beyond, Seen};
pub use tiles::TileSize;
pub use tiling::{Tiling, mirror};
