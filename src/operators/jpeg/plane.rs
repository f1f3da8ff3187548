//! The samples of one component in one row of units.

use std::ops::Range;

use crate::image::JpegComponent;
use crate::math::dct8::Block;

/// One component of a row of units: first at full resolution, then with its own samples.
pub(super) struct Plane {
    /// Pixels per sample across and down.
    pub factors: [usize; 2],
    /// Pixels across, whole units.
    pub width: usize,
    /// Pixels of a row of units, or what `shrink` made of them in front.
    pub samples: Vec<f32>,
}

impl Plane {
    /// Whether there is a sample for every pixel.
    pub fn is_full(&self) -> bool {
        self.factors == [1, 1]
    }

    /// Row `y` at full resolution.
    pub fn full_row(&mut self, y: usize) -> &mut [f32] {
        &mut self.samples[y * self.width..][..self.width]
    }

    /// Repeats the first and last of the full rows that are known.
    pub fn repeat_rows(&mut self, known: Range<usize>) {
        let row = |y: usize| y * self.width..(y + 1) * self.width;
        for y in 0..known.start {
            self.samples.copy_within(row(known.start), row(y).start);
        }
        for y in known.end..self.samples.len() / self.width {
            self.samples.copy_within(row(known.end - 1), row(y).start);
        }
    }

    /// Replaces the pixels by the means that are this component's samples.
    pub fn shrink(&mut self) {
        let [across, down] = self.factors;
        if self.is_full() {
            return;
        }
        let (width, rows) = (self.width / across, self.samples.len() / self.width / down);
        let weight = 1.0 / (across * down) as f32;
        for y in 0..rows {
            for x in 0..width {
                let mut sum = 0.0;
                for row in 0..down {
                    // Sources lie at or behind what is written, so they are still pixels.
                    let from = (y * down + row) * self.width + x * across;
                    sum += self.samples[from..from + across].iter().sum::<f32>();
                }
                self.samples[y * width + x] = weight * sum;
            }
        }
    }

    /// Shows each block of samples with its quantised coefficients, for `unit`-th row of units, and stores
    /// what becomes of the samples. Blocks that the component does not have hold no pixel.
    pub fn for_each_block(
        &mut self,
        unit: usize,
        component: &JpegComponent,
        mut each: impl FnMut(&mut Block, &[i16; 64]),
    ) {
        let width = self.width / self.factors[0];
        let first = unit * component.v * component.columns;
        let rows = component.blocks[first..].chunks_exact(component.columns);
        for (row, blocks) in rows.take(component.v).enumerate() {
            for (column, quantized) in blocks.iter().enumerate() {
                let at = |line: usize| (8 * row + line) * width + 8 * column;
                let mut block = [0.0; 64];
                for (line, to) in block.chunks_exact_mut(8).enumerate() {
                    to.copy_from_slice(&self.samples[at(line)..][..8]);
                }
                each(&mut block, quantized);
                for (line, from) in block.chunks_exact(8).enumerate() {
                    self.samples[at(line)..][..8].copy_from_slice(from);
                }
            }
        }
    }

    /// The sample of pixel (x, y).
    pub fn at(&self, x: usize, y: usize) -> f32 {
        let [across, down] = self.factors;
        self.samples[y / down * (self.width / across) + x / across]
    }
}
