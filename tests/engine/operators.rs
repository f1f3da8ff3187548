//! Operators against their definitions, and their adjoints against the dot-product test.

use crate::arrays::{dot, largest_difference, noise, norm};
use dcdp::operators::{
    Bicubic, Blur, Boundary, Callback, GainClip, Identity, LinearLight, Mask, Operator, kernels,
};
use dcdp::testing::math::Real;
use ndarray::{Array2, Array3, ArrayView2};

/// ⟨Jv, u⟩ = ⟨v, Jᵀu⟩ relative to the vectors' lengths.
fn adjoint_error<T: Real>(operator: &dyn Operator<T>) -> f64 {
    let (input, output) = (operator.input_shape(), operator.output_shape());
    let (x, u) = (noise::<T>(input, 1), noise::<T>(output, 2));
    let mut measured = Array3::zeros(output);
    operator.measure(x.view(), measured.view_mut()).unwrap();
    let mut back = noise::<T>(input, 3); // must be overwritten
    operator
        .adjoint(x.view(), u.view(), back.view_mut())
        .unwrap();
    let scale = norm(&measured) * norm(&u) + norm(&x) * norm(&back) + 1e-30;
    (dot(&measured, &u) - dot(&x, &back)).abs() / scale
}

const SIZES: [[usize; 2]; 7] = [
    [37, 53],
    [64, 64],
    [1, 1],
    [1, 500],
    [3, 2],
    [9, 1],
    [16, 30],
];
pub const BOUNDARIES: [Boundary; 3] = [Boundary::Reflect, Boundary::Symmetric, Boundary::Circular];

fn psfs() -> Vec<(&'static str, Array2<f64>)> {
    let random = |height: usize, width: usize| {
        let mut psf = noise::<f64>([1, height, width], 9)
            .index_axis_move(ndarray::Axis(0), 0)
            .mapv(|value| value + 1.2);
        psf /= psf.sum();
        psf
    };
    vec![
        ("one pixel", Array2::ones((1, 1))),
        ("odd 5x3", random(5, 3)),
        ("even 4x6", random(4, 6)),
        ("large 61x61", kernels::random_motion(61, 0.5, 7)),
        ("large even 30x12", random(30, 12)),
        ("motion", kernels::motion(21.0, 30.0).unwrap()),
    ]
}

fn every_linear_operator<T: Real>() -> Vec<(String, Box<dyn Operator<T>>)> {
    let mut all: Vec<(String, Box<dyn Operator<T>>)> = Vec::new();
    for [height, width] in SIZES {
        let shape = [3, height, width];
        let mut add = |name: String, operator: Box<dyn Operator<T>>| {
            all.push((format!("{name} on {height}x{width}"), operator));
        };
        add("identity".into(), Box::new(Identity::new(shape)));
        let mask = noise::<T>([1, height, width], 5).index_axis_move(ndarray::Axis(0), 0);
        let mask = mask.mapv(|value| value.max(T::zero()));
        add("mask".into(), Box::new(Mask::new(mask, shape).unwrap()));
        for factor in [1, 2, 3, 4, 8] {
            let operator = Bicubic::new(factor, shape).unwrap();
            add(format!("bicubic ×{factor}"), Box::new(operator));
            let operator = Bicubic::soft(factor, shape).unwrap();
            add(format!("soft bicubic ×{factor}"), Box::new(operator));
        }
        for boundary in BOUNDARIES {
            for (name, psf) in psfs() {
                let blur = Blur::from_psf(psf.view(), shape, boundary).unwrap();
                add(format!("{name}, {boundary:?}"), Box::new(blur));
                let blur = Blur::from_correlation_kernel(psf.view(), shape, boundary).unwrap();
                add(format!("{name} correlated, {boundary:?}"), Box::new(blur));
            }
            for sigma in [0.05, 0.8, 3.0, 20.0] {
                let blur = Blur::gaussian(sigma, shape, boundary).unwrap();
                add(format!("gaussian {sigma}, {boundary:?}"), Box::new(blur));
            }
        }
    }
    all
}

#[test]
fn adjoints_are_exact() {
    for (name, operator) in every_linear_operator::<f64>() {
        let error = adjoint_error(&*operator);
        assert!(error < 1e-12, "{name}: {error:e}");
    }
    for (name, operator) in every_linear_operator::<f32>() {
        let error = adjoint_error(&*operator);
        assert!(error < 1e-5, "{name}: {error:e}");
    }
}

/// The definition: `y[i] = Σ_t psf[t]·x[i − (t − centre)]`.
fn convolved(
    psf: ArrayView2<'_, f64>,
    centre: [isize; 2],
    boundary: Boundary,
    x: &Array3<f64>,
) -> Array3<f64> {
    let (_, height, width) = x.dim();
    Array3::from_shape_fn(x.dim(), |(channel, i, j)| {
        psf.indexed_iter()
            .map(|((row, column), value)| {
                let i = boundary.source(i as isize - (row as isize - centre[0]), height);
                let j = boundary.source(j as isize - (column as isize - centre[1]), width);
                value * x[[channel, i, j]]
            })
            .sum()
    })
}

