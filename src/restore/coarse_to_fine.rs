//! Denoising with a noise spectrum: one call of a denoiser of white noise per level, coarse to fine.
//!
//! Coloured noise is strongest at low frequencies, where a smaller picture suffices. Each level denoises
//! the lowest frequencies of the picture at the noise they have; the next finer one starts from what was
//! found, with as much of its own low frequencies mixed back in as makes the noise white at its level.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis, s};

use crate::Result;
use crate::estimate::noise::{NoiseSpectrum, SIDE, eigen, is_neutral};
use crate::math::dct::Dct2;
use crate::math::noise::{NoiseSource, SeededNoise};
use crate::math::opponent::{OPPONENT, from_opponent, to_opponent};

/// Halvings of the picture, at most.
const HALVINGS: usize = 2;

/// Shortest side of a halved picture: less shows a network nothing.
const SHORTEST: usize = 8;

/// A level is worth a call where its noise is this much above the next finer one's.
const WORTH: f64 = 1.05;

/// How quickly the mixed-in share falls with the noise above a level's.
const FALL: f64 = 1.5;

/// Seed of the noise that makes the noise of a neutral picture white.
const CHROMA_SEED: u64 = 0x9e37_79b9;

/// In place, D(x, σ): the expected picture given x = picture + σ·white noise. x is 3×h×w in network
/// range, of any size; σ likewise ([-1, 1], so σ₂₅₅/127.5).
pub type Denoise<'a> = dyn FnMut(&mut Array3<f32>, f64) -> Result<()> + 'a;

/// One call of the denoiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Height of its picture.
    pub height: usize,
    /// Width of its picture.
    pub width: usize,
    /// Noise of its picture, 0…255 units: less than in the whole one, since smaller pictures average.
    pub sigma: f64,
    /// Deviation of its coefficients, 0…255 units.
    deviation: f64,
}

/// The calls that denoising a picture of `height`×`width` with a spectrum takes, coarse to fine; the last is
/// on the whole picture. Only that one for white and gray noise, none for a spectrum of zero. Their pixels
/// are at most 1.3125 times the picture's.
///
/// For pictures with R = G = B give the [neutral](NoiseSpectrum::neutral) spectrum.
pub fn levels(spectrum: &NoiseSpectrum, height: usize, width: usize) -> Vec<Level> {
    let largest = spectrum.largest();
    let level = |halvings: usize| {
        let (tall, wide) = (height >> halvings, width >> halvings);
        let deviation = mean(&largest, [tall, wide], [height, width]).sqrt();
        let shrink = ((tall * wide) as f64 / (height * width) as f64).sqrt();
        Level {
            height: tall,
            width: wide,
            sigma: deviation * shrink,
            deviation,
        }
    };
    if height == 0 || width == 0 || level(0).deviation <= 0.0 {
        return Vec::new();
    }
    let mut finer = level(0);
    let mut levels = vec![finer];
    for halvings in 1..=HALVINGS {
        if (height.min(width) >> halvings) < SHORTEST {
            break;
        }
        let coarser = level(halvings);
        if coarser.deviation > WORTH * finer.deviation {
            levels.push(coarser);
        }
        finer = coarser;
    }
    levels.reverse();
    levels
}

