//! Whether pixels came out of a JPEG file, and of which grid, tables and sampling.
//!
//! A decoded picture's DCT coefficients lie on the multiples of the quantisation steps, up to rounding, on one
//! of 64 grids (Z. Fan and R. de Queiroz, "Identification of bitmap compression history", 2003; R. Neelamani
//! et al., "JPEG compression history estimation for color images", 2006). The grid is the one with the
//! most coefficients near 0; the steps are those of largest likelihood, one of libjpeg's tables
//! unless others explain clearly more. Sampling is the one under which chroma lies on a lattice too.

mod chroma;
mod lattice;
mod planes;
mod tables;

use ndarray::{ArrayView2, ArrayView3, s};
use rayon::prelude::*;

use crate::image::{JpegColor, JpegComponent, JpegSource, Turn};
use crate::math::dct8::Block;
use lattice::Steps;

/// Largest side of the part that is looked at to find grid and tables.
const WINDOW: usize = 512;
/// Smallest side of a picture with enough whole blocks.
const SMALLEST: usize = 32;
/// Largest side of the part whose zeros rank the grids.
const GLANCE: usize = 256;
/// Grids that are tried in full, the likeliest first.
const GRIDS: usize = 3;

/// What pixels show of the JPEG file that they came from.
#[derive(Clone, Debug)]
pub struct JpegTrace {
    /// Grid, tables, sampling and coefficients, as if read from the file; gray (luma alone) where chroma shows
    /// no lattice.
    pub source: JpegSource,
    /// libjpeg's quality (1…100), where luma has one of its tables.
    pub quality: Option<u32>,
    /// Mean evidence of a luma coefficient that is not 0, as the natural logarithm of a likelihood ratio. Above
    /// 0.2, else there is no trace; about 1 at quality 90, 2 to 3 below 70.
    pub evidence: f64,
}

/// libjpeg's quality (1…100) of a file whose luma table is one of its own, scaled.
pub fn quality(source: &JpegSource) -> Option<u32> {
    let luma = &source.components.first()?.table;
    (1..=100).find(|&quality| tables::scaled(&tables::LUMA, quality) == *luma)
}

/// Looks for the traces of JPEG compression in a picture, 3×H×W in the network range [-1, 1], sRGB-encoded, in whole codes
/// (8 bits). `None` when there are none: never compressed, resized or changed since, nearly without loss
/// (quality 97 and up), or smaller than 32 pixels a side.
pub fn find(x: ArrayView3<'_, f32>) -> Option<JpegTrace> {
    let (channels, height, width) = x.dim();
    if channels != 3 || height.min(width) < SMALLEST {
        return None;
    }
    let [top, left] = [height, width].map(|side| side.saturating_sub(WINDOW) / 2);
    let window = x.slice(s![
        ..,
        top..(top + WINDOW).min(height),
        left..(left + WINDOW).min(width)
    ]);
    let [luma, cb, cr] = planes::luma_and_chroma(window);
    let (grid, steps) = grid(luma.view())?;
    let found = chroma::find([cb.view(), cr.view()], grid, steps.quality);
    let origin = found.as_ref().map_or(grid, |found| found.origin);
    let unit = found.as_ref().map_or([8, 8], |found| {
        found.sampling.factors.map(|factor| 8 * factor)
    });
    // The window begins inside the picture.
    let origin = [(origin[0], left, unit[0]), (origin[1], top, unit[1])]
        .map(|(at, first, unit)| (at + unit - first % unit) % unit);
    let [luma, cb, cr] = planes::luma_and_chroma(x);
    let factors = found
        .as_ref()
        .map_or([1, 1], |found| found.sampling.factors);
    let mut components = vec![component(luma.view(), origin, factors, &steps)];
    if let Some(found) = &found {
        for plane in [cb, cr] {
            let samples = chroma::samples(plane.view(), found.sampling, origin);
            let at = [origin[0] / factors[0], origin[1] / factors[1]];
            components.push(component(samples.view(), at, [1, 1], &found.steps));
        }
    }
    let color = if found.is_some() {
        JpegColor::YCbCr
    } else {
        JpegColor::Gray
    };
    Some(JpegTrace {
        source: JpegSource {
            width,
            height,
            origin,
            turn: Turn::default(),
            color,
            components,
        },
        quality: steps.quality,
        evidence: steps.evidence,
    })
}

/// Where pixel (0, 0) lies in its block, x and y, and the luma steps.
fn grid(luma: ArrayView2<'_, f32>) -> Option<([usize; 2], Steps)> {
    let glance = luma.slice(s![..luma.nrows().min(GLANCE), ..luma.ncols().min(GLANCE)]);
    let mut grids: Vec<(f64, [usize; 2])> = (0..64usize)
        .into_par_iter()
        .map(|place| {
            let origin = [place % 8, place / 8];
            (zeros(&planes::whole_blocks(glance, origin)), origin)
        })
        .collect();
    grids.sort_by(|a, b| b.0.total_cmp(&a.0));
    let tried = grids.into_iter().take(GRIDS).filter_map(|(_, origin)| {
        let steps = lattice::luma(&planes::whole_blocks(luma, origin))?;
        Some((origin, steps))
    });
    tried.max_by(|a, b| a.1.total.total_cmp(&b.1.total))
}

/// The share of coefficients within rounding of 0.
fn zeros(blocks: &[Block]) -> f64 {
    let near = |block: &Block| block[1..].iter().filter(|value| value.abs() < 0.8).count();
    blocks.iter().map(near).sum::<usize>() as f64 / blocks.len().max(1) as f64
}

/// A component with the coefficients that its samples have.
fn component(
    samples: ArrayView2<'_, f32>,
    origin: [usize; 2],
    sampling: [usize; 2],
    steps: &Steps,
) -> JpegComponent {
    let (columns, blocks) = planes::blocks(samples, origin);
    let quantized = |block: &Block| {
        std::array::from_fn(|at| (block[at] / f32::from(steps.table[at])).round() as i16)
    };
    JpegComponent {
        h: sampling[0],
        v: sampling[1],
        table: steps.table,
        columns,
        blocks: blocks.iter().map(quantized).collect(),
    }
}
