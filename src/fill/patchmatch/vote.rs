//! From correspondences to pixels: what the patches over a pixel say it is.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::super::components::NONE;
use super::field::Field;
use super::level::{Level, Pixel};

/// Makes every pixel of the hole the weighted mean of what the patches over it say. The nearer a patch is
/// to its source, compared with the others over the same pixel, and to the known pixels, the more it says.
pub(super) fn blend(level: &mut Level, field: &Field) {
    update(level, |level, index| {
        let votes = || Votes::over(level, field, index);
        let (mut least, mut sum, mut count) = (f32::INFINITY, 0.0, 0.0);
        for (middle, _) in votes() {
            let difference = field.differences[middle];
            (least, sum, count) = (least.min(difference), sum + difference, count + 1.0);
        }
        let scale = 0.5 * (sum / f32::max(count, 1.0) - least) + 1e-6;
        let (mut total, mut weights) = ([0.0; 4], 0.0);
        for (middle, source) in votes() {
            let far = (field.differences[middle] - least) / scale;
            let weight = (-far).exp() * level.confidence[middle];
            let pixel = level.pixels[source];
            (0..4).for_each(|c| total[c] += weight * pixel[c]);
            weights += weight;
        }
        (weights > 0.0).then(|| total.map(|value| value / weights))
    });
}

/// Copies every pixel of the hole from the source of the best of the patches over it, without any mean.
/// Returns what the known pixels beside the hole would be by the same rule, with their indices.
pub(super) fn copy(level: &mut Level, field: &Field) -> Vec<(usize, Pixel)> {
    let best = |level: &Level, index: usize| {
        let mut best = (f32::INFINITY, None);
        for (middle, source) in Votes::over(level, field, index) {
            let cost = field.differences[middle] / level.confidence[middle].max(f32::MIN_POSITIVE);
            if cost < best.0 {
                best = (cost, Some(level.pixels[source]));
            }
        }
        best.1
    };
    let beside = |index: usize| {
        let [up, left, right, down] = level.reach(index).map(|side| side > 0);
        let steps = [
            up.then(|| index - level.width),
            left.then(|| index - 1),
            right.then(|| index + 1),
            down.then(|| index + level.width),
        ];
        steps.into_iter().flatten().any(|other| level.hole[other])
    };
    let rim = (0..level.pixels.len())
        .filter(|&index| !level.hole[index] && beside(index))
        .filter_map(|index| Some((index, best(level, index)?)))
        .collect();
    update(level, best);
    rim
}

/// Replaces every pixel of the hole for which there is something new.
fn update(level: &mut Level, new: impl Fn(&Level, usize) -> Option<Pixel> + Sync) {
    let mut pixels = level.pixels.clone();
    let width = level.width;
    pixels
        .par_chunks_mut(width)
        .enumerate()
        .for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let index = y * width + x;
                if level.hole[index]
                    && let Some(value) = new(level, index)
                {
                    *pixel = value;
                }
            }
        });
    level.pixels = pixels;
}

/// The patches over a pixel: the middle of each, and the pixel its source has in this place.
struct Votes<'a> {
    field: &'a Field,
    width: usize,
    index: usize,
    /// First row and column step, and how many of each.
    from: [isize; 2],
    size: [usize; 2],
    next: usize,
}

impl<'a> Votes<'a> {
    fn over(level: &Level, field: &'a Field, index: usize) -> Self {
        let [up, left, right, down] = level.reach(index);
        Votes {
            field,
            width: level.width,
            index,
            from: [-(up as isize), -(left as isize)],
            size: [up + 1 + down, left + 1 + right],
            next: 0,
        }
    }
}

impl Iterator for Votes<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.size[0] * self.size[1] {
            let (row, column) = (self.next / self.size[1], self.next % self.size[1]);
            self.next += 1;
            let step = (self.from[0] + row as isize) * self.width as isize
                + (self.from[1] + column as isize);
            let middle = self.index.wrapping_add_signed(step);
            let source = self.field.sources[middle];
            if source != NONE {
                return Some((middle, (source as usize).wrapping_add_signed(-step)));
            }
        }
        None
    }
}
