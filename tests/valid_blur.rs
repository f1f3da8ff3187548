//! The blur of a larger scene: its definition, its adjoint, and what completing the scene is worth.

use dcdp::Error;
use dcdp::operators::{Blur, Boundary, Operator, ValidBlur, kernels};
use ndarray::{Array2, Array3, s};

/// Reproducible values in −1…1.
fn noise(shape: [usize; 3], seed: u64) -> Array3<f64> {
    let mut state = seed;
    Array3::from_shape_simple_fn(shape, || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    })
}

fn psfs() -> Vec<Array2<f64>> {
    vec![
        Array2::ones((1, 1)),
        kernels::motion(7.0, 30.0).unwrap(),
        kernels::gaussian(1.3).unwrap(),
        Array2::from_shape_fn((4, 7), |(i, j)| (1 + i + 2 * j) as f64 / 224.0),
    ]
}

fn measure(operator: &ValidBlur<f64>, x: &Array3<f64>) -> Array3<f64> {
    let mut y = Array3::zeros(operator.output_shape());
    operator.measure(x.view(), y.view_mut()).unwrap();
    y
}

#[test]
fn measures_what_no_boundary_decides() {
    for psf in psfs() {
        let operator = ValidBlur::from_psf(psf.view(), [2, 37, 53]).unwrap();
        let [channels, tall, wide] = operator.input_shape();
        let (tops, lefts) = (psf.nrows() / 2, psf.ncols() / 2);
        assert!(tall >= 37 + 2 * tops && wide >= 53 + 2 * lefts);
        let x = noise([channels, tall, wide], 1);
        let y = measure(&operator, &x);
        let (top, left) = ((tall - 37) / 2, (wide - 53) / 2);
        for ((c, i, j), &value) in y.indexed_iter() {
            let terms = psf
                .indexed_iter()
                .map(|((a, b), &tap)| tap * x[[c, top + i + tops - a, left + j + lefts - b]]);
            assert!((terms.sum::<f64>() - value).abs() < 1e-12);
        }
    }
}

#[test]
fn its_adjoint_is_exact() {
    for psf in psfs() {
        for [height, width] in [[37, 53], [1, 1], [1, 500], [3, 2]] {
            let operator = ValidBlur::from_psf(psf.view(), [3, height, width]).unwrap();
            let x = noise(operator.input_shape(), 1);
            let u = noise(operator.output_shape(), 2);
            let mut back = noise(operator.input_shape(), 3);
            operator
                .adjoint(x.view(), u.view(), back.view_mut())
                .unwrap();
            let (forward, backward) = ((&measure(&operator, &x) * &u).sum(), (&x * &back).sum());
            assert!((forward - backward).abs() < 1e-10 * (1.0 + forward.abs()));
        }
    }
}

/// |Bx − y|² + γ|x − v|².
fn objective(operator: &ValidBlur<f64>, x: &Array3<f64>, y: &Array3<f64>, gamma: f64) -> f64 {
    let misfit = measure(operator, x) - y;
    (&misfit * &misfit).sum() + gamma * (x * x).sum()
}

/// A correction with q(λ) = 1/(λ + γ) is the minimiser of the objective, up to the completion's few steps.
#[test]
fn a_correction_is_nearly_the_proximal_step() {
    for (psf, gamma) in psfs().into_iter().zip([0.3, 0.003, 0.003, 0.01]) {
        let operator = ValidBlur::from_psf(psf.view(), [1, 40, 31]).unwrap();
        let scene = noise(operator.input_shape(), 4);
        let y = measure(&operator, &scene);
        let form = operator.spectral().unwrap();
        let mut x = Array3::zeros(operator.input_shape());
        let q = |lambda: f64| 1.0 / (lambda + gamma);
        form.correct(x.view_mut(), y.view(), &q, &|| Ok(()))
            .unwrap();

        // The minimum, by gradient descent.
        let mut best = x.clone();
        let mut gradient = Array3::zeros(operator.input_shape());
        for _ in 0..4000 {
            let misfit = measure(&operator, &best) - &y;
            operator
                .adjoint(best.view(), misfit.view(), gradient.view_mut())
                .unwrap();
            best = &best - &((&gradient + &(gamma * &best)) * 0.9);
        }
        let (found, least) = (
            objective(&operator, &x, &y, gamma),
            objective(&operator, &best, &y, gamma),
        );
        assert!(found <= 1.2 * least, "{found} against {least}");
        // With many steps it is the minimiser, also in buffers that another correction has used.
        let patient = ValidBlur::from_psf(psf.view(), [1, 40, 31]).unwrap();
        let patient = patient.completed(1000);
        for _ in 0..2 {
            let mut x = Array3::zeros(operator.input_shape());
            let form = patient.spectral().unwrap();
            form.correct(x.view_mut(), y.view(), &q, &|| Ok(()))
                .unwrap();
            let found = objective(&operator, &x, &y, gamma);
            assert!(found <= 1.001 * least, "{found} against {least}");
        }

        // What a canvas that takes the surroundings for black would reach.
        let [_, tall, wide] = operator.input_shape();
        let circular =
            Blur::from_psf(psf.view(), operator.input_shape(), Boundary::Circular).unwrap();
        let mut black = Array3::zeros(operator.input_shape());
        let (top, left) = ((tall - 40) / 2, (wide - 31) / 2);
        let window = s![.., top..top + 40, left..left + 31];
        black.slice_mut(window).assign(&y);
        let mut naive = Array3::zeros(operator.input_shape());
        let form = circular.spectral().unwrap();
        form.correct(naive.view_mut(), black.view(), &q, &|| Ok(()))
            .unwrap();
        let naive = objective(&operator, &naive, &y, gamma);
        // The completion recovers more than half of what that loses.
        let lost = naive - least;
        assert!(
            found - least <= 0.5 * lost + 1e-9 * least,
            "{found} between {least} and {naive}"
        );
    }
}

#[test]
fn a_correction_ends_when_asked_to() {
    let psf = kernels::motion(7.0, 30.0).unwrap();
    let operator = ValidBlur::<f64>::from_psf(psf.view(), [1, 40, 31]).unwrap();
    let mut x = Array3::zeros(operator.input_shape());
    let y = noise(operator.output_shape(), 1);
    let form = operator.spectral().unwrap();
    let result = form.correct(x.view_mut(), y.view(), &|_| 1.0, &|| Err(Error::Cancelled));
    assert!(matches!(result, Err(Error::Cancelled)));
}