#[test]
fn blur_is_its_definition() {
    for [height, width] in SIZES {
        let shape = [2, height, width];
        let x = noise::<f64>(shape, 4);
        for boundary in BOUNDARIES {
            for (name, psf) in psfs() {
                let (h, w) = (psf.nrows() as isize, psf.ncols() as isize);
                let mut y = Array3::zeros(shape);
                let blur = Blur::from_psf(psf.view(), shape, boundary).unwrap();
                blur.measure(x.view(), y.view_mut()).unwrap();
                let error =
                    largest_difference(&y, &convolved(psf.view(), [h / 2, w / 2], boundary, &x));
                assert!(
                    error < 1e-12,
                    "{name} {boundary:?} {height}x{width}: {error:e}"
                );
                // A correlation looks the other way, from the same centre.
                let blur = Blur::from_correlation_kernel(psf.view(), shape, boundary).unwrap();
                blur.measure(x.view(), y.view_mut()).unwrap();
                let flipped = psf.slice(ndarray::s![..;-1, ..;-1]);
                let centre = [h - 1 - h / 2, w - 1 - w / 2];
                let error = largest_difference(&y, &convolved(flipped, centre, boundary, &x));
                assert!(error < 1e-12, "{name} {boundary:?} correlated: {error:e}");
            }
        }
    }
}

#[test]
fn a_point_becomes_the_point_spread_function() {
    let psf = ndarray::array![[0.0, 0.1, 0.2], [0.0, 0.3, 0.0], [0.4, 0.0, 0.0]];
    let mut x = Array3::<f64>::zeros([1, 7, 7]);
    x[[0, 3, 3]] = 1.0;
    let mut y = Array3::zeros([1, 7, 7]);
    let blur = Blur::from_psf(psf.view(), [1, 7, 7], Boundary::Reflect).unwrap();
    blur.measure(x.view(), y.view_mut()).unwrap();
    assert_eq!(y.slice(ndarray::s![0, 2..5, 2..5]), psf);
}

#[test]
fn blur_reads_strided_pictures() {
    let shape = [3, 12, 17];
    let interleaved = noise::<f32>([12, 17, 3], 8);
    let planar = interleaved.view().permuted_axes([2, 0, 1]);
    for psf in [
        kernels::motion(9.0, 20.0).unwrap(),
        kernels::random_motion(61, 0.5, 1),
    ] {
        let blur = Blur::from_psf(psf.view(), shape, Boundary::Reflect).unwrap();
        let (mut a, mut b) = (Array3::zeros(shape), Array3::zeros(shape));
        blur.measure(planar, a.view_mut()).unwrap();
        let copy = planar.as_standard_layout().to_owned();
        blur.measure(copy.view(), b.view_mut()).unwrap();
        assert_eq!(a, b);
    }
}

