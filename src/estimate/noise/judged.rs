//! From what was measured to what to assume: white or not, and guards against taking texture for noise.

use super::measured::{Measured, deviation, scaled};
use super::patches::AREA;
use super::spectrum::{Covariance, NoiseSpectrum, SIDE, eigen};

/// What kind of noise was measured; [`NoiseKind::None`](super::NoiseKind::None) is decided later.
pub(super) enum Verdict {
    /// White; its level is better measured otherwise.
    White,
    /// White, the same in all channels.
    Gray,
    /// The same in all channels, and coloured.
    Luminance(NoiseSpectrum),
    /// Anything else.
    Coloured(NoiseSpectrum),
}

/// Deviation of rings 4 and 5 relative to the floor, up to which a channel is white; for chroma also that
/// of rings 2 and 3.
const WHITE: [f64; 3] = [1.5, 1.7, 1.5];

/// Deviations of rings 4 and 5, and 2, below which chroma has no noise, 0…255 units.
const ZERO: [f64; 2] = [0.4, 0.6];

/// How far the floors of channels that are all white may differ for their noise to be one: where gray noise is
/// clipped, a little of it is chroma's.
const EVEN: f64 = 1.5;

/// Chroma noise from which on it bounds luminance's, 0…255 units…
const CHROMA: f64 = 0.5;

/// …which is at most so much larger. Beyond, it is texture: the more, the less of it is taken for noise…
const LUMINANCE: f64 = 3.0;

/// …down to this ratio.
const TEXTURE: f64 = 1.5;

/// The flattest patches of a picture are its least noisy ones by chance, and of a clean picture still not
/// flat: the level t becomes `GAIN`·t − `OFFSET`.
const GAIN: f64 = 1.4;
const OFFSET: f64 = 2.5;

/// The level up to which it may be texture that differs with brightness, and from which on it is noise.
const DOUBTED: f64 = 2.0;
const BELIEVED: f64 = 5.0;

/// Judges what was measured, given each channel's white floor and how much stronger the noise is on the whole.
pub(super) fn judge(
    measured: Measured,
    floors: [f64; 3],
    unevenness: impl FnOnce() -> f64,
) -> Verdict {
    let Measured {
        mut covariance,
        low,
        middle,
    } = measured;
    let zero: [bool; 3] = std::array::from_fn(|channel| {
        channel > 0 && middle[channel] < ZERO[0] && low[channel][1] < ZERO[1]
    });
    let white: [bool; 3] = std::array::from_fn(|channel| {
        let floor = floors[channel];
        middle[channel] <= WHITE[0] * floor
            && (channel == 0
                || (low[channel][1] <= WHITE[1] * floor && low[channel][2] <= WHITE[2] * floor))
    });
    let gray = zero[1] && zero[2];
    if white[0] && gray {
        return Verdict::Gray;
    }
    if (0..3).all(|channel| white[channel] && !zero[channel]) {
        let least = floors.into_iter().fold(f64::INFINITY, f64::min);
        let most = floors.into_iter().fold(0.0, f64::max);
        if most <= EVEN * least {
            return Verdict::White;
        }
        return Verdict::Coloured(NoiseSpectrum::from_fn(|_, _| {
            let mut matrix = Covariance::default();
            for (channel, floor) in floors.into_iter().enumerate() {
                isolate(&mut matrix, channel, floor);
            }
            matrix
        }));
    }
    for channel in 0..3 {
        if zero[channel] || white[channel] {
            let level = if zero[channel] { 0.0 } else { floors[channel] };
            covariance
                .iter_mut()
                .for_each(|matrix| isolate(matrix, channel, level));
        }
    }
    if !white[0] {
        let chroma: f64 = (1..3)
            .map(|channel| deviation(&covariance, channel, 0..=SIDE - 1).powi(2))
            .sum();
        let chroma = chroma.sqrt();
        let luminance = deviation(&covariance, 0, 4..=5);
        let ratio = luminance / chroma;
        if chroma > CHROMA && ratio > LUMINANCE {
            let factor = (2.0 * LUMINANCE - ratio).max(TEXTURE) / ratio;
            covariance
                .iter_mut()
                .for_each(|matrix| *matrix = scaled(matrix, [factor, 1.0, 1.0]));
        }
    }
    let largest: f64 = covariance.iter().map(|matrix| eigen(matrix).0[2]).sum();
    let level = (largest / AREA as f64).sqrt();
    let mut assumed = (GAIN * level - OFFSET).max(0.0);
    if assumed > DOUBTED {
        let sure = ((assumed - DOUBTED) / (BELIEVED - DOUBTED)).min(1.0);
        assumed *= 1.0 + (unevenness() - 1.0) * sure;
    }
    let factor = if level > 0.0 { assumed / level } else { 0.0 };
    let spectrum = NoiseSpectrum::from_fn(|i, j| scaled(&covariance[i * SIDE + j], [factor; 3]));
    if gray {
        Verdict::Luminance(spectrum)
    } else {
        Verdict::Coloured(spectrum)
    }
}

/// Gives a channel the level of white noise, independent of the others.
fn isolate(matrix: &mut Covariance, channel: usize, level: f64) {
    matrix[channel] = [0.0; 3];
    for row in matrix.iter_mut() {
        row[channel] = 0.0;
    }
    matrix[channel][channel] = level * level;
}
