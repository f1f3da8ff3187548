//! Pixels that are no plain photograph: beyond white, below black, not finite, colourless, stars at night.

use crate::floats::{Floats, SMALL_TASKS, bytes, decode, encode, scene, whole_scene};
use crate::setup::{PHOTO, TINY, options};
use dcdp::Error;
use dcdp::image::{Alpha, ImageView, Transfer};
use dcdp::operators::{LinearLight, Operator, ValidBlur, kernels};
use dcdp::restore::{Progress, examine};
use dcdp::testing::math::noise::{NoiseSource, SeededNoise};
use ndarray::{Array2, Array3, s};

/// White noise of `sigma` (0…255 units) on its codes.
fn noisy(light: &Array3<f32>, sigma: f32) -> Array3<f32> {
    let mut noise = Array3::zeros(light.raw_dim());
    SeededNoise { seed: 3 }.fill(1, 0, &mut noise);
    let mut noisy = light.clone();
    noisy.zip_mut_with(&noise, |value, &noise| {
        *value = decode(encode(*value) + sigma / 255.0 * noise);
    });
    noisy
}

fn blurred(light: &Array3<f32>, sigma: f64) -> Array3<f32> {
    let planes = light.view().permuted_axes([2, 0, 1]);
    let psf = kernels::gaussian(sigma).unwrap();
    let (channels, height, width) = planes.dim();
    let reach = psf.nrows() / 2;
    let blur = ValidBlur::<f32>::from_psf(
        psf.view(),
        [channels, height - 2 * reach, width - 2 * reach],
    )
    .unwrap();
    let mut canvas = Array3::zeros(blur.input_shape());
    let [_, tall, wide] = blur.input_shape();
    let (top, left) = (
        (tall - (height - 2 * reach)) / 2,
        (wide - (width - 2 * reach)) / 2,
    );
    canvas
        .slice_mut(s![
            ..,
            top - reach..top - reach + height,
            left - reach..left - reach + width
        ])
        .assign(&planes);
    let mut out = Array3::zeros(blur.output_shape());
    blur.measure(canvas.view(), out.view_mut()).unwrap();
    out.permuted_axes([1, 2, 0])
        .as_standard_layout()
        .into_owned()
}

/// Root mean square of the difference of codes where `part` says so of the light of `clean`.
fn error(a: &Array3<f32>, clean: &Array3<f32>, part: impl Fn(f32) -> bool) -> f32 {
    let (mut sum, mut count) = (0.0, 0);
    for (&a, &clean) in a.iter().zip(clean) {
        if part(clean) {
            sum += (encode(a) - encode(clean)).powi(2);
            count += 1;
        }
    }
    assert!(count > 100, "{count} such values");
    (sum / count as f32).sqrt()
}

#[test]
fn highlights_lose_as_much_noise_as_they_would_below_white() {
    let denoise = options(PHOTO, &[("task", "denoise"), ("threads", "1")]);
    let is_bright = |stops: f32| move |light: f32| light > 0.35 * 2f32.powf(stops);
    let left = |stops: f32| {
        let clean = scene(stops);
        // Noise as in the darker picture, seen brighter.
        let sigma = 10.0 * 2f32.powf(stops / 2.4);
        let given = noisy(&clean, sigma);
        let mut denoise = denoise.clone();
        denoise.set_number("noise", f64::from(sigma)).unwrap();
        let found = Floats::of(&given, Transfer::Linear, Alpha::Straight).after(&denoise);
        let bright =
            error(&found, &clean, is_bright(stops)) / error(&given, &clean, is_bright(stops));
        let rest = |light: f32| light > 0.02 && light < 1.0;
        (
            bright,
            error(&found, &clean, rest) / error(&given, &clean, rest),
        )
    };
    let (plain, _) = left(0.0);
    for stops in [2.0, 4.0] {
        let (bright, middle) = left(stops);
        assert!(
            bright < 1.1 * plain,
            "{stops} stops: {bright}, below white {plain}"
        );
        assert!(middle < 0.9, "{middle}");
    }
}

