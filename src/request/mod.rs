//! What a caller asks for: the parameter table and the values given for it.

pub mod options;
pub mod parameters;

pub use options::{OperatorFactory, Options, Value};
