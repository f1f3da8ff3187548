//! Camera shake: a kernel of any shape, found on several crops that have to agree.
//!
//! On each crop a picture with few edges and a kernel are estimated in turn, from coarse to fine: the
//! picture by L0 gradients ([`latent`]; Xu, Zheng and Jia, CVPR 2013; Pan et al., CVPR 2014), the kernel by
//! least squares on the simplex ([`simplex`]). Such an alternation answers whatever it is shown, so that
//! crops must answer the same ([`vote`]), and what they agree on is made exact on all of them together.

mod canvas;
mod latent;
mod resize;
mod simplex;
mod tidy;
mod trail;
mod vote;

use ndarray::{Array2, Axis, s};

use crate::Result;

use super::crops::{Crop, Scene};
use super::finding::{Blur, BlurFinding, Light, NoBlur};
use trail::{Patch, polished, trails};
use vote::{Vote, likeness, vote};

/// Least agreement of two crops, and of what they agree on with all of them together, for a kernel to be relied
/// on. Wrong trails reached 0.915 on training pictures.
const RELIABLE: f64 = 0.92;

/// Least spread of a kernel, as a standard deviation in pixels over both axes: less is what every lens does, or
/// the answer that nothing is blurred.
const SPREAD: f64 = 1.6;

/// Shortest side of a crop that is halved where it is alone.
const HALVED: usize = 128;

/// Searches the kernel of `scene`, of the given `sharpness`, on its `crops`, at least one, in `light`.
pub(super) fn search(
    (scene, sharpness): (&Scene<'_>, f64),
    crops: &[Crop],
    light: Light,
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<BlurFinding> {
    let crops = match crops {
        [crop] => halves(*crop),
        _ => crops.to_vec(),
    };
    let patches: Vec<Patch> = (crops.iter())
        .map(|&crop| patch(scene, crop, light))
        .collect();
    let Vote { kernel, agreement } = vote(&trails(&patches, &|done| check(0.75 * done))?);
    let none = |reason, agreement| BlurFinding {
        confidence: 1.0 - confidence(agreement),
        ..BlurFinding::none(reason, Some(sharpness))
    };
    if spread(&kernel) < SPREAD {
        return Ok(none(NoBlur::Unclear, RELIABLE));
    }
    if agreement < RELIABLE {
        return Ok(none(NoBlur::Uncertain, agreement));
    }
    let exact = polished(&patches, kernel.clone(), &|done| check(0.75 + 0.25 * done))?;
    // Crops can share a mistake; all of them together then leave it.
    let agreement = agreement.min(likeness(&kernel, &exact));
    if agreement < RELIABLE {
        return Ok(none(NoBlur::Uncertain, agreement));
    }
    Ok(BlurFinding {
        blur: Blur::Shake {
            psf: trimmed(&exact),
        },
        light,
        confidence: confidence(agreement),
        sharpness: Some(sharpness),
        gain: 0.0,
    })
}

/// A half where two crops just reach [`RELIABLE`].
fn confidence(agreement: f64) -> f64 {
    /// By how much more or less the odds become e times as good.
    const STEP: f64 = 0.04;
    1.0 / (1.0 + (-(agreement - RELIABLE) / STEP).exp())
}

/// The two halves of a crop, unless that is small already.
fn halves(crop: Crop) -> Vec<Crop> {
    let ((top, left), (height, width)) = (crop.corner, crop.size);
    let size = match height > width {
        true => (height / 2, width),
        false => (height, width / 2),
    };
    if size.0.max(size.1) < HALVED {
        return vec![crop];
    }
    let second = (top + height - size.0, left + width - size.1);
    let half = |corner| Crop { corner, size };
    vec![half((top, left)), half(second)]
}

/// The gray values of a crop.
fn patch(scene: &Scene<'_>, crop: Crop, light: Light) -> Patch {
    let values = scene.crop(crop, light);
    let channels = values.len_of(Axis(0)) as f32;
    let ((top, left), (height, width)) = (crop.corner, crop.size);
    let good = scene.good.slice(s![top..top + height, left..left + width]);
    Patch {
        values: values.sum_axis(Axis(0)) / channels,
        good: good.to_owned(),
    }
}

/// Standard deviation of a kernel around its middle, in pixels, both axes together.
fn spread(kernel: &Array2<f32>) -> f64 {
    let middle = |side: usize| (side / 2) as f64;
    let (down, right) = (middle(kernel.nrows()), middle(kernel.ncols()));
    let square = |((row, column), &value): ((usize, usize), &f32)| {
        f64::from(value) * ((row as f64 - down).powi(2) + (column as f64 - right).powi(2))
    };
    kernel.indexed_iter().map(square).sum::<f64>().sqrt()
}

/// A kernel without its rims of zeros, the middle where it was, of sum 1.
fn trimmed(kernel: &Array2<f32>) -> Array2<f64> {
    let (rows, columns) = (kernel.nrows() / 2, kernel.ncols() / 2);
    let (mut down, mut right) = (0, 0);
    for ((row, column), &value) in kernel.indexed_iter() {
        if value > 0.0 {
            down = down.max(row.abs_diff(rows));
            right = right.max(column.abs_diff(columns));
        }
    }
    let used = s![rows - down..=rows + down, columns - right..=columns + right];
    let kernel = kernel.slice(used).mapv(f64::from);
    let sum = kernel.sum();
    kernel / sum
}