#[test]
fn highlights_are_deblurred_as_the_rest_and_their_noise_is_found() {
    let (clean, stops) = (scene(2.0), 2.0);
    let given = blurred(&clean, 1.5);
    let reach = (clean.dim().0 - given.dim().0) / 2;
    let clean = clean
        .slice(s![
            reach..reach + given.dim().0,
            reach..reach + given.dim().1,
            ..
        ])
        .to_owned();
    let deblur = options(
        PHOTO,
        &[
            ("task", "deblur"),
            ("blur", "gaussian"),
            ("blur_sigma", "1.5"),
            ("noise", "0"),
            ("threads", "1"),
        ],
    );
    let floats = Floats::of(&given, Transfer::Linear, Alpha::Straight);
    let found = floats.after(&deblur);
    for (name, part) in [("above", (1.0, f32::INFINITY)), ("below", (0.02, 1.0))] {
        let part = |light: f32| light > part.0 && light <= part.1;
        let gain = error(&found, &clean, part) / error(&given, &clean, part);
        assert!(gain < 0.85, "{name} white: {gain}");
    }
    // Estimates are not spoilt by what is beyond.
    let noisy = Floats::of(
        &noisy(&whole_scene(stops), 8.0),
        Transfer::Linear,
        Alpha::Straight,
    );
    let input = bytes(&noisy.samples);
    let view = ImageView::new(&input, noisy.layout, 0).unwrap();
    let automatic = options(TINY, &[("task", "denoise")]);
    let seen = examine(&automatic, &view).unwrap();
    assert!(
        (6.0..12.0).contains(&seen.noise.sigma),
        "{}",
        seen.noise.sigma
    );
}

#[test]
fn every_task_takes_values_beyond_and_counts_its_calls() {
    let mut light = scene(0.0).slice(s![..48, ..64, ..]).to_owned();
    light.slice_mut(s![8..16, 10..18, 0]).fill(900.0);
    light[[30, 40, 2]] = -0.4;
    let mut mask = Array2::zeros((48, 64));
    mask.slice_mut(s![20..26, 20..40]).fill(1.0);
    let tasks: [&[(&str, &str)]; 6] = [
        &[("task", "denoise"), ("noise", "10")],
        &[("task", "denoise"), ("noise", "10"), ("preset", "best")],
        &[
            ("task", "denoise"),
            ("noise", "10"),
            ("preset", "paper"),
            ("rounds", "2"),
        ],
        &[
            ("task", "deblur"),
            ("blur", "gaussian"),
            ("blur_sigma", "1"),
        ],
        &[("task", "super-resolve"), ("scale", "2")],
        &[("task", "inpaint")],
    ];
    for task in tasks {
        let mut options = options(TINY, task);
        options.set_number("tile", 32.0).unwrap();
        if task[0].1 == "inpaint" {
            options.set_mask(Some(mask.clone()));
        }
        let mut last = 0.0;
        let mut watch = |progress: &Progress| {
            assert!((last..=1.0).contains(&progress.fraction));
            last = progress.fraction;
            true
        };
        let floats = Floats::of(&light, Transfer::Linear, Alpha::Straight);
        let (found, report) = floats.restored(&options, &mut watch).unwrap();
        assert!(last > 0.99, "{last}");
        assert!(
            found.samples.iter().all(|value| value.is_finite()),
            "{task:?}"
        );
        let brightest = found.samples.iter().fold(0.0f32, |a, &b| a.max(b));
        assert!(brightest > 3.0, "{task:?}: {brightest}");
        // One tile of several is seen twice.
        let input = bytes(&floats.samples);
        let view = ImageView::new(&input, floats.layout, 0).unwrap();
        let seen = examine(&options, &view).unwrap();
        let plain = Floats::of(
            &light.mapv(|v| v.clamp(0.0, 1.0)),
            Transfer::Linear,
            Alpha::Straight,
        );
        let (_, plain) = plain.restored(&options, &mut ()).unwrap();
        assert!(report.tile_calls > plain.tile_calls, "{task:?}");
        assert!(seen.network_calls as f64 >= plain.network_calls, "{task:?}");
        // It stops when told to.
        let stop = &mut |progress: &Progress| progress.fraction < 0.3;
        assert!(matches!(
            floats.restored(&options, stop),
            Err(Error::Cancelled)
        ));
    }
}

#[test]
fn what_is_not_finite_is_repaired_and_spreads_nowhere() {
    let light = scene(0.0).slice(s![..40, ..40, ..]).to_owned();
    let denoise = options(TINY, &[("task", "denoise"), ("noise", "10")]);
    let plain = Floats::of(&light, Transfer::Srgb, Alpha::Straight).after(&denoise);
    let mut odd = light.clone();
    for (at, value) in [
        (3, f32::NAN),
        (20, f32::INFINITY),
        (30, f32::NEG_INFINITY),
        (35, 1e30),
    ] {
        odd[[at, at, 1]] = value;
    }
    let found = Floats::of(&odd, Transfer::Srgb, Alpha::Straight).after(&denoise);
    let farthest = (&found - &plain).iter().fold(0f32, |a, b| a.max(b.abs()));
    assert!(farthest < 0.3, "{farthest}");
    // Nothing to repair from; and nothing to do changes nothing.
    let nothing = Floats::of(&light.mapv(|_| f32::NAN), Transfer::Srgb, Alpha::Straight);
    let refused = nothing.restored(&denoise, &mut ()).unwrap_err().to_string();
    assert!(refused.contains("0,0"), "{refused}");
}

