//! Frames that are copies of others: a clip's end held, a host that gives one frame for all times, a frame
//! rate that was raised.

use ndarray::{ArrayView3, Axis};

use crate::estimate::noise::NoiseSpectrum;

/// Pixels nearer than this to black or white may be clipped, and the same in frames that are not; network range.
const CLIPPED: f32 = 1.0 - 2.0 / 255.0;

/// Pixels that are looked at, at most.
const LOOKED_AT: usize = 1 << 16;

/// A copy differs by less than this part of what noise of its own in each would make of the median difference.
/// It may have been compressed anew.
const SHARE: f64 = 0.35;

/// The median magnitude of a normal number.
const MEDIAN: f64 = 0.6745;

/// Whether two frames (3×H×W) carry the same noise. Where everything is clipped nobody can tell: then they do.
pub fn is_copy(
    one: ArrayView3<'_, f32>,
    other: ArrayView3<'_, f32>,
    spectrum: &NoiseSpectrum,
) -> bool {
    let (_, height, width) = one.dim();
    let step = (height * width).div_ceil(LOOKED_AT).max(1);
    let mut differences = Vec::new();
    for index in (0..height * width).step_by(step) {
        let at = (index / width, index % width);
        let pixel = |picture: &ArrayView3<'_, f32>| -> [f32; 3] {
            std::array::from_fn(|channel| picture.index_axis(Axis(0), channel)[at])
        };
        let (a, b) = (pixel(&one), pixel(&other));
        if a.iter().chain(&b).all(|value| value.abs() < CLIPPED) {
            differences.extend((0..3).map(|channel| (a[channel] - b[channel]).abs()));
        }
    }
    if differences.is_empty() {
        return true;
    }
    let middle = differences.len() / 2;
    let median = *differences.select_nth_unstable_by(middle, f32::total_cmp).1;
    let independent = MEDIAN * 2f64.sqrt() * spectrum.rms() / 127.5;
    f64::from(median) <= SHARE * independent
}
