//! Restoration: a plan is run, and what it did is reported.

pub(crate) mod autoencoder;
pub mod degrade;
pub(crate) mod network;
pub(crate) mod outer_loop;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod space;
pub(crate) mod symmetry;

mod coarse_to_fine;
mod context;
mod counted;
mod estimate;
mod examine;
mod exposed;
mod exposures;
mod findings;
mod holes;
mod in_range;
mod job;
mod model;
mod neighbours;
mod once;
mod own_size;
mod reading;
mod repeat;
mod reporter;
mod sources;
mod stages;
mod texture;

pub use context::{Context, restore, restore_with_uncertainty};
pub use estimate::{Estimate, estimate};
pub use examine::{Examination, JpegFinding, examine, shown_blur, shown_jpeg, shown_noise};
pub use neighbours::{Neighbourhood, Use};
pub use own_size::{examine_at_its_size, restore_at_its_size};
pub use progress::{Observer, Progress};
pub use report::Report;

pub use crate::request::{measurement_size, restored_size as output_size};
