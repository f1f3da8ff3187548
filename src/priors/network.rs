//! A network file loaded for use: its tensors checked against the manifest, and called by name.

use std::path::PathBuf;
use std::sync::Arc;

use ndarray::{Array4, ArrayView4, Axis, Ix4, concatenate, s};

use super::folder::ModelFolder;
use super::manifest::{FileEntry, PredictionTarget, TimeInput};
use crate::runtime::{self, Cancel, Device, Element, Input, Session, TensorInfo};
use crate::{Error, Result};

/// One ONNX file of a model folder in a session.
pub(super) struct OnnxNetwork {
    session: Arc<Session>,
    path: PathBuf,
    field: &'static str,
}

impl OnnxNetwork {
    /// Loads the file, from the process's cache when the same file is there.
    ///
    /// # Errors
    /// `Model` when the file is not what the manifest says or not a valid model; `Runtime`; `Device`.
    pub fn load(
        folder: &ModelFolder,
        field: &'static str,
        entry: &FileEntry,
        device: Device,
        threads: usize,
    ) -> Result<Self> {
        let path = folder.path.join(&entry.path);
        let file = folder.identify(field, entry)?;
        let read = || folder.read_network(field, entry);
        let session =
            runtime::session(file, device, threads, read).map_err(|error| match error {
                Error::Network(reason) => Error::Model {
                    path: path.clone(),
                    field: field.to_owned(),
                    reason: format!("ONNX Runtime cannot load it: {reason}"),
                },
                other => other,
            })?;
        Ok(OnnxNetwork {
            session,
            path,
            field,
        })
    }

    /// Where the session runs.
    pub fn device(&self) -> Device {
        self.session.device
    }

    /// Checks that `name` is an input of N×`channels`×H×W numbers. `field` is where the manifest names it.
    pub fn check_image_input(
        &self,
        name: &str,
        channels: usize,
        field: &str,
    ) -> Result<&TensorInfo> {
        let info = self.find(&self.session.inputs, name, field)?;
        if matches!(info.element, None | Some(Element::I64)) {
            return Err(self.refuse(field, format!("input `{name}` must be f32 or f16")));
        }
        self.check_shape(info, channels, field)?;
        Ok(info)
    }

    /// Checks that `name` is an output of N×`channels`×H×W numbers.
    pub fn check_image_output(&self, name: &str, channels: usize, field: &str) -> Result<()> {
        let info = self.find(&self.session.outputs, name, field)?;
        if matches!(info.element, None | Some(Element::I64)) {
            return Err(self.refuse(field, format!("output `{name}` must be f32 or f16")));
        }
        self.check_shape(info, channels, field)
    }

    /// Checks that the network has exactly this many inputs: every other would stay unset.
    pub fn check_input_count(&self, count: usize) -> Result<()> {
        let found = self.session.inputs.len();
        match found == count {
            true => Ok(()),
            false => Err(self.refuse("", format!("has {found} inputs, {count} are expected"))),
        }
    }

    /// Runs on images, f32 N×C×H×W, and returns one output, checked to have the size `expected`.
    ///
    /// # Errors
    /// `Network`, `Cancelled`.
    pub fn run(
        &self,
        inputs: &[(&str, Input<'_>)],
        output: &str,
        expected: [usize; 4],
        cancel: &Cancel,
    ) -> Result<Array4<f32>> {
        let result = self.session.run(inputs, &[output], cancel);
        let array = result.map_err(|error| self.name_file(error))?.remove(0);
        let found = array.shape().to_vec();
        match array.into_dimensionality::<Ix4>() {
            Ok(array) if array.shape() == expected => Ok(array),
            _ => Err(self.name_file(Error::Network(format!(
                "output `{output}` has the shape {found:?}, {expected:?} is expected"
            )))),
        }
    }

    fn name_file(&self, error: Error) -> Error {
        match error {
            Error::Network(reason) => Error::Network(format!("{}: {reason}", self.path.display())),
            other => other,
        }
    }

    fn find<'a>(
        &self,
        tensors: &'a [TensorInfo],
        name: &str,
        field: &str,
    ) -> Result<&'a TensorInfo> {
        tensors
            .iter()
            .find(|info| info.name == name)
            .ok_or_else(|| {
                let names: Vec<_> = tensors.iter().map(|info| info.name.as_str()).collect();
                let names = names.join(", ");
                self.refuse(
                    field,
                    format!("the network has no tensor `{name}`; it has {names}"),
                )
            })
    }

    fn check_shape(&self, info: &TensorInfo, channels: usize, field: &str) -> Result<()> {
        match info.shape[..] {
            [_, found, _, _] if found.is_none_or(|found| found == channels) => Ok(()),
            _ => {
                let sides: Vec<_> = info
                    .shape
                    .iter()
                    .map(|side| side.map_or("?".to_owned(), |side| side.to_string()))
                    .collect();
                Err(self.refuse(
                    field,
                    format!(
                        "tensor `{}` has the shape {}, but N×{channels}×H×W is expected",
                        info.name,
                        sides.join("×")
                    ),
                ))
            }
        }
    }

    fn refuse(&self, field: &str, reason: String) -> Error {
        Error::Model {
            path: self.path.clone(),
            field: match field {
                "" => self.field.to_owned(),
                field => field.to_owned(),
            },
            reason,
        }
    }
}

