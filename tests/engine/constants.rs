//! Constants in place of a preset's own, as examples/tune tries them.

use dcdp::operators::{Identity, Rho};
use dcdp::priors::{GaussianPrior, Prior};
use dcdp::request::{Constants, Options, Request};
use dcdp::testing::data_consistency::DataStep;
use dcdp::testing::plan::{Algorithm, Data, Plan, Preset, Seen, Strengths};
use ndarray::Array2;

const GIVEN: Constants = Constants {
    rounds: Some(3),
    start: Some(30.0),
    end: Some(2.0),
    multiples: Some(&[8.0, 6.0, 4.0]),
    weight: Some(2.5),
    noisy_weight: Some(3.0),
    faint: Some(4.0),
    jpeg_weight: Some(3.5),
    share: Some(0.4),
    relaxation: Some(1.3),
};

fn plan(task: &str, constants: Constants) -> Plan {
    let seen = Seen {
        quantisation: Some(4.0),
        ..Seen::noise(0.0)
    };
    plan_of(task, constants, seen)
}

fn plan_of(task: &str, constants: Constants, seen: Seen) -> Plan {
    let mut options = Options::new();
    for (name, value) in [("task", task), ("blur", "gaussian")] {
        options.set_string(name, value).unwrap();
    }
    options.set_mask(Some(Array2::ones((8, 8))));
    options.set_constants(constants);
    planned(&options, seen)
}

fn planned(options: &Options, seen: Seen) -> Plan {
    let request = Request::parse(options).unwrap();
    let prior = GaussianPrior::new(0.0, 0.5).unwrap();
    let operator = Identity::new([3, 8, 8]);
    Plan::resolve(&request, prior.info(), &operator, seen).unwrap()
}

fn sigmas(plan: &Plan) -> Vec<f64> {
    let Algorithm::Rounds(rounds) = &plan.algorithm else {
        panic!("{:?}", plan.algorithm);
    };
    let process = GaussianPrior::new(0.0, 0.5).unwrap().info().process.clone();
    let sigma = |round: &dcdp::testing::plan::Round| round.purification.strength.sigma(&process);
    rounds.rounds.iter().map(sigma).collect()
}

fn first_rho(plan: &Plan) -> f64 {
    let Algorithm::Rounds(rounds) = &plan.algorithm else {
        panic!("{:?}", plan.algorithm);
    };
    match rounds.rounds[0].data_step {
        DataStep::Proximal {
            rho: Rho::Uniform(rho),
            ..
        } => rho,
        ref step => panic!("{step:?}"),
    }
}

#[test]
fn they_take_the_place_of_the_presets_own() {
    let Preset {
        strengths, data, ..
    } = plan("deblur", GIVEN).row;
    let log = Strengths::Log {
        start: 30.0,
        end: 2.0,
    };
    let proximal = Data::Proximal {
        weight: 2.5,
        noisy_weight: 3.0,
        faint: 4.0,
        jpeg_weight: 3.5,
    };
    assert_eq!((strengths, data), (log, proximal));
    assert_eq!(plan("inpaint", GIVEN).row.relaxation, 1.3);
    assert_eq!(plan("dejpeg", GIVEN).row.data, Data::Cells { share: 0.4 });
}

#[test]
fn the_rounds_follow_them() {
    let found = sigmas(&plan("inpaint", GIVEN));
    assert_eq!(found.len(), 3);
    assert!((found[0] * 127.5 - 30.0).abs() < 1e-6, "{found:?}");
    let found = sigmas(&plan("dejpeg", GIVEN));
    let expected = [16.0, 12.0, 8.0];
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found * 127.5 - expected).abs() < 1e-6);
    }
}

