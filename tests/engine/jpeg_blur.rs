//! Blurred JPEG files: what is cleaned first, and what is taken from the file's coefficients.

use crate::jpeg_files::source;
use crate::setup::{TINY, options};
use dcdp::priors::{GaussianPrior, Prior};
use dcdp::request::Request;
use dcdp::testing::plan::{Known, Plan, Seen, build_operator};

/// The plan of a file with tables of this t2.
fn plan(settings: &[(&str, &str)], t2: f64) -> Plan {
    let mut options = options(TINY, settings);
    options.set_jpeg(Some(source("444")));
    let request = Request::parse(&options).unwrap();
    let (width, height) = source("444").size();
    let known = Known::Measurement([3, height, width]);
    let operator = build_operator(&request, known, None).unwrap();
    let prior = GaussianPrior::new(0.1, 0.5).unwrap();
    let seen = Seen {
        quantisation: Some(t2),
        ..Seen::noise(0.0)
    };
    Plan::resolve(&request, prior.info(), &*operator, seen).unwrap()
}

#[test]
fn soft_blurs_and_coarse_tables_are_cleaned_first() {
    const DISK: [(&str, &str); 3] = [("task", "deblur"), ("blur", "disk"), ("blur_radius", "2")];
    const SOFT: [(&str, &str); 2] = [("task", "deblur"), ("blur", "gaussian")];
    let in_codes = ("blur_light", "encoded");
    for (settings, t2, cleaned) in [
        (&DISK[..], 2.2, false),
        (&DISK, 3.7, true),
        (&SOFT, 0.7, true),
        (&[SOFT[0], SOFT[1], in_codes], 0.7, true),
        (&[SOFT[0], SOFT[1], ("clean", "off")], 3.7, false),
    ] {
        let plan = plan(settings, t2);
        assert_eq!(plan.clean.is_some(), cleaned, "{settings:?} {t2}");
        assert_eq!(plan.unround, !cleaned, "{settings:?} {t2}");
    }
    // Errors of pixels that were not cleaned are larger where a blur acts on light.
    let assumed = |settings: &[(&str, &str)]| plan(settings, 2.0).assumed_noise;
    assert_eq!(assumed(&DISK), 1.5 + 1.1 * 2.0);
    assert_eq!(
        assumed(&[&DISK[..], &[in_codes]].concat()),
        1.6 + 0.75 * 2.0
    );
    assert_eq!(assumed(&SOFT), 1.6 + 0.75 * 2.0);
    let paper = plan(&[&DISK[..], &[("preset", "paper")]].concat(), 3.7);
    assert!(paper.clean.is_none() && !paper.unround);
}
