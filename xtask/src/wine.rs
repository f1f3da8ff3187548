//! What was built for Windows, as it is packed, in Wine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive::{self, Archive};
use crate::chroot::{self, Availability, Chroot, System};
use crate::platform::Platform;
use crate::windows::{self, Compilers};
use crate::{Result, c_test, demo, openfx, paths, runtime, shell};

/// A Debian with Wine. Its newest releases come without.
const WINE: System = System {
    name: "wine",
    release: "trixie",
    packages: &["wine", "wine64"],
};

/// What a message says of a device that the runtime has not.
const MISSING_DEVICE: &str = "device directml: ";

/// Builds everything for Windows, unpacks the archives, and restores the sample photo with the command line and
/// a crop of it with the C example, on the processor; loads the OpenFX node; asks for DirectML, which Wine has not.
///
/// # Errors
/// When a step fails, or a picture is no closer to the original. Where no chroot can be made, says so and succeeds.
pub fn test() -> Result<()> {
    let (compilers, wine) = match (windows::compilers()?, chroot::ensure_system(&WINE)?) {
        (Ok(compilers), Availability::Ready(wine)) => (compilers, wine),
        (Err(reason), _) | (_, Availability::Impossible(reason)) => {
            println!("skipped: Windows, because {reason}");
            return Ok(());
        }
    };
    compilers.dist()?;
    let work = paths::target().join("host-tests/windows");
    shell::remove_folder(&work)?;
    shell::make_folder(&work)?;
    let prefix = unpack(&archive::PROGRAM, &work)?;
    let bundle = unpack(&archive::OPENFX, &work)?;
    let tests = Tests {
        compilers,
        wine,
        work,
        prefix,
        bundle,
    };
    tests.command_line()?;
    tests.missing_device()?;
    tests.c_example()?;
    tests.node()?;
    // Its DLL loads in Wine, which lacks what it then asks for.
    runtime::install_provider("directml", Some(&tests.prefix))?;
    tests.missing_device()
}

/// Unpacks an archive into `folder`; what it holds.
fn unpack(archive: &Archive, folder: &Path) -> Result<PathBuf> {
    shell::run(
        shell::python()
            .args(["-m", "zipfile", "-e"])
            .arg(archive.path(Platform::WINDOWS))
            .arg(folder),
    )?;
    let stem = archive.stem(Platform::WINDOWS);
    Ok(folder.join(archive.inside.unwrap_or(&stem)))
}

struct Tests {
    compilers: Compilers,
    wine: Chroot,
    /// Where the archives were unpacked.
    work: PathBuf,
    prefix: PathBuf,
    bundle: PathBuf,
}

impl Tests {
    /// A command that runs a program for Windows. It sees the checkout and the target folder.
    fn program(&self, path: &Path) -> Command {
        let mut command = self
            .wine
            .command(&[paths::root(), &paths::target()], "wine");
        command.arg(path).env("WINEDEBUG", "-all");
        command
    }

    fn dcdp(&self) -> Command {
        self.program(&self.prefix.join("bin/dcdp.exe"))
    }

    /// A command that restores the sample photo on a device.
    fn restore(&self, output: &str, device: &str) -> Command {
        let mut command = self.dcdp();
        command
            .arg("restore")
            .arg(paths::root().join("examples/photo/houses-noisy.png"))
            .arg("-o")
            .arg(self.work.join(output))
            .args(["--task", "denoise", "--noise", "25", "--device", device]);
        command
    }

    fn command_line(&self) -> Result<()> {
        let name = "restored.png";
        shell::run(&mut self.restore(name, "cpu"))?;
        demo::check(|| self.dcdp(), &self.work.join(name))
    }

    /// A device that is not there ends the run with one line.
    fn missing_device(&self) -> Result<()> {
        let output = self
            .restore("never.png", "directml")
            .output()
            .map_err(|error| format!("wine: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        // Wine and ONNX Runtime have something to say, too.
        let own: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("dcdp: "))
            .collect();
        match own[..] {
            [line] if line.contains(MISSING_DEVICE) && output.status.code() == Some(1) => Ok(()),
            _ => Err(format!(
                "without DirectML, dcdp ended with {}: {said}",
                output.status
            )),
        }
    }

    fn c_example(&self) -> Result<()> {
        let source = "c/restore.c";
        let program = self.prefix.join("bin/restore.exe");
        self.compilers.compile(
            &paths::root().join("examples").join(source),
            &program,
            &[
                format!("-I{}", self.prefix.join("include").display()),
                format!("-L{}", self.prefix.join("lib").display()),
                "-ldcdp".to_owned(),
            ],
        )?;
        c_test::restore(self.program(&program), source, &self.work)
    }

    /// A host's first steps: it loads the node's binary and asks which effects are inside.
    fn node(&self) -> Result<()> {
        let program = self.work.join("node.exe");
        let source = paths::root().join("tests/hosts/openfx/windows.c");
        self.compilers.compile(&source, &program, &[])?;
        let folder = openfx::folder_of_binary(Platform::WINDOWS);
        let binary = self.bundle.join("Contents").join(folder).join("dcdp.ofx");
        shell::run(self.program(&program).arg(binary))
    }
}
