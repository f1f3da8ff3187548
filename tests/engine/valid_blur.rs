//! The blur of a larger scene: its definition, its adjoint, and what completing the scene is worth.

use crate::arrays::noise;
use dcdp::Error;
use dcdp::operators::{Blur, Boundary, Gain, Operator, Rho, ValidBlur, kernels};
use ndarray::{Array2, Array3, s};

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
        let solver = operator.solver().unwrap();
        let mut x = Array3::zeros(operator.input_shape());
        let rho = Rho::Uniform(gamma);
        let gain = Gain::Proximal(&rho);
        solver
            .correct(x.view_mut(), y.view(), &gain, &|| Ok(()))
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
        assert!(found <= 1.02 * least, "{found} against {least}");
        // With many steps it is the minimiser, also in buffers that another correction has used.
        let patient = ValidBlur::from_psf(psf.view(), [1, 40, 31]).unwrap();
        let patient = patient.completed_to(0.0);
        for _ in 0..2 {
            let mut x = Array3::zeros(operator.input_shape());
            let solver = patient.solver().unwrap();
            solver
                .correct(x.view_mut(), y.view(), &gain, &|| Ok(()))
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
        let solver = circular.solver().unwrap();
        solver
            .correct(naive.view_mut(), black.view(), &gain, &|| Ok(()))
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

/// A third of the measurement marked as no data, in blots and single pixels.
fn ignored([_, height, width]: [usize; 3]) -> Array2<bool> {
    Array2::from_shape_fn((height, width), |(i, j)| {
        (i / 4 + j / 5) % 4 == 0 || (i * 7 + j * 3) % 13 == 0
    })
}

#[test]
fn ignored_pixels_are_no_data() {
    for psf in psfs() {
        let shape = [2, 37, 29];
        let ignored = ignored(shape);
        let operator = ValidBlur::from_psf(psf.view(), shape).unwrap();
        let whole = ValidBlur::from_psf(psf.view(), shape).unwrap();
        let operator = operator.ignoring(ignored.view()).unwrap();
        // They measure nothing, everything else is as before, and the adjoint is exact.
        let x = noise(operator.input_shape(), 1);
        let (y, all) = (measure(&operator, &x), measure(&whole, &x));
        for ((c, i, j), &value) in y.indexed_iter() {
            let expected = if ignored[[i, j]] { 0.0 } else { all[[c, i, j]] };
            assert!((value - expected).abs() < 1e-12);
        }
        let u = noise(shape, 2);
        let mut back = noise(operator.input_shape(), 3);
        operator
            .adjoint(x.view(), u.view(), back.view_mut())
            .unwrap();
        let (forward, backward) = ((&y * &u).sum(), (&x * &back).sum());
        assert!((forward - backward).abs() < 1e-10 * (1.0 + forward.abs()));
        // What they hold changes nothing.
        let rho = Rho::Uniform(0.01);
        let solve = |y: &Array3<f64>| {
            let mut x = operator.start(all.view()).unwrap();
            let solver = operator.solver().unwrap();
            solver
                .correct(x.view_mut(), y.view(), &Gain::Proximal(&rho), &|| Ok(()))
                .unwrap();
            x
        };
        let mut spoilt = y.clone();
        for mut plane in spoilt.outer_iter_mut() {
            plane.zip_mut_with(&ignored, |value, &ignored| {
                if ignored {
                    *value = 1e3;
                }
            });
        }
        assert_eq!(solve(&y), solve(&spoilt));
    }
    let operator = ValidBlur::<f64>::from_psf(psfs()[1].view(), [1, 9, 8]).unwrap();
    let wrong = operator.ignoring(Array2::from_elem((8, 9), false).view());
    assert!(matches!(wrong, Err(Error::InvalidImage(_))));
}

/// A street at night: lamps twenty times brighter than the file can say. What is clipped is no data, or
/// else the data step rings around every lamp.
#[test]
fn clipped_lamps_do_not_ring() {
    let psf = kernels::motion(9.0, 30.0).unwrap();
    let operator = || ValidBlur::<f64>::from_psf(psf.view(), [1, 64, 96]).unwrap();
    let [_, tall, wide] = operator().input_shape();
    let lamps = [(20, 30), (40, 75), (52, 22)];
    let distance = |i: usize, j: usize| {
        let to = |&(y, x): &(usize, usize)| (i as f64 - y as f64).hypot(j as f64 - x as f64);
        lamps.iter().map(to).fold(f64::INFINITY, f64::min)
    };
    let scene = Array3::from_shape_fn((1, tall, wide), |(_, i, j)| {
        let street = 0.1 + 0.05 * ((i as f64 / 5.0).sin() * (j as f64 / 7.0).cos());
        if distance(i, j) < 3.0 { 20.0 } else { street }
    });
    let y = measure(&operator(), &scene).mapv(|light| light.min(1.0));
    let clipped = y.index_axis(ndarray::Axis(0), 0).mapv(|light| light >= 1.0);
    let rho = Rho::Uniform(1e-3);
    // Root mean square error away from the lamps, whose own light nobody knows.
    let error = |operator: ValidBlur<f64>| {
        let mut x = operator.start(y.view()).unwrap();
        let solver = operator.solver().unwrap();
        solver
            .correct(x.view_mut(), y.view(), &Gain::Proximal(&rho), &|| Ok(()))
            .unwrap();
        let (mut sum, mut count) = (0.0, 0.0);
        for ((_, i, j), value) in x.indexed_iter() {
            let inside = (8..tall - 8).contains(&i) && (8..wide - 8).contains(&j);
            if inside && distance(i, j) > 9.0 {
                sum += (value - scene[[0, i, j]]).powi(2);
                count += 1.0;
            }
        }
        (sum / count).sqrt()
    };
    let (rings, calm) = (
        error(operator()),
        error(operator().ignoring(clipped.view()).unwrap()),
    );
    assert!(calm < 0.15 && rings > 3.0 * calm, "{calm} against {rings}");
}

#[test]
fn it_starts_from_the_measurement_and_shows_its_part() {
    let psf = kernels::motion(9.0, 30.0).unwrap();
    let operator = ValidBlur::<f64>::from_psf(psf.view(), [3, 40, 31]).unwrap();
    let y = noise([3, 40, 31], 1);
    let x = operator.start(y.view()).unwrap();
    assert_eq!(x.shape(), operator.input_shape());
    assert_eq!(operator.visible(x.view()), y);
    // Next to an edge lies what is next to it inside.
    let (top, left) = ((x.dim().1 - 40) / 2, (x.dim().2 - 31) / 2);
    assert!((x[[0, top, left - 1]] - y[[0, 0, 1]]).abs() < 0.1);
    assert!((x[[0, top + 40, left]] - y[[0, 38, 0]]).abs() < 0.1);
}

#[test]
fn a_blur_wider_than_the_picture_is_completed_or_refused() {
    let psf = kernels::motion(41.0, 0.0).unwrap();
    let operator = ValidBlur::<f64>::from_psf(psf.view(), [1, 16, 16]).unwrap();
    let [_, _, wide] = operator.input_shape();
    assert!(wide >= 16 + 40, "{wide} columns wrap around");
    let psf = kernels::motion(141.0, 0.0).unwrap();
    let refused = ValidBlur::<f64>::from_psf(psf.view(), [1, 16, 16]).err();
    let message = refused.unwrap().to_string();
    assert!(
        message.starts_with("kernel: ") && message.contains("129x129"),
        "{message}"
    );
    assert!(ValidBlur::<f64>::from_psf(psf.view(), [1, 16, 80]).is_ok());
}

#[test]
fn a_correction_ends_when_asked_to() {
    let psf = kernels::motion(7.0, 30.0).unwrap();
    let operator = ValidBlur::<f64>::from_psf(psf.view(), [1, 40, 31]).unwrap();
    let mut x = Array3::zeros(operator.input_shape());
    let y = noise(operator.output_shape(), 1);
    let solver = operator.solver().unwrap();
    let gain = Gain::Function(&|_| 1.0);
    let result = solver.correct(x.view_mut(), y.view(), &gain, &|| Err(Error::Cancelled));
    assert!(matches!(result, Err(Error::Cancelled)));
}
