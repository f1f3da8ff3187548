//! The quantiser of a JPEG file: what a picture must satisfy to have become that file.

mod plane;

use std::ops::Range;
use std::sync::Arc;

use ndarray::parallel::prelude::*;
use ndarray::{ArrayView3, ArrayViewMut3, Axis, s};

use plane::Plane;

use crate::image::{JpegColor, JpegComponent, JpegSource};
use crate::math::dct8::{Block, Dct8};
use crate::{Error, Result};

/// BT.601 luma weights of JFIF.
const RED: f32 = 0.299;
const GREEN: f32 = 0.587;
const BLUE: f32 = 0.114;
/// Cr = (R − Y)/`CR`, Cb = (B − Y)/`CB`.
const CR: f32 = 2.0 * (1.0 - RED);
const CB: f32 = 2.0 * (1.0 - BLUE);

/// The set of all pictures that quantise to a JPEG file: one interval c₀ ± q/2 ("cell") for each coefficient,
/// c₀ what the file says and q its table's entry. Data fidelity is the projection onto it, or onto the
/// same intervals narrowed by a factor.
///
/// Chroma is the mean over the pixels that share a sample, as encoders take it. Blocks that reach beyond
/// the picture hold hidden samples that the encoder chose; only the visible ones matter, so the hidden
/// ones start as the picture's edge repeated and go where the projection puts them.
#[derive(Clone, Debug)]
pub struct QuantizationCells {
    source: Arc<JpegSource>,
    dct: Dct8,
}

impl QuantizationCells {
    /// The cells of `source`.
    ///
    /// # Errors
    /// `InvalidImage` when its parts do not fit together, which never happens to what
    /// [`JpegSource::read`] returns.
    pub fn new(source: impl Into<Arc<JpegSource>>) -> Result<Self> {
        let source = source.into();
        if !is_consistent(&source) {
            return Err(Error::InvalidImage(
                "the JPEG coefficients do not fit the picture's size, colour and sampling"
                    .to_owned(),
            ));
        }
        let dct = Dct8::new();
        Ok(Self { source, dct })
    }

    /// The file's coefficients.
    pub fn source(&self) -> &JpegSource {
        &self.source
    }

    /// Moves `x` to the nearest picture whose coefficients lie within c₀ ± `share`·q/2. `x` is 3×H×W in the
    /// network range [-1, 1], sRGB-encoded, seen upright; values may leave the range. `share` 1 is the
    /// whole cell.
    ///
    /// # Errors
    /// `InvalidImage` when the sizes differ.
    pub fn project(&self, x: ArrayViewMut3<'_, f32>, share: f64) -> Result<()> {
        self.bring_inside(x, share as f32, |_| true)
    }

    /// Moves `x`, the file's own pixels, to what its coefficients say, which a decoder rounded and clipped. Components with fewer samples
    /// than pixels stay, since decoders differ in how they enlarge them. `x` as for [`project`](Self::project).
    ///
    /// # Errors
    /// `InvalidImage` when the sizes differ.
    pub fn unround(&self, x: ArrayViewMut3<'_, f32>) -> Result<()> {
        self.bring_inside(x, 0.0, Plane::is_full)
    }

    /// [`project`](Self::project) by the components that `counts` takes.
    fn bring_inside(
        &self,
        x: ArrayViewMut3<'_, f32>,
        share: f32,
        counts: impl Fn(&Plane) -> bool + Sync,
    ) -> Result<()> {
        self.check(x.dim())?;
        let stored = self.source.turn.stored(x);
        self.split(stored).into_par_iter().for_each_init(
            || self.planes(),
            |planes, (unit, rows, mut pixels)| {
                self.load(pixels.view(), rows.start, planes);
                let mut moved = false;
                for (plane, component) in planes.iter_mut().zip(&self.source.components) {
                    if !counts(plane) {
                        plane.samples.fill(0.0);
                        continue;
                    }
                    plane.shrink();
                    plane.for_each_block(unit, component, |samples, quantized| {
                        let moves =
                            outside(&self.dct.forward(samples), component, quantized, share);
                        *samples = moves.map_or([0.0; 64], |moves| self.dct.inverse(&moves));
                        moved |= moves.is_some();
                    });
                }
                if moved {
                    self.add(planes, rows.start, &mut pixels);
                }
            },
        );
        Ok(())
    }

