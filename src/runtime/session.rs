//! One network in ONNX Runtime.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use half::f16;
use ndarray::{ArrayD, ArrayViewD, IxDyn};
use ort::logging::LogLevel;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, SessionInputValue};
use ort::value::{DynValue, Outlet, Tensor, TensorElementType, TensorRef, ValueType};
use parking_lot::{Mutex, MutexGuard};

use super::device::one_line;
use super::{Cancel, Device, Library, library};
use crate::{Error, Result};

/// How often a run that waits for another one's call looks whether it was cancelled.
const TURN_POLL: Duration = Duration::from_millis(20);

/// Element type of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F32,
    F16,
    I64,
}

/// An input or output of a network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TensorInfo {
    pub name: String,
    /// `None` for anything else than the three types above.
    pub element: Option<Element>,
    /// One entry per dimension, `None` where it is free.
    pub shape: Vec<Option<usize>>,
}

/// The value of one input; converted to the element type the network wants.
pub(crate) enum Input<'a> {
    /// Numbers for an f32 or f16 input, standard layout.
    Floats(ArrayViewD<'a, f32>),
    /// Integers for an i64 input of rank 1.
    Integers(&'a [i64]),
}

/// A network loaded on one device; runs one call at a time.
pub(crate) struct Session {
    // ONNX Runtime's `Run` is not safe to call from two threads at once on every device.
    session: Mutex<ort::session::Session>,
    pub inputs: Vec<TensorInfo>,
    pub outputs: Vec<TensorInfo>,
    /// Never `Auto`.
    pub device: Device,
}

impl Session {
    /// Loads an ONNX model from memory. `threads` is at least 1.
    ///
    /// # Errors
    /// `Runtime` without a runtime library, `Device` when the device cannot be used, `Network` (for the
    /// caller to name the file) when the model is not valid.
    pub fn new(model: &[u8], device: Device, threads: usize) -> Result<Self> {
        // Before anything else: without a library, ort's own questions panic.
        let library = library::load_for(device)?;
        let mut fallen_back = None;
        let candidates = device.candidates();
        for &candidate in candidates {
            if candidates.len() > 1 && !candidate.is_built_in() {
                continue;
            }
            match Self::on_device(library, model, candidate, threads) {
                Ok(session) => return Ok(session),
                // The processor comes last and says best what is wrong with the model.
                Err(error) if candidate != Device::Cpu && candidates.len() > 1 => {
                    log::warn!("{error}; trying the next device");
                }
                Err(error) => fallen_back = Some(error),
            }
        }
        Err(fallen_back.unwrap_or_else(|| device.unusable("no device works".to_owned())))
    }

    fn on_device(library: &Library, model: &[u8], device: Device, threads: usize) -> Result<Self> {
        let network = |error: ort::Error| Error::Network(one_line(&error));
        let builder = SessionBuilder::new(&library.environment).map_err(network)?;
        let builder = configure(builder, device, threads).map_err(network)?;
        let mut builder = device.register(builder, threads)?;
        let session = builder.commit_from_memory(model).map_err(network)?;
        log::debug!(
            "network of {} bytes loaded on {} with {threads} threads",
            model.len(),
            device.name()
        );
        Ok(Session {
            inputs: session.inputs().iter().map(describe).collect(),
            outputs: session.outputs().iter().map(describe).collect(),
            session: Mutex::new(session),
            device,
        })
    }

    /// Runs the network once on named inputs and returns the named outputs as f32.
    ///
    /// # Errors
    /// `Cancelled` when `cancel` was raised before or during the call; `Network` when the runtime fails or
    /// an output holds a value that is not finite.
    pub fn run(
        &self,
        inputs: &[(&str, Input<'_>)],
        outputs: &[&str],
        cancel: &Cancel,
    ) -> Result<Vec<ArrayD<f32>>> {
        let network = |error: ort::Error| Error::Network(one_line(&error));
        let values = inputs
            .iter()
            .map(|(name, input)| Ok((Cow::Borrowed(*name), self.value(name, input)?)))
            .collect::<Result<Vec<_>>>()?;

        let mut session = self.wait_for_turn(cancel)?;
        // Fresh for every call: once terminated, options terminate every later run as well.
        let options = Arc::new(RunOptions::new().map_err(network)?);
        let terminate = {
            let options = Arc::clone(&options);
            cancel.on_cancel(move || {
                // Fails only when out of memory, and then the flag still stops the run after this call.
                let _ = options.terminate();
            })
        };
        let result = session.run_with_options(values, &*options);
        drop(terminate);
        // A terminated run reports a failure like any other: our own flag tells them apart.
        cancel.check()?;
        let results = result.map_err(network)?;
        outputs
            .iter()
            .map(|name| match results.get(name) {
                Some(value) => read_output(name, value),
                None => Err(Error::Network(format!("there is no output `{name}`"))),
            })
            .collect()
    }

    /// The session once no other run uses it.
    fn wait_for_turn(&self, cancel: &Cancel) -> Result<MutexGuard<'_, ort::session::Session>> {
        loop {
            let turn = self.session.try_lock_for(TURN_POLL);
            cancel.check()?;
            if let Some(session) = turn {
                return Ok(session);
            }
        }
    }

    fn value<'a>(&self, name: &str, input: &'a Input<'_>) -> Result<SessionInputValue<'a>> {
        let element = self
            .inputs
            .iter()
            .find(|info| info.name == name)
            .and_then(|info| info.element);
        let value = match (input, element) {
            (Input::Floats(array), Some(Element::F32)) => {
                let data = array.as_slice().expect("inputs have standard layout");
                TensorRef::from_array_view((array.shape().to_vec(), data))
                    .map(SessionInputValue::from)
            }
            (Input::Floats(array), Some(Element::F16)) => {
                let data: Vec<f16> = array.iter().map(|&value| f16::from_f32(value)).collect();
                Tensor::from_array((array.shape().to_vec(), data)).map(SessionInputValue::from)
            }
            (Input::Integers(data), Some(Element::I64)) => {
                TensorRef::from_array_view(([data.len()], *data)).map(SessionInputValue::from)
            }
            (_, element) => {
                return Err(Error::Internal(format!(
                    "input `{name}` of type {element:?} got a value of another type"
                )));
            }
        };
        value.map_err(|error| Error::Network(one_line(&error)))
    }
}

fn configure(
    builder: SessionBuilder,
    device: Device,
    threads: usize,
) -> std::result::Result<SessionBuilder, ort::Error> {
    Ok(builder
        .with_logger(Arc::new(log_message))?
        .with_optimization_level(GraphOptimizationLevel::All)?
        // An explicit count, because ONNX Runtime pins its threads to cores otherwise.
        .with_intra_threads(threads)?
        // Waiting threads sleep: the library shares its processor with a host.
        .with_intra_op_spinning(false)?
        // DirectML cannot have it.
        .with_memory_pattern(device != Device::DirectMl)?)
}

fn read_output(name: &str, value: &DynValue) -> Result<ArrayD<f32>> {
    let network = |error: ort::Error| Error::Network(one_line(&error));
    let array: ArrayD<f32> = match value.dtype().tensor_type() {
        Some(TensorElementType::Float16) => value
            .try_extract_array::<f16>()
            .map_err(network)?
            .map(|&value| value.to_f32()),
        _ => {
            let (shape, data) = value.try_extract_tensor::<f32>().map_err(network)?;
            let shape: Vec<usize> = shape.iter().map(|&side| side as usize).collect();
            ArrayD::from_shape_vec(IxDyn(&shape), data.to_vec())
                .map_err(|error| Error::Network(error.to_string()))?
        }
    };
    if array.iter().all(|value| value.is_finite()) {
        Ok(array)
    } else {
        Err(Error::Network(format!(
            "output `{name}` holds values that are not finite numbers"
        )))
    }
}

fn describe(outlet: &Outlet) -> TensorInfo {
    let (element, shape) = match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => (
            match ty {
                TensorElementType::Float32 => Some(Element::F32),
                TensorElementType::Float16 => Some(Element::F16),
                TensorElementType::Int64 => Some(Element::I64),
                _ => None,
            },
            shape
                .iter()
                .map(|&side| usize::try_from(side).ok())
                .collect(),
        ),
        _ => (None, Vec::new()),
    };
    TensorInfo {
        name: outlet.name().to_owned(),
        element,
        shape,
    }
}

/// The session's messages go to `log`; what fails also comes back as an error.
fn log_message(level: LogLevel, category: &str, _id: &str, location: &str, message: &str) {
    let level = match level {
        LogLevel::Verbose | LogLevel::Info => log::Level::Trace,
        LogLevel::Warning => log::Level::Debug,
        LogLevel::Error | LogLevel::Fatal => log::Level::Info,
    };
    log::log!(target: "onnxruntime", level, "{category} {location}: {message}");
}
