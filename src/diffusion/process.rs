//! The variance-preserving forward process.

use ndarray::{Array3, Zip};

use crate::{Error, Result};

/// A variance-preserving noise schedule: x_t = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε.
///
/// Computed in `f64`, as the reference implementations do (DDPM, arXiv 2006.11239).
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    alphas_cumprod: Vec<f64>,
}

impl Process {
    /// β linear from `start` to `end` over `timesteps` steps.
    ///
    /// # Errors
    /// `InvalidArgument` unless 0 < start ≤ end < 1 and there are 2 to 100 000 timesteps.
    pub fn linear(timesteps: usize, start: f64, end: f64) -> Result<Self> {
        Self::from_betas(timesteps, start, end, |beta| beta, |beta| beta)
    }

    /// √β linear, the schedule of latent diffusion ("scaled linear").
    ///
    /// # Errors
    /// As [`Process::linear`].
    pub fn scaled_linear(timesteps: usize, start: f64, end: f64) -> Result<Self> {
        Self::from_betas(timesteps, start, end, f64::sqrt, |root| root * root)
    }

    fn from_betas(
        timesteps: usize,
        start: f64,
        end: f64,
        to_axis: impl Fn(f64) -> f64,
        from_axis: impl Fn(f64) -> f64,
    ) -> Result<Self> {
        let betas = start > 0.0 && start <= end && end < 1.0;
        if !(2..=100_000).contains(&timesteps) || !betas {
            return Err(Error::InvalidArgument(format!(
                "noise schedule: betas {start}…{end} over {timesteps} timesteps; allowed: \
                 0 < first ≤ last < 1 over 2 to 100000"
            )));
        }
        let (first, last) = (to_axis(start), to_axis(end));
        let mut product = 1.0;
        let alphas_cumprod = (0..timesteps)
            .map(|index| {
                let share = index as f64 / (timesteps - 1) as f64;
                product *= 1.0 - from_axis(first + share * (last - first));
                product
            })
            .collect();
        Ok(Process { alphas_cumprod })
    }

    /// Number of timesteps.
    pub fn timesteps(&self) -> usize {
        self.alphas_cumprod.len()
    }

    /// ᾱ at a timestep index, 0…timesteps−1 (larger ones count as the last).
    pub fn alpha_bar(&self, index: usize) -> f64 {
        self.alphas_cumprod[index.min(self.alphas_cumprod.len() - 1)]
    }

    /// The noise level of x_t relative to its signal, √((1−ᾱ)/ᾱ), in network range units.
    pub fn sigma(&self, index: usize) -> f64 {
        let alpha_bar = self.alpha_bar(index);
        ((1.0 - alpha_bar) / alpha_bar).sqrt()
    }

    /// The smallest strength T in 1…timesteps whose relative noise level (at index T−1) reaches
    /// `sigma`, in network range units.
    pub fn strength_for(&self, sigma: f64) -> usize {
        let below = (0..self.timesteps()).filter(|&index| self.sigma(index) < sigma);
        (below.count() + 1).min(self.timesteps())
    }

    /// The timestep index whose noise level is nearest to `sigma` (network range units) in log σ.
    pub fn nearest(&self, sigma: f64) -> usize {
        // The levels rise with the index: compare with the geometric mean of neighbours.
        let below = |index: &usize| {
            let middle = (self.sigma(*index) * self.sigma(index + 1)).sqrt();
            middle < sigma
        };
        (0..self.timesteps() - 1).take_while(below).count()
    }

    /// Forward diffusion in place: x ← √ᾱ[T−1]·x + c·ε, where c² = max(0, 1−ᾱ−ᾱ·present²) and
    /// `present` is the noise the sample already carries (0 for the paper's step), network range.
    /// `strength` T is 1…timesteps.
    pub fn diffuse(&self, x: &mut Array3<f32>, noise: &Array3<f32>, strength: usize, present: f64) {
        let alpha_bar = self.alpha_bar(strength.max(1) - 1);
        let signal = alpha_bar.sqrt() as f32;
        let missing = self.missing_noise(strength, present) as f32;
        if missing > 0.0 {
            Zip::from(x)
                .and(noise)
                .par_for_each(|x, &noise| *x = signal * *x + missing * noise);
        } else {
            x.par_mapv_inplace(|x| signal * x);
        }
    }

    /// Standard deviation of the noise [`diffuse`](Process::diffuse) adds.
    pub fn missing_noise(&self, strength: usize, present: f64) -> f64 {
        let alpha_bar = self.alpha_bar(strength.max(1) - 1);
        let variance = 1.0 - alpha_bar - alpha_bar * present * present;
        // Rounding must not pass for missing noise.
        if variance > 1e-12 {
            variance.sqrt()
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_matches_its_noise_level() {
        let process = Process::linear(1000, 1e-4, 0.02).unwrap();
        for sigma in [0.02, 0.2, 1.0, 5.0] {
            let strength = process.strength_for(sigma);
            assert!(process.sigma(strength - 1) >= sigma);
            assert!(strength == 1 || process.sigma(strength - 2) < sigma);
        }
        assert_eq!(process.strength_for(1e9), 1000);
    }

    #[test]
    fn bad_schedules_are_refused() {
        assert!(Process::linear(1, 1e-4, 0.02).is_err());
        assert!(Process::linear(1000, 0.0, 0.02).is_err());
        assert!(Process::linear(1000, 1e-4, f64::NAN).is_err());
        assert!(Process::scaled_linear(1000, 0.03, 0.02).is_err());
    }
}
