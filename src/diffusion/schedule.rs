//! How the purification strength T_k falls from round to round.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::error::names;
use crate::{Error, Result};

/// Shape of the fall from T_start to T_end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Straight.
    Linear,
    /// T_start in every round.
    Constant,
    /// Half a cosine: slow at both ends.
    Cosine,
    /// 1 − sin: most rounds near T_end.
    BiasT0,
    /// cos: most rounds near T_start.
    BiasT1,
    /// Twice linear minus cosine: most rounds in the middle.
    ReverseCosine,
    /// Even in log σ.
    Log,
}

impl Schedule {
    /// Height in [0, 1] (1 is T_start) after share `u` of the rounds.
    fn height(self, u: f64) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Linear | Schedule::ReverseCosine | Schedule::Log => 1.0 - u,
            Schedule::Cosine => (1.0 + (PI * u).cos()) / 2.0,
            Schedule::BiasT0 => 1.0 - (FRAC_PI_2 * u).sin(),
            Schedule::BiasT1 => (FRAC_PI_2 * u).cos(),
        }
    }
}

/// The strengths T_1…T_K: rounded half to even (linear and cosine after adding 1e-6), 0 becomes 1. One round
/// uses `t_start`.
///
/// # Errors
/// `InvalidOption` unless 1 ≤ rounds ≤ t_start ≤ `timesteps` and t_end ≤ t_start.
pub fn timestep_schedule(
    schedule: Schedule,
    rounds: usize,
    t_start: usize,
    t_end: usize,
    timesteps: usize,
) -> Result<Vec<usize>> {
    if !(1..=timesteps).contains(&t_start) {
        let allowed = format!("1 to {timesteps}, the model's timesteps");
        return Err(Error::invalid(names::T_START, t_start, allowed));
    }
    if t_end > t_start {
        let allowed = format!("at most t_start ({t_start})");
        return Err(Error::invalid(names::T_END, t_end, allowed));
    }
    if rounds == 0 || rounds > t_start {
        let allowed = format!("1 to t_start ({t_start})");
        return Err(Error::invalid(names::ROUNDS, rounds, allowed));
    }
    let at = |shape: Schedule, u: f64| {
        let value = t_end as f64 + (t_start - t_end) as f64 * shape.height(u);
        // The reference rounds these two up where they lie half way (golden data).
        let nudge = match shape {
            Schedule::Linear | Schedule::Cosine => 1e-6,
            _ => 0.0,
        };
        (value + nudge).round_ties_even() as i64
    };
    Ok((0..rounds)
        .map(|round| {
            let u = match rounds {
                1 => 0.0,
                _ => round as f64 / (rounds - 1) as f64,
            };
            let value = match schedule {
                Schedule::ReverseCosine => 2 * at(Schedule::Linear, u) - at(Schedule::Cosine, u),
                shape => at(shape, u),
            };
            value.max(1) as usize
        })
        .collect())
}

/// σ_1…σ_K even in log σ from `start` to `end`, network range units: every round leaves the same share of
/// the noise of the one before. One round uses `start`. A diffusion network takes the timestep
/// [nearest](super::Process::nearest) in log σ.
///
/// # Errors
/// `InvalidOption` unless there is a round and 0 < `end` ≤ `start`, both finite.
pub fn log_schedule(rounds: usize, start: f64, end: f64) -> Result<Vec<f64>> {
    if rounds == 0 {
        return Err(Error::invalid(names::ROUNDS, rounds, "at least 1"));
    }
    if !(start > 0.0 && start.is_finite()) {
        return Err(Error::invalid(names::T_START, start, "a finite σ above 0"));
    }
    if !(end > 0.0 && end <= start) {
        let allowed = format!("a σ above 0, at most t_start ({start})");
        return Err(Error::invalid(names::T_END, end, allowed));
    }
    let last = (rounds - 1).max(1) as f64;
    let fall = (end / start).ln();
    Ok((0..rounds)
        .map(|round| start * (fall * round as f64 / last).exp())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_schedules_fall_by_the_same_factor() {
        let sigmas = log_schedule(8, 0.384, 0.0102).unwrap();
        assert_eq!(sigmas[0], 0.384);
        assert!((sigmas[7] - 0.0102).abs() < 1e-15);
        for pair in sigmas.windows(2) {
            assert!((pair[1] / pair[0] - (0.0102_f64 / 0.384).powf(1.0 / 7.0)).abs() < 1e-12);
        }
        assert_eq!(log_schedule(1, 0.4, 0.01).unwrap(), [0.4]);
        assert_eq!(log_schedule(3, 0.2, 0.2).unwrap(), [0.2; 3]);
        for (rounds, start, end) in [
            (0, 0.4, 0.01),
            (3, 0.0, 0.0),
            (3, f64::NAN, 0.1),
            (3, f64::INFINITY, 0.1),
            (3, 0.1, 0.2),
            (3, 0.1, 0.0),
            (3, 0.1, f64::NAN),
        ] {
            assert!(
                log_schedule(rounds, start, end).is_err(),
                "{rounds} {start} {end}"
            );
        }
    }

    #[test]
    fn limits_are_enforced() {
        let run =
            |rounds, start, end| timestep_schedule(Schedule::Linear, rounds, start, end, 1000);
        assert!(run(1, 0, 0).is_err());
        assert!(run(0, 400, 0).is_err());
        assert!(run(11, 10, 0).is_err());
        assert!(run(10, 1001, 0).is_err());
        assert!(run(10, 400, 401).is_err());
        assert_eq!(run(1, 400, 0).unwrap(), [400]);
        assert_eq!(run(10, 10, 0).unwrap().len(), 10);
    }
}
