//! `model.toml`: what the engine must know of a model folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::PriorKind;
use crate::diffusion::Process;
use crate::{Error, Result};

/// Name of the manifest inside a model folder.
pub const MANIFEST: &str = "model.toml";

/// What the network's output means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PredictionTarget {
    /// The noise ε.
    Epsilon,
    /// v = √ᾱ·ε − √(1−ᾱ)·x_0 (arXiv 2202.00512).
    V,
    /// The clean sample x_0.
    X0,
}

/// The variance-preserving schedule a network was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// β linear in t.
    Linear,
    /// √β linear in t.
    ScaledLinear,
}

/// How the network is told the noise level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInput {
    /// Timestep index, i64 N.
    Index,
    /// ln(ᾱ/(1−ᾱ)), f32 N.
    LogSnr,
    /// The σ of a Gaussian denoiser or consistency model, else √((1−ᾱ)/ᾱ); f32 N. In the units of
    /// `value_range`: a network for [0, 1] is told σ/255 for σ in 0…255 units.
    Sigma,
}

/// One network file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Path relative to the folder.
    pub path: String,
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// The network files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The diffusion or consistency network.
    pub network: FileEntry,
    /// `x` N×3×H×W to `z` (latent models).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoder: Option<FileEntry>,
    /// `z` to `x` (latent models).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoder: Option<FileEntry>,
    /// `z`, `u` to `g` = J_D(z)ᵀ·u (latent models, for Approach I).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoder_vjp: Option<FileEntry>,
}

impl Files {
    /// Every file.
    pub fn all(&self) -> impl Iterator<Item = &FileEntry> {
        let others = [&self.encoder, &self.decoder, &self.decoder_vjp];
        std::iter::once(&self.network).chain(others.into_iter().flatten())
    }
}

/// Names of the network's input tensors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The noisy sample, N×C×H×W.
    pub sample: String,
    /// The noise level, one value per sample.
    pub time: String,
}

/// Name of the network's output tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The prediction, N×C×H×W (N×2C×H×W with a learned variance).
    pub sample: String,
}

/// The content of a `model.toml`. Sizes are in pixels of the picture, for latent models too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the manifest format, 1.
    pub format: u32,
    /// Name: up to 64 letters, digits, dots, dashes and underscores.
    pub name: String,
    /// Version of the model.
    pub version: String,
    /// Licence of the weights.
    pub licence: String,
    /// Kind of model.
    pub kind: PriorKind,
    /// One sentence for people.
    pub description: String,
    /// Channels of the picture, 3.
    pub channels: usize,
    /// Height and width are multiples of this.
    pub size_multiple: usize,
    /// Native tile side, halo included; 0 for none.
    pub tile: usize,
    /// Context needed on each side of a tile.
    pub halo: usize,
    /// Whether some operation sees the whole extent.
    pub global_operations: bool,
    /// Whether the network takes only `tile`×`tile`.
    #[serde(default)]
    pub fixed_size: bool,
    /// Smallest and largest value of a picture as the network (or the first stage) sees it.
    pub value_range: [f64; 2],
    /// Number of training timesteps. With the three fields below: all or, for Gaussian denoisers, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timesteps: Option<usize>,
    /// The training schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_schedule: Option<BetaSchedule>,
    /// First β.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_start: Option<f64>,
    /// Last β.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_end: Option<f64>,
    /// What the output means.
    pub prediction: PredictionTarget,
    /// Whether the output carries a learned-range variance in a second half of its channels.
    pub learned_variance: bool,
    /// How the noise level is told.
    pub time_input: TimeInput,
    /// Factor from the encoder's output to what the network sees (latent models).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latent_scale: Option<f64>,
    /// Channels of the latent (latent models).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latent_channels: Option<usize>,
    /// Pixels per latent position and side (latent models).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downsample: Option<usize>,
    /// Smallest σ (consistency models).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma_min: Option<f64>,
    /// Largest σ: of a Gaussian denoiser in 0…255 units, of a consistency model in those of `value_range`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma_max: Option<f64>,
    /// Standard deviation of the data (consistency models).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma_data: Option<f64>,
    /// The network files.
    pub files: Files,
    /// Names of the inputs.
    pub inputs: Inputs,
    /// Name of the output.
    pub outputs: Outputs,
    /// By task, values of parameters for the default preset.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: BTreeMap<String, BTreeMap<String, Setting>>,
}

/// A parameter value as manifests write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// A whole number.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// A word.
    Word(String),
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Setting::Integer(value) => value.fmt(f),
            Setting::Number(value) => value.fmt(f),
            Setting::Word(word) => word.fmt(f),
        }
    }
}

impl Manifest {
    /// Parses and checks the text of the manifest at `path`.
    ///
    /// # Errors
    /// `Model`, naming the file and the field.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let manifest: Manifest = toml::from_str(text).map_err(|error| Error::Model {
            path: path.to_owned(),
            field: field_of(&error, text),
            reason: error.message().replace('\n', " "),
        })?;
        manifest.check().map_err(|(field, reason)| Error::Model {
            path: path.to_owned(),
            field,
            reason,
        })?;
        Ok(manifest)
    }

    /// Whether it is a Gaussian denoiser: a pixel network that takes (x + σ·ε, σ) and returns x.
    pub fn is_denoiser(&self) -> bool {
        self.kind == PriorKind::Pixel && self.sigma_max.is_some()
    }

    /// The schedule that timesteps are counted on: the manifest's, else that of DDPM (arXiv 2006.11239).
    ///
    /// # Errors
    /// `InvalidArgument` for a schedule that [`parse`](Manifest::parse) refuses.
    pub fn process(&self) -> Result<Process> {
        let timesteps = self.timesteps.unwrap_or(1000);
        let (start, end) = (
            self.beta_start.unwrap_or(1e-4),
            self.beta_end.unwrap_or(0.02),
        );
        match self.beta_schedule.unwrap_or(BetaSchedule::Linear) {
            BetaSchedule::Linear => Process::linear(timesteps, start, end),
            BetaSchedule::ScaledLinear => Process::scaled_linear(timesteps, start, end),
        }
    }

    /// The network files with their names in the manifest.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &FileEntry)> {
        let files = &self.files;
        let stages = [
            ("files.encoder", &files.encoder),
            ("files.decoder", &files.decoder),
            ("files.decoder_vjp", &files.decoder_vjp),
        ];
        std::iter::once(("files.network", &files.network)).chain(
            stages
                .into_iter()
                .filter_map(|(field, entry)| Some((field, entry.as_ref()?))),
        )
    }
}

/// The field a parse error is about: the one it names, else the key of the line it points at.
fn field_of(error: &toml::de::Error, text: &str) -> String {
    let message = error.message();
    let named = message.starts_with("missing field") || message.starts_with("unknown field");
    if let Some(name) = message.split('`').nth(1).filter(|_| named) {
        return known(name);
    }
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .and_then(|before| text.lines().nth(before.matches('\n').count()));
    known(
        line.and_then(|line| line.split_once('='))
            .map_or("", |(key, _)| key.trim()),
    )
}

/// A field's name for messages, also where there is none.
fn known(name: &str) -> String {
    match name.is_empty() {
        true => "syntax".to_owned(),
        false => name.to_owned(),
    }
}
