//! The noise of a picture as a spectrum, from the picture alone.
//!
//! [`estimate_noise`] measures it on the flattest 8×8 patches and tells white noise, noise that is the
//! same in all channels, and the coloured noise that demosaicing, compression, film and resizing leave.

pub(crate) mod bands;
mod brightness;
mod flattest;
mod grid;
mod judged;
mod measured;
mod patches;
mod spectrum;
mod white_level;

use ndarray::{ArrayView2, ArrayView3, Zip, s};
use serde::{Deserialize, Serialize};

use judged::{Verdict, judge};
use measured::{Measured, floor};
use patches::Patches;
pub use spectrum::{Covariance, NoiseSpectrum, SIDE, eigen};
pub use white_level::white_level;

/// Fewest patches that make a spectrum.
const FEWEST_PATCHES: usize = 512;

/// Noise, as [`NoiseSpectrum::rms`], below which a picture is clean.
pub const CLEAN: f64 = 0.7;

/// What kind of noise a picture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoiseKind {
    /// None that could be removed.
    None,
    /// White, independent in red, green and blue.
    White,
    /// The same in red, green and blue.
    Gray,
    /// Different over frequencies or colours.
    Coloured,
}

impl NoiseKind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            NoiseKind::None => "none",
            NoiseKind::White => "white",
            NoiseKind::Gray => "gray",
            NoiseKind::Coloured => "coloured",
        }
    }
}

/// What [`estimate_noise`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseFinding {
    /// The kind.
    pub kind: NoiseKind,
    /// Standard deviation in red, green and blue (root mean square), 0…255 units; also where it is too
    /// little to be called noise.
    pub sigma: f64,
    /// The spectrum to assume; zero where `kind` is `None`.
    pub spectrum: NoiseSpectrum,
}

impl NoiseFinding {
    fn new(kind: NoiseKind, spectrum: NoiseSpectrum) -> Self {
        let sigma = spectrum.rms();
        if sigma < CLEAN {
            let (kind, spectrum) = (NoiseKind::None, NoiseSpectrum::white(0.0));
            return Self {
                kind,
                sigma,
                spectrum,
            };
        }
        Self {
            kind,
            sigma,
            spectrum,
        }
    }
}

/// How far, relative to the variance of one channel, the entries of a spectrum that is called white or gray
/// may be from one: rounding to `f32`.
const ROUNDING: f64 = 1e-5;

impl From<NoiseSpectrum> for NoiseFinding {
    /// What a spectrum says that was measured elsewhere: white where it is the same in all frequencies and
    /// colours, gray where it has no chroma.
    fn from(spectrum: NoiseSpectrum) -> Self {
        let sigma = spectrum.rms();
        let is = |other: &NoiseSpectrum| {
            let (a, b) = (spectrum.covariance(), other.covariance());
            let far = |(a, b): (f32, f32)| f64::from((a - b).abs()) > ROUNDING * sigma * sigma;
            !a.into_iter().zip(b).any(far)
        };
        let kind = if is(&NoiseSpectrum::white(sigma)) {
            NoiseKind::White
        } else if is(&spectrum.neutral()) {
            NoiseKind::Gray
        } else {
            NoiseKind::Coloured
        };
        NoiseFinding::new(kind, spectrum)
    }
}

/// Estimates the noise of a picture.
///
/// `picture` is 1×H×W or 3×H×W in [-1, 1], sRGB-encoded, of any size; pixels that are not `usable` (H×W;
/// transparent, masked) are left out, as are clipped and constant areas and copies of the same patch.
/// Pictures too small for a spectrum, or without 512 usable patches, get [`white_level`]'s answer.
/// Deterministic, whatever the number of threads; at most 16,384 patches are looked at, so that the time
/// hardly grows with the picture. Fine texture everywhere can pass for noise.
///
/// # Panics
/// Unless the picture has 1 or 3 channels, and `usable` its size.
pub fn estimate_noise(
    picture: ArrayView3<'_, f32>,
    usable: Option<ArrayView2<'_, bool>>,
) -> NoiseFinding {
    let (channels, height, width) = picture.dim();
    assert!(channels == 1 || channels == 3, "{channels} channels");
    if let Some(usable) = usable {
        assert_eq!(usable.dim(), (height, width), "size of the usable pixels");
    }
    // Channels that are the same need one look.
    let picture = match is_neutral(picture) {
        true => picture.slice_move(s![..1, .., ..]),
        false => picture,
    };
    let scalar = || match picture.dim().0 {
        1 => {
            let spectrum = NoiseSpectrum::gray(white_level(picture, usable));
            NoiseFinding::new(NoiseKind::Gray, spectrum)
        }
        _ => {
            let spectrum = NoiseSpectrum::white(white_level(picture, usable));
            NoiseFinding::new(NoiseKind::White, spectrum)
        }
    };
    let Some(patches) = Patches::sample(picture, usable) else {
        return scalar();
    };
    let Some(Choice {
        kept,
        dead,
        measured,
        luminance,
        chosen,
    }) = choose(&patches)
    else {
        return scalar();
    };
    let chroma = |channel| floor(&patches, &kept, channel);
    let (first, second) = rayon::join(|| chroma(1), || chroma(2));
    let floors = [luminance, first, second];
    let white = || {
        let places: Vec<usize> = patches.distinct().filter(|&index| !dead[index]).collect();
        white_level::level_at(picture, patches.grid, &places)
    };
    let unevenness = || brightness::unevenness(&patches, &kept, &chosen);
    let (kind, spectrum) = match judge(measured, floors, unevenness) {
        Verdict::White => (NoiseKind::White, NoiseSpectrum::white(white())),
        Verdict::Gray => (NoiseKind::Gray, NoiseSpectrum::gray(white())),
        Verdict::Luminance(spectrum) => (NoiseKind::Gray, spectrum),
        Verdict::Coloured(spectrum) => (NoiseKind::Coloured, spectrum),
    };
    NoiseFinding::new(kind, spectrum)
}

/// Whether red, green and blue are the same everywhere, or there is one channel only.
pub fn is_neutral(picture: ArrayView3<'_, f32>) -> bool {
    let mut planes = picture.outer_iter();
    let Some(first) = planes.next() else {
        return true;
    };
    planes.all(|plane| Zip::from(first).and(plane).all(|a, b| a == b))
}

/// The patches a spectrum is taken from.
struct Choice {
    /// Usable patches.
    kept: Vec<usize>,
    /// Which patches have none of the noise.
    dead: Vec<bool>,
    /// What the flattest say.
    measured: Measured,
    /// The floor of luminance.
    luminance: f64,
    /// The flattest of them.
    chosen: Vec<usize>,
}

/// `None` where there are too few. How far a patch must be from black and white depends on the noise,
/// hence twice.
fn choose(patches: &Patches) -> Option<Choice> {
    let mut sigma = 1.0;
    let mut last = None;
    let mut before = usize::MAX;
    for _ in 0..2 {
        let mut kept = patches.clear(sigma);
        // The farther from black and white the fewer: as many are the same.
        if kept.len() == before {
            break;
        }
        before = kept.len();
        let dead = patches.dead(&kept);
        kept.retain(|&index| !dead[index]);
        if kept.len() < FEWEST_PATCHES {
            return None;
        }
        let chosen = flattest::flattest(patches, &kept);
        let measured = Measured::new(patches, &chosen);
        let luminance = floor(patches, &kept, 0);
        sigma = (luminance / 3f64.sqrt()).max(measured.high());
        last = Some(Choice {
            kept,
            dead,
            measured,
            luminance,
            chosen,
        });
    }
    last
}

#[cfg(test)]
mod tests;
