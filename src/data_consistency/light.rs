//! The proximal step on linear light, with the errors where they are: in the codes.
//!
//! Rounding, noise and what a prior gets wrong are about the same everywhere in sRGB codes, and so fifty times
//! as large in the light of highlights as in that of shadows. The minimiser in light, where the operator has
//! closed forms, believes shadows too little and highlights too much; so the objective is the one on codes,
//! `|y − A'(x)|² + ρ|x − v|²`, A' the operator on codes. While v is far, a Gauss-Newton step from the minimiser in
//! light; once it is near, A for the slope of A', which is nearly right where the picture is smooth, and one
//! closed form on codes. Motion 21 px made in light, three training crops of 192², FFDNet, 8 calls: 34.66 → 36.37 dB
//! by Gauss-Newton steps, with noise of 5 28.17 → 31.05; Gaussian 2 px 33.45 → 34.37, with noise 30.56 → 31.67.

use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip, s};

use super::proximal;
use crate::image::transfer::{decode, encode_with_slope};
use crate::math::Real;
use crate::math::linear::{Factor, conjugate_gradients, dot, squared_distance};
use crate::math::widest::change_pairs;
use crate::operators::{Operator, Rho, measure_in_light, to_light};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// Conjugate-gradient steps of a Gauss-Newton step. Too few leave coloured specks in shadows among bright walls: motion 21 px in light, nine
/// training crops of 224², FFDNet, 8 calls, 8, 10 and 12 steps gave 30.04, 30.05 and 30.07 dB, with noise of 2 27.64, 27.70 and 27.73.
const STEPS: usize = 8;

/// σ (network range: 15 of 255) up to which v is near enough for A in place of the slope. FFDNet, 8 calls, nine training crops of 224² in light, with
/// noise of 0, 2 and 5, by Gauss-Newton steps above σ 12, 15 and 20 of 255: motion of 21 px 30.08 30.07 30.01, 27.54 27.73 27.81 and 26.19
/// 26.16 26.15 dB; disk of 4 px 33.49 33.49 33.35, 29.25 29.34 29.48 and 26.84 26.82 26.80; without them 29.37 and 30.77 without noise.
/// In the first rounds A overshoots where lamps stand in the dark (docs/PERFORMANCE.md).
const NEAR: f64 = 15.0 / 127.5;

/// Moves `x` from v, the round's start, to the minimiser in codes, or near it: by the step in light and one on codes,
/// or up to [`NEAR`] by a closed form.
/// `inside` is the linear operator on light, `y` the measurement; all in sRGB codes of the network range.
///
/// # Errors
/// Those of [`proximal::step`] and the operator, with `x` half changed.
pub(super) fn step<T: Real>(
    inside: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &mut Array3<T>,
    (rho, sigma): (f64, f64),
    cancel: &Cancel,
) -> Result<()> {
    let parts = match inside.is_channelwise() {
        true => x.dim().0.max(1),
        false => 1,
    };
    let (pictures, measurements) = (x.dim().0 / parts, y.dim().0 / parts);
    let picture = |part: usize| s![part * pictures..(part + 1) * pictures, .., ..];
    let measurement = |part: usize| s![part * measurements..(part + 1) * measurements, .., ..];
    if sigma <= NEAR {
        let mut measured = Array3::zeros(y.raw_dim());
        for part in 0..parts {
            let at = measurement(part);
            let v = x.slice(picture(part));
            measure_near(inside, (y.slice(at), v), measured.slice_mut(at))?;
        }
        return proximal::step(inside, measured.view(), x, &Rho::Uniform(rho), cancel);
    }
    for part in 0..parts {
        let (y, x) = (y.slice(measurement(part)), x.slice_mut(picture(part)));
        let start = minimise_in_light(inside, (y, x.view()), rho, cancel)?;
        refine(inside, (y, x), start, rho, cancel)?;
    }
    Ok(())
}

/// The minimiser of the step in light from v.
fn minimise_in_light<T: Real>(
    inside: &dyn Operator<T>,
    (y, v): (ArrayView3<'_, T>, ArrayView3<'_, T>),
    rho: f64,
    cancel: &Cancel,
) -> Result<Array3<T>> {
    let (mut light, mut measured) = (v.to_owned(), y.to_owned());
    to_light(light.view_mut());
    to_light(measured.view_mut());
    let uniform = Rho::Uniform(rho);
    proximal::step(inside, measured.view(), &mut light, &uniform, cancel)?;
    Ok(light)
}