/// Noise, as σ in 0…255 units, below which a network that returns the picture runs with every digit: bf16
/// carries a picture to ± half a level at best, which is seen beside little noise.
const ROUNDS_FROM: f64 = 12.0;

/// The network of a prior: a sample and a noise level in, a sample out.
pub(super) struct SampleNetwork {
    network: OnnxNetwork,
    /// The same on a device that keeps every digit, where `network` rounds the picture it returns.
    exact: Option<OnnxNetwork>,
    sample: String,
    time: String,
    output: String,
    output_channels: usize,
    integer_time: bool,
    /// The network was exported for batches of one.
    one_by_one: bool,
}

impl SampleNetwork {
    /// Loads `files.network`, whose sample has `channels` channels.
    ///
    /// # Errors
    /// As [`OnnxNetwork::load`]; `Model` when a tensor's name, rank or channels differ from the manifest.
    pub fn load(
        folder: &ModelFolder,
        channels: usize,
        device: Device,
        threads: usize,
    ) -> Result<Self> {
        let manifest = &folder.manifest;
        let load = |device| {
            let entry = &manifest.files.network;
            OnnxNetwork::load(folder, "files.network", entry, device, threads)
        };
        let network = load(device)?;
        let rounds_picture =
            manifest.prediction == PredictionTarget::X0 && network.device().rounds();
        let exact = match rounds_picture {
            true => Some(load(network.device().exact())?),
            false => None,
        };
        let output_channels = channels * (1 + usize::from(manifest.learned_variance));

        network.check_input_count(2)?;
        let sample = &manifest.inputs.sample;
        let info = network.check_image_input(sample, channels, "inputs.sample")?;
        let one_by_one = match info.shape[0] {
            None => false,
            Some(1) => true,
            Some(batch) => {
                let reason = format!("is fixed to batches of {batch}; allowed: any size, or 1");
                return Err(network.refuse("inputs.sample", reason));
            }
        };
        let side = manifest.tile / manifest.downsample.unwrap_or(1);
        let wrong = |fixed: &Option<usize>| fixed.is_some_and(|fixed| fixed != side);
        if info.shape[2..].iter().any(wrong) {
            let reason = format!("takes a fixed size other than the tile's, {side}×{side}");
            return Err(network.refuse("tile", reason));
        }
        if info.shape[2..].iter().any(Option::is_some) && !manifest.fixed_size {
            let reason = "must be true: the network takes one size only".to_owned();
            return Err(network.refuse("fixed_size", reason));
        }

        let time = network.find(
            &network.session.inputs,
            &manifest.inputs.time,
            "inputs.time",
        )?;
        let integer_time = match (manifest.time_input, time.element) {
            (TimeInput::Index, Some(Element::I64)) => true,
            (_, Some(Element::F32 | Element::F16)) => false,
            _ => {
                let reason = "must be i64 for time_input `index`, f32 otherwise".to_owned();
                return Err(network.refuse("inputs.time", reason));
            }
        };
        if time.shape.len() != 1 {
            let reason = "must have one dimension, the batch".to_owned();
            return Err(network.refuse("inputs.time", reason));
        }
        network.check_image_output(&manifest.outputs.sample, output_channels, "outputs.sample")?;
        Ok(SampleNetwork {
            sample: manifest.inputs.sample.clone(),
            time: manifest.inputs.time.clone(),
            output: manifest.outputs.sample.clone(),
            output_channels,
            integer_time,
            one_by_one,
            exact,
            network,
        })
    }

    /// Where the session runs.
    pub fn device(&self) -> Device {
        self.network.device()
    }

    /// Calls the network on a batch, all samples at the same `time` (as the network counts it), which is
    /// the noise `sigma` (in network range units).
    ///
    /// # Errors
    /// `Network`, `Cancelled`.
    pub fn call(
        &self,
        x: ArrayView4<'_, f32>,
        time: f64,
        sigma: f64,
        cancel: &Cancel,
    ) -> Result<Array4<f32>> {
        let (batch, _, height, width) = x.dim();
        if self.one_by_one && batch > 1 {
            let outputs = (0..batch)
                .map(|index| {
                    let sample = x.slice(s![index..=index, .., .., ..]);
                    self.call(sample, time, sigma, cancel)
                })
                .collect::<Result<Vec<_>>>()?;
            let views: Vec<_> = outputs.iter().map(|output| output.view()).collect();
            return concatenate(Axis(0), &views)
                .map_err(|error| Error::Network(format!("outputs of a batch: {error}")));
        }
        let x = x.as_standard_layout();
        let floats = ndarray::Array1::from_elem(batch, time as f32).into_dyn();
        let integers = vec![time as i64; batch];
        let time = match self.integer_time {
            true => Input::Integers(&integers),
            false => Input::Floats(floats.view()),
        };
        let exact = self.exact.as_ref().filter(|_| 127.5 * sigma < ROUNDS_FROM);
        exact.unwrap_or(&self.network).run(
            &[
                (&self.sample, Input::Floats(x.view().into_dyn())),
                (&self.time, time),
            ],
            &self.output,
            [batch, self.output_channels, height, width],
            cancel,
        )
    }
}
