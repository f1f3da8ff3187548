//! Pictures beyond black and white, seen by a network that knows nothing beyond: at several exposures.
//!
//! An exposure maps a range of sRGB codes onto the network's. The curve is a power of light nearly everywhere,
//! so that fewer codes for white are less light at the same curve, and noise shrinks with the codes. What each
//! exposure gives is blended by brightness, as pictures of a bracketing series are.

use ndarray::{Array2, ArrayView2, ArrayView3, Zip, s};

/// Codes (1 is white) per code of the next exposure: 3.5 stops of light.
const STEP: f32 = 2.75;

/// Up to here, two stops above white, one exposure does for everything.
const ONE_EXPOSURE: f32 = 1.8;

/// Where in its range an exposure begins to give way to the next one, and where it has.
const FADE: [f32; 2] = [0.75, 0.95];

/// Standard deviations of the noise beyond an exposure's range that the network gets to see: its own noise
/// lies there, what is brighter does not.
const NOISE_SEEN: f32 = 3.0;

/// One exposure: codes from `-black` to `white`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    black: f32,
    white: f32,
}

impl Exposure {
    /// Factor on codes, and on the noise in them.
    pub fn scale(self) -> f32 {
        (self.white + self.black).recip()
    }

    /// A value of the network range as the network is to see it, where noise has deviation `sigma` at this
    /// exposure.
    pub fn see(self, value: f32, sigma: f32) -> f32 {
        let most = 1.0 + NOISE_SEEN * sigma;
        (self.scale() * (value + 1.0 + 2.0 * self.black) - 1.0).clamp(-most, most)
    }

    /// The inverse of [`see`](Self::see).
    pub fn unsee(self, value: f32) -> f32 {
        (value + 1.0) / self.scale() - 1.0 - 2.0 * self.black
    }
}

/// The exposures of a picture, the darkest scene first.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposures(Vec<Exposure>);

impl Exposures {
    /// Those for codes from `-black` to `white` (above 1 what lies beyond white).
    pub fn new(black: f32, white: f32) -> Self {
        let (black, white) = (black.max(0.0), white.max(1.0));
        let exposure = |white: f32| Exposure {
            black: black.min(white),
            white,
        };
        if white <= ONE_EXPOSURE {
            return Exposures(vec![exposure(white)]);
        }
        let steps = (white.ln() / STEP.ln()).ceil();
        let whites = (0..=steps as usize).map(|step| white.powf(step as f32 / steps));
        Exposures(whites.map(exposure).collect())
    }

    fn iter(&self) -> impl Iterator<Item = (usize, Exposure)> + '_ {
        self.0.iter().copied().enumerate()
    }

    /// How much exposure `index` counts at a pixel of this brightness; over all exposures 1.
    pub fn weight(&self, index: usize, brightness: f32) -> f32 {
        let kept = |index: usize| {
            let [from, to] = FADE.map(|share| share * self.0[index].white);
            let share = ((to - brightness) / (to - from)).clamp(0.0, 1.0);
            share * share * (3.0 - 2.0 * share)
        };
        let below = match index {
            0 => 0.0,
            _ => kept(index - 1),
        };
        match index + 1 == self.0.len() {
            true => 1.0 - below,
            // What the one below keeps, this one has too.
            false => kept(index) - below,
        }
    }

    /// Those that count in a part of a picture of this brightness.
    pub fn used(&self, brightness: ArrayView2<'_, f32>) -> Vec<(usize, Exposure)> {
        let counts = |index: usize| {
            brightness
                .iter()
                .any(|&value| self.weight(index, value) > 0.0)
        };
        self.iter().filter(|&(index, _)| counts(index)).collect()
    }
}

/// How bright a picture is, to choose and blend exposures by.
#[derive(Clone, Debug)]
pub struct Brightness {
    /// The code of the brightest channel, H×W; of pixels farther below black than others above it, how far.
    pub codes: Array2<f32>,
    /// What suits them.
    pub exposures: Exposures,
}

impl Brightness {
    /// Of a picture (3×H×W, network range) whose values may lie below black if `below`.
    pub fn of(picture: ArrayView3<'_, f32>, below: bool) -> Self {
        let (_, height, width) = picture.dim();
        let mut codes = Array2::from_elem((height, width), 0.0f32);
        let mut black = 0.0f32;
        for plane in picture.outer_iter() {
            Zip::from(&mut codes)
                .and(plane)
                .par_for_each(|most, &value| {
                    let code = 0.5 * (value + 1.0);
                    *most = most.max(if below { code.abs() } else { code });
                });
            if below {
                let least = plane
                    .iter()
                    .fold(0.0f32, |least, &value| least.min(value + 1.0));
                black = black.max(-0.5 * least);
            }
        }
        let white = codes.iter().fold(1.0f32, |most, &code| most.max(code));
        Brightness {
            exposures: Exposures::new(black, white),
            codes,
        }
    }

    /// Network calls per call on the picture, in the mean over parts of `side`².
    pub fn mean_calls(&self, side: usize) -> f64 {
        let (height, width) = self.codes.dim();
        let (mut parts, mut calls) = (0, 0);
        for y in (0..height).step_by(side) {
            for x in (0..width).step_by(side) {
                let rows = y..(y + side).min(height);
                let part = self.codes.slice(s![rows, x..(x + side).min(width)]);
                parts += 1;
                calls += self.exposures.used(part).len();
            }
        }
        calls as f64 / parts.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_brightness_has_its_exposure() {
        for (black, white) in [
            (0.0, 1.0),
            (0.2, 1.0),
            (0.0, 1.7),
            (0.5, 2.0),
            (3.0, 60.0),
            (0.0, 1e6),
        ] {
            let exposures = Exposures::new(black, white);
            assert_eq!(exposures.0.last().unwrap().white, white);
            for step in 0..=1000 {
                let code = white * (step as f32 / 1000.0).powi(3);
                let mut sum = 0.0;
                for (index, exposure) in exposures.iter() {
                    let weight = exposures.weight(index, code);
                    assert!((0.0..=1.0).contains(&weight), "{weight}");
                    sum += weight;
                    if weight > 0.0 {
                        // It lies within what the network knows, and comes back.
                        let value = 2.0 * code - 1.0;
                        let seen = exposure.see(value, 0.0);
                        assert!(seen.abs() <= 1.0);
                        assert!((exposure.unsee(seen) - value).abs() < 1e-5 * (1.0 + value.abs()));
                    }
                }
                assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            }
        }
    }

    #[test]
    fn plain_pictures_are_seen_as_they_are_and_bright_ones_in_few_calls() {
        let plain = Exposures::new(0.0, 0.7);
        assert_eq!(
            plain.0,
            [Exposure {
                black: 0.0,
                white: 1.0
            }]
        );
        assert_eq!(plain.0[0].see(0.25, 0.1), 0.25);
        // Four stops above white are code 3.2.
        assert_eq!(Exposures::new(0.0, 3.2).0.len(), 3);
        let mut picture = ndarray::Array3::zeros((3, 64, 64));
        assert_eq!(Brightness::of(picture.view(), false).mean_calls(32), 1.0);
        picture[[1, 5, 40]] = 1e5;
        let calls = Brightness::of(picture.view(), false).mean_calls(32);
        assert_eq!(calls, 1.25);
    }
}
