//! The blur of a picture, from the picture alone.
//!
//! Is it blurred ([`gate`])? Then straight motion, defocus and Gaussian blur are searched by maximum
//! likelihood on a few crops, in linear light and in encoded values ([`search`]). Where none of them fits, the
//! trail of a camera shake is searched ([`shake`]). No network is called, the same pixels give the same answer on
//! any number of threads, and the time does not grow with the picture beyond reading it.

mod crops;
mod exactness;
mod families;
mod finding;
mod gate;
mod noise;
mod normal;
mod products;
mod scene;
mod search;
mod shake;
mod spectrum;
mod views;
mod whittle;

use ndarray::{ArrayView2, ArrayView3};

use crate::{Error, Result};

pub use exactness::Exactness;
pub use finding::{Blur, BlurFinding, Light, NoBlur};
pub use noise::{NoiseOfBlurred, noise_of_blurred};
use scene::{Crop, Scene};
use search::Found;
use shake::Trail;

/// Estimates the blur of `picture`.
///
/// `picture` is C×H×W with one or three channels in network range [-1, 1], sRGB-encoded, of any size;
/// `exactness` says how exact it is. `usable` (H×W) is false where pixels are no picture (transparent, ignored).
/// `check` is called now and then with the fraction done, rising from 0 to 1; what it fails with ends the search.
///
/// A picture that is sharp, flat, too small or that nothing explains gives [`Blur::None`] and why. A camera
/// shake is looked for in light alone.
///
/// # Errors
/// `InvalidImage` when the channels are not one or three or `usable` has another size; what `check`
/// gives.
pub fn estimate_blur(
    picture: ArrayView3<'_, f32>,
    exactness: Exactness,
    usable: Option<ArrayView2<'_, bool>>,
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<BlurFinding> {
    let exactness = exactness.bounded();
    gated(picture, usable, check, |scene, sharpness, check| {
        let Some(look) = Look::at(scene, exactness, &|done| check(0.15 * done))? else {
            return Ok(BlurFinding::none(NoBlur::Featureless, Some(sharpness)));
        };
        let seen = (exactness, sharpness);
        let family = at_scale((scene, &look), 1.0, seen, &|done| check(0.15 + 0.15 * done))?;
        // Where straight motion fits, a trail is nearly straight, and the line is as good.
        if family.is_blurred() {
            return Ok(family);
        }
        let trail = look.trail((scene, sharpness), exactness, Light::Linear, &|done| {
            check(0.3 + 0.7 * done)
        })?;
        Ok(if trail.is_best { trail.finding } else { family })
    })
}

/// Estimates the trail of a camera shake within 35×35 px in `picture`, blurred in `light`: light itself where
/// that is `None`, as in every camera.
///
/// The rest is as for [`estimate_blur`]. A picture that is sharp, flat, too small or in which no trail is found
/// to rely on gives [`Blur::None`] and why; [`BlurFinding::confidence`] tells how much better than texture, and
/// than the best of the families, the trail explains the picture. Straight motion, defocus and soft blurs are
/// found as well, but [`estimate_blur`] tells them better.
///
/// # Errors
/// As [`estimate_blur`].
pub fn estimate_shake(
    picture: ArrayView3<'_, f32>,
    exactness: Exactness,
    usable: Option<ArrayView2<'_, bool>>,
    light: Option<Light>,
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<BlurFinding> {
    let exactness = exactness.bounded();
    gated(picture, usable, check, |scene, sharpness, check| {
        let Some(look) = Look::at(scene, exactness, &|done| check(0.2 * done))? else {
            return Ok(BlurFinding::none(NoBlur::Featureless, Some(sharpness)));
        };
        let light = light.unwrap_or(Light::Linear);
        let trail = look.trail((scene, sharpness), exactness, light, &|done| {
            check(0.2 + 0.8 * done)
        })?;
        Ok(trail.finding)
    })
}

/// What `search` finds in a picture that is not sharp; it gets the picture, its sharpness and whom to tell
/// what part of it is done.
fn gated(
    picture: ArrayView3<'_, f32>,
    usable: Option<ArrayView2<'_, bool>>,
    check: &dyn Fn(f64) -> Result<()>,
    search: impl FnOnce(&Scene<'_>, f64, &dyn Fn(f64) -> Result<()>) -> Result<BlurFinding>,
) -> Result<BlurFinding> {
    let (channels, height, width) = picture.dim();
    if !matches!(channels, 1 | 3) {
        let reason = format!("{channels} channels; the blur estimate needs 1 or 3");
        return Err(Error::InvalidImage(reason));
    }
    if usable.is_some_and(|usable| usable.dim() != (height, width)) {
        let reason = format!("usable pixels are not given for a {width}x{height} picture");
        return Err(Error::InvalidImage(reason));
    }
    check(0.0)?;
    let scene = Scene::new(picture, usable);
    check(0.05)?;
    let sharpness = match gate::sharpness(&scene) {
        None => return Ok(BlurFinding::none(NoBlur::Featureless, None)),
        Some(sharpness) if sharpness > gate::SHARP => {
            return Ok(BlurFinding::none(NoBlur::Sharp, Some(sharpness)));
        }
        Some(sharpness) => sharpness,
    };
    check(0.1)?;
    let found = search(&scene, sharpness, &|done| check(0.1 + 0.9 * done))?;
    check(1.0)?;
    Ok(found)
}

/// Widest blur, from end to end in pixels, that a crop tells well.
const WIDEST: f64 = 31.0;

/// Sharpness below which a blur that is not recognised may be too wide.
const VERY_SOFT: f64 = 0.15;

/// What the families say about the crops of a picture.
struct Look {
    crops: Vec<Crop>,
    found: Found,
}

impl Look {
    /// None where there is nothing to look at.
    fn at(
        scene: &Scene<'_>,
        exactness: Exactness,
        check: &dyn Fn(f64) -> Result<()>,
    ) -> Result<Option<Self>> {
        let crops = crops::choose(scene, exactness.noise);
        if crops.is_empty() {
            return Ok(None);
        }
        let found = search::search(scene, &crops, exactness, check)?;
        Ok(Some(Self { crops, found }))
    }

    /// The trail of a shake in the same crops of `scene`.
    fn trail(
        &self,
        scene: (&Scene<'_>, f64),
        exactness: Exactness,
        light: Light,
        check: &dyn Fn(f64) -> Result<()>,
    ) -> Result<Trail> {
        shake::search(scene, (&self.crops, exactness), (&self.found, light), check)
    }
}

/// What was found at a `look` at `scene`, a picture made `scale` times smaller, and at half its size where the
/// blur is wide or too wide to be recognised. `sharpness` is the whole picture's.
fn at_scale(
    (scene, look): (&Scene<'_>, &Look),
    scale: f64,
    (exactness, sharpness): (Exactness, f64),
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<BlurFinding> {
    let here = look.found.finding(sharpness, scale);
    let wide = look.found.candidate.support() > WIDEST;
    let lost = !here.is_blurred() && sharpness < VERY_SOFT;
    if !(wide || lost) || !crops::fit_in_half(scene) {
        return Ok(here);
    }
    let (half, exactness, scale) = (scene.halved(), exactness.halved(), 2.0 * scale);
    let Some(look) = Look::at(&half, exactness, &|done| check(0.5 * done))? else {
        return Ok(here);
    };
    let smaller = at_scale((&half, &look), scale, (exactness, sharpness), &|done| {
        check(0.5 + 0.5 * done)
    })?;
    Ok(if smaller.is_blurred() { smaller } else { here })
}
