//! `cargo xtask dist`: everything that is handed to people, in `target/dist`.

use std::fs;

use crate::platform::Platform;
use crate::portable::{self, Toolchain};
use crate::{Result, archive, c, deb, floors, gimp, openfx, shell, wheel};

/// Builds every part, checks what it needs, and packs it; prints the paths.
///
/// # Errors
/// When a step fails.
pub fn all() -> Result<()> {
    portable::build_to_be_shipped();
    forget_packed()?;
    for name in ["c", "ofx", "gimp", "python"] {
        part(name)?;
    }
    if let Toolchain::Zig(_) = portable::toolchain() {
        floors::check()?;
    }
    for archive in &archive::ALL {
        println!("{}", archive.pack(Platform::HERE)?.display());
    }
    if cfg!(target_os = "linux") {
        let prefix = portable::dist().join(archive::PROGRAM.folder);
        println!("{}", deb::pack(&prefix)?.display());
    }
    println!("{}", archive::write_sums()?.display());
    Ok(())
}

/// Builds one part and prints its path.
///
/// # Errors
/// When there is no such part, or a step fails.
pub fn part(name: &str) -> Result<()> {
    portable::build_to_be_shipped();
    let path = match name {
        "c" => c::dist()?,
        "deb" => deb::dist()?,
        "gimp" => gimp::dist()?,
        "ofx" => openfx::dist()?,
        "python" => wheel::dist()?,
        other => {
            return Err(format!(
                "nothing to distribute is called `{other}`; there are `c`, `ofx`, `gimp`, `deb` and \
                 `python`"
            ));
        }
    };
    println!("{}", path.display());
    Ok(())
}

/// Removes what was packed before: of another version it would get a checksum too.
fn forget_packed() -> Result<()> {
    let folder = portable::dist();
    shell::make_folder(&folder)?;
    for packed in shell::entries(&folder)?
        .iter()
        .filter(|path| path.is_file())
    {
        fs::remove_file(packed).map_err(|error| format!("{}: {error}", packed.display()))?;
    }
    Ok(())
}
