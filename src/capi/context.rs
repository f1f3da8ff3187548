//! The context handle.

use std::ffi::c_char;
use std::sync::Arc;

use super::abi::{Out, path, take_back};
use super::{guard, log};
use crate::restore::Context;

/// Where restorations run, one at a time. Cheap: models and ONNX Runtime are shared by the whole process, so a
/// program that restores on several threads makes a context for each.
///
/// Any thread may use a context; a second restoration in it gets DCDP_BUSY.
pub struct dcdp_context {
    /// Shared with the restoration that runs, which thus survives dcdp_context_destroy.
    pub(super) context: Arc<Context>,
}

/// Creates a context. Free it with dcdp_context_destroy.
///
/// `runtime_library` is the ONNX Runtime shared library (1.22 or newer), or the folder it stands in: UTF-8, on
/// Unix the file system's own bytes. NULL searches: the environment variable DCDP_ORT_DYLIB, beside libdcdp,
/// then the system. The first context loads it; the process keeps it to its end.
///
/// Any thread. On failure `out` stays as it was: DCDP_ERROR_RUNTIME (not found, not loadable, too old, or
/// another one is in use already), DCDP_ERROR_ARGUMENT (`out` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_context_create(
    runtime_library: *const c_char,
    out: *mut *mut dcdp_context,
) -> i32 {
    guard(|| {
        log::outside()?;
        // SAFETY: both are as the contract in the header says.
        let (out, library) = unsafe {
            (
                Out::new(out, "out")?,
                path(runtime_library, "runtime_library")?,
            )
        };
        let context = Arc::new(Context::new(library.as_deref())?);
        out.give(dcdp_context { context });
        Ok(())
    })
}

/// Cancels what runs in the context and frees it. NULL is a no-op. The restoration that runs returns
/// DCDP_CANCELLED in its thread; start no other call with this context at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_context_destroy(context: *mut dcdp_context) {
    guard(|| {
        // SAFETY: `context` is as the contract in the header says.
        if let Some(handle) = unsafe { take_back(context) } {
            handle.context.cancel();
        }
        Ok(())
    });
}

/// Cancels the restoration that runs in this context; it returns DCDP_CANCELLED soon, even from inside a
/// network call. Does nothing when none runs: a restoration started later is not cancelled. NULL is a no-op.
///
/// Any thread, also inside callbacks; not inside a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_cancel(context: *mut dcdp_context) {
    guard(|| {
        // SAFETY: `context` is as the contract in the header says.
        if let Some(handle) = unsafe { context.as_ref() } {
            handle.context.cancel();
        }
        Ok(())
    });
}
