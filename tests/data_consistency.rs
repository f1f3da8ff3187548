//! Closed forms against loops, and both against the golden arrays.

use std::fs::File;
use std::path::{Path, PathBuf};

use dcdp::data_consistency::{
    DataStep, Optimizer, Settings, automatic_step, check_data_step, check_step, closed_form,
    data_fidelity, data_fidelity_loop, data_step, stability_bound,
};
use dcdp::math::Real;
use dcdp::operators::{
    Accuracy, Bicubic, Blur, Boundary, Callback, Gain, GainClip, Identity, Ignoring, LinearLight,
    Mask, Operator, Rho, Spectrum, ValidBlur, kernels,
};
use dcdp::runtime::Cancel;
use dcdp::{Error, Result};
use ndarray::{Array2, Array3, Array4, ArrayD, Axis, Ix2, s};
use ndarray_npy::ReadNpyExt;
use serde_json::Value;

/// Reproducible values in −1…1, smoothed a little like a picture.
fn picture<T: Real>(shape: [usize; 3], seed: u64) -> Array3<T> {
    let mut state = seed;
    let mut last = 0.0;
    Array3::from_shape_simple_fn(shape, || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        last = 0.6 * last + 0.4 * ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0);
        T::rounded(last)
    })
}

fn holes<T: Real>(height: usize, width: usize) -> Array2<T> {
    Array2::from_shape_fn((height, width), |(i, j)| match (i / 5 + j / 7) % 3 {
        0 => T::one(),
        1 => T::zero(),
        _ => T::rounded(0.5),
    })
}

fn operators<T: Real>([height, width]: [usize; 2]) -> Vec<(String, f64, Box<dyn Operator<T>>)> {
    let shape = [3, height, width];
    let mut all: Vec<(String, f64, Box<dyn Operator<T>>)> = vec![
        ("identity".into(), 0.05, Box::new(Identity::new(shape))),
        (
            "mask".into(),
            0.0102,
            Box::new(Mask::new(holes(height, width), shape).unwrap()),
        ),
    ];
    for factor in [2, 3, 4] {
        let operator = Bicubic::new(factor, shape).unwrap();
        let step = 0.010173 * (factor * factor) as f64;
        all.push((format!("bicubic ×{factor}"), step, Box::new(operator)));
        let soft = Bicubic::soft(factor, shape).unwrap();
        all.push((format!("soft bicubic ×{factor}"), step, Box::new(soft)));
    }
    let mut blur = |name: &str, psf: Array2<f64>, boundary| {
        let operator = Blur::from_psf(psf.view(), shape, boundary).unwrap();
        all.push((format!("{name}, {boundary}"), 1.01725, Box::new(operator)));
    };
    let gaussian = |sigma| {
        let taps = kernels::gaussian_taps(sigma).unwrap();
        Array2::from_shape_fn((taps.len(), taps.len()), |(i, j)| taps[i] * taps[j])
    };
    let cross = ndarray::array![[0.05, 0.1, 0.05], [0.2, 0.2, 0.2], [0.05, 0.1, 0.05]];
    for boundary in [Boundary::Reflect, Boundary::Symmetric, Boundary::Circular] {
        blur("gaussian 3", gaussian(3.0), boundary);
        blur("gaussian 0.7", gaussian(0.7), boundary);
        blur("even box", Array2::from_elem((4, 6), 1.0 / 24.0), boundary);
    }
    blur("cross", cross, Boundary::Symmetric);
    blur(
        "motion",
        kernels::motion(9.0, 30.0).unwrap(),
        Boundary::Circular,
    );
    blur(
        "horizontal",
        kernels::motion(9.0, 0.0).unwrap(),
        Boundary::Reflect,
    );
    all
}

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
        let error = worst(&closed, &looped);
        assert!(error <= tolerance, "{name} on {size:?}: {error:e}");
        assert!(worst(&closed, &start) > 1e-3, "{name} moved nothing");
    }
}

