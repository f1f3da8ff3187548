//! The blurs that are searched for, and any other kernel, as squared transfer functions.

use std::f64::consts::PI;

use ndarray::Array2;
use rayon::prelude::*;

use super::finding::{Blur, NoBlur};
use super::spectrum::Bins;

/// Standard deviation of a line's width in pixels: motion is drawn one pixel wide.
const PEN: f64 = 0.3;

/// One blur of one family, in pixels of the crop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Candidate {
    Gaussian {
        sigma: f64,
    },
    Disk {
        radius: f64,
    },
    Line {
        length: f64,
        angle: f64,
    },
    /// No blur but texture along `angle`, coherent over `length`: like a line, but without zeros.
    Texture {
        length: f64,
        angle: f64,
    },
}

impl Candidate {
    /// |K|² at every frequency of `bins`.
    pub fn transfer(self, bins: &Bins) -> Vec<f32> {
        match self {
            Candidate::Gaussian { sigma } => {
                let rate = (-4.0 * PI * PI * sigma * sigma) as f32;
                let radius = bins.radius.iter();
                radius
                    .map(|&radius| (rate * radius * radius).exp())
                    .collect()
            }
            Candidate::Disk { radius } => {
                let rate = (2.0 * PI * radius) as f32;
                bins.radius
                    .iter()
                    .map(|&r| jinc(rate * r).powi(2))
                    .collect()
            }
            Candidate::Line { length, angle } => {
                let rate = (-4.0 * PI * PI * PEN * PEN) as f32;
                (phases(bins, length, angle).zip(&bins.radius))
                    .map(|(phase, &radius)| sinc(phase).powi(2) * (rate * radius * radius).exp())
                    .collect()
            }
            Candidate::Texture { length, angle } => phases(bins, length, angle)
                .map(|phase| 1.0 / (1.0 + phase * phase))
                .collect(),
        }
    }

    /// Whether it is more than what every lens, sensor and file does: on pictures blurred by something
    /// else the best had at most σ 1.0, radius 1.4 or length 5.6.
    pub fn counts(self) -> bool {
        match self {
            Candidate::Gaussian { sigma } => sigma >= 1.1,
            Candidate::Disk { radius } => radius >= 1.6,
            Candidate::Line { length, .. } => length >= 6.0,
            Candidate::Texture { .. } => false,
        }
    }

    /// Pixels from end to end.
    pub fn support(self) -> f64 {
        match self {
            Candidate::Gaussian { sigma } => 6.0 * sigma,
            Candidate::Disk { radius } => 2.0 * radius,
            Candidate::Line { length, .. } => length,
            Candidate::Texture { .. } => 0.0,
        }
    }

    /// Degrees between the directions of two candidates, 0…90; 90 where one has none.
    pub fn turned_from(self, other: Candidate) -> f64 {
        let angle = |candidate| match candidate {
            Candidate::Line { angle, .. } | Candidate::Texture { angle, .. } => Some(angle),
            Candidate::Gaussian { .. } | Candidate::Disk { .. } => None,
        };
        match (angle(self), angle(other)) {
            (Some(a), Some(b)) => ((a - b + 90.0).rem_euclid(180.0) - 90.0).abs(),
            _ => 90.0,
        }
    }

    /// The finding in pixels `scale` times smaller, rounded to what can be told.
    pub fn blur(self, scale: f64) -> Blur {
        let rounded = |value: f64, parts: f64| (value * parts).round() / parts;
        match self {
            Candidate::Gaussian { sigma } => Blur::Gaussian {
                sigma: rounded(scale * sigma, 100.0),
            },
            Candidate::Disk { radius } => Blur::Disk {
                radius: rounded(scale * radius, 100.0),
            },
            Candidate::Line { length, angle } => Blur::Motion {
                length: rounded(scale * length, 10.0),
                angle: rounded(angle, 10.0).rem_euclid(180.0),
            },
            Candidate::Texture { .. } => Blur::None {
                reason: NoBlur::Unclear,
            },
        }
    }

