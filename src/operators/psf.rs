//! Point-spread functions as the convolutions take them.

use ndarray::Array2;

/// A point-spread function with its centre: `y[i] = Σ_t psf[t] · x[i − (t − centre)]`.
#[derive(Clone, Debug)]
pub(super) struct Psf {
    pub values: Array2<f64>,
    pub centre: [usize; 2],
}

impl Psf {
    /// The non-zero values as `(rows down, columns right, value)` from the centre.
    pub fn taps(&self) -> impl Iterator<Item = (isize, isize, f64)> {
        self.values
            .indexed_iter()
            .filter(|(_, value)| **value != 0.0)
            .map(|((row, column), &value)| {
                (
                    row as isize - self.centre[0] as isize,
                    column as isize - self.centre[1] as isize,
                    value,
                )
            })
    }

    /// The factors `vertical · horizontal` when the function is their product up to `f32` rounding.
    pub fn factors(&self) -> Option<[Vec<f64>; 2]> {
        let (peak_at, peak) = self
            .values
            .indexed_iter()
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
        let (row, column) = peak_at;
        let horizontal = self.values.row(row).to_vec();
        let vertical: Vec<f64> = self
            .values
            .column(column)
            .iter()
            .map(|v| v / peak)
            .collect();
        let tolerance = 2.5e-7 * peak.abs();
        self.values
            .indexed_iter()
            .all(|((i, j), value)| (value - vertical[i] * horizontal[j]).abs() <= tolerance)
            .then_some([vertical, horizontal])
    }
}
