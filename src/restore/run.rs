//! A restoration under way: the network, its noise, the clock, and whom to tell.

use std::time::Instant;

use ndarray::{Array3, Zip, s};

use super::network::Network;
use super::progress::Monitor;
use super::report::Seconds;
use crate::Result;
use crate::diffusion::{Sampler, Walk, consistency, ddim, ddpm, tweedie};
use crate::math::noise::NoiseSource;
use crate::plan::Purification;
use crate::priors::NoiseLevel;

/// What all steps of a restoration share.
pub struct Run<'a> {
    /// The network.
    pub network: Network<'a>,
    /// The noise of samplers that draw some.
    pub noise: Box<dyn NoiseSource + 'a>,
    /// Told of progress.
    pub monitor: &'a mut dyn Monitor,
    /// Where the time went.
    pub seconds: Seconds,
    /// The smallest gradient step where one had to be smaller than planned.
    pub smallest_step: Option<f64>,
    /// Whether memory is limited: data steps and the network then take turns at it.
    pub memory_is_limited: bool,
    /// What the network fills.
    prediction: Array3<f32>,
    /// Noise fields; empty until noise is drawn.
    field: Array3<f32>,
}

impl<'a> Run<'a> {
    /// Nothing done yet.
    pub fn new(
        network: Network<'a>,
        noise: Box<dyn NoiseSource + 'a>,
        monitor: &'a mut dyn Monitor,
    ) -> Self {
        Run {
            network,
            noise,
            monitor,
            seconds: Seconds::default(),
            smallest_step: None,
            memory_is_limited: false,
            prediction: Array3::default((0, 0, 0)),
            field: Array3::default((0, 0, 0)),
        }
    }

    /// Runs `work` and books its time under purification and network.
    fn timed(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let (started, before) = (Instant::now(), self.network.time);
        let result = work(self);
        let in_network = (self.network.time - before).as_secs_f64();
        self.seconds.network += in_network;
        self.seconds.purify += started.elapsed().as_secs_f64() - in_network;
        result
    }

    /// Where memory is limited, frees what the network filled, until it fills it again.
    pub fn spare_memory(&mut self) {
        if self.memory_is_limited {
            self.prediction = Array3::default((0, 0, 0));
        }
    }

    fn resize_prediction(&mut self, x: &Array3<f32>) {
        let (_, height, width) = x.dim();
        let shape = (self.network.output_channels(), height, width);
        if self.prediction.dim() != shape {
            self.prediction = Array3::zeros(shape);
        }
    }

    /// Replaces `x` (3×H×W, any size) by the posterior mean D(x, σ), σ in network range units.
    ///
    /// # Errors
    /// Those of the prior; `Cancelled`.
    pub fn denoise(&mut self, x: &mut Array3<f32>, sigma: f64) -> Result<()> {
        self.timed(|run| run.direct(x, sigma, 1.0))
    }

    fn direct(&mut self, x: &mut Array3<f32>, sigma: f64, relaxation: f64) -> Result<()> {
        self.resize_prediction(x);
        self.network.look(x.view());
        let level = NoiseLevel::Sigma(sigma);
        self.network
            .predict(x.view(), level, &mut self.prediction, self.monitor)?;
        let channels = x.dim().0;
        let relaxation = relaxation as f32;
        Zip::from(x)
            .and(self.prediction.slice(s![..channels, .., ..]))
            .par_for_each(|x, &clean| match relaxation {
                1.0 => *x = clean,
                factor => *x += factor * (clean - *x),
            });
        Ok(())
    }

    /// Purifies `x` (C×H×W) in place: forward diffusion, then one sampler back. `round` is 1…K and keys
    /// the noise.
    ///
    /// # Errors
    /// Those of the prior; `Cancelled`.
    pub fn purify(
        &mut self,
        purification: &Purification,
        round: usize,
        x: &mut Array3<f32>,
    ) -> Result<()> {
        self.timed(|run| {
            if purification.is_direct(run.network.prior().info()) {
                let steps = 1;
                run.monitor.enter("purify", round, 1, steps)?;
                let sigma = purification
                    .strength
                    .sigma(&run.network.prior().info().process);
                return run.direct(x, sigma, purification.relaxation);
            }
            let relaxed = (purification.relaxation != 1.0).then(|| x.clone());
            run.sample(purification, round, x)?;
            if let Some(before) = relaxed {
                let factor = purification.relaxation as f32;
                Zip::from(x)
                    .and(&before)
                    .par_for_each(|x, &before| *x = before + factor * (*x - before));
            }
            Ok(())
        })
    }

    fn sample(
        &mut self,
        purification: &Purification,
        round: usize,
        x: &mut Array3<f32>,
    ) -> Result<()> {
        self.resize_prediction(x);
        self.network.look(x.view());
        let info = self.network.prior().info();
        let process = &info.process;
        if purification.draws_noise(info) && self.field.dim() != x.dim() {
            self.field = Array3::zeros(x.raw_dim());
        }
        let steps = purification.network_calls(info);
        let mut calls = 0;
        let clips = !self.network.is_extended();
        let Run {
            network,
            noise,
            monitor,
            prediction,
            field,
            ..
        } = self;
        if purification.sampler == Sampler::Consistency {
            return consistency(
                &purification.multistep(info),
                x,
                prediction,
                field,
                &mut |x, sigma, out| {
                    calls += 1;
                    monitor.enter("purify", round, calls, steps)?;
                    network.predict(x, NoiseLevel::Sigma(sigma), out, *monitor)?;
                    if clips {
                        out.par_mapv_inplace(|clean| clean.clamp(-1.0, 1.0));
                    }
                    Ok(())
                },
                &mut |step, out| noise.fill(round, step, out),
            );
        }

        let strength = purification.strength.timestep(process);
        if process.missing_noise(strength, purification.present) > 0.0 {
            noise.fill(round, 0, field);
        }
        process.diffuse(x, field, strength, purification.present);
        let timesteps = purification.timesteps(info);
        let policy = info.kind.sampler_policy();
        let mut predict = |x: ndarray::ArrayView3<'_, f32>, t: usize, out: &mut Array3<f32>| {
            calls += 1;
            monitor.enter("purify", round, calls, steps)?;
            network.predict(x, NoiseLevel::Timestep(t), out, *monitor)
        };
        let walk = Walk {
            process,
            timesteps: &timesteps,
            last_alpha_bar: match policy.latent_spacing {
                true => process.alpha_bar(0),
                false => 1.0,
            },
            clip: policy.clips && clips,
        };
        match purification.sampler {
            Sampler::Ddim => ddim(&walk, x, prediction, &mut predict),
            Sampler::Ddpm => ddpm(
                &walk,
                x,
                [prediction, field],
                &mut predict,
                &mut |step, out| {
                    noise.fill(round, step, out);
                },
            ),
            Sampler::Tweedie | Sampler::Consistency => tweedie(&walk, x, prediction, &mut predict),
        }
    }
}
