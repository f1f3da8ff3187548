//! `cargo xtask COMMAND`: everything the README asks a person to type.
fn main() {}
