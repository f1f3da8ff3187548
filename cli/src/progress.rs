//! The progress bar.

use std::io::{IsTerminal, stderr};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::interrupt::Interrupt;
use super::make::Position;
use dcdp::restore::{Observer, Progress};

/// Positions of a full bar.
const LENGTH: u64 = 1000;

/// Shows a restoration's progress on standard error when that is a terminal (elsewhere the log tells the
/// rounds), and cancels the restoration on interrupt. The bar goes away when this is dropped.
pub struct Bar<'a> {
    bar: ProgressBar,
    interrupt: &'a Interrupt,
    position: Position,
    round: usize,
}

impl<'a> Bar<'a> {
    /// A bar for the pictures of the file at `path`.
    pub fn new(path: &Path, quiet: bool, interrupt: &'a Interrupt) -> Self {
        let bar = match quiet || !stderr().is_terminal() {
            true => ProgressBar::hidden(),
            false => ProgressBar::new(LENGTH),
        };
        if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} %  {msg}")
        {
            bar.set_style(style);
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        bar.set_prefix(name.to_string_lossy().into_owned());
        Bar {
            bar,
            interrupt,
            position: Position { index: 0, count: 1 },
            round: 0,
        }
    }

    /// Goes on to the picture at `position`; the bar is one for all.
    pub fn turn_to(&mut self, position: Position) {
        self.position = position;
        self.round = 0;
    }
}

impl Observer for Bar<'_> {
    fn progress(&mut self, progress: &Progress) -> bool {
        let Position { index, count } = self.position;
        let fraction = (index as f64 + progress.fraction) / count as f64;
        self.bar.set_position((fraction * LENGTH as f64) as u64);
        let message = describe(progress);
        self.bar.set_message(match count {
            1 => message,
            _ => format!("picture {} of {count}, {message}", index + 1),
        });
        if progress.round != self.round && progress.round > 0 {
            self.round = progress.round;
            log::debug!("round {} of {}", progress.round, progress.rounds);
        }
        !self.interrupt.is_raised()
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn describe(progress: &Progress) -> String {
    let Progress {
        round,
        rounds,
        seconds_left,
        stage,
        ..
    } = *progress;
    match (round, seconds_left) {
        (0, _) => stage.to_owned(),
        (_, left) if left < 0.0 => format!("round {round} of {rounds}"),
        (_, left) => format!("round {round} of {rounds}, {} left", duration(left)),
    }
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}
