//! The first stage of a latent prior on a whole picture: padding, tiles, blending.

use std::time::{Duration, Instant};

use ndarray::{Array3, Array4, ArrayView3, ArrayView4, Axis, s};
use parking_lot::Mutex;

use super::network::{blend, gather};
use crate::Result;
use crate::data_consistency::Decoder;
use crate::plan::{TileSize, Tiling};
use crate::priors::{FirstStage, PriorInfo};
use crate::runtime::Cancel;

/// An autoencoder bound to a picture's size. Latents cover the mirror-padded picture.
pub struct Autoencoder<'a> {
    stage: &'a dyn FirstStage,
    channels: usize,
    /// Tiles in pixels, and the same tiles in latents.
    pixels: Tiling,
    latents: Tiling,
    cancel: &'a Cancel,
    time: Mutex<Duration>,
}

impl<'a> Autoencoder<'a> {
    /// For pictures of `height`×`width`; `tile` is in latents.
    pub fn new(
        stage: &'a dyn FirstStage,
        info: &PriorInfo,
        tile: TileSize,
        [height, width]: [usize; 2],
        cancel: &'a Cancel,
    ) -> Self {
        let factor = info.downsample;
        let in_pixels = info.tiles.finer(factor);
        let tile = TileSize {
            tile: tile.tile * factor,
            overlap: tile.overlap * factor,
        };
        let pixels = Tiling::new(in_pixels, tile, height, width);
        let latents = pixels.coarser(factor);
        Autoencoder {
            stage,
            channels: info.channels,
            pixels,
            latents,
            cancel,
            time: Mutex::new(Duration::ZERO),
        }
    }

    /// Tiles of one pass.
    pub fn tiles(&self) -> usize {
        self.pixels.count()
    }

    /// Time inside the runtime so far.
    pub fn time(&self) -> Duration {
        *self.time.lock()
    }

    /// z = E(x) for a picture 3×H×W.
    ///
    /// # Errors
    /// Those of [`FirstStage::encode`].
    pub fn encode(&self, x: ArrayView3<'_, f32>) -> Result<Array3<f32>> {
        let (rows, columns) = (&self.pixels.rows, &self.pixels.columns);
        let mut tile = Array4::zeros((1, x.dim().0, rows.tile, columns.tile));
        let mut z = Array3::zeros(self.latent_shape());
        self.each_tile(|row, column| {
            let corner = [rows.starts[row], columns.starts[column]];
            gather(x, [rows.length, columns.length], corner, &mut tile);
            let encoded = self.timed(|| self.stage.encode(tile.view(), self.cancel))?;
            let (weights, corner) = weights_of(&self.latents, row, column);
            blend(
                encoded.index_axis(Axis(0), 0),
                weights,
                corner,
                z.view_mut(),
            );
            Ok(())
        })?;
        Ok(z)
    }

    fn each_tile(&self, mut visit: impl FnMut(usize, usize) -> Result<()>) -> Result<()> {
        for row in 0..self.pixels.rows.starts.len() {
            for column in 0..self.pixels.columns.starts.len() {
                self.cancel.check()?;
                visit(row, column)?;
            }
        }
        Ok(())
    }

    fn timed<T>(&self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let started = Instant::now();
        let result = run();
        *self.time.lock() += started.elapsed();
        result
    }

    /// The latents of one tile.
    fn latent_tile<'z>(
        &self,
        z: &'z ArrayView3<'_, f32>,
        row: usize,
        column: usize,
    ) -> ArrayView4<'z, f32> {
        let (_, [top, left]) = weights_of(&self.latents, row, column);
        let (tall, wide) = (self.latents.rows.tile, self.latents.columns.tile);
        z.slice(s![.., top..top + tall, left..left + wide])
            .insert_axis(Axis(0))
    }
}

impl Decoder for Autoencoder<'_> {
    fn latent_shape(&self) -> [usize; 3] {
        let (rows, columns) = (&self.latents.rows, &self.latents.columns);
        [self.channels, rows.padded, columns.padded]
    }

    fn decode(&self, z: ArrayView3<'_, f32>) -> Result<Array3<f32>> {
        let (rows, columns) = (&self.pixels.rows, &self.pixels.columns);
        let mut x = Array3::zeros((3, rows.length, columns.length));
        self.each_tile(|row, column| {
            let tile = self.latent_tile(&z, row, column);
            let decoded = self.timed(|| self.stage.decode(tile, self.cancel))?;
            let (weights, corner) = weights_of(&self.pixels, row, column);
            blend(
                decoded.index_axis(Axis(0), 0),
                weights,
                corner,
                x.view_mut(),
            );
            Ok(())
        })?;
        Ok(x)
    }

    /// The exact transpose of the tiled, blended, cropped decoding.
    fn decode_vjp(&self, z: ArrayView3<'_, f32>, u: ArrayView3<'_, f32>) -> Result<Array3<f32>> {
        let (rows, columns) = (&self.pixels.rows, &self.pixels.columns);
        let mut gradient = Array3::zeros(self.latent_shape());
        let mut cotangent = Array4::zeros((1, 3, rows.tile, columns.tile));
        self.each_tile(|row, column| {
            let ([down, across], [top, left]) = weights_of(&self.pixels, row, column);
            let tall = rows.tile.min(rows.length - top);
            let wide = columns.tile.min(columns.length - left);
            cotangent.fill(0.0);
            for ((_, c, y, x), value) in cotangent
                .slice_mut(s![.., .., ..tall, ..wide])
                .indexed_iter_mut()
            {
                *value = down[y] * across[x] * u[[c, top + y, left + x]];
            }
            let tile = self.latent_tile(&z, row, column);
            let part = self.timed(|| self.stage.decode_vjp(tile, cotangent.view(), self.cancel))?;
            let (_, [top, left]) = weights_of(&self.latents, row, column);
            let (tall, wide) = (self.latents.rows.tile, self.latents.columns.tile);
            let mut target = gradient.slice_mut(s![.., top..top + tall, left..left + wide]);
            target += &part.index_axis(Axis(0), 0);
            Ok(())
        })?;
        Ok(gradient)
    }
}

/// Blend weights and corner of one tile.
fn weights_of(tiling: &Tiling, row: usize, column: usize) -> ([&[f32]; 2], [usize; 2]) {
    let (rows, columns) = (&tiling.rows, &tiling.columns);
    (
        [&rows.weights[row], &columns.weights[column]],
        [rows.starts[row], columns.starts[column]],
    )
}
