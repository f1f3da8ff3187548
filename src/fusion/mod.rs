//! Neighbouring frames as further measurements of one frame.
//!
//! Each neighbour is brought to where the frame's content stands ([`warp`]), and counts at a pixel for as much
//! as the difference there is noise and nothing else ([`support`]): a cut, a hidden part or an object that
//! moved on its own leaves more, and a copy of the frame less. What agrees is averaged by inverse variance,
//! y = Σ wᵢyᵢ / Σ wᵢ with a noise of √(Σ wᵢ²)/Σ wᵢ times one frame's. Where a neighbour's weight is 0 the
//! frame is left as it is, to the bit.
//!
//! Pictures are 3×H×W, sRGB-encoded in the network range [-1, 1]. Everything is a function of its arguments
//! alone, whatever the number of threads.

mod copies;
mod even;
mod frame;
mod support;
mod warp;

use ndarray::{Array2, Array3, ArrayView3, Axis, Zip};

use crate::Result;
use crate::estimate::motion::estimate_motion;
use crate::estimate::noise::NoiseSpectrum;
use copies::is_copy;
pub use even::Even;
pub use frame::Frame;
use support::Support;
use warp::warp;

/// A neighbour whose support is less than this, averaged over the frame, says nothing: a cut, chance apart.
const LEAST_SUPPORT: f32 = 0.02;

/// How a neighbour was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Taken {
    /// It is a copy of the frame, or of a neighbour that counted: the same noise, nothing new.
    Copy,
    /// Its mean weight, 0…1; below 0.02 it is left out, and the weight is 0.
    Support(f64),
}

/// What several frames measured of one.
#[derive(Clone, Debug)]
pub struct Fused {
    /// The mean of what agrees, 3×H×W.
    pub picture: Array3<f32>,
    /// H×W: standard deviation of the noise in it relative to one frame's, at most 1.
    pub noise: Array2<f32>,
    /// How each neighbour was taken, in their order.
    pub taken: Vec<Taken>,
}

impl Fused {
    /// Frames that count, `frame` itself among them.
    pub fn frames(&self) -> usize {
        let counts = |taken: &&Taken| matches!(taken, Taken::Support(weight) if *weight > 0.0);
        1 + self.taken.iter().filter(counts).count()
    }
}

/// Fuses `frame` with its `neighbours` (all of one size), given the spectrum of the noise in each. Those that
/// stand nearest in time come first: of two copies the first counts. `check` is asked between neighbours
/// whether to go on.
///
/// # Errors
/// What `check` gives.
///
/// # Panics
/// When sizes differ.
pub fn fuse(
    frame: &Frame<'_>,
    neighbours: &[Frame<'_>],
    spectrum: &NoiseSpectrum,
    check: &dyn Fn() -> Result<()>,
) -> Result<Fused> {
    let (_, height, width) = frame.picture.dim();
    let support = Support::new(spectrum);
    let luminance = luminance(frame.picture);
    let mut sum = frame.picture.to_owned();
    let mut weights = Array2::<f32>::ones((height, width));
    let mut squares = Array2::<f32>::ones((height, width));
    let mut counted: Vec<ArrayView3<'_, f32>> = vec![frame.picture];
    let mut taken = Vec::with_capacity(neighbours.len());
    for neighbour in neighbours {
        check()?;
        assert_eq!(neighbour.picture.dim(), frame.picture.dim(), "frame sizes");
        let own = &neighbour.picture;
        if counted.iter().any(|other| is_copy(*own, *other, spectrum)) {
            taken.push(Taken::Copy);
            continue;
        }
        let motion = estimate_motion(
            luminance.view(),
            self::luminance(*own).view(),
            support.luminance_noise(),
        );
        check()?;
        let warped = warp(neighbour, &motion);
        let mut weight = support.weights(frame.picture, &warped);
        if let Some(usable) = frame.usable {
            Zip::from(&mut weight)
                .and(usable)
                .par_for_each(|weight, &usable| *weight *= f32::from(u8::from(usable)));
        }
        let mean = weight.mean().unwrap_or(0.0);
        if mean < LEAST_SUPPORT {
            taken.push(Taken::Support(0.0));
            continue;
        }
        for (mut sum, own) in sum.outer_iter_mut().zip(warped.picture.outer_iter()) {
            Zip::from(&mut sum)
                .and(&own)
                .and(&weight)
                .par_for_each(|sum, &own, &weight| *sum += weight * own);
        }
        Zip::from(&mut weights)
            .and(&mut squares)
            .and(&weight)
            .and(&warped.gain)
            .par_for_each(|sum, squares, &weight, &gain| {
                *sum += weight;
                *squares += weight * weight * gain;
            });
        counted.push(neighbour.picture);
        taken.push(Taken::Support(f64::from(mean)));
    }
    for mut plane in sum.outer_iter_mut() {
        Zip::from(&mut plane)
            .and(&weights)
            .par_for_each(|value, &weight| *value /= weight);
    }
    Zip::from(&mut squares)
        .and(&weights)
        .par_for_each(|square, &weight| *square = square.sqrt() / weight);
    Ok(Fused {
        picture: sum,
        noise: squares,
        taken,
    })
}

/// (R + G + B)/√3 in 0…255 units.
fn luminance(picture: ArrayView3<'_, f32>) -> Array2<f32> {
    picture.sum_axis(Axis(0)) * (127.5 / 3f32.sqrt())
}
