//! Model folders: what is opened and what the numbers mean.

use crate::arrays::largest_difference;
use crate::support::{
    ANY, Attribute, F16, F32, Graph, I64, adds_time, edit, folder, identity, latent_folder,
    open_folder, pattern, predict, process, sample_graph,
};
use dcdp::Error;
use dcdp::Options;
use dcdp::operators::Identity;
use dcdp::priors::{NoiseLevel, PriorInfo, PriorKind, open, verify};
use dcdp::request::Request;
use dcdp::runtime::{Cancel, Device};
use dcdp::testing::diffusion::Process;
use dcdp::testing::plan::{Algorithm, Plan, Seen};
use ndarray::{Array1, Array4, s};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny-prior");

/// eps = the value of `t` at every pixel.
fn echo_time(element: u64) -> Vec<u8> {
    Graph::new()
        .input("x", F32, &[ANY, 3, ANY, ANY])
        .input("t", element, &[ANY])
        .output("eps", F32, &[ANY, 3, ANY, ANY])
        .integers("column", &[4], &[-1, 1, 1, 1])
        .floats("zero", &[1], &[0.0])
        .node_with("Cast", &["t"], &["float"], &[("to", Attribute::Int(1))])
        .node("Reshape", &["float", "column"], &["time"])
        .node("Mul", &["x", "zero"], &["blank"])
        .node("Add", &["blank", "time"], &["eps"])
        .model()
}

#[test]
fn the_tiny_prior_opens_and_agrees_with_itself_in_tiles() {
    let prior = open(TINY, Device::Auto, 0).unwrap();
    let info = prior.info();
    assert_eq!(
        (info.kind, info.channels, info.tiles.halo),
        (PriorKind::Pixel, 3, 2)
    );
    let x = pattern((1, 3, 24, 32));
    let run = |x: &Array4<f32>| {
        let level = NoiseLevel::Timestep(200);
        prior
            .predict(x.view(), level, &Cancel::new())
            .unwrap()
            .sample
    };
    let tile = run(&x.slice(s![.., .., 4..20, 8..28]).to_owned());
    let inner = s![.., .., 2..14, 2..18];
    let whole = run(&x).slice(s![.., .., 6..18, 10..26]).to_owned();
    assert!(largest_difference(&tile.slice(inner).to_owned(), &whole) < 1e-5);
    verify(TINY).unwrap();
}

#[test]
fn the_bundled_prior_is_found_by_name_and_whole() {
    let model = verify("photo").unwrap();
    assert_eq!(model.manifest.name, "photo");
    assert!(!model.manifest.global_operations);
}

#[test]
fn time_reaches_the_network_in_the_unit_the_manifest_names() {
    let x = pattern((2, 3, 4, 4));
    let alpha_bar = process().alpha_bar(345);
    let snr = alpha_bar / (1.0 - alpha_bar);
    let cases = [
        ("index", I64, 345.0),
        ("index", F32, 345.0),
        ("log_snr", F32, snr.ln() as f32),
        ("sigma", F32, snr.powf(-0.5) as f32),
    ];
    for (name, element, expected) in cases {
        let folder = folder(&echo_time(element));
        edit(folder.path(), "\"index\"", &format!("\"{name}\""));
        let eps = predict(&folder, &x, 345).sample;
        assert!(
            eps.iter().all(|value| (value - expected).abs() < 1e-4),
            "{name}: {eps}"
        );
    }
}

#[test]
fn a_schedule_of_another_length_is_followed() {
    let folder = folder(&echo_time(F32));
    edit(folder.path(), "timesteps = 1000", "timesteps = 50");
    edit(folder.path(), "\"linear\"", "\"scaled_linear\"");
    edit(folder.path(), "\"index\"", "\"sigma\"");
    let prior = open_folder(&folder).unwrap();
    let x = pattern((1, 3, 4, 4));
    let last = prior
        .predict(x.view(), NoiseLevel::Timestep(49), &Cancel::new())
        .unwrap()
        .sample;
    let expected = Process::scaled_linear(50, 1e-4, 0.02).unwrap().sigma(49) as f32;
    assert!((last[[0, 0, 0, 0]] - expected).abs() < 1e-5);
    assert!(
        prior
            .predict(x.view(), NoiseLevel::Timestep(50), &Cancel::new())
            .is_err()
    );
}

