//! Convolution tap by tap of pictures that a boundary continues, and its exact adjoint.

use std::ops::Range;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

use super::Boundary;
use super::fourier::copy_row;
use super::sliding::Sliding;
use crate::math::Real;

/// A [`Sliding`] convolution of planes of one size, padded as the boundary says.
pub(super) struct Direct<T> {
    sliding: Sliding<T>,
    /// Per axis, the picture's pixel at each padded position.
    sources: [Vec<usize>; 2],
    /// Per row of the picture, the padded ones that show it.
    images: Vec<Vec<usize>>,
    /// Rows and columns of the padded picture that are the picture.
    window: [Range<usize>; 2],
}

impl<T: Real> Direct<T> {
    /// On pictures of `height`×`width`.
    pub fn new(sliding: Sliding<T>, [height, width]: [usize; 2], boundary: Boundary) -> Self {
        let [tall, wide] = sliding.reach;
        let padded = |size: usize, reach: usize| -> Vec<usize> {
            let from = |index: usize| index as isize - reach as isize;
            (0..size + 2 * reach)
                .map(|index| boundary.source(from(index), size))
                .collect()
        };
        let sources = [padded(height, tall), padded(width, wide)];
        let mut images = vec![Vec::new(); height];
        for (row, &source) in sources[0].iter().enumerate() {
            images[source].push(row);
        }
        Self {
            sliding,
            sources,
            images,
            window: [tall..tall + height, wide..wide + width],
        }
    }

    fn padded(&self) -> Array2<T> {
        Array2::zeros((self.sources[0].len(), self.sources[1].len()))
    }

    /// `out = x` convolved.
    pub fn forward(&self, x: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        let [rows, columns] = &self.sources;
        let mut padded = self.padded();
        (padded.axis_iter_mut(Axis(0)).into_par_iter().zip(rows)).for_each(|(mut row, &source)| {
            let from = x.row(source);
            for (to, &source) in row.iter_mut().zip(columns) {
                *to = from[source];
            }
        });
        self.sliding.forward(padded.view(), &self.window, out);
    }

    /// The adjoint of [`forward`](Self::forward).
    pub fn adjoint(&self, u: ArrayView2<'_, T>, mut out: ArrayViewMut2<'_, T>) {
        let mut padded = self.padded();
        let load = |row: usize, buffer: &mut [T]| copy_row(u, row, buffer);
        self.sliding.adjoint(load, &self.window, padded.view_mut());
        (out.axis_iter_mut(Axis(0)).into_par_iter().zip(&self.images)).for_each(
            |(mut out, images)| {
                out.fill(T::zero());
                for &image in images {
                    for (&value, &source) in padded.row(image).iter().zip(&self.sources[1]) {
                        out[source] += value;
                    }
                }
            },
        );
    }
}
