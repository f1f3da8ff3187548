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

impl Counted {
    /// Of `noise` in the measurement `y` (3×H×W, network range) with its usable pixels, which is `beyond` black or white.
    ///
    /// # Errors
    /// What reading a kernel file gives.
    pub fn new(
        request: &Request,
        noise: &NoiseFinding,
        (y, usable): (ArrayView3<'_, f32>, Option<ArrayView2<'_, bool>>),
        beyond: bool,
    ) -> Result<Self> {
        let counted = counted(request, noise, (y, usable));
        let found = match &request.task {
            Task::Deblur(deblur)
                if request.operator.is_none() && !request.is_paper() && !beyond =>
            {
                let psf = psf(&deblur.blur, request.seed)?;
                let jpeg = request.jpeg.is_some();
                noise_of_blurred(y, psf.view(), light(request), jpeg, usable)
            }
            _ => None,
        };
        let measured = !matches!(request.noise, NoiseLevel::Known(_));
        Ok(match found {
            Some(found) => Self {
                noise: match noise.kind {
                    // Which texture may be.
                    NoiseKind::Coloured if measured => found.sigma,
                    _ => counted,
                },
                covering: of_blurred(request, noise, found, is_neutral(y)),
                behind_blur: true,
            },
            None => Self {
                noise: counted,
                covering: of_spectrum(request, noise, counted, y),
                behind_blur: false,
            },
        })
    }
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

/// What covers the noise that a blurred picture shows; of noise that was given, as much more as the picture shows, unless
/// compression (which takes more from colours) or rounding is most of what it shows.
fn of_blurred(
    request: &Request,
    noise: &NoiseFinding,
    found: NoiseOfBlurred,
    neutral: bool,
) -> f64 {
    match request.noise {
        NoiseLevel::Known(_) if neutral => noise.spectrum.neutral().level(),
        NoiseLevel::Known(_) if request.jpeg.is_some() || found.sigma < 1.0 => 0.0,
        NoiseLevel::Known(_) => noise.sigma * found.level / found.sigma,
        _ => found.level,
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
