//! The header and the library as C and C++ programs see them.
#![cfg(all(feature = "capi", target_os = "linux"))]

mod abi;
mod build;
mod header;
mod programs;
