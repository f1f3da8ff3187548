//! Checks the engine's stages against a folder of recorded arrays.
//!
//! `cargo run --release --example golden -- DIR` reads `DIR/index.json`, runs each entry through the
//! code a restoration runs, prints file, largest absolute error and `pass` or `FAIL` for each, and
//! exits with 1 if one fails. Entries without a `stage` are inputs of others.
//!
//! Every data-fidelity entry is computed twice: as a restoration would, which takes the closed form
//! where there is one, and by the plain loop. Tolerance is 1e-4, for whole restorations 1e-3, for
//! schedules 0.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dcdp::operators::{Bicubic, Blur, Boundary, Identity, Mask, Operator};
use dcdp::priors::{GaussianPrior, Prior};
use dcdp::request::{Options, Request, Words};
use dcdp::runtime::Cancel;
use dcdp::testing::data_consistency::{
    DataStep, Optimizer, Settings, data_fidelity_loop, data_step,
};
use dcdp::testing::diffusion::{Sampler, Schedule, Strength, timestep_schedule};
use dcdp::testing::math::noise::NoiseSource;
use dcdp::testing::plan::{Purification, Round, Rounds, TileSize};
use dcdp::testing::restore::Network;
use dcdp::testing::restore::Run;
use dcdp::testing::restore::run_rounds;
use dcdp::testing::restore::{Measurement, Pixels, Space};
use ndarray::{Array1, Array2, Array3, Array5, ArrayD, Axis, Ix2, Ix3, s};
use ndarray_npy::ReadNpyExt;
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: golden DIR");
        return ExitCode::from(2);
    };
    match run(&folder) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failures) => {
            eprintln!("{failures} failed");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

pub fn run(folder: &Path) -> Outcome<usize> {
    let index: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("index.json"))?)?;
    let entries = index.as_array().ok_or("index.json is no list")?;
    let mut failures = 0;
    for json in entries.iter().filter(|entry| entry.get("stage").is_some()) {
        let entry = Entry { folder, json };
        let file = entry.text("file")?;
        let tolerance = match entry.text("stage")? {
            "schedule" => 0.0,
            "restore" => 1e-3,
            _ => 1e-4,
        };
        match entry.errors() {
            Ok(errors) => {
                let worst = errors.iter().copied().fold(0.0, f64::max);
                // A NaN is no pass.
                let pass = errors.iter().all(|&error| error <= tolerance);
                failures += usize::from(!pass);
                println!("{file} {worst:.3e} {}", if pass { "pass" } else { "FAIL" });
            }
            Err(error) => {
                failures += 1;
                println!("{file} - FAIL: {error}");
            }
        }
    }
    Ok(failures)
}

/// One line of the index.
struct Entry<'a> {
    folder: &'a Path,
    json: &'a Value,
}

/// Noise read from a file, one field per round.
struct RecordedNoise {
    fields: Array5<f32>,
    first: usize,
}

impl NoiseSource for RecordedNoise {
    fn fill(&self, round: usize, _step: usize, out: &mut Array3<f32>) {
        let field = self.first + round - 1;
        out.assign(&self.fields.slice(s![field, 0, .., .., ..]));
    }
}

