//! The blur found in pictures whose blur is known.

use std::cell::Cell;
use std::path::Path;

use crate::floats;
use dcdp::estimate::blur::{Blur, BlurFinding, Exactness, Light, NoBlur, estimate_blur};
use dcdp::image::{ImageFile, Picture};
use dcdp::operators::kernels;
use dcdp::{Error, Result};
use ndarray::{Array2, Array3, ArrayView2, s};

fn silent(_: f64) -> Result<()> {
    Ok(())
}

/// A committed photograph, 3×H×W in [-1, 1].
fn photo(name: &str) -> Array3<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let file = ImageFile::read(&path).unwrap();
    Picture::read(&file.view().unwrap()).color
}

pub fn houses() -> Array3<f32> {
    photo("examples/photo/houses.jpg")
}

pub fn door() -> Array3<f32> {
    photo("tests/data/blur/door.jpg")
}

fn decode(value: f32) -> f32 {
    floats::decode(0.5 * value + 0.5)
}

fn encode(value: f32) -> f32 {
    2.0 * floats::encode(value.clamp(0.0, 1.0)) - 1.0
}

/// Convolved with `psf`, mirrored at the borders, with noise of `sigma` (0…255) and 8-bit rounding.
pub fn blurred(
    picture: &Array3<f32>,
    psf: ArrayView2<'_, f64>,
    light: Light,
    sigma: f64,
) -> Array3<f32> {
    let linear = light == Light::Linear;
    let sharp = if linear {
        picture.mapv(decode)
    } else {
        picture.clone()
    };
    let (channels, height, width) = sharp.dim();
    let mirror = |index: isize, length: usize| {
        let last = length as isize - 1;
        let index = index.abs();
        (if index > last {
            2 * last - index
        } else {
            index
        }) as usize
    };
    let (up, left) = (psf.nrows() as isize / 2, psf.ncols() as isize / 2);
    let mut out = Array3::zeros(sharp.raw_dim());
    for ((row, column), &weight) in psf.indexed_iter() {
        let (down, right) = (row as isize - up, column as isize - left);
        if weight == 0.0 {
            continue;
        }
        for channel in 0..channels {
            for i in 0..height {
                let from = mirror(i as isize - down, height);
                for j in 0..width {
                    let value = sharp[[channel, from, mirror(j as isize - right, width)]];
                    out[[channel, i, j]] += weight as f32 * value;
                }
            }
        }
    }
    if linear {
        out.mapv_inplace(encode);
    }
    rounded(&with_noise(&out, sigma))
}

fn rounded(picture: &Array3<f32>) -> Array3<f32> {
    picture.mapv(|value| ((127.5 * value + 127.5).round().clamp(0.0, 255.0)) / 127.5 - 1.0)
}

/// Reproducible noise of standard deviation `sigma` (0…255), nearly Gaussian.
fn with_noise(picture: &Array3<f32>, sigma: f64) -> Array3<f32> {
    let mut state = 1u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    picture.mapv(|value| {
        let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        value + (sigma / 127.5 * normal) as f32
    })
}

/// Noise of `noise` (0…255) and no JPEG.
pub fn noisy(noise: f64) -> Exactness {
    let jpeg = false;
    Exactness { noise, jpeg }
}

fn find(picture: &Array3<f32>, noise: f64) -> BlurFinding {
    estimate_blur(picture.view(), noisy(noise), None, &silent).unwrap()
}

fn assert_near(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{value} is not {expected} ± {tolerance}"
    );
}

fn assert_motion(finding: &BlurFinding, length: f64, angle: f64) {
    let Blur::Motion {
        length: found,
        angle: direction,
    } = finding.blur
    else {
        panic!("{finding:?}");
    };
    assert_near(found, length, 0.08 * length);
    assert_near((direction - angle + 90.0).rem_euclid(180.0), 90.0, 3.0);
}

#[test]
fn motion_is_found_in_both_lights_and_with_the_library_s_angles() {
    let psf = kernels::motion(13.0, 25.0).unwrap();
    for light in [Light::Linear, Light::Encoded] {
        let finding = find(&blurred(&houses(), psf.view(), light, 0.0), 0.0);
        assert_motion(&finding, 13.0, 25.0);
        assert_eq!(finding.light, light);
        assert!(finding.confidence > 0.9);
    }
    let psf = kernels::motion(21.0, 140.0).unwrap();
    let finding = find(&blurred(&door(), psf.view(), Light::Linear, 2.55), 2.55);
    assert_motion(&finding, 21.0, 140.0);
}

