//! Wide holes filled with patches.

use crate::arrays::gentle_noise;
use dcdp::testing::fill::{PatchFill, fill_patches};
use dcdp::{Error, Result};
use ndarray::{Array2, Array3, ArrayView2, s};

fn unchecked() -> Result<()> {
    Ok(())
}

fn fill(picture: &mut Array3<f32>, hole: ArrayView2<'_, bool>) -> Result<()> {
    let request = PatchFill {
        hole,
        unknown: None,
        from: None,
        seed: 7,
    };
    fill_patches(picture, request, &unchecked)
}

/// Bricks: a texture that repeats, so that the right fill is known.
fn bricks(height: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((3, height, width), |(c, y, x)| {
        let shifted = x + 6 * (y / 8 % 2);
        let mortar = y % 8 == 0 || shifted % 12 == 0;
        let shade = [0.4, -0.1, -0.3][c] + 0.02 * (shifted % 12) as f32;
        if mortar { 0.7 } else { shade }
    })
}

fn rectangle(size: (usize, usize), rows: [usize; 2], columns: [usize; 2]) -> Array2<bool> {
    let mut hole = Array2::from_elem(size, false);
    hole.slice_mut(s![rows[0]..rows[1], columns[0]..columns[1]])
        .fill(true);
    hole
}

/// The picture with grey in its hole.
fn damaged(picture: &Array3<f32>, hole: &Array2<bool>) -> Array3<f32> {
    Array3::from_shape_fn(picture.raw_dim(), |(c, y, x)| {
        if hole[[y, x]] {
            0.1
        } else {
            picture[[c, y, x]]
        }
    })
}

fn error_in(a: &Array3<f32>, b: &Array3<f32>, hole: &Array2<bool>) -> f64 {
    let mut sum = 0.0;
    for ((c, y, x), &value) in a.indexed_iter() {
        if hole[[y, x]] {
            sum += f64::from(value - b[[c, y, x]]).powi(2);
        } else {
            assert_eq!(value.to_bits(), b[[c, y, x]].to_bits(), "{c} {y} {x}");
        }
    }
    (sum / (3 * hole.iter().filter(|fill| **fill).count()) as f64).sqrt()
}

#[test]
fn a_repeating_texture_goes_on() {
    let truth = bricks(120, 150);
    for (rows, columns) in [([40, 80], [50, 95]), ([0, 36], [100, 150])] {
        let hole = rectangle((120, 150), rows, columns);
        let mut picture = damaged(&truth, &hole);
        fill(&mut picture, hole.view()).unwrap();
        let error = error_in(&picture, &truth, &hole);
        // Black instead would be off by 0.45.
        assert!(error < 0.05, "{rows:?}: {error}");
    }
}

#[test]
fn a_fill_is_as_textured_as_its_surroundings() {
    let truth = gentle_noise(140, 140, 1);
    let hole = rectangle((140, 140), [50, 90], [50, 90]);
    let mut picture = damaged(&truth, &hole);
    fill(&mut picture, hole.view()).unwrap();
    let spread = |picture: &Array3<f32>| picture.slice(s![.., 55..85, 55..85]).std(0.0);
    let ratio = spread(&picture) / spread(&truth);
    assert!((0.7..1.3).contains(&ratio), "{ratio}");
}

