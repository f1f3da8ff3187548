//! Operators and pictures that data steps are tried on.

use dcdp::operators::{Bicubic, Blur, Boundary, Identity, Mask, Operator, kernels};
use dcdp::testing::math::Real;
use ndarray::{Array2, Array3};

/// Reproducible values in −1…1, smoothed a little like a picture.
pub fn picture<T: Real>(shape: [usize; 3], seed: u64) -> Array3<T> {
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

pub fn holes<T: Real>(height: usize, width: usize) -> Array2<T> {
    Array2::from_shape_fn((height, width), |(i, j)| match (i / 5 + j / 7) % 3 {
        0 => T::one(),
        1 => T::zero(),
        _ => T::rounded(0.5),
    })
}

pub fn operators<T: Real>([height, width]: [usize; 2]) -> Vec<(String, f64, Box<dyn Operator<T>>)> {
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
        all.push((format!("{name}, {boundary:?}"), 1.01725, Box::new(operator)));
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
