//! How wide a hole is, and which parts of it are wider than a prior can bridge.

use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Widest hole, in pixels across, that a denoising prior fills with something other than coloured fog.
pub const WIDEST_BRIDGE: f64 = 28.0;

/// Distance in pixels (Euclidean, between centres) of every pixel of the hole to the nearest known one; 0
/// outside the hole, infinite where nothing is known. What lies beyond the picture is unknown, so a hole
/// at the border counts as wide as what it has to be bridged from.
///
/// Exact: the lower envelope of parabolas of P. Felzenszwalb and D. Huttenlocher, "Distance Transforms
/// of Sampled Functions" (2012).
pub fn distance_to_known(hole: ArrayView2<'_, bool>) -> Array2<f64> {
    let mut squares = hole.mapv(|fill| if fill { f64::INFINITY } else { 0.0 });
    for axis in [Axis(0), Axis(1)] {
        let lanes: Vec<_> = squares.lanes_mut(axis).into_iter().collect();
        lanes.into_par_iter().for_each(transform);
    }
    squares.mapv_into(f64::sqrt)
}

/// One axis of the squared distance: every value becomes minⱼ (i − j)² + valueⱼ.
fn transform(mut lane: ArrayViewMut1<'_, f64>) {
    // Feet and heights of the parabolas of the envelope, and where each takes over.
    let mut envelope: Vec<(f64, f64, f64)> = Vec::new();
    for (index, &height) in lane.indexed_iter() {
        if height.is_infinite() {
            continue;
        }
        let foot = index as f64;
        let mut from = f64::NEG_INFINITY;
        while let Some(&(other, level, start)) = envelope.last() {
            from = ((height + foot * foot) - (level + other * other)) / (2.0 * (foot - other));
            if from > start {
                break;
            }
            envelope.pop();
            from = f64::NEG_INFINITY;
        }
        envelope.push((foot, height, from));
    }
    let mut current = 0;
    for (index, value) in lane.indexed_iter_mut() {
        let at = index as f64;
        while envelope.get(current + 1).is_some_and(|next| next.2 < at) {
            current += 1;
        }
        if let Some(&(foot, height, _)) = envelope.get(current) {
            *value = (at - foot) * (at - foot) + height;
        }
    }
}

/// Splits a hole into (thin, wide): wide is what lies around places where a disk of more than `diameter`
/// pixels fits into the hole, its corners included; thin is the rest.
pub fn split_by_width(hole: ArrayView2<'_, bool>, diameter: f64) -> (Array2<bool>, Array2<bool>) {
    let radius = diameter / 2.0;
    let distance = distance_to_known(hole);
    let core = distance.mapv(|distance| distance > radius);
    let mut wide = Array2::from_elem(hole.dim(), false);
    if core.iter().any(|&inside| inside) {
        // As far from the core as the corner of a square hole is.
        let reach = 2.0_f64.sqrt() * radius + 1.0;
        let away = distance_to_known(core.mapv(|inside| !inside).view());
        wide.zip_mut_with(&away, |wide, &away| *wide = away <= reach);
        wide.zip_mut_with(&hole, |wide, &fill| *wide &= fill);
    }
    let mut thin = hole.to_owned();
    thin.zip_mut_with(&wide, |thin, &wide| *thin &= !wide);
    (thin, wide)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::noise::{NoiseSource, SeededNoise};

    #[test]
    fn distances_are_exact() {
        let mut noise = ndarray::Array3::zeros((1, 23, 31));
        SeededNoise { seed: 3 }.fill(1, 0, &mut noise);
        for threshold in [-1.5, 0.5, 2.2] {
            let hole = noise
                .index_axis(Axis(0), 0)
                .mapv(|value: f32| value < threshold);
            let found = distance_to_known(hole.view());
            for ((y, x), &distance) in found.indexed_iter() {
                let nearest = hole
                    .indexed_iter()
                    .filter(|(_, fill)| !**fill)
                    .map(|((i, j), _)| (i as f64 - y as f64).hypot(j as f64 - x as f64))
                    .fold(f64::INFINITY, f64::min);
                assert!((distance - nearest).abs() < 1e-9, "{distance} {nearest}");
            }
        }
        let nothing = distance_to_known(Array2::from_elem((3, 4), true).view());
        assert!(nothing.iter().all(|distance| distance.is_infinite()));
    }

    #[test]
    fn a_scratch_is_cut_off_from_the_object_it_crosses() {
        let mut hole = Array2::from_elem((120, 200), false);
        hole.slice_mut(ndarray::s![40..90, 60..110]).fill(true);
        hole.slice_mut(ndarray::s![60..64, ..]).fill(true);
        let (thin, wide) = split_by_width(hole.view(), WIDEST_BRIDGE);
        for ((at, &thin), &wide) in thin.indexed_iter().zip(&wide) {
            assert_eq!(thin || wide, hole[at]);
            assert!(!(thin && wide));
        }
        // The whole square with its corners, not the ends of the scratch.
        assert!(wide[[40, 60]] && wide[[89, 109]] && wide[[65, 85]]);
        assert!(thin[[61, 2]] && thin[[61, 180]]);
        let (thin, wide) = split_by_width(hole.view(), 60.0);
        assert!(thin == hole && !wide.iter().any(|&wide| wide));
    }
}
