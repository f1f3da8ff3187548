//! `dcdp devices`.

use super::output::print;
use dcdp::{Result, runtime};

/// Lists where networks can run, and why not elsewhere.
///
/// # Errors
/// `Runtime` when ONNX Runtime cannot be loaded.
pub fn run() -> Result<()> {
    // Trying them out loads the library that has most of them.
    let devices = runtime::devices()?;
    let library = runtime::load(None)?;
    print(format_args!(
        "ONNX Runtime {}  {}",
        library.version,
        library.path.display()
    ))?;
    for status in devices {
        let state = match &status.unusable {
            None => "usable".to_owned(),
            Some(reason) => format!("not usable: {}", reason.replace('\n', " ")),
        };
        print(format_args!("{:<14}{state}", status.device.name()))?;
    }
    Ok(())
}
