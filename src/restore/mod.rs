//! Restoration: options → plan → outer loop → output.

pub mod options;
pub mod parameters;
pub mod progress;
pub mod report;

mod context;

pub use context::{Context, Estimate, estimate, output_size, restore};
pub use options::{OperatorFactory, Options, Value};
pub use progress::{Observer, Progress};
pub use report::Report;
