//! Restoring, simulating and looking.

use std::path::PathBuf;

use dcdp::Result;
use dcdp::restore::{self as engine, Context};
use numpy::PyUntypedArray;
use pyo3::prelude::*;

use super::array::Located;
use super::errors::{exception, raised};
use super::options::Options;
use super::table::json;
use super::watcher::Watcher;

/// The arrays of one restoration.
#[derive(FromPyObject)]
pub struct Arrays<'py> {
    #[pyo3(item)]
    input: Bound<'py, PyUntypedArray>,
    #[pyo3(item)]
    output: Bound<'py, PyUntypedArray>,
    #[pyo3(item)]
    uncertainty: Option<Bound<'py, PyUntypedArray>>,
    #[pyo3(item)]
    premultiplied: bool,
}

/// Restores one array into another, which shares no memory with it; the report as JSON.
#[pyfunction]
#[pyo3(signature = (runtime, options, arrays, progress=None, preview=None))]
pub fn restore(
    py: Python<'_>,
    runtime: Option<PathBuf>,
    options: &Options,
    arrays: Arrays<'_>,
    progress: Option<Py<PyAny>>,
    preview: Option<Py<PyAny>>,
) -> PyResult<String> {
    let located = |array: &Bound<'_, PyUntypedArray>| Located::of(array, arrays.premultiplied);
    let (input, output) = raised(
        py,
        located(&arrays.input).and_then(|input| Ok((input, located(&arrays.output)?))),
    )?;
    let uncertainty = arrays
        .uncertainty
        .as_ref()
        .map(|array| Located::of(array, false));
    let uncertainty = raised(py, uncertainty.transpose())?;
    let mut watcher = Watcher::new(progress, preview);
    let given = &options.inner;
    let observer = &mut watcher;
    let result: Result<engine::Report> = py.detach(move || {
        let context = Context::new(runtime.as_deref())?;
        // SAFETY: the arrays live until this function returns; that nobody touches them meanwhile, the
        // package's documentation asks of the caller. The package makes sure that they share no memory.
        let (input, mut output) = unsafe { (input.view()?, output.view_mut()?) };
        let Some(uncertainty) = uncertainty else {
            return engine::restore(&context, given, &input, &mut output, observer);
        };
        // SAFETY: as above.
        let mut uncertainty = unsafe { uncertainty.view_mut()? };
        let outputs = [&mut output, &mut uncertainty];
        engine::restore_with_uncertainty(&context, given, &input, outputs, observer)
    });
    match result {
        Ok(report) => json(&report),
        Err(error) => Err(ended(py, &error, watcher.into_raised(), options)),
    }
}

/// The exception of a run that failed: what the caller's own code raised goes before.
fn ended(py: Python<'_>, error: &dcdp::Error, own: Option<PyErr>, options: &Options) -> PyErr {
    if let Some(own) = own {
        return own;
    }
    let exception = exception(py, error);
    if let Some(cause) = options.take_raised() {
        exception.set_cause(py, Some(cause));
    }
    exception
}

/// Simulates the measurement of one array into another.
#[pyfunction]
pub fn degrade(
    py: Python<'_>,
    options: &Options,
    input: &Bound<'_, PyUntypedArray>,
    output: &Bound<'_, PyUntypedArray>,
) -> PyResult<()> {
    let located = || Ok((Located::of(input, false)?, Located::of(output, false)?));
    let (input, output) = raised(py, located())?;
    let given = &options.inner;
    let result = py.detach(move || {
        // SAFETY: as in `restore`.
        let (input, mut output) = unsafe { (input.view()?, output.view_mut()?) };
        engine::degrade::degrade(given, &input, &mut output)
    });
    result.map_err(|error| ended(py, &error, None, options))
}

/// What restoring an array would assume and take, as JSON.
#[pyfunction]
#[pyo3(signature = (runtime, options, input, premultiplied=false))]
pub fn estimate(
    py: Python<'_>,
    runtime: Option<PathBuf>,
    options: &Options,
    input: &Bound<'_, PyUntypedArray>,
    premultiplied: bool,
) -> PyResult<String> {
    let input = raised(py, Located::of(input, premultiplied))?;
    let given = &options.inner;
    let result = py.detach(move || {
        Context::new(runtime.as_deref())?;
        // SAFETY: as in `restore`.
        let input = unsafe { input.view()? };
        engine::examine(given, &input)
    });
    match result {
        Ok(found) => json(&found),
        Err(error) => Err(ended(py, &error, None, options)),
    }
}

/// Height and width of the result for an input of this height and width.
#[pyfunction]
pub fn output_size(
    py: Python<'_>,
    options: &Options,
    height: usize,
    width: usize,
) -> PyResult<(usize, usize)> {
    match engine::output_size(&options.inner, width, height) {
        Ok((width, height)) => Ok((height, width)),
        Err(error) => Err(ended(py, &error, None, options)),
    }
}

/// Height and width of the simulated measurement of a picture of this height and width.
#[pyfunction]
pub fn measurement_size(options: &Options, height: usize, width: usize) -> (usize, usize) {
    let (width, height) = engine::measurement_size(&options.inner, width, height);
    (height, width)
}