    /// The share (0…1) of blocks whose coefficients `x` has in their cells, all 64 of them, within what rounding to
    /// 8 bits moves them: most for the file's own pixels (clipped ones leave their cells), nearly none
    /// once they were changed. Only components with a sample for every pixel count, since decoders
    /// differ in how they enlarge the others. `x` as for [`project`](Self::project).
    ///
    /// # Errors
    /// `InvalidImage` when the sizes differ.
    pub fn agreement(&self, x: ArrayView3<'_, f32>) -> Result<f64> {
        // Rounding R, G and B moves a coefficient by about 0.2 (one standard deviation); decoders add as much.
        const ROUNDING: f32 = 1.5;
        self.check(x.dim())?;
        let stored = self.source.turn.stored(x);
        let counts: Vec<[usize; 2]> = self
            .rows()
            .into_par_iter()
            .map_init(
                || self.planes(),
                |planes, (unit, pixels, first)| {
                    self.load(stored.slice(s![.., pixels, ..]), first, planes);
                    let mut counts = [0; 2];
                    let pairs = planes.iter_mut().zip(&self.source.components);
                    for (plane, component) in pairs.filter(|(plane, _)| plane.is_full()) {
                        plane.for_each_block(unit, component, |samples, quantized| {
                            let found = self.dct.forward(samples);
                            let inside = (0..64).all(|at| {
                                let step = f32::from(component.table[at]);
                                let centre = step * f32::from(quantized[at]);
                                (found[at] - centre).abs() <= 0.5 * step + ROUNDING
                            });
                            counts[0] += usize::from(inside);
                            counts[1] += 1;
                        });
                    }
                    counts
                },
            )
            .collect();
        let [inside, all] = [0, 1].map(|at| counts.iter().map(|count| count[at]).sum::<usize>());
        Ok(inside as f64 / all.max(1) as f64)
    }

    fn check(&self, (channels, height, width): (usize, usize, usize)) -> Result<()> {
        let (wanted_width, wanted_height) = self.source.size();
        if (channels, height, width) == (3, wanted_height, wanted_width) {
            return Ok(());
        }
        Err(Error::InvalidImage(format!(
            "{width}x{height} pixels with {channels} channels; the JPEG file has {wanted_width}x{wanted_height} with 3"
        )))
    }

    /// For each row of units: its number, the picture's rows in it, and the first one's place in the unit.
    fn rows(&self) -> Vec<(usize, Range<usize>, usize)> {
        let [_, unit] = self.source.unit();
        let offset = self.source.origin[1];
        (0..(offset + self.source.height).div_ceil(unit))
            .map(|index| {
                let first = (index * unit).saturating_sub(offset);
                let last = ((index + 1) * unit - offset).min(self.source.height);
                (index, first..last, (first + offset) % unit)
            })
            .collect()
    }

