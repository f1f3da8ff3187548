//! The C and C++ library as an installation prefix.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, notices, paths, runtime, shell};

/// Builds `target/dist/c`: `include`, `lib` (with pkg-config and CMake files), `bin` and `share`, with
/// the runtime and the bundled models inside. It can be moved anywhere; its path.
///
/// # Errors
/// When a step fails.
pub fn dist() -> Result<PathBuf> {
    let prefix = paths::target().join("dist").join("c");
    shell::run(shell::cargo().args(["build", "--release", "--package", "dcdp"]))?;
    if prefix.exists() {
        fs::remove_dir_all(&prefix).map_err(|error| format!("{}: {error}", prefix.display()))?;
    }
    let (bin, lib) = (prefix.join("bin"), prefix.join("lib"));
    for folder in [&bin, &lib] {
        shell::make_folder(folder)?;
    }
    shell::copy_folder(&paths::root().join("include"), &prefix.join("include"))?;
    let release = paths::release();
    let program = format!("dcdp{EXE_SUFFIX}");
    shell::copy_file(&release.join(&program), &bin.join(&program))?;
    install_library(&release, &lib)?;
    let runtime = runtime::fetch()?;
    let name = runtime.file_name().expect("a library has a name");
    // Windows looks for libraries beside the program.
    let beside = if cfg!(windows) { &bin } else { &lib };
    shell::copy_file(&runtime, &beside.join(name))?;
    describe(&lib)?;
    for model in shell::entries(&paths::root().join("models"))? {
        if model.join("model.toml").is_file() {
            let name = model.file_name().expect("an entry has a name");
            shell::copy_folder(&model, &prefix.join("share/dcdp/models").join(name))?;
        }
    }
    notices::write("dcdp", &prefix.join("share/licenses/dcdp"))?;
    Ok(prefix)
}

/// The shared library under the names that the loader and the linker look for, and the static one.
fn install_library(release: &Path, lib: &Path) -> Result<()> {
    let shared = format!("{DLL_PREFIX}dcdp{DLL_SUFFIX}");
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::symlink;

        let version = env!("CARGO_PKG_VERSION");
        let (soname, real) = (format!("{shared}.0"), format!("{shared}.{version}"));
        shell::copy_file(&release.join(&shared), &lib.join(&real))?;
        symlink(&real, lib.join(&soname))
            .and_then(|()| symlink(&soname, lib.join(&shared)))
            .map_err(|error| format!("{}: {error}", lib.display()))?;
    }
    #[cfg(not(target_os = "linux"))]
    shell::copy_file(&release.join(&shared), &lib.join(&shared))?;
    for name in ["libdcdp.a", "dcdp.lib", "dcdp.dll.lib"] {
        if release.join(name).is_file() {
            shell::copy_file(&release.join(name), &lib.join(name))?;
        }
    }
    Ok(())
}

/// The pkg-config and CMake files, which find the prefix from where they stand.
fn describe(lib: &Path) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let (pkgconfig, cmake) = (lib.join("pkgconfig"), lib.join("cmake").join("dcdp"));
    let shared = format!("{DLL_PREFIX}dcdp{DLL_SUFFIX}");
    let files = [
        (
            pkgconfig.join("dcdp.pc"),
            format!(
                "prefix=${{pcfiledir}}/../..\n\
                 includedir=${{prefix}}/include\n\
                 libdir=${{prefix}}/lib\n\n\
                 Name: dcdp\n\
                 Description: Image restoration with diffusion models\n\
                 Version: {version}\n\
                 Cflags: -I${{includedir}}\n\
                 Libs: -L${{libdir}} -ldcdp\n\
                 Libs.private: -lpthread -ldl -lm\n"
            ),
        ),
        (
            cmake.join("dcdpConfig.cmake"),
            format!(
                "get_filename_component(_dcdp_prefix \"${{CMAKE_CURRENT_LIST_DIR}}/../../..\" ABSOLUTE)\n\
                 if(NOT TARGET dcdp::dcdp)\n\
                 \x20 add_library(dcdp::dcdp SHARED IMPORTED)\n\
                 \x20 set_target_properties(dcdp::dcdp PROPERTIES\n\
                 \x20   IMPORTED_LOCATION \"${{_dcdp_prefix}}/lib/{shared}\"\n\
                 \x20   IMPORTED_IMPLIB \"${{_dcdp_prefix}}/lib/dcdp.dll.lib\"\n\
                 \x20   INTERFACE_INCLUDE_DIRECTORIES \"${{_dcdp_prefix}}/include\")\n\
                 endif()\n\
                 unset(_dcdp_prefix)\n"
            ),
        ),
        (
            cmake.join("dcdpConfigVersion.cmake"),
            format!(
                "set(PACKAGE_VERSION {version})\n\
                 if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)\n\
                 \x20 set(PACKAGE_VERSION_COMPATIBLE FALSE)\n\
                 else()\n\
                 \x20 set(PACKAGE_VERSION_COMPATIBLE TRUE)\n\
                 \x20 if(PACKAGE_FIND_VERSION STREQUAL PACKAGE_VERSION)\n\
                 \x20   set(PACKAGE_VERSION_EXACT TRUE)\n\
                 \x20 endif()\n\
                 endif()\n"
            ),
        ),
    ];
    for (path, text) in files {
        shell::make_folder(path.parent().expect("it stands in a folder"))?;
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
