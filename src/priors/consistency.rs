//! Consistency models: one call from any σ to a clean picture.

use ndarray::ArrayView4;

use super::folder::ModelFolder;
use super::network::SampleNetwork;
use super::value_range::ValueRange;
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
        info: PriorInfo,
        device: Device,
        threads: usize,
    ) -> Result<Self> {
        Ok(ConsistencyPrior {
            network: SampleNetwork::load(folder, info.channels, device, threads)?,
            range: ValueRange::new(folder.manifest.value_range),
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
        Ok(Prediction {
            sample: self.range.clean(&self.network, x, sigma, cancel)?,
            variance: None,
        })
    }
}
