//! A running restoration as the host sees it: progress out, abort in.

use std::ffi::c_void;

use dcdp::Progress;
use dcdp::restore::Observer;
use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::OfxImageEffectHandle;

use crate::call::call;
use crate::host::{ProgressSuite, Suites};

/// Shows the host the progress of one render and asks it whether to go on. The host's progress display
/// is taken down when this is dropped.
pub struct Watch<'a> {
    suites: &'a Suites,
    effect: OfxImageEffectHandle,
    /// The display, once the host has put it up.
    display: Option<ProgressSuite>,
}

impl<'a> Watch<'a> {
    /// Puts the host's progress display up, where it has one.
    pub fn start(suites: &'a Suites, effect: OfxImageEffectHandle) -> Self {
        let handle = effect.cast::<c_void>();
        let label = c"DCDP Restore".as_ptr();
        let display = suites.progress.filter(|display| {
            let status = match display {
                ProgressSuite::V2(suite) => {
                    call!(suite, progressStart, handle, label, IDENTIFIER.as_ptr())
                }
                ProgressSuite::V1(suite) => call!(suite, progressStart, handle, label),
            };
            status == kOfxStatOK
        });
        Watch {
            suites,
            effect,
            display,
        }
    }

    /// Whether the host wants the render stopped.
    pub fn is_aborted(&self) -> bool {
        // A host without the function answers a status here, which is no wish to stop.
        self.suites.effect.abort.is_some() && call!(self.suites.effect, abort, self.effect) != 0
    }
}

/// Identifies the message among a host's translations.
const IDENTIFIER: &std::ffi::CStr = c"org.dcdp.Restore.render";

impl Observer for Watch<'_> {
    fn progress(&mut self, progress: &Progress) -> bool {
        let handle = self.effect.cast::<c_void>();
        let status = match self.display {
            Some(ProgressSuite::V2(suite)) => {
                call!(suite, progressUpdate, handle, progress.fraction)
            }
            Some(ProgressSuite::V1(suite)) => {
                call!(suite, progressUpdate, handle, progress.fraction)
            }
            None => kOfxStatOK,
        };
        status != kOfxStatReplyNo && !self.is_aborted()
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let handle = self.effect.cast::<c_void>();
        // It is over whatever the host answers.
        let _ = match self.display {
            Some(ProgressSuite::V2(suite)) => call!(suite, progressEnd, handle),
            Some(ProgressSuite::V1(suite)) => call!(suite, progressEnd, handle),
            None => kOfxStatOK,
        };
    }
}
