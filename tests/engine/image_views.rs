//! Views refuse what they cannot hold; pictures come back as they went in.

use dcdp::image::{Alpha, ImageView, ImageViewMut, Layout, Picture, PixelType, Transfer};
use half::f16;
use ndarray::{Array2, Array3, Axis};
use proptest::prelude::*;

fn bytes_of(samples: &[f32]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|value| value.to_ne_bytes())
        .collect()
}

fn floats_of(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|sample| f32::from_ne_bytes(sample.try_into().unwrap()))
        .collect()
}

/// Reads `bytes` and writes the unmodified picture in the same layout.
fn round_trip(bytes: &[u8], layout: Layout, origin: usize) -> Vec<u8> {
    let view = ImageView::new(bytes, layout, origin).unwrap();
    let picture = Picture::read(&view);
    let mut out = vec![0_u8; bytes.len()];
    let mut output = ImageViewMut::new(&mut out, layout, origin).unwrap();
    picture.write(picture.color.view(), &mut output).unwrap();
    picture.keep_hidden(&view, &mut output);
    out
}

fn float_round_trip(samples: &[f32], layout: Layout) -> Vec<f32> {
    floats_of(&round_trip(&bytes_of(samples), layout, 0))
}

#[track_caller]
fn assert_close(got: &[f32], wanted: &[f32]) {
    assert_eq!(got.len(), wanted.len());
    for (index, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let same = got == wanted || (got.is_nan() && wanted.is_nan());
        assert!(
            same || (got - wanted).abs() <= 1e-6 * wanted.abs().max(1.0),
            "sample {index}: {got} instead of {wanted}"
        );
    }
}

fn layout(width: usize, height: usize, channels: usize) -> Layout {
    Layout::packed(width, height, channels, PixelType::F32)
}

#[test]
fn sizes_out_of_range_are_refused() {
    let mut bytes = [0_u8; 64];
    for (width, height, channels) in [
        (0, 1, 3),
        (1, 0, 3),
        (1, 1, 0),
        (1, 1, 5),
        (usize::MAX, 1, 1),
        (i32::MAX as usize, i32::MAX as usize, 4),
    ] {
        let layout = layout(width, height, channels);
        assert!(ImageView::new(&bytes, layout, 0).is_err(), "{layout:?}");
        assert!(
            ImageViewMut::new(&mut bytes, layout, 0).is_err(),
            "{layout:?}"
        );
    }
}

#[test]
fn slices_that_are_too_short_are_refused() {
    let layout = Layout::packed(3, 2, 4, PixelType::U16);
    assert_eq!(layout.extent().unwrap(), (0, 48));
    assert!(ImageView::new(&[0; 48], layout, 0).is_ok());
    assert!(ImageView::new(&[0; 47], layout, 0).is_err());
    assert!(ImageView::new(&[0; 48], layout, 1).is_err());
    assert!(ImageView::new(&[0; 48], layout, usize::MAX).is_err());
}

#[test]
fn negative_strides_start_inside_the_slice() {
    let mut bottom_up = Layout::packed(2, 2, 1, PixelType::U8);
    bottom_up.row_stride = -2;
    assert_eq!(bottom_up.extent().unwrap(), (2, 2));
    let bytes = [1, 2, 3, 4];
    assert!(ImageView::new(&bytes, bottom_up, 0).is_err());
    let picture = Picture::read(&ImageView::new(&bytes, bottom_up, 2).unwrap());
    let stored: Vec<u8> = picture
        .color
        .index_axis(Axis(0), 0)
        .iter()
        .map(|value| ((value + 1.0) * 127.5).round() as u8)
        .collect();
    assert_eq!(stored, [3, 4, 1, 2]);
    assert_eq!(round_trip(&bytes, bottom_up, 2), bytes);
}

#[test]
fn extreme_strides_are_refused() {
    for stride in [isize::MIN, isize::MIN + 1, isize::MAX] {
        for axis in 0..3 {
            let mut layout = layout(2, 2, 3);
            match axis {
                0 => layout.pixel_stride = stride,
                1 => layout.row_stride = stride,
                _ => layout.channel_stride = stride,
            }
            assert!(ImageView::new(&[0; 64], layout, 0).is_err(), "{layout:?}");
        }
    }
}

