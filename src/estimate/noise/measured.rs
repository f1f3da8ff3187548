//! From patches of noise to its spectrum.

use super::patches::{AREA, Patches, quantile, ring};
use super::spectrum::{Covariance, SIDE};
use super::white_level::level_of_coefficients;

/// Rings of low frequency, in which shades may pass for noise.
const LOW: usize = 3;

/// Of the energy of each low ring, the share of patches whose largest is compared with noise's…
const LOW_SHARE: f64 = 0.3;

/// …which is this part of the mean: the quantile of χ² with 3, 5 and 7 degrees of freedom.
const LOW_QUANTILE: [f64; LOW] = [0.474_550_7, 0.599_981_6, 0.667_332_9];

/// What a selection of patches says.
pub(super) struct Measured {
    /// Covariance of each coefficient, by its index 8i + j.
    pub covariance: [Covariance; AREA],
    /// Standard deviation of each channel's rings 1, 2 and 3.
    pub low: [[f64; LOW]; 3],
    /// Standard deviation of each channel over rings 4 and 5.
    pub middle: [f64; 3],
}

impl Measured {
    /// From the `chosen` patches, at least one.
    pub fn new(patches: &Patches, chosen: &[usize]) -> Self {
        let covariance = covariance(patches, chosen);
        let mut measured = Self {
            middle: std::array::from_fn(|channel| deviation(&covariance, channel, 4..=5)),
            low: [[0.0; LOW]; 3],
            covariance,
        };
        for channel in 0..3 {
            for at in 1..=LOW {
                let mean = deviation(&measured.covariance, channel, at..=at);
                let typical = typical(patches, chosen, channel, at);
                measured.low[channel][at - 1] = mean.min(typical);
            }
        }
        measured.limit_luminance();
        measured.rescale();
        measured
    }

    /// Luminance noise is taken to rise to low frequencies no faster than a Gaussian blur makes it.
    fn limit_luminance(&mut self) {
        let third = self.low[0][2];
        let fall = (third / self.middle[0]).ln().max(0.0) / (4.55 * 4.55 - 9.0);
        if !fall.is_finite() {
            return;
        }
        for at in 1..=2 {
            let limit = 1.05 * third * (fall * (9 - at * at) as f64).exp();
            self.low[0][at - 1] = self.low[0][at - 1].min(limit);
        }
    }

    /// Brings the covariances of the low rings to the deviations in `low`; the mean frequency, which
    /// nothing tells, is as ring 1.
    fn rescale(&mut self) {
        for at in 1..=LOW {
            let factors: [f64; 3] = std::array::from_fn(|channel| {
                let now = deviation(&self.covariance, channel, at..=at);
                if now > 0.0 {
                    self.low[channel][at - 1] / now
                } else {
                    1.0
                }
            });
            for index in (0..AREA).filter(|&index| ring(index) == at) {
                self.covariance[index] = scaled(&self.covariance[index], factors);
            }
        }
        let first: Vec<usize> = (0..AREA).filter(|&index| ring(index) == 1).collect();
        self.covariance[0] = std::array::from_fn(|a| {
            std::array::from_fn(|b| {
                let sum: f64 = first
                    .iter()
                    .map(|&index| self.covariance[index][a][b])
                    .sum();
                sum / first.len() as f64
            })
        });
    }

    /// Standard deviation in red, green and blue (root mean square) where both frequencies are 2 or more.
    pub fn high(&self) -> f64 {
        let both = |index: &usize| index / SIDE >= 2 && index % SIDE >= 2;
        let indices: Vec<usize> = (0..AREA).filter(both).collect();
        let trace = |&index: &usize| (0..3).map(|c| self.covariance[index][c][c]).sum::<f64>();
        (indices.iter().map(trace).sum::<f64>() / (3 * indices.len()) as f64).sqrt()
    }
}

/// The level of white noise under the `usable` patches of a channel: what most of the coefficients other
/// than the mean have in common.
pub(super) fn floor(patches: &Patches, usable: &[usize], channel: usize) -> f64 {
    let planes: Vec<_> = usable
        .iter()
        .map(|&index| &patches.all[index].coefficients[channel])
        .collect();
    level_of_coefficients(&planes)
}

/// Scales rows and columns.
pub(super) fn scaled(covariance: &Covariance, factors: [f64; 3]) -> Covariance {
    std::array::from_fn(|a| std::array::from_fn(|b| factors[a] * factors[b] * covariance[a][b]))
}

fn covariance(patches: &Patches, chosen: &[usize]) -> [Covariance; AREA] {
    let mut sums = [[[0.0; 3]; 3]; AREA];
    for &patch in chosen {
        let planes = &patches.all[patch].coefficients;
        for (index, sum) in sums.iter_mut().enumerate() {
            let color: [f64; 3] = std::array::from_fn(|channel| f64::from(planes[channel][index]));
            for a in 0..3 {
                for b in 0..3 {
                    sum[a][b] += color[a] * color[b];
                }
            }
        }
    }
    sums.map(|sum| sum.map(|row| row.map(|value| value / chosen.len() as f64)))
}

/// Root mean variance of a channel over rings.
pub(super) fn deviation(
    covariance: &[Covariance; AREA],
    channel: usize,
    rings: std::ops::RangeInclusive<usize>,
) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (index, matrix) in covariance.iter().enumerate() {
        if rings.contains(&ring(index)) {
            sum += matrix[channel][channel];
            count += 1.0;
        }
    }
    (sum / count).sqrt()
}

/// The deviation of a ring as its less energetic patches tell it.
fn typical(patches: &Patches, chosen: &[usize], channel: usize, at: usize) -> f64 {
    let indices: Vec<usize> = (0..AREA).filter(|&index| ring(index) == at).collect();
    let mut energies: Vec<f32> = chosen
        .iter()
        .map(|&patch| {
            let plane = &patches.all[patch].coefficients[channel];
            let sum: f32 = indices.iter().map(|&index| plane[index].powi(2)).sum();
            sum / indices.len() as f32
        })
        .collect();
    energies.sort_by(f32::total_cmp);
    (f64::from(quantile(&energies, LOW_SHARE)) / LOW_QUANTILE[at - 1]).sqrt()
}
