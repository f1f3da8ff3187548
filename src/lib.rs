//! Image restoration with diffusion models.
//!
//! `dcdp` implements *Decoupled Data Consistency with Diffusion Purification* (DCDP,
//! arXiv 2403.06054). Given a measurement `y = A(x) + n` of a picture `x`, it alternates a
//! **data-fidelity** step, which pulls the estimate towards the measurement with native operators,
//! and a **purification** step, which pulls it towards what a pretrained diffusion model believes
//! pictures look like.
//!
//! Data flows one way: [`Options`] are resolved into a plan, the plan drives the outer loop, and the
//! loop fills the output. Start at [`restore`].
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod data_consistency;
mod diffusion;
mod error;
mod fill;
mod fusion;
mod math;
mod plan;

pub mod estimate;
pub mod image;
pub mod metrics;
pub mod operators;
pub mod priors;
pub mod request;
pub mod restore;
pub mod runtime;

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "capi")]
pub mod capi;

pub use error::{Error, Result};
pub use request::Options;
pub use restore::{Progress, Report, restore};