#[test]
fn outputs_with_overlapping_samples_are_refused() {
    let mut bytes = [0_u8; 256];
    let mut overlapping = layout(4, 4, 3);
    overlapping.row_stride = 12;
    assert!(ImageView::new(&bytes, overlapping, 0).is_ok());
    let error = ImageViewMut::new(&mut bytes, overlapping, 0).unwrap_err();
    assert!(error.to_string().contains("overlap"), "{error}");
    // A stride that is never taken matters to nobody.
    let mut single = layout(1, 4, 3);
    single.pixel_stride = 1;
    single.row_stride = 12;
    assert!(ImageViewMut::new(&mut bytes, single, 0).is_ok());
}

#[test]
fn misaligned_and_planar_data_work() {
    let samples: Vec<f32> = (0..24).map(|index| index as f32 / 24.0).collect();
    let mut bytes = vec![0_u8];
    bytes.extend(bytes_of(&samples));
    let mut planar = layout(4, 2, 3);
    planar.channel_stride = 32;
    planar.pixel_stride = 4;
    let out = round_trip(&bytes, planar, 1);
    assert_close(&floats_of(&out[1..]), &samples);
    let picture = Picture::read(&ImageView::new(&bytes, planar, 1).unwrap());
    assert!((picture.color[[2, 1, 3]] - (2.0 * 23.0 / 24.0 - 1.0)).abs() < 1e-6);
}

#[test]
fn every_16_bit_value_comes_back_exactly() {
    let samples: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_ne_bytes).collect();
    for transfer in [Transfer::Srgb, Transfer::Linear] {
        let mut layout = Layout::packed(256, 256, 1, PixelType::U16);
        layout.transfer = transfer;
        assert!(round_trip(&samples, layout, 0) == samples, "{transfer:?}");
    }
}

#[test]
fn half_floats_come_back() {
    let values = [0.0, 0.1, 0.5, 1.0, 3.5, -0.25, 60_000.0].map(f16::from_f32);
    let samples: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_ne_bytes())
        .collect();
    let out = round_trip(&samples, Layout::packed(7, 1, 1, PixelType::F16), 0);
    let back: Vec<f16> = out
        .chunks_exact(2)
        .map(|sample| f16::from_ne_bytes([sample[0], sample[1]]))
        .collect();
    assert_eq!(back, values);
}

#[test]
fn values_beyond_black_and_white_are_kept_in_either_transfer() {
    let samples = [0.2, 1.0, 7.5, -0.3, 0.0, 1e4];
    for transfer in [Transfer::Srgb, Transfer::Linear] {
        let mut layout = layout(2, 1, 3);
        layout.transfer = transfer;
        let bytes = bytes_of(&samples);
        let picture = Picture::read(&ImageView::new(&bytes, layout, 0).unwrap());
        assert!(picture.is_beyond());
        assert!(picture.color[[2, 0, 0]] > 3.0 && picture.color[[0, 0, 1]] < -1.0);
        assert_close(&float_round_trip(&samples, layout), &samples);
    }
    let plain = bytes_of(&[0.0, 0.5, 1.000_01]);
    let view = ImageView::new(&plain, self::layout(1, 1, 3), 0).unwrap();
    assert!(!Picture::read(&view).is_beyond());
}

#[test]
fn what_is_no_light_is_found_and_has_a_stand_in() {
    let samples = [0.25, f32::NAN, f32::INFINITY, 0.5, 1e30, 0.75];
    let bytes = bytes_of(&samples);
    let picture = Picture::read(&ImageView::new(&bytes, layout(3, 2, 1), 0).unwrap());
    let unseen = picture.unseen.as_ref().unwrap();
    let wanted = [false, true, true, false, true, false];
    assert!(unseen.iter().eq(&wanted));
    let broken = picture.broken.unwrap();
    assert_eq!((broken.count, broken.first), (3, [1, 0]));
    assert!(!picture.is_beyond());
    let stored = float_round_trip(&samples, layout(3, 2, 1));
    assert_close(&stored, &[0.25, 0.25, 0.25, 0.5, 0.5, 0.75]);
}