    /// The stored picture in rows of units; each with its number and its rows' places in the unit.
    fn split<'a>(
        &self,
        stored: ArrayViewMut3<'a, f32>,
    ) -> Vec<(usize, Range<usize>, ArrayViewMut3<'a, f32>)> {
        let mut rest = stored;
        let mut parts = Vec::new();
        for (index, rows, first) in self.rows() {
            let (part, after) = rest.split_at(Axis(1), rows.len());
            parts.push((index, first..first + rows.len(), part));
            rest = after;
        }
        parts
    }

    /// Room for one row of units.
    fn planes(&self) -> Vec<Plane> {
        let [unit_x, unit_y] = self.source.unit();
        let width = (self.source.origin[0] + self.source.width).next_multiple_of(unit_x);
        let sampled = |component: &JpegComponent| Plane {
            factors: [unit_x / (8 * component.h), unit_y / (8 * component.v)],
            width,
            samples: vec![0.0; unit_y * width],
        };
        self.source.components.iter().map(sampled).collect()
    }

    /// Fills `planes` with the components (codes less 128) of `pixels`, whose first row is row `first` of
    /// the unit; the picture's edge is repeated to the unit's.
    fn load(&self, pixels: ArrayView3<'_, f32>, first: usize, planes: &mut [Plane]) {
        let (left, width) = (self.source.origin[0], self.source.width);
        let rows = pixels.dim().1;
        for (y, row) in pixels.axis_iter(Axis(1)).enumerate() {
            for (x, pixel) in row.axis_iter(Axis(1)).enumerate() {
                let values = self.components_of([pixel[0], pixel[1], pixel[2]]);
                for (plane, value) in planes.iter_mut().zip(values) {
                    plane.full_row(first + y)[left + x] = value;
                }
            }
        }
        for plane in planes {
            for y in first..first + rows {
                let row = plane.full_row(y);
                let edges = (row[left], row[left + width - 1]);
                row[..left].fill(edges.0);
                row[left + width..].fill(edges.1);
            }
            plane.repeat_rows(first..first + rows);
        }
    }

    fn components_of(&self, pixel: [f32; 3]) -> [f32; 3] {
        let [red, green, blue] = pixel.map(|value| 127.5 * value - 0.5); // Codes less 128.
        if self.source.color == JpegColor::Rgb {
            return [red, green, blue];
        }
        let luma = RED * red + GREEN * green + BLUE * blue;
        [luma, (blue - luma) / CB, (red - luma) / CR]
    }

    /// Adds the differences in `planes` to `pixels`.
    fn add(&self, planes: &[Plane], first: usize, pixels: &mut ArrayViewMut3<'_, f32>) {
        let left = self.source.origin[0];
        for (y, mut row) in pixels.axis_iter_mut(Axis(1)).enumerate() {
            for (x, mut pixel) in row.axis_iter_mut(Axis(1)).enumerate() {
                let mut moves = [0.0; 3];
                for (value, plane) in moves.iter_mut().zip(planes) {
                    *value = plane.at(left + x, first + y);
                }
                if self.source.color != JpegColor::Rgb {
                    let [luma, cb, cr] = moves;
                    let green = luma - (RED * CR * cr + BLUE * CB * cb) / GREEN;
                    moves = [luma + CR * cr, green, luma + CB * cb];
                }
                for (value, code) in pixel.iter_mut().zip(moves) {
                    *value += code / 127.5;
                }
            }
        }
    }
}

/// What brings coefficients back into the cells narrowed to `share`; `None` when all are inside.
fn outside(
    found: &Block,
    component: &JpegComponent,
    quantized: &[i16; 64],
    share: f32,
) -> Option<Block> {
    let mut moves = [0.0; 64];
    let mut any = false;
    for (((to, &value), &quantized), &step) in moves
        .iter_mut()
        .zip(found)
        .zip(quantized)
        .zip(&component.table)
    {
        let step = f32::from(step);
        let (centre, reach) = (step * f32::from(quantized), 0.5 * share * step);
        *to = value.max(centre - reach).min(centre + reach) - value;
        any |= *to != 0.0;
    }
    any.then_some(moves)
}

/// Whether the public parts of a source fit together.
fn is_consistent(source: &JpegSource) -> bool {
    let count = if source.color == JpegColor::Gray {
        1
    } else {
        3
    };
    let unit = source.unit();
    let ends = [
        source.origin[0] + source.width,
        source.origin[1] + source.height,
    ];
    let blocks = |axis: usize, factor: usize| (ends[axis] * factor).div_ceil(unit[axis]);
    source.components.len() == count
        && source.width.min(source.height) > 0
        && (0..2).all(|axis| source.origin[axis] < unit[axis])
        && source.components.iter().all(|component| {
            let factors = [component.h, component.v];
            (0..2).all(|axis| factors[axis] > 0 && unit[axis].is_multiple_of(8 * factors[axis]))
                && component.columns == blocks(0, component.h)
                && component.blocks.len() == component.columns * blocks(1, component.v)
        })
}
