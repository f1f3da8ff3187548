//! A host around the built node: real suites, pixels in memory, and every action.
//!
//! What comes out is compared with the engine itself, on a tiny model.
#![cfg(unix)]
#![allow(unsafe_op_in_unsafe_fn)]

mod effect;
mod engine;
mod memory;
mod parameters;
mod plugin;
mod process;
mod properties;
mod shim;

mod describing;
mod failing;
mod lasting;
mod masking;
mod measuring;
mod neighbours;
mod rendering;
mod stopping;
