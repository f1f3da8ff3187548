//! Counter-based noise: every value is a function of (seed, round, step, pixel, channel) alone, so
//! results depend neither on threads nor on tiles.

use ndarray::{Array3, Axis};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Supplies the noise of a run.
pub trait NoiseSource: Sync {
    /// Fills `out` (C×H×W) with standard normal noise for one round (1…K) and sampler step (0 is the
    /// forward diffusion). Entry (c, y, x) belongs to the pixel x, y of the whole picture.
    fn fill(&self, round: usize, step: usize, out: &mut Array3<f32>);
}

impl<N: NoiseSource + ?Sized> NoiseSource for &N {
    fn fill(&self, round: usize, step: usize, out: &mut Array3<f32>) {
        (**self).fill(round, step, out);
    }
}

/// Philox4×32-10 (Salmon et al., SC11) followed by the Box–Muller transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeededNoise {
    /// The run's seed.
    pub seed: u64,
}

impl NoiseSource for SeededNoise {
    fn fill(&self, round: usize, step: usize, out: &mut Array3<f32>) {
        let key = [self.seed as u32, (self.seed >> 32) as u32];
        for (channel, mut plane) in out.axis_iter_mut(Axis(0)).enumerate() {
            // One counter gives four values: pixels 4i…4i+3 of a row.
            // Rounds and steps stay below 2^16, so that every field has a counter of its own.
            let field = (round as u32) << 16 | (step as u32 & 0xffff);
            plane
                .axis_iter_mut(Axis(0))
                .into_par_iter()
                .enumerate()
                .for_each(|(y, mut row)| {
                    let mut x = 0;
                    while x < row.len() {
                        let counter = [(x / 4) as u32, y as u32, channel as u32, field];
                        let values = normal4(philox(counter, key));
                        for &value in values.iter().take(row.len() - x) {
                            row[x] = value;
                            x += 1;
                        }
                    }
                });
        }
    }
}

/// Ten rounds of Philox4×32.
pub(crate) fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let low = u64::from(counter[0]) * 0xD251_1F53;
        let high = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (high >> 32) as u32 ^ counter[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ counter[3] ^ key[1],
            low as u32,
        ];
        key[0] = key[0].wrapping_add(0x9E37_79B9);
        key[1] = key[1].wrapping_add(0xBB67_AE85);
    }
    counter
}

/// Two Box–Muller pairs from four uniform words.
fn normal4(words: [u32; 4]) -> [f32; 4] {
    let pair = |a: u32, b: u32| {
        // Open interval (0, 1): the logarithm never sees zero.
        let radius = (-2.0 * ((f64::from(a) + 0.5) / 4_294_967_296.0).ln()).sqrt();
        let angle = std::f64::consts::TAU * (f64::from(b) / 4_294_967_296.0);
        [(radius * angle.cos()) as f32, (radius * angle.sin()) as f32]
    };
    let [a, b] = pair(words[0], words[1]);
    let [c, d] = pair(words[2], words[3]);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Random123 distribution (kat_vectors, philox4x32 10).
    #[test]
    fn philox_known_answers() {
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }

    #[test]
    fn fields_are_normal_and_differ() {
        let field = |seed, round, step| {
            let mut out = Array3::zeros((3, 64, 63));
            SeededNoise { seed }.fill(round, step, &mut out);
            out
        };
        let a = field(1, 1, 0);
        let mean = a.mean().unwrap();
        let variance = a.mapv(|v| v * v).mean().unwrap();
        assert!(mean.abs() < 0.04 && (variance - 1.0).abs() < 0.05);
        assert_eq!(a, field(1, 1, 0));
        for other in [field(2, 1, 0), field(1, 2, 0), field(1, 1, 1)] {
            assert!((&a * &other).mean().unwrap().abs() < 0.04);
        }
    }

    #[test]
    fn a_pixel_keeps_its_value_in_a_larger_picture() {
        let noise = SeededNoise { seed: 7 };
        let (mut small, mut large) = (Array3::zeros((3, 5, 6)), Array3::zeros((3, 9, 11)));
        noise.fill(3, 2, &mut small);
        noise.fill(3, 2, &mut large);
        assert_eq!(small, large.slice(ndarray::s![.., ..5, ..6]));
    }
}
