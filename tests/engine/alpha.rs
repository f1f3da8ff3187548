//! Pixels under alpha: what is hidden says nothing, what is seen is one picture however it is stored.

use crate::floats::{Floats, SMALL_TASKS, encode, scene};
use crate::setup::{PHOTO, TINY, options};
use dcdp::image::{Alpha, Transfer};
use ndarray::{Array2, Array3, s};
use proptest::prelude::*;

/// A cut-out: opaque within a wavy edge, half transparent on it, and `hidden` colour where alpha is 0.
fn cut_out(hidden: [f32; 3], premultiplied: bool) -> (Array3<f32>, Array2<f32>) {
    let scene = scene(0.0).slice(s![..48, 30..94, ..]).mapv(encode);
    let alpha = Array2::from_shape_fn((48, 64), |(y, x)| {
        let edge = 20.0 + 6.0 * (y as f32 / 5.0).sin() - x as f32;
        (0.5 + edge / 2.0).clamp(0.0, 1.0)
    });
    let values = Array3::from_shape_fn((48, 64, 4), |(y, x, c)| {
        let alpha = alpha[[y, x]];
        match (c, alpha == 0.0) {
            (3, _) => alpha,
            (c, true) => hidden[c],
            (c, false) if premultiplied => alpha * scene[[y, x, c]],
            (c, false) => scene[[y, x, c]],
        }
    });
    (values, alpha)
}

/// Colour times alpha, and alpha: what is seen.
fn seen(values: &Array3<f32>, premultiplied: bool) -> Array3<f32> {
    let mut seen = values.clone();
    for mut pixel in seen.rows_mut() {
        let alpha = pixel[3];
        for channel in 0..3 {
            pixel[channel] *= match premultiplied {
                true if alpha > 0.0 => 1.0,
                true => 0.0,
                false => alpha,
            };
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Any colour under alpha 0, HDR and NaN too, gives the same visible bytes.
    #[test]
    fn hidden_colour_says_nothing(hidden in prop::array::uniform3(prop_oneof![
        0.0..1.0f32, 1.0..900.0f32, Just(f32::NAN), Just(f32::INFINITY), -5.0..0.0f32,
    ]), task in 0..SMALL_TASKS.len()) {
        let options = options(TINY, SMALL_TASKS[task]);
        let visible = |hidden| {
            let after = Floats::of(&cut_out(hidden, false).0, Transfer::Srgb, Alpha::Straight).after(&options);
            let mut bits = Vec::new();
            for pixel in after.rows().into_iter().filter(|pixel| pixel[3] > 0.0) {
                bits.extend(pixel.iter().map(|value| value.to_bits()));
            }
            bits
        };
        prop_assert!(visible(hidden) == visible([0.0; 3]));
    }
}

#[test]
fn straight_and_premultiplied_look_the_same() {
    for task in SMALL_TASKS {
        let options = options(TINY, task);
        let after = |alpha| {
            let premultiplied = alpha == Alpha::Premultiplied;
            let values = cut_out([0.0; 3], premultiplied).0;
            seen(
                &Floats::of(&values, Transfer::Srgb, alpha).after(&options),
                premultiplied,
            )
        };
        let difference = after(Alpha::Straight) - after(Alpha::Premultiplied);
        let farthest = difference.iter().fold(0f32, |a, b| a.max(b.abs()));
        let squares = difference.iter().map(|value| value * value).sum::<f32>();
        let mean = (squares / difference.len() as f32).sqrt();
        // Premultiplied values are rounded once more, which conjugate gradients of a deconvolution spread over all
        // pixels: by 2.8e-4 in the mean and, on one processor, 2.03e-3 at most.
        let most = if task.contains(&("task", "deblur")) {
            2.5e-3
        } else {
            2e-3
        };
        assert!(farthest < most, "{task:?}: {farthest}");
        assert!(mean < 4e-4, "{task:?}: {mean}");
    }
}

#[test]
fn within_reach_of_opaque_pixels_alpha_changes_nothing() {
    let opaque = scene(0.0).slice(s![..48, 30..94, ..]).mapv(encode);
    let (cut, alpha) = cut_out([1.0, 0.0, 1.0], false);
    let options = options(TINY, &[("task", "denoise"), ("noise", "15")]);
    let whole = Floats::of(&opaque, Transfer::Srgb, Alpha::Straight).after(&options);
    let part = Floats::of(&cut, Transfer::Srgb, Alpha::Straight).after(&options);
    let mut compared = 0;
    for y in 2..46 {
        for x in 2..62 {
            // The tiny prior looks two pixels far.
            if alpha
                .slice(s![y - 2..y + 3, x - 2..x + 3])
                .iter()
                .all(|&alpha| alpha == 1.0)
            {
                for channel in 0..3 {
                    let (a, b) = (whole[[y, x, channel]], part[[y, x, channel]]);
                    assert!((a - b).abs() < 1e-6, "{x},{y}: {a} {b}");
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn an_enlarged_cut_out_has_no_fringe() {
    let colour = [240.0, 220.0, 180.0].map(|code: f32| code / 255.0);
    let values = Array3::from_shape_fn((40, 40, 4), |(y, x, c)| {
        let inside = (y as f32 - 19.5).hypot(x as f32 - 19.5) < 12.0;
        match (inside, c) {
            (true, 3) => 1.0,
            (true, c) => colour[c],
            (false, _) => 0.0,
        }
    });
    let options = options(
        PHOTO,
        &[("task", "super-resolve"), ("scale", "2"), ("threads", "1")],
    );
    let after = Floats::of(&values, Transfer::Srgb, Alpha::Straight).after(&options);
    for pixel in after.rows().into_iter().filter(|pixel| pixel[3] > 0.0) {
        for (channel, wanted) in colour.iter().enumerate() {
            assert!((pixel[channel] - wanted).abs() < 0.04, "{pixel}");
        }
    }
}

#[test]
fn a_transparent_hole_is_filled_and_opaque() {
    let mut values = Array3::ones((48, 48, 4));
    values
        .slice_mut(s![.., .., ..3])
        .assign(&scene(0.0).slice(s![..48, ..48, ..]).mapv(encode));
    let mut mask = Array2::zeros((48, 48));
    mask.slice_mut(s![20..28, 15..30]).fill(1.0);
    for ((y, x, _), value) in values.indexed_iter_mut() {
        if mask[[y, x]] > 0.0 {
            *value = 0.0;
        }
    }
    for alpha in [Alpha::Straight, Alpha::Premultiplied] {
        let mut options = options(TINY, &[("task", "inpaint")]);
        options.set_mask(Some(mask.clone()));
        let after = Floats::of(&values, Transfer::Srgb, alpha).after(&options);
        assert!(after.slice(s![.., .., 3]).iter().all(|&alpha| alpha == 1.0));
        let filled = after.slice(s![20..28, 15..30, ..3]).mean().unwrap();
        let around = values.slice(s![12..20, 15..30, ..3]).mean().unwrap();
        assert!((filled - around).abs() < 0.25, "{filled} {around}");
    }
}
