//! The public entry points.

use std::path::Path;

use parking_lot::Mutex;

use super::job::{self, Job};
use super::plan::task;
use super::presets::Task;
use super::progress::Observer;
use super::reporter::observe;
use super::{Report, memory};
use crate::image::{ImageView, ImageViewMut};
use crate::request::Options;
use crate::request::parameters::Id;
use crate::runtime::{self, Cancel};
use crate::{Error, Result};

/// Largest side of a picture, so that sizes fit the `int32_t` of the C ABI.
const MAX_SIDE: usize = i32::MAX as usize;

/// Where restorations run: at most one at a time per context. Cheap; models and ONNX Runtime are
/// shared by the whole process.
#[derive(Default)]
pub struct Context {
    running: Mutex<Option<Cancel>>,
}

/// Frees the context when a run ends, however it ends.
struct Running<'a>(&'a Context);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.running.lock() = None;
    }
}

impl Context {
    /// A context on the given ONNX Runtime library, or on the one that the search order finds:
    /// `DCDP_ORT_DYLIB`, beside this library or program, the system.
    ///
    /// # Errors
    /// `Runtime` when the library cannot be found, loaded or is too old.
    pub fn new(runtime_library: Option<&Path>) -> Result<Self> {
        runtime::load(runtime_library)?;
        Ok(Context::default())
    }

    /// Cancels the restoration that is running in this context, from any thread; otherwise does
    /// nothing.
    pub fn cancel(&self) {
        if let Some(cancel) = &*self.running.lock() {
            cancel.cancel();
        }
    }

    fn begin(&self) -> Result<(Running<'_>, Cancel)> {
        let mut running = self.running.lock();
        if running.is_some() {
            return Err(Error::Busy);
        }
        let cancel = Cancel::new();
        *running = Some(cancel.clone());
        Ok((Running(self), cancel))
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
    let (_running, cancel) = context.begin()?;
    let (given, made) = (input.layout(), output.layout());
    let (width, height) = output_size(options, given.width, given.height)?;
    if (made.width, made.height, made.channels) != (width, height, given.channels) {
        return Err(Error::InvalidImage(format!(
            "the output is {}x{} with {} channels; allowed: {width}x{height} with {}",
            made.width, made.height, made.channels, given.channels,
        )));
    }
    let report = observe(observer, &cancel, |mut reporter| {
        let threads = options.integer(Id::Threads) as usize;
        job::pool(threads)?
            .install(|| Job::open(options, &mut reporter)?.run(input, output, &mut reporter))
    })?;
    log::info!(
        "{} of {width}x{height} pixels with {} on {}: {} network calls, {:.1} s",
        options.text(Id::Task),
        report.model,
        report.device,
        report.network_calls,
        report.seconds.total,
    );
    Ok(report)
}

/// Size of the result for an input of this size: multiplied by `scale` for super-resolution, what an
/// operator of the caller's own says, else unchanged.
///
/// # Errors
/// `InvalidImage` when a side is zero or the result exceeds 2³¹−1 pixels a side; those of the caller's
/// operator.
pub fn output_size(options: &Options, width: usize, height: usize) -> Result<(usize, usize)> {
    let refused = |(wide, tall): (usize, usize)| {
        Error::InvalidImage(format!(
            "{width}x{height} pixels make a result of {wide}x{tall}; allowed: 1 to {MAX_SIDE} a side"
        ))
    };
    let fits = |(wide, tall): &(usize, usize)| {
        (1..=MAX_SIDE).contains(wide) && (1..=MAX_SIDE).contains(tall)
    };
    if !fits(&(width, height)) {
        return Err(refused((width, height)));
    }
    let size = match (options.operator(), task(options)?) {
        (Some(factory), _) => {
            let [_, tall, wide] = factory([3, height, width])?.input_shape();
            (wide, tall)
        }
        (None, Task::SuperResolve) => {
            let scale = options.integer(Id::Scale).max(1) as usize;
            (width.saturating_mul(scale), height.saturating_mul(scale))
        }
        (None, _) => (width, height),
    };
    Some(size).filter(fits).ok_or_else(|| refused(size))
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
    let _ = context;
    memory::estimate(options, width, height)
}
