//! A neighbour's pixels where the frame's content stands.

use std::f32::consts::PI;

use ndarray::parallel::prelude::*;
use ndarray::{Array2, Array3, Axis};

use super::frame::Frame;
use crate::estimate::motion::Motion;

/// Lobes of the windowed sinc: wide enough that noise keeps its spectrum and detail its sharpness.
const LOBES: usize = 3;

const TAPS: usize = 2 * LOBES;

/// How far beyond the edge a pixel may be taken from: to the end of the edge pixel.
const BEYOND: f32 = 0.5;

/// A neighbour as the frame sees it.
pub struct Warped {
    /// 3×H×W.
    pub picture: Array3<f32>,
    /// H×W: the part of white noise's variance that interpolation leaves.
    pub gain: Array2<f32>,
    /// H×W: where the neighbour has a usable pixel.
    pub known: Array2<bool>,
}

/// Where along an axis to read, and with which weights (Lanczos).
struct Reading {
    places: [usize; TAPS],
    weights: [f32; TAPS],
    /// The part of white noise's variance that is left.
    gain: f32,
    /// Whether it is inside, and the nearest pixel.
    nearest: Option<usize>,
}

impl Reading {
    fn new(at: f32, length: usize) -> Self {
        let last = (length - 1) as f32;
        let inside = (-BEYOND..=last + BEYOND).contains(&at);
        let at = at.clamp(0.0, last);
        let first = at.floor();
        let part = at - first;
        let mut weights: [f32; TAPS] = std::array::from_fn(|tap| lanczos(offset(tap) - part));
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        Reading {
            places: std::array::from_fn(|tap| mirrored(first + offset(tap), length)),
            gain: weights.iter().map(|weight| weight * weight).sum(),
            weights,
            nearest: inside.then_some(at.round() as usize),
        }
    }
}

/// Pixels from the one before the place that is read.
fn offset(tap: usize) -> f32 {
    tap as f32 + 1.0 - LOBES as f32
}

fn lanczos(distance: f32) -> f32 {
    if distance.fract() == 0.0 {
        // Exactly, so that whole pixels keep their bits.
        return f32::from(u8::from(distance == 0.0));
    }
    if distance.abs() >= LOBES as f32 {
        return 0.0;
    }
    let (angle, lobes) = (PI * distance, LOBES as f32);
    lobes * angle.sin() * (angle / lobes).sin() / (angle * angle)
}

/// The pixel that stands at a place beyond the edges, the edge pixel once.
fn mirrored(at: f32, length: usize) -> usize {
    let at = at.abs() as usize;
    let last = length - 1;
    let folded = if at > last {
        (2 * last).saturating_sub(at)
    } else {
        at
    };
    folded.min(last)
}

/// Brings `neighbour` to where a frame's content stands, which moved by `motion` to it.
pub fn warp(neighbour: &Frame<'_>, motion: &Motion) -> Warped {
    let (_, height, width) = neighbour.picture.dim();
    let mut warped = Warped {
        picture: Array3::zeros((3, height, width)),
        gain: Array2::zeros((height, width)),
        known: Array2::default((height, width)),
    };
    let source = &neighbour.picture;
    warped
        .picture
        .axis_iter_mut(Axis(1))
        .into_par_iter()
        .zip(warped.gain.axis_iter_mut(Axis(0)))
        .zip(warped.known.axis_iter_mut(Axis(0)))
        .enumerate()
        .for_each(|(y, ((mut picture, mut gain), mut known))| {
            for x in 0..width {
                let [down, right] = motion.at(y, x);
                let rows = Reading::new(y as f32 + down, height);
                let columns = Reading::new(x as f32 + right, width);
                for channel in 0..3 {
                    let plane = source.index_axis(Axis(0), channel);
                    let mut sum = 0.0;
                    for (row, down) in rows.places.into_iter().zip(rows.weights) {
                        let line: f32 = (0..TAPS)
                            .map(|tap| columns.weights[tap] * plane[[row, columns.places[tap]]])
                            .sum();
                        sum += down * line;
                    }
                    picture[[channel, x]] = sum;
                }
                gain[x] = rows.gain * columns.gain;
                known[x] = match (rows.nearest, columns.nearest) {
                    (Some(row), Some(column)) => {
                        neighbour.usable.is_none_or(|usable| usable[[row, column]])
                    }
                    _ => false,
                };
            }
        });
    warped
}
