//! Camera shake: a kernel of any shape, that several crops have in common.
//!
//! A picture with few edges and a kernel are estimated in turn, from coarse to fine: the picture by L0
//! gradients, in every crop on its own ([`latent`]; Xu, Zheng and Jia, CVPR 2013; Pan et al., CVPR 2014), the
//! kernel by least squares on the simplex, on all crops together ([`simplex`]). Such an alternation answers
//! whatever it is shown. But it looks at edges, at where things are, so that the crops' power spectra are
//! another witness: a trail is relied on if they say that it is more than texture, and more than any family.

mod canvas;
mod latent;
mod resize;
mod simplex;
mod tidy;
mod trail;

use ndarray::{Array2, Axis, s};

use crate::Result;

use super::exactness::Exactness;
use super::finding::{Blur, BlurFinding, Light, NoBlur};
use super::scene::{Crop, Scene};
use super::search::{Found, gains};
use trail::Patch;

/// Least spread of a kernel, as a standard deviation in pixels over both axes: less is what every lens does, or
/// the answer that nothing is blurred.
const SPREAD: f64 = 1.6;

/// Shortest side of a crop in which a trail is looked for.
const SMALLEST: usize = 128;

/// Log-likelihood that a trail has to gain over texture, per thousand frequencies, whatever else there is.
const CLEAR: f64 = 8.0;

/// Part of what the best of the families gains that a trail has to reach.
const RELIABLE: f64 = 0.85;

/// A trail of a shake.
pub(super) struct Trail {
    /// What is said of it: the trail, if it is one to rely on.
    pub finding: BlurFinding,
    /// Whether it explains the picture better than every family does.
    pub is_best: bool,
}

/// Searches the trail of `scene`, of the given `sharpness`, in `light`, on its `crops`, at least one, in which
/// the families were `found`.
pub(super) fn search(
    (scene, sharpness): (&Scene<'_>, f64),
    (crops, exactness): (&[Crop], Exactness),
    (found, light): (&Found, Light),
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<Trail> {
    let (height, width) = crops[0].size;
    if height.min(width) < SMALLEST {
        return Ok(Trail {
            finding: BlurFinding::none(NoBlur::Featureless, Some(sharpness)),
            is_best: false,
        });
    }
    let patches: Vec<Patch> = (crops.iter())
        .map(|&crop| patch(scene, crop, light))
        .collect();
    let kernel = trail::trail(&patches, check)?;
    let (gain, surplus) = gains(found, scene, (crops, exactness), (&kernel, light));
    let rival = found.surplus();
    let trust = confidence(surplus / rival.max(CLEAR));
    let (blur, confidence) = if spread(&kernel) < SPREAD {
        let reason = NoBlur::Unclear;
        (Blur::None { reason }, 0.5)
    } else if trust < 0.5 {
        let reason = NoBlur::Uncertain;
        (Blur::None { reason }, 1.0 - trust)
    } else {
        let psf = trimmed(&kernel);
        (Blur::Shake { psf }, trust)
    };
    let finding = BlurFinding {
        blur,
        light,
        confidence,
        sharpness: Some(sharpness),
        gain,
    };
    Ok(Trail {
        is_best: finding.is_blurred() && surplus > rival.max(CLEAR),
        finding,
    })
}

/// A half where a trail gains just [`RELIABLE`] of what else there is.
fn confidence(part: f64) -> f64 {
    /// By how much more or less the odds become e times as good.
    const STEP: f64 = 0.15;
    1.0 / (1.0 + (-(part - RELIABLE) / STEP).exp())
}

/// The gray values of a crop.
fn patch(scene: &Scene<'_>, crop: Crop, light: Light) -> Patch {
    let [values] = scene.crop(crop, [light]);
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
