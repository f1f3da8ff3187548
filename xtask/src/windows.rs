//! `cargo xtask windows`: the command line, the C library and the OpenFX node for Windows, made on Linux.
//!
//! Debian's Rust comes without a standard library for Windows but with the sources of one, which cargo compiles
//! along (`-Z build-std`). MinGW-w64 links.

use std::path::{Path, PathBuf};

use crate::archive::{self, FOR_WINDOWS};
use crate::chroot::{self, Availability, Chroot, System};
use crate::platform::Platform;
use crate::{Result, c, openfx, paths, portable, shell};

/// What compiles and links.
const COMPILERS: System = System {
    name: "windows",
    release: "forky",
    packages: &["rustc", "cargo", "rust-src", "gcc-mingw-w64-x86-64-win32"],
};

/// The C compiler among them.
const C_COMPILER: &str = "x86_64-w64-mingw32-gcc";

const TRIPLE: &str = "x86_64-pc-windows-gnu";

/// The sources of the standard library.
const LIBRARY: &str = "usr/lib/rustlib/src/rust/library/Cargo.toml";

/// Lets a released cargo read the standard library's manifest, and build that library.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// The terms of what MinGW-w64 links into every file.
const TERMS: &str = "usr/share/doc/mingw-w64-x86-64-dev/copyright";

/// What builds for Windows.
pub struct Compilers(Chroot);

/// The compilers, installed on first use; where they cannot be had, why.
///
/// # Errors
/// When installing them was possible but failed.
pub fn compilers() -> Result<std::result::Result<Compilers, String>> {
    Ok(match chroot::ensure_system(&COMPILERS)? {
        Availability::Ready(chroot) => Ok(Compilers(chroot)),
        Availability::Impossible(reason) => Err(reason),
    })
}

/// Builds and packs everything for Windows; prints the archives' paths.
///
/// # Errors
/// When the compilers cannot be had here, or a step fails.
pub fn dist() -> Result<()> {
    compilers()??.dist()
}

impl Compilers {
    /// Fills `target/dist/windows` and packs it.
    ///
    /// # Errors
    /// When a step fails.
    pub fn dist(&self) -> Result<()> {
        portable::build_to_be_shipped();
        let release = self.build()?;
        let prefix = c::gather(Platform::WINDOWS, &release)?;
        let bundle = openfx::gather(Platform::WINDOWS, &release)?;
        for licenses in [
            prefix.join("share/licenses/dcdp"),
            bundle.join("Contents/Resources/licenses"),
        ] {
            shell::copy_file(&self.0.path(TERMS), &licenses.join("mingw-w64-copyright"))?;
        }
        for archive in &FOR_WINDOWS {
            println!("{}", archive.pack(Platform::WINDOWS)?.display());
        }
        println!("{}", archive::write_sums()?.display());
        Ok(())
    }

    /// Builds all that is shipped; the folder where it lands.
    fn build(&self) -> Result<PathBuf> {
        let folder = paths::target().join("windows");
        shell::make_folder(&folder)?;
        // The chroot's cargo fetches nothing: it need not know this machine's certificates and proxies.
        for manifest in [paths::root().join("Cargo.toml"), self.0.path(LIBRARY)] {
            shell::run(
                shell::cargo()
                    .args(["fetch", "--locked", "--manifest-path"])
                    .arg(manifest)
                    .env(UNSTABLE.0, UNSTABLE.1),
            )?;
        }
        let home = cargo_home()?;
        let mut cargo = self.0.command(&[paths::root(), &folder, &home], "cargo");
        cargo
            .args(["build", "--release", "--locked", "--offline"])
            .args(["--target", TRIPLE, "-Zbuild-std=std,panic_unwind"])
            .arg("--manifest-path")
            .arg(paths::root().join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&folder)
            .args(portable::SELECTION)
            .env("CARGO_HOME", home)
            .env(UNSTABLE.0, UNSTABLE.1);
        shell::run(&mut cargo)?;
        Ok(folder.join(TRIPLE).join("release"))
    }

    /// Compiles a C program of the checkout.
    ///
    /// # Errors
    /// When it does not compile without a warning.
    pub fn compile(&self, source: &Path, program: &Path, flags: &[String]) -> Result<()> {
        shell::run(
            self.0
                .command(&[paths::root(), &paths::target()], C_COMPILER)
                .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
                .arg(source)
                .args(flags)
                .arg("-o")
                .arg(program),
        )
    }
}

/// Where cargo keeps what it has fetched.
fn cargo_home() -> Result<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
        .ok_or_else(|| "no folder of cargo: neither CARGO_HOME nor HOME is set".to_owned())
}
