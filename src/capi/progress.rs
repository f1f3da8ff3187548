//! Progress for C.

use std::ffi::{CString, c_char, c_void};

use super::abi::c_string;
use super::preview::Preview;
use crate::restore::{Observer, Progress};

/// Where a restoration stands. The library fills it; struct_size says how much of it this library knows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_progress {
    /// Bytes filled. Read no member beyond them.
    pub struct_size: u32,
    /// Share of the work done, 0...1, never falling.
    pub fraction: f64,
    /// Round, 1...rounds; 0 before the first.
    pub round: u32,
    /// Number of rounds.
    pub rounds: u32,
    /// Network call within the round, 1...steps; 0 during data fidelity.
    pub step: u32,
    /// Network calls in this round.
    pub steps: u32,
    /// Estimated seconds left; negative while unknown.
    pub seconds_left: f64,
    /// What is being done, in English: "load", "prepare", "data fidelity", "purify", "finish". Valid during
    /// the call only.
    pub stage: *const c_char,
}

/// Told where a restoration stands, often enough to cancel promptly (about every 40 ms); returning false
/// cancels.
///
/// Called on the thread that called dcdp_restore, with the `user` given there. It must not throw or jump out.
/// It may call the library, even start a restoration in another context; in its own it gets DCDP_BUSY.
pub type dcdp_progress_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, progress: *const dcdp_progress) -> bool>;

/// The callbacks of one dcdp_restore.
pub(super) struct Callbacks {
    pub progress: dcdp_progress_fn,
    pub user: *mut c_void,
    pub preview: Option<Preview>,
    /// The latest stage, kept because it seldom changes.
    pub stage: CString,
}

impl Observer for Callbacks {
    fn progress(&mut self, progress: &Progress) -> bool {
        let Some(callback) = self.progress else {
            return true;
        };
        if self.stage.as_bytes() != progress.stage.as_bytes() {
            self.stage = c_string(progress.stage);
        }
        let count = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let progress = dcdp_progress {
            struct_size: size_of::<dcdp_progress>() as u32,
            fraction: progress.fraction,
            round: count(progress.round),
            rounds: count(progress.rounds),
            step: count(progress.step),
            steps: count(progress.steps),
            seconds_left: progress.seconds_left,
            stage: self.stage.as_ptr(),
        };
        // SAFETY: the caller of dcdp_restore vouches for the callback; this is its thread.
        unsafe { callback(self.user, &progress) }
    }

    fn wants_preview(&self) -> bool {
        self.preview.is_some()
    }

    fn preview(&mut self, estimate: ndarray::ArrayView3<'_, f32>) {
        if let Some(preview) = &self.preview {
            preview.show(estimate);
        }
    }
}
