//! The header and the library as C and C++ programs see them.
#![cfg(all(feature = "capi", unix))]

mod abi;
mod build;
mod header;
mod programs;
