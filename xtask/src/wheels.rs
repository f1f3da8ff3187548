//! The Python wheels that libraries and models are taken out of, each pinned.

use crate::platform::Platform;

/// The version that is shipped: the last whose Linux library keeps and sends no telemetry of its own.
pub const VERSION: &str = "1.28.0";

/// The oldest version that dcdp runs with: the one a host of the tests has already loaded.
pub const OTHER_VERSION: &str = "1.22.0";

/// The version with OpenVINO inside. Its library has the processor's own provider too.
pub const OPENVINO_VERSION: &str = "1.24.1";

/// The versions with CUDA and with DirectML inside. The former is the one that is shipped; no later one has the
/// latter.
pub const CUDA_VERSION: &str = VERSION;
pub const DIRECTML_VERSION: &str = "1.24.4";

/// A published wheel.
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    /// As pip names it; `any` where there is one wheel for all.
    pub platform: &'static str,
    pub sha256: &'static str,
}

/// A wheel for one platform. The library inside does not depend on the Python version, so each
/// platform needs one wheel only, whatever Python runs here.
struct Wheel {
    os: &'static str,
    arch: &'static str,
    package: Package,
}

pub const ONNXRUNTIME: &str = "onnxruntime";
pub const OPENVINO: &str = "onnxruntime-openvino";
pub const CUDA: &str = "onnxruntime-gpu";
pub const DIRECTML: &str = "onnxruntime-directml";

const WHEELS: [Wheel; 10] = [
    Wheel {
        os: "linux",
        arch: "x86_64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "manylinux_2_28_x86_64",
            sha256: "a166b78ee04f3a37fa1ef82034b6a3ce96d9684e582d4d30b296de83e9998bb5",
        },
    },
    Wheel {
        os: "linux",
        arch: "aarch64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "manylinux_2_28_aarch64",
            sha256: "8d66f9ceb29909c70839e4e4fb3435c7b490050d8f162bd5f3aba4ca01ee517f",
        },
    },
    Wheel {
        os: "macos",
        arch: "aarch64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "macosx_14_0_arm64",
            sha256: "f5c5daabd28aad610f83fdcf32acec8fb57e6adc6c6a39fe2a3c755db957b410",
        },
    },
    Wheel {
        os: "windows",
        arch: "x86_64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "win_amd64",
            sha256: "0d650aeee29368414367b65529e90afe4bf1bab76254789063b8b2f7ea3013c8",
        },
    },
    Wheel {
        os: "windows",
        arch: "aarch64",
        package: Package {
            name: ONNXRUNTIME,
            version: VERSION,
            platform: "win_arm64",
            sha256: "0faf85fb447a663c9cdadc39bd6b19bdf7bedded6699e45731b9b36c46fd993d",
        },
    },
    Wheel {
        os: "linux",
        arch: "x86_64",
        package: Package {
            name: ONNXRUNTIME,
            version: OTHER_VERSION,
            platform: "manylinux_2_28_x86_64",
            sha256: "b978aa63a9a22095479c38371a9b359d4c15173cbb164eaad5f2cd27d666aa65",
        },
    },
    Wheel {
        os: "linux",
        arch: "x86_64",
        package: Package {
            name: OPENVINO,
            version: OPENVINO_VERSION,
            platform: "manylinux_2_28_x86_64",
            sha256: "3007c803634cc69c6d52af1dea7ce729d9bb62b9a11070fd2f959119199007a8",
        },
    },
    Wheel {
        os: "linux",
        arch: "x86_64",
        package: Package {
            name: CUDA,
            version: CUDA_VERSION,
            platform: "manylinux_2_28_x86_64",
            sha256: "774d4c307317f7a0fefc33930820b7ac2a62be2c595e6a1e63e318555f7176b8",
        },
    },
    Wheel {
        os: "windows",
        arch: "x86_64",
        package: Package {
            name: CUDA,
            version: CUDA_VERSION,
            platform: "win_amd64",
            sha256: "d5004c1d38da77970d4534e2e20e34ade9c4fb167bfc685a9843d2863a58122a",
        },
    },
    Wheel {
        os: "windows",
        arch: "x86_64",
        package: Package {
            name: DIRECTML,
            version: DIRECTML_VERSION,
            platform: "win_amd64",
            sha256: "96642a787e5a6f33bf043521c0f06eb1eb663f6b830e5862a2026d03f9c90543",
        },
    },
];

/// The wheel of a package for a platform; `None` where there is none.
pub fn find(platform: Platform, name: &str, version: &str) -> Option<&'static Package> {
    WHEELS
        .iter()
        .filter(|wheel| wheel.os == platform.os && wheel.arch == platform.arch)
        .map(|wheel| &wheel.package)
        .find(|package| package.name == name && package.version == version)
}
