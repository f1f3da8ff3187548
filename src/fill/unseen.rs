//! What stands in for colours that nobody sees.

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut2, Axis};

/// One plane at a coarser scale: means over what is known, and how much of it is, 0…1.
struct Level {
    values: Array2<f32>,
    known: Array2<f32>,
}

/// Replaces the unseen pixels of a picture (3×H×W) by what the seen ones around them suggest: near them their
/// colours, far from them ever wider means. Where nothing is seen, by mid-gray (0).
///
/// Pull and push (S. Gortler et al., "The Lumigraph", 1996): the time and memory are those of the picture
/// however much of it is unseen.
///
/// # Panics
/// When the sizes differ.
pub fn fill_unseen(picture: &mut Array3<f32>, unseen: ArrayView2<'_, bool>) {
    let (_, height, width) = picture.dim();
    assert_eq!(unseen.dim(), (height, width), "size of the unseen pixels");
    let shares = |known: bool| f32::from(u8::from(known));
    let known = unseen.mapv(|unseen| shares(!unseen));
    if known.iter().all(|&known| known == 0.0) {
        picture.fill(0.0);
        return;
    }
    picture
        .axis_iter_mut(Axis(0))
        .into_par_iter()
        .for_each(|plane| fill_plane(plane, known.view()));
}

fn fill_plane(mut plane: ArrayViewMut2<'_, f32>, known: ArrayView2<'_, f32>) {
    let mut levels = vec![halved(plane.view(), known)];
    loop {
        let last = &levels[levels.len() - 1];
        if last.known.iter().all(|&known| known >= 1.0) {
            break;
        }
        let next = halved(last.values.view(), last.known.view());
        levels.push(next);
    }
    let mut coarse = levels.pop().expect("there is a first one");
    while let Some(Level { mut values, known }) = levels.pop() {
        push(coarse.values.view(), values.view_mut(), known.view());
        coarse = Level { values, known };
    }
    push(coarse.values.view(), plane.view_mut(), known);
}

/// Half the size, rounded up. One pixel of which anything is known is wholly known: it is the last.
fn halved(values: ArrayView2<'_, f32>, known: ArrayView2<'_, f32>) -> Level {
    let (height, width) = values.dim();
    let size = (height.div_ceil(2), width.div_ceil(2));
    let mut level = Level {
        values: Array2::zeros(size),
        known: Array2::zeros(size),
    };
    for ((y, x), value) in level.values.indexed_iter_mut() {
        let (mut sum, mut weight) = (0.0, 0.0);
        for i in 2 * y..(2 * y + 2).min(height) {
            for j in 2 * x..(2 * x + 2).min(width) {
                // Values of which nothing is known need not be numbers.
                if known[[i, j]] > 0.0 {
                    sum += known[[i, j]] * values[[i, j]];
                    weight += known[[i, j]];
                }
            }
        }
        if weight > 0.0 {
            *value = sum / weight;
        }
        level.known[[y, x]] = weight.min(1.0);
    }
    if size == (1, 1) {
        level.known.fill(1.0);
    }
    level
}

/// Completes `values` as far as they are not known from the picture of half the size, bilinearly.
fn push(
    coarse: ArrayView2<'_, f32>,
    mut values: ArrayViewMut2<'_, f32>,
    known: ArrayView2<'_, f32>,
) {
    let (height, width) = coarse.dim();
    // A pixel lies a quarter of a coarse one beside the middle of its own.
    let beside = |at: usize, length: usize| {
        let other = if at.is_multiple_of(2) {
            (at / 2).saturating_sub(1)
        } else {
            at / 2 + 1
        };
        (at / 2, other.min(length - 1))
    };
    for ((y, x), value) in values.indexed_iter_mut() {
        let share = known[[y, x]];
        if share >= 1.0 {
            continue;
        }
        let ((near, far), (left, right)) = (beside(y, height), beside(x, width));
        let row = |row: usize| 0.75 * coarse[[row, left]] + 0.25 * coarse[[row, right]];
        let found = 0.75 * row(near) + 0.25 * row(far);
        *value = match share > 0.0 {
            true => share * *value + (1.0 - share) * found,
            false => found,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seen_stays_and_the_unseen_lies_between() {
        for (height, width) in [(1, 1), (1, 9), (7, 5), (64, 64), (33, 90)] {
            let picture = Array3::from_shape_fn((3, height, width), |(c, y, x)| {
                ((3 * y + 5 * x + 7 * c) % 11) as f32 / 11.0
            });
            let unseen =
                Array2::from_shape_fn((height, width), |(y, x)| y * x > 0 && (x > 4 || y > 20));
            let mut filled = picture.clone();
            for ((_, y, x), value) in filled.indexed_iter_mut() {
                if unseen[[y, x]] {
                    *value = f32::NAN;
                }
            }
            fill_unseen(&mut filled, unseen.view());
            for ((c, y, x), &value) in filled.indexed_iter() {
                match unseen[[y, x]] {
                    false => assert_eq!(value, picture[[c, y, x]]),
                    true => assert!((-1e-6..=1.0 + 1e-6).contains(&value), "{value}"),
                }
            }
        }
    }

    #[test]
    fn one_colour_goes_on_for_ever_and_nothing_is_gray() {
        let unseen = Array2::from_shape_fn((200, 300), |(y, x)| y > 2 || x > 2);
        let mut picture = Array3::from_shape_fn((3, 200, 300), |(c, y, x)| match unseen[[y, x]] {
            true => 9.0,
            false => 0.25 * c as f32,
        });
        fill_unseen(&mut picture, unseen.view());
        for ((c, _, _), &value) in picture.indexed_iter() {
            assert!((value - 0.25 * c as f32).abs() < 1e-6);
        }
        fill_unseen(&mut picture, unseen.mapv(|_| true).view());
        assert!(picture.iter().all(|&value| value == 0.0));
    }
}