#[test]
fn a_learned_variance_is_split_off() {
    let network = sample_graph(F32, 6)
        .node("Neg", &["x"], &["negative"])
        .node_with(
            "Concat",
            &["x", "negative"],
            &["eps"],
            &[("axis", Attribute::Int(1))],
        )
        .model();
    let folder = folder(&network);
    edit(
        folder.path(),
        "learned_variance = false",
        "learned_variance = true",
    );
    let x = pattern((2, 3, 4, 8));
    let prediction = predict(&folder, &x, 10);
    assert_eq!(prediction.sample, x);
    assert_eq!(prediction.variance.unwrap(), -x);
}

#[test]
fn half_precision_and_single_batches_are_served() {
    let half = folder(
        &sample_graph(F16, 3)
            .node("Identity", &["x"], &["eps"])
            .model(),
    );
    let x = pattern((3, 3, 4, 4));
    assert!(largest_difference(&predict(&half, &x, 10).sample, &x) < 1e-3);

    let single = Graph::new()
        .input("x", F32, &[1, 3, ANY, ANY])
        .input("t", I64, &[1])
        .output("eps", F32, &[1, 3, ANY, ANY])
        .node("Identity", &["x"], &["eps"]);
    assert_eq!(predict(&folder(&single.model()), &x, 10).sample, x);
}

#[test]
fn a_network_in_another_value_range_predicts_the_same_noise() {
    // Knows the picture: 0.75 everywhere in [0, 1] units, 0.5 in ours.
    let network = sample_graph(F32, 3)
        .floats("zero", &[1], &[0.0])
        .floats("clean", &[1], &[0.75])
        .node("Mul", &["x", "zero"], &["blank"])
        .node("Add", &["blank", "clean"], &["eps"])
        .model();
    let folder = folder(&network);
    edit(folder.path(), "[-1.0, 1.0]", "[0.0, 1.0]");
    edit(folder.path(), "\"epsilon\"", "\"x0\"");
    let epsilon = pattern((1, 3, 8, 8));
    for t in [50, 300, 800] {
        let alpha_bar = process().alpha_bar(t);
        let x = 0.5 * alpha_bar.sqrt() as f32 + (1.0 - alpha_bar).sqrt() as f32 * &epsilon;
        // The nearest timestep with the right noise level is not exactly right.
        assert!(
            largest_difference(&predict(&folder, &x, t).sample, &epsilon) < 0.02,
            "t {t}"
        );
    }
}

#[test]
fn a_consistency_model_gets_sigma_in_its_own_range() {
    let folder = folder(&adds_time());
    edit(folder.path(), "\"pixel\"", "\"consistency\"");
    edit(folder.path(), "\"epsilon\"", "\"x0\"");
    edit(folder.path(), "\"index\"", "\"sigma\"");
    edit(
        folder.path(),
        "# more",
        "sigma_min = 0.002\nsigma_max = 80.0\nsigma_data = 0.5",
    );
    edit(folder.path(), "[-1.0, 1.0]", "[0.0, 1.0]");
    let prior = open_folder(&folder).unwrap();
    assert_eq!(prior.info().sigma_range, [0.004, 160.0]);
    let x = pattern((1, 3, 4, 4));
    let clean = prior
        .predict(x.view(), NoiseLevel::Sigma(0.6), &Cancel::new())
        .unwrap()
        .sample;
    // x and σ are halved, added, and doubled again.
    assert!(largest_difference(&clean, &(&x + 0.6)) < 1e-5);
    let other = prior.predict(x.view(), NoiseLevel::Timestep(3), &Cancel::new());
    assert!(matches!(other, Err(Error::Internal(_))));
}

#[test]
fn a_latent_prior_scales_latents_and_gradients() {
    let folder = latent_folder(true);
    edit(folder.path(), "[-1.0, 1.0]", "[0.0, 1.0]");
    let prior = open_folder(&folder).unwrap();
    let info = prior.info();
    assert_eq!((info.channels, info.downsample), (3, 2));
    let tiles = info.tiles;
    assert_eq!((tiles.size_multiple, tiles.tile, tiles.halo), (2, 32, 4));
    let stage = prior.first_stage().unwrap();
    let cancel = Cancel::new();

    // A constant picture of 0 is 0.5 to the encoder, and 0.125 after the scale.
    let z = stage
        .encode(Array4::zeros((1, 3, 8, 8)).view(), &cancel)
        .unwrap();
    assert_eq!(z, Array4::from_elem((1, 3, 4, 4), 0.125));
    assert_eq!(
        stage.decode(z.view(), &cancel).unwrap(),
        Array4::<f32>::zeros((1, 3, 8, 8))
    );

    // ⟨D(z + d) − D(z), u⟩ = ⟨d, Jᵀu⟩, exactly, for this linear decoder.
    let (d, u) = (pattern((1, 3, 4, 4)), pattern((1, 3, 8, 8)));
    let moved = stage.decode((&z + &d).view(), &cancel).unwrap();
    let left = ((moved - stage.decode(z.view(), &cancel).unwrap()) * &u).sum();
    let right = (stage.decode_vjp(z.view(), u.view(), &cancel).unwrap() * &d).sum();
    assert!((left - right).abs() < 1e-3 * left.abs(), "{left} {right}");
    verify(folder.path().to_str().unwrap()).unwrap();
}

