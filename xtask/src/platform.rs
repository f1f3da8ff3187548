//! The system that something is built for.

use std::env::consts::{ARCH, OS};
use std::path::PathBuf;

use crate::portable;

/// An operating system on a processor, by Rust's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    pub os: &'static str,
    pub arch: &'static str,
}

impl Platform {
    /// This machine.
    pub const HERE: Self = Platform { os: OS, arch: ARCH };

    /// Built on Linux too, by `cargo xtask windows`.
    pub const WINDOWS: Self = Platform {
        os: "windows",
        arch: "x86_64",
    };

    /// Whether it is Windows, on whatever processor.
    pub fn is_windows(self) -> bool {
        self.os == "windows"
    }

    /// Where the parts for it are gathered.
    pub fn dist(self) -> PathBuf {
        match self == Self::HERE {
            true => portable::dist(),
            false => portable::dist().join(self.os),
        }
    }

    /// The file name of a program.
    pub fn program(self, name: &str) -> String {
        match self.is_windows() {
            true => format!("{name}.exe"),
            false => name.to_owned(),
        }
    }

    /// The file name of a shared library.
    pub fn shared(self, name: &str) -> String {
        match self.os {
            "windows" => format!("{name}.dll"),
            "macos" => format!("lib{name}.dylib"),
            _ => format!("lib{name}.so"),
        }
    }
}
