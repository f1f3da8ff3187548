//! The kernel that takes one picture's edges to another's: least squares among kernels that are nowhere
//! negative and have sum 1.

use ndarray::{Array2, Zip};
use realfft::num_complex::Complex;

use crate::math::fft::{RealFft2, good_size};

use super::canvas::{Canvas, Spectrum};
use super::latent::Latent;

/// Steps of the accelerated projected gradient.
const STEPS: usize = 80;

/// Normal equations of a kernel.
pub(super) struct Normal {
    /// Autocorrelation of the sharp edges at lags up to twice the kernel's reach.
    auto: Array2<f32>,
    /// Their correlation with the measured edges, of the kernel's size.
    cross: Array2<f32>,
}

impl Normal {
    /// For a kernel of `side` × `side` (odd).
    pub fn new(canvas: &Canvas, latent: &Latent, side: usize) -> Self {
        let size = (canvas.fft.spectrum_width(), canvas.fft.height());
        let (mut auto, mut cross) = (Spectrum::zeros(size), Spectrum::zeros(size));
        for down in [false, true] {
            let spectrum = |plane, known| canvas.spectrum(slope(plane, down, known).view());
            // Both sums run over the same pixels: those that are data.
            let edges = spectrum(&latent.sharp, None);
            let known = spectrum(&latent.sharp, Some(&canvas.known));
            let seen = spectrum(&latent.completed, Some(&canvas.known));
            Zip::from(&mut auto)
                .and(&edges)
                .and(&known)
                .for_each(|sum, a, b| sum.re += (a.conj() * b).re);
            Zip::from(&mut cross)
                .and(&edges)
                .and(&seen)
                .for_each(|sum, a, b| *sum += a.conj() * b);
        }
        let reach = side / 2;
        Self {
            auto: lags(canvas, &auto, 2 * reach),
            cross: lags(canvas, &cross, reach),
        }
    }

    /// Of both together.
    pub fn and(mut self, other: &Self) -> Self {
        self.auto += &other.auto;
        self.cross += &other.cross;
        self
    }

    /// Divided by the energy of the sharp edges; None where there are none.
    pub fn normalised(mut self) -> Option<Self> {
        let middle = self.auto.nrows() / 2;
        let energy = self.auto[[middle, middle]];
        if !(energy > 0.0 && energy.is_finite()) {
            return None;
        }
        self.auto /= energy;
        self.cross /= energy;
        Some(self)
    }

    /// The best kernel with `ridge`·|k|² added, searched from `start` on.
    pub fn solve(&self, ridge: f32, start: &Array2<f32>) -> Array2<f32> {
        let side = self.cross.nrows();
        let size = good_size(2 * side - 1);
        let fft = RealFft2::<f32>::new(size, size);
        let spectrum = self.spectrum(&fft);
        let steepest = spectrum.iter().fold(0.0f32, |most, &value| most.max(value));
        let rate = 1.0 / (steepest + ridge);
        let mut kernel = start.clone();
        let mut ahead = kernel.clone();
        let mut momentum = 1.0f32;
        for _ in 0..STEPS {
            let mut next = correlated(&fft, &spectrum, &ahead);
            Zip::from(&mut next)
                .and(&ahead)
                .and(&self.cross)
                .for_each(|slope, &value, &cross| {
                    *slope = value - rate * (*slope + ridge * value - cross);
                });
            project(&mut next);
            let grown = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
            let by = (momentum - 1.0) / grown;
            Zip::from(&mut ahead)
                .and(&next)
                .and(&kernel)
                .for_each(|ahead, &next, &last| *ahead = next + by * (next - last));
            momentum = grown;
            kernel = next;
        }
        kernel
    }

    /// The autocorrelation as a transfer function: it is even, so this is real.
    fn spectrum(&self, fft: &RealFft2<f32>) -> Array2<f32> {
        let (size, side) = (fft.height(), self.auto.nrows());
        let wrapped = |index: usize| {
            let lag = (index + side / 2) % size;
            (lag < side).then_some(lag)
        };
        let spectrum = fft.spectrum_by_columns(|row, buffer| {
            for (column, to) in buffer.iter_mut().enumerate() {
                *to = match (wrapped(row), wrapped(column)) {
                    (Some(row), Some(column)) => self.auto[[row, column]],
                    _ => 0.0,
                };
            }
        });
        spectrum.mapv(|value| value.re)
    }
}

/// Differences to the next pixel, to the right or downward; 0 where one of the two is unknown.
fn slope(plane: &Array2<f32>, down: bool, known: Option<&Array2<bool>>) -> Array2<f32> {
    let (height, width) = plane.dim();
    Array2::from_shape_fn((height, width), |(row, column)| {
        let next = match down {
            true => [(row + 1) % height, column],
            false => [row, (column + 1) % width],
        };
        match known {
            Some(known) if !(known[[row, column]] && known[next]) => 0.0,
            _ => plane[next] - plane[[row, column]],
        }
    })
}

/// The values of a correlation up to `reach` lags either way.
fn lags(canvas: &Canvas, spectrum: &Spectrum, reach: usize) -> Array2<f32> {
    let plane = canvas.filtered(
        |_, buffer| buffer.fill(0.0),
        |column, values| {
            for (value, &from) in values.iter_mut().zip(spectrum.row(column)) {
                *value = from;
            }
        },
    );
    let (height, width) = plane.dim();
    Array2::from_shape_fn((2 * reach + 1, 2 * reach + 1), |(row, column)| {
        plane[[
            (row + height - reach % height) % height,
            (column + width - reach % width) % width,
        ]]
    })
}

/// `kernel` convolved with what has this transfer function, cut to its size.
fn correlated(fft: &RealFft2<f32>, transfer: &Array2<f32>, kernel: &Array2<f32>) -> Array2<f32> {
    let (size, side) = (fft.height(), kernel.nrows());
    let scale = 1.0 / (size * size) as f32;
    let mut spectrum = Array2::<Complex<f32>>::default((side, fft.spectrum_width()));
    let mut out = Array2::zeros((side, size));
    fft.forward_rows(spectrum.view_mut(), |row, buffer| {
        buffer.fill(0.0);
        for (to, &from) in buffer.iter_mut().zip(kernel.row(row)) {
            *to = from;
        }
    });
    fft.filter_columns(
        spectrum.view_mut(),
        |values, buffer| {
            buffer[..side].copy_from_slice(values);
            buffer[side..].fill(Complex::default());
        },
        |column, values| {
            for (value, &by) in values.iter_mut().zip(transfer.row(column)) {
                *value *= scale * by;
            }
        },
        |buffer, values| values.copy_from_slice(&buffer[..side]),
    );
    fft.inverse_rows(spectrum.view_mut(), out.view_mut(), |values, out| {
        out.copy_from_slice(values);
    });
    out.slice(ndarray::s![.., ..side]).to_owned()
}

/// The nearest kernel that is nowhere negative and has sum 1 (Duchi et al. 2008).
fn project(kernel: &mut Array2<f32>) {
    let mut sorted: Vec<f32> = kernel.iter().copied().collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut threshold) = (0.0f64, 0.0f64);
    for (index, &value) in sorted.iter().enumerate() {
        sum += f64::from(value);
        let here = (sum - 1.0) / (index + 1) as f64;
        if f64::from(value) <= here {
            break;
        }
        threshold = here;
    }
    kernel.mapv_inplace(|value| (value - threshold as f32).max(0.0));
}
