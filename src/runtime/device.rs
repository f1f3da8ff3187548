//! Where networks run.

use std::fmt;
use std::str::FromStr;

use ort::ep::{
    ArbitrarilyConfigurableExecutionProvider, CPU, CUDA, CoreML, DirectML, ExecutionProvider,
    OpenVINO,
};
use ort::session::builder::{AutoDevicePolicy, SessionBuilder};

use crate::{Error, Result};

/// A device as the caller names it (`device` in the parameter table).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// CUDA, DirectML or OpenVINO where it works, else the processor. CoreML computes in half precision
    /// and compiles anew for every tile size, so it is taken only when named.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// A DirectX 12 GPU (Windows).
    DirectMl,
    /// Apple's GPU or Neural Engine.
    CoreMl,
    /// The processor through OpenVINO, in bf16 where it has instructions for that.
    OpenVino,
    /// An Intel GPU through OpenVINO.
    OpenVinoGpu,
    /// An Intel NPU through OpenVINO.
    OpenVinoNpu,
}

/// One line of [`devices`].
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceStatus {
    /// The device, never `Auto`.
    pub device: Device,
    /// Why it cannot be used, when it cannot.
    pub unusable: Option<String>,
}

/// The devices that are not the processor, best first.
pub(super) const ACCELERATORS: [Device; 6] = [
    Device::Cuda,
    Device::DirectMl,
    Device::CoreMl,
    Device::OpenVino,
    Device::OpenVinoGpu,
    Device::OpenVinoNpu,
];

impl Device {
    /// Canonical name: `auto`, `cpu`, `cuda`, `directml`, `coreml`, `openvino`, `openvino-gpu` or
    /// `openvino-npu`.
    pub fn name(self) -> &'static str {
        match self {
            Device::Auto => "auto",
            Device::Cpu => "cpu",
            Device::Cuda => "cuda",
            Device::DirectMl => "directml",
            Device::CoreMl => "coreml",
            Device::OpenVino => "openvino",
            Device::OpenVinoGpu => "openvino-gpu",
            Device::OpenVinoNpu => "openvino-npu",
        }
    }

    /// Whether it may compute with fewer digits than f32 has.
    pub(crate) fn rounds(self) -> bool {
        match self {
            Device::OpenVino => has_bf16(),
            Device::OpenVinoGpu | Device::OpenVinoNpu => true,
            _ => false,
        }
    }

    /// The device for what needs every digit of f32: this one, or the processor.
    pub(crate) fn exact(self) -> Device {
        match self.rounds() {
            true => Device::Cpu,
            false => self,
        }
    }

    /// Whether only a runtime with OpenVINO inside has it.
    pub(super) fn is_openvino(self) -> bool {
        matches!(
            self,
            Device::OpenVino | Device::OpenVinoGpu | Device::OpenVinoNpu
        )
    }

    /// The devices to try in turn.
    pub(super) fn candidates(self) -> &'static [Device] {
        match self {
            Device::Auto => &[
                Device::Cuda,
                Device::DirectMl,
                Device::OpenVino,
                Device::Cpu,
            ],
            Device::Cpu => &[Device::Cpu],
            Device::Cuda => &[Device::Cuda],
            Device::DirectMl => &[Device::DirectMl],
            Device::CoreMl => &[Device::CoreMl],
            Device::OpenVino => &[Device::OpenVino],
            Device::OpenVinoGpu => &[Device::OpenVinoGpu],
            Device::OpenVinoNpu => &[Device::OpenVinoNpu],
        }
    }

    /// Whether the loaded ONNX Runtime was built with this device; asks no hardware.
    pub(super) fn is_built_in(self) -> bool {
        let answer = match self {
            Device::Auto | Device::Cpu => return true,
            Device::Cuda => CUDA::is_available(),
            Device::DirectMl => DirectML::is_available(),
            Device::CoreMl => CoreML::is_available(),
            Device::OpenVino | Device::OpenVinoGpu | Device::OpenVinoNpu => {
                OpenVINO::is_available()
            }
        };
        answer.unwrap_or(false)
    }

    /// Makes a session use this device alone, the processor taking what it cannot do. `threads` is at
    /// least 1.
    pub(super) fn register(
        self,
        builder: SessionBuilder,
        threads: usize,
    ) -> Result<SessionBuilder> {
        if !self.is_built_in() {
            return Err(self.unusable(format!(
                "the ONNX Runtime in use was built without it; {}",
                self.remedy(false)
            )));
        }
        let unusable = |error: ort::Error| {
            self.unusable(format!("{}; {}", one_line(&error), self.remedy(true)))
        };
        // ort's own policy would add an NPU, or CoreML on a Mac.
        let builder = builder
            .with_auto_device(AutoDevicePolicy::PreferCPU)
            .map_err(|error| unusable(error.into()))?;
        let provider = match self {
            Device::Auto | Device::Cpu => CPU::default().with_arena_allocator(true).build(),
            Device::Cuda => CUDA::default().build(),
            Device::DirectMl => DirectML::default().build(),
            Device::CoreMl => CoreML::default().build(),
            Device::OpenVino => {
                let provider = OpenVINO::default()
                    .with_device_type("CPU")
                    .with_num_threads(threads);
                match has_bf16() {
                    true => provider.with_arbitrary_config("load_config", BF16).build(),
                    false => provider.build(),
                }
            }
            Device::OpenVinoGpu => OpenVINO::default().with_device_type("GPU").build(),
            Device::OpenVinoNpu => OpenVINO::default().with_device_type("NPU").build(),
        };
        builder
            .with_execution_providers([provider.error_on_failure()])
            .map_err(|error| unusable(error.into()))
    }

    pub(super) fn unusable(self, reason: String) -> Error {
        Error::Device {
            device: self.name().to_owned(),
            reason,
        }
    }

    /// What to do when it cannot be used although the runtime has it, or because that has not.
    fn remedy(self, is_built_in: bool) -> &'static str {
        match self {
            Device::Auto | Device::Cpu => "reinstall ONNX Runtime",
            Device::Cuda => {
                "install onnxruntime-gpu with the CUDA and cuDNN it names, or use device cpu"
            }
            Device::DirectMl if is_built_in => {
                "it needs a DirectX 12 GPU and Windows 10 of 2020 or newer; use device cpu"
            }
            Device::DirectMl => "install onnxruntime-directml on Windows, or use device cpu",
            Device::CoreMl => "use ONNX Runtime for macOS, or device cpu",
            Device::OpenVino | Device::OpenVinoGpu | Device::OpenVinoNpu => {
                "run `cargo xtask runtime openvino` in the source folder, or set DCDP_ORT_DYLIB to the \
                 library of onnxruntime-openvino, or use device cpu"
            }
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let mut known = [Device::Auto, Device::Cpu].into_iter().chain(ACCELERATORS);
        known.find(|device| device.name() == name).ok_or_else(|| {
            Error::invalid(
                "device",
                name,
                "auto | cpu | cuda | directml | coreml | openvino | openvino-gpu | openvino-npu",
            )
        })
    }
}

/// ONNX Runtime's message without the line breaks some of them have.
pub(super) fn one_line(error: &ort::Error) -> String {
    error
        .message()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// OpenVINO's processor plug-in computing in bf16: the configuration itself, where a file name may also stand.
const BF16: &str = r#"{"CPU":{"INFERENCE_PRECISION_HINT":"bf16"}}"#;

/// Whether the processor multiplies bf16 numbers; others would only imitate it, slowly.
fn has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx512bf16")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}
