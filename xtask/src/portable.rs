//! The toolchain of what is shipped: on Linux, Zig links against an older glibc than this machine's, so
//! that the files load on older systems too.

use std::env::consts::{ARCH, OS};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Result, paths, python, shell};

/// The oldest glibc that what is shipped loads with: that of RHEL 8, and so of the VFX Reference Platform.
pub const GLIBC: &str = "2.28";

/// The same for the GIMP plug-in: that of RHEL 9. Older systems have no GIMP 3.
pub const GLIBC_FOR_GIMP: &str = "2.34";

/// What cargo is told to build: the libraries, the program and the OpenFX node.
pub const SELECTION: [&str; 6] = [
    "--package",
    "dcdp",
    "--package",
    "dcdp-cli",
    "--package",
    "dcdp-openfx",
];

/// What compiles and links.
pub enum Toolchain {
    /// cargo-zigbuild and Zig, as Python packages.
    Zig(Zig),
    /// This machine's own: what it makes needs this machine's glibc or a newer one.
    Native,
}

/// The environment of Python that holds both.
pub struct Zig {
    /// Holds cargo-zigbuild, and the Python that finds Zig.
    programs: PathBuf,
    /// The compiler; its headers and libraries stand beside it.
    compiler: PathBuf,
}

/// Whether what is built is to be shipped.
static TO_BE_SHIPPED: AtomicBool = AtomicBool::new(false);

/// From now on parts are built for the oldest systems and gathered in `target/dist`. Without, they are for this
/// machine alone, in `target/dist-here`: the portable builds compile everything once more, for minutes.
pub fn build_to_be_shipped() {
    TO_BE_SHIPPED.store(true, Ordering::Relaxed);
}

/// Where the parts are gathered.
pub fn dist() -> PathBuf {
    paths::target().join(match TO_BE_SHIPPED.load(Ordering::Relaxed) {
        true => "dist",
        false => "dist-here",
    })
}

/// This machine's own toolchain, or that of what is shipped, made on first use. Where Zig cannot be had, says why,
/// and takes this machine's.
pub fn toolchain() -> &'static Toolchain {
    if !TO_BE_SHIPPED.load(Ordering::Relaxed) {
        return &Toolchain::Native;
    }
    static CHOSEN: OnceLock<Toolchain> = OnceLock::new();
    CHOSEN.get_or_init(|| match zig() {
        Ok(zig) => Toolchain::Zig(zig),
        Err(reason) => {
            eprintln!(
                "what is built here needs the C library of this machine or a newer one, because Zig \
                 is not to be had: {reason}"
            );
            Toolchain::Native
        }
    })
}

impl Toolchain {
    /// Builds [`SELECTION`], optimised; the folder where it lands. All at once: for another choice of packages cargo would compile the engine anew.
    ///
    /// # Errors
    /// When the build fails.
    pub fn build(&self) -> Result<PathBuf> {
        match self {
            Self::Native => {
                shell::build(&SELECTION)?;
            }
            Self::Zig(zig) => {
                shell::run(
                    Command::new(zig.programs.join("cargo-zigbuild"))
                        .args(["zigbuild", "--release"])
                        .arg(format!("--target={}.{GLIBC}", triple()))
                        .arg("--target-dir")
                        .arg(builds("portable"))
                        .args(SELECTION)
                        .env("PATH", with_first(&zig.programs)?)
                        .current_dir(paths::root()),
                )?;
            }
        }
        Ok(self.folder_of_builds())
    }

    /// Where [`Toolchain::build`] leaves what it built.
    pub fn folder_of_builds(&self) -> PathBuf {
        match self {
            Self::Native => paths::release(),
            Self::Zig(_) => builds("portable").join(triple()).join("release"),
        }
    }

    /// Makes `maturin build` link as [`Toolchain::build`] does, and name the wheel for those systems.
    ///
    /// # Errors
    /// When the search path cannot be written.
    pub fn tell_maturin(&self, maturin: &mut Command) -> Result<()> {
        if let Self::Zig(zig) = self {
            maturin
                .args(["--zig", "--target", &triple(), "--compatibility"])
                .arg(format!("manylinux_{}", GLIBC.replace('.', "_")))
                .arg("--target-dir")
                .arg(builds("portable-python"))
                .env("PATH", with_first(&zig.programs)?);
        }
        Ok(())
    }

    /// What to tell make about the compiler and linker, for a program that needs no newer glibc than `glibc`
    /// but libraries that may.
    pub fn for_make(&self, glibc: &str) -> Vec<OsString> {
        let Self::Zig(zig) = self else {
            return Vec::new();
        };
        let mut compiler = OsString::from("CC=");
        compiler.push(&zig.compiler);
        compiler.push(format!(" cc -target {ARCH}-linux-gnu.{glibc} -fPIE -pie"));
        // Zig looks for libraries only where it is told.
        let libraries = "$(shell pkg-config --variable=libdir gimp-3.0)";
        let linker = format!("LDFLAGS=-L{libraries} -Wl,--allow-shlib-undefined");
        vec![compiler, linker.into()]
    }

    /// The folder that a chroot must show for [`Toolchain::for_make`].
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Zig(zig) => zig.compiler.parent(),
            Self::Native => None,
        }
    }
}

/// A folder for the builds of one linker. Cargo would build anew what another linker has left in a folder, the
/// programs that run during a build too.
fn builds(name: &str) -> PathBuf {
    paths::target().join(name)
}

fn triple() -> String {
    format!("{ARCH}-unknown-linux-gnu")
}

fn zig() -> Result<Zig> {
    if OS != "linux" || !matches!(ARCH, "x86_64" | "aarch64") || !cfg!(target_env = "gnu") {
        return Err(format!(
            "only Linux with glibc needs it, not {OS} on {ARCH}"
        ));
    }
    let mut python = python::for_portable_builds()?;
    let programs = Path::new(python.get_program())
        .parent()
        .expect("a program stands in a folder")
        .to_owned();
    let code = "import os, ziglang; print(os.path.dirname(os.path.abspath(ziglang.__file__)))";
    let package = shell::read(python.args(["-c", code]))?;
    Ok(Zig {
        programs,
        compiler: Path::new(package.trim()).join("zig"),
    })
}

/// The search path with `folder` before the others.
fn with_first(folder: &Path) -> Result<OsString> {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&others));
    std::env::join_paths(folders).map_err(|error| format!("{}: {error}", folder.display()))
}
