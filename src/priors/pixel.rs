//! Priors that predict noise: in pixels, or in the latent space of a latent prior.

use ndarray::{Array4, ArrayView4, Zip, s};

use super::folder::ModelFolder;
use super::manifest::{PredictionTarget, TimeInput};
use super::network::SampleNetwork;
use super::value_range::ValueRange;
use super::{NoiseLevel, Prediction, Prior, PriorInfo};
use crate::runtime::{Cancel, Device};
use crate::{Error, Result};

/// A diffusion network in ONNX Runtime; whatever it predicts is turned into noise ε.
pub(super) struct PixelPrior {
    info: PriorInfo,
    network: SampleNetwork,
    prediction: PredictionTarget,
    time_input: TimeInput,
    range: ValueRange,
}

impl PixelPrior {
    /// Loads the network of `folder`, whose samples are described by `info`.
    ///
    /// # Errors
    /// As [`SampleNetwork::load`].
    pub fn load(
        folder: &ModelFolder,
        info: PriorInfo,
        range: ValueRange,
        device: Device,
        threads: usize,
    ) -> Result<Self> {
        let manifest = &folder.manifest;
        Ok(PixelPrior {
            network: SampleNetwork::load(folder, info.channels, device, threads)?,
            prediction: manifest.prediction,
            time_input: manifest.time_input,
            range,
            info,
        })
    }

    /// The timestep at which the network sees the noise that timestep `t` is in our range, and the factor
    /// from our samples (without the shift) to its.
    ///
    /// The network's picture is ours divided by `scale`, so the same ε weighs 1/`scale` as much against it.
    fn in_network_range(&self, t: usize) -> (usize, f64) {
        if self.range == ValueRange::SAME {
            return (t, 1.0);
        }
        let process = &self.info.process;
        let seen = process.nearest(process.sigma(t) / self.range.scale);
        let ratio = process.alpha_bar(seen) / process.alpha_bar(t);
        (seen, ratio.sqrt() / self.range.scale)
    }

    /// ε of a sample x_t in the network's range.
    fn noise(&self, x: ArrayView4<'_, f32>, t: usize, cancel: &Cancel) -> Result<Prediction> {
        let sigma = self.info.process.sigma(t) * self.range.scale;
        let mut output = self.network.call(x, self.time(t), sigma, cancel)?;
        let channels = self.info.channels;
        let mut variance = None;
        if self.info.learned_variance {
            variance = Some(output.slice(s![.., channels.., .., ..]).to_owned());
            output = output.slice(s![.., ..channels, .., ..]).to_owned();
        }
        let alpha_bar = self.info.process.alpha_bar(t);
        to_noise(self.prediction, alpha_bar, x, &mut output);
        Ok(Prediction {
            sample: output,
            variance,
        })
    }

    /// D(x, σ) at the timestep nearest in log σ: x̂0 = x − σ_t·ε(√ᾱ·x, t).
    fn clean(&self, x: ArrayView4<'_, f32>, sigma: f64, cancel: &Cancel) -> Result<Prediction> {
        let process = &self.info.process;
        let t = process.nearest(sigma / self.range.scale);
        let (signal, sigma) = (process.alpha_bar(t).sqrt(), process.sigma(t));
        let scaled = self.range.to_network(x, signal);
        let mut prediction = self.noise(scaled.view(), t, cancel)?;
        Zip::from(&mut prediction.sample)
            .and(&scaled)
            .for_each(|noise, &x| {
                *noise = (f64::from(x) / signal - sigma * f64::from(*noise)) as f32;
            });
        self.range.to_picture(&mut prediction.sample);
        Ok(prediction)
    }

    fn time(&self, t: usize) -> f64 {
        match self.time_input {
            TimeInput::Index => t as f64,
            TimeInput::LogSnr => -2.0 * self.info.process.sigma(t).ln(),
            TimeInput::Sigma => self.info.process.sigma(t),
        }
    }
}

impl Prior for PixelPrior {
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
        let t = match level {
            NoiseLevel::Sigma(sigma) => return self.clean(x, sigma, cancel),
            NoiseLevel::Timestep(t) if t < self.info.process.timesteps() => t,
            NoiseLevel::Timestep(t) => {
                let last = self.info.process.timesteps() - 1;
                let name = &self.info.name;
                return Err(Error::Internal(format!(
                    "prior {name} takes timesteps 0 to {last}, got {t}"
                )));
            }
        };
        let (seen, factor) = self.in_network_range(t);
        if self.range == ValueRange::SAME {
            return self.noise(x, seen, cancel);
        }
        let shift = (self.info.process.alpha_bar(t).sqrt() * self.range.shift) as f32;
        let moved = x.mapv(|value| factor as f32 * (value - shift));
        self.noise(moved.view(), seen, cancel)
    }
}

/// Turns what a network predicted for `x` = x_t into ε, in place.
fn to_noise(
    prediction: PredictionTarget,
    alpha_bar: f64,
    x: ArrayView4<'_, f32>,
    output: &mut Array4<f32>,
) {
    let (signal, noise) = (alpha_bar.sqrt() as f32, (1.0 - alpha_bar).sqrt() as f32);
    match prediction {
        PredictionTarget::Epsilon => {}
        PredictionTarget::V => {
            Zip::from(output)
                .and(x)
                .for_each(|v, &x| *v = signal * *v + noise * x);
        }
        PredictionTarget::X0 => {
            Zip::from(output)
                .and(x)
                .for_each(|x0, &x| *x0 = (x - signal * *x0) / noise);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prediction_gives_the_same_noise() {
        let alpha_bar: f64 = 0.3;
        let (signal, noise) = (alpha_bar.sqrt() as f32, (1.0 - alpha_bar).sqrt() as f32);
        let clean = Array4::from_shape_fn((1, 2, 3, 4), |(_, c, y, x)| (c + y * x) as f32 / 8.0);
        let epsilon = Array4::from_shape_fn((1, 2, 3, 4), |(_, c, y, x)| x as f32 - (c + y) as f32);
        let x = signal * &clean + noise * &epsilon;
        let targets = [
            (PredictionTarget::Epsilon, epsilon.clone()),
            (PredictionTarget::V, signal * &epsilon - noise * &clean),
            (PredictionTarget::X0, clean),
        ];
        for (target, mut output) in targets {
            to_noise(target, alpha_bar, x.view(), &mut output);
            let error = (&output - &epsilon).mapv(f32::abs);
            assert!(error.iter().all(|&e| e < 1e-5), "{target:?}");
        }
    }
}
