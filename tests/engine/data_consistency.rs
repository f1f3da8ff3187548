//! Gradient steps: closed forms against loops, and both against the golden arrays.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::arrays::largest_difference;
use crate::steps::{holes, operators, picture};
use dcdp::operators::{
    Accuracy, Bicubic, Blur, Boundary, Callback, Gain, GainClip, Identity, LinearLight, Mask,
    Operator, ValidBlur,
};
use dcdp::request::Words;
use dcdp::runtime::Cancel;
use dcdp::testing::data_consistency::{
    Optimizer, Settings, automatic_step, closed_form, data_fidelity, data_fidelity_loop,
    stability_bound,
};
use dcdp::testing::math::Real;
use dcdp::{Error, Result};
use ndarray::{Array2, Array3, Array4, ArrayD, Axis, Ix2, s};
use ndarray_npy::ReadNpyExt;
use serde_json::Value;

fn compare<T: Real>(size: [usize; 2], settings: Settings, tolerance: f64) {
    for (name, step, operator) in operators::<T>(size) {
        let settings = Settings { step, ..settings };
        let solver = operator.solver().expect(&name);
        let q = |lambda: f64| closed_form::gain(lambda, &settings);
        let accuracy = solver.accuracy(&Gain::Function(&q));
        assert_eq!(accuracy, Some(Accuracy::Exact), "{name}");
        let start = picture::<T>(operator.input_shape(), 1);
        let mut y = Array3::zeros(operator.output_shape());
        let truth = picture::<T>(operator.input_shape(), 2);
        operator.measure(truth.view(), y.view_mut()).unwrap();
        let noise = picture::<T>(operator.output_shape(), 3);
        y.scaled_add(T::rounded(0.02), &noise);
        let mut closed = start.clone();
        let cancel = Cancel::new();
        data_fidelity(&*operator, y.view(), &mut closed, &settings, &cancel).unwrap();
        let mut looped = start.clone();
        data_fidelity_loop(&*operator, y.view(), &mut looped, &settings, &cancel).unwrap();
        let error = largest_difference(&closed, &looped);
        assert!(error <= tolerance, "{name} on {size:?}: {error:e}");
        assert!(
            largest_difference(&closed, &start) > 1e-3,
            "{name} moved nothing"
        );
    }
}

#[test]
fn closed_forms_equal_the_loop() {
    let plain = Settings::default();
    let decayed = Settings {
        weight_decay: 0.3,
        gradient_steps: 37,
        momentum: 0.5,
        ..plain
    };
    for size in [[37, 53], [64, 64], [1, 1], [1, 500], [3, 2]] {
        for settings in [plain, decayed] {
            compare::<f64>(size, settings, 1e-9);
            compare::<f32>(size, settings, 2e-5);
        }
    }
}

