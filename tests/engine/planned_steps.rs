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
