//! Algorithm 2: against an independent run recorded in `tests/data/latent`, and in tiles.

use crate::arrays::largest_difference;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dcdp::operators::{Bicubic, Blur, Boundary, Operator};
use dcdp::priors::{Prior, open};
use dcdp::request::{Approach, Options, Request, Words};
use dcdp::runtime::{Cancel, Device};
use dcdp::testing::data_consistency::{DataStep, Decoder, Settings};
use dcdp::testing::diffusion::{Sampler, Schedule, Strength, timestep_schedule};
use dcdp::testing::math::noise::{NoiseSource, SeededNoise};
use dcdp::testing::plan::{
    Known, Plan, Purification, Round, Rounds, Seen, TileSize, build_operator,
};
use dcdp::testing::restore::Autoencoder;
use dcdp::testing::restore::Network;
use dcdp::testing::restore::Run;
use dcdp::testing::restore::run_rounds;
use dcdp::testing::restore::{LatentPixels, Latents, Measurement, Space};
use ndarray::{Array2, Array3, ArrayD, Axis, Ix2, Ix3};
use ndarray_npy::ReadNpyExt;
use serde_json::Value;

/// What three rounds in f64 and in f32 may differ by, in network range.
const TOLERANCE: f64 = 1e-2;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/latent")
}

fn model() -> Arc<dyn Prior> {
    open(data().join("model").to_str().unwrap(), Device::Cpu, 0).unwrap()
}

fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json[key]
        .as_str()
        .unwrap_or_else(|| panic!("no text `{key}`"))
}

fn whole(json: &Value, key: &str) -> usize {
    json[key]
        .as_u64()
        .unwrap_or_else(|| panic!("no number `{key}`")) as usize
}

/// A 1×C×H×W array without its first axis.
fn picture(file: &str) -> Array3<f32> {
    let array = ArrayD::<f32>::read_npy(File::open(data().join(file)).unwrap()).unwrap();
    array
        .index_axis_move(Axis(0), 0)
        .into_dimensionality::<Ix3>()
        .unwrap()
}

/// Noise read from files, one for every round and one for the start.
struct Recorded(Vec<Array3<f32>>);

impl NoiseSource for Recorded {
    fn fill(&self, round: usize, step: usize, out: &mut Array3<f32>) {
        assert_eq!(step, 0, "these samplers draw noise once per round");
        out.assign(&self.0[round]);
    }
}

fn operator(case: &Value, shape: [usize; 3]) -> Box<dyn Operator<f32>> {
    match text(case, "operator") {
        "blur" => {
            let file = File::open(data().join(text(case, "kernel"))).unwrap();
            let kernel = ArrayD::<f32>::read_npy(file).unwrap().mapv(f64::from);
            let kernel = kernel.into_dimensionality::<Ix2>().unwrap();
            let boundary = Boundary::of_word(text(case, "boundary")).unwrap();
            Box::new(Blur::from_correlation_kernel(kernel.view(), shape, boundary).unwrap())
        }
        "super-resolve" => Box::new(Bicubic::new(whole(case, "scale"), shape).unwrap()),
        other => panic!("unknown operator `{other}`"),
    }
}

/// The side of tiles in latents; `None` leaves it to the model.
fn tile_size(prior: &dyn Prior, tile: Option<usize>) -> TileSize {
    let mut options = Options::new();
    if let Some(tile) = tile {
        options.set_number("tile", tile as f64).unwrap();
    }
    let place = Request::parse(&options).unwrap().place;
    TileSize::resolve(prior.info().tiles, &place).unwrap()
}

/// Algorithm 2 by one approach.
struct Restoration<'a> {
    prior: &'a dyn Prior,
    approach: Approach,
    rounds: Vec<Round>,
    operator: &'a dyn Operator<f32>,
    noise: &'a dyn NoiseSource,
}

impl Restoration<'_> {
    fn run(&self, y: &Array3<f32>, tile: Option<usize>) -> Array3<f32> {
        let cancel = Cancel::new();
        let tile = tile_size(self.prior, tile);
        let [_, height, width] = self.operator.input_shape();
        let (stage, info) = (self.prior.first_stage().unwrap(), self.prior.info());
        let autoencoder = Autoencoder::new(stage, info, tile, [height, width], &cancel);
        let measurement = Measurement {
            operator: self.operator,
            y: y.view(),
        };
        let mut space: Box<dyn Space> = match self.approach {
            Approach::Latent => {
                let mut z = Array3::zeros(autoencoder.latent_shape());
                self.noise.fill(0, 0, &mut z);
                Box::new(Latents::new(measurement, &autoencoder, z))
            }
            Approach::Pixel => {
                let x = Array3::zeros(self.operator.input_shape());
                Box::new(LatentPixels::new(measurement, &autoencoder, x))
            }
        };
        let rounds = Rounds {
            rounds: self.rounds.clone(),
            finish: None,
        };
        let mut monitor = ();
        let network = Network::new(self.prior, tile, &cancel);
        let mut run = Run::new(network, Box::new(self.noise), &mut monitor);
        run_rounds(&rounds, &mut *space, self.operator, &mut run).unwrap();
        space.picture().to_owned()
    }
}

