//! Pixels in, pixels out.

use dcdp::image::{Alpha, Transfer};
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::colour::kOfxImageClipPropColourspace;
use openfx::sys::image_effect_v1::image_effect::*;

use super::effect::images_out;
use super::engine::{options, restored, restored_as};
use super::memory::{Memory, Picture, Placing};
use super::plugin::{Equipment, Frame, Host};
use super::properties::Value;

/// A run in which the noise field matters.
const STOCHASTIC: &[(&str, &str)] = &[
    ("task", "denoise"),
    ("noise", "20"),
    ("preset", "paper"),
    ("sampler", "ddpm"),
    ("sampler_steps", "3"),
    ("rounds", "2"),
    ("t_start", "300"),
    ("t_end", "100"),
    ("seed", "7"),
];

#[test]
fn both_contexts_render_what_the_engine_does() {
    let host = Host::load(Equipment::default());
    let source = Picture::sample(37, 29, 4);
    for settings in [&[("task", "denoise"), ("noise", "25")][..], STOCHASTIC] {
        let expected = restored(&source, &options(settings));
        assert!(expected.distance(&source) > 0.01);
        for context in [kOfxImageEffectContextFilter, kOfxImageEffectContextGeneral] {
            let instance = host.create_in(context);
            instance.set(settings);
            assert!(instance.restore(&source).distance(&expected) < 1e-5);
        }
    }
    assert_eq!(images_out(), 0);
}

#[test]
fn the_arrangement_in_memory_does_not_matter() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(STOCHASTIC);
    let source = Picture::sample(37, 29, 4);
    let expected = restored(&source, &options(STOCHASTIC));
    for from in [false, true] {
        for to in [false, true] {
            let placing = |top_first, padding| Placing {
                origin: [-11, 230],
                top_first,
                padding,
                // Not even aligned to a float.
                before: 2,
            };
            let memory = source.placed(placing(from, 20));
            instance.connect(&memory);
            let frame = Frame::like(&memory, 4, placing(to, 6));
            let (status, picture) = instance.render_frame(&frame);
            assert_eq!(status, kOfxStatOK);
            assert!(
                picture.distance(&expected) < 1e-5,
                "top first: {from}, {to}"
            );
        }
    }
}

#[test]
fn only_the_render_window_is_written() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(STOCHASTIC);
    let source = Picture::sample(37, 29, 4);
    let expected = restored(&source, &options(STOCHASTIC));
    let memory = source.placed(Placing {
        origin: [5, 7],
        ..Placing::default()
    });
    instance.connect(&memory);
    let frame = Frame {
        window: [9, 10, 30, 20],
        ..Frame::like(
            &memory,
            4,
            Placing {
                origin: [5, 7],
                top_first: true,
                ..Placing::default()
            },
        )
    };
    let (status, picture) = instance.render_frame(&frame);
    assert_eq!(status, kOfxStatOK);
    for (index, (&found, &expected)) in picture.samples.iter().zip(&expected.samples).enumerate() {
        let (x, y) = (index / 4 % 37, index / 4 / 37);
        let (x, y) = (x as i32 + 5, 7 + 28 - y as i32);
        if (9..30).contains(&x) && (10..20).contains(&y) {
            assert!((found - expected).abs() < 1e-5);
        } else {
            assert_eq!(found, Memory::untouched());
        }
    }
}

#[test]
fn rgb_without_alpha_is_enough() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let settings = [("noise", "25")];
    instance.set(&settings);
    let source = Picture::sample(20, 16, 3);
    let expected = restored(&source, &options(&settings));
    assert!(instance.restore(&source).distance(&expected) < 1e-5);
    // Into an output with alpha, which is then 1.
    let memory = source.packed();
    let (_, wide) = instance.render_frame(&Frame::like(&memory, 4, Placing::default()));
    for (wide, narrow) in wide
        .samples
        .chunks_exact(4)
        .zip(expected.samples.chunks_exact(3))
    {
        assert!(wide.iter().zip(narrow).all(|(a, b)| (a - b).abs() < 1e-5));
        assert_eq!(wide[3], 1.0);
    }
}

/// A picture with alpha from 0 to 1, a lamp and a patch below black, and what a careless node would spread.
fn difficult() -> Picture {
    let mut picture = Picture::sample(24, 20, 4);
    for (index, pixel) in picture.samples.chunks_exact_mut(4).enumerate() {
        let (x, y) = (index % 24, index / 24);
        pixel[3] = x as f32 / 23.0;
        match (x, y) {
            (4..10, 4..10) => pixel[0] = 40.0,
            (4..10, 12..18) => pixel[1] = -3.0,
            (20, 5) => pixel[2] = f32::INFINITY,
            _ => {}
        }
    }
    picture
}