#[test]
fn neutral_stays_neutral_and_no_noise_changes_no_byte() {
    let light = scene(0.0).slice(s![..40, ..56, 1..2]).mapv(encode);
    let neutral = light.broadcast((40, 56, 3)).unwrap().to_owned();
    let floats = Floats::of(&neutral, Transfer::Srgb, Alpha::Straight);
    for task in SMALL_TASKS {
        let after = floats.after(&options(TINY, task));
        for pixel in after.rows() {
            assert!(
                pixel[0] == pixel[1] && pixel[1] == pixel[2],
                "{task:?}: {pixel}"
            );
        }
    }
    let nothing = options(TINY, &[("task", "denoise"), ("noise", "0")]);
    let mut odd = floats.clone();
    odd.samples[..4].copy_from_slice(&[f32::NAN, 7.5, -2.0, f32::INFINITY]);
    let (after, _) = odd.restored(&nothing, &mut ()).unwrap();
    assert!(bytes(&after.samples) == bytes(&odd.samples));
}

/// A sky with noise and stars of all magnitudes, blurred, as 16 bits of light hold it.
fn night() -> (Array3<f32>, Array2<bool>) {
    let size = 96;
    let mut sky = Array3::from_elem((size + 20, size + 20, 1), 0.02f32);
    for star in 0..24 {
        let (y, x) = (12 + (star * 37) % 90, 12 + (star * 53) % 90);
        sky[[y, x, 0]] += 30.0 / 1.4f32.powi(star as i32);
    }
    // A lamp, which is no point.
    sky.slice_mut(s![60..63, 30..33, ..]).fill(12.0);
    let mut seen = blurred(&sky, 2.0);
    let reach = (sky.dim().0 - seen.dim().0) / 2;
    let near = Array2::from_shape_fn((seen.dim().0, seen.dim().1), |(y, x)| {
        let place = (y + reach, x + reach);
        sky.indexed_iter().any(|((i, j, _), &light)| {
            light > 0.03 && i.abs_diff(place.0) < 12 && j.abs_diff(place.1) < 12
        })
    });
    let mut noise = Array3::zeros(seen.raw_dim());
    SeededNoise { seed: 5 }.fill(1, 0, &mut noise);
    seen.zip_mut_with(&noise, |value, &noise| {
        *value = ((*value + 0.001 * noise).clamp(0.0, 1.0) * 65535.0).round() / 65535.0;
    });
    (seen, near)
}

#[test]
fn stars_and_lamps_have_no_black_rings() {
    let (sky, near) = night();
    let deblur = options(
        PHOTO,
        &[
            ("task", "deblur"),
            ("blur", "gaussian"),
            ("blur_sigma", "2"),
            ("threads", "1"),
        ],
    );
    let after = Floats::of(&sky, Transfer::Linear, Alpha::Straight).after(&deblur);
    let (mut rings, mut all) = (0, 0);
    for (((y, x, _), &value), &near) in after.indexed_iter().zip(&near) {
        // Four deviations of the sky's noise below the sky.
        if near {
            rings += usize::from(value < 0.02 - 0.004);
            all += 1;
        }
        assert!(value.is_finite(), "{x},{y}");
    }
    assert!(rings * 200 < all, "{rings} of {all}");
    // They are sharper than they were.
    let bright = |values: &Array3<f32>| values.iter().filter(|&&value| value > 0.1).count();
    assert!(
        2 * bright(&after) < bright(&sky),
        "{} {}",
        bright(&after),
        bright(&sky)
    );
}

#[test]
fn blur_in_light_goes_beyond_white_unclipped() {
    let psf = kernels::gaussian(1.0).unwrap();
    let inside = ValidBlur::<f32>::from_psf(psf.view(), [1, 9, 9]).unwrap();
    let blur = LinearLight::new(Box::new(inside));
    let x = Array3::from_elem(blur.input_shape(), 3.0);
    let mut y = Array3::zeros(blur.output_shape());
    blur.measure(x.view(), y.view_mut()).unwrap();
    assert!(y.iter().all(|value: &f32| (value - 3.0).abs() < 1e-4));
}
