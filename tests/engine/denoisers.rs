//! Gaussian denoisers as priors, and D(x, σ) of every kind of prior.

use crate::arrays::largest_difference;
use crate::support::{adds_time, edit, folder, identity, open_folder, pattern, process, refusal};
use dcdp::operators::Identity;
use dcdp::priors::{GaussianPrior, NoiseLevel, Prior, open, verify};
use dcdp::request::{Options, Request};
use dcdp::runtime::Cancel;
use dcdp::testing::plan::{Algorithm, Plan, Seen};
use dcdp::{Error, Result};
use ndarray::Array4;
use tempfile::TempDir;

const SCHEDULE: &str =
    "timesteps = 1000\nbeta_schedule = \"linear\"\nbeta_start = 0.0001\nbeta_end = 0.02\n";

/// A denoiser for pictures in [0, 1] and σ up to 51: D(x, σ) = x + σ, in its own units.
fn denoiser() -> TempDir {
    let folder = folder(&adds_time());
    edit(folder.path(), "\"epsilon\"", "\"x0\"");
    edit(folder.path(), "\"index\"", "\"sigma\"");
    edit(folder.path(), "[-1.0, 1.0]", "[0.0, 1.0]");
    edit(folder.path(), SCHEDULE, "");
    edit(folder.path(), "# more", "sigma_max = 51.0");
    folder
}

fn clean(prior: &dyn Prior, x: &Array4<f32>, sigma: f64) -> Array4<f32> {
    let level = NoiseLevel::Sigma(sigma);
    prior
        .predict(x.view(), level, &Cancel::new())
        .unwrap()
        .sample
}

#[test]
fn a_denoiser_is_told_sigma_in_its_own_units() {
    let folder = denoiser();
    let prior = open_folder(&folder).unwrap();
    let x = pattern((2, 3, 4, 8));
    // Twice the network's units are ours, for the picture and for σ.
    let largest = 51.0 / 127.5;
    assert_eq!(prior.info().sigma_range, [0.0, largest]);
    for sigma in [0.0, 0.1, 0.3, largest] {
        assert!(largest_difference(&clean(&*prior, &x, sigma), &(&x + sigma as f32)) < 1e-6);
    }
    // Beyond its largest σ it is told that.
    assert!(largest_difference(&clean(&*prior, &x, 2.0), &(&x + largest as f32)) < 1e-6);
    verify(folder.path().to_str().unwrap()).unwrap();
}

#[test]
fn a_denoiser_answers_timesteps_it_knows_with_noise() {
    let folder = denoiser();
    let prior = open_folder(&folder).unwrap();
    let x = pattern((1, 3, 4, 4));
    let at = |t| prior.predict(x.view(), NoiseLevel::Timestep(t), &Cancel::new());
    // D moves every sample by σ, so that ε = (x − (x + σ))/σ.
    for t in [0, 40, 80] {
        let noise = at(t).unwrap().sample;
        assert!(
            noise.iter().all(|value| (value + 1.0).abs() < 1e-4),
            "t {t}"
        );
    }
    let largest = prior.info().largest_timestep();
    assert!(process().sigma(largest - 1) <= 0.4 && process().sigma(largest) > 0.4);
    assert!(at(largest - 1).is_ok());
    assert!(matches!(at(largest), Err(Error::Internal(_))));
}

#[test]
fn a_diffusion_model_answers_sigma_at_the_nearest_timestep() {
    // ε = x_t, so that D(x, σ) = x − σ_t·√ᾱ·x = x·(1 − √(1−ᾱ)).
    let folder = folder(&identity());
    for range in ["[-1.0, 1.0]", "[0.0, 1.0]"] {
        if range != "[-1.0, 1.0]" {
            edit(folder.path(), "[-1.0, 1.0]", range);
        }
        let prior = open_folder(&folder).unwrap();
        let x = pattern((1, 3, 8, 4));
        for t in [0, 57, 400, 999] {
            let level = process().sigma(t);
            // The network of the second range sees a picture half as wide and half as noisy.
            let (scale, shift) = match range {
                "[-1.0, 1.0]" => (1.0, 0.0),
                _ => (2.0, -1.0),
            };
            let kept = 1.0 - (1.0 - process().alpha_bar(t)).sqrt() as f32;
            let expected = x.mapv(|x| (x - shift) * kept + shift);
            let found = clean(&*prior, &x, 1.001 * level * scale);
            assert!(
                largest_difference(&found, &expected) < 1e-4,
                "{range} t {t}"
            );
        }
    }
}

