//! The C and C++ library as an installation prefix.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, debug, model, notices, paths, portable, runtime, shell};

/// Builds `target/dist/c`: `include`, `lib` (with pkg-config and CMake files), `bin` and `share`, with
/// the runtime and the bundled models inside. It can be moved anywhere; its path.
///
/// # Errors
/// When a step fails.
pub fn dist() -> Result<PathBuf> {
    let prefix = portable::dist().join("c");
    let release = portable::toolchain().build()?;
    debug::clear("c")?;
    if prefix.exists() {
        fs::remove_dir_all(&prefix).map_err(|error| format!("{}: {error}", prefix.display()))?;
    }
    let (bin, lib) = (prefix.join("bin"), prefix.join("lib"));
    for folder in [&bin, &lib] {
        shell::make_folder(folder)?;
    }
    shell::copy_folder(&paths::root().join("include"), &prefix.join("include"))?;
    let program = bin.join(format!("dcdp{EXE_SUFFIX}"));
    shell::copy_file(&release.join(format!("dcdp{EXE_SUFFIX}")), &program)?;
    debug::split("c", &program)?;
    install_library(&release, &bin, &lib)?;
    describe(&lib)?;
    model::copy_into(&prefix.join("share/dcdp/models"), model::BUNDLED)?;
    notices::write("dcdp-cli", &prefix.join("share/licenses/dcdp"))?;
    Ok(prefix)
}

/// The shared library under the names that the loader and the linker look for, and the static one.
fn install_library(release: &Path, bin: &Path, lib: &Path) -> Result<()> {
    let shared = format!("{DLL_PREFIX}dcdp{DLL_SUFFIX}");
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::symlink;

        let version = env!("CARGO_PKG_VERSION");
        let (soname, real) = (format!("{shared}.0"), format!("{shared}.{version}"));
        shell::copy_file(&release.join(&shared), &lib.join(&real))?;
        debug::split("c", &lib.join(&real))?;
        symlink(&real, lib.join(&soname))
            .and_then(|()| symlink(&soname, lib.join(&shared)))
            .map_err(|error| format!("{}: {error}", lib.display()))?;
    }
    #[cfg(not(target_os = "linux"))]
    shell::copy_file(
        &release.join(&shared),
        &beside_programs(bin, lib).join(&shared),
    )?;
    for name in ["libdcdp.a", "dcdp.lib", "dcdp.dll.lib"] {
        if release.join(name).is_file() {
            shell::copy_file(&release.join(name), &lib.join(name))?;
        }
    }
    if lib.join("libdcdp.a").is_file() {
        debug::strip(&lib.join("libdcdp.a"))?;
    }
    let runtime = runtime::fetch()?;
    let name = runtime.file_name().expect("a library has a name");
    shell::copy_file(&runtime, &beside_programs(bin, lib).join(name))
}

/// Where shared libraries stand: Windows looks for them beside the program.
fn beside_programs<'a>(bin: &'a Path, lib: &'a Path) -> &'a Path {
    if cfg!(windows) { bin } else { lib }
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
