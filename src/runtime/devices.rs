//! Which devices work here.

use ort::session::Session;

use super::device::{ACCELERATORS, Device, DeviceStatus, one_line};
use super::library::{Library, load_for};
use crate::{Error, Result};

/// Tries every device by running nothing but a one-value network's set-up on it.
///
/// # Errors
/// `Runtime` when ONNX Runtime cannot be loaded.
pub fn devices() -> Result<Vec<DeviceStatus>> {
    let library = load_for(Device::Auto)?;
    let all = std::iter::once(Device::Cpu).chain(ACCELERATORS);
    Ok(all
        .map(|device| DeviceStatus {
            device,
            unusable: try_out(device, library).err().map(|error| match error {
                Error::Device { reason, .. } => reason,
                other => other.to_string(),
            }),
        })
        .collect())
}

fn try_out(device: Device, library: &Library) -> Result<()> {
    let failed = |error: ort::Error| device.unusable(one_line(&error));
    let builder = Session::builder(&library.environment).map_err(failed)?;
    let session = device.register(builder, 1)?.commit_from_memory(RELU);
    session.map(drop).map_err(failed)
}

/// An ONNX model of one node, y = Relu(x) on one value: ir_version 8, opset 13.
pub(super) const RELU: &[u8] = b"\x08\x08\x3a\x33\x0a\x0c\x0a\x01x\x12\x01y\"\x04Relu\x12\x01g\
    \x5a\x0f\x0a\x01x\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01\
    \x62\x0f\x0a\x01y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01\x42\x02\x10\x0d";
