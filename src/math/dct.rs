//! Orthonormal two-dimensional DCT-II and its inverse, by a real FFT of the same length
//! (J. Makhoul, "A fast cosine transform in one and two dimensions", 1980).

use std::f64::consts::PI;
use std::sync::Arc;

use ndarray::parallel::prelude::*;
use ndarray::{ArrayViewMut2, Axis};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::Real;
use super::fft::{gather, scatter, with_slice};

/// Columns handled together: one cache line of `f32` per row.
const COLUMN_BLOCK: usize = 16;

/// A planned orthonormal DCT-II of one length.
struct Dct1<T: Real> {
    length: usize,
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
    /// `e^{-iπk/2n}` times the orthonormal factor, for k in 0..=n/2.
    twiddles: Vec<Complex<T>>,
    /// `e^{iπk/2n}` over the orthonormal factor and n.
    inverse_twiddles: Vec<Complex<T>>,
}

struct Buffers<T> {
    real: Vec<T>,
    complex: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
}

impl<T: Real> Dct1<T> {
    fn new(length: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        let n = length as f64;
        let twiddle = |k: usize, sign: f64, scale: f64| {
            let angle = sign * PI * k as f64 / (2.0 * n);
            Complex::new(
                T::rounded(scale * angle.cos()),
                T::rounded(scale * angle.sin()),
            )
        };
        let half = length / 2 + 1;
        Self {
            length,
            forward: planner.plan_fft_forward(length),
            inverse: planner.plan_fft_inverse(length),
            twiddles: (0..half)
                .map(|k| twiddle(k, -1.0, (if k == 0 { 1.0 } else { 2.0 } / n).sqrt()))
                .collect(),
            inverse_twiddles: (0..half)
                .map(|k| twiddle(k, 1.0, (if k == 0 { 1.0 } else { 0.5 } / n).sqrt()))
                .collect(),
        }
    }

    fn buffers(&self) -> Buffers<T> {
        let scratch = self
            .forward
            .get_scratch_len()
            .max(self.inverse.get_scratch_len());
        Buffers {
            real: vec![T::zero(); self.length],
            complex: vec![Complex::default(); self.length / 2 + 1],
            scratch: vec![Complex::default(); scratch],
        }
    }

    /// DCT-II in place.
    fn forward(&self, values: &mut [T], buffers: &mut Buffers<T>) {
        let n = self.length;
        let (front, back) = buffers.real.split_at_mut(n.div_ceil(2));
        for (to, from) in front.iter_mut().zip(values.iter().step_by(2)) {
            *to = *from;
        }
        for (to, from) in back.iter_mut().rev().zip(values.iter().skip(1).step_by(2)) {
            *to = *from;
        }
        self.forward
            .process_with_scratch(
                &mut buffers.real,
                &mut buffers.complex,
                &mut buffers.scratch,
            )
            .expect("buffer lengths match the plan");
        for (k, (value, twiddle)) in buffers.complex.iter().zip(&self.twiddles).enumerate() {
            let turned = value * twiddle;
            values[k] = turned.re;
            if k > 0 {
                values[n - k] = -turned.im;
            }
        }
    }

    /// DCT-III, the inverse, in place.
    fn inverse(&self, values: &mut [T], buffers: &mut Buffers<T>) {
        let n = self.length;
        for (k, (value, twiddle)) in buffers
            .complex
            .iter_mut()
            .zip(&self.inverse_twiddles)
            .enumerate()
        {
            let mirrored = if k == 0 { T::zero() } else { values[n - k] };
            *value = Complex::new(values[k], -mirrored) * twiddle;
        }
        buffers.complex[0].im = T::zero();
        if n.is_multiple_of(2) {
            buffers.complex[n / 2].im = T::zero();
        }
        self.inverse
            .process_with_scratch(
                &mut buffers.complex,
                &mut buffers.real,
                &mut buffers.scratch,
            )
            .expect("buffer lengths match the plan");
        let (front, back) = buffers.real.split_at(n.div_ceil(2));
        for (to, from) in values.iter_mut().step_by(2).zip(front) {
            *to = *from;
        }
        for (to, from) in values.iter_mut().skip(1).step_by(2).zip(back.iter().rev()) {
            *to = *from;
        }
    }
}

/// A planned orthonormal DCT-II of planes of one size.
pub struct Dct2<T: Real> {
    row: Dct1<T>,
    column: Dct1<T>,
}

impl<T: Real> Dct2<T> {
    /// Plans transforms of `height` × `width`, both at least 1.
    pub fn new(height: usize, width: usize) -> Self {
        Self {
            row: Dct1::new(width),
            column: Dct1::new(height),
        }
    }

    /// The DCT-II of `plane`, in place.
    pub fn forward(&self, plane: ArrayViewMut2<'_, T>) {
        self.transform(plane, Dct1::forward);
    }

    /// The inverse, in place.
    pub fn inverse(&self, plane: ArrayViewMut2<'_, T>) {
        self.transform(plane, Dct1::inverse);
    }

    fn transform(
        &self,
        mut plane: ArrayViewMut2<'_, T>,
        one: impl Fn(&Dct1<T>, &mut [T], &mut Buffers<T>) + Sync,
    ) {
        plane.axis_iter_mut(Axis(0)).into_par_iter().for_each_init(
            || (self.row.buffers(), Vec::new()),
            |(buffers, spare), mut row| {
                with_slice(&mut row, spare, |row| one(&self.row, row, buffers));
            },
        );
        let height = self.column.length;
        plane
            .axis_chunks_iter_mut(Axis(1), COLUMN_BLOCK)
            .into_par_iter()
            .for_each_init(
                || {
                    (
                        self.column.buffers(),
                        vec![T::zero(); COLUMN_BLOCK * height],
                    )
                },
                |(buffers, columns), mut chunk| {
                    gather(chunk.view(), columns);
                    for column in columns.chunks_exact_mut(height).take(chunk.ncols()) {
                        one(&self.column, column, buffers);
                    }
                    scatter(columns, chunk.view_mut());
                },
            );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn direct(plane: &Array2<f64>) -> Array2<f64> {
        let basis = |n: usize| {
            Array2::from_shape_fn((n, n), |(k, i)| {
                let scale = (if k == 0 { 1.0 } else { 2.0 } / n as f64).sqrt();
                scale * (PI * k as f64 * (i as f64 + 0.5) / n as f64).cos()
            })
        };
        basis(plane.nrows())
            .dot(plane)
            .dot(&basis(plane.ncols()).t())
    }

    #[test]
    fn agrees_with_the_definition_and_inverts() {
        for (height, width) in [(1, 1), (1, 2), (3, 1), (4, 4), (5, 7), (16, 9), (13, 20)] {
            let plane = Array2::from_shape_fn((height, width), |(i, j)| {
                ((i * 31 + j * 17) % 23) as f64 - 11.0
            });
            let dct = Dct2::new(height, width);
            let mut values = plane.clone();
            dct.forward(values.view_mut());
            let worst = (&values - &direct(&plane))
                .mapv(f64::abs)
                .fold(0.0, |a: f64, &b| a.max(b));
            assert!(worst < 1e-12, "{height}x{width}: {worst}");
            dct.inverse(values.view_mut());
            let worst = (&values - &plane)
                .mapv(f64::abs)
                .fold(0.0, |a: f64, &b| a.max(b));
            assert!(worst < 1e-12, "{height}x{width}: {worst}");
        }
    }
}
