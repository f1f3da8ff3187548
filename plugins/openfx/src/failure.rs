//! Why an action could not be carried out.

use std::fmt;

use openfx::sys::generic::core::*;

/// Why an action could not be carried out.
#[derive(Debug)]
pub enum Failure {
    /// The host's own function failed, or gave something unusable.
    Host {
        /// Which function, with the object it was asked about.
        call: String,
        /// What it answered.
        status: OfxStatus,
    },
    /// The host or the user stopped the render.
    Stopped,
    /// This input cannot be restored; said to the user as it stands.
    Refused(String),
    /// The engine's own error.
    Engine(dcdp::Error),
}

/// What the fallible functions of this crate return.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failed call of the host's.
    pub fn host(call: impl Into<String>, status: OfxStatus) -> Self {
        Failure::Host {
            call: call.into(),
            status,
        }
    }

    /// The status that crosses the entry point.
    pub fn status(&self) -> OfxStatus {
        match self {
            Failure::Host { status, .. } if *status == kOfxStatErrMissingHostFeature => *status,
            Failure::Engine(dcdp::Error::Memory { .. }) => kOfxStatErrMemory,
            _ => kOfxStatFailed,
        }
    }
}

impl From<dcdp::Error> for Failure {
    fn from(error: dcdp::Error) -> Self {
        match error {
            dcdp::Error::Cancelled => Failure::Stopped,
            error => Failure::Engine(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Host { call, status } => {
                write!(formatter, "the host's {call} failed with status {status}")
            }
            Failure::Stopped => write!(formatter, "stopped"),
            Failure::Refused(reason) => write!(formatter, "{reason}"),
            Failure::Engine(error) => write!(formatter, "{error}"),
        }
    }
}
