//! Camera shake found in pictures whose trail is known.

use std::cell::Cell;

use crate::blur_estimate::{blurred, door, houses, noisy};
use dcdp::estimate::blur::{Blur, BlurFinding, Light, NoBlur, estimate_blur, estimate_shake};
use dcdp::operators::kernels;
use dcdp::{Error, Result};
use ndarray::{Array2, Array3, s};

/// Seed of a bent trail of 18 px.
const BENT: u64 = 61;

fn silent(_: f64) -> Result<()> {
    Ok(())
}

fn find(picture: &Array3<f32>) -> BlurFinding {
    estimate_shake(picture.view(), noisy(1.0), None, None, &silent).unwrap()
}

/// The largest normalised correlation of two kernels moved by up to 3 pixels.
fn likeness(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    let norm = |kernel: &Array2<f64>| kernel.iter().map(|value| value * value).sum::<f64>().sqrt();
    let from_middle = |at: usize, side: usize| at as isize - side as isize / 2;
    let mut best = 0.0f64;
    for down in -3..=3 {
        for right in -3..=3 {
            let mut sum = 0.0;
            for ((row, column), value) in a.indexed_iter() {
                let i = from_middle(row, a.nrows()) + down + b.nrows() as isize / 2;
                let j = from_middle(column, a.ncols()) + right + b.ncols() as isize / 2;
                if let (Ok(i), Ok(j)) = (usize::try_from(i), usize::try_from(j)) {
                    sum += value * b.get([i, j]).unwrap_or(&0.0);
                }
            }
            best = best.max(sum);
        }
    }
    best / (norm(a) * norm(b))
}

#[test]
fn the_trail_of_a_shaken_picture_is_found() {
    let truth = kernels::random(BENT);
    let picture = blurred(&houses(), truth.view(), Light::Linear, 1.0);
    let found = find(&picture);
    let Blur::Shake { psf } = &found.blur else {
        panic!("{found:?}");
    };
    assert_eq!((psf.nrows() % 2, psf.ncols() % 2), (1, 1));
    assert!((psf.sum() - 1.0).abs() < 1e-6);
    assert!(psf.iter().all(|&value| value >= 0.0));
    assert!(likeness(psf, &truth) > 0.85, "{}", likeness(psf, &truth));
    assert_eq!(found.light, Light::Linear);
    assert!(found.confidence > 0.5);
    assert_eq!(found.psf().unwrap().as_ref(), Some(psf));
    // So it is where nobody said that it is one.
    let automatic = estimate_blur(picture.view(), noisy(1.0), None, &silent).unwrap();
    assert_eq!(automatic, found);
}

#[test]
fn sharp_and_flat_pictures_have_no_trail() {
    let reason = NoBlur::Sharp;
    assert_eq!(find(&door()).blur, Blur::None { reason });
    let reason = NoBlur::Featureless;
    let flat = Array3::from_elem((3, 300, 300), 0.1);
    assert_eq!(find(&flat).blur, Blur::None { reason });
    let black = Array3::from_elem((3, 300, 300), -1.0);
    assert_eq!(find(&black).blur, Blur::None { reason });
    assert_eq!(find(&Array3::zeros((3, 1, 1))).blur, Blur::None { reason });
    let transparent = Array2::from_elem((300, 300), false);
    let shaken = small();
    let usable = transparent.slice(s![..shaken.dim().1, ..shaken.dim().2]);
    let seen = estimate_shake(shaken.view(), noisy(1.0), Some(usable), None, &silent);
    assert_eq!(seen.unwrap().blur, Blur::None { reason });
}

/// A picture of one crop, which costs least.
fn small() -> Array3<f32> {
    let psf = kernels::random(BENT);
    let picture = blurred(&houses(), psf.view(), Light::Linear, 1.0);
    picture.slice(s![.., 200..392, 100..292]).to_owned()
}

#[test]
fn the_trail_does_not_depend_on_the_number_of_threads() {
    let picture = small();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| find(&picture))
    };
    let one = with(1);
    // It went as far as judging a trail.
    assert!(one.gain != 0.0, "{one:?}");
    assert_eq!(one, with(3));
}

#[test]
fn progress_rises_and_what_check_says_ends_the_search() {
    let picture = small();
    let (last, calls) = (Cell::new(0.0), Cell::new(0));
    let stop = |fraction: f64| {
        assert!(fraction >= last.get() && fraction <= 1.0);
        last.set(fraction);
        calls.set(calls.get() + 1);
        match calls.get() {
            20 => Err(Error::Cancelled),
            _ => Ok(()),
        }
    };
    let stopped = estimate_shake(picture.view(), noisy(1.0), None, None, &stop);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(calls.get(), 20);
    assert!(last.get() > 0.1);
}
