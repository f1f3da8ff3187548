//! One restoration, from pixels in to pixels out.

use std::sync::Arc;
use std::time::Instant;

use ndarray::{Array2, Array3, ArrayView3, Zip};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::autoencoder::Autoencoder;
use super::coarse_to_fine::{Level, denoise_with_spectrum, levels, make_neutral};
use super::estimate::learn_speed;
use super::findings::{self, Findings};
use super::holes;
use super::network::Network;
use super::outer_loop::{run_rounds, units};
use super::repeat::Mean;
use super::report::{self, Report, Seconds, Settled};
use super::reporter::Reporter;
use super::run::Run;
use super::space::{LatentPixels, Latents, Measurement, Pixels, Space};
use super::symmetry::Symmetry;
use super::texture::recover_texture;
use crate::data_consistency::Decoder;
use crate::estimate::noise::{NoiseSpectrum, is_neutral};
use crate::image::{ImageView, ImageViewMut, Layout, Picture};
use crate::math::noise::SeededNoise;
use crate::plan::{self, Algorithm, Known, Plan, Rounds, Seen};
use crate::priors::{self, Prior};
use crate::request::{Approach, NoiseLevel, Options, Request, Task};
use crate::{Error, Result, runtime};

/// An opened model and the request it will run.
pub struct Job<'a> {
    options: &'a Options,
    request: Request,
    prior: Arc<dyn Prior>,
    load_seconds: f64,
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

/// Opens the model that a request names, or the best one for it.
///
/// # Errors
/// Those of [`priors::open`].
pub fn open_prior(request: &Request) -> Result<Arc<dyn Prior>> {
    let place = &request.place;
    priors::open(&plan::choose_model(request), place.device, place.threads)
}

