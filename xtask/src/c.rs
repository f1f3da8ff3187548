//! The C and C++ library as an installation prefix.

use std::fs;
use std::path::{Path, PathBuf};

use crate::platform::Platform;
use crate::{Result, debug, model, notices, paths, portable, runtime, shell};

/// Builds `target/dist/c`: `include`, `lib` (with pkg-config and CMake files), `bin` and `share`, with
/// the runtime and the bundled models inside. It can be moved anywhere; its path.
///
/// # Errors
/// When a step fails.
pub fn dist() -> Result<PathBuf> {
    let release = portable::toolchain().build()?;
    gather(Platform::HERE, &release)
}

/// Lays out the prefix with what was built for a platform in the folder `release`; its path.
///
/// # Errors
/// When a file cannot be copied or fetched.
pub fn gather(platform: Platform, release: &Path) -> Result<PathBuf> {
    let prefix = platform.dist().join("c");
    debug::clear(platform, "c")?;
    shell::remove_folder(&prefix)?;
    let (bin, lib) = (prefix.join("bin"), prefix.join("lib"));
    for folder in [&bin, &lib] {
        shell::make_folder(folder)?;
    }
    shell::copy_folder(&paths::root().join("include"), &prefix.join("include"))?;
    let program = platform.program("dcdp");
    shell::copy_file(&release.join(&program), &bin.join(&program))?;
    debug::split(platform, "c", &bin.join(&program))?;
    install_libraries(platform, release, &bin, &lib)?;
    describe(&lib)?;
    model::copy_into(&prefix.join("share/dcdp/models"), model::BUNDLED)?;
    notices::write(platform, "dcdp-cli", &prefix.join("share/licenses/dcdp"))?;
    Ok(prefix)
}

/// The shared library under the names that the loader looks for, what is linked with, and the runtime.
fn install_libraries(platform: Platform, release: &Path, bin: &Path, lib: &Path) -> Result<()> {
    let shared = platform.shared("dcdp");
    // Windows looks for them beside the program.
    let folder = if platform.is_windows() { bin } else { lib };
    if platform.os == "linux" {
        let version = env!("CARGO_PKG_VERSION");
        let (soname, real) = (format!("{shared}.0"), format!("{shared}.{version}"));
        shell::copy_file(&release.join(&shared), &lib.join(&real))?;
        debug::split(platform, "c", &lib.join(&real))?;
        shell::link_file(&real, &lib.join(&soname))?;
        shell::link_file(&soname, &lib.join(&shared))?;
    } else {
        shell::copy_file(&release.join(&shared), &folder.join(&shared))?;
        debug::split(platform, "c", &folder.join(&shared))?;
    }
    // A program for Windows is linked with a list of what the DLL has.
    let linked: &[&str] = match platform.is_windows() {
        true => &["libdcdp.dll.a", "dcdp.dll.lib"],
        false => &["libdcdp.a"],
    };
    for name in linked {
        if release.join(name).is_file() {
            shell::copy_file(&release.join(name), &lib.join(name))?;
        }
    }
    if lib.join("libdcdp.a").is_file() {
        debug::strip(&lib.join("libdcdp.a"))?;
    }
    let runtime = runtime::fetch(platform)?;
    let name = runtime.file_name().expect("a library has a name");
    shell::copy_file(&runtime, &folder.join(name))
}

/// The pkg-config and CMake files, which find the prefix from where they stand.
fn describe(lib: &Path) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let cmake = lib.join("cmake").join("dcdp");
    shell::copy_folder(&paths::root().join("cmake"), &cmake)?;
    let pkgconfig = lib.join("pkgconfig");
    shell::make_folder(&pkgconfig)?;
    let path = pkgconfig.join("dcdp.pc");
    let text = format!(
        "prefix=${{pcfiledir}}/../..\n\
         includedir=${{prefix}}/include\n\
         libdir=${{prefix}}/lib\n\n\
         Name: dcdp\n\
         Description: Image restoration with diffusion models\n\
         Version: {version}\n\
         Cflags: -I${{includedir}}\n\
         Libs: -L${{libdir}} -ldcdp\n\
         Libs.private: -lgcc_s -lpthread -ldl -lm -lc\n"
    );
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}