#[test]
fn patches_come_from_where_they_may() {
    // Red noise on the left, blue on the right, the hole in the red.
    let mut truth = gentle_noise(120, 240, 1);
    for ((c, _, x), value) in truth.indexed_iter_mut() {
        *value = match (c, x < 120) {
            (0, true) | (2, false) => 0.5 + 0.5 * *value,
            (1, _) => *value * 0.2,
            _ => -0.9,
        };
    }
    let hole = rectangle((120, 240), [40, 80], [40, 80]);
    let from = rectangle((120, 240), [0, 120], [130, 240]);
    let mut picture = damaged(&truth, &hole);
    let request = PatchFill {
        hole: hole.view(),
        unknown: None,
        from: Some(from.view()),
        seed: 1,
    };
    fill_patches(&mut picture, request, &unchecked).unwrap();
    error_in(&picture, &truth, &hole);
    // Away from the joint only what is blue.
    let inside = picture.slice(s![.., 55..65, 55..65]);
    assert!(
        inside
            .slice(s![0, .., ..])
            .iter()
            .all(|value| *value < -0.5)
    );
    assert!(inside.slice(s![2, .., ..]).mean().unwrap() > 0.2);

    let mut picture = damaged(&truth, &hole);
    fill(&mut picture, hole.view()).unwrap();
    let inside = picture.slice(s![.., 55..65, 55..65]);
    assert!(inside.slice(s![0, .., ..]).mean().unwrap() > 0.2);

    // What is unknown is no source: only the blue is left.
    let request = PatchFill {
        unknown: Some(from.view()),
        from: None,
        ..request
    };
    let red = rectangle((120, 240), [0, 120], [0, 125]);
    let request = PatchFill {
        unknown: Some(red.view()),
        ..request
    };
    fill_patches(&mut picture, request, &unchecked).unwrap();
    let inside = picture.slice(s![2, 55..65, 55..65]);
    assert!(inside.mean().unwrap() > 0.2);
}

#[test]
fn threads_change_no_bit_and_the_seed_does() {
    let truth = gentle_noise(100, 170, 1);
    let mut hole = rectangle((100, 170), [30, 75], [20, 60]);
    hole.slice_mut(s![10..50, 120..165]).fill(true);
    let run = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let mut picture = damaged(&truth, &hole);
        let request = PatchFill {
            hole: hole.view(),
            unknown: None,
            from: None,
            seed,
        };
        pool.unwrap()
            .install(|| fill_patches(&mut picture, request, &unchecked))
            .unwrap();
        picture
    };
    let one = run(1, 3);
    assert_eq!(one, run(5, 3));
    assert_ne!(one, run(2, 4));
}

#[test]
fn small_pictures_are_filled_or_refused() {
    for (height, width) in [
        (1, 1),
        (1, 2),
        (2, 3),
        (4, 3),
        (3, 30),
        (5, 5),
        (9, 40),
        (17, 4),
    ] {
        let truth = gentle_noise(height, width, 1);
        let mut hole = Array2::from_elem((height, width), false);
        hole[[height / 2, width / 4]] = true;
        let mut picture = damaged(&truth, &hole);
        let before = picture.clone();
        match fill(&mut picture, hole.view()) {
            Ok(()) => assert!(error_in(&picture, &truth, &hole).is_finite()),
            Err(error) => {
                assert!(error.to_string().contains("fill_from") || height * width == 1);
                assert_eq!(picture, before);
            }
        }
    }
    // Nearly everything: one corner is left to copy from.
    let truth = bricks(90, 110);
    let hole = rectangle((90, 110), [12, 90], [0, 110]);
    let mut picture = damaged(&truth, &hole);
    fill(&mut picture, hole.view()).unwrap();
    assert!(error_in(&picture, &truth, &hole).is_finite());
    // No hole.
    let mut same = truth.clone();
    fill(&mut same, Array2::from_elem((90, 110), false).view()).unwrap();
    assert_eq!(same, truth);
    let wrong = Array2::from_elem((90, 100), false);
    assert!(matches!(
        fill(&mut same, wrong.view()),
        Err(Error::InvalidImage(_))
    ));
}

#[test]
fn it_can_be_cancelled() {
    let truth = bricks(90, 90);
    let hole = rectangle((90, 90), [30, 60], [30, 60]);
    let mut picture = damaged(&truth, &hole);
    let before = picture.clone();
    let request = PatchFill {
        hole: hole.view(),
        unknown: None,
        from: None,
        seed: 0,
    };
    let error = fill_patches(&mut picture, request, &|| Err(Error::Cancelled)).unwrap_err();
    assert!(matches!(error, Error::Cancelled));
    assert_eq!(picture, before);
}
