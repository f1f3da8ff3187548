//! What a person or a script reads.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use env_logger::{Builder, Env};
use serde::Serialize;

use dcdp::{Error, Result};

/// Sends log messages to standard error: warnings and errors (`quiet`: errors), or what `RUST_LOG` asks
/// for.
pub fn start_log(quiet: bool) {
    let level = if quiet { "error" } else { "warn" };
    Builder::from_env(Env::default().default_filter_or(level))
        .format_timestamp(None)
        .format_target(false)
        .init();
}

/// Prints a result and a line feed to standard output.
///
/// # Errors
/// `Io` when it cannot be written. A reader that has seen enough is no error.
pub fn print(text: impl Display) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(Error::Io {
            path: Path::new("standard output").to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Prints what went wrong to standard error, on one line.
pub fn complain(problem: impl Display) {
    let text = problem.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    explain(format_args!("dcdp: {}", words.join(" ")));
}

/// Prints `text` to standard error. Where nobody can be told, the exit code still tells.
pub fn explain(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A value as indented JSON; numbers that are not finite become `null`.
///
/// # Errors
/// `Internal`, which the types of this program do not cause.
pub fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|error| Error::Internal(error.to_string()))
}
