//! `cargo xtask COMMAND`: everything the README asks a person to type.

mod paths;
mod runtime;
mod shell;

use std::process::ExitCode;

/// What every step returns; the message is printed as it stands.
type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  runtime    fetch the pinned ONNX Runtime and put it beside the built programs; prints its path";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["runtime"] => {
            println!("{}", runtime::install()?.display());
            Ok(())
        }
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(format!("unknown command `{}`\n{USAGE}", other.join(" "))),
    }
}
