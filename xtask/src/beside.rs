//! Checks that run while another waits.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{Result, paths, shell};

/// A program at the lowest priority, so that what it runs beside keeps its times.
pub struct Beside {
    child: Child,
    name: &'static str,
    output: PathBuf,
}

impl Beside {
    /// Starts `command`; its output waits in a file.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let folder = paths::target().join("beside");
        shell::make_folder(&folder)?;
        let output = folder.join(name).with_extension("log");
        let failed = |error| format!("{}: {error}", output.display());
        let file = File::create(&output).map_err(failed)?;
        let errors = file.try_clone().map_err(failed)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        // Where there is no `renice` it runs as it is.
        let id = child.id().to_string();
        let _ = Command::new("renice")
            .args(["-n", "19", "-p", &id])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        Ok(Beside {
            child,
            name,
            output,
        })
    }

    /// Waits for the end, and shows what was said.
    ///
    /// # Errors
    /// When the program failed.
    pub fn finish(mut self) -> Result<()> {
        let status = self.child.wait();
        let said = std::fs::read(&self.output).unwrap_or_default();
        eprintln!("{}", String::from_utf8_lossy(&said));
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{} ended with {status}", self.name)),
            Err(error) => Err(format!("{}: {error}", self.name)),
        }
    }
}
