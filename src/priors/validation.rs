//! The rules a manifest's values obey.

use std::path::{Component, Path};

use super::PriorKind;
use super::manifest::{FileEntry, Manifest, PredictionTarget, TimeInput};

/// The manifest format this version reads.
const FORMAT: u32 = 1;

/// Largest network file, in bytes (4 GiB).
const LARGEST_NETWORK: u64 = 1 << 32;

/// Largest tile that every picture, however small, is padded to.
const LARGEST_FIXED_TILE: usize = 4096;

/// A field and what is wrong with it.
type Fault = (String, String);

impl Manifest {
    /// Whether every value is allowed; the error is the field and what is wrong with it.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let require = |holds: bool, field: &str, reason: String| match holds {
            true => Ok(()),
            false => Err((field.to_owned(), reason)),
        };
        require(
            self.format == FORMAT,
            "format",
            format!(
                "{} is not known; this version reads format {FORMAT}",
                self.format
            ),
        )?;
        require(is_name(&self.name), "name", name_rule(&self.name))?;
        require(
            self.channels == 3,
            "channels",
            format!("{} is not allowed; allowed: 3", self.channels),
        )?;
        self.check_sizes(&require)?;
        let [low, high] = self.value_range;
        require(
            low.is_finite() && high.is_finite() && low < high,
            "value_range",
            format!("[{low}, {high}] must be two finite numbers, the smaller first"),
        )?;
        self.check_kind(&require)?;
        self.check_schedule(&require)?;
        for (field, entry) in self.files() {
            check_file(field, entry, &require)?;
        }
        for task in self.defaults.keys() {
            require(
                ["denoise", "deblur", "inpaint", "super-resolve"].contains(&task.as_str()),
                &format!("defaults.{task}"),
                "is no task; allowed: denoise, deblur, inpaint, super-resolve".to_owned(),
            )?;
        }
        Ok(())
    }

    fn check_sizes(&self, require: &Require) -> Result<(), Fault> {
        require(
            (1..=1024).contains(&self.size_multiple),
            "size_multiple",
            format!("{} is not allowed; allowed: 1 to 1024", self.size_multiple),
        )?;
        require(
            self.tile <= 1 << 16 && self.tile.is_multiple_of(self.size_multiple),
            "tile",
            format!(
                "{} is not allowed; allowed: multiples of size_multiple ({}) up to 65536",
                self.tile, self.size_multiple
            ),
        )?;
        require(
            (1..=LARGEST_FIXED_TILE).contains(&self.tile) || !self.fixed_size,
            "tile",
            format!(
                "{} is not allowed with fixed_size; allowed: 1 to {LARGEST_FIXED_TILE}",
                self.tile
            ),
        )?;
        require(
            self.halo == 0 || 2 * self.halo < self.tile,
            "halo",
            format!("{} leaves nothing of a tile of {}", self.halo, self.tile),
        )
    }

    /// The schedule is given whole, or not at all where the network is told σ itself.
    fn check_schedule(&self, require: &Require) -> Result<(), Fault> {
        let given = [
            ("timesteps", self.timesteps.is_some()),
            ("beta_schedule", self.beta_schedule.is_some()),
            ("beta_start", self.beta_start.is_some()),
            ("beta_end", self.beta_end.is_some()),
        ];
        let needed = !self.is_denoiser() || given.iter().any(|(_, given)| *given);
        for (field, given) in given {
            require(given || !needed, field, "is missing".to_owned())?;
        }
        if let Some(timesteps) = self.timesteps {
            require(
                (2..=100_000).contains(&timesteps),
                "timesteps",
                format!("{timesteps} is not allowed; allowed: 2 to 100000"),
            )?;
        }
        let (Some(start), Some(end)) = (self.beta_start, self.beta_end) else {
            return Ok(());
        };
        require(
            start > 0.0 && start <= end && end < 1.0,
            "beta_start",
            format!(
                "betas from {start} to {end} are not allowed; allowed: \
                 0 < beta_start ≤ beta_end < 1"
            ),
        )
    }

    /// What makes a pixel network with a largest σ a Gaussian denoiser.
    fn check_denoiser(&self, require: &Require) -> Result<(), Fault> {
        let Some(largest) = self.sigma_max.filter(|_| self.is_denoiser()) else {
            return Ok(());
        };
        require(
            0.0 < largest && largest <= 255.0,
            "sigma_max",
            format!("{largest} is not allowed; allowed: above 0 up to 255, in 0…255 units"),
        )?;
        require(
            self.time_input == TimeInput::Sigma,
            "time_input",
            "must be `sigma` for kind pixel with sigma_max".to_owned(),
        )?;
        require(
            self.prediction == PredictionTarget::X0,
            "prediction",
            "must be `x0` for kind pixel with sigma_max".to_owned(),
        )?;
        require(
            !self.learned_variance,
            "learned_variance",
            "must be false for kind pixel with sigma_max".to_owned(),
        )
    }

    /// Fields that one kind needs, and that the others must not have.
    fn check_kind(&self, require: &Require) -> Result<(), Fault> {
        let latent = self.kind == PriorKind::Latent;
        let consistency = self.kind == PriorKind::Consistency;
        let present = [
            ("latent_scale", self.latent_scale.is_some(), latent),
            ("latent_channels", self.latent_channels.is_some(), latent),
            ("downsample", self.downsample.is_some(), latent),
            ("files.encoder", self.files.encoder.is_some(), latent),
            ("files.decoder", self.files.decoder.is_some(), latent),
            ("sigma_min", self.sigma_min.is_some(), consistency),
            ("sigma_data", self.sigma_data.is_some(), consistency),
        ];
        for (field, given, wanted) in present {
            require(
                given || !wanted,
                field,
                format!("is missing; {} needs it", self.kind),
            )?;
            require(
                !given || wanted,
                field,
                format!("does not belong to kind {}", self.kind),
            )?;
        }
        // A pixel network that is told σ and has no timesteps is taken for a Gaussian denoiser.
        let untimed = self.time_input == TimeInput::Sigma && self.timesteps.is_none();
        require(
            self.sigma_max.is_some() || !(consistency || !latent && untimed),
            "sigma_max",
            match consistency {
                true => "is missing; consistency needs it".to_owned(),
                false => {
                    "is missing; pixel with time_input sigma and no timesteps needs it".to_owned()
                }
            },
        )?;
        require(
            self.sigma_max.is_none() || !latent,
            "sigma_max",
            "does not belong to kind latent".to_owned(),
        )?;
        self.check_denoiser(require)?;
        require(
            latent || self.files.decoder_vjp.is_none(),
            "files.decoder_vjp",
            format!("does not belong to kind {}", self.kind),
        )?;
        if let (Some(scale), Some(channels), Some(downsample)) =
            (self.latent_scale, self.latent_channels, self.downsample)
        {
            require(
                scale.is_finite() && scale > 0.0,
                "latent_scale",
                format!("{scale} must be a positive number"),
            )?;
            require(
                (1..=256).contains(&channels),
                "latent_channels",
                format!("{channels} is not allowed; allowed: 1 to 256"),
            )?;
            require(
                downsample.is_power_of_two() && self.size_multiple.is_multiple_of(downsample),
                "downsample",
                format!(
                    "{downsample} is not allowed; allowed: powers of two that divide \
                     size_multiple ({})",
                    self.size_multiple
                ),
            )?;
        }
        if let (Some(low), Some(high), Some(data)) =
            (self.sigma_min, self.sigma_max, self.sigma_data)
        {
            require(
                0.0 < low && low < high && high.is_finite(),
                "sigma_min",
                format!(
                    "σ from {low} to {high} is not allowed; allowed: 0 < sigma_min < sigma_max"
                ),
            )?;
            require(
                data.is_finite() && data > 0.0,
                "sigma_data",
                format!("{data} must be a positive number"),
            )?;
            require(
                self.time_input == TimeInput::Sigma,
                "time_input",
                "must be `sigma` for kind consistency".to_owned(),
            )?;
            require(
                self.prediction == PredictionTarget::X0,
                "prediction",
                "must be `x0` for kind consistency".to_owned(),
            )?;
            require(
                !self.learned_variance,
                "learned_variance",
                "must be false for kind consistency".to_owned(),
            )?;
        }
        Ok(())
    }
}

type Require = dyn Fn(bool, &str, String) -> Result<(), Fault>;

fn check_file(field: &str, entry: &FileEntry, require: &Require) -> Result<(), Fault> {
    let path = Path::new(&entry.path);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    require(
        !entry.path.is_empty() && path.components().all(plain) && !entry.path.contains('\\'),
        &format!("{field}.path"),
        format!(
            "`{}` must be a path inside the model folder, without `..`",
            entry.path
        ),
    )?;
    require(
        entry.sha256.len() == 64 && entry.sha256.bytes().all(|b| b.is_ascii_hexdigit()),
        &format!("{field}.sha256"),
        format!("`{}` must be 64 hexadecimal digits", entry.sha256),
    )?;
    require(
        (1..=LARGEST_NETWORK).contains(&entry.bytes),
        &format!("{field}.bytes"),
        format!(
            "{} is not allowed; allowed: 1 to {LARGEST_NETWORK}",
            entry.bytes
        ),
    )
}

/// Whether a text can name a model.
pub(super) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len())
        && text.bytes().all(allowed)
        && text.as_bytes()[0].is_ascii_alphanumeric()
}

fn name_rule(name: &str) -> String {
    format!("`{name}` must be up to 64 letters, digits, dots, dashes and underscores")
}