#[test]
fn bicubic_keeps_constants_lines_and_centres() {
    for (factor, height, width) in [(2, 8, 12), (3, 37, 53), (4, 30, 33), (5, 1, 7), (8, 3, 2)] {
        let shape = [1, height, width];
        let operator = Bicubic::<f64>::new(factor, shape).unwrap();
        let [_, rows, columns] = Operator::output_shape(&operator);
        assert_eq!(
            [rows, columns],
            [height.div_ceil(factor), width.div_ceil(factor)]
        );
        let mut y = Array3::zeros([1, rows, columns]);
        operator
            .measure(Array3::from_elem(shape, 0.7).view(), y.view_mut())
            .unwrap();
        assert!(y.iter().all(|value| (value - 0.7).abs() < 1e-12));
        // A ramp is sampled at the centre of each block, away from the edges.
        let ramp = Array3::from_shape_fn(shape, |(_, i, j)| i as f64 + 100.0 * j as f64);
        operator.measure(ramp.view(), y.view_mut()).unwrap();
        let centre = |index: usize| (factor * index) as f64 + (factor as f64 - 1.0) / 2.0;
        for ((_, i, j), value) in y.indexed_iter() {
            let inside = |index: usize, size: usize| index >= 2 && factor * (index + 3) <= size;
            if inside(i, height) && inside(j, width) {
                assert!((value - centre(i) - 100.0 * centre(j)).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn gain_and_clip_differentiates_itself() {
    let shape = [3, 5, 6];
    let operator = GainClip::new(2.0, shape).unwrap();
    let (x, v) = (noise::<f64>(shape, 1), noise::<f64>(shape, 2));
    let u = noise::<f64>(shape, 3);
    let at = |t: f64| {
        let mut y = Array3::zeros(shape);
        operator
            .measure((&x + &(&v * t)).view(), y.view_mut())
            .unwrap();
        y
    };
    let step = 1e-7;
    let derivative = (at(step) - at(-step)) / (2.0 * step);
    let mut back = Array3::zeros(shape);
    operator
        .adjoint(x.view(), u.view(), back.view_mut())
        .unwrap();
    assert!((dot(&derivative, &u) - dot(&v, &back)).abs() < 1e-6);
    assert!(at(0.0).iter().any(|value| *value == 1.0), "nothing clipped");
    assert!(!Operator::<f64>::is_linear(&operator));
    assert!(GainClip::new(0.0, shape).is_err());
}

#[test]
fn callbacks_reach_the_closures() {
    let operator = Callback::<f32>::new(
        [1, 2, 2],
        [1, 2, 1],
        true,
        Box::new(|x, mut out| {
            out.assign(&x.slice(ndarray::s![.., .., ..1]));
            Ok(())
        }),
        Box::new(|_, u, mut out| {
            out.fill(0.0);
            out.slice_mut(ndarray::s![.., .., ..1]).assign(&u);
            Ok(())
        }),
    );
    assert!(adjoint_error(&operator) < 1e-6);
}

#[test]
fn lambda_max_bounds_what_the_operator_does() {
    for (name, operator) in every_linear_operator::<f64>() {
        let lambda = match operator.lambda_max() {
            Some(lambda) => lambda,
            None => continue,
        };
        let mut x = noise::<f64>(operator.input_shape(), 6).mapv(|value| value + 1.0);
        let mut reached = 0.0;
        for _ in 0..60 {
            x /= norm(&x);
            let mut y = Array3::zeros(operator.output_shape());
            operator.measure(x.view(), y.view_mut()).unwrap();
            reached = dot(&y, &y);
            let at = x.clone();
            operator.adjoint(at.view(), y.view(), x.view_mut()).unwrap();
            if norm(&x) == 0.0 {
                break;
            }
        }
        assert!(
            reached <= lambda * (1.0 + 1e-3) + 1e-12,
            "{name}: {reached} of {lambda}"
        );
        assert!(reached >= lambda * 0.97, "{name}: {reached} of {lambda}");
    }
}

#[test]
fn soft_sampling_blurs_first() {
    let shape = [2, 37, 48];
    let x = noise::<f64>(shape, 1);
    for factor in [2, 3, 4] {
        let blur = Blur::gaussian(0.3 * factor as f64, shape, Boundary::Symmetric).unwrap();
        let mut blurred = Array3::zeros(shape);
        blur.measure(x.view(), blurred.view_mut()).unwrap();
        let sharp = Bicubic::new(factor, shape).unwrap();
        let soft = Bicubic::soft(factor, shape).unwrap();
        let mut expected = Array3::zeros(Operator::<f64>::output_shape(&sharp));
        let mut found = expected.clone();
        sharp.measure(blurred.view(), expected.view_mut()).unwrap();
        soft.measure(x.view(), found.view_mut()).unwrap();
        let error = (found - expected)
            .mapv(f64::abs)
            .fold(0.0, |a: f64, &b| a.max(b));
        assert!(error < 1e-12, "×{factor}: {error:e}");
    }
}

/// Starts are the measurement, of the picture's size.
#[test]
fn starts_resemble_the_picture() {
    let shape = [3, 24, 32];
    let smooth = Array3::from_shape_fn(shape, |(c, i, j)| {
        0.3 * ((i as f64 / 9.0).sin() + (j as f64 / 7.0 + c as f64).cos())
    });
    let mean = noise::<f64>(shape, 1).mapv(|_| 0.5);
    let scaled = Callback::<f64>::new(
        shape,
        shape,
        true,
        Box::new(move |x, mut out| {
            out.assign(&(&x * &mean * 6.0));
            Ok(())
        }),
        Box::new(|_, u, mut out| {
            out.assign(&(&u * 3.0));
            Ok(())
        }),
    );
    let operators: Vec<Box<dyn Operator<f64>>> = vec![
        Box::new(Identity::new(shape)),
        Box::new(Mask::new(Array2::from_elem((24, 32), 0.25), shape).unwrap()),
        Box::new(Blur::gaussian(0.7, shape, Boundary::Reflect).unwrap()),
        Box::new(Bicubic::new(2, shape).unwrap()),
        Box::new(Bicubic::soft(3, shape).unwrap()),
        Box::new(LinearLight::new(Box::new(Bicubic::new(2, shape).unwrap()))),
        Box::new(GainClip::new(0.5, shape).unwrap()),
        Box::new(scaled),
    ];
    for (index, operator) in operators.iter().enumerate() {
        let mut y = Array3::zeros(operator.output_shape());
        operator.measure(smooth.view(), y.view_mut()).unwrap();
        let start = operator.start(y.view()).unwrap();
        assert_eq!(start.shape(), shape);
        let inside = ndarray::s![.., 4..20, 4..28];
        let error = (&start - &smooth).slice(inside).mapv(f64::abs);
        let worst = error.fold(0.0, |a: f64, &b| a.max(b));
        assert!(worst < 0.02, "operator {index}: {worst}");
        assert_eq!(operator.visible(start.view()).shape(), shape);
    }
}
