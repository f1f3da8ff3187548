//! The command line program; [`dcdp::cli`] is all of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    dcdp::cli::run(std::env::args_os())
}
