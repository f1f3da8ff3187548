//! The command line: `restore`, `degrade`, `compare`, `estimate`, `models`, `devices`.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0; 2 when the
//! arguments alone are wrong; 1 when a file, model or device fails; 130 when cancelled.

mod arguments;
mod batch;
mod compare;
mod degrade;
mod devices;
mod estimate;
mod folder;
mod interrupt;
mod make;
mod measured;
mod models;
mod neighbours;
mod options;
mod output;
mod picture;
mod progress;
mod regions;
mod repeated;
mod restore;
mod sequence;

use std::process::ExitCode;

use clap::error::ErrorKind;

use dcdp::Error;

fn main() -> ExitCode {
    // Windows leaves names such as *.jpg to the program.
    let matches = match arguments::program().try_get_matches_from(wild::args_os()) {
        Ok(matches) => matches,
        Err(error) => return answer(&error),
    };
    let Some((name, matches)) = matches.subcommand() else {
        return ExitCode::from(2); // The parser requires a command.
    };
    output::start_log(matches!(matches.try_get_one("quiet"), Ok(Some(true))));
    let result = match name {
        "restore" => restore::run(matches),
        "degrade" => degrade::run(matches),
        "compare" => compare::run(matches),
        "estimate" => estimate::run(matches),
        "models" => models::run(matches),
        "devices" => devices::run(),
        other => Err(Error::InvalidArgument(format!("unknown command `{other}`"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::from(exit_code(&error))
        }
    }
}

fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Cancelled => 130,
        error if error.is_usage() => 2,
        _ => 1,
    }
}

/// What the parser has to say: help and version as they are, an error as one sentence.
fn answer(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let printed = output::print(text.trim_end());
            ExitCode::from(printed.map_or(1, |()| 0))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::explain(text.trim_end());
            ExitCode::from(2)
        }
        _ => {
            // Paragraphs: the problem, perhaps a tip, then usage and where to find help.
            let said: Vec<&str> = text
                .trim_start_matches("error:")
                .split("\n\n")
                .map(str::trim)
                .take_while(|part| !part.starts_with("Usage:") && !part.starts_with("For more"))
                .collect();
            output::complain(format!("{}; see dcdp --help", said.join("; ")));
            ExitCode::from(2)
        }
    }
}
