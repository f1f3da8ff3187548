//! A prior with a formula in place of a network.

use std::collections::BTreeMap;

use ndarray::ArrayView4;

use super::{NoiseLevel, Prediction, Prior, PriorInfo, PriorKind, TileRule};
use crate::diffusion::Process;
use crate::runtime::Cancel;
use crate::{Error, Result};

/// Pictures whose every value is N(`mean`, `std`²), on the 1000-step linear schedule 1e-4…0.02.
///
/// Its noise prediction is exact, so whole restorations can be checked without a network:
/// ε = (x_t − √ᾱ·mean)·√(1−ᾱ) / (ᾱ·std² + 1 − ᾱ), and likewise with signal 1 and noise σ.
pub struct GaussianPrior {
    mean: f64,
    std: f64,
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
        let process = Process::linear(1000, 1e-4, 0.02)?;
        Ok(GaussianPrior {
            mean,
            std,
            info: PriorInfo {
                name: "gaussian".to_owned(),
                kind: PriorKind::Pixel,
                channels: 3,
                tiles: TileRule {
                    size_multiple: 1,
                    tile: 0,
                    halo: 0,
                    global_operations: false,
                    fixed_size: false,
                },
                sigma_range: [process.sigma(0), f64::INFINITY],
                process,
                learned_variance: false,
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
        // The sample is signal·x + noise·ε.
        let (signal, noise) = match level {
            NoiseLevel::Timestep(t) => {
                let alpha_bar = self.info.process.alpha_bar(t);
                (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt())
            }
            NoiseLevel::Sigma(sigma) => (1.0, sigma),
        };
        let mean = signal * self.mean;
        let factor = noise / (signal * signal * self.std * self.std + noise * noise);
        let epsilon = |x: f64| factor * (x - mean);
        let sample = match level {
            NoiseLevel::Timestep(_) => x.mapv(|x| epsilon(f64::from(x)) as f32),
            NoiseLevel::Sigma(sigma) => x.mapv(|x| {
                let x = f64::from(x);
                (x - sigma * epsilon(x)) as f32
            }),
        };
        Ok(Prediction {
            sample,
            variance: None,
        })
    }
}
