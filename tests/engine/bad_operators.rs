//! Operators that nobody can make, and those that a careless caller may.

use crate::arrays::{dot, noise, norm};
use crate::operators::BOUNDARIES;
use dcdp::operators::{Bicubic, Blur, Boundary, Mask, Operator, kernels};
use dcdp::{Error, Result};
use ndarray::Array2;
use proptest::prelude::*;

#[test]
fn bad_operators_are_refused_with_their_name() {
    let shape = [3, 4, 5];
    let fails = |psf: Array2<f64>| {
        let error = Blur::<f32>::from_psf(psf.view(), shape, Boundary::Reflect).err();
        assert!(error.unwrap().to_string().starts_with("kernel: "));
    };
    fails(Array2::zeros((3, 3)));
    fails(Array2::zeros((0, 3)));
    fails(Array2::from_elem((3, 3), f64::NAN));
    fails(ndarray::array![[f64::INFINITY, f64::NEG_INFINITY]]);
    fails(ndarray::array![[1.0, -2.0]]);
    for sigma in [0.0, -1.0, f64::NAN] {
        assert!(Blur::<f32>::gaussian(sigma, shape, Boundary::Reflect).is_err());
    }
    assert!(Blur::<f32>::motion(0.5, 0.0, shape, Boundary::Reflect).is_err());
    assert!(Bicubic::<f32>::new(0, shape).is_err());
    assert!(Mask::new(Array2::<f32>::ones((5, 4)), shape).is_err());
    assert!(Mask::new(Array2::<f32>::from_elem((4, 5), 1.5), shape).is_err());
    assert!(Mask::new(Array2::<f32>::from_elem((4, 5), f32::NAN), shape).is_err());
}

/// Numbers a careless caller may pass.
fn absurd() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -2.0..40.0,
        1 => proptest::num::f64::ANY,
        1 => proptest::sample::select(vec![
            0.0, -0.0, f64::MIN_POSITIVE, f64::EPSILON, 1e12, 1e300, f64::MAX, f64::INFINITY, f64::NAN,
        ]),
    ]
}

/// A refusal that says what was wrong, or an operator of norm about `size` that works.
fn refused_or_sound<A: Operator<f32> + 'static>(result: Result<A>, size: f64) {
    let operator = match result {
        Ok(operator) => operator,
        Err(Error::InvalidOption { .. } | Error::InvalidImage(_)) => return,
        Err(other) => panic!("{other}"),
    };
    let (x, u) = (
        noise(operator.input_shape(), 1),
        noise(operator.output_shape(), 2),
    );
    let (mut y, mut back) = (u.clone(), x.clone());
    operator.measure(x.view(), y.view_mut()).unwrap();
    operator
        .adjoint(x.view(), u.view(), back.view_mut())
        .unwrap();
    let error = (dot(&y, &u) - dot(&x, &back)).abs() / (size * norm(&x) * norm(&u));
    assert!(error < 1e-5, "{error}");
    let lambda_max = operator.lambda_max().unwrap_or_default();
    assert!(lambda_max.is_finite() && lambda_max >= 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn absurd_arguments_are_refused_or_work(
        (first, second) in (absurd(), absurd()),
        [channels, height, width] in [0usize..4, 0usize..20, 0usize..20],
        boundary in proptest::sample::select(BOUNDARIES.to_vec()),
        (rows, columns) in (0usize..50, 0usize..50),
        values in proptest::collection::vec(absurd(), 1..6),
        factor in prop_oneof![0usize..9, Just(1024), Just(usize::MAX)],
        seed: u64,
    ) {
        let shape = [channels, height, width];
        refused_or_sound(Blur::gaussian(first, shape, boundary), 1.0);
        refused_or_sound(Blur::motion(first, second, shape, boundary), 1.0);
        refused_or_sound(Bicubic::new(factor, shape), 1.0);
        let psf = Array2::from_shape_fn((rows, columns), |(i, j)| {
            values[(i * columns + j) % values.len()]
        });
        let size: f64 = psf.iter().map(|value| value.abs()).sum();
        refused_or_sound(Blur::from_psf(psf.view(), shape, boundary), size);
        refused_or_sound(Blur::from_correlation_kernel(psf.view(), shape, boundary), size);
        let mask = psf.mapv(|value| value as f32);
        refused_or_sound(Mask::new(mask.clone(), shape), 1.0);
        refused_or_sound(Mask::new(mask, [3, rows, columns]), 1.0);
        let psf = kernels::random_motion(rows, first, seed);
        prop_assert!((psf.sum() - 1.0).abs() < 1e-9);
    }
}
