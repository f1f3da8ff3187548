//! Whether a device that computes with fewer digits computes a network well enough.

use ndarray::Array4;
use parking_lot::Mutex;

use super::folder::ModelFolder;
use super::manifest::PredictionTarget;
use super::{NoiseLevel, Prior};
use crate::Result;
use crate::math::noise::{NoiseSource, SeededNoise};
use crate::runtime::{Cancel, Device};

/// Largest rms error of a predicted ε (or v).
const NOISE_ERROR: f64 = 0.05;

/// Largest rms error of a predicted picture, in levels of 0…255.
const PICTURE_ERROR: f64 = 2.0;

/// Side of the trial picture in pixels of the network, where it takes any.
const SIDE: usize = 64;

/// The σ tried, in network range units: those of a noisy photograph, of the middle and of the end of a
/// diffusion, as far as the network takes them.
const SIGMAS: [f64; 3] = [0.2, 1.0, 20.0];

/// What a trial found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// As good as the processor.
    Passed,
    /// Too far off, and how far.
    Refused(String),
}

/// Verdicts of this process, by hash of the network and device.
static VERDICTS: Mutex<Vec<(String, Device, Verdict)>> = Mutex::new(Vec::new());

/// Compares `prior` with the same network on the processor, once per process.
///
/// # Errors
/// Those of loading and calling the network.
pub(super) fn passes(
    folder: &ModelFolder,
    prior: &dyn Prior,
    processor: &dyn Fn() -> Result<std::sync::Arc<dyn Prior>>,
) -> Result<Verdict> {
    let (hash, device) = (&folder.manifest.files.network.sha256, prior.device());
    let known = |verdicts: &[(String, Device, Verdict)]| {
        verdicts
            .iter()
            .find(|(of, on, _)| of == hash && *on == device)
            .map(|(_, _, verdict)| verdict.clone())
    };
    if let Some(verdict) = known(&VERDICTS.lock()) {
        return Ok(verdict);
    }
    let verdict = compare(folder.manifest.prediction, prior, &*processor()?)?;
    let mut verdicts = VERDICTS.lock();
    if known(&verdicts).is_none() {
        verdicts.push((hash.clone(), device, verdict.clone()));
    }
    Ok(verdict)
}

fn compare(
    prediction: PredictionTarget,
    prior: &dyn Prior,
    processor: &dyn Prior,
) -> Result<Verdict> {
    let info = prior.info();
    let side = match info.tiles.fixed_size {
        true => info.tiles.tile,
        false => SIDE.next_multiple_of(info.tiles.size_multiple),
    };
    let [low, high] = info.sigma_range;
    let mut noise = ndarray::Array3::zeros((info.channels, side, side));
    SeededNoise { seed: 0 }.fill(0, 0, &mut noise);
    let cancel = Cancel::new();
    for sigma in SIGMAS.map(|sigma: f64| sigma.clamp(low, high)) {
        let x = Array4::from_shape_fn((1, info.channels, side, side), |(_, c, y, x)| {
            let wave = (0.11 * x as f32 + 0.07 * y as f32 + c as f32).sin();
            0.6 * wave + sigma as f32 * noise[[c, y, x]]
        });
        let level = NoiseLevel::Sigma(sigma);
        let found = prior.predict(x.view(), level, &cancel)?.sample;
        let exact = processor.predict(x.view(), level, &cancel)?.sample;
        let error = root_mean_square(&(found - exact));
        // x̂0 = x − σ·ε: an error of ε shows σ times in it.
        let (error, largest, what) = match prediction {
            PredictionTarget::X0 => (127.5 * error, PICTURE_ERROR, "levels"),
            PredictionTarget::Epsilon | PredictionTarget::V => (error / sigma, NOISE_ERROR, "of ε"),
        };
        log::debug!(
            "{} on {} at σ {:.1}: off by {error:.4} {what}",
            info.name,
            prior.device(),
            127.5 * sigma
        );
        if error.is_nan() || error > largest {
            let (name, device) = (&info.name, prior.device());
            return Ok(Verdict::Refused(format!(
                "model {name} is off by {error:.2} {what} (rms) on {device}, {largest} at most is allowed"
            )));
        }
    }
    Ok(Verdict::Passed)
}

fn root_mean_square(values: &Array4<f32>) -> f64 {
    let sum: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
    (sum / values.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::priors::GaussianPrior;

    #[test]
    fn another_network_is_refused_and_the_same_one_passes() {
        let prior = |std| GaussianPrior::new(0.1, std).unwrap();
        let targets = [
            PredictionTarget::Epsilon,
            PredictionTarget::V,
            PredictionTarget::X0,
        ];
        for target in targets {
            let same = compare(target, &prior(0.5), &prior(0.5)).unwrap();
            assert_eq!(same, Verdict::Passed);
            let Verdict::Refused(reason) = compare(target, &prior(0.5), &prior(0.2)).unwrap()
            else {
                panic!("{target:?} passed");
            };
            assert!(reason.contains("gaussian"), "{reason}");
        }
    }
}
