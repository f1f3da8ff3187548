//! The proximal step on linear light, with the errors where they are: in the codes.
//!
//! Rounding, noise and what a prior gets wrong are about the same everywhere in sRGB codes, and so fifty times
//! as large in the light of highlights as in that of shadows. The minimiser in light, where the operator has
//! closed forms, believes shadows too little and highlights too much; from there a Gauss-Newton step on
//! `|y − A'(x)|² + ρ|x − v|²`, A' the operator on codes, sets it right. Motion 21 px made in light, three
//! training crops of 192², FFDNet, 8 calls: 34.66 → 36.37 dB, with noise of 5 28.17 → 31.05; Gaussian 2 px
//! 33.45 → 34.37, with noise 30.56 → 31.67.

use ndarray::parallel::prelude::*;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip, s};

use super::proximal;
use crate::image::transfer::{decode, decode_slope, encode, encode_slope};
use crate::math::Real;
use crate::math::linear::{Factor, conjugate_gradients};
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
        let mut moved = x.to_owned();
        to_light(moved.view_mut());
        let mut light = y.to_owned();
        to_light(light.view_mut());
        proximal::step(inside, light.view(), &mut moved, &Rho::Uniform(rho), cancel)?;
        drop(light);
        from_light(moved.view_mut());
        refine(inside, (y, x.view()), moved.view_mut(), rho, cancel)?;
        x.assign(&moved);
    }
    Ok(())
}

/// Moves `x`, near the minimiser of the step in light, to that of the step in codes.
fn refine<T: Real>(
    inside: &dyn Operator<T>,
    (y, v): (ArrayView3<'_, T>, ArrayView3<'_, T>),
    mut x: ArrayViewMut3<'_, T>,
    rho: f64,
    cancel: &Cancel,
) -> Result<()> {
    let half = T::rounded(0.5);
    // Where the step in light goes below any light that was measured, it starts from there.
    let least = y.iter().fold(-T::one(), |a, &b| a.min(b));
    let mut point = Array3::zeros(x.raw_dim());
    Zip::from(&mut x)
        .and(&mut point)
        .into_par_iter()
        .for_each(|(x, point)| {
            *x = x.max(least);
            *point = decode(half * *x + half);
        });
    let mut image = Array3::zeros(y.raw_dim());
    inside.measure(point.view(), image.view_mut())?;
    // Codes change by 2·encode' per light, light by decode'/2 per code.
    let two = T::rounded(2.0);
    let mut residual = Array3::zeros(y.raw_dim());
    Zip::from(&mut residual)
        .and(&mut image)
        .and(y)
        .into_par_iter()
        .for_each(|(residual, image, &y)| {
            *residual = y - (two * encode(*image) - T::one());
            *image = two * encode_slope(*image);
        });
    let measured = image;
    let mut seen = point;
    Zip::from(&mut seen)
        .and(&x)
        .into_par_iter()
        .for_each(|(seen, &x)| *seen = half * decode_slope(half * x + half));
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
        .into_par_iter()
        .for_each(|(right, &v, &x)| *right += weight * (v - x));
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
            out.scaled_add(weight, direction);
            Ok::<_, Error>(out)
        },
        |_| {
            steps += 1;
            steps == most
        },
    )?;
    // Where slopes change much within the step, half of it or a quarter may be better, or none.
    let objective = |x: &Array3<T>| -> Result<f64> {
        let mut light = x.clone();
        to_light(light.view_mut());
        let mut image = Array3::zeros(y.raw_dim());
        inside.measure(light.view(), image.view_mut())?;
        from_light(image.view_mut());
        Ok(distance(&image, y) + rho * distance(x, v))
    };
    let before = objective(&x.to_owned())?;
    for length in [1.0, 0.5, 0.25] {
        cancel.check()?;
        let mut moved = x.to_owned();
        moved.scaled_add(T::rounded(length), &change);
        if objective(&moved)? <= before {
            x.assign(&moved);
            return Ok(());
        }
    }
    Ok(())
}

/// |a − b|², summed in order, row by row.
fn distance<T: Real>(a: &Array3<T>, b: ArrayView3<'_, T>) -> f64 {
    Zip::from(a).and(b).fold(0.0, |sum, &a, &b| {
        let difference: f64 = (a - b).into();
        sum + difference * difference
    })
}

fn multiply<T: Real>(values: &mut Array3<T>, by: &Array3<T>) {
    Zip::from(values)
        .and(by)
        .into_par_iter()
        .for_each(|(value, &by)| *value *= by);
}