    /// Neighbours one step away in every parameter, itself left out: a `part` of the size, `degrees`
    /// of the angle.
    pub fn neighbours(self, part: f64, degrees: f64) -> Vec<Candidate> {
        let sizes = [1.0 - part, 1.0, 1.0 + part];
        match self {
            Candidate::Gaussian { sigma } => [sizes[0], sizes[2]]
                .map(|by| Candidate::Gaussian { sigma: sigma * by })
                .to_vec(),
            Candidate::Disk { radius } => [sizes[0], sizes[2]]
                .map(|by| Candidate::Disk {
                    radius: radius * by,
                })
                .to_vec(),
            Candidate::Line { length, angle } => around(length, angle, part, degrees)
                .map(|(length, angle)| Candidate::Line { length, angle })
                .to_vec(),
            Candidate::Texture { length, angle } => around(length, angle, part, degrees)
                .map(|(length, angle)| Candidate::Texture { length, angle })
                .to_vec(),
        }
    }
}

/// |K|² of `kernel` (odd sides) at every frequency of `bins`.
pub(super) fn power(kernel: &Array2<f32>, bins: &Bins) -> Vec<f32> {
    let middle = [kernel.nrows() / 2, kernel.ncols() / 2].map(|side| side as f32);
    let taps: Vec<[f32; 3]> = (kernel.indexed_iter())
        .filter(|&(_, &value)| value != 0.0)
        .map(|((row, column), &value)| [row as f32 - middle[0], column as f32 - middle[1], value])
        .collect();
    (bins.x.par_iter().zip(&bins.y))
        .map(|(&x, &y)| {
            let (mut real, mut imaginary) = (0.0f32, 0.0f32);
            for [down, right, value] in &taps {
                let (sin, cos) = (std::f32::consts::TAU * (x * right + y * down)).sin_cos();
                real += value * cos;
                imaginary += value * sin;
            }
            real * real + imaginary * imaginary
        })
        .collect()
}

/// The eight neighbours of a length and an angle.
fn around(length: f64, angle: f64, part: f64, degrees: f64) -> [(f64, f64); 8] {
    let steps = [
        (-1, -1),
        (-1, 0),
        (-1, 1),
        (0, -1),
        (0, 1),
        (1, -1),
        (1, 0),
        (1, 1),
    ];
    steps.map(|(size, turn)| {
        (
            length * (1.0 + part * f64::from(size)),
            angle + degrees * f64::from(turn),
        )
    })
}

/// π times the cycles that fit into `length` at `angle`.
fn phases(bins: &Bins, length: f64, angle: f64) -> impl Iterator<Item = f32> {
    let (sin, cos) = angle.to_radians().sin_cos();
    // Rows count downward, angles upward.
    let (x, y) = ((length * cos * PI) as f32, (-length * sin * PI) as f32);
    (bins.x.iter().zip(&bins.y)).map(move |(&u, &v)| x * u + y * v)
}

/// `count` values from `low` to `high`, even in their logarithm.
fn logarithmic(low: f64, high: f64, count: usize) -> impl Iterator<Item = f64> {
    let step = (high / low).ln() / (count - 1) as f64;
    (0..count).map(move |index| low * (step * index as f64).exp())
}

/// The Gaussians searched.
pub(super) fn gaussians() -> Vec<Candidate> {
    logarithmic(0.5, 6.0, 12)
        .map(|sigma| Candidate::Gaussian { sigma })
        .collect()
}

/// The disks searched.
pub(super) fn disks() -> Vec<Candidate> {
    logarithmic(1.0, 17.0, 60)
        .map(|radius| Candidate::Disk { radius })
        .collect()
}

/// The lines searched: the longer, the finer their angles.
pub(super) fn lines() -> Vec<Candidate> {
    logarithmic(3.0, 40.0, 36)
        .flat_map(|length| {
            let count = (180.0 / (50.0 / length).clamp(2.0, 10.0)).ceil() as usize;
            (0..count).map(move |index| Candidate::Line {
                length,
                angle: 180.0 * index as f64 / count as f64,
            })
        })
        .collect()
}

/// The textures searched.
pub(super) fn textures() -> Vec<Candidate> {
    logarithmic(4.0, 128.0, 6)
        .flat_map(|length| {
            (0..36).map(move |index| Candidate::Texture {
                length,
                angle: 5.0 * f64::from(index),
            })
        })
        .collect()
}

/// sin(x)/x.
fn sinc(x: f32) -> f32 {
    if x.abs() < 1e-3 { 1.0 } else { x.sin() / x }
}

/// 2 J₁(x)/x.
fn jinc(x: f32) -> f32 {
    if x.abs() < 1e-3 {
        1.0
    } else {
        2.0 * libm::j1f(x) / x
    }
}