#[test]
fn the_gaussian_prior_gives_its_posterior_mean() {
    let prior = GaussianPrior::new(0.1, 0.5).unwrap();
    let x = pattern((1, 3, 4, 4));
    for sigma in [0.01, 0.4, 3.0] {
        let weight = 0.25 / (0.25 + sigma * sigma);
        let expected = x.mapv(|x| (weight * f64::from(x) + (1.0 - weight) * 0.1) as f32);
        assert!(largest_difference(&clean(&prior, &x, sigma), &expected) < 1e-5);
    }
}

#[test]
fn half_a_denoiser_is_refused() {
    let cases = [
        ("sigma_max = 51.0", "", "sigma_max"),
        ("sigma_max = 51.0", "sigma_max = 0.0", "sigma_max"),
        ("sigma_max = 51.0", "sigma_max = 256.0", "sigma_max"),
        ("sigma_max = 51.0", "sigma_max = nan", "sigma_max"),
        (
            "sigma_max = 51.0",
            "sigma_max = 51.0\nsigma_min = 1.0",
            "sigma_min",
        ),
        (
            "sigma_max = 51.0",
            "sigma_max = 51.0\ntimesteps = 1000",
            "beta_schedule",
        ),
        ("\"x0\"", "\"epsilon\"", "prediction"),
        ("\"sigma\"", "\"log_snr\"", "time_input"),
        (
            "learned_variance = false",
            "learned_variance = true",
            "learned_variance",
        ),
    ];
    for (from, to, expected) in cases {
        let folder = denoiser();
        edit(folder.path(), from, to);
        refusal(folder.path(), expected);
    }
    let diffusion = folder(&identity());
    edit(diffusion.path(), "timesteps = 1000\n", "");
    refusal(diffusion.path(), "timesteps");
}

#[test]
fn a_schedule_may_be_given_to_a_denoiser() {
    let folder = denoiser();
    let schedule = SCHEDULE.replace("1000", "500");
    edit(folder.path(), "sigma_max", &format!("{schedule}sigma_max"));
    let prior = open_folder(&folder).unwrap();
    assert_eq!(prior.info().process.timesteps(), 500);
}

#[test]
fn strengths_beyond_the_largest_sigma_are_clamped_or_refused() {
    let folder = denoiser();
    let prior = open(
        folder.path().to_str().unwrap(),
        dcdp::runtime::Device::Cpu,
        1,
    )
    .unwrap();
    let plan = |settings: &[(&str, &str)]| -> Result<Plan> {
        let mut options = Options::new();
        options.set_string("task", "denoise")?;
        for (name, value) in settings {
            options.set_string(name, value)?;
        }
        let request = Request::parse(&options)?;
        Plan::resolve(
            &request,
            prior.info(),
            &Identity::new([3, 8, 8]),
            Seen::noise(10.0),
        )
    };
    let largest = prior.info().largest_timestep();
    let strong = plan(&[("t_start", "400"), ("t_end", "400"), ("sampler", "tweedie")]).unwrap();
    let Algorithm::Rounds(strong) = strong.algorithm else {
        panic!("{strong:?}");
    };
    let strength = strong.rounds[0].purification.strength;
    assert!(strength.sigma(&process()) <= prior.info().sigma_range[1]);
    assert_eq!(prior.info().largest_timestep(), largest);
    for sampler in ["ddim", "ddpm"] {
        let error = plan(&[("t_start", "400"), ("sampler", sampler)]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("t_start") && text.contains("σ 51"), "{text}");
        assert!(plan(&[("t_start", "60"), ("t_end", "60"), ("sampler", sampler)]).is_ok());
    }
    assert!(plan(&[("preset", "paper")]).is_err());
}