#[test]
fn alpha_is_carried_and_premultiplied_colour_restored() {
    // Two of them have no alpha: one is black, one glows.
    let samples = [
        0.5, 0.25, 0.125, 0.5, //
        0.0, 0.0, 0.0, 0.0, //
        0.3, 0.2, 0.1, 0.0, //
        2.0, 0.0, 0.0, 0.25, //
        0.1, 0.2, 0.3, 1.0,
    ];
    for transfer in [Transfer::Srgb, Transfer::Linear] {
        let mut layout = layout(5, 1, 4);
        layout.alpha = Alpha::Premultiplied;
        layout.transfer = transfer;
        let bytes = bytes_of(&samples);
        let view = ImageView::new(&bytes, layout, 0).unwrap();
        let picture = Picture::read(&view);
        assert!((picture.color[[0, 0, 0]] - 1.0).abs() < 1e-6);
        let unseen = picture.unseen.as_ref().unwrap();
        assert!(unseen.iter().eq(&[false, true, true, false, false]));
        // The glow comes back where it is asked for.
        let mut out = vec![0_u8; bytes.len()];
        let mut output = ImageViewMut::new(&mut out, layout, 0).unwrap();
        picture.write(picture.color.view(), &mut output).unwrap();
        picture.keep_hidden(&view, &mut output);
        assert_close(&floats_of(&out), &samples);
    }
}

#[test]
fn input_and_output_may_differ_in_transfer_and_alpha_mode() {
    let samples = [0.4, 0.2, 0.1, 0.5];
    let bytes = bytes_of(&samples);
    let picture = Picture::read(&ImageView::new(&bytes, layout(1, 1, 4), 0).unwrap());
    let mut other = layout(1, 1, 4);
    other.alpha = Alpha::Premultiplied;
    other.transfer = Transfer::Linear;
    let mut out = [0_u8; 16];
    let mut output = ImageViewMut::new(&mut out, other, 0).unwrap();
    picture.write(picture.color.view(), &mut output).unwrap();
    let linear = |value: f32| ((value + 0.055) / 1.055).powf(2.4) * 0.5;
    assert_close(
        &floats_of(&out),
        &[linear(0.4), linear(0.2), linear(0.1), 0.5],
    );
}

#[test]
fn gray_stays_gray() {
    let bytes = [10, 200, 90, 255];
    let layout = Layout::packed(2, 1, 2, PixelType::U8);
    let picture = Picture::read(&ImageView::new(&bytes, layout, 0).unwrap());
    assert!(picture.gray);
    assert_eq!(picture.color[[0, 0, 1]], picture.color[[2, 0, 1]]);
    assert_eq!(round_trip(&bytes, layout, 0), bytes);
    let mut color = picture.color.clone();
    color[[0, 0, 0]] = 1.0;
    color[[1, 0, 0]] = 0.0;
    color[[2, 0, 0]] = -0.9;
    let mut out = [0_u8; 4];
    let mut output = ImageViewMut::new(&mut out, layout, 0).unwrap();
    picture.write(color.view(), &mut output).unwrap();
    assert_eq!(out, [132, 200, 90, 255]);
}

#[test]
fn results_are_clamped_to_the_range() {
    let picture = Picture::read(&ImageView::new(&[0; 12], layout(1, 1, 3), 0).unwrap());
    let mut color = picture.color.clone();
    color[[0, 0, 0]] = 1.5;
    color[[1, 0, 0]] = -1.5;
    let mut out = [0_u8; 12];
    let mut output = ImageViewMut::new(&mut out, layout(1, 1, 3), 0).unwrap();
    picture.write(color.view(), &mut output).unwrap();
    assert_eq!(floats_of(&out), [1.0, 0.0, 0.0]);
}

#[test]
fn alpha_is_enlarged_with_the_picture() {
    let bytes = [0, 0, 0, 255];
    let layout = Layout::packed(2, 1, 2, PixelType::U8);
    let picture = Picture::read(&ImageView::new(&bytes, layout, 0).unwrap());
    let mut out = [9_u8; 16];
    let mut output =
        ImageViewMut::new(&mut out, Layout::packed(4, 2, 2, PixelType::U8), 0).unwrap();
    let color = Array3::from_elem((3, 2, 4), -1.0);
    picture.write(color.view(), &mut output).unwrap();
    let row = [0, 0, 0, 64, 0, 191, 0, 255];
    assert_eq!(out[..8], row);
    assert_eq!(out[8..], row);
}