/// `y − A'(v) + Av`: measured so, the minimiser of the step on codes is that of `|y − A'(v) − A(x − v)|² + ρ|x − v|²`.
fn measure_near<T: Real>(
    inside: &dyn Operator<T>,
    (y, v): (ArrayView3<'_, T>, ArrayView3<'_, T>),
    mut measured: ArrayViewMut3<'_, T>,
) -> Result<()> {
    measure_in_light(inside, v, measured.view_mut())?;
    let mut image = Array3::zeros(y.raw_dim());
    inside.measure(v, image.view_mut())?;
    Zip::from(measured)
        .and(&image)
        .and(y)
        .par_for_each(|measured, &image, &y| *measured = image + (y - *measured));
    Ok(())
}

/// Moves `x` from v by way of `light`, the minimiser of the step in light, towards that of the step in codes.
fn refine<T: Real>(
    inside: &dyn Operator<T>,
    (y, mut x): (ArrayView3<'_, T>, ArrayViewMut3<'_, T>),
    mut light: Array3<T>,
    rho: f64,
    cancel: &Cancel,
) -> Result<()> {
    let (v, size) = (x.view(), x.raw_dim());
    let (half, two) = (T::rounded(0.5), T::rounded(2.0));
    // Where the step in light goes below any light that was measured, the one in codes starts from there.
    let darkest = y.iter().fold(-T::one(), |a, &b| a.min(b));
    let least = decode(half * darkest + half);
    light.par_mapv_inplace(|light| light.max(least));
    let mut image = Array3::zeros(y.raw_dim());
    inside.measure(light.view(), image.view_mut())?;
    // Codes change by 2·encode' per light, light by half of 1/encode' per code.
    let mut seen = Array3::zeros(size);
    change_pairs(light.view_mut(), seen.view_mut(), move |light, _| {
        let (codes, slope) = encode_with_slope(light);
        (two * codes - T::one(), half / slope)
    });
    let start = light;
    let mut residual = y.to_owned();
    change_pairs(residual.view_mut(), image.view_mut(), move |y, image| {
        let (codes, slope) = encode_with_slope(image);
        (y - (two * codes - T::one()), two * slope)
    });
    let measured = image;
    let before = dot(&residual, &residual) + rho * squared_distance(start.view(), v);
    let weight = T::rounded(rho);
    // `D_x Aᵀ D_y r + ρ(v − x)`, D the slopes.
    multiply(&mut residual, &measured);
    let mut right = Array3::zeros(size);
    inside.adjoint(seen.view(), residual.view(), right.view_mut())?;
    Zip::from(&mut right)
        .and(&seen)
        .and(v)
        .and(&start)
        .par_for_each(|right, &seen, &v, &start| *right = *right * seen + weight * (v - start));
    let mut squared = measured;
    squared.par_mapv_inplace(|slope| slope * slope);
    let uniform = Rho::Uniform(rho);
    let mut image = residual;
    let mut steps = 0;
    let change = conjugate_gradients(
        right,
        |factor, direction, out| {
            cancel.check()?;
            if factor == Factor::Preconditioner {
                out.assign(direction);
                return inside.precondition_picture(out.view_mut(), &uniform);
            }
            Zip::from(&mut *out)
                .and(direction)
                .and(&seen)
                .par_for_each(|out, &direction, &seen| *out = direction * seen);
            inside.measure(out.view(), image.view_mut())?;
            multiply(&mut image, &squared);
            inside.adjoint(seen.view(), image.view(), out.view_mut())?;
            Zip::from(out)
                .and(direction)
                .and(&seen)
                .par_for_each(|out, &direction, &seen| *out = *out * seen + weight * direction);
            Ok::<_, Error>(())
        },
        |_| {
            steps += 1;
            steps == STEPS
        },
    )?;
    // Where slopes change much within the step, half of it or a quarter may be better, or none.
    let mut picture = seen;
    for length in [1.0, 0.5, 0.25] {
        cancel.check()?;
        let by = T::rounded(length);
        Zip::from(&mut picture)
            .and(&start)
            .and(&change)
            .par_for_each(|moved, &start, &change| *moved = start + by * change);
        measure_in_light(inside, picture.view(), image.view_mut())?;
        let after = squared_distance(image.view(), y) + rho * squared_distance(picture.view(), v);
        if after <= before {
            x.assign(&picture);
            return Ok(());
        }
    }
    x.assign(&start);
    Ok(())
}

fn multiply<T: Real>(values: &mut Array3<T>, by: &Array3<T>) {
    Zip::from(values)
        .and(by)
        .par_for_each(|value, &by| *value *= by);
}
