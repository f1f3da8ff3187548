//! What is known of a measurement before it is restored.

use crate::request::{Light, TaskKind};

/// What a picture and its file show, as far as a plan depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Standard deviation of the noise in 0…255 units, given or measured.
    pub noise: f64,
    /// Where a blur is to be removed or a picture enlarged, the white noise (standard deviation in 0…255 units) that covers the noise in
    /// every direction of colour: √3 times noise that is the same in red, green and blue, which a denoiser of colours takes for picture.
    /// Else 0.
    pub covering_noise: f64,
    /// Whether the noise was measured where a known blur leaves nothing of the picture: compression hides none of that.
    pub noise_behind_blur: bool,
    /// Whether the noise was given, not measured.
    pub noise_given: bool,
    /// Whether values are stored in 8 bits.
    pub eight_bit: bool,
    /// t2 of a JPEG source: the standard deviation that rounding gives its four coarsest luminance
    /// coefficients, 0…255 units; 18.6 at quality 10, 0.7 at 90.
    pub quantisation: Option<f64>,
    /// Whether the JPEG source is cleaned first, which the plan decides.
    pub cleaned: bool,
    /// Whether the blur was estimated from the picture.
    pub blur_estimated: bool,
    /// Whether that is a kernel of any shape, not one of a family.
    pub blur_is_free: bool,
    /// Whether it was looked for and none was found.
    pub blur_missing: bool,
    /// How far it lies beyond black and white; `None` where it does not.
    pub beyond: Option<Beyond>,
}

/// What a picture has beyond black and white, as far as a plan depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beyond {
    /// Whether it lies below black.
    pub below: bool,
    /// Network calls per call on the whole picture: parts of it are seen at several exposures.
    pub calls: f64,
}

/// Noise that rounding to 8 bits leaves at least, in sRGB codes: 1/√12, and a little for clipping.
const ROUNDING: f64 = 0.35;

/// The same of values with more bits.
const FINE: f64 = 0.1;

/// The same of blurred light, whose saturation and rounding a Gauss-Newton step meets as curves: motion 21 px,
/// three training crops, σ_y 0.5, 0.7 and 1.0 give 36.13, 36.37 and 35.79 dB.
const ROUNDING_IN_LIGHT: f64 = 0.7;

/// Compression hides noise from an estimate, σ 5 reads 2.6 at quality 90; from this reading on it is counted
/// as 1.4·σ + 1. A deconvolution that assumes too little loses decibels.
const HIDDEN_FROM: f64 = 0.7;

/// Share of [`Seen::covering_noise`] that is assumed: white noise counts as it is, gray noise 1.65 times. 1.41 would do, but what is
/// read has an error of a tenth, and less costs decibels: motion 21 px, gray noise of 5, four training crops of 224², FFDNet, σ_y 5, 7 and
/// 8.7: 20.05, 27.72 and 27.55 dB. Random blurs in codes of JPEG files, 24 training crops, shares of 0.7, 0.8 and 0.9: 26.49, 26.73 and
/// 26.74 dB.
const COVERING: f64 = 0.95;

/// The same of JPEG files blurred in light that are cleaned first: 24 others, 25.97, 26.00 and 25.97 dB.
const COVERING_OF_CLEANED: f64 = 0.8;

/// What an enlargement assumes: below it, rounding shows.
const ENLARGED: f64 = 1.3;

/// What is assumed under an estimated kernel of any shape, whose every value is a little off.
const FREE_KERNEL: f64 = 2.0;

/// Above this, the published algorithm takes noise that was measured for noise: texture can read as much.
const MORE_THAN_ROUNDING: f64 = 1.0;

impl Seen {
    /// A measurement of which nothing is known but its noise (0…255 units).
    pub fn noise(noise: f64) -> Self {
        Seen {
            noise,
            covering_noise: 0.0,
            noise_behind_blur: false,
            noise_given: true,
            eight_bit: true,
            quantisation: None,
            cleaned: false,
            blur_estimated: false,
            blur_is_free: false,
            blur_missing: false,
            beyond: None,
        }
    }

    /// Whether the published algorithm takes its settings for noisy measurements.
    pub fn is_noisy(&self) -> bool {
        match self.noise_given {
            true => self.noise > 0.0,
            false => self.noise > MORE_THAN_ROUNDING,
        }
    }

    /// The noise σ_y that data steps assume, 0…255 units: no file is exact, and assuming too little costs
    /// far more than too much.
    pub fn assumed(&self, task: TaskKind, light: Light) -> f64 {
        let least = self.least(task, light);
        let hidden = self.quantisation.is_some() && !self.noise_given && !self.noise_behind_blur;
        let noise = match hidden && self.noise > HIDDEN_FROM {
            true => 1.4 * self.noise + 1.0,
            false => self.noise,
        };
        let share = match (self.cleaned, light) {
            (true, Light::Linear) => COVERING_OF_CLEANED,
            _ => COVERING,
        };
        noise.max(share * self.covering_noise).max(least)
    }

    /// What is assumed where no noise was seen, 0…255 units.
    pub fn least(&self, task: TaskKind, light: Light) -> f64 {
        let least = match (task, self.quantisation) {
            (_, Some(t2)) if light == Light::Linear && !self.cleaned => jpeg_error_in_light(t2),
            (_, Some(t2)) => jpeg_error(t2),
            (TaskKind::SuperResolve, None) => ENLARGED,
            (_, None) if light == Light::Linear && self.eight_bit => ROUNDING_IN_LIGHT,
            (_, None) => self.rounding(),
        };
        match (self.blur_estimated, self.quantisation) {
            (true, Some(_)) => least.max(2.0),
            (true, None) if self.blur_is_free => least.max(FREE_KERNEL),
            (true, None) => least.max(1.0),
            (false, _) => least,
        }
    }

    /// Variance of the noise beyond what rounding explains and, of what covers it, beyond the [`least`](Self::least) that is assumed,
    /// 0…255 units squared.
    pub fn beyond_rounding(&self, least: f64) -> f64 {
        let beyond = |noise: f64, explained: f64| noise.powi(2) - explained.powi(2);
        beyond(self.noise, self.rounding())
            .max(beyond(COVERING * self.covering_noise, least))
            .max(0.0)
    }

    fn rounding(&self) -> f64 {
        if self.eight_bit { ROUNDING } else { FINE }
    }
}

/// Error of the pixels of a JPEG file, 0…255 units, from `t2`, its [quantisation](Seen::quantisation). Measured on training crops.
pub(super) fn jpeg_error(t2: f64) -> f64 {
    1.6 + 0.75 * t2
}

/// The same of pixels blurred in light, which were not cleaned. Nine training crops of 256², FFDNet, motion of 21 px, 1, 1.5 and 2 times
/// the variance of [`jpeg_error`]: quality 90 26.29, 26.19, – dB, quality 70 24.84, 25.00, 24.86; so 26.32 and 25.05. In codes 0.7, 1 and
/// 1.5 times: quality 90 27.51, 27.40, 27.05, quality 50 24.84, 25.06, 24.92.
fn jpeg_error_in_light(t2: f64) -> f64 {
    1.5 + 1.1 * t2
}
