//! The public entry points.

use std::path::Path;

use parking_lot::Mutex;

use super::{Observer, Options, Report};
use crate::image::{ImageView, ImageViewMut};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// Where restorations run: at most one at a time per context. Cheap; models and ONNX Runtime are
/// shared by the whole process.
pub struct Context {
    running: Mutex<Option<Cancel>>,
}

impl Context {
    /// A context on the given ONNX Runtime library, or on the one that the search order finds.
    ///
    /// # Errors
    /// `Runtime` when the library cannot be found, loaded or is too old.
    pub fn new(runtime_library: Option<&Path>) -> Result<Self> {
        let _ = runtime_library;
        Ok(Context {
            running: Mutex::new(None),
        })
    }

    /// Cancels the restoration that is running in this context, from any thread; otherwise does
    /// nothing.
    pub fn cancel(&self) {
        if let Some(cancel) = &*self.running.lock() {
            cancel.cancel();
        }
    }
}

/// What a restoration will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Peak memory in MB (10⁶ bytes).
    pub megabytes: f64,
    /// Seconds, from the speed of this process's earlier network calls; negative while unknown.
    pub seconds: f64,
    /// Network calls on the whole picture (NFE).
    pub network_calls: usize,
}

/// Restores `input` (the measurement) into `output`, which must have the size [`output_size`] gives.
/// Blocks; `observer` is called on this thread.
///
/// Any channel count from 1 (gray) to 4 (RGB with alpha; 2 is gray with alpha) and any pixel type;
/// input and output may differ in type and strides but not in channels. On an error the output is left
/// untouched.
///
/// # Errors
/// Any [`Error`]; `Busy` when the context already runs one, `Cancelled` when it was stopped.
pub fn restore(
    context: &Context,
    options: &Options,
    input: &ImageView<'_>,
    output: &mut ImageViewMut<'_>,
    observer: &mut dyn Observer,
) -> Result<Report> {
    let _ = (context, options, input, output, observer);
    Err(Error::Internal("not built".into()))
}

/// Size of the result for an input of this size: multiplied by `scale` for super-resolution, else
/// unchanged.
///
/// # Errors
/// `InvalidImage` when a side is zero or the result exceeds 2³¹−1 pixels a side.
pub fn output_size(options: &Options, width: usize, height: usize) -> Result<(usize, usize)> {
    let _ = options;
    Ok((width, height))
}

/// What restoring a picture of this size will take, without running it. Opens the model.
///
/// # Errors
/// As [`restore`] before its first network call, except `Memory`.
pub fn estimate(
    context: &Context,
    options: &Options,
    width: usize,
    height: usize,
) -> Result<Estimate> {
    let _ = (context, options, width, height);
    Err(Error::Internal("not built".into()))
}
