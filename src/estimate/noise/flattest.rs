//! The patches that show nothing but noise.

use super::bands::{self, BANDS, COUNTS};
use super::patches::{Patch, Patches};

/// Energy added everywhere: that of rounding to 8 bits.
pub(super) const ROUNDING: f32 = 1.0 / 12.0;

/// Share of the patches to start from…
const START: f64 = 0.005;

/// …and fewest of them.
pub(super) const FEWEST: usize = 32;

/// Times the choice is made anew from what it found.
const ROUNDS: usize = 4;

/// Energy of a patch that is nothing but noise, relative to the mean, at most.
const MEAN_RATIO: f64 = 1.3;

/// Energy of any of its bands, in standard deviations above the mean, at most.
const DEVIATIONS: f64 = 2.5;

type Energies = [[f32; BANDS]; 3];

/// Which of the `usable` patches (at least [`FEWEST`]) show nothing but noise.
pub(super) fn flattest(patches: &Patches, usable: &[usize]) -> Vec<usize> {
    let energies: Vec<Energies> = usable
        .iter()
        .map(|&index| energies(&patches.all[index]))
        .collect();
    let scores: Vec<f64> = energies.iter().map(score).collect();
    let mut order: Vec<usize> = (0..usable.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(a.cmp(&b)));
    order.truncate(((START * usable.len() as f64) as usize).max(FEWEST));
    for _ in 0..ROUNDS {
        let expected = mean(order.iter().map(|&index| &energies[index]));
        let chosen: Vec<usize> = (0..usable.len())
            .filter(|&index| is_noise(&energies[index], &expected))
            .collect();
        if chosen.len() < FEWEST {
            break;
        }
        order = chosen;
    }
    order.sort_unstable();
    order.into_iter().map(|index| usable[index]).collect()
}

/// Mean energy of each channel's bands.
fn energies(patch: &Patch) -> Energies {
    let planes = patch.coefficients.each_ref();
    planes.map(|plane| bands::energies(plane).map(|energy| energy + ROUNDING))
}

/// How little there is in a patch. The lowest ring does not count: shades are everywhere.
fn score(energies: &Energies) -> f64 {
    energies
        .iter()
        .flat_map(|bands| (1..BANDS).map(|band| f64::from(COUNTS[band] * bands[band].ln())))
        .sum()
}

fn mean<'a>(energies: impl Iterator<Item = &'a Energies>) -> [[f64; BANDS]; 3] {
    let (mut sum, mut count) = ([[0.0; BANDS]; 3], 0.0);
    for energies in energies {
        count += 1.0;
        for (sum, bands) in sum.iter_mut().zip(energies) {
            sum.iter_mut()
                .zip(bands)
                .for_each(|(sum, &band)| *sum += f64::from(band));
        }
    }
    sum.map(|bands| bands.map(|band| band / count))
}

/// Whether a patch has no more than the `expected` energies, within what noise varies.
fn is_noise(energies: &Energies, expected: &[[f64; BANDS]; 3]) -> bool {
    let ratios: [[f64; BANDS]; 3] = std::array::from_fn(|channel| {
        std::array::from_fn(|band| f64::from(energies[channel][band]) / expected[channel][band])
    });
    let mean_ratio = |channels: &[[f64; BANDS]]| {
        let sum = |of: &dyn Fn(&[f64; BANDS], usize) -> f64| -> f64 {
            channels
                .iter()
                .flat_map(|bands| (1..BANDS).map(|band| of(bands, band)))
                .sum()
        };
        sum(&|bands, band| f64::from(COUNTS[band]) * bands[band])
            / sum(&|_, band| f64::from(COUNTS[band]))
    };
    let within = ratios
        .as_flattened()
        .iter()
        .enumerate()
        .all(|(index, ratio)| {
            let band = index % BANDS;
            // Half for the lowest ring, where the mean still holds shades.
            let most = if band == 0 {
                DEVIATIONS * 2.0
            } else {
                DEVIATIONS
            };
            (ratio - 1.0) / f64::from(2.0 / COUNTS[band]).sqrt() < most
        });
    within && mean_ratio(&ratios) < MEAN_RATIO && mean_ratio(&ratios[..1]) < MEAN_RATIO
}
