//! Richardson–Lucy deconvolution: light that is nowhere negative.

use ndarray::{Array3, ArrayView3, Zip};

use crate::Result;
use crate::operators::{Check, Operator};

/// The least share of its light by which a pixel is still seen through the operator.
const SEEN: f32 = 1e-3;

/// Deconvolves the `light` (of the operator's output shape, or with fewer channels where it is channelwise) of
/// sources on nothing: the positive picture under which a linear operator without negative values makes it
/// likely, if photons are counted (W. Richardson 1972, L. Lucy 1974), after `steps` steps, which are
/// extrapolated (D. Biggs and M. Andrews, "Acceleration of iterative image restoration algorithms", 1997).
/// Measurements count by their `weights` (0 or 1); `floor`, above 0, is the light that measurements err by.
///
/// # Errors
/// Those of the operator; what `check` says.
pub fn richardson_lucy(
    operator: &dyn Operator<f32>,
    light: ArrayView3<'_, f32>,
    weights: ArrayView3<'_, f32>,
    floor: f32,
    steps: usize,
    check: Check<'_>,
) -> Result<Array3<f32>> {
    let channels = light.dim().0;
    let [_, height, width] = operator.input_shape();
    let mut share = Array3::zeros((channels, height, width));
    let nowhere = share.clone();
    operator.adjoint(nowhere.view(), weights, share.view_mut())?;
    let mean = light.mean().unwrap_or(0.0).max(floor);
    let mut estimate = Array3::from_elem(share.raw_dim(), mean);
    let mut point = estimate.clone();
    let mut change: Option<Array3<f32>> = None;
    let mut ratio = Array3::zeros(light.raw_dim());
    let mut factor = share.clone();
    for _ in 0..steps {
        check()?;
        operator.measure(point.view(), ratio.view_mut())?;
        Zip::from(&mut ratio)
            .and(light)
            .and(weights)
            .par_for_each(|ratio, &light, &weight| {
                *ratio = weight * (light.max(0.0) + floor) / (ratio.max(0.0) + floor);
            });
        operator.adjoint(nowhere.view(), ratio.view(), factor.view_mut())?;
        let mut next = point.clone();
        Zip::from(&mut next)
            .and(&factor)
            .and(&share)
            .par_for_each(|next, &factor, &share| *next *= factor.max(0.0) / share.max(SEEN));
        let moved = &next - &point;
        // How far the last two changes point the same way.
        let along = change.as_ref().map_or(0.0, |last| {
            let dot = |a: &Array3<f32>, b: &Array3<f32>| {
                Zip::from(a)
                    .and(b)
                    .fold(0.0, |sum, &a, &b| sum + f64::from(a) * f64::from(b))
            };
            let length = dot(last, last);
            if length > 0.0 {
                (dot(&moved, last) / length).clamp(0.0, 1.0)
            } else {
                0.0
            }
        });
        point = next.clone();
        Zip::from(&mut point)
            .and(&next)
            .and(&estimate)
            .par_for_each(|point, &next, &before| {
                *point = (next + along as f32 * (next - before)).max(0.0);
            });
        estimate = next;
        change = Some(moved);
    }
    Ok(estimate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::{ValidBlur, kernels};

    #[test]
    fn points_of_light_become_points_again_and_nothing_is_negative() {
        let psf = kernels::gaussian(2.0).unwrap();
        let blur = ValidBlur::from_psf(psf.view(), [1, 48, 48]).unwrap();
        let [_, height, width] = Operator::<f32>::input_shape(&blur);
        let (top, left) = ((height - 48) / 2, (width - 48) / 2);
        let mut stars = Array3::zeros((1, height, width));
        stars[[0, top + 20, left + 20]] = 30.0;
        stars[[0, top + 24, left + 31]] = 3.0;
        let mut light = Array3::zeros((1, 48, 48));
        blur.measure(stars.view(), light.view_mut()).unwrap();
        // The middle of the bright one is saturated.
        let weights = light.mapv(|light| if light > 1.0 { 0.0 } else { 1.0 });
        assert!(weights.iter().any(|&weight| weight == 0.0));
        let found = richardson_lucy(&blur, light.view(), weights.view(), 1e-3, 60, &|| Ok(()));
        let found = found.unwrap();
        assert!(found.iter().all(|&value| value >= 0.0));
        let around = |y: usize, x: usize| {
            found
                .slice(ndarray::s![
                    0,
                    top + y - 2..top + y + 3,
                    left + x - 2..left + x + 3
                ])
                .sum()
        };
        assert!(
            (around(20, 20) / 30.0 - 1.0).abs() < 0.1,
            "{}",
            around(20, 20)
        );
        assert!(
            (around(24, 31) / 3.0 - 1.0).abs() < 0.1,
            "{}",
            around(24, 31)
        );
    }
}
