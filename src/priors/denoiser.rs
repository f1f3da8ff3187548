//! Gaussian denoisers: networks that are told σ and return the clean picture, such as FFDNet
//! (arXiv 1710.04026) and DRUNet (arXiv 2008.13751).

use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::{ArrayView4, Zip};

use super::folder::ModelFolder;
use super::network::SampleNetwork;
use super::value_range::ValueRange;
use super::{NoiseLevel, Prediction, Prior, PriorInfo};
use crate::runtime::{Cancel, Device};
use crate::{Error, Result};

/// A denoiser D(x + σ·ε, σ) ≈ x in ONNX Runtime, for σ up to a largest one.
pub(super) struct DenoiserPrior {
    info: PriorInfo,
    network: SampleNetwork,
    range: ValueRange,
    /// Whether the log has heard of a σ beyond the largest.
    warned: AtomicBool,
}

impl DenoiserPrior {
    /// Loads the network of `folder`.
    ///
    /// # Errors
    /// As [`SampleNetwork::load`].
    pub fn load(
        folder: &ModelFolder,
        info: PriorInfo,
        device: Device,
        threads: usize,
    ) -> Result<Self> {
        Ok(DenoiserPrior {
            network: SampleNetwork::load(folder, info.channels, device, threads)?,
            range: ValueRange::new(folder.manifest.value_range),
            info,
            warned: AtomicBool::new(false),
        })
    }

    /// The σ the network is told for `sigma`.
    fn clamped(&self, sigma: f64) -> f64 {
        let largest = self.info.sigma_range[1];
        if sigma > largest && !self.warned.swap(true, Ordering::Relaxed) {
            log::warn!(
                "model {} removes noise up to σ {:.1}; σ {:.1} is taken for that",
                self.info.name,
                127.5 * largest,
                127.5 * sigma,
            );
        }
        sigma.min(largest)
    }
}

impl Prior for DenoiserPrior {
    fn info(&self) -> &PriorInfo {
        &self.info
    }

    fn device(&self) -> Device {
        self.network.device()
    }

    fn predict(
        &self,
        x: ArrayView4<'_, f32>,
        level: NoiseLevel,
        cancel: &Cancel,
    ) -> Result<Prediction> {
        let sample = match level {
            NoiseLevel::Sigma(sigma) => {
                self.range
                    .clean(&self.network, x, self.clamped(sigma), cancel)?
            }
            NoiseLevel::Timestep(t) if t < self.info.largest_timestep() => {
                // x_t = √ᾱ·(x + σ·ε), so ε = (x_t/√ᾱ − D(x_t/√ᾱ, σ))/σ.
                let sigma = self.info.process.sigma(t);
                let scale = self.info.process.alpha_bar(t).sqrt().recip();
                let unscaled = x.mapv(|value| (scale * f64::from(value)) as f32);
                let mut noise = self
                    .range
                    .clean(&self.network, unscaled.view(), sigma, cancel)?;
                Zip::from(&mut noise).and(&unscaled).for_each(|clean, &x| {
                    *clean = (f64::from(x - *clean) / sigma) as f32;
                });
                noise
            }
            NoiseLevel::Timestep(t) => {
                return Err(Error::Internal(format!(
                    "model {} removes noise up to timestep {} (σ {:.1}), got {t}",
                    self.info.name,
                    self.info.largest_timestep(),
                    127.5 * self.info.sigma_range[1],
                )));
            }
        };
        Ok(Prediction {
            sample,
            variance: None,
        })
    }
}
