//! Restores a picture file with the Rust library.
//!
//! `cargo run --release --example restore -- IN OUT [name=value ...]`, with any parameter of the table,
//! such as `task=denoise noise=25`. The result keeps the input's profile and EXIF.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use dcdp::Options;
use dcdp::image::{DEFAULT_JPEG_QUALITY, ImageFile, Output};
use dcdp::restore::{Context, Progress, output_size, restore};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output, assignments @ ..] = arguments.as_slice() else {
        return Err("usage: restore IN OUT [name=value ...]".into());
    };
    let output = Output::new(Path::new(output), None, DEFAULT_JPEG_QUALITY)?;

    let mut options = Options::new();
    for assignment in assignments {
        let (name, value) = assignment.split_once('=').unwrap_or((assignment, ""));
        options.set_string(name, value)?;
    }
    let source = ImageFile::read(Path::new(input))?;
    let (width, height) = source.size();
    let size = output_size(&options, width, height)?;
    let mut result = source.for_result(&output, size)?;

    // `None`: the runtime beside this program, or what the environment variable DCDP_ORT_DYLIB says.
    let context = Context::new(None)?;
    let mut show = |progress: &Progress| {
        print!(
            "\r{:3.0} % {:14}",
            100.0 * progress.fraction,
            progress.stage
        );
        std::io::stdout().flush().is_ok() // Go on.
    };
    let report = restore(
        &context,
        &options,
        &source.view()?,
        &mut result.view_mut()?,
        &mut show,
    )?;
    println!(
        "\n{} network calls, {:.1} s",
        report.network_calls, report.seconds.total
    );
    // Written aside and renamed: a failure leaves no half a file.
    result.stage(&output)?.publish()?;
    for note in source.notes().iter().chain(result.notes()) {
        eprintln!("{input}: {note}");
    }
    Ok(())
}