#[test]
fn closed_pixels_are_opaque() {
    let bytes = [10, 0, 20, 100, 30, 255];
    let layout = Layout::packed(3, 1, 2, PixelType::U8);
    let view = ImageView::new(&bytes, layout, 0).unwrap();
    let mut picture = Picture::read(&view);
    picture.close(
        Array2::from_shape_vec((1, 3), vec![true, false, false])
            .unwrap()
            .view(),
    );
    let mut out = [0_u8; 6];
    let mut output = ImageViewMut::new(&mut out, layout, 0).unwrap();
    picture.write(picture.color.view(), &mut output).unwrap();
    picture.keep_hidden(&view, &mut output);
    assert_eq!(out[1..], [255, 20, 100, 30, 255]);
}

#[test]
fn an_output_of_another_shape_is_refused_untouched() {
    let picture = Picture::read(&ImageView::new(&[0; 12], layout(1, 1, 3), 0).unwrap());
    let mut out = [7_u8; 64];
    for other in [layout(1, 1, 4), layout(2, 1, 3), layout(1, 1, 1)] {
        let mut output = ImageViewMut::new(&mut out, other, 0).unwrap();
        assert!(picture.write(picture.color.view(), &mut output).is_err());
    }
    assert_eq!(out, [7; 64]);
}

fn pixel_type() -> impl Strategy<Value = PixelType> {
    prop_oneof![
        Just(PixelType::U8),
        Just(PixelType::U16),
        Just(PixelType::F16),
        Just(PixelType::F32)
    ]
}

prop_compose! {
    fn any_layout()(
        width in 0..9_usize,
        height in 0..9_usize,
        channels in 0..6_usize,
        pixel_type in pixel_type(),
        pixel_stride in -20..20_isize,
        row_stride in -150..150_isize,
        channel_stride in -30..30_isize,
    ) -> Layout {
        Layout {
            pixel_stride,
            row_stride,
            channel_stride,
            ..Layout::packed(width, height, channels, pixel_type)
        }
    }
}

proptest! {
    /// Whatever a view accepts lies in the slice and, for outputs, nowhere twice; an input that is
    /// refused does not fit.
    #[test]
    fn views_accept_what_fits(layout in any_layout(), length in 0..900_usize, origin in 0..900_usize) {
        let mut bytes = vec![0_u8; length];
        let accepted = ImageView::new(&bytes, layout, origin).is_ok();
        let valid = layout.width > 0 && layout.height > 0 && (1..=4).contains(&layout.channels);
        let sample = layout.pixel_type.bytes() as isize;
        let or = |stride: isize, packed: isize| if stride == 0 { packed } else { stride };
        let pixel = or(layout.pixel_stride, sample * layout.channels as isize);
        let row = or(layout.row_stride, pixel.abs() * layout.width as isize);
        let channel = or(layout.channel_stride, sample);
        let mut touched = std::collections::HashSet::new();
        let (mut inside, mut disjoint) = (true, true);
        for y in 0..layout.height as isize {
            for x in 0..layout.width as isize {
                for c in 0..layout.channels as isize {
                    let first = origin as isize + x * pixel + y * row + c * channel;
                    for byte in first..first + sample {
                        inside &= (0..length as isize).contains(&byte);
                        disjoint &= touched.insert(byte);
                    }
                }
            }
        }
        prop_assert_eq!(accepted, valid && inside);
        if ImageViewMut::new(&mut bytes, layout, origin).is_ok() {
            prop_assert!(valid && inside && disjoint);
        }
    }

    /// Packed pictures come back byte by byte.
    #[test]
    fn bytes_come_back(width in 1..9_usize, height in 1..9_usize, channels in 1..=4_usize, seed in any::<u8>()) {
        let layout = Layout::packed(width, height, channels, PixelType::U8);
        let bytes: Vec<u8> = (0..layout.packed_bytes().unwrap())
            .map(|index| (index * 37) as u8 ^ seed)
            .collect();
        prop_assert_eq!(round_trip(&bytes, layout, 0), bytes);
    }
}
