//! One restoration: the rounds, or the one call that removes noise alone.

use ndarray::{Array3, ArrayView3};

use super::autoencoder::Autoencoder;
use super::coarse_to_fine::{Level, denoise_with_spectrum, levels};
use super::findings::Findings;
use super::outer_loop::{run_rounds, units};
use super::run::Run;
use super::space::{LatentPixels, Latents, Measurement, Pixels, Space};
use super::texture::recover_texture;
use crate::data_consistency::Decoder;
use crate::estimate::noise::NoiseSpectrum;
use crate::fusion::{Even, Fused};
use crate::operators::Operator;
use crate::plan::{Algorithm, Plan};
use crate::request::{Approach, NoiseLevel, Request, Task};
use crate::{Error, Result};

/// What is to be restored, and how.
pub struct Work<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What the measurement shows.
    pub findings: &'a Findings,
    /// What the frames around it measured too, where some count.
    pub fused: Option<&'a Fused>,
    /// The measurement.
    pub measurement: Measurement<'a>,
}

/// [`Work`] but for what was measured, in whose place goes what is cleaned of it.
pub struct Prepared<'a> {
    /// Whether the scatter of several restorations is asked for.
    pub scatters: bool,
    /// The plan.
    pub plan: &'a Plan,
    /// What the measurement shows.
    pub findings: &'a Findings,
    /// What the frames around it measured too, where some count.
    pub fused: Option<&'a Fused>,
    /// The operator.
    pub operator: &'a dyn Operator<f32>,
}

impl Prepared<'_> {
    /// The work on `y`, of the operator's output shape.
    pub fn on<'b>(&'b self, y: ArrayView3<'b, f32>) -> Work<'b> {
        Work {
            plan: self.plan,
            findings: self.findings,
            fused: self.fused,
            measurement: Measurement {
                operator: self.operator,
                y,
            },
        }
    }
}

/// One of the restorations whose mean is taken.
pub struct Once<'a, 'w> {
    /// The request.
    pub request: &'a Request,
    /// What is to be restored.
    pub work: &'a Work<'w>,
    /// Of a latent prior.
    pub autoencoder: Option<&'a Autoencoder<'a>>,
    /// How many there are in all, told by the first; 0 by the others.
    pub repeats: usize,
}

impl Once<'_, '_> {
    /// Restores, and gives the picture in the operator's input shape.
    ///
    /// # Errors
    /// Those of the operator and the prior; `Cancelled`.
    pub fn restore(&self, run: &mut Run<'_>) -> Result<Array3<f32>> {
        let Work {
            plan,
            findings,
            measurement,
            ..
        } = self.work;
        match &plan.algorithm {
            Algorithm::Unchanged => Err(Error::Internal("nothing is to be done".into())),
            Algorithm::Filled => Ok(measurement.y.to_owned()),
            Algorithm::Denoise => self.denoise(&findings.noise.spectrum, run),
            Algorithm::Rounds(rounds) => {
                let mut space = self.space(run)?;
                let total = units(rounds, &mut *space, run);
                self.begin(run, rounds.rounds.len(), total);
                run_rounds(rounds, &mut *space, measurement.operator, run)?;
                Ok(space.into_picture())
            }
        }
    }

    /// The posterior mean, coarse to fine where the noise is coloured, given all frames that measured.
    fn denoise(&self, spectrum: &NoiseSpectrum, run: &mut Run<'_>) -> Result<Array3<f32>> {
        let Task::Denoise(denoise) = self.request.task else {
            return Err(Error::Internal("only noise is removed in one call".into()));
        };
        let spectrum = match self.request.noise {
            NoiseLevel::Known(_) => spectrum.clone(),
            _ => spectrum.scaled(denoise.strength),
        };
        let Work {
            fused, measurement, ..
        } = self.work;
        let mut x = match fused {
            Some(fused) => fused.picture.clone(),
            None => measurement.y.to_owned(),
        };
        let even = fused.map(|fused| Even::make(&mut x, fused.noise.view()));
        let recovers = even.is_some() && denoise.texture > 0.0;
        let evened = recovers.then(|| x.clone());
        let spectrum = match &even {
            Some(even) => spectrum.scaled(even.level()),
            None => spectrum,
        };
        let (_, height, width) = x.dim();
        let levels = levels(&spectrum, height, width);
        let tiles = |level: &Level| run.network.tiles(level.height, level.width) as f64;
        let total = levels.iter().map(tiles).sum();
        self.begin(run, levels.len(), total);
        let mut round = 0;
        denoise_with_spectrum(&mut x, &spectrum, &mut |x, sigma| {
            round += 1;
            run.monitor.enter("purify", round, 1, 1)?;
            run.denoise(x, sigma)
        })?;
        let noisy = evened
            .as_ref()
            .map_or(measurement.y.view(), |evened| evened.view());
        recover_texture(noisy, &mut x, denoise.texture, &spectrum);
        if let Some(even) = even {
            even.undo(&mut x);
        }
        Ok(x)
    }

    fn begin(&self, run: &mut Run<'_>, rounds: usize, units: f64) {
        if self.repeats > 0 {
            run.monitor.begin(rounds, units * self.repeats as f64);
        }
    }

    fn space(&self, run: &Run<'_>) -> Result<Box<dyn Space + '_>> {
        let start = || self.start();
        let measurement = self.work.measurement.reborrow();
        Ok(match (self.autoencoder, self.work.plan.approach) {
            (None, _) => Box::new(Pixels::new(measurement, start()?)),
            (Some(autoencoder), Approach::Pixel) => {
                let start = start()?;
                Box::new(LatentPixels::new(measurement, autoencoder, start))
            }
            (Some(autoencoder), Approach::Latent) => {
                let mut z = Array3::zeros(autoencoder.latent_shape());
                run.noise.fill(0, 0, &mut z);
                Box::new(Latents::new(measurement, autoencoder, z))
            }
        })
    }

    /// The first estimate: 0 in the published algorithm, else what the measurement suggests.
    fn start(&self) -> Result<Array3<f32>> {
        let Measurement { operator, y } = &self.work.measurement;
        let is_filled = self.work.findings.hole.is_some();
        match self.work.plan.starts_empty {
            true => Ok(Array3::zeros(operator.input_shape())),
            // What fills the holes counts for nothing to the operator.
            false if is_filled => Ok(y.to_owned()),
            false => operator.start(y.view()),
        }
    }
}
