//! A network call on a picture beyond black and white.

use std::time::Instant;

use ndarray::{Array3, Array4, ArrayView3, Axis, Zip, s};

use super::exposures::{Brightness, Exposure};
use super::network::{Network, blend, gather};
use super::progress::Monitor;
use super::symmetry::Symmetry;
use crate::Result;
use crate::priors::NoiseLevel;

/// What a call at several exposures needs to know of a noise level.
struct Level {
    /// Relative to the picture, network range.
    sigma: f64,
    /// Factor from the sample to the picture.
    scale: f32,
    /// Whether the noise is asked for, not the clean picture.
    wants_noise: bool,
}

impl Network<'_> {
    /// From now on samples are pictures that may lie above white and, if `below`, below black.
    pub fn extend(&mut self, below: bool) {
        self.beyond = Some(below);
    }

    /// Whether samples may lie beyond black and white.
    pub fn is_extended(&self) -> bool {
        self.beyond.is_some()
    }

    /// Looks at the picture (3×H×W, before noise is added) that the next calls are on, where it may lie beyond
    /// black and white: that decides the exposures.
    pub fn look(&mut self, picture: ArrayView3<'_, f32>) {
        self.brightness = self.beyond.map(|below| Brightness::of(picture, below));
    }

    /// As [`predict`](Self::predict) on a turned picture of this brightness.
    pub(super) fn predict_exposed(
        &mut self,
        x: ArrayView3<'_, f32>,
        level: NoiseLevel,
        brightness: &Brightness,
        out: &mut Array3<f32>,
        monitor: &mut dyn Monitor,
    ) -> Result<()> {
        let process = &self.prior.info().process;
        let level = match level {
            NoiseLevel::Sigma(sigma) => Level {
                sigma,
                scale: 1.0,
                wants_noise: false,
            },
            NoiseLevel::Timestep(t) => Level {
                sigma: process.sigma(t),
                scale: process.alpha_bar(t).sqrt().recip() as f32,
                wants_noise: true,
            },
        };
        let (channels, height, width) = x.dim();
        let tiling = self.tiling(height, width).clone();
        let (rows, columns) = (&tiling.rows, &tiling.columns);
        let size = [rows.length, columns.length];
        let mut input = Array4::zeros((1, channels, rows.tile, columns.tile));
        let mut codes = Array4::zeros((1, 1, rows.tile, columns.tile));
        let whole = brightness.codes.view().insert_axis(Axis(0));
        let mut calls = 0;
        out.fill(0.0);
        for (&top, row_weights) in rows.starts.iter().zip(&rows.weights) {
            for (&left, column_weights) in columns.starts.iter().zip(&columns.weights) {
                gather(x, size, [top, left], &mut input);
                gather(whole, size, [top, left], &mut codes);
                let codes = codes.slice(s![0, 0, .., ..]);
                let used = brightness.exposures.used(codes);
                let mut tile = Array3::zeros((out.dim().0, rows.tile, columns.tile));
                for &(index, exposure) in &used {
                    let found = self.predict_at(exposure, &input, &level)?;
                    for (mut sum, found) in tile.outer_iter_mut().zip(found.outer_iter()) {
                        Zip::from(&mut sum).and(&found).and(codes).par_for_each(
                            |sum, &found, &code| {
                                *sum += brightness.exposures.weight(index, code) * found;
                            },
                        );
                    }
                    monitor.advance(1.0 / used.len() as f64)?;
                }
                calls += used.len();
                if level.wants_noise {
                    let mut clean = tile.slice_mut(s![..channels, .., ..]);
                    Zip::from(&mut clean)
                        .and(input.index_axis(Axis(0), 0))
                        .par_for_each(|clean, &x| {
                            *clean = (level.scale * x - *clean) / level.sigma as f32;
                        });
                }
                let weights = [row_weights.as_slice(), column_weights.as_slice()];
                blend(tile.view(), weights, [top, left], out.view_mut());
            }
        }
        self.pixels += height * width * calls / tiling.count();
        Ok(())
    }

    /// The clean tile (and its variance, where the model tells one) at one exposure.
    fn predict_at(
        &mut self,
        exposure: Exposure,
        input: &Array4<f32>,
        level: &Level,
    ) -> Result<Array3<f32>> {
        self.cancel.check()?;
        let sigma = level.sigma * f64::from(exposure.scale());
        let mut seen = input.clone();
        seen.par_mapv_inplace(|value| exposure.see(level.scale * value, sigma as f32));
        let started = Instant::now();
        let prediction = self
            .prior
            .predict(seen.view(), NoiseLevel::Sigma(sigma), self.cancel)?;
        self.time += started.elapsed();
        self.tile_calls += 1;
        let mut clean = prediction.sample.index_axis_move(Axis(0), 0);
        clean.par_mapv_inplace(|value| exposure.unsee(value));
        let mut all = Array3::zeros((self.output_channels(), clean.dim().1, clean.dim().2));
        let (mut first, mut rest) = all.view_mut().split_at(Axis(0), clean.dim().0);
        first.assign(&clean);
        if let Some(variance) = &prediction.variance {
            rest.assign(&variance.index_axis(Axis(0), 0));
        }
        Ok(all)
    }

    /// The brightness of the picture as the network is to see it, turned.
    pub(super) fn turned_brightness(&self, symmetry: Symmetry) -> Option<Brightness> {
        let brightness = self.brightness.as_ref()?;
        let turned = symmetry.turn(brightness.codes.view().insert_axis(Axis(0)));
        Some(Brightness {
            codes: turned.index_axis_move(Axis(0), 0),
            exposures: brightness.exposures.clone(),
        })
    }
}
