//! A flag any thread may raise to stop a run.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::{Error, Result};

/// A cancel flag shared between the thread that runs and any thread that may stop it.
///
/// Clones share the flag. Raising it also terminates a network call in flight.
#[derive(Clone, Default)]
pub struct Cancel {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    raised: AtomicBool,
    interrupts: Mutex<Vec<Interrupt>>,
}

type Interrupt = Arc<dyn Fn() + Send + Sync>;

impl Cancel {
    /// A flag that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag; it stays raised. Not for signal handlers: it takes a lock.
    pub fn cancel(&self) {
        self.shared.raised.store(true, Ordering::SeqCst);
        for interrupt in &*self.shared.interrupts.lock() {
            interrupt();
        }
    }

    /// Whether the flag is raised.
    pub fn is_cancelled(&self) -> bool {
        self.shared.raised.load(Ordering::SeqCst)
    }

    /// `Err(Cancelled)` once the flag is raised.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Calls `interrupt` when the flag is raised, or at once if it is, until the guard is dropped.
    /// `interrupt` must not touch this flag.
    pub(super) fn on_cancel(&self, interrupt: impl Fn() + Send + Sync + 'static) -> OnCancel<'_> {
        let interrupt: Interrupt = Arc::new(interrupt);
        let mut interrupts = self.shared.interrupts.lock();
        interrupts.push(Arc::clone(&interrupt));
        // Under the lock: a flag raised before it is seen here, a later one finds the entry.
        if self.is_cancelled() {
            interrupt();
        }
        OnCancel {
            cancel: self,
            interrupt,
        }
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}

/// Withdraws an interrupt when dropped.
pub(super) struct OnCancel<'a> {
    cancel: &'a Cancel,
    interrupt: Interrupt,
}

impl Drop for OnCancel<'_> {
    fn drop(&mut self) {
        let mut interrupts = self.cancel.shared.interrupts.lock();
        interrupts.retain(|other| !Arc::ptr_eq(other, &self.interrupt));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn interrupts_run_only_while_their_guard_lives() {
        let count = Arc::new(AtomicUsize::new(0));
        let counting = || {
            let count = Arc::clone(&count);
            move || {
                count.fetch_add(1, Ordering::SeqCst);
            }
        };
        let cancel = Cancel::new();
        drop(cancel.on_cancel(counting()));
        let _kept = cancel.on_cancel(counting());
        cancel.clone().cancel();
        assert_eq!(count.load(Ordering::SeqCst), 1);
        let _late = cancel.on_cancel(counting());
        assert_eq!(count.load(Ordering::SeqCst), 2);
        assert!(matches!(cancel.check(), Err(Error::Cancelled)));
    }
}
