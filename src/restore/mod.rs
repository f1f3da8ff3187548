//! Restoration: options → plan → outer loop → output.

pub mod autoencoder;
pub mod coarse_to_fine;
pub mod degrade;
pub mod latent_loop;
pub mod measurement;
pub mod network;
pub mod outer_loop;
pub mod plan;
pub mod presets;
pub mod progress;
pub mod purify;
pub mod report;
pub mod texture;
pub mod tiling;

mod context;
mod job;
mod memory;
mod reporter;

pub use context::{Context, Estimate, estimate, output_size, restore};
pub use progress::{Observer, Progress};
pub use report::Report;
