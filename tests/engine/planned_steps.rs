//! Data steps that plans refuse, and what reports say of them.

use std::sync::Arc;

use crate::restore::{picture, run};
use crate::setup::{self, TINY};
use dcdp::Error;
use dcdp::operators::GainClip;
use dcdp::restore::Progress;

#[test]
fn the_minimiser_of_a_nonlinear_operator_is_refused_before_anything_runs() {
    let mut options = setup::options(TINY, &[("task", "denoise"), ("data_step", "proximal")]);
    options.set_operator(Some(Arc::new(|shape| {
        Ok(Box::new(GainClip::new(2.0, shape)?))
    })));
    let mut rounds = 0;
    let mut observer = |progress: &Progress| {
        rounds = rounds.max(progress.round);
        true
    };
    let refused = run(&options, &picture(24, 16, 3), [24, 16, 3], &mut observer);
    match refused.unwrap_err() {
        Error::InvalidOption { name, value, .. } => {
            assert_eq!((name.as_str(), value.as_str()), ("data_step", "proximal"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(rounds, 0);
}

#[test]
fn a_report_says_what_step_a_decoder_allowed() {
    let settings = |approach: &'static str| {
        let settings = [
            ("task", "deblur"),
            ("blur", "gaussian"),
            ("blur_sigma", "2"),
            ("preset", "paper"),
            ("latent_approach", approach),
            ("rounds", "1"),
            ("gradient_steps", "2"),
            ("step", "3"),
        ];
        setup::options("models/photo-latent", &settings)
    };
    let report = |approach| {
        let options = settings(approach);
        let (_, report) = run(&options, &picture(32, 32, 3), [32, 32, 3], &mut ()).unwrap();
        assert_eq!(report.rounds[0].step, Some(3.0));
        report.plan.smallest_step
    };
    assert_eq!(report("pixel"), None);
    let allowed = report("latent").unwrap();
    assert!((1e-4..3.0).contains(&allowed), "{allowed}");
}

#[test]
fn strengths_are_refused_in_the_units_they_were_given_in() {
    let settings = [
        ("task", "deblur"),
        ("blur", "gaussian"),
        ("t_start", "10"),
        ("t_end", "50"),
    ];
    let options = setup::options(TINY, &settings);
    let refused = run(&options, &picture(24, 16, 3), [24, 16, 3], &mut ());
    match refused.unwrap_err() {
        Error::InvalidOption {
            name,
            value,
            allowed,
        } => {
            let said = (name.as_str(), value.as_str(), allowed.as_str());
            assert_eq!(said, ("t_end", "50", "at most t_start (10)"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn noise_given_for_a_picture_without_colours_is_gray() {
    let assumed = |channels| {
        let settings = [
            ("task", "deblur"),
            ("blur", "gaussian"),
            ("noise", "5"),
            ("rounds", "1"),
        ];
        let options = setup::options(TINY, &settings);
        let size = [24, 16, channels];
        let (_, report) = run(&options, &picture(24, 16, channels), size, &mut ()).unwrap();
        report.plan.assumed_noise
    };
    assert_eq!(assumed(3), 5.0);
    assert!((assumed(1) / 5.0 - 0.95 * 3f64.sqrt()).abs() < 0.01);
}

#[test]
fn noise_given_for_a_blurred_picture_is_gray_where_the_picture_shows_that() {
    const SIDE: usize = 128;
    let assumed = |gray: bool| {
        let mut state = 1u64;
        let mut even = || {
            state = (state.wrapping_mul(6_364_136_223_846_793_005))
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1u64 << 24) as f64 - 0.5
        };
        let mut bytes = Vec::new();
        for y in 0..SIDE {
            let fields: Vec<[f64; 3]> = (0..SIDE)
                .map(|_| {
                    let field = [(); 3].map(|()| (0..12).map(|_| even()).sum::<f64>());
                    if gray { [field[0]; 3] } else { field }
                })
                .collect();
            for (x, noise) in fields.into_iter().enumerate() {
                for (c, noise) in noise.into_iter().enumerate() {
                    // A wide edge and a colour, as of a soft picture.
                    let edge = 40.0 * ((x + y) as f64 / 15.0).sin();
                    bytes.push((100.0 + edge + 20.0 * c as f64 + 5.0 * noise).round() as u8);
                }
            }
        }
        let settings = [
            ("task", "deblur"),
            ("blur", "motion"),
            ("blur_length", "11"),
            ("blur_angle", "30"),
            ("blur_light", "encoded"),
            ("noise", "5"),
            ("rounds", "1"),
        ];
        let options = setup::options(TINY, &settings);
        let (_, report) = run(&options, &bytes, [SIDE, SIDE, 3], &mut ()).unwrap();
        report.plan.assumed_noise
    };
    assert!(
        (assumed(false) / 5.0 - 1.0).abs() < 0.1,
        "{}",
        assumed(false)
    );
    assert!(
        (assumed(true) / 5.0 - 0.95 * 3f64.sqrt()).abs() < 0.05,
        "{}",
        assumed(true)
    );
}