fn worst<T: Real>(a: &Array3<T>, b: &Array3<T>) -> f64 {
    ndarray::Zip::from(a).and(b).fold(0.0, |worst, &a, &b| {
        let (a, b): (f64, f64) = (a.into(), b.into());
        if (a - b).is_nan() {
            f64::INFINITY
        } else {
            worst.max((a - b).abs())
        }
    })
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

/// Linear operators whose proximal step is iterated: no basis, or only of a canvas.
fn iterated<T: Real>([height, width]: [usize; 2]) -> Vec<(String, Box<dyn Operator<T>>)> {
    let shape = [3, height, width];
    let ignored = holes::<f64>(height, width).mapv(|weight| weight == 0.0);
    let motion = kernels::motion(9.0, 30.0).unwrap();
    let reflect = Blur::from_psf(motion.view(), shape, Boundary::Reflect).unwrap();
    let valid = || ValidBlur::from_psf(motion.view(), shape).unwrap();
    let bicubic = Box::new(Bicubic::new(2, [3, 2 * height, 2 * width]).unwrap());
    let mixing = Callback::new(
        shape,
        [1, height, width],
        true,
        Box::new(|x, mut out| {
            out.assign(&x.sum_axis(Axis(0)).insert_axis(Axis(0)));
            Ok(())
        }),
        Box::new(|_, u, mut out| {
            let shape = out.raw_dim();
            out.assign(&u.broadcast(shape).unwrap());
            Ok(())
        }),
    );
    let with_gaps = valid().completed_to(1e-9);
    vec![
        ("motion, reflect".into(), Box::new(reflect)),
        ("motion, valid".into(), Box::new(valid().completed_to(1e-9))),
        (
            "motion, valid with gaps".into(),
            Box::new(with_gaps.ignoring(ignored.view()).unwrap()),
        ),
        (
            "bicubic with gaps".into(),
            Box::new(Ignoring::new(bicubic, ignored.view()).unwrap()),
        ),
        ("sum of channels".into(), Box::new(mixing)),
    ]
}

/// The minimiser of |y − Ax|² + ρ|x − v|² by conjugate gradients on its normal equations.
fn minimiser(
    operator: &dyn Operator<f64>,
    y: &Array3<f64>,
    start: &Array3<f64>,
    rho: f64,
) -> Array3<f64> {
    let normal = |x: &Array3<f64>| {
        let mut y = Array3::zeros(operator.output_shape());
        operator.measure(x.view(), y.view_mut()).unwrap();
        let mut back = Array3::zeros(operator.input_shape());
        operator
            .adjoint(x.view(), y.view(), back.view_mut())
            .unwrap();
        back
    };
    let mut right = Array3::zeros(operator.input_shape());
    operator
        .adjoint(start.view(), y.view(), right.view_mut())
        .unwrap();
    let mut residual = right - normal(start);
    let mut change = Array3::zeros(start.raw_dim());
    let mut direction = residual.clone();
    let mut square = (&residual * &residual).sum();
    let least = 1e-28 * square;
    for _ in 0..5000 {
        if square <= least {
            break;
        }
        let image = normal(&direction) + &(&direction * rho);
        let length = square / (&direction * &image).sum();
        change.scaled_add(length, &direction);
        residual.scaled_add(-length, &image);
        let left = (&residual * &residual).sum();
        direction = &residual + &(&direction * (left / square));
        square = left;
    }
    start + &change
}

/// Solves in f64 and f32 and returns the largest distances from the minimiser.
fn proximal_errors(exact: &dyn Operator<f64>, rounded: &dyn Operator<f32>, rho: f64) -> [f64; 2] {
    let start = picture::<f64>(exact.input_shape(), 1);
    let truth = picture::<f64>(exact.input_shape(), 2);
    let mut y = Array3::zeros(exact.output_shape());
    exact.measure(truth.view(), y.view_mut()).unwrap();
    y.scaled_add(0.02, &picture::<f64>(exact.output_shape(), 3));
    let expected = minimiser(exact, &y, &start, rho);
    assert!(worst(&expected, &start) > 1e-3, "nothing to solve");
    let step = DataStep::Proximal {
        rho: Rho::Uniform(rho),
    };
    let cancel = Cancel::new();
    let mut x = start.clone();
    data_step(exact, y.view(), &mut x, &step, &cancel).unwrap();
    let (mut single, y) = (start.mapv(|v| v as f32), y.mapv(|v| v as f32));
    data_step(rounded, y.view(), &mut single, &step, &cancel).unwrap();
    [
        worst(&x, &expected),
        worst(&single.mapv(f64::from), &expected),
    ]
}

#[test]
fn proximal_closed_forms_give_the_minimiser() {
    for size in [[37, 53], [32, 32], [1, 1], [1, 100], [3, 2]] {
        for rho in [0.3, 3e-3] {
            let both = operators::<f64>(size)
                .into_iter()
                .zip(operators::<f32>(size));
            for ((name, _, exact), (_, _, rounded)) in both {
                let accuracy = |solver: &dyn dcdp::operators::Solver<f64>| {
                    solver.accuracy(&Gain::Proximal(&Rho::Uniform(rho)))
                };
                assert_eq!(
                    exact.solver().and_then(accuracy),
                    Some(Accuracy::Exact),
                    "{name}"
                );
                let [double, single] = proximal_errors(&*exact, &*rounded, rho);
                assert!(double <= 1e-9, "{name} on {size:?}, rho {rho}: {double:e}");
                assert!(single <= 2e-5, "{name} on {size:?}, rho {rho}: {single:e}");
            }
        }
    }
}

#[test]
fn iterated_proximal_steps_come_near_the_minimiser() {
    for size in [[37, 53], [1, 40]] {
        for rho in [0.3, 3e-3] {
            let both = iterated::<f64>(size).into_iter().zip(iterated::<f32>(size));
            for ((name, exact), (_, rounded)) in both {
                let solver = exact.solver();
                let accuracy = solver.and_then(|s| s.accuracy(&Gain::Proximal(&Rho::Uniform(rho))));
                assert_ne!(accuracy, Some(Accuracy::Exact), "{name}");
                let [double, single] = proximal_errors(&*exact, &*rounded, rho);
                assert!(double <= 1e-3, "{name} on {size:?}, rho {rho}: {double:e}");
                assert!(single <= 1e-3, "{name} on {size:?}, rho {rho}: {single:e}");
            }
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
        let error = worst(&closed, &looped);
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
    assert!(worst(&x, &hidden) <= 1e-5);
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
    assert!(worst(&x, &truth.mapv(|value| value.clamp(-0.5, 0.5))) < 1e-5);
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
    assert!(worst(&seen, &y) < 1e-4);
    let bound = stability_bound(&sum, &settings).unwrap().unwrap();
    assert!((0.666..0.6667).contains(&bound), "{bound}");
}

#[test]
fn unstable_steps_are_refused_with_the_bound() {
    let shape = [3, 20, 30];
    let operator = Identity::new(shape);
    let settings = |step, weight_decay| Settings {
        step,
        weight_decay,
        ..Settings::default()
    };
    assert!(check_step::<f32>(&operator, &settings(3.79, 0.0)).is_ok());
    let error = check_step::<f32>(&operator, &settings(3.81, 0.0)).unwrap_err();
    assert!(matches!(error, Error::UnstableStep { bound, .. } if (bound - 3.8).abs() < 1e-12));
    assert!(check_step::<f32>(&operator, &settings(3.79, 0.1)).is_err());
    let adam = Settings {
        optimizer: Optimizer::Adam,
        ..settings(100.0, 0.0)
    };
    assert!(check_step::<f32>(&operator, &adam).is_ok());
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
        worst(&y, &Array3::zeros(shape))
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
                let step = DataStep::Gradient(Settings { step, ..settings });
                check_data_step(&*operator, &step).unwrap();
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
fn a_proximal_step_needs_a_linear_operator_and_a_real_rho() {
    let shape = [3, 8, 9];
    let clip = GainClip::new(2.0, shape).unwrap();
    let y = picture::<f32>(shape, 1);
    let proximal = |rho| DataStep::Proximal {
        rho: Rho::Uniform(rho),
    };
    let mut x = y.clone();
    let refused = data_step(&clip, y.view(), &mut x, &proximal(0.1), &Cancel::new());
    assert!(matches!(refused, Err(Error::InvalidOption { name, .. }) if name == "data_step"));
    assert!(check_data_step::<f32>(&clip, &proximal(0.1)).is_err());
    let identity = Identity::new(shape);
    for rho in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = data_step(&identity, y.view(), &mut x, &proximal(rho), &Cancel::new());
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{rho}");
    }
    // An exact measurement replaces the picture.
    let mut x = picture::<f32>(shape, 2);
    data_step(&identity, y.view(), &mut x, &proximal(0.0), &Cancel::new()).unwrap();
    assert!(worst(&x, &y) < 1e-6);
}

#[test]
fn a_step_in_linear_light_is_the_step_on_light() {
    let shape = [3, 20, 31];
    let psf = kernels::motion(5.0, 30.0).unwrap();
    let blur = || Box::new(Blur::<f64>::from_psf(psf.view(), shape, Boundary::Circular).unwrap());
    let operator = LinearLight::new(blur());
    // The standard's curve, odd, on values beyond black and white too.
    let decode = |code: f64| {
        let value = 0.5 * code + 0.5;
        let light = match value.abs() {
            low if low <= 0.04045 => low / 12.92,
            high => ((high + 0.055) / 1.055).powf(2.4),
        };
        light.copysign(value)
    };
    let truth = picture::<f64>(shape, 2).mapv(|value| 2.5 * value);
    assert!(truth.iter().any(|value| *value > 1.2) && truth.iter().any(|value| *value < -1.2));
    let mut y = Array3::zeros(shape);
    operator.measure(truth.view(), y.view_mut()).unwrap();
    let mut light = Array3::zeros(shape);
    blur()
        .measure(truth.mapv(decode).view(), light.view_mut())
        .unwrap();
    assert!(worst(&y.mapv(decode), &light) < 1e-12);

    let start = operator.start(y.view()).unwrap();
    assert!(worst(&start, &y) < 1e-12);
    let step = DataStep::Gradient(Settings::default());
    let mut x = start.clone();
    data_step(&operator, y.view(), &mut x, &step, &Cancel::new()).unwrap();
    let mut expected = start.mapv(decode);
    data_step(&*blur(), light.view(), &mut expected, &step, &Cancel::new()).unwrap();
    assert!(worst(&x.mapv(decode), &expected) < 1e-10);

    // Errors are even in codes: the proximal step goes on from the one on light to a better picture there.
    let encode = |light: f64| {
        let code = match light.abs() {
            low if low <= 0.0031308 => 12.92 * low,
            high => 1.055 * high.powf(1.0 / 2.4) - 0.055,
        };
        2.0 * code.copysign(light) - 1.0
    };
    let ordinary = picture::<f64>(shape, 3).mapv(|value| 0.15 + 0.7 * value);
    let mut y = Array3::zeros(shape);
    operator.measure(ordinary.view(), y.view_mut()).unwrap();
    let light = y.mapv(decode);
    for rho in [1e-4, 1e-2] {
        let square = |a: &Array3<f64>, b: &Array3<f64>| (a - b).mapv(|value| value * value).sum();
        let objective = |x: &Array3<f64>| {
            let mut seen = Array3::zeros(shape);
            operator.measure(x.view(), seen.view_mut()).unwrap();
            square(&seen, &y) + rho * square(x, &y)
        };
        let step = DataStep::Proximal {
            rho: Rho::Uniform(rho),
        };
        let mut before = light.clone();
        data_step(&*blur(), light.view(), &mut before, &step, &Cancel::new()).unwrap();
        let before = objective(&before.mapv(encode));
        let mut x = y.clone();
        data_step(&operator, y.view(), &mut x, &step, &Cancel::new()).unwrap();
        assert!(
            objective(&x) < before,
            "ρ {rho}: {} from {before}",
            objective(&x)
        );
    }
}

/// Coloured noise: the weighted minimiser, by frequencies where the operator's modes are some.
#[test]
fn coloured_noise_weighs_frequencies() {
    let shape = [3, 30, 32];
    let nodes = Array3::from_shape_fn((3, 8, 8), |(c, i, j)| {
        0.02 / (1.0 + (i * i + j * j) as f64) * (1 + c) as f64
    });
    let step = DataStep::Proximal {
        rho: Rho::Spectrum(Spectrum::new(nodes.clone()).unwrap()),
    };
    let white = |rho| DataStep::Proximal {
        rho: Rho::Uniform(rho),
    };
    let psf = kernels::motion(5.0, 30.0).unwrap();
    let operators: Vec<Box<dyn Operator<f64>>> = vec![
        Box::new(Identity::new(shape)),
        Box::new(Blur::from_psf(psf.view(), shape, Boundary::Circular).unwrap()),
        Box::new(Blur::from_psf(psf.view(), shape, Boundary::Reflect).unwrap()),
        Box::new(ValidBlur::from_psf(psf.view(), shape).unwrap()),
        Box::new(Bicubic::new(2, [3, 60, 64]).unwrap()),
    ];
    let cancel = Cancel::new();
    // Whether constants measure as constants, and back.
    let plain = [true, true, false, false, true];
    for (index, (operator, plain)) in operators.iter().zip(plain).enumerate() {
        // Constants see the spectrum's first entry, channel by channel.
        let flat = Array3::from_shape_fn(operator.output_shape(), |(c, _, _)| 0.2 * (1 + c) as f64);
        let start = Array3::<f64>::zeros(operator.input_shape());
        let mut x = start.clone();
        data_step(&**operator, flat.view(), &mut x, &step, &cancel).unwrap();
        for channel in (0..3).filter(|_| plain) {
            let mut expected = start.clone();
            let same = white(nodes[[channel, 0, 0]]);
            data_step(&**operator, flat.view(), &mut expected, &same, &cancel).unwrap();
            let [x, expected] = [&x, &expected].map(|x| x.index_axis(Axis(0), channel).to_owned());
            let error = (&x - &expected)
                .mapv(f64::abs)
                .fold(0.0, |a: f64, &b| a.max(b));
            assert!(error < 2e-3, "operator {index}: {error:e}");
        }
        // Fine texture, which the noise spares, is taken over further than under white noise.
        let fine = Array3::from_shape_fn(operator.output_shape(), |(_, i, j)| {
            if (i + j) % 2 == 0 { 0.5 } else { -0.5 }
        });
        let moved = |step: &DataStep| {
            let mut x = start.clone();
            data_step(&**operator, fine.view(), &mut x, step, &cancel).unwrap();
            (&x * &x).sum()
        };
        assert!(
            moved(&step) > 1.01 * moved(&white(0.02)),
            "operator {index}"
        );
    }
    assert!(Spectrum::new(Array3::zeros((1, 8, 8))).is_err());
    assert!(Spectrum::new(Array3::zeros((0, 8, 8))).is_err());
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
            text("boundary").parse()?,
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
                let error = worst(&y, &expected());
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
                    let error = worst(&x, &expected());
                    assert!(error <= 1e-4, "{}: {error:e}", text("file"));
                }
                solved += 1;
            }
            _ => {}
        }
    }
    assert_eq!((measured, solved), (6, 16));
}
