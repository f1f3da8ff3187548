//! The proximal step on linear light, with the errors where they are: in the codes.
//!
//! Rounding, noise and what a prior gets wrong are about the same everywhere in sRGB codes, and so fifty times
//! as large in the light of highlights as in that of shadows. The minimiser in light, where the operator has
//! closed forms, believes shadows too little and highlights too much; from there a Gauss-Newton step on
//! `|y − A'(x)|² + ρ|x − v|²`, A' the operator on codes, sets it right. Motion 21 px made in light, three
//! training crops of 192², FFDNet, 8 calls: 34.66 → 36.37 dB, with noise of 5 28.17 → 31.05; Gaussian 2 px
//! 33.45 → 34.37, with noise 30.56 → 31.67.

use ndarray::{Array3, ArrayView3, Zip, s};

use super::proximal;
use crate::image::transfer::encode_with_slope;
use crate::math::Real;
use crate::math::linear::{Factor, conjugate_gradients, dot, squared_distance};
use crate::operators::{Operator, Rho, from_light, to_light};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// Conjugate-gradient steps while the round's start is still far, and from [`NEAR`] on. Too few leave coloured
/// specks in shadows among bright walls. Motion 21 px in light, the sample photo and three training crops, FFDNet,
/// 8 calls: 4 and 4, 8 and 4, 12 and 3, 20 and 3 gave 28.17, 28.24, 28.25 and 28.26 dB, and 26.88, 27.10, 27.27 and
/// 27.58 with noise of 2; all data steps together took 1, 1.3, 1.6 and 2.1 times as long.
const STEPS: [usize; 2] = [12, 3];

/// ρ from which the start is near the minimiser: little is left to do.
const NEAR: f64 = 0.02;

/// Moves `x` from v, the round's start, to the minimiser in codes: by the step in light, then by one on codes.
/// `inside` is the linear operator on light, `y` the measurement; all in sRGB codes of the network range.
///
/// # Errors
/// Those of [`proximal::step`] and the operator, with `x` half changed.
pub(super) fn step<T: Real>(
    inside: &dyn Operator<T>,
    y: ArrayView3<'_, T>,
    x: &mut Array3<T>,
    rho: f64,
    cancel: &Cancel,
) -> Result<()> {
    let parts = match inside.is_channelwise() {
        true => x.dim().0.max(1),
        false => 1,
    };
    let (pictures, measurements) = (x.dim().0 / parts, y.dim().0 / parts);
    for part in 0..parts {
        let mut x = x.slice_mut(s![part * pictures..(part + 1) * pictures, .., ..]);
        let y = y.slice(s![part * measurements..(part + 1) * measurements, .., ..]);
        let mut light = x.to_owned();
        to_light(light.view_mut());
        let mut measured = y.to_owned();
        to_light(measured.view_mut());
        let rho_in_light = Rho::Uniform(rho);
        proximal::step(inside, measured.view(), &mut light, &rho_in_light, cancel)?;
        // Where the step in light goes below any light that was measured, the one in codes starts from there.
        let least = measured.iter().fold(T::zero(), |a, &b| a.min(b));
        drop(measured);
        light.par_mapv_inplace(|light| light.max(least));
        let moved = refine(inside, (y, x.view()), light, rho, cancel)?;
        x.assign(&moved);
    }
    Ok(())
}

/// From `light`, the minimiser of the step in light, to that of the step in codes.
fn refine<T: Real>(
    inside: &dyn Operator<T>,
    (y, v): (ArrayView3<'_, T>, ArrayView3<'_, T>),
    light: Array3<T>,
    rho: f64,
    cancel: &Cancel,
) -> Result<Array3<T>> {
    let mut image = Array3::zeros(y.raw_dim());
    inside.measure(light.view(), image.view_mut())?;
    // Codes change by 2·encode' per light, light by half of 1/encode' per code.
    let (half, two) = (T::rounded(0.5), T::rounded(2.0));
    let (mut x, mut seen) = (light, Array3::zeros(v.raw_dim()));
    Zip::from(&mut x).and(&mut seen).par_for_each(|x, seen| {
        let (codes, slope) = encode_with_slope(*x);
        *x = two * codes - T::one();
        *seen = half / slope;
    });
    let mut residual = Array3::zeros(y.raw_dim());
    Zip::from(&mut residual)
        .and(&mut image)
        .and(y)
        .par_for_each(|residual, image, &y| {
            let (codes, slope) = encode_with_slope(*image);
            *residual = y - (two * codes - T::one());
            *image = two * slope;
        });
    let measured = image;
    let before = dot(&residual, &residual) + rho * squared_distance(x.view(), v);
    let adjoint = |mut u: Array3<T>| -> Result<Array3<T>> {
        cancel.check()?;
        multiply(&mut u, &measured);
        let mut out = Array3::zeros(seen.raw_dim());
        inside.adjoint(seen.view(), u.view(), out.view_mut())?;
        multiply(&mut out, &seen);
        Ok(out)
    };
    let weight = T::rounded(rho);
    let mut right = adjoint(residual)?;
    Zip::from(&mut right)
        .and(v)
        .and(&x)
        .par_for_each(|right, &v, &x| *right += weight * (v - x));
    let uniform = Rho::Uniform(rho);
    let most = STEPS[usize::from(rho >= NEAR)];
    let mut steps = 0;
    let change = conjugate_gradients(
        right,
        |factor, direction| {
            let mut picture = direction.clone();
            if factor == Factor::Preconditioner {
                inside.precondition_picture(picture.view_mut(), &uniform)?;
                return Ok(picture);
            }
            multiply(&mut picture, &seen);
            let mut image = Array3::zeros(measured.raw_dim());
            inside.measure(picture.view(), image.view_mut())?;
            multiply(&mut image, &measured);
            let mut out = adjoint(image)?;
            Zip::from(&mut out)
                .and(direction)
                .par_for_each(|out, &direction| *out += weight * direction);
            Ok::<_, Error>(out)
        },
        |_| {
            steps += 1;
            steps == most
        },
    )?;
    // Where slopes change much within the step, half of it or a quarter may be better, or none.
    for length in [1.0, 0.5, 0.25] {
        cancel.check()?;
        let mut moved = x.clone();
        moved.scaled_add(T::rounded(length), &change);
        let mut light = moved.clone();
        to_light(light.view_mut());
        let mut image = Array3::zeros(y.raw_dim());
        inside.measure(light.view(), image.view_mut())?;
        from_light(image.view_mut());
        let after = squared_distance(image.view(), y) + rho * squared_distance(moved.view(), v);
        if after <= before {
            return Ok(moved);
        }
    }
    Ok(x)
}

fn multiply<T: Real>(values: &mut Array3<T>, by: &Array3<T>) {
    Zip::from(values)
        .and(by)
        .par_for_each(|value, &by| *value *= by);
}
