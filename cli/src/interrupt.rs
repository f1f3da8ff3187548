//! Ctrl-C and the system's requests to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dcdp::{Error, Result};

/// Raised by Ctrl-C, and by `SIGTERM` and `SIGHUP`.
#[derive(Clone)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes over the signals, for the rest of the process.
    ///
    /// # Errors
    /// `Internal` when the system refuses.
    pub fn watch() -> Result<Self> {
        let raised = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&raised);
        ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst))
            .map_err(|error| Error::Internal(format!("no signal handler: {error}")))?;
        Ok(Interrupt(raised))
    }

    /// Whether it is raised.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// # Errors
    /// `Cancelled` once it is raised.
    pub fn check(&self) -> Result<()> {
        match self.is_raised() {
            true => Err(Error::Cancelled),
            false => Ok(()),
        }
    }
}
