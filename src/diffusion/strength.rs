//! How strong a purification is.

use super::Process;

/// The noise level from which a purification starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strength {
    /// T in 1…timesteps: the level of timestep index T−1. 0 counts as 1.
    Timestep(usize),
    /// Standard deviation σ of the noise on an unscaled picture, in network range units.
    Sigma(f64),
}

impl Strength {
    /// The noise level relative to the signal, in network range units.
    pub fn sigma(self, process: &Process) -> f64 {
        match self {
            Strength::Timestep(t) => process.sigma(t.max(1) - 1),
            Strength::Sigma(sigma) => sigma,
        }
    }

    /// The strength T of `process` that is this one, or nearest to it in log σ.
    pub fn timestep(self, process: &Process) -> usize {
        match self {
            Strength::Timestep(t) => t,
            Strength::Sigma(sigma) => process.nearest(sigma) + 1,
        }
    }

    /// T or σ, whichever it is.
    pub fn number(self) -> f64 {
        match self {
            Strength::Timestep(t) => t as f64,
            Strength::Sigma(sigma) => sigma,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_the_same_level() {
        let process = Process::linear(1000, 1e-4, 0.02).unwrap();
        for t in [1, 2, 57, 400, 1000] {
            let sigma = Strength::Timestep(t).sigma(&process);
            assert_eq!(Strength::Sigma(sigma * 1.0001).timestep(&process), t);
        }
        assert_eq!(Strength::Sigma(0.0).timestep(&process), 1);
        assert_eq!(Strength::Sigma(1e9).timestep(&process), 1000);
        assert_eq!(
            Strength::Timestep(0).sigma(&process),
            Strength::Timestep(1).sigma(&process)
        );
    }
}
