//! The public entry points.

use std::path::Path;

use parking_lot::Mutex;

use super::job::{self, Job, Outputs};
use super::progress::Observer;
use super::report::Report;
use super::reporter::observe;
use crate::image::{ImageView, ImageViewMut};
use crate::request::{Options, Request, restored_size, word};
use crate::runtime::{self, Cancel};
use crate::{Error, Result};

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
        runtime::check(runtime_library)?;
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

/// Restores `input` (the measurement) into `output`, which must have the size
/// [`output_size`](super::output_size) gives.
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
    restore_into(context, options, input, Outputs::new(output), observer)
}

/// As [`restore`], and fills `uncertainty`, of the output's size with one channel or three, with the
/// standard deviation of each pixel over the restorations whose mean the result is: in sRGB codes, 0…1.
/// Where the options leave `samples` open, eight are taken. Zero everywhere means that nothing random
/// was involved.
///
/// # Errors
/// As [`restore`]; `InvalidImage` for an `uncertainty` of another size or with alpha.
pub fn restore_with_uncertainty(
    context: &Context,
    options: &Options,
    input: &ImageView<'_>,
    [output, uncertainty]: [&mut ImageViewMut<'_>; 2],
    observer: &mut dyn Observer,
) -> Result<Report> {
    let mut outputs = Outputs::new(output);
    outputs.uncertainty = Some(uncertainty.reborrow());
    restore_into(context, options, input, outputs, observer)
}

fn restore_into(
    context: &Context,
    options: &Options,
    input: &ImageView<'_>,
    outputs: Outputs<'_>,
    observer: &mut dyn Observer,
) -> Result<Report> {
    let (_running, cancel) = context.begin()?;
    let (given, made) = (*input.layout(), *outputs.restored.layout());
    let (width, height) = restored_size(options, given.width, given.height)?;
    if (made.width, made.height, made.channels) != (width, height, given.channels) {
        return Err(Error::InvalidImage(format!(
            "the output is {}x{} with {} channels; allowed: {width}x{height} with {}",
            made.width, made.height, made.channels, given.channels,
        )));
    }
    outputs.check()?;
    let report = observe(observer, &cancel, |mut reporter| {
        let request = Request::parse(options)?;
        job::pool(request.place.threads)?.install(|| {
            Job::open(options, request, &mut reporter)?.run(input, outputs, &mut reporter)
        })
    })?;
    log::info!(
        "{} of {width}x{height} pixels with {} on {}: {} network calls, {:.1} s",
        word(crate::request::task_kind(options)),
        report.model,
        report.device,
        report.network_calls,
        report.seconds.total,
    );
    Ok(report)
}