#[test]
fn faint_noise_is_trusted_more() {
    // Rounding counts nothing, so that ρ is what the noise makes it.
    let rho = |noise: f64, faint: f64| {
        let constants = Constants {
            weight: Some(1e12),
            faint: Some(faint),
            ..Constants::default()
        };
        first_rho(&plan_of("super-resolve", constants, Seen::noise(noise)))
    };
    // Noise of 3 beyond what rounding to 8 bits leaves.
    let three = (9.0f64 + 0.35 * 0.35).sqrt();
    assert!((rho(three, 0.0) / rho(three, 3.0) - 2.0).abs() < 1e-6);
    assert!((rho(1.0, 0.0) / rho(1.0, 3.0)) > 9.0);
    assert!((rho(50.0, 0.0) / rho(50.0, 3.0)) < 1.01);
    assert!(rho(0.0, 3.0) < 1e-9);
}

#[test]
fn gray_noise_counts_more_than_white() {
    let rho = |covering_noise: f64, quantisation: Option<f64>| {
        let seen = Seen {
            covering_noise,
            quantisation,
            noise_given: false,
            ..Seen::noise(5.0)
        };
        let plan = plan_of("deblur", Constants::default(), seen);
        (plan.assumed_noise, first_rho(&plan))
    };
    let (white, gray) = (rho(5.0, None), rho(5.0 * 3f64.sqrt(), None));
    assert_eq!(white.0, 5.0);
    assert_eq!(white, rho(0.0, None));
    assert!((gray.0 / 5.0 - 0.95 * 3f64.sqrt()).abs() < 0.01, "{gray:?}");
    assert!(
        (gray.1 / white.1 - 0.95 * 0.95 * 3.0).abs() < 0.05,
        "{gray:?} {white:?}"
    );
    // What compression hides counts beside it: the larger of the two.
    assert_eq!(rho(5.0 * 2f64.sqrt(), Some(1.0)).0, 1.4 * 5.0 + 1.0);
    let covered = rho(5.0 * 3f64.sqrt(), Some(1.0)).0;
    assert!((covered - 0.95 * 5.0 * 3f64.sqrt()).abs() < 1e-9);
}

#[test]
fn compression_hides_nothing_of_noise_behind_a_blur() {
    let assumed = |noise_behind_blur, covering_noise| {
        let seen = Seen {
            covering_noise,
            noise_behind_blur,
            quantisation: Some(1.0),
            noise_given: false,
            ..Seen::noise(5.0)
        };
        plan_of("deblur", Constants::default(), seen).assumed_noise
    };
    assert_eq!(assumed(false, 5.0), 1.4 * 5.0 + 1.0);
    assert_eq!(assumed(true, 5.0), 5.0);
    assert_eq!(assumed(true, 10.0), 9.5);
}

#[test]
fn a_jpeg_file_is_trusted_more_the_softer_its_blur() {
    let rho = |sigma: f64, t2: f64, blur_estimated: bool| {
        let mut options = Options::new();
        options.set_string("task", "deblur").unwrap();
        options.set_string("blur", "gaussian").unwrap();
        options.set_string("blur_light", "encoded").unwrap();
        options.set_number("blur_sigma", sigma).unwrap();
        let seen = Seen {
            quantisation: Some(t2),
            blur_estimated,
            ..Seen::noise(0.0)
        };
        first_rho(&planned(&options, seen))
    };
    let given = |sigma: f64, t2: f64| rho(sigma, t2, false);
    // ρ goes with t2/σ as long as the weight stays within 4.35 to 14.7.
    assert!((given(2.0, 2.0) / given(3.0, 2.0) - 1.5).abs() < 1e-6);
    assert!((given(3.0, 3.0) / given(3.0, 1.5) - 2.0).abs() < 1e-6);
    assert_eq!(given(9.0, 2.0), given(20.0, 2.0));
    assert_eq!(given(0.3, 2.0), given(0.6, 2.0));
    // A table without errors.
    let exact = given(2.0, 0.0);
    assert!(exact > 0.0 && exact.is_finite());
    // A blur that was found may be wrong.
    assert!(rho(4.0, 1.0, true) > 1.5 * given(4.0, 1.0));
    assert_eq!(rho(1.5, 2.0, true), given(1.5, 2.0));
}
