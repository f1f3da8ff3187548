//! The blur of a picture, from the picture alone.
//!
//! Is it blurred ([`gate`])? Then straight motion, defocus and Gaussian blur are searched by maximum
//! likelihood on a few crops, in linear light and in encoded values ([`search`]). A curved trail of camera
//! shake is searched on request ([`shake`]). No network is called, the same pixels give the same answer on
//! any number of threads, and the time does not grow with the picture beyond reading it.

mod crops;
mod families;
mod finding;
mod gate;
mod search;
mod shake;
mod spectrum;
mod views;
mod whittle;

use ndarray::{ArrayView2, ArrayView3};

use crate::{Error, Result};

use crops::Scene;
pub use finding::{Blur, BlurFinding, Light, NoBlur};

/// Estimates the blur of `picture`.
///
/// `picture` is C×H×W with one or three channels in network range [-1, 1], sRGB-encoded, of any size;
/// `noise` the standard deviation of its noise in 0…255 units. `usable` (H×W) is false where pixels are
/// no picture (transparent, ignored). `check` is called now and then with the fraction done, rising
/// from 0 to 1; what it fails with ends the search.
///
/// A picture that is sharp, flat, too small or that no family fits gives [`Blur::None`] and why.
///
/// # Errors
/// `InvalidImage` when the channels are not one or three or `usable` has another size; what `check`
/// gives.
pub fn estimate_blur(
    picture: ArrayView3<'_, f32>,
    noise: f64,
    usable: Option<ArrayView2<'_, bool>>,
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<BlurFinding> {
    let noise = bounded(noise);
    gated(picture, usable, check, |scene, sharpness, check| {
        at_scale(scene, 1.0, (noise, sharpness), check)
    })
}

/// Estimates the trail of a camera shake within 35×35 px in `picture`, blurred in `light`: light itself where
/// that is `None`, as in every camera.
///
/// The rest is as for [`estimate_blur`]. A picture that is sharp, flat, too small or in which no trail is found
/// to rely on gives [`Blur::None`] and why; [`BlurFinding::confidence`] tells how well the kernels of several
/// crops agree. Straight motion, defocus and soft blurs are found as well, but [`estimate_blur`] tells them
/// better.
///
/// # Errors
/// As [`estimate_blur`].
pub fn estimate_shake(
    picture: ArrayView3<'_, f32>,
    noise: f64,
    usable: Option<ArrayView2<'_, bool>>,
    light: Option<Light>,
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<BlurFinding> {
    let noise = bounded(noise);
    gated(picture, usable, check, |scene, sharpness, check| {
        let crops = crops::choose(scene, noise);
        if crops.is_empty() {
            return Ok(BlurFinding::none(NoBlur::Featureless, Some(sharpness)));
        }
        let light = light.unwrap_or(Light::Linear);
        shake::search((scene, sharpness), &crops, light, check)
    })
}

/// A standard deviation of noise that is one.
fn bounded(noise: f64) -> f64 {
    if noise > 0.0 { noise.min(255.0) } else { 0.0 }
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

/// Searches `scene`, a picture made `scale` times smaller, and again at half its size where the blur is
/// wide or too wide to be recognised. `noise` and `sharpness` are the whole picture's.
fn at_scale(
    scene: &Scene<'_>,
    scale: f64,
    (noise, sharpness): (f64, f64),
    check: &dyn Fn(f64) -> Result<()>,
) -> Result<BlurFinding> {
    let noise_here = noise / scale;
    let crops = crops::choose(scene, noise_here);
    if crops.is_empty() {
        return Ok(BlurFinding::none(NoBlur::Featureless, Some(sharpness)));
    }
    let found = search::search(scene, &crops, noise_here, &|done| check(0.5 * done))?;
    let here = found.finding(sharpness, scale);
    let wide = found.candidate.support() > WIDEST;
    let lost = !here.is_blurred() && sharpness < VERY_SOFT;
    if !(wide || lost) || !scene.can_be_halved() {
        return Ok(here);
    }
    let half = scene.halved();
    let smaller = at_scale(&half, 2.0 * scale, (noise, sharpness), &|done| {
        check(0.5 + 0.5 * done)
    })?;
    Ok(if smaller.is_blurred() { smaller } else { here })
}
