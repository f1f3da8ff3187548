//! Carries progress from the thread that works to the thread that called, and its answer back.
//!
//! The caller's observer runs on the caller's own thread (hosts insist), also while a network call is
//! in flight, so that cancelling does not wait for the call to end.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use ndarray::{Array3, ArrayView3};

use super::progress::{Monitor, Observer, Progress};
use crate::runtime::Cancel;
use crate::{Error, Result};

/// How often the observer is asked again while nothing happens.
const POLL: Duration = Duration::from_millis(40);

enum Event {
    Progress(Progress),
    /// The round ended: does the observer want to see the estimate?
    RoundEnd(SyncSender<bool>),
    Preview(Array3<f32>),
}

/// The working thread's end.
pub struct Reporter {
    events: SyncSender<Event>,
    cancel: Cancel,
    started: Instant,
    now: Progress,
    done: f64,
    total: f64,
}

/// Runs `work` on another thread, while `observer` is served on this one.
///
/// # Errors
/// Those of `work`; `Cancelled` whenever the observer or the flag said so; `Internal` if it panicked.
pub fn observe<T: Send>(
    observer: &mut dyn Observer,
    cancel: &Cancel,
    work: impl FnOnce(Reporter) -> Result<T> + Send,
) -> Result<T> {
    let (sender, receiver) = sync_channel(0);
    let reporter = Reporter::new(sender, cancel.clone());
    let result = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .name("dcdp".into())
            .spawn_scoped(scope, || work(reporter))
            .map_err(|source| Error::Internal(format!("no thread could be started: {source}")))?;
        serve(&receiver, observer, cancel);
        match worker.join() {
            Ok(result) => result,
            Err(panic) => Err(Error::Internal(panic_text(&*panic))),
        }
    });
    match result {
        Err(_) if cancel.is_cancelled() => Err(Error::Cancelled),
        result => result,
    }
}

fn serve(receiver: &Receiver<Event>, observer: &mut dyn Observer, cancel: &Cancel) {
    let mut last: Option<Progress> = None;
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(Event::Progress(progress)) => {
                if !cancel.is_cancelled() && !observer.progress(&progress) {
                    cancel.cancel();
                }
                last = Some(progress);
            }
            Ok(Event::RoundEnd(answer)) => {
                // The worker waits for this answer; it cannot have hung up.
                let _ = answer.send(!cancel.is_cancelled() && observer.wants_preview());
            }
            Ok(Event::Preview(estimate)) => observer.preview(estimate.view()),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(progress) = &last
                    && !cancel.is_cancelled()
                    && !observer.progress(progress)
                {
                    cancel.cancel();
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

impl Reporter {
    fn new(events: SyncSender<Event>, cancel: Cancel) -> Self {
        Reporter {
            events,
            cancel,
            started: Instant::now(),
            now: Progress {
                fraction: 0.0,
                round: 0,
                rounds: 0,
                step: 0,
                steps: 0,
                seconds_left: -1.0,
                stage: "load",
            },
            done: 0.0,
            total: 0.0,
        }
    }

    /// The flag that stops the run.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Enters a stage outside the rounds.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn stage(&mut self, stage: &'static str) -> Result<()> {
        self.now.stage = stage;
        self.send()
    }

    fn send(&mut self) -> Result<()> {
        self.cancel.check()?;
        // The receiver lives until this thread ends.
        let _ = self.events.send(Event::Progress(self.now.clone()));
        self.cancel.check()
    }
}

impl Monitor for Reporter {
    fn begin(&mut self, rounds: usize, total: f64) {
        self.now.rounds = rounds;
        // What was done before, cleaning the measurement, stays done.
        if self.done == 0.0 {
            self.started = Instant::now();
        }
        self.total = self.done + total;
    }

    fn enter(
        &mut self,
        stage: &'static str,
        round: usize,
        step: usize,
        steps: usize,
    ) -> Result<()> {
        self.now.stage = stage;
        self.now.round = round;
        self.now.step = step;
        self.now.steps = steps;
        self.send()
    }

    fn advance(&mut self, units: f64) -> Result<()> {
        self.done += units;
        let fraction = (self.done / self.total.max(self.done)).clamp(0.0, 1.0);
        self.now.fraction = self.now.fraction.max(fraction);
        let elapsed = self.started.elapsed().as_secs_f64();
        if fraction > 0.01 {
            self.now.seconds_left = elapsed * (1.0 - fraction) / fraction;
        }
        self.send()
    }

    fn round_end(&mut self, estimate: ArrayView3<'_, f32>) -> Result<()> {
        let (answer, wanted) = sync_channel(1);
        let sent = self.events.send(Event::RoundEnd(answer));
        if sent.is_ok() && wanted.recv() == Ok(true) {
            // A hung-up caller shows up in the check below.
            let _ = self.events.send(Event::Preview(estimate.to_owned()));
        }
        self.cancel.check()
    }
}
