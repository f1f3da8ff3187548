//! How far a neighbour agrees with a frame, pixel by pixel.
//!
//! Where both show the same, their difference is noise of twice the frame's variance, without structure.
//! Tested is its energy, from both sides, and its smoothed values at three scales: what is weaker than the noise
//! of a pixel but reaches over some of them shows there. Each test is a mean over the tested colours that noise
//! alone makes 1.

use ndarray::{Array2, Array3, ArrayView3, Axis, Zip};

use super::warp::Warped;
use crate::estimate::noise::{NoiseSpectrum, SIDE};
use crate::math::opponent::to_opponent;
use crate::math::smooth::gaussian;

/// Smoothing of the energy, in pixels; from which energy on a neighbour counts for less, and up to which.
const ENERGY: Test = Test {
    smoothing: 2.5,
    first: 1.3,
    last: 1.8,
};

/// The same of structure.
const STRUCTURE: [Test; 3] = [
    Test {
        smoothing: 1.0,
        first: 2.0,
        last: 3.5,
    },
    Test {
        smoothing: 2.5,
        first: 2.2,
        last: 3.7,
    },
    Test {
        smoothing: 6.0,
        first: 2.5,
        last: 4.5,
    },
];

/// Smoothing of the energy that tells what is weaker than the noise: detail that interpolation between pixels does
/// not hit. The denoiser takes noise away and leaves a misfit, so that each variance of misfit beyond what chance
/// makes divides the weight. Pan by half pixels, σ 20, three photographs: +0.80 dB without, +1.09 dB with it; still:
/// −0.03 dB.
const MISFIT: f64 = 4.0;
const CHANCE: f32 = 0.03;
const PRICE: f32 = 8.0;

/// Noise that is stronger than it was measured passes for misfit everywhere: energies are taken relative to their
/// median, up to this one.
const STRONGER: f32 = 1.3;

/// Energy up to which both carry the same noise, and from which on each its own.
const SAME: [f32; 2] = [0.35, 0.55];

/// Colours whose variance is a smaller part of the largest say nothing.
const SILENT: f64 = 1e-3;

/// Frequencies per axis at which a smoothing's response is summed.
const FREQUENCIES: usize = 64;

struct Test {
    smoothing: f64,
    first: f32,
    last: f32,
}

impl Test {
    /// 1 up to the first value, 0 from the last on.
    fn passes(&self, value: f32) -> f32 {
        ((self.last - value) / (self.last - self.first)).clamp(0.0, 1.0)
    }
}

/// The tests for one spectrum.
pub struct Support {
    /// Per opponent colour the variance of the noise in one frame, network range; 0 of a silent one.
    variances: [f32; 3],
    /// The same after each smoothing of [`STRUCTURE`].
    smoothed: [[f32; 3]; 3],
}

impl Support {
    /// For frames whose noise has this spectrum.
    pub fn new(spectrum: &NoiseSpectrum) -> Self {
        let whole = variances(spectrum, 0.0);
        let least = SILENT * whole.iter().fold(0.0, |a: f64, &b| a.max(b));
        let heard = |values: [f64; 3]| -> [f32; 3] {
            let network = 127.5 * 127.5;
            std::array::from_fn(|c| match whole[c] > least {
                true => (values[c] / network) as f32,
                false => 0.0,
            })
        };
        Support {
            variances: heard(whole),
            smoothed: STRUCTURE.map(|test| heard(variances(spectrum, test.smoothing))),
        }
    }

    /// Standard deviation of the noise in (R + G + B)/√3, 0…255 units.
    pub fn luminance_noise(&self) -> f64 {
        127.5 * f64::from(self.variances[0]).sqrt()
    }

