//! What a running restoration tells, and how the caller answers.

use ndarray::ArrayView3;

use crate::Result;

/// Where a restoration stands. Reported before the first and after every network call.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Share of the work done, 0…1, never falling.
    pub fraction: f64,
    /// Round, 1…rounds; 0 before the first.
    pub round: usize,
    /// Number of rounds K.
    pub rounds: usize,
    /// Network call within the round's sampler, 1…steps; 0 during data fidelity.
    pub step: usize,
    /// Sampler steps in this round.
    pub steps: usize,
    /// Estimated seconds left; negative while unknown.
    pub seconds_left: f64,
    /// What is being done: `load`, `prepare`, `data fidelity`, `purify`, `finish`.
    pub stage: &'static str,
}

/// The caller's side of a running restoration.
pub trait Observer {
    /// Told now and then, on the calling thread; `false` cancels.
    fn progress(&mut self, progress: &Progress) -> bool;

    /// Whether [`preview`](Observer::preview) should be called at the end of the present round.
    fn wants_preview(&self) -> bool {
        false
    }

    /// The current estimate: planar 3×H×W at output size, range [-1, 1], sRGB-encoded.
    fn preview(&mut self, _estimate: ArrayView3<'_, f32>) {}
}

/// An observer that never cancels.
impl Observer for () {
    fn progress(&mut self, _progress: &Progress) -> bool {
        true
    }
}

/// Any closure is an observer of progress.
impl<F: FnMut(&Progress) -> bool> Observer for F {
    fn progress(&mut self, progress: &Progress) -> bool {
        self(progress)
    }
}

/// The outer loop's side of progress: told of every stage, call and tile as it happens.
pub trait Monitor {
    /// Says how many rounds there are from now on, and how much work in units of one tile call. What was
    /// done before counts on top.
    fn begin(&mut self, _rounds: usize, _total: f64) {}

    /// Enters a stage of round `round` (1…K), at network call `step` of `steps`.
    ///
    /// # Errors
    /// `Cancelled`.
    fn enter(
        &mut self,
        _stage: &'static str,
        _round: usize,
        _step: usize,
        _steps: usize,
    ) -> Result<()> {
        Ok(())
    }

    /// Reports `units` of work done.
    ///
    /// # Errors
    /// `Cancelled`.
    fn advance(&mut self, _units: f64) -> Result<()> {
        Ok(())
    }

    /// Offers the current estimate for preview at the end of a round.
    ///
    /// # Errors
    /// `Cancelled`.
    fn round_end(&mut self, _estimate: ArrayView3<'_, f32>) -> Result<()> {
        Ok(())
    }
}

/// A monitor that watches nothing.
impl Monitor for () {}
