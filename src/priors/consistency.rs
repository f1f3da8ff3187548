//! Consistency models: one call from any σ to a clean picture.

use ndarray::ArrayView4;

use super::folder::ModelFolder;
use super::network::SampleNetwork;
use super::pixel::ValueRange;
use super::{NoiseLevel, Prediction, Prior, PriorInfo};
use crate::runtime::{Cancel, Device};
use crate::{Error, Result};

/// A consistency function f(x_σ, σ) in ONNX Runtime, its boundary condition inside the graph
/// (arXiv 2303.01469).
pub(super) struct ConsistencyPrior {
    info: PriorInfo,
    network: SampleNetwork,
    range: ValueRange,
}

impl ConsistencyPrior {
    /// Loads the network of `folder`.
    ///
    /// # Errors
    /// As [`SampleNetwork::load`].
    pub fn load(
        folder: &ModelFolder,
        mut info: PriorInfo,
        device: Device,
        threads: usize,
    ) -> Result<Self> {
        let range = ValueRange::new(folder.manifest.value_range);
        info.sigma_range = info.sigma_range.map(|sigma| sigma * range.scale);
        Ok(ConsistencyPrior {
            network: SampleNetwork::load(folder, info.channels, device, threads)?,
            range,
            info,
        })
    }
}

impl Prior for ConsistencyPrior {
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
        let NoiseLevel::Sigma(sigma) = level else {
            let name = &self.info.name;
            return Err(Error::Internal(format!(
                "prior {name} takes σ, got {level:?}"
            )));
        };
        let ValueRange { scale, shift } = self.range;
        let sample = if self.range == ValueRange::SAME {
            self.network.call(x, sigma, cancel)?
        } else {
            let x = x.mapv(|value| ((f64::from(value) - shift) / scale) as f32);
            let mut clean = self.network.call(x.view(), sigma / scale, cancel)?;
            clean.mapv_inplace(|value| (f64::from(value) * scale + shift) as f32);
            clean
        };
        Ok(Prediction {
            sample,
            variance: None,
        })
    }
}