    /// What a warped neighbour counts for at each pixel of a frame, 0…1.
    pub fn weights(&self, frame: ArrayView3<'_, f32>, warped: &Warped) -> Array2<f32> {
        let mut difference: Array3<f32> = &warped.picture - &frame;
        to_opponent(&mut difference);
        let heard = |c: &usize| self.variances[*c] > 0.0;
        let colours: Vec<usize> = (0..3).filter(heard).collect();
        let size = warped.gain.dim();
        if colours.is_empty() {
            return Array2::zeros(size);
        }
        let share = 1.0 / colours.len() as f32;
        let mean = |planes: &dyn Fn(usize) -> Array2<f32>, variances: [f32; 3], frames: f32| {
            let mut sum = Array2::<f32>::zeros(size);
            for &c in &colours {
                let scale = share / (frames * variances[c]);
                Zip::from(&mut sum)
                    .and(&planes(c))
                    .par_for_each(|sum, &value| *sum += scale * value * value);
            }
            sum
        };
        let plane = |c: usize| difference.index_axis(Axis(0), c);
        let mut energy = mean(&|c| plane(c).to_owned(), self.variances, 1.0);
        Zip::from(&mut energy)
            .and(&warped.gain)
            .par_for_each(|energy, &gain| *energy /= 1.0 + gain);
        let wide = gaussian(energy.view(), MISFIT);
        let energy = gaussian(energy.view(), ENERGY.smoothing);
        let usual = median(&energy).clamp(1.0, STRONGER);
        let mut weights = Array2::<f32>::zeros(size);
        Zip::from(&mut weights)
            .and(&energy)
            .and(&wide)
            .and(&warped.known)
            .par_for_each(|weight, &energy, &wide, &known| {
                let misfit = (wide / usual - 1.0 - CHANCE).max(0.0);
                let own = ((energy - SAME[0]) / (SAME[1] - SAME[0])).clamp(0.0, 1.0);
                *weight = f32::from(u8::from(known)) * own * ENERGY.passes(energy / usual)
                    / (1.0 + PRICE * misfit);
            });
        for (test, variances) in STRUCTURE.iter().zip(self.smoothed) {
            let smooth = |c: usize| gaussian(plane(c), test.smoothing);
            let structure = mean(&smooth, variances, 2.0);
            let structure = gaussian(structure.view(), test.smoothing);
            Zip::from(&mut weights)
                .and(&structure)
                .par_for_each(|weight, &value| *weight *= test.passes(value));
        }
        weights
    }
}

fn median(values: &Array2<f32>) -> f32 {
    let mut values: Vec<f32> = values.iter().copied().collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// Variances of the opponent colours of such noise after smoothing by a Gaussian, (0…255 units)².
fn variances(spectrum: &NoiseSpectrum, smoothing: f64) -> [f64; 3] {
    // How much of the power at each node of the spectrum, which is linear in between, is left.
    let mut left = [0.0; SIDE];
    for index in 0..FREQUENCIES {
        let frequency = 0.5 * (index as f64 + 0.5) / FREQUENCIES as f64;
        let turn = 2.0 * std::f64::consts::PI * smoothing * frequency;
        let power = (-turn * turn).exp() / FREQUENCIES as f64;
        let place = (2.0 * SIDE as f64 * frequency).min((SIDE - 1) as f64);
        let (node, part) = (place as usize, place.fract());
        left[node] += (1.0 - part) * power;
        left[(node + 1).min(SIDE - 1)] += part * power;
    }
    let mut sums = [0.0; 3];
    for i in 0..SIDE {
        for j in 0..SIDE {
            let at = spectrum.at(i, j);
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum += left[i] * left[j] * at[c][c];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_leaves_of_white_noise_what_it_should() {
        let white = NoiseSpectrum::white(10.0);
        for c in variances(&white, 0.0) {
            assert!((c - 100.0).abs() < 1e-6, "{c}");
        }
        for smoothing in [1.0, 2.5, 6.0] {
            let expected = 100.0 / (4.0 * std::f64::consts::PI * smoothing * smoothing);
            for c in variances(&white, smoothing) {
                assert!((c / expected - 1.0).abs() < 0.05, "{smoothing}: {c}");
            }
        }
        let gray = Support::new(&NoiseSpectrum::gray(10.0));
        assert_eq!(gray.variances[1..], [0.0, 0.0]);
        assert!((gray.luminance_noise() - 300f64.sqrt()).abs() < 1e-4);
    }
}