#[test]
fn defocus_is_found() {
    for (picture, radius, light) in [
        (houses(), 3.5, Light::Linear),
        (door(), 5.0, Light::Encoded),
    ] {
        let psf = disk(radius);
        let finding = find(&blurred(&picture, psf.view(), light, 1.0), 1.0);
        let Blur::Disk { radius: found } = finding.blur else {
            panic!("{finding:?}");
        };
        assert_near(found, radius, 0.08 * radius);
        assert_eq!(finding.light, light);
    }
}

#[test]
fn wide_blurs_are_found_at_half_the_size() {
    let psf = kernels::motion(46.0, 160.0).unwrap();
    let finding = find(&blurred(&houses(), psf.view(), Light::Linear, 0.0), 0.0);
    assert_motion(&finding, 46.0, 160.0);
}

/// A disk drawn with 9×9 samples a pixel.
fn disk(radius: f64) -> Array2<f64> {
    let reach = radius.ceil() as usize + 1;
    let size = 2 * reach + 1;
    let psf = Array2::from_shape_fn((size, size), |(i, j)| {
        let inside = |a: usize, b: usize| {
            let y = i as f64 - reach as f64 + (a as f64 - 4.0) / 9.0;
            let x = j as f64 - reach as f64 + (b as f64 - 4.0) / 9.0;
            x.hypot(y) <= radius
        };
        (0..81).filter(|&k| inside(k / 9, k % 9)).count() as f64
    });
    let sum = psf.sum();
    psf / sum
}

#[test]
fn gaussian_blur_is_found() {
    for (picture, sigma, light) in [
        (houses(), 2.0, Light::Encoded),
        (door(), 3.0, Light::Linear),
    ] {
        let psf = kernels::gaussian(sigma).unwrap();
        let finding = find(&blurred(&picture, psf.view(), light, 0.0), 0.0);
        let Blur::Gaussian { sigma: found } = finding.blur else {
            panic!("{finding:?}");
        };
        // A Gaussian differs from a soft subject by the slope of its spectrum alone.
        assert_near(found, sigma, 0.15 * sigma);
    }
}

#[test]
fn gray_pictures_and_pictures_smaller_than_a_crop_are_searched() {
    let psf = kernels::motion(9.0, 60.0).unwrap();
    let picture = blurred(&door(), psf.view(), Light::Encoded, 0.0);
    let gray = picture.slice(s![1..2, .., ..]).to_owned();
    assert_motion(&find(&gray, 0.0), 9.0, 60.0);
    let small = picture.slice(s![.., 40..240, 30..201]).to_owned();
    assert_motion(&find(&small, 0.0), 9.0, 60.0);
}

#[test]
fn sharp_pictures_have_no_blur_with_and_without_noise() {
    for picture in [houses(), door()] {
        for noise in [0.0, 5.0, 10.0] {
            let finding = find(&rounded(&with_noise(&picture, noise)), noise);
            let reason = NoBlur::Sharp;
            assert_eq!(finding.blur, Blur::None { reason }, "{finding:?}");
            assert_eq!(finding.option_text(), None);
        }
    }
}

#[test]
fn pictures_that_show_nothing_have_no_blur() {
    let sizes = [(1, 1), (1, 300), (300, 1), (17, 17), (64, 64), (300, 280)];
    for (height, width) in sizes {
        for channels in [1, 3] {
            for value in [-1.0, 0.1, 1.0, f32::NAN, f32::INFINITY] {
                let picture = Array3::from_elem((channels, height, width), value);
                assert!(!find(&picture, 0.0).is_blurred());
            }
            let noise = with_noise(&Array3::zeros((channels, height, width)), 4.0);
            assert!(!find(&noise, 4.0).is_blurred());
        }
    }
    assert!(!find(&Array3::zeros((3, 0, 0)), 0.0).is_blurred());
}