/// Axes longer than one basis are solved in overlapping tiles.
#[test]
fn tiled_closed_form_equals_the_loop() {
    let settings = Settings::default();
    for (sigma, shape) in [
        (2.0, [1, 24, 3000]),
        (2.0, [1, 1700, 30]),
        (3.0, [1, 8, 6000]),
        (0.8, [1, 4000, 8]),
    ] {
        let operator = Blur::<f32>::gaussian(sigma, shape, Boundary::Reflect).unwrap();
        let start = picture::<f32>(shape, 1);
        let mut y = Array3::zeros(shape);
        operator
            .measure(picture(shape, 2).view(), y.view_mut())
            .unwrap();
        let (mut closed, mut looped) = (start.clone(), start);
        let cancel = Cancel::new();
        data_fidelity(&operator, y.view(), &mut closed, &settings, &cancel).unwrap();
        data_fidelity_loop(&operator, y.view(), &mut looped, &settings, &cancel).unwrap();
        let error = largest_difference(&closed, &looped);
        assert!(error <= 2e-5, "{shape:?}: {error:e}");
        assert!(error > 0.0, "{shape:?} was looped");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let run = |threads: usize| -> Vec<Array3<f32>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let mut results = Vec::new();
            for (_, step, operator) in operators::<f32>([150, 201]) {
                let settings = Settings {
                    step,
                    gradient_steps: 10,
                    ..Settings::default()
                };
                let y = picture(operator.output_shape(), 2);
                for solve in [data_fidelity::<f32>, data_fidelity_loop::<f32>] {
                    let mut x = picture(operator.input_shape(), 1);
                    solve(&*operator, y.view(), &mut x, &settings, &Cancel::new()).unwrap();
                    results.push(x);
                }
            }
            results
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn what_was_not_measured_stays() {
    let shape = [3, 37, 53];
    let settings = Settings {
        step: 1.0,
        ..Settings::default()
    };
    let start = picture::<f32>(shape, 1);
    let y = picture::<f32>(shape, 2);
    let mask = holes::<f32>(37, 53);
    let operator = Mask::new(mask.clone(), shape).unwrap();
    let mut x = start.clone();
    data_fidelity(&operator, y.view(), &mut x, &settings, &Cancel::new()).unwrap();
    for ((c, i, j), value) in x.indexed_iter() {
        if mask[[i, j]] == 0.0 {
            assert_eq!(value.to_bits(), start[[c, i, j]].to_bits());
        }
    }
    // A picture the operator cannot see, measured as nothing, is left alone.
    let operator = Bicubic::<f32>::new(2, [1, 40, 40]).unwrap();
    let checkers = Array3::from_shape_fn([1, 40, 40], |(_, i, j)| {
        let sign = |index: usize| {
            if (index / 2 + index).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            }
        };
        sign(i) * sign(j)
    });
    let visible = visible_part(&operator, &checkers);
    let hidden = (&checkers.mapv(f64::from) - &visible).mapv(|value| value as f32);
    assert!(hidden.iter().any(|value| value.abs() > 0.1));
    let mut y = Array3::zeros([1, 20, 20]);
    operator.measure(hidden.view(), y.view_mut()).unwrap();
    y.fill(0.0);
    let mut x = hidden.clone();
    data_fidelity(&operator, y.view(), &mut x, &settings, &Cancel::new()).unwrap();
    assert!(largest_difference(&x, &hidden) <= 1e-5);
}

/// The part of `x` in the row space, by descending on `|Ax|²` until nothing is left to see.
fn visible_part(_: &Bicubic<f32>, x: &Array3<f32>) -> Array3<f64> {
    let operator = Bicubic::<f64>::new(2, [1, x.dim().1, x.dim().2]).unwrap();
    let exact = x.mapv(f64::from);
    let mut hidden = exact.clone();
    let settings = Settings {
        step: 2.0,
        gradient_steps: 20_000,
        ..Settings::default()
    };
    let nothing = Array3::zeros(Operator::output_shape(&operator));
    data_fidelity(
        &operator,
        nothing.view(),
        &mut hidden,
        &settings,
        &Cancel::new(),
    )
    .unwrap();
    exact - hidden
}

#[test]
fn nonlinear_and_callback_operators_descend() {
    let shape = [3, 8, 9];
    // Momentum would overshoot into the clipped range, where the gradient is zero.
    let settings = Settings {
        step: 0.2,
        gradient_steps: 200,
        momentum: 0.0,
        ..Settings::default()
    };
    let operator = GainClip::new(2.0, shape).unwrap();
    let truth = picture::<f32>(shape, 2);
    let mut y = Array3::zeros(shape);
    operator.measure(truth.view(), y.view_mut()).unwrap();
    let mut x = picture::<f32>(shape, 1).mapv(|value| 0.4 * value);
    data_fidelity(&operator, y.view(), &mut x, &settings, &Cancel::new()).unwrap();
    assert!(y.iter().any(|value| value.abs() == 1.0), "nothing clipped");
    assert!(largest_difference(&x, &truth.mapv(|value| value.clamp(-0.5, 0.5))) < 1e-5);
    assert!(
        stability_bound::<f32>(&operator, &settings)
            .unwrap()
            .is_none()
    );

    // Mixes channels: must not be taken apart.
    let sum = Callback::<f32>::new(
        [3, 4, 4],
        [1, 4, 4],
        true,
        Box::new(|x, mut out| {
            out.assign(&x.sum_axis(Axis(0)).insert_axis(Axis(0)));
            Ok(())
        }),
        Box::new(|_, u, mut out| {
            out.assign(&u.broadcast([3, 4, 4]).unwrap());
            Ok(())
        }),
    );
    let y = picture::<f32>([1, 4, 4], 5);
    let mut x = picture::<f32>([3, 4, 4], 6);
    data_fidelity(&sum, y.view(), &mut x, &settings, &Cancel::new()).unwrap();
    let seen = x.sum_axis(Axis(0)).insert_axis(Axis(0));
    assert!(largest_difference(&seen, &y) < 1e-4);
    let bound = stability_bound(&sum, &settings).unwrap().unwrap();
    assert!((0.666..0.6667).contains(&bound), "{bound}");
}

#[test]
fn steps_diverge_from_the_bound_on() {
    let shape = [3, 20, 30];
    let identity = Identity::new(shape);
    let settings = |step, weight_decay| Settings {
        step,
        weight_decay,
        ..Settings::default()
    };
    let of = |operator: &dyn Operator<f32>, settings: &Settings| {
        stability_bound(operator, settings).unwrap().unwrap()
    };
    assert!((of(&identity, &settings(1.0, 0.0)) - 3.8).abs() < 1e-12);
    assert!(of(&identity, &settings(1.0, 0.1)) < 3.5);
    // A little below the bound converges, a little above does not.
    let blur = Blur::<f64>::gaussian(2.0, shape, Boundary::Reflect).unwrap();
    let bound = stability_bound(&blur, &settings(1.0, 0.0))
        .unwrap()
        .unwrap();
    let residual = |step: f64| -> f64 {
        let mut x = picture::<f64>(shape, 1);
        let y = Array3::zeros(shape);
        let settings = Settings {
            gradient_steps: 3000,
            ..settings(step, 0.0)
        };
        data_fidelity(&blur, y.view(), &mut x, &settings, &Cancel::new()).unwrap();
        let mut y = Array3::zeros(shape);
        blur.measure(x.view(), y.view_mut()).unwrap();
        largest_difference(&y, &Array3::zeros(shape))
    };
    assert!(residual(0.98 * bound) < 1.0);
    assert!(residual(1.02 * bound) > 1e3);
}

/// A plan checks the steps that run: automatic ones suit every operator.
#[test]
fn automatic_steps_are_stable_on_every_operator() {
    let shape = [3, 20, 30];
    let edges = ndarray::array![[-1.0, -2.0, -1.0], [-2.0, 13.5, -2.0], [-1.0, -2.0, -1.0]];
    let loud = Callback::<f32>::new(
        shape,
        shape,
        true,
        Box::new(|x, mut out| {
            out.assign(&(&x * 3.0));
            Ok(())
        }),
        Box::new(|_, u, mut out| {
            out.assign(&(&u * 3.0));
            Ok(())
        }),
    );
    let all: Vec<Box<dyn Operator<f32>>> = vec![
        Box::new(Identity::new(shape)),
        Box::new(Blur::from_psf(edges.view(), shape, Boundary::Reflect).unwrap()),
        Box::new(ValidBlur::from_psf(edges.view(), shape).unwrap()),
        Box::new(LinearLight::new(Box::new(
            Blur::from_psf(edges.view(), shape, Boundary::Circular).unwrap(),
        ))),
        Box::new(loud),
    ];
    for operator in all {
        for weight_decay in [0.0, 5.0] {
            for pull in [1e-3, 1.0, 1e5] {
                let settings = Settings {
                    weight_decay,
                    ..Settings::default()
                };
                let bound = stability_bound(&*operator, &settings).unwrap();
                assert!(bound.is_some());
                let step = automatic_step(&settings, pull, bound);
                assert!(step > 0.0);
                assert!(step < bound.unwrap());
            }
        }
    }
    // Where the bound leaves room, the pull is the proximal step's with ρ = 1/pull.
    let settings = Settings::default();
    let step = automatic_step(&settings, 40.0, None);
    let q = closed_form::gain(0.0, &Settings { step, ..settings });
    assert!((q - 40.0).abs() < 1e-9, "{q}");
}

#[test]
fn a_raised_flag_stops_both_ways() {
    let shape = [3, 16, 16];
    let cancel = Cancel::new();
    cancel.cancel();
    let operator = Blur::<f32>::gaussian(1.0, shape, Boundary::Symmetric).unwrap();
    let y = Array3::zeros(shape);
    for run in [data_fidelity::<f32>, data_fidelity_loop::<f32>] {
        let mut x = picture::<f32>(shape, 1);
        let result = run(&operator, y.view(), &mut x, &Settings::default(), &cancel);
        assert!(matches!(result, Err(Error::Cancelled)));
    }
}

#[test]
fn wrong_shapes_are_an_error() {
    let operator = Bicubic::<f32>::new(2, [3, 16, 16]).unwrap();
    let mut x = Array3::zeros([3, 16, 16]);
    let y = Array3::zeros([3, 16, 16]);
    let settings = Settings::default();
    let result = data_fidelity(&operator, y.view(), &mut x, &settings, &Cancel::new());
    assert!(matches!(result, Err(Error::InvalidImage(_))));
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn load(name: &str) -> Array3<f32> {
    let batch = Array4::<f32>::read_npy(File::open(golden().join(name)).unwrap()).unwrap();
    batch.index_axis_move(Axis(0), 0)
}

fn load_kernel(name: &str) -> Array2<f64> {
    let open = || File::open(golden().join(name)).unwrap();
    ArrayD::<f64>::read_npy(open())
        .or_else(|_| ArrayD::<f32>::read_npy(open()).map(|kernel| kernel.mapv(f64::from)))
        .unwrap()
        .into_dimensionality::<Ix2>()
        .unwrap()
}

fn golden_operator(entry: &Value, shape: [usize; 3]) -> Result<Box<dyn Operator<f32>>> {
    let text = |field: &str| entry[field].as_str().unwrap();
    Ok(match text("operator") {
        "blur" => Box::new(Blur::from_correlation_kernel(
            load_kernel(text("kernel")).view(),
            shape,
            Boundary::of_word(text("boundary")).expect("a boundary's word"),
        )?),
        "inpaint" => {
            let mask = load(text("mask")).slice_move(s![0, .., ..]);
            Box::new(Mask::new(mask, shape)?)
        }
        "super-resolve" => {
            let scale = entry["scale"].as_u64().unwrap();
            Box::new(Bicubic::new(scale as usize, shape)?)
        }
        other => panic!("unknown operator {other}"),
    })
}

#[test]
fn golden_arrays_are_matched_by_both_ways() {
    let index: Vec<Value> =
        serde_json::from_reader(File::open(golden().join("index.json")).unwrap()).unwrap();
    let (mut measured, mut solved) = (0, 0);
    for entry in &index {
        let text = |field: &str| entry[field].as_str().unwrap();
        let expected = || load(text("file"));
        match entry["stage"].as_str() {
            Some("measure") => {
                let x = load(text("input"));
                let operator = golden_operator(entry, x.dim().into()).unwrap();
                let mut y = Array3::zeros(operator.output_shape());
                operator.measure(x.view(), y.view_mut()).unwrap();
                let error = largest_difference(&y, &expected());
                assert!(error <= 1e-5, "{}: {error:e}", text("file"));
                measured += 1;
            }
            Some("data_fidelity") => {
                let start = load(text("start"));
                let y = load(text("measurement"));
                let operator = golden_operator(entry, start.dim().into()).unwrap();
                let number = |field: &str| entry[field].as_f64();
                let settings = Settings {
                    gradient_steps: entry["gradient_steps"].as_u64().unwrap() as usize,
                    step: number("step").or(number("learning_rate")).unwrap(),
                    optimizer: match text("optimizer") {
                        "sgd" => Optimizer::Sgd,
                        _ => Optimizer::Adam,
                    },
                    momentum: number("momentum").unwrap_or(0.9),
                    weight_decay: 0.0,
                };
                for run in [data_fidelity::<f32>, data_fidelity_loop::<f32>] {
                    let mut x = start.clone();
                    run(&*operator, y.view(), &mut x, &settings, &Cancel::new()).unwrap();
                    let error = largest_difference(&x, &expected());
                    assert!(error <= 1e-4, "{}: {error:e}", text("file"));
                }
                solved += 1;
            }
            _ => {}
        }
    }
    assert_eq!((measured, solved), (6, 16));
}