#[test]
fn alpha_and_high_dynamic_range_are_kept() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let settings = [("noise", "25")];
    instance.set(&settings);
    let source = difficult();
    for (premultiplication, alpha) in [
        (kOfxImageUnPreMultiplied, Alpha::Straight),
        (kOfxImagePreMultiplied, Alpha::Premultiplied),
        (kOfxImageOpaque, Alpha::Straight),
    ] {
        let memory = source.packed();
        instance.connect(&memory);
        instance.effect.clip("Source", |clip| {
            let value = Value::Text(premultiplication.to_owned());
            clip.of_images(kOfxImageEffectPropPreMultiplication, value);
        });
        let frame = Frame::like(&memory, 4, Placing::default());
        let (status, picture) = instance.render_frame(&frame);
        assert_eq!(status, kOfxStatOK);
        let expected = restored_as(&source, &options(&settings), Transfer::Srgb, alpha);
        assert!(picture.distance(&expected) < 1e-5, "{premultiplication:?}");
        for (new, old) in picture
            .samples
            .chunks_exact(4)
            .zip(source.samples.chunks_exact(4))
        {
            assert_eq!(new[3], old[3]);
        }
        // In the middle of the lamp, of the dark patch, and where a neighbourless light was.
        let at = |x: usize, y: usize, channel: usize| picture.samples[4 * (24 * y + x) + channel];
        let straight = |x: usize| match premultiplication == kOfxImagePreMultiplied {
            true => x as f32 / 23.0,
            false => 1.0,
        };
        assert!(at(6, 6, 0) > 20.0 && at(6, 14, 1) < -1.0);
        assert!((0.0..2.0).contains(&(at(20, 5, 2) / straight(20))));
    }
}

/// Scene-linear shades, in codes around `level` and 1 brighter in the right half, with noise of `sigma` on the codes.
fn shades(sigma: f32) -> Picture {
    let (width, height) = (128, 64);
    let mut state = 1_u32;
    let mut uniform = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let samples = (0..3 * width * height).map(|index| {
        let (x, y, c) = (index / 3 % width, index / 3 / width, index % 3);
        let wave = (0.05 * (x % 64) as f32 + c as f32).sin() * (0.07 * y as f32).cos();
        let level = if x < width / 2 { 0.5 } else { 1.5 };
        let noise: f32 = (0..12).map(|_| uniform()).sum::<f32>() - 6.0;
        light(level + 0.1 * wave + sigma * noise)
    });
    Picture {
        width,
        height,
        channels: 3,
        samples: samples.collect(),
    }
}

/// sRGB's curve, beyond white too.
fn light(code: f32) -> f32 {
    ((code.max(0.04045) + 0.055) / 1.055).powf(2.4)
}

fn code(light: f32) -> f32 {
    1.055 * light.max(0.0).powf(1.0 / 2.4) - 0.055
}

#[test]
fn highlights_lose_as_much_noise_as_the_rest() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/photo");
    let sigma = 12.0;
    instance.set(&[("model", photo), ("noise", "12"), ("transfer", "linear")]);
    let (clean, noisy) = (shades(0.0), shades(sigma / 255.0));
    let error = |picture: &Picture, right: bool| {
        let pairs = picture.samples.iter().zip(&clean.samples).enumerate();
        let squares = pairs
            .filter(|(index, _)| (index / 3 % 128 >= 64) == right)
            .map(|(_, (&a, &b))| (code(a) - code(b)).powi(2));
        squares.sum::<f32>().sqrt()
    };
    let restored = instance.restore(&noisy);
    let left = [false, true].map(|right| error(&restored, right) / error(&noisy, right));
    assert!(left[0] < 0.5 && left[1] < 0.5, "{left:?}");
    assert!((0.8..1.2).contains(&(left[1] / left[0])), "{left:?}");
}

#[test]
fn linear_light_is_taken_as_such() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let settings = [("noise", "25")];
    instance.set(&settings);
    let source = Picture::sample(24, 20, 4);
    let as_transfer =
        |transfer| restored_as(&source, &options(&settings), transfer, Alpha::Straight);
    let (encoded, linear) = (as_transfer(Transfer::Srgb), as_transfer(Transfer::Linear));
    assert!(encoded.distance(&linear) > 1e-3);
    // The host says nothing: sRGB.
    assert!(instance.restore(&source).distance(&encoded) < 1e-5);
    instance.set(&[("transfer", "linear")]);
    assert!(instance.restore(&source).distance(&linear) < 1e-5);
    instance.effect.clip("Source", |clip| {
        clip.properties
            .set_text(kOfxImageClipPropColourspace, c"lin_rec709_srgb");
    });
    instance.set(&[("transfer", "auto")]);
    assert!(instance.restore(&source).distance(&linear) < 1e-5);
    instance.set(&[("transfer", "srgb")]);
    assert!(instance.restore(&source).distance(&encoded) < 1e-5);
}