impl<'a> Job<'a> {
    /// Opens the model, and takes its defaults for the task where the options leave them open.
    ///
    /// # Errors
    /// Those of [`priors::open`]; `Model` for a default that is none; `Cancelled`.
    pub fn open(options: &'a Options, request: Request, reporter: &mut Reporter) -> Result<Self> {
        let started = Instant::now();
        reporter.stage("load")?;
        let prior = open_prior(&request)?;
        let request = request.with_model_defaults(options, prior.info())?;
        Ok(Job {
            options,
            request,
            prior,
            load_seconds: started.elapsed().as_secs_f64(),
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
        let input = &match self.request.transfer {
            Some(transfer) => input.with_transfer(transfer),
            None => input.clone(),
        };
        let output = &mut match self.request.transfer {
            Some(transfer) => output.reborrow().with_transfer(transfer),
            None => output.reborrow(),
        };
        let shape = [3, input.layout().height, input.layout().width];
        self.refuse_hopeless(shape)?;
        let mut picture = Picture::read(input);
        // The picture is computed on in `y`; what it keeps is what was set aside.
        let mut y = std::mem::take(&mut picture.color);
        let cancel = reporter.cancel().clone();
        let findings = findings::look(
            &mut self.request,
            y.view(),
            &picture,
            input.layout(),
            &cancel,
        )?;
        if let Task::Inpaint(inpaint) = &self.request.task
            && let Some(mask) = &inpaint.mask
        {
            picture.drop_excess(mask.view());
        }
        reporter.stage("fill")?;
        let started = Instant::now();
        holes::fill(&mut self.request, &mut y, &cancel)?;
        let fill_seconds = started.elapsed().as_secs_f64();
        let info = self.prior.info();
        let known = Known::Measurement(shape);
        let ignored = findings.ignored.as_ref().map(|ignored| ignored.view());
        let operator = plan::build_operator(&self.request, known, ignored)?;
        let mut plan = Plan::resolve(&self.request, info, &*operator, findings.seen)?;
        plan::fit(&self.request.place, info, &mut plan, &*operator)?;
        let prepare_seconds = prepare.elapsed().as_secs_f64() - fill_seconds;

        let measurement = Measurement {
            operator: &*operator,
            y: y.view(),
        };
        let task = Work {
            plan: &plan,
            findings: &findings,
            measurement,
        };
        let (restored, mut report) = self.restore(&task, reporter)?;
        report.seconds.load = self.load_seconds;
        report.seconds.prepare = prepare_seconds;
        report.seconds.fill = fill_seconds;

        let finish = Instant::now();
        reporter.stage("finish")?;
        match restored {
            None => {
                report.size = [shape[2], shape[1]];
                let meaning = |layout: &Layout| (layout.transfer, layout.alpha);
                match meaning(input.layout()) == meaning(output.layout()) {
                    true => output.copy_from(input),
                    false => picture.write(y.view(), output)?,
                }
            }
            Some(mut restored) => {
                if plan.keep_known
                    && let Task::Inpaint(inpaint) = &self.request.task
                    && let Some(mask) = &inpaint.mask
                {
                    keep_known(&mut restored, y.view(), mask);
                }
                if is_neutral(y.view()) {
                    make_neutral(&mut restored);
                }
                let restored = operator.visible(restored.view());
                report.size = [restored.dim().2, restored.dim().1];
                picture.write(restored, output)?;
            }
        }
        report.seconds.finish = finish.elapsed().as_secs_f64();
        report.seconds.total = self.started.elapsed().as_secs_f64();
        report.peak_memory_mb = runtime::peak_memory_mb();
        Ok(report)
    }

    /// Refuses what cannot fit before a picture is made.
    fn refuse_hopeless(&self, shape: [usize; 3]) -> Result<()> {
        let place = &self.request.place;
        if place.max_memory.is_none() {
            return Ok(());
        }
        let request = self.request.with_known_blur();
        let operator = plan::build_operator(&request, Known::Measurement(shape), None)?;
        if plan::is_hopeless(place, &*operator) {
            let info = self.prior.info();
            let mut plan = Plan::resolve(&request, info, &*operator, Seen::noise(5.0))?;
            plan::fit(place, info, &mut plan, &*operator)?;
        }
        Ok(())
    }

    /// The mean over the plan's seeds and symmetries; `None` where nothing is to be done.
    fn restore(
        &self,
        work: &Work<'_>,
        reporter: &mut Reporter,
    ) -> Result<(Option<Array3<f32>>, Report)> {
        let Work {
            plan,
            findings,
            measurement,
        } = work;
        let info = self.prior.info();
        let [_, height, width] = measurement.operator.input_shape();
        let cancel = reporter.cancel().clone();
        let autoencoder = self
            .prior
            .first_stage()
            .map(|stage| Autoencoder::new(stage, info, plan.tile, [height, width], &cancel));
        let network = Network::new(&*self.prior, plan.tile, &cancel);
        let noise = |seed| Box::new(SeededNoise { seed });
        let mut run = Run::new(network, noise(self.request.seed), reporter);
        let cleaned = match &plan.clean {
            Some(rounds) => Some(self.clean(rounds, measurement.y.view(), &mut run)?),
            None => None,
        };
        let measurement = Measurement {
            operator: measurement.operator,
            y: cleaned
                .as_ref()
                .map_or(measurement.y.view(), |cleaned| cleaned.view()),
        };
        let work = &Work {
            plan,
            findings,
            measurement,
        };
        let repeats = plan.symmetries * plan.seeds.len();
        let mut mean = Mean::new(false);
        let mut begun = false;
        let seeds: &[u64] = match plan.algorithm {
            Algorithm::Unchanged => &[],
            _ => &plan.seeds,
        };
        for &seed in seeds {
            run.noise = noise(seed);
            for symmetry in Symmetry::first(plan.symmetries) {
                run.network.turn(symmetry);
                let once = Once {
                    request: &self.request,
                    work,
                    autoencoder: autoencoder.as_ref(),
                    repeats: if begun { 0 } else { repeats },
                };
                begun = true;
                mean.add(once.restore(&mut run)?);
            }
        }
        let [_, tall, wide] = autoencoder
            .as_ref()
            .map_or([0, height, width], Decoder::latent_shape);
        learn_speed(&run.network, tall, wide);
        let restored = mean.finish().map(|(restored, _)| restored);
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            options: self.options.named_values(),
            model: info.name.clone(),
            device: self.prior.device().to_string(),
            noise: findings.noise.clone(),
            blur: findings.blur.clone(),
            plan: Settled::of(plan),
            rounds: report::rounds(plan, info),
            network_calls: run.network.calls,
            tile_calls: run.network.tile_calls,
            seconds: run.seconds,
            size: [0, 0],
            peak_memory_mb: 0.0,
        };
        Ok((restored, report))
    }

    /// Removes JPEG artefacts, a stage of its own.
    fn clean(
        &self,
        rounds: &Rounds,
        y: ArrayView3<'_, f32>,
        run: &mut Run<'_>,
    ) -> Result<Array3<f32>> {
        let (_, height, width) = y.dim();
        let operator = plan::quantiser(&self.request, Known::Measurement([3, height, width]))?;
        let measurement = Measurement {
            operator: &*operator,
            y: y.view(),
        };
        let mut space = Pixels::new(measurement, y.to_owned());
        let started = Instant::now();
        let before = run.seconds;
        run_rounds(rounds, &mut space, &*operator, run)?;
        run.seconds = Seconds {
            clean: started.elapsed().as_secs_f64(),
            ..before
        };
        Ok(space.picture().to_owned())
    }
}

/// What is to be restored, and how.
struct Work<'a> {
    plan: &'a Plan,
    findings: &'a Findings,
    measurement: Measurement<'a>,
}

