//! One restoration, from pixels in to pixels out.

use std::sync::Arc;
use std::time::Instant;

use ndarray::{Array3, ArrayView3};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::autoencoder::Autoencoder;
use super::coarse_to_fine::make_neutral;
use super::estimate::learn_speed;
use super::findings::{self, Findings};
use super::holes;
use super::in_range::OneExposure;
use super::model::open_prior;
use super::neighbours::{self, Neighbourhood, fuse_neighbours};
use super::network::Network;
use super::once::{Once, Prepared};
use super::reading::{self, tell_repaired};
use super::repeat::Mean;
use super::report::{self, Report, Settled};
use super::reporter::Reporter;
use super::run::Run;
use super::sources::Sources;
use super::stages::{clean, finish_fill};
use super::symmetry::Symmetry;
use crate::data_consistency::Decoder;
use crate::estimate::noise::is_neutral;
use crate::image::{ImageView, ImageViewMut, Layout};
use crate::math::noise::SeededNoise;
use crate::plan::{self, Algorithm, Known, Needs, Plan, Seen};
use crate::priors::{Prior, PriorKind};
use crate::request::{Options, Request};
use crate::{Error, Result, runtime};

/// Restorations whose scatter is asked for, unless said.
const UNCERTAINTY_SAMPLES: usize = 8;

/// What a restoration fills.
pub struct Outputs<'a> {
    /// The result.
    pub restored: ImageViewMut<'a>,
    /// How far the restorations scatter, where that is asked for.
    pub uncertainty: Option<ImageViewMut<'a>>,
}

impl<'a> Outputs<'a> {
    /// The result alone.
    pub fn new(restored: &'a mut ImageViewMut<'_>) -> Self {
        Outputs {
            restored: restored.reborrow(),
            uncertainty: None,
        }
    }

    /// Whether both fit together.
    ///
    /// # Errors
    /// `InvalidImage`.
    pub fn check(&self) -> Result<()> {
        let Some(uncertainty) = &self.uncertainty else {
            return Ok(());
        };
        let (made, other) = (self.restored.layout(), uncertainty.layout());
        let fits = (other.width, other.height) == (made.width, made.height);
        match fits && matches!(other.channels, 1 | 3) {
            true => Ok(()),
            false => Err(Error::InvalidImage(format!(
                "the uncertainty is {}x{} with {} channels; allowed: {}x{} with 1 or 3",
                other.width, other.height, other.channels, made.width, made.height,
            ))),
        }
    }
}

