//! Grain of fills: measured around the hole, added in it alone.

use crate::restore::run;
use crate::setup::{PHOTO, options};
use dcdp::testing::fill::{Grain, add_grain};
use dcdp::testing::math::noise::{NoiseSource, SeededNoise};
use ndarray::{Array2, Array3, s};

const SIZE: (usize, usize, usize) = (3, 90, 120);

fn white(seed: u64) -> Array3<f32> {
    let mut out = Array3::zeros(SIZE);
    SeededNoise { seed }.fill(1, 0, &mut out);
    out
}

fn hole() -> Array2<bool> {
    let mut hole = Array2::from_elem((SIZE.1, SIZE.2), false);
    hole.slice_mut(s![20..70, 30..90]).fill(true);
    hole
}

/// A smooth picture.
fn clean() -> Array3<f32> {
    Array3::from_shape_fn(SIZE, |(c, y, x)| {
        0.3 * ((y + 2 * x) as f32 / 40.0 + c as f32).sin()
    })
}

#[test]
fn grain_is_measured_beside_the_hole_only() {
    let clean = clean();
    // Blue is noisier; far from the hole and in it there is something else entirely.
    let mut noisy = &clean + &(white(1) * (6.0 / 127.5));
    noisy.slice_mut(s![.., 25..65, 35..85]).fill(0.9);
    noisy.slice_mut(s![.., .., ..17]).fill(-0.9);
    noisy.slice_mut(s![.., .., 103..]).fill(-0.9);
    // An edge that denoising has flattened: an outlier, no grain.
    noisy.slice_mut(s![.., 10, 30..90]).fill(1.0);
    let grain = Grain::measure(noisy.view(), clean.view(), hole().view()).unwrap();
    assert!((grain.sigma - 6.0).abs() < 0.6, "{grain:?}");
    for (i, row) in grain.covariance.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            let wanted = if i == j { 36.0 } else { 0.0 };
            assert!((value - wanted).abs() < 9.0, "{grain:?}");
        }
    }
    assert!(grain.is_visible());
    let none = Grain::measure(clean.view(), clean.view(), hole().view()).unwrap();
    assert!(none.sigma == 0.0 && !none.is_visible());
    let nowhere = Array2::from_elem((SIZE.1, SIZE.2), false);
    let none = Grain::measure(noisy.view(), clean.view(), nowhere.view()).unwrap();
    assert_eq!(none.sigma, 0.0);
    assert!(
        Grain::measure(
            noisy.view(),
            clean.view(),
            Array2::from_elem((2, 2), false).view()
        )
        .is_err()
    );
}

#[test]
fn gray_grain_stays_gray_and_only_the_hole_gets_it() {
    let clean = clean();
    let one = white(2).index_axis_move(ndarray::Axis(0), 0);
    let noisy = Array3::from_shape_fn(SIZE, |(c, y, x)| {
        clean[[c, y, x]] + one[[y, x]] * [8.0, 8.0, 4.0][c] / 127.5
    });
    let hole = hole();
    let grain = Grain::measure(noisy.view(), clean.view(), hole.view()).unwrap();
    let mut filled = clean.clone();
    add_grain(&mut filled, hole.view(), &grain, 5, None).unwrap();
    let added = (&filled - &clean) * 127.5;
    for ((y, x), &fill) in hole.indexed_iter() {
        let [red, green, blue] = [0, 1, 2].map(|c| added[[c, y, x]]);
        if fill {
            assert!((red - green).abs() < 0.7 && (red - 2.0 * blue).abs() < 1.5);
        } else {
            let same = |c: usize| filled[[c, y, x]].to_bits() == clean[[c, y, x]].to_bits();
            assert!((0..3).all(same));
        }
    }
    let inside = added.slice(s![0, 20..70, 30..90]).std(0.0);
    assert!((inside - 8.0).abs() < 0.9, "{inside}");
    // The same place in a larger picture gets the same grain, another seed another one.
    let mut again = clean.clone();
    add_grain(&mut again, hole.view(), &grain, 5, None).unwrap();
    assert_eq!(again, filled);
    let mut other = clean.clone();
    add_grain(&mut other, hole.view(), &grain, 6, None).unwrap();
    assert_ne!(other, filled);
}

#[test]
fn grain_takes_the_shape_it_is_given() {
    let flat = Grain {
        sigma: 5.0,
        covariance: [[25.0, 0.0, 0.0], [0.0, 25.0, 0.0], [0.0, 0.0, 25.0]],
    };
    let hole = hole();
    let mut picture = Array3::<f32>::zeros(SIZE);
    // Rows of one value each.
    let shape = |noise: &mut Array3<f32>| {
        for mut row in noise.lanes_mut(ndarray::Axis(2)) {
            let first = row[0];
            row.fill(first);
        }
        Ok(())
    };
    add_grain(&mut picture, hole.view(), &flat, 1, Some(&shape)).unwrap();
    let inside = picture.slice(s![.., 20..70, 30..90]);
    for row in inside.index_axis(ndarray::Axis(0), 1).rows() {
        let first: f32 = row[0];
        assert!(first != 0.0 && row.iter().all(|value| *value == first));
    }
    let sigma = picture.slice(s![.., 20..70, 40]).std(0.0) * 127.5;
    assert!((3.8..6.2).contains(&sigma), "{sigma}");
}

#[test]
fn patches_keep_the_grain_they_bring() {
    let (channels, height, width) = SIZE;
    let grainy = 6.0 * white(4);
    let bytes: Vec<u8> = (0..height * width * channels)
        .map(|index| {
            let (pixel, c) = (index / channels, index % channels);
            (128.0 + grainy[[c, pixel / width, pixel % width]]).round() as u8
        })
        .collect();
    let hole = hole();
    let mut options = options(
        PHOTO,
        &[("task", "inpaint"), ("fill", "patch"), ("noise", "0")],
    );
    options.set_mask(Some(hole.mapv(|fill| f32::from(u8::from(fill)))));
    let (filled, _) = run(&options, &bytes, [width, height, channels], &mut ()).unwrap();
    let deviation = |inside: bool| {
        let part = filled.chunks_exact(channels).zip(&hole);
        let values: Vec<f64> = part
            .filter(|(_, fill)| **fill == inside)
            .flat_map(|(pixel, _)| pixel.iter().map(|&value| f64::from(value) - 128.0))
            .collect();
        (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
    };
    let ratio = deviation(true) / deviation(false);
    assert!((0.7..1.15).contains(&ratio), "{ratio}");
}
