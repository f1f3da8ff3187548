//! Convolution tap by tap, and its exact adjoint.

use std::ops::Range;

use ndarray::parallel::prelude::*;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use super::Boundary;
use crate::math::Real;
use crate::math::fft::with_slice;

/// The taps that are not zero, with their offsets from the centre.
pub(super) fn offsets<T: Real>(taps: &[f64], centre: usize) -> Vec<(isize, T)> {
    taps.iter()
        .enumerate()
        .filter(|(_, tap)| **tap != 0.0)
        .map(|(index, &tap)| (index as isize - centre as isize, T::rounded(tap)))
        .collect()
}

/// What is summed.
pub(super) enum Taps<T> {
    /// Per row offset, the column offsets and weights.
    Full(Vec<(isize, Vec<(isize, T)>)>),
    /// Offsets and weights per axis.
    Separable {
        vertical: Vec<(isize, T)>,
        horizontal: Vec<(isize, T)>,
    },
}

/// Convolution tap by tap, a row at a time.
pub(super) struct Direct<T> {
    taps: Taps<T>,
    boundary: Boundary,
    height: usize,
    width: usize,
    /// Row offsets in use.
    reach: Range<isize>,
}

impl<T: Real> Direct<T> {
    /// On pictures of `height`×`width`.
    pub fn new(taps: Taps<T>, [height, width]: [usize; 2], boundary: Boundary) -> Self {
        let rows: Vec<isize> = match &taps {
            Taps::Full(rows) => rows.iter().map(|row| row.0).collect(),
            Taps::Separable { vertical, .. } => vertical.iter().map(|tap| tap.0).collect(),
        };
        let first = rows.iter().min().copied().unwrap_or(0);
        let last = rows.iter().max().copied().unwrap_or(0);
        Self {
            taps,
            boundary,
            height,
            width,
            reach: first..last + 1,
        }
    }

    /// `out = x` convolved.
    pub fn forward(&self, x: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        let x = x.as_standard_layout();
        let x = x.as_slice().expect("standard layout");
        let row = |index: isize| {
            let start = self.boundary.source(index, self.height) * self.width;
            &x[start..start + self.width]
        };
        self.each_row(out, |index, out, spare| {
            out.fill(T::zero());
            match &self.taps {
                Taps::Full(rows) => {
                    for (down, taps) in rows {
                        self.convolve_row(row(index - down), taps, out);
                    }
                }
                Taps::Separable {
                    vertical,
                    horizontal,
                } => {
                    spare.fill(T::zero());
                    for &(down, weight) in vertical {
                        add_scaled(weight, row(index - down), spare);
                    }
                    self.convolve_row(spare, horizontal, out);
                }
            }
        });
    }

    /// The adjoint of [`forward`](Self::forward).
    pub fn adjoint(&self, u: ArrayView2<'_, T>, out: ArrayViewMut2<'_, T>) {
        let u = u.as_standard_layout();
        let u = u.as_slice().expect("standard layout");
        let height = self.height as isize;
        let row = |index: isize| {
            (0..height).contains(&index).then(|| {
                let start = index as usize * self.width;
                &u[start..start + self.width]
            })
        };
        self.each_row(out, |index, out, spare| {
            out.fill(T::zero());
            if let Taps::Separable { .. } = self.taps {
                spare.fill(T::zero());
            }
            for image in self.images(index as usize) {
                match &self.taps {
                    Taps::Full(rows) => {
                        for (down, taps) in rows {
                            if let Some(row) = row(image + down) {
                                self.correlate_row(row, taps, out);
                            }
                        }
                    }
                    Taps::Separable { vertical, .. } => {
                        for &(down, weight) in vertical {
                            if let Some(row) = row(image + down) {
                                add_scaled(weight, row, spare);
                            }
                        }
                    }
                }
            }
            if let Taps::Separable { horizontal, .. } = &self.taps {
                self.correlate_row(spare, horizontal, out);
            }
        });
    }

    fn each_row(
        &self,
        mut out: ArrayViewMut2<'_, T>,
        fill: impl Fn(isize, &mut [T], &mut [T]) + Sync,
    ) {
        out.axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each_init(
                || (vec![T::zero(); self.width], Vec::new()),
                |(spare, copy), (index, mut row)| {
                    with_slice(&mut row, copy, |row| fill(index as isize, row, spare));
                },
            );
    }

    /// Every row, in or beyond the picture and within reach of it, that row `source` stands for.
    fn images(&self, source: usize) -> impl Iterator<Item = isize> + '_ {
        let first = (-(self.reach.end - 1)).min(0);
        let last = self.height as isize - self.reach.start.min(0);
        // Inside, every row stands for itself; only the rims need a search.
        let rim = |range: Range<isize>| {
            range.filter(move |&index| self.boundary.source(index, self.height) == source)
        };
        rim(first..0)
            .chain(std::iter::once(source as isize))
            .chain(rim(self.height as isize..last))
    }

    /// `out[j] += Σ weight · row[j − right]`, the row continued by the boundary.
    fn convolve_row(&self, row: &[T], taps: &[(isize, T)], out: &mut [T]) {
        let width = self.width as isize;
        for &(right, weight) in taps {
            let inside = right.clamp(0, width)..(width + right).clamp(0, width);
            for j in (0..inside.start).chain(inside.end..width) {
                out[j as usize] += weight * row[self.boundary.source(j - right, self.width)];
            }
            if !inside.is_empty() {
                let from = (inside.start - right) as usize..(inside.end - right) as usize;
                let to = inside.start as usize..inside.end as usize;
                add_scaled(weight, &row[from], &mut out[to]);
            }
        }
    }

    /// The adjoint of [`convolve_row`](Self::convolve_row).
    fn correlate_row(&self, row: &[T], taps: &[(isize, T)], out: &mut [T]) {
        let width = self.width as isize;
        for &(right, weight) in taps {
            let inside = right.clamp(0, width)..(width + right).clamp(0, width);
            for j in (0..inside.start).chain(inside.end..width) {
                out[self.boundary.source(j - right, self.width)] += weight * row[j as usize];
            }
            if !inside.is_empty() {
                let to = (inside.start - right) as usize..(inside.end - right) as usize;
                let from = inside.start as usize..inside.end as usize;
                add_scaled(weight, &row[from], &mut out[to]);
            }
        }
    }
}

/// `to += weight · from`.
fn add_scaled<T: Real>(weight: T, from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to += weight * from;
    }
}