/// What a restoration made; nothing where nothing is to be done.
struct Restored {
    /// The mean.
    restored: Option<Array3<f32>>,
    /// How far the restorations scatter, where that is asked for.
    deviation: Option<Array3<f32>>,
}

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

    /// Restores `input` into the outputs.
    ///
    /// # Errors
    /// Any; the outputs are then untouched.
    pub fn run(
        mut self,
        input: &ImageView<'_>,
        mut outputs: Outputs<'_>,
        reporter: &mut Reporter,
    ) -> Result<Report> {
        let prepare = Instant::now();
        reporter.stage("prepare")?;
        let input = &match self.request.transfer {
            Some(transfer) => input.with_transfer(transfer),
            None => *input,
        };
        let output = &mut match self.request.transfer {
            Some(transfer) => outputs.restored.reborrow().with_transfer(transfer),
            None => outputs.restored.reborrow(),
        };
        let scatters = outputs.uncertainty.is_some();
        if scatters {
            self.request.samples.get_or_insert(UNCERTAINTY_SAMPLES);
        }
        let shape = [3, input.layout().height, input.layout().width];
        let samples = input.layout().samples_bytes() + output.layout().samples_bytes();
        self.refuse_hopeless(shape, samples)?;
        let given = self.request.neighbours.clone().unwrap_or_default();
        neighbours::check(&given, input.layout())?;
        let mut picture = reading::read(input)?;
        // The picture is computed on in `y`; what it keeps is what was set aside.
        let mut y = std::mem::take(&mut picture.color);
        let cancel = reporter.cancel().clone();
        let mut findings = findings::look(
            &mut self.request,
            y.view(),
            &picture,
            input.layout(),
            &cancel,
        )?;
        let exposure = self.expose(&mut y, &mut findings);
        reporter.stage("fill")?;
        let started = Instant::now();
        findings.hole = holes::fill(&mut self.request, &mut y, &cancel)?;
        match (&findings.hole, self.request.mask()) {
            (Some(hole), _) => picture.close(hole.view()),
            (None, Some(mask)) => picture.close(mask.mapv(|fill| fill > 0.5).view()),
            (None, None) => {}
        }
        let fill_seconds = started.elapsed().as_secs_f64();
        let info = self.prior.info();
        let known = Known::Measurement(shape);
        let ignored = findings.ignored.as_ref().map(|ignored| ignored.view());
        let operator = plan::build_operator(&self.request, known, ignored)?;
        let sources = match operator.in_light() {
            Some(inside) if !findings.seen.blur_missing => {
                Sources::take(&mut y, inside, ignored, &|| cancel.check())?
            }
            _ => None,
        };
        if let Some(sources) = &sources {
            findings.seen.noise = findings.seen.noise.max(sources.noise);
        }
        let mut plan = Plan::resolve(&self.request, info, &*operator, findings.seen)?;
        let needs = Needs {
            place: &self.request.place,
            info,
            operator: &*operator,
            samples,
        };
        needs.fit(&mut plan)?;
        let prepare_seconds = prepare.elapsed().as_secs_f64() - fill_seconds;

        let started = Instant::now();
        let mut temporal = self
            .request
            .neighbours
            .as_ref()
            .map(|_| Neighbourhood::alone());
        let mut fused = None;
        if plan.neighbours > 0 {
            reporter.stage("align")?;
            let found = fuse_neighbours(&self.request, &given, &y, &picture, &findings, &cancel)?;
            temporal = Some(Neighbourhood::of(&given, &found));
            // Of one frame alone the result is what it is without neighbours, to the bit.
            fused = Some(found).filter(|found| found.frames() > 1);
        }
        let align_seconds = started.elapsed().as_secs_f64();

        let is_gray = is_neutral(y.view());
        let prepared = Prepared {
            scatters,
            plan: &plan,
            findings: &findings,
            fused: fused.as_ref(),
            operator: &*operator,
        };
        let (
            Restored {
                restored,
                deviation,
            },
            mut report,
        ) = self.restore(&prepared, &mut y, reporter)?;
        report.seconds.load = self.load_seconds;
        report.seconds.prepare = prepare_seconds;
        report.seconds.fill = fill_seconds;
        report.seconds.align = align_seconds;
        report.temporal = temporal;

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
                if let Some(sources) = &sources {
                    sources.put_back(&mut restored);
                }
                if let Some(exposure) = &exposure {
                    exposure.undo(&mut restored);
                }
                if is_gray {
                    make_neutral(&mut restored);
                }
                let restored = operator.visible(restored.view());
                report.size = [restored.dim().2, restored.dim().1];
                picture.write(restored, output)?;
                picture.keep_hidden(input, output);
                tell_repaired(&picture);
            }
        }
        if let Some(uncertainty) = &mut outputs.uncertainty {
            let scale = exposure.as_ref().map_or(1.0, OneExposure::scale);
            let deviation = deviation.map(|values| values / scale);
            let deviation = deviation
                .as_ref()
                .map(|values| operator.visible(values.view()));
            write_deviation(deviation, uncertainty);
        }
        report.seconds.finish = finish.elapsed().as_secs_f64();
        report.seconds.total = self.started.elapsed().as_secs_f64();
        report.peak_memory_mb = runtime::peak_memory_mb();
        Ok(report)
    }

    /// Brings a picture within black and white where its prior can see it at one exposure only, and its noise
    /// along.
    fn expose(&self, y: &mut Array3<f32>, findings: &mut Findings) -> Option<OneExposure> {
        findings.seen.beyond?;
        if self.prior.info().kind != PriorKind::Latent {
            return None;
        }
        let exposure = OneExposure::of(y);
        let scale = f64::from(exposure.scale());
        findings.seen.beyond = None;
        findings.seen.noise *= scale;
        findings.seen.covering_noise *= scale;
        findings.noise.sigma *= scale;
        findings.noise.spectrum = findings.noise.spectrum.scaled(scale);
        Some(exposure)
    }

    /// Refuses what cannot fit before a picture is made.
    fn refuse_hopeless(&self, shape: [usize; 3], samples: usize) -> Result<()> {
        let place = &self.request.place;
        if place.max_memory.is_none() {
            return Ok(());
        }
        let request = self.request.with_known_blur();
        let operator = plan::build_operator(&request, Known::Measurement(shape), None)?;
        let needs = Needs {
            place,
            info: self.prior.info(),
            operator: &*operator,
            samples,
        };
        if needs.is_hopeless() {
            let mut plan = Plan::resolve(&request, needs.info, &*operator, Seen::noise(5.0))?;
            needs.fit(&mut plan)?;
        }
        Ok(())
    }

    /// The mean over the plan's seeds and symmetries, and how far they scatter where that is asked for;
    /// `None` where nothing is to be done. Of `y` is left what was cleaned of it, of the request's JPEG file nothing.
    fn restore(
        &mut self,
        prepared: &Prepared<'_>,
        y: &mut Array3<f32>,
        reporter: &mut Reporter,
    ) -> Result<(Restored, Report)> {
        let Prepared { plan, findings, .. } = prepared;
        let info = self.prior.info();
        let [_, height, width] = prepared.operator.input_shape();
        let cancel = reporter.cancel().clone();
        let autoencoder = self
            .prior
            .first_stage()
            .map(|stage| Autoencoder::new(stage, info, plan.tile, [height, width], &cancel));
        let mut network = Network::new(&*self.prior, plan.tile, &cancel);
        if let Some(beyond) = plan.seen.beyond {
            network.extend(beyond.below);
        }
        let noise = |seed| Box::new(SeededNoise { seed });
        let mut run = Run::new(network, noise(self.request.seed), reporter);
        run.memory_is_limited = self.request.place.max_memory.is_some();
        if let Some(cleaned) = clean(&self.request, &prepared.on(y.view()), &mut run)? {
            *y = cleaned;
        }
        // Two bytes of every sample, which nothing asks for any more.
        self.request.jpeg = None;
        let work = &prepared.on(y.view());
        let repeats = plan.symmetries * plan.seeds.len();
        let mut mean = Mean::new(prepared.scatters);
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
        learn_speed(&run.network);
        run.network.turn(Symmetry::default());
        let (mut restored, deviation) = match mean.finish() {
            Some((restored, deviation)) => (Some(restored), deviation),
            None => (None, None),
        };
        if let Some(restored) = &mut restored {
            finish_fill(&self.request, work, restored, &mut run)?;
        }
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            options: self.options.named_values(),
            model: info.name.clone(),
            device: self.prior.device().to_string(),
            noise: findings.noise.clone(),
            blur: findings.blur.clone(),
            temporal: None,
            plan: Settled::of(plan, run.smallest_step),
            rounds: report::rounds(plan, info),
            network_calls: run.network.pixels as f64 / (tall * wide) as f64,
            tile_calls: run.network.tile_calls,
            seconds: run.seconds,
            size: [0, 0],
            peak_memory_mb: 0.0,
        };
        let restored = Restored {
            restored,
            deviation,
        };
        Ok((restored, report))
    }
}

/// Writes standard deviations (3×H×W, network range; none are zero) as sRGB codes, 0…1.
fn write_deviation(deviation: Option<ArrayView3<'_, f32>>, output: &mut ImageViewMut<'_>) {
    let Layout {
        width,
        height,
        channels,
        ..
    } = *output.layout();
    for y in 0..height {
        for x in 0..width {
            let value =
                |channel: usize| deviation.map_or(0.0, |values| values[[channel, y, x]] / 2.0);
            for channel in 0..channels {
                let value = match channels {
                    1 => (value(0) + value(1) + value(2)) / 3.0,
                    _ => value(channel),
                };
                output.set(x, y, channel, value);
            }
        }
    }
}
