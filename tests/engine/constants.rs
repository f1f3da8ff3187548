//! Constants in place of a preset's own, as examples/tune tries them.

use dcdp::operators::Identity;
use dcdp::priors::{GaussianPrior, Prior};
use dcdp::request::{Constants, Options, Request};
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
    let mut options = Options::new();
    for (name, value) in [("task", task), ("blur", "gaussian")] {
        options.set_string(name, value).unwrap();
    }
    options.set_mask(Some(Array2::ones((8, 8))));
    options.set_constants(constants);
    let request = Request::parse(&options).unwrap();
    let prior = GaussianPrior::new(0.0, 0.5).unwrap();
    let seen = Seen {
        quantisation: Some(4.0),
        ..Seen::noise(0.0)
    };
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
