//! Progress for Python, and Ctrl-C.

use std::time::{Duration, Instant};

use dcdp::restore::Observer;
use ndarray::{ArrayView3, Axis};
use numpy::ToPyArray;
use pyo3::prelude::*;
use pyo3::types::PyBool;

/// How often signals are looked for where nobody asks for progress.
const LOOK: Duration = Duration::from_millis(50);

/// Where a restoration stands.
#[pyclass(frozen, get_all, module = "dcdp")]
pub struct Progress {
    /// Share of the work done, 0…1, never falling.
    fraction: f64,
    /// Round, 1…rounds; 0 before the first.
    round: usize,
    /// Number of rounds.
    rounds: usize,
    /// Network call within the round, 1…steps; 0 during data fidelity.
    step: usize,
    /// Network calls of the round.
    steps: usize,
    /// Estimated seconds left; negative while unknown.
    seconds_left: f64,
    /// What is being done.
    stage: &'static str,
}

#[pymethods]
impl Progress {
    fn __repr__(&self) -> String {
        format!(
            "Progress(fraction={:.3}, round={}, rounds={}, step={}, steps={}, seconds_left={:.1}, stage='{}')",
            self.fraction,
            self.round,
            self.rounds,
            self.step,
            self.steps,
            self.seconds_left,
            self.stage
        )
    }
}

/// Tells Python's callbacks, and stops the run when one raises or says so, or when a signal's handler
/// raises.
pub struct Watcher {
    progress: Option<Py<PyAny>>,
    preview: Option<Py<PyAny>>,
    looked: Instant,
    /// What was raised.
    raised: Option<PyErr>,
}

impl Watcher {
    /// With the callbacks there are.
    pub fn new(progress: Option<Py<PyAny>>, preview: Option<Py<PyAny>>) -> Self {
        Watcher {
            progress,
            preview,
            looked: Instant::now(),
            raised: None,
        }
    }

    /// What ended the run, if it was the caller.
    pub fn into_raised(self) -> Option<PyErr> {
        self.raised
    }

    fn tell(&self, now: &dcdp::Progress) -> PyResult<bool> {
        Python::attach(|py| {
            py.check_signals()?;
            let Some(callback) = &self.progress else {
                return Ok(true);
            };
            let told = Progress {
                fraction: now.fraction,
                round: now.round,
                rounds: now.rounds,
                step: now.step,
                steps: now.steps,
                seconds_left: now.seconds_left,
                stage: now.stage,
            };
            let answer = callback.bind(py).call1((told,))?;
            Ok(!answer.is(PyBool::new(py, false)))
        })
    }
}

impl Observer for Watcher {
    fn progress(&mut self, progress: &dcdp::Progress) -> bool {
        if self.raised.is_some() {
            return false;
        }
        if self.progress.is_none() && self.looked.elapsed() < LOOK {
            return true;
        }
        self.looked = Instant::now();
        match self.tell(progress) {
            Ok(goes_on) => goes_on,
            Err(error) => {
                self.raised = Some(error);
                false
            }
        }
    }

    fn wants_preview(&self) -> bool {
        self.preview.is_some() && self.raised.is_none()
    }

    fn preview(&mut self, estimate: ArrayView3<'_, f32>) {
        let Some(callback) = &self.preview else {
            return;
        };
        // H×W×3, 0…1, as pictures are.
        let picture = estimate
            .permuted_axes([1, 2, 0])
            .mapv(|value| 0.5 * (value + 1.0));
        debug_assert_eq!(picture.len_of(Axis(2)), 3);
        let told = Python::attach(|py| {
            let array = picture.to_pyarray(py);
            callback.bind(py).call1((array,)).map(drop)
        });
        if let Err(error) = told {
            self.raised = Some(error);
        }
    }
}