/// One of the restorations whose mean is taken.
struct Once<'a, 'w> {
    request: &'a Request,
    work: &'a Work<'w>,
    autoencoder: Option<&'a Autoencoder<'a>>,
    /// How many there are in all, told by the first; 0 by the others.
    repeats: usize,
}

impl Once<'_, '_> {
    fn restore(&self, run: &mut Run<'_>) -> Result<Array3<f32>> {
        let Work {
            plan,
            findings,
            measurement,
        } = self.work;
        match &plan.algorithm {
            Algorithm::Unchanged => Err(Error::Internal("nothing is to be done".into())),
            Algorithm::Denoise => self.denoise(&findings.noise.spectrum, run),
            Algorithm::Rounds(rounds) => {
                let mut space = self.space(run)?;
                let total = units(rounds, &mut *space, run);
                self.begin(run, rounds.rounds.len(), total);
                run_rounds(rounds, &mut *space, measurement.operator, run)?;
                Ok(space.picture().to_owned())
            }
        }
    }

    /// The posterior mean, coarse to fine where the noise is coloured.
    fn denoise(&self, spectrum: &NoiseSpectrum, run: &mut Run<'_>) -> Result<Array3<f32>> {
        let Task::Denoise(denoise) = self.request.task else {
            return Err(Error::Internal("only noise is removed in one call".into()));
        };
        let spectrum = match self.request.noise {
            NoiseLevel::Known(_) => spectrum.clone(),
            _ => spectrum.scaled(denoise.strength),
        };
        let y = self.work.measurement.y.view();
        let (_, height, width) = y.dim();
        let levels = levels(&spectrum, height, width);
        let tiles = |level: &Level| run.network.tiles(level.height, level.width) as f64;
        let total = levels.iter().map(tiles).sum();
        self.begin(run, levels.len(), total);
        let mut x = y.to_owned();
        let mut round = 0;
        denoise_with_spectrum(&mut x, &spectrum, &mut |x, sigma| {
            round += 1;
            run.monitor.enter("purify", round, 1, 1)?;
            run.denoise(x, sigma)
        })?;
        recover_texture(y, &mut x, denoise.texture, &spectrum);
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
        match self.work.plan.starts_empty {
            true => Ok(Array3::zeros(operator.input_shape())),
            false => operator.start(y.view()),
        }
    }
}

/// Puts the measurement back where the mask does not ask for filling.
fn keep_known(restored: &mut Array3<f32>, y: ArrayView3<'_, f32>, mask: &Array2<f32>) {
    for (mut plane, known) in restored.outer_iter_mut().zip(y.outer_iter()) {
        Zip::from(&mut plane)
            .and(&known)
            .and(mask)
            .par_for_each(|restored, &known, &fill| {
                if fill <= 0.5 {
                    *restored = known;
                }
            });
    }
}