#[test]
fn text_has_no_blur() {
    // Rows of bars, black on white with one gray level between.
    let text = Array3::from_shape_fn((3, 400, 400), |(_, i, j)| {
        match ((i / 12) % 2, (i / 3 + j / 4 * 7) % 5) {
            (0, 0 | 3) => -1.0,
            (0, 1) => 0.0,
            _ => 1.0f32,
        }
    });
    assert!(!find(&text, 0.0).is_blurred());
}

#[test]
fn unusable_pixels_do_not_count() {
    let psf = kernels::motion(13.0, 25.0).unwrap();
    let mut picture = blurred(&houses(), psf.view(), Light::Linear, 0.0);
    // The sky holds a sharp pattern nobody sees.
    let usable = Array2::from_shape_fn((512, 512), |(i, _)| i >= 200);
    for ((_, i, j), value) in picture.indexed_iter_mut() {
        if !usable[[i, j]] {
            *value = if (i / 8 + j / 8) % 2 == 0 { 0.8 } else { -0.8 };
        }
    }
    assert!(!find(&picture, 0.0).is_blurred());
    let seen = estimate_blur(picture.view(), noisy(0.0), Some(usable.view()), &silent).unwrap();
    assert_motion(&seen, 13.0, 25.0);
    let nothing = Array2::from_elem((512, 512), false);
    let nothing = estimate_blur(picture.view(), noisy(0.0), Some(nothing.view()), &silent).unwrap();
    let reason = NoBlur::Featureless;
    assert_eq!(nothing.blur, Blur::None { reason });
}

#[test]
fn the_finding_does_not_depend_on_the_number_of_threads() {
    let psf = kernels::motion(11.0, 80.0).unwrap();
    let picture = blurred(&door(), psf.view(), Light::Linear, 0.0);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| find(&picture, 0.0))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn progress_rises_to_1_and_what_check_says_ends_the_search() {
    let psf = kernels::motion(11.0, 80.0).unwrap();
    let picture = blurred(&door(), psf.view(), Light::Linear, 0.0);
    let (last, calls) = (Cell::new(0.0), Cell::new(0));
    let check = |fraction: f64| {
        assert!(fraction >= last.get() && fraction <= 1.0);
        last.set(fraction);
        calls.set(calls.get() + 1);
        Ok(())
    };
    estimate_blur(picture.view(), noisy(0.0), None, &check).unwrap();
    assert_eq!(last.get(), 1.0);
    let stop_at = calls.get() / 2;
    let count = Cell::new(0);
    let stop = |_: f64| {
        count.set(count.get() + 1);
        if count.get() == stop_at {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    };
    let stopped = estimate_blur(picture.view(), noisy(0.0), None, &stop);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(count.get(), stop_at);
}

#[test]
fn malformed_input_is_refused() {
    let usable = Array2::from_elem((3, 3), true);
    let picture = Array3::zeros((3, 4, 4));
    assert!(matches!(
        estimate_blur(picture.view(), noisy(0.0), Some(usable.view()), &silent),
        Err(Error::InvalidImage(_))
    ));
    for channels in [0, 2, 4] {
        let picture = Array3::zeros((channels, 4, 4));
        let refused = estimate_blur(picture.view(), noisy(0.0), None, &silent);
        assert!(matches!(refused, Err(Error::InvalidImage(_))));
    }
}

#[test]
fn findings_are_reported_as_json_and_as_the_option_that_repeats_them() {
    let finding = BlurFinding {
        blur: Blur::Motion {
            length: 13.2,
            angle: 25.0,
        },
        light: Light::Linear,
        confidence: 0.5,
        sharpness: Some(0.25),
        gain: 2.0,
    };
    assert_eq!(finding.option_text().as_deref(), Some("motion:13.2,25"));
    let json = serde_json::to_value(&finding).unwrap();
    let expected = serde_json::json!({
        "kind": "motion", "length": 13.2, "angle": 25.0, "light": "linear",
        "confidence": 0.5, "sharpness": 0.25, "gain": 2.0,
    });
    assert_eq!(json, expected);
    let kernel = BlurFinding {
        blur: Blur::Shake {
            psf: ndarray::array![[0.25, 0.5, 0.25]],
        },
        ..finding
    };
    let json = serde_json::to_value(&kernel).unwrap();
    assert_eq!(json["kind"], "shake");
    assert_eq!(json["size"], serde_json::json!([3, 1]));
    assert_eq!(json["psf"], serde_json::json!([[0.25, 0.5, 0.25]]));
}