#[test]
fn three_rounds_agree_with_the_recorded_run() {
    let index = std::fs::read_to_string(data().join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let prior = model();
    let files = index["noise"].as_array().unwrap();
    let noise = Recorded(
        files
            .iter()
            .map(|file| picture(file.as_str().unwrap()))
            .collect(),
    );
    let schedule = Schedule::of_word(text(&index, "schedule")).unwrap();
    let [rounds, start, end] = ["rounds", "t_start", "t_end"].map(|key| whole(&index, key));
    let strengths = timestep_schedule(schedule, rounds, start, end, 1000).unwrap();
    let recorded: Vec<u64> = serde_json::from_value(index["strengths"].clone()).unwrap();
    assert!(strengths.iter().map(|&t| t as u64).eq(recorded));

    let cases = index["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let expected = picture(text(case, "result"));
        let (c, h, w) = expected.dim();
        let operator = operator(case, [c, h, w]);
        let rounds: Vec<Round> = strengths
            .iter()
            .map(|&t| Round {
                data_step: DataStep::Gradient(Settings {
                    gradient_steps: whole(&index, "gradient_steps"),
                    step: case["step"].as_f64().unwrap(),
                    momentum: index["momentum"].as_f64().unwrap(),
                    ..Settings::default()
                }),
                purification: Purification {
                    sampler: Sampler::of_word(text(case, "sampler")).unwrap(),
                    sampler_steps: whole(&index, "sampler_steps"),
                    strength: Strength::Timestep(t),
                    present: 0.0,
                    relaxation: 1.0,
                },
            })
            .collect();
        let restoration = Restoration {
            prior: &*prior,
            approach: Approach::of_word(text(case, "approach")).unwrap(),
            rounds,
            operator: &*operator,
            noise: &noise,
        };
        let restored = restoration.run(&picture(text(case, "measurement")), None);
        let error = largest_difference(&restored, &expected);
        assert!(error <= TOLERANCE, "{}: {error}", text(case, "result"));
    }
}

/// Smooth values that differ everywhere.
fn pattern((c, h, w): (usize, usize, usize)) -> Array3<f32> {
    Array3::from_shape_fn((c, h, w), |(c, y, x)| {
        let (y, x) = (y as f32, x as f32);
        0.6 * (0.11 * x + 0.05 * y + c as f32).sin() + 0.3 * (0.7 * x - 0.4 * y).cos()
    })
}

#[test]
fn the_tiled_gradient_is_the_transpose_of_the_tiled_decoding() {
    let prior = model();
    let info = prior.info();
    let cancel = Cancel::new();
    // Padded to 8 pixels, 3×4 tiles of 32.
    let size = tile_size(&*prior, None);
    let stage = prior.first_stage().unwrap();
    let autoencoder = Autoencoder::new(stage, info, size, [53, 90], &cancel);
    let [c, h, w] = autoencoder.latent_shape();
    assert_eq!([c, h, w], [3, 14, 24]);
    let (z, d) = (
        pattern((c, h, w)),
        pattern((c, h, w)).mapv(|value| 0.5 - value * value),
    );
    let u = pattern((3, 53, 90));
    let decode = |z: &Array3<f32>| autoencoder.decode(z.view()).unwrap();
    let along = |step: f32| {
        let moved = decode(&(&z + &(&d * step))) - decode(&(&z - &(&d * step)));
        (&moved * &u).sum() / (2.0 * step)
    };
    let gradient = autoencoder.decode_vjp(z.view(), u.view()).unwrap();
    let (left, right) = (along(1e-2), (&gradient * &d).sum());
    assert!((left - right).abs() < 1e-2 * left.abs(), "{left} {right}");
}

#[test]
fn the_bundled_latent_prior_gives_the_same_in_tiles() {
    let prior = open("photo-latent", Device::Cpu, 0).unwrap();
    assert!(!prior.info().tiles.global_operations);
    let truth = pattern((3, 90, 330));
    let (c, h, w) = truth.dim();
    let operator = Bicubic::new(2, [c, h, w]).unwrap();
    let mut y = Array3::zeros(operator.output_shape());
    operator.measure(truth.view(), y.view_mut()).unwrap();
    let rounds = [300, 60].map(|t| Round {
        data_step: DataStep::Gradient(Settings {
            gradient_steps: 2,
            step: 0.05,
            ..Settings::default()
        }),
        purification: Purification {
            sampler: Sampler::Ddim,
            sampler_steps: 2,
            strength: Strength::Timestep(t),
            present: 0.0,
            relaxation: 1.0,
        },
    });
    let noise = SeededNoise { seed: 5 };
    for approach in [Approach::Latent, Approach::Pixel] {
        let restoration = Restoration {
            prior: &*prior,
            approach,
            rounds: rounds.to_vec(),
            operator: &operator,
            noise: &noise,
        };
        // 0 is the whole picture; 52 latents leave 4 between two halos of 20 and the cross-fade.
        let whole = restoration.run(&y, Some(0));
        let tiled = restoration.run(&y, Some(52));
        let error = largest_difference(&whole, &tiled);
        assert!(error < 1e-3, "{approach:?}: {error}");
    }
}

#[test]
fn a_network_of_latents_denoises_no_picture() {
    let model = data().join("model");
    let mut options = Options::new();
    options
        .set_string("model", model.to_str().unwrap())
        .unwrap();
    options.set_string("task", "inpaint").unwrap();
    let mask = Array2::from_shape_fn((32, 32), |(y, x)| f32::from(x > 9 && y > 9 && x + y < 30));
    options.set_mask(Some(mask));
    for noise in [0.0, 20.0] {
        options.set_number("noise", noise).unwrap();
        let request = Request::parse(&options).unwrap();
        let operator = build_operator(&request, Known::Measurement([3, 32, 32]), None).unwrap();
        let mut seen = Seen::noise(noise);
        seen.noise_given = true;
        let model = self::model();
        let plan = Plan::resolve(&request, model.info(), &*operator, seen).unwrap();
        assert!(!plan.denoise_known && !plan.grain, "noise {noise}");
    }
}
