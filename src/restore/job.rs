//! One restoration, from pixels in to pixels out.

use std::sync::Arc;
use std::time::Instant;

use ndarray::{Array3, ArrayView3};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::autoencoder::Autoencoder;
use super::latent_loop::restore_latent;
use super::measurement::{Known, Measurement, build_operator};
use super::memory;
use super::network::Network;
use super::outer_loop::restore_pixels;
use super::plan::Plan;
use super::presets::Noise;
use super::report::{self, Report, Seconds};
use super::reporter::Reporter;
use super::tiling::Tiling;
use crate::data_consistency::Decoder;
use crate::estimate::noise::white_level;
use crate::image::{ImageView, ImageViewMut, Picture, Transfer};
use crate::math::noise::SeededNoise;
use crate::operators::Operator;
use crate::priors::{self, Prior};
use crate::request::Options;
use crate::request::parameters::{Id, PARAMETERS};
use crate::{Error, Result, runtime};

/// An opened model and the options it will run with.
pub struct Job<'a> {
    options: &'a Options,
    prior: Arc<dyn Prior>,
    seconds: Seconds,
    started: Instant,
}

/// A pool of `threads` threads (0: all cores) for one restoration.
///
/// Each has its own: a restoration occupies a thread of its pool to its end, so in a shared pool one that
/// a callback starts from inside another would wait for it forever.
///
/// # Errors
/// `Internal` when the system gives no threads.
pub fn pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("dcdp-{index}"))
        .build()
        .map_err(|source| Error::Internal(format!("thread pool: {source}")))
}

impl<'a> Job<'a> {
    /// Opens the model.
    ///
    /// # Errors
    /// Those of [`priors::open`]; `Cancelled`.
    pub fn open(options: &'a Options, reporter: &mut Reporter) -> Result<Self> {
        let started = Instant::now();
        reporter.stage("load")?;
        let prior = open_prior(options)?;
        let seconds = Seconds {
            load: started.elapsed().as_secs_f64(),
            ..Seconds::default()
        };
        Ok(Job {
            options,
            prior,
            seconds,
            started,
        })
    }

    /// Restores `input` into `output`.
    ///
    /// # Errors
    /// Any; the output is then untouched.
    pub fn run(
        mut self,
        input: &ImageView<'_>,
        output: &mut ImageViewMut<'_>,
        reporter: &mut Reporter,
    ) -> Result<Report> {
        let prepare = Instant::now();
        reporter.stage("prepare")?;
        let transfer = transfer(self.options);
        let input = match transfer {
            Some(transfer) => &input.with_transfer(transfer),
            None => input,
        };
        let info = self.prior.info();
        let shape = [3, input.layout().height, input.layout().width];
        let known = Known::measurement(self.options, shape)?;
        let operator = build_operator(self.options, known)?;
        let plan = |noise| {
            let mut plan = Plan::resolve(self.options, info, &*operator, noise)?;
            memory::fit(self.options, info, &mut plan, &*operator)?;
            Ok::<_, Error>(plan)
        };
        if memory::is_hopeless(self.options, &*operator) {
            plan(Noise::known(0.0))?;
        }
        let mut picture = Picture::read(input);
        // The picture is computed on in `y`; what it keeps is what was set aside.
        let y = std::mem::take(&mut picture.color);
        let plan = plan(noise(self.options, y.view()))?;
        let measurement = Measurement { y, known };
        self.seconds.prepare = prepare.elapsed().as_secs_f64();

        let (mut restored, mut report) = self.loops(&plan, &*operator, &measurement, reporter)?;

        let finish = Instant::now();
        reporter.stage("finish")?;
        if let Some(mask) = self.options.mask() {
            picture.drop_excess(mask.view());
            if plan.keep_known {
                keep_known(&mut restored, measurement.y.view(), mask);
            }
        }
        let restored = operator.visible(restored.view());
        report.size = [restored.dim().2, restored.dim().1];
        match transfer {
            Some(transfer) => {
                picture.write(restored, &mut output.reborrow().with_transfer(transfer))?
            }
            None => picture.write(restored, output)?,
        }
        report.seconds.finish = finish.elapsed().as_secs_f64();
        report.seconds.total = self.started.elapsed().as_secs_f64();
        report.peak_memory_mb = runtime::peak_memory_mb();
        Ok(report)
    }

