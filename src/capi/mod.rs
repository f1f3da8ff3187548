//! The C ABI: every `extern "C"` function of `libdcdp` (contracts stand in `include/dcdp.h`, which
//! `build.rs` generates from these files).
//!
//! Every function that can fail goes through [`guard`]: no panic crosses into C, the status is an
//! `i32`, and the message is kept for `dcdp_last_error`.
#![allow(unsafe_code)]
// The items carry the names of the header.
#![allow(non_camel_case_types)]
// The safety contract of each function is the contract in its documentation, written for C.
#![allow(clippy::missing_safety_doc)]

mod abi;
mod context;
mod device;
mod given;
mod guard;
mod image;
mod library;
mod log;
mod model;
mod operator;
mod options;
mod parameter;
mod preview;
mod progress;
mod restore;
mod shown;
mod shown_jpeg;
mod status;

pub use context::*;
pub use device::*;
pub use given::*;
pub use image::*;
pub use library::*;
pub use log::*;
pub use model::*;
pub use operator::*;
pub use options::*;
pub use parameter::*;
pub use preview::*;
pub use progress::*;
pub use restore::*;
pub use shown::*;
pub use shown_jpeg::*;
pub use status::*;

use guard::guard;