/// Denoises `picture` (1×H×W or 3×H×W, network range) in place, given the spectrum of its noise.
///
/// White noise is exactly one call at σ. A picture with one channel, or R = G = B, has the spectrum's
/// [neutral](NoiseSpectrum::neutral) form, and stays neutral: its chroma is filled with white noise of the
/// level's strength for each call, since that is what a denoiser of colour pictures expects. A spectrum of
/// zero changes nothing. Needs a third of the picture's memory besides it and what `denoise` takes.
///
/// # Errors
/// What `denoise` gives; the picture is then of no use.
pub fn denoise_with_spectrum(
    picture: &mut Array3<f32>,
    spectrum: &NoiseSpectrum,
    denoise: &mut Denoise<'_>,
) -> Result<()> {
    let (channels, height, width) = picture.dim();
    if !is_neutral(picture.view()) {
        return coarse_to_fine(picture, spectrum, denoise);
    }
    if channels == 1 {
        let whole = picture.broadcast((3, height, width));
        *picture = whole.expect("one channel is repeated").to_owned();
    }
    let mut round = 0;
    coarse_to_fine(picture, &spectrum.neutral(), &mut |x, sigma| {
        fill_chroma(x, sigma, round);
        round += 1;
        denoise(x, sigma)?;
        make_neutral(x);
        Ok(())
    })?;
    if channels == 1 {
        *picture = picture.slice(s![..1, .., ..]).to_owned();
    }
    Ok(())
}

fn coarse_to_fine(
    picture: &mut Array3<f32>,
    spectrum: &NoiseSpectrum,
    denoise: &mut Denoise<'_>,
) -> Result<()> {
    let (_, height, width) = picture.dim();
    let levels = levels(spectrum, height, width);
    let Some((finest, coarser)) = levels.split_last() else {
        return Ok(());
    };
    if !coarser.is_empty() {
        transform(picture);
        let mut found: Option<Array3<f32>> = None;
        for level in coarser {
            let mut z = picture
                .slice(s![.., ..level.height, ..level.width])
                .to_owned();
            if let Some(found) = &found {
                blend(
                    z.view_mut(),
                    found.view(),
                    spectrum,
                    level.deviation,
                    [height, width],
                );
            }
            let shrink = (level.sigma / level.deviation) as f32;
            z.par_mapv_inplace(|value| value * shrink);
            invert(&mut z);
            denoise(&mut z, level.sigma / 127.5)?;
            transform(&mut z);
            z.par_mapv_inplace(|value| value / shrink);
            found = Some(z);
        }
        if let Some(found) = &found {
            let deviation = finest.deviation;
            blend(
                picture.view_mut(),
                found.view(),
                spectrum,
                deviation,
                [height, width],
            );
        }
        invert(picture);
    }
    denoise(picture, finest.sigma / 127.5)
}

/// From pixels to the DCT-II of opponent planes.
fn transform(planes: &mut Array3<f32>) {
    let (_, height, width) = planes.dim();
    to_opponent(planes);
    let dct = Dct2::new(height, width);
    planes.outer_iter_mut().for_each(|plane| dct.forward(plane));
}

fn invert(planes: &mut Array3<f32>) {
    let (_, height, width) = planes.dim();
    let dct = Dct2::new(height, width);
    planes.outer_iter_mut().for_each(|plane| dct.inverse(plane));
    from_opponent(planes);
}

/// Replaces the lowest coefficients by what a coarser level `found`, plus what the gains leave of the
/// difference. `size` is that of the whole picture.
fn blend(
    mut z: ArrayViewMut3<'_, f32>,
    found: ArrayView3<'_, f32>,
    spectrum: &NoiseSpectrum,
    deviation: f64,
    [height, width]: [usize; 2],
) {
    let gains = gains(spectrum, deviation);
    let (_, tall, wide) = found.dim();
    z.slice_mut(s![.., ..tall, ..wide])
        .axis_iter_mut(Axis(1))
        .into_par_iter()
        .zip(found.axis_iter(Axis(1)))
        .enumerate()
        .for_each(|(row, (mut z, found))| {
            let (i, part) = node(row, height);
            let across: [Gain; SIDE] = std::array::from_fn(|j| {
                between(&gains[i][j], &gains[(i + 1).min(SIDE - 1)][j], part)
            });
            for column in 0..wide {
                let (j, part) = node(column, width);
                let gain = between(&across[j], &across[(j + 1).min(SIDE - 1)], part);
                let found: [f32; 3] = std::array::from_fn(|c| found[[c, column]]);
                let rest: [f32; 3] = std::array::from_fn(|c| z[[c, column]] - found[c]);
                for c in 0..3 {
                    let [a, b, d] = gain[c];
                    z[[c, column]] = found[c] + a * rest[0] + b * rest[1] + d * rest[2];
                }
            }
        });
}

