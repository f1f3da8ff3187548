//! `cargo bench --bench data_consistency`: data fidelity against a plain gradient loop of the same
//! operator, for every built-in operator at 256² and 1024² (RGB, f32, all cores), τ = 100. Arguments
//! choose operators by the start of their names.
//!
//! Every line is measured in this run, the two ways in turn, the best of three; the ratio is what to
//! look at. "first" includes making the operator and its bases, "again" is a later round. The loop is
//! measured over a tenth of its equal steps; a valid blur's does less than its data fidelity, which
//! completes the surroundings. Operators without a closed form are looped either way. "prox" is the
//! proximal step with ρ = 1e-3, "light" the same in linear light, decoding and encoding included.

use dcdp::Result;
use dcdp::operators::{
    Bicubic, Blur, Boundary, Identity, LinearLight, Mask, Operator, Rho, ValidBlur, kernels,
};
use dcdp::runtime::Cancel;
use dcdp::testing::data_consistency::{
    DataStep, Settings, data_fidelity, data_fidelity_loop, data_step,
};
use ndarray::{Array2, Array3, ArrayView3};

mod chart;
use chart::{Bar, significant, time};

type Made = Result<Box<dyn Operator<f32>>>;
type Solve =
    fn(&dyn Operator<f32>, ArrayView3<'_, f32>, &mut Array3<f32>, &Settings, &Cancel) -> Result<()>;
type Make = fn([usize; 3]) -> Made;

const OPERATORS: &[(&str, Make)] = &[
    ("identity", |shape| Ok(Box::new(Identity::new(shape)))),
    ("mask", |shape| {
        let hole = |(i, j): (usize, usize)| f32::from((i / 16 + j / 16) % 10 != 0);
        let mask = Array2::from_shape_fn((shape[1], shape[2]), hole);
        Ok(Box::new(Mask::new(mask, shape)?))
    }),
    ("bicubic x2", |shape| Ok(Box::new(Bicubic::new(2, shape)?))),
    ("bicubic x3", |shape| Ok(Box::new(Bicubic::new(3, shape)?))),
    ("bicubic x4", |shape| Ok(Box::new(Bicubic::new(4, shape)?))),
    ("gaussian 3, symmetric", |shape| {
        gaussian(shape, Boundary::Symmetric)
    }),
    ("gaussian 3, circular", |shape| {
        gaussian(shape, Boundary::Circular)
    }),
    ("gaussian 3, reflect", |shape| {
        gaussian(shape, Boundary::Reflect)
    }),
    ("motion 21 at 30, circular", |shape| {
        motion(shape, Boundary::Circular)
    }),
    ("motion 21 at 30, reflect", |shape| {
        motion(shape, Boundary::Reflect)
    }),
    ("motion 21 at 30, valid", |shape| {
        let psf = kernels::motion(21.0, 30.0)?;
        Ok(Box::new(ValidBlur::from_psf(psf.view(), shape)?))
    }),
    ("random 61x61, circular", |shape| {
        random(shape, Boundary::Circular)
    }),
    ("random 61x61, reflect", |shape| {
        random(shape, Boundary::Reflect)
    }),
];

fn gaussian(shape: [usize; 3], boundary: Boundary) -> Made {
    Ok(Box::new(Blur::gaussian(3.0, shape, boundary)?))
}

fn motion(shape: [usize; 3], boundary: Boundary) -> Made {
    Ok(Box::new(Blur::motion(21.0, 30.0, shape, boundary)?))
}

fn random(shape: [usize; 3], boundary: Boundary) -> Made {
    let psf = kernels::random_motion(61, 0.5, 1);
    Ok(Box::new(Blur::from_psf(psf.view(), shape, boundary)?))
}

/// The part of the loop's steps that is measured: one in so many.
const LOOP_SHARE: usize = 10;

/// Some texture; its values do not matter.
fn picture(shape: [usize; 3]) -> Array3<f32> {
    Array3::from_shape_fn(shape, |(c, i, j)| {
        ((i * 7 + j * 13 + c * 5) % 31) as f32 / 15.5 - 1.0
    })
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let chosen: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let settings = Settings::default();
    let cancel = Cancel::new();
    let mut bars = Vec::new();
    println!(
        "{} threads, tau = {}",
        rayon::current_num_threads(),
        settings.gradient_steps
    );
    println!(
        "{:<28}{:>6}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}",
        "operator", "size", "first ms", "again ms", "loop ms", "loop/again", "prox ms", "light ms"
    );
    for side in [256, 1024] {
        for (name, make) in OPERATORS {
            if !chosen.is_empty() && !chosen.iter().any(|start| name.starts_with(start.as_str())) {
                continue;
            }
            // Lazy: what it costs is measured next.
            let start = picture(make([3, side, side])?.input_shape());
            let (first, operator) = time(|| -> Made {
                let operator = make([3, side, side])?;
                let y = picture(operator.output_shape());
                data_fidelity(&*operator, y.view(), &mut start.clone(), &settings, &cancel)?;
                Ok(operator)
            });
            let operator = operator?;
            let y = picture(operator.output_shape());
            let best = |solve: Solve, settings: &Settings| {
                let mut x = start.clone();
                (0..3)
                    .map(|_| {
                        time(|| solve(&*operator, y.view(), &mut x, settings, &cancel))
                            .0
                            .wall
                    })
                    .fold(f64::INFINITY, f64::min)
            };
            let part = Settings {
                gradient_steps: settings.gradient_steps / LOOP_SHARE,
                ..settings
            };
            let again = best(data_fidelity, &settings);
            let looped = best(data_fidelity_loop, &part) * LOOP_SHARE as f64;
            let step = DataStep::Proximal {
                rho: Rho::Uniform(1e-3),
                sigma: 0.3,
            };
            let proximal = |operator: &dyn Operator<f32>| {
                let mut x = start.clone();
                (0..3)
                    .map(|_| {
                        time(|| data_step(operator, y.view(), &mut x, &step, &cancel))
                            .0
                            .wall
                    })
                    .fold(f64::INFINITY, f64::min)
            };
            let proximals = [
                proximal(&*operator),
                proximal(&LinearLight::new(make([3, side, side])?)),
            ];
            println!(
                "{name:<28}{side:>6}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}",
                significant(1e3 * first.wall),
                significant(1e3 * again),
                significant(1e3 * looped),
                significant(looped / again),
                significant(1e3 * proximals[0]),
                significant(1e3 * proximals[1]),
            );
            bars.push(Bar {
                label: format!("{name}, {side}²"),
                value: looped / again,
            });
        }
    }
    let path = chart::write(
        "data_consistency",
        "Plain loop / data fidelity, time",
        &bars,
    )?;
    println!("{}", path.display());
    Ok(())
}
