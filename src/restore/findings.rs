//! What the measurement shows, before a plan is made.

use ndarray::ArrayView3;

use crate::Result;
use crate::estimate::noise::{NoiseFinding, NoiseKind, NoiseSpectrum, estimate_noise};
use crate::image::PixelType;
use crate::plan::Seen;
use crate::request::{NoiseLevel, Request};

/// What was found, and what of it a plan depends on.
pub struct Findings {
    /// The noise: as given, or as the picture shows.
    pub noise: NoiseFinding,
    /// For the plan.
    pub seen: Seen,
}

/// Looks at a measurement `y` (3×H×W, network range, sRGB codes) that was stored as `stored`.
///
/// # Errors
/// `Cancelled`.
pub fn look(request: &Request, y: ArrayView3<'_, f32>, stored: PixelType) -> Result<Findings> {
    let given = |spectrum: NoiseSpectrum, kind| NoiseFinding {
        kind,
        sigma: spectrum.rms(),
        spectrum,
    };
    let noise = match &request.noise {
        NoiseLevel::Known(sigma) => given(NoiseSpectrum::white(*sigma), NoiseKind::White),
        NoiseLevel::Measured(spectrum) => given((**spectrum).clone(), NoiseKind::Coloured),
        NoiseLevel::Automatic => estimate_noise(y, None),
    };
    let seen = Seen {
        noise: noise.sigma,
        noise_given: matches!(request.noise, NoiseLevel::Known(_)),
        eight_bit: stored == PixelType::U8,
        quantisation: None,
        blur_estimated: false,
    };
    Ok(Findings { noise, seen })
}
