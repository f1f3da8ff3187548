//! Fills of holes: known pixels, equations, borders and threads.

use crate::arrays::gentle_noise;
use crate::restore::run;
use crate::setup::{PHOTO, options};
use dcdp::Error;
use dcdp::testing::fill::{Surface, WIDEST_BRIDGE, fill_surface, smooth_start};
use ndarray::{Array2, Array3, s};

fn unchecked() -> dcdp::Result<()> {
    Ok(())
}

const SURFACES: [Surface; 2] = [Surface::Harmonic, Surface::Biharmonic];

/// Blocks, a frame at the border, scratches and specks.
fn holes(height: usize, width: usize) -> Array2<bool> {
    let specks = gentle_noise(height, width, 9);
    Array2::from_shape_fn((height, width), |(y, x)| {
        y < 2
            || x + 3 > width
            || (10..19).contains(&y) && (7..30).contains(&x)
            || (3 * y + x) % 57 == 0
            || specks[[0, y, x]] > 0.5
    })
}

/// Own minus neighbours, twice for a plate, mirrored at the borders.
fn equation(picture: &Array3<f32>, surface: Surface) -> Array3<f64> {
    let laplacian = |values: &Array3<f64>| {
        let (_, height, width) = values.dim();
        Array3::from_shape_fn(values.dim(), |(c, y, x)| {
            let mut sum = 0.0;
            for (dy, dx) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                let i = y.checked_add_signed(dy).filter(|&i| i < height);
                let j = x.checked_add_signed(dx).filter(|&j| j < width);
                if let (Some(i), Some(j)) = (i, j) {
                    sum += values[[c, y, x]] - values[[c, i, j]];
                }
            }
            sum
        })
    };
    let once = laplacian(&picture.mapv(f64::from));
    match surface {
        Surface::Harmonic => once,
        Surface::Biharmonic => laplacian(&once),
    }
}

#[test]
fn surfaces_obey_their_equation_and_touch_nothing_else() {
    let hole = holes(60, 71);
    // Smooth, so that no value meets the limits of the known ones.
    let known = Array3::from_shape_fn((3, 60, 71), |(c, y, x)| {
        (0.13 * y as f32 + 0.4 * c as f32).sin() * (0.09 * x as f32).cos() * 0.8
    });
    for surface in SURFACES {
        let mut filled = known.clone();
        for (c, mut plane) in filled.outer_iter_mut().enumerate() {
            plane.zip_mut_with(&hole, |value, &fill| {
                if fill {
                    *value = 0.9 - c as f32 // What was in the hole does not matter.
                }
            });
        }
        let mut other = known.clone();
        fill_surface(&mut other, hole.view(), surface, &unchecked).unwrap();
        fill_surface(&mut filled, hole.view(), surface, &unchecked).unwrap();
        assert_eq!(filled, other);
        let residual = equation(&filled, surface);
        let mut tested = 0;
        for ((c, y, x), &value) in filled.indexed_iter() {
            match hole[[y, x]] {
                true if cut_off(&filled, [c, y, x]) => {}
                true => {
                    tested += 1;
                    assert!(residual[[c, y, x]].abs() < 2e-5, "{surface:?} {y} {x}");
                }
                false => assert_eq!(value.to_bits(), known[[c, y, x]].to_bits()),
            }
        }
        let count = 3 * hole.iter().filter(|fill| **fill).count();
        assert!(10 * tested > 9 * count, "{tested} of {count}");
    }
}

/// Whether a value nearby is the least or greatest of its channel, as it was made.
fn cut_off(picture: &Array3<f32>, [c, y, x]: [usize; 3]) -> bool {
    let plane = picture.index_axis(ndarray::Axis(0), c);
    let (low, high) = plane
        .iter()
        .fold((f32::MAX, f32::MIN), |(a, b), &v| (a.min(v), b.max(v)));
    let (height, width) = plane.dim();
    let rows = y.saturating_sub(2)..(y + 3).min(height);
    let near = plane.slice(s![rows, x.saturating_sub(2)..(x + 3).min(width)]);
    near.iter().any(|&value| value == low || value == high)
}

