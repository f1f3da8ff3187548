//! How exact a picture's values are.

/// Noise below this (0…255 units) is not told from rounding.
const ROUNDING: f64 = 0.35;

/// What a spectrum is known to, as a standard deviation in 0…255 units: what JPEG takes away is not zero noise.
/// On pictures that no JPEG went through, 2 hides how disks differ from Gaussians.
const KNOWN_TO: f64 = 1.0;
const KNOWN_TO_IN_JPEG: f64 = 2.0;

/// What lies between a blurred picture and its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exactness {
    /// Standard deviation of the noise in 0…255 units.
    pub noise: f64,
    /// Whether it went through JPEG.
    pub jpeg: bool,
}

impl Exactness {
    /// The same with noise that is a number in 0…255.
    pub(super) fn bounded(self) -> Self {
        let noise = if self.noise > 0.0 {
            self.noise.min(255.0)
        } else {
            0.0
        };
        Self { noise, ..self }
    }

    /// Of the picture at half the size.
    pub(super) fn halved(self) -> Self {
        let noise = 0.5 * self.noise;
        Self { noise, ..self }
    }

    /// Variance, in 0…1 units, that is added to every spectrum.
    pub(super) fn floor(self) -> f64 {
        let known_to = match self.jpeg {
            true => KNOWN_TO_IN_JPEG,
            false => KNOWN_TO,
        };
        (known_to / 255.0).powi(2)
    }

    /// Variance of the noise with that floor, in 0…1 units.
    pub(super) fn variance(self) -> f64 {
        (self.noise.max(ROUNDING) / 255.0).powi(2) + self.floor()
    }
}
