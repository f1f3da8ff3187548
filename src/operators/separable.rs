//! Operators that act on rows and columns separately, diagonalised axis by axis.

use std::ops::Range;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, Zip, s};

use super::Check;
use super::basis::Basis;
use crate::Result;
use crate::math::Real;
use crate::math::linear::product;

/// How far from its cut a tile must be trusted: the response left out, summed.
const TAIL: f64 = 1e-6;

/// One axis of a separable operator: the basis of one tile, and how tiles cover the axis.
pub(super) struct AxisModes<T> {
    values: Vec<f64>,
    left: Array2<T>,
    right: Array2<T>,
    basis: Arc<Basis>,
    length: usize,
}

impl<T: Real> AxisModes<T> {
    /// Takes the modes that `T` can resolve. `length` is the axis' length; when the basis is shorter
    /// the axis is covered with overlapping tiles of the basis' length.
    pub fn new(basis: Arc<Basis>, length: usize) -> Self {
        let largest = basis.values.iter().fold(0f64, |a, &b| a.max(b));
        let floor: f64 = T::epsilon().into() * largest;
        let kept: Vec<usize> = (0..basis.values.len())
            .filter(|&mode| basis.values[mode] > floor)
            .collect();
        Self {
            values: kept.iter().map(|&mode| basis.values[mode]).collect(),
            left: basis.left.select(Axis(1), &kept).mapv(T::rounded),
            right: basis.right.select(Axis(1), &kept).mapv(T::rounded),
            basis,
            length,
        }
    }

    /// Largest singular value.
    pub fn peak(&self) -> f64 {
        self.values.iter().fold(0.0, |a, &b| a.max(b))
    }

    fn tile(&self) -> usize {
        self.right.nrows()
    }

    fn is_tiled(&self) -> bool {
        self.tile() < self.length
    }

    /// How many samples from a cut the tile's answer still differs from the whole axis', for any mode
    /// of the other axis. In `f64`: the rounding of `f32` alone would add up to more than the tail.
    fn margin(&self, other_peak: f64, q: &dyn Fn(f64) -> f64) -> usize {
        let Basis {
            values,
            left,
            right,
        } = &*self.basis;
        let centre = self.tile() / 2;
        let mut margin = 0;
        for damping in [1.0, 0.5, 0.25, 0.1, 0.03, 0.01, 0.003] {
            let other = other_peak * damping;
            let weights: Array1<f64> = values
                .iter()
                .zip(right.row(centre))
                .map(|(&value, &mode)| mode * value * other * q((value * other).powi(2)))
                .collect();
            let response = left.dot(&weights);
            let mut tail = 0.0;
            let mut distance = centre;
            while distance > margin {
                tail += 2.0 * response[centre - distance].abs();
                if tail > TAIL {
                    break;
                }
                distance -= 1;
            }
            margin = margin.max(distance + 1);
        }
        margin
    }

    /// Tile starts and, within the axis, the samples each answers for.
    fn tiles(&self, margin: usize) -> Vec<(usize, Range<usize>)> {
        if !self.is_tiled() {
            return vec![(0, 0..self.length)];
        }
        let (tile, length) = (self.tile(), self.length);
        let stride = tile - 2 * margin;
        let count = (length - 2 * margin).div_ceil(stride);
        let start = |index: usize| (index * stride).min(length - tile);
        (0..count)
            .map(|index| {
                let from = if index == 0 {
                    0
                } else {
                    index * stride + margin
                };
                let to = if index + 1 == count {
                    length
                } else {
                    (index + 1) * stride + margin
                };
                (start(index), from..to)
            })
            .collect()
    }
}

/// A separable operator by its modes per axis.
pub(super) struct Separable<T> {
    pub vertical: AxisModes<T>,
    pub horizontal: AxisModes<T>,
}

impl<T: Real> Separable<T> {
    /// Whether `q` settles well inside a tile on every tiled axis.
    pub fn suits(&self, q: &dyn Fn(f64) -> f64) -> bool {
        self.margins(q).is_some()
    }

    fn margins(&self, q: &dyn Fn(f64) -> f64) -> Option<[usize; 2]> {
        let margin = |axis: &AxisModes<T>, other: &AxisModes<T>| {
            if !axis.is_tiled() {
                return Some(0);
            }
            let margin = axis.margin(other.peak(), q);
            (3 * margin < axis.tile()).then_some(margin)
        };
        Some([
            margin(&self.vertical, &self.horizontal)?,
            margin(&self.horizontal, &self.vertical)?,
        ])
    }

    /// `x ← x − Σ v·q(s²)s·(uᵀr)` over the modes: with `r = Ax − y`, the closed form.
    pub fn correct(
        &self,
        mut x: ArrayViewMut2<'_, T>,
        residual: ArrayView2<'_, T>,
        q: &(dyn Fn(f64) -> f64 + Sync),
        check: Check<'_>,
    ) -> Result<()> {
        let [vertical, horizontal] = self.margins(q).unwrap_or_default();
        let gains = Array2::from_shape_fn(
            (self.vertical.values.len(), self.horizontal.values.len()),
            |(k, l)| {
                let value = self.vertical.values[k] * self.horizontal.values[l];
                T::rounded(q(value * value) * value)
            },
        );
        for (top, rows) in self.vertical.tiles(vertical) {
            for (left, columns) in self.horizontal.tiles(horizontal) {
                check()?;
                let tile = residual.slice(s![
                    top..top + self.vertical.left.nrows(),
                    left..left + self.horizontal.left.nrows()
                ]);
                let mut modes = product(self.vertical.left.t(), tile);
                modes = product(modes.view(), self.horizontal.left.view());
                modes *= &gains;
                let near = rows.start - top..rows.end - top;
                let right = self
                    .horizontal
                    .right
                    .slice(s![columns.start - left..columns.end - left, ..]);
                modes = product(modes.view(), right.t());
                let change = product(self.vertical.right.slice(s![near, ..]), modes.view());
                Zip::from(x.slice_mut(s![rows.clone(), columns]))
                    .and(&change)
                    .for_each(|x, &change| *x -= change);
            }
        }
        Ok(())
    }
}