#[test]
fn a_plate_carries_a_slope_across_and_a_membrane_does_not_swing_out() {
    let slope = Array3::from_shape_fn((3, 40, 64), |(_, y, x)| 0.02 * x as f32 - 0.01 * y as f32);
    let mut hole = Array2::from_elem((40, 64), false);
    hole.slice_mut(s![12..30, 15..50]).fill(true);
    let mut filled = slope.clone();
    fill_surface(&mut filled, hole.view(), Surface::Biharmonic, &unchecked).unwrap();
    let error = (&filled - &slope)
        .mapv(f32::abs)
        .fold(0.0_f32, |a, &b| a.max(b));
    assert!(error < 1e-5, "{error}");
    let mut filled = gentle_noise(40, 64, 4);
    let (low, high) = (-0.9, 0.9);
    filled.mapv_inplace(|value| value.clamp(low, high));
    fill_surface(&mut filled, hole.view(), Surface::Harmonic, &unchecked).unwrap();
    let inside = filled.slice(s![.., 12..30, 15..50]);
    assert!(inside.iter().all(|value| (low..=high).contains(value)));
}

#[test]
fn one_known_pixel_is_enough_and_none_is_refused() {
    for size in [(1, 2), (2, 1), (1, 40), (40, 1), (5, 7), (64, 65)] {
        let mut hole = Array2::from_elem(size, true);
        hole[[size.0 / 2, size.1 / 3]] = false;
        for surface in SURFACES {
            let mut picture = gentle_noise(size.0, size.1, 2);
            let only: Vec<f32> = (0..3)
                .map(|c| picture[[c, size.0 / 2, size.1 / 3]])
                .collect();
            fill_surface(&mut picture, hole.view(), surface, &unchecked).unwrap();
            for ((c, _, _), value) in picture.indexed_iter() {
                assert_eq!(*value, only[c]);
            }
        }
        for surface in SURFACES {
            let hole = Array2::from_elem(size, true);
            let error = fill_surface(
                &mut gentle_noise(size.0, size.1, 2),
                hole.view(),
                surface,
                &unchecked,
            );
            assert!(error.unwrap_err().to_string().contains("mask"));
        }
    }
    let mut one = gentle_noise(1, 1, 3);
    let before = one.clone();
    smooth_start(
        &mut one,
        Array2::from_elem((1, 1), false).view(),
        WIDEST_BRIDGE,
        &unchecked,
    )
    .unwrap();
    assert_eq!(one, before);
    let wrong = Array2::from_elem((2, 1), false);
    assert!(smooth_start(&mut one, wrong.view(), WIDEST_BRIDGE, &unchecked).is_err());
}

#[test]
fn threads_change_no_bit() {
    let hole = holes(97, 130);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut picture = gentle_noise(97, 130, 1);
        pool.install(|| smooth_start(&mut picture, hole.view(), 6.0, &unchecked))
            .unwrap();
        picture
    };
    assert_eq!(run(1), run(5));
}

#[test]
fn surfaces_can_be_cancelled() {
    let mut picture = gentle_noise(50, 60, 1);
    let before = picture.clone();
    for surface in SURFACES {
        let cancel = || Err(Error::Cancelled);
        let error = fill_surface(&mut picture, holes(50, 60).view(), surface, &cancel);
        assert!(matches!(error, Err(Error::Cancelled)));
        assert_eq!(picture, before);
    }
}

#[test]
fn nothing_of_an_object_shines_through_a_soft_mask() {
    // A bright disk with an antialiased edge before a slope, and feathered masks of it.
    const SIDE: usize = 80;
    let coverage = |softness: f32| {
        Array2::from_shape_fn((SIDE, SIDE), |(y, x)| {
            let radius = (y as f32 - 40.0).hypot(x as f32 - 40.0);
            (0.5 + (20.0 - radius) / softness).clamp(0.0, 1.0)
        })
    };
    let slope = |y: usize, x: usize| 60.0 + 0.4 * x as f32 + 0.2 * y as f32;
    let object = coverage(1.5);
    let bytes: Vec<u8> = object
        .indexed_iter()
        .flat_map(|((y, x), &part)| {
            [250.0, 230.0, 20.0]
                .map(|disk| (slope(y, x) + part * (disk - slope(y, x))).round() as u8)
        })
        .collect();
    for (softness, fill) in [
        (1.5, "prior"),
        (6.0, "prior"),
        (1.5, "patch"),
        (6.0, "patch"),
        (14.0, "auto"),
    ] {
        let mut options = options(
            PHOTO,
            &[("task", "inpaint"), ("fill", fill), ("grain", "off")],
        );
        options.set_mask(Some(coverage(softness)));
        let (restored, _) = run(&options, &bytes, [SIDE, SIDE, 3], &mut ()).unwrap();
        let worst = restored
            .iter()
            .enumerate()
            .map(|(index, &code)| {
                (f32::from(code) - slope(index / 3 / SIDE, index / 3 % SIDE)).abs()
            })
            .fold(0.0, f32::max);
        // A mask cut off at one half would leave edges that are off by 60 and more.
        assert!(worst < 20.0, "{softness} {fill}: {worst}");
    }
}