    fn loops(
        &self,
        plan: &Plan,
        operator: &dyn Operator<f32>,
        measurement: &Measurement,
        reporter: &mut Reporter,
    ) -> Result<(Array3<f32>, Report)> {
        let info = self.prior.info();
        let mut seconds = self.seconds;
        let seed = SeededNoise {
            seed: self.options.integer(Id::Seed) as u64,
        };
        let [_, height, width] = operator.input_shape();
        let cancel = reporter.cancel().clone();
        let autoencoder = self
            .prior
            .first_stage()
            .map(|stage| Autoencoder::new(stage, info, plan.tile, [height, width], &cancel));
        let [_, tall, wide] = autoencoder
            .as_ref()
            .map_or([0, height, width], Decoder::latent_shape);
        let tiling = Tiling::new(info.tiles, plan.tile, tall, wide);
        let mut network = Network::new(&*self.prior, tiling, &cancel);
        let restored = match &autoencoder {
            None => restore_pixels(
                &plan.rounds,
                operator,
                measurement,
                &mut network,
                &seed,
                reporter,
                &mut seconds,
            )?,
            Some(autoencoder) => restore_latent(
                plan.approach,
                &plan.rounds,
                operator,
                measurement,
                &mut network,
                autoencoder,
                &seed,
                reporter,
                &mut seconds,
            )?,
        };
        memory::learn_speed(&network, tall, wide);
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            options: resolved(self.options, plan),
            model: info.name.clone(),
            device: self.prior.device().to_string(),
            rounds: plan
                .rounds
                .iter()
                .map(|round| report::Round {
                    t: round.purification.strength.number(),
                    step: round.fidelity.step,
                    gradient_steps: round.fidelity.gradient_steps,
                    network_calls: round.purification.network_calls(info),
                })
                .collect(),
            network_calls: network.calls,
            tile_calls: network.tile_calls,
            seconds,
            ..Report::default()
        };
        Ok((restored, report))
    }
}

/// Opens the model the options name.
///
/// # Errors
/// Those of [`priors::open`].
pub fn open_prior(options: &Options) -> Result<Arc<dyn Prior>> {
    priors::open(
        options.text(Id::Model),
        options.text(Id::Device).parse()?,
        options.integer(Id::Threads) as usize,
    )
}

/// The measurement noise, estimated where the options leave it to the picture.
fn noise(options: &Options, y: ArrayView3<'_, f32>) -> Noise {
    match options.number(Id::Noise) {
        given if given >= 0.0 => Noise::known(given),
        _ => Noise::estimated(white_level(y, None)),
    }
}

fn transfer(options: &Options) -> Option<Transfer> {
    match options.text(Id::Transfer) {
        "srgb" => Some(Transfer::Srgb),
        "linear" => Some(Transfer::Linear),
        _ => None,
    }
}

/// Puts the measurement back where the mask does not ask for filling.
fn keep_known(restored: &mut Array3<f32>, y: ArrayView3<'_, f32>, mask: &ndarray::Array2<f32>) {
    for (mut plane, known) in restored.outer_iter_mut().zip(y.outer_iter()) {
        ndarray::Zip::from(&mut plane)
            .and(&known)
            .and(mask)
            .par_for_each(|restored, &known, &fill| {
                if fill <= 0.5 {
                    *restored = known;
                }
            });
    }
}

/// Every option as used, automatic values replaced by what the plan settled on.
fn resolved(options: &Options, plan: &Plan) -> std::collections::BTreeMap<String, String> {
    let settled = |id: Id| -> Option<String> {
        let preset = &plan.preset;
        Some(match id {
            Id::Noise => plan.noise.to_string(),
            Id::Rounds => preset.rounds.to_string(),
            Id::GradientSteps => preset.gradient_steps.to_string(),
            Id::Step => preset.step.to_string(),
            Id::TStart => preset.t_start.to_string(),
            Id::TEnd => preset.t_end.to_string(),
            Id::Sampler => preset.sampler.name().to_owned(),
            Id::LatentApproach => plan.approach.name().to_owned(),
            Id::SamplerSteps => preset.sampler_steps.to_string(),
            Id::Tile => plan.tile.tile.to_string(),
            Id::Overlap => plan.tile.overlap.to_string(),
            _ => return None,
        })
    };
    PARAMETERS
        .iter()
        .map(|parameter| {
            let value =
                settled(parameter.id).unwrap_or_else(|| options.value(parameter.id).to_string());
            (parameter.name.to_owned(), value)
        })
        .collect()
}
