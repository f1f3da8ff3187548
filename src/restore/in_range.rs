//! Views of pictures beyond black and white that estimates can look at.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Zip};

use super::exposures::Brightness;
use crate::image::transfer::{decode, encode};

/// The exponent of the sRGB curve nearly everywhere: light to codes.
const CURVE: f32 = 1.0 / 2.4;

/// Part of the pixels within black and white that tells the noise of them all.
const ENOUGH: f64 = 0.9;

/// Otherwise, this part is brought there.
const SHOWN: f64 = 0.95;

/// Of a blurred picture, this part: clipped highlights have another blur.
const UNCLIPPED: f64 = 0.995;

/// Brightest code that is still brought there, nearly five stops above white.
const BRIGHTEST: f32 = 4.0;

/// Most pixels looked at to find how bright a picture is.
const LOOKED_AT: usize = 1 << 16;

/// A picture exposed so that estimates see it within black and white; what is beyond is clipped.
pub struct InRange {
    /// 3×H×W, network range.
    pub picture: Array3<f32>,
    /// Factor on the codes, and on the noise in them; at most 1.
    pub scale: f32,
}

impl InRange {
    /// For the noise: as it is where a good part is in range, else darker.
    pub fn for_noise(picture: ArrayView3<'_, f32>, usable: Option<ArrayView2<'_, bool>>) -> Self {
        let codes = sorted(picture, usable);
        let within = codes.partition_point(|&code| code <= 1.0);
        let white = match within as f64 >= ENOUGH * codes.len() as f64 {
            true => 1.0,
            false => quantile(&codes, SHOWN).min(BRIGHTEST),
        };
        Self::expose(picture, white)
    }

    /// For the blur: nearly all of it.
    pub fn for_blur(picture: ArrayView3<'_, f32>, usable: Option<ArrayView2<'_, bool>>) -> Self {
        let white = quantile(&sorted(picture, usable), UNCLIPPED);
        Self::expose(picture, white.min(BRIGHTEST))
    }

    /// Code `white` becomes 1, by less light.
    fn expose(picture: ArrayView3<'_, f32>, white: f32) -> Self {
        let scale = white.max(1.0).recip();
        let light = scale.powf(1.0 / CURVE);
        let mut picture = picture.to_owned();
        picture.par_mapv_inplace(|value| {
            let mut code = 0.5 * (value + 1.0);
            if light != 1.0 {
                code = encode(light * decode(code));
            }
            2.0 * code.clamp(0.0, 1.0) - 1.0
        });
        InRange { picture, scale }
    }
}

/// Brightness of usable pixels, rising.
fn sorted(picture: ArrayView3<'_, f32>, usable: Option<ArrayView2<'_, bool>>) -> Vec<f32> {
    let codes: Array2<f32> = Brightness::of(picture, false).codes;
    let usable = |at: (usize, usize)| usable.is_none_or(|usable| usable[at]);
    let stride = codes.len().div_ceil(LOOKED_AT);
    let mut found: Vec<f32> = codes
        .indexed_iter()
        .step_by(stride)
        .filter_map(|(at, &code)| usable(at).then_some(code))
        .collect();
    found.sort_by(f32::total_cmp);
    found
}

/// 1 of nothing.
fn quantile(sorted: &[f32], part: f64) -> f32 {
    let place = (part * sorted.len() as f64) as usize;
    sorted
        .get(place.min(sorted.len().saturating_sub(1)))
        .map_or(1.0, |&code| code)
}

/// A picture at one exposure for all of it, for priors whose samples are no pictures.
pub struct OneExposure {
    light: f32,
}

impl OneExposure {
    /// Exposes a picture (3×H×W, network range) so that its brightest value is white.
    pub fn of(picture: &mut Array3<f32>) -> Self {
        let white = picture
            .iter()
            .fold(1.0f32, |most, &value| most.max(0.5 * (value + 1.0)));
        let exposure = OneExposure {
            light: white.powf(-1.0 / CURVE),
        };
        exposure.expose(picture, exposure.light);
        exposure
    }

    /// Factor on the codes, and on noise and deviations.
    pub fn scale(&self) -> f32 {
        self.light.powf(CURVE)
    }

    /// Takes it back.
    pub fn undo(&self, picture: &mut Array3<f32>) {
        self.expose(picture, self.light.recip());
    }

    fn expose(&self, picture: &mut Array3<f32>, light: f32) {
        Zip::from(picture).par_for_each(|value| {
            *value = 2.0 * encode(light * decode(0.5 * (*value + 1.0))) - 1.0;
        });
    }
}