#[test]
fn mix_blends_with_the_source() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let source = Picture::sample(24, 20, 4);
    let whole = instance.restore(&source);
    instance.set(&[("mix", "0.25")]);
    let mut expected = source.clone();
    for (value, &whole) in expected.samples.iter_mut().zip(&whole.samples) {
        *value += 0.25 * (whole - *value);
    }
    assert!(instance.restore(&source).distance(&expected) < 1e-6);
    instance.set(&[("mix", "0")]);
    assert_eq!(instance.restore(&source), source);
}

#[test]
fn small_views_are_the_source() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    let source = Picture::sample(24, 20, 4);
    let memory = source.packed();
    instance.connect(&memory);
    let at = |scale| Frame {
        scale: [scale, scale],
        ..Frame::like(&memory, 4, Placing::default())
    };
    assert!(!instance.is_identity(&at(1.0), false));
    assert!(!instance.is_identity(&at(0.5), false));
    assert!(instance.is_identity(&at(1.0), true));
    assert!(instance.is_identity(&at(0.25), false));
    // A host that renders all the same gets the source.
    assert_eq!(instance.render_frame(&at(0.25)), (kOfxStatOK, source));
    instance.set(&[("mix", "0")]);
    assert!(instance.is_identity(&at(1.0), false));
}

#[test]
fn kernels_follow_the_render_scale() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(&[("task", "deblur"), ("blur", "gaussian"), ("noise", "2")]);
    instance.set(&[("blur_sigma", "3")]);
    let source = Picture::sample(40, 32, 4);
    let memory = source.packed();
    instance.connect(&memory);
    let frame = Frame {
        scale: [0.5, 0.5],
        ..Frame::like(&memory, 4, Placing::default())
    };
    let (status, picture) = instance.render_frame(&frame);
    assert_eq!(status, kOfxStatOK);
    let settings = [("task", "deblur"), ("blur", "gaussian"), ("noise", "2")];
    let mut expected = options(&settings);
    expected.set_number("blur_sigma", 1.5).unwrap();
    assert!(picture.distance(&restored(&source, &expected)) < 1e-5);

    // At half size, a picture that was enlarged twice lacks nothing.
    instance.set(&[("task", "super-resolve"), ("scale", "2")]);
    let frame = Frame {
        scale: [0.5, 0.5],
        ..Frame::like(&memory, 4, Placing::default())
    };
    assert_eq!(instance.render_frame(&frame), (kOfxStatOK, source));
}

#[test]
fn kernels_follow_the_pixel_aspect() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    // A motion of 12 pixels upwards stays one; along x it spans 6 of the wide pixels.
    for (angle, length) in [("90", "12"), ("0", "6")] {
        instance.set(&[("task", "deblur"), ("blur", "motion"), ("noise", "2")]);
        instance.set(&[("blur_length", "12"), ("blur_angle", angle)]);
        let source = Picture::sample(40, 32, 4);
        let memory = source.packed();
        instance.connect(&memory);
        instance.effect.clip("Source", |clip| {
            clip.of_images(kOfxImagePropPixelAspectRatio, Value::Double(2.0));
        });
        let frame = Frame::like(&memory, 4, Placing::default());
        let (status, picture) = instance.render_frame(&frame);
        assert_eq!(status, kOfxStatOK);
        let mut expected = options(&[("task", "deblur"), ("blur", "motion"), ("noise", "2")]);
        expected.set_string("blur_length", length).unwrap();
        expected.set_string("blur_angle", angle).unwrap();
        assert!(
            picture.distance(&restored(&source, &expected)) < 1e-3,
            "{angle}°"
        );
    }
}

#[test]
fn super_resolution_keeps_the_frame_and_what_it_measured() {
    use dcdp::operators::{Bicubic, Operator};
    use ndarray::Array3;

    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(&[("task", "super-resolve"), ("scale", "3"), ("noise", "0")]);
    // 33×24 is divisible by 3; the others are not, and the last is smaller than that.
    for (width, height, allowed) in [(33, 24, 0.03), (34, 25, 0.03), (5, 2, 0.2)] {
        let source = Picture::sample(width, height, 4);
        let picture = instance.restore(&source);
        let small = |picture: &Picture| {
            let colour = Array3::from_shape_fn((3, height, width), |(c, y, x)| {
                picture.samples[(y * width + x) * 4 + c]
            });
            let operator = Bicubic::new(3, [3, height, width]).unwrap();
            let mut small = Array3::zeros(operator.output_shape());
            operator.measure(colour.view(), small.view_mut()).unwrap();
            small
        };
        let distance = (small(&picture) - small(&source))
            .mapv(f32::abs)
            .mean()
            .unwrap();
        assert!(distance < allowed, "{width}x{height}: {distance}");
        assert!(picture.distance(&source) > 1e-3);
    }
}
