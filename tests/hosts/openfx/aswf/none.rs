//! Nothing: cargo wants a target where it fetches a crate.
