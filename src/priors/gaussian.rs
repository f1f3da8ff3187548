//! A prior with a formula in place of a network.

use std::collections::BTreeMap;

use ndarray::ArrayView4;

use super::{BetaSchedule, NoiseLevel, Prediction, Prior, PriorInfo, PriorKind};
use crate::diffusion::Process;
use crate::runtime::Cancel;
use crate::{Error, Result};

/// Pictures whose every value is N(`mean`, `std`²), on the 1000-step linear schedule 1e-4…0.02.
///
/// Its noise prediction is exact, so whole restorations can be checked without a network:
/// ε = (x_t − √ᾱ·mean)·√(1−ᾱ) / (ᾱ·std² + 1 − ᾱ).
pub struct GaussianPrior {
    mean: f64,
    std: f64,
    process: Process,
    info: PriorInfo,
}

impl GaussianPrior {
    /// The prior of this mean and standard deviation, in [-1, 1] units.
    ///
    /// # Errors
    /// `InvalidArgument` unless both are finite and `std` is positive.
    pub fn new(mean: f64, std: f64) -> Result<Self> {
        if !(mean.is_finite() && std.is_finite() && std > 0.0) {
            return Err(Error::InvalidArgument(format!(
                "Gaussian prior N({mean}, {std}²): both must be finite, the second positive"
            )));
        }
        let (timesteps, beta_start, beta_end) = (1000, 1e-4, 0.02);
        Ok(GaussianPrior {
            mean,
            std,
            process: Process::linear(timesteps, beta_start, beta_end)?,
            info: PriorInfo {
                name: "gaussian".to_owned(),
                kind: PriorKind::Pixel,
                channels: 3,
                size_multiple: 1,
                tile: 0,
                halo: 0,
                global_operations: false,
                fixed_size: false,
                timesteps,
                beta_schedule: BetaSchedule::Linear,
                beta_start,
                beta_end,
                learned_variance: false,
                sigma_range: [0.002, 80.0],
                latent_scale: 1.0,
                downsample: 1,
                network_bytes: 0,
                defaults: BTreeMap::new(),
            },
        })
    }
}

impl Prior for GaussianPrior {
    fn info(&self) -> &PriorInfo {
        &self.info
    }

    fn predict(
        &self,
        x: ArrayView4<'_, f32>,
        level: NoiseLevel,
        cancel: &Cancel,
    ) -> Result<Prediction> {
        cancel.check()?;
        let NoiseLevel::Timestep(t) = level else {
            return Err(Error::Internal(format!(
                "the Gaussian prior takes timesteps, got {level:?}"
            )));
        };
        let alpha_bar = self.process.alpha_bar(t);
        let mean = alpha_bar.sqrt() * self.mean;
        let variance = alpha_bar * self.std * self.std + 1.0 - alpha_bar;
        let factor = (1.0 - alpha_bar).sqrt() / variance;
        Ok(Prediction {
            sample: x.mapv(|x| (factor * (f64::from(x) - mean)) as f32),
            variance: None,
        })
    }
}
