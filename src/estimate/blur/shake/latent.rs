//! The sharp picture that a kernel leaves, with as few edges as explain the blurred one.

use std::f64::consts::PI;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Axis, Zip};

use super::canvas::{Canvas, Spectrum};

/// Largest weight β of the splitting, which starts at 2λ and doubles.
const STIFFEST: f32 = 1e5;

/// What lies beyond the crop is renewed every so many steps.
const RENEWED: usize = 4;

/// A sharp picture, on the canvas.
pub(super) struct Latent {
    pub sharp: Array2<f32>,
    /// The measurement, its unknown parts as the kernel explains them.
    pub completed: Array2<f32>,
}

/// The picture that `kernel` (of sum 1) blurs to the measurement on `canvas`: half-quadratic splitting of
/// |k∗x − y|² + λ·‖∇x‖₀ (Xu, Zheng and Jia 2013), values 0…1, λ the weight `edge` of an edge.
pub(super) fn latent(canvas: &Canvas, kernel: &Array2<f32>, edge: f32) -> Latent {
    let transfer = canvas.kernel_spectrum(kernel);
    let power = transfer.mapv(|value| value.norm_sqr());
    let roughness = [canvas.fft.height(), canvas.fft.width()].map(roughness);
    let mut completed = canvas.values.clone();
    let mut sharp = completed.clone();
    let mut data = back(canvas, &completed, &transfer);
    let mut stiffness = 2.0 * edge;
    let mut step = 1;
    while stiffness < STIFFEST {
        let kept = edges(&sharp, edge / stiffness);
        sharp = canvas.filtered(
            |row, buffer| divergence(&sharp, &kept, row, buffer),
            |column, values| {
                for (row, value) in values.iter_mut().enumerate() {
                    let rough = stiffness * (roughness[0][row] + roughness[1][column]);
                    let by = power[[column, row]] + rough;
                    *value = (data[[column, row]] + *value * stiffness) / by;
                }
            },
        );
        if step % RENEWED == 0 {
            let blurred = canvas.convolved(sharp.view(), &transfer);
            Zip::from(&mut completed)
                .and(&blurred)
                .and(&canvas.known)
                .for_each(|value, &blurred, &known| {
                    if !known {
                        *value = blurred;
                    }
                });
            data = back(canvas, &completed, &transfer);
        }
        stiffness *= 2.0;
        step += 1;
    }
    Latent { sharp, completed }
}

/// conj(K)·Y.
fn back(canvas: &Canvas, values: &Array2<f32>, transfer: &Spectrum) -> Spectrum {
    let mut spectrum = canvas.spectrum(values.view());
    spectrum.zip_mut_with(transfer, |value, by| *value *= by.conj());
    spectrum
}

/// |1 − e^{2πif}|² at every frequency of a length.
fn roughness(length: usize) -> Vec<f32> {
    let at = |index: usize| 2.0 - 2.0 * (2.0 * PI * index as f64 / length as f64).cos();
    (0..length).map(|index| at(index) as f32).collect()
}

/// Where the squared gradient is at least `least`.
fn edges(picture: &Array2<f32>, least: f32) -> Array2<bool> {
    let (height, width) = picture.dim();
    let mut kept = Array2::from_elem((height, width), false);
    kept.axis_iter_mut(Axis(0))
        .into_par_iter()
        .enumerate()
        .for_each(|(row, mut kept)| {
            let (here, below) = (picture.row(row), picture.row((row + 1) % height));
            for (column, kept) in kept.iter_mut().enumerate() {
                let x = here[(column + 1) % width] - here[column];
                let y = below[column] - here[column];
                *kept = x * x + y * y >= least;
            }
        });
    kept
}

/// A row of Dᵀ(kept·D plane): of the differences to the next pixel those that are kept, taken back.
fn divergence(plane: &Array2<f32>, kept: &Array2<bool>, row: usize, out: &mut [f32]) {
    let (height, width) = plane.dim();
    let (above, below) = ((row + height - 1) % height, (row + 1) % height);
    for (column, out) in out.iter_mut().enumerate() {
        let value = plane[[row, column]];
        let (left, right) = ((column + width - 1) % width, (column + 1) % width);
        let mut sum = 0.0;
        if kept[[row, column]] {
            sum += 2.0 * value - plane[[row, right]] - plane[[below, column]];
        }
        if kept[[row, left]] {
            sum += value - plane[[row, left]];
        }
        if kept[[above, column]] {
            sum += value - plane[[above, column]];
        }
        *out = sum;
    }
}
