//! The one error type of the crate, with stable numeric codes.

use std::path::PathBuf;

/// What every fallible function of the crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Names of options that files above the parameter table refuse values of; the table takes them from
/// here.
pub(crate) mod names {
    pub const KERNEL: &str = "kernel";
    pub const BLUR_SIGMA: &str = "blur_sigma";
    pub const BLUR_RADIUS: &str = "blur_radius";
    pub const BLUR_LENGTH: &str = "blur_length";
    pub const BLUR_ANGLE: &str = "blur_angle";
    pub const SCALE: &str = "scale";
    pub const DATA_STEP: &str = "data_step";
    pub const ROUNDS: &str = "rounds";
    pub const T_START: &str = "t_start";
    pub const T_END: &str = "t_end";
}

/// Why something failed, with the file, field or value that caused it and what is allowed.
///
/// [`Error::code`] gives the number that crosses the C ABI; numbers never change meaning.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller cancelled the run.
    #[error("cancelled")]
    Cancelled,

    /// A named option got a value outside what it allows.
    #[error("{name}: {value} is not allowed; allowed: {allowed}")]
    InvalidOption {
        /// Canonical option name.
        name: String,
        /// The value as given.
        value: String,
        /// What the option accepts.
        allowed: String,
    },

    /// No option has this name.
    #[error("unknown option `{name}`{hint}")]
    UnknownOption {
        /// The name as given.
        name: String,
        /// Empty, or a suggestion that starts with a space or semicolon.
        hint: String,
    },

    /// An option that this task needs was not given.
    #[error("{task} needs `{name}`: {hint}")]
    MissingOption {
        /// The task that needs it.
        task: String,
        /// Canonical option name.
        name: String,
        /// What to give.
        hint: String,
    },

    /// The gradient step diverges for this operator.
    #[error(
        "step: {step} is unstable for this operator; allowed: below {bound:.6} (2(1+momentum)/λmax)"
    )]
    UnstableStep {
        /// The step s as given.
        step: f64,
        /// Largest stable step.
        bound: f64,
    },

    /// An image buffer or descriptor is unusable.
    #[error("image: {0}")]
    InvalidImage(String),

    /// A null pointer, a bad handle or a misused call of the C ABI.
    #[error("{0}")]
    InvalidArgument(String),

    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A file's content is not what it should be.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what is expected.
        reason: String,
    },

    /// No model with this name on the search path.
    #[error("model `{name}` not found; searched: {searched}")]
    ModelNotFound {
        /// The name or path as given.
        name: String,
        /// Folders searched, in order.
        searched: String,
    },

    /// A model folder is malformed, or does not fit the run.
    #[error("{}: {field}: {reason}", path.display())]
    Model {
        /// The manifest or network file.
        path: PathBuf,
        /// The manifest field at fault.
        field: String,
        /// What is wrong, and what is expected.
        reason: String,
    },

    /// ONNX Runtime cannot be found, loaded or is too old.
    #[error("ONNX Runtime: {0}")]
    Runtime(String),

    /// The requested device cannot be used.
    #[error("device {device}: {reason}")]
    Device {
        /// Canonical device name.
        device: String,
        /// Why, and what to do.
        reason: String,
    },

    /// A network failed while running.
    #[error("network: {0}")]
    Network(String),

    /// The run does not fit the memory limit.
    #[error("max_memory: {allowed} MB is too little, this run needs about {needed} MB")]
    Memory {
        /// Estimated need in MB (10⁶ bytes).
        needed: u64,
        /// The limit in MB.
        allowed: u64,
    },

    /// The context is already running a restoration.
    #[error("this context is already running a restoration")]
    Busy,

    /// A caller's own operator failed.
    #[error("operator: {0}")]
    Operator(String),

    /// A defect in this library; please report it.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// The stable status number of the C ABI (`DCDP_OK` is 0).
    pub fn code(&self) -> i32 {
        match self {
            Error::Cancelled => 1,
            Error::InvalidArgument(_) => 2,
            Error::InvalidOption { .. } => 3,
            Error::UnknownOption { .. } => 4,
            Error::MissingOption { .. } => 5,
            Error::UnstableStep { .. } => 6,
            Error::InvalidImage(_) => 7,
            Error::Io { .. } => 8,
            Error::File { .. } => 9,
            Error::ModelNotFound { .. } => 10,
            Error::Model { .. } => 11,
            Error::Runtime(_) => 12,
            Error::Device { .. } => 13,
            Error::Network(_) => 14,
            Error::Memory { .. } => 15,
            Error::Busy => 16,
            Error::Operator(_) => 17,
            Error::Internal(_) => 18,
        }
    }

    /// Whether the arguments alone are wrong (exit code 2 of the command line).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Error::InvalidArgument(_)
                | Error::InvalidOption { .. }
                | Error::UnknownOption { .. }
                | Error::MissingOption { .. }
                | Error::UnstableStep { .. }
        )
    }

    /// Shorthand for [`Error::InvalidOption`].
    pub fn invalid(
        name: impl Into<String>,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Self {
        Error::InvalidOption {
            name: name.into(),
            value: value.to_string(),
            allowed: allowed.into(),
        }
    }
}
