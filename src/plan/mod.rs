//! Request, prior and operator make a plan; the loop, the estimate and the report read nothing else.

mod constants;
mod memory;
mod models;
mod models_table;
mod operator;
mod preset;
mod presets;
mod published;
mod purification;
mod resolve;
mod rounds;
mod seen;
mod tiles;
mod tiling;

pub use memory::Needs;
pub use models::choose_model;
#[cfg(feature = "testing")]
pub use models_table::{MODELS, Measured, Models};
pub use operator::{Known, build_operator, cells, light, psf, quantiser};
#[cfg(feature = "testing")]
pub use preset::{Data, Preset, Situation, Strengths};
#[cfg(feature = "testing")]
pub use presets::preset;
pub use purification::Purification;
pub use resolve::{Algorithm, Plan, Rounds};
pub use rounds::Round;
pub use seen::{Beyond, Seen};
pub use tiles::TileSize;
pub use tiling::{Tiling, mirror};
