//! Proximal steps against minimisers found another way, on codes, in light, and under coloured noise.

use crate::arrays::largest_difference;
use crate::steps::{holes, operators, picture};
use dcdp::Error;
use dcdp::operators::{
    Accuracy, Bicubic, Blur, Boundary, Callback, Gain, GainClip, Identity, Ignoring, LinearLight,
    Operator, Rho, Spectrum, ValidBlur, kernels,
};
use dcdp::runtime::Cancel;
use dcdp::testing::data_consistency::{DataStep, Settings, data_step};
use dcdp::testing::math::Real;
use ndarray::{Array3, Axis, Zip};

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
    assert!(
        largest_difference(&expected, &start) > 1e-3,
        "nothing to solve"
    );
    let step = DataStep::Proximal {
        rho: Rho::Uniform(rho),
        sigma: 0.3,
    };
    let cancel = Cancel::new();
    let mut x = start.clone();
    data_step(exact, y.view(), &mut x, &step, &cancel).unwrap();
    let (mut single, y) = (start.mapv(|v| v as f32), y.mapv(|v| v as f32));
    data_step(rounded, y.view(), &mut single, &step, &cancel).unwrap();
    [
        largest_difference(&x, &expected),
        largest_difference(&single.mapv(f64::from), &expected),
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

#[test]
fn a_proximal_step_needs_a_linear_operator_and_a_real_rho() {
    let shape = [3, 8, 9];
    let clip = GainClip::new(2.0, shape).unwrap();
    let y = picture::<f32>(shape, 1);
    let proximal = |rho| DataStep::Proximal {
        rho: Rho::Uniform(rho),
        sigma: 0.3,
    };
    let mut x = y.clone();
    let refused = data_step(&clip, y.view(), &mut x, &proximal(0.1), &Cancel::new());
    assert!(matches!(refused, Err(Error::InvalidOption { name, .. }) if name == "data_step"));
    let identity = Identity::new(shape);
    for rho in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = data_step(&identity, y.view(), &mut x, &proximal(rho), &Cancel::new());
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{rho}");
    }
    // An exact measurement replaces the picture.
    let mut x = picture::<f32>(shape, 2);
    data_step(&identity, y.view(), &mut x, &proximal(0.0), &Cancel::new()).unwrap();
    assert!(largest_difference(&x, &y) < 1e-6);
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
    assert!(largest_difference(&y.mapv(decode), &light) < 1e-12);

    let start = operator.start(y.view()).unwrap();
    assert!(largest_difference(&start, &y) < 1e-12);
    let step = DataStep::Gradient(Settings::default());
    let mut x = start.clone();
    data_step(&operator, y.view(), &mut x, &step, &Cancel::new()).unwrap();
    let mut expected = start.mapv(decode);
    data_step(&*blur(), light.view(), &mut expected, &step, &Cancel::new()).unwrap();
    assert!(largest_difference(&x.mapv(decode), &expected) < 1e-10);

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
    let square = |a: &Array3<f64>, b: &Array3<f64>| (a - b).mapv(|value| value * value).sum();
    let objective = |x: &Array3<f64>, v: &Array3<f64>, rho: f64| {
        let mut seen = Array3::zeros(shape);
        operator.measure(x.view(), seen.view_mut()).unwrap();
        square(&seen, &y) + rho * square(x, v)
    };
    let moved = |v: &Array3<f64>, rho: f64, sigma: f64| {
        let step = DataStep::Proximal {
            rho: Rho::Uniform(rho),
            sigma,
        };
        let mut light_only = v.mapv(decode);
        data_step(
            &*blur(),
            light.view(),
            &mut light_only,
            &step,
            &Cancel::new(),
        )
        .unwrap();
        let mut x = v.clone();
        data_step(&operator, y.view(), &mut x, &step, &Cancel::new()).unwrap();
        (light_only.mapv(encode), x)
    };
    for rho in [1e-4, 1e-3] {
        let (before, after) = moved(&y, rho, 0.3);
        let (before, after) = (objective(&before, &y, rho), objective(&after, &y, rho));
        assert!(after < before, "ρ {rho}: {after} from {before}");
    }
    // Later rounds are near the picture: they take what the operator makes of v for exact, and its linear part for the
    // slope. They come nearer to what was measured, and stay where it is met.
    let close = Zip::from(&ordinary)
        .and(&picture::<f64>(shape, 5))
        .map_collect(|&value, &error| value + 0.01 * error);
    for rho in [1e-2, 0.1] {
        let x = moved(&close, rho, 0.05).1;
        let mut misfit = Array3::zeros(shape);
        operator.measure(close.view(), misfit.view_mut()).unwrap();
        let change = &x - &close;
        let mut seen = Array3::zeros(shape);
        blur().measure(change.view(), seen.view_mut()).unwrap();
        misfit += &(seen - &y);
        let mut slope = Array3::zeros(shape);
        blur()
            .adjoint(close.view(), misfit.view(), slope.view_mut())
            .unwrap();
        slope.scaled_add(rho, &change);
        assert!(largest_difference(&slope, &Array3::zeros(shape)) < 1e-12);
        let after = objective(&x, &close, rho);
        let before = objective(&close, &close, rho);
        assert!(after < 0.5 * before, "ρ {rho}: {after} from {before}");
        assert!(largest_difference(&moved(&ordinary, rho, 0.05).1, &ordinary) < 1e-12);
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
        sigma: 0.3,
    };
    let white = |rho| DataStep::Proximal {
        rho: Rho::Uniform(rho),
        sigma: 0.3,
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
