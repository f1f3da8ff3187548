//! How chroma was sampled, from pixels alone.

use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis};

use super::lattice::{self, Steps};
use super::planes::whole_blocks;

/// How a decoder made pixels of chroma samples, along both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// Pixels per sample across and down.
    pub factors: [usize; 2],
    /// Whether samples were interpolated (libjpeg's "fancy upsampling": ¾ of the near, ¼ of the far one) rather than
    /// repeated.
    pub interpolated: bool,
}

/// The samplings in use, each as decoders undo it.
const SAMPLINGS: [Sampling; 7] = {
    const fn of(across: usize, down: usize, interpolated: bool) -> Sampling {
        Sampling {
            factors: [across, down],
            interpolated,
        }
    }
    [
        of(1, 1, false),
        of(2, 2, true),
        of(2, 2, false),
        of(2, 1, true),
        of(2, 1, false),
        of(1, 2, true),
        of(1, 2, false),
    ]
};

/// What was found about chroma.
pub struct Found {
    /// The sampling.
    pub sampling: Sampling,
    /// Where pixel (0, 0) lies in the first unit of the grid.
    pub origin: [usize; 2],
    /// Its table.
    pub steps: Steps,
}

/// The sampling, and the place in its larger units, under which chroma lies best on a lattice. `origin` is the place of
/// pixel (0, 0) in its luma block, `quality` what luma shows.
pub fn find(
    chroma: [ArrayView2<'_, f32>; 2],
    origin: [usize; 2],
    quality: Option<u32>,
) -> Option<Found> {
    let mut best: Option<Found> = None;
    for sampling in SAMPLINGS {
        let [across, down] = sampling.factors;
        for place in 0..across * down {
            let origin = [
                origin[0] + 8 * (place % across),
                origin[1] + 8 * (place / across),
            ];
            let blocks: Vec<_> = (chroma.iter())
                .flat_map(|plane| {
                    let samples = samples(plane.view(), sampling, origin);
                    whole_blocks(samples.view(), [origin[0] / across, origin[1] / down])
                })
                .collect();
            let Some(steps) = lattice::chroma(&blocks, quality) else {
                continue;
            };
            // Finer samplings have more blocks: what counts is the evidence of all of them.
            if best
                .as_ref()
                .is_none_or(|best| steps.total > best.steps.total)
            {
                best = Some(Found {
                    sampling,
                    origin,
                    steps,
                });
            }
        }
    }
    best
}

/// The samples behind a plane of chroma pixels whose pixel (0, 0) lies at `origin` of the grid.
pub fn samples(plane: ArrayView2<'_, f32>, sampling: Sampling, origin: [usize; 2]) -> Array2<f32> {
    let [across, down] = sampling.factors;
    let mut samples = mean(
        mean(plane, Axis(1), across, origin[0]).view(),
        Axis(0),
        down,
        origin[1],
    );
    if sampling.interpolated {
        for (axis, factor) in [(Axis(1), across), (Axis(0), down)] {
            if factor == 2 {
                samples
                    .lanes_mut(axis)
                    .into_iter()
                    .for_each(undo_interpolation);
            }
        }
    }
    samples
}

/// Means over the pixels of each sample along one axis; the first and last may have fewer.
fn mean(plane: ArrayView2<'_, f32>, axis: Axis, factor: usize, origin: usize) -> Array2<f32> {
    if factor == 1 {
        return plane.to_owned();
    }
    let length = plane.len_of(axis);
    let offset = origin % factor;
    let mut shape = plane.raw_dim();
    shape[axis.index()] = (offset + length).div_ceil(factor);
    let mut means = Array2::zeros(shape);
    for (index, mut mean) in means.axis_iter_mut(axis).enumerate() {
        let first = (index * factor).saturating_sub(offset);
        let last = ((index + 1) * factor - offset).min(length);
        for pixel in first..last {
            mean.scaled_add(1.0 / (last - first) as f32, &plane.index_axis(axis, pixel));
        }
    }
    means
}

/// The mean of a pair of interpolated pixels is ⅛, ¾, ⅛ of three samples (⅞, ⅛ at the ends): solves for the samples, in
/// place (Thomas' algorithm; diagonally dominant).
fn undo_interpolation(mut line: ArrayViewMut1<'_, f32>) {
    let last = line.len() - 1;
    if last == 0 {
        return;
    }
    let mut upper = vec![0.0_f32; line.len()];
    for at in 0..=last {
        let diagonal = if at == 0 || at == last { 0.875 } else { 0.75 };
        let (lower, before, value) = match at {
            0 => (0.0, 0.0, 0.0),
            _ => (0.125, upper[at - 1], line[at - 1]),
        };
        let pivot = diagonal - lower * before;
        upper[at] = 0.125 / pivot;
        line[at] = (line[at] - lower * value) / pivot;
    }
    for at in (0..last).rev() {
        line[at] -= upper[at] * line[at + 1];
    }
}
