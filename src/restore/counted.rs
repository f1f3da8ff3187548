//! What noise counts for in a plan.

use ndarray::{ArrayView2, ArrayView3};

use crate::Result;
use crate::estimate::blur::{NoiseOfBlurred, noise_of_blurred};
use crate::estimate::noise::{NoiseFinding, NoiseKind, is_neutral, white_level};
use crate::plan::{light, psf};
use crate::request::{NoiseLevel, Request, Task};

/// Noise as a plan counts with it, 0…255 units.
pub struct Counted {
    /// Standard deviation in red, green and blue.
    pub noise: f64,
    /// [`Seen::covering_noise`](crate::plan::Seen::covering_noise).
    pub covering: f64,
    /// [`Seen::noise_behind_blur`](crate::plan::Seen::noise_behind_blur).
    pub behind_blur: bool,
}

/// Noise (0…255 units) up to which, in a small picture, it may be texture, and from which on it is noise.
const TEXTURE: f64 = 2.0;
const SURE: f64 = 4.0;

/// Noise (0…255 units) below which rounding is much of what a blurred picture shows, which says nothing of the colours of noise that is given.
const TOLD: f64 = 1.0;

impl Counted {
    /// Of `noise` in the measurement `y` (3×H×W, network range) with its usable pixels. `looks` says whether to look behind its blur: not
    /// where it goes beyond black or white, or nothing blurred it.
    ///
    /// # Errors
    /// What reading a kernel file gives.
    pub fn new(
        request: &Request,
        noise: &NoiseFinding,
        (y, usable): (ArrayView3<'_, f32>, Option<ArrayView2<'_, bool>>),
        looks: bool,
    ) -> Result<Self> {
        let counted = counted(request, noise, (y, usable));
        let found = match looks {
            true => behind_blur(request, (y, usable))?,
            false => None,
        };
        let given = matches!(request.noise, NoiseLevel::Known(_));
        Ok(match found {
            // As much more than was given as the picture shows.
            Some(found) if given && found.sigma >= TOLD => Self {
                noise: counted,
                covering: noise.sigma * found.level / found.sigma,
                behind_blur: true,
            },
            Some(found) if !given => Self {
                noise: match noise.kind {
                    // Which texture may be.
                    NoiseKind::Coloured => found.sigma,
                    _ => counted,
                },
                covering: found.level,
                behind_blur: true,
            },
            _ => Self {
                noise: counted,
                covering: of_spectrum(request, noise, counted, y),
                behind_blur: false,
            },
        })
    }
}

/// The noise behind a known blur, where it says more than is known: that of neutral pictures is gray, and compression, which takes more from
/// colours, hides whether noise that was given is.
///
/// # Errors
/// What reading a kernel file gives.
fn behind_blur(
    request: &Request,
    (y, usable): (ArrayView3<'_, f32>, Option<ArrayView2<'_, bool>>),
) -> Result<Option<NoiseOfBlurred>> {
    let Task::Deblur(deblur) = &request.task else {
        return Ok(None);
    };
    let jpeg = request.jpeg.is_some();
    let given = matches!(request.noise, NoiseLevel::Known(_));
    if request.operator.is_some() || request.is_paper() || given && (jpeg || is_neutral(y)) {
        return Ok(None);
    }
    let psf = psf(&deblur.blur, request.seed)?;
    Ok(noise_of_blurred(
        y,
        psf.view(),
        light(request),
        jpeg,
        usable,
    ))
}

/// The noise that a plan counts with. The texture of small pictures, which are enlarged, passes for coloured
/// noise; taking it for what it is worth as white noise gains half a decibel (×2, training crops).
fn counted(
    request: &Request,
    noise: &NoiseFinding,
    (y, usable): (ArrayView3<'_, f32>, Option<ArrayView2<'_, bool>>),
) -> f64 {
    let enlarged = matches!(request.task, Task::SuperResolve { .. });
    let measured = !matches!(request.noise, NoiseLevel::Known(_));
    match noise.kind {
        NoiseKind::Coloured if enlarged && measured => white_level(y, usable).min(noise.sigma),
        _ => noise.sigma,
    }
}

/// What covers the noise whose spectrum is known, of `counted`. Texture passes for a little noise, coloured or in small pictures.
fn of_spectrum(
    request: &Request,
    noise: &NoiseFinding,
    counted: f64,
    y: ArrayView3<'_, f32>,
) -> f64 {
    if !matches!(request.task, Task::Deblur(_) | Task::SuperResolve { .. }) {
        return 0.0;
    }
    match request.noise {
        NoiseLevel::Known(_) if is_neutral(y) => noise.spectrum.neutral().level(),
        NoiseLevel::Known(_) => noise.spectrum.level(),
        _ if noise.kind == NoiseKind::Coloured => 0.0,
        _ => ((counted - TEXTURE) / (SURE - TEXTURE)).clamp(0.0, 1.0) * noise.spectrum.level(),
    }
}