impl Entry<'_> {
    /// Largest absolute errors of every way the entry is computed.
    fn errors(&self) -> Outcome<Vec<f64>> {
        match self.text("stage")? {
            "schedule" => self.schedule(),
            "measure" => self.measure(),
            "data_fidelity" => self.data_fidelity(),
            "purify" => self.purify(),
            "restore" => self.restore(),
            other => Err(format!("unknown stage `{other}`").into()),
        }
    }

    fn schedule(&self) -> Outcome<Vec<f64>> {
        let expected = Array1::<i64>::read_npy(self.open(self.text("file")?)?)?;
        let strengths = self.strengths(1000)?;
        if expected.len() != strengths.len() {
            return Err(format!("{} rounds, expected {}", strengths.len(), expected.len()).into());
        }
        let pairs = strengths.iter().zip(&expected);
        let worst = pairs.map(|(&ours, &theirs)| (ours as i64 - theirs).abs());
        Ok(vec![worst.max().unwrap_or(0) as f64])
    }

    fn measure(&self) -> Outcome<Vec<f64>> {
        let x = self.picture(self.text("input")?)?;
        let operator = self.operator(x.dim())?;
        let mut y = Array3::zeros(operator.output_shape());
        operator.measure(x.view(), y.view_mut())?;
        Ok(vec![self.compare(&y)?])
    }

    fn data_fidelity(&self) -> Outcome<Vec<f64>> {
        let start = self.picture(self.text("start")?)?;
        let y = self.picture(self.text("measurement")?)?;
        let operator = self.operator(start.dim())?;
        let settings = self.settings()?;
        let cancel = Cancel::new();
        let mut chosen = start.clone();
        let step = DataStep::Gradient(settings);
        data_step(&*operator, y.view(), &mut chosen, &step, &cancel)?;
        let mut looped = start;
        data_fidelity_loop(&*operator, y.view(), &mut looped, &settings, &cancel)?;
        Ok(vec![self.compare(&chosen)?, self.compare(&looped)?])
    }

    fn purify(&self) -> Outcome<Vec<f64>> {
        let mut x = self.picture(self.text("input")?)?;
        let prior = self.prior()?;
        let cancel = Cancel::new();
        let network = network(&prior, &cancel)?;
        let mut monitor = ();
        let mut run = Run::new(network, Box::new(self.noise()?), &mut monitor);
        run.purify(&self.purification(self.number("t")? as usize)?, 1, &mut x)?;
        Ok(vec![self.compare(&x)?])
    }

    fn restore(&self) -> Outcome<Vec<f64>> {
        let y = self.picture(self.text("measurement")?)?;
        let shape = self.picture(self.text("file")?)?.dim();
        let operator = self.operator(shape)?;
        let prior = self.prior()?;
        let fidelity = self.settings()?;
        let rounds = self
            .strengths(prior.info().process.timesteps())?
            .into_iter()
            .map(|t| {
                Ok(Round {
                    data_step: DataStep::Gradient(fidelity),
                    purification: self.purification(t)?,
                })
            })
            .collect::<Outcome<Vec<_>>>()?;
        let rounds = Rounds {
            rounds,
            finish: None,
        };
        let cancel = Cancel::new();
        let measurement = Measurement {
            operator: &*operator,
            y: y.view(),
        };
        let mut space = Pixels::new(measurement, Array3::zeros(shape));
        let mut monitor = ();
        let network = network(&prior, &cancel)?;
        let mut run = Run::new(network, Box::new(self.noise()?), &mut monitor);
        run_rounds(&rounds, &mut space, &*operator, &mut run)?;
        let restored = space.picture().to_owned();
        Ok(vec![self.compare(&restored)?])
    }

    fn strengths(&self, timesteps: usize) -> Outcome<Vec<usize>> {
        let schedule = Schedule::of_word(self.text("schedule")?).ok_or("unknown schedule")?;
        Ok(timestep_schedule(
            schedule,
            self.integer("rounds")?,
            self.integer("t_start")?,
            self.integer("t_end")?,
            timesteps,
        )?)
    }

    fn operator(&self, (c, h, w): (usize, usize, usize)) -> Outcome<Box<dyn Operator<f32>>> {
        let shape = [c, h, w];
        Ok(match self.text("operator")? {
            "denoise" | "identity" => Box::new(Identity::new(shape)),
            "blur" => {
                let boundary = self.text("boundary").unwrap_or("reflect");
                let boundary = Boundary::of_word(boundary).ok_or("unknown boundary")?;
                let kernel = self.kernel(self.text("kernel")?)?;
                let blur = Blur::from_correlation_kernel(kernel.view(), shape, boundary)?;
                Box::new(blur)
            }
            "inpaint" => {
                let mask = self.picture(self.text("mask")?)?;
                Box::new(Mask::new(mask.index_axis_move(Axis(0), 0), shape)?)
            }
            "super-resolve" => Box::new(Bicubic::new(self.integer("scale")?, shape)?),
            other => return Err(format!("unknown operator `{other}`").into()),
        })
    }

    fn settings(&self) -> Outcome<Settings> {
        let adam = self.text("optimizer").is_ok_and(|name| name == "adam");
        Ok(Settings {
            gradient_steps: self.integer("gradient_steps")?,
            step: self.number(if adam { "learning_rate" } else { "step" })?,
            optimizer: if adam {
                Optimizer::Adam
            } else {
                Optimizer::Sgd
            },
            momentum: self.number("momentum").unwrap_or(0.9),
            weight_decay: self.number("weight_decay").unwrap_or(0.0),
        })
    }

    fn purification(&self, t: usize) -> Outcome<Purification> {
        Ok(Purification {
            sampler: Sampler::of_word(self.text("sampler")?).ok_or("unknown sampler")?,
            sampler_steps: self.integer("sampler_steps").unwrap_or(20),
            strength: Strength::Timestep(t),
            present: 0.0,
            relaxation: 1.0,
        })
    }

    fn prior(&self) -> Outcome<GaussianPrior> {
        let prior = self.json.get("prior").ok_or("no prior")?;
        let of = |name: &str| prior.get(name).and_then(Value::as_f64);
        match (of("mean"), of("std")) {
            (Some(mean), Some(std)) => Ok(GaussianPrior::new(mean, std)?),
            _ => Err("the prior needs a mean and a std".into()),
        }
    }

    fn noise(&self) -> Outcome<RecordedNoise> {
        Ok(RecordedNoise {
            fields: Array5::read_npy(self.open(self.text("noise")?)?)?,
            first: self.integer("noise_index").unwrap_or(0),
        })
    }

    fn compare(&self, ours: &Array3<f32>) -> Outcome<f64> {
        let expected = self.picture(self.text("file")?)?;
        if ours.dim() != expected.dim() {
            return Err(format!("shape {:?}, expected {:?}", ours.dim(), expected.dim()).into());
        }
        let errors = ours
            .iter()
            .zip(&expected)
            .map(|(&a, &b)| f64::from((a - b).abs()));
        Ok(errors.fold(0.0, |worst, error| {
            if error > worst || error.is_nan() {
                error
            } else {
                worst
            }
        }))
    }

    /// A 1×C×H×W array without its first axis.
    fn picture(&self, file: &str) -> Outcome<Array3<f32>> {
        let array = ArrayD::<f32>::read_npy(self.open(file)?)?;
        let array = array.index_axis_move(Axis(0), 0);
        Ok(array
            .into_dimensionality::<Ix3>()?
            .as_standard_layout()
            .into_owned())
    }

    /// A kernel, stored in single or double precision.
    fn kernel(&self, file: &str) -> Outcome<Array2<f64>> {
        let array = match ArrayD::<f64>::read_npy(self.open(file)?) {
            Ok(array) => array,
            Err(_) => ArrayD::<f32>::read_npy(self.open(file)?)?.mapv(f64::from),
        };
        Ok(array.into_dimensionality::<Ix2>()?)
    }

    fn open(&self, file: &str) -> Outcome<File> {
        let path = self.folder.join(file);
        File::open(&path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    fn text(&self, name: &str) -> Outcome<&str> {
        let value = self.json.get(name).and_then(Value::as_str);
        value.ok_or_else(|| format!("no text `{name}`").into())
    }

    fn number(&self, name: &str) -> Outcome<f64> {
        let value = self.json.get(name).and_then(Value::as_f64);
        value.ok_or_else(|| format!("no number `{name}`").into())
    }

    fn integer(&self, name: &str) -> Outcome<usize> {
        let value = self.json.get(name).and_then(Value::as_u64);
        let value = value.ok_or_else(|| format!("no whole number `{name}`"))?;
        Ok(value as usize)
    }
}

/// The network as a restoration with default options runs it.
fn network<'a>(prior: &'a GaussianPrior, cancel: &'a Cancel) -> Outcome<Network<'a>> {
    let place = Request::parse(&Options::new())?.place;
    let size = TileSize::resolve(prior.info().tiles, &place)?;
    Ok(Network::new(prior, size, cancel))
}