type Gain = [[f32; 3]; 3];

/// U·min(1, (τ/√λ)^1.5)·Uᵀ at each frequency of the spectrum.
fn gains(spectrum: &NoiseSpectrum, deviation: f64) -> [[Gain; SIDE]; SIDE] {
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let (values, vectors) = eigen(&spectrum.at(i, j));
            let shares = values.map(|value| {
                if value > deviation * deviation {
                    (deviation / value.sqrt()).powf(FALL)
                } else {
                    1.0
                }
            });
            std::array::from_fn(|a| {
                std::array::from_fn(|b| {
                    let sum: f64 = (0..3)
                        .map(|k| vectors[a][k] * shares[k] * vectors[b][k])
                        .sum();
                    sum as f32
                })
            })
        })
    })
}

fn between(a: &Gain, b: &Gain, part: f64) -> Gain {
    let part = part as f32;
    std::array::from_fn(|row| {
        std::array::from_fn(|column| a[row][column] + part * (b[row][column] - a[row][column]))
    })
}

/// Where coefficient `index` of a DCT of some `length` lies between the frequencies of a spectrum: the
/// one below, and the part of the way to the next. Constant from the highest on.
fn node(index: usize, length: usize) -> (usize, f64) {
    let place = ((SIDE * index) as f64 / length as f64).min((SIDE - 1) as f64);
    (place as usize, place.fract())
}

/// The mean of values given at the frequencies of a spectrum, over the lowest `block` of the coefficients
/// of a picture of `size`.
fn mean(values: &[[f64; SIDE]; SIDE], block: [usize; 2], size: [usize; 2]) -> f64 {
    let weights = |axis: usize| {
        let mut weights = [0.0; SIDE];
        for index in 0..block[axis] {
            let (below, part) = node(index, size[axis]);
            weights[below] += 1.0 - part;
            weights[(below + 1).min(SIDE - 1)] += part;
        }
        weights.map(|weight| weight / block[axis] as f64)
    };
    let (down, across) = (weights(0), weights(1));
    let rows = values.iter().zip(down);
    rows.map(|(row, weight)| weight * row.iter().zip(across).map(|(v, w)| v * w).sum::<f64>())
        .sum()
}

/// Adds white noise to the chroma of a neutral picture.
fn fill_chroma(x: &mut Array3<f32>, sigma: f64, round: usize) {
    let (_, height, width) = x.dim();
    let mut noise = Array3::zeros((2, height, width));
    SeededNoise { seed: CHROMA_SEED }.fill(round, 0, &mut noise);
    for (channel, mut plane) in x.outer_iter_mut().enumerate() {
        let weights = [1, 2].map(|row| (sigma * OPPONENT[row][channel]) as f32);
        ndarray::Zip::from(&mut plane)
            .and(noise.index_axis(Axis(0), 0))
            .and(noise.index_axis(Axis(0), 1))
            .par_for_each(|value, &a, &b| *value += weights[0] * a + weights[1] * b);
    }
}

/// Replaces each channel by their mean.
pub fn make_neutral(x: &mut Array3<f32>) {
    let (mut first, mut rest) = x.view_mut().split_at(Axis(0), 1);
    let (mut second, mut third) = rest.view_mut().split_at(Axis(0), 1);
    ndarray::Zip::from(&mut first)
        .and(&mut second)
        .and(&mut third)
        .par_for_each(|a, b, c| {
            let mean = (*a + *b + *c) / 3.0;
            (*a, *b, *c) = (mean, mean, mean);
        });
}

#[cfg(test)]
mod tests;
