//! The Mask clip.

use ndarray::Array2;
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;

use super::engine::{options, restored};
use super::memory::{Memory, Picture, Placing};
use super::plugin::{Equipment, Frame, Host, Instance};
use super::properties::Value;

const SIZE: [usize; 2] = [32, 24];

/// 1 in a block of 8×6 pixels.
fn block() -> Array2<f32> {
    let inside = |y, x| (8..14).contains(&y) && (10..18).contains(&x);
    Array2::from_shape_fn((SIZE[1], SIZE[0]), |(y, x)| {
        f32::from(u8::from(inside(y, x)))
    })
}

/// A mask as a picture: alpha alone, or gray with alpha 1.
fn picture(mask: &Array2<f32>, channels: usize) -> Picture {
    let pixel = |&value: &f32| match channels {
        1 => vec![value],
        _ => vec![value, value, value, 1.0],
    };
    Picture {
        width: mask.ncols(),
        height: mask.nrows(),
        channels,
        samples: mask.iter().flat_map(pixel).collect(),
    }
}

fn connect(instance: &Instance<'_>, mask: &std::sync::Arc<Memory>) {
    instance
        .effect
        .clip("Mask", |clip| clip.connect(Some(mask)));
}

#[test]
fn inpaint_reads_the_mask() {
    let host = Host::load(Equipment::default());
    let settings = [("task", "inpaint"), ("preset", "fast")];
    let source = Picture::sample(SIZE[0], SIZE[1], 4);
    let mut expected = options(&settings);
    expected.set_mask(Some(block()));
    let filled = restored(&source, &expected);
    for channels in [1, 4] {
        // apply_mask makes no difference to inpaint.
        for apply in ["0", "1"] {
            let instance = host.create_in(kOfxImageEffectContextGeneral);
            instance.set(&settings);
            instance.set(&[("apply_mask", apply)]);
            let placing = Placing {
                top_first: true,
                padding: 8,
                ..Placing::default()
            };
            connect(&instance, &picture(&block(), channels).placed(placing));
            assert!(instance.restore(&source).distance(&filled) < 1e-5);
        }
    }
    // Inverted, from a mask that is black where to fill.
    let instance = host.create();
    instance.set(&settings);
    instance.set(&[("invert_mask", "1")]);
    connect(
        &instance,
        &picture(&block().mapv(|value| 1.0 - value), 1).packed(),
    );
    assert!(instance.restore(&source).distance(&filled) < 1e-5);
}

#[test]
fn a_mask_of_another_size_lies_where_its_bounds_say() {
    let host = Host::load(Equipment::default());
    let settings = [("task", "inpaint"), ("preset", "fast")];
    let source = Picture::sample(SIZE[0], SIZE[1], 4);
    let mut expected = options(&settings);
    expected.set_mask(Some(block()));
    let instance = host.create();
    instance.set(&settings);
    // The block alone; rows count upwards from the bottom.
    let bottom = SIZE[1] as i32 - 14;
    let placing = Placing {
        origin: [10, bottom],
        ..Placing::default()
    };
    connect(
        &instance,
        &picture(&Array2::ones((6, 8)), 1).placed(placing),
    );
    assert!(
        instance
            .restore(&source)
            .distance(&restored(&source, &expected))
            < 1e-5
    );
}

#[test]
fn inpaint_without_a_mask_fills_transparent_holes_or_says_what_is_missing() {
    let host = Host::load(Equipment::default());
    let settings = [("task", "inpaint"), ("preset", "fast")];
    let instance = host.create();
    instance.set(&settings);
    let source = Picture::sample(SIZE[0], SIZE[1], 4);
    assert_eq!(instance.render(&source), (kOfxStatFailed, source.clone()));
    let message = instance.message().unwrap();
    assert!(message.contains("Mask"), "{message}");

    // A host that says the clip is connected and gives an image without pixels.
    connect(&instance, &picture(&block(), 1).packed());
    instance.effect.clip("Mask", |clip| {
        clip.of_images(kOfxImagePropData, Value::Pointer(0))
    });
    assert_eq!(instance.render(&source), (kOfxStatFailed, source.clone()));

    let mut holed = source.clone();
    for (pixel, &hole) in holed.samples.chunks_exact_mut(4).zip(&block()) {
        pixel[3] = 1.0 - hole;
    }
    let mut expected = options(&settings);
    expected.set_mask(Some(block()));
    let filled = restored(&source, &expected);
    assert!(instance.restore(&holed).distance(&filled) < 1e-5);
}

#[test]
fn apply_mask_limits_the_change() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(&[("noise", "25")]);
    let source = Picture::sample(SIZE[0], SIZE[1], 4);
    let whole = instance.restore(&source);
    let blend = |share: &Array2<f32>| {
        let mut expected = source.clone();
        let pixels = expected
            .samples
            .chunks_exact_mut(4)
            .zip(whole.samples.chunks_exact(4));
        for ((pixel, whole), share) in pixels.zip(share) {
            for (value, whole) in pixel.iter_mut().zip(whole) {
                *value += share * (whole - *value);
            }
        }
        expected
    };
    let soft = block().mapv(|value| 0.75 * value);
    connect(&instance, &picture(&soft, 1).packed());
    assert!(instance.restore(&source).distance(&whole) == 0.0);
    instance.set(&[("apply_mask", "1")]);
    assert!(instance.restore(&source).distance(&blend(&soft)) < 1e-6);
    instance.set(&[("invert_mask", "1")]);
    let rest = soft.mapv(|value| 1.0 - value);
    assert!(instance.restore(&source).distance(&blend(&rest)) < 1e-6);

    // Nothing there to apply: the whole picture changes.
    instance.effect.clip("Mask", |clip| {
        clip.of_images(kOfxImagePropData, Value::Pointer(0))
    });
    assert!(instance.restore(&source).distance(&whole) == 0.0);
    instance.effect.clip("Mask", |clip| clip.connect(None));
    assert!(instance.restore(&source).distance(&whole) == 0.0);
}

#[test]
fn a_mask_that_cannot_be_read_is_no_mask_left_out() {
    let host = Host::load(Equipment::default());
    let instance = host.create();
    instance.set(&[("apply_mask", "1")]);
    let source = Picture::sample(SIZE[0], SIZE[1], 4);
    connect(&instance, &picture(&block(), 1).packed());
    instance.effect.clip("Mask", |clip| {
        let depth = Value::Text(kOfxBitDepthByte.to_owned());
        clip.of_images(kOfxImageEffectPropPixelDepth, depth);
    });
    let memory = source.packed();
    instance.connect(&memory);
    let frame = Frame::like(&memory, 4, Placing::default());
    assert_eq!(instance.render_frame(&frame), (kOfxStatFailed, source));
    assert!(instance.message().unwrap().contains("float"));
}
