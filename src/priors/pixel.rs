//! Priors that predict noise: in pixels, or in the latent space of a latent prior.

use ndarray::{Array4, ArrayView4, Zip, s};

use super::folder::ModelFolder;
use super::manifest::{Manifest, PredictionTarget, TimeInput};
use super::network::SampleNetwork;
use super::{BetaSchedule, NoiseLevel, Prediction, Prior, PriorInfo};
use crate::diffusion::Process;
use crate::runtime::{Cancel, Device};
use crate::{Error, Result};

/// A diffusion network in ONNX Runtime; whatever it predicts is turned into noise ε.
pub(super) struct PixelPrior {
    info: PriorInfo,
    network: SampleNetwork,
    process: Process,
    prediction: PredictionTarget,
    time_input: TimeInput,
    range: ValueRange,
}

/// The line from the network's values to ours: ours = `scale`·network + `shift`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ValueRange {
    pub scale: f64,
    pub shift: f64,
}

impl ValueRange {
    /// No change, as for latents.
    pub const SAME: ValueRange = ValueRange {
        scale: 1.0,
        shift: 0.0,
    };

    /// From the manifest's `value_range` to [-1, 1].
    pub fn new([low, high]: [f64; 2]) -> Self {
        ValueRange {
            scale: 2.0 / (high - low),
            shift: -(high + low) / (high - low),
        }
    }
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
            process: process(manifest)?,
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
        let sigma = self.process.sigma(t) / self.range.scale;
        let distance = |t: &usize| (self.process.sigma(*t) / sigma).ln().abs();
        let seen = (0..self.process.timesteps())
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap_or(t);
        let ratio = self.process.alpha_bar(seen) / self.process.alpha_bar(t);
        (seen, ratio.sqrt() / self.range.scale)
    }

    fn time(&self, t: usize) -> f64 {
        match self.time_input {
            TimeInput::Index => t as f64,
            TimeInput::LogSnr => -2.0 * self.process.sigma(t).ln(),
            TimeInput::Sigma => self.process.sigma(t),
        }
    }
}

/// The noise schedule of the manifest.
fn process(manifest: &Manifest) -> Result<Process> {
    let (start, end) = (manifest.beta_start, manifest.beta_end);
    match manifest.beta_schedule {
        BetaSchedule::Linear => Process::linear(manifest.timesteps, start, end),
        BetaSchedule::ScaledLinear => Process::scaled_linear(manifest.timesteps, start, end),
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
            NoiseLevel::Timestep(t) if t < self.process.timesteps() => t,
            other => {
                let last = self.process.timesteps() - 1;
                let name = &self.info.name;
                return Err(Error::Internal(format!(
                    "prior {name} takes timesteps 0 to {last}, got {other:?}"
                )));
            }
        };
        let (seen, factor) = self.in_network_range(t);
        let moved = (self.range != ValueRange::SAME).then(|| {
            let shift = (self.process.alpha_bar(t).sqrt() * self.range.shift) as f32;
            x.mapv(|value| factor as f32 * (value - shift))
        });
        let x = moved.as_ref().map_or(x, |moved| moved.view());

        let mut output = self.network.call(x, self.time(seen), cancel)?;
        let variance = self.info.learned_variance.then(|| {
            output
                .slice(s![.., self.info.channels.., .., ..])
                .to_owned()
        });
        if variance.is_some() {
            output = output
                .slice(s![.., ..self.info.channels, .., ..])
                .to_owned();
        }
        to_noise(
            self.prediction,
            self.process.alpha_bar(seen),
            x,
            &mut output,
        );
        Ok(Prediction {
            sample: output,
            variance,
        })
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

    #[test]
    fn value_ranges_map_their_ends() {
        for range in [[0.0, 1.0], [-1.0, 1.0], [-0.5, 0.5], [0.0, 255.0]] {
            let line = ValueRange::new(range);
            assert!((line.scale * range[0] + line.shift + 1.0).abs() < 1e-12);
            assert!((line.scale * range[1] + line.shift - 1.0).abs() < 1e-12);
        }
        assert_eq!(ValueRange::new([-1.0, 1.0]), ValueRange::SAME);
    }
}
