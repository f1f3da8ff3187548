//! One network call on a whole picture: mirror padding, tiles, blending, timing.

use std::time::{Duration, Instant};

use ndarray::parallel::prelude::*;
use ndarray::{Array3, Array4, ArrayView3, Axis, s};

use super::exposures::Brightness;
use super::progress::Monitor;
use super::symmetry::Symmetry;
use crate::Result;
use crate::plan::{TileSize, Tiling, mirror};
use crate::priors::{NoiseLevel, Prior};
use crate::runtime::Cancel;

/// A prior, and how it is run on whole pictures of any size.
pub struct Network<'a> {
    pub(super) prior: &'a dyn Prior,
    tile: TileSize,
    /// The grids of the sizes seen so far: a picture's, its turned one's, and those of its levels.
    tilings: Vec<Tiling>,
    /// How the picture is turned before the network sees it, and turned back after.
    symmetry: Symmetry,
    /// Whether pictures may lie above white, and if so whether below black too.
    pub(super) beyond: Option<bool>,
    /// Of the picture that the next calls are on, where it may lie beyond.
    pub(super) brightness: Option<Brightness>,
    pub(super) cancel: &'a Cancel,
    /// Network pixels of all calls so far, whole pictures without their padding.
    pub pixels: usize,
    /// Calls on one tile so far.
    pub tile_calls: usize,
    /// Time inside the runtime so far.
    pub time: Duration,
}

impl<'a> Network<'a> {
    /// A network that sees a picture in tiles of this size.
    pub fn new(prior: &'a dyn Prior, tile: TileSize, cancel: &'a Cancel) -> Self {
        Network {
            prior,
            tile,
            tilings: Vec::new(),
            symmetry: Symmetry::default(),
            beyond: None,
            brightness: None,
            cancel,
            pixels: 0,
            tile_calls: 0,
            time: Duration::ZERO,
        }
    }

    /// The flag that stops the run.
    pub fn cancel(&self) -> &'a Cancel {
        self.cancel
    }

    /// The prior.
    pub fn prior(&self) -> &'a dyn Prior {
        self.prior
    }

    /// From now on the network sees pictures turned this way.
    pub fn turn(&mut self, symmetry: Symmetry) {
        self.symmetry = symmetry;
    }

    /// Tiles of one call on a picture of `height`×`width`.
    pub fn tiles(&mut self, height: usize, width: usize) -> usize {
        self.tiling(height, width).count()
    }

    /// Channels [`predict`](Network::predict) fills: the sample's, twice with a learned variance.
    pub fn output_channels(&self) -> usize {
        let info = self.prior.info();
        info.channels * (1 + usize::from(info.learned_variance))
    }

    pub(super) fn tiling(&mut self, height: usize, width: usize) -> &Tiling {
        let fits = |tiling: &Tiling| (tiling.rows.length, tiling.columns.length) == (height, width);
        let index = self.tilings.iter().position(fits).unwrap_or_else(|| {
            let rule = self.prior.info().tiles;
            self.tilings
                .push(Tiling::new(rule, self.tile, height, width));
            self.tilings.len() - 1
        });
        &self.tilings[index]
    }

    /// Predicts of the whole picture what the prior answers at `level` into `out`:
    /// `output_channels`×H×W for a sample `x` of C×H×W. `monitor` advances by 1 after each tile.
    ///
    /// # Errors
    /// Those of [`Prior::predict`]; `Cancelled`.
    pub fn predict(
        &mut self,
        x: ArrayView3<'_, f32>,
        level: NoiseLevel,
        out: &mut Array3<f32>,
        monitor: &mut dyn Monitor,
    ) -> Result<()> {
        if self.symmetry == Symmetry::default() {
            return self.predict_as_it_is(x, level, out, monitor);
        }
        let turned = self.symmetry.turn(x);
        let mut prediction = self.symmetry.turn(out.view());
        self.predict_as_it_is(turned.view(), level, &mut prediction, monitor)?;
        out.assign(&self.symmetry.turn_back(prediction.view()));
        Ok(())
    }

    fn predict_as_it_is(
        &mut self,
        x: ArrayView3<'_, f32>,
        level: NoiseLevel,
        out: &mut Array3<f32>,
        monitor: &mut dyn Monitor,
    ) -> Result<()> {
        if let Some(brightness) = self.turned_brightness(self.symmetry) {
            return self.predict_exposed(x, level, &brightness, out, monitor);
        }
        let (channels, height, width) = x.dim();
        let tiling = self.tiling(height, width).clone();
        let (rows, columns) = (&tiling.rows, &tiling.columns);
        let mut input = Array4::zeros((1, channels, rows.tile, columns.tile));
        out.fill(0.0);
        for (&top, row_weights) in rows.starts.iter().zip(&rows.weights) {
            for (&left, column_weights) in columns.starts.iter().zip(&columns.weights) {
                self.cancel.check()?;
                gather(x, [rows.length, columns.length], [top, left], &mut input);
                let started = Instant::now();
                let prediction = self.prior.predict(input.view(), level, self.cancel)?;
                self.time += started.elapsed();
                self.tile_calls += 1;
                blend(
                    prediction.sample.index_axis(Axis(0), 0),
                    [row_weights, column_weights],
                    [top, left],
                    out.slice_mut(s![..channels, .., ..]),
                );
                if let Some(variance) = &prediction.variance {
                    blend(
                        variance.index_axis(Axis(0), 0),
                        [row_weights, column_weights],
                        [top, left],
                        out.slice_mut(s![channels.., .., ..]),
                    );
                }
                monitor.advance(1.0)?;
            }
        }
        self.pixels += height * width;
        Ok(())
    }
}

/// Copies a tile (1×C×h×w) out of a picture, mirrored where the tile reaches beyond it.
pub(super) fn gather(
    x: ArrayView3<'_, f32>,
    [height, width]: [usize; 2],
    [top, left]: [usize; 2],
    tile: &mut Array4<f32>,
) {
    let inside = width.saturating_sub(left).min(tile.shape()[3]);
    for (mut plane, source) in tile
        .index_axis_mut(Axis(0), 0)
        .axis_iter_mut(Axis(0))
        .zip(x.axis_iter(Axis(0)))
    {
        plane
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each(|(y, mut row)| {
                let source = source.row(mirror(top + y, height));
                row.slice_mut(s![..inside])
                    .assign(&source.slice(s![left..left + inside]));
                for at in inside..row.len() {
                    row[at] = source[mirror(left + at, width)];
                }
            });
    }
}

/// Adds a tile's output, weighted, to a picture; what lies beyond the picture is dropped.
pub(super) fn blend(
    tile: ArrayView3<'_, f32>,
    [row_weights, column_weights]: [&[f32]; 2],
    [top, left]: [usize; 2],
    mut out: ndarray::ArrayViewMut3<'_, f32>,
) {
    let (_, height, width) = out.dim();
    let tall = tile.dim().1.min(height - top);
    let wide = tile.dim().2.min(width - left);
    for (mut plane, source) in out.axis_iter_mut(Axis(0)).zip(tile.axis_iter(Axis(0))) {
        plane
            .slice_mut(s![top..top + tall, left..left + wide])
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each(|(y, mut row)| {
                let weight = row_weights[y];
                if weight == 0.0 {
                    return;
                }
                let source = source.row(y);
                for ((out, &value), &across) in row.iter_mut().zip(source).zip(column_weights) {
                    // Zero weights skip values that a halo made meaningless.
                    if across != 0.0 {
                        *out += weight * across * value;
                    }
                }
            });
    }
}
