//! What a caller asks for: the parameter table, the values given for it, and the typed request they mean.
//!
//! Outside this folder nobody reads a parameter's name or a choice's word, or takes −1 for "automatic":
//! [`Request::parse`] turns named values into enums and options once.

pub mod grid;
pub mod options;
pub mod parameters;

mod constants;
mod defaults;
mod parse;
mod row;
mod table;
mod typed;
mod words;

pub use crate::estimate::blur::Light;
pub use constants::Constants;
pub use options::{OperatorFactory, Options, Value};
pub use parse::{
    is_looked_for, looks_for_blur, measurement_size, restored_size, task_kind, temporal_reach,
};
pub use typed::{
    Approach, BlurKind, Deblur, Denoise, Fill, Inpaint, Kernel, Method, ModelChoice, Neighbour,
    NoiseLevel, Place, PresetName, Request, Source, StepKind, Task, TaskKind,
};
pub use words::{Words, word};
