//! Data fidelity through a decoder: the step follows its Jacobian.

use dcdp::Result;
use dcdp::operators::Identity;
use dcdp::runtime::Cancel;
use dcdp::testing::data_consistency::{
    DataStep, Decoder, Optimizer, Settings, ThroughDecoder, data_step,
};
use ndarray::{Array3, ArrayView3, Zip};

use crate::arrays::{largest_difference, noise};

const SHAPE: [usize; 3] = [3, 12, 10];

/// D(z) = a·z + b·z³ with a slope per row, up to `steepest`.
struct Curved {
    steepest: f32,
}

impl Curved {
    fn slope(&self, row: usize) -> f32 {
        self.steepest * (row + 1) as f32 / SHAPE[1] as f32
    }
}

impl Decoder for Curved {
    fn latent_shape(&self) -> [usize; 3] {
        SHAPE
    }

    fn decode(&self, z: ArrayView3<'_, f32>) -> Result<Array3<f32>> {
        let mut x = z.to_owned();
        Zip::indexed(&mut x).for_each(|(_, row, _), x| *x = self.slope(row) * *x + 0.2 * x.powi(3));
        Ok(x)
    }

    fn decode_vjp(&self, z: ArrayView3<'_, f32>, u: ArrayView3<'_, f32>) -> Result<Array3<f32>> {
        let mut g = u.to_owned();
        Zip::indexed(&mut g)
            .and(&z)
            .for_each(|(_, row, _), g, &z| *g *= self.slope(row) + 0.6 * z * z);
        Ok(g)
    }
}

fn settings() -> Settings {
    Settings {
        gradient_steps: 400,
        step: 1.0,
        optimizer: Optimizer::Sgd,
        momentum: 0.9,
        weight_decay: 0.0,
    }
}

#[test]
fn a_steep_decoder_lowers_the_step_and_converges() {
    let identity = Identity::new(SHAPE);
    let decoder = Curved { steepest: 8.0 };
    let through = ThroughDecoder::new(&identity, &decoder);
    let truth = noise(SHAPE, 1).mapv(|value: f32| 0.3 * value);
    let y = decoder.decode(truth.view()).unwrap();
    let start = Array3::zeros(SHAPE);
    let mut direction = noise(SHAPE, 2);
    let bounded = through
        .bounded(&settings(), start.view(), &mut direction, &Cancel::new())
        .unwrap();
    // Half of 2(1 + μ)/λ, where λ = 8² at z = 0; the power iteration is a little short of it.
    let exact = 1.9 / 64.0;
    assert!(
        (exact..1.25 * exact).contains(&bounded.step),
        "{}",
        bounded.step
    );

    let ends = |settings: Settings| {
        let mut z = start.clone();
        let step = DataStep::Gradient(settings);
        data_step(&through, y.view(), &mut z, &step, &Cancel::new()).unwrap();
        largest_difference(&decoder.decode(z.view()).unwrap(), &y)
    };
    assert!(ends(bounded) < 1e-2);
    assert!(ends(settings()) > 1e3, "as it was given it diverges");
}

#[test]
fn a_flat_decoder_and_adam_keep_the_step() {
    let identity = Identity::new(SHAPE);
    let decoder = Curved { steepest: 0.5 };
    let through = ThroughDecoder::new(&identity, &decoder);
    let start = Array3::zeros(SHAPE);
    let adam = Settings {
        optimizer: Optimizer::Adam,
        ..settings()
    };
    for given in [settings(), adam] {
        let mut direction = noise(SHAPE, 2);
        let bounded = through.bounded(&given, start.view(), &mut direction, &Cancel::new());
        assert_eq!(bounded.unwrap(), given);
    }
    // No direction to begin with is no reason to fail.
    let mut nowhere = Array3::zeros(SHAPE);
    let bounded = through.bounded(&settings(), start.view(), &mut nowhere, &Cancel::new());
    assert_eq!(bounded.unwrap(), settings());
}
