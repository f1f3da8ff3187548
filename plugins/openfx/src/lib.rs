//! The OpenFX node of dcdp: a client of the crate's public API.
//!
//! [`entry`] is what a host calls. Every action goes from there through one guard to the module that
//! answers it: [`describe`] (what the node is), [`instance`] (its life and its controls), [`geometry`]
//! (what it needs to see), [`render`] (pixels). Suites and property sets are wrapped in [`host`] and
//! [`property`]; nothing else calls a host's function pointers directly.
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod analysis;
mod call;
mod clip;
mod colour;
mod describe;
mod entry;
mod failure;
mod frame;
mod geometry;
mod host;
mod instance;
mod mask;
mod message;
mod neighbours;
mod parameters;
mod progress;
mod property;
mod render;
mod restoration;
mod settings;
