//! What a row of the parameter table says.

/// Identifies a parameter; the discriminant is its row in the table.
#[allow(missing_docs)] // The rows of the table document them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Id {
    Task,
    Noise,
    Strength,
    Texture,
    Blur,
    BlurSigma,
    BlurRadius,
    BlurLength,
    BlurAngle,
    Kernel,
    BlurLight,
    Scale,
    Source,
    Fill,
    Grain,
    Clean,
    Preset,
    Model,
    Device,
    Seed,
    Samples,
    TemporalFrames,
    DataStep,
    Sampler,
    SamplerSteps,
    Rounds,
    GradientSteps,
    Step,
    Optimizer,
    Momentum,
    WeightDecay,
    Schedule,
    TStart,
    TEnd,
    LatentApproach,
    Boundary,
    Transfer,
    Threads,
    MaxMemory,
    Tile,
    Overlap,
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A real number in `minimum..=maximum`, or −1 where `automatic`.
    Number {
        /// Smallest value.
        minimum: f64,
        /// Largest value.
        maximum: f64,
        /// Sensible slider range.
        display: [f64; 2],
        /// Value when nothing is said.
        default: f64,
        /// Whether −1 is also accepted and means "the preset decides".
        automatic: bool,
    },
    /// A whole number, otherwise like `Number`.
    Integer {
        /// Smallest value.
        minimum: i64,
        /// Largest value.
        maximum: i64,
        /// Sensible slider range.
        display: [i64; 2],
        /// Value when nothing is said.
        default: i64,
        /// Whether −1 is also accepted and means "the preset decides".
        automatic: bool,
    },
    /// One of a fixed list of words.
    Choice {
        /// Canonical words.
        choices: &'static [&'static str],
        /// What a person reads, in the same order.
        labels: &'static [&'static str],
        /// The word when nothing is said.
        default: &'static str,
    },
    /// Free text.
    Text {
        /// Value when nothing is said.
        default: &'static str,
    },
    /// Path of a file; empty means none.
    File,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Which one.
    pub id: Id,
    /// Canonical name, lower case with underscores (dashes in CLI and GIMP).
    pub name: &'static str,
    /// What a person reads.
    pub label: &'static str,
    /// One or two sentences of help.
    pub hint: &'static str,
    /// Unit, or empty.
    pub unit: &'static str,
    /// Name of the group user interfaces show it in.
    pub group: Group,
    /// Type, range and default.
    pub kind: Kind,
    /// Tasks it applies to (bits of [`tasks`]).
    pub tasks: u32,
    /// `Some((parameter, word))`: only matters when that choice has that word.
    pub needs: Option<(Id, &'static str)>,
}

/// Where user interfaces show a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What is wrong with the picture.
    Task,
    /// How good, how fast, where.
    Quality,
    /// The method's own knobs.
    Advanced,
}

impl Group {
    /// What a person reads.
    pub const fn label(self) -> &'static str {
        match self {
            Group::Task => "Task",
            Group::Quality => "Quality",
            Group::Advanced => "Advanced",
        }
    }
}

/// Task bits of [`Parameter::tasks`].
pub mod tasks {
    /// `task` denoise.
    pub const DENOISE: u32 = 1;
    /// `task` deblur.
    pub const DEBLUR: u32 = 2;
    /// `task` inpaint.
    pub const INPAINT: u32 = 4;
    /// `task` super-resolve.
    pub const SUPER_RESOLVE: u32 = 8;
    /// `task` dejpeg.
    pub const DEJPEG: u32 = 16;
    /// Every task.
    pub const ALL: u32 = 31;

    /// The bit of the task with this canonical name; 0 for any other word.
    pub fn of(task: &str) -> u32 {
        match task {
            "denoise" => DENOISE,
            "deblur" => DEBLUR,
            "inpaint" => INPAINT,
            "super-resolve" => SUPER_RESOLVE,
            "dejpeg" => DEJPEG,
            _ => 0,
        }
    }
}

/// Largest seed: every integer up to it is exact in the `double` that crosses the C ABI.
pub const MAX_SEED: i64 = (1 << 53) - 1;