#[test]
fn a_latent_prior_without_gradient_says_so() {
    let folder = latent_folder(false);
    let prior = open_folder(&folder).unwrap();
    let stage = prior.first_stage().unwrap();
    let (z, u) = (Array4::zeros((1, 3, 4, 4)), Array4::zeros((1, 3, 8, 8)));
    let error = stage
        .decode_vjp(z.view(), u.view(), &Cancel::new())
        .unwrap_err();
    assert!(
        matches!(&error, Error::Model { field, .. } if field == "files.decoder_vjp"),
        "{error}"
    );
}

#[test]
fn a_model_sets_what_a_preset_would() {
    let folder = folder(&identity());
    edit(
        folder.path(),
        "[outputs]",
        "[defaults.deblur]\nrounds = 4\nstep = 0.5\nsampler = \"tweedie\"\n\n[outputs]",
    );
    let prior = open_folder(&folder).unwrap();
    let deblur = &prior.info().defaults["deblur"];
    let values: Vec<_> = deblur
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        values,
        [("rounds", "4"), ("sampler", "tweedie"), ("step", "0.5")]
    );

    let plan = |settings: &[(&str, &str)], info: &PriorInfo| {
        let mut options = Options::new();
        for (name, value) in settings {
            options.set_string(name, value).unwrap();
        }
        let request = Request::parse(&options)?.with_model_defaults(&options, info)?;
        Plan::resolve(&request, info, &Identity::new([3, 8, 8]), Seen::noise(0.0))
    };
    let rounds = |settings: &[(&str, &str)]| match plan(settings, prior.info()).unwrap().algorithm {
        Algorithm::Rounds(rounds) => rounds.rounds.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(rounds(&[("task", "deblur")]), 4);
    assert_eq!(rounds(&[("task", "deblur"), ("rounds", "3")]), 3);
    assert_eq!(rounds(&[("task", "deblur"), ("preset", "paper")]), 20);
    assert_ne!(rounds(&[("task", "super-resolve")]), 4);
    for (name, value) in [("device", "cuda"), ("evil", "1"), ("rounds", "-3")] {
        let mut info = prior.info().clone();
        let deblur = info.defaults.get_mut("deblur").unwrap();
        deblur.insert(name.to_owned(), value.to_owned());
        let error = plan(&[("task", "deblur")], &info).unwrap_err();
        let expected = format!("defaults.deblur.{name}");
        assert!(
            matches!(&error, Error::Model { field, .. } if *field == expected),
            "{error}"
        );
    }
}

#[test]
fn gaussian_prior_predicts_the_noise_of_its_own_mean() {
    let prior = dcdp::priors::GaussianPrior::new(0.1, 0.5).unwrap();
    let values = Array1::linspace(-2.0, 2.0, 3 * 16)
        .into_shape_with_order((1, 3, 4, 4))
        .unwrap();
    let alpha_bar = process().alpha_bar(400);
    let level = NoiseLevel::Timestep(400);
    let eps = dcdp::priors::Prior::predict(&prior, values.view(), level, &Cancel::new()).unwrap();
    for (&x, &eps) in values.iter().zip(&eps.sample) {
        // Posterior mean of x_0 by the product of two normal densities.
        let (x, eps) = (f64::from(x), f64::from(eps));
        let weight = alpha_bar / (1.0 - alpha_bar);
        let mean = (0.1 / 0.25 + weight * x / alpha_bar.sqrt()) / (1.0 / 0.25 + weight);
        let clean = (x - (1.0 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt();
        assert!((clean - mean).abs() < 1e-5);
    }
    assert!(dcdp::priors::GaussianPrior::new(0.0, 0.0).is_err());
}
